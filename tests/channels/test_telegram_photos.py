"""Pictures to Telegram: uploaded once, under the text where it fits, and nothing sent twice when a part fails."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.channels.base import Failure, SendFailed
from bot.channels.telegram.channel import TelegramChannel, TelegramSettings
from handlers.messages import Button, Document, Outbound
from tests.channels.wall import Wall
from tests.fakes.telegram_reception import RecordingReception
from tests.fakes.telegram_server import TOKEN, FakeTelegram, Fault

LINK = Button("Xem thêm", None, "https://example.org/a/TB-1")


@pytest.fixture
async def fake() -> AsyncIterator[FakeTelegram]:
    async with FakeTelegram(any_chat=True) as fake:
        yield fake


@pytest.fixture
def wall(tmp_path: Path) -> Wall:
    return Wall(tmp_path, "a", "b", "c")


@pytest.fixture
async def channel(fake: FakeTelegram, wall: Wall) -> AsyncIterator[TelegramChannel]:
    settings = TelegramSettings(TOKEN, "polling", fake.url)
    channel = TelegramChannel(settings, RecordingReception(), lambda: datetime.now(UTC), gallery=wall)
    yield channel
    await channel.close()


def methods(fake: FakeTelegram) -> list[str]:
    return [call.method for call in fake.calls]


async def test_one_picture_carries_its_text_and_buttons(fake: FakeTelegram, channel: TelegramChannel) -> None:
    message_id = await channel.send("7", Outbound("Mời <bà con> dự lớp.", (LINK,), ("a",)))

    (seen,) = fake.user(7).received
    assert methods(fake) == ["sendPhoto"]
    assert seen.text == "Mời <bà con> dự lớp."
    assert (seen.labels, str(seen.message_id)) == (["Xem thêm"], message_id)
    assert seen.photos == (b"\xff\xd8 picture a",)


async def test_a_picture_is_uploaded_once_however_many_get_it_at_once(
    fake: FakeTelegram, channel: TelegramChannel, wall: Wall
) -> None:
    await asyncio.gather(*(channel.send(str(n), Outbound("Mời bà con.", (), ("a",))) for n in range(1, 21)))

    assert fake.uploads == 1
    assert set(wall.refs) == {"a"}
    assert all(fake.user(n).received[0].photos == (b"\xff\xd8 picture a",) for n in range(1, 21))


async def test_a_long_text_follows_its_picture(fake: FakeTelegram, channel: TelegramChannel) -> None:
    text = "Mời bà con dự lớp. " * 60

    message_id = await channel.send("7", Outbound(text, (LINK,), ("a",)))

    picture, words = fake.user(7).received
    assert methods(fake) == ["sendPhoto", "sendMessage"]
    assert (picture.text, picture.labels) == ("", [])
    assert (words.text, words.labels, str(words.message_id)) == (text, ["Xem thêm"], message_id)


async def test_the_longest_caption_still_fits(fake: FakeTelegram, channel: TelegramChannel) -> None:
    """Emoji count twice, as Telegram counts them."""
    await channel.send("7", Outbound("🐔" * 512, (), ("a",)))
    await channel.send("7", Outbound("🐔" * 513, (), ("a",)))

    assert methods(fake) == ["sendPhoto", "sendPhoto", "sendMessage"]


async def test_several_pictures_come_as_an_album_before_the_text(
    fake: FakeTelegram, channel: TelegramChannel
) -> None:
    for chat in ("7", "8"):
        await channel.send(chat, Outbound("Mời bà con.", (LINK,), ("a", "b", "c")))

    assert methods(fake) == ["sendMediaGroup", "sendMessage"] * 2
    assert fake.uploads == 3
    for person in (fake.user(7), fake.user(8)):
        assert [m.photos for m in person.received[:3]] == [
            (b"\xff\xd8 picture " + n,) for n in (b"a", b"b", b"c")
        ]
        assert person.received[3].labels == ["Xem thêm"]


async def test_a_name_that_telegram_does_not_know_any_more_is_uploaded_again(
    fake: FakeTelegram, channel: TelegramChannel, wall: Wall
) -> None:
    wall.refs["a"] = "of-another-bot"

    await channel.send("7", Outbound("Mời bà con.", (), ("a",)))

    assert fake.user(7).received[0].photos == (b"\xff\xd8 picture a",)
    assert wall.refs["a"] != "of-another-bot"


async def test_without_its_picture_the_text_still_goes(
    fake: FakeTelegram, channel: TelegramChannel, wall: Wall
) -> None:
    wall.path("a").unlink()

    await channel.send("7", Outbound("Mời bà con.", (LINK,), ("a",)))

    assert methods(fake) == ["sendMessage"]


async def test_an_upload_that_fails_is_tried_by_the_next(
    fake: FakeTelegram, channel: TelegramChannel, wall: Wall
) -> None:
    fake.script("sendPhoto", Fault(code=403, description="Forbidden: bot was blocked by the user"))

    with pytest.raises(SendFailed) as refused:
        await channel.send("7", Outbound("Mời bà con.", (), ("a",)))
    await channel.send("8", Outbound("Mời bà con.", (), ("a",)))

    assert refused.value.kind is Failure.BLOCKED
    assert len(fake.user(8).received) == 1


async def test_a_short_wait_between_pictures_and_text_is_waited_for(
    fake: FakeTelegram, channel: TelegramChannel
) -> None:
    fake.script("sendMessage", Fault(code=429, description="Too Many Requests", retry_after=1))

    await channel.send("7", Outbound("Mời bà con.", (), ("a", "b")))

    assert methods(fake) == ["sendMediaGroup", "sendMessage", "sendMessage"]


@pytest.mark.parametrize("fault", [Fault(code=429, retry_after=300), Fault(code=500), Fault(drop=True)])
async def test_when_the_text_fails_after_its_pictures_nothing_begins_anew(
    fake: FakeTelegram, channel: TelegramChannel, fault: Fault
) -> None:
    fake.script("sendMessage", fault)

    with pytest.raises(SendFailed) as caught:
        await channel.send("7", Outbound("Mời bà con.", (), ("a", "b")))

    assert caught.value.kind is Failure.UNKNOWN


# -- documents


@pytest.mark.parametrize(
    "fault",
    [
        Fault(code=403, description="Forbidden: bot was blocked by the user"),
        Fault(code=400, description="Bad Request: chat not found"),
        Fault(code=413),
        Fault(code=429, retry_after=300),
        Fault(code=500),
        Fault(drop=True),
    ],
    ids=["blocked", "bad", "large", "flood", "broken", "dropped"],
)
async def test_a_document_that_fails_behind_its_text_leaves_the_text_said(
    fake: FakeTelegram, channel: TelegramChannel, fault: Fault
) -> None:
    """Whatever the refusal means for a message as a whole: from the beginning, or elsewhere, it would be said twice."""
    fake.script("sendDocument", fault)

    with pytest.raises(SendFailed) as failed:
        await channel.send(
            "7", Outbound("Trả lời. " * 200, files=(Document("a", "Quyết định.pdf", "application/pdf"),))
        )

    (said,) = fake.user(7).received
    assert (failed.value.kind, failed.value.message_id) == (Failure.INCOMPLETE, str(said.message_id))
