"""Whether messages for money leave: not for a while after the platform said that nobody pays for them. Never commits.

Zalo has no call that tells whether an account is linked (-320) and has money (-321): the first message for money finds
out. Without this every further one would be refused too, one call a person; refused calls count against an OA.
Kept in the database, so that all processes and whoever counts an audience know it.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from handlers import audience
from handlers.audience import Audience, Tally
from handlers.notify import FETCHED
from handlers.reach import Windows
from handlers.sending_rules import SendingRules
from storage import facts
from storage.db import Tx
from storage.reachable import Ways

OFF_FOR: Final = timedelta(minutes=30)
"""Then the next one tries: an account is filled by people."""
_FACT: Final = "zalo_unpaid_at"


def refused(tx: Tx, now: datetime) -> None:
    """Note that nobody pays for messages just now."""
    facts.keep(tx, _FACT, now.isoformat())


def off_until(tx: Tx, now: datetime) -> datetime | None:
    """Return until when no message for money leaves; None: they do."""
    found = facts.find(tx, _FACT)
    if found is None:
        return None
    at = datetime.fromisoformat(found)
    # A clock that was set back must not keep them off for as long.
    return at + OFF_FOR if abs(now - at) < OFF_FOR else None


def in_force(tx: Tx, windows: Windows, now: datetime) -> Windows:
    """Return the windows as they are now."""
    return replace(windows, paid=False) if windows.paid and off_until(tx, now) is not None else windows


def ways(tx: Tx, rules: SendingRules, now: datetime) -> Ways:
    """Return how people can be told something now, by the windows as they are."""
    windows = in_force(tx, rules.windows, now)
    return Ways(windows.all_open_since(now), windows.pushed, tuple(FETCHED))


def count(tx: Tx, wanted: Audience, kind: str, rules: SendingRules, now: datetime) -> Tally:
    """Say who would get an announcement that began to be sent now (`audience.count`), by the windows as they are."""
    windows = in_force(tx, rules.windows, now)
    tally = audience.count(tx, wanted, kind, rules, windows.at, now)
    tally.unpaid = windows.paid != rules.windows.paid
    return tally
