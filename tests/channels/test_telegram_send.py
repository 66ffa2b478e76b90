"""Sending: what reaches the person, and what each failure is called."""

import asyncio
import logging
import socket
import traceback
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from bot.channels.base import Channel, Failure, SendFailed, State
from bot.channels.telegram import api as telegram
from bot.channels.telegram.channel import TelegramChannel, TelegramSettings
from handlers.messages import Button, Outbound
from tests.fakes.telegram_reception import RecordingReception
from tests.fakes.telegram_server import TOKEN, FakeTelegram, Fault

SECRET_HALF = TOKEN.split(":")[1]


@pytest.fixture
async def fake() -> AsyncIterator[FakeTelegram]:
    async with FakeTelegram() as fake:
        yield fake


def channel_to(url: str) -> TelegramChannel:
    settings = TelegramSettings(TOKEN, "polling", url)
    return TelegramChannel(settings, RecordingReception(), lambda: datetime.now(UTC))


@pytest.fixture
async def channel(fake: FakeTelegram) -> AsyncIterator[TelegramChannel]:
    channel = channel_to(fake.url)
    yield channel
    await channel.close()


async def refusal(channel: TelegramChannel, address: str = "1001", text: str = "Chào bà") -> SendFailed:
    with pytest.raises(SendFailed) as caught:
        await channel.send(address, Outbound(text))
    return caught.value


def test_it_is_a_channel(channel: TelegramChannel) -> None:
    as_channel: Channel = channel
    assert as_channel.name == "telegram"


async def test_message_arrives_as_it_was_written(fake: FakeTelegram, channel: TelegramChannel) -> None:
    """Foreign text may hold anything; buttons come a row each."""
    person = fake.user(1001)
    text = 'Hộ <b>nghèo</b> & "cận nghèo" &nbsp; &amp; 🙂'
    buttons = (Button("Có", "1:ask:yes", None), Button("Xem", None, "https://example.org/a?b=1&c=2"))

    message_id = await channel.send("1001", Outbound(text, buttons))

    message = person.received[0]
    assert text == message.text
    assert str(message.message_id) == message_id
    assert message.labels == ["Có", "Xem"]
    assert [len(row) for row in message.params["reply_markup"]["inline_keyboard"]] == [1, 1]
    assert message.params["link_preview_options"] == {"is_disabled": True}
    assert int(message.params["chat_id"]) == 1001


async def test_longest_parts_are_taken(fake: FakeTelegram, channel: TelegramChannel) -> None:
    person = fake.user(1001)
    text = "Câu <này> dài & có 🙂 trong đó. " * 400
    shaped = channel.shape(Outbound(text, (Button("Có", "1:y", None),)))
    for part in shaped:
        await channel.send("1001", part)

    assert len(shaped) == len(person.received) > 2
    assert text.split() == " ".join(message.text for message in person.received).split()
    assert [message.labels for message in person.received if message.buttons] == [["Có"]]
    assert person.received[-1].buttons


@pytest.mark.parametrize("payload", ["", "ế" * 22, None])
async def test_button_we_would_not_know_again_is_never_sent(
    fake: FakeTelegram, channel: TelegramChannel, payload: str | None
) -> None:
    """64 bytes, not characters; never cut."""
    fake.user(1001)
    with pytest.raises(SendFailed) as caught:
        await channel.send("1001", Outbound("Chọn", (Button("Có", payload, None),)))

    assert Failure.REFUSED is caught.value.kind
    assert fake.calls == []


async def test_payload_of_64_bytes_is_sent(fake: FakeTelegram, channel: TelegramChannel) -> None:
    person = fake.user(1001)
    await channel.send("1001", Outbound("Chọn", (Button("Có", "ế" * 21 + "x", None),)))

    assert person.received[0].buttons[0]["callback_data"] == "ế" * 21 + "x"


@pytest.mark.parametrize(
    ("address", "text"), [("1001", " \n"), ("@name", "Chào"), ("", "Chào"), ("1001", "")]
)
async def test_what_cannot_be_sent_is_refused_without_a_call(
    fake: FakeTelegram, channel: TelegramChannel, address: str, text: str
) -> None:
    assert Failure.REFUSED is (await refusal(channel, address, text)).kind
    assert fake.calls == []


async def test_refused_markup_goes_out_as_plain_text(fake: FakeTelegram, channel: TelegramChannel) -> None:
    person = fake.user(1001)
    fake.script(
        "sendMessage", Fault(code=400, description="Bad Request: can't parse entities: byte offset 5")
    )

    await channel.send("1001", Outbound("a < b &amp; c", (Button("Có", "1:y", None),)))

    assert [message.text for message in person.received] == ["a < b &amp; c"]
    assert "parse_mode" not in person.received[0].params
    assert person.received[0].labels == ["Có"]


