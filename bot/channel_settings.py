"""What each channel has to know, out of the settings."""

from bot.channels.zalo.settings import ZaloSettings
from bot.config import Settings


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
