"""Officers at work in a real browser: on a phone, by keyboard, with pages that stay open."""

import pytest
from playwright.async_api import Page, expect

from handlers.officials import Role
from tests.browser.conftest import Open, Visit
from tests.console.casework import answer, make_case, make_urgent, read_case
from tests.console.conftest import Console, book, console, small, sqlite
from tests.console.officials import PASSWORD

__all__ = ["book", "console", "small", "sqlite"]


async def at_work(visit: Open, console: Console, path: str, **window: object) -> Visit:
    """Return a window of an officer, signed in, at a page."""
    who = await console.add(Role.OFFICER)
    opened = await visit(f"http://127.0.0.1:{console.server.port}/console/login", **window)
    await opened.page.fill("[name=username]", who.username)
    await opened.page.fill("[name=password]", PASSWORD)
    await opened.page.click("main button")
    await opened.page.goto(f"http://127.0.0.1:{console.server.port}/console{path}")
    return opened


async def width_of(page: Page) -> int:
    """Return how wide the page is, with what sticks out."""
    width: int = await page.evaluate("document.documentElement.scrollWidth")
    return width


@pytest.mark.parametrize("javascript", [True, False])
async def test_every_screen_fits_a_phone_with_and_without_scripts(
    visit: Open, console: Console, javascript: bool
) -> None:
    case = await make_case(console, text="từ" * 300, name="x" * 80, urgent="hunger")
    await make_case(console, text="từ" * 300)
    await make_urgent(console, "chữ" * 300)
    opened = await at_work(visit, console, "/cases", width=320, java_script_enabled=javascript)

    for path in (
        "/cases",
        f"/cases/{case.id}",
        f"/cases/{case.id}/slip?words=1",
        "/cases/new",
        "/urgent",
        "/replies",
    ):
        await opened.page.goto(f"http://127.0.0.1:{console.server.port}/console{path}")

        assert await width_of(opened.page) == 320, path


async def test_the_list_is_walked_by_keyboard(visit: Open, console: Console) -> None:
    await make_case(console, text="việc đầu")
    second = await make_case(console, text="việc sau")
    opened = await at_work(visit, console, "/cases", width=1366)
    page = opened.page

    for key in ("j", "j", "j", "k", "j", "Enter"):
        await page.keyboard.press(key)
    await page.wait_for_url(f"**/cases/{second.id}")
    await page.go_back()
    await page.keyboard.press("/")
    await page.keyboard.type("viec dau j")

    assert await page.input_value("[name=q]") == "viec dau j"


async def test_an_open_page_says_by_itself_that_somebody_needs_help(visit: Open, console: Console) -> None:
    opened = await at_work(visit, console, "/cases")
    board = await at_work(visit, console, "/urgent")
    assert not await opened.page.locator(".alarms").is_visible()

    await make_urgent(console, "bố cháu đánh cháu")

    await expect(opened.page.locator(".alarms")).to_contain_text("1 tin nhắn chưa ai nhận")
    await expect(board.page.locator("article")).to_contain_text("bố cháu đánh cháu")
    await board.page.click("text=Tôi đã nhận, đang xử lý")
    await expect(opened.page.locator(".alarms")).to_be_hidden()


@pytest.mark.parametrize("javascript", [True, False])
async def test_an_answer_is_filled_looked_at_and_sent_and_the_second_of_two_loses_no_word(
    visit: Open, console: Console, javascript: bool
) -> None:
    case = await make_case(console)
    colleague = await console.add(Role.OFFICER)
    opened = await at_work(visit, console, f"/cases/{case.id}", java_script_enabled=javascript)
    page = opened.page
    await page.fill("[name=answer]", "Chào bà, mai có tiền.")
    await page.click("text=Xem trước")
    assert "Chào bà, mai có tiền." in await page.inner_text(".preview")
    await answer(console, colleague, case)

    await page.click("text=Gửi trả lời")

    assert colleague.name in await page.inner_text(".notice.warn")
    assert await page.input_value("[name=answer]") == "Chào bà, mai có tiền."
    await page.click("text=Gửi trả lời")
    await page.wait_for_url(f"**/cases/{case.id}")
    assert (await read_case(console, case.id)).version == case.version + 2
