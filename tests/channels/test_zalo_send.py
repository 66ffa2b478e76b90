"""Sending: what reaches the person, in how many calls, and what is proved to the platform."""

import asyncio
import unicodedata
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from bot.channels.base import Channel, Failure, FileSource, State
from bot.channels.zalo.channel import ZaloChannel
from handlers.messages import Button, Outbound
from tests.channels.zalo_out import APP_SECRET, PERSON, Naps, Tokens, channel_to, refusal
from tests.fakes.zalo_server import OA_ID, OA_NAME, FakeZalo, Fault

CS = "v3.0/oa/message/cs"


@pytest.fixture
async def zalo() -> AsyncIterator[FakeZalo]:
    async with FakeZalo() as zalo:
        zalo.person(PERSON).say("Xin chào")
        yield zalo


@pytest.fixture
async def channel(zalo: FakeZalo) -> AsyncIterator[ZaloChannel]:
    channel = channel_to(zalo)
    yield channel
    await channel.close()


def test_it_is_a_channel_and_a_source_of_files(zalo: FakeZalo) -> None:
    channel = channel_to(zalo)
    as_channel: Channel = channel
    as_source: FileSource = channel
    assert (as_channel.name, as_source) == ("zalo", channel)


async def test_message_arrives_as_it_was_written(zalo: FakeZalo, channel: ZaloChannel) -> None:
    text = 'Hộ <b>nghèo</b> & "cận nghèo" &nbsp; 🙂'
    buttons = (
        Button("Có", "1:ask:yes", None),
        Button("Xem", None, "https://example.org/a?b=1&c=2"),
        Button("Gọi xã", None, "tel:0225 3123 456"),
    )

    message_id = await channel.send(PERSON, Outbound(text, buttons))

    (message,) = zalo.person(PERSON).received
    assert (message.text, message.message_id, message.paid) == (text, message_id, False)
    assert [(b["type"], b["payload"]) for b in message.buttons] == [
        ("oa.query.hide", "#1:ask:yes"),
        ("oa.open.url", {"url": "https://example.org/a?b=1&c=2"}),
        ("oa.open.phone", {"phone_code": "842253123456"}),
    ]


async def test_a_message_without_buttons_is_plain_text(zalo: FakeZalo, channel: ZaloChannel) -> None:
    await channel.send(PERSON, Outbound("Chào bà"))

    body = zalo.calls[0].body
    assert body == {"recipient": {"user_id": PERSON}, "message": {"text": "Chào bà"}}


async def test_decomposed_vietnamese_is_composed(zalo: FakeZalo, channel: ZaloChannel) -> None:
    """A phone's keyboard may write each mark apart: twice as long."""
    await channel.send(PERSON, Outbound(unicodedata.normalize("NFD", "hộ nghèo")))

    assert zalo.delivered[0].text == "hộ nghèo"


async def test_a_long_message_that_nobody_shaped_still_arrives(zalo: FakeZalo, channel: ZaloChannel) -> None:
    """Notices are written for channels that carry 4,096; the id is that of the part with the buttons."""
    text = "Xã mời bà con dự lớp học nghề. " * 120
    message_id = await channel.send(PERSON, Outbound(text, (Button("Có", "1:rsvp:yes:7", None),)))

    received = zalo.person(PERSON).received
    assert len(received) == 2
    assert text.split() == " ".join(message.text for message in received).split()
    assert tuple(message.labels for message in received) == ([], ["Có"])
    assert received[-1].message_id == message_id


async def test_shaped_parts_are_taken_one_by_one(zalo: FakeZalo, channel: ZaloChannel) -> None:
    buttons = tuple(Button(f"Mục {n}", f"1:ask:topic:{n}", None) for n in range(13))
    parts = channel.shape(Outbound("Bà con hỏi gì? 🙂 " * 300, buttons))
    for part in parts:
        await channel.send(PERSON, part)

    received = zalo.person(PERSON).received
    assert len(received) == len(parts)
    assert [b.label for b in buttons] == [label for message in received for label in message.labels]
    assert [len(message.buttons) for message in received if message.buttons] == [5, 5, 3]


@pytest.mark.parametrize(
    ("address", "text", "buttons"),
    [
        (PERSON, " \n", ()),
        (PERSON, "", ()),
        ("", "Chào", ()),
        ("a b", "Chào", ()),
        (PERSON, "Chào", (Button("Có", "", None),)),
        (PERSON, "Chào", (Button("Có", "nobody knows", None),)),
    ],
)
async def test_what_cannot_be_sent_is_refused_without_a_call(
    zalo: FakeZalo, channel: ZaloChannel, address: str, text: str, buttons: tuple[Button, ...]
) -> None:
    assert Failure.REFUSED is (await refusal(channel, address, text, *buttons)).kind
    assert zalo.calls == []


