"""Who of those who answered can be told something now, where they answered. A condition for the queries of others."""

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
        pushed: the channels to which a notice goes instead.
    """

    open_since: Mapping[str, datetime] = field(default_factory=dict)
    pushed: Sequence[str] = ()


def can_be_told(ways: Ways) -> sa.ColumnElement[bool]:
    """Say of a row of `rsvps` that its person can be told: not erased, not blocked, not stopped since, not closed."""
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
    elsewhere = sa.exists().where(
        other.c.resident_id == own.c.resident_id,
        other.c.channel.in_(list(ways.pushed)),
        other.c.blocked_at.is_(None),
        other.c.stopped_at.is_(None),
    )
    return (
        sa.exists()
        .where(
            own.c.id == rsvps.c.address_id,
            own.c.blocked_at.is_(None),
            sa.or_(own.c.stopped_at.is_(None), own.c.stopped_at < rsvps.c.answered_at),
            sa.or_(~closed, elsewhere),
        )
        .correlate(rsvps)
    )
