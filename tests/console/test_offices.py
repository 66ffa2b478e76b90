"""Offices and telephone numbers: who writes them, what is refused, and that two at once lose nothing."""

from typing import Any

import pytest

from handlers import offices
from handlers.officials import Role
from storage import audit
from storage import offices as rows
from storage.db import Tx
from storage.offices import Office
from tests.console.conftest import Console, later
from tests.console.officials import AREA, OTHER_AREA, Answer, Browser, words_of

GOOD = {"address": "Số 12, thôn <i>Đông</i>", "phone": "0220 3123 456", "hours": "thứ Hai đến thứ Sáu"}


async def save(browser: Browser, code: str = AREA, **fields: object) -> Answer:
    """Send the form of an office."""
    given: dict[str, Any] = GOOD | fields
    return await browser.post(f"/offices/{code}", page=f"/offices/{code}", **given)


async def test_an_officer_writes_the_own_commune_and_residents_read_it(console: Console) -> None:
    officer = await console.sign_in(Role.OFFICER)
    assert f'action="/console/offices/{AREA}"' in (await officer.get("/offices")).text

    assert (await save(officer)).status == 303

    told = await console.database.read(offices.line, AREA, console.parts.guide.areas)
    assert told == (
        "Nơi tiếp dân xã Yết Kiêu: Số 12, thôn <i>Đông</i>. Điện thoại: 0220 3123 456. "
        "Giờ làm việc: thứ Hai đến thứ Sáu."
    )
    admin = await console.sign_in(Role.ADMIN)
    page = await admin.get("/offices")
    assert "<i>" not in page.text
    assert "<i>Đông</i>" in words_of(page.text)
    (entry,) = await console.database.read(lambda tx: audit.list_entries(tx, action="office.save", limit=5))
    assert entry.details == {"fields": ["address", "phone", "hours"]}


async def test_an_admin_writes_every_commune(console: Console) -> None:
    admin = await console.sign_in(Role.ADMIN)

    assert (await save(admin, OTHER_AREA)).status == 303
    assert (await save(admin, "31")).status == 404, "a province is no commune"


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"address": ""}, "Cần địa chỉ"),
        ({"address": "x" * 301}, "Dài quá 300 ký tự"),
        ({"hours": ""}, "Cần giờ làm việc"),
        ({"phone": "gọi cô Hạnh"}, "Số điện thoại chưa đúng"),
        ({"phone": "1"}, "Số điện thoại chưa đúng"),
    ],
)
async def test_what_is_wrong_is_said_and_what_was_typed_stays(
    console: Console, wrong: dict[str, str], sentence: str
) -> None:
    officer = await console.sign_in(Role.OFFICER)

    answer = await save(officer, **wrong)

    assert answer.status == 422
    assert sentence in answer.text
    assert await console.database.read(rows.find, AREA) is None


async def test_of_two_at_once_the_second_is_told_and_keeps_what_was_typed(console: Console) -> None:
    officer, admin = await console.sign_in(Role.OFFICER), await console.sign_in(Role.ADMIN)
    await save(officer)
    seen = await console.database.read(_office)
    console.now = later(minutes=5)
    assert (await save(admin, address="Nơi mới, thôn Đoài", seen=seen.changed_at.isoformat())).status == 303

    second = await save(officer, address="Nơi khác hẳn", seen=seen.changed_at.isoformat())

    assert second.status == 422
    assert "Có người vừa sửa" in second.text
    assert "Nơi khác hẳn" in second.text
    assert (await console.database.read(_office)).address == "Nơi mới, thôn Đoài"


def _office(tx: Tx) -> Office:
    found = rows.find(tx, AREA)
    assert found is not None
    return found


async def test_a_number_is_listed_only_by_who_has_tried_it(console: Console) -> None:
    admin = await console.sign_in(Role.ADMIN)
    number = {"number": "111", "name": "Tổng đài <b>trẻ em</b>"}

    untried = await admin.post("/settings/hotlines", page="/settings", **number)
    assert untried.status == 422
    assert "Chỉ thêm số anh/chị đã gọi thử" in untried.text
    assert (await admin.post("/settings/hotlines", page="/settings", tried=1, **number)).status == 303
    page = await admin.get("/settings")
    assert "<b>trẻ em</b>" in words_of(page.text)
    assert "<b>" not in page.text

    assert (await admin.post("/settings/hotlines/remove", page="/settings", number="111")).status == 303
    assert (await admin.post("/settings/hotlines/remove", page="/settings", number="111")).status == 404
    assert await console.database.read(rows.list_hotlines) == []


async def test_the_settings_say_what_is_so_and_no_secret(console: Console) -> None:
    admin = await console.sign_in(Role.ADMIN)

    page = await admin.get("/settings")

    words = words_of(page.text)
    assert "SQLite, bản cấu trúc" in words
    assert "730 ngày" in words
    assert "Hệ thống không tự sao lưu" in words
    assert console.parts.key.hex() not in page.text
