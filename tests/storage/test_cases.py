"""Cases on both databases: two at once, lists by keyset, words found without marks."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from itertools import pairwise

import pytest

from handlers import areas, assisted, cases, inbox, tracking
from handlers.case_filing import merge
from handlers.case_life import Category, Kind, Status
from handlers.inbox import Cursor, Filter, Order
from handlers.officials import Role
from storage import cases as rows
from storage.cases import Case
from storage.crypto import Vault
from storage.db import Database, Tx, opened
from storage.errors import Conflict
from tests.conftest import NOW
from tests.databases import SECRET
from tests.handlers.casework import (
    DEADLINES,
    ELSEWHERE,
    HERE,
    deliveries,
    make_address,
    make_case,
    make_official,
    new_code,
)
from tests.storage.builders import EMPTIED, later, on_postgresql, together, until_somebody_waits

database_url, sqlite, emptied_postgres_url, migrated_postgres_url, migrated_sqlite_file = EMPTIED
AREAS = areas.load(areas.SHIPPED)
WORDS = "Tiền trợ cấp chi trả ngày 28/11."


@pytest.fixture
async def other(database: Database, database_url: str) -> AsyncIterator[Database]:
    """A second process at work on the same database."""
    async with opened(database_url, Vault(SECRET)) as other:
        yield other


async def test_of_two_who_answer_at_once_one_is_told_and_one_answer_is_sent(
    database: Database, other: Database
) -> None:
    official = await database.write(make_official)
    case = await database.write(make_case)

    async def answer(by: Database) -> str:
        try:
            await by.write(cases.answer, official, case.id, WORDS, case.version, DEADLINES, NOW)
        except Conflict:
            return "conflict"
        return "answered"

    assert sorted(await together(*(answer(by) for by in (database, other, database, other)))) == [
        "answered", "conflict", "conflict", "conflict",
    ]  # fmt: skip
    assert len(await database.read(deliveries)) == 1


@on_postgresql
async def test_who_waits_for_another_to_answer_sends_nothing(database: Database, other: Database) -> None:
    official = await database.write(make_official)
    case = await database.write(make_case)

    def slowly(tx: Tx) -> None:
        cases.answer(tx, official, case.id, WORDS, case.version, DEADLINES, NOW)
        until_somebody_waits(tx)

    async def second() -> None:
        await asyncio.sleep(0)
        with pytest.raises(Conflict):
            await other.write(cases.answer, official, case.id, WORDS, case.version, DEADLINES, NOW)

    await together(database.write(slowly), second())
    assert len(await database.read(deliveries)) == 1


async def test_two_that_are_merged_into_each_other_end_in_one(database: Database, other: Database) -> None:
    official = await database.write(make_official)
    one, two = await database.write(make_case), await database.write(make_case)

    async def merged(by: Database, case: Case, target: Case) -> bool:
        try:
            await by.write(merge, official, case.id, target.id, case.version, NOW)
        except Exception:
            return False
        return True

    assert sorted(await together(merged(database, one, two), merged(other, two, one))) == [False, True]


async def test_what_a_failed_answer_did_is_undone(database: Database) -> None:
    official = await database.write(make_official)
    case = await database.write(make_case)

    def fails(tx: Tx) -> None:
        cases.answer(tx, official, case.id, WORDS, case.version, DEADLINES, NOW)
        raise RuntimeError

    with pytest.raises(RuntimeError):
        await database.write(fails)
    assert await database.read(deliveries) == []
    assert await database.read(rows.get, case.id) == case


async def test_an_anonymous_case_is_known_again_by_its_address_only(database: Database) -> None:
    def work(tx: Tx) -> tuple[int, int, int]:
        mine, stranger = make_address(tx), make_address(tx)
        return make_case(tx, address_id=mine, anonymous=True).id, mine, stranger

    case_id, mine, stranger = await database.write(work)
    assert [c.id for c in await database.read(tracking.list_own, mine)] == [case_id]
    assert await database.read(tracking.list_own, stranger) == []
    assert await database.read(rows.open_reply_address, case_id) == mine


async def test_what_an_address_told_today_is_counted_whatever_its_name(database: Database) -> None:
    def work(tx: Tx) -> int:
        mine = make_address(tx)
        for anonymous in (False, True):
            make_case(tx, address_id=mine, anonymous=anonymous)
        make_case(tx, address_id=mine, now=later(days=-1))
        make_case(tx, address_id=mine, kind=Kind.HUMAN)
        make_case(tx, address_id=mine, urgent="disaster")
        make_case(tx)
        return rows.count_of_address(tx, mine, NOW, (Kind.HUMAN,))

    assert await database.write(work) == 2


async def test_of_two_who_send_one_form_at_once_both_get_the_one_case(
    database: Database, other: Database
) -> None:
    official = await database.write(make_official)
    told = assisted.Told(WORDS, Kind.REFLECTION, Category.ALLOWANCE, "", "", "", form_key="of one form")

    async def send(by: Database, minutes: int) -> int:
        now = NOW + timedelta(minutes=minutes)
        opened = await by.write(assisted.file, official, told, None, AREAS, new_code, DEADLINES, now)
        return opened.case_id

    found = await together(send(database, 0), send(other, 1), send(database, 2), send(other, 3))

    assert len(set(found)) == 1


def _fill(tx: Tx) -> list[Case]:
    """Open cases with deadlines in all orders, some without, some of another commune, some over."""
    made = [
        make_case(
            tx,
            kind=(Kind.REFLECTION, Kind.QUESTION, Kind.THANKS, Kind.COMPLAINT)[n % 4],
            now=later(days=-n % 7),
            text=f"Việc thứ {n}: đường thôn Đoài ngập nước",
        )
        for n in range(22)
    ]
    make_case(tx, area_code=ELSEWHERE, text="đường thôn Đoài ngập nước")
    withdrawn = make_case(tx)
    assert withdrawn.address_id is not None
    tracking.withdraw(tx, withdrawn.id, withdrawn.address_id, NOW)
    return made


def _pages(tx: Tx, wanted: Filter, size: int, area_code: str | None = HERE) -> list[Case]:
    official = make_official(tx, area_code)
    found: list[Case] = []
    after: Cursor | None = None
    while True:
        page = inbox.list_inbox(tx, official, wanted, after, size, NOW)
        found += page.cases
        if page.next is None:
            return found
        assert len(page.cases) == size
        after = page.next


@pytest.mark.parametrize("size", [1, 3, 7, 100])
async def test_pages_give_every_open_case_of_the_commune_once_next_due_first(
    database: Database, size: int
) -> None:
    made = await database.write(_fill)
    found = await database.write(_pages, Filter(), size)
    assert sorted(c.id for c in found) == sorted(c.id for c in made)
    for one, two in pairwise(found):
        assert two.due_at is None or (one.due_at is not None and (one.due_at, one.id) < (two.due_at, two.id))
    assert found[-1].due_at is None


async def test_newest_first_and_filters_keep_to_the_area(database: Database) -> None:
    await database.write(_fill)
    newest = await database.write(_pages, Filter(order=Order.NEWEST), 5)
    assert [c.id for c in newest] == sorted((c.id for c in newest), reverse=True)
    assert {c.area_code for c in newest} == {HERE}
    only = await database.write(_pages, Filter(kind=Kind.COMPLAINT, area_code=ELSEWHERE), 5)
    assert {c.kind for c in only} == {Kind.COMPLAINT}
    assert {c.area_code for c in only} == {HERE}
    over = await database.write(_pages, Filter(statuses=(Status.WITHDRAWN,)), 5)
    assert [c.status for c in over] == [Status.WITHDRAWN]
    everywhere = await database.write(_pages, Filter(area_code=ELSEWHERE), 5, None)
    assert {c.area_code for c in everywhere} == {ELSEWHERE}


async def test_late_and_soon_are_told_by_the_clock(database: Database) -> None:
    def work(tx: Tx) -> None:
        official, case = make_official(tx), make_case(tx, kind=Kind.QUESTION)
        assert case.due_at is not None
        assert case.due_soon_at is not None
        for moment, late, soon in (
            (NOW, 0, 0), (case.due_soon_at, 0, 1), (case.due_at, 0, 1), (later(days=30), 1, 1),
        ):  # fmt: skip
            assert inbox.count_inbox(tx, official, Filter(late=True), moment) == late
            assert inbox.count_inbox(tx, official, Filter(soon=True), moment) == soon

    await database.write(work)


@pytest.mark.parametrize(
    ("search", "number"),
    [
        ("Đường Đoài", 22), ("duong doai", 22), ("NGẬP", 22), ("ngap nuo", 22), ("nuoc ngap", 22), ("nuoc thon bac", 0),
        ("“ngập”", 22), ('ngap" OR "x', 0), ("ngap*", 22), ("(ngap", 22), ("ngap -nuoc", 22), ("ngap & !x | y:*", 0),
        ("'; DROP TABLE cases; --", 0), ("😀", 0), ("%", 0), ("_", 0), ("", 22),
    ],
)  # fmt: skip
async def test_words_are_found_without_marks_and_signs_are_no_syntax(
    database: Database, search: str, number: int
) -> None:
    await database.write(_fill)
    found = await database.write(_pages, Filter(search=search), 9)
    assert len(found) == number
    assert {c.area_code for c in found} <= {HERE}


async def test_a_case_is_found_by_the_beginning_of_its_code(database: Database) -> None:
    made = await database.write(_fill)
    wanted = made[5]
    for typed in (wanted.code, wanted.code.lower(), f"HC-{wanted.code}", wanted.code[:8]):
        found = await database.write(_pages, Filter(search=typed), 9)
        assert wanted.id in {c.id for c in found}
    assert await database.write(_pages, Filter(search=wanted.code), 9, ELSEWHERE) == []


async def test_what_was_moved_on_is_found_as_it_is_now(database: Database) -> None:
    def work(tx: Tx) -> None:
        official, case = make_official(tx), make_case(tx, text="mái nhà dột")
        leader = make_official(tx, None, Role.LEADER)
        cases.refuse(tx, official, case.id, "Không thuộc xã", case.version, NOW)
        for who in (official, leader):
            assert inbox.list_inbox(tx, who, Filter(search="dot"), None, 9, NOW).cases == ()
            page = inbox.list_inbox(tx, who, Filter(search="dot", open_only=False), None, 9, NOW)
            assert [c.status for c in page.cases] == [Status.REFUSED]
        assert Category(case.category) is Category.ALLOWANCE

    await database.write(work)
