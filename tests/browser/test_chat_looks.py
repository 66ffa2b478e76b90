"""The web chat on small screens, with large letters, in the dark, for a screen reader; and what it weighs."""

import pytest
from playwright.async_api import Page, expect

from handlers.messages import Button, Outbound
from tests.browser.conftest import Open, Site
from tests.browser.test_chat_page import answered, bubbles, send

LARGE_TEXT = "document.documentElement.style.fontSize = '225%'"  # twice the page's own 112.5 %
WIDTHS = "[document.documentElement.scrollWidth, document.getElementById('main').scrollWidth, innerWidth]"
LONG = Outbound(
    "Chọn nơi ở\n\nhttps://dichvucong.example.vn/" + "x" * 120,
    (
        *(Button(f"Xã Nguyễn Lương Bằng – Thanh Tân thứ {n}", f"1:c:{n}", None) for n in range(12)),
        Button("Xem trang của Uỷ ban", None, "https://a.example.vn/"),
    ),
)
# The contrast of every text on the page with what lies behind it, as WCAG 2 counts it.
CONTRASTS = """() => {
  const lum = (c) => { const [r, g, b] = c.map(v => (v /= 255) <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4);
    return .2126 * r + .7152 * g + .0722 * b; };
  const rgba = (s) => s.match(/[\\d.]+/g).map(Number);
  const behind = (el) => { for (; el; el = el.parentElement) {
    const c = rgba(getComputedStyle(el).backgroundColor);
    if (c.length < 4 || c[3] > 0) return c.slice(0, 3); }
    return [255, 255, 255]; };
  const found = {};
  for (const el of document.querySelectorAll('h1, p, strong, button, a, textarea, .s')) {
    if (!el.offsetParent) continue;
    const style = getComputedStyle(el, el.tagName === 'TEXTAREA' ? '::placeholder' : null);
    const [a, b] = [lum(rgba(style.color).slice(0, 3)), lum(behind(el))].sort((x, y) => y - x);
    found[el.tagName + '.' + el.className + '#' + el.id] = (a + .05) / (b + .05);
  }
  return found; }"""


async def full(site: Site, page: Page) -> None:
    """Bring everything that can be drawn onto the page."""
    await send(page, "cho hỏi")
    await answered(page)
    site.memory.answers["dài"] = [LONG]
    await send(page, "dài")
    await expect(page.get_by_role("button", name="thứ 11")).to_be_attached()
    await page.route("**/api/chat/messages", lambda route: route.abort())
    await send(page, "không gửi được")
    await expect(page.get_by_role("button", name="Gửi lại")).to_be_visible()


async def test_nothing_scrolls_sideways_at_320_px_with_letters_twice_as_large(
    site: Site, visit: Open
) -> None:
    page = (await visit(site.url, 320, 568)).page
    await full(site, page)
    await page.evaluate(LARGE_TEXT)
    assert set(await page.evaluate(WIDTHS)) == {320}
    await expect(page.get_by_role("textbox")).to_be_in_viewport(ratio=1)
    await expect(page.get_by_role("button", name="Gửi", exact=True)).to_be_in_viewport(ratio=1)
    assert await page.get_by_role("textbox").evaluate("el => el.offsetHeight > 70 && el.offsetWidth > 200")


async def test_box_grows_and_stays_in_view_over_a_keyboard(site: Site, visit: Open) -> None:
    page = (await visit(site.url, 360, 640)).page
    await send(page, "cho hỏi")
    await answered(page)
    small = await page.get_by_role("textbox").evaluate("el => el.offsetHeight")
    await page.get_by_role("textbox").fill("một\nhai\nba")
    assert await page.get_by_role("textbox").evaluate("el => el.offsetHeight") > small + 20
    await page.get_by_role("textbox").fill("dòng\n" * 60)
    await page.set_viewport_size({"width": 360, "height": 320})
    for role in ("textbox", "button"):
        box = page.get_by_role("textbox") if role == "textbox" else page.locator("#send")
        await expect(box).to_be_in_viewport(ratio=1)
    assert await page.evaluate("document.getElementById('main').clientHeight") > 100


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_contrast_is_enough(site: Site, visit: Open, scheme: str) -> None:
    page = (await visit(site.url, color_scheme=scheme)).page
    await full(site, page)
    dark = await page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(18, 22, 20)"
    assert dark == (scheme == "dark")
    contrasts = await page.evaluate(CONTRASTS)
    assert len(contrasts) > 8
    assert {name: value for name, value in contrasts.items() if value < 4.5} == {}


