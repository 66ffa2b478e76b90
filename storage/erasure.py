"""Erasing a person: everything that says who they are or what they said. What was counted stays counted, as nobody's.

In one transaction. The bytes of files go with the sweep that follows rows; on SQLite the places where words stood are
overwritten (`PRAGMA secure_delete`), the search index and the log of writes are emptied of them by `forget_traces`.
"""

import sqlite3
from collections.abc import Collection, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import sqlalchemy as sa

from storage import arrivals, documents
from storage.cases import COLUMNS, Case, load, of_addresses
from storage.db import Tx
from storage.tables import (
    addresses,
    agenda_items,
    attachments,
    case_entries,
    case_notices,
    cases,
    event_questions,
    inbound,
    messages,
    outbox,
    question_groups,
    questions,
    residents,
    rsvps,
    survey_answers,
)

ERASED = "erased"
FAREWELL_WITHIN = timedelta(hours=1)
"""Within so long a farewell is delivered, or goes undelivered."""
_IDS_AT_ONCE = 500  # well below what either database takes as parameters of one statement
_MERGE_PAGES = 500  # of the search index a step: some milliseconds of the one writer


@dataclass(frozen=True, slots=True)
class Words:
    """A group of questions whose words were the person's, and the oldest question of somebody else in it, if any."""

    group_id: int
    text: str | None


def list_cases(tx: Tx, resident_id: int) -> list[Case]:
    """Return every case told by a resident from any address, anonymously or not, newest first."""
    own = of_addresses(tx, _addresses(tx, resident_id))
    query = sa.select(*COLUMNS).where(sa.or_(cases.c.resident_id == resident_id, own))
    return [load(row) for row in tx.execute(query.order_by(cases.c.id.desc()))]


def erase(
    tx: Tx, resident_id: int, kept: Collection[int], hidden: str, now: datetime, enclosed: str = ""
) -> list[Words]:
    """Erase a resident with everything theirs; returns the groups of questions that need other words (`set_text`).

    Args:
        kept: cases that go on, without a name and without a way back to who told them. The others keep their dates,
            kind and area and what officials wrote.
        hidden: stands where an official's chat showed the words of a case.
        enclosed: how an answer to somebody else speaks of its document, which goes with this person.
    """
    tx.execute(sa.select(residents.c.id).where(residents.c.id == resident_id).with_for_update())
    address_ids = _addresses(tx, resident_id)
    told = [case.id for case in list_cases(tx, resident_id)]
    if enclosed:
        documents.unsay(tx, told, enclosed)
    _forget_cases(tx, [one for one in told if one not in kept], hidden)
    _unname_cases(tx, [one for one in told if one in kept])
    groups = _forget_questions(tx, address_ids)
    _forget_events(tx, resident_id, hidden)
    said = sa.select(messages.c.id).where(messages.c.address_id.in_(address_ids))
    tx.execute(
        sa.delete(attachments).where(attachments.c.message_id.in_(said), attachments.c.case_id.is_(None))
    )
    _forget_deliveries(tx, resident_id, address_ids, now)
    came = sa.select(messages.c.inbound_id).where(messages.c.address_id.in_(address_ids))
    # The key of the very update that asked for this stays: it is still to be answered, and comes again as nothing new.
    latest = sa.select(sa.func.max(messages.c.inbound_id)).where(messages.c.address_id.in_(address_ids))
    tx.execute(sa.delete(inbound).where(inbound.c.id.in_(came), inbound.c.id != latest.scalar_subquery()))
    if (asking := tx.execute(latest).scalar()) is not None:
        # What came after that update is a stranger's.
        arrivals.forget(tx, address_ids, asking)
    # With them go addresses, conversations, messages, consents.
    tx.execute(sa.delete(residents).where(residents.c.id == resident_id))
    return groups


def _addresses(tx: Tx, resident_id: int) -> list[int]:
    return list(tx.execute(sa.select(addresses.c.id).where(addresses.c.resident_id == resident_id)).scalars())


# -- cases


