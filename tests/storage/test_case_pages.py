"""Pages of cases, forwards and back, on both kinds of database."""

from datetime import timedelta
from functools import partial

import pytest
import sqlalchemy as sa

from handlers.case_life import Kind
from storage import case_search
from storage.case_search import Wanted
from storage.db import Database, Tx
from storage.tables import cases
from tests.conftest import NOW
from tests.handlers.casework import HERE, make_case

KINDS = (Kind.REFLECTION, Kind.THANKS, Kind.QUESTION, Kind.REFLECTION, Kind.THANKS, Kind.QUESTION)


def _fill(tx: Tx) -> None:
    for number, kind in enumerate(KINDS):
        make_case(
            tx, kind=kind, now=NOW + timedelta(days=number % 2), urgent="hunger" if number == 3 else None
        )


async def test_going_back_gives_what_going_forwards_gave(database: Database) -> None:
    await database.write(_fill)

    def work(tx: Tx) -> None:
        for wanted in (Wanted(), Wanted(area_code=HERE, is_open=True)):
            whole = case_search.list_due(tx, wanted, None, 10)
            assert len(whole) == len(KINDS)
            for place, case in enumerate(whole):
                before = case_search.list_due_earlier(tx, wanted, (case.due_at, case.id), 10)
                assert before == whole[:place][::-1]
                assert case_search.list_due_earlier(tx, wanted, (case.due_at, case.id), 2) == before[:2]
            newest = case_search.list_newest(tx, wanted, None, 10)
            for place, case in enumerate(newest):
                assert case_search.list_newer(tx, wanted, case.id, 10) == newest[:place][::-1]

    await database.read(work)


async def test_urgent_ones_are_told_from_the_others(database: Database) -> None:
    await database.write(_fill)

    def work(tx: Tx) -> None:
        hurry = case_search.list_due(tx, Wanted(urgent=True), None, 10)
        others = case_search.list_due(tx, Wanted(urgent=False), None, 10)
        assert [case.urgent for case in hurry] == ["hunger"]
        assert case_search.list_urgent(tx, Wanted(area_code=HERE)) == hurry
        assert case_search.list_urgent(tx, Wanted(kind="proposal")) == []
        assert len(others) == len(KINDS) - 1
        assert case_search.count(tx, Wanted(urgent=True, area_code=HERE, is_open=True)) == 1
        assert case_search.count(tx, Wanted(urgent=True, words="tro cap")) == 1

    await database.read(work)


async def test_urgent_ones_are_found_without_reading_the_others(
    sqlite: Database,
) -> None:
    """They are asked for at every page of the console."""
    asked: list[tuple[str, tuple[object, ...]]] = []

    def work(tx: Tx) -> None:
        sa.event.listen(tx.connection, "before_cursor_execute", lambda *given: asked.append(given[2:4]))
        for wanted in (Wanted(), Wanted(area_code=HERE)):
            case_search.list_urgent(tx, wanted)

    await sqlite.write(work)
    assert len(asked) == 2
    for statement, values in asked:
        plan = await sqlite.read(
            lambda tx, said, given: tx.connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {said}", given).all(),
            statement,
            values,
        )
        assert "ix_cases_urgent" in str(plan)


@pytest.mark.parametrize(("assignee", "found"), [(None, 1), (7, 0)])
async def test_what_nobody_works_on_is_found(database: Database, assignee: int | None, found: int) -> None:
    case = await database.write(partial(make_case))

    def work(tx: Tx) -> int:
        tx.execute(sa.update(cases).where(cases.c.id == case.id).values(assignee_id=assignee))
        return case_search.count(tx, Wanted(unassigned=True))

    assert await database.write(work) == found
