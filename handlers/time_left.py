"""How long a case has still, or how late it is, in the working days that officials count in. Pure."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from handlers.worktime import Calendar

MOST_DAYS = 99  # working days that are counted out; beyond, "more than"


class Haste(StrEnum):
    """How near it is."""

    CALM = "calm"
    SOON = "soon"
    LATE = "late"


@dataclass(frozen=True, slots=True)
class TimeLeft:
    """What is said of a deadline: "còn 2 ngày làm việc", "trễ 1 ngày làm việc"."""

    sentence: str
    haste: Haste


def time_left(due_at: datetime, soon_at: datetime | None, now: datetime, calendar: Calendar) -> TimeLeft:
    """Say how much working time lies between now and a deadline.

    Days are counted as the law counts them: the day itself is not one. Within a day hours are given, begun ones full.
    """
    today, last = (at.astimezone(calendar.zone).date() for at in (now, due_at))
    if now > due_at:
        days = _working_days(calendar, last, today)
        return TimeLeft(f"trễ {_number(days)} ngày làm việc" if days else "vừa quá hạn", Haste.LATE)
    haste = Haste.SOON if soon_at is not None and soon_at <= now else Haste.CALM
    if days := _working_days(calendar, today, last):
        return TimeLeft(f"còn {_number(days)} ngày làm việc", haste)
    hours = -(-calendar.working_hours_between(now, due_at) // timedelta(hours=1))
    return TimeLeft(f"hết hạn hôm nay, còn {hours} giờ làm việc" if hours else "hết hạn hôm nay", haste)


def _working_days(calendar: Calendar, after: date, until: date) -> int:
    """Count the working days after one day up to another, at most one more than `MOST_DAYS`."""
    days, day = 0, after
    while day < until and days <= MOST_DAYS:
        day += timedelta(days=1)
        days += calendar.is_working_day(day)
    return days


def _number(days: int) -> str:
    return str(days) if days <= MOST_DAYS else f"hơn {MOST_DAYS}"


def age(then: datetime, now: datetime, calendar: Calendar) -> str:
    """Say how long ago something was, as people say it."""
    passed = now - then
    days = (now.astimezone(calendar.zone).date() - then.astimezone(calendar.zone).date()).days
    if passed < timedelta(minutes=1):
        return "vừa xong"
    if passed < timedelta(hours=1):
        return f"{passed // timedelta(minutes=1)} phút trước"
    if days == 0:
        return f"{passed // timedelta(hours=1)} giờ trước"
    if days == 1:
        return "hôm qua"
    return f"{days} ngày trước" if days < 60 else f"{days // 30} tháng trước"
