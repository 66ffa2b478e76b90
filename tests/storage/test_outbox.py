"""What leaves: claimed by one, attempted once, finished once; never sent twice without saying so, never forgotten."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy.util import await_only

from storage import claims, leases, outbox
from storage.crypto import Vault
from storage.db import Database, Tx, opened
from storage.messages import Button
from storage.outbox import NOTICE_REPEAT_AFTER, Delivery, Lane, Lease, Outcome
from storage.tables import outbox as deliveries
from tests.conftest import NOW
from tests.databases import SECRET
from tests.storage.builders import (
    CHAT,
    EMPTIED,
    claim,
    get_delivery,
    later,
    lease,
    make_announcement,
    make_attempted,
    make_bulk,
    make_deliveries,
    make_delivery,
    make_person,
    make_said,
    on_postgresql,
    together,
)

database_url, sqlite, emptied_postgres_url, migrated_postgres_url, migrated_sqlite_file = EMPTIED

A, B = "worker-a", "worker-b"
ENDINGS = ["sent", "failed", "blocked", "skipped", "unknown"]


@pytest.fixture
async def other(database: Database, database_url: str) -> AsyncIterator[Database]:
    """A second process at work on the same database."""
    async with opened(database_url, Vault(SECRET)) as other:
        yield other


def _ids(claimed: list[Delivery]) -> list[int]:
    return [delivery.id for delivery in claimed]


# Claiming ------------------------------------------------------------------------------------------------------


async def test_lower_lanes_go_first_then_the_oldest(database: Database) -> None:
    lanes = [Lane.NOTICE, Lane.REPLY, Lane.BULK, Lane.REPLY, Lane.NOTICE]
    ids = [await database.write(make_delivery, lane=lane) for lane in lanes]

    claimed = await database.write(claim)

    assert _ids(claimed) == [ids[i] for i in (1, 3, 0, 4)]


async def test_a_claim_takes_the_most_urgent_up_to_its_limit(database: Database) -> None:
    notices = await database.write(make_deliveries, 5, lane=Lane.NOTICE)
    replies = await database.write(make_deliveries, 2)

    assert _ids(await database.write(claim, limit=3)) == [*replies, notices[0]]
    assert _ids(await database.write(claim, limit=3)) == notices[1:4]


@on_postgresql
async def test_a_claim_keeps_its_limit_whatever_plan_the_server_makes(database: Database) -> None:
    """A nested loop runs the inner query anew for every row, and each time SKIP LOCKED finds the next rows."""
    await database.write(make_deliveries, 20)

    def claim_with_a_loop(tx: Tx) -> list[int]:
        for way in ("hashagg", "hashjoin", "mergejoin", "sort", "material"):
            tx.execute(sa.text(f"SET LOCAL enable_{way} = off"))
        return _ids(claim(tx, limit=5))

    assert len(await database.write(claim_with_a_loop)) == 5


async def test_a_claim_carries_all_that_sending_needs(database: Database) -> None:
    buttons = (Button("Có ạ", "ask:yes", None), Button("Mở", None, "https://haiphong.gov.vn"))

    def queue(tx: Tx) -> Delivery:
        address_id = make_person(tx, value=CHAT).address_id
        said = make_said(tx, address_id=address_id, text="Dạ.", buttons=buttons)
        queued = outbox.add(tx, said, address_id, "telegram", Lane.NOTICE, NOW, None)
        return Delivery(queued, said, address_id, CHAT, Lane.NOTICE, "Dạ.", buttons, False, 0)

    queued = await database.write(queue)

    assert await database.write(claim) == [queued]


async def test_only_what_is_due_free_and_of_the_channel_is_claimed(database: Database) -> None:
    def queue(tx: Tx) -> int:
        make_delivery(tx, channel="zalo")
        make_delivery(tx, now=later(seconds=1))
        make_delivery(tx, held=lease(B))
        make_attempted(tx, owner=B)
        leases.finish(tx, [Outcome(make_attempted(tx), status, NOW) for status in ENDINGS])
        person = make_person(tx)
        outbox.add_waiting(
            tx, make_said(tx, address_id=person.address_id), person.address_id, "telegram", Lane.REPLY, NOW
        )
        return make_delivery(tx)

    free = await database.write(queue)

    assert _ids(await database.write(claim)) == [free]


async def test_a_lease_keeps_others_off_to_its_last_moment(database: Database) -> None:
    delivery = await database.write(make_delivery, held=lease(A, until=later(60)))

    assert await database.write(claim, B, now=later(60)) == []
    assert _ids(await database.write(claim, B, now=later(microseconds=60_000_001))) == [delivery]


async def test_owners_who_claim_at_once_never_hold_the_same_row(database: Database, other: Database) -> None:
    ids = await database.write(make_deliveries, 60)

    async def work(at: Database, owner: str) -> list[int]:
        held: list[int] = []
        while claimed := await at.write(claim, owner, limit=4):
            held += _ids(claimed)
        return held

    held = await together(
        *(work(at, f"{name}{n}") for n in range(3) for name, at in (("a", database), ("b", other)))
    )
    # A claim that found every free row locked by others came back empty; whoever asks again gets the rest.
    held.append(_ids(await database.write(claim, "last")))

    assert sorted(i for mine in held for i in mine) == ids


@on_postgresql
async def test_what_another_is_claiming_is_passed_over_not_waited_for(
    database: Database, other: Database
) -> None:
    ids = await database.write(make_deliveries, 4)

    def claim_while_another_does(tx: Tx) -> tuple[list[int], list[int]]:
        mine = _ids(claim(tx, A, limit=2))
        return mine, _ids(await_only(other.write(claim, B)))

    assert await database.write(claim_while_another_does) == (ids[:2], ids[2:])


# Attempts ------------------------------------------------------------------------------------------------------


async def test_an_attempt_is_written_down_and_holds_the_row_anew(database: Database) -> None:
    delivery = await database.write(make_delivery, held=lease(A, until=later(5)))

    assert await database.write(leases.attempt, [delivery], lease(A, until=later(99)), later(1)) == {delivery}

    row = await database.read(get_delivery, delivery)
    assert (row.status, row.attempts, row.attempted_at, row.lease_until) == ("queued", 1, later(1), later(99))


async def test_only_the_owner_attempts_and_only_once(database: Database) -> None:
    mine = await database.write(make_delivery, held=lease(A))
    theirs = await database.write(make_delivery, held=lease(B))
    nobodys = await database.write(make_delivery)
    ids = [mine, theirs, nobodys, 404]

    assert await database.write(leases.attempt, ids, lease(A), NOW) == {mine}
    assert await database.write(leases.attempt, ids, lease(A), NOW) == set()
    assert await database.write(leases.attempt, ids, lease(B), NOW) == {theirs}
    assert await database.write(leases.attempt, [], lease(A), NOW) == set()


@pytest.mark.parametrize("status", ENDINGS)
async def test_what_has_ended_is_not_attempted(sqlite: Database, status: str) -> None:
    delivery = await sqlite.write(make_attempted, owner=A)
    await sqlite.write(leases.finish, [Outcome(delivery, status, NOW)])

    assert await sqlite.write(leases.attempt, [delivery], lease(A), NOW) == set()


async def test_a_row_taken_over_is_no_longer_the_former_owners(database: Database) -> None:
    delivery = await database.write(make_delivery, held=lease(A, until=NOW))
    await database.write(claim, B, now=later())

    assert await database.write(leases.attempt, [delivery], lease(A, until=later(99)), later()) == set()
    assert await database.write(leases.attempt, [delivery], lease(B, until=later(99)), later()) == {delivery}


async def test_an_owner_late_with_its_attempt_keeps_what_nobody_took(sqlite: Database) -> None:
    delivery = await sqlite.write(make_delivery, held=lease(A, until=NOW))

    assert await sqlite.write(leases.attempt, [delivery], lease(A, until=later(99)), later(9)) == {delivery}
    assert await sqlite.write(claim, B, now=later(50)) == []


async def test_late_attempts_and_takeovers_at_once_give_each_row_to_one(
    database: Database, other: Database
) -> None:
    def queue(tx: Tx) -> list[int]:
        return [make_delivery(tx, held=lease(A, until=NOW)) for _ in range(20)]

    ids = await database.write(queue)
    attempts = [
        database.write(leases.attempt, ids[i::4], lease(A, until=later(99)), later()) for i in range(4)
    ]
    claims = [other.write(claim, B, now=later(), limit=6) for _ in range(4)]
    attempted: set[int] = set()
    taken: set[int] = set()

    async def attempt(work: Any) -> None:
        attempted.update(await work)

    async def take(work: Any) -> None:
        taken.update(_ids(await work))

    await together(*(w for pair in zip(map(attempt, attempts), map(take, claims), strict=True) for w in pair))

    assert not attempted & taken
    assert attempted | taken <= set(ids)


# Outcomes ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", ENDINGS)
async def test_an_outcome_ends_the_delivery(database: Database, status: str) -> None:
    delivery = await database.write(make_attempted)
    await database.write(leases.finish, [Outcome(delivery, status, later(), "vì thế", "881")])

    row = await database.read(get_delivery, delivery)
    assert (row.status, row.reason, row.platform_id, row.finished_at) == (status, "vì thế", "881", later())
    assert (row.attempted_at, row.lease_until, row.attempts, row.repeated) == (None, None, 1, False)


async def test_a_delivery_that_has_ended_keeps_its_outcome(database: Database) -> None:
    delivery = await database.write(make_attempted)
    await database.write(leases.finish, [Outcome(delivery, "sent", later(1), platform_id="881")])
    before = await database.read(get_delivery, delivery)

    for late in (*ENDINGS, "queued"):
        await database.write(
            leases.finish, [Outcome(delivery, late, later(2), "late", "882", later(3), later(4), True)]
        )

    assert await database.read(get_delivery, delivery) == before


async def test_many_outcomes_are_written_each_to_its_own(database: Database) -> None:
    ids = [await database.write(make_attempted) for _ in ENDINGS]
    await database.write(leases.finish, [])
    await database.write(
        leases.finish,
        [Outcome(i, s, NOW, reason=s) for i, s in zip(ids, ENDINGS, strict=True)]
        + [Outcome(404, "sent", NOW)],
    )

    rows = [await database.read(get_delivery, i) for i in ids]
    assert [(row.status, row.reason) for row in rows] == [(s, s) for s in ENDINGS]


async def test_again_means_not_before_then_and_by_the_same_owner(database: Database) -> None:
    """After a 429: ours until the lease ends, anybody's after that, and nobody's before the wait is over."""
    delivery = await database.write(make_attempted, owner=A)
    again = Outcome(delivery, "queued", NOW, "429", not_before=later(30), lease_until=later(90))
    await database.write(leases.finish, [again])

    row = await database.read(get_delivery, delivery)
    assert (row.status, row.reason, row.not_before, row.finished_at) == ("queued", "429", later(30), None)
    assert await database.write(claim, B, now=later(89)) == []
    assert await database.write(leases.attempt, [delivery], lease(B), later(31)) == set()
    assert await database.write(leases.attempt, [delivery], lease(A, until=later(91)), later(31)) == {
        delivery
    }
    assert (await database.read(get_delivery, delivery)).attempts == 2


async def test_again_without_a_lease_is_free_once_the_wait_is_over(database: Database) -> None:
    delivery = await database.write(make_attempted, owner=A)
    await database.write(leases.finish, [Outcome(delivery, "queued", NOW, not_before=later(30))])

    assert await database.write(claim, B, now=later(29)) == []
    (claimed,) = await database.write(claim, B, now=later(30))
    assert (claimed.id, claimed.attempts, claimed.repeated) == (delivery, 1, False)


async def test_again_after_an_unknown_outcome_stays_marked(database: Database) -> None:
    """Whatever happens later: the first try may have arrived."""
    delivery = await database.write(make_attempted, owner=A)
    await database.write(
        leases.finish, [Outcome(delivery, "queued", NOW, lease_until=later(60), repeated=True)]
    )
    await database.write(leases.attempt, [delivery], lease(A), NOW)
    await database.write(leases.finish, [Outcome(delivery, "queued", NOW, lease_until=later(60))])
    assert (await database.read(get_delivery, delivery)).repeated is True

    await database.write(leases.attempt, [delivery], lease(A), NOW)
    await database.write(leases.finish, [Outcome(delivery, "sent", NOW)])
    assert (await database.read(get_delivery, delivery)).repeated is True


async def test_a_late_again_of_a_former_owner_does_not_undo_the_next_ones_attempt(database: Database) -> None:
    """A was asleep past its lease; the reply is B's now, in flight, marked repeated. B dies: unknown, not a third try."""
    delivery = await database.write(make_attempted, owner=A)

    def take_over(tx: Tx) -> None:
        assert leases.recover(tx, "telegram", later(61))["repeated"] == 1
        assert _ids(claim(tx, B, now=later(61))) == [delivery]
        assert leases.attempt(tx, [delivery], lease(B, until=later(121)), later(61)) == {delivery}

    await database.write(take_over)
    await database.write(
        leases.finish,
        [Outcome(delivery, "queued", later(62), not_before=later(63), lease_until=later(99))],
        A,
    )

    assert (await database.read(get_delivery, delivery)).attempted_at == later(61)
    assert await database.write(leases.recover, "telegram", later(122)) == {"repeated": 0, "unknown": 1}
    assert await database.write(claim, "worker-c", now=later(122)) == []


