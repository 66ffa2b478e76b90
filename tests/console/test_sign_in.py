"""Signing in and out: who gets in, for how long, and what stops those who guess."""

import asyncio

import pytest

from console.device import name_device
from console.hashing import AT_ONCE, LONGEST_QUEUE
from console.security import local_path
from handlers import accounts
from handlers.officials import Role
from storage import people
from tests.console.conftest import Console, later
from tests.console.officials import PASSWORD, words_of


async def test_right_password_opens_the_console(console: Console) -> None:
    await console.add(Role.ADMIN, username="hanh")
    browser = console.browser()

    answer = await browser.sign_in(" Hanh ")

    assert (answer.status, answer.location) == (303, "/console")
    page = await browser.follow(answer)
    assert page.status == 200
    assert "Cán bộ hanh" in page.text
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


async def test_wrong_password_and_unknown_name_get_the_same_words(console: Console) -> None:
    """At every attempt, the locked ones too: nobody learns which names exist."""
    await console.add(Role.ADMIN, username="hanh")
    browser = console.browser()

    for number in range(7):
        wrong = await browser.sign_in("hanh", "not the password")
        unknown = await browser.sign_in("nobody", "not the password")

        assert wrong.status == unknown.status == 422
        assert words_of(wrong.text) == words_of(unknown.text), number
        assert 'value="hanh"' in wrong.text
        assert "not the password" not in wrong.text


async def test_a_locked_account_opens_again_by_itself(console: Console) -> None:
    await console.add(Role.ADMIN, username="hanh")
    browser = console.browser()
    for _ in range(5):
        await browser.sign_in("hanh", "not the password")

    locked = await browser.sign_in("hanh")
    console.now = later(minutes=1)
    opened = await browser.sign_in("hanh")

    assert locked.status == 422
    assert "thử lại sau 1 phút" in locked.text
    assert opened.status == 303


async def test_thirty_sign_ins_at_once_leave_the_service_answering(console: Console) -> None:
    """Some are checked, the rest are told to come back; none of those uses up an attempt."""
    await console.add(Role.ADMIN, username="hanh")
    browsers = [console.browser() for _ in range(30)]
    tokens = [await browser.get("/login") for browser in browsers]
    assert all(t.status == 200 for t in tokens)

    flood = [asyncio.create_task(b.sign_in(f"nobody-{n}", "x" * 12)) for n, b in enumerate(browsers)]
    beside = await console.browser().get("/login")
    answers = await asyncio.gather(*flood)

    assert beside.status == 200
    statuses = [answer.status for answer in answers]
    assert set(statuses) == {422, 429}
    assert statuses.count(422) >= AT_ONCE + LONGEST_QUEUE
    refused = next(answer for answer in answers if answer.status == 429)
    assert "thử lại sau" in refused.text
    assert refused.headers["Retry-After"]


async def test_a_page_asked_for_before_is_opened_after(console: Console) -> None:
    await console.add(Role.ADMIN, username="hanh")
    browser = console.browser()

    asked = await browser.get("/audit", action="case")
    login = await browser.follow(asked)
    answer = await browser.sign_in("hanh", next="/console/audit?action=case")

    assert asked.location == "/console/login?next=/console/audit?action%3Dcase"
    assert 'name="next" value="/console/audit?action=case"' in login.text
    assert answer.location == "/console/audit?action=case"


@pytest.mark.parametrize(
    "path",
    ["https://evil.vn", "//evil.vn", "/\\evil.vn", "/console//evil.vn", "/console\\@evil.vn", "/consoleevil", "javascript:x",
     "/console/a\r\nSet-Cookie: x", "/", "/console/" + "a" * 600],
)  # fmt: skip
async def test_it_never_leads_elsewhere(console: Console, path: str) -> None:
    await console.add(Role.ADMIN, username="hanh")

    answer = await console.browser().sign_in("hanh", next=path)

    assert local_path(path) is None
    assert answer.location == "/console"


async def test_signing_out_ends_the_session_not_just_the_cookie(console: Console) -> None:
    browser = await console.sign_in(Role.ADMIN)
    (cookie,) = [c for c in browser.cookies() if c.key == "hc_console"]

    answer = await browser.post("/logout")
    thief = console.browser()
    thief.keep("hc_console", cookie.value)

    assert "Đã đăng xuất" in (await browser.follow(answer)).text
    assert (await thief.get("/account")).status == 303


@pytest.mark.parametrize("value", ["", "x" * 43, "a.b", "'; --", "0" * 4000])
async def test_forged_sessions_are_nobody(console: Console, value: str) -> None:
    browser = console.browser()
    browser.keep("hc_console", value)

    assert (await browser.get("/account")).status == 303


@pytest.mark.parametrize(("hours", "status"), [(7.9, 200), (8, 303)])
async def test_idle_for_a_working_day_signs_out(console: Console, hours: float, status: int) -> None:
    browser = await console.sign_in(Role.ADMIN)
    console.now = later(hours=hours)

    assert (await browser.get("/account")).status == status


async def test_an_official_disabled_in_mid_session_is_out_at_the_next_request(console: Console) -> None:
    browser = await console.sign_in(Role.OFFICER)
    token = (await browser.get("/account")).text
    assert browser.official is not None
    await console.database.write(accounts.disable, None, browser.official.id, console.now)

    assert (await browser.get("/account")).status == 303
    assert (await browser.post("/account/code", csrf=token[:43])).status == 303
    refused = await browser.sign_in(browser.official.username)
    assert refused.status == 422


