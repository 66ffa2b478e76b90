"""Put the Zalo channel together from the settings."""

from bot.channels.base import Gallery, Reception
from bot.channels.zalo.api import TokenSource
from bot.channels.zalo.channel import ZaloChannel
from bot.channels.zalo.errors import NoToken
from bot.channels.zalo.settings import ZaloSettings
from bot.clock import Clock
from bot.config import Settings
from bot.delivery.budget import Budget

IN_FLIGHT = 32
BURST = 3
"""Replies that may leave together: answers to a question often come in two or three parts."""


def zalo_settings(settings: Settings) -> ZaloSettings:
    """Return what the Zalo channel needs of the settings."""
    return ZaloSettings(
        app_id=settings.zalo_app_id,
        app_secret=settings.zalo_app_secret,
        oa_secret=settings.zalo_oa_secret,
        api_url=settings.zalo_api_url,
        oauth_url=settings.zalo_oauth_url,
        appsecret_proof=settings.zalo_appsecret_proof,
        site_verification=settings.zalo_site_verification,
    )


def build_zalo(
    settings: Settings, desk: Reception, tokens: TokenSource, now: Clock, gallery: Gallery | None = None
) -> ZaloChannel:
    """Build the channel; opens no connection yet."""
    return ZaloChannel(
        zalo_settings(settings), desk, tokens, now, rate_per_s=settings.zalo_rate, gallery=gallery
    )


def zalo_budget(settings: Settings, zalo: ZaloChannel) -> Budget:
    """Return how fast the channel may be used: as the settings say, and as Zalo answers."""
    return Budget(settings.zalo_rate, IN_FLIGHT, burst=BURST, factor=zalo.rate_factor)


class Unconsented:
    """The tokens of an OA that nobody has given consent for."""

    async def token(self) -> str:
        """Raise NoToken."""
        raise NoToken("no consent was given yet", needs_consent=True)

    async def renew(self, refused: str) -> str:
        """Raise NoToken."""
        return await self.token()