@pytest.mark.parametrize("status", [*ENDINGS, "queued"])
async def test_of_a_former_owner_only_that_it_arrived_still_counts(database: Database, status: str) -> None:
    """Its call was given up and another's is under way; "sent" is a fact, anything else would be about the wrong call."""
    delivery = await database.write(make_attempted, owner=A)
    await database.write(leases.recover, "telegram", later(61))
    await database.write(claim, B, now=later(61))
    await database.write(leases.attempt, [delivery], lease(B, until=later(121)), later(61))
    before = await database.read(get_delivery, delivery)

    await database.write(leases.finish, [Outcome(delivery, status, later(62))], A)

    row = await database.read(get_delivery, delivery)
    assert row.status == "sent" if status == "sent" else row == before
    await database.write(leases.finish, [Outcome(delivery, "failed", later(63))], B)
    assert (await database.read(get_delivery, delivery)).status == ("sent" if status == "sent" else "failed")


# Attempts without an outcome -----------------------------------------------------------------------------------


async def test_an_attempt_is_left_alone_while_its_lease_lasts(database: Database) -> None:
    delivery = await database.write(make_attempted)
    before = await database.read(get_delivery, delivery)

    assert await database.write(leases.recover, "telegram", later(60)) == {"repeated": 0, "unknown": 0}
    assert await database.read(get_delivery, delivery) == before
    assert await database.write(claim, B, now=later(3600)) == []


