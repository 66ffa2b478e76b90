"""Bring the database's tables to the shape this version needs (Alembic)."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from storage.db import Tx
from storage.errors import Conflict

_SCRIPTS = Path(__file__).parent / "migrations"


def _config(tx: Tx | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS))
    config.set_main_option("path_separator", "os")
    if tx is not None:
        config.attributes["connection"] = tx.connection
    return config


def newest() -> str:
    """Return the revision this version of the code needs."""
    head = ScriptDirectory.from_config(_config()).get_current_head()
    assert head is not None  # noqa: S101  # there is at least the first migration
    return head


def revision(tx: Tx) -> str | None:
    """Return the revision of this database; None when it has no tables of ours yet."""
    return MigrationContext.configure(tx.connection).get_current_revision()


def upgrade(tx: Tx) -> bool:
    """Migrate to the newest shape; returns whether anything changed. All or nothing.

    Raises Conflict for a database that a newer version has migrated already.
    """
    current, wanted = revision(tx), newest()
    if current == wanted:
        return False
    known = {s.revision for s in ScriptDirectory.from_config(_config()).walk_revisions()}
    if current is not None and current not in known:
        raise Conflict(f"the database was migrated by a newer version (revision {current}); run that version")
    command.upgrade(_config(tx), "head")
    return True
