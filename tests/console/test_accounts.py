"""The first admin, invitations, and the pages where accounts and the audit log are looked after."""

import re

import pytest
from sqlalchemy import text

from console import audit_words
from console.names import area_name
from console.parts import Alarm
from handlers import accounts, areas
from handlers.officials import Role
from storage import audit
from storage.audit import JSON
from storage.db import Tx
from tests.console.conftest import Console, later
from tests.console.officials import AREA, OTHER_AREA, words_of
from tests.house.test_house import ROOT

HOSTILE = '"><script>alert(1)</script>{{7*7}}'
PASSWORD = "mot hai ba bon"


async def test_the_first_link_makes_the_first_admin_once(console: Console) -> None:
    token = await console.database.write(accounts.first_token, "nonce")
    path, browser = f"/first/{token}", console.browser()
    filled = {"username": "hanh", "name": "Phạm Thị Hạnh", "password": PASSWORD, "again": PASSWORD}

    unlike = await browser.post(path, page=path, **(filled | {"again": "x"}))
    done = await browser.post(path, page=path, **filled)
    again = await browser.get(path)

    assert unlike.status == 422
    assert 'value="hanh"' in unlike.text
    assert done.location == "/console/login"
    assert again.status == 404
    assert (await browser.sign_in("hanh", PASSWORD)).status == 303
    assert "Cán bộ" in (await browser.get("/officials")).text


@pytest.mark.parametrize("token", ["x", "0" * 64, "%00"])
async def test_other_first_links_are_no_page(console: Console, token: str) -> None:
    await console.database.write(accounts.first_token, "nonce")

    assert (await console.browser().get(f"/first/{token}")).status == 404


async def test_an_invited_official_chooses_a_password_and_works(console: Console) -> None:
    admin, newcomer = await console.sign_in(Role.ADMIN), console.browser()

    made = await admin.post(
        "/officials/new", name="Trần Văn An", username="van.an", role="officer", area_code=AREA
    )
    link = made.text.partition('class="long">')[2].partition("<")[0]
    path = link.removeprefix("http://127.0.0.1:8080")
    done = await newcomer.post(path, page=path, password=PASSWORD, again=PASSWORD)

    assert made.status == 200
    assert path.startswith("/console/invite/")
    assert done.location == "/console/login"
    assert (await newcomer.get(path)).status == 404
    assert (await newcomer.sign_in("van.an", PASSWORD)).status == 303
    assert "chờ đặt mật khẩu" not in (await admin.get("/officials")).text


async def test_what_was_typed_survives_a_refusal(console: Console) -> None:
    admin = await console.sign_in(Role.ADMIN)

    answer = await admin.post("/officials/new", name="Trần Văn An", username="van.an", role="officer")

    assert answer.status == 422
    assert 'value="Trần Văn An"' in answer.text
    assert 'value="officer" selected' in answer.text
    assert "phải thuộc một xã, phường" in answer.text
    assert 'aria-invalid="true"' in answer.text


async def test_disabling_and_enabling_from_the_page(console: Console) -> None:
    admin, officer = await console.sign_in(Role.ADMIN), await console.sign_in(Role.OFFICER)
    assert officer.official is not None
    path = f"/officials/{officer.official.id}"

    answer = await admin.post(f"{path}/disable", page=path)
    page = await admin.follow(answer)

    assert "Đã khóa tài khoản" in page.text
    assert "Đã khóa tài khoản" not in (await admin.get(path)).text, "said once"
    assert (await officer.get("/account")).status == 303
    await admin.post(f"{path}/enable", page=path)
    assert (await console.browser().sign_in(officer.official.username)).status == 303


async def test_an_admin_does_not_lock_themselves_out(console: Console) -> None:
    admin = await console.sign_in(Role.ADMIN)
    assert admin.official is not None

    answer = await admin.post(f"/officials/{admin.official.id}/disable")

    assert answer.status == 422
    assert "Không thể tự khóa" in answer.text
    assert (await admin.get("/account")).status == 200


async def test_hostile_names_are_only_text(console: Console) -> None:
    admin = await console.sign_in(Role.ADMIN)
    await admin.post("/officials/new", name=HOSTILE, username="evil", role="viewer")

    for path in ("/officials", "/officials/2", "/audit"):
        page = await admin.get(path)
        assert "<script>alert" not in page.text
        assert "{{7*7}}" in page.text or path == "/audit"


