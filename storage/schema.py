"""Bring the database's tables to the shape this version needs (Alembic)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa

from storage.db import Tx
from storage.errors import Conflict

if TYPE_CHECKING:
    from alembic.config import Config

_SCRIPTS = Path(__file__).parent / "migrations"
_VERSION = sa.table("alembic_version", sa.column("version_num", sa.String))

# Alembic is loaded where something is migrated, and nowhere else: nearly every start finds nothing to do, and would
# wait some tenths of a second for it.


def _config(tx: Tx | None = None) -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS))
    config.set_main_option("path_separator", "os")
    if tx is not None:
        config.attributes["connection"] = tx.connection
    return config


def _known() -> list[str]:
    """Return the revisions of this version, oldest first: the numbers that the files' names begin with."""
    return sorted(file.name.partition("_")[0] for file in _SCRIPTS.glob("versions/[0-9]*_*.py"))


def newest() -> str:
    """Return the revision this version of the code needs."""
    return _known()[-1]


def revision(tx: Tx) -> str | None:
    """Return the revision of this database; None when it has no tables of ours yet."""
    if not sa.inspect(tx.connection).has_table(_VERSION.name):
        return None
    return tx.execute(sa.select(_VERSION.c.version_num)).scalar_one_or_none()


def upgrade(tx: Tx) -> bool:
    """Migrate to the newest shape; returns whether anything changed. All or nothing.

    Raises Conflict for a database that a newer version has migrated already.
    """
    current = revision(tx)
    if current == newest():
        return False
    if current is not None and current not in _known():
        raise Conflict(f"the database was migrated by a newer version (revision {current}); run that version")
    from alembic import command

    command.upgrade(_config(tx), "head")
    return True
