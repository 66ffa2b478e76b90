"""What residents agreed to be told of, purpose by purpose: one row a giving, ended when it is taken back.

Who linked several chats is one person, and still a consent holds for the chat in which it was given, as stopping
everything holds for those in which it was said: linking changes nothing of what comes where. Taking back and stopping
end it in every chat that the person has then.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from storage.db import Tx
from storage.tables import addresses, consents, residents

_GIVEN = consents.c.withdrawn_at.is_(None)


@dataclass(frozen=True, slots=True)
class Consent:
    """One giving. `wording`: version of the sentence that was agreed to; `withdrawn_at` None: it holds."""

    id: int
    resident_id: int
    purpose: str
    wording: str
    channel: str
    address_id: int | None
    given_at: datetime
    withdrawn_at: datetime | None
    withdrawn_channel: str | None


def give(
    tx: Tx, resident_id: int, address_id: int, purpose: str, wording: str, channel: str, now: datetime
) -> bool:
    """Store that somebody agrees to be told in this chat; False when they agreed to these very words there already.

    What was agreed to in other words ends with it, so that the history says which words held when. The resident is
    locked first (PostgreSQL): two presses at once give one row.
    """
    tx.execute(sa.select(residents.c.id).where(residents.c.id == resident_id).with_for_update(key_share=True))
    held = next((one for one in list_given(tx, resident_id, address_id) if one.purpose == purpose), None)
    if held is not None and held.wording == wording:
        return False
    if held is not None:
        _end(tx, consents.c.id == held.id, channel, now)
    row = {
        "resident_id": resident_id,
        "address_id": address_id,
        "purpose": purpose,
        "wording": wording,
        "channel": channel,
        "given_at": now,
    }
    tx.execute(sa.insert(consents), row)
    return True


def withdraw(tx: Tx, resident_id: int, purposes: Sequence[str], channel: str, now: datetime) -> int:
    """Take back what was given for these purposes, in whatever chat; returns how many consents ended."""
    given = sa.and_(consents.c.resident_id == resident_id, consents.c.purpose.in_(purposes))
    return _end(tx, given, channel, now)


def _end(tx: Tx, which: sa.ColumnElement[bool], channel: str, now: datetime) -> int:
    ended = sa.update(consents).where(which, _GIVEN)
    return tx.execute(ended.values(withdrawn_at=now, withdrawn_channel=channel)).rowcount


def list_given(tx: Tx, resident_id: int, address_id: int | None = None) -> list[Consent]:
    """Return what holds, oldest first; in one chat, or (None) in any of theirs."""
    history = (one for one in list_history(tx, resident_id) if one.withdrawn_at is None)
    return [one for one in history if address_id is None or one.address_id in (None, address_id)]


def holds_at(address_id: sa.ColumnElement[int]) -> sa.ColumnElement[bool]:
    """Return what is true of the consents that hold for an address of whoever gave them."""
    return sa.or_(consents.c.address_id.is_(None), consents.c.address_id == address_id)


def list_history(tx: Tx, resident_id: int) -> list[Consent]:
    """Return everything that was ever given, oldest first."""
    rows = tx.execute(
        sa.select(consents).where(consents.c.resident_id == resident_id).order_by(consents.c.id)
    )
    return [Consent(**row._mapping) for row in rows]


def count_given(tx: Tx, area_code: str | None) -> dict[str, int]:
    """Count who agrees by purpose, among the residents of a commune; None: all."""
    people = sa.func.count(consents.c.resident_id.distinct()).label("number")
    query = sa.select(consents.c.purpose, people).where(_GIVEN)
    if area_code is not None:
        query = query.join(residents, residents.c.id == consents.c.resident_id).where(
            residents.c.commune_code == area_code
        )
    return {row.purpose: row.number for row in tx.execute(query.group_by(consents.c.purpose))}


# -- stopping


def stop_everything(tx: Tx, resident_id: int, now: datetime) -> None:
    """Note that the person wants nothing any more that comes by itself, answers to what they asked for included."""
    tx.execute(sa.update(addresses).where(addresses.c.resident_id == resident_id).values(stopped_at=now))


def resume(tx: Tx, resident_id: int) -> None:
    """Note that what comes by itself is welcome again, in every chat of theirs."""
    tx.execute(sa.update(addresses).where(addresses.c.resident_id == resident_id).values(stopped_at=None))


def find_stopped(tx: Tx, resident_id: int) -> datetime | None:
    """Return when the person last stopped everything, in a chat that still is; None: nowhere."""
    latest = sa.select(sa.func.max(addresses.c.stopped_at)).where(addresses.c.resident_id == resident_id)
    return tx.execute(latest).scalar()
