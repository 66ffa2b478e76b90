"""What speaks for the Official Account: the channel, its tokens, the consent of an admin, and catching up."""

from datetime import datetime

from bot.channels.base import Gallery, Health, State, StoringReception
from bot.channels.zalo import form_image
from bot.channels.zalo.api import Api
from bot.channels.zalo.channel import ZaloChannel
from bot.channels.zalo.oauth import OAuth
from bot.channels.zalo.settings import ZaloSettings
from bot.clock import Clock
from bot.config import Settings
from bot.delivery.budget import Budget
from bot.delivery.by_template import ByTemplate, Fields
from bot.zalo_consent import ZaloConsents
from bot.zalo_tokens import Tokens
from console.app import PREFIX as CONSOLE
from handlers import announcement_template
from storage.db import Database, Tx

IN_FLIGHT = 32
BURST = 3
"""Replies that may leave together: answers to a question often come in two or three parts."""


def zalo_settings(settings: Settings) -> ZaloSettings:
    """Return what the Zalo channel needs of the settings."""
    return ZaloSettings(
        settings.zalo_app_id,
        settings.zalo_app_secret,
        settings.zalo_oa_secret,
        settings.zalo_api_url,
        settings.zalo_oauth_url,
        settings.zalo_appsecret_proof,
        settings.zalo_site_verification,
        settings.zalo_template_id,
        form_image.image_url(settings.public_url),
    )


class Zalo:
    """The parts, put together; nothing runs and no connection is open yet."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        desk: StoringReception,
        owner: str,
        now: Clock,
        gallery: Gallery | None = None,
    ) -> None:
        """Args: owner: names this process among those that share the database."""
        known, app_id = zalo_settings(settings), settings.zalo_app_id
        oauth = OAuth(known)
        self.tokens = Tokens(database, oauth, app_id, settings.zalo_refresh_token, owner, now)
        callback = f"{settings.public_url}{CONSOLE}/zalo/callback"
        self.consents = ZaloConsents(database, oauth, self.tokens, app_id, callback, now)
        self.channel = ZaloChannel(
            known,
            desk,
            self.tokens,
            now,
            oa=self.tokens,
            rate_per_s=settings.zalo_rate,
            gallery=gallery,
        )
        self.budget = Budget(settings.zalo_rate, IN_FLIGHT, burst=BURST, factor=self.channel.rate_factor)
        """How fast the channel may be used: as the settings say, and as Zalo answers."""

        def fields(tx: Tx, announcement_id: int, at: datetime) -> Fields:
            return announcement_template.load(tx, announcement_id, settings.timezone, settings.public_url, at)

        self.by_template = (
            ByTemplate(fields, self.channel.send_template) if settings.zalo_template_id else None
        )

    def health(self) -> Health:
        """Return how it is: without a token nothing else counts."""
        tokens = self.tokens.health()
        return tokens if tokens.state is State.REFUSED else self.channel.health()


class OneToken:
    """A token that is as it is (bot.channels.zalo.api.TokenSource)."""

    def __init__(self, token: str) -> None:
        self._token = token

    async def token(self) -> str:
        """Return it."""
        return self._token

    async def renew(self, refused: str) -> str:
        """Return it again: whoever looks must not spend a refresh token."""
        return self._token


def api_with(settings: Settings, token: str) -> Api:
    """Return the OA's API with a token at hand, for a look that changes nothing."""
    return Api(zalo_settings(settings), OneToken(token))
