"""Take an export: who may, what is asked for, and a page of cells at a time. Never commits; writes only the audit."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from handlers.areas import AreaBook
from handlers.errors import Invalid, NotAllowed
from handlers.exports.columns import COLUMNS, Cell, Column, Kind, Known
from handlers.officials import Official, Permission, require, scope
from storage import audit, exports
from storage.db import Tx
from storage.exports import Range

PAGE = 1000
_DAYS = date(1970, 1, 1), date(2199, 12, 31)
"""Outside of these, clocks and databases differ on what a day is, and nothing was ever told then."""


@dataclass(frozen=True, slots=True)
class Words:
    """What turns codes into words: the areas, the topics' titles by id, and where the clock hangs."""

    areas: AreaBook
    titles: Mapping[str, str]
    zone: ZoneInfo


@dataclass(frozen=True, slots=True)
class Order:
    """What is asked for. Days are local and included; `area_codes` are communes of today; None: everywhere."""

    kind: Kind
    start: date | None = None
    end: date | None = None
    area_codes: tuple[str, ...] | None = None
    personal: bool = False

    def columns(self) -> tuple[Column, ...]:
        """Return the columns of this order."""
        return tuple(c for c in COLUMNS[self.kind] if self.personal or not c.personal)

    def range(self, zone: ZoneInfo) -> Range:
        """Return what the storage is asked for."""
        start, end = self.start, self.end + timedelta(days=1) if self.end else None
        return Range(
            datetime.combine(start, time(), zone) if start else None,
            datetime.combine(end, time(), zone) if end else None,
            self.area_codes,
        )


def allow(tx: Tx, official: Official | None, order: Order, now: datetime) -> Order:
    """Return the order as this official may have it, and write it into the audit log. The caller commits.

    Whoever is bound to a commune gets that commune; names and phone numbers need a role that may have them.
    None: the command line, whose user holds the database anyway; there too personal data needs an official.
    Raises NotAllowed, Invalid (`end` before `start`, a day beyond all records).
    """
    for field, day in (("start", order.start), ("end", order.end)):
        if day is not None and not _DAYS[0] <= day <= _DAYS[1]:
            raise Invalid(field, "Ngày chưa đúng; ví dụ: 2026-11-26")
    if order.start and order.end and order.end < order.start:
        raise Invalid("end", "Ngày cuối đứng trước ngày đầu.")
    if official is None:
        if order.personal:
            raise NotAllowed("personal data is given to a named official only")
        return order
    require(official, Permission.EXPORT)
    if order.personal:
        require(official, Permission.EXPORT_PERSONAL)
    bound = scope(official)
    if bound is not None:
        if order.area_codes not in (None, (bound,)):
            raise NotAllowed(f"areas {', '.join(order.area_codes or ())} are not all this official's")
        order = replace(order, area_codes=(bound,))
    details = {
        "from": order.start.isoformat() if order.start else None,
        "to": order.end.isoformat() if order.end else None,
        "areas": order.area_codes,
        "personal": order.personal,
    }
    audit.write(tx, official.id, "export.take", "export", str(order.kind), details, now)
    return order


def total(tx: Tx, order: Order, zone: ZoneInfo) -> int:
    """Return how many rows there are at this moment."""
    return exports.count(tx, order.kind, order.range(zone))


def page(tx: Tx, order: Order, words: Words, after: int) -> tuple[list[Sequence[Cell]], int | None]:
    """Return the cells of the next rows, and the id to go on after; None: these were the last."""
    rows = exports.page(tx, order.kind, order.range(words.zone), after, PAGE)
    is_feedback = order.kind is Kind.FEEDBACK
    known = Known(
        words.areas,
        words.titles,
        words.zone,
        exports.last_answers(tx, [r.id for r in rows]) if is_feedback and rows else {},
        {r.id: exports.identity(tx, order.kind, r) for r in rows} if order.personal else {},
    )
    columns = order.columns()
    cells: list[Sequence[Cell]] = [[c.cell(r, known) for c in columns] for r in rows]
    return cells, rows[-1].id if len(rows) == PAGE else None
