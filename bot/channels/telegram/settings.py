"""What the Telegram channel has to be told. Reads no environment."""

import re
from dataclasses import dataclass, field
from typing import Literal

_TOKEN = re.compile(r"\d+:[A-Za-z0-9_-]+")
_SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")  # Bot API, setWebhook.secret_token, read 2026-11


@dataclass(frozen=True, slots=True)
class TelegramSettings:
    """What the channel has to know.

    Args:
        api_url: base of the Bot API server, without `/bot…`.
        webhook_url: full public address of `WEBHOOK_PATH`; needed in webhook mode.
        webhook_secret: 1–256 of `A-Z a-z 0-9 _ -`; needed in webhook mode.
    """

    token: str = field(repr=False)
    mode: Literal["polling", "webhook"] = "polling"
    api_url: str = "https://api.telegram.org"
    webhook_url: str = ""
    webhook_secret: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        if not _TOKEN.fullmatch(self.token):
            raise ValueError("TELEGRAM_BOT_TOKEN: not a bot token; it looks like 123456:ABC-DEF")
        if self.mode == "webhook" and not self.webhook_url:
            raise ValueError("TELEGRAM_MODE: webhook needs a public address")
        if self.mode == "webhook" and not _SECRET.fullmatch(self.webhook_secret):
            raise ValueError("TELEGRAM_WEBHOOK_SECRET: 1 to 256 of A-Z a-z 0-9 _ -")

    @property
    def bot_id(self) -> str:
        """The public half of the token."""
        return self.token.partition(":")[0]
