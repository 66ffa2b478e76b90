"""What channels call files of ours: a picture that goes to many is uploaded once."""

from datetime import datetime

import sqlalchemy as sa

from storage.db import Tx
from storage.tables import channel_files


def find(tx: Tx, channel: str, file: str) -> str | None:
    """Return under which name a channel has a file already, or None."""
    return tx.execute(sa.select(channel_files.c.ref).where(*_key(channel, file))).scalar()


def put(tx: Tx, channel: str, file: str, ref: str, now: datetime) -> None:
    """Note under which name a channel has a file; the newest counts."""
    # Of two workers that upload it at once either name is good.
    forget(tx, channel, file)
    tx.execute(sa.insert(channel_files), {"channel": channel, "file": file, "ref": ref, "at": now})


def forget(tx: Tx, channel: str, file: str) -> None:
    """Note that a channel does not have a file any more."""
    tx.execute(sa.delete(channel_files).where(*_key(channel, file)))


def _key(channel: str, file: str) -> tuple[sa.ColumnElement[bool], ...]:
    return channel_files.c.channel == channel, channel_files.c.file == file
