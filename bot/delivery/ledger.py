"""What one cycle of the way out writes and reads, in one transaction."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain

from bot.clock import Clock
from bot.delivery.by_template import ByTemplate, Fields
from bot.inbound import LEASE, holder
from handlers import elsewhere, paid_window
from handlers.reach import is_night, next_day
from handlers.sending_rules import SendingRules
from storage import announcements, claims, leases, waiting
from storage.db import Tx
from storage.outbox import Delivery, Lease, Outcome
from storage.people import BLOCKED

CLAIM_LIMIT = 500  # replies and notices at a time


@dataclass(frozen=True, slots=True)
class Work:
    """What one cycle writes."""

    outcomes: Sequence[Outcome]
    blocked: Sequence[int]
    dropped: Sequence[int]
    unpaid: bool
    """The channel said that nobody pays for messages."""
    ready: Sequence[Delivery]
    calling: frozenset[int] | None
    """Whose calls are under way, when it is time to look for attempts without an outcome."""
    claiming: bool
    bulk_limit: int


@dataclass(slots=True)
class Found:
    """What a cycle found. `sending`: the announcements that may leave now; None: it did not look.

    `fields`: of those of `allowed` that go by template.
    """

    allowed: set[int] = field(default_factory=set)
    fields: dict[int, Fields] = field(default_factory=dict)
    claimed: list[Delivery] = field(default_factory=list)
    sending: frozenset[int] | None = None
    more_bulk: bool = False


class Ledger:
    """Keeps one channel's deliveries in the database, under the name that a process has there (`holder`)."""

    def __init__(
        self,
        channel: str,
        owner: str,
        now: Clock,
        rules: SendingRules,
        by_template: ByTemplate | None = None,
    ) -> None:
        self._channel = channel
        self._by_template = by_template
        self._owner = holder(owner, channel)
        self._now = now
        self._rules = rules

    def write(self, tx: Tx, work: Work) -> Found:
        """Write the outcomes, then the attempts, then claim. What was written already may be written again."""
        now = self._now()
        lease = Lease(self._owner, now + LEASE)
        self._finish(tx, work.outcomes, work.blocked, now)
        if work.unpaid:
            paid_window.refused(tx, now)
        leases.give_back(tx, work.dropped, self._owner)
        found = Found()
        closed = [o.delivery_id for o in work.outcomes if o.status == "waiting"]
        waiting.send_elsewhere(tx, closed, self._rules.windows.pushed)
        sending: tuple[list[int], ...] = ()
        if work.claiming or work.bulk_limit or any(d.in_bulk_of is not None for d in work.ready):
            sending = self._sending(tx, now)
            found.sending = frozenset(chain(*sending))
        ours = leases.list_ours(tx, work.ready, self._owner)
        ready = [d for d in work.ready if d.id in ours]
        held = self._hold(tx, [d.id for d in ready if not self._has_template(d)], now)
        by_template, put_off = self._find_closed(tx, ready, now)
        held |= put_off | self._keep_for_day(tx, ready, now)
        going = [d.id for d in ready if d.id not in held]
        found.allowed = leases.attempt(tx, going, lease, now, found.sending or ())
        leases.give_back(tx, [d.id for d in work.ready if d.id not in found.allowed], self._owner)
        found.fields = self._fields(tx, [d for d in by_template if d.id in found.allowed], now)
        if work.calling is not None:
            leases.recover(tx, self._channel, now, work.calling)
        if work.claiming:
            found.claimed += claims.claim(tx, self._channel, lease, now, CLAIM_LIMIT)
        night = self._keep_for_day(tx, found.claimed, now)
        found.claimed = [d for d in found.claimed if d.id not in night]
        left = work.bulk_limit
        for alike in sending:
            if left and alike:
                bulk = claims.claim_bulk(tx, self._channel, alike, lease, now, left)
                found.claimed += bulk.deliveries
                found.more_bulk = found.more_bulk or bulk.more
                left -= len(bulk.deliveries)
                elsewhere.reroute(tx, bulk.blocked, self._rules, now)
        # Here as well, so that many of them need not wait for their turn to be called.
        held = self._hold(tx, [d.id for d in found.claimed if not self._has_template(d)], now)
        if held:
            found.claimed = [d for d in found.claimed if d.id not in held]
            leases.give_back(tx, held, self._owner)
        return found

    def _hold(self, tx: Tx, ids: Sequence[int], now: datetime) -> set[int]:
        """Put off whom the channel lets nobody write to now; returns what may not leave."""
        since = self._open_since(tx, now)
        if since is None or not ids:
            return set()
        return waiting.hold(tx, ids, self._owner, since, self._rules.windows.pushed)

    def _open_since(self, tx: Tx, now: datetime) -> datetime | None:
        return paid_window.in_force(tx, self._rules.windows, now).open_since(self._channel, now)

    def _keep_for_day(self, tx: Tx, deliveries: Sequence[Delivery], now: datetime) -> set[int]:
        """Put off which notices may not leave in these quiet hours, whatever kept them until now; returns which."""
        if not self._rules.is_quiet(now):
            return set()
        opens = self._rules.next_open(now)
        kept = {d.id for d in deliveries if d.by_day_until is not None and opens <= d.by_day_until}
        leases.give_back(tx, kept, self._owner, opens)
        return kept

    def _has_template(self, delivery: Delivery) -> bool:
        return self._by_template is not None and delivery.in_bulk_of is not None

    def _find_closed(
        self, tx: Tx, ready: Sequence[Delivery], now: datetime
    ) -> tuple[list[Delivery], set[int]]:
        """Return which of these go by template, and which may not leave now.

        Looked at with the attempt: who wrote a moment ago gets the text. A template is advertising to the platform, so
        that even a warning does not leave by it at night.
        """
        since = self._open_since(tx, now)
        asked = [d for d in ready if self._has_template(d)]
        if since is None or not asked:
            return [], set()
        closed, busy = waiting.find_closed(tx, [d.id for d in asked], since)
        if closed and is_night(self._channel, now):
            leases.give_back(tx, closed, self._owner, next_day(self._channel, now))
            return [], closed | busy
        return [d for d in asked if d.id in closed], busy

    def _fields(self, tx: Tx, going: Sequence[Delivery], now: datetime) -> dict[int, Fields]:
        if self._by_template is None:
            return {}
        announced = {d.in_bulk_of for d in going if d.in_bulk_of is not None}
        written = {each: self._by_template.fields(tx, each, now) for each in announced}
        return {d.id: written[d.in_bulk_of] for d in going if d.in_bulk_of is not None}

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
        self._finish(tx, outcomes, blocked, now)
        leases.release(tx, self._owner, now)

    def _finish(self, tx: Tx, outcomes: Sequence[Outcome], blocked: Sequence[int], now: datetime) -> None:
        leases.finish(tx, outcomes, self._owner)
        for address_id in blocked:
            elsewhere.block(tx, address_id, self._rules, now)
        elsewhere.reroute(tx, [o.delivery_id for o in outcomes if o.status == BLOCKED], self._rules, now)


__all__ = ["LEASE", "Found", "Ledger", "Work"]
