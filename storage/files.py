"""What came with messages and cases besides words: the rows. The bytes lie on disk, under the name in `file`.

wanted ──(fetched)──► stored        wanted: the channel still has it; `ref` says where, sealed
       └────────────► refused | lost
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import sqlalchemy as sa

from storage import documents
from storage.db import Tx
from storage.messages import Attachment, Message
from storage.tables import announcements, attachments, message_files, messages

ANNOUNCED = "announce"
"""The channel of a picture that belongs to an announcement: it came with nobody's message, and stays."""
_REF = "attachments.ref"
_REASON_CHARS = 200
_IDS_AT_ONCE = 500  # well below what either database takes as parameters of one statement


@dataclass(frozen=True, slots=True)
class Stored:
    """What is known of a file on disk. `bytes`: its size there."""

    file: str
    media_type: str
    name: str
    bytes: int
    width: int | None = None
    height: int | None = None


@dataclass(frozen=True, slots=True)
class Attached:
    """A row. `address_id`: of whose message it came with; None when it did not, or the message is gone."""

    id: int
    message_id: int | None
    case_id: int | None
    entry_id: int | None
    address_id: int | None
    channel: str
    kind: str
    status: str
    reason: str | None
    file: str | None
    media_type: str | None
    name: str | None
    bytes: int | None
    width: int | None
    height: int | None
    uploaded_by: int | None
    attempts: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Wanted:
    """A file to fetch now. `ref` is the channel's own word for it."""

    attached: Attached
    ref: str


def add_stored(
    tx: Tx,
    channel: str,
    message_id: int | None,
    kind: str,
    stored: Stored,
    now: datetime,
    *,
    case_id: int | None = None,
    uploaded_by: int | None = None,
) -> int:
    """Add a file that is on disk; returns its id. `uploaded_by`: the official who brought it."""
    return _add(
        tx,
        channel,
        message_id,
        kind,
        "stored",
        now,
        **_values(stored),
        case_id=case_id,
        uploaded_by=uploaded_by,
    )


def add_wanted(
    tx: Tx, channel: str, message_id: int, kind: str, ref: str, name: str | None, now: datetime
) -> int:
    """Add a file that the channel still has, to be fetched at once; returns its id."""
    sealed = tx.vault.seal(_REF, ref)
    return _add(
        tx, channel, message_id, kind, "wanted", now, ref_sealed=sealed, name=name or None, not_before=now
    )


def add_refused(tx: Tx, channel: str, message_id: int, kind: str, reason: str, now: datetime) -> int:
    """Add that something came and was not taken; returns its id."""
    return _add(tx, channel, message_id, kind, "refused", now, reason=reason[:_REASON_CHARS])


def _add(
    tx: Tx, channel: str, message_id: int | None, kind: str, status: str, now: datetime, **given: object
) -> int:
    row = {
        "channel": channel,
        "message_id": message_id,
        "kind": kind,
        "status": status,
        "attempts": 0,
        "at": now,
    }
    new_id: int = tx.execute(sa.insert(attachments).returning(attachments.c.id), row | given).scalar_one()
    return new_id


def _values(stored: Stored) -> dict[str, object]:
    return {
        "file": stored.file,
        "media_type": stored.media_type,
        "name": stored.name,
        "bytes": stored.bytes,
        "width": stored.width,
        "height": stored.height,
    }


# -- reading

_SELECT = sa.select(attachments, messages.c.address_id).join_from(
    attachments, messages, attachments.c.message_id == messages.c.id, isouter=True
)


def find(tx: Tx, attachment_id: int) -> Attached | None:
    """Return one row, or None."""
    rows = _list(tx, _SELECT.where(attachments.c.id == attachment_id))
    return rows[0] if rows else None


def find_of_address(tx: Tx, attachment_id: int, address_id: int) -> Attached | None:
    """Return a row that came with, or went out with, a message of this address; None for anybody else's."""
    went = (
        sa.select(message_files.c.attachment_id)
        .join(messages, message_files.c.message_id == messages.c.id)
        .where(message_files.c.attachment_id == attachment_id, messages.c.address_id == address_id)
    )
    theirs = sa.or_(messages.c.address_id == address_id, attachments.c.id.in_(went))
    rows = _list(tx, _SELECT.where(attachments.c.id == attachment_id, theirs))
    return rows[0] if rows else None


def list_of_messages(tx: Tx, message_ids: Sequence[int]) -> list[Attached]:
    """Return what came with these messages, oldest first, whatever its status."""
    found: list[Attached] = []
    for start in range(0, len(message_ids), _IDS_AT_ONCE):
        some = message_ids[start : start + _IDS_AT_ONCE]
        found += _list(tx, _SELECT.where(attachments.c.message_id.in_(some)).order_by(attachments.c.id))
    return found


def list_of_case(tx: Tx, case_id: int) -> list[Attached]:
    """Return what belongs to a case, oldest first, whatever its status."""
    return _list(tx, _SELECT.where(attachments.c.case_id == case_id).order_by(attachments.c.id))


def with_attachments(tx: Tx, shown: Sequence[Message]) -> list[Message]:
    """Return messages with the files that are here."""
    of: dict[int | None, list[Attachment]] = defaultdict(list)
    for one in list_of_messages(tx, [message.id for message in shown]):
        if one.status == "stored":
            of[one.message_id].append(Attachment(one.id, one.kind, one.name or ""))
    for message_id, row in documents.list_going(
        tx, [message.id for message in shown if message.direction == "out"]
    ):
        of[message_id].append(Attachment(row.id, row.kind, row.name or ""))
    for message_id, pictures in _announced(tx, [m.id for m in shown if m.direction == "out"]).items():
        of[message_id] += [Attachment(message_id, "photo", "", n) for n in range(1, len(pictures) + 1)]
    return [replace(m, attachments=tuple(of[m.id])) if m.id in of else m for m in shown]


