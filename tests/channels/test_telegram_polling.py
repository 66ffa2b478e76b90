"""Receiving by polling: nothing lost, nobody overtaken, every trouble a state."""

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.channels.base import NotNow, SendFailed, State
from bot.channels.telegram.channel import TelegramChannel, TelegramSettings
from bot.channels.telegram.errors import Answered, ApiProblem, Unreachable
from bot.channels.telegram.receiving import Backoff, Intake, Pace, Poller, Stopping, after_trouble
from handlers.messages import Address, Inbound, Outbound
from tests.fakes.telegram_reception import RecordingReception
from tests.fakes.telegram_server import TOKEN, FakeTelegram, Fault

SHORT = Pace(
    poll_s=20,
    first_backoff_s=0.01,
    longest_backoff_s=0.02,
    conflict_s=0.01,
    refused_s=0.01,
    not_now_s=0.01,
    longest_not_now_s=0.02,
    finish_s=0.3,
)
NOW = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)


@pytest.fixture
async def fake() -> AsyncIterator[FakeTelegram]:
    async with FakeTelegram() as fake:
        yield fake


@pytest.fixture
def reception() -> RecordingReception:
    return RecordingReception()


def channel_to(url: str, reception: RecordingReception, pace: Pace = SHORT) -> TelegramChannel:
    return TelegramChannel(TelegramSettings(TOKEN, "polling", url), reception, lambda: NOW, pace=pace)


@pytest.fixture
async def channel(fake: FakeTelegram, reception: RecordingReception) -> AsyncIterator[TelegramChannel]:
    """Not started yet."""
    channel = channel_to(fake.url, reception)
    yield channel
    await channel.stop()
    await channel.close()


async def reached(fake: FakeTelegram, channel: TelegramChannel, state: State) -> None:
    """Wait for a state: it changes after a call has been answered, so every change here is looked at a moment later."""
    async with asyncio.timeout(5):
        while channel.health().state is not state:
            await asyncio.sleep(0.001)


async def test_message_press_and_return_reach_the_reception(
    fake: FakeTelegram, reception: RecordingReception, channel: TelegramChannel
) -> None:
    await channel.start()
    person = fake.user(1001)
    said = person.say("hộ nghèo có bhyt k")
    pressed = person.press_data("1:ask:yes")
    person.block()
    await reception.until(lambda: len(reception.reachable) == 1)
    await fake.until(lambda: len(fake.answered_presses) == 1)

    first, second = reception.received
    who = Address("telegram", "1001")
    assert (who, f"123456:{said}", "hộ nghèo có bhyt k") == (first.address, first.external_id, first.text)
    assert Inbound(who, f"123456:{pressed}", NOW, payload="1:ask:yes") == second
    assert [(who, False)] == reception.reachable


async def test_start_asks_for_our_kinds_and_drops_nothing(
    fake: FakeTelegram, reception: RecordingReception, channel: TelegramChannel
) -> None:
    """What residents wrote while we were down is answered."""
    fake.user(1001).say("viết lúc bot tắt")
    await channel.start()
    await reception.until(lambda: len(reception.received) == 1)
    await fake.until(lambda: len(fake.commands) == 2 and fake.pending == 0)

    asked = fake.called("getUpdates")[0].params
    assert asked["allowed_updates"] == ["message", "edited_message", "callback_query", "my_chat_member"]
    assert {"", "vi"} == set(fake.commands)
    assert [command["command"] for command in fake.commands["vi"]] == ["menu", "help", "stop"]
    assert fake.called("deleteWebhook") == []


async def test_commands_that_cannot_be_set_are_no_trouble(
    fake: FakeTelegram, reception: RecordingReception, channel: TelegramChannel
) -> None:
    fake.script("setMyCommands", Fault(code=400), Fault(drop=True))
    fake.script("answerCallbackQuery", Fault(code=400, description="Bad Request: query is too old"))
    await channel.start()
    fake.user(1001).press_data("1:old")
    await reception.until(lambda: len(reception.received) == 1)
    await fake.until(lambda: bool(fake.called("answerCallbackQuery")))

    assert State.OK is channel.health().state


