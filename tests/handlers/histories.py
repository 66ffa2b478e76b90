"""A transaction on an empty database in memory, for histories of which a property test runs hundreds."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

import sqlalchemy as sa

from storage.crypto import Vault
from storage.db import Tx
from storage.tables import metadata
from tests.databases import SECRET

_VAULT = Vault(SECRET)


@cache
def _engine() -> sa.Engine:
    engine = sa.create_engine("sqlite://", poolclass=sa.pool.StaticPool)
    with engine.begin() as connection:
        # Before anything is written: inside a transaction SQLite lets it pass without effect.
        connection.exec_driver_sql("PRAGMA foreign_keys = ON")
        metadata.create_all(connection)
    return engine


@contextmanager
def empty_database() -> Iterator[Tx]:
    """Give a transaction of which nothing stays."""
    with _engine().connect() as connection:
        yield Tx(connection, _VAULT)
        connection.rollback()
