"""Every error class of the contract's section 8: what follows for a message, and for the channel."""

import asyncio
import logging
import traceback
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from bot.channels.base import Failure, State
from bot.channels.zalo import api
from bot.channels.zalo.channel import ZaloChannel
from bot.channels.zalo.errors import Answered, Data, ZaloProblem, read
from bot.channels.zalo.pace import Pace
from handlers.messages import Outbound
from tests.channels.zalo_out import APP_SECRET, OA_SECRET, PERSON, Naps, Tokens, channel_to, refusal
from tests.fakes.zalo_server import START, TOKEN, FakeZalo, Fault
from tests.process import free_port

CS = "v3.0/oa/message/cs"


@pytest.fixture
async def zalo() -> AsyncIterator[FakeZalo]:
    async with FakeZalo() as zalo:
        zalo.person(PERSON).say("Xin chào")
        yield zalo


@pytest.fixture
async def channel(zalo: FakeZalo) -> AsyncIterator[ZaloChannel]:
    channel = channel_to(zalo, Tokens(TOKEN, "newer", "newest"))
    yield channel
    await channel.close()


BLOCKED = [-213, -217, -227, -244]
OPERATOR = [-204, -205, -209, -211, -212, -219, -221, -223, -224, -235, -242]
REFUSED = [-201, -210, -233, -237, -238, -240, -241, -248, -249, -403]


@pytest.mark.parametrize(
    ("code", "kind", "everybody", "retry_after_s"),
    [
        (-32, Failure.THROTTLED, True, 1.0),
        (-100, Failure.RETRY, False, None),
        (-200, Failure.RETRY, False, None),
        (-214, Failure.RETRY, False, None),
        (-218, Failure.RETRY, False, 7200.0),
        (-230, Failure.CLOSED, False, None),
        (-232, Failure.CLOSED, False, None),
        (-320, Failure.CLOSED, False, None),
        (-321, Failure.CLOSED, False, None),
        *((code, Failure.BLOCKED, False, None) for code in BLOCKED),
        *((code, Failure.RETRY, True, 60.0) for code in OPERATOR),
        *((code, Failure.REFUSED, False, None) for code in REFUSED),
        (-999, Failure.REFUSED, False, None),
        (-1, Failure.REFUSED, False, None),
    ],
)
async def test_codes(
    zalo: FakeZalo,
    channel: ZaloChannel,
    code: int,
    kind: Failure,
    everybody: bool,
    retry_after_s: float | None,
) -> None:
    """One call each, and the next message goes out as if nothing had been."""
    zalo.fault(CS, Fault(code=code, message="Chào bà 2468458835296117922"))

    failed = await refusal(channel)

    assert (kind, everybody, retry_after_s) == (failed.kind, failed.everybody, failed.retry_after_s)
    assert zalo.paths() == [CS]
    assert "Chào bà" not in failed.reason
    assert PERSON not in failed.reason
    assert await channel.send(PERSON, Outbound("Chào lại"))
    assert [message.text for message in zalo.delivered] == ["Chào lại"]


@pytest.mark.parametrize("code", [-216, -220, 216, "-216", 401, -401, "401"])
async def test_a_refused_token_is_renewed_once_and_the_call_made_once_more(
    zalo: FakeZalo, channel: ZaloChannel, code: int | str
) -> None:
    zalo.good_tokens.add("newer")
    zalo.fault(CS, Fault(code=code, message="Access token is invalid"))

    assert await channel.send(PERSON, Outbound("Chào bà"))

    assert [call.token for call in zalo.calls] == [TOKEN, "newer"]
    assert len(zalo.delivered) == 1


async def test_the_platforms_own_no_to_an_expired_token(zalo: FakeZalo, channel: ZaloChannel) -> None:
    """The same by the fake's own rules: the token it knows is another one by now."""
    zalo.good_tokens = {"newer"}

    assert await channel.send(PERSON, Outbound("Chào bà"))
    assert await channel.send(PERSON, Outbound("Chào lại"))

    assert [call.token for call in zalo.calls] == [TOKEN, "newer", "newer"]


