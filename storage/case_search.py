"""Lists of cases: what is due next, what is newest, what has these words. Every page by keyset, every count bounded."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import sqlalchemy as sa

from storage.cases import COLUMNS, Case, load
from storage.db import Tx
from storage.tables import cases

COUNT_BOUND = 1001
_WORDS_AT_MOST = 12
_URGENT_AT_MOST = 500
_SEARCH = sa.table("case_search", sa.column("rowid", sa.Integer))


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which cases. None or empty: whatever. `area_code` bounds all of them.

    `words`: folded, all of them have to occur, the last one may be the beginning of a word. `code_prefix`: or the code
    begins so. `urgent`: whether help was needed at once. `late_at`: due before then. `soon_at`: due soon since then.
    """

    area_code: str | None = None
    statuses: tuple[str, ...] = ()
    is_open: bool | None = None
    kind: str | None = None
    category: str | None = None
    assignee_id: int | None = None
    unassigned: bool = False
    urgent: bool | None = None
    late_at: datetime | None = None
    soon_at: datetime | None = None
    since: datetime | None = None
    until: datetime | None = None
    words: str = ""
    code_prefix: str | None = None


def list_newest(tx: Tx, wanted: Wanted, before_id: int | None, limit: int) -> list[Case]:
    """Return cases newest first, those before this id."""
    query = sa.select(*COLUMNS)
    place: sa.ColumnElement[int] = cases.c.id
    if tx.dialect == "sqlite" and (words := _words(wanted)) and not wanted.code_prefix:
        # Led by the index of words, which gives its matches newest first, so that the first page ends the search.
        query = query.select_from(_SEARCH.join(cases, cases.c.id == _SEARCH.c.rowid)).where(_matches(words))
        place, wanted = _SEARCH.c.rowid, replace(wanted, words="")
    query = _where(tx, query, wanted)
    if before_id is not None:
        query = query.where(place < before_id)
    return [load(row) for row in tx.execute(query.order_by(place.desc()).limit(limit))]


def list_newer(tx: Tx, wanted: Wanted, after_id: int, limit: int) -> list[Case]:
    """Return the cases that a list of the newest shows just above this id, oldest first."""
    query = _where(tx, sa.select(*COLUMNS), wanted).where(cases.c.id > after_id)
    return [load(row) for row in tx.execute(query.order_by(cases.c.id).limit(limit))]


def list_due_earlier(tx: Tx, wanted: Wanted, before: tuple[datetime | None, int], limit: int) -> list[Case]:
    """Return the cases that `list_due` gives just before this (due_at, id), the nearest first."""
    found: list[Case] = []
    base = _where(tx, sa.select(*COLUMNS), wanted)
    due, last_id = before
    if due is None:
        query = base.where(cases.c.due_at.is_(None), cases.c.id < last_id).order_by(cases.c.id.desc())
        found = [load(row) for row in tx.execute(query.limit(limit))]
    if len(found) < limit:
        query = base.where(cases.c.due_at.is_not(None))
        if due is not None:
            at, number = sa.literal(due, cases.c.due_at.type), sa.literal(last_id)
            query = query.where(sa.tuple_(cases.c.due_at, cases.c.id) < sa.tuple_(at, number))
        ordered = query.order_by(cases.c.due_at.desc(), cases.c.id.desc())
        found += [load(row) for row in tx.execute(ordered.limit(limit - len(found)))]
    return found


def list_due(tx: Tx, wanted: Wanted, after: tuple[datetime | None, int] | None, limit: int) -> list[Case]:
    """Return cases by when they are due, those without a deadline last; after this (due_at, id)."""
    found: list[Case] = []
    base = _where(tx, sa.select(*COLUMNS), wanted)
    if after is None or after[0] is not None:
        query = base.where(cases.c.due_at.is_not(None))
        if after is not None:
            at, last_id = sa.literal(after[0], cases.c.due_at.type), sa.literal(after[1])
            query = query.where(sa.tuple_(cases.c.due_at, cases.c.id) > sa.tuple_(at, last_id))
        found = [load(row) for row in tx.execute(query.order_by(cases.c.due_at, cases.c.id).limit(limit))]
    if len(found) < limit:
        query = base.where(cases.c.due_at.is_(None))
        if after is not None and after[0] is None:
            query = query.where(cases.c.id > after[1])
        rows = tx.execute(query.order_by(cases.c.id).limit(limit - len(found)))
        found += [load(row) for row in rows]
    return found


