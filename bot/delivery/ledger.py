"""What one cycle of the way out writes and reads, in one transaction."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain

from bot.clock import Clock
from bot.inbound import LEASE
from handlers.reach import is_night
from handlers.sending_rules import SendingRules
from storage import announcements, leases, people, waiting
from storage.db import Tx
from storage.outbox import Delivery, Lease, Outcome

CLAIM_LIMIT = 500  # replies and notices at a time


@dataclass(frozen=True, slots=True)
class Work:
    """What one cycle writes."""

    outcomes: Sequence[Outcome]
    blocked: Sequence[int]
    dropped: Sequence[int]
    ready: Sequence[Delivery]
    calling: frozenset[int] | None
    """Whose calls are under way, when it is time to look for attempts without an outcome."""
    claiming: bool
    bulk_limit: int


@dataclass(slots=True)
class Found:
    """What a cycle found. `sending`: the announcements that may leave now; None: it did not look."""

    allowed: set[int] = field(default_factory=set)
    claimed: list[Delivery] = field(default_factory=list)
    sending: frozenset[int] | None = None
    more_bulk: bool = False


class Ledger:
    """Keeps one channel's deliveries in the database, under the name of one owner."""

    def __init__(self, channel: str, owner: str, now: Clock, rules: SendingRules) -> None:
        self._channel = channel
        self._owner = owner
        self._now = now
        self._rules = rules

    def write(self, tx: Tx, work: Work) -> Found:
        """Write the outcomes, then the attempts, then claim. What was written already may be written again."""
        now = self._now()
        lease = Lease(self._owner, now + LEASE)
        leases.finish(tx, work.outcomes, self._owner)
        for address_id in work.blocked:
            people.block_address(tx, address_id, now)
        leases.give_back(tx, work.dropped, self._owner)
        found = Found()
        closed = [o.delivery_id for o in work.outcomes if o.status == "waiting"]
        waiting.send_elsewhere(tx, closed, self._rules.windows.pushed)
        sending: tuple[list[int], ...] = ()
        if work.claiming or work.bulk_limit or any(d.in_bulk_of is not None for d in work.ready):
            sending = self._sending(tx, now)
            found.sending = frozenset(chain(*sending))
        ids = [d.id for d in work.ready]
        held = self._hold(tx, ids, now)
        found.allowed = leases.attempt(tx, [i for i in ids if i not in held], lease, now, found.sending or ())
        leases.give_back(tx, [i for i in ids if i not in found.allowed], self._owner)
        if work.calling is not None:
            leases.recover(tx, self._channel, now, work.calling)
        if work.claiming:
            found.claimed += leases.claim(tx, self._channel, lease, now, CLAIM_LIMIT)
        left = work.bulk_limit
        for alike in sending:
            if left and alike:
                bulk, more = leases.claim_bulk(tx, self._channel, alike, lease, now, left)
                found.claimed += bulk
                found.more_bulk = found.more_bulk or more
                left -= len(bulk)
        # Here as well, so that many of them need not wait for their turn to be called.
        held = self._hold(tx, [d.id for d in found.claimed], now)
        if held:
            found.claimed = [d for d in found.claimed if d.id not in held]
            leases.give_back(tx, list(held), self._owner)
        return found

    def _hold(self, tx: Tx, ids: Sequence[int], now: datetime) -> set[int]:
        """Put off whom the channel lets nobody write to now; returns what may not leave."""
        since = self._rules.windows.open_since(self._channel, now)
        if since is None or not ids:
            return set()
        return waiting.hold(tx, ids, self._owner, since, self._rules.windows.pushed)

    def _sending(self, tx: Tx, now: datetime) -> tuple[list[int], ...]:
        """Return the announcements that may leave at this moment: emergencies, then the others."""
        listed = announcements.list_sending(tx)
        emergencies = [i for i, kind in listed if kind == announcements.EMERGENCY]
        if self._rules.is_quiet(now) or is_night(self._channel, now):
            return (emergencies,)
        return emergencies, [i for i, kind in listed if kind != announcements.EMERGENCY]

    def write_last(self, tx: Tx, outcomes: Sequence[Outcome], blocked: Sequence[int]) -> None:
        """Write the last outcomes, and give back what was not begun."""
        now = self._now()
        leases.finish(tx, outcomes, self._owner)
        for address_id in blocked:
            people.block_address(tx, address_id, now)
        leases.release(tx, self._owner, now)


__all__ = ["LEASE", "Found", "Ledger", "Work"]
