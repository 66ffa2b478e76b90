"""An announcement in the console: written, looked at, handed in, approved; nothing typed is lost."""

import re
from pathlib import Path

import aiohttp
import pytest
import sqlalchemy as sa

from handlers.officials import Official, Role
from storage import announcements as rows
from storage import audit, events, tables
from tests.conftest import NOW
from tests.console.announcing import (
    EVENT_FIELDS,
    FIELDS,
    begin,
    file,
    make_audience,
    read,
    submit,
)
from tests.console.conftest import Console, later
from tests.console.officials import AREA, OTHER_AREA, Browser, words_of

PICTURE = b"\xff\xd8 a photo of a hall"


async def _write(browser: Browser, path: str = "/announcements/new", **fields: object) -> int:
    """Fill in the form, and return the number of the announcement that it led to."""
    answer = await browser.post(path, page="/announcements/new", **(dict(FIELDS) | fields))
    assert answer.status == 303, words_of(answer.text)
    return int((answer.location or "").rpartition("/")[2])


async def test_editor_writes_looks_and_submits_to_few(console: Console) -> None:
    await make_audience(console, 3)
    await make_audience(console, 1, purpose="surveys", at=later(hours=-1))
    editor = await console.sign_in(Role.EDITOR)

    number = await _write(editor, **{"audience.areas": AREA})
    page = await editor.get(f"/announcements/{number}")

    told = words_of(page.text)
    assert "Mời bà con đến nhận gạo." in told
    assert "Xem thêm" in told
    assert "3 người = 3 nhận được" in told
    assert "bấm “Gửi duyệt” là tin được duyệt luôn và đi ngay" in told

    done = await editor.post(f"/announcements/{number}/submit", version=1)
    assert done.status == 303
    assert (await read(console, number)).status == "approved"
    assert [number] == [one.id for one in await console.database.read(rows.list_page)]


async def test_count_is_reached_and_listed_reasons(console: Console) -> None:
    people = await make_audience(console, 3)

    blocked = sa.update(tables.addresses).where(tables.addresses.c.id == people[0].address_id)
    await console.database.write(lambda tx: tx.execute(blocked.values(blocked_at=NOW)))
    one = await file(console)
    editor = await console.sign_in(Role.EDITOR)

    told = words_of((await editor.get(f"/announcements/{one.id}")).text)

    assert "3 người = 2 nhận được + 1 (đã chặn kênh này)" in told
    assert "Gửi lại được khi họ tự nhắn vào" in told


async def test_more_people_wait_for_a_leader_who_is_another(console: Console) -> None:
    writer = await console.add(Role.EDITOR)
    one = await submit(console, writer, await file(console, writer))
    leader = await console.sign_in(Role.LEADER)
    editor = await console.sign_in(writer)

    assert "Đang chờ lãnh đạo duyệt" in (await editor.get(f"/announcements/{one.id}")).text
    page = await leader.get(f"/announcements/{one.id}")
    assert "Duyệt, cho gửi tới 0 người" in page.text
    for _ in range(2):  # pressed twice
        done = await leader.post(f"/announcements/{one.id}/approve", version=one.version)
        assert done.status == 303
    assert (await read(console, one.id)).status == "approved"
    actions = [e.action for e in await console.database.read(audit.list_entries, subject_id=str(one.id))]
    assert actions.count("announcement.approve") == 1


async def test_late_joiners_who_wait_are_shown_and_let_in_by_a_leader(console: Console) -> None:
    writer = await console.add(Role.EDITOR)
    one = await submit(console, writer, await file(console, writer))
    held = {"status": "sent", "approved_by": writer.id, "started_at": console.now, "held_at": console.now}
    await console.database.write(lambda tx: rows.change(tx, one, held))
    leader, editor = await console.sign_in(Role.LEADER), await console.sign_in(writer)

    assert "người đến sau chờ duyệt" in words_of((await leader.get("/announcements?show=sent")).text)
    for browser, may in ((leader, True), (editor, False)):
        page = await browser.get(f"/announcements/{one.id}")
        assert "Có người đăng ký sau đang chờ nhận" in words_of(page.text)
        assert ("Duyệt cho người đăng ký sau" in page.text) is may
    for status in (303, 409):  # pressed twice
        done = await leader.post(f"/announcements/{one.id}/approve", late=1)
        assert done.status == status
    assert (await read(console, one.id)).held_at is None
    assert "đang chờ nhận" not in words_of((await leader.get(f"/announcements/{one.id}")).text)