def find_picture(tx: Tx, message_id: int, address_id: int, number: int) -> str | None:
    """Return the name of a picture (1, 2, …) of an announcement to this address; None for anybody else's."""
    mine = sa.select(messages.c.id).where(messages.c.id == message_id, messages.c.address_id == address_id)
    pictures = _announced(tx, list(tx.execute(mine).scalars())).get(message_id, [])
    return pictures[number - 1] if 1 <= number <= len(pictures) else None


def _announced(tx: Tx, message_ids: Sequence[int]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for start in range(0, len(message_ids), _IDS_AT_ONCE):
        some = message_ids[start : start + _IDS_AT_ONCE]
        rows = tx.execute(
            sa.select(messages.c.id, announcements.c.pictures)
            .join_from(messages, announcements, messages.c.announcement_id == announcements.c.id)
            .where(messages.c.id.in_(some))
        )
        found |= {row.id: row.pictures for row in rows if row.pictures}
    return found


def count_since(tx: Tx, address_id: int, since: datetime) -> int:
    """Return how many files came from an address since then."""
    mine = sa.select(messages.c.id).where(
        messages.c.address_id == address_id, messages.c.at >= since, messages.c.direction == "in"
    )
    number: int = tx.execute(
        sa.select(sa.func.count()).where(
            attachments.c.message_id.in_(mine), attachments.c.status.in_(("wanted", "stored"))
        )
    ).scalar_one()
    return number


def _list(tx: Tx, query: sa.Select[tuple[object, ...]]) -> list[Attached]:
    return [_attached(r) for r in tx.execute(query)]


def _attached(r: sa.Row[tuple[object, ...]]) -> Attached:
    return Attached(*(getattr(r, name) for name in Attached.__slots__))


# -- fetching


def claim_wanted(tx: Tx, channels: Sequence[str], until: datetime, now: datetime, limit: int) -> list[Wanted]:
    """Take up to `limit` wanted files of these channels that are due, and count an attempt for each.

    Nobody else takes them before `until`; who dies meanwhile leaves them to the next.
    """
    due = (
        sa.select(attachments.c.id)
        .where(
            attachments.c.status == "wanted",
            attachments.c.channel.in_(channels),
            attachments.c.not_before <= now,
        )
        .order_by(attachments.c.not_before, attachments.c.id)
        .limit(limit)
        # PostgreSQL; on SQLite there is one writer.
        .with_for_update(skip_locked=True)
    )
    taken = (
        tx.execute(
            sa.update(attachments)
            .where(attachments.c.id.in_(due))
            .values(attempts=attachments.c.attempts + 1, not_before=until)
            .returning(attachments.c.id)
        )
        .scalars()
        .all()
    )
    rows = tx.execute(_SELECT.where(attachments.c.id.in_(taken)).order_by(attachments.c.id)).all()
    return [Wanted(_attached(r), tx.vault.open(_REF, r.ref_sealed)) for r in rows if r.ref_sealed]


def put_off(tx: Tx, attachment_id: int, until: datetime, *, counted: bool = True) -> None:
    """Fetch a wanted file not before this time. `counted` False: what was tried was no attempt."""
    attempts = attachments.c.attempts - (0 if counted else 1)
    tx.execute(_still_wanted(attachment_id).values(not_before=until, attempts=attempts))


def mark_stored(tx: Tx, attachment_id: int, kind: str, stored: Stored) -> bool:
    """Note that a wanted file is on disk; False if it is not wanted any more."""
    values = _values(stored) | {"status": "stored", "kind": kind, "ref_sealed": None, "not_before": None}
    return tx.execute(_still_wanted(attachment_id).values(values)).rowcount > 0


def mark_gone(tx: Tx, attachment_id: int, status: str, reason: str) -> bool:
    """Give a wanted file up as "refused" or "lost"; False if it is not wanted any more."""
    values = {
        "status": status,
        "reason": reason[:_REASON_CHARS],
        "ref_sealed": None,
        "not_before": None,
        "name": None,
    }
    return tx.execute(_still_wanted(attachment_id).values(values)).rowcount > 0


def _still_wanted(attachment_id: int) -> sa.Update:
    return sa.update(attachments).where(attachments.c.id == attachment_id, attachments.c.status == "wanted")


# -- tidying


def known(tx: Tx, names: Iterable[str]) -> set[str]:
    """Return those of these names on disk that a row knows."""
    asked, found = list(names), set[str]()
    for start in range(0, len(asked), _IDS_AT_ONCE):
        some = asked[start : start + _IDS_AT_ONCE]
        found.update(tx.execute(sa.select(attachments.c.file).where(attachments.c.file.in_(some))).scalars())
    # There are few announcements: all their pictures are compared.
    pictured = tx.execute(sa.select(announcements.c.pictures)).scalars()
    return found | {name for pictures in pictured for name in pictures or ()}.intersection(asked)


def drop_loose(tx: Tx, limit: int) -> int:
    """Delete up to `limit` rows whose message is gone and that neither case nor announcement holds; returns how many."""
    loose = (
        sa.select(attachments.c.id)
        .where(
            attachments.c.message_id.is_(None),
            attachments.c.case_id.is_(None),
            attachments.c.channel != ANNOUNCED,
        )
        .limit(limit)
    )
    return tx.execute(sa.delete(attachments).where(attachments.c.id.in_(loose))).rowcount


def drop_announced(tx: Tx, names: Iterable[str]) -> None:
    """Forget pictures that were taken out of a draft."""
    gone = list(names)
    if gone:
        tx.execute(
            sa.delete(attachments).where(attachments.c.file.in_(gone), attachments.c.channel == ANNOUNCED)
        )
