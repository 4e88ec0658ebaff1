"""Which gateway belongs to a provider's name. Filled once at start-up by the wiring."""

from collections.abc import Callable

from fareledger.providers.contract import Gateway, Misconfigured, ProviderAccount

_OPENERS: dict[str, Callable[[ProviderAccount], Gateway]] = {}


def register(name: str, *, opener: Callable[[ProviderAccount], Gateway]) -> None:
    """Make the provider `name` known; the last registration wins, so tests can register a fake."""
    _OPENERS[name] = opener


def gateway_of(account: ProviderAccount) -> Gateway:
    """Return the gateway of one provider account; raises Misconfigured for an unknown provider."""
    opener = _OPENERS.get(account.provider)
    if opener is None:
        raise Misconfigured(f"no provider is called {account.provider!r}")
    return opener(account)
