"""Two people become one, and one chat becomes a person of its own again. Each in one transaction of the caller's.

Of the two rows of `residents` the newer one stays: what goes through residents in the order of their ids (an announcement,
the outcomes of a dialogue) then never leaves a person behind. Nothing of what comes where changes: consents and having
stopped belong to the chat. What an anonymous case keeps of its chat is not touched: its hash finds it.

Where both have one of something that a person has once, one stays theirs. A copy of an announcement that had not left
is ended, a sign-up for a coming session gives its seats back; what is over stays counted, as nobody's.
"""

from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise
from typing import Any

import sqlalchemy as sa

from storage import events, rsvps
from storage.db import Tx
from storage.deliveries import end_unsent
from storage.tables import addresses, cases, consents, event_questions, outbox, residents, survey_answers
from storage.tables import rsvps as answers

LINKED = "linked"
"""Why a copy of an announcement was not sent: the person has theirs from another chat of theirs."""
_PENDING, _NEVER_CAME = ("queued", "waiting"), ("skipped", "blocked", "failed")
_OWN = ("commune_code", "category_sealed", "preferred_channel", "name_sealed")
_TOGETHER = (("phone_sealed", "phone_lookup"), ("helped_until", "helped_case_id"))


def join(tx: Tx, address_id: int, other_id: int, now: datetime) -> int | None:
    """Make one person of those at two addresses; returns who it is, None when they are one already, or erased.

    What each told of who they are stays as the newer one told it; what only the other told is added.
    """
    locked = _lock(tx, address_id, other_id)
    if len(locked) != 2:
        return None
    gone, stays = sorted(locked, key=lambda row: row.id)
    _place_consents(tx, (gone.id, stays.id))
    _join_sign_ups(tx, gone.id, stays.id, now)
    _join_surveys(tx, gone.id, stays.id)
    _join_deliveries(tx, gone.id, stays.id, now)
    for table in (addresses, consents, cases, event_questions):
        tx.execute(sa.update(table).where(table.c.resident_id == gone.id).values(resident_id=stays.id))
    tx.execute(sa.delete(residents).where(residents.c.id == gone.id))
    tx.execute(sa.update(residents).where(residents.c.id == stays.id).values(_known(gone, stays)))
    return int(stays.id)


def split(tx: Tx, address_id: int, now: datetime) -> int | None:
    """Make the chat at this address a person of its own; returns who it is, None when it is linked with no other.

    With it go what was told, asked, signed up for and agreed to there. What was told of who they are stays behind: it
    may be somebody else's.
    """
    (person,) = _lock(tx, address_id) or (None,)
    if person is None or _count_addresses(tx, person.id) < 2:
        return None
    row = {"created_at": now, "greeted_at": person.greeted_at}
    own: int = tx.execute(sa.insert(residents).returning(residents.c.id), row).scalar_one()
    for table in (consents, cases, event_questions, answers, outbox):
        theirs = sa.and_(table.c.resident_id == person.id, table.c.address_id == address_id)
        tx.execute(sa.update(table).where(theirs).values(resident_id=own))
    tx.execute(sa.update(addresses).where(addresses.c.id == address_id).values(resident_id=own))
    told_here = sa.select(cases.c.id).where(
        cases.c.id == person.helped_case_id, cases.c.address_id == address_id
    )
    if tx.execute(told_here).first() is not None:
        for resident_id, until, case_id in (
            (person.id, None, None),
            (own, person.helped_until, person.helped_case_id),
        ):
            helped = {"helped_until": until, "helped_case_id": case_id}
            tx.execute(sa.update(residents).where(residents.c.id == resident_id).values(helped))
    return own


def _lock(tx: Tx, *address_ids: int) -> Sequence[Any]:
    """Return whoever is at these addresses; nothing that points to them is on its way in from elsewhere (PostgreSQL).

    Somebody may have linked one of them while we waited: then the row that was read is gone, or no longer theirs, and
    fewer are returned.
    """
    own = sa.select(addresses.c.resident_id).where(addresses.c.id.in_(address_ids))
    ids = sorted(set(tx.execute(own).scalars()))
    # Without a key share: rows being written that point to them are waited for, and seen by what follows.
    locked = sa.select(residents).where(residents.c.id.in_(ids)).order_by(residents.c.id).with_for_update()
    rows = tx.execute(locked).all()
    return [row for row in rows if row.id in set(tx.execute(own).scalars())]


def _count_addresses(tx: Tx, resident_id: int) -> int:
    query = sa.select(sa.func.count()).where(addresses.c.resident_id == resident_id)
    return int(tx.execute(query).scalar_one())


