"""The settings: read once from the environment and `.env`, checked, and handed down as values."""

import ipaddress
import os
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, time
from pathlib import Path
from typing import Any, Literal, TypeVar
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from dotenv import dotenv_values

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
        "database_url": read("DATABASE_URL", "sqlite+aiosqlite:///data/hai-chieu.db", _database_url),
        "http_host": read("HTTP_HOST", "127.0.0.1", str),
        "http_port": read("HTTP_PORT", "8080", _port),
        "public_url": read("PUBLIC_URL", DEFAULT_PUBLIC_URL, _url),
        "embed_origins": read("EMBED_ORIGINS", "", _origins),
        "telegram_bot_token": read("TELEGRAM_BOT_TOKEN", "", _telegram_token),
        "telegram_mode": read("TELEGRAM_MODE", "polling", _one_of("polling", "webhook")),
        "telegram_api_url": read("TELEGRAM_API_URL", TELEGRAM_API, _url),
        "telegram_rate": read("TELEGRAM_RATE", "30", _rate),
        "zalo_app_id": read("ZALO_APP_ID", "", _zalo_app_id),
        "zalo_app_secret": read("ZALO_APP_SECRET", "", str),
        "zalo_oa_secret": read("ZALO_OA_SECRET", "", str),
        "zalo_refresh_token": read("ZALO_REFRESH_TOKEN", "", str),
        "zalo_api_url": read("ZALO_API_URL", ZALO_API, _url),
        "zalo_oauth_url": read("ZALO_OAUTH_URL", ZALO_OAUTH, _url),
        "zalo_rate": read("ZALO_RATE", "1.5", _rate),
        "zalo_paid_window": read("ZALO_PAID_WINDOW", "false", _yes_or_no),
        "zalo_appsecret_proof": read("ZALO_APPSECRET_PROOF", "false", _yes_or_no),
        "zalo_template_id": read("ZALO_TEMPLATE_ID", "", str),
        "zalo_site_verification": read("ZALO_SITE_VERIFICATION", "", _site_code),
        "province_name": read("PROVINCE_NAME", "thành phố Hải Phòng", str),
        "areas_dir": read("AREAS_DIR", "", _folder),
        "timezone": read("TIMEZONE", "Asia/Ho_Chi_Minh", _zone),
        "quiet_hours": read("QUIET_HOURS", "21:00-06:00", _hours, empty=None),
        "approval_above": read("APPROVAL_ABOVE", "100", _number),
        "weekly_ceiling": read("WEEKLY_CEILING", "3", _number),
        "retention_days": read("RETENTION_DAYS", "730", _days),
        "log_level": read("LOG_LEVEL", "INFO", _one_of("DEBUG", "INFO", "WARNING", "ERROR")),
        "log_format": read("LOG_FORMAT", "console", _one_of("console", "json")),
        "clock_start": read("CLOCK_START", "", _time),
    }
    if settings_before_key["clock_start"] and not _is_loopback(settings_before_key["public_url"]):
        raise ConfigError(
            "CLOCK_START: for tests only, refused unless PUBLIC_URL is loopback; leave it empty"
        )
    _need_together({name: settings_before_key[name.lower()] for name in ZALO_TOGETHER})
    key = read("SECRET_KEY", "", _secret_key) or _kept_secret_key()
    webhook_secret = read("TELEGRAM_WEBHOOK_SECRET", "", _webhook_secret)
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


def _database_url(value: str) -> str:
    if re.fullmatch(r"sqlite\+aiosqlite:///(?!:memory:).+", value) or re.fullmatch(
        r"postgresql\+asyncpg://.+/.+", value
    ):
        return value
    # Not shown: a database URL may hold a password.
    raise ValueError(
        "neither a SQLite file nor a PostgreSQL database; "
        "examples: sqlite+aiosqlite:///data/hai-chieu.db, postgresql+asyncpg://user:password@host/name"
    )


def _port(value: str) -> int:
    if not value.isascii() or not value.isdigit() or not 0 <= int(value) <= 65535:
        raise ValueError(f"{value!r} is not a port number; example: 8080")
    return int(value)


