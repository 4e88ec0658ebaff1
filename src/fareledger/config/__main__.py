"""`python -m fareledger.config` is the command `fareledger`, for processes that we start ourselves."""

from fareledger.config.cli import main

if __name__ == "__main__":
    main()