def _place_consents(tx: Tx, resident_ids: Sequence[int]) -> None:
    """Note of consents from before chats could be linked in which chat they were given: in the only one there was."""
    only = sa.select(sa.func.min(addresses.c.id)).where(addresses.c.resident_id == consents.c.resident_id)
    placed = sa.and_(consents.c.resident_id.in_(resident_ids), consents.c.address_id.is_(None))
    tx.execute(sa.update(consents).where(placed).values(address_id=only.scalar_subquery()))


def _known(gone: Any, stays: Any) -> dict[str, object]:
    """Return what is known of the person: each thing as the one who stays told it, else as the other did."""
    values: dict[str, object] = {
        "created_at": min(gone.created_at, stays.created_at),
        "greeted_at": min((at for at in (gone.greeted_at, stays.greeted_at) if at is not None), default=None),
    }
    for name in _OWN:
        values[name] = getattr(stays, name) or getattr(gone, name)
    for names in _TOGETHER:
        told = stays if getattr(stays, names[0]) is not None else gone
        values |= {name: getattr(told, name) for name in names}
    return values


# -- what a person has once


def _join_sign_ups(tx: Tx, gone: int, stays: int, now: datetime) -> None:
    r = answers.c
    both = (
        sa.select(r.event_id)
        .where(r.resident_id.in_((gone, stays)))
        .group_by(r.event_id)
        .order_by(r.event_id)
    )
    for event_id in tx.execute(both.having(sa.func.count() == 2)).scalars().all():
        event = events.lock(tx, event_id)
        first, second = rsvps.find(tx, event_id, gone), rsvps.find(tx, event_id, stays)
        if first is None or second is None:
            continue
        kept = _kept(first, second)
        other = second if kept is first else first
        if event.is_coming(now):
            # Who waits gets the seats as soon as the clock looks.
            events.take_seats(tx, event_id, -other.seats)
            tx.execute(sa.delete(answers).where(r.id == other.id))
        else:
            rsvps.change(tx, other.id, resident_id=None, address_id=None, name_sealed=None)
    tx.execute(sa.update(answers).where(r.resident_id == gone).values(resident_id=stays))


def _kept(first: rsvps.Rsvp, second: rsvps.Rsvp) -> rsvps.Rsvp:
    """Return the answer that stays: of who came; else the latest, but no seat is given up for a place in the line."""
    if (first.attended_at is None) != (second.attended_at is None):
        return first if first.attended_at is not None else second
    older, newer = sorted((first, second), key=lambda rsvp: (rsvp.answered_at, rsvp.id))
    return older if (older.status, newer.status) == (rsvps.GOING, rsvps.WAITING) else newer


def _join_surveys(tx: Tx, gone: int, stays: int) -> None:
    s = survey_answers.c
    theirs = tx.execute(
        sa.select(s.id, s.event_id, s.remark)
        .where(s.resident_id.in_((gone, stays)))
        .order_by(s.event_id, s.at.desc(), s.id.desc())
    ).all()
    for newer, older in pairwise(theirs):
        if newer.event_id != older.event_id:
            continue
        # Its words stay with the person, who may have them erased.
        tx.execute(sa.update(survey_answers).where(s.id == older.id).values(resident_id=None, remark=None))
        words = newer.remark or older.remark
        tx.execute(sa.update(survey_answers).where(s.id == newer.id).values(remark=words))
    tx.execute(sa.update(survey_answers).where(s.resident_id == gone).values(resident_id=stays))


def _join_deliveries(tx: Tx, gone: int, stays: int, now: datetime) -> None:
    """Leave the person one delivery of each announcement: the one that came, or that may still come."""
    o = outbox.c
    ids = (
        sa.select(o.announcement_id)
        .where(o.resident_id.in_((gone, stays)), o.announcement_id.is_not(None))
        .group_by(o.announcement_id)
        .having(sa.func.count() == 2)
    )
    # Locked: an attempt is either begun before, and seen here, or finds that it is ended.
    pairs = tx.execute(
        sa.select(o.id, o.announcement_id, o.status, o.attempted_at)
        .where(o.resident_id.in_((gone, stays)), o.announcement_id.in_(ids))
        .order_by(o.announcement_id, o.id)
        .with_for_update()
    ).all()
    for first, second in zip(pairs[::2], pairs[1::2], strict=True):
        other = second if _hope(first) >= _hope(second) else first
        end_unsent(tx, o.id == other.id, LINKED, now)
        tx.execute(sa.update(outbox).where(o.id == other.id).values(resident_id=None))
    tx.execute(sa.update(outbox).where(o.resident_id == gone).values(resident_id=stays))


def _hope(row: Any) -> int:
    if row.status in _NEVER_CAME:
        return 0
    return 1 if row.status in _PENDING and row.attempted_at is None else 2
