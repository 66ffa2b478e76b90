"""What was said, both sides."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from storage.db import Tx
from storage.people import open_address
from storage.tables import addresses, messages, outbox, questions

# Statements of every turn are built once: building one costs as much as running it.
_ADD = sa.insert(messages).returning(messages.c.id)
_BY_ITSELF = (messages.c.direction == "out", messages.c.inbound_id.is_(None))
_RECENT = 20  # messages in which a pressed button is looked for


@dataclass(frozen=True, slots=True)
class Button:
    """A stored button: `payload` comes back when pressed, `url` opens a page; exactly one is set."""

    label: str
    payload: str | None
    url: str | None


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that came or goes with a message and can be looked at. `kind` is photo, voice, video or file.

    `number`: which of an announcement's pictures it is (1, 2, …); `id` is then the message's.
    """

    id: int
    kind: str
    name: str
    number: int | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a conversation. `direction` is "in" (from the resident) or "out".

    `attachments` are filled in by those who show them (`storage.files.with_attachments`).
    """

    id: int
    direction: str
    text: str
    payload: str | None
    buttons: tuple[Button, ...]
    at: datetime
    attachments: tuple[Attachment, ...] = ()


def add_in(
    tx: Tx,
    address_id: int,
    inbound_id: int,
    text: str,
    payload: str | None,
    now: datetime,
    *,
    intent: str | None = None,
    urgent: str | None = None,
) -> int:
    """Store what a resident wrote or pressed; returns the message's id.

    Args:
        intent: what it was taken for; at most 10 characters.
        urgent: what help is needed for, now; at most 20 characters. Such a message waits for an official to see it.
    """
    new_id: int = tx.execute(
        _ADD,
        {
            "address_id": address_id,
            "inbound_id": inbound_id,
            "direction": "in",
            "text": text,
            "payload": payload,
            "at": now,
            "intent": intent,
            "urgent": urgent,
        },
    ).scalar_one()
    return new_id


def hide(tx: Tx, message_id: int, instead: str) -> None:
    """Put other words in the place of what came in, where what was said is kept sealed elsewhere."""
    tx.execute(sa.update(messages).where(messages.c.id == message_id).values(text=instead))


def add_out(
    tx: Tx,
    address_id: int,
    inbound_id: int | None,
    text: str,
    buttons: Sequence[Button],
    now: datetime,
    contact_request: str | None = None,
) -> int:
    """Store what is to be said; returns the message's id. Sending is the outbox's business.

    Args: contact_request: title of the form that it is, at most 100 characters; None: it is none.
    """
    new_id: int = tx.execute(
        _ADD,
        {
            "address_id": address_id,
            "inbound_id": inbound_id,
            "direction": "out",
            "text": text,
            "buttons": [[b.label, b.payload, b.url] for b in buttons],
            "contact_request": contact_request,
            "at": now,
        },
    ).scalar_one()
    return new_id


def list_replies(tx: Tx, inbound_id: int, address_id: int) -> list[Message]:
    """Return what was answered to one inbound message of this address, oldest first."""
    return _list(
        tx,
        sa.select(messages)
        .where(
            messages.c.inbound_id == inbound_id,
            messages.c.address_id == address_id,
            messages.c.direction == "out",
        )
        .order_by(messages.c.id),
    )


def list_history(
    tx: Tx, address_id: int, after: int, limit: int, settled: datetime | None = None
) -> list[Message]:
    """Return up to `limit` messages of both sides, oldest first: those after `after`, or the latest when it is 0.

    Args: settled: among those after it are then the ones below it that committed late, as in `list_later`.
    """
    query = sa.select(messages).where(messages.c.address_id == address_id)
    if after:
        later = messages.c.id > after if settled is None else _is_after(after, settled)
        return _list(tx, query.where(later).order_by(messages.c.id).limit(limit))
    return _list(tx, query.order_by(messages.c.id.desc()).limit(limit))[::-1]


def list_unasked(tx: Tx, address_id: int, limit: int) -> list[str]:
    """Return the words of what came to this address by itself, newest first."""
    query = sa.select(messages.c.text).where(messages.c.address_id == address_id, *_BY_ITSELF)
    return list(tx.execute(query.order_by(messages.c.id.desc()).limit(limit)).scalars())


@dataclass(frozen=True, slots=True)
class Said:
    """What came in with one message: its words ("" where it had none), and what help it needed."""

    id: int
    text: str
    urgent: str | None


def list_said(tx: Tx, address_id: int, ids: Sequence[int]) -> list[Said]:
    """Return those of these messages that this address sent, oldest first."""
    if not ids:
        return []
    rows = tx.execute(
        sa.select(messages.c.id, messages.c.text, messages.c.urgent)
        .where(messages.c.id.in_(ids), messages.c.address_id == address_id, messages.c.direction == "in")
        .order_by(messages.c.id)
    )
    return [Said(row.id, row.text, row.urgent) for row in rows]


def list_later(tx: Tx, address_id: int, after: int, limit: int, settled: datetime) -> list[Message]:
    """Return up to `limit` messages above id `after` that came by themselves, not as a reply; oldest first.

    Those below it that were written since `settled` and nobody has fetched are among them: they committed after one of a
    higher id (PostgreSQL).
    """
    return _list(
        tx,
        sa.select(messages)
        .where(
            messages.c.address_id == address_id,
            _is_after(after, settled),
            *_BY_ITSELF,
        )
        .order_by(messages.c.id)
        .limit(limit),
    )


def _is_after(after: int, settled: datetime) -> sa.ColumnElement[bool]:
    waiting = sa.exists().where(outbox.c.message_id == messages.c.id, outbox.c.status == "waiting")
    return sa.or_(messages.c.id > after, sa.and_(messages.c.at >= settled, waiting))


@dataclass(frozen=True, slots=True)
class Urgent:
    """A message in which somebody needs help now, and for what."""

    id: int
    address_id: int
    kind: str
    at: datetime


def list_urgent(tx: Tx, limit: int) -> list[Urgent]:
    """Return up to `limit` urgent messages that no official has seen yet, oldest first."""
    unseen = (
        sa.select(messages.c.id, messages.c.address_id, messages.c.urgent, messages.c.at)
        .where(messages.c.urgent.is_not(None), messages.c.urgent_seen_at.is_(None))
        .order_by(messages.c.id)
        .limit(limit)
    )
    return [Urgent(row.id, row.address_id, row.urgent, row.at) for row in tx.execute(unseen)]


def see_urgent(tx: Tx, message_id: int, official_id: int, now: datetime) -> bool:
    """Note that an official has seen an urgent message; False if another was faster, or it is not urgent."""
    seen = (
        sa.update(messages)
        .where(
            messages.c.id == message_id,
            messages.c.urgent.is_not(None),
            messages.c.urgent_seen_at.is_(None),
        )
        .values(urgent_seen_at=now, urgent_seen_by=official_id)
    )
    return tx.execute(seen).rowcount == 1


def list_reached(tx: Tx, channel: str, after: int) -> tuple[int, list[str]]:
    """Return the newest id there is, and the addresses of a channel to which something came by itself above `after`.

    A message that commits after one of a higher id may be passed over (PostgreSQL): a hint, not a promise.
    """
    newest = tx.execute(sa.select(sa.func.max(messages.c.id))).scalar() or 0
    reached = (
        sa.select(addresses.c.value_sealed)
        .join(messages, messages.c.address_id == addresses.c.id)
        .where(
            messages.c.id > after,
            messages.c.id <= newest,
            *_BY_ITSELF,
            addresses.c.channel == channel,
        )
        .distinct()
    )
    return newest, [
        open_address(tx, sealed) for sealed in tx.execute(reached).scalars()
    ] if newest > after else []


def last_id(tx: Tx, address_id: int) -> int:
    """Return the id of the newest message of a conversation, 0 when there is none."""
    newest = sa.select(sa.func.max(messages.c.id)).where(messages.c.address_id == address_id)
    return tx.execute(newest).scalar() or 0


def is_announcement_last(tx: Tx, address_id: int) -> bool:
    """Say whether what was said last to this address was an announcement."""
    last = (
        sa.select(messages.c.announcement_id)
        .where(messages.c.address_id == address_id, messages.c.direction == "out")
        .order_by(messages.c.id.desc())
        .limit(1)
    )
    return tx.execute(last).scalar() is not None


def find_label(tx: Tx, address_id: int, payload: str) -> str | None:
    """Return the words of a button that was shown to this address lately; None if it was not."""
    recent = (
        sa.select(messages.c.buttons)
        .where(messages.c.address_id == address_id, messages.c.direction == "out")
        .order_by(messages.c.id.desc())
        .limit(_RECENT)
    )
    for (buttons,) in tx.execute(recent):
        for label, shown_payload, _url in buttons or ():
            if shown_payload == payload:
                return str(label)
    return None


def _list(tx: Tx, query: sa.Select[tuple[object, ...]]) -> list[Message]:
    return [
        Message(r.id, r.direction, r.text, r.payload, tuple(Button(*b) for b in r.buttons or ()), r.at)
        for r in tx.execute(query)
    ]


def drop_old(tx: Tx, before: datetime, limit: int) -> int:
    """Delete up to `limit` messages older than this, oldest first, with their questions and deliveries."""
    oldest = sa.select(messages.c.id).where(messages.c.at < before).order_by(messages.c.at).limit(limit)
    ids = list(tx.execute(oldest).scalars())
    # What an announcement came to stays counted; of everything else nothing remains to be said.
    tx.execute(sa.delete(outbox).where(outbox.c.message_id.in_(ids), outbox.c.announcement_id.is_(None)))
    # Questions of erased people hang on no message any more.
    nobodys = sa.select(questions.c.id).where(questions.c.at < before, questions.c.message_id.is_(None))
    tx.execute(sa.delete(questions).where(questions.c.id.in_(nobodys.limit(limit))))
    return tx.execute(sa.delete(messages).where(messages.c.id.in_(ids))).rowcount
