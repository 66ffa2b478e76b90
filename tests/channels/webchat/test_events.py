"""The streams of later messages."""

import asyncio
import json

import aiohttp
import pytest

from handlers.messages import Button
from tests.channels.webchat.served import EVENTS, MESSAGES, Chat, Serve


class Stream:
    """Reads Server-Sent Events."""

    def __init__(self, answer: aiohttp.ClientResponse) -> None:
        self.answer = answer

    async def block(self) -> str:
        async with asyncio.timeout(3):
            raw = await self.answer.content.readuntil(b"\n\n")
        return raw.decode().strip()

    async def ended(self) -> bool:
        async with asyncio.timeout(3):
            return await self.answer.content.read() == b""


async def _listen(chat: Chat, query: str = "", headers: dict[str, str] | None = None) -> Stream:
    answer = await chat.client.get(EVENTS + query, headers=headers)
    assert answer.status == 200
    stream = Stream(answer)
    assert await stream.block() == "retry: 3000"
    return stream


async def test_later_message_arrives_with_its_id(chat: Chat) -> None:
    await chat.say("a")
    stream = await _listen(chat)
    message = chat.memory.say_later(chat.me, "Hai dòng\nđây", Button("Có", "1:a:b", None))
    block = await stream.block()
    assert block.startswith(f"id: {message.id}\nevent: message\ndata: ")
    assert json.loads(block.split("data: ")[1]) == {
        "id": message.id,
        "text": "Hai dòng\nđây",
        "buttons": [{"label": "Có", "payload": "1:a:b"}],
        "attachments": [],
        "from": "bot",
        "at": "2026-11-23T08:00:00+00:00",
    }
    assert chat.memory.marks[-1] == message.id


async def test_stream_headers(chat: Chat) -> None:
    await chat.say("a")
    answer = (await _listen(chat)).answer
    assert answer.headers["Content-Type"] == "text/event-stream; charset=utf-8"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Accel-Buffering"] == "no"


async def test_own_answers_are_not_streamed_again(chat: Chat) -> None:
    await chat.say("a")
    stream = await _listen(chat, "?after=0")
    await chat.say("b")
    later = chat.memory.say_later(chat.me, "Tin mới")
    assert (await stream.block()).startswith(f"id: {later.id}\n")


async def test_stream_goes_on_where_the_browser_was(chat: Chat) -> None:
    await chat.say("a")
    first, second = (chat.memory.say_later(chat.me, text) for text in ("một", "hai"))
    for query, headers, expected in (
        ("?after=0", {}, first.id),
        (f"?after={first.id}", {}, second.id),
        ("?after=0", {"Last-Event-ID": str(first.id)}, second.id),
        ("?after=0", {"Last-Event-ID": "rác"}, first.id),
    ):
        stream = await _listen(chat, query, headers)
        assert (await stream.block()).startswith(f"id: {expected}\n"), (query, headers)
        stream.answer.close()
    stream = await _listen(chat)
    newest = chat.memory.say_later(chat.me, "ba")
    assert (await stream.block()).startswith(f"id: {newest.id}\n")


async def test_heartbeat_also_finds_what_another_process_wrote(serve: Serve) -> None:
    chat = await serve(heartbeat_s=0.05)
    await chat.say("a")
    stream = await _listen(chat)
    assert await stream.block() == ":"
    message = chat.memory.say_later(chat.me, "từ tiến trình khác", tell=False)
    while (block := await stream.block()) == ":":
        pass
    assert block.startswith(f"id: {message.id}\n")


async def test_database_away_for_a_while_does_not_end_the_stream(serve: Serve) -> None:
    chat = await serve(heartbeat_s=0.05)
    await chat.say("a")
    stream = await _listen(chat)
    chat.memory.busy = True
    message = chat.memory.say_later(chat.me, "chờ")
    assert await stream.block() == ":"
    chat.memory.busy = False
    while (block := await stream.block()) == ":":
        pass
    assert block.startswith(f"id: {message.id}\n")


async def test_stream_without_a_session_is_204(chat: Chat) -> None:
    assert (await chat.client.get(EVENTS)).status == 204


async def test_wrong_after_of_a_stream_is_400(chat: Chat) -> None:
    await chat.say("a")
    assert (await chat.client.get(f"{EVENTS}?after=x")).status == 400


async def test_fifth_stream_of_a_session_is_429(chat: Chat) -> None:
    await chat.say("a")
    for page in range(4):
        await _listen(chat, f"?page={page}")
    assert (await chat.client.get(EVENTS)).status == 429


async def test_streams_of_many_sessions_leave_connections_for_questions(
    chat: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sessions cost nothing: somebody with many of them gets no further stream, and questions are answered."""
    monkeypatch.setattr("bot.channels.webchat.events.MAX_STREAMS", 3)
    streams = []
    for _ in range(3):
        chat.client.session.cookie_jar.clear()
        await chat.say("a")
        streams.append(await _listen(chat))
    chat.client.session.cookie_jar.clear()
    await chat.say("a")
    refused = await chat.client.get(EVENTS)

    assert (refused.status, refused.headers["Retry-After"]) == (503, "60")
    await chat.say("b")
    streams[0].answer.close()
    async with asyncio.timeout(3):
        while (await chat.client.get(EVENTS)).status != 200:
            await asyncio.sleep(0)


async def test_page_that_asks_again_takes_the_place_of_its_lost_stream(chat: Chat) -> None:
    """A phone that changed its network leaves streams behind that look alive for minutes."""
    await chat.say("a")
    lost = [await _listen(chat, "?page=p") for _ in range(6)]
    assert await lost[0].ended()
    message = chat.memory.say_later(chat.me, "Tin")
    assert (await lost[-1].block()).startswith(f"id: {message.id}\n")


async def test_stop_ends_streams_at_once_and_takes_nothing_more(chat: Chat) -> None:
    await chat.say("a")
    stream = await _listen(chat)
    await chat.web_chat.stop()
    assert await stream.ended()
    assert chat.memory.watched == 0
    answer = await chat.client.post(MESSAGES, json={"text": "a"})
    assert (answer.status, answer.headers["Retry-After"]) == (503, "2")
    assert (await chat.client.get(EVENTS)).status == 503
    await chat.web_chat.close()
