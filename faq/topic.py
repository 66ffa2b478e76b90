"""A topic: what people ask, and the dated texts that answer it. How one is written down is in `faq.document`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Confidence(StrEnum):
    """How sure the editors are of a text; an uncertain one states no figure."""

    VERIFIED = "verified"
    PARTLY = "partly"
    KNOWN = "known"
    UNCERTAIN = "uncertain"


@dataclass(frozen=True, slots=True)
class Source:
    """A document, the place in it, and from when to when it holds, as the editors wrote them."""

    document: str
    article: str | None
    dates: str | None


@dataclass(frozen=True, slots=True)
class Version:
    """One text of a topic and the days, both included, on which it is the right thing to say."""

    valid_from: date
    valid_to: date | None
    review_by: date
    confidence: Confidence
    answer: str
    detail: str | None
    where: str | None
    bring: tuple[str, ...]
    sources: tuple[Source, ...]

    def covers(self, day: date) -> bool:
        """Whether this text is right to say on that day."""
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


@dataclass(frozen=True, slots=True)
class Topic:
    """An entry of the library. A referral is a neighbouring matter we know of but do not answer."""

    id: str
    title: str
    theme: str
    phrasings: tuple[str, ...]
    versions: tuple[Version, ...]
    referral: bool = False
    succeeded_by: str | None = None

    def on(self, day: date) -> Version | None:
        """The version whose text is right on that day; None before the first, after the last, and in a gap."""
        return next((version for version in self.versions if version.covers(day)), None)
