"""Who of those who answered can be told something now, there or where it goes instead. A condition for others' queries."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa

from storage.tables import addresses, rsvps


@dataclass(frozen=True, slots=True)
class Ways:
    """How people can be written to at a moment.

    Args:
        open_since: since when somebody must have been heard of, by channel that asks for it; others are always open.
        pushed: the channels to which a notice goes instead, of those that are always open.
        fetched: the channels where it is read when nothing else is left to who blocked us.
    """

    open_since: Mapping[str, datetime] = field(default_factory=dict)
    pushed: Sequence[str] = ()
    fetched: Sequence[str] = ()


def can_be_told(ways: Ways) -> sa.ColumnElement[bool]:
    """Say of a row of `rsvps` that its person can be told: not erased, not stopped since, and in a chat that is open.

    From a chat that is closed a notice goes to one that is pushed to, else it waits; from one that refuses us to any.
    """
    own, other = addresses.alias("own"), addresses.alias("other")
    closed = sa.or_(
        sa.false(),
        *(
            sa.and_(
                own.c.channel == channel,
                sa.or_(own.c.last_interaction_at.is_(None), own.c.last_interaction_at < since),
            )
            for channel, since in ways.open_since.items()
        ),
    )
    heard = (
        sa.and_(other.c.channel == channel, other.c.last_interaction_at >= since)
        for channel, since in ways.open_since.items()
    )
    another = sa.exists().where(
        other.c.resident_id == own.c.resident_id,
        other.c.id != own.c.id,
        other.c.blocked_at.is_(None),
        other.c.stopped_at.is_(None),
    )
    pushed = other.c.channel.in_(list(ways.pushed))
    blocked = own.c.blocked_at.is_not(None)
    told = sa.or_(
        sa.and_(~blocked, sa.or_(~closed, another.where(pushed))),
        sa.and_(blocked, another.where(sa.or_(pushed, other.c.channel.in_(list(ways.fetched)), *heard))),
    )
    return (
        sa.exists()
        .where(
            own.c.id == rsvps.c.address_id,
            sa.or_(own.c.stopped_at.is_(None), own.c.stopped_at < rsvps.c.answered_at),
            told,
        )
        .correlate(rsvps)
    )
