"""Sort questions that nobody could answer into groups by likeness: a chore, in bounded batches.

    look (read) → plan (pure, may take a while) → settle (write, short)

Comparing takes milliseconds a question and is therefore done outside any writing transaction. Two workers may plan at
once: who settles second finds that a group was opened meanwhile, settles nothing and looks again, so that two like
questions cannot open a group each.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from faq.likeness import SAME, Asked, Likeness
from storage import question_groups
from storage.db import Tx
from storage.question_groups import ANSWERED, OPEN, Group, Member

AT_ONCE = 20  # questions a round
COMPARED = 2000  # groups of each status that a question is compared with, the last asked first
ANSWER_HOLDS = timedelta(days=30)
"""So long an official's answer is given again to whoever asks the same; amounts and dates change after that."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What stood in the database when it was looked at."""

    waiting: Sequence[Member]
    groups: Sequence[Group]
    newest_id: int


@dataclass(frozen=True, slots=True)
class Placed:
    """Questions that belong together: in `group`, or in a new one (None) for which the first of them stands."""

    group: Group | None
    members: tuple[Member, ...]
    folded: str


def look(tx: Tx, now: datetime) -> Seen:
    """Return what is to be sorted, and into what; quick when nothing is."""
    waiting = question_groups.list_ungrouped(tx, AT_ONCE)
    if not waiting:
        return Seen((), (), 0)
    groups = question_groups.list_joinable(tx, now - ANSWER_HOLDS, COMPARED)
    return Seen(waiting, groups, question_groups.newest_id(tx))


def plan(seen: Seen, likeness: Likeness) -> list[Placed]:
    """Decide where each question belongs. Pure."""
    known: list[tuple[Group | None, str]] = [(group, group.folded) for group in seen.groups]
    members: dict[int, list[Member]] = {}
    for member in seen.waiting:
        asked = likeness.read(member.text)
        place = _place(member, asked, known, likeness)
        if place is None:
            place = len(known)
            known.append((None, asked.plain))
        members.setdefault(place, []).append(member)
    return [Placed(known[at][0], tuple(found), known[at][1]) for at, found in members.items()]


def _place(
    member: Member, asked: Asked, known: Sequence[tuple[Group | None, str]], likeness: Likeness
) -> int | None:
    if not asked.plain:
        return None
    for at, how_much in likeness.nearest(asked, [folded for _, folded in known]):
        group, folded = known[at]
        if group is None or group.status == OPEN:
            return at
        same = how_much >= SAME and asked.numbers == likeness.reread(folded).numbers
        # What an official said of one commune is told in that commune only.
        if same and group.area_code in (None, member.area_code):
            return at
    return None


def settle(tx: Tx, seen: Seen, placed: Sequence[Placed]) -> bool:
    """Write a plan down. False: a group was opened since, nothing was done; look again.

    A question whose group was answered, dropped or merged since is left for the next round.
    """
    question_groups.lock(tx)
    if question_groups.newest_id(tx) != seen.newest_id:
        return False
    for place in placed:
        ids = [member.id for member in place.members]
        if place.group is None:
            first = place.members[0]
            group_id = question_groups.add(tx, first.text, place.folded, first.at)
        else:
            group_id = place.group.id
            group = question_groups.find(tx, group_id, lock=True)
            then = place.group.status, place.group.answered_at
            if group is None or (group.status, group.answered_at) != then:
                continue
            if group.status == ANSWERED:
                question_groups.forget_told(tx, group_id)
        question_groups.put(tx, group_id, ids)
        question_groups.recount(tx, group_id)
    return True


def tidy(tx: Tx, likeness: Likeness, limit: int) -> int:
    """Forget the words of questions that are gone; returns how many groups that changed.

    A group without a question goes; in one whose own words are nobody's any more, the oldest question stands for it.
    """
    stale = question_groups.list_stale(tx, limit)
    held = question_groups.count(tx, stale, None)
    for group_id in stale:
        if group_id in held:
            text = held[group_id].text
            question_groups.set_text(tx, group_id, text, likeness.read(text).plain)
            question_groups.recount(tx, group_id)
        else:
            question_groups.drop(tx, group_id)
    return len(stale)