async def test_offset_moves_only_after_the_commit(
    fake: FakeTelegram, reception: RecordingReception, channel: TelegramChannel
) -> None:
    """Telegram forgets an update as soon as a higher offset is asked for."""
    reception.hold("1002")
    fake.user(1001).say("nhanh")
    fake.user(1002).say("chậm")
    await channel.start()
    await reception.until(lambda: reception.texts == ["nhanh"] and reception.at_work("1002") == 1)
    assert fake.pending == 2

    reception.let_go("1002")
    await fake.until(lambda: fake.pending == 0)
    assert reception.texts == ["nhanh", "chậm"]


async def test_killed_before_the_commit_brings_the_update_again(
    fake: FakeTelegram, reception: RecordingReception, channel: TelegramChannel
) -> None:
    """And what was committed comes again too; the reception knows it."""
    reception.hold("1002")
    fake.user(1001).say("đã lưu")
    fake.user(1002).say("chưa lưu")
    killed = channel_to(fake.url, reception)
    await killed.start()
    await reception.until(lambda: reception.texts == ["đã lưu"] and reception.at_work("1002") == 1)
    assert killed._receiver is not None
    killed._receiver.cancel()
    await killed.close()
    reception.let_go("1002")

    await channel.start()
    await fake.until(lambda: fake.pending == 0)
    assert sorted(reception.texts) == ["chưa lưu", "đã lưu"]


async def test_one_persons_messages_and_presses_keep_their_order(
    fake: FakeTelegram, reception: RecordingReception, channel: TelegramChannel
) -> None:
    people = [fake.user(1000 + n) for n in range(5)]
    for n in range(8):
        for person in people:
            if n % 2:
                person.press_data(f"{n}")
            else:
                person.say(f"{n}")
    await channel.start()
    await reception.until(lambda: len(reception.received) == 40)

    for person in people:
        mine = [r.payload or r.text for r in reception.received if r.address.value == str(person.chat_id)]
        assert [str(n) for n in range(8)] == mine
    assert {1} == set(reception.at_work_peak.values())


async def test_one_person_does_not_hold_up_another(
    fake: FakeTelegram, reception: RecordingReception, channel: TelegramChannel
) -> None:
    reception.hold("1001")
    fake.user(1001).say("chậm")
    fake.user(1001).say("chậm nữa")
    for n in range(2, 50):
        fake.user(1000 + n).say("nhanh")
    await channel.start()
    await reception.until(lambda: reception.texts.count("nhanh") == 48)

    assert reception.at_work("1001") == 1
    reception.let_go("1001")
    await reception.until(lambda: len(reception.received) == 50)


async def test_press_is_answered_before_the_work(
    fake: FakeTelegram, reception: RecordingReception, channel: TelegramChannel
) -> None:
    """The phone shows a spinner until then."""
    reception.hold("1001")
    await channel.start()
    fake.user(1001).say("chậm")
    fake.user(1001).press_data("1:ask:yes")
    await fake.until(lambda: len(fake.answered_presses) == 1)

    assert reception.received == []
    reception.let_go("1001")


async def test_not_now_is_tried_again_until_taken(
    fake: FakeTelegram, reception: RecordingReception, channel: TelegramChannel
) -> None:
    reception.refusals = [NotNow(), NotNow(), NotNow()]
    person = fake.user(1001)
    for text in ("một", "hai", "ba"):
        person.say(text)
    await channel.start()
    await fake.until(lambda: fake.pending == 0)

    assert reception.texts == ["một", "hai", "ba"]
    assert reception.tries == 6


