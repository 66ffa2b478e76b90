"""When announcements may leave, and how many of them a person gets. Pure; the figures come from the settings."""

from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from handlers.reach import Windows

WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class SendingRules:
    """What holds for every announcement; an emergency goes past the quiet hours and the ceiling.

    Args:
        quiet: from when to when nobody is disturbed, on the clock of `zone`; may pass midnight. None: never.
        approval_above: to more people than this, a second official has to agree.
        weekly_ceiling: announcements a person gets in `WEEK`.
        windows: when the channels themselves let us write.
    """

    zone: ZoneInfo
    quiet: tuple[time, time] | None = (time(21), time(6))
    approval_above: int = 100
    weekly_ceiling: int = 3
    windows: Windows = field(default_factory=Windows)

    def is_quiet(self, at: datetime) -> bool:
        """Say whether nobody may be disturbed at this moment. The first minute is quiet, the last is not."""
        if self.quiet is None:
            return False
        start, end = self.quiet
        now = at.astimezone(self.zone).time()
        return start <= now < end if start <= end else now >= start or now < end

    def next_open(self, at: datetime) -> datetime:
        """Return the first moment from `at` on at which people may be disturbed."""
        if self.quiet is None or not self.is_quiet(at):
            return at
        local = at.astimezone(self.zone)
        opens = datetime.combine(local.date(), self.quiet[1], self.zone)
        if opens <= local:
            opens = datetime.combine(local.date() + timedelta(days=1), self.quiet[1], self.zone)
        return opens.astimezone(at.tzinfo)
