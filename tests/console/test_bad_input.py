"""What no browser sends is refused clearly, as a page, and never as a traceback."""

import aiohttp
import pytest

from handlers.officials import Role
from tests.console.conftest import Console
from tests.console.officials import token_in

FORM = "application/x-www-form-urlencoded"


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"username=%ff%fe&password=%00", FORM, 403),
        (b"\xff\xfe\x00" * 100, FORM, 400),
        (b"--x\r\n\r\nno end", "multipart/form-data; boundary=x", 400),
        (b"nothing of the kind", "multipart/form-data", 400),
        (b'{"username": "hanh"}', "application/json", 403),
        (b"a=b", f"{FORM}; charset=no-such", 400),
        (b"", FORM, 403),
        (rb"username=\ud800&password=\udfff", f"{FORM}; charset=unicode_escape", 403),
    ],
)
async def test_a_body_that_is_no_form(console: Console, body: bytes, kind: str, status: int) -> None:
    url = f"http://127.0.0.1:{console.server.port}/console/login"
    async with (
        aiohttp.ClientSession() as session,
        session.post(url, data=body, headers={"Content-Type": kind}) as answer,
    ):
        page = await answer.text()

    assert answer.status == status, page
    assert page.startswith("<!doctype html>")


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH"])
async def test_other_methods_are_refused(console: Console, method: str) -> None:
    admin = await console.sign_in(Role.ADMIN)
    url = f"http://127.0.0.1:{console.server.port}/console/officials"
    cookies = {c.key: c.value for c in admin.cookies()}
    async with (
        aiohttp.ClientSession(cookies=cookies) as session,
        session.request(method, url) as answer,
    ):
        assert answer.status == 405
        assert "Không làm được như vậy" in await answer.text()


@pytest.mark.parametrize("cookie", ["x", ".", "W10=.x", "%00", "{}." + "x" * 43])
async def test_a_forged_word_after_a_change_is_not_shown(console: Console, cookie: str) -> None:
    browser = console.browser()
    browser.keep("hc_console_flash", cookie)

    page = await browser.get("/login")

    assert page.status == 200
    assert 'class="flash"' not in page.text


async def test_a_view_that_fails_shows_what_to_do(
    console: Console, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    admin = await console.sign_in(Role.ADMIN)

    def fails(*_: object) -> None:
        raise RuntimeError("secret of the inside")

    monkeypatch.setattr("storage.officials.list_accounts", fails)
    answer = await admin.get("/officials")

    assert answer.status == 500
    assert "Có lỗi ở phía chúng tôi" in answer.text
    assert "secret of the inside" not in answer.text
    assert "console request failed" in caplog.text


@pytest.mark.parametrize("path", ["/questions", "/cases"])
@pytest.mark.parametrize("place", ["0001-01-01T00:00:00+07:00_5", "9999-12-31T23:59:59-07:00_5"])
async def test_a_place_in_a_list_beyond_all_time_is_its_beginning(
    console: Console, path: str, place: str
) -> None:
    officer = await console.sign_in(Role.OFFICER)

    assert (await officer.get(path, before=place, after=place)).status == 200


@pytest.mark.parametrize("referer", ["http://[", "//[x", "\x00", "http://example.org/console/officials"])
async def test_a_form_sent_after_the_session_ended_leads_to_the_sign_in(
    console: Console, referer: str
) -> None:
    """Where the form stood is what the browser says, and anything may say it."""
    url = f"http://127.0.0.1:{console.server.port}/console/officials/new"
    headers = {"Referer": referer.replace("\0", "%00")}
    async with (
        aiohttp.ClientSession() as session,
        session.post(url, headers=headers, allow_redirects=False) as answer,
    ):
        assert answer.status == 303
        assert answer.headers["Location"].startswith("/console/login")


async def test_half_a_letter_in_a_form_is_no_fault_of_ours(console: Console) -> None:
    """Some encodings let a browser, or somebody, send what no database can keep."""
    admin = await console.sign_in(Role.ADMIN)
    token = token_in((await admin.get("/account")).text)
    body = f"csrf={token}&username=hanh.tuky&name=H\\ud800nh&role=leader&area_code=\\udfff"
    url = f"http://127.0.0.1:{console.server.port}/console/officials/new"
    cookies = {c.key: c.value for c in admin.cookies()}
    async with (
        aiohttp.ClientSession(cookies=cookies) as session,
        session.post(
            url,
            data=body.encode(),
            headers={"Content-Type": f"{FORM}; charset=unicode_escape"},
            allow_redirects=False,
        ) as answer,
    ):
        assert answer.status in (303, 400, 422)