async def test_a_changed_role_counts_at_the_next_request(console: Console) -> None:
    admin, leader = await console.sign_in(Role.ADMIN), await console.sign_in(Role.LEADER)
    assert leader.official is not None
    assert (await leader.get("/audit")).status == 200

    await admin.post(f"/officials/{leader.official.id}", name="Lãnh Đạo", role="viewer", area_code="")

    assert (await leader.get("/audit")).status == 403


async def test_the_token_of_another_session_is_refused(console: Console) -> None:
    first, second = await console.sign_in(Role.ADMIN), await console.sign_in(Role.ADMIN)
    page = await first.get("/account")

    answer = await second.post("/account/code", csrf=page.text.partition('name="csrf" value="')[2][:43])

    assert answer.status == 403


async def test_another_site_cannot_sign_somebody_in(console: Console) -> None:
    """Without the sign-in page's own token, an attacker's page could make an officer work in the attacker's account."""
    await console.add(Role.ADMIN, username="hanh")

    answer = await console.browser().post("/login", csrf="", username="hanh", password=PASSWORD)

    assert answer.status == 403


# One's own account ----------------------------------------------------------------------------------------------


async def test_signing_out_everywhere(console: Console) -> None:
    here = await console.sign_in(Role.ADMIN)
    assert here.official is not None
    there = await console.sign_in(here.official)

    await here.post("/account/sessions/end")

    assert [(await b.get("/account")).status for b in (here, there)] == [303, 303]


async def test_one_other_device_is_signed_out_and_nobody_elses(console: Console) -> None:
    here, stranger = await console.sign_in(Role.ADMIN), await console.sign_in(Role.ADMIN)
    assert here.official is not None
    there = await console.sign_in(here.official)

    await here.post("/account/sessions/3/end")
    await here.post("/account/sessions/2/end")

    assert [(await b.get("/account")).status for b in (here, there, stranger)] == [200, 303, 200]


async def test_a_new_password_needs_the_old_one_and_ends_other_sessions(console: Console) -> None:
    here = await console.sign_in(Role.ADMIN)
    assert here.official is not None
    there = await console.sign_in(here.official)
    new = "mot hai ba bon"

    wrong = await here.post("/account/password", current="not this one", password=new, again=new)
    unlike = await here.post("/account/password", current=PASSWORD, password=new, again=new + "x")
    weak = await here.post("/account/password", current=PASSWORD, password="matkhau123", again="matkhau123")
    done = await here.post("/account/password", current=PASSWORD, password=new, again=new)

    assert (wrong.status, unlike.status, weak.status, done.status) == (422, 422, 422, 303)
    assert [(await b.get("/account")).status for b in (here, there)] == [200, 303]
    assert (await console.browser().sign_in(here.official.username)).status == 422
    assert (await console.browser().sign_in(here.official.username, new)).status == 303


async def test_a_chat_code_is_shown_once(console: Console) -> None:
    browser = await console.sign_in(Role.OFFICER)

    shown = await browser.post("/account/code")
    again = await browser.get("/account")

    code = shown.text.partition('class="code">')[2].partition("<")[0]
    assert len(code.removeprefix("liên kết ")) == 8
    assert code not in again.text


@pytest.mark.parametrize(
    ("user_agent", "name"),
    [
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/141.0 Safari/537.36",
            "Chrome, Windows",
        ),
        (
            "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/141.0 Mobile Safari/537.36",
            "Chrome, Android",
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1",
            "Safari, iPhone",
        ),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox, Linux"),
        ("", "Trình duyệt khác, thiết bị khác"),
        ("<script>", "Trình duyệt khác, thiết bị khác"),
    ],
)
def test_devices_are_named_in_a_few_words(user_agent: str, name: str) -> None:
    assert name_device(user_agent) == name


async def test_a_linked_chat_can_be_unlinked_by_whose_it_is_only(console: Console) -> None:
    one, other = await console.sign_in(Role.OFFICER), await console.sign_in(Role.LEADER)
    assert one.official is not None
    address_id = (await console.database.write(people.meet, "telegram", "1", console.now)).address_id
    await console.database.write(accounts.offer_link, one.official, "K7M4XP9R", console.now)
    await console.database.write(accounts.link_chat, "K7M4XP9R", address_id, console.now)
    shown = await one.get("/account")

    strange = await other.post(f"/account/chats/{address_id}/unlink", page="/account")
    assert await console.database.read(accounts.official_at, address_id) == one.official
    done = await one.post(f"/account/chats/{address_id}/unlink", page="/account")
    again = await one.post(f"/account/chats/{address_id}/unlink", page="/account")

    assert "Gỡ liên kết" in shown.text
    assert (strange.status, done.status, again.status) == (404, 303, 404)
    assert "Gỡ liên kết" not in (await one.get("/account")).text
    assert await console.database.read(accounts.official_at, address_id) is None


@pytest.mark.parametrize(
    ("path", "said"), [("invite", "gửi liên kết mới"), ("first", "Quản trị đầu tiên đã được tạo")]
)
async def test_a_link_that_is_over_says_so_and_what_to_do(console: Console, path: str, said: str) -> None:
    answer = await console.browser().get(f"/{path}/{'a' * 43}")

    assert answer.status == 404
    assert said in answer.text
