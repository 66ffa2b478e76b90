"""Measure a matcher on questions whose right topics are known. Counts and times only; prints and reads nothing."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date

from faq.matcher import Match, Matcher, Verdict


@dataclass(frozen=True, slots=True)
class Line:
    """A question, the topics that would truly satisfy it (none: nothing should be answered), and how it is written."""

    question: str
    topics: tuple[str, ...]
    style: str


@dataclass(frozen=True, slots=True)
class Figures:
    """Shares are 0..1, and 0 where there was nothing to count.

    Over lines in scope: `top1`, `top3`, `mrr`, `answered_right`, `offered_right`, `false_refusals` (said it does not
    know). Over lines out of scope: `answered_out_of_scope`. Over all lines: `wrong`, answered with a topic that is
    not accepted. Over what was answered: `precision`.
    """

    lines: int
    in_scope: int
    top1: float
    top3: float
    mrr: float
    answered_right: float
    offered_right: float
    false_refusals: float
    answered_out_of_scope: float
    wrong: float
    precision: float
    p50_ms: float
    p95_ms: float


@dataclass(frozen=True, slots=True)
class Report:
    """Figures in all and by style (in the order the styles first appear), and how many lines were left out."""

    overall: Figures
    by_style: dict[str, Figures]
    left_out: int


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
    def answered(self) -> bool:
        return self.match.verdict is Verdict.ANSWER


def measure(matcher: Matcher, lines: Sequence[Line], known: AbstractSet[str], on: date,
            timer: Callable[[], float]) -> Report:  # fmt: skip
    """Ask every line as of that day.

    Args:
        known: ids that exist; a line that accepts only others is left out and counted.
        timer: seconds, rising; handed in because this library has no clock.
    """
    kept = [line for line in lines if not line.topics or known & set(line.topics)]
    matcher.prepare(on)
    outcomes = []
    for line in kept:
        started = timer()
        match = matcher.match(line.question, on)
        outcomes.append(_Outcome(line, match, (timer() - started) * 1000))
    styles = dict.fromkeys(line.style for line in kept)
    return Report(
        overall=_figures(outcomes),
        by_style={style: _figures([one for one in outcomes if one.line.style == style]) for style in styles},
        left_out=len(lines) - len(kept),
    )


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
        top1=_share(sum(one.rank == 1 for one in inside), len(inside)),
        top3=_share(sum(one.rank is not None and one.rank <= 3 for one in inside), len(inside)),
        mrr=_share(sum(1 / one.rank for one in inside if one.rank is not None), len(inside)),
        answered_right=_share(len(right), len(inside)),
        offered_right=_share(len(offered), len(inside)),
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
