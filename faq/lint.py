"""The rules the content must keep, checked all at once. Errors stop a release; warnings are work for an editor.

Every finding names the topic and quotes the words at fault, so that it can be mended without reading this file.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Final, Literal

import numpy as np

from faq import rank
from faq.abbreviations import unexplained
from faq.agreement import disagreements
from faq.index import Grams
from faq.text import fold, read
from faq.topic import Confidence, Topic, Version

ANSWER_CHARS: Final = 600
# A text message of Zalo, the tightest channel, holds 2,000 UTF-16 code units; a longer one arrives cut in pieces.
MESSAGE_UNITS: Final = 2000
# What is put around a topic's own words: "where to go", who confirms it, "right on this day".
FRAME_UNITS: Final = 400
TITLE_CHARS: Final = 48
SENTENCE_WORDS: Final = 25
PHRASINGS: Final = 8
REFERRAL_PHRASINGS: Final = 3
# Telegram allows 64 bytes for a button's payload, and ours puts a few before the topic's id.
ID_BYTES: Final = 48
# Emergency numbers of the state; others change and are asked for at the commune.
PHONES: Final = frozenset({"111", "113", "114", "115"})
# A phrasing is reported as a stray when another topic leads its own by this much. A lead of one is chance (the scores
# of one message spread over some 30 units); at this lead two of three strays sit in the wrong topic or fit two.
STRAY_LEAD: Final = 8.0

_ID: Final = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_SENTENCE_END: Final = re.compile(r"(?<=[.!?…])\s+|\n+")
_AMOUNT: Final = re.compile(r"\d[\d.,]*\s*(?:đồng|triệu|nghìn|ngàn|tỷ|tỉ)", re.IGNORECASE)
_BAD_AMOUNT: Final = re.compile(
    r"\d[\d.,]*\s*(?:triệu|tr|nghìn|ngàn|tỷ|tỉ|củ|k|vnđ|vnd|đ)(?![^\W_])"  # 1,5 triệu · 500k · 1.500.000đ
    r"|(?<![\w/.,-])\d{5,}(?![\w/-]|[.,]\d)"  # 1500000
    r"|(?<![\d.,/])\d{1,3}(?:,\d{3})+(?![\d%,])"  # 1,500,000, but not 7,488%
    r"|(?<![\d.,/])\d{4,}\s+đồng",  # 5000 đồng
    re.IGNORECASE,
)
# The State's budgets: fifteen digits in a row are read by nobody.
_BUDGET: Final = re.compile(r"\d{1,3}(?:\.\d{3})+\s+tỷ(?=\s+đồng)")
_PHONE: Final = re.compile(
    r"(?<![\w/.,-])(?:\+84|0)(?:[ .-]?\d){8,10}(?![\w/])"
    r"|(?<![\w/.,-])1[89]00(?:[ .-]?\d){2,6}(?![\w/])"
    r"|(?<![\w/.,-])1022(?![\w/.,]\d)"
    r"|(?:gọi|tổng đài|đường dây nóng|hotline|điện thoại)(?:\s+(?:số|cho|tới|đến|ngay|là))*\s+"
    r"(?P<short>\d{3,})(?!\d|[.,/ -]\d)",
    re.IGNORECASE,
)
_VERDICT: Final = "không đủ điều kiện"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to mend."""

    level: Literal["error", "warning"]
    topic_id: str
    message: str


def lint(topics: Sequence[Topic], today: date) -> list[Finding]:
    """Everything found, errors first, each group in the order of the topics."""
    findings = blocking(topics, today)
    findings.extend(
        Finding("warning", topic.id, f"review was due on {version.review_by}")
        for topic in topics
        if (version := topic.on(today)) is not None and version.review_by < today
    )
    findings.extend(
        Finding("warning", topic_id, f"phrasing is nearer to {other}: {phrasing!r}")
        for topic_id, phrasing, other in strays(topics)
    )
    return findings


def blocking(topics: Sequence[Topic], today: date) -> list[Finding]:
    """The errors alone, which stop a release or a save; takes a second for what ships."""
    findings = [
        Finding("error", topic.id, message) for topic in topics for message in _topic_errors(topic, today)
    ]
    findings.extend(Finding("error", topic_id, message) for topic_id, message in _errors_between(topics))
    findings.extend(Finding("error", found.one.topic_id, str(found)) for found in disagreements(topics))
    return findings


def strays(topics: Sequence[Topic]) -> list[tuple[str, str, str]]:
    """(topic, phrasing, other topic) where the phrasing, taken out of the index, clearly goes to the other topic."""
    texts = [(at, text) for at, topic in enumerate(topics) for text in topic.phrasings]
    if len({at for at, _ in texts}) < 2:
        return []
    columns = np.array([at for at, _ in texts], np.int32)
    grams = Grams([read(text) for _, text in texts])
    weights = rank.Weights(grams, columns, len(topics))
    found = []
    silent = np.setdiff1d(np.arange(len(topics)), columns)
    for row, (at, text) in enumerate(texts):
        if topics[at].referral:
            # What is asked about neighbouring matters is boundless; a few phrasings can only sample it.
            continue
        scores = weights.held_out(row, at)[1]
        scores[silent] = -np.inf
        first = int(scores.argmax())
        if first != at and scores[first] - scores[at] >= STRAY_LEAD:
            found.append((topics[at].id, text, topics[first].id))
    return found


