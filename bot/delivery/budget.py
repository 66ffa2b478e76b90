"""How fast a channel may be used: so many messages a second in all, and one a second to one person.

Time is handed in, in seconds of a clock that never steps back.
"""

from collections import deque

PERSON_INTERVAL_S = 1.0
PERSON_BURST = 3
_FORGET_PERSONS_ABOVE = 10_000


class Budget:
    """A window counted from the end of each call.

    The platform counts a message when it gets it, somewhere between begin and end of our call; counting from
    the end keeps any of its windows within the limit, whatever the latency.
    """

    def __init__(self, rate_per_s: float, in_flight: int) -> None:
        """Args: rate_per_s: messages a second in all; in_flight: calls at once, at most."""
        self._limit = max(1, int(rate_per_s))
        self._window_s = self._limit / rate_per_s
        self._in_flight_limit = in_flight
        self._in_flight = 0
        self._ended: deque[float] = deque()
        self._persons: dict[int, float] = {}

    def room(self, now: float) -> int:
        """Return how many calls may begin at this moment."""
        while self._ended and self._ended[0] + self._window_s <= now:
            self._ended.popleft()
        return max(
            0,
            min(self._limit - len(self._ended) - self._in_flight, self._in_flight_limit - self._in_flight),
        )

    def next_room_at(self) -> float | None:
        """Return when room appears by waiting alone; None if it takes a call to end."""
        return self._ended[0] + self._window_s if self._ended else None

    def person_ready_at(self, address_id: int) -> float:
        """Return from when on this person may get the next message (minus infinity: at once).

        A bucket of PERSON_BURST messages that refills at one a second, kept as one number: the time at which
        it is full again.
        """
        full_at = self._persons.get(address_id, float("-inf"))
        return full_at - (PERSON_BURST - 1) * PERSON_INTERVAL_S

    def begin(self, address_id: int, now: float) -> None:
        """Count a call that begins."""
        self._in_flight += 1
        self._persons[address_id] = max(self._persons.get(address_id, now), now) + PERSON_INTERVAL_S
        if len(self._persons) > _FORGET_PERSONS_ABOVE:
            self._persons = {a: at for a, at in self._persons.items() if at > now}

    def end(self, now: float) -> None:
        """Count a call that ended, however it ended."""
        self._in_flight -= 1
        self._ended.append(now)
