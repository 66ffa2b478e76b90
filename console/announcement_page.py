"""The page of one announcement: what it says, whom it is for, how far it is, and what can be done with it now."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from aiohttp import web

from console import announcement_preview
from console.forms import Form, number_in
from console.page import page
from console.parts import Parts, official, parts
from handlers import announcement_again, announcement_life, announcements, paid_window
from handlers import announcement_words as words
from handlers.announcement_codes import spoken
from handlers.announcements import Shown
from handlers.audience import Audience, Tally
from handlers.delivery_texts import CHANNEL_NAMES, STATUS_NAMES, Why, why
from handlers.exports.columns import HOUSEHOLD_NAMES
from handlers.officials import Official, Permission, may
from storage import deliveries, officials, receipts, unknown_deliveries
from storage.announcements import LATE_FOR, Announcement
from storage.db import Tx
from storage.deliveries import NOT_REACHED, Count
from storage.events import Event
from storage.receipts import Arrived

BADGES = {"submitted": "warn", "paused": "warn", "sending": "good", "sent": "good", "cancelled": "bad"}


@dataclass(frozen=True, slots=True)
class _Seen:
    shown: Shown
    by_area: Sequence[tuple[str | None, str, int]]
    unknown: int
    open: bool
    arrived: Sequence[Arrived]
    names: Mapping[int, str]


def _look(tx: Tx, who: Official, number: int, now: datetime) -> _Seen:
    shown = announcements.get(tx, who, number)
    one = shown.announcement
    people = {one.created_by, one.submitted_by, one.approved_by} - {None}
    return _Seen(
        shown,
        deliveries.count_by_area(tx, number) if one.started_at else (),
        unknown_deliveries.count_fresh(tx, number) if one.started_at else 0,
        one.status == "sent" and announcement_life.can_still_reach(tx, one, now),
        receipts.count_arrived(tx, number) if one.started_at else (),
        officials.get_names(tx, [number for number in people if number is not None]),
    )


async def show(request: web.Request, form: Form, status: int = 200) -> web.Response:
    """Return the page; the form has what was typed and what is wrong with it."""
    own, who = parts(request), official(request)
    seen = await own.database.read(_look, who, number_in(request, "id"), own.now())
    one, event, rules = seen.shown.announcement, seen.shown.event, own.guide.rules
    tally = await count(own, one) if one.status in ("draft", "submitted") else None
    return page(
        request,
        "announcements/show.html",
        status,
        form=form,
        one=one,
        event=event,
        shown=seen.shown,
        names=seen.names,
        by_area=_by_area(seen.by_area),
        unknown=seen.unknown,
        arrived=seen.arrived,
        preview=announcement_preview.preview(one, event, own.zone, own.public_url),
        audience=Audience.parse(one.audience, own.guide.areas),
        tally=tally,
        missed=announcement_preview.missed(tally) if tally else (),
        what_next=announcement_preview.what_next(one, tally.recipients, rules) if tally else "",
        windows=announcement_preview.windows(tally) if tally else (),
        held_back=announcement_preview.held_back(one, rules),
        kinds=words.KIND_NAMES,
        statuses=words.STATUS_NAMES,
        badges=BADGES,
        channels=CHANNEL_NAMES,
        ended=STATUS_NAMES,
        households=HOUSEHOLD_NAMES,
        lost=_lost(seen.shown.deliveries),
        spoken=spoken,
        can=_allowed(who, one, seen.open),
        held=words.HELD.format(most=rules.approval_above),
        late_until=_late_until(one, event),
        may_late=own.now() < _late_until(one, event),
        own_one=who.id in (one.created_by, one.submitted_by),
    )


def _late_until(one: Announcement, event: Event | None) -> datetime:
    """Return until when whoever agrees later gets it."""
    until = (one.started_at or one.created_at) + LATE_FOR
    return until if event is None else min(until, event.starts_at)


async def count(own: Parts, one: Announcement) -> Tally:
    """Say who would get it now; a read."""
    wanted = Audience.parse(one.audience, own.guide.areas)
    rules = own.guide.rules
    return await own.database.read(paid_window.count, wanted, one.kind, rules, own.now())


def _lost(counts: Sequence[Count]) -> list[tuple[str, str, Why, int]]:
    """Return status, channel, reason and number of what did not arrive; a platform's own words are no reason apart."""
    found: Counter[tuple[str, str, Why]] = Counter()
    for one in counts:
        if one.status in NOT_REACHED and (one.status, one.reason) != ("waiting", None):
            found[one.status, one.channel, why(one.status, one.reason)] += one.number
    return [(*each, number) for each, number in found.items()]


def _by_area(counts: Sequence[tuple[str | None, str, int]]) -> dict[str | None, dict[str, int]]:
    found: dict[str | None, dict[str, int]] = {}
    for area_code, status, number in counts:
        found.setdefault(area_code, {})[status] = number
    return found


def _allowed(who: Official, one: Announcement, open_: bool) -> frozenset[str]:
    """Return what the page offers; the server refuses the rest anyway.

    Args: open_: of what was sent, whether somebody may still get it.
    """
    writes, approves = may(who, Permission.WRITE_ANNOUNCEMENTS), may(who, Permission.APPROVE)
    offered = {
        "edit": writes and one.status == "draft",
        "submit": writes and one.status == "draft",
        "approve": approves
        and (one.status == "submitted" or (one.held_at is not None and one.status in announcement_life.OUT))
        and who.id not in (one.created_by, one.submitted_by),
        "send_back": (writes or approves) and one.status == "submitted",
        "pause": (writes or approves) and one.status in announcement_life.UNDER_WAY,
        "resume": (writes or approves) and one.status == "paused",
        "cancel": (writes or approves) and (open_ or one.status not in ("sent", "cancelled")),
        "again": (writes or approves) and one.status in announcement_again.OVER,
    }
    return frozenset(name for name, holds in offered.items() if holds)
