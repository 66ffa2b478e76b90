"""The overview: true counts, the own commune's only, and no small count for who may not read cases."""

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from handlers import cases, overview, tracking
from handlers.officials import Official, Role
from handlers.overview import Hidden, Overview, hide_few
from storage import cases as rows
from storage import figures, tables
from storage.db import Database, Tx
from tests.conftest import NOW
from tests.console.conftest import Console
from tests.console.officials import AREA, OTHER_AREA, words_of
from tests.handlers.casework import DEADLINES, make_case, make_official
from tests.storage.builders import make_question

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
EVIL = "<script>alert(1)</script>"


def tell(tx: Tx, /, number: int, area_code: str | None = AREA, **given: Any) -> list[int]:
    """Open some cases."""
    return [make_case(tx, area_code=area_code, **given).id for _ in range(number)]


async def look(database: Database, role: Role, area_code: str | None = None) -> Overview:
    """Look at the overview as somebody of this role."""
    return await database.read(overview.look, Official(1, "u", "Ai đó", role, area_code), ZONE, NOW)


async def test_weeks_begin_on_mondays_here_and_what_is_older_is_left_out(sqlite: Database) -> None:
    """The tests' now is Monday 10:00: half past eleven on Sunday evening belongs to the week before."""
    for ago in (
        timedelta(hours=1),
        timedelta(hours=10, minutes=30),
        timedelta(weeks=11),
        timedelta(weeks=12),
    ):
        await sqlite.write(tell, 1, now=NOW - ago)

    found = await look(sqlite, Role.LEADER)

    assert [week.cases for week in found.weeks] == [1, *[0] * 9, 1, 1]
    assert found.weeks[-1].start == NOW.astimezone(ZONE).date()
    assert found.cases == 3


async def test_what_waits_is_late_or_soon_late_but_not_both(sqlite: Database) -> None:
    def live(tx: Tx) -> None:
        late, soon, calm = tell(tx, 3)
        for number, due, soon_at in ((late, -1, -2), (soon, 1, -1), (calm, 9, 8)):
            tx.execute(
                sa.update(tables.cases)
                .where(tables.cases.c.id == number)
                .values(due_at=NOW + timedelta(hours=due), due_soon_at=NOW + timedelta(hours=soon_at))
            )

    await sqlite.write(live)

    found = await look(sqlite, Role.LEADER)
    assert (found.open, found.soon, found.late) == (3, 1, 1)


async def test_an_official_of_a_commune_counts_it_alone(sqlite: Database) -> None:
    await sqlite.write(tell, 2)
    await sqlite.write(tell, 7, OTHER_AREA)

    found = await look(sqlite, Role.OFFICER, AREA)

    assert (found.cases, found.open) == (2, 2)
    assert [row.area_code for row in found.communes] == [AREA]


@pytest.mark.parametrize("role", [Role.VIEWER, Role.EDITOR])
async def test_who_may_not_read_cases_learns_no_small_count_of_a_commune(
    sqlite: Database, role: Role
) -> None:
    """Three cases in one commune tell of three households; and with one hidden alone, the sum would tell it."""
    await sqlite.write(tell, 3)
    await sqlite.write(tell, 6, OTHER_AREA)
    await sqlite.write(tell, 9, "11074")

    by_code = {row.area_code: row for row in (await look(sqlite, role)).communes}
    assert by_code[AREA].cases is Hidden.FEW
    assert by_code[OTHER_AREA].cases is Hidden.WITHHELD
    assert by_code["11074"].cases == 9
    bound = await look(sqlite, role, AREA)
    assert (bound.cases, bound.open, bound.weeks[-1].cases) == (Hidden.FEW,) * 3
    assert (await look(sqlite, Role.LEADER)).cases == 18


def test_two_hidden_counts_need_no_third() -> None:
    assert hide_few({"a": 1, "b": 2, "c": 30, "d": 0}) == {"a": Hidden.FEW, "b": Hidden.FEW, "c": 30, "d": 0}


async def test_the_first_answer_is_timed_by_the_median_and_only_of_enough_cases(sqlite: Database) -> None:
    def live(tx: Tx, days: list[float]) -> None:
        for number, after in zip(tell(tx, len(days), now=NOW - timedelta(days=30)), days, strict=True):
            answered = NOW - timedelta(days=30) + timedelta(days=after, minutes=5)
            tx.execute(
                sa.update(tables.cases).where(tables.cases.c.id == number).values(first_answered_at=answered)
            )

    await sqlite.write(live, [1, 2, 3, 40 / 24])
    assert (await look(sqlite, Role.LEADER)).first_answer_days is None
    await sqlite.write(live, [20])
    assert (await look(sqlite, Role.LEADER)).first_answer_days == 2.0


