"""Run the mailbox: `python -m mail_viewer --port P --smtp-port S --data-dir D`. Port 0 chooses one."""

import argparse
import asyncio
import socket
import sys
from pathlib import Path

import uvicorn

from mail_viewer.bounces import Teller
from mail_viewer.mailbox import Mailbox
from mail_viewer.post import PostOffice, open_post_office
from mail_viewer.web import Viewer, make_app


async def serve(*, folder: Path, host: str, port: int, smtp_port: int, tell: str = "") -> None:
    """Take mail and show it until a signal ends us; one line on stdout says when both ports answer."""
    mailbox = Mailbox(folder)
    office = PostOffice(mailbox)
    with socket.create_server((host, port)) as listening:
        smtp = await open_post_office(office, host=host, port=smtp_port)
        web_address = f"http://{host}:{listening.getsockname()[1]}"
        smtp_address = f"smtp://{host}:{smtp.sockets[0].getsockname()[1]}"
        settings = uvicorn.Config(
            make_app(Viewer(mailbox, office=office, teller=Teller.from_folder(folder, address=tell))),
            log_level="warning",
            access_log=False,
        )
        sys.stdout.write(f"mail viewer listening on {web_address} and {smtp_address}\n")
        sys.stdout.flush()
        try:
            await uvicorn.Server(settings).serve(sockets=[listening])
        finally:
            smtp.close()


def main() -> None:
    """Read the command line and serve."""
    parser = argparse.ArgumentParser(prog="mail_viewer", description="Take mail by SMTP, keep it, show it.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="of the pages and the JSON interface")
    parser.add_argument("--smtp-port", type=int, default=0)
    parser.add_argument(
        "--data-dir", type=Path, required=True, help="folder of the mails, one .eml file each"
    )
    parser.add_argument(
        "--tell",
        default="",
        help="address that is told of bounces, {stream} in it is the mail's X-Mail-Stream; signs with the secret in "
        "tell.key of the folder",
    )
    asked = parser.parse_args()
    asyncio.run(
        serve(
            folder=asked.data_dir,
            host=asked.host,
            port=asked.port,
            smtp_port=asked.smtp_port,
            tell=asked.tell,
        )
    )


if __name__ == "__main__":
    main()
