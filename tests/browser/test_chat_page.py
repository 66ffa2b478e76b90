"""The web chat as a resident uses it: first contact, a bad network, a reload, a restart."""

import asyncio
import json

from playwright.async_api import Page, Route, expect

from handlers.messages import Outbound
from tests.browser.conftest import GREETING, Open, Site
from tests.browser.memory import ANSWER, HELLO, THANKS

Q = "ho can ngheo co dc bhyt k"


async def send(page: Page, text: str) -> None:
    await page.get_by_role("textbox").fill(text)
    await page.get_by_role("textbox").press("Enter")


async def bubbles(page: Page) -> list[str]:
    """The first words of each bubble, from the top; "+" for what the person said."""
    found: list[str] = await page.locator("#log .m").evaluate_all(
        """all => all.map(m => (m.matches('.me') ? '+' : '')
            + [...m.querySelector('.t').childNodes].slice(1).map(n => n.textContent).join('').slice(0, 25))"""
    )
    return [text.split("\n")[0].strip() for text in found]


def first(said: Outbound) -> str:
    return said.text.split("\n")[0][:25].strip()


async def answered(page: Page, times: int = 1) -> None:
    await expect(page.locator("#log .m.bot", has_text="Nhà nước đóng đủ 100%")).to_have_count(times)


async def test_first_contact_and_one_question(site: Site, visit: Open) -> None:
    """The greeting that stands on the page becomes the first message; nothing is shown twice."""
    page = (await visit(site.url)).page
    assert await bubbles(page) == [GREETING[:25]]
    await send(page, Q)
    await answered(page)
    assert await bubbles(page) == [first(HELLO), f"+{Q}", first(ANSWER)]
    assert [i.payload or i.text for i in site.memory.received] == ["1:menu:start", Q]
    await expect(page.get_by_role("textbox")).to_be_focused()
    await expect(page.get_by_role("textbox")).to_have_value("")
    await expect(page.locator("#log .s")).to_have_count(0)


async def test_begin_button_brings_the_greeting_with_its_topics(site: Site, visit: Open) -> None:
    page = (await visit(site.url)).page
    await page.get_by_role("button", name="Xem các mục thường hỏi").click()
    await expect(page.get_by_role("button", name="Cách dùng")).to_be_visible()
    assert await bubbles(page) == [first(HELLO)]
    site.memory.answers["1:menu:help"] = [THANKS]
    await page.get_by_role("button", name="Cách dùng").click()
    await expect(page.locator("#log .m")).to_have_count(3)
    assert await bubbles(page) == [first(HELLO), "+Cách dùng", first(THANKS)]


async def test_long_answer_is_shown_from_its_beginning(site: Site, visit: Open) -> None:
    page = (await visit(site.url, height=480)).page
    await send(page, Q)
    await answered(page)
    top = await page.locator("#log .me").evaluate("el => el.getBoundingClientRect().top")
    assert 0 <= top < 60


async def test_keyboard_alone_is_enough(site: Site, visit: Open) -> None:
    """From the top: the greeting's button, the box, sending, then the answer's buttons in order."""
    site.memory.answers["1:ask:helped:1:y"] = [THANKS]
    page = (await visit(site.url, 1366, 768)).page
    order = []
    for _ in range(4):
        await page.keyboard.press("Tab")
        order.append(await page.evaluate("document.activeElement.innerText || document.activeElement.id"))
    assert order == ["Xem các mục thường hỏi", "text", "photo", "Gửi"]
    for _ in range(2):
        await page.keyboard.press("Shift+Tab")
    await page.keyboard.type("dòng một")
    await page.keyboard.press("Shift+Enter")
    await page.keyboard.type("dòng hai")
    await page.keyboard.press("Enter")
    await answered(page)
    assert site.memory.received[1].text == "dòng một\ndòng hai"
    for label in ("Chưa đúng ý", "Có ích"):
        await page.keyboard.press("Shift+Tab")
        assert await page.evaluate("document.activeElement.innerText") == label
    await page.keyboard.press("Enter")
    await expect(page.locator("#log .m").last).to_contain_text(THANKS.text)
    assert await page.evaluate("document.activeElement.innerText") == "Có ích"
    assert (await bubbles(page))[-2:] == ["+Có ích", first(THANKS)]