@pytest.mark.parametrize(
    "malformed",
    [
        {"message": {"text": "no chat"}},
        {"message": "text"},
        {"callback_query": {"id": 5}},
        {"future_kind": {"x": 1}},
        {"edited_message": {"chat": {"id": 1, "type": "private"}}},
        {"message": {"chat": {"id": -7, "type": "group"}, "date": 1, "text": "in a group"}},
    ],
)
async def test_odd_update_does_not_stop_its_batch(
    fake: FakeTelegram,
    reception: RecordingReception,
    channel: TelegramChannel,
    malformed: dict[str, object],
) -> None:
    """The library raises for the whole batch, and the batch comes again for ever."""
    fake.user(1001).say("trước")
    odd = fake.inject(malformed)
    fake.user(1001).say("sau")
    await channel.start()
    await fake.until(lambda: fake.pending == 0)

    assert reception.texts == ["trước", "sau"]
    assert [f"123456:{odd}"] == reception.ignored


async def test_update_without_an_id_is_passed_over(
    fake: FakeTelegram, reception: RecordingReception, channel: TelegramChannel
) -> None:
    fake.inject({"update_id": "seven", "message": {}})
    fake.user(1001).say("sau")
    await channel.start()
    await fake.until(lambda: fake.pending == 0)

    assert reception.texts == ["sau"]


