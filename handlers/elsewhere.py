"""What an address refuses goes to another one of the same person, if they have one: once, as it is the same delivery.

Somebody who blocks the OA has not taken back what they asked to be told: the answer to their case, the reminder of the
class they signed up for. An announcement goes only where its purpose was agreed to, as it would have from the beginning.
Never commits.
"""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from handlers import paid_window
from handlers.audience import CLOSED, PURPOSES, Decision, Reach, decide
from handlers.messages import Address
from handlers.notify import FETCHED
from handlers.reach import ZALO
from handlers.sending_rules import SendingRules
from storage import elsewhere, people
from storage.audience import Candidate, Place
from storage.db import Tx
from storage.elsewhere import Stranded


def set_reachable(
    tx: Tx,
    address: Address,
    reachable: bool,
    rules: SendingRules,
    now: datetime,
    at: datetime | None = None,
) -> None:
    """Note that the person blocked us at an address, or lets us write again; what was queued there goes elsewhere.

    Args: at: when they blocked us, where it may be told late: who did something there since is not blocked.
    """
    ended = people.set_reachable(tx, address.channel, address.value, reachable, now, at)
    reroute(tx, ended, rules, now)


def block(tx: Tx, address_id: int, rules: SendingRules, now: datetime) -> None:
    """Note that a call found an address refusing us; announcements that are queued for it go elsewhere, or end."""
    reroute(tx, people.block_address(tx, address_id, now), rules, now)


def reroute(tx: Tx, ids: Collection[int], rules: SendingRules, now: datetime) -> int:
    """Send elsewhere those of these deliveries that ended as blocked, where there is such a place; returns how many."""
    moved = 0
    for one in elsewhere.list_stranded(tx, ids):
        found = _choose(tx, one, rules, now)
        if found.address_id is None:
            continue
        status = "waiting" if found.reason == CLOSED or found.channel in FETCHED else "queued"
        elsewhere.move(
            tx,
            one,
            found.address_id,
            found.channel,
            status,
            found.reason,
            now,
            fetched=found.channel in FETCHED,
        )
        moved += 1
    return moved


def _choose(tx: Tx, one: Stranded, rules: SendingRules, now: datetime) -> Decision:
    # A channel that is switched off here would keep it for ever.
    used = {*FETCHED, *rules.windows.pushed, ZALO}
    places = elsewhere.list_places(tx, one.resident_id, PURPOSES[one.kind] if one.kind is not None else None)
    places = tuple(p for p in places if p.channel in used and (not one.channels or p.channel in one.channels))
    windows = paid_window.in_force(tx, rules.windows, now)
    if one.kind is not None:
        return _decide(one, places, windows.at, now)
    # A notice is for now: a page may not be opened again for long. No template carries one.
    by_text = replace(windows, template=False).at
    sent = _decide(one, tuple(p for p in places if p.channel not in FETCHED), by_text, now)
    return sent if sent.address_id is not None and sent.reason is None else _decide(one, places, by_text, now)


def _decide(one: Stranded, places: tuple[Place, ...], reach: Reach, now: datetime) -> Decision:
    # It was counted against the ceiling when it was made.
    return decide(Candidate(one.resident_id, None, one.preferred_channel, 0, places), None, reach, now)
