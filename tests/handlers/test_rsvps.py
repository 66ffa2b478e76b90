"""Seats: never given twice, whoever is at it; who waits moves up in order and is told; nothing after the beginning."""

import asyncio
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from handlers import event_lists, rsvps
from handlers import events as session
from handlers.errors import TooLate
from handlers.reach import Windows
from handlers.rsvps import Outcome
from storage import erasure, events, people, tables
from storage import rsvps as rows
from storage.db import Database, Tx
from storage.errors import NotFound
from storage.people import Person
from storage.reachable import Ways
from storage.rsvps import DECLINED, GOING, WAITING
from tests.conftest import NOW
from tests.handlers.audiences import add_address
from tests.handlers.casework import make_official
from tests.handlers.eventful import (
    STARTS,
    VOICE,
    before_start,
    make_event,
    make_going,
    standings,
    taken,
    told_texts,
)
from tests.storage.builders import EMPTIED, later, on_postgresql, together, until_somebody_waits

database_url, sqlite, emptied_postgres_url, migrated_postgres_url, migrated_sqlite_file = EMPTIED


async def test_seat_is_taken_and_given_back(database: Database) -> None:
    def work(tx: Tx) -> None:
        event_id = make_event(tx, seats=3).event.id
        person = make_going(tx, commune="10525")

        first = rsvps.come(tx, person, event_id, 2, VOICE, NOW)
        assert (first.outcome, first.event.taken) == (Outcome.GOING, 2)
        assert rsvps.come(tx, person, event_id, 2, VOICE, NOW).event.taken == 2
        assert rsvps.come(tx, person, event_id, 3, VOICE, NOW).event.taken == 3
        assert rsvps.come(tx, person, event_id, None, VOICE, NOW).event.taken == 3
        assert rsvps.come(tx, person, event_id, 1, VOICE, NOW).event.taken == 1
        assert rsvps.decline(tx, person, event_id, VOICE, NOW).event.taken == 0
        again = rsvps.come(tx, person, event_id, None, VOICE, later(hours=1))
        assert again.rsvp is not None
        assert (again.rsvp.people, again.rsvp.area_code) == (1, "10525")
        assert standings(tx, event_id) == [(GOING, 1)], "one row a person"

    await database.write(work)


async def test_who_waits_moves_up_in_order_and_is_told(database: Database) -> None:
    def work(tx: Tx) -> None:
        event_id = make_event(tx, seats=2).event.id
        first, second, third = (make_going(tx) for _ in range(3))
        rsvps.come(tx, first, event_id, 2, VOICE, NOW)
        places = [rsvps.come(tx, each, event_id, 1, VOICE, NOW).place for each in (second, third)]
        assert places == [1, 2]

        rsvps.come(tx, first, event_id, 1, VOICE, NOW)

        assert standings(tx, event_id) == [(GOING, 1), (GOING, 1), (WAITING, 1)]
        (said,) = told_texts(tx)
        assert said.startswith("Có chỗ rồi! Tôi đã ghi bà con dự “Tập huấn chăn nuôi gà”.")
        assert "8 giờ sáng" in said
        assert told_texts(tx, [second.address_id]) == [said]

    await database.write(work)


async def test_group_too_large_is_passed_over_and_keeps_its_place(database: Database) -> None:
    """An empty seat helps nobody; the next seats that suffice are theirs."""

    def work(tx: Tx) -> None:
        event_id = make_event(tx, seats=3).event.id
        one, two, family, single = (make_going(tx) for _ in range(4))
        rsvps.come(tx, one, event_id, 1, VOICE, NOW)
        rsvps.come(tx, two, event_id, 2, VOICE, NOW)
        rsvps.come(tx, family, event_id, 2, VOICE, NOW)
        rsvps.come(tx, single, event_id, 1, VOICE, NOW)

        rsvps.decline(tx, one, event_id, VOICE, NOW)
        assert standings(tx, event_id)[2:] == [(WAITING, 2), (GOING, 1)]
        rsvps.decline(tx, two, event_id, VOICE, NOW)
        assert standings(tx, event_id)[2:] == [(GOING, 2), (GOING, 1)]

    await database.write(work)


async def test_seats_one_has_are_kept_when_more_are_not_there(database: Database) -> None:
    def work(tx: Tx) -> None:
        event_id = make_event(tx, seats=3).event.id
        one, two = make_going(tx), make_going(tx)
        rsvps.come(tx, one, event_id, 2, VOICE, NOW)
        rsvps.come(tx, two, event_id, 1, VOICE, NOW)

        kept = rsvps.come(tx, one, event_id, 3, VOICE, NOW)
        assert (kept.outcome, kept.rsvp and kept.rsvp.people, kept.event.taken) == (Outcome.KEPT, 2, 3)
        too_many = rsvps.come(tx, two, event_id, 4, VOICE, NOW)
        assert (too_many.outcome, too_many.rsvp and too_many.rsvp.people) == (Outcome.TOO_MANY, 1)

    await database.write(work)


