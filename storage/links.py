"""One-time codes that link two chats of one person, kept as keyed hashes. Who may link what: `handlers.links`."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from storage.db import Tx
from storage.tables import link_codes

_CODE = "link_codes.code"
_COLUMNS = tuple(column for column in link_codes.c if column.name not in ("code_lookup", "created_at"))


@dataclass(frozen=True, slots=True)
class Code:
    """One code. `other_id`: the chat in which it was written and confirmed; `joined_at`: it is used up."""

    id: int
    address_id: int
    other_id: int | None
    expires_at: datetime
    joined_at: datetime | None


def add(tx: Tx, address_id: int, code: str, now: datetime, expires_at: datetime) -> bool:
    """Store a code given in this chat; those it had before end. False: the code is another's already."""
    drop_of(tx, address_id)
    lookup = tx.vault.lookup(_CODE, code)
    if tx.execute(sa.select(link_codes.c.id).where(link_codes.c.code_lookup == lookup)).first():
        return False
    row = {"code_lookup": lookup, "address_id": address_id, "created_at": now, "expires_at": expires_at}
    tx.execute(sa.insert(link_codes), row)
    return True


def drop_of(tx: Tx, address_id: int) -> None:
    """End what was given in this chat and is not used up."""
    unused = link_codes.c.joined_at.is_(None)
    tx.execute(sa.delete(link_codes).where(link_codes.c.address_id == address_id, unused))


def find(tx: Tx, code: str) -> Code | None:
    """Return what a code stands for, used up or too old as it may be."""
    return _one(tx, link_codes.c.code_lookup == tx.vault.lookup(_CODE, code))


def lock(tx: Tx, code_id: int) -> Code | None:
    """Return a code that nobody else changes before the transaction ends (PostgreSQL), or None."""
    return _one(tx, link_codes.c.id == code_id)


def _one(tx: Tx, which: sa.ColumnElement[bool]) -> Code | None:
    row = tx.execute(sa.select(*_COLUMNS).where(which).with_for_update()).one_or_none()
    return Code(**row._mapping) if row else None


def set_other(tx: Tx, code_id: int, other_id: int, expires_at: datetime) -> None:
    """Note the chat that wants to be linked by a locked code, and until when the first one may confirm."""
    _set(tx, code_id, other_id=other_id, expires_at=expires_at)


def set_joined(tx: Tx, code_id: int, now: datetime) -> None:
    """Note that a locked code is used up."""
    _set(tx, code_id, joined_at=now)


def _set(tx: Tx, code_id: int, **columns: object) -> None:
    tx.execute(sa.update(link_codes).where(link_codes.c.id == code_id).values(columns))


def drop_old(tx: Tx, before: datetime, limit: int) -> int:
    """Delete codes that ended before this time, up to so many; returns how many."""
    old = sa.select(link_codes.c.id).where(link_codes.c.expires_at < before).limit(limit)
    return tx.execute(sa.delete(link_codes).where(link_codes.c.id.in_(old))).rowcount
