"""Rows of cases. An anonymous one holds no address in plain: sealed for the reply, hashed to know its own again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from storage.db import Tx
from storage.errors import Conflict, NotFound
from storage.identities import Identity
from storage.people import list_linked
from storage.tables import attachments, cases

_REPLY, _NAME, _PHONE = "cases.reply", "cases.name", "cases.phone"
_CLASH = ["code"]
_ADD = {
    "postgresql": postgresql.insert(cases)
    .on_conflict_do_nothing(index_elements=_CLASH)
    .returning(cases.c.id),
    "sqlite": sqlite.insert(cases).on_conflict_do_nothing(index_elements=_CLASH).returning(cases.c.id),
}
_SEALED = ("reply_sealed", "reply_lookup", "name_sealed", "phone_sealed", "folded")
COLUMNS = tuple(column for column in cases.c if column.name not in _SEALED)
"""What `Case` holds, in its order; none of it says who is behind an anonymous case."""
_FIND = sa.select(*COLUMNS).where(cases.c.id == sa.bindparam("case_id"))
# With a key share, so that rows which only point to a case need not wait.
_LOCK = _FIND.with_for_update(key_share=True)


@dataclass(frozen=True, slots=True)
class Case:
    """One case as it stands; see the table for each. `address_id` and `resident_id` are None when anonymous."""

    id: int
    code: str
    kind: str
    category: str
    status: str
    is_open: bool
    area_code: str | None
    text: str
    channel: str
    anonymous: bool
    address_id: int | None
    resident_id: int | None
    latitude: float | None
    longitude: float | None
    urgent: str | None
    assisted_by: int | None
    assignee_id: int | None
    merged_into: int | None
    version: int
    opened_at: datetime
    changed_at: datetime
    due_at: datetime | None
    due_soon_at: datetime | None
    escalated: int
    first_answered_at: datetime | None
    answered_at: datetime | None
    ask_solved_at: datetime | None
    solved: bool | None
    closed_at: datetime | None


@dataclass(frozen=True, slots=True)
class NewCase:
    """What a case begins with. An anonymous one's `resident_id`, name and phone are not kept."""

    kind: str
    category: str
    status: str
    area_code: str | None
    text: str
    folded: str
    channel: str
    anonymous: bool
    address_id: int | None
    resident_id: int | None
    name: str | None
    phone: str | None
    latitude: float | None
    longitude: float | None
    urgent: str | None
    assisted_by: int | None
    due_at: datetime | None
    due_soon_at: datetime | None


def add(tx: Tx, new: NewCase, code: str, now: datetime) -> int | None:
    """Store a new case; returns its id, or None when the code is another's already."""
    hidden = new.anonymous
    address = None if new.address_id is None else str(new.address_id)
    return tx.execute(
        _ADD[tx.dialect],
        {
            "code": code,
            "kind": new.kind,
            "category": new.category,
            "status": new.status,
            "is_open": True,
            "area_code": new.area_code,
            "text": new.text,
            "folded": new.folded,
            "channel": new.channel,
            "anonymous": hidden,
            "address_id": None if hidden else new.address_id,
            "resident_id": None if hidden else new.resident_id,
            "reply_sealed": tx.vault.seal(_REPLY, address) if hidden and address else None,
            "reply_lookup": tx.vault.lookup(_REPLY, address) if hidden and address else None,
            "name_sealed": tx.vault.seal(_NAME, new.name) if new.name and not hidden else None,
            "phone_sealed": tx.vault.seal(_PHONE, new.phone) if new.phone and not hidden else None,
            "latitude": new.latitude,
            "longitude": new.longitude,
            "urgent": new.urgent,
            "assisted_by": new.assisted_by,
            "version": 1,
            "opened_at": now,
            "changed_at": now,
            "due_at": new.due_at,
            "due_soon_at": new.due_soon_at,
            "escalated": 0,
        },
    ).scalar()


def load(row: sa.Row[Any]) -> Case:
    """Make a Case of a row of `COLUMNS`."""
    return Case(*list(row))


def get(tx: Tx, case_id: int) -> Case:
    """Return a case; raises NotFound."""
    return _one(tx.execute(_FIND, {"case_id": case_id}).one_or_none(), case_id)


def lock(tx: Tx, *case_ids: int) -> list[Case]:
    """Return cases in the order given, to be changed: nobody else changes them before the transaction ends.

    Locked in the order of their ids, so that two who want the same ones wait rather than block each other.
    Raises NotFound.
    """
    locked = {
        case_id: _one(tx.execute(_LOCK, {"case_id": case_id}).one_or_none(), case_id)
        for case_id in sorted(set(case_ids))
    }
    return [locked[case_id] for case_id in case_ids]


def _one(row: sa.Row[Any] | None, case_id: int) -> Case:
    if row is None:
        raise NotFound(f"no case {case_id}")
    return load(row)


def find_by_code(tx: Tx, code: str) -> Case | None:
    """Return the case with this code (nine characters, no hyphens), or None."""
    row = tx.execute(sa.select(*COLUMNS).where(cases.c.code == code)).one_or_none()
    return load(row) if row else None


