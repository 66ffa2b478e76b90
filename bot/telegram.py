"""The Telegram channel, out of the settings."""

from typing import TYPE_CHECKING

from bot.channels.base import Gallery, Reception
from bot.channels.telegram.settings import TelegramSettings
from bot.clock import Clock
from bot.config import Settings

if TYPE_CHECKING:
    from bot.channels.telegram.channel import TelegramChannel


def telegram_settings(settings: Settings) -> TelegramSettings:
    """Return what the Telegram channel needs of the settings."""
    return TelegramSettings(
        token=settings.telegram_bot_token,
        mode=settings.telegram_mode,
        api_url=settings.telegram_api_url,
        webhook_url=f"{settings.public_url}/webhooks/telegram",
        webhook_secret=settings.telegram_webhook_secret,
    )


def build_telegram(
    settings: Settings, desk: Reception, now: Clock, gallery: Gallery | None = None
) -> "TelegramChannel":
    """Build the channel; opens no connection yet."""
    # The library takes as long to import as all the rest; where the channel is off, nobody waits for it.
    from bot.channels.telegram.channel import TelegramChannel

    return TelegramChannel(telegram_settings(settings), desk, now, gallery=gallery)
