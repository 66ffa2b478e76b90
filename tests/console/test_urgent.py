"""Urgent messages: who sees them, who took them in hand, and that no page stays silent about them."""

import json

import pytest

from handlers.officials import Role
from storage import audit, messages
from storage.audit import Entry
from storage.db import Tx
from tests.console.casework import make_case, make_urgent
from tests.console.conftest import Console, later
from tests.console.officials import OTHER_AREA, Browser, words_of


async def alarms(browser: Browser) -> list[str]:
    """Return what stands on top of an open page, as its script asks for it."""
    return [alarm["sentence"] for alarm in json.loads((await browser.get("/alarms")).text)["alarms"]]


async def test_every_page_says_that_somebody_needs_help(console: Console) -> None:
    browser = await console.sign_in(Role.OFFICER)
    assert await alarms(browser) == []
    await make_urgent(console)
    await make_case(console, urgent="hunger")

    for path in ("/console", "/cases", "/account"):
        assert (
            "Khẩn cấp: 1 tin nhắn và 1 hồ sơ chưa ai nhận, mới nhất lúc 10:00"
            in (await browser.get(path)).text
        )
    assert await alarms(browser) == [
        "Khẩn cấp: 1 tin nhắn và 1 hồ sơ chưa ai nhận, mới nhất lúc 10:00 23/11."
    ]


async def test_the_board_says_what_for_and_what_was_told_and_not_who(console: Console) -> None:
    await make_urgent(console, "bố cháu đánh cháu <b>")
    browser = await console.sign_in(Role.OFFICER)

    page = await browser.get("/urgent")
    said = words_of(page.text)

    assert "Trẻ em bị xâm hại, bạo hành" in said
    assert "bố cháu đánh cháu &lt;b&gt;" in page.text
    assert "Máy đã bảo gọi: 111, 113, 115" in said
    assert "urgent-" not in page.text
    assert "telegram" not in page.text


async def test_whoever_takes_it_is_named_once_and_audited(console: Console) -> None:
    number = await make_urgent(console)
    first, second = await console.sign_in(Role.OFFICER), await console.sign_in(Role.OFFICER)
    assert first.official is not None

    done = await first.post(f"/urgent/{number}/take")
    late = await second.post(f"/urgent/{number}/take")

    assert (done.status, late.status) == (303, 303)
    assert "Người khác đã nhận" in (await second.follow(late)).text
    assert f"{first.official.name}," in words_of((await second.get("/urgent")).text)
    assert await alarms(first) == []

    def taken(tx: Tx) -> list[Entry]:
        return audit.list_entries(tx, action="urgent.take", limit=10)

    (entry,) = await console.database.read(taken)
    assert (entry.official_id, entry.subject_id, entry.details) == (first.official.id, str(number), {})


async def test_a_commune_sees_its_own_and_those_of_nowhere_are_for_who_sees_all(console: Console) -> None:
    nowhere = await make_urgent(console, "chưa rõ nơi", None)
    await make_urgent(console, "nơi khác", OTHER_AREA)
    officer, leader = await console.sign_in(Role.OFFICER), await console.sign_in(Role.LEADER)

    assert await alarms(officer) == []
    assert "chưa rõ nơi" not in (await officer.get("/urgent")).text
    board = (await leader.get("/urgent")).text
    assert "chưa rõ nơi" in board
    assert "nơi khác" in board
    assert (await officer.post(f"/urgent/{nowhere}/take")).status == 404
    assert (await leader.post(f"/urgent/{nowhere}/take")).status == 303


@pytest.mark.parametrize("role", [Role.VIEWER, Role.EDITOR])
async def test_who_reads_no_cases_hears_nothing(console: Console, role: Role) -> None:
    await make_urgent(console)
    browser = await console.sign_in(role)

    assert await alarms(browser) == []
    assert (await browser.get("/urgent")).status == 403


async def test_a_calm_message_cannot_be_taken(console: Console) -> None:
    number = await make_urgent(console)

    def calm(tx: Tx) -> int:
        return messages.add_in(tx, 1, 2, "cảm ơn", None, console.now)

    other = await console.database.write(calm)
    browser = await console.sign_in(Role.OFFICER)

    assert (await browser.post(f"/urgent/{other}/take")).status == 404
    assert (await browser.post(f"/urgent/{number}/take")).status == 303


async def test_an_open_page_alone_keeps_nobody_signed_in(console: Console) -> None:
    """A page left open asks every few seconds; the session ends all the same."""
    browser = await console.sign_in(Role.OFFICER)

    for hours in (2, 4, 6, 7.9):
        console.now = later(hours=hours)
        assert (await browser.get("/alarms")).status == 200
    console.now = later(hours=8)

    assert (await browser.get("/alarms")).status == 303


async def test_at_work_somebody_stays_signed_in(console: Console) -> None:
    browser = await console.sign_in(Role.OFFICER)

    for hours in (4, 8):
        console.now = later(hours=hours)
        assert (await browser.get("/cases")).status == 200
