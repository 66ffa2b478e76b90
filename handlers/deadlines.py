"""Until when the next step of a case is due, and when that is to be called soon. Pure but for `load`."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import yaml

from handlers.case_life import Kind
from handlers.worktime import Calendar

SHIPPED = Path(__file__).parent / "data" / "deadlines.yaml"
SOON = 0.8  # of the working time has passed


class DeadlineError(ValueError):
    """The file cannot be used; says what in it."""


@dataclass(frozen=True, slots=True)
class Due:
    """Until when, and from when it is due soon."""

    at: datetime
    soon_at: datetime


@dataclass(frozen=True, slots=True)
class Span:
    """So many days, working days or not."""

    days: int
    working: bool


@dataclass(frozen=True, slots=True)
class Allowed:
    """What one kind of case is given: until the first answer (or acceptance), and from acceptance on."""

    first: Span | None
    settle: Span | None
    source: str


class Deadlines:
    """Counts on one calendar."""

    def __init__(
        self, calendar: Calendar, kinds: Mapping[Kind, Allowed], ask_solved_after: int, close_after: int
    ) -> None:
        """Args: ask_solved_after, close_after: working days after the answer."""
        self.calendar = calendar
        self.kinds = kinds
        self._ask_solved_after = ask_solved_after
        self._close_after = close_after

    def opened(self, kind: Kind, now: datetime) -> Due | None:
        """Return when a new case is due; None: this kind has no deadline."""
        return self._due(self.kinds[kind].first, now)

    def received(self, kind: Kind, now: datetime) -> Due | None:
        """Return the clock that acceptance starts; None: the first one goes on."""
        return self._due(self.kinds[kind].settle, now)

    def reopened(self, kind: Kind, now: datetime) -> Due | None:
        """Return when a case that was taken up again is due."""
        allowed = self.kinds[kind]
        return self._due(allowed.settle or allowed.first, now)

    def ask_solved_at(self, now: datetime) -> datetime:
        """Return when to ask whether an answer of now has solved it."""
        return self.calendar.next_opening(self.calendar.add_working_days(now, self._ask_solved_after))

    def answered_long_before(self, now: datetime) -> datetime:
        """Return before when an answer must have been given for its case to be closed now without a reply."""
        return self.calendar.working_days_ago(now, self._close_after)

    def _due(self, span: Span | None, now: datetime) -> Due | None:
        if span is None:
            return None
        calendar = self.calendar
        at = calendar.add_working_days(now, span.days) if span.working else calendar.add_days(now, span.days)
        return Due(at, calendar.after_working_hours(now, calendar.working_hours_between(now, at) * SOON))


def load(calendar: Calendar, file: Path = SHIPPED) -> Deadlines:
    """Read the file. Raises DeadlineError."""
    try:
        raw = yaml.safe_load(file.read_text(encoding="utf-8"))
        kinds = {
            Kind(name): Allowed(_span(kind.get("first")), _span(kind.get("settle")), str(kind["source"]))
            for name, kind in raw["kinds"].items()
        }
        read = Deadlines(calendar, kinds, int(raw["ask_solved_after"]), int(raw["close_after"]))
    except (OSError, yaml.YAMLError, KeyError, TypeError, ValueError, AttributeError) as exc:
        raise DeadlineError(f"{file.name}: {exc}") from exc
    if missing := set(Kind) - set(kinds):
        raise DeadlineError(f"{file.name}: nothing is said of {', '.join(sorted(missing))}")
    return read


def _span(raw: Mapping[str, object] | None) -> Span | None:
    if raw is None:
        return None
    days, count = raw["days"], raw["count"]
    if not isinstance(days, int) or days < 1 or count not in ("working", "calendar"):
        raise ValueError(f"{raw!r} is no span; example: {{days: 10, count: working}}")
    return Span(days, count == "working")
