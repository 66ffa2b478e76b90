"""One case on an official's desk: everything its page shows, what may be done now, and what others did meanwhile."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from handlers import cases, inbox
from handlers.case_changes import Done
from handlers.case_life import MERGEABLE, Action, Kind, Status, step
from handlers.deadlines import Deadlines
from handlers.inbox import CasePage
from handlers.officials import Official, Permission, Role, in_scope, may, require
from storage import cases as rows
from storage import files, officials
from storage.case_entries import Entry
from storage.cases import Case
from storage.db import Tx
from storage.errors import NotFound
from storage.files import Attached

_BUTTONS = (
    Action.RECEIVE,
    Action.START,
    Action.ANSWER,
    Action.NOTE,
    Action.FORWARD,
    Action.REFUSE,
    Action.CLOSE,
    Action.REOPEN,
    Action.MERGE,
    Action.ASSIGN,
    Action.SORT,
    Action.MOVE,
)


@dataclass(frozen=True, slots=True)
class Desk:
    """A case and what its page shows of it.

    `names`: of the officials named on it, by id. `allowed`: what this official may do to it as it stands.
    `colleagues`: to whom it may be given, id and name. `target`: the case whose answer it gets. `files`: what came with
    it, of an anonymous one without the names that the person gave them, and what went out with answers (`entry_id`).
    """

    page: CasePage
    names: Mapping[int, str]
    allowed: frozenset[Action]
    colleagues: Sequence[tuple[int, str]]
    similar: Sequence[Case]
    target: Case | None
    files: Sequence[Attached]

    @property
    def case(self) -> Case:
        """Return the case."""
        return self.page.case

    @property
    def seen(self) -> int:
        """Return up to which step of its history the page shows it."""
        return max((line.entry.id for line in self.page.lines), default=0)


def look(tx: Tx, official: Official, case_id: int, now: datetime) -> Desk:
    """Return a case with all its page needs. Raises NotFound, also outside the official's area."""
    page = inbox.get(tx, official, case_id)
    case = page.case
    allowed = _allowed(official, case)
    colleagues = _colleagues(tx, case) if Action.ASSIGN in allowed else []
    people = {line.entry.official_id for line in page.lines} | {case.assignee_id, case.assisted_by}
    return Desk(
        page,
        officials.get_names(tx, [person for person in people if person is not None]),
        allowed,
        colleagues,
        inbox.similar(tx, official, case, now) if Action.MERGE in allowed else [],
        rows.get(tx, case.merged_into) if case.merged_into is not None else None,
        [
            replace(one, name=None) if case.anonymous and one.entry_id is None else one
            for one in files.list_of_case(tx, case.id)
        ],
    )


def glance(tx: Tx, official: Official, case_id: int) -> Case:
    """Return a case alone. Raises NotFound, also outside the official's area."""
    require(official, Permission.READ_CASES)
    case = rows.get(tx, case_id)
    if not in_scope(official, case.area_code):
        raise NotFound(f"no case {case_id}")
    return case


def _allowed(official: Official, case: Case) -> frozenset[Action]:
    status, kind = Status(case.status), Kind(case.kind)
    if case.merged_into is not None:
        return frozenset({Action.NOTE} if may(official, Permission.WORK_CASES) else ())
    possible = {action for action in _BUTTONS if step(action, status, kind) is not None}
    if kind not in MERGEABLE:
        possible.discard(Action.MERGE)
    if may(official, Permission.WORK_CASES):
        return frozenset(possible)
    return frozenset(possible & {Action.MOVE} if may(official, Permission.APPROVE) else ())


def _colleagues(tx: Tx, case: Case) -> list[tuple[int, str]]:
    found = [
        (account.id, account.name)
        for account in officials.list_accounts(tx)
        if account.disabled_at is None
        and account.role == Role.OFFICER
        and account.area_code == case.area_code
    ]
    return sorted(found, key=lambda pair: pair[1])


def take_on(
    tx: Tx, official: Official, case_id: int, version: int, deadlines: Deadlines, now: datetime
) -> Done:
    """Take a case in hand: received, if it was not yet, and begun. Raises as both steps do."""
    case = rows.get(tx, case_id)
    if case.status != Status.NEW or not in_scope(official, case.area_code):
        return cases.start(tx, official, case_id, version, now)
    received = cases.receive(tx, official, case_id, version, deadlines, now)
    begun = cases.start(tx, official, case_id, received.case.version, now)
    return Done(begun.case, received.told)


def meanwhile(desk: Desk, seen: int) -> list[Entry]:
    """Return what was done to a case since its page was shown up to this step, oldest first."""
    return [line.entry for line in desk.page.lines if line.entry.id > seen]
