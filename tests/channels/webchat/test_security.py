"""Other sites' requests, and what browsers are told to allow."""

import pytest
from aiohttp import web

from bot.channels.webchat.security import secure
from tests.channels.webchat.served import EVENTS, MESSAGES, Chat, Serve


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "https://evil.example", "Sec-Fetch-Site": "same-origin"}, 403),
        ({"Origin": "https://xa.example.vn", "Sec-Fetch-Site": "cross-site"}, 403),
        ({"Origin": "http://ours.example:8080"}, 200),
        ({"Origin": "https://xa.example.vn"}, 200),
        ({"Sec-Fetch-Site": "same-origin"}, 200),
        ({"Sec-Fetch-Site": "none"}, 200),
    ],
)
async def test_other_sites_are_refused(serve: Serve, headers: dict[str, str], status: int) -> None:
    chat = await serve(public_url="http://ours.example:8080/", embed_origins=("https://xa.example.vn",))
    assert await chat.status(json={"text": "a"}, headers=headers) == status
    for path in (MESSAGES, EVENTS):
        async with chat.client.get(path, headers=headers) as answer:
            assert (answer.status == 403) == (status == 403)
    assert (await chat.client.get("/", headers=headers)).status == 200


async def test_our_origin_is_also_the_host_the_browser_names(chat: Chat) -> None:
    headers = {"Host": "192.168.1.7:8080", "Origin": "http://192.168.1.7:8080"}
    assert await chat.status(json={"text": "a"}, headers=headers) == 200


async def test_form_of_another_site_is_refused(chat: Chat) -> None:
    """A browser names the origin "null" when a page with our referrer policy sends a form, ours too."""
    for headers, status in (
        ({"Origin": "null", "Sec-Fetch-Site": "same-origin"}, 303),
        ({"Origin": "null", "Sec-Fetch-Site": "cross-site"}, 403),
        ({"Origin": "https://evil.example"}, 403),
    ):
        answer = await chat.client.post("/", data={"text": "a"}, headers=headers, allow_redirects=False)
        assert answer.status == status


# -- headers


async def test_every_response_has_the_security_headers(serve: Serve) -> None:
    chat = await serve(embed_origins=("https://xa.example.vn", "https://phuong.example.vn"))
    await chat.say("a")
    csp = (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors https://xa.example.vn https://phuong.example.vn"
    )
    for method, path in (
        ("GET", "/"),
        ("POST", "/"),
        ("GET", "/embed.js"),
        ("GET", "/static/chat.css"),
        ("GET", "/static/chat.js"),
        ("GET", MESSAGES),
        ("POST", MESSAGES),
        ("GET", EVENTS),
        ("GET", EVENTS + "?after=x"),
    ):
        async with chat.client.request(method, path) as answer:
            assert answer.headers["Content-Security-Policy"] == csp, path
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            assert answer.headers["Referrer-Policy"] == "no-referrer"
            assert "camera=()" in answer.headers["Permissions-Policy"]


async def test_nobody_may_frame_the_page_by_default(chat: Chat) -> None:
    answer = await chat.client.get("/")
    assert answer.headers["Content-Security-Policy"].endswith("frame-ancestors 'none'")


def test_secure_keeps_what_a_response_says_already() -> None:
    response = secure(web.json_response({}, headers={"Referrer-Policy": "same-origin"}))
    assert response.headers["Referrer-Policy"] == "same-origin"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Content-Security-Policy"].endswith("frame-ancestors 'none'")
