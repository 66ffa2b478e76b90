"""Which case an official was told of by which message, so that a reply to that message is an answer."""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from storage.db import Tx
from storage.tables import case_notices, messages, official_addresses, officials


@dataclass(frozen=True, slots=True)
class Reader:
    """An official's own chat address."""

    official_id: int
    address_id: int


def list_readers(tx: Tx, area_code: str | None, roles: Sequence[str]) -> list[Reader]:
    """Return the linked addresses of active officials of these roles who see this area: it is theirs, or all are."""
    sees: sa.ColumnElement[bool] = officials.c.area_code.is_(None)
    if area_code is not None:
        sees = sa.or_(sees, officials.c.area_code == area_code)
    query = (
        sa.select(official_addresses.c.official_id, official_addresses.c.address_id)
        .join(officials, officials.c.id == official_addresses.c.official_id)
        .where(officials.c.disabled_at.is_(None), officials.c.role.in_(roles), sees)
        .order_by(official_addresses.c.address_id)
    )
    return [Reader(row.official_id, row.address_id) for row in tx.execute(query)]


def add(tx: Tx, message_id: int, case_id: int, official_id: int) -> None:
    """Note that this message told this official of this case."""
    tx.execute(
        sa.insert(case_notices),
        {"message_id": message_id, "case_id": case_id, "official_id": official_id},
    )


def find_case(tx: Tx, message_id: int, official_id: int) -> int | None:
    """Return the case that a message told this official of, or None."""
    return tx.execute(
        sa.select(case_notices.c.case_id).where(
            case_notices.c.message_id == message_id, case_notices.c.official_id == official_id
        )
    ).scalar()


def last_case(tx: Tx, address_id: int, official_id: int) -> int | None:
    """Return the case that this official was told of last at this address, or None."""
    return tx.execute(
        sa.select(case_notices.c.case_id)
        .join(messages, messages.c.id == case_notices.c.message_id)
        .where(messages.c.address_id == address_id, case_notices.c.official_id == official_id)
        .order_by(case_notices.c.message_id.desc())
        .limit(1)
    ).scalar()
