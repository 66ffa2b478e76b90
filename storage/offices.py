"""Where each commune receives people, and the telephone numbers that somebody has tried."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from storage.db import Tx
from storage.tables import hotlines, offices


@dataclass(frozen=True, slots=True)
class Office:
    """One commune's office. `changed_by`: the official who wrote it."""

    area_code: str
    address: str
    phone: str
    hours: str
    changed_at: datetime
    changed_by: int


@dataclass(frozen=True, slots=True)
class Hotline:
    """A number that was tried, by whom and when."""

    number: str
    name: str
    checked_at: datetime
    checked_by: int


def find(tx: Tx, area_code: str) -> Office | None:
    """Return a commune's office, or None where nobody has written it down."""
    row = tx.execute(sa.select(offices).where(offices.c.area_code == area_code)).one_or_none()
    return Office(**row._mapping) if row else None


def list_offices(tx: Tx) -> list[Office]:
    """Return every office, by the commune's code."""
    return [Office(**row._mapping) for row in tx.execute(sa.select(offices).order_by(offices.c.area_code))]


def save(tx: Tx, office: Office) -> None:
    """Store a commune's office in place of what was there."""
    tx.execute(sa.delete(offices).where(offices.c.area_code == office.area_code))
    tx.execute(
        sa.insert(offices),
        {
            "area_code": office.area_code,
            "address": office.address,
            "phone": office.phone,
            "hours": office.hours,
            "changed_at": office.changed_at,
            "changed_by": office.changed_by,
        },
    )


def list_hotlines(tx: Tx) -> list[Hotline]:
    """Return every number, by its name."""
    query = sa.select(hotlines).order_by(hotlines.c.name, hotlines.c.number)
    return [Hotline(**row._mapping) for row in tx.execute(query)]


def save_hotline(tx: Tx, hotline: Hotline) -> None:
    """Store a number, in place of what was known of it."""
    remove_hotline(tx, hotline.number)
    tx.execute(
        sa.insert(hotlines),
        {
            "number": hotline.number,
            "name": hotline.name,
            "checked_at": hotline.checked_at,
            "checked_by": hotline.checked_by,
        },
    )


def remove_hotline(tx: Tx, number: str) -> bool:
    """Forget a number; returns whether it was there."""
    return bool(tx.execute(sa.delete(hotlines).where(hotlines.c.number == number)).rowcount)
