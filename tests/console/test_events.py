"""Sessions in the console: the calendar, who signed up, another time or place, calling off."""

import pytest
import sqlalchemy as sa

from handlers import rsvps as signing
from handlers.officials import Role
from storage import audit, events, identities, tables
from storage import rsvps as rows
from storage.db import Tx
from storage.events import Event
from storage.identities import Identity
from tests.conftest import NOW
from tests.console.announcing import agree, begin, make_event
from tests.console.conftest import Console, later
from tests.console.officials import AREA, words_of
from tests.handlers.eventful import VOICE

FIELDS = {
    "starts_at": "2026-12-12T08:00",
    "ends_at": "2026-12-12T11:00",
    "place": "Nhà văn hóa thôn Đông",
    "seats": "60",
}


async def _going(console: Console, event: Event, *people_each: int) -> None:
    """Let somebody sign up for so many, each; the first one has told who they are."""

    def sign_up(tx: Tx) -> None:
        for number, several in enumerate(people_each):
            person = agree(tx, f"guest-{number}", purpose="events")
            if number == 0:
                identity = Identity("Phạm Thị Hạnh", "0912345678")
                identities.set_identity(tx, person.resident_id, identity)
            signing.come(tx, person, event.id, several, VOICE, NOW)

    await console.database.write(sign_up)


async def test_calendar_shows_the_month_and_leads_on(console: Console) -> None:
    event = await make_event(console)
    officer = await console.sign_in(Role.OFFICER)

    december = await officer.get("/events", month="2026-12")
    november = await officer.get("/events")

    assert f'href="/console/events/{event.id}"' in december.text
    assert "08:00 Tập huấn chăn nuôi gà" in words_of(december.text)
    assert "tin chưa duyệt" in december.text
    assert "Tháng này chưa có buổi nào" in november.text
    assert "month=2026-12" in november.text
    assert "Viết tin mời" not in december.text


@pytest.mark.parametrize("month", ["", "2026-13", "0001-01", "9999-12", "x"])
async def test_a_month_that_is_none_is_this_one(console: Console, month: str) -> None:
    officer = await console.sign_in(Role.OFFICER)

    page = await officer.get("/events", month=month)

    assert page.status == 200
    assert "Lịch họp tháng 11/2026" in page.text


async def test_page_counts_who_comes_waits_and_stays_away(console: Console) -> None:
    event = await make_event(console, event=_seats(3))
    await _going(console, event, 2, 2)
    officer = await console.sign_in(Role.OFFICER)

    told = words_of((await officer.get(f"/events/{event.id}")).text)

    assert "Người sẽ đi 2 Người chờ chỗ 2 Lượt không đi 0 Chỗ còn 1" in told


def _seats(number: int) -> dict[str, object]:
    return {"type": "training", "starts_at": "2026-12-12T08:00+07:00", "place": "Đình", "seats": number}


async def test_names_are_shown_to_the_officers_of_the_area_and_that_is_logged(console: Console) -> None:
    event = await make_event(console)
    await _going(console, event, 2)
    path = f"/events/{event.id}/sign-ups"
    officer, leader, admin = [await console.sign_in(r) for r in (Role.OFFICER, Role.LEADER, Role.ADMIN)]

    without = await officer.get(path)
    named = await officer.post(path)
    refused = await leader.post(path)
    with_phone = await admin.post(path)

    assert "Hạnh" not in without.text
    assert "Hiện tên để điểm danh" in without.text
    assert "Phạm Thị Hạnh" in named.text
    assert "0912345678" not in named.text
    assert (refused.status, "Hiện tên" in (await leader.get(path)).text) == (403, False)
    assert "0912345678" in with_phone.text
    logged = await console.database.read(audit.list_entries, action="event.sign_ups")
    assert len(logged) == 2


async def test_editor_changes_the_place_and_everybody_is_asked_again(console: Console) -> None:
    event = await make_event(console)
    await begin(console, event.announcement_id, "sent")
    await _going(console, event, 1)
    editor = await console.sign_in(Role.EDITOR)
    path = f"/events/{event.id}/edit"

    page = await editor.get(path)
    saved = await editor.post(path, **(FIELDS | {"place": "Đình làng", "version": str(event.version)}))

    assert "1 người đã ghi tên được báo và hỏi lại" in words_of(page.text)
    assert saved.status == 303
    changed = await console.database.read(events.get, event.id)
    assert (changed.place, changed.details_version) == ("Đình làng", 2)
    kinds = sa.select(tables.event_notices.c.kind)
    assert await console.database.read(lambda tx: list(tx.execute(kinds).scalars())) == ["changed"]
    assert "Chưa xác nhận lại" in (await editor.get(f"/events/{event.id}")).text


async def test_what_was_typed_survives_an_error_and_a_conflict(console: Console) -> None:
    event = await make_event(console)
    editor = await console.sign_in(Role.EDITOR)
    path = f"/events/{event.id}/edit"
    wrong = FIELDS | {"starts_at": "2020-01-01T08:00", "ends_at": "", "place": "Đình làng", "version": "1"}

    refused = await editor.post(path, **wrong)
    odd = await editor.post(path, **(FIELDS | {"seats": "nhiều", "ends_at": "mai", "version": "1"}))
    late = await editor.post(path, **(FIELDS | {"place": "Đình làng", "version": "9"}))

    assert (refused.status, odd.status, late.status) == (422, 422, 409)
    assert "Giờ bắt đầu phải sau bây giờ" in refused.text
    assert 'value="nhiều"' in odd.text
    for answer in (refused, late):
        assert "Đình làng" in answer.text
    assert f'name="version" value="{event.version}"' in late.text


@pytest.mark.parametrize("role", [Role.EDITOR, Role.LEADER])
async def test_calling_off_is_harmless_twice_and_not_for_officers(console: Console, role: Role) -> None:
    event = await make_event(console)
    officer, browser = await console.sign_in(Role.OFFICER), await console.sign_in(role)
    path = f"/events/{event.id}/cancel"

    assert (await officer.post(path, version=event.version)).status == 403
    for _ in range(2):
        assert (await browser.post(path, version=event.version)).status == 303

    assert (await console.database.read(events.get, event.id)).status == "cancelled"
    assert "đã hủy" in (await browser.get(f"/events/{event.id}")).text


async def test_a_session_that_began_is_left_alone(console: Console) -> None:
    event = await make_event(console)
    console.now = later(days=60)
    editor = await console.sign_in(Role.EDITOR)

    changed = await editor.post(
        f"/events/{event.id}/edit", **(FIELDS | {"version": "1", "starts_at": "2027-06-01T08:00"})
    )
    cancelled = await editor.post(f"/events/{event.id}/cancel", version=1)

    assert (changed.status, cancelled.status) == (409, 409)
    assert "Hủy buổi này" not in (await editor.get(f"/events/{event.id}")).text


async def test_sign_ups_are_listed_in_the_order_of_the_door(console: Console) -> None:
    event = await make_event(console, event=_seats(3))
    await _going(console, event, 2, 2, 1)
    officer = await console.sign_in(Role.OFFICER, AREA)

    page = await officer.get(f"/events/{event.id}/sign-ups")

    assert page.text.count("Chờ chỗ") == 1
    assert page.text.index("Sẽ đi") < page.text.index("Chờ chỗ")
    assert await console.database.read(rows.count, [event.id])