async def test_a_no_stays_a_no_after_a_better_answer(sqlite: Database) -> None:
    def live(tx: Tx) -> None:
        officer = make_official(tx, AREA)
        for no in (True, False, False, False):
            case = make_case(tx, area_code=AREA)
            assert case.address_id is not None
            for yes in (False, True) if no else (True,):
                version = rows.get(tx, case.id).version
                cases.answer(tx, officer, case.id, "Đã xong.", version, DEADLINES, NOW)
                tracking.solved(tx, case.id, case.address_id, yes, DEADLINES, NOW)

    await sqlite.write(live)

    found = await look(sqlite, Role.LEADER)
    assert (found.said, found.solved_percent) == (5, 80)


async def test_topics_and_open_questions_are_ranked(console: Console) -> None:
    def live(tx: Tx) -> None:
        for topic_id, times in (("a", 2), ("b", 3)):
            for _ in range(times):
                make_question(tx, topic_id=topic_id)
        group = {"text": EVIL, "folded": "x", "status": "open", "count": 1, "first_at": NOW, "last_at": NOW}
        tx.execute(sa.insert(tables.question_groups), {**group, "id": 5, "version": 1})
        number = make_question(tx, topic_id=None, for_official=True)
        tx.execute(sa.update(tables.questions).where(tables.questions.c.id == number).values(group_id=5))

    await console.database.write(live)

    found = await look(console.database, Role.LEADER)
    assert found.topics == (("b", 3), ("a", 2))
    assert found.unanswered == ((EVIL, 1),)
    assert (await look(console.database, Role.VIEWER)).unanswered is None
    page = (await (await console.sign_in(Role.EDITOR)).get("/console")).text
    assert EVIL not in page
    assert EVIL in words_of(page)


@pytest.mark.parametrize("role", list(Role))
async def test_the_page_shows_a_chart_and_the_same_as_a_table(console: Console, role: Role) -> None:
    await console.database.write(tell, 6)

    page = await (await console.sign_in(role, AREA if role is not Role.ADMIN else None)).get("/console")

    assert page.status == 200
    assert '<svg class="chart" viewBox="0 0 320 136" role="img" aria-label="Phản ánh gửi đến' in page.text
    assert "Xem bằng bảng" in page.text
    assert "style=" not in page.text


async def test_an_overview_of_all_is_counted_anew_after_a_while(console: Console) -> None:
    leader = await console.sign_in(Role.LEADER)
    await leader.get("/console")
    await console.database.write(tell, 6)

    console.now = NOW + timedelta(seconds=20)
    assert ">6<" not in (await leader.get("/console")).text
    console.now = NOW + timedelta(minutes=20)
    assert ">6<" in (await leader.get("/console")).text


async def test_the_counts_are_the_same_on_both_databases(database: Database) -> None:
    """Weeks, hours and sums are each database's own SQL."""

    def live(tx: Tx) -> None:
        first, *_ = tell(tx, 2, now=NOW - timedelta(days=9))
        answered = NOW - timedelta(days=9) + timedelta(hours=30, minutes=59)
        tx.execute(
            sa.update(tables.cases).where(tables.cases.c.id == first).values(first_answered_at=answered)
        )
        make_question(tx, topic_id="a")

    await database.write(live)
    bounds = overview.week_bounds(NOW, ZONE)
    start, end = bounds[0], bounds[-1]

    assert await database.read(figures.list_told, bounds, None) == [figures.Told(AREA, 9, 2)]
    assert await database.read(figures.list_asked, bounds, None) == [figures.Asked(None, 11, 1, 0)]
    assert await database.read(figures.list_waiting, NOW, AREA) == [figures.Waiting(AREA, 2, 0, 0)]
    assert await database.read(figures.list_first_answers, start, end, None) == [(30, 1)]
    assert await database.read(figures.count_said, start, end, None) == (0, 0)
    assert await database.read(figures.list_topics, start, end, None, 3) == [("a", 1)]
    assert await database.read(figures.list_unanswered, start, end, None, 3) == []
