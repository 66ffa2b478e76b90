"""What officials do with questions nobody could answer: read, answer, drop, merge, split, make a topic of them.

The area rule: an official bound to a commune sees and touches the questions of that commune and those that name none.
Whatever they decide about a group is decided for these; questions of other communes in it are set apart first, in a
group of their own that stays open for others. Nobody sees who asked.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypedDict

from faq.likeness import NEAR, Likeness
from faq.text import fold, read
from handlers import open_question_texts as sentences
from handlers.errors import Invalid
from handlers.officials import Official, Permission, require, scope
from storage import audit, question_groups
from storage.db import Tx
from storage.errors import Conflict, NotFound
from storage.question_groups import ANSWERED, DROPPED, MERGED, OPEN, Counts, Group, Member

MAX_ANSWER_CHARS = 2000
MAX_REASON_CHARS = 300
SHOWN_QUESTIONS = 200
MOST_COUNTED = 1000
MAX_WORDS = 8  # of a search
STATUSES = (OPEN, ANSWERED, DROPPED)
_SIMILAR_AMONG = 2000
_TITLE_CHARS = 120
_PHRASINGS = 40
_SUBJECT = "question_group"


@dataclass(frozen=True, slots=True)
class Filter:
    """Which groups to list. `text`: words that are in them, with or without marks; `area_code` None: all areas."""

    status: str = OPEN
    text: str = ""
    area_code: str | None = None


@dataclass(frozen=True, slots=True)
class Listed:
    """A page of groups, the last asked first. `number` stops at `MOST_COUNTED`; `after`: for the next page, if any."""

    groups: Sequence[tuple[Group, Counts]]
    number: int
    after: tuple[datetime, int] | None


@dataclass(frozen=True, slots=True)
class GroupPage:
    """One group as this official sees it; `members` are the first `SHOWN_QUESTIONS` questions."""

    group: Group
    counts: Counts
    members: Sequence[Member]


class TopicDraft(TypedDict):
    """What the topic editor is filled in with."""

    title: str
    phrasings: list[str]
    answer: str


# Reading --------------------------------------------------------------------------------------------------------


def list_groups(
    tx: Tx, official: Official, wanted: Filter, after: tuple[datetime, int] | None, limit: int
) -> Listed:
    """List what this official may see."""
    require(official, Permission.READ_QUESTIONS)
    own = scope(official)
    words = [word.plain for word in read(wanted.text)][:MAX_WORDS]
    areas = [own] if wanted.area_code is None else [own, wanted.area_code]
    found = question_groups.list_groups(tx, wanted.status, words, areas, after, limit + 1)
    more = len(found) > limit
    found = found[:limit]
    number = question_groups.count_groups(tx, wanted.status, words, areas, MOST_COUNTED)
    next_page = (found[-1].last_at, found[-1].id) if more else None
    return Listed(_counted(tx, found, own), number, next_page)


def _counted(tx: Tx, groups: Sequence[Group], area_code: str | None) -> list[tuple[Group, Counts]]:
    counts = question_groups.count(tx, [group.id for group in groups], area_code)
    return [(group, counts[group.id]) for group in groups if group.id in counts]


def get_group(tx: Tx, official: Official, group_id: int) -> GroupPage:
    """Return a group. Raises NotFound, also for one in which nothing is the official's to see."""
    require(official, Permission.READ_QUESTIONS)
    own = scope(official)
    group = question_groups.get(tx, group_id)
    if group.status == MERGED and group.merged_into is not None:
        return get_group(tx, official, group.merged_into)
    counted = _counted(tx, [group], own)
    if not counted:
        raise NotFound(f"question group {group_id}")
    members = question_groups.list_members(tx, group_id, own, SHOWN_QUESTIONS)
    return GroupPage(*counted[0], members)


