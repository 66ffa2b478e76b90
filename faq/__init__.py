"""The question library: Vietnamese text in, ranked topics out. Pure: no files, no clock, no network, no database."""

from faq.document import ContentError, parse
from faq.matcher import Hit, Match, Matcher, Verdict
from faq.topic import Confidence, Source, Topic, Version

__all__ = [
    "Confidence",
    "ContentError",
    "Hit",
    "Match",
    "Matcher",
    "Source",
    "Topic",
    "Verdict",
    "Version",
    "parse",
]
