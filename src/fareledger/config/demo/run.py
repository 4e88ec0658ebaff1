"""The demo from the first line on the screen to the last process ended.

Steps in order: hold the folder, choose ports, have a database, start strangers and our own processes, load
the demo once, say where everything answers, and look after it until a stop is asked for. Whatever fails,
nothing stays running.
"""

import json
import os
import shlex
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

import psycopg
from rich.console import Console

from fareledger.config.database_roles import DatabaseNotUsable, prepare_database
from fareledger.config.demo import marker
from fareledger.config.demo.house import FARELEDGER, House
from fareledger.config.demo.info_file import remove_info, write_environment, write_info
from fareledger.config.demo.keys import demo_keys
from fareledger.config.demo.lock import AlreadyRunning, FolderLock
from fareledger.config.demo.options import DemoOptions
from fareledger.config.demo.ports import choose_ports
from fareledger.config.demo.progress import Progress
from fareledger.config.demo.tour import print_addresses, print_tour
from fareledger.config.embedded_postgres import EmbeddedPostgres, PostgresNotUsable
from fareledger.config.supervisor import ChildDidNotStart, StepFailed, StopAsked, StopSwitch, Supervisor

__all__ = ["DemoOptions", "run_demo"]

STOP_WITH_PARENT = (
    "FARELEDGER_STOP_WITH_PARENT"  # set by the Makefile: a killed make must not leave us behind
)


class DemoRefused(Exception):
    """The demo will not run like this; the message says why and what to do."""


# What a person can do something about, such as a full disk or a wrong password; anything else is a fault of ours
# and shows its traceback.
REFUSALS = (
    DemoRefused,
    ChildDidNotStart,
    StepFailed,
    PostgresNotUsable,
    DatabaseNotUsable,
    OSError,
    psycopg.OperationalError,
)
PROGRAM = Path(sys.executable).with_name("fareledger")


def run_demo(options: DemoOptions) -> int:
    """Run the demo until a stop is asked for; return 0 after that, 1 when something failed."""
    console = Console()
    with_parent = bool(os.environ.get(STOP_WITH_PARENT))
    stop = StopSwitch(with_parent=with_parent)
    stop.listen()
    try:
        options.data_dir.mkdir(parents=True, exist_ok=True)
        folder = options.data_dir.resolve()
        lock = FolderLock(folder, say=console.print, parent=os.getppid() if with_parent else None)
    except AlreadyRunning as other:
        where = f"at {other.base_url}" if other.base_url else "and is still starting"
        console.print(
            f"A demo runs on {options.data_dir} already {where} (process {other.pid}).", highlight=False
        )
        return 1
    except OSError as error:
        console.print(f"[red]The demo cannot use {options.data_dir}: {error}[/]", highlight=False)
        return 1
    demo = Demo(options, folder=folder, stop=stop, console=console, lock=lock)
    try:
        demo.run()
    except StopAsked:
        return 0
    except REFUSALS as error:
        console.print(f"\n{error}", style="red", highlight=False, markup=False, soft_wrap=True)
        return 1
    finally:
        demo.end()
        lock.release()
    return 0