def list_similar(
    tx: Tx, official: Official, page: GroupPage, likeness: Likeness, limit: int
) -> list[tuple[Group, Counts]]:
    """Return open groups that may mean the same, the most like first: to be merged, if the official says so."""
    own = scope(official)
    others = [
        group
        for group in question_groups.list_groups(tx, OPEN, (), [own], None, _SIMILAR_AMONG)
        if group.id != page.group.id
    ]
    asked = likeness.reread(page.group.folded)
    hits = likeness.nearest(asked, [group.folded for group in others], NEAR)[:limit]
    return _counted(tx, [others[at] for at, _ in hits], own)


# Deciding -------------------------------------------------------------------------------------------------------


def answer(tx: Tx, official: Official, group_id: int, text: str, version: int, now: datetime) -> int:
    """Answer a group; returns how many people will hear it, each once: `open_answers` tells them, batch by batch.

    Raises Invalid, NotFound, and Conflict when the group is no longer as the official saw it.
    """
    require(official, Permission.ANSWER_QUESTIONS)
    text = check_answer(text)
    _get_open(tx, official, group_id, version)
    _set_apart_others(tx, official, group_id, now)
    _settle_answer(tx, official, group_id, version, text, now)
    people = question_groups.count(tx, [group_id], None)[group_id].to_be_told
    _note(tx, official, "answer", group_id, {"people": people}, now)
    return people


def check_answer(text: str) -> str:
    """Return an answer as it will be sent; raises Invalid for one that cannot be."""
    text = text.strip()
    if not text:
        raise Invalid("text", sentences.NO_ANSWER)
    if len(text) > MAX_ANSWER_CHARS:
        raise Invalid("text", sentences.ANSWER_TOO_LONG.format(chars=len(text), most=MAX_ANSWER_CHARS))
    return text


def _settle_answer(tx: Tx, official: Official, group_id: int, version: int, text: str, now: datetime) -> None:
    values = {
        "status": ANSWERED,
        "answer": text,
        "answered_by": official.id,
        "answered_at": now,
        "area_code": scope(official),
        "told_at": None,
    }
    question_groups.change(tx, group_id, version, values)


def drop(tx: Tx, official: Official, group_id: int, reason: str, version: int, now: datetime) -> None:
    """Close a group without an answer; of an answered one, the answer is not given to anybody any more.

    Raises Invalid, NotFound, Conflict.
    """
    require(official, Permission.ANSWER_QUESTIONS)
    reason = reason.strip()
    if not reason:
        raise Invalid("reason", sentences.NO_REASON)
    if len(reason) > MAX_REASON_CHARS:
        raise Invalid("reason", sentences.REASON_TOO_LONG.format(most=MAX_REASON_CHARS))
    group = _get_at(tx, official, group_id, version)
    if group.status not in (OPEN, ANSWERED):
        raise Conflict(f"question group {group_id} is {group.status}")
    if group.status == ANSWERED and scope(official) not in (None, group.area_code):
        raise NotFound(f"question group {group_id} was not answered here")
    if group.status == OPEN:
        _set_apart_others(tx, official, group_id, now)
    question_groups.change(tx, group_id, version, {"status": DROPPED, "reason": reason})
    _note(tx, official, "drop", group_id, {"was": group.status}, now)


def merge(tx: Tx, official: Official, group_id: int, other_id: int, version: int, now: datetime) -> None:
    """Put the questions of another open group into this one. Raises Invalid, NotFound, Conflict."""
    require(official, Permission.ANSWER_QUESTIONS)
    if group_id == other_id:
        raise Invalid("other", sentences.MERGE_WITH_ITSELF)
    _get_open(tx, official, group_id, version)
    other = question_groups.find(tx, other_id, lock=True)
    if other is None or other.status != OPEN or not _counted(tx, [other], scope(official)):
        raise Invalid("other", sentences.MERGE_WITH_WHAT)
    _set_apart_others(tx, official, other_id, now)
    ids = question_groups.list_ids(tx, other_id)
    question_groups.put(tx, group_id, ids, out_of=other_id)
    merged = {"status": MERGED, "merged_into": group_id, "text": "", "folded": ""}
    question_groups.change(tx, other_id, other.version, merged)
    question_groups.recount(tx, group_id)
    question_groups.change(tx, group_id, version, {})
    _note(tx, official, "merge", group_id, {"other": other_id, "questions": len(ids)}, now)


