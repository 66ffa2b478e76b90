"""Groups of questions that nobody could answer, and which questions are in each.

Counting and showing can be narrowed to an area: the questions of one commune, and those that name none.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from storage.db import Tx
from storage.errors import Conflict, NotFound
from storage.tables import question_groups as groups
from storage.tables import questions

OPEN, ANSWERED, DROPPED, MERGED = "open", "answered", "dropped", "merged"
_LOCK = 724006  # on PostgreSQL: one at a time sorts questions into groups
_VERDICTS = ("answer", "ask", "unknown")  # of questions; other verdicts are wishes
_IDS_AT_ONCE = 500  # well below what either database takes as parameters of one statement


@dataclass(frozen=True, slots=True)
class Group:
    """One group. `folded`: its words repaired, without marks. `area_code`: for whom its answer speaks; None: all."""

    id: int
    text: str
    folded: str
    status: str
    count: int
    first_at: datetime
    last_at: datetime
    answer: str | None
    answered_by: int | None
    answered_at: datetime | None
    area_code: str | None
    told_at: datetime | None
    reason: str | None
    merged_into: int | None
    topic_id: str | None
    version: int


@dataclass(frozen=True, slots=True)
class Member:
    """One question. `answered_at`: when an official's answer was sent for it."""

    id: int
    address_id: int
    text: str
    at: datetime
    area_code: str | None
    answered_at: datetime | None


@dataclass(frozen=True, slots=True)
class Counts:
    """What a group holds, within an area. `text`: the oldest question, "" when whoever asked was erased.

    `people`: addresses; `to_be_told`: those still waiting.
    """

    questions: int
    people: int
    to_be_told: int
    helped: int
    not_helped: int
    text: str


MEMBER = sa.select(
    questions.c.id,
    questions.c.address_id,
    questions.c.text,
    questions.c.at,
    questions.c.area_code,
    questions.c.answered_at,
)


_ASKED = questions.c.address_id.is_not(None)
"""Of an erased person's question only its count is left."""


def _within(area_code: str | None) -> sa.ColumnElement[bool]:
    if area_code is None:
        return sa.true()
    return sa.or_(questions.c.area_code == area_code, questions.c.area_code.is_(None))


# Sorting in -----------------------------------------------------------------------------------------------------


def list_ungrouped(tx: Tx, limit: int) -> list[Member]:
    """Return questions for officials that are in no group yet, oldest first."""
    query = (
        MEMBER.where(
            questions.c.for_official,
            questions.c.group_id.is_(None),
            questions.c.verdict.in_(_VERDICTS),
            _ASKED,
        )
        .order_by(questions.c.id)
        .limit(limit)
    )
    return [Member(**row._mapping) for row in tx.execute(query)]


def list_joinable(tx: Tx, answered_since: datetime, limit: int) -> list[Group]:
    """Return the groups that a new question may join: the newest open ones and those answered since, up to `limit` each."""
    statuses = {
        OPEN: groups.c.status == OPEN,
        ANSWERED: sa.and_(groups.c.status == ANSWERED, groups.c.answered_at >= answered_since),
    }
    return [
        Group(**row._mapping)
        for wanted in statuses.values()
        for row in tx.execute(
            sa.select(groups).where(wanted).order_by(groups.c.last_at.desc(), groups.c.id.desc()).limit(limit)
        )
    ]


def newest_id(tx: Tx) -> int:
    """Return the id of the newest group, 0 when there is none."""
    return tx.execute(sa.select(sa.func.max(groups.c.id))).scalar() or 0


def lock(tx: Tx) -> None:
    """Keep others from sorting questions until the transaction ends; taken before any group is locked."""
    if tx.dialect == "postgresql":
        tx.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))