async def test_half_a_surrogate_costs_a_letter_and_not_the_message(
    zalo: FakeZalo, channel: ZaloChannel
) -> None:
    await channel.send(PERSON, Outbound("Chào \ud83d bà"))

    assert zalo.delivered[0].text == "Chào ? bà"


async def test_windows_by_the_servers_own_rules(zalo: FakeZalo, channel: ZaloChannel) -> None:
    """48 hours free, then paid up to seven days, then closed until the person writes."""
    zalo.account = zalo.money = True
    zalo.now += timedelta(hours=48)
    await channel.send(PERSON, Outbound("miễn phí"))
    zalo.now += timedelta(hours=1)
    await channel.send(PERSON, Outbound("có phí"))
    zalo.now += timedelta(days=6)
    closed = await refusal(channel)
    zalo.person("246").follows = False
    never = await refusal(channel, "246")
    zalo.person(PERSON).say("Tôi đây")
    await channel.send(PERSON, Outbound("miễn phí"))

    assert [message.paid for message in zalo.delivered] == [False, True, False]
    assert [(f.kind, f.reason) for f in (closed, never)] == [(Failure.CLOSED, "closed")] * 2


async def test_the_proof_is_sent_where_it_is_switched_on(zalo: FakeZalo, channel: ZaloChannel) -> None:
    zalo.proof_secret = APP_SECRET
    proving = channel_to(zalo, proof=True)
    try:
        await proving.send(PERSON, Outbound("Chào bà"))
        without = await refusal(channel)
    finally:
        await proving.close()

    assert without.everybody
    assert "ZALO_APPSECRET_PROOF" in channel.health().note


async def test_success_without_an_id_is_a_success(zalo: FakeZalo, channel: ZaloChannel) -> None:
    """Not unknown: a second message would be a repetition."""
    zalo.fault(CS, Fault(body='{"error": 0, "message": "Success", "data": null}'))

    assert await channel.send(PERSON, Outbound("Chào bà")) is None


LONG = Outbound("Xã mời bà con dự lớp. " * 150)


async def test_a_short_wait_between_two_parts_is_waited_for(zalo: FakeZalo) -> None:
    naps = Naps()
    channel = channel_to(zalo, naps=naps)
    zalo.fault(CS, Fault(body='{"data":{"message_id":"m"},"error":0}'), Fault(code=-32), Fault(code=-200))

    await channel.send(PERSON, LONG)
    await channel.close()

    assert naps.taken == [1.0, 1.0]
    assert len(zalo.delivered) == 1


@pytest.mark.parametrize(
    "fault",
    [
        Fault(code=-32, times=-1),
        Fault(code=-200, times=-1),
        Fault(code=-216, message="Access token is invalid", times=-1),
        Fault(code=-224),
        Fault(code=-234),
        Fault(status=500),
        Fault(drop=True),
    ],
)
async def test_when_a_later_part_fails_nothing_begins_anew(zalo: FakeZalo, fault: Fault) -> None:
    """The first part went out: the whole would be said twice."""
    channel = channel_to(zalo, Tokens("access-token-of-no-oa-1", "newer"))
    zalo.fault(CS, Fault(body='{"data":{"message_id":"m"},"error":0}'), fault)

    failed = await refusal(channel, PERSON, LONG.text)
    await channel.close()

    assert (failed.kind, failed.everybody) == (Failure.UNKNOWN, False)


async def test_check_says_who_we_are(zalo: FakeZalo, channel: ZaloChannel) -> None:
    health = await channel.check()

    assert (health.state, health.note) == (State.OK, f"{OA_NAME}, package Growth")
    assert (channel.oa_id, channel.oa_name) == (OA_ID, OA_NAME)


@pytest.mark.parametrize(
    ("fault", "state"),
    [
        (Fault(code=-216, times=-1), State.REFUSED),
        (Fault(code=-212), State.REFUSED),
        (Fault(code=-32), State.UNREACHABLE),
        (Fault(status=502), State.UNREACHABLE),
        (Fault(drop=True, times=-1), State.UNREACHABLE),
        (Fault(body='{"error":0,"data":{}}'), State.UNREACHABLE),
    ],
)
async def test_check_tells_what_is_wrong(
    zalo: FakeZalo, channel: ZaloChannel, fault: Fault, state: State
) -> None:
    zalo.fault("v2.0/oa/getoa", fault)

    assert state is (await channel.check()).state
    assert channel.oa_id is None


async def test_starting_learns_the_oa_in_the_background(zalo: FakeZalo, channel: ZaloChannel) -> None:
    before = channel.health().state
    await channel.start()
    async with asyncio.timeout(10):
        while channel.health().state is not State.OK:
            await asyncio.sleep(0)
    await channel.stop()

    assert before is State.STARTING
    assert channel.oa_id == OA_ID
    assert await channel.send(PERSON, Outbound("Chào bà"))  # replies leave until `close`
