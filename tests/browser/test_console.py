"""The console in a real browser: nothing breaks the security policy, and nothing typed is lost."""

import pytest
from playwright.async_api import Page

from handlers import accounts
from handlers.officials import Role
from tests.browser.conftest import Open
from tests.console.conftest import Console, book, console, small, sqlite
from tests.console.officials import PASSWORD

__all__ = ["book", "console", "small", "sqlite"]


async def sign_in(page: Page) -> None:
    """Fill in the sign-in that is shown."""
    await page.fill("[name=username]", "hanh")
    await page.fill("[name=password]", PASSWORD)
    await page.click("main button")


@pytest.mark.parametrize("javascript", [True, False])
async def test_every_screen_works_on_a_phone_with_and_without_scripts(
    visit: Open, console: Console, javascript: bool
) -> None:
    await console.add(Role.ADMIN, username="hanh")
    opened = await visit(
        f"http://127.0.0.1:{console.server.port}/console/officials", width=320, java_script_enabled=javascript
    )
    page = opened.page
    await sign_in(page)
    await page.wait_for_url("**/console/officials")

    for path in (
        "",
        "/officials",
        "/officials/new",
        "/officials/1",
        "/audit",
        "/audit/verify",
        "/account",
        "/settings",
        "/zalo",
    ):
        await page.goto(f"http://127.0.0.1:{console.server.port}/console{path}")
        box = await page.locator("main").bounding_box()
        assert box is not None
        assert box["width"] <= 320, path
        assert await page.evaluate("document.documentElement.scrollWidth") <= 320, path
    assert {url.split("/")[2] for url in opened.requests} == {f"127.0.0.1:{console.server.port}"}


@pytest.mark.parametrize("javascript", [True, False])
async def test_on_a_phone_the_menu_is_one_line_until_it_is_opened(
    visit: Open, console: Console, javascript: bool
) -> None:
    await console.add(Role.ADMIN, username="hanh")
    opened = await visit(
        f"http://127.0.0.1:{console.server.port}/console", width=360, java_script_enabled=javascript
    )
    page = opened.page
    await sign_in(page)
    entry = page.get_by_role("link", name="Nhật ký")
    top = await page.locator("main").bounding_box()

    assert top is not None
    assert top["y"] <= 64
    assert not await entry.is_visible()
    await page.get_by_text("Mục: Tổng quan").click()
    name = await page.get_by_role("link", name="Cán bộ hanh").bounding_box()
    assert name is not None
    assert name["height"] <= 40, "on one line, not letter below letter"
    await entry.click()

    await page.wait_for_url("**/console/audit")
    assert await page.get_by_text("Mục: Nhật ký").is_visible()


async def test_on_a_desk_the_menu_is_always_there(visit: Open, console: Console) -> None:
    await console.add(Role.ADMIN, username="hanh")
    opened = await visit(f"http://127.0.0.1:{console.server.port}/console", width=1366)
    await sign_in(opened.page)

    assert await opened.page.get_by_role("link", name="Nhật ký").is_visible()
    assert await opened.page.get_by_role("button", name="Đăng xuất").is_visible()
    assert not await opened.page.get_by_text("Mục: Tổng quan").is_visible()


async def test_what_was_typed_is_there_again_after_the_session_ended(visit: Open, console: Console) -> None:
    who = await console.add(Role.ADMIN, username="hanh")
    opened = await visit(f"http://127.0.0.1:{console.server.port}/console/officials/new")
    page = opened.page
    await sign_in(page)
    await page.wait_for_url("**/officials/new")
    await page.fill("[name=name]", "Trần Văn An, cán bộ mới")
    await page.fill("[name=username]", "van.an")
    await page.select_option("[name=role]", "viewer")
    await console.database.write(accounts.sign_out, who, console.now)

    await page.click("main form button")
    await page.wait_for_url("**/console/login**")
    await sign_in(page)
    await page.wait_for_url("**/officials/new")

    assert await page.input_value("[name=name]") == "Trần Văn An, cán bộ mới"
    assert await page.input_value("[name=role]") == "viewer"
    await page.reload()
    assert await page.input_value("[name=name]") == ""


async def test_the_first_tab_leads_past_the_menu(visit: Open, console: Console) -> None:
    opened = await visit(f"http://127.0.0.1:{console.server.port}/console/login")

    await opened.page.keyboard.press("Tab")

    assert await opened.page.evaluate("document.activeElement.className") == "skip"
