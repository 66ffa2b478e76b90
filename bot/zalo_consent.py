"""An admin's consent for the Official Account: the link there, and what comes back (console.zalo.ZaloConsent)."""

import logging
import re
import secrets
from datetime import timedelta

from bot.channels.zalo.oauth import VERIFIER_CHARS, OAuth, OAuthRefused, OAuthUnclear
from bot.clock import Clock
from bot.zalo_renewal import pair_of, usable
from bot.zalo_tokens import Tokens, until_stored
from console.zalo import ConsentFailed, Standing, Why
from handlers.officials import Official, Permission, require
from storage import audit, zalo_tokens
from storage.db import Database, Tx
from storage.zalo_tokens import Consent, State

TIME = timedelta(minutes=15)
_OA_ID = re.compile(r"[0-9]{1,30}", re.ASCII)
_CODE = re.compile(r"[\x21-\x7e]{1,2000}")

log = logging.getLogger(__name__)


class ZaloConsents:
    """Begins consents and takes them."""

    def __init__(
        self, database: Database, oauth: OAuth, tokens: Tokens, app_id: str, redirect_uri: str, now: Clock
    ) -> None:
        """Args: redirect_uri: where Zalo sends the browser back to; registered with the app."""
        self._database = database
        self._oauth = oauth
        self._tokens = tokens
        self._app_id = app_id
        self._redirect_uri = redirect_uri
        self._now = now

    async def standing(self, who: Official) -> Standing:
        """Return how the tokens stand, and the link of a consent that this official began."""
        require(who, Permission.MANAGE_SETTINGS)
        kept = await self._tokens.read()
        begun = await self._database.read(zalo_tokens.find_consent, self._app_id)
        now = self._now()
        own = begun if begun and begun.official_id == who.id and now < begun.until else None
        link = self._oauth.consent_url(self._redirect_uri, own.state, own.verifier) if own else None
        needs_consent = kept is None or kept.refresh is None or kept.state is State.NEEDS_CONSENT
        return Standing(
            self._app_id,
            kept.oa_id if kept else None,
            needs_consent,
            retrying=bool(kept and kept.attempted_at and not needs_consent),
            problem=kept.problem if kept else None,
            renewed_at=kept.rotated_at if kept else None,
            good_until=kept.expires_at if kept and usable(kept, now) else None,
            consent_until=kept.refresh_expires_at if kept and not needs_consent else None,
            link=link,
            link_until=own.until if own else None,
        )

    async def begin(self, who: Official) -> None:
        """Keep what the consent needs when it comes back; a link that was made before is void."""
        require(who, Permission.MANAGE_SETTINGS)
        now = self._now()
        verifier = secrets.token_urlsafe(VERIFIER_CHARS)[:VERIFIER_CHARS]
        consent = Consent(secrets.token_urlsafe(32), verifier, who.id, now + TIME)

        def keep(tx: Tx) -> None:
            zalo_tokens.begin_consent(tx, self._app_id, consent)
            audit.write(tx, who.id, "zalo.begin_consent", "zalo", self._app_id, {}, now)

        await self._database.write(keep)

    async def finish(self, who: Official, code: str, state: str, oa_id: str) -> None:
        """Take a consent that came back: its state counts once, its code is given for tokens, and they are kept."""
        require(who, Permission.MANAGE_SETTINGS)
        found = await self._database.write(self._take, who, code, state, oa_id)
        if isinstance(found, Why):
            raise ConsentFailed(found)
        try:
            grant = await self._oauth.exchange(code, found)
        except OAuthRefused as exc:
            log.warning("zalo consent refused", extra={"reason": str(exc)})
            raise ConsentFailed(Why.REFUSED, exc.code) from exc
        except OAuthUnclear as exc:
            log.warning("zalo consent without an answer", extra={"reason": str(exc)})
            raise ConsentFailed(Why.NO_ANSWER) from exc
        now = self._now()
        pair = pair_of(grant, now)

        def store(tx: Tx) -> bool:
            audit.write(tx, who.id, "zalo.consent", "zalo", self._app_id, {"oa": oa_id}, now)
            return zalo_tokens.save(tx, self._app_id, None, pair, now, oa_id or None)

        await until_stored(self._database, store)
        await self._tokens.read()

    def _take(self, tx: Tx, who: Official, code: str, state: str, oa_id: str) -> str | Why:
        """Return the verifier, which is given out once; or why there is none."""
        begun = zalo_tokens.find_consent(tx, self._app_id, lock=True)
        # What is not theirs is left alone: a stranger's address must not spoil a consent that is under way.
        if begun is None or not begun.is_for(state):
            return Why.UNKNOWN
        if begun.official_id != who.id:
            return Why.OTHER_OFFICIAL
        zalo_tokens.drop_consent(tx, self._app_id)
        if self._now() >= begun.until:
            return Why.TOO_LATE
        if not _CODE.fullmatch(code):
            return Why.NO_CODE
        kept = zalo_tokens.find(tx, self._app_id)
        # The people's ids belong to one OA: with another one's tokens nobody could be written to.
        if oa_id and (not _OA_ID.fullmatch(oa_id) or (kept and kept.oa_id not in (None, oa_id))):
            return Why.OTHER_OA
        return begun.verifier