async def test_enter_that_ends_a_vietnamese_syllable_does_not_send(site: Site, visit: Open) -> None:
    page = (await visit(site.url)).page
    await page.get_by_role("textbox").fill("chính sa")
    await page.get_by_role("textbox").dispatch_event(
        "keydown", {"key": "Enter", "isComposing": True, "bubbles": True}
    )
    await expect(page.get_by_role("textbox")).to_have_value("chính sa")


async def test_reload_keeps_everything_and_doubles_nothing(site: Site, visit: Open) -> None:
    page = (await visit(site.url)).page
    await send(page, Q)
    await answered(page)
    before = await bubbles(page)
    for _ in range(2):
        await page.reload()
        await answered(page)
        assert await bubbles(page) == before
    await send(page, "câu nữa")
    await answered(page, 2)
    assert await bubbles(page) == [*before, "+câu nữa", first(ANSWER)]
    assert len(site.memory.received) == 3


async def test_server_that_dies_before_answering_loses_and_doubles_nothing(site: Site, visit: Open) -> None:
    page = (await visit(site.url)).page
    await send(page, "câu đầu")
    await answered(page)
    site.memory.answering.clear()
    await send(page, Q)
    while len(site.memory.received) < 3:  # accepted …
        await asyncio.sleep(0.01)
    await site.kill()  # … and the answer is lost
    await expect(page.get_by_text("Chưa gửi được.").last).to_be_visible()
    site.memory.answering.set()
    await site.start()
    await answered(page, 2)
    await expect(page.locator("#log .s")).to_have_count(0)
    assert (await bubbles(page))[1:] == ["+câu đầu", first(ANSWER), f"+{Q}", first(ANSWER)]
    assert len(site.memory.received) == 3


async def test_reload_after_the_server_died_shows_the_message_once(site: Site, visit: Open) -> None:
    """The history has it already, and the page still keeps it: one bubble, and its answer once."""
    page = (await visit(site.url)).page
    await send(page, "câu đầu")
    await answered(page)
    site.memory.answering.clear()
    await send(page, Q)
    await send(page, "và câu này")
    while len(site.memory.received) < 3:
        await asyncio.sleep(0.01)
    await site.kill()
    await site.start()
    await page.reload()
    await expect(page.get_by_text("Đang gửi…").first).to_be_visible()
    assert (await bubbles(page))[-3:] == [f"+{Q}", first(ANSWER), "+và câu này"]
    site.memory.answering.set()
    await answered(page, 3)
    await expect(page.locator("#log .s")).to_have_count(0)
    expected = ["+câu đầu", first(ANSWER), f"+{Q}", first(ANSWER), "+và câu này", first(ANSWER)]
    assert (await bubbles(page))[1:] == expected
    assert len(site.memory.received) == 4
    assert await page.evaluate("localStorage.length") == 0


async def test_secret_that_the_server_hides_does_not_double_the_message(site: Site, visit: Open) -> None:
    """What is stored may differ from what was typed; the answer tells that it is the same message."""
    page = (await visit(site.url)).page
    await send(page, "câu đầu")
    await answered(page)
    site.memory.answering.clear()
    await send(page, "ma OTP 123456")
    while len(site.memory.received) < 3:
        await asyncio.sleep(0.01)
    await site.kill()
    site.memory.answering.set()
    site.memory.rewrite("ma OTP 123456", "ma OTP ******")
    await site.start()
    await page.reload()
    await answered(page, 2)
    await expect(page.locator("#log .s")).to_have_count(0)
    assert [b for b in await bubbles(page) if b.startswith("+")] == ["+câu đầu", "+ma OTP ******"]


async def test_unsent_message_can_be_sent_again_and_survives_a_reload(site: Site, visit: Open) -> None:
    page = (await visit(site.url)).page
    await send(page, "câu đầu")
    await answered(page)
    await page.route("**/api/chat/messages", lambda route: route.abort())
    await send(page, Q)
    await expect(page.get_by_role("button", name="Gửi lại")).to_be_visible()
    await expect(page.get_by_text("Mất mạng. Tin sẽ được gửi khi có mạng lại.")).to_be_visible()
    await page.reload()
    await expect(page.get_by_role("button", name="Gửi lại")).to_be_visible()
    assert (await bubbles(page))[-1] == f"+{Q}"
    await page.unroute("**/api/chat/messages")
    await page.get_by_role("button", name="Gửi lại").click()
    await answered(page, 2)
    await expect(page.get_by_role("button", name="Gửi lại")).to_have_count(0)
    await expect(page.get_by_text("Mất mạng.")).to_be_hidden()
    assert [i.text for i in site.memory.received if i.text] == ["câu đầu", Q]