async def test_a_reply_without_an_outcome_is_sent_once_more_then_unknown(database: Database) -> None:
    delivery = await database.write(make_attempted, lane=Lane.REPLY)

    assert await database.write(leases.recover, "telegram", later(61)) == {"repeated": 1, "unknown": 0}
    (again,) = await database.write(claim, B, now=later(61))
    assert (again.id, again.repeated, again.attempts) == (delivery, True, 1)

    await database.write(leases.attempt, [delivery], lease(B, until=later(121)), later(61))
    assert await database.write(leases.recover, "telegram", later(122)) == {"repeated": 0, "unknown": 1}
    row = await database.read(get_delivery, delivery)
    assert (row.status, row.repeated, row.finished_at, row.attempts) == ("unknown", True, later(122), 2)
    assert row.reason == "the process that was sending it stopped"
    assert await database.write(claim, B, now=later(9999)) == []


async def test_a_notice_without_an_outcome_is_sent_once_more_a_minute_later(database: Database) -> None:
    delivery = await database.write(make_attempted, lane=Lane.NOTICE)
    await database.write(leases.recover, "telegram", later(61))

    assert timedelta(seconds=60) == NOTICE_REPEAT_AFTER
    assert await database.write(claim, B, now=later(120)) == []
    (again,) = await database.write(claim, B, now=later(121))
    assert (again.id, again.repeated) == (delivery, True)

    await database.write(leases.attempt, [delivery], lease(B, until=later(181)), later(121))
    assert await database.write(leases.recover, "telegram", later(182)) == {"repeated": 0, "unknown": 1}


