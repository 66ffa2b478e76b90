"""The inbox: what is in which list, in which order, for whom; whatever the address says."""

import re

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from console.views import inbox as view
from handlers.case_codes import spoken
from handlers.case_life import Kind, Status
from handlers.inbox import Cursor
from handlers.officials import Role
from storage.cases import Case
from storage.db import Tx
from storage.tables import cases as rows
from tests.console.casework import make_case
from tests.console.conftest import Console, later
from tests.console.officials import OTHER_AREA, Answer, words_of

FIELDS = ("tab", "q", "area", "kind", "category", "who", "when", "since", "until", "after")


def codes(answer: Answer) -> list[str]:
    """Return the codes of the list, in its order."""
    assert answer.status == 200, answer.text
    return re.findall(r'class="code-link"[^>]*>([^<]+)<', answer.text)


async def put(console: Console, case: Case, **columns: object) -> None:
    """Set columns of a case, whatever its history says."""

    def change(tx: Tx) -> None:
        tx.execute(sa.update(rows).where(rows.c.id == case.id).values(columns))

    await console.database.write(change)


async def test_what_cannot_wait_is_on_top_then_what_is_due_next(console: Console) -> None:
    late = await make_case(console)
    soon = await make_case(console, kind=Kind.QUESTION)
    urgent = await make_case(console, urgent="hunger")
    thanks = await make_case(console, kind=Kind.THANKS)
    browser = await console.sign_in(Role.OFFICER)

    page = await browser.get("/cases")

    assert codes(page) == [spoken(c.code) for c in (urgent, soon, late, thanks)]
    assert "khẩn cấp: Thiếu đói" in page.text


async def test_each_case_is_in_the_lists_where_it_stands(console: Console) -> None:
    browser = await console.sign_in(Role.OFFICER)
    here = {}
    for status in Status:
        case = await make_case(console)
        is_open = status in (Status.NEW, Status.RECEIVED, Status.IN_PROGRESS)
        await put(console, case, status=str(status), is_open=is_open)
        here[status] = spoken(case.code)

    lists = {tab: set(codes(await browser.get("/cases", tab=tab))) for tab in view.TABS}

    assert lists["todo"] == {here[s] for s in (Status.NEW, Status.RECEIVED, Status.IN_PROGRESS)}
    assert lists["answered"] == {here[s] for s in (Status.ANSWERED, Status.REFUSED, Status.FORWARDED)}
    assert lists["closed"] == {here[s] for s in (Status.CLOSED, Status.WITHDRAWN)}
    assert lists["all"] == set(here.values())


async def test_an_officer_sees_one_commune_a_leader_all_or_the_one_asked_for(console: Console) -> None:
    here, there = await make_case(console), await make_case(console, area_code=OTHER_AREA)
    officer, leader = await console.sign_in(Role.OFFICER), await console.sign_in(Role.LEADER)

    assert codes(await officer.get("/cases")) == [spoken(here.code)]
    assert codes(await officer.get("/cases", area=OTHER_AREA)) == [spoken(here.code)]
    assert codes(await officer.get("/cases", q=there.code)) == []
    assert set(codes(await leader.get("/cases"))) == {spoken(here.code), spoken(there.code)}
    assert codes(await leader.get("/cases", area=OTHER_AREA)) == [spoken(there.code)]


async def test_filters_stand_in_the_address(console: Console) -> None:
    browser = await console.sign_in(Role.OFFICER)
    assert browser.official is not None
    question = await make_case(console, kind=Kind.QUESTION)
    mine = await make_case(console)
    await put(console, mine, assignee_id=browser.official.id)
    old = await make_case(console, now=later(days=-30))

    async def found(**query: str) -> list[str]:
        return codes(await browser.get("/cases", **query))

    assert await found(kind="question") == [spoken(question.code)]
    assert await found(who="mine") == [spoken(mine.code)]
    assert spoken(mine.code) not in await found(who="nobody")
    assert await found(when="late") == [spoken(old.code)]
    assert await found(until="2026-11-01") == [spoken(old.code)]
    assert await found(since="2026-11-23", until="2026-11-23", kind="question") == [spoken(question.code)]


