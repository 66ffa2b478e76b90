"""Working time: the shipped years by a table, everything else against counting minute by minute, half hour by half hour."""

from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handlers import deadlines, worktime
from handlers.case_life import Kind
from handlers.worktime import WorktimeError
from tests.handlers.casework import CALENDAR, DEADLINES, ZONE

HALF_HOUR = timedelta(minutes=30)


def at(text: str) -> datetime:
    """Read a moment as clocks in Viet Nam show it."""
    return datetime.strptime(text, "%Y-%m-%d %H:%M").replace(tzinfo=ZONE).astimezone(UTC)


@pytest.mark.parametrize(
    ("day", "open_"),
    [
        ("2025-01-27", False), ("2025-04-26", True), ("2025-05-02", False), ("2025-09-01", False),
        ("2026-01-02", False), ("2026-01-10", True), ("2026-02-13", True), ("2026-02-16", False),
        ("2026-02-20", False), ("2026-02-23", True), ("2026-04-27", False), ("2026-08-22", True),
        ("2026-08-31", False), ("2026-09-02", False), ("2026-09-03", True), ("2026-11-24", False),
        ("2025-11-24", True), ("2027-02-03", True), ("2027-02-04", False), ("2027-02-10", False),
        ("2027-02-11", True), ("2027-04-16", False), ("2027-05-03", False), ("2027-09-03", False),
        # Years without a file: weekends and holidays of a fixed date.
        ("2031-01-01", False), ("2031-01-02", True), ("2031-01-25", False), ("2031-11-24", False),
        ("2019-11-25", True), ("2022-11-24", True),
    ],
)  # fmt: skip
def test_days_off_are_those_of_the_year(day: str, open_: bool) -> None:
    assert CALENDAR.is_working_day(date.fromisoformat(day)) is open_


@pytest.mark.parametrize(
    ("moment", "open_"),
    [
        ("2026-11-26 07:29", False), ("2026-11-26 07:30", True), ("2026-11-26 11:29", True),
        ("2026-11-26 11:30", False), ("2026-11-26 13:30", True), ("2026-11-26 17:00", False),
        ("2026-11-28 09:00", False), ("2026-11-24 09:00", False),
    ],
)  # fmt: skip
def test_hours_are_those_of_the_office(moment: str, open_: bool) -> None:
    assert CALENDAR.is_working(at(moment)) is open_


@pytest.mark.parametrize(
    ("kind", "told", "due"),
    [
        # Friday before 24/11: that Tuesday is off.
        (Kind.QUESTION, "2026-11-20 16:00", "2026-11-25 17:00"),
        (Kind.HUMAN, "2026-11-21 20:00", "2026-11-25 17:00"),
        (Kind.REFLECTION, "2026-11-23 10:00", "2026-12-08 17:00"),
        (Kind.PROPOSAL, "2026-02-10 10:00", "2026-03-03 17:00"),  # over Tết
        (Kind.COMPLAINT, "2026-11-26 10:00", "2026-12-07 17:00"),
        (Kind.DENUNCIATION, "2026-11-26 23:59", "2026-12-07 17:00"),
    ],
)
def test_a_first_answer_is_due_at_the_end_of_its_last_working_day(kind: Kind, told: str, due: str) -> None:
    found = DEADLINES.opened(kind, at(told))
    assert found is not None
    assert found.at == at(due)


def test_thirty_days_end_on_the_next_working_day() -> None:
    """26/11 and 30 days is Saturday 26/12: Monday 28/12."""
    found = DEADLINES.received(Kind.COMPLAINT, at("2026-11-26 10:00"))
    assert found is not None
    assert found.at == at("2026-12-28 17:00")
    assert DEADLINES.received(Kind.REFLECTION, at("2026-11-26 10:00")) is None
    assert DEADLINES.opened(Kind.THANKS, at("2026-11-26 10:00")) is None


def test_due_soon_is_when_four_fifths_of_the_working_time_have_passed() -> None:
    told = at("2026-11-26 07:30")
    found = DEADLINES.opened(Kind.QUESTION, told)
    assert found is not None
    # Three whole days of 7 h 30 min: 18 of 22.5 hours, so 3 hours into Monday.
    assert found.at == at("2026-11-30 17:00")
    assert found.soon_at == at("2026-11-30 10:30")


def test_it_is_asked_three_working_days_after_the_answer_when_offices_are_open() -> None:
    assert DEADLINES.ask_solved_at(at("2026-11-20 16:00")) == at("2026-11-27 07:30")


def test_every_kind_names_its_source() -> None:
    assert all(DEADLINES.kinds[kind].source for kind in Kind)


