"""Nobody is disturbed in quiet hours, on either side of midnight."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.sending_rules import SendingRules

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
TIMES = st.times(timezones=st.none()).map(lambda t: t.replace(second=0, microsecond=0))
MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(ZONE))  # noqa: DTZ001  # the zone comes in


def rules(start: time, end: time) -> SendingRules:
    return SendingRules(ZONE, quiet=(start, end))


@pytest.mark.parametrize(
    ("clock", "quiet"),
    [("20:59", False), ("21:00", True), ("23:59", True), ("00:00", True), ("05:59", True), ("06:00", False)],
)
def test_the_night_is_quiet(clock: str, quiet: bool) -> None:
    at = datetime.combine(datetime(2026, 12, 1, tzinfo=ZONE), time.fromisoformat(clock), ZONE)
    assert SendingRules(ZONE).is_quiet(at) is quiet


def test_quiet_hours_may_be_switched_off() -> None:
    at = datetime(2026, 12, 1, 23, tzinfo=ZONE)
    assert SendingRules(ZONE, quiet=None).next_open(at) == at


@given(TIMES, TIMES, MOMENTS)
def test_the_next_open_moment_is_the_first(start: time, end: time, at: datetime) -> None:
    found = rules(start, end).next_open(at)

    assert found >= at
    if start != end:
        assert not rules(start, end).is_quiet(found)
    assert found == at or rules(start, end).is_quiet(found - timedelta(microseconds=1)) or start == end
    assert found - at <= timedelta(days=1)
