"""Measure a matcher on questions whose right topics are known. Counts and times only; prints and reads nothing."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date
from typing import Final

from faq.matcher import Match, Matcher, Verdict

# The style of lines that come in pairs, one after the other.
TRAP: Final = "trap"
BINS: Final = 10


@dataclass(frozen=True, slots=True)
class Line:
    """A question, the topics that would truly satisfy it (none: nothing should be answered), and how it is written."""

    question: str
    topics: tuple[str, ...]
    style: str


@dataclass(frozen=True, slots=True)
class Figures:
    """Shares are 0..1, and 0 where there was nothing to count.

    Over lines in scope: `top1`, `top3`, `mrr`, `answered_right`, `offered_right`, their sum `right_or_offered`,
    `false_refusals` (said it does not know). Over lines out of scope: `answered_out_of_scope`. Over all lines: `wrong`,
    answered with a topic that is not accepted. Over what was answered: `precision`.
    """

    lines: int
    in_scope: int
    answered: int
    top1: float
    top3: float
    mrr: float
    answered_right: float
    offered_right: float
    right_or_offered: float
    false_refusals: float
    answered_out_of_scope: float
    wrong: float
    precision: float
    p50_ms: float
    p95_ms: float


@dataclass(frozen=True, slots=True)
class Confusion:
    """Questions on `asked` (None: on nothing we answer) that named `named` first (None: named nothing).

    `times` in all, of which `answered` were told its answer; `example` is the first such question.
    """

    asked: str | None
    named: str | None
    times: int
    answered: int
    example: str


@dataclass(frozen=True, slots=True)
class Bin:
    """Lines whose score lies in [`low`, `high`), the last bin with its end: mean score, share whose first was right."""

    low: float
    high: float
    lines: int
    mean_score: float
    right: float


@dataclass(frozen=True, slots=True)
class Calibration:
    """Whether a score means what it says: over lines for which a topic was named, in or out of scope.

    `error` is the distance between score and share right, averaged over the lines (expected calibration error).
    """

    bins: tuple[Bin, ...]
    error: float


@dataclass(frozen=True, slots=True)
class Pairs:
    """Neighbouring lines of the style "trap", which differ in one deciding word, and how many had both first."""

    pairs: int
    both_right: int


@dataclass(frozen=True, slots=True)
class Report:
    """Figures in all and by style (in the order the styles first appear), and how many lines were left out.

    `confusions`: those told as an answer first, then the most frequent.
    """

    overall: Figures
    by_style: dict[str, Figures]
    left_out: int
    confusions: tuple[Confusion, ...]
    calibration: Calibration
    traps: Pairs


@dataclass(frozen=True, slots=True)
class _Outcome:
    line: Line
    match: Match
    ms: float

    @property
    def rank(self) -> int | None:
        """Place of the first accepted topic, from 1; None if it was not named."""
        places = (i for i, hit in enumerate(self.match.hits, 1) if hit.topic_id in self.line.topics)
        return next(places, None)

    @property
    def first(self) -> str | None:
        """The topic named first."""
        return self.match.hits[0].topic_id if self.match.hits else None

    @property
    def answered(self) -> bool:
        return self.match.verdict is Verdict.ANSWER


def measure(matcher: Matcher, lines: Sequence[Line], known: AbstractSet[str], on: date,
            timer: Callable[[], float]) -> Report:  # fmt: skip
    """Ask every line as of that day.

    Args:
        known: ids that exist; a line that accepts only others is left out and counted.
        timer: seconds, rising; handed in because this library has no clock.
    """
    matcher.prepare(on)
    outcomes: list[_Outcome] = []
    traps: list[_Outcome | None] = []
    for line in lines:
        outcome = None
        if not line.topics or known & set(line.topics):
            started = timer()
            match = matcher.match(line.question, on)
            outcome = _Outcome(line, match, (timer() - started) * 1000)
            outcomes.append(outcome)
        if line.style == TRAP:
            traps.append(outcome)
    styles = dict.fromkeys(one.line.style for one in outcomes)
    return Report(
        overall=_figures(outcomes),
        by_style={style: _figures([one for one in outcomes if one.line.style == style]) for style in styles},
        left_out=len(lines) - len(outcomes),
        confusions=_confusions(outcomes),
        calibration=_calibration(outcomes),
        traps=_pairs(traps),
    )


def _confusions(outcomes: Sequence[_Outcome]) -> tuple[Confusion, ...]:
    found: dict[tuple[str | None, str | None], list[_Outcome]] = {}
    for one in outcomes:
        if (one.line.topics and one.rank != 1) or (not one.line.topics and one.answered):
            asked = one.line.topics[0] if one.line.topics else None
            found.setdefault((asked, one.first), []).append(one)
    confusions = [
        Confusion(asked, named, len(those), sum(one.answered for one in those), those[0].line.question)
        for (asked, named), those in found.items()
    ]
    return tuple(sorted(confusions, key=lambda one: (-one.answered, -one.times)))


def _calibration(outcomes: Sequence[_Outcome]) -> Calibration:
    named = [one for one in outcomes if one.match.hits]
    bins = []
    for at in range(BINS):
        inside = [one for one in named if min(int(one.match.score * BINS), BINS - 1) == at]
        mean = _share(sum(one.match.score for one in inside), len(inside))
        right = _share(sum(one.rank == 1 for one in inside), len(inside))
        bins.append(Bin(at / BINS, (at + 1) / BINS, len(inside), mean, right))
    apart = sum(one.lines * abs(one.mean_score - one.right) for one in bins)
    return Calibration(tuple(bins), _share(apart, len(named)))


def _pairs(traps: Sequence[_Outcome | None]) -> Pairs:
    """A pair of which one line was left out says nothing."""
    pairs = [(one, other) for one, other in zip(traps[::2], traps[1::2], strict=False) if one and other]
    return Pairs(len(pairs), sum(one.rank == other.rank == 1 for one, other in pairs))


def _figures(outcomes: Sequence[_Outcome]) -> Figures:
    inside = [one for one in outcomes if one.line.topics]
    outside = [one for one in outcomes if not one.line.topics]
    answered = [one for one in outcomes if one.answered]
    right = [one for one in inside if one.answered and one.rank == 1]
    offered = [one for one in inside if not one.answered and set(one.match.offered) & set(one.line.topics)]
    refused = [one for one in inside if one.match.verdict is Verdict.UNKNOWN]
    times = sorted(one.ms for one in outcomes)
    return Figures(
        lines=len(outcomes),
        in_scope=len(inside),
        answered=len(answered),
        top1=_share(sum(one.rank == 1 for one in inside), len(inside)),
        top3=_share(sum(one.rank is not None and one.rank <= 3 for one in inside), len(inside)),
        mrr=_share(sum(1 / one.rank for one in inside if one.rank is not None), len(inside)),
        answered_right=_share(len(right), len(inside)),
        offered_right=_share(len(offered), len(inside)),
        right_or_offered=_share(len(right) + len(offered), len(inside)),
        false_refusals=_share(len(refused), len(inside)),
        answered_out_of_scope=_share(sum(one.answered for one in outside), len(outside)),
        wrong=_share(len(answered) - len(right), len(outcomes)),
        precision=_share(len(right), len(answered)),
        p50_ms=_quantile(times, 0.50),
        p95_ms=_quantile(times, 0.95),
    )


def _share(part: float, whole: int) -> float:
    return part / whole if whole else 0.0


def _quantile(rising: Sequence[float], share: float) -> float:
    """The smallest value that at least this share of the values does not exceed; 0 without values."""
    if not rising:
        return 0.0
    return rising[max(0, math.ceil(share * len(rising) - 1e-9) - 1)]
