"""The command `fareledger`: serving, working, migrating, checking, importing, and the demo.

Commands that belong to a face stand there; this module only gathers them and starts processes.
"""

import json
import os
import sys
from pathlib import Path
from typing import Annotated

import django
import typer

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Plan, collect, protect and reconcile the money of every booking.",
)


def main() -> None:
    """Run the command line; the entry point of the installed script."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fareledger.config.settings")
    django.setup()
    _gather_faces()
    app()


def _gather_faces() -> None:
    """Add the commands of the faces; their modules need Django ready, so this cannot happen on import."""
    from fareledger.faces.cli import clock, import_bookings, invite_admin, verify

    importing = typer.Typer(no_args_is_help=True, help="Bring data in from files.")
    importing.command("bookings")(import_bookings.import_bookings)
    app.add_typer(importing, name="import")
    app.command("verify")(verify.verify)
    app.command("clock")(clock.clock)
    app.command("invite-admin")(invite_admin.invite_admin)


def _needs_database() -> None:
    """Stop with a clear word when no database is configured."""
    if not os.environ.get("DATABASE_URL"):
        typer.echo(
            "DATABASE_URL is not set: give the PostgreSQL database to use, or try `fareledger demo`.",
            err=True,
        )
        raise typer.Exit(2)


@app.command()
def migrate() -> None:
    """Set up roles and bring the database to the newest shape (DATABASE_OWNER_URL, else DATABASE_URL)."""
    _needs_database()
    from fareledger.config.migrate import migrate_as_owner, owner_url_of_environment

    migrate_as_owner(owner_url_of_environment())


@app.command("prepare-database")
def prepare(
    secrets_file: Annotated[Path, typer.Option(help="Where the generated password is kept (0600).")],
) -> None:
    """Create the database and its roles as the owner, and print the URL the application connects with."""
    _needs_database()
    from fareledger.config.database_roles import prepare_database
    from fareledger.config.migrate import owner_url_of_environment

    typer.echo(prepare_database(owner_url_of_environment(), secrets_file=secrets_file))


@app.command()
def web(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    *,
    port: Annotated[int, typer.Option(help="Port to listen on.")] = 8000,
    workers: Annotated[int, typer.Option(help="Processes; each has threads of its own.")] = 1,
    threads: Annotated[int, typer.Option(help="Threads a process.")] = 6,
) -> None:
    """Serve both faces, the API and the webhooks."""
    _needs_database()
    _needs_secret_key()
    from granian import Granian
    from granian.constants import Interfaces

    Granian(
        "fareledger.config.wsgi:application",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=threads,
        respawn_failed_workers=False,
    ).serve()


@app.command()
def worker() -> None:
    """Do the work that requests leave behind: emails, webhooks, questions to providers, settlement, releases."""
    _needs_database()
    from fareledger.faces.worker.run import run_worker

    run_worker()


@app.command()
def demo(
    data_dir: Annotated[Path, typer.Option(help="Where the demo keeps everything.")] = Path(".demo"),
    *,
    port: Annotated[int, typer.Option(help="Port of both faces; another is used when it is taken.")] = 8000,
    info: Annotated[Path | None, typer.Option(help="Write addresses and sign-ins there as JSON.")] = None,
    reset: Annotated[bool, typer.Option(help="Begin anew: forget all data first.")] = False,
) -> None:
    """Run everything on this machine with believable data: database, web, worker, sandbox acquirer, mail viewer."""
    from fareledger.config.demo.run import DemoOptions, run_demo

    raise typer.Exit(run_demo(DemoOptions(data_dir=data_dir, port=port, info=info, reset=reset)))


@app.command("load-demo", hidden=True)
def load_demo(seed: Annotated[int, typer.Option()] = 48213) -> None:
    """Fill an empty database with the demo's operators and bookings."""
    _needs_database()
    _needs_demo()
    from django.conf import settings

    from fareledger.config.demo.content.load import load

    acquirer_url, admin_key = settings.ENVIRONMENT.acquirer_url, settings.ENVIRONMENT.acquirer_admin_key
    load(acquirer_url=acquirer_url, admin_key=admin_key, seed=seed)


@app.command("demo-link", hidden=True)
def demo_link() -> None:
    """Print the demo's sign-in, API key and a fresh magic link as JSON."""
    _needs_database()
    _needs_demo()
    from fareledger.config.demo.content.access import demo_access

    json.dump(demo_access(), sys.stdout)


def _needs_demo() -> None:
    """Refuse what makes sign-ins and links for whoever asks, wherever real money may be."""
    from django.conf import settings

    if not settings.ENVIRONMENT.demo:
        typer.echo("This works inside a demo only: see `fareledger demo`.", err=True)
        raise typer.Exit(2)


def _needs_secret_key() -> None:
    """Refuse to serve without a secret key of the installation's own."""
    if not os.environ.get("FARELEDGER_SECRET_KEY"):
        typer.echo("FARELEDGER_SECRET_KEY is not set: give 50 or more random characters.", err=True)
        raise typer.Exit(2)
