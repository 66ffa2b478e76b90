"""What happens when. Everything is put on one line and played in its order, so that ids, history and audit agree."""

import heapq
import itertools
from collections.abc import Callable
from datetime import datetime

from storage.db import Tx

Act = Callable[[Tx, datetime], None]


class Timeline:
    """Acts by their time. An act may put later ones on the line; what lies after the end is never played."""

    def __init__(self, end: datetime) -> None:
        self.end = end
        self._acts: list[tuple[datetime, int, Act]] = []
        self._numbers = itertools.count()
        self.played = 0

    def at(self, moment: datetime, act: Act) -> None:
        """Put an act on the line."""
        if moment < self.end:
            heapq.heappush(self._acts, (moment, next(self._numbers), act))

    @property
    def total(self) -> int:
        """Return how many were played and are still to be."""
        return self.played + len(self._acts)

    def play(self, tx: Tx, number: int) -> bool:
        """Play the next ones, at most so many; False once nothing is left."""
        for _ in range(number):
            if not self._acts:
                return False
            moment, _number, act = heapq.heappop(self._acts)
            act(tx, moment)
            self.played += 1
        return bool(self._acts)
