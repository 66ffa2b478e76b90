"""When public offices work: hours, weekends, holidays, days made up for. Pure but for `load`, which reads the files.

Working time is 07:30–11:30 and 13:30–17:00, Monday to Friday. Which days are off besides comes from one file a year
in `data/worktime`; for a year without a file only weekends and holidays of a fixed date count, and `warnings` says so.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import yaml

SHIPPED = Path(__file__).parent / "data" / "worktime"
SPANS = ((time(7, 30), time(11, 30)), (time(13, 30), time(17, 0)))
OPENS, CLOSES = SPANS[0][0], SPANS[-1][1]
# Điều 112 Bộ luật Lao động 2019; 24/11 since Nghị quyết 28/2026/QH16 (from 01/07/2026).
FIXED_HOLIDAYS = ((1, 1), (4, 30), (5, 1), (9, 2))
CULTURE_DAY, CULTURE_DAY_SINCE = (11, 24), 2026
_LONGEST_CLOSED = 60  # days; no calendar is so wrong that offices stay closed longer


class WorktimeError(ValueError):
    """A file cannot be used; says which and what in it."""


@dataclass(frozen=True, slots=True)
class Year:
    """The days of one year that differ from the week. `official`: as the State announced them, not computed."""

    year: int
    official: bool
    source: str
    closed: Mapping[date, str]
    made_up: Mapping[date, str]


class Calendar:
    """Answers in the zone it was made for; takes and gives aware times (given in UTC)."""

    def __init__(self, years: Iterable[Year], zone: ZoneInfo) -> None:
        self._years = {y.year: y for y in years}
        self.zone = zone

    def is_working_day(self, day: date) -> bool:
        """Say whether offices are open on this day."""
        year = self._years.get(day.year)
        if year is None:
            fixed = (day.month, day.day) in FIXED_HOLIDAYS or (
                (day.month, day.day) == CULTURE_DAY and day.year >= CULTURE_DAY_SINCE
            )
            return day.weekday() < 5 and not fixed
        return day in year.made_up or (day.weekday() < 5 and day not in year.closed)

    def is_working(self, at: datetime) -> bool:
        """Say whether offices are open at this moment; the closing minute is closed."""
        return any(opens <= at < closes for opens, closes in self._spans(at.astimezone(self.zone).date()))

    def next_opening(self, at: datetime) -> datetime:
        """Return the moment itself when offices are open, else when they open next."""
        for opens, closes in self._spans_from(at):
            if at < closes:
                return max(at.astimezone(UTC), opens)
        raise AssertionError("unreachable")

    def add_working_days(self, at: datetime, days: int) -> datetime:
        """Return the end of the day's work on the `days`-th working day after this day (at least 1).

        The first day is not counted and the last one counts whole: Điều 147, 148 Bộ luật Dân sự 2015.
        """
        day = at.astimezone(self.zone).date()
        for _ in range(days):
            day = self._working_day_after(day)
        return self._moment(day, CLOSES)

    def add_days(self, at: datetime, days: int) -> datetime:
        """Return the end of the day's work `days` calendar days later, on the next working day if that one is off.

        Điều 148 khoản 5 Bộ luật Dân sự 2015.
        """
        day = at.astimezone(self.zone).date() + timedelta(days=days)
        return self._moment(day if self.is_working_day(day) else self._working_day_after(day), CLOSES)

    def working_days_ago(self, at: datetime, days: int) -> datetime:
        """Return before when it was that `days` working days (at least 1) have passed whole by this moment.

        `add_working_days(x, days) <= at` holds for exactly the moments x before the one returned.
        """
        local = at.astimezone(self.zone)
        day = local.date()
        if local.time() < CLOSES:
            day -= timedelta(days=1)
        left = days
        while True:
            if self.is_working_day(day):
                left -= 1
                if not left:
                    return self._moment(day, time(0))
            day -= timedelta(days=1)

    def working_hours_between(self, start: datetime, end: datetime) -> timedelta:
        """Return how much working time lies between two moments; negative when they are the other way round."""
        if end < start:
            return -self.working_hours_between(end, start)
        passed = timedelta(0)
        day, last = start.astimezone(self.zone).date(), end.astimezone(self.zone).date()
        while day <= last:
            for opens, closes in self._spans(day):
                passed += max(timedelta(0), min(end, closes) - max(start, opens))
            day += timedelta(days=1)
        return passed

    def after_working_hours(self, start: datetime, amount: timedelta) -> datetime:
        """Return the first moment by which so much working time has passed since `start`."""
        for opens, closes in self._spans_from(start):
            begins = max(start, opens)
            if begins >= closes:
                continue
            if closes - begins >= amount:
                return begins.astimezone(UTC) + amount
            amount -= closes - begins
        raise AssertionError("unreachable")

    def warnings(self, first: date, last: date) -> list[str]:
        """Say, in Vietnamese, for which of these years the days off are missing or only computed."""
        found = []
        for number in range(first.year, last.year + 1):
            year = self._years.get(number)
            if year is None:
                found.append(
                    f"Chưa có lịch nghỉ lễ năm {number}: thời hạn chỉ tính thứ Bảy, Chủ nhật và ngày lễ cố định."
                )
            elif not year.official:
                found.append(f"Lịch nghỉ lễ năm {number} là dự tính, chưa theo thông báo chính thức.")
        return found

    def _working_day_after(self, day: date) -> date:
        for _ in range(_LONGEST_CLOSED):
            day += timedelta(days=1)
            if self.is_working_day(day):
                return day
        raise WorktimeError(f"no working day in the {_LONGEST_CLOSED} days up to {day}")

    def _spans_from(self, at: datetime) -> Iterator[tuple[datetime, datetime]]:
        day = at.astimezone(self.zone).date()
        if not self.is_working_day(day):
            day = self._working_day_after(day)
        while True:
            yield from self._spans(day)
            day = self._working_day_after(day)

    def _spans(self, day: date) -> list[tuple[datetime, datetime]]:
        if not self.is_working_day(day):
            return []
        return [(self._moment(day, opens), self._moment(day, closes)) for opens, closes in SPANS]

    def _moment(self, day: date, at: time) -> datetime:
        return datetime.combine(day, at, self.zone).astimezone(UTC)


def load(zone: ZoneInfo, folder: Path = SHIPPED) -> Calendar:
    """Read every year's file of a folder. Raises WorktimeError."""
    return Calendar([_read(file) for file in sorted(folder.glob("*.yaml"))], zone)


def _read(file: Path) -> Year:
    try:
        raw = yaml.safe_load(file.read_text(encoding="utf-8"))
        year = Year(int(raw["year"]), raw["official"], raw["source"], raw["closed"], raw["made_up"])
    except (OSError, yaml.YAMLError, KeyError, TypeError, ValueError) as exc:
        raise WorktimeError(f"{file.name}: {exc}; it has year, official, source, closed, made_up") from exc
    if file.stem != str(year.year):
        raise WorktimeError(f"{file.name}: holds the year {year.year}")
    for days in (year.closed, year.made_up):
        for day in days:
            if not isinstance(day, date) or day.year != year.year:
                raise WorktimeError(
                    f"{file.name}: {day!r} is no day of {year.year}; example: {year.year}-01-01"
                )
    if wrong := [day for day in year.made_up if day.weekday() < 5] + [
        d for d in year.closed if d.weekday() >= 5
    ]:
        raise WorktimeError(
            f"{file.name}: {wrong[0]} is in the wrong list: weekdays are closed, weekends made up for"
        )
    return year
