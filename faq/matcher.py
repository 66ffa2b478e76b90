"""From a question to a verdict: answer with the first topic, ask back with up to three, or say it is not known.

Only topics with a text for the day are ever named. The others still compete, without a name: a question about one of
them then finds no answer, instead of the nearest wrong one; a topic that was succeeded lends its phrasings to the
successor.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, Final

import numpy as np

from faq import confidence, rank
from faq.deciders import Households, deciders
from faq.index import Floats, Grams, Ints, Vector
from faq.likeness import Likeness
from faq.syllable import is_syllable
from faq.text import Readings, Word, read
from faq.topic import Topic

HITS: Final = 5
BUTTONS: Final = 3
# A topic with less than this part of the first one's score is not offered beside it.
FAR_BEHIND: Final = 40
# So few words name a matter and not what is wanted of it: they are asked about and neither answered nor referred,
# unless an editor wrote just these.
SHORT: Final = 2
# Kept ready. Days differ in what may be named; what is learned changes only when a topic takes another's place.
_KEPT_DAYS: Final = 32
_KEPT_JUDGES: Final = 4


class Verdict(StrEnum):
    """What to do with a question."""

    ANSWER = "answer"
    ASK = "ask"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Hit:
    """A topic and how well it fits, 0..1; comparable within one match only."""

    topic_id: str
    score: float


@dataclass(frozen=True, slots=True)
class Match:
    """What a question is about: see the module."""

    verdict: Verdict
    score: float
    hits: tuple[Hit, ...]
    referral: str | None
    offered: tuple[str, ...]


NOTHING: Final = Match(Verdict.UNKNOWN, 0.0, (), None, ())


class Matcher:
    """Ranks topics for a question. Built once per content; every match is a pure reading of it."""

    def __init__(self, topics: Sequence[Topic], readings: Readings | None = None) -> None:
        """`readings` takes in what is read of the topics, for whoever learns from the same texts."""
        readings = Readings() if readings is None else readings
        self._topics = tuple(topics)
        self._place = {topic.id: i for i, topic in enumerate(self._topics)}
        texts = [
            (i, text) for i, topic in enumerate(self._topics) for text in (topic.title, *topic.phrasings)
        ]
        words = [readings[text] for _, text in texts]
        self._owner: Ints = np.array([i for i, _ in texts], np.int32)
        first_row = {owner: row for row, (owner, _) in reversed(list(enumerate(texts)))}
        self._titles = sorted(first_row.values())
        self._grams = Grams(words)
        self._said = [deciders([word.plain for word in text]) for text in words]
        # What an editor wrote word for word needs no weighing; the same words in two topics settle nothing.
        self._verbatim: dict[str, int | None] = {}
        for (owner, _), text in zip(texts, words, strict=True):
            if self._verbatim.setdefault(_joined(text), owner) != owner:
                self._verbatim[_joined(text)] = None
        counts: dict[str, int] = {}
        for word in (word.plain for text in words for word in text):
            counts[word] = counts.get(word, 0) + 1
        # A slip that was typed once in a phrasing must not attract the slips of others.
        self._vocabulary = frozenset(word for word, n in counts.items() if n > 1 or is_syllable(word))
        self.likeness = Likeness(self._grams, self._vocabulary)
        self._days: OrderedDict[date, _Day] = OrderedDict()
        self._judges: OrderedDict[tuple[int, ...], _Judge] = OrderedDict()

    def prepare(self, on: date) -> None:
        """Do now what the first question of that day would have to wait for (some tenths of a second)."""
        self._day(on)

    def match(self, text: str, on: date) -> Match:
        """The verdict on any text at all, for the topics valid on that day."""
        if not self._topics:
            return NOTHING
        words = read(text, self._vocabulary)
        vector = self._grams.vector(words)
        if vector.known <= 0:
            return NOTHING
        written = self._verbatim.get(_joined(words))
        certain = None if written is None else self._column(written, on)
        return self._day(on).judge(vector, [word.plain for word in words], certain)

    def _day(self, on: date) -> _Day:
        day = self._days.get(on)
        if day is None:
            columns = tuple(self._column(at, on) for at in range(len(self._topics)))
            judge = self._judges.get(columns) or self._judge(columns)
            valid = [topic.on(on) is not None for topic in self._topics]
            day = _Day(self._topics, valid, judge)
            _keep(self._judges, columns, judge, _KEPT_JUDGES)
            _keep(self._days, on, day, _KEPT_DAYS)
        return day

    def _judge(self, columns: Sequence[int]) -> _Judge:
        of_rows: Ints = np.array(columns, np.int32)[self._owner]
        households = Households(self._said, of_rows, len(self._topics))
        return _Judge(self._grams, of_rows, len(self._topics), households, self._titles)

    def _column(self, at: int, on: date) -> int:
        """Where a topic's phrasings count on that day: with itself, or with the successor that took its place."""
        seen: set[int] = set()
        current = at
        while self._topics[current].on(on) is None and current not in seen:
            seen.add(current)
            versions, after = self._topics[current].versions, self._topics[current].succeeded_by
            over = bool(versions) and all(v.valid_to is not None and v.valid_to < on for v in versions)
            if not over or after is None or after not in self._place:
                return at
            current = self._place[after]
        return current


