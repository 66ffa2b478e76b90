"""The one place that asks what time it is."""

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]
"""Returns the present time, aware, in UTC."""


def clock(start: datetime | None = None) -> Clock:
    """Return the service's clock; with `start` it runs on from there, for tests."""
    if start is None:
        return lambda: datetime.now(UTC)
    ahead = start - datetime.now(UTC)
    return lambda: datetime.now(UTC) + ahead