@pytest.mark.parametrize(
    "value", ["\0", "x" * 30_000, "' OR 1=1 --", "99999999999999999999", "2026-13-45", "<b>"]
)
async def test_any_filter_is_answered(console: Console, value: str) -> None:
    admin = await console.sign_in(Role.ADMIN)

    for name in ("official", "action", "kind", "subject", "since", "until", "before"):
        assert (await admin.get("/audit", **{name: value[:6000]})).status == 200, name


async def test_the_log_is_read_page_by_page(console: Console) -> None:
    admin = await console.sign_in(Role.ADMIN)
    assert admin.official is not None
    for number in range(60):
        await console.database.write(
            audit.write,
            admin.official.id,
            "case.answer",
            "case",
            str(number),
            {"fields": ["text"]},
            console.now,
        )

    first = await admin.get("/audit", action="case")
    older = (
        first.text.partition('rel="next"')[0].rpartition('href="')[2].partition('"')[0].replace("&amp;", "&")
    )
    second = await admin.get(older)

    assert first.text.count(">trả lời<") == 50
    assert second.text.count(">trả lời<") == 10
    assert "Mới nhất" in second.text
    assert "60" not in words_of(second.text).split()


async def test_who_is_bound_to_a_commune_reads_the_log_of_its_officials_only(console: Console) -> None:
    here, there = await console.add(Role.OFFICER), await console.add(Role.OFFICER, OTHER_AREA)
    for who in (here, there):
        await console.database.write(
            audit.write, who.id, "case.answer", "case", f"c-{who.id}", {}, console.now
        )
    bound, everywhere = await console.sign_in(Role.LEADER, AREA), await console.sign_in(Role.LEADER)

    own = await bound.get("/audit", action="case")
    asked_for = await bound.get("/audit", action="case", official=there.id)
    every = await everywhere.get("/audit", action="case")

    assert (f"c-{here.id}" in own.text, f"c-{there.id}" in own.text) == (True, False)
    assert there.name not in own.text
    assert f"c-{there.id}" not in asked_for.text
    assert f"c-{there.id}" in every.text


async def test_the_log_is_filtered_by_whole_days_here(console: Console) -> None:
    admin = await console.sign_in(Role.ADMIN)
    assert admin.official is not None
    for hours, name in ((13, "truoc"), (15, "sau")):  # 23:00 and, the next day, 01:00 in Viet Nam
        await console.database.write(
            audit.write, admin.official.id, f"x.{name}", "case", "1", {}, later(hours=hours)
        )

    day = await admin.get("/audit", since="2026-11-23", until="2026-11-23")

    assert "x.truoc" in day.text
    assert "x.sau" not in day.text


async def test_verifying_says_whole_or_which_entry_is_not(console: Console) -> None:
    admin = await console.sign_in(Role.ADMIN)
    whole = await admin.get("/audit/verify")

    def tamper(tx: Tx) -> None:
        with audit.unguarded(tx):
            tx.execute(text("UPDATE audit SET action = 'x' WHERE id = 2"))

    await console.database.write(tamper)
    broken = await admin.get("/audit/verify")

    assert "nguyên vẹn" in whole.text
    assert "Mục số 2 không còn như lúc ghi" in broken.text


async def test_alarms_stand_on_top_of_every_page(console: Console) -> None:
    console.alarms.append(lambda _tx, _official, _now: [Alarm("1 tin khẩn chưa ai nhận", "/console/cases")])
    admin = await console.sign_in(Role.ADMIN)

    for path in ("/console", "/audit", "/nothing"):
        assert '<a href="/console/cases">1 tin khẩn chưa ai nhận</a>' in (await admin.get(path)).text
    assert "tin khẩn" not in (await console.browser().get("/login")).text


async def test_the_header_says_who_and_where(console: Console) -> None:
    officer = await console.sign_in(Role.OFFICER)
    assert officer.official is not None
    commune = console.parts.guide.areas.find(AREA)
    assert commune is not None

    page = await officer.get("/console")

    assert officer.official.name in page.text
    assert commune.name in page.text


