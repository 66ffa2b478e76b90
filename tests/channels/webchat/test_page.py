"""The page, with scripts and without."""

from handlers.messages import Button, Outbound
from tests.channels.webchat.served import Chat


async def test_page_is_small_and_needs_nobody_else(chat: Chat) -> None:
    page = await (await chat.client.get("/")).text()
    assert "Chào &amp; mời &lt;hỏi&gt;" in page
    assert "style=" not in page
    assert "<script>" not in page
    sizes = [len(page.encode())]
    for name in ("chat.css", "chat.js"):
        path = page.split(f"/static/{name}", 1)[1].split('"', 1)[0]
        answer = await chat.client.get(f"/static/{name}{path}")
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        sizes.append(len(await answer.read()))
    assert sum(sizes) < 30_000


async def test_page_shows_what_was_said_as_text(chat: Chat) -> None:
    evil = "<img src=x onerror=alert(1)>"
    buttons = (
        Button(evil, f'1:"{evil}', None),
        Button("xấu", None, "javascript:alert(1)"),
        Button("tốt", None, "https://a.vn/?a=1&b"),
    )
    chat.memory.answers[evil] = [Outbound(f"Tên mục\n\n{evil}", buttons)]
    await chat.say(evil)
    page = await (await chat.client.get("/")).text()
    assert "<img" not in page
    assert "javascript:" not in page
    assert 'href="https://a.vn/?a=1&amp;b" target="_blank" rel="noopener noreferrer">tốt</a>' in page
    assert "<strong>Tên mục</strong>" in page
    assert page.count("&lt;img src=x") == 4


async def test_press_without_words_is_not_shown(chat: Chat) -> None:
    await chat.say("", payload="1:menu:start")
    page = await (await chat.client.get("/")).text()
    assert 'class="m me"' not in page
    assert 'id="hello"' not in page


async def test_page_opens_while_the_database_is_away(chat: Chat) -> None:
    await chat.say("a")
    chat.memory.busy = True
    answer = await chat.client.get("/")
    assert answer.status == 200


# -- without scripts


def _once(page: str) -> str:
    return page.split('name="once" value="', 1)[1].split('"', 1)[0]


async def test_form_works_without_scripts(chat: Chat) -> None:
    once = _once(await (await chat.client.get("/")).text())
    answer = await chat.client.post("/", data={"text": "bhyt", "once": once}, allow_redirects=False)
    assert (answer.status, answer.headers["Location"]) == (303, "/#end")
    page = await (await chat.client.get("/")).text()
    assert "bhyt" in page
    assert "Nhà nước đóng đủ 100%" in page
    assert 'name="payload" value="1:ask:more:1"' in page
    await chat.client.post("/", data={"text": "", "payload": "1:ask:more:1", "once": _once(page)})
    assert chat.memory.received[1].payload == "1:ask:more:1"


async def test_form_sent_twice_is_one_message_and_another_text_is_another(chat: Chat) -> None:
    once = _once(await (await chat.client.get("/")).text())
    for text in ("a", "a", "b"):
        await chat.client.post("/", data={"text": text, "once": once})
    assert [i.text for i in chat.memory.received] == ["a", "b"]


async def test_form_that_is_refused_keeps_what_was_typed(chat: Chat) -> None:
    await chat.client.get("/")
    chat.memory.busy = True
    answer = await chat.client.post("/", data={"text": "câu <hỏi>"})
    page = await answer.text()
    assert answer.status == 503
    assert ">câu &lt;hỏi&gt;</textarea>" in page
    assert "Máy chủ đang bận" in page