def add(tx: Tx, text: str, folded: str, at: datetime) -> int:
    """Open an empty group; returns its id. What is put into it sets its dates and its count."""
    row = {
        "text": text,
        "folded": folded,
        "status": OPEN,
        "count": 0,
        "first_at": at,
        "last_at": at,
        "version": 1,
    }
    new_id: int = tx.execute(sa.insert(groups).returning(groups.c.id), row).scalar_one()
    return new_id


def put(tx: Tx, group_id: int, question_ids: Sequence[int], *, out_of: int | None = None) -> int:
    """Put questions into a group if they are (still) in `out_of` (None: in none); returns how many were."""
    moved = 0
    here = questions.c.group_id.is_(None) if out_of is None else questions.c.group_id == out_of
    for start in range(0, len(question_ids), _IDS_AT_ONCE):
        some = question_ids[start : start + _IDS_AT_ONCE]
        moved += tx.execute(
            sa.update(questions).where(questions.c.id.in_(some), here).values(group_id=group_id)
        ).rowcount
    return moved


def recount(tx: Tx, group_id: int) -> None:
    """Set a group's count and dates by what is in it now; dates of an empty one stay."""
    held = tx.execute(
        sa.select(
            sa.func.count().label("number"),
            sa.func.min(questions.c.at).label("first"),
            sa.func.max(questions.c.at).label("last"),
        ).where(questions.c.group_id == group_id)
    ).one()
    dates = {"first_at": held.first, "last_at": held.last} if held.number else {}
    tx.execute(sa.update(groups).where(groups.c.id == group_id).values({"count": held.number} | dates))


# One group ------------------------------------------------------------------------------------------------------


def find(tx: Tx, group_id: int, *, lock: bool = False) -> Group | None:
    """Return a group, locked until the transaction ends if so wished (PostgreSQL); None for one that is not there."""
    query = sa.select(groups).where(groups.c.id == group_id)
    row = tx.execute(query.with_for_update() if lock else query).one_or_none()
    return Group(**row._mapping) if row else None


def get(tx: Tx, group_id: int, *, lock: bool = False) -> Group:
    """Return a group as `find` does; raises NotFound."""
    group = find(tx, group_id, lock=lock)
    if group is None:
        raise NotFound(f"question group {group_id}")
    return group


def change(tx: Tx, group_id: int, version: int, values: Mapping[str, Any]) -> None:
    """Change a group that is still at `version`, which grows by one; raises Conflict."""
    done = tx.execute(
        sa.update(groups)
        .where(groups.c.id == group_id, groups.c.version == version)
        .values(dict(values) | {"version": version + 1})
    )
    if done.rowcount != 1:
        raise Conflict(f"question group {group_id} is no longer at version {version}")


def forget_told(tx: Tx, group_id: int) -> None:
    """Note that somebody in an answered group has not been told."""
    tx.execute(sa.update(groups).where(groups.c.id == group_id).values(told_at=None))


def list_members(tx: Tx, group_id: int, area_code: str | None, limit: int) -> list[Member]:
    """Return a group's questions within an area, oldest first."""
    query = (
        MEMBER.where(questions.c.group_id == group_id, _ASKED, _within(area_code))
        .order_by(questions.c.id)
        .limit(limit)
    )
    return [Member(**row._mapping) for row in tx.execute(query)]


def list_outside(tx: Tx, group_id: int, area_code: str | None) -> list[int]:
    """Return the ids of a group's questions outside an area, oldest first; None has no outside."""
    query = sa.select(questions.c.id).where(questions.c.group_id == group_id, sa.not_(_within(area_code)))
    return [] if area_code is None else list(tx.execute(query.order_by(questions.c.id)).scalars())


def list_ids(tx: Tx, group_id: int, area_code: str | None = None) -> list[int]:
    """Return the ids of all its questions within an area."""
    query = sa.select(questions.c.id).where(questions.c.group_id == group_id, _within(area_code))
    return list(tx.execute(query).scalars())


