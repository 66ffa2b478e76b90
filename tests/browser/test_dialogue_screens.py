"""The screens of a dialogue in a real browser: on a phone and on a desk, with and without scripts."""

import os
from pathlib import Path

import pytest

from handlers import agenda, attendance, dialogues, surveys
from handlers.officials import Role
from storage import people
from storage.agenda import list_items
from storage.db import Tx
from tests.browser.conftest import Open
from tests.browser.test_cases_console import at_work, width_of
from tests.console.conftest import Console, book, console, small, sqlite
from tests.console.officials import AREA
from tests.console.test_dialogues import AFTER, ROAD, WATER, make
from tests.handlers.casework import ZONE, make_official
from tests.handlers.eventful import make_going

__all__ = ["book", "console", "small", "sqlite"]


async def fill(console: Console) -> int:
    """Let a dialogue take place, half of it written down."""
    event_id = await make(console, ROAD, WATER, "Một câu rất dài " * 20)

    def work(tx: Tx) -> None:
        officer = make_official(tx, AREA, Role.OFFICER)
        first, *_ = list_items(tx, event_id)
        dialogues.set_outcome(tx, officer, first.id, "follow_up", "Xã làm xong trước Tết.", 1, AFTER)
        agenda.add_item(tx, officer, event_id, "Việc khác", AFTER)
        attendance.add_walk_in(tx, officer, event_id, "Nguyễn Thị Lan, thôn Đông", 3, ZONE, AFTER)
        person = make_going(tx, commune=AREA)
        people.choose_commune(tx, person.resident_id, AREA)
        attendance.check_in(tx, person, event_id, None, ZONE, AFTER)
        surveys.rate(tx, person, event_id, 3, AFTER)
        surveys.remark(tx, person, event_id, "Cán bộ nói dễ hiểu, lần sau mời sớm hơn.")

    await console.database.write(work)
    console.now = AFTER
    return event_id


@pytest.mark.parametrize(("width", "javascript"), [(320, False), (360, True), (1366, True)])
async def test_every_screen_of_a_dialogue_fits(
    visit: Open, console: Console, width: int, javascript: bool
) -> None:
    event_id = await fill(console)
    opened = await at_work(visit, console, "", width=width, java_script_enabled=javascript)
    base = f"http://127.0.0.1:{console.server.port}/console/events/{event_id}"

    for path in ("agenda", "agenda/sheet", "minutes", "attendance?names=1", "survey"):
        await opened.page.goto(f"{base}/{path}")
        if folder := os.environ.get("SCREENSHOTS"):
            name = path.partition("?")[0].replace("/", "-")
            await opened.page.screenshot(path=str(Path(folder) / f"{name}-{width}.png"), full_page=True)

        assert await opened.page.locator("h1").count() == 1, path
        assert await width_of(opened.page) == width, path


@pytest.mark.parametrize(("width", "at_least"), [(800, 0.35), (1366, 0.5)])
async def test_answers_have_the_room_in_the_table_of_the_minutes(
    visit: Open, console: Console, width: int, at_least: float
) -> None:
    """However long the titles beside them are; a table laid out by itself left a short answer a tenth."""
    event_id = await fill(console)
    opened = await at_work(visit, console, "", width=width, java_script_enabled=False)
    await opened.page.goto(f"http://127.0.0.1:{console.server.port}/console/events/{event_id}/minutes")

    share = await opened.page.evaluate(
        "() => { const t = document.querySelector('main table');"
        " return t.rows[0].cells[2].offsetWidth / t.offsetWidth }"
    )
    assert share > at_least
