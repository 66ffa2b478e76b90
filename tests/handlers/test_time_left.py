"""How much working time is left, as officials read it."""

from datetime import datetime, timedelta

import pytest

from handlers.time_left import Haste, age, time_left
from tests.handlers.casework import CALENDAR, ZONE


def at(text: str) -> datetime:
    """Return a moment in Viet Nam."""
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


@pytest.mark.parametrize(
    ("now", "due", "said"),
    [
        # Tuesday 24/11/2026 is a holiday; 28 and 29 are a weekend.
        ("2026-11-23 10:00", "2026-12-07 17:00", "còn 9 ngày làm việc"),
        ("2026-11-23 10:00", "2026-11-25 17:00", "còn 1 ngày làm việc"),
        ("2026-11-27 16:00", "2026-11-30 17:00", "còn 1 ngày làm việc"),
        ("2026-11-29 09:00", "2026-11-30 17:00", "còn 1 ngày làm việc"),
        ("2026-11-23 10:00", "2026-11-23 17:00", "hết hạn hôm nay, còn 5 giờ làm việc"),
        ("2026-11-23 16:59", "2026-11-23 17:00", "hết hạn hôm nay, còn 1 giờ làm việc"),
        ("2026-11-23 17:00", "2026-11-23 17:00", "hết hạn hôm nay"),
        ("2026-11-23 17:01", "2026-11-23 17:00", "vừa quá hạn"),
        ("2026-11-24 10:00", "2026-11-23 17:00", "vừa quá hạn"),
        ("2026-11-25 08:00", "2026-11-23 17:00", "trễ 1 ngày làm việc"),
        ("2026-11-30 08:00", "2026-11-23 17:00", "trễ 4 ngày làm việc"),
        ("2027-11-23 08:00", "2026-11-23 17:00", "trễ hơn 99 ngày làm việc"),
        ("2026-11-23 08:00", "2027-11-23 17:00", "còn hơn 99 ngày làm việc"),
    ],
)
def test_time_is_told_in_working_days(now: str, due: str, said: str) -> None:
    assert time_left(at(due), None, at(now), CALENDAR).sentence == said


@pytest.mark.parametrize(("minutes", "haste"), [(-1, Haste.CALM), (0, Haste.SOON)])
def test_soon_begins_at_its_moment(minutes: int, haste: Haste) -> None:
    soon = at("2026-11-25 10:00")

    found = time_left(at("2026-11-26 17:00"), soon, soon + timedelta(minutes=minutes), CALENDAR)

    assert found.haste is haste


def test_late_is_late_however_soon_it_was() -> None:
    due = at("2026-11-23 17:00")

    assert time_left(due, due, due + timedelta(seconds=1), CALENDAR).haste is Haste.LATE


@pytest.mark.parametrize(
    ("then", "said"),
    [
        ("2026-11-23 09:59:30", "vừa xong"),
        ("2026-11-23 09:15", "45 phút trước"),
        ("2026-11-23 07:30", "2 giờ trước"),
        ("2026-11-22 23:00", "hôm qua"),
        ("2026-11-20 23:00", "3 ngày trước"),
        ("2026-05-20 23:00", "6 tháng trước"),
    ],
)
def test_age_is_told_as_people_say_it(then: str, said: str) -> None:
    assert age(at(then), at("2026-11-23 10:00"), CALENDAR) == said
