"""When a channel lets us write: Zalo's windows and its night."""

from datetime import UTC, datetime, timedelta

import pytest

from handlers.reach import MARGIN, Window, Windows, is_night, next_day

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
HOURS_48, DAYS_7 = timedelta(hours=48), timedelta(days=7)
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("silent", "free_only", "with_money"),
    [
        (timedelta(), Window.FREE, Window.FREE),
        (HOURS_48 - MARGIN, Window.FREE, Window.FREE),
        (HOURS_48 - MARGIN + SECOND, Window.CLOSED, Window.PAID),
        (DAYS_7 - MARGIN, Window.CLOSED, Window.PAID),
        (DAYS_7 - MARGIN + SECOND, Window.CLOSED, Window.CLOSED),
        (None, Window.CLOSED, Window.CLOSED),
    ],
)
def test_zalo_is_free_for_two_days_and_open_for_seven(
    silent: timedelta | None, free_only: Window, with_money: Window
) -> None:
    """Both ways to ask say the same: the window by the time, and the time by the window."""
    heard_at = None if silent is None else NOW - silent
    for windows, expected in ((Windows(), free_only), (Windows(paid=True), with_money)):
        assert windows.at("zalo", heard_at, NOW) is expected
        since = windows.open_since("zalo", NOW)
        assert since is not None
        assert (heard_at is None or heard_at < since) == (expected is Window.CLOSED)


@pytest.mark.parametrize("paid", [False, True])
@pytest.mark.parametrize("silent", [timedelta(), HOURS_48, DAYS_7, None])
def test_a_template_stands_in_for_a_closed_window_and_for_nothing_else(
    silent: timedelta | None, paid: bool
) -> None:
    """A text is sent by the same rules as ever."""
    heard_at = None if silent is None else NOW - silent
    without, with_one = Windows(paid=paid), Windows(paid=paid, template=True)
    before = without.at("zalo", heard_at, NOW)

    expected = Window.TEMPLATE if before is Window.CLOSED else before
    assert with_one.at("zalo", heard_at, NOW) is expected
    assert with_one.at("telegram", heard_at, NOW) is Window.FREE
    assert with_one.open_since("zalo", NOW) == without.open_since("zalo", NOW)


@pytest.mark.parametrize("channel", ["telegram", "web"])
def test_other_channels_are_always_open(channel: str) -> None:
    assert Windows().at(channel, None, NOW) is Window.FREE
    assert Windows().open_since(channel, NOW) is None
    assert not is_night(channel, datetime(2026, 11, 23, 18, 0, tzinfo=UTC))


@pytest.mark.parametrize(
    ("hour", "minute", "night"),
    [(14, 59, False), (15, 0, True), (22, 59, True), (23, 0, False), (3, 0, False)],
)
def test_zalo_s_night_is_from_22_to_6_in_viet_nam(hour: int, minute: int, night: bool) -> None:
    """Given in UTC, seven hours behind."""
    at = datetime(2026, 11, 23, hour, minute, tzinfo=UTC)

    assert is_night("zalo", at) is night
    day = next_day("zalo", at)
    assert not is_night("zalo", day)
    assert day == (at if not night else datetime(2026, 11, 23, 23, 0, tzinfo=UTC))