@pytest.mark.parametrize("words", ["muoi", "MUỐI mặn", "nuoc muoi"])
async def test_a_search_needs_no_marks(console: Console, words: str) -> None:
    case = await make_case(console, text="Nước muối mặn tràn vào ruộng")
    await make_case(console)
    browser = await console.sign_in(Role.OFFICER)

    assert codes(await browser.get("/cases", q=words)) == [spoken(case.code)]


async def test_a_search_finds_a_code_as_people_write_it(console: Console) -> None:
    case = await make_case(console)
    await make_case(console)
    browser = await console.sign_in(Role.OFFICER)

    for code in (case.code, spoken(case.code), spoken(case.code).lower()):
        assert codes(await browser.get("/cases", tab="all", q=code)) == [spoken(case.code)]


@pytest.mark.parametrize("tab", ["todo", "all"])
async def test_pages_lead_forwards_and_back_over_every_case_once(
    console: Console, tab: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(view, "PER_PAGE", 3)
    for kind in (Kind.REFLECTION, Kind.REFLECTION, Kind.QUESTION, Kind.THANKS, Kind.THANKS, Kind.THANKS):
        await make_case(console, kind=kind)
    await make_case(console, kind=Kind.QUESTION)
    browser = await console.sign_in(Role.OFFICER)
    pages = [await browser.get("/cases", tab=tab)]
    while following := re.search(r'href="([^"]+)" rel="next"', pages[-1].text):
        pages.append(await browser.get(following[1].replace("&amp;", "&")))
    shown = [codes(page) for page in pages]

    back = [pages[-1]]
    while previous := re.search(r'href="([^"]+)" rel="prev"', back[-1].text):
        back.append(await browser.get(previous[1].replace("&amp;", "&")))

    assert [len(codes) for codes in shown] == [3, 3, 1]
    assert len({code for page in shown for code in page}) == 7
    assert [codes(page) for page in back] == shown[::-1]


async def test_rows_say_what_matters(console: Console) -> None:
    await make_case(console, text="a\n b " + "rất dài " * 40, anonymous=True, now=later(days=-30))
    browser = await console.sign_in(Role.OFFICER)

    said = words_of((await browser.get("/cases")).text)

    assert "a b rất dài" in said
    assert "trễ 11 ngày làm việc" in said
    assert "ẩn danh" in said
    assert "30 ngày trước" in said
    assert "rất dài " * 20 not in said


async def test_nobody_without_the_permission_sees_the_list(console: Console) -> None:
    await make_case(console)
    for role in (Role.VIEWER, Role.EDITOR):
        assert (await (await console.sign_in(role)).get("/cases")).status == 403


_TEXTS = st.text(st.characters(codec="utf-8"), max_size=40)
_ODD = st.sampled_from(
    (
        *(
            "",
            "todo",
            "-1",
            "9" * 30,
            "0001-01-01",
            "9999-12-31",
            "2026-02-30",
            ">5_",
            "<5_",
            ">5_2026-11-26",
        ),
        *(">5_0001-01-01T00:00:00", "<9_9999-12-31T23:59:59-14:00", '"', "' OR 1=1", "*", "a* OR b"),
        *("NEAR(", "xa", "½", "٣"),
    )
)


@settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(query=st.dictionaries(st.sampled_from(FIELDS), _TEXTS | _ODD, max_size=5))
async def test_whatever_the_address_says_there_is_a_page(console: Console, query: dict[str, str]) -> None:
    browser = await console.sign_in(Role.LEADER)

    answer = await browser.get("/cases", **query)

    assert answer.status == 200, query


def test_the_pager_reads_back_what_it_writes() -> None:
    for cursor in (Cursor(later(days=1), 7), Cursor(None, 9, back=True)):
        assert view._read_cursor(view._write_cursor(cursor)) == cursor