class Demo:
    """One run of the demo on a folder that is held."""

    def __init__(
        self, options: DemoOptions, *, folder: Path, stop: StopSwitch, console: Console, lock: FolderLock
    ) -> None:
        """Take the choices, the folder (absolute) and its lock, and the switch that asks for a stop."""
        self._options = options
        self._folder = folder
        self._stop = stop
        self._console = console
        self._lock = lock
        self._progress = Progress(console)
        self._postgres = None if os.environ.get("DATABASE_URL") else EmbeddedPostgres(folder)
        self._group = Supervisor(folder, stop=stop, say=self._progress.say, keep_open=[lock.descriptor])

    def run(self) -> None:
        """Start everything, say where it answers, and look after it; ends only by an error or StopAsked."""
        remove_info(self._options.info)
        if self._options.reset:
            (self._folder / "ports.json").unlink(missing_ok=True)
        ports = choose_ports(
            self._options.port, remembered=self._folder / "ports.json", say=self._progress.say
        )
        self._lock.answer_at(ports.url("web"))
        with self._progress.step("Starting the database", done="Database"):
            owner_url = self._start_database()
            application_url = prepare_database(owner_url, secrets_file=self._folder / "database-secrets.json")
        house = House(
            folder=self._folder,
            ports=ports,
            keys=demo_keys(self._folder / "secrets.json"),
            application_url=application_url,
            owner_url=owner_url,
        )
        to_load = self._make_room(house)
        self._start_strangers(house)
        if to_load:
            self._load(house)
        self._start_own(house)
        self._tell(house)
        self._look_after()

    def end(self) -> None:
        """End every process: web, worker, acquirer, mail viewer, database. Saying so must not get in the
        way.
        """
        self._progress.say("\nStopping everything …")
        remove_info(self._options.info)
        self._group.end_all()
        if self._postgres is not None:
            self._postgres.stop()
        self._group.dismiss()
        self._progress.say("Nothing is left running; the data stays.")

    def _start_database(self) -> str:
        """Return the owner's URL of a database that answers; begin with an empty one when asked to."""
        if self._postgres is None:
            return os.environ.get("DATABASE_OWNER_URL") or os.environ["DATABASE_URL"]
        if self._options.reset:
            self._postgres.destroy()
        self._group.guard.watch_postgres(self._folder)
        return self._postgres.start()

    def _make_room(self, house: House) -> bool:
        """Empty what has to be emptied, and return whether the demo must be loaded."""
        found = marker.contents(house.owner_url)
        if found is marker.Contents.SOMEBODYS_WORK:
            raise DemoRefused(
                "The database of DATABASE_URL holds fareledger's tables already, and no demo put them there. "
                "The demo keeps its hands off it; give it another database."
            )
        whole = found is marker.Contents.A_DEMO and house.acquirer_folder.exists()
        if whole and not self._options.reset:
            return False
        if found is not marker.Contents.NOTHING:
            if not self._options.reset:
                self._progress.say("The demo's data is not whole; it is loaded anew.")
            marker.empty(house.owner_url)
            prepare_database(house.owner_url, secrets_file=self._folder / "database-secrets.json")
        for folder in (house.acquirer_folder, house.mail_folder):
            shutil.rmtree(folder, ignore_errors=True)
        marker.mark(house.owner_url, state=marker.Contents.HALF_A_DEMO)
        return True

    def _start_strangers(self, house: House) -> None:
        with self._progress.step("Bringing the tables up to date", done="Tables"):
            self._group.run_step("migrate", command=[*FARELEDGER, "migrate"], environment=house.owner())
        with self._progress.step(
            "Starting mail viewer and sandbox acquirer", done="Mail viewer, sandbox acquirer"
        ):
            for folder in (house.acquirer_folder, house.mail_folder):
                folder.mkdir(mode=0o700, exist_ok=True)
            house.hand_over_keys()
            for spec in house.strangers():
                self._group.start(spec)
            self._group.wait_ready()

    def _start_own(self, house: House) -> None:
        """Start worker and web. The demo's past must be loaded by now: the worker would work it off
        meanwhile.
        """
        with self._progress.step("Starting worker and web", done="Worker, web"):
            for spec in house.own():
                self._group.start(spec)
            self._group.wait_ready()

    def _load(self, house: House) -> None:
        command = [*FARELEDGER, "load-demo"]
        with self._progress.step("Loading believable bookings", done="Bookings", spinner=False):
            self._group.run_step(
                "load-demo", command=command, environment=house.application(), on_console=True
            )
        marker.mark(house.owner_url, state=marker.Contents.A_DEMO)

    def _tell(self, house: House) -> None:
        """Write the info file and print addresses and tour, once everything answers."""
        command = [*FARELEDGER, "demo-link"]
        answer = self._group.run_step("demo-link", command=command, environment=house.application())
        self._group.wait_ready()
        facts = _facts(house, access=json.loads(answer))
        environment = self._folder / "environment"
        write_environment(environment, variables=house.application())
        if self._options.info is not None:
            write_info(self._options.info, facts=facts)
        print_addresses(self._console, facts=facts)
        print_tour(self._console, verify_command=f". {_shown(environment)} && {_shown(PROGRAM)} verify")
        self._progress.say(f"Ready after {self._progress.elapsed_s():.0f} s. Logs: {self._folder / 'logs'}")

    def _look_after(self) -> None:
        while True:
            self._stop.sleep(0.2)
            if self._postgres is not None and not self._postgres.running():
                self._progress.say("The database ended by itself; starting it again.")
                self._postgres.start()
            self._group.revive()


def _facts(house: House, *, access: Mapping[str, object]) -> dict[str, object]:
    return {
        "base_url": house.base_url,
        "api_key": access["api_key"],
        "staff": access["staff"],
        "magic_link": access["magic_link"],
        "mail_url": house.ports.url("mail"),
        "acquirer_url": house.ports.url("acquirer"),
        "database_url": house.application_url,
        "owner_database_url": house.owner_url,
        "pid": os.getpid(),
    }


def _shown(path: Path) -> str:
    """Return a path as a person would type it here."""
    here = Path.cwd()
    return shlex.quote(str(path.relative_to(here)) if path.is_relative_to(here) else str(path))
