"""Receiving by webhook: proof of origin, 200 only for what is committed, and a registration that holds."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer, unused_port
from yarl import URL

from bot.channels.base import NotNow, State
from bot.channels.http import MAX_CALL_BYTES
from bot.channels.telegram.channel import TelegramChannel, TelegramSettings
from bot.channels.telegram.webhook import SECRET_HEADER
from tests.channels.test_telegram_polling import SHORT
from tests.fakes.telegram_reception import RecordingReception
from tests.fakes.telegram_server import TOKEN, FakeTelegram, Fault

SECRET = "only-telegram_knows"
PACE = replace(SHORT, webhook_info_s=0.01)
UPDATE = {
    "update_id": 9,
    "message": {"message_id": 1, "date": 1, "chat": {"id": 1001, "type": "private"}, "text": "chào"},
}

Post = Callable[..., Awaitable[tuple[int, str | None]]]


@pytest.fixture
async def fake() -> AsyncIterator[FakeTelegram]:
    async with FakeTelegram() as fake:
        yield fake


@pytest.fixture
def reception() -> RecordingReception:
    return RecordingReception()


@pytest.fixture
def url() -> str:
    return f"http://127.0.0.1:{unused_port()}/webhooks/telegram"


@pytest.fixture
async def channel(
    fake: FakeTelegram, reception: RecordingReception, url: str
) -> AsyncIterator[TelegramChannel]:
    """Its route is served, by a web server whose body limit is made for pictures; it is not started yet."""
    settings = TelegramSettings(TOKEN, "webhook", fake.url, url, SECRET)
    channel = TelegramChannel(settings, reception, lambda: datetime.now(UTC), pace=PACE)
    app = web.Application(client_max_size=50_000_000)
    app.add_routes(channel.routes())
    server = TestServer(app, port=URL(url).port)
    await server.start_server()
    yield channel
    await channel.stop()
    await channel.close()
    await server.close()


@pytest.fixture
async def post(channel: TelegramChannel, url: str) -> AsyncIterator[Post]:
    """Call the webhook as anybody can; returns the status and Retry-After."""
    async with aiohttp.ClientSession() as session:

        async def post(body: object = UPDATE, secret: str | None = SECRET) -> tuple[int, str | None]:
            headers = {"Content-Type": "application/json"}
            if secret is not None:
                headers[SECRET_HEADER] = secret
            data = body if isinstance(body, bytes) else json.dumps(body).encode()
            async with session.post(url, data=data, headers=headers) as response:
                return response.status, response.headers.get("Retry-After")

        yield post


@pytest.mark.parametrize("secret", [None, "", "wrong", SECRET + "x", SECRET[:-1], "bí mật"])
async def test_without_the_secret_nothing_is_read(
    post: Post, reception: RecordingReception, secret: str | None
) -> None:
    assert await post(b"{ not even json", secret) == (403, None)
    assert await post(UPDATE, secret) == (403, None)
    assert reception.received == []


async def test_polling_channel_takes_nothing_by_webhook(
    fake: FakeTelegram, reception: RecordingReception
) -> None:
    """No secret is set: an empty one must not match an empty header."""
    channel = TelegramChannel(TelegramSettings(TOKEN, api_url=fake.url), reception, lambda: datetime.now(UTC))
    app = web.Application()
    app.add_routes(channel.routes())
    async with TestServer(app) as server, aiohttp.ClientSession() as session:
        for headers in ({}, {SECRET_HEADER: ""}):
            async with session.post(
                server.make_url("/webhooks/telegram"), json=UPDATE, headers=headers
            ) as response:
                assert response.status == 403
    await channel.close()


async def test_committed_then_200(post: Post, reception: RecordingReception) -> None:
    reception.hold("1001")
    posting = asyncio.create_task(_as_task(post()))
    await reception.until(lambda: reception.at_work("1001") == 1)
    assert not posting.done()

    reception.let_go("1001")
    assert await posting == (200, None)
    assert reception.texts == ["chào"]


async def test_redelivery_is_200_again(post: Post, reception: RecordingReception) -> None:
    assert [await post(), await post()] == [(200, None)] * 2
    assert reception.texts == ["chào"]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b"[]",
        b"null",
        b'"text"',
        b"{}",
        b'{"update_id": "9"}',
        b'{"update_id": 1.5}',
        b'{"update_id": true}',
        b'{"update_id": -1}',
        b'{"update_id": ' + b"9" * 5000 + b"}",
        b"[" * 200_000,
    ],
)
async def test_what_is_no_update_is_400(post: Post, reception: RecordingReception, body: bytes) -> None:
    assert await post(body) == (400, None)
    assert reception.received + reception.ignored == []


async def test_body_over_a_megabyte_is_413(post: Post) -> None:
    padded = json.dumps({**UPDATE, "x": "y" * MAX_CALL_BYTES}).encode()
    assert await post(padded) == (413, None)


async def test_body_over_a_megabyte_without_a_length_is_413(channel: TelegramChannel, url: str) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(20):
            yield b" " * 100_000

    async with (
        aiohttp.ClientSession() as session,
        session.post(url, data=pieces(), headers={SECRET_HEADER: SECRET}) as response,
    ):
        assert response.status == 413


async def test_body_of_just_a_megabyte_is_taken(post: Post, reception: RecordingReception) -> None:
    body = json.dumps(UPDATE).encode()
    assert await post(body + b" " * (MAX_CALL_BYTES - len(body))) == (200, None)
    assert reception.texts == ["chào"]


@pytest.mark.parametrize(
    "update",
    [
        {"update_id": 9, "message": {"text": "no chat"}},
        {"update_id": 9, "message": []},
        {"update_id": 9, "callback_query": {"id": "1"}},
        {"update_id": 9, "future_kind": {}},
        {"update_id": 9, "edited_message": UPDATE["message"]},
    ],
)
async def test_what_means_nothing_to_us_is_remembered_and_200(
    post: Post, reception: RecordingReception, update: dict[str, object]
) -> None:
    """Anything but 200 makes Telegram repeat it for a day, and blocks the chat meanwhile."""
    assert await post(update) == (200, None)
    assert reception.ignored == ["123456:9"]
    assert reception.received == []


async def test_not_now_is_503_with_retry_after(post: Post, reception: RecordingReception) -> None:
    reception.refusals = [NotNow()]

    assert await post() == (503, "2")
    assert await post() == (200, None)
    assert reception.texts == ["chào"]


async def test_failing_reception_is_503_and_gives_up_at_last(
    post: Post, reception: RecordingReception
) -> None:
    reception.refusals = [RuntimeError("bug") for _ in range(5)]

    assert [(await post())[0] for _ in range(5)] == [503, 503, 503, 503, 200]
    assert reception.ignored == ["123456:9"]


async def test_after_stop_nothing_is_taken(
    post: Post, channel: TelegramChannel, reception: RecordingReception
) -> None:
    await channel.stop()

    assert await post() == (503, "2")
    assert reception.received == []


async def test_stop_waits_for_what_is_in_hand(
    post: Post, channel: TelegramChannel, reception: RecordingReception
) -> None:
    reception.hold("1001")
    posting = asyncio.create_task(_as_task(post()))
    await reception.until(lambda: reception.at_work("1001") == 1)
    stopping = asyncio.create_task(channel.stop())
    await asyncio.sleep(0)
    assert not stopping.done()

    reception.let_go("1001")
    await stopping
    assert await posting == (200, None)


async def test_press_and_message_come_through_telegram(
    fake: FakeTelegram, channel: TelegramChannel, reception: RecordingReception, url: str
) -> None:
    """With the secret that was registered, for the kinds we know, and nothing pending dropped."""
    fake.user(1001).say("viết lúc bot tắt")
    await channel.start()
    await reception.until(lambda: len(reception.received) == 1)
    fake.user(1001).press_data("1:ask:yes")
    await reception.until(lambda: len(reception.received) == 2)
    await fake.until(lambda: len(fake.answered_presses) == 1 and len(fake.commands) == 2 and not fake.pending)

    said, pressed = reception.received
    assert (said.address, "1:ask:yes") == (pressed.address, pressed.payload)
    registered = fake.called("setWebhook")[0].params
    assert (url, SECRET) == (registered["url"], registered["secret_token"])
    assert registered["allowed_updates"] == ["message", "edited_message", "callback_query", "my_chat_member"]
    assert "drop_pending_updates" not in registered
    assert fake.called("getUpdates") == []
    assert State.OK is channel.health().state


async def test_telegram_repeats_what_we_could_not_store(
    fake: FakeTelegram, channel: TelegramChannel, reception: RecordingReception
) -> None:
    reception.refusals = [NotNow(), NotNow()]
    person = fake.user(1001)
    for text in ("một", "hai", "ba"):
        person.say(text)
    await channel.start()
    await fake.until(lambda: fake.webhook is not None and not fake.pending)

    assert reception.texts == ["một", "hai", "ba"]
    assert fake.webhook_answers == [503, 503, 200, 200, 200]


@pytest.mark.parametrize(
    ("fault", "state"),
    [
        (Fault(drop=True), State.UNREACHABLE),
        (Fault(code=502, body="<html>"), State.UNREACHABLE),
        (Fault(code=401), State.REFUSED),
        (Fault(code=400, description="Bad Request: bad webhook: HTTPS url must be provided"), State.REFUSED),
    ],
)
async def test_registration_is_tried_until_it_holds(
    fake: FakeTelegram, channel: TelegramChannel, fault: Fault, state: State
) -> None:
    fake.script("setWebhook", replace(fault, times=-1))
    await channel.start()
    await fake.until(lambda: len(fake.called("setWebhook")) >= 2)
    assert state is channel.health().state

    fake.mend()
    await fake.until(lambda: bool(fake.called("getWebhookInfo")))
    assert fake.webhook is not None
    assert State.OK is channel.health().state


async def test_webhook_that_somebody_removed_is_set_again(
    fake: FakeTelegram, channel: TelegramChannel, url: str
) -> None:
    """Otherwise we would be deaf without a sign."""
    await channel.start()
    await fake.until(lambda: bool(fake.called("getWebhookInfo")))
    await fake._delete_webhook({})
    await fake.until(lambda: len(fake.called("setWebhook")) == 2)

    assert fake.webhook is not None
    assert url == fake.webhook.url


async def test_waiting_updates_and_last_error_are_known(
    fake: FakeTelegram, channel: TelegramChannel, reception: RecordingReception
) -> None:
    assert (channel.pending_updates, channel.last_webhook_error_at) == (None, None)
    reception.refusals = [NotNow()]
    fake.user(1001).say("chào")
    await channel.start()
    await fake.until(lambda: 503 in fake.webhook_answers and not fake.pending)
    seen = len(fake.called("getWebhookInfo"))
    await fake.until(lambda: len(fake.called("getWebhookInfo")) >= seen + 2)

    assert channel.pending_updates == 0
    assert channel.last_webhook_error_at is not None
    assert channel.last_webhook_error_at.tzinfo is not None


async def test_server_without_webhook_info_is_no_trouble(
    fake: FakeTelegram, channel: TelegramChannel
) -> None:
    fake.script("getWebhookInfo", Fault(code=404, times=-1))
    await channel.start()
    await fake.until(lambda: len(fake.called("getWebhookInfo")) >= 2)

    assert State.OK is channel.health().state


async def _as_task(posted: Awaitable[tuple[int, str | None]]) -> tuple[int, str | None]:
    return await posted