def _forget_cases(tx: Tx, case_ids: Sequence[int], hidden: str) -> None:
    """Take the words out, and what belongs to them; the history keeps who did what when."""
    _unname_cases(tx, case_ids)
    # What the search goes by holds the code and the area in front of the words.
    bare = sa.func.lower(cases.c.code) + " xa" + sa.func.coalesce(cases.c.area_code, "") + " "
    tx.execute(
        sa.update(cases)
        .where(cases.c.id.in_(case_ids))
        .values(text="", folded=bare, latitude=None, longitude=None)
    )
    theirs = sa.and_(case_entries.c.case_id.in_(case_ids), case_entries.c.actor == "resident")
    tx.execute(sa.delete(case_entries).where(theirs, case_entries.c.action == "add"))
    tx.execute(sa.update(case_entries).where(theirs).values(text=None))
    documents.drop_of_cases(tx, case_ids, sent_only=False)
    notices = sa.select(case_notices.c.message_id).where(case_notices.c.case_id.in_(case_ids))
    tx.execute(sa.update(messages).where(messages.c.id.in_(notices)).values(text=hidden))


def _unname_cases(tx: Tx, case_ids: Sequence[int]) -> None:
    """Take out who told them. A version more, so that whoever has one open sees what it has become."""
    tx.execute(
        sa.update(cases)
        .where(cases.c.id.in_(case_ids))
        .values(
            address_id=None,
            resident_id=None,
            reply_sealed=None,
            reply_lookup=None,
            name_sealed=None,
            phone_sealed=None,
            ask_solved_at=None,
            version=cases.c.version + 1,
        )
    )
    # What an official sent was to the person, and may name them.
    documents.drop_of_cases(tx, case_ids, sent_only=True)
    tx.execute(sa.update(attachments).where(attachments.c.case_id.in_(case_ids)).values(name=None))


# -- questions


def _forget_questions(tx: Tx, address_ids: Sequence[int]) -> list[Words]:
    own = questions.c.address_id.in_(address_ids)
    groups = question_groups.c
    mine = tx.execute(
        sa.select(groups.id)
        .where(sa.exists().where(questions.c.group_id == groups.id, questions.c.text == groups.text, own))
        .with_for_update()
    ).scalars()
    ids = list(mine)
    tx.execute(sa.update(questions).where(own).values(text="", address_id=None, message_id=None, offered=[]))
    return [Words(group_id, text) for group_id in ids for text in [_others_words(tx, group_id)] if text != ""]


def _others_words(tx: Tx, group_id: int) -> str | None:
    """Return the words that can stand for a group now; "" when its own are somebody else's too, None without any."""
    left = sa.select(questions.c.text).where(
        questions.c.group_id == group_id, questions.c.address_id.is_not(None)
    )
    same = sa.select(question_groups.c.text).where(question_groups.c.id == group_id).scalar_subquery()
    if tx.execute(left.where(questions.c.text == same).limit(1)).first() is not None:
        return ""
    return tx.execute(left.order_by(questions.c.id).limit(1)).scalar()


# -- events


def _forget_events(tx: Tx, resident_id: int, hidden: str) -> None:
    tx.execute(sa.update(rsvps).where(rsvps.c.resident_id == resident_id).values(name_sealed=None))
    asked = sa.and_(event_questions.c.resident_id == resident_id, event_questions.c.text != "")
    # Who is just making a title of them is waited for (PostgreSQL), so that the title is seen below.
    tx.execute(sa.select(event_questions.c.id).where(asked).order_by(event_questions.c.id).with_for_update())
    # An item of the order of business that is their words and nobody else's goes with them, unless it was settled.
    others = sa.exists().where(
        event_questions.c.item_id == agenda_items.c.id, event_questions.c.resident_id != resident_id
    )
    theirs = sa.exists().where(
        event_questions.c.item_id == agenda_items.c.id,
        asked,
        sa.func.substr(event_questions.c.text, 1, 200) == agenda_items.c.title,
    )
    tx.execute(sa.delete(agenda_items).where(theirs, sa.not_(others), agenda_items.c.outcome.is_(None)))
    # One that stays is named by the next of the questions under it, or as words that were erased.
    next_words = (
        sa.select(sa.func.substr(event_questions.c.text, 1, 200))
        .where(
            event_questions.c.item_id == agenda_items.c.id,
            event_questions.c.text != "",
            event_questions.c.resident_id != resident_id,
        )
        .order_by(event_questions.c.id)
        .limit(1)
        .scalar_subquery()
    )
    named = {"title": sa.func.coalesce(next_words, hidden), "version": agenda_items.c.version + 1}
    tx.execute(sa.update(agenda_items).where(theirs).values(named))
    tx.execute(sa.update(event_questions).where(asked).values(text=""))
    tx.execute(
        sa.update(survey_answers).where(survey_answers.c.resident_id == resident_id).values(remark=None)
    )


