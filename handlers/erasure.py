"""Erasing everything held of a person, at their own word. What goes and what stays: `storage.erasure`.

Nobody's case is dropped without asking: of each that is open they say whether it is withdrawn or goes on without a name.
"""

from collections.abc import Collection
from datetime import datetime

from faq.likeness import Likeness
from handlers import case_texts, rsvps, tracking
from handlers.errors import TooLate
from handlers.messages import Address
from storage import erasure, people, question_groups
from storage.cases import Case
from storage.db import Tx
from storage.people import Person


def list_cases(tx: Tx, resident_id: int) -> list[Case]:
    """Return every case they told, newest first."""
    return erasure.list_cases(tx, resident_id)


def list_open(tx: Tx, resident_id: int) -> list[Case]:
    """Return what an official has still to act on, oldest first; one that waits for another's answer is not among it."""
    told = erasure.list_cases(tx, resident_id)
    return [case for case in reversed(told) if case.is_open and case.merged_into is None]


def erase(
    tx: Tx, person: Person, address: Address, kept: Collection[int], likeness: Likeness, now: datetime
) -> Person:
    """Erase a person and return the stranger who stands at this address now, to hear that it was done.

    Their seats at coming sessions go to who waits.

    Args: kept: open cases that go on without a name; all other open ones are withdrawn.
    """
    for case in list_open(tx, person.resident_id):
        if case.id not in kept:
            _withdraw(tx, case, now)
    rsvps.withdraw_all(tx, person.resident_id, now)
    for words in erasure.erase(
        tx, person.resident_id, kept, case_texts.WORDS_ERASED, now, case_texts.ENCLOSED
    ):
        text = words.text or ""
        question_groups.set_text(tx, words.group_id, text, likeness.read(text).plain if text else "")
    stranger = people.meet(tx, address.channel, address.value, now)
    erasure.mark_left(tx, stranger.resident_id, now)
    return stranger


def _withdraw(tx: Tx, case: Case, now: datetime) -> None:
    try:
        tracking.withdraw_as_owner(tx, case.id, now)
    except TooLate:  # an official was faster: it is over all the same
        return
