"""The settings: read once from the environment and `.env`, checked, and handed down as values."""

import os
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, time
from pathlib import Path
from typing import Any, Literal, TypeVar
from zoneinfo import ZoneInfo

from dotenv import dotenv_values

from bot import setting_values
from handlers.reach import Windows
from handlers.sending_rules import SendingRules
from storage.crypto import MIN_SECRET_CHARS, derive

DATA_DIR = Path("data")
SECRET_FILE = DATA_DIR / "secret-key"
DEFAULT_PUBLIC_URL = "http://127.0.0.1:8080"
TELEGRAM_API = "https://api.telegram.org"
ZALO_API = "https://openapi.zalo.me"
ZALO_OAUTH = "https://oauth.zaloapp.com"
ZALO_TOGETHER = ("ZALO_APP_ID", "ZALO_APP_SECRET", "ZALO_OA_SECRET")

T = TypeVar("T")


class ConfigError(Exception):
    """A setting has a wrong value. One line: its name, the fault, and what a right one looks like."""


@dataclass(frozen=True)
class Settings:
    """All settings. Names are those of the environment in lower case; see `.env.example` for their meaning."""

    database_url: str
    http_host: str
    http_port: int
    public_url: str
    secret_key: str = field(repr=False)
    embed_origins: tuple[str, ...]
    telegram_bot_token: str = field(repr=False)
    telegram_mode: Literal["polling", "webhook"]
    telegram_api_url: str
    telegram_webhook_secret: str = field(repr=False)
    telegram_rate: float
    zalo_app_id: str
    zalo_app_secret: str = field(repr=False)
    zalo_oa_secret: str = field(repr=False)
    zalo_refresh_token: str = field(repr=False)
    zalo_api_url: str
    zalo_oauth_url: str
    zalo_rate: float
    zalo_paid_window: bool
    zalo_appsecret_proof: bool
    zalo_template_id: str
    zalo_site_verification: str
    province_name: str
    areas_dir: Path | None
    timezone: ZoneInfo
    quiet_hours: tuple[time, time] | None
    approval_above: int
    weekly_ceiling: int
    retention_days: int
    log_level: str
    log_format: Literal["console", "json"]
    clock_start: datetime | None

    @property
    def secrets(self) -> tuple[str, ...]:
        """Return what must never be printed."""
        held = (
            self.secret_key,
            self.telegram_bot_token,
            self.telegram_webhook_secret,
            self.zalo_app_secret,
            self.zalo_oa_secret,
            self.zalo_refresh_token,
        )
        return tuple(secret for secret in held if secret)

    @property
    def zalo_on(self) -> bool:
        """Say whether the channel is on: it has an app and an OA."""
        return bool(self.zalo_app_id)

    @property
    def sending_rules(self) -> SendingRules:
        """Return when announcements may leave, and how many of them a person gets."""
        pushed = ("telegram",) if self.telegram_bot_token else ()
        return SendingRules(
            self.timezone,
            self.quiet_hours,
            self.approval_above,
            self.weekly_ceiling,
            Windows(self.zalo_paid_window, pushed, self.zalo_on and bool(self.zalo_template_id)),
        )


