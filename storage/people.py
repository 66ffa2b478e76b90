"""Residents and their addresses. Who somebody is (name, phone, chat address) is sealed; nobody else reads it."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa

from storage.db import Tx
from storage.tables import addresses, conversations, messages, outbox, residents

_VALUE = "addresses.value"
BLOCKED = "blocked"
"""Why a delivery of an announcement ended: the person stopped us on that channel."""


@dataclass(frozen=True, slots=True)
class Person:
    """One resident as reached at one address, with the state of the conversation there.

    `helped_case_id`: the case in which an official talks with them, until `helped_until` at the latest.
    """

    resident_id: int
    address_id: int
    greeted: bool
    commune_code: str | None
    revision: int
    state: dict[str, object]
    helped_case_id: int | None = None
    helped_until: datetime | None = None


def meet(tx: Tx, channel: str, value: str, now: datetime) -> Person:
    """Return the person at this address, made new on first contact; the address is open again.

    The rows stay locked until the transaction ends (PostgreSQL; SQLite has one writer), so that two processes
    cannot run two turns of one person side by side, nor meet a new person twice.
    """
    hashed = lookup(tx, channel, value)
    person = _find(tx, channel, hashed)
    if person is None and tx.dialect == "postgresql":
        # There is no row to lock yet: the lock is on the address itself, and who waited for it looks again.
        key = int.from_bytes(hashed[:8], signed=True)
        tx.execute(sa.select(sa.func.pg_advisory_xact_lock(key)))
        person = _find(tx, channel, hashed)
    return person or _make(tx, channel, value, hashed, now)


_FIND = (
    sa.select(
        addresses.c.id,
        addresses.c.resident_id,
        addresses.c.blocked_at,
        residents.c.left_at,
        residents.c.greeted_at,
        residents.c.commune_code,
        residents.c.helped_case_id,
        residents.c.helped_until,
        conversations.c.revision,
        conversations.c.state,
    )
    .join_from(addresses, residents)
    .join(conversations)
    .where(addresses.c.channel == sa.bindparam("channel"), addresses.c.value_lookup == sa.bindparam("lookup"))
    # All three: what is read from a row that is not locked may be as it was before the wait. With a key share,
    # so that rows which only point to this person (a delivery, a case) need not wait for the turn.
    .with_for_update(key_share=True)
)


def _find(tx: Tx, channel: str, hashed: bytes) -> Person | None:
    row = tx.execute(_FIND, {"channel": channel, "lookup": hashed}).one_or_none()
    if row is None:
        return None
    if row.blocked_at is not None:
        tx.execute(sa.update(addresses).where(addresses.c.id == row.id).values(blocked_at=None))
    if row.left_at is not None:
        tx.execute(sa.update(residents).where(residents.c.id == row.resident_id).values(left_at=None))
    return Person(
        row.resident_id,
        row.id,
        row.greeted_at is not None,
        row.commune_code,
        row.revision,
        row.state,
        row.helped_case_id,
        row.helped_until,
    )


def _make(tx: Tx, channel: str, value: str, hashed: bytes, now: datetime) -> Person:
    resident_id = tx.execute(sa.insert(residents).returning(residents.c.id), {"created_at": now}).scalar_one()
    address_id = tx.execute(
        sa.insert(addresses).returning(addresses.c.id),
        {
            "resident_id": resident_id,
            "channel": channel,
            "value_sealed": tx.vault.seal(_VALUE, value),
            "value_lookup": hashed,
        },
    ).scalar_one()
    tx.execute(
        sa.insert(conversations), {"address_id": address_id, "revision": 0, "state": {}, "updated_at": now}
    )
    return Person(resident_id, address_id, False, None, 0, {})


_HEAR = (
    sa.update(addresses)
    .where(
        addresses.c.channel == sa.bindparam("via"),
        addresses.c.value_lookup == sa.bindparam("lookup"),
        sa.or_(
            addresses.c.last_interaction_at.is_(None),
            addresses.c.last_interaction_at < sa.bindparam("at", type_=addresses.c.last_interaction_at.type),
        ),
    )
    .values(last_interaction_at=sa.bindparam("at", type_=addresses.c.last_interaction_at.type))
)


def hear(tx: Tx, channel: str, value: str, at: datetime) -> None:
    """Note that the person did something at this address then; what came late moves nothing back.

    Somebody never met is left alone.

    Args: at: by the platform's clock, but not later than our own.
    """
    lookup = tx.vault.lookup(_VALUE, f"{channel}:{value}")
    tx.execute(_HEAR, {"via": channel, "lookup": lookup, "at": at})


def last_heard(tx: Tx, channel: str) -> datetime | None:
    """Return when anybody last did something on a channel; None: nobody ever did."""
    latest = sa.select(sa.func.max(addresses.c.last_interaction_at)).where(addresses.c.channel == channel)
    found: datetime | None = tx.execute(latest).scalar_one()
    return found


class Known(NamedTuple):
    """Somebody met before, at one address."""

    resident_id: int
    address_id: int


def lock_known(tx: Tx, channel: str, value: str) -> Known | None:
    """Return who is at this address, locked as `meet` does, and leave everything as it is; None: never met."""
    row = tx.execute(_FIND, {"channel": channel, "lookup": tx.vault.lookup(_VALUE, f"{channel}:{value}")})
    found = row.one_or_none()
    return Known(found.resident_id, found.id) if found else None


def lookup(tx: Tx, channel: str, value: str) -> bytes:
    """Return the keyed hash under which an address is found, whether it was met or not."""
    return tx.vault.lookup(_VALUE, f"{channel}:{value}")


def find_address(tx: Tx, channel: str, value: str) -> int | None:
    """Return the id of an address that was met before, or None."""
    hashed = lookup(tx, channel, value)
    return tx.execute(
        sa.select(addresses.c.id).where(addresses.c.channel == channel, addresses.c.value_lookup == hashed)
    ).scalar()


@dataclass(frozen=True, slots=True)
class Reach:
    """Where an address is, without saying whose: its channel, and whether the channel refuses it.

    `stopped_at`: since when nothing that comes by itself is wanted there; None: it is.
    """

    channel: str
    blocked: bool
    stopped_at: datetime | None = None


def find_reach(tx: Tx, address_id: int) -> Reach | None:
    """Return the channel of an address; None when it was erased."""
    row = tx.execute(
        sa.select(addresses.c.channel, addresses.c.blocked_at, addresses.c.stopped_at).where(
            addresses.c.id == address_id
        )
    ).one_or_none()
    return Reach(row.channel, row.blocked_at is not None, row.stopped_at) if row else None


def start_help(tx: Tx, address_id: int, case_id: int, until: datetime) -> None:
    """Note that an official talks with the person at this address, in this case, until then at the latest."""
    _set_help(tx, address_id, None, helped_until=until, helped_case_id=case_id)


def end_help(tx: Tx, address_id: int, case_id: int) -> None:
    """Note that the talk in this case is over; one in another case goes on."""
    _set_help(tx, address_id, case_id, helped_until=None, helped_case_id=None)


def _set_help(tx: Tx, address_id: int, only_case: int | None, **values: object) -> None:
    owner = sa.select(addresses.c.resident_id).where(addresses.c.id == address_id).scalar_subquery()
    change = sa.update(residents).where(residents.c.id == owner).values(values)
    tx.execute(change if only_case is None else change.where(residents.c.helped_case_id == only_case))


def pause_answers(tx: Tx, channel: str, value: str, until: datetime, now: datetime) -> None:
    """Note that a person talks with who is at this address on the channel itself: automatic answers pause until then.

    A talk in a case stays what it is. Somebody never met is met by it, so that their answer is not taken for a hello.
    """
    address_id = find_address(tx, channel, value)
    if address_id is None:
        address_id = meet(tx, channel, value, now).address_id
    owner = sa.select(addresses.c.resident_id).where(addresses.c.id == address_id).scalar_subquery()
    sooner = sa.or_(residents.c.helped_until.is_(None), residents.c.helped_until < until)
    tx.execute(
        sa.update(residents)
        .where(residents.c.id == owner, residents.c.helped_case_id.is_(None), sooner)
        .values(helped_until=until)
    )


def end_pause(tx: Tx, resident_id: int) -> None:
    """Note that the person wants automatic answers again; a talk in a case goes on."""
    tx.execute(
        sa.update(residents)
        .where(residents.c.id == resident_id, residents.c.helped_case_id.is_(None))
        .values(helped_until=None)
    )


def open_address(tx: Tx, sealed: bytes) -> str:
    """Return the plain chat address of a sealed one."""
    return tx.vault.open(_VALUE, sealed)


def block_address(tx: Tx, address_id: int, now: datetime) -> list[int]:
    """Note that the channel refuses this address, and end the announcements that are queued for it; returns those.

    The next message from it opens it again. What is being sent at this moment gets an outcome of its own.
    """
    tx.execute(sa.update(addresses).where(addresses.c.id == address_id).values(blocked_at=now))
    ended = tx.execute(
        sa.update(outbox)
        .where(
            outbox.c.address_id == address_id,
            outbox.c.announcement_id.is_not(None),
            outbox.c.status == "queued",
            outbox.c.attempted_at.is_(None),
        )
        .values(status="blocked", reason=BLOCKED, lease_until=None, finished_at=now)
        .returning(outbox.c.id)
    )
    return list(ended.scalars())


def set_reachable(
    tx: Tx, channel: str, value: str, reachable: bool, now: datetime, at: datetime | None = None
) -> list[int]:
    """Note that the person blocked us or lets us write again; somebody never met is left alone.

    Args: at: when they blocked us; who did something at this address since is not blocked. None: just now.

    Returns the deliveries of announcements that ended with it.
    """
    if (address_id := find_address(tx, channel, value)) is None:
        return []
    if not reachable:
        heard = sa.select(addresses.c.last_interaction_at).where(addresses.c.id == address_id)
        heard_at = tx.execute(heard).scalar_one() if at is not None else None
        late = at is not None and heard_at is not None and heard_at > at
        return [] if late else block_address(tx, address_id, now)
    tx.execute(sa.update(addresses).where(addresses.c.id == address_id).values(blocked_at=None))
    return []


def mark_greeted(tx: Tx, resident_id: int, now: datetime) -> None:
    """Note that the first-contact sentences were given."""
    tx.execute(sa.update(residents).where(residents.c.id == resident_id).values(greeted_at=now))


def choose_commune(tx: Tx, resident_id: int, code: str | None) -> None:
    """Keep the commune the person chose, or forget it."""
    tx.execute(sa.update(residents).where(residents.c.id == resident_id).values(commune_code=code))


def list_channels(tx: Tx, resident_id: int) -> list[str]:
    """Return the channels on which a resident has an address, by name."""
    own = sa.select(addresses.c.channel).where(addresses.c.resident_id == resident_id).distinct()
    return list(tx.execute(own.order_by(addresses.c.channel)).scalars())


@dataclass(frozen=True, slots=True)
class Chat:
    """One of a person's chats. `since`: of the oldest message kept; None: there is none. `heard_at`: the last turn."""

    address_id: int
    channel: str
    blocked: bool
    since: datetime | None
    heard_at: datetime


