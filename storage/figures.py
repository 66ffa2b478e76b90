"""Counts for the overview: how much came in, when, where, and what became of it. No words of anybody, no ids of people.

Every count is held to a stretch of time or to what is open, so that it costs the same after ten years.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from storage.db import Tx
from storage.tables import case_entries, cases, question_groups, questions

Query = sa.Select[*tuple[Any, ...]]

# By its name: repeated with parameters of its own, it would be another expression to PostgreSQL.
_BY_WEEK: sa.ColumnElement[int] = sa.literal_column("week")
_BY_HOURS: sa.ColumnElement[int] = sa.literal_column("hours")


@dataclass(frozen=True, slots=True)
class Told:
    """Cases told in one week in one commune; None: none was named."""

    area_code: str | None
    week: int
    cases: int


@dataclass(frozen=True, slots=True)
class Asked:
    """Questions of one week in one commune; `unanswered`: those that nobody could answer."""

    area_code: str | None
    week: int
    questions: int
    unanswered: int


@dataclass(frozen=True, slots=True)
class Waiting:
    """Cases of one commune that an official has still to act on; late ones are no longer due soon."""

    area_code: str | None
    open: int
    soon: int
    late: int


def list_told(tx: Tx, bounds: Sequence[datetime], area_code: str | None) -> list[Told]:
    """Count the cases of each commune and week. Args: bounds: when each week begins, and last when they end."""
    week = _week(cases.c.opened_at, bounds)
    query: Query = (
        sa.select(cases.c.area_code, week, sa.func.count().label("cases"))
        .where(cases.c.opened_at >= bounds[0], cases.c.opened_at < bounds[-1])
        .group_by(cases.c.area_code, _BY_WEEK)
    )
    return [Told(**row._mapping) for row in tx.execute(_of(query, cases.c.area_code, area_code))]


def list_asked(tx: Tx, bounds: Sequence[datetime], area_code: str | None) -> list[Asked]:
    """Count the questions of each commune and week."""
    week = _week(questions.c.at, bounds)
    query: Query = (
        sa.select(
            questions.c.area_code,
            week,
            sa.func.count().label("questions"),
            _sum(questions.c.for_official.is_(True)).label("unanswered"),
        )
        .where(questions.c.at >= bounds[0], questions.c.at < bounds[-1])
        .group_by(questions.c.area_code, _BY_WEEK)
    )
    return [Asked(**row._mapping) for row in tx.execute(_of(query, questions.c.area_code, area_code))]


def list_waiting(tx: Tx, now: datetime, area_code: str | None) -> list[Waiting]:
    """Count what is open in each commune."""
    late = cases.c.due_at < now
    soon = sa.and_(cases.c.due_soon_at <= now, cases.c.due_at >= now)
    query: Query = (
        sa.select(
            cases.c.area_code,
            sa.func.count().label("open"),
            _sum(soon).label("soon"),
            _sum(late).label("late"),
        )
        .where(cases.c.is_open.is_(True))
        .group_by(cases.c.area_code)
    )
    return [Waiting(**row._mapping) for row in tx.execute(_of(query, cases.c.area_code, area_code))]


def list_first_answers(
    tx: Tx, since: datetime, until: datetime, area_code: str | None
) -> list[tuple[int, int]]:
    """Return after how many hours the cases of a stretch were first answered: (hours, how many), fewest hours first."""
    hours = sa.cast(_hours(tx, cases.c.opened_at, cases.c.first_answered_at), sa.Integer).label("hours")
    query: Query = (
        sa.select(hours, sa.func.count().label("number"))
        .where(cases.c.opened_at >= since, cases.c.opened_at < until, cases.c.first_answered_at.is_not(None))
        .group_by(_BY_HOURS)
        .order_by(_BY_HOURS)
    )
    return [(row.hours, row.number) for row in tx.execute(_of(query, cases.c.area_code, area_code))]


def count_said(tx: Tx, since: datetime, until: datetime, area_code: str | None) -> tuple[int, int]:
    """Return how often people said of the cases of a stretch that they were solved, and that they were not.

    Of the history, not of the cases as they stand: a no that led to a better answer was a no.
    """
    said = case_entries.c.action
    query: Query = (
        sa.select(_sum(said == "solved").label("yes"), _sum(said == "not_solved").label("no"))
        .join_from(cases, case_entries, case_entries.c.case_id == cases.c.id)
        .where(cases.c.opened_at >= since, cases.c.opened_at < until, said.in_(("solved", "not_solved")))
    )
    row = tx.execute(_of(query, cases.c.area_code, area_code)).one()
    return row.yes, row.no


def list_topics(
    tx: Tx, since: datetime, until: datetime, area_code: str | None, limit: int
) -> list[tuple[str, int]]:
    """Return the topics that were told most often, by id, with how often; most first."""
    number = sa.func.count().label("number")
    query: Query = (
        sa.select(questions.c.topic_id, number)
        .where(questions.c.at >= since, questions.c.at < until, questions.c.topic_id.is_not(None))
        .group_by(questions.c.topic_id)
        .order_by(number.desc(), questions.c.topic_id)
        .limit(limit)
    )
    return [(row.topic_id, row.number) for row in tx.execute(_of(query, questions.c.area_code, area_code))]


_STILL_ASKED = sa.case((questions.c.address_id.is_not(None), questions.c.id))
"""Whoever asked may have been erased: then only the count is left."""


def list_unanswered(
    tx: Tx, since: datetime, until: datetime, area_code: str | None, limit: int
) -> list[tuple[str, int]]:
    """Return what was asked most often without an answer, with how often; most first.

    In the group's words; for one area in those of its own oldest question, for the group's may be another area's.
    """
    number, oldest = sa.func.count().label("number"), sa.func.min(_STILL_ASKED).label("oldest")
    asked: Query = (
        sa.select(question_groups.c.id, number, oldest)
        .join_from(questions, question_groups, question_groups.c.id == questions.c.group_id)
        .where(
            questions.c.at >= since,
            questions.c.at < until,
            sa.text("for_official"),  # as the index has it
            question_groups.c.status == "open",
        )
        .group_by(question_groups.c.id)
        .order_by(number.desc(), question_groups.c.id)
        .limit(limit)
    )
    most = _of(asked, questions.c.area_code, area_code).subquery()
    words = question_groups.c.text if area_code is None else questions.c.text
    query = (
        sa.select(words.label("text"), most.c.number)
        .join_from(most, questions, questions.c.id == most.c.oldest)
        .join(question_groups, question_groups.c.id == most.c.id)
        .order_by(most.c.number.desc(), most.c.id)
    )
    return [(row.text, row.number) for row in tx.execute(query)]


def _week(at: sa.Column[datetime], bounds: Sequence[datetime]) -> sa.ColumnElement[int]:
    whens: list[tuple[sa.ColumnElement[bool], sa.ColumnElement[int]]] = [
        (at < end, sa.literal_column(str(number))) for number, end in enumerate(bounds[1:])
    ]
    return sa.case(*whens, else_=sa.literal_column("0")).label("week")


def _sum(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
    return sa.func.coalesce(sa.func.sum(sa.case((condition, 1), else_=0)), 0)


def _of(query: Query, column: sa.Column[str], area_code: str | None) -> Query:
    return query if area_code is None else query.where(column == area_code)


def _hours(tx: Tx, start: sa.Column[datetime], end: sa.Column[datetime]) -> sa.ColumnElement[float]:
    if tx.dialect == "postgresql":
        return sa.func.floor(sa.func.extract("epoch", end - start) / 3600)
    return (sa.func.julianday(end) - sa.func.julianday(start)) * 24
