"""The access token for Zalo: renewed in time, by one at a time, and never lost between the answer and the commit.

Any number of processes share one pair in the database. Whoever renews it takes a lease, commits that the refresh token is
about to be used, asks, and commits the new pair; only then anybody uses it. Killed anywhere in between, what is left says
that the token may be spent: it is tried once more, and if it is refused, a person has to consent again.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.channels.base import Health, State
from bot.channels.zalo.errors import NoToken
from bot.channels.zalo.oauth import OAuth, OAuthRefused, OAuthUnclear
from bot.chores import every
from bot.clock import Clock
from bot.zalo_renewal import (
    CONSENT_ENDS,
    EXPIRED,
    NEEDS_CONSENT,
    TRIES_AT_ONCE,
    YOUNG,
    alarm_of,
    due,
    pair_of,
    pause_after,
    usable,
)
from storage import zalo_tokens
from storage.db import Database, Tx
from storage.errors import StorageError
from storage.zalo_tokens import Kept

LOOK_S = 60.0
LEASE = timedelta(seconds=60)  # several times as long as a call may take
POLL_S = 0.2  # how often one looks whether the other who renews is done
PATIENCE_S = 25.0  # a call waits so long for a token; the renewal itself goes on
DRAIN_S = 3.0
Pause = Callable[[float], Awaitable[None]]

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Attempt:
    """What to ask with, and how many times it was asked with, this one included."""

    refresh: str = field(repr=False)
    number: int


@dataclass(frozen=True, slots=True)
class _Busy:
    """Somebody else is renewing."""


class Tokens:
    """Gives access tokens (bot.channels.zalo.api.TokenSource)."""

    def __init__(
        self,
        database: Database,
        oauth: OAuth,
        app_id: str,
        seed: str,
        owner: str,
        now: Clock,
        pause: Pause = asyncio.sleep,
    ) -> None:
        """Args: seed: the refresh token in the settings, or "". owner: names this process among those that renew."""
        self._database = database
        self._oauth = oauth
        self._app_id = app_id
        self._seed = seed
        self._owner = owner
        self._now = now
        self._pause = pause
        self._planted = not seed
        self._planting = asyncio.Lock()
        self._flight: asyncio.Task[str] | None = None
        self._known: Kept | None = None
        self._alarm: str | None = None

    async def token(self) -> str:
        """Return a token believed good. Raises NoToken, nothing else."""
        kept = await self._read()
        access = usable(kept, self._now()) if kept else None
        return access or await self._join(None)

    async def renew(self, refused: str) -> str:
        """Return another token than the one that the API refused: who renewed meanwhile spared us to. Raises NoToken."""
        for _ in range(2):
            # A renewal that was under way may have been the one that brought the refused token.
            if (access := await self._join(refused)) != refused:
                return access
        raise NoToken("the token that was just renewed is refused")

    async def run(self) -> None:
        """Renew ahead of time, and notice what others did, until cancelled."""
        await every(LOOK_S, self.look)

    async def look(self) -> None:
        """Renew if it is time to; what is wrong then is logged and shown."""
        try:
            kept = await self._read()
            if kept and kept.state is zalo_tokens.State.OK and kept.refresh and due(kept, self._now()):
                await self._join(None, ahead=True)
        except NoToken as exc:
            if not exc.needs_consent:
                log.warning("zalo token not renewed", extra={"reason": exc.reason})

    async def close(self) -> None:
        """Let a renewal that is under way come to its end, for a moment."""
        if self._flight is not None and not self._flight.done():
            await asyncio.wait({self._flight}, timeout=DRAIN_S)
            self._flight.cancel()
            await asyncio.wait({self._flight})

    # What others are told ---------------------------------------------------------------------------------------

    @property
    def oa_id(self) -> str | None:
        """Return which OA the tokens speak for, as far as it is known."""
        return self._known.oa_id if self._known else None

    async def know_oa(self, oa_id: str) -> None:
        """Note which OA the tokens speak for, where nobody knew; if that fails, the next look tells it again."""
        try:
            await self._database.write(zalo_tokens.know_oa, self._app_id, oa_id)
            await self.read()
        except StorageError as exc:
            log.warning("zalo OA not noted", extra={"error": type(exc).__name__})

    def alarms(self) -> list[str]:
        """Return what somebody must look at, for /readyz; as of the last look."""
        return [self._alarm] if self._alarm else []

    def health(self) -> Health:
        """Say how the tokens are, as of the last look."""
        if self._alarm == NEEDS_CONSENT:
            return Health(State.REFUSED, "an admin has to consent in the console")
        if self._alarm == EXPIRED:
            return Health(State.UNREACHABLE, "the access token could not be renewed yet, it is tried again")
        if self._known is None or usable(self._known, self._now()) is None:
            return Health(State.STARTING)
        return Health(State.OK)

    async def read(self) -> Kept | None:
        """Return what is kept, and note how it stands. Raises StorageError."""
        async with self._planting:
            if not self._planted:
                if await self._database.write(zalo_tokens.plant, self._app_id, self._seed):
                    log.info("zalo refresh token taken from the settings")
                self._planted = True
        kept = await self._database.read(zalo_tokens.find, self._app_id)
        self._note(kept)
        return kept

    async def _read(self) -> Kept | None:
        try:
            return await self.read()
        except StorageError as exc:
            raise NoToken(f"the database: {type(exc).__name__}") from exc

    def _note(self, kept: Kept | None) -> None:
        alarm = alarm_of(kept, self._now())
        if alarm != self._alarm:
            if alarm in (NEEDS_CONSENT, EXPIRED):
                problem = kept.problem if kept else None
                log.error(
                    "zalo needs consent" if alarm == NEEDS_CONSENT else "zalo token expired",
                    extra={"problem": problem or "no token yet", "mend": "/console/zalo"},
                )
            elif alarm == CONSENT_ENDS:
                log.warning("zalo consent ends within two weeks", extra={"mend": "/console/zalo"})
            else:
                log.info("zalo token good again")
        self._known, self._alarm = kept, alarm

    # The renewal ------------------------------------------------------------------------------------------------

    async def _join(self, refused: str | None, *, ahead: bool = False) -> str:
        """Wait for the renewal that is under way, or begin one. Whoever stops waiting does not stop it."""
        if self._flight is None or self._flight.done():
            self._flight = asyncio.create_task(self._renew(refused, ahead=ahead))
            self._flight.add_done_callback(_looked_at)
        flight = self._flight
        done, _ = await asyncio.wait({flight}, timeout=PATIENCE_S)
        if not done or flight.cancelled():
            raise NoToken("the renewal takes long")
        return flight.result()

    async def _renew(self, refused: str | None, *, ahead: bool) -> str:
        looks = 0
        try:
            await self.read()
            while True:
                found = await self._database.write(
                    _begin, self._app_id, self._owner, refused, self._now(), ahead=ahead
                )
                match found:
                    case str():
                        return found
                    case NoToken():
                        raise found
                    case _Busy():
                        looks += 1
                        if looks * POLL_S > LEASE.total_seconds():
                            raise NoToken("another process is renewing")
                        await self._pause(POLL_S)
                    case _Attempt():
                        await self._ask(found)
        except StorageError as exc:
            raise NoToken(f"the database: {type(exc).__name__}") from exc
        finally:
            await self._note_afterwards()

    async def _note_afterwards(self) -> None:
        try:
            await self.read()
        except StorageError:
            pass  # the next look sees it

    async def _ask(self, attempt: _Attempt) -> None:
        """Use the refresh token, and write down what came of it. Raises NoToken, StorageError."""
        try:
            grant = await self._oauth.refresh(attempt.refresh)
        except OAuthRefused as exc:
            await self._database.write(zalo_tokens.refuse, self._app_id, attempt.refresh, str(exc))
            return
        except OAuthUnclear as exc:
            await self._database.write(zalo_tokens.let_go, self._app_id, self._owner, str(exc))
            if attempt.number >= TRIES_AT_ONCE:
                raise NoToken(str(exc)) from exc
            log.warning("zalo renewal without an outcome, tried once more", extra={"reason": str(exc)})
            return
        now = self._now()
        pair = pair_of(grant, now)

        def store(tx: Tx) -> bool:
            return zalo_tokens.save(tx, self._app_id, attempt.refresh, pair, now)

        if await until_stored(self._database, store, self._pause):
            log.info("zalo token renewed")


def _begin(
    tx: Tx, app_id: str, owner: str, refused: str | None, now: datetime, *, ahead: bool
) -> str | NoToken | _Attempt | _Busy:
    """Decide, with the row locked, what whoever wants another token than `refused` gets.

    Returns the token that somebody else brought meanwhile, or with what to ask: the attempt is written down then.

    Args: ahead: a token that is due to be renewed will not do.
    """
    kept = zalo_tokens.find(tx, app_id, lock=True)
    if kept is None or kept.refresh is None:
        return NoToken("nobody has consented yet", needs_consent=True)
    ended = kept.state is zalo_tokens.State.NEEDS_CONSENT
    access = usable(kept, now)
    if access and access != refused and (ended or not ahead or not due(kept, now)):
        return access
    if ended:
        if access:
            zalo_tokens.drop_access(tx, app_id)
        return NoToken(f"the refresh token was refused: {kept.problem}", needs_consent=True)
    if access and access == refused and kept.rotated_at and now - kept.rotated_at < YOUNG:
        return NoToken("a token that has just come is refused")
    if kept.lease_owner != owner and kept.lease_until and kept.lease_until > now:
        return _Busy()
    if kept.attempted_at and now < kept.attempted_at + pause_after(kept.attempts):
        return NoToken(f"the OAuth server does not answer: {kept.problem}")
    zalo_tokens.attempt(tx, app_id, owner, now + LEASE, now)
    return _Attempt(kept.refresh, kept.attempts + 1)


async def until_stored(database: Database, store: Callable[[Tx], bool], pause: Pause = asyncio.sleep) -> bool:
    """Write what is nowhere else, however long the database is in trouble; returns what `store` returned."""
    wait_s = POLL_S
    while True:
        try:
            return await database.write(store)
        except StorageError as exc:
            # The token that brought it is spent: to give up here would be to lose the channel.
            log.error("zalo tokens not stored yet", extra={"error": type(exc).__name__})
        await pause(wait_s)
        wait_s = min(wait_s * 2, 5.0)


def _looked_at(task: asyncio.Task[str]) -> None:
    if not task.cancelled():
        task.exception()  # whoever waited has it; if nobody did, it is in the row and in the log