async def test_refused_markup_is_tried_as_plain_text_once(
    fake: FakeTelegram, channel: TelegramChannel
) -> None:
    fake.user(1001)
    fake.script("sendMessage", Fault(code=400, description="Bad Request: can't parse entities", times=-1))

    assert Failure.REFUSED is (await refusal(channel)).kind
    assert len(fake.calls) == 2


@pytest.mark.parametrize(
    ("fault", "kind", "everybody", "retry_after_s"),
    [
        (Fault(code=403, description="Forbidden: bot was blocked by the user"), Failure.BLOCKED, False, None),
        (Fault(code=403, description="Forbidden: user is deactivated"), Failure.BLOCKED, False, None),
        (Fault(code=400, description="Bad Request: chat not found"), Failure.BLOCKED, False, None),
        (Fault(code=400, description="Bad Request: message is too long"), Failure.REFUSED, False, None),
        (Fault(code=400, description="Bad Request: BUTTON_DATA_INVALID"), Failure.REFUSED, False, None),
        (Fault(code=400, migrate_to=-100), Failure.REFUSED, False, None),
        (Fault(code=413, description="Request Entity Too Large"), Failure.REFUSED, False, None),
        (Fault(code=429, retry_after=7), Failure.THROTTLED, False, 7.0),
        (Fault(code=429, description="Too Many Requests"), Failure.THROTTLED, False, 1.0),
        (Fault(code=429, body="<html>slow down</html>"), Failure.THROTTLED, False, 1.0),
        (Fault(code=401, description="Unauthorized"), Failure.RETRY, True, None),
        (Fault(code=404, description="Not Found"), Failure.RETRY, True, None),
        (Fault(code=500, description="Internal Server Error: restart"), Failure.UNKNOWN, False, None),
        (Fault(code=502, body="<html>Bad Gateway</html>"), Failure.UNKNOWN, False, None),
        (Fault(code=503), Failure.UNKNOWN, False, None),
        (Fault(code=504, accept=True), Failure.UNKNOWN, False, None),
        (Fault(code=200, body="<html>hello</html>"), Failure.UNKNOWN, False, None),
        (Fault(code=200, body='{"ok": true, "result": {}}'), Failure.UNKNOWN, False, None),
        (Fault(code=200, body='{"ok": true}'), Failure.UNKNOWN, False, None),
        (Fault(code=302, body="go away"), Failure.UNKNOWN, False, None),
        (Fault(drop=True, accept=True), Failure.UNKNOWN, False, None),
        (Fault(drop=True), Failure.UNKNOWN, False, None),
    ],
)
async def test_failures(
    fake: FakeTelegram,
    channel: TelegramChannel,
    fault: Fault,
    kind: Failure,
    everybody: bool,
    retry_after_s: float | None,
) -> None:
    """Section 4 of the contract, line by line; the next message goes out as if nothing had been."""
    fake.user(1001)
    fake.script("sendMessage", fault)

    failed = await refusal(channel)

    assert (kind, everybody, retry_after_s) == (failed.kind, failed.everybody, failed.retry_after_s)
    assert await channel.send("1001", Outbound("Chào lại"))


async def test_blocked_and_unknown_people_by_the_servers_own_rules(
    fake: FakeTelegram, channel: TelegramChannel
) -> None:
    fake.user(1001).block()

    assert Failure.BLOCKED is (await refusal(channel, "1001")).kind
    assert Failure.BLOCKED is (await refusal(channel, "1002")).kind


