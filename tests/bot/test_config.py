"""Settings: right values are read, wrong ones stop the start with one helpful line."""

from collections.abc import Mapping
from datetime import UTC, datetime, time
from pathlib import Path

import pytest

from bot import config
from bot.config import ConfigError, Settings

KEY = "k" * 40


def load(**environment: str) -> Settings:
    """Read settings from these values alone."""
    return config.load({"SECRET_KEY": KEY} | environment)


def test_defaults_need_nothing() -> None:
    settings = load()

    assert settings.database_url == "sqlite+aiosqlite:///data/hai-chieu.db"
    assert (settings.http_host, settings.http_port) == ("127.0.0.1", 8080)
    assert settings.telegram_bot_token == ""
    assert settings.telegram_rate == 30
    assert settings.quiet_hours == (time(21), time(6))
    assert (settings.approval_above, settings.weekly_ceiling) == (100, 3)


def test_empty_quiet_hours_are_none() -> None:
    assert load(QUIET_HOURS="").quiet_hours is None


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("HTTP_PORT", "80a", "'80a' is not a port number; example: 8080"),
        ("HTTP_PORT", "99999", "not a port number"),
        ("HTTP_PORT", "²", "not a port number"),
        ("DATABASE_URL", "mysql://x", "examples: sqlite+aiosqlite:///"),
        ("PUBLIC_URL", "haichieu.vn", "example: https://"),
        ("SECRET_KEY", "short", "at least 32 are needed"),
        ("TELEGRAM_BOT_TOKEN", "hello", "not shaped like a bot token"),
        ("TELEGRAM_MODE", "push", "none of polling, webhook"),
        ("TELEGRAM_RATE", "fast", "messages per second"),
        ("TELEGRAM_RATE", "nan", "messages per second"),
        ("TELEGRAM_WEBHOOK_SECRET", "có dấu", "letters, digits"),
        ("EMBED_ORIGINS", "https://a.vn/path", "not a site's origin"),
        ("AREAS_DIR", "/no/such/folder", "is not a folder"),
        ("TIMEZONE", "Hanoi", "Asia/Ho_Chi_Minh"),
        ("RETENTION_DAYS", "-1", "number of days"),
        ("QUIET_HOURS", "21-6", "example: 21:00-06:00"),
        ("QUIET_HOURS", "24:00-06:00", "example: 21:00-06:00"),
        ("APPROVAL_ABOVE", "many", "example: 100"),
        ("WEEKLY_CEILING", "-1", "example: 100"),
        ("LOG_LEVEL", "loud", "DEBUG, INFO"),
        ("CLOCK_START", "yesterday", "with its offset"),
        ("CLOCK_START", "2026-12-31T23:59:00", "with its offset"),
    ],
)
def test_a_wrong_value_is_named_with_its_fault_and_an_example(name: str, value: str, says: str) -> None:
    with pytest.raises(ConfigError) as error:
        load(**{name: value})

    assert str(error.value).startswith(f"{name}: ")
    assert says in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("name", ["TELEGRAM_BOT_TOKEN", "SECRET_KEY", "DATABASE_URL"])
def test_a_wrong_secret_is_not_shown(name: str) -> None:
    with pytest.raises(ConfigError) as error:
        load(**{name: "hunter2 secret"})

    assert "hunter2" not in str(error.value)


def test_secrets_are_not_in_the_printed_settings() -> None:
    settings = load(TELEGRAM_BOT_TOKEN="123456:" + "A" * 35)

    assert KEY not in repr(settings)
    assert "AAAA" not in repr(settings)
    assert settings.telegram_webhook_secret not in repr(settings)


def test_clock_start_is_refused_on_a_public_service() -> None:
    start = "2026-12-31T23:59:00+07:00"

    assert load(CLOCK_START=start).clock_start == datetime(2026, 12, 31, 16, 59, tzinfo=UTC)
    with pytest.raises(ConfigError, match="for tests only"):
        load(CLOCK_START=start, PUBLIC_URL="https://haichieu.example.vn")


def test_secret_key_is_made_once_readable_by_its_owner_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    nothing: Mapping[str, str] = {}

    first = config.load(nothing)
    second = config.load(nothing)

    assert first.secret_key == second.secret_key
    assert len(first.secret_key) >= 32
    assert (tmp_path / "data" / "secret-key").stat().st_mode & 0o777 == 0o600


def test_the_environment_wins_over_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / ".env"
    file.write_text(f"HTTP_PORT=9000\nHTTP_HOST=0.0.0.0\nSECRET_KEY={KEY}\n")
    monkeypatch.setenv("HTTP_PORT", "9001")
    monkeypatch.delenv("HTTP_HOST", raising=False)

    settings = config.load(env_file=file)

    assert (settings.http_host, settings.http_port) == ("0.0.0.0", 9001)
