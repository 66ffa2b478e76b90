"""What speaks for the Official Account beside the channel: its settings, its tokens, the consent of an admin."""

from bot.channels.zalo.oauth import OAuth
from bot.channels.zalo.settings import ZaloSettings
from bot.clock import Clock
from bot.config import Settings
from bot.zalo_consent import ZaloConsents
from bot.zalo_tokens import Tokens
from console.app import PREFIX as CONSOLE
from storage.db import Database


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
    )


def build_tokens(
    settings: Settings, database: Database, owner: str, now: Clock
) -> tuple[Tokens, ZaloConsents] | tuple[None, None]:
    """Return the tokens, and what lets an admin consent; nothing while the channel is off.

    Args: owner: names this process among those that share the database.
    """
    if not settings.zalo_on:
        return None, None
    oauth, app_id = OAuth(zalo_settings(settings)), settings.zalo_app_id
    tokens = Tokens(database, oauth, app_id, settings.zalo_refresh_token, owner, now)
    callback = f"{settings.public_url}{CONSOLE}/zalo/callback"
    return tokens, ZaloConsents(database, oauth, tokens, app_id, callback, now)