def _worth_offering(hits: Sequence[Hit]) -> tuple[str, ...]:
    """The first, and what stands any chance beside it: a button that is plain nonsense shakes the trust in all."""
    return tuple(hit.topic_id for hit in hits[:BUTTONS] if hit.score * FAR_BEHIND >= hits[0].score)


def _joined(words: Sequence[Word]) -> str:
    return " ".join(word.plain for word in words)


def _keep(kept: OrderedDict[Any, Any], key: Any, value: Any, most: int) -> None:
    kept[key] = value
    if len(kept) > most:
        kept.popitem(last=False)


class _Judge:
    """What is learned from one sorting of the phrasings into topics: weights, confidence, households."""

    def __init__(self, grams: Grams, columns: Ints, count: int, households: Households,
                 titles: Sequence[int]) -> None:  # fmt: skip
        self.grams, self.households = grams, households
        self.weights = rank.Weights(grams, columns, count)
        self.model = confidence.learn(self.weights, grams, columns, titles)
        # Topics whose phrasings all count elsewhere, or that have none.
        self.empty = np.bincount(columns, minlength=count) == 0

    def scores(self, vector: Vector) -> Floats:
        scores = self.weights.scores(vector)
        scores[self.empty] = -np.inf
        return scores

    def sureness(self, vector: Vector, scores: Floats, first: int) -> float:
        held = self.weights.sums(vector, first) > 0
        return self.model.probability(confidence.evidence(vector, scores, held, self.grams, first))


class _Day:
    """A judge, and which topics may be named on one day."""

    def __init__(self, topics: Sequence[Topic], valid: Sequence[bool], judge: _Judge) -> None:
        self._topics, self._judge = topics, judge
        self._named = [valid[at] and not topic.referral for at, topic in enumerate(topics)]
        self._referral = [valid[at] and topic.referral for at, topic in enumerate(topics)]

    def judge(self, vector: Vector, plain: Sequence[str], certain: int | None) -> Match:
        """The verdict; `plain` are the question's words, `certain` the topic that holds it word for word."""
        model, said = self._judge.model, deciders(plain)
        scores = self._judge.scores(vector)
        if certain is not None:
            scores[certain] = np.nextafter(scores.max(), np.float32(np.inf))
        order = [int(at) for at in np.argsort(-scores, kind="stable") if np.isfinite(scores[at])]
        first, second = order[0], order[1] if len(order) > 1 else None
        sure = self._judge.sureness(vector, scores, first) if certain is None else 1.0
        hits = self._hits(scores, [at for at in order if self._named[at]][:HITS], sure)
        score = hits[0].score if hits else 0.0
        short = certain is None and len(plain) <= SHORT
        if self._referral[first] and sure >= (model.answer if short else model.ask):
            return Match(Verdict.UNKNOWN, score, hits, self._topics[first].id, ())
        # "Hộ nghèo" or "vay" alone fits too many topics for any to stand out, yet it is surely ours.
        if not hits or (score < model.ask and not (short and said)):
            return Match(Verdict.UNKNOWN, score, hits, None, ())
        doubt = short or sure < model.answer or self._judge.households.in_doubt(said, first, second)
        if self._named[first] and (certain is not None or not doubt):
            return Match(Verdict.ANSWER, score, hits, None, ())
        return Match(Verdict.ASK, score, hits, None, _worth_offering(hits))

    def _hits(self, scores: Floats, shown: Sequence[int], sure: float) -> tuple[Hit, ...]:
        best = float(scores.max())
        # A hit's score is the sureness of the first, shrunk by how far the topic lies behind it.
        return tuple(
            Hit(self._topics[at].id, sure * float(np.exp((scores[at] - best) / confidence.TEMPERATURE)))
            for at in shown
        )