async def test_seats_without_a_number_never_end(database: Database) -> None:
    def work(tx: Tx) -> None:
        event_id = make_event(tx, seats=None).event.id
        for _ in range(5):
            assert rsvps.come(tx, make_going(tx), event_id, 20, VOICE, NOW).outcome is Outcome.GOING
        assert taken(tx, event_id) == 100

    await database.write(work)


@pytest.mark.parametrize(
    ("given_", "now"),
    [
        ({}, STARTS),
        ({}, STARTS + timedelta(hours=1)),
        ({"status": "cancelled"}, NOW),
        ({"status": "held"}, NOW),
    ],
)
async def test_nothing_changes_once_it_began_or_was_called_off(
    sqlite: Database, given_: dict[str, Any], now: datetime
) -> None:
    def work(tx: Tx) -> None:
        event_id = make_event(tx, **given_).event.id
        person = make_going(tx)
        with pytest.raises(TooLate):
            rsvps.come(tx, person, event_id, 1, VOICE, now)
        with pytest.raises(TooLate):
            rsvps.decline(tx, person, event_id, VOICE, now)
        assert standings(tx, event_id) == []

    await sqlite.write(work)


async def test_last_moment_counts(sqlite: Database) -> None:
    def work(tx: Tx) -> Outcome:
        event_id = make_event(tx).event.id
        return rsvps.come(tx, make_going(tx), event_id, 1, VOICE, before_start(seconds=1)).outcome

    assert await sqlite.write(work) is Outcome.GOING


async def test_event_that_is_not_there_is_not_found(sqlite: Database) -> None:
    with pytest.raises(NotFound):
        await sqlite.write(lambda tx: rsvps.come(tx, make_going(tx), 99, 1, VOICE, NOW))


async def test_told_at_night_only_when_it_begins_early(sqlite: Database) -> None:
    """Who moves up at 23:00 hears it at 06:00; before a session at 07:00 that were too late."""
    night = before_start(hours=9)
    rules = VOICE.rules
    assert rsvps.tell_at(rules, night, STARTS) == before_start(hours=2)
    assert rsvps.tell_at(rules, night, before_start(hours=1)) == night
    assert rsvps.tell_at(rules, NOW, STARTS) == NOW

    def work(tx: Tx) -> list[object]:
        event_id = make_event(tx, seats=1).event.id
        one, two = make_going(tx), make_going(tx)
        rsvps.come(tx, one, event_id, 1, VOICE, night)
        rsvps.come(tx, two, event_id, 1, VOICE, night)
        rsvps.decline(tx, one, event_id, VOICE, night)
        return list(tx.execute(sa.select(tables.outbox.c.not_before)).scalars())

    assert await sqlite.write(work) == [before_start(hours=2)]


# -- leaving


async def test_leaving_gives_every_coming_seat_back(database: Database) -> None:
    """The past stays as it was; who waits is moved up when the clock looks."""

    def work(tx: Tx) -> None:
        coming, other = make_event(tx, seats=1).event.id, make_event(tx).event.id
        past = make_event(tx).event.id
        person, waits = make_going(tx), make_going(tx)
        for event_id in (coming, other, past):
            rsvps.come(tx, person, event_id, 1, VOICE, NOW)
        rsvps.come(tx, waits, coming, 1, VOICE, NOW)
        tx.execute(
            sa.update(tables.events)
            .where(tables.events.c.id == past)
            .values(starts_at=NOW - timedelta(days=1))
        )

        assert rsvps.withdraw_all(tx, person.resident_id, NOW) == 2
        assert rsvps.withdraw_all(tx, person.resident_id, NOW) == 0
        assert [taken(tx, e) for e in (coming, other, past)] == [0, 0, 1]
        assert standings(tx, past) == [(GOING, 1)]
        assert standings(tx, coming) == [(DECLINED, 1), (WAITING, 1)]
        assert events.list_to_fill(tx, NOW, 10, Ways()) == [coming]

    await database.write(work)