# -- deliveries


def _forget_deliveries(tx: Tx, resident_id: int, address_ids: Sequence[int], now: datetime) -> None:
    """Delete what was for them alone; a copy of an announcement stays counted as what became of it."""
    own = sa.or_(outbox.c.address_id.in_(address_ids), outbox.c.resident_id == resident_id)
    tx.execute(sa.delete(outbox).where(own, outbox.c.announcement_id.is_(None)))
    waits = outbox.c.status.in_(("queued", "waiting"))
    ended = {"reason": ERASED, "finished_at": now, "attempted_at": None}
    # Of a call under way nobody will write down the outcome: there is no address left to try again.
    tx.execute(
        sa.update(outbox)
        .where(own, waits, outbox.c.attempted_at.is_not(None))
        .values(status="unknown", **ended)
    )
    tx.execute(sa.update(outbox).where(own, waits).values(status="skipped", **ended))
    tx.execute(
        sa.update(outbox)
        .where(own)
        .values(platform_id=None, lease_owner=None, resident_id=None, address_id=None, message_id=None)
    )


# -- afterwards


def mark_left(tx: Tx, resident_id: int, now: datetime) -> None:
    """Note that nothing but a farewell is here; whatever they write clears it."""
    tx.execute(sa.update(residents).where(residents.c.id == resident_id).values(left_at=now))


def count_left(tx: Tx, now: datetime) -> int:
    """Count the farewells that may go."""
    number: int = tx.execute(sa.select(sa.func.count()).where(_over(now))).scalar_one()
    return number


def drop_left(tx: Tx, now: datetime) -> int:
    """Delete farewells that were delivered, or could not be in time; returns how many."""
    some = sa.select(residents.c.id).where(_over(now)).limit(_IDS_AT_ONCE)
    ids = list(tx.execute(some.with_for_update(skip_locked=True)).scalars())
    if ids:
        own = sa.select(addresses.c.id).where(addresses.c.resident_id.in_(ids))
        tx.execute(sa.delete(outbox).where(outbox.c.address_id.in_(own)))
        tx.execute(sa.delete(residents).where(residents.c.id.in_(ids)))
    return len(ids)


def _over(now: datetime) -> sa.ColumnElement[bool]:
    under_way = (
        sa.exists()
        .where(
            outbox.c.address_id == addresses.c.id,
            addresses.c.resident_id == residents.c.id,
            outbox.c.status.in_(("queued", "waiting")),
        )
        .correlate(residents)
    )
    return sa.and_(
        residents.c.left_at.is_not(None),
        sa.or_(sa.not_(under_way), residents.c.left_at < now - FAREWELL_WITHIN),
    )


def merge_search(tx: Tx, *, begin: bool) -> bool:
    """Bring the search index a step nearer to holding no word that was taken out of it; False when it does (SQLite).

    Args: begin: a whole merge starts with this step (FTS5 3.40, section "The 'merge' Command": a negative number).
    """
    if tx.dialect != "sqlite":
        return False
    before = _changes(tx)
    step = -_MERGE_PAGES if begin else _MERGE_PAGES
    tx.connection.exec_driver_sql("INSERT INTO case_search(case_search, rank) VALUES ('merge', ?)", (step,))
    return _changes(tx) - before >= 2


def _changes(tx: Tx) -> int:
    return int(tx.connection.exec_driver_sql("SELECT total_changes()").scalar_one())


def empty_log(file: Path) -> bool:
    """Write SQLite's log of writes into the file and empty it; False when somebody reads just now: try again."""
    with closing(sqlite3.connect(file, timeout=5)) as connection:
        busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    return not busy
