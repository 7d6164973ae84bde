"""Brings the tables of a database up to date (`service/store/migrations`)."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection


class NewerError(Exception):
    """The database was brought up to date by a version of this program that knows more than this one."""


def migrate(connection: Connection) -> None:
    """To the newest revision that this version knows. Raises NewerError, DBAPIError."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    known = {each.revision for each in ScriptDirectory.from_config(config).walk_revisions()}
    if unknown := set(MigrationContext.configure(connection).get_current_heads()) - known:
        raise NewerError(f"the database is of revision {', '.join(sorted(unknown))}, which this version doesn't know: a newer one made it")
    command.upgrade(config, "head")