def split(tx: Tx, official: Official, group_id: int, question_id: int, version: int, now: datetime) -> int:
    """Take one question out of an open group into one of its own; returns that one's id.

    Raises Invalid, NotFound, Conflict.
    """
    require(official, Permission.ANSWER_QUESTIONS)
    _get_open(tx, official, group_id, version)
    if question_id not in question_groups.list_ids(tx, group_id, scope(official)):
        raise Invalid("question", sentences.SPLIT_WHAT)
    if len(question_groups.list_ids(tx, group_id)) == 1:
        raise Invalid("question", sentences.SPLIT_THE_ONLY_ONE)
    new_id = _set_apart(tx, group_id, [question_id], now)
    question_groups.change(tx, group_id, version, {})
    _note(tx, official, "split", group_id, {"question": question_id, "new": new_id}, now)
    return new_id


# Topics ---------------------------------------------------------------------------------------------------------


def draft_topic(page: GroupPage) -> TopicDraft:
    """Return what a topic made of this group begins with; each question counts once, however it is spelt."""
    phrasings: dict[str, str] = {}
    for member in page.members:
        phrasings.setdefault(fold(member.text), member.text.strip())
    title = " ".join(page.counts.text.split())[:_TITLE_CHARS]
    answer = page.group.answer or ""
    return {"title": title, "phrasings": list(phrasings.values())[:_PHRASINGS], "answer": answer}


def became_topic(tx: Tx, official: Official, group_id: int, topic_id: str, text: str, now: datetime) -> None:
    """Note that a topic was made of a group. Those who still wait for an answer get `text`, the topic's answer, too.

    Raises Invalid for a text too long to be sent, NotFound; a group that was dropped stays so.
    """
    require(official, Permission.EDIT_TOPICS)
    question_groups.lock(tx)
    group = question_groups.get(tx, group_id, lock=True)
    question_groups.change(tx, group_id, group.version, {"topic_id": topic_id})
    if group.status == OPEN:
        _settle_answer(tx, official, group_id, group.version + 1, check_answer(text), now)
    _note(tx, official, "topic", group_id, {"topic": topic_id, "answered": group.status == OPEN}, now)


# What they share ------------------------------------------------------------------------------------------------


def _get_at(tx: Tx, official: Official, group_id: int, version: int) -> Group:
    """Return the group as the official saw it, locked. Raises NotFound, Conflict."""
    question_groups.lock(tx)
    group = question_groups.get(tx, group_id, lock=True)
    if group.version != version:
        raise Conflict(f"question group {group_id} is at version {group.version}, not {version}")
    if not _counted(tx, [group], scope(official)):
        raise NotFound(f"question group {group_id}")
    return group


def _get_open(tx: Tx, official: Official, group_id: int, version: int) -> Group:
    group = _get_at(tx, official, group_id, version)
    if group.status != OPEN:
        raise Conflict(f"question group {group_id} is {group.status}")
    return group


def _set_apart_others(tx: Tx, official: Official, group_id: int, now: datetime) -> None:
    """Leave in the group what is the official's to decide about."""
    others = question_groups.list_outside(tx, group_id, scope(official))
    if others:
        new_id = _set_apart(tx, group_id, others, now)
        _note(tx, official, "set_apart", group_id, {"new": new_id, "questions": len(others)}, now)


def _set_apart(tx: Tx, group_id: int, question_ids: Sequence[int], now: datetime) -> int:
    new_id = question_groups.add(tx, "", "", now)
    question_groups.put(tx, new_id, question_ids, out_of=group_id)
    for each in (group_id, new_id):
        question_groups.recount(tx, each)
        text = question_groups.count(tx, [each], None)[each].text
        question_groups.set_text(tx, each, text, " ".join(word.plain for word in read(text)))
    return new_id


def _note(
    tx: Tx, official: Official, action: str, group_id: int, details: dict[str, audit.JSON], now: datetime
) -> None:
    audit.write(tx, official.id, f"{_SUBJECT}.{action}", _SUBJECT, str(group_id), details, now)
