"""A topic as a plain document, read and written: the YAML of one theme, JSON, a row an editor left.

Knows no file: the caller hands over the text and a name to blame. What is *wrong in form* stops here with a
`ContentError`; what is *unwise* (a long answer, a missing source) is for `faq.lint`, which lists everything at once.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final, cast

import yaml

from faq.topic import Confidence, Source, Topic, Version

# libyaml's loader reads the shipped content in a tenth of the time of the pure-Python one.
_LOADER: Final[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_EXAMPLES: Final[Mapping[str, str]] = {
    "theme": "theme: Vay vốn",
    "topics": "topics: [{id: vay-ho-ngheo, …}]",
    "id": "id: vay-ho-ngheo",
    "title": "title: Vay vốn hộ nghèo",
    "phrasings": "phrasings: [hộ nghèo vay được bao nhiêu]",
    "versions": "versions: [{valid_from: 2026-01-01, …}]",
    "referral": "referral: true",
    "succeeded_by": "succeeded_by: chuan-ngheo-2027-2030",
    "valid_from": "valid_from: 2026-01-01",
    "valid_to": "valid_to: 2026-12-31",
    "review_by": "review_by: 2026-12-15",
    "confidence": "confidence: verified",
    "answer": "answer: Hộ nghèo có thể vay …",
    "detail": "detail: Thêm cho ai muốn biết …",
    "where": "where: Uỷ ban nhân dân xã",
    "bring": "bring: [Giấy đề nghị]",
    "sources": '{document: Nghị định 07/2021/NĐ-CP, article: "Điều 3", dates: "đến hết 31/12/2026"}',
    "document": "document: Nghị định 07/2021/NĐ-CP",
    "article": "article: Điều 3",
    "dates": "dates: đến hết 31/12/2026",
}
_TOPIC_KEYS: Final = frozenset({"id", "theme", "title", "phrasings", "versions", "referral", "succeeded_by"})
_VERSION_KEYS: Final = frozenset(
    {"valid_from", "valid_to", "review_by", "confidence", "answer", "detail", "where", "bring", "sources"}
)
_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_SOURCE_KEYS: Final = frozenset({"document", "article", "dates"})


class ContentError(ValueError):
    """One line: file, topic, key, what is wrong, and what a right value looks like."""


def parse(text: str, name: str) -> list[Topic]:
    """The topics of one YAML file, in its order.

    Args:
        text: the whole file.
        name: the file's name, for the message when something is wrong.

    Raises:
        ContentError: at the first thing that cannot be read.
    """
    try:
        loaded = yaml.load(text, Loader=_LOADER)  # noqa: S506 (a safe loader, chosen above)
    except (yaml.YAMLError, ValueError) as exc:
        # A date such as 2026-02-30 reaches us as a bare ValueError from the loader.
        place = " ".join(str(exc).split())
        raise ContentError(f"{name}: not readable as YAML: {place}; texts with a colon need quotes") from exc
    return read_all(loaded, name)


def read_all(loaded: object, name: str) -> list[Topic]:
    """The topics of a whole file that is loaded already: `{theme, topics: […]}`, or a theme in each topic.

    Raises ContentError at the first thing that cannot be read.
    """
    top = _Reader(name, None, loaded)
    top.only(frozenset({"theme", "topics"}))
    theme = top.text_or_none("theme")
    return [_topic(_Reader(name, f"number {i}", raw), theme) for i, raw in enumerate(top.items("topics"), 1)]


def read(document: object, name: str) -> Topic:
    """The topic that `dump` wrote down. Raises ContentError."""
    return _topic(_Reader(name, "without id", document), None)


def dump(topic: Topic) -> dict[str, object]:
    """The topic as `read` takes it: texts, lists and dicts only; days as 2026-01-31, what is empty left out."""
    return _filled(
        id=topic.id,
        theme=topic.theme,
        title=topic.title,
        referral=topic.referral,
        succeeded_by=topic.succeeded_by,
    ) | {
        "phrasings": list(topic.phrasings),
        "versions": [_dump_version(version) for version in topic.versions],
    }


def _dump_version(version: Version) -> dict[str, object]:
    return _filled(
        valid_from=version.valid_from.isoformat(),
        valid_to=version.valid_to.isoformat() if version.valid_to else None,
        review_by=version.review_by.isoformat(),
        confidence=str(version.confidence),
        answer=version.answer,
        detail=version.detail,
        where=version.where,
        bring=list(version.bring),
        sources=[
            _filled(document=source.document, article=source.article, dates=source.dates)
            for source in version.sources
        ],
    )


def _filled(**values: object) -> dict[str, object]:
    return {name: value for name, value in values.items() if value}


def digest(topic: Topic) -> str:
    """64 characters that are the same for the same topic, in any version of the program with these keys."""
    written = json.dumps(dump(topic), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(written.encode()).hexdigest()


def _topic(reader: _Reader, theme: str | None) -> Topic:
    topic_id = reader.text("id")
    reader.topic = topic_id
    reader.only(_TOPIC_KEYS)
    return Topic(
        id=topic_id,
        title=reader.text("title"),
        theme=reader.text_or_none("theme") or theme or reader.text("theme"),
        phrasings=reader.texts("phrasings"),
        versions=tuple(_version(reader.inner(raw)) for raw in reader.items("versions")),
        referral=reader.flag("referral"),
        succeeded_by=reader.text_or_none("succeeded_by"),
    )


def _version(reader: _Reader) -> Version:
    reader.only(_VERSION_KEYS)
    valid_from, valid_to = reader.day("valid_from"), reader.day_or_none("valid_to")
    if valid_to is not None and valid_to < valid_from:
        raise reader.error("valid_to", f"{valid_to} is before valid_from {valid_from}")
    try:
        confidence = Confidence(reader.text("confidence"))
    except ValueError as exc:
        known = ", ".join(Confidence)
        raise reader.error("confidence", f"{reader.raw.get('confidence')!r} is none of {known}") from exc
    return Version(
        valid_from=valid_from,
        valid_to=valid_to,
        review_by=reader.day("review_by"),
        confidence=confidence,
        answer=reader.text("answer"),
        detail=reader.text_or_none("detail"),
        where=reader.text_or_none("where"),
        bring=reader.texts("bring") if reader.raw.get("bring") else (),
        sources=tuple(_source(reader.inner(raw)) for raw in reader.items("sources"))
        if reader.raw.get("sources")
        else (),
    )


def _source(reader: _Reader) -> Source:
    reader.only(_SOURCE_KEYS)
    return Source(reader.text("document"), reader.text_or_none("article"), reader.text_or_none("dates"))


class _Reader:
    """Takes typed values out of one YAML mapping and knows where it is when it has to complain."""

    def __init__(self, name: str, topic: str | None, raw: object) -> None:
        self.name, self.topic = name, topic
        if not isinstance(raw, dict):
            raise self.error(None, f"a mapping of keys was expected, not {_short(raw)}")
        self.raw: dict[Any, Any] = raw

    def error(self, key: str | None, what: str) -> ContentError:
        place = [self.name]
        if self.topic is not None:
            place.append(f"topic {self.topic}")
        if key is not None:
            place.append(key)
        example = _EXAMPLES.get(key or ("id" if self.topic else "theme"), "see docs")
        return ContentError(f"{': '.join(place)}: {what}; example: {example}")

    def inner(self, raw: object) -> _Reader:
        return _Reader(self.name, self.topic, raw)

    def only(self, known: frozenset[str]) -> None:
        """A misspelt optional key would otherwise be lost without a word."""
        for key in self.raw:
            if key not in known:
                raise self.error(str(key), f"unknown key; known are {', '.join(sorted(known))}")

    def text(self, key: str) -> str:
        value = self.text_or_none(key)
        if value is None:
            raise self.error(key, "missing or empty")
        return value

    def text_or_none(self, key: str) -> str | None:
        value = self.raw.get(key)
        if value is None:
            return None
        if not isinstance(value, str):
            raise self.error(key, f"text was expected, not {_short(value)} (put it in quotes)")
        return value.strip() or None

    def texts(self, key: str) -> tuple[str, ...]:
        values = self.items(key)
        for value in values:
            if not isinstance(value, str) or not value.strip():
                raise self.error(key, f"a list of texts was expected, but it holds {_short(value)}")
        return tuple(cast(str, value).strip() for value in values)

    def items(self, key: str) -> list[object]:
        value = self.raw.get(key)
        if value is None:
            raise self.error(key, "missing")
        if not isinstance(value, list):
            raise self.error(key, f"a list was expected, not {_short(value)}")
        return cast(list[object], value)

    def flag(self, key: str) -> bool:
        value = self.raw.get(key, False)
        if not isinstance(value, bool):
            raise self.error(key, f"true or false was expected, not {_short(value)}")
        return value

    def day(self, key: str) -> date:
        value = self.day_or_none(key)
        if value is None:
            raise self.error(key, "missing")
        return value

    def day_or_none(self, key: str) -> date | None:
        value = self.raw.get(key)
        if value is None:
            return None
        if isinstance(value, str) and _DAY.fullmatch(value):
            # JSON knows no days.
            try:
                return date.fromisoformat(value)
            except ValueError:
                raise self.error(key, f"there is no day {value}") from None
        # A datetime is a date to Python, but a time of day has no meaning here.
        if not isinstance(value, date) or isinstance(value, datetime):
            raise self.error(key, f"a day was expected, not {_short(value)}")
        return value


def _short(value: object) -> str:
    shown = repr(value)
    return shown if len(shown) <= 60 else f"{shown[:57]}…"
