"""What the clock does with cases, on both databases: once each, whoever else is at work."""

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime

import pytest

from handlers import case_chores, cases, tracking
from handlers.case_life import Action, Kind, Status
from handlers.deadlines import Deadlines
from handlers.officials import Official, Role
from storage import case_entries, case_notices, messages, official_chats, people
from storage import cases as rows
from storage.cases import Case
from storage.crypto import Vault
from storage.db import Database, Tx, opened
from tests.conftest import NOW
from tests.databases import SECRET
from tests.handlers.casework import (
    DEADLINES,
    ELSEWHERE,
    TEXT,
    ZONE,
    deliveries,
    make_address,
    make_case,
    make_official,
    told,
)
from tests.storage.builders import EMPTIED, together

database_url, sqlite, emptied_postgres_url, migrated_postgres_url, migrated_sqlite_file = EMPTIED
Chore = Callable[[Tx, Deadlines, datetime, int], int]


def at(text: str) -> datetime:
    """Read a moment as clocks in Viet Nam show it."""
    return datetime.strptime(text, "%Y-%m-%d %H:%M").replace(tzinfo=ZONE).astimezone(UTC)


@pytest.fixture
async def other(database: Database, database_url: str) -> AsyncIterator[Database]:
    """A second worker at the same database."""
    async with opened(database_url, Vault(SECRET)) as other:
        yield other


def link(tx: Tx, official: Official) -> int:
    """Give an official a chat of their own; returns its address."""
    address_id = make_address(tx)
    official_chats.link_address(tx, address_id, official.id, NOW)
    return address_id


def actions(tx: Tx, case: Case) -> list[str]:
    """Return what was done to a case, oldest first."""
    return [entry.action for entry in case_entries.list_entries(tx, [case.id], 50)]


async def test_officials_hear_once_that_it_is_due_soon_and_once_that_it_is_late(database: Database) -> None:
    def work(tx: Tx) -> None:
        case = make_case(tx, kind=Kind.QUESTION, now=at("2026-11-26 07:30"))
        officer, leader = link(tx, make_official(tx)), link(tx, make_official(tx, None, Role.LEADER))
        stranger = link(tx, make_official(tx, ELSEWHERE))
        assert case.due_soon_at == at("2026-11-30 10:30")
        for moment, number in (
            ("2026-11-30 10:29", 0), ("2026-11-30 10:30", 1), ("2026-11-30 10:31", 0), ("2026-11-30 17:30", 0),
            ("2026-12-01 07:29", 0), ("2026-12-01 07:30", 1), ("2026-12-01 07:31", 0), ("2026-12-09 09:00", 0),
        ):  # fmt: skip
            assert case_chores.escalate(tx, DEADLINES, at(moment), 50) == number, moment
        assert actions(tx, case) == [Action.OPEN, Action.DUE_SOON, Action.LATE]
        assert [text.split(":")[0] for text in told(tx, officer)] == ["Sắp đến hạn", "Đã quá hạn"]
        assert [text.split(":")[0] for text in told(tx, leader)] == ["Đã quá hạn"]
        assert told(tx, stranger) == []
        assert rows.get(tx, case.id).version == case.version

    await database.write(work)


async def test_a_case_that_is_late_at_once_is_told_as_late_only(database: Database) -> None:
    def work(tx: Tx) -> None:
        case = make_case(tx, kind=Kind.QUESTION)
        assert case_chores.escalate(tx, DEADLINES, at("2026-12-10 09:00"), 50) == 1
        assert actions(tx, case) == [Action.OPEN, Action.LATE]

    await database.write(work)


async def test_what_was_answered_is_not_late_and_what_was_reopened_can_be_again(database: Database) -> None:
    def work(tx: Tx) -> None:
        official, case = make_official(tx), make_case(tx, kind=Kind.QUESTION)
        moment = at("2026-12-10 09:00")
        assert case_chores.escalate(tx, DEADLINES, moment, 50) == 1
        case = cases.answer(tx, official, case.id, "Có ạ", case.version, DEADLINES, moment).case
        cases.reopen(tx, official, case.id, "chưa xong", case.version, DEADLINES, moment)
        assert case_chores.escalate(tx, DEADLINES, moment, 50) == 0
        assert case_chores.escalate(tx, DEADLINES, at("2026-12-15 09:00"), 50) == 1

    await database.write(work)


async def test_a_resident_is_asked_once_by_day_and_no_answer_closes_it(database: Database) -> None:
    def work(tx: Tx) -> None:
        official, case = make_official(tx), make_case(tx)
        answered = cases.answer(
            tx, official, case.id, "Đã trả", case.version, DEADLINES, at("2026-11-20 16:00")
        ).case
        assert answered.ask_solved_at == at("2026-11-27 07:30")
        for moment, number in (
            ("2026-11-27 07:29", 0), ("2026-11-27 23:00", 0), ("2026-11-28 03:00", 0), ("2026-11-28 07:30", 1),
            ("2026-11-28 07:31", 0),
        ):  # fmt: skip
            assert case_chores.ask_if_solved(tx, DEADLINES, at(moment), 50) == number, moment
        assert "Đã giải quyết xong chưa" in told(tx, case.address_id)[-1]
        # The 15th working day after 20/11 (24/11 is off) is 14/12.
        assert case_chores.close_unanswered(tx, DEADLINES, at("2026-12-14 16:59"), 50) == 0
        assert case_chores.close_unanswered(tx, DEADLINES, at("2026-12-14 17:00"), 50) == 1
        assert case_chores.close_unanswered(tx, DEADLINES, at("2026-12-15 17:00"), 50) == 0
        closed = rows.get(tx, case.id)
        assert (closed.status, closed.solved) == (Status.CLOSED, None)
        assert actions(tx, case)[-2:] == [Action.ASK_SOLVED, Action.CLOSE]
        assert case.address_id is not None
        again = tracking.solved(tx, case.id, case.address_id, False, DEADLINES, at("2026-12-16 09:00"))
        assert again.status == Status.IN_PROGRESS

    await database.write(work)