async def test_over_https_the_session_cookie_is_bound_to_this_host(console: Console) -> None:
    secure = Console(console.database, console.parts.guide, public_url="https://haichieu.example.vn")
    await secure.server.start_server()
    who = await console.add(Role.ADMIN)

    answer = await secure.browser().get("/login")
    await secure.close()

    assert who
    assert "__Host-hc_console_form=" in answer.headers["Set-Cookie"]
    assert "Secure" in answer.headers["Set-Cookie"]
    assert "Path=/;" in answer.headers["Set-Cookie"] + ";"


def test_every_action_that_is_logged_has_a_name() -> None:
    """The log is read by people: an action without a name would stand there in code."""
    groups = "|".join(group for group, _ in audit_words.GROUPS)
    written = {
        action
        for file in (ROOT / "handlers").rglob("*.py")
        if file.name != "announcement_file.py"  # it names the keys of a file so, and logs nothing
        for action in re.findall(rf'"((?:{groups})\.(?!yaml)[a-z_]+)"', file.read_text())
    }

    assert written
    assert written <= set(audit_words.ACTIONS)


def test_a_group_of_questions_has_its_actions_named_too() -> None:
    """Their noun is put in front of the verb only when it is written."""
    source = (ROOT / "handlers" / "open_questions.py").read_text()
    verbs = set(re.findall(r'_note\(tx, official, "([a-z_]+)"', source))

    assert verbs
    assert {f"question_group.{verb}" for verb in verbs} <= set(audit_words.ACTIONS)


@pytest.mark.parametrize(
    ("details", "told"),
    [
        ({}, ""),
        ({"from": None, "to": None, "areas": ["11074"], "personal": False}, "xã, phường: Xã Tứ Kỳ"),
        ({"from": "2026-11-01", "to": "2026-11-30"}, "từ: 01/11/2026; đến: 30/11/2026"),
        ({"from": "11074", "to": "11020"}, "từ: Xã Tứ Kỳ; đến: Xã Yết Kiêu"),
        ({"kind": "proposal", "category": "housing"}, "loại: Kiến nghị; lĩnh vực: Nhà ở"),
        ({"fields": ["role"], "role": "leader"}, "mục: vai trò; vai trò: Lãnh đạo"),
        ({"assignee": 7}, "người làm: Phạm Thị Hạnh"),
        ({"by": "invite"}, "bằng cách: liên kết mời"),
        ({"personal": True}, "kèm họ tên, số điện thoại: có"),
        ({"fields": ["title", "answer"], "revision": 3}, "mục: tiêu đề, Câu trả lời; bản sửa số: 3"),
        ({"fields": ["map_link", "seats"]}, "mục: đường dẫn bản đồ, số chỗ"),
        ({"fields": ["2026-10-05.answer"]}, "mục: Bản từ 05/10/2026 · Câu trả lời"),
        ({"topic": "bhyt", "answered": True}, "chủ đề: Bảo hiểm y tế; đang chờ trả lời: có"),
    ],
)
def test_the_log_is_told_in_words_and_leaves_out_what_is_empty(
    known: audit_words.Known, details: dict[str, JSON], told: str
) -> None:
    assert known.tell(details) == told


@pytest.mark.parametrize(
    ("kind", "subject", "told"),
    [
        ("export", "feedback", "số liệu Phản ánh, kiến nghị"),
        ("office", "11074", "nơi tiếp dân Xã Tứ Kỳ"),
        ("topic", "bhyt", "chủ đề Bảo hiểm y tế"),
        ("official", "7", "Phạm Thị Hạnh"),
        ("official", "8", "tài khoản số 8"),
        ("person", "-", "không có ai cho số này"),
        ("case", "12", "hồ sơ số 12"),
    ],
)
def test_the_log_names_what_an_action_was_done_to(
    known: audit_words.Known, kind: str, subject: str, told: str
) -> None:
    assert known.subject(kind, subject) == told


@pytest.fixture(scope="module")
def known() -> audit_words.Known:
    """Words for what the entries of these tests name."""
    return audit_words.Known(
        area_name(areas.load(areas.SHIPPED)), {"7": "Phạm Thị Hạnh"}, {"bhyt": "Bảo hiểm y tế"}
    )
