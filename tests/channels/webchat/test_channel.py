"""The channel and its API: what goes in, what is answered, what can be read again."""

import pytest

from bot.channels.base import Failure, SendFailed, State
from handlers.messages import Button, Outbound
from tests.browser.memory import ANSWER, HELLO
from tests.channels.webchat.served import EVENTS, MESSAGES, Chat


async def test_channel_carries_everything_whole_and_sends_nothing(chat: Chat) -> None:
    long = Outbound("a" * 20_000, (Button("Có", "1:x:y", None),))
    assert chat.web_chat.name == "web"
    assert chat.web_chat.shape(long) == [long]
    assert chat.web_chat.health().state is State.OK
    with pytest.raises(SendFailed) as failed:
        await chat.web_chat.send("x", long)
    assert failed.value.kind is Failure.REFUSED


# -- messages in


async def test_answer_has_exactly_the_published_shape(chat: Chat) -> None:
    chat.memory.answers["x"] = [
        Outbound("Hai dòng\nđây", (Button("Có", "1:a:b", None), Button("Trang", None, "https://a.vn/")))
    ]
    await chat.say("đầu tiên")
    assert await chat.say("x") == {
        "messages": [
            {
                "id": 5,
                "text": "Hai dòng\nđây",
                "buttons": [{"label": "Có", "payload": "1:a:b"}, {"label": "Trang", "url": "https://a.vn/"}],
                "attachments": [],
                "from": "bot",
                "at": "2026-11-23T08:00:00+00:00",
            }
        ]
    }


async def test_inbound_carries_session_number_and_time(chat: Chat) -> None:
    await chat.say("  a\u0300 được\x00 \r\n", client_id="n-1")
    inbound = chat.memory.received[0]
    # The session is who somebody is, and the ids of what came in are kept in plain: it does not stand in them.
    assert inbound.external_id.endswith(":n-1")
    assert chat.me.value not in inbound.external_id
    assert (inbound.text, inbound.payload, inbound.at) == ("à được", None, chat.clock())
    await chat.say("b")
    label, _, random = chat.memory.received[1].external_id.partition(":")
    assert inbound.external_id == f"{label}:n-1"
    assert len(random) > 20


async def test_payload_rules_over_text(chat: Chat) -> None:
    await chat.say("bị bỏ qua", payload="1:menu:start")
    assert (chat.memory.received[0].text, chat.memory.received[0].payload) == ("", "1:menu:start")


async def test_repeated_client_id_returns_the_first_answer(chat: Chat) -> None:
    first = await chat.say("a", client_id="same")
    again = await chat.say("a", client_id="same")
    assert first == again
    assert len(chat.memory.received) == 1


async def test_same_client_id_of_two_sessions_is_two_messages(chat: Chat) -> None:
    await chat.say("a", client_id="1")
    chat.client.session.cookie_jar.clear()
    await chat.say("a", client_id="1")
    assert len(chat.memory.received) == 2


async def test_not_now_is_503_with_a_session_to_come_again_with(chat: Chat) -> None:
    chat.memory.busy = True
    answer = await chat.client.post(MESSAGES, json={"text": "a", "client_id": "1"})
    assert (answer.status, answer.headers["Retry-After"]) == (503, "2")
    assert "hc_session" in answer.cookies
    for path in (MESSAGES, EVENTS):
        refused = await chat.client.get(path)
        assert (refused.status, refused.headers["Retry-After"]) == (503, "2")
    chat.memory.busy = False
    await chat.say("a", client_id="1")


# -- history


async def test_history_has_both_sides_in_order(chat: Chat) -> None:
    await chat.say("một")
    body = await (await chat.client.get(MESSAGES)).json()
    assert [(m["from"], m["text"]) for m in body["messages"]] == [
        ("resident", "một"),
        ("bot", HELLO.text),
        ("bot", ANSWER.text),
    ]
    after = await (await chat.client.get(MESSAGES, params={"after": 1, "limit": 1})).json()
    assert [m["id"] for m in after["messages"]] == [2]


async def test_history_without_a_session_is_empty_and_makes_none(chat: Chat) -> None:
    answer = await chat.client.get(MESSAGES)
    assert await answer.json() == {"messages": []}
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize(
    "query",
    ["after=-1", "after=x", "after=", "after=1.5", "after=" + "9" * 30, "limit=0", "limit=101", "limit=x"],
)
async def test_wrong_place_is_400(chat: Chat, query: str) -> None:
    assert (await chat.client.get(f"{MESSAGES}?{query}")).status == 400


async def test_limits_of_history(chat: Chat) -> None:
    for _ in range(60):
        await chat.say("a")
    assert len((await (await chat.client.get(MESSAGES)).json())["messages"]) == 50
    assert len((await (await chat.client.get(f"{MESSAGES}?limit=100")).json())["messages"]) == 100


async def test_what_a_browser_got_is_marked_once_it_was_written(chat: Chat) -> None:
    await chat.say("a")
    assert set(chat.memory.marks) == {2, 3}
    chat.memory.say_later(chat.me, "Cán bộ trả lời")
    await (await chat.client.get(MESSAGES)).read()
    assert set(chat.memory.marks) == {2, 3, 4}
    await (await chat.client.get(MESSAGES, params={"after": 4})).read()
    assert set(chat.memory.marks) == {2, 3, 4}