def test_a_year_without_a_file_or_only_computed_is_warned_of() -> None:
    shipped = CALENDAR.warnings(date(2026, 11, 26), date(2029, 1, 2))
    assert len(shipped) == 2
    assert "2028" in shipped[0]
    guess = worktime.Year(2028, False, "âm lịch", {}, {})
    assert "dự tính" in worktime.Calendar([guess], ZONE).warnings(date(2028, 1, 1), date(2028, 5, 1))[0]


def half_hour(naive: datetime) -> datetime:
    """Return the half hour that a local time lies in."""
    return naive.replace(minute=naive.minute // 30 * 30, second=0, microsecond=0, tzinfo=ZONE).astimezone(UTC)


MOMENTS = st.datetimes(
    min_value=datetime(2025, 1, 2),  # noqa: DTZ001  # hypothesis wants them so
    max_value=datetime(2027, 12, 1),  # noqa: DTZ001
).map(half_hour)


def naive_open(moment: datetime) -> bool:
    """Say whether offices are open, told another way: by minutes of the day."""
    local = moment.astimezone(ZONE)
    minute = local.hour * 60 + local.minute
    return CALENDAR.is_working_day(local.date()) and (450 <= minute < 690 or 810 <= minute < 1020)


@settings(max_examples=60, deadline=None)
@given(MOMENTS, st.integers(0, 48 * 30))
def test_working_hours_are_what_counting_half_hours_gives(start: datetime, steps: int) -> None:
    end = start + steps * HALF_HOUR
    counted = sum((HALF_HOUR for n in range(steps) if naive_open(start + n * HALF_HOUR)), timedelta(0))
    assert CALENDAR.working_hours_between(start, end) == counted
    assert CALENDAR.working_hours_between(end, start) == -counted


@settings(max_examples=60, deadline=None)
@given(MOMENTS, st.integers(1, 300))
def test_after_so_much_working_time_so_much_has_passed_and_not_before(start: datetime, halves: int) -> None:
    end = CALENDAR.after_working_hours(start, halves * HALF_HOUR)
    assert CALENDAR.working_hours_between(start, end) == halves * HALF_HOUR
    assert CALENDAR.working_hours_between(start, end - HALF_HOUR) < halves * HALF_HOUR


@settings(max_examples=60, deadline=None)
@given(MOMENTS, st.integers(1, 20))
def test_so_many_working_days_lie_behind_and_the_last_one_counts_whole(start: datetime, days: int) -> None:
    end = CALENDAR.add_working_days(start, days).astimezone(ZONE)
    first = start.astimezone(ZONE).date()
    between = [first + timedelta(days=n + 1) for n in range((end.date() - first).days)]
    assert sum(map(CALENDAR.is_working_day, between)) == days
    assert CALENDAR.is_working_day(end.date())
    assert end.time() == time(17)


@settings(max_examples=60, deadline=None)
@given(MOMENTS, MOMENTS, st.integers(1, 20))
def test_looking_back_agrees_with_looking_ahead(answered: datetime, span: datetime, days: int) -> None:
    now = answered + (span - span.replace(day=1, hour=0, minute=0))
    assert (CALENDAR.add_working_days(answered, days) <= now) == (
        answered < CALENDAR.working_days_ago(now, days)
    )


@settings(max_examples=60, deadline=None)
@given(MOMENTS)
def test_the_next_opening_is_the_first_open_moment(moment: datetime) -> None:
    expected = moment
    while not naive_open(expected):
        expected += HALF_HOUR
    assert CALENDAR.next_opening(moment) == expected


@pytest.mark.parametrize(
    "text",
    [
        "year: 2030",
        "{year: 2031, official: true, source: x, closed: {}, made_up: {}}",
        "{year: 2030, official: true, source: x, closed: {2031-01-01: x}, made_up: {}}",
        "{year: 2030, official: true, source: x, closed: {1: x}, made_up: {}}",
        "{year: 2030, official: true, source: x, closed: {2030-01-05: a Saturday}, made_up: {}}",
        "{year: 2030, official: true, source: x, closed: {}, made_up: {2030-01-04: a Friday}}",
        "[",
    ],
)
def test_a_file_that_cannot_be_used_is_refused_by_name(tmp_path: Path, text: str) -> None:
    (tmp_path / "2030.yaml").write_text(text)
    with pytest.raises(WorktimeError, match=r"2030\.yaml"):
        worktime.load(ZONE, tmp_path)


@pytest.mark.parametrize(
    "text", ["{kinds: {}, ask_solved_after: 3, close_after: 15}", "[]", "kinds: {party: {source: x}}",
             "{kinds: {thanks: {first: {days: 0, count: working}, source: x}}}"],
)  # fmt: skip
def test_deadlines_that_cannot_be_used_are_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "deadlines.yaml").write_text(text)
    with pytest.raises(deadlines.DeadlineError):
        deadlines.load(CALENDAR, tmp_path / "deadlines.yaml")
