"""What residents agreed to be told of, purpose by purpose: one row a giving, ended when it is taken back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from storage.db import Tx
from storage.tables import consents, residents

_GIVEN = consents.c.withdrawn_at.is_(None)


@dataclass(frozen=True, slots=True)
class Consent:
    """One giving. `wording`: version of the sentence that was agreed to; `withdrawn_at` None: it holds."""

    id: int
    resident_id: int
    purpose: str
    wording: str
    channel: str
    given_at: datetime
    withdrawn_at: datetime | None
    withdrawn_channel: str | None


def give(tx: Tx, resident_id: int, purpose: str, wording: str, channel: str, now: datetime) -> bool:
    """Store that somebody agrees; False when they agreed to these very words already.

    What was agreed to in other words ends with it, so that the history says which words held when. The resident is
    locked first (PostgreSQL): two presses at once give one row.
    """
    tx.execute(sa.select(residents.c.id).where(residents.c.id == resident_id).with_for_update(key_share=True))
    held = next((one for one in list_given(tx, resident_id) if one.purpose == purpose), None)
    if held is not None and held.wording == wording:
        return False
    withdraw(tx, resident_id, [purpose], channel, now)
    row = {
        "resident_id": resident_id,
        "purpose": purpose,
        "wording": wording,
        "channel": channel,
        "given_at": now,
    }
    tx.execute(sa.insert(consents), row)
    return True


def withdraw(tx: Tx, resident_id: int, purposes: Sequence[str], channel: str, now: datetime) -> int:
    """Take back what was given for these purposes; returns how many consents ended."""
    return tx.execute(
        sa.update(consents)
        .where(consents.c.resident_id == resident_id, consents.c.purpose.in_(purposes), _GIVEN)
        .values(withdrawn_at=now, withdrawn_channel=channel)
    ).rowcount


def list_given(tx: Tx, resident_id: int) -> list[Consent]:
    """Return what holds, oldest first."""
    return [one for one in list_history(tx, resident_id) if one.withdrawn_at is None]


def list_history(tx: Tx, resident_id: int) -> list[Consent]:
    """Return everything that was ever given, oldest first."""
    rows = tx.execute(
        sa.select(consents).where(consents.c.resident_id == resident_id).order_by(consents.c.id)
    )
    return [Consent(**row._mapping) for row in rows]


def count_given(tx: Tx, area_code: str | None) -> dict[str, int]:
    """Count what holds by purpose, among the residents of a commune; None: all."""
    query = sa.select(consents.c.purpose, sa.func.count().label("number")).where(_GIVEN)
    if area_code is not None:
        query = query.join(residents, residents.c.id == consents.c.resident_id).where(
            residents.c.commune_code == area_code
        )
    return {row.purpose: row.number for row in tx.execute(query.group_by(consents.c.purpose))}


# -- stopping


def stop_everything(tx: Tx, resident_id: int, now: datetime) -> None:
    """Note that the person wants nothing any more that comes by itself, answers to what they asked for included."""
    tx.execute(sa.update(residents).where(residents.c.id == resident_id).values(stopped_at=now))


def resume(tx: Tx, resident_id: int) -> None:
    """Note that what comes by itself is welcome again."""
    tx.execute(sa.update(residents).where(residents.c.id == resident_id).values(stopped_at=None))


def find_stopped(tx: Tx, resident_id: int) -> datetime | None:
    """Return since when the person wants nothing that comes by itself; None: they do."""
    return tx.execute(sa.select(residents.c.stopped_at).where(residents.c.id == resident_id)).scalar()
