"""The audit log: who changed what, when. It only grows, and each entry seals the one before it.

The hash is keyed with `SECRET_KEY`: whoever can write to the database, but has not the key, cannot change an entry and
mend the chain behind it. What the chain alone cannot tell is that the newest entries were taken away; so `verify`
gives the head, to be noted down elsewhere.
"""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

import sqlalchemy as sa

from storage.db import Tx
from storage.tables import audit

JSON = str | int | float | bool | None | Sequence["JSON"] | Mapping[str, "JSON"]
LOCK = 724002  # of the chain on PostgreSQL, where several processes write
_FIRST = bytes(32)
_BATCH = 1000


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry. `official_id` None: the command line. `details` holds ids and names of fields only."""

    id: int
    at: datetime
    official_id: int | None
    action: str
    subject_kind: str
    subject_id: str
    details: Mapping[str, JSON]


@dataclass(frozen=True, slots=True)
class Verified:
    """What reading the whole chain found. `bad_id`: the first entry that is not as it was written, or is missing."""

    entries: int
    bad_id: int | None
    head: str


def write(
    tx: Tx,
    official_id: int | None,
    action: str,
    subject_kind: str,
    subject_id: str,
    details: Mapping[str, JSON],
    now: datetime,
) -> int:
    """Add an entry in the caller's transaction; returns its id.

    Args: details: ids and names of fields, never personal text: nothing can be taken out again.
    """
    if tx.dialect == "postgresql":
        # Held until the commit: the next writer must see this entry, or two would follow the same one.
        tx.execute(sa.select(sa.func.pg_advisory_xact_lock(LOCK)))
    last = tx.execute(sa.select(audit.c.id, audit.c.hash).order_by(audit.c.id.desc()).limit(1)).one_or_none()
    new_id: int = last.id + 1 if last else 1
    row: dict[str, object] = {
        "id": new_id,
        "at": now,
        "official_id": official_id,
        "action": action,
        "subject_kind": subject_kind,
        "subject_id": subject_id,
        "details": json.dumps(details, ensure_ascii=False, sort_keys=True, separators=(",", ":")),
        "prev_hash": last.hash if last else _FIRST,
    }
    tx.execute(sa.insert(audit), row | {"hash": _seal(tx, row)})
    return new_id


def _seal(tx: Tx, row: Mapping[str, object]) -> bytes:
    at, before = row["at"], row["prev_hash"]
    if not isinstance(at, datetime) or not isinstance(before, bytes):
        raise TypeError("not as it was written")
    parts = [
        row["id"],
        at.astimezone(UTC).isoformat(),
        row["official_id"],
        row["action"],
        row["subject_kind"],
        row["subject_id"],
        row["details"],
        before.hex(),
    ]
    return tx.vault.lookup("audit.hash", json.dumps(parts, ensure_ascii=False))


# As the driver gives them: what somebody put there in place of a time need not be one.
_RAW = sa.select(*(sa.type_coerce(c, sa.types.NullType()).label(c.name) for c in audit.columns)).order_by(
    audit.c.id
)


def verify(tx: Tx) -> Verified:
    """Read the chain from its first entry."""
    before, expected = _FIRST, 1
    rows = tx.connection.execution_options(yield_per=_BATCH).execute(_RAW)
    for batch in rows.partitions():
        for row in batch:
            if row.id != expected:
                return Verified(expected - 1, expected, before.hex())
            if row.prev_hash != before or not _is_as_written(tx, row._asdict()):
                return Verified(expected - 1, row.id, before.hex())
            before, expected = row.hash, expected + 1
    return Verified(expected - 1, None, before.hex())


def _is_as_written(tx: Tx, row: dict[str, object]) -> bool:
    try:
        if isinstance(row["at"], str):  # SQLite keeps the UTC reading
            row["at"] = datetime.fromisoformat(row["at"]).replace(tzinfo=UTC)
        return _seal(tx, row) == row["hash"]
    except (TypeError, ValueError):
        return False


def list_entries(
    tx: Tx,
    *,
    official_id: int | None = None,
    among: Collection[int] | None = None,
    action: str = "",
    subject_kind: str = "",
    subject_id: str = "",
    since: datetime | None = None,
    until: datetime | None = None,
    before_id: int | None = None,
    limit: int = 50,
) -> list[Entry]:
    """Return entries, newest first.

    Args:
        among: only what these officials did; None: whoever did it.
        action: a whole action, or the part before its dot ("official").
        until: the first moment that is too late.
        before_id: only older ones; for the next page.
    """
    query = sa.select(audit).order_by(audit.c.id.desc()).limit(limit)
    if official_id is not None:
        query = query.where(audit.c.official_id == official_id)
    if among is not None:
        query = query.where(audit.c.official_id.in_(among))
    if action:
        query = query.where(
            sa.or_(audit.c.action == action, audit.c.action.startswith(f"{action}.", autoescape=True))
        )
    if subject_kind:
        query = query.where(audit.c.subject_kind == subject_kind)
    if subject_id:
        query = query.where(audit.c.subject_id == subject_id)
    if since is not None:
        query = query.where(audit.c.at >= since)
    if until is not None:
        query = query.where(audit.c.at < until)
    if before_id is not None:
        query = query.where(audit.c.id < before_id)
    return [
        Entry(r.id, r.at, r.official_id, r.action, r.subject_kind, r.subject_id, json.loads(r.details))
        for r in tx.execute(query)
    ]


@contextmanager
def unguarded(tx: Tx) -> Iterator[None]:
    """Let the log be replaced for the length of a block, for a restore; all in the caller's transaction."""
    if tx.dialect == "postgresql":
        tx.execute(sa.text("ALTER TABLE audit DISABLE TRIGGER USER"))
        yield
        tx.execute(sa.text("ALTER TABLE audit ENABLE TRIGGER USER"))
        return
    guards = tx.execute(
        sa.text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'audit'")
    ).all()
    for guard in guards:
        tx.execute(sa.text(f"DROP TRIGGER {guard.name}"))
    yield
    for guard in guards:
        tx.connection.exec_driver_sql(guard.sql)