def list_addresses(tx: Tx, resident_id: int) -> list[Chat]:
    """Return where a person is reached: one chat, or those that they linked, in the order they were met."""
    return _chats(tx, addresses.c.resident_id == resident_id)


def find_chat(tx: Tx, address_id: int) -> Chat | None:
    """Return what can be said of one chat; None when it was erased."""
    return next(iter(_chats(tx, addresses.c.id == address_id)), None)


def _chats(tx: Tx, which: sa.ColumnElement[bool]) -> list[Chat]:
    since = sa.select(sa.func.min(messages.c.at)).where(messages.c.address_id == addresses.c.id)
    query = (
        sa.select(
            addresses.c.id,
            addresses.c.channel,
            addresses.c.blocked_at.is_not(None),
            since.scalar_subquery(),
            conversations.c.updated_at,
        )
        .join_from(addresses, conversations)
        .where(which)
        .order_by(addresses.c.id)
    )
    return [Chat(*list(row)) for row in tx.execute(query)]


def list_linked(tx: Tx, address_id: int) -> list[int]:
    """Return the ids of all addresses of whoever is at this one, itself among them; empty when it was erased."""
    owner = sa.select(addresses.c.resident_id).where(addresses.c.id == address_id).scalar_subquery()
    query = sa.select(addresses.c.id).where(addresses.c.resident_id == owner).order_by(addresses.c.id)
    return list(tx.execute(query).scalars())


def prefer_channel(tx: Tx, resident_id: int, channel: str | None) -> None:
    """Keep where announcements are wanted; None: where the person was last heard of."""
    tx.execute(sa.update(residents).where(residents.c.id == resident_id).values(preferred_channel=channel))
