"""Several engines of one process, one ledger each: what went from one channel to another belongs to the other alone."""

from collections.abc import Sequence
from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot.delivery.ledger import Found, Ledger, Work
from handlers import elsewhere
from handlers.messages import Address
from storage import people
from storage.db import Database, Tx
from storage.outbox import Delivery, Outcome
from storage.tables import addresses, consents, outbox
from tests.conftest import NOW
from tests.handlers.audiences import add_address, expand, make_announcement
from tests.handlers.test_elsewhere import SOON, WITH_TELEGRAM, chats

LONG_SILENT = NOW - timedelta(days=30)


def ledger(channel: str) -> Ledger:
    return Ledger(channel, "this-process", lambda: SOON, WITH_TELEGRAM)


def work(
    *,
    ready: Sequence[Delivery] = (),
    outcomes: Sequence[Outcome] = (),
    blocked: Sequence[int] = (),
    bulk: int = 0,
) -> Work:
    return Work(outcomes, blocked, [], False, ready, None, False, bulk)


def two_of_one_channel(tx: Tx) -> tuple[int, int]:
    """Announce something to somebody with two chats on Telegram; returns that where it goes, and the other."""
    resident_id, (first,) = chats(tx, "telegram")
    second = add_address(tx, resident_id, "telegram")
    tx.execute(sa.update(addresses).where(addresses.c.id == second).values(last_interaction_at=None))
    tx.execute(sa.update(consents).values(address_id=None))
    expand(tx, make_announcement(tx), rules=WITH_TELEGRAM)
    return first, second


def claim(tx: Tx, channel: str) -> list[Delivery]:
    return ledger(channel).write(tx, work(bulk=10)).claimed


def attempt(tx: Tx, channel: str, ready: Sequence[Delivery]) -> Found:
    return ledger(channel).write(tx, work(ready=ready))


def unfollow(tx: Tx, address_id: int) -> None:
    row = tx.execute(sa.select(addresses).where(addresses.c.id == address_id)).one()
    address = Address(row.channel, people.open_address(tx, row.value_sealed))
    elsewhere.set_reachable(tx, address, False, WITH_TELEGRAM, SOON)


def rows(tx: Tx) -> list[tuple[int | None, str, str, bool]]:
    found = tx.execute(sa.select(outbox).order_by(outbox.c.id))
    return [(r.address_id, r.channel, r.status, r.attempted_at is not None) for r in found]


@pytest.mark.parametrize("heard_at", [NOW, LONG_SILENT])
async def test_what_one_engine_holds_and_another_has_claimed_is_attempted_by_the_other(
    database: Database, heard_at: object
) -> None:
    """Its person unfollowed while it was in memory; nor is it put off for the window of the channel that it left."""

    def run(tx: Tx) -> None:
        _, (zalo, telegram) = chats(tx, "zalo", "telegram")
        expand(tx, make_announcement(tx), rules=WITH_TELEGRAM)
        held = claim(tx, "zalo")
        unfollow(tx, zalo)
        tx.execute(sa.update(addresses).values(last_interaction_at=heard_at))
        moved = claim(tx, "telegram")

        assert attempt(tx, "zalo", held).allowed == set()
        assert rows(tx) == [(telegram, "telegram", "queued", False)]
        assert attempt(tx, "telegram", moved).allowed == {moved[0].id}

    await database.write(run)


async def test_what_went_to_another_chat_of_the_same_channel_is_claimed_anew(database: Database) -> None:
    """The copy in memory has the old address."""

    def run(tx: Tx) -> None:
        first, second = two_of_one_channel(tx)
        held = claim(tx, "telegram")
        assert [d.address_id for d in held] == [first]
        unfollow(tx, first)
        # The line has it already, and lets the second one go.
        claim(tx, "telegram")

        assert attempt(tx, "telegram", held).allowed == set()
        again = claim(tx, "telegram")
        assert [d.address_id for d in again] == [second]
        assert attempt(tx, "telegram", again).allowed == {again[0].id}

    await database.write(run)


@pytest.mark.parametrize("status", ["blocked", "waiting", "failed"])
async def test_an_outcome_that_is_written_twice_ends_only_the_attempt_that_it_is_of(
    database: Database, status: str
) -> None:
    """Nobody could tell whether the first time was committed. It was, and somebody else is at it since."""

    def run(tx: Tx) -> None:
        _, (zalo, telegram) = chats(tx, "zalo", "telegram")
        expand(tx, make_announcement(tx), rules=WITH_TELEGRAM)
        held = claim(tx, "zalo")
        attempt(tx, "zalo", held)
        blocked = Outcome(held[0].id, "blocked", SOON, reason="blocked")
        ledger("zalo").write(tx, work(outcomes=[blocked], blocked=[zalo]))
        moved = claim(tx, "telegram")
        attempt(tx, "telegram", moved)
        assert rows(tx) == [(telegram, "telegram", "queued", True)]

        late = Outcome(held[0].id, status, SOON, reason="late")
        ledger("zalo").write(tx, work(outcomes=[late], blocked=[zalo]))

        assert rows(tx) == [(telegram, "telegram", "queued", True)]

    await database.write(run)


async def test_nor_the_next_claim_of_the_same_engine(database: Database) -> None:
    """The second chat is on the same channel, and was claimed with the commit that nobody knew of."""

    def run(tx: Tx) -> None:
        first, second = two_of_one_channel(tx)
        held = claim(tx, "telegram")
        attempt(tx, "telegram", held)
        outcome = Outcome(held[0].id, "blocked", SOON, reason="blocked")
        once = work(outcomes=[outcome], blocked=[first], bulk=10)
        (moved,) = ledger("telegram").write(tx, once).claimed
        assert moved.address_id == second

        ledger("telegram").write(tx, once)

        assert rows(tx) == [(second, "telegram", "queued", False)]

    await database.write(run)


async def test_stopping_gives_back_what_this_channel_holds(database: Database) -> None:
    def run(tx: Tx) -> None:
        chats(tx, "telegram")
        expand(tx, make_announcement(tx), rules=WITH_TELEGRAM)
        held = claim(tx, "telegram")

        ledger("zalo").write_last(tx, [], [])

        assert attempt(tx, "telegram", held).allowed == {held[0].id}

    await database.write(run)


async def test_what_was_queued_while_its_chat_was_being_blocked_goes_to_the_other(database: Database) -> None:
    def run(tx: Tx) -> None:
        _, (zalo, telegram) = chats(tx, "zalo", "telegram")
        expand(tx, make_announcement(tx), rules=WITH_TELEGRAM)
        tx.execute(sa.update(addresses).where(addresses.c.id == zalo).values(blocked_at=NOW))

        assert claim(tx, "zalo") == []

        assert rows(tx) == [(telegram, "telegram", "queued", False)]
        assert [d.address_id for d in claim(tx, "telegram")] == [telegram]

    await database.write(run)