async def test_nobody_is_asked_of_what_is_solved_closed_or_taken_up_again(database: Database) -> None:
    def work(tx: Tx) -> None:
        official = make_official(tx)
        done, closed, added = (make_case(tx) for _ in range(3))
        for case in (done, closed, added):
            answered = cases.answer(tx, official, case.id, "Đã trả", case.version, DEADLINES, NOW).case
            assert case.address_id is not None
            if case is done:
                tracking.solved(tx, case.id, case.address_id, True, DEADLINES, NOW)
            elif case is closed:
                cases.close(tx, official, case.id, answered.version, NOW)
            else:
                tracking.add_words(tx, case.id, case.address_id, "vẫn chưa", (), DEADLINES, NOW)
        assert case_chores.ask_if_solved(tx, DEADLINES, at("2026-12-10 09:00"), 50) == 0
        assert case_chores.close_unanswered(tx, DEADLINES, at("2027-03-10 09:00"), 50) == 0

    await database.write(work)


async def test_the_buttons_name_the_case_and_the_word(database: Database) -> None:
    def work(tx: Tx) -> tuple[int, list[str | None]]:
        official, case = make_official(tx), make_case(tx, anonymous=True)
        cases.answer(tx, official, case.id, "Đã trả", case.version, DEADLINES, NOW)
        case_chores.ask_if_solved(tx, DEADLINES, at("2026-12-10 09:00"), 50)
        address_id = rows.open_reply_address(tx, case.id)
        assert address_id is not None
        return case.id, [b.payload for b in messages.list_history(tx, address_id, 0, 1)[0].buttons]

    case_id, payloads = await database.write(work)
    assert payloads == [f"1:case:solved:{case_id}:y", f"1:case:solved:{case_id}:n"]


@pytest.mark.parametrize(
    ("chore", "moment"),
    [(case_chores.escalate, "2026-12-10 09:00"), (case_chores.ask_if_solved, "2026-12-10 09:00")],
)
async def test_two_workers_take_every_case_once(
    database: Database, other: Database, chore: Chore, moment: str
) -> None:
    def fill(tx: Tx) -> None:
        official = make_official(tx)
        link(tx, official)
        for _ in range(12):
            case = make_case(tx, kind=Kind.QUESTION)
            if chore is case_chores.ask_if_solved:
                cases.answer(tx, official, case.id, "Đã trả", case.version, DEADLINES, NOW)

    await database.write(fill)
    before = len(await database.read(deliveries))
    taken = await together(*(by.write(chore, DEADLINES, at(moment), 5) for by in (database, other) * 4))
    assert sum(taken) == 12
    assert len(await database.read(deliveries)) == before + 12


async def test_an_officer_hears_of_a_new_case_when_offices_open_of_an_urgent_one_at_once(
    database: Database,
) -> None:
    def work(tx: Tx) -> None:
        officer = make_official(tx)
        address_id = link(tx, officer)
        night = at("2026-11-27 21:00")
        plain = make_case(tx, now=night)
        urgent = make_case(tx, now=night, urgent="violence")
        denounced = make_case(tx, now=night, kind=Kind.DENUNCIATION, text="Tôi tố cáo ông Bình nhận tiền")
        first, second, third = told(tx, address_id)
        assert TEXT in first
        assert TEXT in second
        assert "tố cáo ông Bình" not in third
        by_message = {d.message_id: d.not_before for d in deliveries(tx)}
        assert list(by_message.values()) == [at("2026-11-30 07:30"), night, at("2026-11-30 07:30")]
        found = [case_notices.find_case(tx, message_id, officer.id) for message_id in by_message]
        assert found == [plain.id, urgent.id, denounced.id]
        assert case_notices.last_case(tx, address_id, officer.id) == denounced.id
        assert case_notices.find_case(tx, next(iter(by_message)), make_official(tx).id) is None

    await database.write(work)


async def test_a_resident_who_blocked_us_is_passed_over(database: Database) -> None:
    def work(tx: Tx) -> None:
        official, case = make_official(tx), make_case(tx)
        assert case.address_id is not None
        cases.answer(tx, official, case.id, "Đã trả", case.version, DEADLINES, NOW)
        people.block_address(tx, case.address_id, NOW)
        assert case_chores.ask_if_solved(tx, DEADLINES, at("2026-12-10 09:00"), 50) == 1
        assert [d.status for d in deliveries(tx)] == ["queued", "blocked"]

    await database.write(work)