async def test_messages_written_offline_go_out_in_order_when_the_network_is_back(
    site: Site, visit: Open
) -> None:
    page = (await visit(site.url)).page
    await page.context.set_offline(True)
    await expect(page.get_by_text("Mất mạng.")).to_be_visible()
    for text in ("một", "hai", "ba"):
        await send(page, text)
    await expect(page.get_by_text("Chưa gửi được.").first).to_be_visible()
    await page.context.set_offline(False)
    await answered(page, 3)
    assert [i.payload or i.text for i in site.memory.received] == ["1:menu:start", "một", "hai", "ba"]
    said = [b for b in await bubbles(page) if b.startswith("+")]
    assert said == ["+một", "+hai", "+ba"]
    assert (await bubbles(page))[:3] == [first(HELLO), "+một", first(ANSWER)]


async def test_busy_server_is_asked_again_by_itself(site: Site, visit: Open) -> None:
    page = (await visit(site.url)).page
    site.memory.busy = True
    await send(page, Q)
    await expect(page.get_by_text("Chưa gửi được.").first).to_be_visible()
    site.memory.busy = False
    await answered(page)
    assert len(site.memory.received) == 2


async def test_refusal_is_final_and_says_why(site: Site, visit: Open) -> None:
    page = (await visit(site.url)).page
    await send(page, "câu đầu")
    await answered(page)

    async def refuse(route: Route) -> None:
        await route.fulfill(status=400, json={"error": "Tin này hỏng rồi."})

    await page.route("**/api/chat/messages", refuse)
    await send(page, Q)
    await expect(page.locator("#log .bad")).to_contain_text("Tin này hỏng rồi.")
    await page.unroute("**/api/chat/messages")
    await send(page, "câu sau")
    await answered(page, 2)
    assert [i.text for i in site.memory.received if i.text] == ["câu đầu", "câu sau"]


async def test_login_page_of_a_hotspot_is_not_an_answer(site: Site, visit: Open) -> None:
    page = (await visit(site.url)).page
    await page.route("**/api/chat/messages", lambda r: r.fulfill(status=200, body="<html>Đăng nhập WiFi"))
    await send(page, Q)
    await expect(page.get_by_role("button", name="Gửi lại")).to_be_visible()
    await page.unroute("**/api/chat/messages")
    await page.get_by_role("button", name="Gửi lại").click()
    await answered(page)


async def test_double_tap_is_one_message(site: Site, visit: Open) -> None:
    page = (await visit(site.url)).page
    await page.get_by_role("button", name="Xem các mục thường hỏi").dblclick()
    await expect(page.get_by_role("button", name="Cách dùng")).to_be_visible()
    await page.get_by_role("button", name="Cách dùng").dblclick()
    await answered(page)
    await page.get_by_role("textbox").fill(Q)
    await page.get_by_role("button", name="Gửi", exact=True).dblclick()
    await answered(page, 2)
    assert [i.payload or i.text for i in site.memory.received] == ["1:menu:start", "1:menu:help", Q]


async def test_second_tap_after_a_quick_answer_is_the_same_press(site: Site, visit: Open) -> None:
    page = (await visit(site.url)).page
    await send(page, Q)
    await answered(page)
    await page.get_by_role("button", name="Có ích").evaluate(
        """async (button) => { const all = document.getElementsByClassName('bot'), before = all.length;
            button.click();
            while (all.length === before) await new Promise(go => setTimeout(go, 5));
            button.click(); }"""
    )
    await page.get_by_role("button", name="Xem thêm").first.click()  # another button is another press
    await answered(page, 3)
    assert [i.payload for i in site.memory.received[2:]] == ["1:ask:helped:1:y", "1:ask:more:1"]


