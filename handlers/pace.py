"""How often in a while from one address: messages that are answered (more are stored without an answer, nobody is
shut out), codes that are tried.

Pure: the count is kept in the conversation's own state.
"""

from datetime import datetime, timedelta

LIMIT = 60
WINDOW = timedelta(minutes=1)


def count(kept: object, now: datetime, window: timedelta = WINDOW) -> tuple[list[object], int]:
    """Count one more; returns what is to be kept, and how many there were in this while.

    Args: kept: what was kept the last time; anything of another shape is as good as nothing.
    """
    since, before = _read(kept)
    # A clock that stepped back must not silence anybody for longer than the window.
    if since is not None and timedelta(0) <= now - since < window:
        return [since.isoformat(), before + 1], before + 1
    return [now.isoformat(), 1], 1


def _read(kept: object) -> tuple[datetime | None, int]:
    match kept:
        case [str() as since, int() as counted]:
            try:
                at = datetime.fromisoformat(since)
            except ValueError:
                return None, 0
            return (at, counted) if at.tzinfo else (None, 0)
    return None, 0