async def test_nobody_approves_their_own(console: Console) -> None:
    writer = await console.add(Role.EDITOR)
    one = await submit(console, writer, await file(console, writer))
    promoted = Official(writer.id, writer.username, writer.name, Role.LEADER, None)
    await _promote(console, promoted)
    leader = await console.sign_in(promoted)

    page = await leader.get(f"/announcements/{one.id}")
    refused = await leader.post(f"/announcements/{one.id}/approve", version=one.version)

    assert "cần một lãnh đạo khác duyệt" in page.text
    assert "Duyệt, cho gửi" not in page.text
    assert refused.status == 403
    assert (await read(console, one.id)).status == "submitted"


async def _promote(console: Console, to: Official) -> None:
    changed = sa.update(tables.officials).where(tables.officials.c.id == to.id).values(role=str(to.role))
    await console.database.write(lambda tx: tx.execute(changed))


async def test_leader_sends_back_with_a_reason(console: Console) -> None:
    writer = await console.add(Role.EDITOR)
    one = await submit(console, writer, await file(console, writer))
    leader, editor = await console.sign_in(Role.LEADER), await console.sign_in(writer)

    without = await leader.post(f"/announcements/{one.id}/send-back", version=one.version, reason=" ")
    done = await leader.post(
        f"/announcements/{one.id}/send-back", version=one.version, reason="sai giờ, mời sửa"
    )

    assert (without.status, done.status) == (422, 303)
    assert "Được trả lại: sai giờ, mời sửa" in words_of((await editor.get(f"/announcements/{one.id}")).text)


async def test_pause_resume_and_cancel_are_harmless_twice(console: Console) -> None:
    await make_audience(console, 2)
    one = await file(console)
    await begin(console, one.id)
    leader = await console.sign_in(Role.LEADER)
    for step, status in (("pause", "paused"), ("resume", "sending"), ("cancel", "cancelled")):
        for _ in range(2):
            assert (await leader.post(f"/announcements/{one.id}/{step}")).status == 303
        assert (await read(console, one.id)).status == status


async def test_what_was_typed_survives_an_error(console: Console) -> None:
    editor = await console.sign_in(Role.EDITOR)
    typed = EVENT_FIELDS | {
        "title": "",
        "event.seats": "nhiều",
        "audience.areas": AREA,
        "send_at": "2026-12-01T09:30",
    }

    answer = await editor.post("/announcements/new", page="/announcements/new", **typed)

    assert answer.status == 422
    assert "Còn thiếu tiêu đề" in answer.text
    for value in ("Nhà văn hóa thôn Đông", "2026-12-12T08:00", "2026-12-01T09:30", "nhiều", FIELDS["text"]):
        assert value in answer.text
    assert f'value="{AREA}" checked' in answer.text
    assert await console.database.read(rows.list_page) == []


async def test_event_is_written_on_the_clock_of_the_wall(console: Console) -> None:
    editor = await console.sign_in(Role.EDITOR)
    number = await _write(editor, **EVENT_FIELDS)

    event = await console.database.read(events.find_by_announcement, number)
    page = await editor.get(f"/announcements/{number}/edit")

    assert event is not None
    assert event.starts_at.isoformat() == "2026-12-12T01:00:00+00:00"
    assert (event.seats, event.area_code) == (60, None)
    assert 'value="2026-12-12T08:00"' in page.text
    assert "từ 8 giờ sáng đến 11 giờ trưa" in words_of((await editor.get(f"/announcements/{number}")).text)


async def test_two_editors_at_once_lose_nothing(console: Console) -> None:
    one = await file(console)
    first, second = await console.sign_in(Role.EDITOR), await console.sign_in(Role.EDITOR)
    path = f"/announcements/{one.id}/edit"

    saved = await first.post(path, **(dict(FIELDS) | {"version": 1, "title": "Phát gạo đợt 2"}))
    late = await second.post(path, **(dict(FIELDS) | {"version": 1, "title": "Phát gạo, đổi nơi"}))
    again = await second.post(path, **(dict(FIELDS) | {"version": 2, "title": "Phát gạo, đổi nơi"}))

    assert (saved.status, late.status, again.status) == (303, 409, 303)
    assert "Phát gạo, đổi nơi" in late.text
    assert 'name="version" value="2"' in late.text
    assert (await read(console, one.id)).title == "Phát gạo, đổi nơi"


async def test_what_was_submitted_is_not_edited(console: Console) -> None:
    writer = await console.add(Role.EDITOR)
    one = await submit(console, writer, await file(console, writer))
    editor = await console.sign_in(writer)

    assert (await editor.get(f"/announcements/{one.id}/edit")).status == 303
    answer = await editor.post(f"/announcements/{one.id}/edit", **(dict(FIELDS) | {"version": one.version}))
    assert answer.status == 409
    assert "Tin này chờ duyệt" in answer.text


