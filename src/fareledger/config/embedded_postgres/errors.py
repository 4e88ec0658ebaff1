"""The one error of the embedded database; its message is written for the person at the keyboard."""


class PostgresNotUsable(Exception):
    """The embedded PostgreSQL cannot be set up or started; the message says why and shows the end of its
    log.
    """
