"""What was queued by day and could not leave then, as the channel or the service was down, wakes nobody at night."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.delivery.ledger import Ledger, Work
from handlers import notify
from handlers.messages import Outbound
from handlers.notify import ANY_DAY
from handlers.rsvps import NEAR
from handlers.sending_rules import SendingRules
from storage import people
from storage.db import Database, Tx
from storage.outbox import Lane
from tests.storage.builders import EMPTIED

database_url, sqlite, emptied_postgres_url, migrated_postgres_url, migrated_sqlite_file = EMPTIED

RULES = SendingRules(ZoneInfo("Asia/Ho_Chi_Minh"), quiet=(time(21), time(6)))
EVENING = datetime.fromisoformat("2026-11-27T20:00+07:00")
NIGHT, MORNING = EVENING + timedelta(hours=3), EVENING + timedelta(hours=10)


def queue(tx: Tx, by_day_until: datetime | None, lane: Lane = Lane.NOTICE) -> None:
    """Queue something in the evening."""
    address_id = people.meet(tx, "telegram", "0912", EVENING).address_id
    notify.to_address(tx, address_id, Outbound("Tin."), lane, EVENING, by_day_until=by_day_until)


def claim(tx: Tx, at: datetime) -> int:
    """Return how much an engine that has come back finds to send."""
    work = Work([], [], [], False, [], None, True, 0)
    return len(Ledger("telegram", "me", lambda: at, RULES).write(tx, work).claimed)


@pytest.mark.parametrize(
    ("by_day_until", "leaves"),
    [
        (ANY_DAY, False),
        (None, True),
        (MORNING + timedelta(minutes=30), False),
        (datetime.fromisoformat("2026-11-28T09:00+07:00") - NEAR, False),
        (datetime.fromisoformat("2026-11-28T06:30+07:00") - NEAR, True),
    ],
    ids=[
        "minutes of a session",
        "an official's own word",
        "a reminder for half past six",
        "another place at nine",
        "another place at half past six: too late in the morning",
    ],
)
async def test_at_night_only_what_cannot_wait_leaves(
    database: Database, by_day_until: datetime | None, leaves: bool
) -> None:
    await database.write(queue, by_day_until)

    assert await database.write(claim, NIGHT) == leaves
    assert await database.write(claim, MORNING) == 1, "nothing is lost; what was only claimed is found again"


async def test_what_was_claimed_before_the_night_stays_when_it_has_begun(sqlite: Database) -> None:
    def work(tx: Tx) -> None:
        queue(tx, ANY_DAY)
        ready = Ledger("telegram", "me", lambda: EVENING, RULES).write(
            tx, Work([], [], [], False, [], None, True, 0)
        )
        late = Ledger("telegram", "me", lambda: NIGHT, RULES)

        assert late.write(tx, Work([], [], [], False, ready.claimed, None, False, 0)).allowed == set()
        assert claim(tx, NIGHT + timedelta(hours=1)) == 0
        assert claim(tx, MORNING) == 1

    await sqlite.write(work)