def list_urgent(tx: Tx, wanted: Wanted) -> list[Case]:
    """Return what is open and urgent, due next first; of more than 500 any 500.

    Sorted here: asked for an order, SQLite reads all that is open in that order rather than the few urgent ones.
    """
    query = _where(tx, sa.select(*COLUMNS), replace(wanted, urgent=True, is_open=True, statuses=()))
    found = [load(row) for row in tx.execute(query.limit(_URGENT_AT_MOST))]
    return sorted(found, key=lambda case: (case.due_at is None, case.due_at or case.opened_at, case.id))


def list_alive(
    tx: Tx, area_code: str, kinds: Sequence[str], answered_since: datetime, limit: int
) -> dict[int, str]:
    """Return the folded words of an area's newest cases that are open or were answered since, by id.

    Those of other kinds, and those merged into another, are left out. Before the words stand the code and the area.
    """
    alive = sa.or_(cases.c.is_open.is_(True), cases.c.answered_at >= answered_since)
    query = (
        sa.select(cases.c.id, cases.c.folded)
        .where(
            cases.c.area_code == area_code,
            cases.c.merged_into.is_(None),
            alive,
            cases.c.kind.in_(sorted(kinds)),
        )
        .order_by(cases.c.id.desc())
        .limit(limit)
    )
    return {row.id: row.folded for row in tx.execute(query)}


def count(tx: Tx, wanted: Wanted, bound: int = COUNT_BOUND) -> int:
    """Count cases, up to `bound`: so many or more."""
    some = _where(tx, sa.select(cases.c.id), wanted).limit(bound).subquery()
    number: int = tx.execute(sa.select(sa.func.count()).select_from(some)).scalar_one()
    return number


def _where(tx: Tx, query: sa.Select[tuple[object, ...]], wanted: Wanted) -> sa.Select[tuple[object, ...]]:
    columns = cases.c
    exact = {
        columns.area_code: wanted.area_code,
        columns.is_open: wanted.is_open,
        columns.kind: wanted.kind,
        columns.category: wanted.category,
        columns.assignee_id: wanted.assignee_id,
    }
    for column, value in exact.items():
        if value is not None:
            query = query.where(column == value)
    if wanted.statuses:
        query = query.where(columns.status.in_(wanted.statuses))
    if wanted.unassigned:
        query = query.where(columns.assignee_id.is_(None))
    if wanted.urgent is not None:
        query = query.where(columns.urgent.is_not(None) if wanted.urgent else columns.urgent.is_(None))
    if wanted.late_at is not None:
        query = query.where(columns.is_open.is_(True), columns.due_at < wanted.late_at)
    if wanted.soon_at is not None:
        query = query.where(columns.is_open.is_(True), columns.due_soon_at <= wanted.soon_at)
    if wanted.since is not None:
        query = query.where(columns.opened_at >= wanted.since)
    if wanted.until is not None:
        query = query.where(columns.opened_at < wanted.until)
    if wanted.words or wanted.code_prefix:
        query = query.where(_said(tx, wanted))
    return query


def _said(tx: Tx, wanted: Wanted) -> sa.ColumnElement[bool]:
    found: list[sa.ColumnElement[bool]] = []
    if wanted.code_prefix:
        # Codes are digits and capitals up to Y, which every collation puts before Z.
        found.append(cases.c.code.between(wanted.code_prefix, wanted.code_prefix + "Z"))
    if words := _words(wanted):
        found.append(_in_text(tx, words))
    return sa.or_(*found)


def _words(wanted: Wanted) -> list[str]:
    words = re.findall(r"\w+", wanted.words)[:_WORDS_AT_MOST]
    # The area is one of the words, so that the index cuts to it first.
    return [f"xa{wanted.area_code}", *words] if words and wanted.area_code is not None else words


def _in_text(tx: Tx, words: list[str]) -> sa.ColumnElement[bool]:
    """Words hold letters, digits and underscores only, so that nothing in them is read as syntax by either index."""
    if tx.dialect == "sqlite":
        return cases.c.id.in_(sa.select(_SEARCH.c.rowid).where(_matches(words)))
    asked = sa.func.to_tsquery(sa.literal_column("'simple'"), " & ".join(words) + ":*")
    return sa.func.to_tsvector(sa.literal_column("'simple'"), cases.c.folded).op("@@")(asked)


def _matches(words: list[str]) -> sa.ColumnElement[bool]:
    match = " ".join([f'"{word}"' for word in words]) + "*"
    return sa.literal_column("case_search").op("MATCH")(sa.literal(match, sa.String))
