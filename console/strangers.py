"""Sign-ins under names nobody has: locked like those of real accounts, so that a lock tells nothing about who exists.

In memory, bounded, forgotten at a restart.
"""

from collections import OrderedDict
from datetime import datetime

from aiohttp import web

from handlers import accounts

MOST_NAMES = 10_000


class Strangers:
    """Counts wrong passwords by name."""

    def __init__(self) -> None:
        self._failed: OrderedDict[str, tuple[int, datetime]] = OrderedDict()

    def attempt(self, username: str, now: datetime) -> datetime | None:
        """Count one; returns until when the name is locked, if it was before this one."""
        name = accounts.fold_username(username)[:40]
        failed, locked_until = self._failed.pop(name, (0, now))
        if locked_until <= now:
            failed += 1
            self._failed[name] = failed, now + accounts.lock_after(failed)
            if len(self._failed) > MOST_NAMES:
                self._failed.popitem(last=False)
            return None
        self._failed[name] = failed, locked_until
        return locked_until


STRANGERS = web.AppKey("console_strangers", Strangers)


def strangers(request: web.Request) -> Strangers:
    """Return the console's own."""
    return request.config_dict[STRANGERS]
