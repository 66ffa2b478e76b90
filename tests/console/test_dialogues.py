"""The screens of a dialogue: order of business, outcomes, minutes, who came, what they thought."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from handlers import agenda, attendance, event_questions, rsvps, surveys
from handlers.officials import Role
from storage import attendance as presence
from storage import events, tables
from storage.agenda import Item, list_items
from storage.db import Tx
from tests.conftest import NOW
from tests.console.conftest import Console
from tests.console.officials import AREA, OTHER_AREA
from tests.handlers.casework import ZONE
from tests.handlers.eventful import STARTS, VOICE, make_event, make_going

ROAD, WATER = "Bao giờ xã làm lại đường thôn Đông?", "Nước sạch bao giờ về tới thôn Đoài?"
AFTER = STARTS + timedelta(hours=2)
_RSVPS = sa.select(tables.rsvps.c.id).order_by(tables.rsvps.c.id)
Fields = dict[str, Any]


async def make(console: Console, *texts: str) -> int:
    """Announce a dialogue here, for which these questions were handed in, each under an item of its own."""

    def work(tx: Tx) -> int:
        event = make_event(
            tx, type="dialogue", title="Đối thoại", area_code=AREA, check_in_code="K7MAC2"
        ).event
        for text in texts:
            person = make_going(tx)
            event_questions.hand_in(tx, person, event.id, [text], NOW)
            rsvps.come(tx, person, event.id, 2, VOICE, NOW)
        while (seen := agenda.look(tx)) is not None:
            agenda.settle(tx, seen, [agenda.Placed(None, (each,)) for each in seen.waiting])
        return event.id

    return await console.database.write(work)


async def items(console: Console, event_id: int) -> Sequence[Item]:
    """Return the order of business."""
    return await console.database.read(list_items, event_id)


async def test_agenda_shows_questions_and_nobody(console: Console) -> None:
    event_id = await make(console, ROAD, WATER)
    officer = await console.sign_in(Role.OFFICER)

    shown = await officer.get(f"/events/{event_id}/agenda")
    assert shown.status == 200
    assert f"1. {ROAD}" in shown.text
    assert "1 câu hỏi, 1 người" in shown.text
    sheet = await officer.get(f"/events/{event_id}/agenda/sheet")
    assert ROAD in sheet.text
    assert "1 câu hỏi của 1 người" in sheet.text


async def test_officer_puts_the_agenda_right(console: Console) -> None:
    event_id = await make(console, ROAD, WATER)
    officer = await console.sign_in(Role.OFFICER)
    page = f"/events/{event_id}/agenda"

    answer = await officer.post(f"{page}/items", page=page, title="Việc khác")
    assert answer.status == 303
    road, water, _ = await items(console, event_id)
    changes: list[Fields] = [
        {"do": "title", f"title_{road.id}": "Đường thôn Đông", "version": 1},
        {"do": "down", "position": 1, "version": 2},
        {"do": "merge", "to": water.id, "version": 2},
    ]
    for fields in changes:
        answer = await officer.post(f"{page}/items/{road.id}", page=page, **fields)
        assert answer.status == 303, answer.text

    assert [i.title for i in await items(console, event_id)] == [WATER, "Việc khác"]
    questions = await console.database.read(
        lambda tx: tx.execute(
            sa.select(tables.event_questions.c.id).order_by(tables.event_questions.c.id)
        ).all()
    )
    fields = {"from": water.id, "to": "new"}
    answer = await officer.post(f"{page}/questions/{questions[0].id}", page=page, **fields)
    assert answer.status == 303
    assert ROAD in (await officer.get(page)).text


async def test_two_at_once_lose_nothing_that_was_typed(console: Console) -> None:
    event_id = await make(console, ROAD)
    console.now = AFTER
    officer, editor = await console.sign_in(Role.OFFICER), await console.sign_in(Role.EDITOR)
    page = f"/events/{event_id}/agenda"
    (road,) = await items(console, event_id)
    typed: Fields = {"do": "outcome", f"outcome_{road.id}": "answered", "version": 1}

    assert (
        await editor.post(f"{page}/items/{road.id}", page=page, **typed, **{f"text_{road.id}": "Có"})
    ).status == 303
    second = await officer.post(
        f"{page}/items/{road.id}", page=page, **typed, **{f"text_{road.id}": "Tháng 1 làm xong"}
    )

    assert second.status == 409
    assert "Người khác vừa sửa" in second.text
    assert "Tháng 1 làm xong" in second.text
    assert "Có" in second.text
    (road,) = await items(console, event_id)
    assert road.outcome_text == "Có"


async def test_outcome_that_says_nothing_is_refused_beside_its_field(console: Console) -> None:
    event_id = await make(console, ROAD)
    console.now = AFTER
    officer = await console.sign_in(Role.OFFICER)
    (road,) = await items(console, event_id)

    answer = await officer.post(
        f"/events/{event_id}/agenda/items/{road.id}",
        page=f"/events/{event_id}/agenda",
        do="outcome",
        version=1,
        **{f"outcome_{road.id}": "follow_up", f"text_{road.id}": ""},
    )
    assert answer.status == 422
    assert "Ghi ai giải quyết tiếp" in answer.text


async def test_minutes_are_closed_only_when_nothing_is_missing(console: Console) -> None:
    event_id = await make(console, ROAD)
    console.now = AFTER
    officer = await console.sign_in(Role.OFFICER)
    page = f"/events/{event_id}/minutes"
    fields: Fields = {"do": "close", "text": "Buổi họp có 30 người.", "impersonal": 1, "version": 1}

    refused = await officer.post(page, page=page, **fields)
    assert refused.status == 422
    assert f"Còn 1 mục chưa ghi kết quả: 1. {ROAD}" in refused.text
    assert "Buổi họp có 30 người." in refused.text
    (road,) = await items(console, event_id)
    await officer.post(
        f"/events/{event_id}/agenda/items/{road.id}",
        page=f"/events/{event_id}/agenda",
        do="outcome",
        version=1,
        **{f"outcome_{road.id}": "answered", f"text_{road.id}": "Làm trong tháng 1."},
    )
    unticked = await officer.post(page, page=page, **{**fields, "impersonal": ""})
    assert unticked.status == 422
    saved = await officer.post(page, page=page, **{**fields, "do": "save"})
    assert saved.status == 303
    stale = await officer.post(page, page=page, **fields)
    assert stale.status == 409
    closed = await officer.post(page, page=page, **{**fields, "version": 2})
    assert closed.status == 303
    shown = await officer.get(page)
    assert "Đã khép" in shown.text
    assert 'name="text"' not in shown.text
    again = await officer.post(page, page="/account", **{**fields, "version": 3})
    assert again.status == 409


async def test_before_the_beginning_nothing_is_concluded(console: Console) -> None:
    event_id = await make(console, ROAD)
    officer = await console.sign_in(Role.OFFICER)

    shown = await officer.get(f"/events/{event_id}/minutes")
    assert "khi buổi họp đã bắt đầu" in shown.text
    answer = await officer.post(
        f"/events/{event_id}/minutes", page="/account", do="save", text="Xong", version=1
    )
    assert answer.status == 409


async def test_who_came_is_noted_and_names_are_shown_to_who_may_see_them(console: Console) -> None:
    event_id = await make(console, ROAD, WATER)
    console.now = AFTER
    officer = await console.sign_in(Role.OFFICER)
    page = f"/events/{event_id}/attendance"

    added = await officer.post(f"{page}/walk-in", page=page, name="Nguyễn Thị Lan", people=3)
    assert added.status == 303
    twice = await officer.post(f"{page}/walk-in", page=page, name="nguyễn thị lan", people=3)
    assert (twice.status, "Tên này đã ghi rồi" in twice.text) == (422, True)
    shown = await officer.get(page)
    assert "Nguyễn Thị Lan" not in shown.text
    assert "K7M-AC2" in shown.text
    assert "Nguyễn Thị Lan" in (await officer.get(page, names=1)).text

    first, second = (await console.database.read(lambda tx: tx.execute(_RSVPS).all()))[:2]
    fields: Fields = {
        f"was_{first.id}": 0,
        f"came_{first.id}": 2,
        f"was_{second.id}": 0,
        f"came_{second.id}": 0,
    }
    assert (await officer.post(page, page=page, **fields)).status == 303
    counts = await console.database.read(presence.count, event_id)
    assert (counts.answers, counts.people, counts.walk_ins) == (2, 5, 1)
    fields = {f"was_{first.id}": 2, f"came_{first.id}": "hai"}
    wrong = await officer.post(page, page=page, **fields)
    assert wrong.status == 422


async def test_second_official_s_old_page_does_not_undo_the_first(console: Console) -> None:
    event_id = await make(console, ROAD, WATER)
    console.now = AFTER
    officer, other = await console.sign_in(Role.OFFICER), await console.sign_in(Role.OFFICER)
    page = f"/events/{event_id}/attendance"
    first, second = (await console.database.read(lambda tx: tx.execute(_RSVPS).all()))[:2]

    came: Fields = {f"was_{first.id}": 0, f"came_{first.id}": 2}
    await officer.post(page, page=page, **came)
    came |= {f"came_{first.id}": 0, f"was_{second.id}": 0, f"came_{second.id}": 1}
    await other.post(page, page=page, **came)
    counts = await console.database.read(presence.count, event_id)
    assert counts.people == 3


@pytest.mark.parametrize("screen", ["agenda", "agenda/sheet", "minutes", "attendance", "survey"])
async def test_only_the_area_and_the_province_see_them(console: Console, screen: str) -> None:
    event_id = await make(console, ROAD)
    elsewhere = await console.sign_in(Role.OFFICER, OTHER_AREA)
    assert (await elsewhere.get(f"/events/{event_id}/{screen}")).status in (403, 404)
    for role in (Role.EDITOR, Role.LEADER, Role.ADMIN):
        assert (await (await console.sign_in(role)).get(f"/events/{event_id}/{screen}")).status == 200
    viewer = await console.sign_in(Role.VIEWER)
    assert (await viewer.get(f"/events/{event_id}/{screen}")).status == 403


async def test_leader_reads_and_changes_nothing(console: Console) -> None:
    event_id = await make(console, ROAD)
    console.now = AFTER
    leader = await console.sign_in(Role.LEADER)

    for screen in ("agenda", "minutes", "attendance"):
        shown = await leader.get(f"/events/{event_id}/{screen}", names=1)
        assert shown.status == 200
        assert f'action="/console/events/{event_id}/agenda' not in shown.text
        assert "K7M-AC2" not in shown.text
    assert (await leader.post(f"/events/{event_id}/minutes", do="save", text="x", version=1)).status == 403


async def test_survey_shows_counts_and_remarks(console: Console) -> None:
    event_id = await make(console)

    def answer(tx: Tx) -> None:
        person = make_going(tx)
        attendance.check_in(tx, person, event_id, None, ZONE, AFTER)
        surveys.rate(tx, person, event_id, 3, AFTER)
        surveys.remark(tx, person, event_id, "Cán bộ nói <b>dễ hiểu</b>")

    await console.database.write(answer)
    officer = await console.sign_in(Role.OFFICER)
    shown = await officer.get(f"/events/{event_id}/survey")
    assert "Cán bộ nói &lt;b&gt;dễ hiểu" in shown.text
    assert (await console.database.read(events.get, event_id)).area_code == AREA