@pytest.mark.parametrize("code", [*BLOCKED, -201, -230, -232, -999])
async def test_a_person_class_code_that_speaks_of_the_access_token_is_about_the_token(
    zalo: FakeZalo, channel: ZaloChannel, code: int
) -> None:
    """Nobody is blocked for a token that has expired."""
    zalo.good_tokens.add("newer")
    zalo.fault(CS, Fault(code=code, message="Access token is invalid"))

    assert await channel.send(PERSON, Outbound("Chào bà"))
    assert [call.token for call in zalo.calls] == [TOKEN, "newer"]


async def test_refused_twice_the_channel_is_down_without_a_storm(zalo: FakeZalo) -> None:
    """Two calls and one refresh, however many messages wait."""
    tokens = Tokens(TOKEN, "newer", "newest")
    channel = channel_to(zalo, tokens)
    zalo.good_tokens = set()

    failures = [await refusal(channel) for _ in range(50)]
    await channel.close()

    assert {(Failure.RETRY, True, 60.0)} == {(f.kind, f.everybody, f.retry_after_s) for f in failures}
    assert len(zalo.calls) == 2
    assert tokens.renewals == [TOKEN]
    assert State.REFUSED is channel.health().state


async def test_after_a_while_it_is_tried_again_and_ever_more_rarely(zalo: FakeZalo) -> None:
    at = [0.0]
    tokens = Tokens("t0", *(f"t{n}" for n in range(1, 99)))
    zalo.good_tokens = set()
    calls = api.Api(channel_to(zalo)._api._settings, tokens, monotonic=lambda: at[0])
    waits = []
    for _ in range(4):
        began = at[0]
        made = len(zalo.calls)
        while len(zalo.calls) == made:
            with pytest.raises(ZaloProblem):
                await calls.get("v2.0/oa/getoa", {})
            at[0] += 30
        waits.append(at[0] - began)
    zalo.good_tokens = {f"t{n}" for n in range(99)}
    at[0] += api.LONGEST_DOWN_S
    assert await calls.get("v2.0/oa/getoa", {})
    await calls.close()

    assert waits == [30, 60, 120, 240]


async def test_without_a_token_no_call_is_made_and_consent_is_asked_for(zalo: FakeZalo) -> None:
    tokens = Tokens("old")
    channel = channel_to(zalo, tokens)

    failed = await refusal(channel)
    await channel.close()

    assert (failed.kind, failed.everybody) == (Failure.RETRY, True)
    assert State.REFUSED is channel.health().state
    assert "consent" in channel.health().note
    assert len(zalo.calls) == 1