async def test_erased_person_stays_counted_as_nobody(database: Database) -> None:
    def work(tx: Tx) -> None:
        event_id = make_event(tx).event.id
        person = make_going(tx)
        answered = rsvps.come(tx, person, event_id, 2, VOICE, NOW)
        assert answered.rsvp is not None
        rows.set_name(tx, answered.rsvp.id, "Phạm Thị Hạnh")
        assert rows.open_identities(tx, [answered.rsvp.id])[answered.rsvp.id].name == "Phạm Thị Hạnh"
        after = STARTS + timedelta(days=1)

        rsvps.withdraw_all(tx, person.resident_id, after)
        erasure.erase(tx, person.resident_id, (), "", after)

        row = tx.execute(sa.select(tables.rsvps)).one()
        assert (row.resident_id, row.address_id, row.name_sealed) == (None, None, None)
        assert (row.status, row.people, taken(tx, event_id)) == (GOING, 2, 2)

    await database.write(work)


# -- many at once


async def test_seats_are_never_given_twice_to_many_at_once(database: Database) -> None:
    def prepare(tx: Tx) -> tuple[int, list[Person]]:
        return make_event(tx, seats=5).event.id, [make_going(tx) for _ in range(12)]

    event_id, people = await database.write(prepare)
    answers = await together(
        *(
            database.write(rsvps.come, person, event_id, 1 + n % 2, VOICE, NOW)
            for n, person in enumerate(people)
        )
    )

    assert sum(a.outcome is Outcome.GOING for a in answers) >= 3
    await database.read(_check, event_id)

    await together(
        *(database.write(rsvps.decline, person, event_id, VOICE, later(minutes=1)) for person in people[:6]),
        *(database.write(rsvps.come, person, event_id, 3, VOICE, later(minutes=1)) for person in people[6:9]),
    )
    await database.read(_check, event_id)


@on_postgresql
async def test_last_seat_goes_to_who_was_first_and_the_other_waits(database: Database) -> None:
    """The second reads the seats only once the first has committed."""
    locked = asyncio.Event()
    loop = asyncio.get_running_loop()

    def prepare(tx: Tx) -> tuple[int, Person, Person]:
        return make_event(tx, seats=1).event.id, make_going(tx), make_going(tx)

    event_id, first, second = await database.write(prepare)

    def slowly(tx: Tx) -> Outcome:
        outcome = rsvps.come(tx, first, event_id, 1, VOICE, NOW).outcome
        loop.call_soon_threadsafe(locked.set)
        until_somebody_waits(tx)
        return outcome

    async def after() -> Outcome:
        await locked.wait()
        return (await database.write(rsvps.come, second, event_id, 1, VOICE, NOW)).outcome

    assert await together(database.write(slowly), after()) == [Outcome.GOING, Outcome.WAITING]
    await database.read(_check, event_id)


def _check(tx: Tx, event_id: int) -> None:
    event = events.get(tx, event_id)
    r = tables.rsvps.c
    found = tx.execute(sa.select(r.status, r.people).where(r.event_id == event_id)).all()
    assert event.taken == sum(row.people for row in found if row.status == GOING)
    if event.seats is not None:
        assert event.taken <= event.seats
        free = event.seats - event.taken
        assert all(row.people > free for row in found if row.status == WAITING), "a seat stays empty"


# -- any history


@dataclass(frozen=True)
class Act:
    """What somebody does; `people` 0: says no; None: leaves for good."""

    who: int
    people: int | None


ACTS = st.lists(
    st.builds(Act, st.integers(0, 5), st.sampled_from([0, 0, 1, 1, 1, 2, 3, 4, None])),
    min_size=1,
    max_size=25,
)


@settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(acts=ACTS, seats=st.sampled_from([1, 2, 3, 5, None]))
def test_any_history_keeps_seats_and_order(sqlite: Database, acts: list[Act], seats: int | None) -> None:
    """Against a model as simple as can be: seats, those who come, the line."""

    def work(tx: Tx) -> None:
        event_id = make_event(tx, seats=seats).event.id
        people = [make_going(tx) for _ in range(6)]
        going: dict[int, int] = {}
        line: dict[int, int] = {}  # in order of joining
        for step, act in enumerate(acts):
            now = later(step)
            if act.people is None:
                rsvps.withdraw_all(tx, people[act.who].resident_id, now)
                rsvps.move_up(tx, events.lock(tx, event_id), VOICE, now)
            elif act.people == 0:
                rsvps.decline(tx, people[act.who], event_id, VOICE, now)
            else:
                rsvps.come(tx, people[act.who], event_id, act.people, VOICE, now)
            _model(going, line, act, seats)

            _check(tx, event_id)
            r = tables.rsvps.c
            found = tx.execute(
                sa.select(r.resident_id, r.status, r.people)
                .where(r.event_id == event_id)
                .order_by(r.queued_at, r.id)
            ).all()
            number = {person.resident_id: n for n, person in enumerate(people)}
            assert {number[f.resident_id]: f.people for f in found if f.status == GOING} == going
            assert [(number[f.resident_id], f.people) for f in found if f.status == WAITING] == [
                *line.items()
            ]

    asyncio.run(_alone(sqlite, work))


