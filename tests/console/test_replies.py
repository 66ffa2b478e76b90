"""Canned replies: kept by a commune, filled in on a case, never sent with a hole."""

import pytest

from handlers import replies
from handlers.case_codes import spoken
from handlers.officials import Role
from storage import replies as rows
from storage.db import Tx
from storage.replies import Reply
from tests.conftest import NOW
from tests.console.casework import make_case
from tests.console.conftest import Console, later
from tests.console.officials import AREA, OTHER_AREA, words_of

TITLE, TEXT = "Hẹn gặp", "Mời bà con mã {ma} tới {ten_xa} trước {han}, gặp {cán bộ}."


async def _shipped(console: Console) -> Reply:
    await console.database.write(replies.seed, NOW)
    return (await console.database.read(rows.list_replies, None))[0]


async def test_a_reply_is_added_changed_and_deleted(console: Console) -> None:
    browser = await console.sign_in(Role.OFFICER)

    added = await browser.post("/replies/new", page="/replies/new", title=TITLE, text=TEXT, category="")
    seen = (await browser.get("/replies/1")).text.partition('name="seen" value="')[2].partition('"')[0]
    console.now = later(minutes=5)
    changed = await browser.post("/replies/1", title="Mời tới", text=TEXT, category="health", seen=seen)
    listed = words_of((await browser.get("/replies")).text)
    deleted = await browser.post("/replies/1/delete")

    assert (added.status, changed.status, deleted.status) == (303, 303, 303)
    assert "Mời tới" in listed
    assert "Bảo hiểm y tế" in listed
    assert (await browser.get("/replies/1")).status == 404


async def test_on_a_case_it_is_filled_in_behind_what_was_typed(console: Console) -> None:
    browser = await console.sign_in(Role.OFFICER)
    case = await make_case(console)
    await browser.post("/replies/new", page="/replies/new", title=TITLE, text=TEXT, category="")

    page = await browser.post(
        f"/cases/{case.id}/preview",
        page=f"/cases/{case.id}",
        do="fill",
        reply=1,
        answer="Chào bà.",
        version=case.version,
    )

    area = console.parts.guide.areas.find(AREA)
    assert area is not None
    assert page.status == 200
    assert "Chào bà.\n\nMời bà con mã" in page.text
    assert f"mã {spoken(case.code)} tới {area.spoken} trước 08/12/2026, gặp {{cán bộ}}." in page.text


async def test_every_reply_that_ships_has_a_hole_or_can_be_sent_and_is_seeded_once(console: Console) -> None:
    await _shipped(console)
    stored = await console.database.read(rows.list_replies, None)
    await console.database.write(rows.remove, stored[0].id)
    await console.database.write(replies.seed, later(days=1))

    assert len(stored) == len(replies.load()) >= 5
    assert len(await console.database.read(rows.list_replies, None)) == len(stored) - 1


async def test_those_for_every_commune_are_read_only_to_an_officer(console: Console) -> None:
    reply = await _shipped(console)
    officer, admin = await console.sign_in(Role.OFFICER), await console.sign_in(Role.ADMIN)
    sent = {"title": TITLE, "text": TEXT, "category": "", "seen": reply.changed_at.isoformat()}

    page = await officer.get(f"/replies/{reply.id}")

    assert page.status == 200
    assert "<textarea" not in page.text
    assert (await officer.post(f"/replies/{reply.id}", **sent)).status == 403
    assert (await officer.post(f"/replies/{reply.id}/delete")).status == 403
    assert (await admin.post(f"/replies/{reply.id}", **sent)).status == 303


async def test_another_communes_reply_is_not_offered_nor_put_into_an_answer(console: Console) -> None:
    officer, stranger = await console.sign_in(Role.OFFICER), await console.sign_in(Role.OFFICER, OTHER_AREA)
    await stranger.post("/replies/new", page="/replies/new", title="Của xã khác", text="bí mật", category="")
    case = await make_case(console)

    page = await officer.get(f"/cases/{case.id}")
    filled = await officer.post(f"/cases/{case.id}/preview", do="fill", reply=1, answer="")

    assert "Của xã khác" not in page.text
    assert filled.status == 404
    assert "bí mật" not in filled.text
    assert "Của xã khác" not in (await officer.get("/replies")).text


async def test_of_two_who_change_one_the_second_keeps_what_was_typed(console: Console) -> None:
    first = await console.sign_in(Role.OFFICER)
    await first.post("/replies/new", page="/replies/new", title=TITLE, text=TEXT, category="")
    seen = (await first.get("/replies/1")).text.partition('name="seen" value="')[2].partition('"')[0]
    second = await console.sign_in(Role.OFFICER)
    console.now = later(minutes=5)

    await first.post("/replies/1", title="Bản một", text="một", category="", seen=seen)
    late = await second.post("/replies/1", title="Bản hai", text="hai", category="", seen=seen)
    lost = await second.post("/replies/1", title="Bản hai", text="hai", category="", seen="rác")

    assert (late.status, lost.status) == (409, 409)
    assert "Bản hai" in late.text
    assert "Bản một" in late.text

    def stored(tx: Tx) -> str:
        return rows.get(tx, 1).text

    assert await console.database.read(stored) == "một"


@pytest.mark.parametrize(
    ("field", "value"),
    [("title", " "), ("title", "x" * 81), ("text", ""), ("text", "x" * 3001), ("category", "nothing")],
)
async def test_what_cannot_be_kept_is_named(console: Console, field: str, value: str) -> None:
    browser = await console.sign_in(Role.OFFICER)
    sent = {"title": TITLE, "text": TEXT, "category": ""} | {field: value}

    refused = await browser.post("/replies/new", page="/replies/new", **sent)

    assert refused.status == 422
    assert f'id="e-{field}"' in refused.text


async def test_a_leader_adds_none(console: Console) -> None:
    browser = await console.sign_in(Role.LEADER)

    assert "Thêm mẫu" not in (await browser.get("/replies")).text
    assert (await browser.post("/replies/new", title=TITLE, text=TEXT, category="")).status == 403