async def test_a_notice_that_was_stopped_during_its_call_is_not_sent_once_more(database: Database) -> None:
    delivery = await database.write(make_attempted, lane=Lane.NOTICE)
    stopped = sa.update(deliveries).where(deliveries.c.id == delivery)
    await database.write(lambda tx: tx.execute(stopped.values(reason=outbox.STOPPED)).rowcount)

    assert await database.write(leases.recover, "telegram", later(61)) == {"repeated": 0, "unknown": 1}
    assert await database.write(claim, B, now=later(9999)) == []


async def test_bulk_without_an_outcome_is_never_sent_again_by_itself(database: Database) -> None:
    delivery = await database.write(make_attempted, lane=Lane.BULK)

    assert await database.write(leases.recover, "telegram", later(61)) == {"repeated": 0, "unknown": 1}
    row = await database.read(get_delivery, delivery)
    assert (row.status, row.repeated, row.attempts) == ("unknown", False, 1)
    assert await database.write(claim, B, now=later(9999)) == []


async def test_only_attempts_are_settled_and_only_of_the_channel(database: Database) -> None:
    """A lease that ends before an attempt means nothing was sent: it goes out as if nobody had held it."""
    held = await database.write(make_delivery, held=lease(A))
    await database.write(make_attempted)
    ended = await database.write(make_attempted)
    await database.write(leases.finish, [Outcome(ended, "sent", NOW)])

    assert await database.write(leases.recover, "zalo", later(61)) == {"repeated": 0, "unknown": 0}
    assert await database.write(leases.recover, "telegram", later(61)) == {"repeated": 1, "unknown": 0}
    row = await database.read(get_delivery, held)
    assert (row.status, row.repeated, row.attempts) == ("queued", False, 0)


