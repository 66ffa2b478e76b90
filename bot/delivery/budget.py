"""How fast a channel may be used: so many messages a second in all, and one a second to one person.

Time is handed in, in seconds of a clock that never steps back.
"""

from collections import deque
from collections.abc import Callable

PERSON_INTERVAL_S = 1.0
PERSON_BURST = 3
FLOOD_S = 1.0  # two people refused within this time: it is not about them
_FORGET_PERSONS_ABOVE = 10_000
_BULK_AHEAD = 1.25  # how much faster than the rate announcements may leave until the window is full
_BULK_BURST_S = 0.2  # what announcements may catch up with at once, where a commit took long


class Budget:
    """A window counted from the end of each call.

    The platform counts a message when it gets it, somewhere between begin and end of our call; counting from
    the end keeps any of its windows within the limit, whatever the latency.

    Announcements leave evenly: a window filled at a stroke would be full for a second, and a reply would wait for
    it. They also leave some calls to replies while a server that hangs holds theirs.
    """

    def __init__(
        self,
        rate_per_s: float,
        in_flight: int,
        *,
        burst: int = 1,
        factor: Callable[[], float] = lambda: 1.0,
    ) -> None:
        """Args:
        rate_per_s: messages a second in all.
        in_flight: calls at once, at most.
        burst: so many may leave together at a rate below that; in a longer window then.
        factor: how many times that rate may be used just now, as the channel was told.
        """
        self.rate_per_s = rate_per_s
        self._factor = factor
        self._limit = max(burst, int(rate_per_s), 1)
        self._in_flight_limit = in_flight
        self._in_flight = 0
        self._ended: deque[float] = deque()
        self._persons: dict[int, float] = {}
        bulk_limit = min(self._limit, in_flight)
        self._bulk_limit = max(1, bulk_limit - max(1, bulk_limit // 10))
        self._bulk_in_flight = 0
        self._bulk_at = float("-inf")

    @property
    def _window_s(self) -> float:
        return self._limit / (self.rate_per_s * self._factor())

    @property
    def _bulk_interval_s(self) -> float:
        return 1 / (self.rate_per_s * self._factor() * _BULK_AHEAD)

    @property
    def _bulk_burst(self) -> int:
        return max(1, int(_BULK_BURST_S / self._bulk_interval_s))

    def room(self, now: float) -> int:
        """Return how many calls may begin at this moment."""
        window_s = self._window_s
        while self._ended and self._ended[0] + window_s <= now:
            self._ended.popleft()
        return max(
            0,
            min(self._limit - len(self._ended) - self._in_flight, self._in_flight_limit - self._in_flight),
        )

    def bulk_room(self, now: float) -> int:
        """Return how many of the calls that may begin may be announcements'."""
        if now < self._bulk_at:
            return 0
        late = min((now - self._bulk_at) / self._bulk_interval_s, self._bulk_burst)
        return max(0, min(1 + int(late), self._bulk_burst, self._bulk_limit - self._bulk_in_flight))

    def next_room_at(self, *, bulk: bool) -> float | None:
        """Return when room appears by waiting alone; None if it takes a call to end."""
        if self._in_flight >= self._in_flight_limit or (bulk and self._bulk_in_flight >= self._bulk_limit):
            return None
        window_at = float("-inf")
        if len(self._ended) + self._in_flight >= self._limit:
            if not self._ended:
                return None
            window_at = self._ended[0] + self._window_s
        return max(window_at, self._bulk_at) if bulk else window_at

    def person_ready_at(self, address_id: int) -> float:
        """Return from when on this person may get the next message (minus infinity: at once).

        A bucket of PERSON_BURST messages that refills at one a second, kept as one number: the time at which
        it is full again.
        """
        full_at = self._persons.get(address_id, float("-inf"))
        return full_at - (PERSON_BURST - 1) * PERSON_INTERVAL_S

    def begin(self, address_id: int, now: float, *, bulk: bool = False) -> None:
        """Count a call that begins."""
        self._in_flight += 1
        if bulk:
            self._bulk_in_flight += 1
            earliest = now - (self._bulk_burst - 1) * self._bulk_interval_s
            self._bulk_at = max(self._bulk_at, earliest) + self._bulk_interval_s
        self._persons[address_id] = max(self._persons.get(address_id, now), now) + PERSON_INTERVAL_S
        if len(self._persons) > _FORGET_PERSONS_ABOVE:
            self._persons = {a: at for a, at in self._persons.items() if at > now}

    def end(self, now: float, *, bulk: bool = False) -> None:
        """Count a call that ended, however it ended."""
        self._in_flight -= 1
        self._bulk_in_flight -= bulk
        self._ended.append(now)


class Flood:
    """Tells a channel that has enough of one chat from one that has enough of us."""

    def __init__(self) -> None:
        self._heard: deque[tuple[float, int, float]] = deque()

    def pause_until(self, address_id: int, until: float, now: float) -> float | None:
        """Note that an address has to wait until then; returns until when everybody has to, None if nobody else.

        Refused for several chats within a second, everybody waits for the longest.
        """
        while self._heard and self._heard[0][0] < now - FLOOD_S:
            self._heard.popleft()
        self._heard.append((now, address_id, until))
        if all(heard == address_id for _, heard, _ in self._heard):
            return None
        return max(until for _, _, until in self._heard)
