"""Pictures in the web chat: chosen, seen at once, sent one after the other, kept while there is no network."""

import io

from PIL import Image
from playwright.async_api import Page, expect

from handlers import file_texts
from tests import samples
from tests.browser.conftest import Open, Site
from tests.browser.test_chat_page import send
from tests.samples import picture

LARGE = picture("JPEG", (4000, 3000))


async def choose(page: Page, *contents: bytes) -> None:
    files = [
        {"name": f"IMG_{n}.jpg", "mimeType": "image/jpeg", "buffer": content}
        for n, content in enumerate(contents)
    ]
    await page.get_by_label("Gửi ảnh").set_input_files(files)  # type: ignore[arg-type]  # a TypedDict


async def greeted(page: Page) -> None:
    await send(page, "bhyt")
    await expect(page.locator("#log .m.me .s")).to_have_count(0)


async def test_picture_is_seen_at_once_and_comes_small(site: Site, visit: Open) -> None:
    page = (await visit(site.url)).page
    await greeted(page)
    await choose(page, LARGE)
    await expect(page.locator(".m.me img")).to_be_visible()
    await expect(page.locator("#log .m.bot")).to_have_count(3)

    (file,) = site.memory.received[-1].files
    assert file.kept is not None
    with Image.open(site.shelf.path(file.kept.file)) as kept:
        assert kept.size == (2048, 1536)
    await page.reload()
    image = page.locator(".m.me img")
    await expect(image).to_be_visible()
    assert await image.evaluate("i => i.decode().then(() => i.naturalWidth)") == 2048
    answer = await page.request.get(site.url + "/api/chat/files/1")
    assert (answer.status, answer.headers["content-type"]) == (200, "image/jpeg")


async def test_several_pictures_come_one_after_the_other_in_their_order(site: Site, visit: Open) -> None:
    page = (await visit(site.url)).page
    await greeted(page)
    sizes = [(600, 100), (100, 600), (300, 300)]
    await choose(page, *(picture("PNG", size) for size in sizes))
    await expect(page.locator(".m.me img")).to_have_count(3)
    await expect(page.locator("#log .m.me .s")).to_have_count(0)
    came = [f.kept for i in site.memory.received[2:] for f in i.files if f.kept]
    assert [(kept.width, kept.height) for kept in came] == sizes


async def test_picture_waits_for_the_network_and_survives_a_reload(site: Site, visit: Open) -> None:
    page = (await visit(site.url)).page
    await greeted(page)
    await choose(page, picture("PNG", (50, 40)))
    await expect(page.locator("#log .m.bot")).to_have_count(3)
    await site.kill()
    await choose(page, picture("PNG", (400, 300)))
    await expect(page.locator(".m.me.bad")).to_contain_text("Chưa gửi được.")
    await site.start()
    await page.reload()
    await expect(page.locator("#log .m.bot")).to_have_count(4)
    await expect(page.locator(".m.me img")).to_have_count(2)
    assert [len(i.files) for i in site.memory.received[2:]] == [1, 1]
    stored = await page.evaluate("Object.keys(localStorage).filter(k => k.startsWith('hc:')).length")
    assert stored == 0


async def test_what_is_refused_is_said_at_the_picture(site: Site, visit: Open) -> None:
    page = (await visit(site.url)).page
    await greeted(page)
    await choose(page, samples.HEIC, picture("PNG", (50, 40)))
    await expect(page.locator(".m.me.bad")).to_contain_text(file_texts.HEIC)
    await expect(page.locator("#log .m.bot")).to_have_count(3)
    assert [len(i.files) for i in site.memory.received[2:]] == [1]


async def test_picture_goes_without_scripts(site: Site, visit: Open) -> None:
    page = (await visit(site.url, 320, 568, java_script_enabled=False)).page
    await choose(page, picture("PNG", (50, 40)))
    await page.get_by_role("textbox").fill("mái nhà dột")
    await page.get_by_role("button", name="Gửi", exact=True).click()
    await expect(page.locator(".m.me img")).to_be_visible()
    (inbound,) = site.memory.received
    assert (inbound.text, len(inbound.files)) == ("mái nhà dột", 1)


async def test_picture_of_somebody_else_is_not_there(site: Site, visit: Open) -> None:
    page = (await visit(site.url)).page
    await greeted(page)
    await choose(page, picture("PNG", (50, 40)))
    await expect(page.locator("#log .m.bot")).to_have_count(3)
    other = (await visit(site.url)).page
    await greeted(other)
    for wanted in ("1", "2", "x", "0", "-1", "9" * 30):
        answer = await other.request.get(f"{site.url}/api/chat/files/{wanted}")
        assert answer.status == 404


async def test_button_fits_a_small_screen(site: Site, visit: Open) -> None:
    page = (await visit(site.url, 320, 568)).page
    boxes = [await page.locator(f).bounding_box() for f in ("#pick", "#text", "#send")]
    assert all(box is not None and box["x"] >= 0 and box["x"] + box["width"] <= 320 for box in boxes)
    assert len({round(box["y"] + box["height"]) for box in boxes if box}) == 1
    assert all(box["width"] >= 44 and box["height"] >= 44 for box in boxes if box)


def test_large_sample_is_large() -> None:
    with Image.open(io.BytesIO(LARGE)) as image:
        assert image.size == (4000, 3000)
