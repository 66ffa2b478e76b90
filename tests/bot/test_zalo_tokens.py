"""Tokens for Zalo: one renewal at a time, nothing lost between the answer and the commit, no storm, no silent end."""

import asyncio
import logging
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from bot.channels.base import State
from bot.channels.zalo.errors import NoToken
from bot.channels.zalo.oauth import OAuth
from bot.zalo_renewal import CONSENT_ENDS, EXPIRED, NEEDS_CONSENT
from bot.zalo_tokens import LEASE, Tokens
from storage import zalo_tokens
from storage.crypto import Vault
from storage.db import Database
from storage.errors import Unavailable
from storage.zalo_tokens import Kept
from tests.conftest import NOW, SECRET
from tests.fakes.zalo_oauth import ACCESS_LIFE, APP_ID, FakeOAuth, Mode


class Bench:
    """A fake OAuth server, a database, and as many processes' worth of tokens as a test wants."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.now: datetime = NOW
        self.fake = FakeOAuth(lambda: self.now)
        self.seed = ""
        self._made: list[Tokens] = []

    def pass_time(self, **units: float) -> None:
        self.now += timedelta(**units)

    def tokens(self, database: Database | None = None, seed: str | None = None) -> Tokens:
        """Return what another process, or the same after a restart, would have."""
        made = Tokens(
            database or self.database,
            OAuth(self.fake.settings),
            APP_ID,
            self.seed if seed is None else seed,
            f"process-{len(self._made)}",
            lambda: self.now,
            _short,
        )
        self._made.append(made)
        return made

    async def kept(self) -> Kept:
        found = await self.database.read(zalo_tokens.find, APP_ID)
        assert found is not None
        return found

    async def close(self) -> None:
        self.fake.gate.set()
        for made in self._made:
            await made.close()


async def _short(_seconds: float) -> None:
    await asyncio.sleep(0.002)


@pytest.fixture
async def bench(database: Database) -> AsyncIterator[Bench]:
    bench = Bench(database)
    async with bench.fake:
        bench.seed = bench.fake.give().refresh
        yield bench
        await bench.close()


async def no_token(tokens: Tokens, refused: str | None = None) -> NoToken:
    """Ask for a token in vain; returns why."""
    with pytest.raises(NoToken) as found:
        await (tokens.renew(refused) if refused else tokens.token())
    return found.value


# The first token, and seeds ------------------------------------------------------------------------------------------


async def test_without_seed_and_consent_a_person_must_act(bench: Bench) -> None:
    tokens = bench.tokens(seed="")

    assert (await no_token(tokens)).needs_consent
    assert tokens.alarms() == [NEEDS_CONSENT]
    assert tokens.health().state is State.REFUSED
    assert bench.fake.refreshes == []


async def test_the_seed_brings_the_first_token(bench: Bench) -> None:
    tokens = bench.tokens()

    token = await tokens.token()

    assert bench.fake.is_good(token)
    assert (await tokens.token(), len(bench.fake.refreshes)) == (token, 1)
    assert (await bench.kept()).expires_at == NOW + ACCESS_LIFE, "expires_in is a string"
    assert tokens.health().state is State.OK
    assert tokens.alarms() == []


async def test_a_restart_with_the_old_seed_keeps_the_rotated_token(bench: Bench) -> None:
    token = await bench.tokens().token()
    bench.pass_time(hours=26)
    renewed = await bench.tokens().token()

    assert await bench.tokens().token() == renewed != token
    assert [r.rotated for r in bench.fake.refreshes] == [True, True]


async def test_another_seed_replaces_what_is_kept(bench: Bench) -> None:
    await bench.tokens().token()
    other = bench.fake.give()

    token = await bench.tokens(seed=other.refresh).token()

    assert bench.fake.refreshes[-1].token == other.refresh
    assert bench.fake.is_good(token)


# One at a time ---------------------------------------------------------------------------------------------------------


async def test_two_processes_and_many_calls_renew_once(bench: Bench, database_url: str) -> None:
    other = Database(database_url, Vault(SECRET))
    first, second = bench.tokens(), bench.tokens(other)
    try:
        got = await asyncio.gather(*(tokens.token() for tokens in (first, second) for _ in range(20)))
        await second.close()
    finally:
        await other.close()

    assert len(bench.fake.refreshes) == 1
    assert len(set(got)) == 1
    assert bench.fake.is_good(got[0])


async def test_a_token_that_both_are_refused_is_renewed_once(bench: Bench) -> None:
    first, second = bench.tokens(), bench.tokens()
    old = await first.token()
    bench.pass_time(hours=1)

    got = await asyncio.gather(*(tokens.renew(old) for tokens in (first, second) for _ in range(5)))

    assert len(set(got)) == 1
    assert got[0] != old
    assert len(bench.fake.refreshes) == 2


async def test_whoever_was_refused_an_old_token_gets_the_newer_one_without_asking(bench: Bench) -> None:
    old = await bench.tokens().token()
    bench.pass_time(hours=1)
    new = await bench.tokens().renew(old)
    asked = len(bench.fake.refreshes)

    assert await bench.tokens().renew(old) == new
    assert len(bench.fake.refreshes) == asked


async def test_while_another_holds_the_lease_nobody_asks(bench: Bench) -> None:
    tokens, other = bench.tokens(), bench.tokens()
    bench.fake.gate.clear()
    first = asyncio.create_task(tokens.token())
    await bench.fake.arrived.wait()
    second = asyncio.create_task(other.token())
    for _ in range(20):
        await asyncio.sleep(0.005)
    assert len(bench.fake.refreshes) == 1
    bench.fake.gate.set()

    assert await first == await second
    assert len(bench.fake.refreshes) == 1


async def test_a_fresh_token_that_is_refused_is_not_renewed_again(bench: Bench) -> None:
    """The API that refuses each new token has another reason: no storm of renewals."""
    tokens = bench.tokens()
    token = await tokens.token()
    for _ in range(10):
        assert not (await no_token(tokens, token)).needs_consent

    assert len(bench.fake.refreshes) == 1


# In time ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("life", "hours"), [("90000", 15), (90000, 15), ("180000", 20), ("7200", 1.2), ("soon", 15), (None, 15)]
)
async def test_it_is_renewed_at_three_fifths_of_its_life_or_after_twenty_hours(
    bench: Bench, life: object, hours: float
) -> None:
    bench.fake.life = life
    tokens = bench.tokens()
    await tokens.look()
    assert len(bench.fake.refreshes) == 1
    bench.pass_time(hours=hours - 0.01)
    await tokens.look()
    assert len(bench.fake.refreshes) == 1

    bench.pass_time(hours=0.02)
    await tokens.look()

    assert len(bench.fake.refreshes) == 2


async def test_looking_after_it_for_a_day_costs_two_renewals(bench: Bench) -> None:
    tokens = [bench.tokens(), bench.tokens()]
    for _ in range(24):
        await asyncio.gather(*(each.look() for each in tokens))
        assert bench.fake.is_good(await tokens[0].token())
        bench.pass_time(hours=1)

    assert len(bench.fake.refreshes) == 2


async def test_two_weeks_before_the_consent_ends_somebody_is_told(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    tokens = bench.tokens()
    await tokens.token()
    bench.fake.fail(*[Mode.BROKEN] * 4)
    bench.pass_time(days=75)
    await tokens.look()
    assert tokens.alarms() == [EXPIRED]
    kept = await bench.kept()
    pair = zalo_tokens.Pair("a", "r", bench.now + ACCESS_LIFE, bench.now + timedelta(days=13))
    await bench.database.write(zalo_tokens.save, APP_ID, kept.refresh, pair, bench.now)

    await tokens.look()

    assert tokens.alarms() == [CONSENT_ENDS]
    assert "zalo consent ends within two weeks" in caplog.text


# What goes wrong -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", [Mode.NO_TOKENS, Mode.EMPTY_TOKENS, Mode.GARBAGE, Mode.BROKEN, Mode.DROPPED])
async def test_an_answer_without_tokens_leaves_the_pair_and_is_asked_once_more(
    bench: Bench, mode: Mode
) -> None:
    tokens = bench.tokens()
    old = await tokens.token()
    before = await bench.kept()
    bench.fake.fail(mode, mode)
    bench.pass_time(hours=16)

    await tokens.look()
    asked = len(bench.fake.refreshes)
    kept = await bench.kept()
    assert (kept.access, kept.refresh, kept.state) == (before.access, before.refresh, before.state)
    assert await tokens.token() == old, "still good, and still used"
    await tokens.look()
    assert (asked, len(bench.fake.refreshes)) == (3, 3), "then there is a pause"

    bench.pass_time(minutes=2)
    await tokens.look()
    assert bench.fake.is_good(await tokens.token())
    assert (await bench.kept()).attempts == 0


async def test_a_lost_answer_is_asked_for_once_more_then_a_person_must_act_and_nobody_asks_again(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    """The token was rotated, and the answer with the new one is gone: the same one is refused."""
    tokens = bench.tokens()
    old = await tokens.token()
    bench.pass_time(hours=26)
    bench.fake.fail(Mode.LOST)

    assert (await no_token(tokens)).needs_consent

    assert [r.rotated for r in bench.fake.refreshes] == [True, True, False]
    for _ in range(5):
        assert (await no_token(tokens)).needs_consent
        assert (await no_token(tokens, old)).needs_consent
        await tokens.look()
        bench.pass_time(hours=1)
    assert (await no_token(bench.tokens())).needs_consent, "after a restart as well"
    assert len(bench.fake.refreshes) == 3
    assert tokens.alarms() == [NEEDS_CONSENT]
    errors = [r for r in caplog.records if r.levelno >= logging.ERROR]
    assert [r.message for r in errors] == ["zalo needs consent"] * 2, "once for each process"
    assert "-14014" in str(getattr(errors[0], "problem", ""))


@pytest.mark.parametrize("number", [True, False])
async def test_a_refusal_with_and_without_a_number_needs_consent(bench: Bench, number: bool) -> None:
    bench.fake.number_in_failures = number
    tokens = bench.tokens(seed="never-was-one")

    assert (await no_token(tokens)).needs_consent
    assert len(bench.fake.refreshes) == 1


async def test_a_refusal_with_status_400_needs_consent(bench: Bench) -> None:
    bench.fake.fail(Mode.REFUSED_400)

    assert (await no_token(bench.tokens())).needs_consent


async def test_with_the_consent_gone_the_token_at_hand_serves_until_it_is_refused(bench: Bench) -> None:
    tokens = bench.tokens()
    token = await tokens.token()
    bench.pass_time(hours=16)
    bench.fake.fail(Mode.REFUSED_400)
    await tokens.look()
    assert tokens.alarms() == [NEEDS_CONSENT]

    assert await tokens.token() == token
    assert (await no_token(tokens, token)).needs_consent
    assert (await no_token(tokens)).needs_consent, "and is not tried again"


async def test_a_server_that_is_down_for_a_day_is_asked_with_pauses_and_then_goes_on(bench: Bench) -> None:
    tokens = bench.tokens()
    await tokens.token()
    bench.fake.fail(*[Mode.DROPPED] * 10_000)
    for _ in range(30 * 6):
        bench.pass_time(minutes=10)
        await tokens.look()
    asked = len(bench.fake.refreshes)
    assert 30 < asked < 60
    assert tokens.alarms() == [EXPIRED]
    assert tokens.health().state is State.UNREACHABLE
    assert not (await no_token(tokens)).needs_consent
    bench.fake.faults.clear()
    bench.pass_time(minutes=16)

    assert bench.fake.is_good(await tokens.token())
    assert tokens.alarms() == []


async def test_a_database_in_trouble_is_no_fault_but_a_while_without_a_token(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def locked(*_: object, **__: object) -> object:
        raise Unavailable("locked")

    monkeypatch.setattr(bench.database, "read", locked)
    tokens = bench.tokens(seed="")

    assert not (await no_token(tokens)).needs_consent


# Between the answer and the commit -----------------------------------------------------------------------------------


async def test_a_pair_that_cannot_be_stored_at_once_is_stored_later(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its refresh token is spent and it is nowhere else: the disk may be full for as long as it likes."""
    save, failures = zalo_tokens.save, iter(range(5))

    def full(*arguments: Any) -> bool:
        if next(failures, None) is not None:
            raise Unavailable("disk full")
        return save(*arguments)

    monkeypatch.setattr(zalo_tokens, "save", full)

    token = await bench.tokens().token()

    assert bench.fake.is_good(token)
    assert len(bench.fake.refreshes) == 1