def _url(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(f"{value!r} is not an address; example: https://haichieu.example.vn")
    return value.rstrip("/")


def _origins(value: str) -> tuple[str, ...]:
    origins = tuple(value.replace(",", " ").split())
    for origin in origins:
        if not re.fullmatch(r"https?://[A-Za-z0-9.-]+(:\d+)?", origin):
            raise ValueError(f"{origin!r} is not a site's origin; example: https://xa-tuky.example.vn")
    return origins


def _telegram_token(value: str) -> str:
    if value and not re.fullmatch(r"\d+:[A-Za-z0-9_-]{10,}", value):
        raise ValueError("not shaped like a bot token; BotFather gives one like 123456789:AAE…")
    return value


def _webhook_secret(value: str) -> str:
    if value and not re.fullmatch(r"[A-Za-z0-9_-]{1,256}", value):
        raise ValueError("only letters, digits, _ and - are allowed, at most 256 of them")
    return value


def _zalo_app_id(value: str) -> str:
    if value and not re.fullmatch(r"\d{5,30}", value, re.ASCII):
        raise ValueError(f"{value!r} is not the id of a Zalo app; example: 360846524940903967")
    return value


def _site_code(value: str) -> str:
    # It becomes part of an address and of a page.
    if value and not re.fullmatch(r"[A-Za-z0-9_-]{1,100}", value):
        raise ValueError(
            "only letters, digits, _ and - are allowed: what stands between zalo_verifier and .html in the file's name"
        )
    return value


def _need_together(given: Mapping[str, str]) -> None:
    missing = [name for name, value in given.items() if not value]
    if missing and len(missing) < len(given):
        there = next(name for name, value in given.items() if value)
        raise ConfigError(
            f"{missing[0]}: empty while {there} is set; Zalo needs {', '.join(given)}, or none of them"
        )


def _secret_key(value: str) -> str:
    if value and len(value) < MIN_SECRET_CHARS:
        raise ValueError(
            f"has {len(value)} characters, at least {MIN_SECRET_CHARS} are needed; any text will do"
        )
    return value


def _one_of(*choices: str) -> Callable[[str], Any]:
    def parse(value: str) -> str:
        for choice in choices:
            if value.lower() == choice.lower():
                return choice
        raise ValueError(f"{value!r} is none of {', '.join(choices)}; example: {choices[0]}")

    return parse


def _yes_or_no(value: str) -> bool:
    if value.lower() not in ("true", "false"):
        raise ValueError(f"{value!r} is neither true nor false; example: false")
    return value.lower() == "true"


def _rate(value: str) -> float:
    try:
        rate = float(value)
    except ValueError:
        rate = 0.0
    if not 0 < rate <= 100_000:
        raise ValueError(f"{value!r} is not a number of messages per second; example: 30")
    return rate


def _days(value: str) -> int:
    if not value.isascii() or not value.isdigit() or not 1 <= int(value) <= 36500:
        raise ValueError(f"{value!r} is not a number of days; example: 730")
    return int(value)


def _number(value: str) -> int:
    if not value.isascii() or not value.isdigit() or len(value) > 9:
        raise ValueError(f"{value!r} is not a number of people or messages; example: 100")
    return int(value)


def _hours(value: str) -> tuple[time, time] | None:
    found = re.fullmatch(r"([01]\d|2[0-3]):([0-5]\d)\s*-\s*([01]\d|2[0-3]):([0-5]\d)", value, re.ASCII)
    if not found:
        raise ValueError(
            f"{value!r} is not from one time to another; example: 21:00-06:00, or empty for none"
        )
    hours = [int(part) for part in found.groups()]
    return time(hours[0], hours[1]), time(hours[2], hours[3])


def _folder(value: str) -> Path | None:
    if value and not Path(value).is_dir():
        raise ValueError(f"{value!r} is not a folder; it holds areas.csv and successors.csv")
    return Path(value) if value else None


def _zone(value: str) -> ZoneInfo:
    try:
        return ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError) as exc:
        raise ValueError(f"{value!r} is not a time zone; example: Asia/Ho_Chi_Minh") from exc


def _time(value: str) -> datetime | None:
    if not value:
        return None
    try:
        time = datetime.fromisoformat(value)
    except ValueError:
        time = None
    if time is None or time.tzinfo is None:
        raise ValueError(f"{value!r} is not a time with its offset; example: 2026-12-31T23:59:00+07:00")
    return time


def _is_loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
