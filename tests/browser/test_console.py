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

    for path in ("", "/officials", "/officials/new", "/officials/1", "/audit", "/audit/verify", "/account"):
        await page.goto(f"http://127.0.0.1:{console.server.port}/console{path}")
        box = await page.locator("main").bounding_box()
        assert box is not None
        assert box["width"] <= 320, path
    assert {url.split("/")[2] for url in opened.requests} == {f"127.0.0.1:{console.server.port}"}


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