async def test_buttons_of_older_messages_still_work(site: Site, visit: Open) -> None:
    page = (await visit(site.url)).page
    await send(page, Q)
    await send(page, "câu nữa")
    await answered(page, 2)
    await page.get_by_role("button", name="Xem thêm").first.click()
    await answered(page, 3)
    assert site.memory.received[-1].payload == "1:ask:more:1"


async def test_later_message_appears_without_a_reload_and_once_after_a_reconnect(
    site: Site, visit: Open
) -> None:
    page = (await visit(site.url)).page
    await send(page, Q)
    await answered(page)
    me = site.memory.people[0]
    site.memory.say_later(me, "Cán bộ xã trả lời đây")
    await expect(page.get_by_text("Cán bộ xã trả lời đây")).to_be_visible()
    await site.kill()
    site.memory.say_later(me, "Lúc mất mạng")
    await site.start()
    await expect(page.get_by_text("Lúc mất mạng")).to_be_visible()
    await send(page, "cảm ơn")
    await answered(page, 2)
    await page.reload()
    for text in ("Cán bộ xã trả lời đây", "Lúc mất mạng"):
        await expect(page.get_by_text(text)).to_have_count(1)


async def test_later_message_is_not_passed_over_by_an_answer_that_came_first(site: Site, visit: Open) -> None:
    """The stream was away, an official wrote, and then a question was answered: a higher id, but not all below it."""
    page = (await visit(site.url)).page
    await send(page, "câu đầu")
    await answered(page)
    await page.route("**/api/chat/events*", lambda route: route.fulfill(status=503))
    site.memory.say_later(site.memory.people[0], "đã có")
    await expect(page.get_by_text("đã có")).to_be_visible()
    await site.kill()
    site.memory.say_later(site.memory.people[0], "Cán bộ viết lúc mất mạng")
    await site.start()
    await page.wait_for_event("response", lambda response: "events" in response.url)
    await send(page, Q)
    await answered(page, 2)
    await page.unroute("**/api/chat/events*")
    await expect(page.get_by_text("Cán bộ viết lúc mất mạng")).to_be_visible()


async def test_reader_who_scrolled_up_is_not_moved(site: Site, visit: Open) -> None:
    page = (await visit(site.url)).page
    for n in range(3):
        await send(page, f"câu {n}")
    await answered(page, 3)
    await page.evaluate("document.getElementById('main').scrollTop = 40")
    await page.wait_for_timeout(100)
    site.memory.say_later(site.memory.people[0], "Tin mới của cán bộ")
    await expect(page.get_by_role("button", name="Có tin mới")).to_be_visible()
    assert await page.evaluate("document.getElementById('main').scrollTop") == 40
    await page.get_by_role("button", name="Có tin mới").click()
    await expect(page.get_by_text("Tin mới của cán bộ")).to_be_in_viewport()
    await expect(page.get_by_role("button", name="Có tin mới")).to_be_hidden()


async def test_another_session_does_not_send_what_was_left(site: Site, visit: Open) -> None:
    """Two people use one phone: what the first could not send is not said in the second one's name."""
    page = (await visit(site.url)).page
    await page.route("**/api/chat/messages", lambda route: route.abort())
    await send(page, "chuyện nhà tôi")
    await expect(page.get_by_role("button", name="Gửi lại")).to_be_visible()
    await page.unroute("**/api/chat/messages")
    await page.context.clear_cookies()
    await page.reload()
    await send(page, Q)
    await answered(page)
    assert "chuyện nhà tôi" not in json.dumps([i.text for i in site.memory.received], ensure_ascii=False)


async def test_works_without_scripts(site: Site, visit: Open) -> None:
    page = (await visit(site.url, java_script_enabled=False)).page
    await page.get_by_role("textbox").fill(Q)
    await page.get_by_role("button", name="Gửi", exact=True).click()
    await expect(page.get_by_text("Nhà nước đóng đủ 100%")).to_be_visible()
    site.memory.answers["1:ask:helped:1:y"] = [THANKS]
    await page.get_by_role("button", name="Có ích").click()
    await expect(page.get_by_text(THANKS.text)).to_be_in_viewport()
    assert [i.payload or i.text for i in site.memory.received] == [Q, "1:ask:helped:1:y"]
