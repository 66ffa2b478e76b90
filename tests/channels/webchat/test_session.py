"""Whose a request is: the signed cookie."""

from collections.abc import Callable

import pytest

from tests.channels.webchat.served import MESSAGES, Chat, Serve


async def test_page_gives_a_signed_session_for_a_year(chat: Chat) -> None:
    answer = await chat.client.get("/")
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("hc_session=")
    assert cookie.endswith("; Max-Age=31536000; Path=/; HttpOnly; SameSite=Lax")


@pytest.mark.parametrize(
    ("public_url", "embed", "attributes"),
    [
        ("https://hc.example.vn", (), "; HttpOnly; Secure; SameSite=Lax"),
        (
            "https://hc.example.vn",
            ("https://xa.example.vn",),
            "; HttpOnly; Secure; SameSite=None; Partitioned",
        ),
        ("http://127.0.0.1:8080", ("https://xa.example.vn",), "; HttpOnly; SameSite=Lax"),
    ],
)
async def test_cookie_attributes(
    serve: Serve, public_url: str, embed: tuple[str, ...], attributes: str
) -> None:
    chat = await serve(public_url=public_url, embed_origins=embed)
    answer = await chat.client.get("/")
    assert answer.headers["Set-Cookie"].endswith(attributes)


async def test_first_post_without_a_session_gives_one_and_later_posts_keep_it(chat: Chat) -> None:
    first = await chat.client.post(MESSAGES, json={"text": "a"})
    again = await chat.client.post(MESSAGES, json={"text": "b"})
    assert "hc_session" in first.cookies
    assert "Set-Cookie" not in again.headers
    assert chat.memory.received[0].address == chat.memory.received[1].address
    assert chat.me.channel == "web"
    assert len(chat.me.value) == 22


async def test_session_survives_a_restart_but_not_another_key(serve: Serve) -> None:
    chat = await serve()
    await chat.say()
    cookie = {"Cookie": f"hc_session={_cookie(chat)}"}
    same, other = await serve(), await serve(public_url="http://x.example")
    await same.client.post(MESSAGES, json={"text": "b"}, headers=cookie)
    assert same.me == chat.me
    other.web_chat._sessions._key = b"another" * 5
    await other.client.post(MESSAGES, json={"text": "b"}, headers=cookie)
    assert other.me != chat.me


@pytest.mark.parametrize(
    "forge", [lambda c: c[:-1] + "A", lambda c: "A" + c[1:], lambda c: c[:22], lambda _: "x.y", lambda _: ""]
)
async def test_forged_cookie_is_treated_as_none(chat: Chat, forge: Callable[[str], str]) -> None:
    await chat.say()
    cookie = _cookie(chat)
    forged = forge(cookie)
    if forged == cookie:
        forged = cookie[:-1] + "B"
    chat.client.session.cookie_jar.clear()
    headers = {"Cookie": f"hc_session={forged}"}
    assert await (await chat.client.get(MESSAGES, headers=headers)).json() == {"messages": []}
    answer = await chat.client.post(MESSAGES, json={"text": "x"}, headers=headers)
    assert "hc_session" in answer.cookies
    assert len(chat.memory.people) == 2


def _cookie(chat: Chat) -> str:
    return next(c.value for c in chat.client.session.cookie_jar if c.key == "hc_session")
