"""Signing in and out: who gets in, for how long, and what stops those who guess."""

from handlers.officials import Role
from tests.console.conftest import Console
from tests.console.officials import words_of


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
    await console.add(Role.ADMIN, username="hanh")
    browser = console.browser()

    wrong = await browser.sign_in("hanh", "not the password")
    unknown = await browser.sign_in("nobody", "not the password")

    assert wrong.status == unknown.status == 422
    assert words_of(wrong.text) == words_of(unknown.text)
    assert 'value="hanh"' in wrong.text
    assert "not the password" not in wrong.text
