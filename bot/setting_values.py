"""What a setting may hold: each reads the text of one and raises ValueError with the fault and an example."""

import ipaddress
import re
from collections.abc import Callable
from datetime import datetime, time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from storage.crypto import MIN_SECRET_CHARS


def database_url(value: str) -> str:
    if re.fullmatch(r"sqlite\+aiosqlite:///(?!:memory:).+", value) or re.fullmatch(
        r"postgresql\+asyncpg://.+/.+", value
    ):
        return value
    # Not shown: a database URL may hold a password.
    raise ValueError(
        "neither a SQLite file nor a PostgreSQL database; "
        "examples: sqlite+aiosqlite:///data/hai-chieu.db, postgresql+asyncpg://user:password@host/name"
    )


def port(value: str) -> int:
    if not value.isascii() or not value.isdigit() or not 0 <= int(value) <= 65535:
        raise ValueError(f"{value!r} is not a port number; example: 8080")
    return int(value)


def web_address(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(f"{value!r} is not an address; example: https://haichieu.example.vn")
    return value.rstrip("/")


def origins(value: str) -> tuple[str, ...]:
    origins = tuple(value.replace(",", " ").split())
    for origin in origins:
        if not re.fullmatch(r"https?://[A-Za-z0-9.-]+(:\d+)?", origin):
            raise ValueError(f"{origin!r} is not a site's origin; example: https://xa-tuky.example.vn")
    return origins


def telegram_token(value: str) -> str:
    if value and not re.fullmatch(r"\d+:[A-Za-z0-9_-]{10,}", value):
        raise ValueError("not shaped like a bot token; BotFather gives one like 123456789:AAE…")
    return value


def webhook_secret(value: str) -> str:
    if value and not re.fullmatch(r"[A-Za-z0-9_-]{1,256}", value):
        raise ValueError("only letters, digits, _ and - are allowed, at most 256 of them")
    return value


def zalo_app_id(value: str) -> str:
    if value and not re.fullmatch(r"\d{5,30}", value, re.ASCII):
        raise ValueError(f"{value!r} is not the id of a Zalo app; example: 360846524940903967")
    return value


def site_code(value: str) -> str:
    # It becomes part of an address and of a page.
    if value and not re.fullmatch(r"[A-Za-z0-9_-]{1,100}", value):
        raise ValueError(
            "only letters, digits, _ and - are allowed: what stands between zalo_verifier and .html in the file's name"
        )
    return value


def secret_key(value: str) -> str:
    if value and len(value) < MIN_SECRET_CHARS:
        raise ValueError(
            f"has {len(value)} characters, at least {MIN_SECRET_CHARS} are needed; any text will do"
        )
    return value


def one_of(*choices: str) -> Callable[[str], Any]:
    def parse(value: str) -> str:
        for choice in choices:
            if value.lower() == choice.lower():
                return choice
        raise ValueError(f"{value!r} is none of {', '.join(choices)}; example: {choices[0]}")

    return parse


def yes_or_no(value: str) -> bool:
    if value.lower() not in ("true", "false"):
        raise ValueError(f"{value!r} is neither true nor false; example: false")
    return value.lower() == "true"


def rate(value: str) -> float:
    try:
        rate = float(value)
    except ValueError:
        rate = 0.0
    if not 0 < rate <= 100_000:
        raise ValueError(f"{value!r} is not a number of messages per second; example: 30")
    return rate


def days(value: str) -> int:
    if not value.isascii() or not value.isdigit() or not 1 <= int(value) <= 36500:
        raise ValueError(f"{value!r} is not a number of days; example: 730")
    return int(value)


def number(value: str) -> int:
    if not value.isascii() or not value.isdigit() or len(value) > 9:
        raise ValueError(f"{value!r} is not a number of people or messages; example: 100")
    return int(value)


def hours(value: str) -> tuple[time, time] | None:
    found = re.fullmatch(r"([01]\d|2[0-3]):([0-5]\d)\s*-\s*([01]\d|2[0-3]):([0-5]\d)", value, re.ASCII)
    if not found:
        raise ValueError(
            f"{value!r} is not from one time to another; example: 21:00-06:00, or empty for none"
        )
    hours = [int(part) for part in found.groups()]
    return time(hours[0], hours[1]), time(hours[2], hours[3])


def folder(value: str) -> Path | None:
    if value and not Path(value).is_dir():
        raise ValueError(f"{value!r} is not a folder; it holds areas.csv and successors.csv")
    return Path(value) if value else None


def zone(value: str) -> ZoneInfo:
    try:
        return ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError) as exc:
        raise ValueError(f"{value!r} is not a time zone; example: Asia/Ho_Chi_Minh") from exc


def moment(value: str) -> datetime | None:
    if not value:
        return None
    try:
        time = datetime.fromisoformat(value)
    except ValueError:
        time = None
    if time is None or time.tzinfo is None:
        raise ValueError(f"{value!r} is not a time with its offset; example: 2026-12-31T23:59:00+07:00")
    return time


def is_loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