async def test_reception_that_always_fails_does_not_block_the_chat(
    fake: FakeTelegram,
    reception: RecordingReception,
    channel: TelegramChannel,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A bug of ours: tried five times, then remembered as ignored, loudly."""
    reception.refusals = [RuntimeError("bug") for _ in range(5)]
    lost = fake.user(1001).say("làm hỏng")
    fake.user(1001).say("sau")
    await channel.start()
    await fake.until(lambda: fake.pending == 0)

    assert reception.texts == ["sau"]
    assert [f"123456:{lost}"] == reception.ignored
    assert [r.message for r in caplog.records if r.levelno == logging.ERROR][-1:] == ["update passed over"]


@pytest.mark.parametrize(
    ("fault", "state"),
    [
        (Fault(code=401, description="Unauthorized"), State.REFUSED),
        (Fault(code=404, description="Not Found"), State.REFUSED),
        (
            Fault(code=409, description="Conflict: terminated by other getUpdates request; make sure"),
            State.CONFLICT,
        ),
        (Fault(code=500), State.UNREACHABLE),
        (Fault(code=502, body="<html>Bad Gateway</html>"), State.UNREACHABLE),
        (Fault(code=200, body="<html>"), State.UNREACHABLE),
        (Fault(code=200, body='{"ok": true, "result": {}}'), State.UNREACHABLE),
        (Fault(drop=True), State.UNREACHABLE),
        (Fault(code=429), State.STARTING),
    ],
)
async def test_trouble_is_a_state_logged_once_and_ends_by_itself(
    fake: FakeTelegram,
    reception: RecordingReception,
    channel: TelegramChannel,
    caplog: pytest.LogCaptureFixture,
    fault: Fault,
    state: State,
) -> None:
    caplog.set_level(logging.INFO, "bot")
    fake.script("getUpdates", replace(fault, times=-1))
    if state is State.STARTING:
        fake.mend()
        fake.script("getUpdates", replace(fault, retry_after=0.01, times=3))
    fake.user(1001).say("trong lúc hỏng")
    await channel.start()
    await fake.until(lambda: len(fake.called("getUpdates")) >= 2)
    if state is not State.STARTING:
        assert state is channel.health().state
        fake.mend()
    await reception.until(lambda: reception.texts == ["trong lúc hỏng"])

    assert State.OK is channel.health().state
    changes = [r.__dict__["state"] for r in caplog.records if r.message == "channel state"]
    assert ([state] if state is not State.STARTING else []) + [State.OK] == changes


async def test_starts_at_once_and_recovers_when_telegram_comes_back(reception: RecordingReception) -> None:
    fake = FakeTelegram()
    await fake.start()
    url, port = fake.url, int(fake.url.rsplit(":", 1)[1])
    await fake.stop()
    channel = channel_to(url, reception)

    await channel.start()
    assert State.STARTING is channel.health().state
    await reached(fake, channel, State.UNREACHABLE)

    back = FakeTelegram()
    await back.start(port)
    back.user(1001).say("thông rồi")
    await reception.until(lambda: reception.texts == ["thông rồi"])
    assert State.OK is channel.health().state
    await channel.stop()
    await channel.close()
    await back.stop()


async def test_webhook_found_while_polling_is_removed_and_nothing_dropped(
    fake: FakeTelegram, reception: RecordingReception, channel: TelegramChannel
) -> None:
    await fake._set_webhook({"url": "http://127.0.0.1:9/nobody"})
    fake.user(1001).say("đang chờ")
    await channel.start()
    await reception.until(lambda: reception.texts == ["đang chờ"])

    assert ["drop_pending_updates" not in call.params for call in fake.called("deleteWebhook")] == [True]
    assert fake.webhook is None


async def test_two_pollers_see_the_conflict(
    fake: FakeTelegram, reception: RecordingReception, channel: TelegramChannel
) -> None:
    await channel.start()
    await fake.until(lambda: fake.held_poll)
    await fake._hold(0)  # somebody else asks

    await fake.until(lambda: any(call.status == 409 for call in fake.calls))
    await fake.until(lambda: fake.held_poll)
    assert State.OK is channel.health().state


async def test_receiving_again_ends_a_trouble_of_sending(
    fake: FakeTelegram, reception: RecordingReception, channel: TelegramChannel
) -> None:
    """Otherwise a quiet bot would look broken until its next message."""
    await channel.start()
    await fake.until(lambda: fake.held_poll)
    fake.script("sendMessage", Fault(code=401))
    with pytest.raises(SendFailed):
        await channel.send("1001", Outbound("Chào"))
    assert State.REFUSED is channel.health().state

    fake.user(1001).say("vẫn nghe")
    await reception.until(lambda: reception.texts == ["vẫn nghe"])
    assert State.OK is channel.health().state


async def test_stop_ends_a_held_question_at_once(
    fake: FakeTelegram, reception: RecordingReception, channel: TelegramChannel
) -> None:
    await channel.start()
    await fake.until(lambda: fake.held_poll)
    async with asyncio.timeout(SHORT.finish_s):
        await channel.stop()
    fake.user(1001).say("sau khi dừng")

    assert reception.received == []
    assert fake.pending == 1


async def test_stop_finishes_what_was_taken_in(
    fake: FakeTelegram, reception: RecordingReception, channel: TelegramChannel
) -> None:
    reception.hold("1001")
    fake.user(1001).say("đang làm")
    fake.user(1001).say("trong cùng lô")
    await channel.start()
    await reception.until(lambda: reception.at_work("1001") == 1)
    stopping = asyncio.create_task(channel.stop())
    await asyncio.sleep(0)
    reception.let_go("1001")
    await stopping

    assert reception.texts == ["đang làm", "trong cùng lô"]


async def test_stop_is_bounded(
    fake: FakeTelegram, reception: RecordingReception, channel: TelegramChannel
) -> None:
    """What never ends is cut off; it was not confirmed, so Telegram brings it again."""
    reception.hold("1001")
    fake.user(1001).say("không bao giờ xong")
    await channel.start()
    await reception.until(lambda: reception.at_work("1001") == 1)
    async with asyncio.timeout(SHORT.finish_s + 0.5):
        await channel.stop()

    assert reception.received == []
    assert fake.pending == 1


async def test_stop_while_the_reception_cannot_store(
    fake: FakeTelegram, reception: RecordingReception, channel: TelegramChannel
) -> None:
    reception.refusals = [NotNow() for _ in range(10_000)]
    fake.user(1001).say("để sau")
    await channel.start()
    await reception.until(lambda: reception.tries >= 2)
    async with asyncio.timeout(SHORT.finish_s):
        await channel.stop()

    assert fake.pending == 1


async def test_sending_goes_on_after_stop_until_close(
    fake: FakeTelegram, reception: RecordingReception, channel: TelegramChannel
) -> None:
    await channel.start()
    person = fake.user(1001)
    await channel.stop()

    assert await channel.send("1001", Outbound("tin cuối"))
    assert (await person.next_message()).text == "tin cuối"


async def test_stop_without_start(fake: FakeTelegram, channel: TelegramChannel) -> None:
    await channel.stop()


# -- the clockwork, without a server


@pytest.mark.parametrize(
    ("problem", "state", "least_s", "most_s"),
    [
        (Answered(401), State.REFUSED, 60, 60),
        (Answered(404), State.REFUSED, 60, 60),
        (Answered(409, "terminated by other"), State.CONFLICT, 30, 30),
        (Answered(429, "", 17), None, 17, 17),
        (Answered(429), None, 0.75, 1),
        (Answered(500), State.UNREACHABLE, 0.75, 1),
        (Answered(403), State.UNREACHABLE, 0.75, 1),
        (Unreachable("ClientConnectorError"), State.UNREACHABLE, 0.75, 1),
    ],
)
def test_wait_after_trouble(problem: ApiProblem, state: State | None, least_s: float, most_s: float) -> None:
    found, note, wait_s = after_trouble(problem, Pace(), Backoff(1, 60))

    assert state is found
    assert bool(note) is (state is not None)
    assert least_s <= wait_s <= most_s


def test_backoff_doubles_up_to_a_minute_with_jitter() -> None:
    backoff = Backoff(1, 60)
    waits = [backoff.next_s() for _ in range(8)]

    for wait, full in zip(waits, (1, 2, 4, 8, 16, 32, 60, 60), strict=True):
        assert full * 0.75 <= wait <= full
    backoff.reset()
    assert backoff.next_s() <= 1


class ScriptedSource:
    """Answers what it was told to; ends the poller when nothing is left."""

    def __init__(self, stopping: Stopping, *answers: Sequence[object] | ApiProblem) -> None:
        self._stopping = stopping
        self._answers = list(answers)
        self.offsets: list[int | None] = []
        self.waits: list[float] = []
        self.renewed = 0

    async def get_updates(self, offset: int | None, wait_s: float) -> Sequence[object]:
        self.offsets.append(offset)
        self.waits.append(wait_s)
        answer = self._answers.pop(0)
        if not self._answers:
            self._stopping.set()
        await asyncio.sleep(0.002)  # a moment of the loop's own clock, for the watchdog
        if isinstance(answer, ApiProblem):
            raise answer
        return answer

    async def delete_webhook(self) -> None:
        raise AssertionError("no webhook here")

    async def renew(self) -> None:
        self.renewed += 1


async def polled(pace: Pace, *answers: Sequence[object] | ApiProblem) -> ScriptedSource:
    stopping = Stopping()
    source = ScriptedSource(stopping, *answers)
    intake = Intake("123456", RecordingReception(), lambda: NOW, lambda _: None)
    await Poller(source, intake, lambda *_: None, stopping, pace).run()
    return source


async def test_connection_is_renewed_after_three_poll_timeouts_of_silence() -> None:
    silent = replace(SHORT, poll_s=0.001)
    assert (await polled(SHORT, [], Unreachable(), [], [])).renewed == 0
    assert (await polled(silent, [], Unreachable(), Unreachable(), [], [])).renewed >= 1


async def test_renewed_connection_works(
    fake: FakeTelegram, reception: RecordingReception, channel: TelegramChannel
) -> None:
    await channel._api.renew()
    await channel.start()
    fake.user(1001).say("vẫn nghe")
    await reception.until(lambda: reception.texts == ["vẫn nghe"])


async def test_first_question_after_trouble_is_not_held() -> None:
    """So that half a minute of an idle bot does not look like half a minute of an outage."""
    source = await polled(SHORT, [], [], Unreachable(), [], [])
    assert source.waits == [0.0, 20, 20, 0.0, 20]


async def test_offset_is_forgotten_after_a_silence() -> None:
    """After a week without updates Telegram may count on from a random, lower number."""
    quiet = replace(SHORT, silence_s=0.0)
    update = {"update_id": 5, "future_kind": {}}

    assert (await polled(SHORT, [update], [], [], [])).offsets == [None, 6, 6, 6]
    assert (await polled(quiet, [update], [], [], [])).offsets == [None, 6, None, None]
