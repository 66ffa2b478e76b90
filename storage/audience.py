"""Who is in an audience, a page of residents at a time: what is filtered, and where each of them can be reached.

Pages go by the resident's id; a page looks at no more than `SCANNED` ids, so that no transaction is long however few
of them match. Whom of an audience a message can reach is decided in `handlers.audience`.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple

import sqlalchemy as sa

from storage.announcements import EMERGENCY
from storage.consents import holds_at
from storage.db import Tx
from storage.identities import open_category
from storage.tables import addresses, announcements, consents, outbox, residents
from storage.waiting import CLOSED

SCANNED = 20_000
SETTLED = timedelta(minutes=1)
"""A transaction that gives a consent is over by then: none with a lower id turns up afterwards (PostgreSQL)."""
_NEVER_CAME = ("skipped", "blocked")


@dataclass(frozen=True, slots=True)
class Who:
    """Which residents are meant; None of a filter means that it lets everybody pass.

    Args:
        purposes: a consent to one of them, given by `given_by`, is needed.
        area_codes, excluded_codes: communes as the residents chose them.
        categories: of the household; somebody who told none is not meant.
        channels: they have an address on one of them.
        seen_after: last heard of then or later, on whatever channel.
        counted_after: deliveries of announcements made since then are counted, emergencies left out.
    """

    purposes: Collection[str]
    given_by: datetime
    area_codes: Collection[str] | None = None
    excluded_codes: Collection[str] = ()
    categories: Collection[str] | None = None
    channels: Collection[str] | None = None
    seen_after: datetime | None = None
    counted_after: datetime | None = None


class Place(NamedTuple):
    """One address, without saying whose. `heard_at`: when the person last did something there; None: never yet."""

    address_id: int
    channel: str
    blocked: bool
    heard_at: datetime | None


class Candidate(NamedTuple):
    """Somebody of the audience, with their addresses on the channels that are meant, in whose chats they agreed.

    `received`: announcements since `Who.counted_after`, those that never came and emergencies left out.
    """

    resident_id: int
    area_code: str | None
    preferred_channel: str | None
    received: int
    places: tuple[Place, ...]


class Page(NamedTuple):
    """Who was found, by id, and up to which id everybody was looked at; `more`: there are higher ones."""

    candidates: list[Candidate]
    cursor: int
    more: bool


def list_page(tx: Tx, who: Who, after: int, limit: int, *, lock: bool = False) -> Page:
    """Return those of the audience among the residents above id `after`: up to `limit` of them are looked at closely.

    Args:
        lock: nobody's turn changes them before the transaction ends (PostgreSQL): who says stop meanwhile is
            waited for or waits, so that either the consent is seen as gone or the delivery is there to withdraw.
    """
    last = tx.execute(sa.select(sa.func.max(residents.c.id))).scalar() or 0
    upper = min(after + SCANNED, last)
    within = [residents.c.id > after, residents.c.id <= upper]
    found = _find(tx, who, within, limit, lock)
    if found.looked_at == limit:
        upper = found.last
    return Page(found.candidates, max(upper, after), upper < last)


def list_late(tx: Tx, who: Who, announcement_id: int, after: int, limit: int, now: datetime) -> Page:
    """Return those who agreed with a consent above id `after` and have no delivery of this announcement; locked.

    The cursor stays below consents of the last minute: they are looked at again, as one with a lower id may follow.
    """
    fresh = (
        sa.select(consents.c.id, consents.c.resident_id, consents.c.given_at)
        .where(consents.c.id > after)
        .order_by(consents.c.id)
        .limit(limit)
    )
    rows = tx.execute(fresh).all()
    wanted = {row.resident_id for row in rows}
    has = sa.select(outbox.c.id).where(
        outbox.c.announcement_id == announcement_id, outbox.c.resident_id == residents.c.id
    )
    within = [residents.c.id.in_(wanted), ~sa.exists(has)]
    candidates = _find(tx, who, within, limit, lock=True).candidates if wanted else []
    cursor = after
    for row in rows:
        if row.given_at > now - SETTLED:
            break
        cursor = row.id
    return Page(candidates, cursor, len(rows) == limit and cursor > after)


def settled_consent(tx: Tx, before: datetime) -> int:
    """Return the id of the newest consent that was given a minute before this time or earlier; 0: there is none."""
    newest = (
        sa.select(consents.c.id)
        .where(consents.c.given_at <= before - SETTLED)
        .order_by(consents.c.id.desc())
        .limit(1)
    )
    return tx.execute(newest).scalar() or 0


class _Found(NamedTuple):
    """Those of the audience among so many residents that were looked at closely, the last of them with this id."""

    candidates: list[Candidate]
    looked_at: int
    last: int


def _find(tx: Tx, who: Who, within: Iterable[sa.ColumnElement[bool]], limit: int, lock: bool) -> _Found:
    meant = _meant(who, within, limit)
    if not (lock and tx.dialect == "postgresql"):
        return _load(tx, who, meant)
    # In the order of ids, as everybody who takes several: nobody waits in a circle. The consents are as they were
    # before the wait, and are read once more.
    locked = tx.execute(meant.with_for_update(key_share=True, of=residents))
    ids = list(locked.scalars())
    found = _load(tx, who, ids, _agreed(who)) if ids else _Found([], 0, 0)
    return _Found(found.candidates, len(ids), ids[-1] if ids else 0)


def _meant(who: Who, within: Iterable[sa.ColumnElement[bool]], limit: int) -> sa.Select[tuple[int]]:
    query = sa.select(residents.c.id).where(*within, _agreed(who)).order_by(residents.c.id).limit(limit)
    if who.area_codes is not None:
        query = query.where(residents.c.commune_code.in_(sorted(who.area_codes)))
    if who.excluded_codes:
        code = sa.func.coalesce(residents.c.commune_code, "")
        query = query.where(code.not_in(sorted(who.excluded_codes)))
    if who.categories is not None:
        query = query.where(residents.c.category_sealed.is_not(None))
    return query


def _agreed(who: Who, *where: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    return sa.exists(
        sa.select(consents.c.id)
        .where(
            consents.c.resident_id == residents.c.id,
            consents.c.withdrawn_at.is_(None),
            consents.c.purpose.in_(sorted(who.purposes)),
            consents.c.given_at <= who.given_by,
            *where,
        )
        .correlate(residents, addresses)
    )


def _load(tx: Tx, who: Who, ids: list[int] | sa.Select[tuple[int]], *where: sa.ColumnElement[bool]) -> _Found:
    rows = tx.execute(
        sa.select(
            residents.c.id,
            residents.c.commune_code,
            residents.c.preferred_channel,
            residents.c.category_sealed if who.categories is not None else sa.null(),
            _received(who.counted_after),
            addresses.c.id,
            addresses.c.channel,
            addresses.c.blocked_at.is_not(None),
            addresses.c.last_interaction_at,
            _agreed(who, holds_at(addresses.c.id)),
        )
        .join_from(residents, addresses, isouter=True)
        .where(residents.c.id.in_(ids), *where)
        .order_by(residents.c.id, addresses.c.id)
    ).all()
    looked_at = [list(of_one) for _, of_one in groupby(rows, itemgetter(0))]
    found = (_candidate(tx, who, of_one) for of_one in looked_at)
    last = rows[-1][0] if rows else 0
    return _Found([one for one in found if one is not None], len(looked_at), last)


def _candidate(tx: Tx, who: Who, rows: Sequence[Sequence[Any]]) -> Candidate | None:
    """Put the rows of one resident together, one an address; None when they are not meant after all."""
    resident_id, area_code, preferred, sealed, received, first_address = rows[0][:6]
    if who.categories is not None and open_category(tx, sealed) not in who.categories:
        return None
    known = rows if first_address is not None else ()
    seen = who.seen_after
    if seen is not None and not any(row[8] is not None and row[8] >= seen for row in known):
        return None
    # What was agreed to in one chat leaves for no other.
    places = tuple([Place._make(row[5:9]) for row in known if row[9]])
    if who.channels is not None:
        places = tuple(place for place in places if place.channel in who.channels)
        if not places:
            return None
    return Candidate(resident_id, area_code, preferred, received, places)


def _received(since: datetime | None) -> sa.ColumnElement[int]:
    if since is None:
        return sa.literal(0)
    return (
        sa.select(sa.func.count())
        .select_from(outbox)
        .join(announcements)
        .where(
            outbox.c.resident_id == residents.c.id,
            outbox.c.created_at > since,
            outbox.c.announcement_id.is_not(None),
            outbox.c.status.not_in(_NEVER_CAME),
            # What waits for the person to write has not come; it is counted when it is given.
            outbox.c.reason.is_distinct_from(CLOSED),
            announcements.c.kind != EMERGENCY,
        )
        .correlate(residents)
        .scalar_subquery()
    )