async def test_a_refresh_that_takes_long_goes_on_when_nobody_waits_any_more(
    zalo: FakeZalo, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stopped half way, it would have spent the refresh token for nothing. No message was sent: not unknown."""
    monkeypatch.setattr(api, "TOKEN_S", 0.01)
    answered = asyncio.Event()

    class Slow(Tokens):
        async def renew(self, refused: str) -> str:
            await answered.wait()
            return await super().renew(refused)

    tokens = Slow("old", TOKEN)
    channel = channel_to(zalo, tokens)

    failed = await refusal(channel)
    answered.set()
    async with asyncio.timeout(10):
        while tokens.current != TOKEN:
            await asyncio.sleep(0)
    await channel.send(PERSON, Outbound("Chào bà"))
    await channel.close()

    assert (failed.kind, failed.everybody) == (Failure.RETRY, True)
    assert tokens.renewals == ["old"]


async def test_a_success_ends_what_was_wrong_with_the_token(zalo: FakeZalo) -> None:
    tokens = Tokens("old")
    channel = channel_to(zalo, tokens)
    await refusal(channel)

    tokens.current = TOKEN
    await channel.send(PERSON, Outbound("Chào bà"))
    await channel.close()

    assert State.REFUSED is not channel.health().state


@pytest.mark.parametrize("code", OPERATOR)
async def test_what_only_an_operator_can_mend_is_a_state_that_says_so(
    zalo: FakeZalo, channel: ZaloChannel, code: int
) -> None:
    """Asking for the OA's name may work all the while; only a message that goes out ends it."""
    zalo.fault(CS, Fault(code=code))
    await refusal(channel)
    channel._condition.asked(await channel.check())

    assert State.REFUSED is channel.health().state
    assert str(code) in channel.health().note

    await channel.send(PERSON, Outbound("Chào bà"))
    assert State.OK is channel.health().state


@pytest.mark.parametrize("code", [-320, -321])
async def test_missing_money_is_told_to_the_operator_and_stops_nobody_else(
    zalo: FakeZalo, channel: ZaloChannel, code: int
) -> None:
    channel._condition.asked(await channel.check())
    zalo.account = code == -321
    zalo.now += timedelta(hours=49)

    failed = await refusal(channel)

    assert (failed.kind, failed.reason, failed.everybody) == (Failure.CLOSED, "closed", False)
    assert State.OK is channel.health().state
    assert "ZCA account" in channel.health().note


@pytest.mark.parametrize(
    ("at", "waits"),
    [
        (datetime(2026, 11, 23, 15, 0, tzinfo=UTC), timedelta(hours=8)),  # 22:00 in Viet Nam
        (datetime(2026, 11, 23, 22, 59, tzinfo=UTC), timedelta(minutes=1)),
        (datetime(2026, 11, 23, 18, 30, tzinfo=UTC), timedelta(hours=4, minutes=30)),
        (datetime(2026, 11, 23, 23, 0, 1, tzinfo=UTC), timedelta(minutes=10)),  # their clock is behind ours
    ],
)
async def test_what_must_not_go_out_at_night_waits_for_the_morning(
    zalo: FakeZalo, channel: ZaloChannel, at: datetime, waits: timedelta
) -> None:
    zalo.now = at
    zalo.person(PERSON).interact()
    zalo.refuses = -234

    failed = await refusal(channel)

    assert (failed.kind, failed.everybody) == (Failure.RETRY, False)
    assert failed.retry_after_s == waits.total_seconds()


async def test_too_many_calls_back_off_from_one_second_to_a_minute(
    zalo: FakeZalo, channel: ZaloChannel
) -> None:
    zalo.fault(CS, Fault(code=-32, times=8))
    waits = []
    for _ in range(8):
        waits.append((await refusal(channel)).retry_after_s)
        zalo.now += timedelta(seconds=waits[-1] or 0)
    await channel.send(PERSON, Outbound("Chào bà"))
    zalo.fault(CS, Fault(code=-32))

    assert waits == [1, 2, 4, 8, 16, 32, 60, 60]
    assert (await refusal(channel)).retry_after_s == 1


async def test_refusals_of_calls_that_were_under_way_together_count_once(
    zalo: FakeZalo, channel: ZaloChannel
) -> None:
    zalo.fault(CS, Fault(code=-32, times=3))

    assert [(await refusal(channel)).retry_after_s for _ in range(3)] == [1, 1, 1]


async def test_after_too_many_calls_the_rate_is_halved_for_five_minutes(
    zalo: FakeZalo, channel: ZaloChannel
) -> None:
    zalo.fault(CS, Fault(code=-32))
    await refusal(channel)
    await channel.send(PERSON, Outbound("Chào bà"))

    halved = channel.rate_factor()
    zalo.now += timedelta(minutes=5, seconds=1)

    assert (halved, channel.rate_factor()) == (0.5, 1.0)


async def test_the_rate_follows_what_zalo_grants(zalo: FakeZalo, channel: ZaloChannel) -> None:
    """600 calls a minute are 10 a second; a fifth is left to others, and the settings say 1.5."""
    zalo.calls_a_minute = 600
    await channel.send(PERSON, Outbound("Chào bà"))

    assert channel.rate_factor() == pytest.approx(8 / 1.5)


@pytest.mark.parametrize("said", ["", "many", "-5", "0", "½", "1e9"])
def test_a_header_that_is_no_number_says_nothing(said: str) -> None:
    pace = Pace(1.5)
    pace.heard({"X-RateLimit-Limit": said})

    assert pace.factor(START) == 1.0


@pytest.mark.parametrize(
    "fault",
    [
        Fault(status=500, body="<html>Internal Server Error</html>"),
        Fault(status=502, body=""),
        Fault(status=503, body='{"error": 0, "message": "Success", "data": {"message_id": "m"}}'),
        Fault(body="<html>hello</html>"),
        Fault(body=""),
        Fault(body="[]"),
        Fault(body="{}"),
        Fault(body='{"data": null}'),
        Fault(body='{"error": "none", "data": {}}'),
        Fault(status=302, body="go away", headers={"Location": "http://127.0.0.1:1/"}),
        Fault(status=504, accept=True),
        Fault(drop=True),
        Fault(drop=True, accept=True),
    ],
)
async def test_whatever_is_no_answer_leaves_it_unknown(
    zalo: FakeZalo, channel: ZaloChannel, fault: Fault
) -> None:
    """There is no key that would make a second try harmless."""
    zalo.fault(CS, fault)

    failed = await refusal(channel)

    assert (failed.kind, failed.everybody) == (Failure.UNKNOWN, False)
    assert zalo.paths() == [CS]


async def test_no_answer_in_time_leaves_it_unknown(
    zalo: FakeZalo, channel: ZaloChannel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api, "CALL_S", 0.1)
    zalo.fault(CS, Fault(hang=True, accept=True))

    assert Failure.UNKNOWN is (await refusal(channel)).kind
    assert len(zalo.delivered) == 1


async def test_a_refused_connection_is_retried_and_is_a_state(caplog: pytest.LogCaptureFixture) -> None:
    channel = channel_to(f"http://127.0.0.1:{free_port()}", now=lambda: START)
    with caplog.at_level(logging.INFO, "bot"):
        first, second = await refusal(channel), await refusal(channel)
    await channel.close()

    assert {(Failure.RETRY, True)} == {(f.kind, f.everybody) for f in (first, second)}
    assert State.UNREACHABLE is channel.health().state
    assert len([record for record in caplog.records if record.message == "channel state"]) == 1


@pytest.mark.parametrize(
    "body",
    [
        {"error": 0, "data": {"a": 1}},
        {"error": "0", "data": {"a": 1}},
        {"data": {"a": 1}},
        {"error": None, "data": {"a": 1}},
    ],
)
def test_success_in_all_its_spellings(body: object) -> None:
    assert read(200, body) == Data({"a": 1})


@pytest.mark.parametrize("body", [{"error": -230}, {"error": "-230"}, {"error": 230, "data": {}}])
def test_a_code_in_all_its_spellings(body: object) -> None:
    found = read(200, body)
    assert isinstance(found, Answered)
    assert found.code == -230


@pytest.mark.parametrize(
    "fault",
    [
        None,
        Fault(drop=True),
        Fault(status=502, body=f"<p>{TOKEN} {PERSON} Chào bà 0912345678</p>"),
        Fault(code=-201, message=f"user_id {PERSON} is invalid: Chào bà 0912345678 {TOKEN}"),
        Fault(code=-216, message=f"Access token {TOKEN} is invalid"),
        Fault(code=-999, message=f"{PERSON} Chào bà 0912345678"),
    ],
)
async def test_tokens_secrets_and_phone_numbers_are_nowhere(
    zalo: FakeZalo, caplog: pytest.LogCaptureFixture, fault: Fault | None
) -> None:
    """Not in a log line at the most talkative level, a traceback, a repr or the reason officials see."""
    channel = channel_to(zalo, Tokens(TOKEN, "newer-token"), proof=True, naps=Naps())
    if fault is not None:
        zalo.fault(CS, fault)
    else:
        await zalo.stop()
    caplog.set_level(logging.DEBUG)

    failed = await refusal(channel, PERSON, "Chào bà 0912345678")
    health = await channel.check()
    await channel.close()

    shown = (
        caplog.text
        + "".join(traceback.format_exception(failed))
        + repr(failed)
        + repr(vars(channel))
        + repr(health)
    )
    secrets = (TOKEN, "newer-token", APP_SECRET, OA_SECRET, api.proof(APP_SECRET, TOKEN))
    assert [secret for secret in secrets if secret in shown] == []
    assert [private for private in (PERSON, "Chào bà", "0912345678") if private in failed.reason] == []
    assert [private for private in (PERSON, "0912345678") if private in caplog.text] == []


async def test_a_server_that_breaks_down_with_a_number_of_its_own_leaves_it_open(
    zalo: FakeZalo, channel: ZaloChannel
) -> None:
    """A number in HTTP 200 is Zalo's no; one of a gateway in HTTP 500 says nothing of what happened behind it."""
    zalo.fault(CS, Fault(status=500, body='{"error": 500, "message": "internal"}'))

    assert (await refusal(channel)).kind is Failure.UNKNOWN
