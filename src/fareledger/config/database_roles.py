"""Who may do what in the database, set up before the first migration.

Two roles own the rules: `fareledger_owner` owns every table and function (it cannot sign in and is no superuser, so
that row-level security binds even it), `fareledger_app` holds the grants of the application. Each deployment gets a
sign-in role of its own that is a member of `fareledger_app` and owns nothing.
"""

import hashlib
import json
import secrets
from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit, urlunsplit

import psycopg
from psycopg import sql

OWNER = "fareledger_owner"
APP = "fareledger_app"


class DatabaseNotUsable(Exception):
    """The database's owner URL cannot be used to set up fareledger; the message says what is missing."""


def prepare_database(owner_url: str, *, secrets_file: Path) -> str:
    """Create the database (if it is missing), its roles and the application's sign-in; return the application's URL.

    `owner_url` must name a superuser, or a role with CREATEROLE that owns the database. The generated password is kept
    in `secrets_file` (mode 0600). Safe to repeat. Raises DatabaseNotUsable.
    """
    create_database_if_missing(owner_url)
    login, password = _login_of(owner_url, secrets_file=secrets_file)
    try:
        with psycopg.connect(owner_url, autocommit=True) as connection:
            connection.execute("SELECT pg_advisory_lock(hashtext('fareledger roles'))")
            _create_role(connection, name=OWNER, login="NOLOGIN")
            _create_role(connection, name=APP, login="NOLOGIN")
            _create_role(connection, name=login, login="LOGIN")
            _grant(connection, login=login, password=password)
    except psycopg.errors.InsufficientPrivilege as error:
        raise DatabaseNotUsable(
            f"the role of DATABASE_URL may not set up the database: {error}. "
            "Give it CREATEROLE and ownership of the database, or use a superuser."
        ) from error
    return application_url(owner_url, login=login, password=password)


def create_database_if_missing(owner_url: str) -> None:
    """Create the database that `owner_url` names unless it is there; raises DatabaseNotUsable."""
    name = urlsplit(owner_url).path.lstrip("/")
    try:
        with psycopg.connect(owner_url, connect_timeout=5):
            return
    except psycopg.OperationalError as error:
        if "does not exist" not in str(error):
            raise DatabaseNotUsable(f"cannot connect to the database: {error}") from error
    with psycopg.connect(_with_path(owner_url, database="postgres"), autocommit=True) as connection:
        connection.execute(
            sql.SQL("CREATE DATABASE {} ENCODING 'UTF8' TEMPLATE template0").format(sql.Identifier(name))
        )


def empty_database(owner_url: str) -> None:
    """Drop everything of fareledger in this database, and nothing else."""
    with psycopg.connect(owner_url, autocommit=True) as connection:
        if connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (OWNER,)).fetchone():
            connection.execute(sql.SQL("DROP OWNED BY {} CASCADE").format(sql.Identifier(OWNER)))


def application_url(owner_url: str, *, login: str, password: str) -> str:
    """Return `owner_url` with another sign-in."""
    parts = urlsplit(owner_url)
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{quote(login)}:{quote(password)}@{host}"))


def _with_path(url: str, *, database: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{database}"))


def _login_of(owner_url: str, *, secrets_file: Path) -> tuple[str, str]:
    """Return the sign-in role's name and its password, made once and remembered in `secrets_file`."""
    parts = urlsplit(owner_url)
    place = f"{parts.path}|{secrets_file.resolve()}|{parse_qs(parts.query).get('host', [''])[0]}"
    login = f"{APP}_{hashlib.sha256(place.encode()).hexdigest()[:10]}"
    kept = json.loads(secrets_file.read_text()) if secrets_file.exists() else {}
    if login not in kept:
        kept[login] = secrets.token_urlsafe(24)
        secrets_file.parent.mkdir(parents=True, exist_ok=True)
        secrets_file.touch(mode=0o600)
        secrets_file.write_text(json.dumps(kept))
    return login, kept[login]


def _create_role(connection: psycopg.Connection, *, name: str, login: str) -> None:
    if connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (name,)).fetchone() is None:
        connection.execute(
            sql.SQL("CREATE ROLE {} {} NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE").format(
                sql.Identifier(name), sql.SQL(login)
            )
        )


def _grant(connection: psycopg.Connection, *, login: str, password: str) -> None:
    """Give the roles what they need in this database; every statement may be repeated."""
    names = {"owner": sql.Identifier(OWNER), "app": sql.Identifier(APP), "login": sql.Identifier(login)}
    database = sql.Identifier(connection.info.dbname)
    for statement in (
        sql.SQL("ALTER ROLE {login} PASSWORD {password}").format(password=sql.Literal(password), **names),
        sql.SQL("GRANT {app} TO {login}").format(**names),
        sql.SQL("GRANT {owner} TO CURRENT_USER").format(**names),
        sql.SQL("GRANT CONNECT ON DATABASE {database} TO {app}").format(database=database, **names),
        sql.SQL("REVOKE CREATE ON SCHEMA public FROM PUBLIC").format(),
        sql.SQL("GRANT USAGE, CREATE ON SCHEMA public TO {owner}").format(**names),
        sql.SQL("GRANT USAGE ON SCHEMA public TO {app}").format(**names),
    ):
        connection.execute(statement)
