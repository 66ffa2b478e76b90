"""Printed leaflets as rows: the code behind a QR, the commune it was printed for, how often it was followed."""

from datetime import datetime

import sqlalchemy as sa

from storage.db import Tx
from storage.tables import leaflets


def find_code(tx: Tx, area_code: str) -> str | None:
    """Return the code of the leaflet of an area: the first one, so that all prints count together."""
    query = sa.select(leaflets.c.code).where(leaflets.c.area_code == area_code)
    return tx.execute(query.order_by(leaflets.c.created_at, leaflets.c.code).limit(1)).scalar()


def has_code(tx: Tx, code: str) -> bool:
    """Say whether a leaflet has this code."""
    return tx.execute(sa.select(sa.literal(1)).where(leaflets.c.code == code)).scalar() is not None


def add(tx: Tx, code: str, area_code: str, now: datetime) -> None:
    """Add a leaflet that nobody followed yet."""
    tx.execute(sa.insert(leaflets).values(code=code, area_code=area_code, created_at=now, visits=0))


def find_area(tx: Tx, code: str) -> str | None:
    """Return for which area a leaflet was printed; None: there is no such leaflet."""
    return tx.execute(sa.select(leaflets.c.area_code).where(leaflets.c.code == code)).scalar()


def count_visit(tx: Tx, code: str) -> None:
    """Count that somebody followed a leaflet; of one that there is not, nothing."""
    tx.execute(sa.update(leaflets).where(leaflets.c.code == code).values(visits=leaflets.c.visits + 1))


def list_visits(tx: Tx) -> list[tuple[str, int]]:
    """Return area and visits of all leaflets, by area."""
    query = sa.select(leaflets.c.area_code, sa.func.sum(leaflets.c.visits).label("visits"))
    rows = tx.execute(query.group_by(leaflets.c.area_code).order_by(leaflets.c.area_code))
    return [(row.area_code, int(row.visits)) for row in rows]
