"""What residents do with their cases: look where one stands, add to it, withdraw it, say whether it was solved.

A code alone shows where a case stands and nothing of what it says. Everything else takes the address it was told from;
of an anonymous case that address is known again by its keyed hash only.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from handlers import case_texts
from handlers.case_changes import clock, follow_step
from handlers.case_codes import spoken
from handlers.case_life import OPEN_STATUSES, Action, Actor, Category, Kind, Status
from handlers.cases import end_help, reopening, searchable
from handlers.deadlines import Deadlines
from handlers.errors import Invalid, TooLate
from handlers.messages import clean
from storage import case_entries, cases
from storage.cases import Case
from storage.db import Tx
from storage.errors import NotFound

MAX_SHOWN = 50  # steps of a history
MAX_OWN = 20  # cases of one address
MAX_ADDED = 20  # times somebody may add to one case
MAX_SAID = 200  # the same, while they talk with an official


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a history. `text` (an answer, what was added) only for whom the case belongs to."""

    at: datetime
    sentence: str
    text: str | None


@dataclass(frozen=True, slots=True)
class Followed:
    """Where a case stands, for the public page and for its own resident (`own`).

    `text` is what was told, for its own resident only. Of a merged case `status` is that of the one it was merged into.
    """

    case_id: int
    code: str
    kind: Kind
    category: Category
    status: Status
    sentence: str
    opened_at: datetime
    due_at: datetime | None
    merged: bool
    own: bool
    text: str | None
    steps: tuple[Step, ...]


def follow(tx: Tx, code: str, address_id: int | None = None) -> Followed | None:
    """Return where a case stands by its code (see `case_codes.parse_code`), or None.

    Args: address_id: who asks, if known; whose case it is also reads what was written.
    """
    case = cases.find_by_code(tx, code)
    if case is None:
        return None
    own = address_id is not None and cases.belongs(tx, case.id, address_id)
    acting = case if case.merged_into is None else cases.get(tx, case.merged_into)
    status = Status(acting.status)
    steps = [
        Step(entry.at, sentence, entry.text if own and entry.action in _READABLE else None)
        for entry in case_entries.list_entries(tx, [case.id], MAX_SHOWN, public_only=True)
        if (sentence := case_texts.STEP_SENTENCES.get(Action(entry.action)))
    ]
    return Followed(
        case.id,
        case.code,
        Kind(case.kind),
        Category(case.category),
        status,
        case_texts.STATUS_SENTENCES[status],
        case.opened_at,
        acting.due_at,
        case.merged_into is not None,
        own,
        case.text if own else None,
        tuple(steps),
    )


_READABLE = frozenset({Action.ANSWER, Action.REFUSE, Action.FORWARD, Action.ADD})


def list_own(tx: Tx, address_id: int) -> list[Case]:
    """Return the cases told from this address, newest first, the anonymous ones too."""
    return cases.list_of_address(tx, address_id, MAX_OWN)


def add_words(
    tx: Tx,
    case_id: int,
    address_id: int,
    text: str,
    attachment_ids: Sequence[int],
    deadlines: Deadlines,
    now: datetime,
) -> Case:
    """Add to one's own case; after an answer it is taken up again.

    Raises NotFound for anybody else's, TooLate when it is over, Invalid for nothing or for too often.
    """
    case = _own(tx, case_id, address_id)
    words = clean(text)
    if not words and not attachment_ids:
        raise Invalid("text", case_texts.ADD_MISSING)
    added = [e for e in case_entries.list_entries(tx, [case_id], 500) if e.action == Action.ADD]
    if len(added) >= (MAX_SAID if case.kind == Kind.HUMAN else MAX_ADDED):
        raise Invalid("text", case_texts.ADD_TOO_OFTEN)
    cases.attach(tx, case_id, attachment_ids)
    again = reopening(deadlines, Kind(case.kind), now) if case.status == Status.ANSWERED else {}
    return _change(tx, case, Action.ADD, again, now, text=words or None)


def withdraw(tx: Tx, case_id: int, address_id: int, now: datetime) -> Case:
    """Take one's own case back before it is answered. Raises NotFound, TooLate.

    What others told of the same goes on: the first case that was merged into this one takes its place.
    """
    return _withdraw(tx, _own(tx, case_id, address_id), now)


def withdraw_as_owner(tx: Tx, case_id: int, now: datetime) -> Case:
    """The same for a case that is known to be the person's, from whichever address it was told. Raises TooLate."""
    (case,) = cases.lock(tx, case_id)
    return _withdraw(tx, case, now)


def _withdraw(tx: Tx, case: Case, now: datetime) -> Case:
    changed = _change(tx, case, Action.WITHDRAW, {"closed_at": now, **clock(None)}, now)
    end_help(tx, case)
    _hand_down(tx, case, now)
    return changed


def _hand_down(tx: Tx, case: Case, now: datetime) -> None:
    """Let the oldest case merged into this one stand where it stood, with its clock; the others follow that one."""
    for heir in cases.list_merged(tx, case.id, 1):
        cases.move_merged(tx, case.id, heir.id)
        columns = {
            "merged_into": None,
            "is_open": True,
            "area_code": case.area_code,
            "folded": searchable(heir.code, case.area_code, heir.text),
            "due_at": case.due_at,
            "due_soon_at": case.due_soon_at,
            "assignee_id": case.assignee_id,
        }
        cases.change(tx, heir, columns, now)
        case_entries.add(
            tx,
            heir.id,
            actor=Actor.SYSTEM,
            action=Action.REOPEN,
            text=case_texts.TAKES_ITS_PLACE.format(code=spoken(case.code)),
            public=False,
            now=now,
        )


def solved(tx: Tx, case_id: int, address_id: int, yes: bool, deadlines: Deadlines, now: datetime) -> Case:
    """Say whether the answer solved it: yes closes the case, no takes it up again. Raises NotFound, TooLate.

    The same word a second time (a button pressed twice) changes nothing.
    """
    case = _own(tx, case_id, address_id)
    if case.solved is yes:
        return case
    if yes:
        columns: Mapping[str, object] = {"solved": True, "closed_at": now, "ask_solved_at": None}
        changed = _change(tx, case, Action.SOLVED, columns, now)
        end_help(tx, case)
        return changed
    again = {"solved": False, **reopening(deadlines, Kind(case.kind), now)}
    return _change(tx, case, Action.NOT_SOLVED, again, now)


def _own(tx: Tx, case_id: int, address_id: int) -> Case:
    if not cases.belongs(tx, case_id, address_id):
        raise NotFound(f"no case {case_id} of this address")
    (case,) = cases.lock(tx, case_id)
    if case.merged_into is not None:
        raise TooLate(case_texts.MERGED)
    return case


def _change(
    tx: Tx, case: Case, action: Action, columns: Mapping[str, object], now: datetime, text: str | None = None
) -> Case:
    status = follow_step(action, case)
    changed = cases.change(
        tx, case, {"status": str(status), "is_open": status in OPEN_STATUSES, **columns}, now
    )
    case_entries.add(
        tx,
        case.id,
        actor=Actor.RESIDENT,
        action=action,
        status=status if status != case.status else None,
        text=text,
        public=True,
        now=now,
    )
    return changed
