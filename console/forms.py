"""A form as it was sent: what was typed, and what is wrong with it."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from aiohttp import web

from handlers.errors import Invalid

MAX_CHARS = 20_000
MAX_CHOICES = 2_000
"""Ticked at once: more than there are communes."""


class Form:
    """Values by field name, and a sentence for each field that is wrong; templates draw it with `field(form, …)`."""

    def __init__(
        self, values: Mapping[str, str] | None = None, lists: Mapping[str, Sequence[str]] | None = None
    ) -> None:
        """Args: values: what stands in the fields; nothing for an empty form. lists: of fields that stand there often."""
        self.values = {name: _storable(value[:MAX_CHARS]) for name, value in (values or {}).items()}
        self._lists = {
            name: [_storable(value[:MAX_CHARS]) for value in several[:MAX_CHOICES]]
            for name, several in (lists or {}).items()
        }
        self.errors: dict[str, str] = {}

    @classmethod
    async def read(cls, request: web.Request) -> "Form":
        """Return what was sent; files are left to who asks for them, texts are bounded."""
        sent = await request.post()
        texts = [(name, value) for name, value in sent.items() if isinstance(value, str)]
        lists: dict[str, list[str]] = {}
        for name, value in texts:
            lists.setdefault(name, []).append(value)
        return cls(dict(texts), lists)

    def text(self, name: str) -> str:
        """Return a field without blanks around it; empty when it was not sent."""
        return self.values.get(name, "").strip()

    def raw(self, name: str) -> str:
        """Return a field as it was typed; for passwords."""
        return self.values.get(name, "")

    def chosen(self, name: str) -> list[str]:
        """Return every value of a field that may stand there often, such as ticked boxes."""
        return self._lists.get(name, [])

    def number(self, name: str) -> int | None:
        """Return a field as a whole number; None when it is none."""
        value = self.text(name)
        return int(value) if value.isascii() and value.isdigit() and len(value) < 18 else None

    def start_of_day(self, name: str, zone: ZoneInfo, days: int = 0) -> datetime | None:
        """Return when the day in a field begins here, some days later; None when it is no day."""
        try:
            day = date.fromisoformat(self.text(name)) + timedelta(days)
            return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)
        except (ValueError, OverflowError):
            return None

    def refuse(self, error: Invalid) -> None:
        """Note what is wrong; the first sentence for a field stays."""
        self.errors.setdefault(error.field, error.sentence)


def _storable(text: str) -> str:
    """Return a text without what PostgreSQL cannot store and nobody types: NUL, and halves of a character."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()


def number_in(request: web.Request, name: str) -> int:
    """Return a number of the address; an id that is none is an id nobody knows: HTTPNotFound."""
    value = request.match_info[name]
    if not (value.isascii() and value.isdigit() and len(value) < 18):
        raise web.HTTPNotFound
    return int(value)