async def test_two_who_settle_at_once_settle_each_delivery_once(database: Database, other: Database) -> None:
    for lane in (Lane.REPLY, Lane.NOTICE, Lane.BULK) * 2:
        await database.write(make_attempted, lane=lane)

    settled = await together(
        *(at.write(leases.recover, "telegram", later(61)) for at in (database, other) * 3)
    )

    assert [sum(s[kind] for s in settled) for kind in ("repeated", "unknown")] == [4, 2]


# Starting and stopping -----------------------------------------------------------------------------------------


async def test_whoever_stops_gives_back_what_it_has_not_begun(database: Database) -> None:
    held = await database.write(make_delivery, held=lease(A))
    begun = await database.write(make_attempted, owner=A)
    theirs = await database.write(make_delivery, held=lease(B))

    assert await database.write(leases.release, A, NOW) == 1
    assert _ids(await database.write(claim, "worker-c")) == [held]
    assert (await database.read(get_delivery, begun)).attempted_at == NOW
    assert await database.write(leases.attempt, [theirs], lease(B), NOW) == {theirs}


async def test_what_waits_to_be_sent_again_is_given_back_and_still_waits(database: Database) -> None:
    delivery = await database.write(make_attempted, owner=A)
    await database.write(
        leases.finish, [Outcome(delivery, "queued", NOW, not_before=later(30), lease_until=later(90))]
    )

    assert await database.write(leases.release, A, NOW) == 1
    assert await database.write(claim, B, now=later(29)) == []
    assert _ids(await database.write(claim, B, now=later(30))) == [delivery]


async def test_the_only_process_ends_all_leases_at_its_start(database: Database) -> None:
    """No minute of waiting after a restart; a clock that stepped back does not prolong a dead one's lease either."""
    held = await database.write(make_delivery, held=lease("dead"))
    begun = await database.write(make_attempted, owner="dead", now=later(3600))
    await database.write(leases.finish, [Outcome(await database.write(make_attempted), "sent", NOW)])
    await database.write(make_delivery, held=lease("long dead", until=later(-1)))

    assert await database.write(leases.end_leases, NOW) == 2
    assert await database.write(leases.end_leases, NOW) == 0
    assert await database.write(leases.recover, "telegram", NOW) == {"repeated": 1, "unknown": 0}
    assert held in _ids(await database.write(claim, A))
    assert (await database.read(get_delivery, begun)).repeated is True


async def test_queued_deliveries_are_counted_by_channel(database: Database) -> None:
    assert await database.read(outbox.count_queued) == {}
    await database.write(make_deliveries, 2)
    await database.write(make_delivery, channel="zalo", held=lease(A))
    await database.write(leases.finish, [Outcome(await database.write(make_attempted), "sent", NOW)])

    assert await database.read(outbox.count_queued) == {"telegram": 2, "zalo": 1}


# Fetched by browsers -------------------------------------------------------------------------------------------


async def test_a_waiting_message_is_sent_once_a_browser_has_it(database: Database) -> None:
    """That one alone: not one before it that the page has not shown, not what a channel sends."""

    def queue(tx: Tx) -> list[int]:
        me = make_person(tx, channel="web").address_id
        said = [make_said(tx, address_id=me) for _ in range(3)]
        for message_id in said:
            outbox.add_waiting(tx, message_id, me, "web", Lane.REPLY, NOW)
        make_delivery(tx, address_id=me)
        return said

    def status(tx: Tx) -> dict[int, tuple[str, datetime | None]]:
        rows = tx.execute(sa.select(deliveries.c.message_id, deliveries.c.status, deliveries.c.finished_at))
        return {row.message_id: (row.status, row.finished_at) for row in rows}

    said = await database.write(queue)
    sent_by_a_channel = max(said) + 1
    await database.write(outbox.mark_fetched, [said[1], sent_by_a_channel, 9999], later(1))
    await database.write(outbox.mark_fetched, [said[1]], later(2))
    await database.write(outbox.mark_fetched, [], later(3))

    shown = await database.read(status)
    assert [shown[i] for i in said] == [("waiting", None), ("sent", later(1)), ("waiting", None)]
    assert shown[sent_by_a_channel] == ("queued", None)