async def test_no_answer_in_time_leaves_it_unknown(
    fake: FakeTelegram, channel: TelegramChannel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The message did arrive: a second one would be a repetition."""
    monkeypatch.setattr(telegram, "CALL_S", 0.1)
    patient = channel_to(fake.url)
    person = fake.user(1001)
    fake.script("sendMessage", Fault(hang=True, accept=True))

    failed = await refusal(patient)
    await patient.close()

    assert (failed.kind, failed.everybody) == (Failure.UNKNOWN, False)
    assert len(person.received) == 1


async def test_refused_connection_is_retried_and_is_a_state(caplog: pytest.LogCaptureFixture) -> None:
    """Logged once, however many messages find out."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        channel = channel_to(f"http://127.0.0.1:{taken.getsockname()[1]}")
        with caplog.at_level(logging.INFO, "bot"):
            first, second = await refusal(channel), await refusal(channel)
    await channel.close()

    assert (first.kind, first.everybody) == (Failure.RETRY, True)
    assert (second.kind, second.everybody) == (Failure.RETRY, True)
    assert State.UNREACHABLE is channel.health().state
    assert len([record for record in caplog.records if record.message == "channel state"]) == 1


async def test_connection_that_nobody_accepts_is_not_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    """A full backlog: the handshake never ends. Nothing was sent, so it may be tried again."""
    monkeypatch.setattr(telegram, "CONNECT_S", 0.1)
    with socket.socket() as deaf, socket.socket() as first, socket.socket() as second:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen(0)
        for filler in (first, second):
            filler.setblocking(False)
            filler.connect_ex(deaf.getsockname())
        channel = channel_to(f"http://127.0.0.1:{deaf.getsockname()[1]}")
        failed = await refusal(channel)
        await channel.close()

    assert (failed.kind, failed.everybody) == (Failure.RETRY, True)


async def test_wrong_token_is_a_state_that_a_success_ends(
    fake: FakeTelegram, channel: TelegramChannel
) -> None:
    fake.user(1001)
    fake.script("sendMessage", Fault(code=401))

    await refusal(channel)
    assert State.REFUSED is channel.health().state

    await channel.send("1001", Outbound("Chào"))
    assert State.REFUSED is not channel.health().state


async def test_128_messages_are_in_flight_at_once(channel: TelegramChannel, fake: FakeTelegram) -> None:
    """The library's own connection pool collapses here: at 80 ms latency 80 messages/s."""
    fake.latency_s, fake.any_chat = 0.08, True

    await asyncio.gather(*(channel.send(str(n), Outbound("Chào")) for n in range(1, 129)))

    assert fake.in_flight_peak == 128


@pytest.mark.parametrize(
    "fault",
    [
        None,
        Fault(drop=True),
        Fault(code=502, body=f"<p>/bot{TOKEN}/sendMessage was not found</p>"),
        Fault(code=200, body=f"/bot{TOKEN}/sendMessage"),
        Fault(code=400, description=f"Bad Request: url https://x.vn/bot{TOKEN}/ 'Chào bà' 1001001"),
    ],
)
async def test_token_address_and_text_are_nowhere(
    fake: FakeTelegram, caplog: pytest.LogCaptureFixture, fault: Fault | None
) -> None:
    """Not in a log line at the most talkative level, a traceback, a repr or the reason officials see."""
    channel = channel_to(fake.url)
    fake.user(1001001)
    if fault is not None:
        fake.script("sendMessage", fault)
    else:
        await fake.stop()
    caplog.set_level(logging.DEBUG)

    failed = await refusal(channel, "1001001")
    await channel.close()

    shown = caplog.text + "".join(traceback.format_exception(failed)) + repr(failed) + repr(vars(channel))
    assert SECRET_HALF not in shown
    for private in ("1001001", "Chào bà", fake.url):
        assert private not in failed.reason


def test_settings_do_not_show_secrets() -> None:
    settings = TelegramSettings(TOKEN, "webhook", webhook_url="https://x.vn/w", webhook_secret="hush")
    assert SECRET_HALF not in repr(settings)
    assert "hush" not in repr(settings)


@pytest.mark.parametrize(
    ("settings", "names"),
    [
        ({"token": "nonsense"}, "TELEGRAM_BOT_TOKEN"),
        ({"token": ""}, "TELEGRAM_BOT_TOKEN"),
        ({"token": TOKEN, "mode": "webhook", "webhook_secret": "s"}, "TELEGRAM_MODE"),
        ({"token": TOKEN, "mode": "webhook", "webhook_url": "https://x"}, "TELEGRAM_WEBHOOK_SECRET"),
        (
            {"token": TOKEN, "mode": "webhook", "webhook_url": "https://x", "webhook_secret": "a b"},
            "TELEGRAM_WEBHOOK_SECRET",
        ),
    ],
)
def test_wrong_settings_are_named_and_not_shown(settings: dict[str, str], names: str) -> None:
    with pytest.raises(ValueError, match=names) as caught:
        TelegramSettings(**settings)  # type: ignore[arg-type]
    assert "nonsense" not in str(caught.value)


async def test_check_asks_once(fake: FakeTelegram, channel: TelegramChannel) -> None:
    health = await channel.check()

    assert (health.state, health.note) == (State.OK, "@hai_chieu_test_bot")
    assert [call.method for call in fake.calls] == ["getMe"]


async def test_check_tells_what_is_wrong(fake: FakeTelegram, channel: TelegramChannel) -> None:
    fake.script("getMe", Fault(code=401), Fault(code=429, retry_after=5), Fault(drop=True))

    states = [(await channel.check()).state for _ in range(3)]

    assert states == [State.REFUSED, State.UNREACHABLE, State.UNREACHABLE]


async def test_check_is_bounded(
    fake: FakeTelegram, channel: TelegramChannel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(telegram, "CHECK_S", 0.05)
    fake.script("getMe", Fault(hang=True))

    assert State.UNREACHABLE is (await channel.check()).state