def change(tx: Tx, case: Case, columns: Mapping[str, object], now: datetime) -> Case:
    """Change columns of a case as it was read; returns it as it is now, one version on.

    Raises Conflict when somebody changed it in between.
    """
    changed = tx.execute(
        sa.update(cases)
        .where(cases.c.id == case.id, cases.c.version == case.version)
        .values({**columns, "version": case.version + 1, "changed_at": now})
        .returning(*COLUMNS)
    ).one_or_none()
    if changed is None:
        raise Conflict(f"case {case.id} is no longer at version {case.version}")
    return load(changed)


def list_merged(tx: Tx, case_id: int, limit: int) -> list[Case]:
    """Return the cases that were merged into this one, oldest first."""
    return [
        load(row)
        for row in tx.execute(
            sa.select(*COLUMNS).where(cases.c.merged_into == case_id).order_by(cases.c.id).limit(limit)
        )
    ]


def move_merged(tx: Tx, old_target: int, new_target: int) -> None:
    """Let what was merged into one case point to another."""
    tx.execute(sa.update(cases).where(cases.c.merged_into == old_target).values(merged_into=new_target))


def open_reply_address(tx: Tx, case_id: int) -> int | None:
    """Return the id of the address that answers go to, opened if need be; None: there is none.

    For sending only: what it returns for an anonymous case is shown to nobody and written nowhere.
    """
    row = tx.execute(
        sa.select(cases.c.address_id, cases.c.reply_sealed).where(cases.c.id == case_id)
    ).one_or_none()
    if row is None:
        return None
    return int(tx.vault.open(_REPLY, row.reply_sealed)) if row.reply_sealed else row.address_id


def belongs(tx: Tx, case_id: int, address_id: int) -> bool:
    """Say whether the case was told by who is at this address, from there or a linked one, anonymously or not."""
    return (
        tx.execute(sa.select(cases.c.id).where(cases.c.id == case_id, of_address(tx, address_id))).scalar()
        is not None
    )


def list_of_address(tx: Tx, address_id: int, limit: int) -> list[Case]:
    """Return the cases told by who is at this address, as in `belongs`, newest first."""
    rows = tx.execute(
        sa.select(*COLUMNS).where(of_address(tx, address_id)).order_by(cases.c.id.desc()).limit(limit)
    )
    return [load(row) for row in rows]


def of_address(tx: Tx, address_id: int) -> sa.ColumnElement[bool]:
    """Return what holds of the cases told from this address, or from one that its person linked with it."""
    return of_addresses(tx, list_linked(tx, address_id))


def of_addresses(tx: Tx, address_ids: Sequence[int]) -> sa.ColumnElement[bool]:
    """Return what holds of the cases told from these addresses; an anonymous one is known by its keyed hash."""
    hashed = [tx.vault.lookup(_REPLY, str(address_id)) for address_id in address_ids]
    return sa.or_(cases.c.address_id.in_(address_ids), cases.c.reply_lookup.in_(hashed))


def find_assisted(tx: Tx, official_id: int, opened_at: datetime) -> Case | None:
    """Return the case that this official entered at this very moment, or None."""
    row = tx.execute(
        sa.select(*COLUMNS)
        .where(cases.c.opened_at == opened_at, cases.c.assisted_by == official_id)
        .order_by(cases.c.id.desc())
        .limit(1)
    ).one_or_none()
    return load(row) if row else None


def count_of_address(tx: Tx, address_id: int, since: datetime, without: Sequence[str]) -> int:
    """Return how many cases were told by who is at this address since then, as in `belongs`.

    Urgent ones and those of the kinds `without` are not counted.
    """
    query = sa.select(sa.func.count()).where(
        of_address(tx, address_id),
        cases.c.opened_at >= since,
        cases.c.urgent.is_(None),
        cases.c.kind.not_in(without),
    )
    return int(tx.execute(query).scalar_one())


def get_identity(tx: Tx, case_id: int) -> Identity:
    """Open the name and phone that were given with a case; both None when it is anonymous. Raises NotFound."""
    row = tx.execute(
        sa.select(cases.c.name_sealed, cases.c.phone_sealed, cases.c.anonymous).where(cases.c.id == case_id)
    ).one_or_none()
    if row is None:
        raise NotFound(f"no case {case_id}")
    return open_identity(tx, row)


def open_identity(tx: Tx, row: sa.Row[Any]) -> Identity:
    """Open the name and phone of a row that has them; nothing for an anonymous case, whatever its columns hold."""
    if row.anonymous:
        return Identity(None, None)
    return Identity(
        tx.vault.open(_NAME, row.name_sealed) if row.name_sealed else None,
        tx.vault.open(_PHONE, row.phone_sealed) if row.phone_sealed else None,
    )


def attach(tx: Tx, case_id: int, attachment_ids: Sequence[int]) -> None:
    """Let attachments that belong to no case yet belong to this one."""
    if attachment_ids:
        tx.execute(
            sa.update(attachments)
            .where(attachments.c.id.in_(attachment_ids), attachments.c.case_id.is_(None))
            .values(case_id=case_id)
        )
