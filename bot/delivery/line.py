"""Who is next: the deliveries held in memory, by urgency, one at a time to a person. Pure; time is handed in.

Every step costs the logarithm of what is held, whatever waits for whom.
"""

import heapq
import itertools
from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass, field

from storage.outbox import Delivery, Lane

_Place = tuple[int, int, int, Delivery]


@dataclass(slots=True)
class _Queue:
    """What waits for one address, most urgent first and then in the order it was written; one call at a time."""

    waiting: list[_Place] = field(default_factory=list)
    busy: bool = False
    not_before: float = float("-inf")


class Line:
    """Deliveries go in by `push`, come out by `take`, and stay held until `done`, `again` or `put_back`."""

    def __init__(self, person_ready_at: Callable[[int], float]) -> None:
        """Args: person_ready_at: from when on an address may get the next message."""
        self._person_ready_at = person_ready_at
        self._queues: dict[int, _Queue] = {}
        self._held: set[int] = set()
        self._numbers = itertools.count()
        self._announcements: Counter[int] = Counter()
        # Both may hold entries that are no longer true; `_is_head` tells them from the others.
        self._ready: list[tuple[int, int, int]] = []
        self._later: list[tuple[float, int]] = []

    def __len__(self) -> int:
        return len(self._held)

    @property
    def bulk(self) -> int:
        """How many deliveries of announcements are held."""
        return self._announcements.total()

    @property
    def announcements(self) -> frozenset[int]:
        """The announcements of which deliveries are held."""
        return frozenset(self._announcements)

    def push(self, delivery: Delivery, now: float) -> None:
        """Take a delivery in; one that is held already is left as it is."""
        if delivery.id in self._held:
            return
        self._held.add(delivery.id)
        if delivery.in_bulk_of is not None:
            self._announcements[delivery.in_bulk_of] += 1
        self._enqueue(delivery, now)

    def take(self, room: int, bulk_room: int, now: float) -> list[Delivery]:
        """Return the deliveries to be sent now: lower lanes first, then in the order they came in here.

        Args: room: how many in all; bulk_room: how many of them may be of announcements.
        """
        self._look_at_later(now)
        taken: list[Delivery] = []
        while self._ready and len(taken) < room:
            lane, number, address_id = entry = heapq.heappop(self._ready)
            if not self._is_head(address_id, lane, number):
                continue
            if lane == Lane.BULK:
                if bulk_room <= 0:
                    heapq.heappush(self._ready, entry)
                    break
                bulk_room -= 1
            queue = self._queues[address_id]
            queue.busy = True
            taken.append(heapq.heappop(queue.waiting)[3])
        return taken

    def next_lane(self, now: float) -> int | None:
        """Return the lane of who could be sent to at once, if there were room; None when there is nobody."""
        self._look_at_later(now)
        while self._ready:
            lane, number, address_id = self._ready[0]
            if self._is_head(address_id, lane, number):
                return lane
            heapq.heappop(self._ready)
        return None

    def next_at(self) -> float | None:
        """Return when somebody who has to wait may be sent to; None when nobody waits for the time."""
        return self._later[0][0] if self._later else None

    def done(self, delivery: Delivery, now: float) -> None:
        """Let go of a delivery that was taken: it has ended, or is not ours any more."""
        self._held.discard(delivery.id)
        self._uncount(delivery)
        if (queue := self._queues.get(delivery.address_id)) is None:
            return
        queue.busy = False
        if queue.waiting:
            self._schedule(delivery.address_id, queue, now)
        else:
            del self._queues[delivery.address_id]

    def again(self, delivery: Delivery, at: float, now: float) -> None:
        """Put a delivery that was taken back; nothing is sent to its address before `at`."""
        if (queue := self._queues.get(delivery.address_id)) is not None:
            queue.busy, queue.not_before = False, at
            self._enqueue(delivery, now)

    def drop(self, announcement_ids: Collection[int]) -> list[int]:
        """Let go of what waits of these announcements; returns the deliveries' ids."""
        dropped: list[Delivery] = []
        for address_id, queue in list(self._queues.items()):
            kept = [place for place in queue.waiting if place[3].in_bulk_of not in announcement_ids]
            if len(kept) == len(queue.waiting):
                continue
            dropped += [place[3] for place in queue.waiting if place not in kept]
            heapq.heapify(kept)
            queue.waiting = kept
            if not kept and not queue.busy:
                del self._queues[address_id]
            elif kept and not queue.busy:
                self._schedule(address_id, queue, float("-inf"))
        for delivery in dropped:
            self._held.discard(delivery.id)
            self._uncount(delivery)
        return [delivery.id for delivery in dropped]

    def clear(self) -> None:
        """Let go of everything."""
        self._queues.clear()
        self._held.clear()
        self._announcements.clear()
        self._ready.clear()
        self._later.clear()

    def _enqueue(self, delivery: Delivery, now: float) -> None:
        queue = self._queues.setdefault(delivery.address_id, _Queue())
        place = (int(delivery.lane), delivery.id, next(self._numbers), delivery)
        heapq.heappush(queue.waiting, place)
        if queue.waiting[0] is place and not queue.busy:
            self._schedule(delivery.address_id, queue, now)

    def _schedule(self, address_id: int, queue: _Queue, now: float) -> None:
        at = max(queue.not_before, self._person_ready_at(address_id))
        if at > now:
            heapq.heappush(self._later, (at, address_id))
        else:
            lane, _id, number, _delivery = queue.waiting[0]
            heapq.heappush(self._ready, (lane, number, address_id))

    def _look_at_later(self, now: float) -> None:
        while self._later and self._later[0][0] <= now:
            address_id = heapq.heappop(self._later)[1]
            queue = self._queues.get(address_id)
            if queue is not None and queue.waiting and not queue.busy:
                self._schedule(address_id, queue, now)

    def _is_head(self, address_id: int, lane: int, number: int) -> bool:
        queue = self._queues.get(address_id)
        if queue is None or queue.busy or not queue.waiting:
            return False
        head = queue.waiting[0]
        return head[0] == lane and head[2] == number

    def _uncount(self, delivery: Delivery) -> None:
        if (of := delivery.in_bulk_of) is not None:
            self._announcements[of] -= 1
            if self._announcements[of] <= 0:
                del self._announcements[of]
