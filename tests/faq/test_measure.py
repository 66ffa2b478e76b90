"""The arithmetic of the measure, on a matcher whose every answer is given."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest

from faq import Hit, Match, Matcher, Verdict
from faq.measure import BINS, Confusion, Line, Pairs, measure
from tests.faq.builders import TODAY


def match(verdict: Verdict, *ids: str, offered: tuple[str, ...] = ()) -> Match:
    hits = tuple(Hit(topic_id, 0.9 / place) for place, topic_id in enumerate(ids, 1))
    return Match(verdict, hits[0].score if hits else 0.0, hits, None, offered)


class Scripted(Matcher):
    """Answers from a table."""

    def __init__(self, table: dict[str, Match]) -> None:
        super().__init__([])
        self.table = table

    def prepare(self, on: date) -> None:
        assert on == TODAY

    def match(self, text: str, on: date) -> Match:
        return self.table[text]


def ticking(*steps_s: float) -> Iterator[float]:
    """A timer under which the n-th question takes the n-th step."""
    now = 0.0
    for step in steps_s:
        yield now
        now += step
        yield now


LINES = [
    Line("right", ("a",), "clean"),
    Line("second", ("b", "x"), "clean"),
    Line("fourth", ("d",), "teen"),
    Line("wrong", ("b",), "teen"),
    Line("refused", ("a",), "teen"),
    Line("gone", ("no-such-topic",), "clean"),
    Line("far, answered", (), "far"),
    Line("far, refused", (), "far"),
]
TABLE = {
    "right": match(Verdict.ANSWER, "a", "b"),
    "second": match(Verdict.ASK, "a", "b", "c", offered=("a", "b", "c")),
    "fourth": match(Verdict.ASK, "a", "b", "c", "d", offered=("a", "b", "c")),
    "wrong": match(Verdict.ANSWER, "a", "b"),
    "refused": match(Verdict.UNKNOWN),
    "far, answered": match(Verdict.ANSWER, "a"),
    "far, refused": match(Verdict.UNKNOWN, "a"),
}


def test_the_arithmetic() -> None:
    timer = ticking(0.001, 0.002, 0.003, 0.004, 0.005, 0.006, 0.007)

    report = measure(Scripted(TABLE), LINES, {"a", "b", "c", "d"}, TODAY, lambda: next(timer))

    overall = report.overall
    assert report.left_out == 1
    assert (overall.lines, overall.in_scope) == (7, 5)
    assert overall.top1 == pytest.approx(1 / 5)
    assert overall.top3 == pytest.approx(3 / 5)
    assert overall.mrr == pytest.approx((1 + 1 / 2 + 1 / 4 + 1 / 2 + 0) / 5)
    assert overall.answered_right == pytest.approx(1 / 5)
    assert overall.offered_right == pytest.approx(1 / 5)
    assert overall.right_or_offered == pytest.approx(2 / 5)
    assert overall.answered == 3
    assert overall.false_refusals == pytest.approx(1 / 5)
    assert overall.answered_out_of_scope == pytest.approx(1 / 2)
    assert overall.wrong == pytest.approx(2 / 7)
    assert overall.precision == pytest.approx(1 / 3)
    assert overall.p50_ms == pytest.approx(4.0)
    assert overall.p95_ms == pytest.approx(7.0)


def test_by_style() -> None:
    report = measure(Scripted(TABLE), LINES, {"a", "b", "c", "d"}, TODAY, lambda: 0.0)

    assert list(report.by_style) == ["clean", "teen", "far"]
    assert report.by_style["clean"].top1 == pytest.approx(1 / 2)
    assert report.by_style["teen"].wrong == pytest.approx(1 / 3)
    assert report.by_style["far"].in_scope == 0
    assert report.by_style["far"].top1 == 0.0


def test_a_line_stays_while_one_of_its_topics_exists() -> None:
    report = measure(Scripted(TABLE), [LINES[1]], {"b"}, TODAY, lambda: 0.0)

    assert report.left_out == 0


def test_nothing_to_measure() -> None:
    report = measure(Scripted({}), [], set(), TODAY, lambda: 0.0)

    assert report.overall.lines == 0
    assert report.overall.p95_ms == 0.0
    assert report.by_style == {}


def test_confusions_told_as_answers_come_first() -> None:
    again = Line("right", ("b",), "teen")
    report = measure(Scripted(TABLE), [*LINES, again], {"a", "b", "c", "d"}, TODAY, lambda: 0.0)

    assert report.confusions == (
        Confusion("b", "a", times=3, answered=2, example="second"),
        Confusion(None, "a", times=1, answered=1, example="far, answered"),
        Confusion("d", "a", times=1, answered=0, example="fourth"),
        Confusion("a", None, times=1, answered=0, example="refused"),
    )


def test_a_score_is_held_against_what_came_true() -> None:
    """Six lines at 0.9 of which one is right are far apart. Where no topic was named there is no score."""
    report = measure(Scripted(TABLE), LINES, {"a", "b", "c", "d"}, TODAY, lambda: 0.0)

    filled = [one for one in report.calibration.bins if one.lines]
    assert len(report.calibration.bins) == BINS
    (top,) = filled
    assert (top.low, top.high, top.lines) == (0.9, 1.0, 6)
    assert top.mean_score == pytest.approx(0.9)
    assert top.right == pytest.approx(1 / 6)
    assert report.calibration.error == pytest.approx(0.9 - 1 / 6)


def test_scores_at_the_ends_have_a_bin() -> None:
    table = {
        "sure": Match(Verdict.ANSWER, 1.0, (Hit("a", 1.0),), None, ()),
        "not": Match(Verdict.UNKNOWN, 0.0, (Hit("b", 0.0),), None, ()),
    }
    lines = [Line("sure", ("a",), "clean"), Line("not", ("a",), "clean")]

    calibration = measure(Scripted(table), lines, {"a", "b"}, TODAY, lambda: 0.0).calibration

    assert [one.lines for one in calibration.bins] == [1, *[0] * (BINS - 2), 1]
    assert calibration.error == 0.0


def test_traps_count_in_pairs() -> None:
    """Neighbours among the traps; a pair of which one line was left out is none."""
    trap = [Line(line.question, line.topics, "trap") for line in LINES]
    right, second, _, wrong, _, gone, *_ = trap
    lines = [right, right, LINES[1], right, wrong, gone, right, second, right]

    report = measure(Scripted(TABLE), lines, {"a", "b", "c", "d"}, TODAY, lambda: 0.0)

    assert report.traps == Pairs(3, 1)
