"""The approved template: what it carries, what follows when it does not go, and that nothing is asked over and over."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from bot.channels.base import Failure, SendFailed, State
from bot.channels.zalo.channel import ZaloChannel
from bot.channels.zalo.templates import OFF_FOR
from handlers.messages import Outbound
from tests.channels.zalo_out import PERSON, Tokens, channel_to
from tests.fakes.zalo_server import FakeZalo, Fault

PATH, TEMPLATE = "v3.0/oa/message/template", "398211"
FIELDS = {"title": "Tập huấn chăn nuôi gà", "date": "12/12/2026", "link": "https://x.example.vn/a/K7M4XP"}


@pytest.fixture
async def zalo() -> AsyncIterator[FakeZalo]:
    async with FakeZalo() as zalo:
        zalo.person(PERSON)
        zalo.templates, zalo.account, zalo.money = {TEMPLATE: 300}, True, True
        yield zalo


@pytest.fixture
async def channel(zalo: FakeZalo) -> AsyncIterator[ZaloChannel]:
    channel = channel_to(zalo, template_id=TEMPLATE)
    yield channel
    await channel.close()


async def _fails(channel: ZaloChannel, address: str = PERSON) -> SendFailed:
    with pytest.raises(SendFailed) as caught:
        await channel.send_template(address, FIELDS)
    return caught.value


async def _begin(channel: ZaloChannel) -> None:
    """Let it learn that all is well with the OA."""
    await channel.start()
    async with asyncio.timeout(10):
        while channel.health().state is not State.OK:
            await asyncio.sleep(0.01)
    await channel.stop()


async def test_it_reaches_somebody_who_has_never_written(zalo: FakeZalo, channel: ZaloChannel) -> None:
    message_id = await channel.send_template(PERSON, FIELDS)

    (message,) = zalo.person(PERSON).received
    assert (message.kind, message.elements, message.message_id) == ("template", (FIELDS,), message_id)
    assert zalo.calls[0].body == {"user_id": PERSON, "template_id": TEMPLATE, "template_data": FIELDS}
    assert zalo.spent == 300


@pytest.mark.parametrize("code", [-320, -321, -233, -249, -211, -212, -221, -224])
async def test_what_is_nobody_s_in_particular_is_found_out_once(
    zalo: FakeZalo, channel: ZaloChannel, code: int
) -> None:
    """Many at once: one call. The operator reads why; a text still goes; ten minutes later it is tried again."""
    zalo.fault(PATH, Fault(code=code, times=-1))
    failures = await asyncio.gather(*(_fails(channel) for _ in range(40)))

    assert {(f.kind, f.everybody) for f in failures} == {(Failure.CLOSED, True)}
    assert zalo.paths() == [PATH]
    await _begin(channel)
    zalo.person(PERSON).interact()
    await channel.send(PERSON, Outbound("Chào bà"))
    assert f"({code})" in channel.health().note

    zalo.now += OFF_FOR - timedelta(seconds=1)
    await _fails(channel)
    assert zalo.paths().count(PATH) == 1
    zalo.now += timedelta(seconds=2)
    await _fails(channel)
    assert zalo.paths().count(PATH) == 2


async def test_once_it_works_again_all_is_well(zalo: FakeZalo, channel: ZaloChannel) -> None:
    await _begin(channel)
    zalo.money = False
    await _fails(channel)
    zalo.money = True
    zalo.now += OFF_FOR

    assert await channel.send_template(PERSON, FIELDS)
    assert channel.health().state is State.OK
    assert "template" not in channel.health().note


async def test_a_template_that_is_not_approved_stops_after_three(
    zalo: FakeZalo, channel: ZaloChannel
) -> None:
    """Zalo has one code for a wrong person and a wrong template."""
    zalo.templates = {}

    failures = [await _fails(channel) for _ in range(10)]

    assert {f.kind for f in failures} == {Failure.CLOSED}
    assert zalo.refused == [(PATH, -201)] * 3


async def test_one_wrong_person_stops_nobody_else(zalo: FakeZalo, channel: ZaloChannel) -> None:
    for _ in range(4):
        failure = await _fails(channel, "nobody")
        assert (failure.kind, failure.everybody) == (Failure.CLOSED, False)
        assert await channel.send_template(PERSON, FIELDS)


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (Fault(code=-244), Failure.BLOCKED),
        (Fault(code=-234), Failure.RETRY),
        (Fault(code=-32), Failure.THROTTLED),
        (Fault(code=-200), Failure.RETRY),
        (Fault(code=-9999), Failure.CLOSED),
        (Fault(accept=True, drop=True), Failure.UNKNOWN),
        (Fault(status=502, body="<html>"), Failure.UNKNOWN),
    ],
)
async def test_the_rest_is_as_with_texts(
    zalo: FakeZalo, channel: ZaloChannel, fault: Fault, kind: Failure
) -> None:
    zalo.fault(PATH, fault)

    assert (await _fails(channel)).kind is kind
    assert await channel.send_template(PERSON, FIELDS)


async def test_a_token_that_died_is_renewed(zalo: FakeZalo) -> None:
    channel = channel_to(zalo, Tokens("dead", "newer"), template_id=TEMPLATE)
    zalo.good_tokens = {"newer"}

    assert await channel.send_template(PERSON, FIELDS)
    await channel.close()
