"""How fast Zalo lets us go: slower after a refusal, faster where it grants more. Pure; the time is handed in."""

from collections.abc import Mapping
from datetime import datetime, timedelta

FIRST_BACK_OFF_S, LONGEST_BACK_OFF_S = 1.0, 60.0
HALVED_FOR = timedelta(minutes=5)
_SHARE = 0.8  # of what Zalo grants: other programs may use the same OA
_MOST = 10.0  # times the rate of the settings
_APART = timedelta(milliseconds=500)  # refusals of calls that were under way together count as one


class Pace:
    """Says how long to wait after "too many calls", and at how many times the set rate to send.

    Zalo tells what it grants in X-RateLimit-Limit; the numbers known of it are calls a minute.
    """

    def __init__(self, rate_per_s: float) -> None:
        """Args: rate_per_s: as the settings have it."""
        self._rate_per_s = rate_per_s
        self._granted: float | None = None
        self._wait_s = 0.0
        self._refused_at: datetime | None = None

    def refused(self, now: datetime) -> float:
        """Note a refusal; returns for how many seconds to send nothing: 1, 2, 4 … 60."""
        if self._refused_at is None or not _within(self._refused_at, now, _APART) or not self._wait_s:
            self._wait_s = min(max(self._wait_s * 2, FIRST_BACK_OFF_S), LONGEST_BACK_OFF_S)
        self._refused_at = now
        return self._wait_s

    def went(self) -> None:
        """Note a message that went out: the next refusal is a first one again."""
        self._wait_s = 0.0

    def heard(self, headers: Mapping[str, str]) -> None:
        """Take in what an answer's headers grant; what is no number says nothing."""
        granted = headers.get("X-RateLimit-Limit", "")
        if granted.isascii() and granted.isdigit() and int(granted) > 0:
            self._granted = int(granted[:9]) / 60

    def factor(self, now: datetime) -> float:
        """Return how many times the set rate may be used: half for five minutes after a refusal."""
        factor = 1.0
        if self._granted is not None:
            factor = min(self._granted * _SHARE / self._rate_per_s, _MOST)
        halved = self._refused_at is not None and _within(self._refused_at, now, HALVED_FOR)
        return min(factor, 1.0) / 2 if halved else factor


def _within(since: datetime, now: datetime, span: timedelta) -> bool:
    # A clock that was set back must not keep us slow for as long.
    return abs(now - since) < span
