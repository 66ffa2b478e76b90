"""When a channel lets us write to somebody by ourselves. Pure.

Zalo, for OAs (state of 2026-11): within 48 hours after the person's last interaction for nothing; until the seventh day
for money, about 55 đồng a message; later not at all, until the person does something there. An approved template, where
there is one, reaches people at any time; its price is its own, and no API says it beforehand.
"""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

ZALO: Final = "zalo"
FREE_FOR: Final = timedelta(hours=48)
PAID_FOR: Final = timedelta(days=7)
MARGIN: Final = timedelta(minutes=1)
"""By so much a window ends earlier for us: the platform's clock may be ahead, and a call takes its time."""
PAID_COST_VND: Final = 55
"""About what a message in the paid window costs."""
_NIGHT: Final = (time(22), time(6))
_NIGHT_ZONE: Final = ZoneInfo("Asia/Ho_Chi_Minh")


class Window(StrEnum):
    """How somebody can be written to now."""

    FREE = "free"
    PAID = "paid"
    TEMPLATE = "template"  # announcements alone, in the words of an approved template
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Windows:
    """The windows of all channels.

    Args:
        paid: messages that cost money are sent, too.
        pushed: the channels in use here that messages are sent to and that set no windows.
        template: announcements go by an approved template where the window is closed.
    """

    paid: bool = False
    pushed: tuple[str, ...] = ()
    template: bool = False

    def open_since(self, channel: str, now: datetime) -> datetime | None:
        """Return since when a person must have been heard of on a channel to be sent a text; None: always open."""
        if channel != ZALO:
            return None
        return now - (PAID_FOR if self.paid else FREE_FOR) + MARGIN

    def all_open_since(self, now: datetime) -> dict[str, datetime]:
        """Return the same for every channel that sets windows."""
        since = self.open_since(ZALO, now)
        return {} if since is None else {ZALO: since}

    def at(self, channel: str, heard_at: datetime | None, now: datetime) -> Window:
        """Say how an announcement can reach somebody last heard of then on a channel; None: they never were."""
        if channel != ZALO:
            return Window.FREE
        silent = now - heard_at + MARGIN if heard_at is not None else None
        if silent is not None and silent <= FREE_FOR:
            return Window.FREE
        if silent is not None and self.paid and silent <= PAID_FOR:
            return Window.PAID
        return Window.TEMPLATE if self.template else Window.CLOSED


def is_night(channel: str, at: datetime) -> bool:
    """Say whether the channel itself wants no announcements at this hour, whatever our quiet hours are.

    Zalo refuses advertising from 22:00 to 05:59 (-234) and lets customer service pass round the clock. An invitation or
    a piece of news may be taken for the one. A warning of a flood is the other, and cannot wait: emergencies leave.
    """
    if channel != ZALO:
        return False
    clock = at.astimezone(_NIGHT_ZONE).time()
    return clock >= _NIGHT[0] or clock < _NIGHT[1]


def next_day(channel: str, at: datetime) -> datetime:
    """Return the first moment from `at` on at which the channel wants announcements."""
    if not is_night(channel, at):
        return at
    local = at.astimezone(_NIGHT_ZONE)
    day = local.date() + timedelta(days=1 if local.time() >= _NIGHT[0] else 0)
    return datetime.combine(day, _NIGHT[1], _NIGHT_ZONE).astimezone(at.tzinfo)