async def test_what_browsers_fetch_is_never_called_for(database: Database) -> None:
    person = await database.write(make_person, channel="web")
    said = await database.write(make_said, address_id=person.address_id)
    await database.write(outbox.add_waiting, said, person.address_id, "web", Lane.REPLY, NOW)

    assert await database.write(claim, channel="web", now=later(9999)) == []
    assert await database.write(leases.recover, "web", later(9999)) == {"repeated": 0, "unknown": 0}
    assert await database.write(leases.end_leases, NOW) == 0


async def test_a_message_is_queued_once(database: Database) -> None:
    person = await database.write(make_person)
    said = await database.write(make_said, address_id=person.address_id)
    await database.write(outbox.add, said, person.address_id, "telegram", Lane.REPLY, NOW, None)

    with pytest.raises(sa.exc.IntegrityError):
        await database.write(outbox.add, said, person.address_id, "telegram", Lane.BULK, NOW, None)


# Any history ---------------------------------------------------------------------------------------------------

OWNERS = st.sampled_from(["a", "b", "c"])
LEASE = timedelta(seconds=60)


@dataclass
class _Model:
    """What a delivery's row should say. `uncertain`: calls made of which nobody knows whether they arrived."""

    lane: Lane
    not_before: datetime
    owner: str | None
    until: datetime | None
    status: str = "queued"
    in_flight: bool = False
    repeated: bool = False
    attempts: int = 0
    uncertain: int = 0

    def free(self, now: datetime) -> bool:
        return self.status == "queued" and not self.in_flight and (self.until is None or self.until < now)