def load(environment: Mapping[str, str] | None = None, env_file: Path = Path(".env")) -> Settings:
    """Read the settings; what the environment says wins over the file. Raises ConfigError.

    Makes the secret key on the first run, in `data/` beside the database.
    """
    if environment is None:
        values = {name: value for name, value in dotenv_values(env_file).items() if value is not None}
        environment = values | os.environ
    read = _Reader(environment)
    settings_before_key: dict[str, Any] = {
        "database_url": read(
            "DATABASE_URL", "sqlite+aiosqlite:///data/hai-chieu.db", setting_values.database_url
        ),
        "http_host": read("HTTP_HOST", "127.0.0.1", str),
        "http_port": read("HTTP_PORT", "8080", setting_values.port),
        "public_url": read("PUBLIC_URL", DEFAULT_PUBLIC_URL, setting_values.web_address),
        "embed_origins": read("EMBED_ORIGINS", "", setting_values.origins),
        "telegram_bot_token": read("TELEGRAM_BOT_TOKEN", "", setting_values.telegram_token),
        "telegram_mode": read("TELEGRAM_MODE", "polling", setting_values.one_of("polling", "webhook")),
        "telegram_api_url": read("TELEGRAM_API_URL", TELEGRAM_API, setting_values.web_address),
        "telegram_rate": read("TELEGRAM_RATE", "30", setting_values.rate),
        "zalo_app_id": read("ZALO_APP_ID", "", setting_values.zalo_app_id),
        "zalo_app_secret": read("ZALO_APP_SECRET", "", str),
        "zalo_oa_secret": read("ZALO_OA_SECRET", "", str),
        "zalo_refresh_token": read("ZALO_REFRESH_TOKEN", "", str),
        "zalo_api_url": read("ZALO_API_URL", ZALO_API, setting_values.web_address),
        "zalo_oauth_url": read("ZALO_OAUTH_URL", ZALO_OAUTH, setting_values.web_address),
        "zalo_rate": read("ZALO_RATE", "1.5", setting_values.rate),
        "zalo_paid_window": read("ZALO_PAID_WINDOW", "false", setting_values.yes_or_no),
        "zalo_appsecret_proof": read("ZALO_APPSECRET_PROOF", "false", setting_values.yes_or_no),
        "zalo_template_id": read("ZALO_TEMPLATE_ID", "", str),
        "zalo_site_verification": read("ZALO_SITE_VERIFICATION", "", setting_values.site_code),
        "province_name": read("PROVINCE_NAME", "thành phố Hải Phòng", str),
        "areas_dir": read("AREAS_DIR", "", setting_values.folder),
        "timezone": read("TIMEZONE", "Asia/Ho_Chi_Minh", setting_values.zone),
        "quiet_hours": read("QUIET_HOURS", "21:00-06:00", setting_values.hours, empty=None),
        "approval_above": read("APPROVAL_ABOVE", "100", setting_values.number),
        "weekly_ceiling": read("WEEKLY_CEILING", "3", setting_values.number),
        "retention_days": read("RETENTION_DAYS", "730", setting_values.days),
        "log_level": read("LOG_LEVEL", "INFO", setting_values.one_of("DEBUG", "INFO", "WARNING", "ERROR")),
        "log_format": read("LOG_FORMAT", "console", setting_values.one_of("console", "json")),
        "clock_start": read("CLOCK_START", "", setting_values.moment),
    }
    if settings_before_key["clock_start"] and not setting_values.is_loopback(
        settings_before_key["public_url"]
    ):
        raise ConfigError(
            "CLOCK_START: for tests only, refused unless PUBLIC_URL is loopback; leave it empty"
        )
    _need_together({name: settings_before_key[name.lower()] for name in ZALO_TOGETHER})
    key = read("SECRET_KEY", "", setting_values.secret_key) or _kept_secret_key()
    webhook_secret = read("TELEGRAM_WEBHOOK_SECRET", "", setting_values.webhook_secret)
    return Settings(
        secret_key=key,
        telegram_webhook_secret=webhook_secret or derive(key, "telegram-webhook").hex(),
        **settings_before_key,
    )


class _Reader:
    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment

    def __call__(self, name: str, default: str, parse: Callable[[str], T], **when: T) -> T:
        """Args: when: `empty`: what a setting means that is there and says nothing; else that is the default."""
        value = self._environment.get(name, "").strip() or default
        if "empty" in when and not self._environment.get(name, default).strip():
            return when["empty"]
        try:
            return parse(value)
        except ValueError as exc:
            raise ConfigError(f"{name}: {exc}") from exc


def _kept_secret_key() -> str:
    SECRET_FILE.parent.mkdir(parents=True, exist_ok=True)
    try:
        # O_EXCL: of two processes that start together one makes the key, the other reads it.
        descriptor = os.open(SECRET_FILE, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(48))
    except FileExistsError:
        pass
    key = SECRET_FILE.read_text().strip()
    if len(key) < MIN_SECRET_CHARS:
        raise ConfigError(
            f"SECRET_KEY: {SECRET_FILE} holds fewer than {MIN_SECRET_CHARS} characters; restore it"
        )
    return key


def _need_together(given: Mapping[str, str]) -> None:
    missing = [name for name, value in given.items() if not value]
    if missing and len(missing) < len(given):
        there = next(name for name, value in given.items() if value)
        raise ConfigError(
            f"{missing[0]}: empty while {there} is set; Zalo needs {', '.join(given)}, or none of them"
        )