async def test_a_caller_that_gives_up_does_not_lose_the_answer(bench: Bench) -> None:
    tokens = bench.tokens()
    bench.fake.gate.clear()
    caller = asyncio.create_task(tokens.token())
    await bench.fake.arrived.wait()
    caller.cancel()
    await asyncio.wait({caller})
    bench.fake.gate.set()

    assert bench.fake.is_good(await tokens.token())
    assert len(bench.fake.refreshes) == 1


class Killed(BaseException):
    """Nothing comes after it, as after kill -9."""


async def _die_at(point: str, tokens: Tokens, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a renewal end at a point as a killed process would."""
    refresh = OAuth.refresh

    def in_transaction(*_: object) -> bool:
        raise Killed

    async def before(*_: object) -> None:
        raise Killed

    async def after(oauth: OAuth, token: str) -> None:
        await refresh(oauth, token)
        raise Killed

    with monkeypatch.context() as patch:
        match point:
            case "attempt not committed":
                patch.setattr(zalo_tokens, "attempt", in_transaction)
            case "request not sent":
                patch.setattr(OAuth, "refresh", before)
            case "answer not read":
                patch.setattr(OAuth, "refresh", after)
            case "answer not committed":
                patch.setattr(zalo_tokens, "save", in_transaction)
        with pytest.raises(Killed):
            await tokens.token()


@pytest.mark.parametrize("waits", [True, False])
@pytest.mark.parametrize(
    ("point", "lost"),
    [
        ("attempt not committed", False),
        ("request not sent", False),
        ("answer not read", True),
        ("answer not committed", True),
    ],
)
async def test_killed_at_any_point_it_goes_on_or_asks_for_consent(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, point: str, lost: bool, waits: bool
) -> None:
    """Where the server has rotated and nobody wrote it down, no program can mend it: a person is asked, once."""
    await bench.tokens().token()
    bench.pass_time(hours=26)
    await _die_at(point, bench.tokens(), monkeypatch)
    if waits:
        bench.now += LEASE
    else:
        await bench.database.write(zalo_tokens.end_lease, APP_ID)  # as a start on SQLite does
    after = bench.tokens()

    if lost:
        assert (await no_token(after)).needs_consent
        assert after.alarms() == [NEEDS_CONSENT]
    else:
        assert bench.fake.is_good(await after.token())
    asked = len(bench.fake.refreshes)
    for _ in range(3):
        await after.look()
    assert len(bench.fake.refreshes) == asked <= 3


async def test_a_process_that_stood_still_past_its_lease_still_brings_its_pair(bench: Bench) -> None:
    """Another one was refused the spent token meanwhile and asked for consent; the pair that comes late is good."""
    await bench.tokens().token()
    bench.pass_time(hours=26)
    bench.fake.gate.clear()
    bench.fake.arrived.clear()
    slow = asyncio.create_task(bench.tokens().token())
    await bench.fake.arrived.wait()
    bench.now += LEASE
    other = bench.tokens()
    bench.fake.arrived.clear()
    second = asyncio.create_task(no_token(other))
    await bench.fake.arrived.wait()
    bench.fake.gate.set()
    await asyncio.wait({second, slow})

    assert bench.fake.is_good(await slow)
    assert await other.token() == await slow
    await other.look()
    assert other.alarms() == []


async def test_no_token_is_logged(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    tokens = bench.tokens()
    await tokens.token()
    bench.pass_time(hours=26)
    bench.fake.fail(Mode.LOST)
    await no_token(tokens)

    said = caplog.text + "".join(str(vars(record)) for record in caplog.records)
    for pair in bench.fake.pairs:
        assert pair.access not in said
        assert pair.refresh not in said