class Histories(RuleBasedStateMachine):
    """Processes claim, call, die, stop and start in any order, beside a model that is simple enough to be right."""

    def __init__(self, tx: Tx) -> None:
        super().__init__()
        self.tx = tx
        self.undo = tx.connection.begin_nested()
        self.now = NOW
        self.rows: dict[int, _Model] = {}
        self.calls: dict[int, str] = {}  # delivery → whose call is under way
        self.slow: list[tuple[int, str]] = []  # calls that outlived their lease and were settled without them

    @initialize()
    def begin(self) -> None:
        self.address_id = make_person(self.tx).address_id
        self.announcement_id = make_announcement(self.tx)
        self.going = True
        for lane in Lane:
            self.queue(lane, None)

    def _lease(self, owner: str) -> Lease:
        return Lease(owner, self.now + LEASE)

    def _end(self, delivery: int, status: str) -> None:
        model = self.rows[delivery]
        model.status, model.in_flight, model.until = status, False, None

    @rule(lane=st.sampled_from(Lane), owner=st.none() | OWNERS)
    def queue(self, lane: Lane, owner: str | None) -> None:
        held = self._lease(owner) if owner else None
        if lane is Lane.BULK:
            lent: dict[str, Any] = {"lease_owner": held.owner, "lease_until": held.until} if held else {}
            new = make_bulk(self.tx, self.announcement_id, now=self.now, **lent)
        else:
            new = make_delivery(self.tx, address_id=self.address_id, lane=lane, held=held, now=self.now)
        self.rows[new] = _Model(lane, self.now, owner, held.until if held else None)

    @rule(owner=OWNERS, limit=st.integers(1, 4))
    def claim(self, owner: str, limit: int) -> None:
        expected = sorted(self._due(bulk=False), key=lambda i: (self.rows[i].lane, i))[:limit]

        assert _ids(claim(self.tx, owner, now=self.now, limit=limit)) == expected
        self._hold(owner, expected)

    @rule(owner=OWNERS, limit=st.integers(1, 4))
    def claim_bulk(self, owner: str, limit: int) -> None:
        if not self.going:
            return
        due = self._due(bulk=True)
        expected = sorted(due, key=lambda i: (self.rows[i].not_before, i))[:limit]

        claimed, more, _ = claims.claim_bulk(
            self.tx, "telegram", [self.announcement_id], self._lease(owner), self.now, limit
        )
        assert _ids(claimed) == expected
        assert more is (len(due) >= limit)
        self._hold(owner, expected)

    def _due(self, *, bulk: bool) -> list[int]:
        return [
            i
            for i, m in self.rows.items()
            if m.free(self.now) and m.not_before <= self.now and (m.lane is Lane.BULK) is bulk
        ]

    def _hold(self, owner: str, ids: list[int]) -> None:
        for delivery in ids:
            self.rows[delivery].owner, self.rows[delivery].until = owner, self.now + LEASE

    @rule()
    def pause_or_resume(self) -> None:
        self.going = not self.going

    @rule(owner=OWNERS, limit=st.integers(1, 4))
    def claim_and_call(self, owner: str, limit: int) -> None:
        self.claim(owner, limit)
        self.claim_bulk(owner, limit)
        self._attempt(owner, [i for i, m in self.rows.items() if m.owner == owner])

    @rule(owner=OWNERS, data=st.data())
    def call(self, owner: str, data: st.DataObject) -> None:
        """For any deliveries: the refusals count here."""
        self._attempt(owner, data.draw(st.lists(st.sampled_from(sorted(self.rows)), unique=True)))

    def _attempt(self, owner: str, wished: list[int]) -> None:
        # A process makes one call at a time for a delivery, however slow.
        ids = [i for i in wished if (i, owner) not in self.slow]
        models = {i: self.rows[i] for i in ids}
        held = {i for i, m in models.items() if m.status == "queued" and not m.in_flight and m.owner == owner}
        expected = {i for i in held if self.going or models[i].lane is not Lane.BULK}

        going = [self.announcement_id] if self.going else []
        allowed = leases.attempt(self.tx, ids, self._lease(owner), self.now, going)
        assert allowed == expected
        leases.give_back(self.tx, [i for i in ids if i not in allowed], owner)
        for delivery in held - allowed:
            models[delivery].owner = models[delivery].until = None
        for delivery in allowed:
            self._may_be_sent(delivery)
            model = self.rows[delivery]
            model.in_flight, model.until, model.attempts = True, self.now + LEASE, model.attempts + 1
            self.calls[delivery] = owner

    def _may_be_sent(self, delivery: int) -> None:
        """The promise: a second call of which the first may have arrived is marked, is the last, and is not bulk."""
        assert delivery not in self.calls
        if self.rows[delivery].uncertain:
            assert get_delivery(self.tx, delivery).repeated
            assert self.rows[delivery].uncertain == 1
            assert self.rows[delivery].lane is not Lane.BULK

    @precondition(lambda self: self.calls)
    @rule(data=st.data(), status=st.sampled_from(["sent", "failed", "blocked"]))
    def end(self, data: st.DataObject, status: str) -> None:
        delivery = data.draw(st.sampled_from(sorted(self.calls)))
        leases.finish(self.tx, [Outcome(delivery, status, self.now)], self.calls.pop(delivery))
        self._end(delivery, status)

    @precondition(lambda self: self.calls)
    @rule(data=st.data(), wait_s=st.sampled_from([0, 5, 600]), held=st.booleans())
    def try_again(self, data: st.DataObject, wait_s: int, held: bool) -> None:
        delivery = data.draw(st.sampled_from(sorted(self.calls)))
        owner = self.calls.pop(delivery)
        self._again(delivery, owner, timedelta(seconds=wait_s), held=held, repeated=False)

    @precondition(lambda self: self.calls)
    @rule(data=st.data())
    def hear_nothing(self, data: st.DataObject) -> None:
        """A timeout: the engine decides at once, as `recover` would."""
        delivery = data.draw(st.sampled_from(sorted(self.calls)))
        owner = self.calls.pop(delivery)
        model = self.rows[delivery]
        model.uncertain += 1
        if model.repeated or model.lane is Lane.BULK:
            leases.finish(self.tx, [Outcome(delivery, "unknown", self.now)], owner)
            self._end(delivery, "unknown")
        else:
            wait = NOTICE_REPEAT_AFTER if model.lane is Lane.NOTICE else timedelta(0)
            self._again(delivery, owner, wait, held=True, repeated=True)

    def _again(self, delivery: int, owner: str, wait: timedelta, *, held: bool, repeated: bool) -> None:
        at = self.now + wait
        until = at + LEASE if held else None
        again = Outcome(delivery, "queued", self.now, not_before=at, lease_until=until, repeated=repeated)
        leases.finish(self.tx, [again], owner)
        model = self.rows[delivery]
        model.in_flight, model.not_before, model.until = False, at, until
        model.repeated = model.repeated or repeated

    @precondition(lambda self: self.slow)
    @rule(data=st.data(), status=st.sampled_from(["sent", "failed", "queued"]))
    def end_late(self, data: st.DataObject, status: str) -> None:
        """That it arrived is a fact; whatever else a late one says counts only if the delivery is its own again."""
        delivery, owner = late = data.draw(st.sampled_from(self.slow))
        self.slow.remove(late)
        model = self.rows[delivery]
        if model.status == status == "queued" and model.owner == owner:
            self._again(delivery, owner, timedelta(seconds=5), held=True, repeated=False)
            return
        until = self.now + LEASE if status == "queued" else None
        leases.finish(self.tx, [Outcome(delivery, status, self.now, lease_until=until)], owner)
        if model.status == "queued" and (status == "sent" or model.owner == owner):
            self.calls.pop(delivery, None)
            self._end(delivery, status)

    @rule()
    def recover(self) -> None:
        repeated = unknown = 0
        for delivery, model in self.rows.items():
            if not model.in_flight or model.until is None or model.until >= self.now:
                continue
            if owner := self.calls.pop(delivery, None):
                self.slow.append((delivery, owner))
            model.uncertain += 1
            if model.repeated or model.lane is Lane.BULK:
                self._end(delivery, "unknown")
                unknown += 1
                continue
            model.in_flight, model.owner, model.until, model.repeated = False, None, None, True
            if model.lane is Lane.NOTICE:
                model.not_before = self.now + NOTICE_REPEAT_AFTER
            repeated += 1

        assert leases.recover(self.tx, "telegram", self.now) == {"repeated": repeated, "unknown": unknown}

    @rule(owner=OWNERS)
    def stop(self, owner: str) -> None:
        given_back = [
            m for m in self.rows.values() if m.owner == owner and m.status == "queued" and not m.in_flight
        ]
        for model in given_back:
            model.owner = model.until = None

        assert leases.release(self.tx, owner, self.now) == len(given_back)
        self.die(owner)

    @rule(owner=OWNERS)
    def die(self, owner: str) -> None:
        self.calls = {delivery: who for delivery, who in self.calls.items() if who != owner}
        self.slow = [late for late in self.slow if late[1] != owner]

    @rule()
    def start_alone(self) -> None:
        self.calls, self.slow = {}, []
        ended = [m for m in self.rows.values() if m.status == "queued" and m.until and m.until >= self.now]
        for model in ended:
            model.until = self.now - timedelta(microseconds=1)

        assert leases.end_leases(self.tx, self.now) == len(ended)

    @rule(seconds=st.sampled_from([1, 30, 61, 3600]))
    def wait(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)

    @invariant()
    def rows_are_as_the_model_says(self) -> None:
        found = {
            r.id: (r.status, r.lease_until, r.attempted_at is not None, r.repeated, r.attempts, r.not_before)
            for r in self.tx.execute(sa.select(deliveries))
        }
        assert found == {
            i: (m.status, m.until, m.in_flight, m.repeated, m.attempts, m.not_before)
            for i, m in self.rows.items()
        }
        owners = sa.select(deliveries.c.id, deliveries.c.lease_owner).where(deliveries.c.status == "queued")
        assert {row.id: row.lease_owner for row in self.tx.execute(owners)} == {
            i: m.owner for i, m in self.rows.items() if m.status == "queued"
        }

    def teardown(self) -> None:
        """Everybody dies, one starts: within an hour or two every delivery has an end, and the right one."""
        try:
            self.die("a"), self.die("b"), self.die("c")
            for _ in range(4):
                self.wait(3600)
                self.recover()
                self.going = True
                self.claim("a", 1000)
                self.claim_bulk("a", 1000)
                held = [i for i, m in self.rows.items() if m.owner == "a" and m.status == "queued"]
                for delivery in leases.attempt(
                    self.tx, held, self._lease("a"), self.now, [self.announcement_id]
                ):
                    self._may_be_sent(delivery)
                    leases.finish(self.tx, [Outcome(delivery, "sent", self.now)])
                    self._end(delivery, "sent")
            ends = {i: (m.status, m.uncertain) for i, m in self.rows.items()}
            assert not [end for end in ends.values() if end[0] == "queued"]
            assert all(uncertain for status, uncertain in ends.values() if status == "unknown")
        finally:
            self.undo.rollback()


async def test_in_any_history_nothing_is_sent_twice_unmarked_and_nothing_is_forgotten(
    database: Database,
) -> None:
    """Each history runs in a savepoint of one transaction, so that it is as fast as the statements are."""
    histories = settings(
        max_examples=40 if database.file else 8,
        stateful_step_count=30,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )

    def explore(tx: Tx) -> None:
        class OnThisDatabase(Histories):
            def __init__(self) -> None:
                super().__init__(tx)

        run_state_machine_as_test(OnThisDatabase, settings=histories)

    await database.write(explore)


async def test_a_long_reason_is_cut_rather_than_refused(database: Database) -> None:
    delivery = await database.write(make_attempted)

    await database.write(leases.finish, [Outcome(delivery, "failed", NOW, reason="x" * 500)])

    assert (await database.read(get_delivery, delivery)).reason == "x" * 200