async def _upload(browser: Browser, path: str, content: bytes, **fields: str) -> tuple[int, str, str]:
    """Send the form with a file; returns status, text and where it leads."""
    token = re.findall(r'name="csrf" value="([^"]+)"', (await browser.get("/account")).text)[0]
    body = aiohttp.FormData(dict(FIELDS) | fields | {"csrf": token})
    body.add_field("pictures", content, filename="hoi truong.jpg", content_type="image/jpeg")
    async with browser._client.post(f"/console{path}", data=body, allow_redirects=False) as answer:
        return answer.status, await answer.text(), answer.headers.get("Location", "")


async def test_a_picture_is_kept_while_the_rest_is_put_right(console: Console, tmp_path: Path) -> None:
    console.files = tmp_path
    editor = await console.sign_in(Role.EDITOR)

    status, text, _ = await _upload(editor, "/announcements/new", PICTURE, title="")
    kept = re.findall(r'name="kept" value="([^"]+)"', text)
    assert (status, len(kept)) == (422, 1)
    number = await _write(editor, kept=kept[0])

    one = await read(console, number)
    assert len(one.pictures) == 1
    async with editor._client.get(f"/console/announcements/{number}/pictures/1") as given:
        assert (given.headers["Content-Type"], await given.read()) == ("image/jpeg", PICTURE)
    assert (await editor.get(f"/announcements/{number}/pictures/2")).status == 404
    dropped = await editor.post(
        f"/announcements/{number}/edit", **(dict(FIELDS) | {"version": 1, "drop": one.pictures[0]})
    )
    assert dropped.status == 303
    assert (await read(console, number)).pictures == []


@pytest.mark.parametrize("content", [b"%PDF-1.7", b"MZ a program"])
async def test_what_is_no_picture_is_refused(console: Console, tmp_path: Path, content: bytes) -> None:
    console.files = tmp_path
    editor = await console.sign_in(Role.EDITOR)

    status, text, _ = await _upload(editor, "/announcements/new", content)

    assert status == 422
    assert 'id="e-pictures"' in text
    assert FIELDS["text"] in text


async def test_a_picture_that_is_gone_is_asked_for_again(console: Console, tmp_path: Path) -> None:
    """What nobody names goes after an hour; a draft that names it would be refused by every channel."""
    console.files = tmp_path
    editor = await console.sign_in(Role.EDITOR)
    _, text, _ = await _upload(editor, "/announcements/new", PICTURE, title="")
    kept = re.findall(r'name="kept" value="([^"]+)"', text)[0]
    for one in tmp_path.rglob("*"):
        if one.is_file():
            one.unlink()

    page = await editor.post("/announcements/new", **(dict(FIELDS) | {"kept": kept}))

    assert page.status == 422
    assert "Tệp đã quá hạn, hãy chọn lại." in page.text
    assert 'name="kept"' not in page.text


async def test_somebody_elses_picture_cannot_be_put_in(console: Console, tmp_path: Path) -> None:
    console.files = tmp_path
    editor, other = await console.sign_in(Role.EDITOR), await console.sign_in(Role.EDITOR)
    _, text, _ = await _upload(editor, "/announcements/new", PICTURE, title="")
    kept = re.findall(r'name="kept" value="([^"]+)"', text)[0]

    number = await _write(other, kept=kept)

    assert (await read(console, number)).pictures == []


async def test_bound_editor_writes_to_their_commune_alone(console: Console) -> None:
    editor = await console.sign_in(Role.EDITOR, AREA)
    await file(console, audience={"areas": [OTHER_AREA]}, title="Của nơi khác")
    await file(console, title="Của mọi nơi")

    number = await _write(editor)
    elsewhere = await editor.post(
        "/announcements/new", page="/announcements/new", **(dict(FIELDS) | {"audience.areas": OTHER_AREA})
    )
    listed = (await editor.get("/announcements")).text

    assert (await read(console, number)).audience == {"areas": [AREA]}
    assert elsewhere.status == 422
    assert "Phát gạo" in listed
    assert "Của nơi khác" not in listed
    assert "Của mọi nơi" not in listed


async def test_list_goes_by_status_and_on(console: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("console.views.announcements.PER_PAGE", 2)
    for number in range(3):
        await file(console, title=f"Tin số {number}")
    admin = await console.sign_in(Role.ADMIN)

    first = await admin.get("/announcements")
    older = re.findall(r'href="([^"]+before=\d+)"', first.text)[0]
    second = await admin.get(older)

    assert "Tin số 2" in first.text
    assert "Tin số 0" not in first.text
    assert "Tin số 0" in second.text
    assert "Chưa có tin nào" in (await admin.get("/announcements", tab="over")).text
    assert "Viết tin mới" not in first.text