async def _alone(database: Database, work: object) -> None:
    await database.write(work)  # type: ignore[arg-type]  # of a transaction


def _model(going: dict[int, int], line: dict[int, int], act: Act, seats: int | None) -> None:
    def free() -> int:
        return 1000 if seats is None else seats - sum(going.values())

    if act.people:
        if seats is not None and act.people > seats:
            return
        if act.people - going.get(act.who, 0) <= free():
            line.pop(act.who, None)
            going[act.who] = act.people
        elif act.who not in going:
            line[act.who] = act.people
    else:
        going.pop(act.who, None)
        line.pop(act.who, None)
    for who, number in list(line.items()):
        if number <= free():
            going[who] = line.pop(who)


async def test_seat_goes_past_who_cannot_be_told_and_is_theirs_once_they_can(database: Database) -> None:
    """A seat of somebody who blocked us, or whose window at Zalo is over, stays empty: they never hear of it."""

    def work(tx: Tx) -> None:
        event_id = make_event(tx, seats=1).event.id
        comes, blocked, silent, last = (
            make_going(tx),
            make_going(tx),
            make_going(tx, "zalo"),
            make_going(tx),
        )
        for person in (comes, blocked, silent, last):
            rsvps.come(tx, person, event_id, 1, VOICE, NOW)
        people.block_address(tx, blocked.address_id, NOW)
        after = NOW + timedelta(days=3)
        tx.execute(
            sa.update(tables.addresses)
            .where(tables.addresses.c.id == silent.address_id)
            .values(last_interaction_at=NOW)
        )

        rsvps.decline(tx, comes, event_id, VOICE, after)

        assert [status for status, _ in standings(tx, event_id)] == [DECLINED, WAITING, WAITING, GOING]
        assert "Có chỗ rồi" in told_texts(tx, [last.address_id])[-1]
        listed = event_lists.list_sign_ups(tx, make_official(tx, None), event_id, after, rules=VOICE.rules)
        assert [s.reachable for s in listed] == [True, False, False, True]
        assert session.fill(tx, VOICE, after, 10) == 0

        rsvps.decline(tx, last, event_id, VOICE, after)
        assert session.fill(tx, VOICE, after, 10) == 0, "nobody can be told: nothing is begun again and again"
        tx.execute(sa.update(tables.addresses).values(blocked_at=None))
        assert session.fill(tx, VOICE, after, 10) == 1
        assert [status for status, _ in standings(tx, event_id)] == [DECLINED, GOING, WAITING, DECLINED]

    await database.write(work)


async def test_silent_at_zalo_is_told_in_another_chat_and_so_gets_the_seat(sqlite: Database) -> None:
    def work(tx: Tx) -> None:
        event_id = make_event(tx, seats=1).event.id
        comes, silent = make_going(tx), make_going(tx, "zalo")
        for person in (comes, silent):
            rsvps.come(tx, person, event_id, 1, VOICE, NOW)
        add_address(tx, silent.resident_id, "telegram")
        after = NOW + timedelta(days=3)
        rules = replace(VOICE.rules, windows=Windows(pushed=("telegram",)))

        rsvps.decline(tx, comes, event_id, replace(VOICE, rules=rules), after)

        assert [status for status, _ in standings(tx, event_id)] == [DECLINED, GOING]

    await sqlite.write(work)


@pytest.mark.parametrize(
    ("channel", "heard_at", "told"),
    [
        ("telegram", None, True),
        ("web", None, True),
        ("zalo", NOW, True),
        ("zalo", NOW - timedelta(days=9), False),
        (None, None, False),
    ],
)
async def test_who_blocked_the_chat_keeps_the_seat_where_another_one_is_open(
    database: Database, channel: str | None, heard_at: datetime | None, told: bool
) -> None:
    """A notice of it goes there, as `elsewhere` sends it."""
    ways = Ways({"zalo": NOW - timedelta(days=2)}, ("telegram",), ("web",))

    def work(tx: Tx) -> None:
        event_id = make_event(tx, seats=1).event.id
        first, waits = make_going(tx), make_going(tx, "zalo")
        rsvps.come(tx, first, event_id, 1, VOICE, NOW)
        rsvps.come(tx, waits, event_id, 1, VOICE, NOW)
        rsvps.withdraw_all(tx, first.resident_id, NOW)
        people.block_address(tx, waits.address_id, NOW)
        if channel is not None:
            other = add_address(tx, waits.resident_id, channel)
            row = tables.addresses.c.id == other
            tx.execute(sa.update(tables.addresses).where(row).values(last_interaction_at=heard_at))

        assert events.list_to_fill(tx, NOW, 10, ways) == ([event_id] if told else [])

    await database.write(work)