async def test_everything_pressed_is_large_enough(site: Site, visit: Open) -> None:
    page = (await visit(site.url)).page
    await full(site, page)
    small = await page.locator("button, a, textarea").evaluate_all(
        "all => all.filter(e => e.offsetParent && (e.offsetHeight < 44 || e.offsetWidth < 44)).map(e => e.innerText)"
    )
    assert small == []
    assert await page.evaluate("parseFloat(getComputedStyle(document.body).fontSize)") >= 17


async def test_newest_buttons_fill_a_phone_and_older_ones_are_quieter(site: Site, visit: Open) -> None:
    page = (await visit(site.url)).page
    await send(page, "cho hỏi")
    await answered(page)
    button = page.get_by_role("button", name="Có ích")
    assert await button.evaluate("el => el.offsetWidth") > 300
    await send(page, "câu nữa")
    await answered(page, 2)
    assert await button.first.evaluate("el => el.offsetWidth") < 150


async def test_screen_reader_finds_names_roles_and_states(site: Site, visit: Open) -> None:
    page = (await visit(site.url)).page
    await full(site, page)
    assert await page.evaluate("document.documentElement.lang") == "vi"
    log = page.get_by_role("log", name="Cuộc trò chuyện")
    await expect(log).to_have_attribute("aria-live", "polite")
    await expect(page.get_by_role("textbox", name="Câu hỏi của bà con")).to_be_visible()
    await expect(page.get_by_role("heading", level=1, name="Hai Chiều")).to_have_count(1)
    await expect(page.get_by_role("main")).to_have_count(1)
    nameless = await page.locator("button, a, textarea, iframe").evaluate_all(
        "all => all.filter(e => !(e.innerText || e.labels && e.labels[0] && e.labels[0].innerText)).length"
    )
    assert nameless == 0
    who = await page.locator("#log .t .vh").all_inner_texts()
    assert {w.strip() for w in who} == {"Hai Chiều:", "Bà con:"}
    assert await page.locator("#dots").get_attribute("aria-hidden") == "true"
    await expect(page.locator("#status")).to_have_text("Chưa gửi được.")
    assert await page.locator("#status").get_attribute("role") == "status"


async def test_waiting_is_shown_and_told(site: Site, visit: Open) -> None:
    page = (await visit(site.url)).page
    await send(page, "cho hỏi")
    await answered(page)
    site.memory.answering.clear()
    await send(page, "câu chậm")
    await expect(page.locator("#dots")).to_be_in_viewport()
    await expect(page.locator("#status")).to_have_text("Máy đang trả lời…")
    await expect(page.get_by_text("Đang gửi…")).to_be_visible()
    site.memory.answering.set()
    await answered(page, 2)
    await expect(page.locator("#dots")).to_be_hidden()
    await expect(page.locator("#status")).to_have_text("")


async def test_url_button_opens_elsewhere_and_safely(site: Site, visit: Open) -> None:
    site.memory.answers["dài"] = [LONG]
    page = (await visit(site.url)).page
    await send(page, "dài")
    link = page.get_by_role("link", name="Xem trang của Uỷ ban")
    await expect(link).to_have_attribute("target", "_blank")
    await expect(link).to_have_attribute("rel", "noopener noreferrer")
    await expect(link).to_have_attribute("href", "https://a.example.vn/")


async def test_page_weighs_little_and_asks_nobody_else(site: Site, visit: Open) -> None:
    visited = await visit("about:blank")
    sizes: list[int] = []
    visited.page.on("requestfinished", lambda request: weighed.append(request))
    weighed: list[object] = []
    await visited.page.goto(site.url)
    await send(visited.page, "cho hỏi")
    await answered(visited.page)
    for name in ("/", "/static/chat.css", "/static/chat.js"):
        answer = await visited.page.request.get(site.url + name)
        sizes.append(len(await answer.body()))
    assert sum(sizes) < 60_000
    asked = [url for url in visited.requests if not url.startswith("data:") and url != "about:blank"]
    assert {url.split("/", 3)[2] for url in asked} == {site.url.split("/")[2]}


async def test_texts_from_both_sides_stay_texts(site: Site, visit: Open) -> None:
    evil = '<img src=x onerror="window.hit=1"><script>window.hit=1</script>'
    bad = (Button(evil, '1:"><b>', None), Button("xấu", None, "javascript:window.hit=1"))
    site.memory.answers[evil] = [Outbound(f"Tên\n\n{evil}", bad)]
    page = (await visit(site.url)).page
    await send(page, evil)
    await expect(page.locator("#log button", has_text="<img")).to_be_visible()
    await page.locator("#log button", has_text="<img").click()
    await answered(page)
    for drawn_by in ("script", "server"):
        assert await page.locator("#log img, #log script, #log b, #log a").count() == 0, drawn_by
        assert await page.evaluate("window.hit") is None
        assert (await bubbles(page)).count(f"+{evil[:25]}") == 2
        await page.reload()
