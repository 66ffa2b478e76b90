"""What is held of residents: counted without anybody's name, or of one of them. Nothing says who told an anonymous case."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from storage import consents
from storage.consents import Consent
from storage.db import Tx
from storage.tables import addresses, cases, conversations, residents


@dataclass(frozen=True, slots=True)
class Counts:
    """Residents by what is known. `seen`: for each moment asked for, how many wrote since.

    `agreed`: purposes of what is announced, with how many agree to each; `stopped`: who wants nothing that comes by itself.
    """

    residents: int
    named: int
    phoned: int
    by_commune: tuple[tuple[str | None, int], ...]
    by_channel: tuple[tuple[str, int], ...]
    blocked: int
    seen: tuple[int, ...]
    agreed: tuple[tuple[str, int], ...]
    stopped: int


def count(tx: Tx, area_code: str | None, moments: Sequence[datetime]) -> Counts:
    """Count the residents of a commune, None: all; the communes with most of them first."""
    r, a, c = residents.c, addresses.c, conversations.c
    here = [] if area_code is None else [r.commune_code == area_code]
    known = sa.select(
        sa.func.count(r.id).label("residents"),
        sa.func.count(r.name_sealed).label("named"),
        sa.func.count(r.phone_sealed).label("phoned"),
    ).where(*here)
    known_of = tx.execute(known).one()
    number = sa.func.count().label("number")
    communes = sa.select(r.commune_code, number).where(*here).group_by(r.commune_code).order_by(number.desc())
    reached = sa.join(addresses, residents, a.resident_id == r.id)
    stopped = (
        sa.select(sa.func.count(sa.distinct(r.id)))
        .select_from(reached)
        .where(a.stopped_at.is_not(None), *here)
    )
    channels = (
        sa.select(a.channel, sa.func.count(sa.distinct(r.id)).label("number"))
        .select_from(reached)
        .where(*here)
    )
    blocked = sa.select(sa.func.count()).select_from(reached).where(a.blocked_at.is_not(None), *here)
    seen: list[sa.ColumnElement[Any]] = [
        sa.func.count(sa.distinct(sa.case((c.updated_at >= moment, r.id)))) for moment in moments
    ]
    talks = sa.join(reached, conversations, c.address_id == a.id)
    return Counts(
        known_of.residents,
        known_of.named,
        known_of.phoned,
        tuple((row.commune_code, row.number) for row in tx.execute(communes)),
        tuple(
            (row.channel, row.number) for row in tx.execute(channels.group_by(a.channel).order_by(a.channel))
        ),
        tx.execute(blocked).scalar_one(),
        tuple(tx.execute(sa.select(*seen).select_from(talks).where(*here)).one()),
        tuple(sorted(consents.count_given(tx, area_code).items())),
        tx.execute(stopped).scalar_one(),
    )


@dataclass(frozen=True, slots=True)
class Person:
    """One resident, without the name. `codes`: of the own cases that are not anonymous, newest first.

    `consents`: all that were given, oldest first, those taken back too.
    """

    created_at: datetime
    commune_code: str | None
    channels: tuple[str, ...]
    codes: tuple[str, ...]
    consents: tuple[Consent, ...]


def get(tx: Tx, resident_id: int, limit: int) -> Person:
    """Return what is held of a resident who is there; at most `limit` codes."""
    row = tx.execute(
        sa.select(residents.c.created_at, residents.c.commune_code).where(residents.c.id == resident_id)
    ).one()
    own = sa.select(addresses.c.id).where(addresses.c.resident_id == resident_id)
    channels = sa.select(addresses.c.channel).where(addresses.c.resident_id == resident_id).distinct()
    codes = (
        sa.select(cases.c.code)
        .where(
            sa.or_(cases.c.resident_id == resident_id, cases.c.address_id.in_(own)),
            cases.c.anonymous.is_(False),
        )
        .order_by(cases.c.id.desc())
        .limit(limit)
    )
    return Person(
        row.created_at,
        row.commune_code,
        tuple(tx.execute(channels.order_by(addresses.c.channel)).scalars()),
        tuple(tx.execute(codes).scalars()),
        tuple(consents.list_history(tx, resident_id)),
    )
