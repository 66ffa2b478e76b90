"""How fast messages may come: so many a minute for a session, and for the address a phone comes from. In memory only."""

import ipaddress
import math
from collections import defaultdict, deque
from collections.abc import Callable
from datetime import datetime, timedelta

from aiohttp import web

PER_SESSION_MINUTE, PER_IP_MINUTE = 60, 600
MINUTE = timedelta(minutes=1)


class Pace:
    """Lets so many through a minute for each key: a sliding window, in memory."""

    def __init__(self, limit: int, now: Callable[[], datetime]) -> None:
        self._limit = limit
        self._now = now
        self._passed: dict[str, deque[tuple[datetime, str]]] = defaultdict(deque)
        self._swept = now()

    def wait_s(self, key: str, repeatable: str = "") -> int:
        """Count one and return 0; or, with the window full, count nothing and return the seconds to wait.

        Args: repeatable: an id; what passed with it in the last minute passes again, uncounted.
        """
        now = self._now()
        self._sweep(now)
        passed = self._passed[key]
        self._forget(passed, now)
        if repeatable and any(known == repeatable for _, known in passed):
            return 0
        if len(passed) >= self._limit:
            return max(1, math.ceil((passed[0][0] + MINUTE - now).total_seconds()))
        passed.append((now, repeatable))
        return 0

    def left_s(self, key: str) -> int:
        """Return the seconds to wait with the window full, else 0; counts nothing."""
        now, passed = self._now(), self._passed[key]
        self._forget(passed, now)
        full = len(passed) >= self._limit
        return max(1, math.ceil((passed[0][0] + MINUTE - now).total_seconds())) if full else 0

    @staticmethod
    def _forget(passed: deque[tuple[datetime, str]], now: datetime) -> None:
        # A clock that stepped back must not shut anybody out for longer than the window.
        while passed and not timedelta(0) <= now - passed[0][0] < MINUTE:
            passed.popleft()

    def _sweep(self, now: datetime) -> None:
        if timedelta(0) <= now - self._swept < MINUTE:
            return
        self._swept = now
        for key, passed in list(self._passed.items()):
            self._forget(passed, now)
            if not passed:
                del self._passed[key]


def client_ip(request: web.Request) -> str:
    """Return where a request comes from, as one string a household or phone; for counting, not for logs."""
    remote = request.remote or ""
    try:
        address = ipaddress.ip_address(remote)
        if address.is_loopback and (forwarded := request.headers.getall("X-Forwarded-For", [])):
            # A proxy on this machine added the last one itself; what stands before it anybody can write.
            address = ipaddress.ip_address(forwarded[-1].rpartition(",")[2].strip())
    except ValueError:
        return remote
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is None:
        # A single line has a whole /64.
        return str(ipaddress.ip_network((address, 64), strict=False))
    return str(address)
