"""The web chat on another site."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.browser.conftest import Open, Site
from tests.browser.test_chat_page import Q

NAMES = "Object.keys(window).filter(name => isNaN(name))"  # a frame is a number
Host = tuple[str, Callable[[str], None]]


@pytest.fixture
async def embedded(host_page: Host, tmp_path: Path) -> AsyncIterator[Site]:
    """A web chat that the other site may show."""
    site = Site(tmp_path, embed_origins=(host_page[0],))
    await site.start()
    host_page[1](site.url)
    yield site
    await site.kill()


async def test_panel_opens_answers_and_closes(embedded: Site, host_page: Host, visit: Open) -> None:
    visited = await visit(host_page[0], 1366, 768)
    page = visited.page
    names = await page.evaluate(NAMES)
    opener = page.get_by_role("button", name="Hỏi đáp chính sách")
    box = await opener.bounding_box()
    assert box is not None
    assert min(box["width"], box["height"]) >= 56
    assert not any(url == embedded.url + "/" for url in visited.requests)  # not before it is asked for
    await opener.click()
    dialog = page.get_by_role("dialog", name="Hỏi đáp chính sách")
    await expect(dialog.get_by_role("button", name="Đóng")).to_be_focused()
    chat = page.frame_locator("iframe[title='Hỏi đáp chính sách']")
    await chat.get_by_role("textbox").fill(Q)
    await chat.get_by_role("textbox").press("Enter")
    await expect(chat.get_by_text("Nhà nước đóng đủ 100%")).to_be_visible()
    assert len(embedded.memory.received) == 2
    await chat.get_by_role("textbox").press("Escape")  # pressed inside the frame
    await expect(dialog).to_be_hidden()
    await expect(opener).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(chat.get_by_text("Nhà nước đóng đủ 100%")).to_be_visible()
    await page.keyboard.press("Escape")  # pressed on the site
    await expect(dialog).to_be_hidden()
    await opener.click()
    await dialog.get_by_role("button", name="Đóng").click()
    await expect(dialog).to_be_hidden()
    assert await page.evaluate(NAMES) == names


async def test_panel_fills_a_phone_and_keeps_the_focus(embedded: Site, host_page: Host, visit: Open) -> None:
    page = (await visit(host_page[0], 360, 640)).page
    await page.get_by_role("button", name="Hỏi đáp chính sách").click()
    dialog = page.get_by_role("dialog", name="Hỏi đáp chính sách")
    assert await dialog.bounding_box() == {"x": 0, "y": 0, "width": 360, "height": 640}
    await expect(page.frame_locator("iframe").get_by_role("textbox")).to_be_in_viewport(ratio=1)
    assert await dialog.evaluate("el => el.matches(':modal')")
    await page.keyboard.press("Escape")
    await expect(dialog).to_be_hidden()
    await expect(page.get_by_role("button", name="Hỏi đáp chính sách")).to_be_focused()


async def test_site_that_may_not_show_it_gets_nothing(site: Site, host_page: Host, visit: Open) -> None:
    host_page[1](site.url)
    visited = await visit(host_page[0], 1366, 768)
    await visited.page.get_by_role("button", name="Hỏi đáp chính sách").click()
    await visited.page.wait_for_timeout(500)
    assert await visited.page.frames[1].locator("#text").count() == 0
    assert any("frame-ancestors" in problem for problem in visited.problems)
    visited.problems.clear()