def count(tx: Tx, group_ids: Sequence[int], area_code: str | None) -> dict[int, Counts]:
    """Return what groups hold within an area; those that hold nothing there are left out. At most 500."""
    q = questions.c
    waiting = sa.case((q.answered_at.is_(None), q.address_id))
    rows = tx.execute(
        sa.select(
            q.group_id,
            sa.func.count().label("questions"),
            sa.func.count(q.address_id.distinct()).label("people"),
            sa.func.count(waiting.distinct()).label("to_be_told"),
            sa.func.count(sa.case((q.answer_helped.is_(True), 1))).label("helped"),
            sa.func.count(sa.case((q.answer_helped.is_(False), 1))).label("not_helped"),
            sa.func.min(sa.case((_ASKED, q.id))).label("oldest"),
        )
        .where(q.group_id.in_(group_ids[:_IDS_AT_ONCE]), _within(area_code))
        .group_by(q.group_id)
    ).all()
    oldest = tx.execute(sa.select(q.id, q.text).where(q.id.in_([row.oldest for row in rows if row.oldest])))
    texts: dict[int, str] = {row.id: row.text for row in oldest}
    return {
        row.group_id: Counts(
            row.questions, row.people, row.to_be_told, row.helped, row.not_helped, texts.get(row.oldest, "")
        )
        for row in rows
    }


# Many groups ----------------------------------------------------------------------------------------------------


def list_groups(
    tx: Tx,
    status: str,
    words: Sequence[str],
    areas: Sequence[str | None],
    after: tuple[datetime, int] | None,
    limit: int,
) -> list[Group]:
    """Return groups of a status, the last asked first.

    Args:
        words: unmarked words, each the beginning of one in the group.
        areas: only groups with a question within each of these; None stands for all areas.
        after: `last_at` and id of the last one of the page before.
    """
    query = sa.select(groups).where(_matching(status, words, areas))
    if after is not None:
        at, last_id = after
        query = query.where(
            sa.or_(groups.c.last_at < at, sa.and_(groups.c.last_at == at, groups.c.id < last_id))
        )
    query = query.order_by(groups.c.last_at.desc(), groups.c.id.desc()).limit(limit)
    return [Group(**row._mapping) for row in tx.execute(query)]


def count_groups(tx: Tx, status: str, words: Sequence[str], areas: Sequence[str | None], most: int) -> int:
    """Count what `list_groups` would list; stops at `most`."""
    some = sa.select(groups.c.id).where(_matching(status, words, areas)).limit(most).subquery()
    number: int = tx.execute(sa.select(sa.func.count()).select_from(some)).scalar_one()
    return number


def _matching(status: str, words: Sequence[str], areas: Sequence[str | None]) -> sa.ColumnElement[bool]:
    said = sa.literal(" ") + groups.c.folded
    return sa.and_(
        groups.c.status == status,
        *(said.contains(f" {word}", autoescape=True) for word in words),
        *(sa.exists().where(questions.c.group_id == groups.c.id, _ASKED, _within(area)) for area in areas),
    )


# What goes ---------------------------------------------------------------------------------------------------------


def list_stale(tx: Tx, limit: int) -> list[int]:
    """Return ids of groups whose text is no longer that of a question in them: erased, moved, or past its retention."""
    own = sa.exists().where(questions.c.group_id == groups.c.id, questions.c.text == groups.c.text)
    return list(
        tx.execute(
            sa.select(groups.c.id).where(groups.c.status != MERGED, sa.not_(own)).limit(limit)
        ).scalars()
    )


def drop(tx: Tx, group_id: int) -> None:
    """Delete a group in which no question is left."""
    tx.execute(sa.delete(groups).where(groups.c.id == group_id))


def set_text(tx: Tx, group_id: int, text: str, folded: str) -> None:
    """Let another question stand for a group; what officials see open is not outdated by that."""
    tx.execute(sa.update(groups).where(groups.c.id == group_id).values(text=text, folded=folded))
