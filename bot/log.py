"""Structured logs: one event a line, constant words first, values as fields; never people, never secrets."""

import json
import logging
import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Literal

_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
# Their INFO lines hold whole request URLs, and Telegram's hold the token.
_QUIET = ("httpx", "httpcore", "telegram", "alembic", "aiohttp.access", "asyncio")


def set_up(level: str, form: Literal["console", "json"], secrets: Iterable[str]) -> None:
    """Send all logs to stderr in one form; whatever is in `secrets` is struck out wherever it appears."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Formatter(form, tuple(secrets)))
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)


class _Formatter(logging.Formatter):
    def __init__(self, form: Literal["console", "json"], secrets: tuple[str, ...]) -> None:
        super().__init__()
        self._form = form
        self._secrets = secrets

    def format(self, record: logging.LogRecord) -> str:
        fields = {k: v for k, v in vars(record).items() if k not in _STANDARD and not k.startswith("_")}
        trace = self.formatException(record.exc_info) if record.exc_info else None
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        if self._form == "json":
            line = {"at": at, "level": record.levelname, "logger": record.name, "event": record.getMessage()}
            text = json.dumps(
                line | fields | ({"trace": trace} if trace else {}), ensure_ascii=False, default=str
            )
        else:
            pairs = "".join(f" {name}={value}" for name, value in fields.items())
            # A line break inside a value would look like a second event.
            text = f"{at} {record.levelname:7} {record.getMessage()}{pairs}".replace("\n", "\\n")
            text += f"\n{trace}" if trace else ""
        for secret in self._secrets:
            text = text.replace(secret, "***")
        return text