def _topic_errors(topic: Topic, today: date) -> Iterator[str]:
    if not _ID.fullmatch(topic.id) or len(topic.id.encode()) > ID_BYTES:
        yield f"id must be a-z, 0-9 and single hyphens, at most {ID_BYTES} bytes; it has {len(topic.id.encode())}"
    if len(topic.title) > TITLE_CHARS:
        yield f"title has {len(topic.title)} characters, at most {TITLE_CHARS} fit a button: {topic.title!r}"
    least = REFERRAL_PHRASINGS if topic.referral else PHRASINGS
    if len(topic.phrasings) < least:
        yield f"{len(topic.phrasings)} phrasings, at least {least} are needed"
    if not topic.versions:
        yield "no version, so nothing to say on any day"
    for one, two in pairwise(sorted(topic.versions, key=lambda version: version.valid_from)):
        if one.valid_to is None or one.valid_to >= two.valid_from:
            yield f"versions overlap: one valid to {one.valid_to or 'ever'}, the next from {two.valid_from}"
    if topic.versions and topic.succeeded_by is None:
        last = [version.valid_to for version in topic.versions]
        if all(day is not None and day < today for day in last):
            yield "expired, and no succeeded_by says what took its place"
    for version in topic.versions:
        yield from (
            f"version from {version.valid_from}: {message}" for message in _version_errors(topic, version)
        )


def _version_errors(topic: Topic, version: Version) -> Iterator[str]:
    if not topic.referral and not version.sources:
        yield "no sources"
    if any(not source.document.strip() for source in version.sources):
        yield "a source without its document"
    if len(version.answer) > ANSWER_CHARS:
        yield f"answer has {len(version.answer)} characters, at most {ANSWER_CHARS}"
    for key, units in message_units(topic, version):
        if units > MESSAGE_UNITS:
            yield f"{key}: a message of {units} characters; a message of Zalo holds {MESSAGE_UNITS}"
    yield from _abbreviations(topic, version)
    for sentence in _SENTENCE_END.split(version.answer):
        words = [word for word in sentence.split() if any(char.isalnum() for char in word)]
        if len(words) > SENTENCE_WORDS:
            yield f"a sentence of {len(words)} words, at most {SENTENCE_WORDS}: {sentence[:60]!r}…"
    if version.confidence is Confidence.UNCERTAIN and (amount := _AMOUNT.search(version.answer)):
        yield f"uncertain, yet it states an amount: {amount[0]!r}"
    for key, text in _said(version):
        for bad in _BAD_AMOUNT.finditer(text):
            if not _BUDGET.match(text, bad.start()):
                yield f"{key}: {bad[0].strip()!r} is not written as 1.500.000 đồng"
        for phone in _PHONE.finditer(text):
            if (phone["short"] or phone[0]) not in PHONES:
                yield f"{key}: phone number {(phone['short'] or phone[0])!r}; only {', '.join(sorted(PHONES))}"
        if _VERDICT in text.lower():
            yield f"{key}: {_VERDICT!r} is a verdict on the person; say who decides instead"


def message_units(topic: Topic, version: Version) -> Iterator[tuple[str, int]]:
    """How long each message that tells a version is: the answer with its sources, and "more" with the title."""
    cited = (part for s in version.sources for part in (s.document, s.article, s.dates) if part)
    texts = (topic.title, version.answer, version.where or "", *version.bring, *cited)
    # Two characters part one text from the next.
    yield "answer, where, bring and sources", FRAME_UNITS + sum(_units(text) + 2 for text in texts)
    if version.detail:
        yield "detail", _units(topic.title) + 2 + _units(version.detail)


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def _abbreviations(topic: Topic, version: Version) -> Iterator[str]:
    """The detail is read after the answer; the answer must stand without the detail."""
    first = (version.answer, topic.title, version.where or "", *version.bring)
    for key, text in (("title", topic.title), *_said(version)):
        for short in unexplained(text, first):
            yield f"{key}: {short!r} is not explained; write it out once, as in 'bảo hiểm y tế (BHYT)'"


def _said(version: Version) -> Iterable[tuple[str, str]]:
    texts = (("answer", version.answer), ("detail", version.detail), ("where", version.where))
    yield from ((key, text) for key, text in texts if text)
    yield from (("bring", text) for text in version.bring)


def _errors_between(topics: Sequence[Topic]) -> Iterator[tuple[str, str]]:
    ids = Counter(topic.id for topic in topics)
    yield from ((topic_id, f"id is used by {times} topics") for topic_id, times in ids.items() if times > 1)
    for topic in topics:
        if topic.succeeded_by is not None and (
            topic.succeeded_by not in ids or topic.succeeded_by == topic.id
        ):
            yield topic.id, f"succeeded_by: there is no other topic {topic.succeeded_by!r}"
    owners: dict[str, str] = {}
    for topic in topics:
        for phrasing in topic.phrasings:
            owner = owners.setdefault(fold(phrasing), topic.id)
            if owner != topic.id:
                yield topic.id, f"phrasing is also in {owner}: {phrasing!r}"
