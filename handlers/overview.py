"""The overview: what came in during the last twelve weeks, what waits, what people ask. Counts only.

That somebody in a small commune asked for help says that they are poor. Whoever may not read cases anyway is not told
small counts of a commune, nor what would let them be worked out from the sum.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from handlers.officials import Official, Permission, may, require, scope
from storage import figures
from storage.db import Tx

WEEKS = 12
FEW = 5  # below this, a count of a commune tells of single households
TOPICS = 8
UNANSWERED = 6


class Hidden(StrEnum):
    """Stands in place of a count that is not told."""

    FEW = "dưới 5"
    WITHHELD = "không nêu"


Count = int | Hidden


@dataclass(frozen=True, slots=True)
class Week:
    """What came in during the week that begins on this (local) Monday."""

    start: date
    cases: Count
    questions: Count


@dataclass(frozen=True, slots=True)
class Commune:
    """What came in from one commune (None: none was named) during these weeks, and what waits there now."""

    area_code: str | None
    cases: Count
    questions: Count
    open: Count
    late: Count


@dataclass(frozen=True, slots=True)
class Overview:
    """All that is shown. The last week is this one, not over yet; the twelve together are "these weeks".

    `first_answer_days`: the median of the cases told and answered in these weeks, in calendar days; None: too few.
    `solved_percent`: of the times (`said`) people said whether it was solved; None: too few. `topics`: by id, most first.
    `unanswered`: in words of this area; None: not for this official to read.
    """

    weeks: tuple[Week, ...]
    communes: tuple[Commune, ...]
    cases: Count
    questions: Count
    not_answerable: Count
    open: Count
    soon: Count
    late: Count
    first_answer_days: float | None
    solved_percent: int | None
    said: Count
    topics: tuple[tuple[str, Count], ...]
    unanswered: tuple[tuple[str, Count], ...] | None


def look(tx: Tx, official: Official, zone: ZoneInfo, now: datetime) -> Overview:
    """Count what this official may see: the own commune's, or everybody's."""
    require(official, Permission.READ_FIGURES)
    area = scope(official)
    careful = not may(official, Permission.READ_CASES)
    # Everything that is counted for one commune alone is small; the sums of all of them are not.
    shown = _shown if careful and area is not None else _as_it_is
    bounds = week_bounds(now, zone)
    told = figures.list_told(tx, bounds, area)
    asked = figures.list_asked(tx, bounds, area)
    waiting = figures.list_waiting(tx, now, area)
    cases_by_week = _sums((row.week, row.cases) for row in told)
    asked_by_week = _sums((row.week, row.questions) for row in asked)
    solved, unsolved = figures.count_said(tx, bounds[0], bounds[-1], area)
    said = solved + unsolved
    answers = figures.list_first_answers(tx, bounds[0], bounds[-1], area)
    return Overview(
        tuple(
            Week(start.astimezone(zone).date(), shown(cases_by_week[n]), shown(asked_by_week[n]))
            for n, start in enumerate(bounds[:-1])
        ),
        _communes(told, asked, waiting, careful),
        shown(sum(row.cases for row in told)),
        shown(sum(row.questions for row in asked)),
        shown(sum(row.unanswered for row in asked)),
        shown(sum(row.open for row in waiting)),
        shown(sum(row.soon for row in waiting)),
        shown(sum(row.late for row in waiting)),
        _median_days(answers),
        round(100 * solved / said) if said >= FEW else None,
        shown(said),
        _ranked(figures.list_topics(tx, bounds[0], bounds[-1], area, TOPICS), shown),
        _ranked(figures.list_unanswered(tx, bounds[0], bounds[-1], area, UNANSWERED), shown)
        if may(official, Permission.READ_QUESTIONS)
        else None,
    )


def week_bounds(now: datetime, zone: ZoneInfo) -> list[datetime]:
    """Return when each of the twelve weeks begins, local Mondays at midnight, and when the last one ends."""
    today = now.astimezone(zone).date()
    first = today - timedelta(days=today.weekday(), weeks=WEEKS - 1)
    return [datetime.combine(first + timedelta(weeks=n), time(), zone) for n in range(WEEKS + 1)]


def _as_it_is(number: int) -> Count:
    return number


def _shown(number: int) -> Count:
    return Hidden.FEW if 0 < number < FEW else number


def _sums(pairs: Iterable[tuple[int, int]]) -> Mapping[int, int]:
    sums: dict[int, int] = defaultdict(int)
    for key, number in pairs:
        sums[key] += number
    return sums


def _communes(
    told: Sequence[figures.Told],
    asked: Sequence[figures.Asked],
    waiting: Sequence[figures.Waiting],
    careful: bool,
) -> tuple[Commune, ...]:
    columns: list[dict[str | None, int]] = [defaultdict(int) for _ in range(4)]
    for case in told:
        columns[0][case.area_code] += case.cases
    for question in asked:
        columns[1][question.area_code] += question.questions
    for row in waiting:
        columns[2][row.area_code] += row.open
        columns[3][row.area_code] += row.late
    codes = sorted({code for column in columns for code in column}, key=lambda code: code or "")
    tables = [hide_few({code: column[code] for code in codes}) if careful else column for column in columns]
    # By what can be seen only: the order must not say what a hidden count hides.
    rows = [Commune(code, *(table[code] for table in tables)) for code in codes]
    return tuple(sorted(rows, key=lambda row: (-_seen(row.cases), -_seen(row.questions))))


def _seen(count: Count) -> int:
    return 0 if isinstance(count, Hidden) else count


def hide_few(counts: Mapping[str | None, int]) -> dict[str | None, Count]:
    """Hide small counts, and where only one is hidden the next one too, for it would follow from the sum."""
    shown: dict[str | None, Count] = {code: _shown(number) for code, number in counts.items()}
    hidden = [code for code, count in shown.items() if isinstance(count, Hidden)]
    rest = [code for code, count in shown.items() if not isinstance(count, Hidden) and count]
    if len(hidden) == 1 and rest:
        shown[min(rest, key=lambda code: counts[code])] = Hidden.WITHHELD
    return shown


def _median_days(hours: Sequence[tuple[int, int]]) -> float | None:
    total = sum(number for _, number in hours)
    if total < FEW:
        return None
    before = 0
    for after, number in hours:
        before += number
        if before * 2 >= total:
            return round(after / 24, 1)
    raise AssertionError("unreachable")


def _ranked(found: Sequence[tuple[str, int]], shown: Callable[[int], Count]) -> tuple[tuple[str, Count], ...]:
    return tuple((name, shown(number)) for name, number in found)
