"""Messages in which somebody needs help now, as officials see them: no name, no chat address."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from storage.db import Tx
from storage.errors import NotFound
from storage.tables import addresses, cases, messages, residents


@dataclass(frozen=True, slots=True)
class UrgentMessage:
    """One message. `seen_*`: who took note, and when.

    `area_code`: the commune the person has chosen, else that of the last case they told by name, if any.
    """

    id: int
    text: str
    kind: str
    at: datetime
    area_code: str | None
    seen_at: datetime | None
    seen_by: int | None


# An anonymous case has no address: nothing may lead from it to a message.
_told_of = (
    sa.select(cases.c.area_code)
    .where(cases.c.address_id == addresses.c.id, cases.c.area_code.is_not(None))
    .order_by(cases.c.id.desc())
    .limit(1)
    .correlate(addresses)
    .scalar_subquery()
)
_area = sa.func.coalesce(residents.c.commune_code, _told_of)
_LIST = (
    sa.select(
        messages.c.id,
        messages.c.text,
        messages.c.urgent,
        messages.c.at,
        _area,
        messages.c.urgent_seen_at,
        messages.c.urgent_seen_by,
    )
    .join_from(messages, addresses)
    .join(residents)
    .where(messages.c.urgent.is_not(None))
)


def list_waiting(tx: Tx, area_code: str | None, limit: int) -> list[UrgentMessage]:
    """Return messages that nobody has taken note of, newest first: an area's, or (None) all."""
    query = _LIST.where(messages.c.urgent_seen_at.is_(None)).order_by(messages.c.id.desc())
    return _loaded(tx, _of(query, area_code).limit(limit))


def list_seen(tx: Tx, area_code: str | None, since: datetime, limit: int) -> list[UrgentMessage]:
    """Return messages that somebody took note of since, lately seen first: an area's, or (None) all."""
    query = _LIST.where(messages.c.urgent_seen_at >= since).order_by(messages.c.urgent_seen_at.desc())
    return _loaded(tx, _of(query, area_code).limit(limit))


def get(tx: Tx, message_id: int) -> UrgentMessage:
    """Return one urgent message; raises NotFound, also for one that is not urgent."""
    found = _loaded(tx, _LIST.where(messages.c.id == message_id))
    if not found:
        raise NotFound(f"no urgent message {message_id}")
    return found[0]


def find_area(tx: Tx, address_id: int) -> str | None:
    """Return the commune in which somebody is to be helped, as far as it is known (`UrgentMessage.area_code`)."""
    return tx.execute(
        sa.select(_area).select_from(addresses).join(residents).where(addresses.c.id == address_id)
    ).scalar()


def _of(query: sa.Select[tuple[object, ...]], area_code: str | None) -> sa.Select[tuple[object, ...]]:
    return query if area_code is None else query.where(_area == area_code)


def _loaded(tx: Tx, query: sa.Select[tuple[object, ...]]) -> list[UrgentMessage]:
    return [UrgentMessage(*tuple(row)) for row in tx.execute(query)]
