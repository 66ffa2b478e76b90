"""Where a case belongs: with another one of the same, in another commune, under another kind."""

from datetime import datetime

from handlers import case_texts
from handlers.case_changes import Done, apply, check, clock, take
from handlers.case_life import MERGEABLE, OPEN_STATUSES, Action, Category, Kind, Status
from handlers.cases import MAX_MERGED, pass_on, searchable
from handlers.deadlines import Deadlines
from handlers.errors import Invalid
from handlers.officials import Official, Permission, may, require
from storage import case_entries, cases, documents
from storage.db import Tx


def merge(tx: Tx, official: Official, case_id: int, target_id: int, version: int, now: datetime) -> Done:
    """Let a case get the answer of another of the same commune; the last one at once, if it was answered already.

    What was merged into it before follows. Raises Invalid when the two cannot be merged.
    """
    require(official, Permission.WORK_CASES)
    case, target = cases.lock(tx, case_id, target_id)
    check(official, case, version)
    check(official, target, target.version)
    alive = target.status in OPEN_STATUSES | {Status.ANSWERED}
    if (
        case.id == target.id
        or case.area_code != target.area_code
        or not {Kind(case.kind), Kind(target.kind)} <= MERGEABLE
        or not alive
        or len(cases.list_merged(tx, target.id, MAX_MERGED)) + len(cases.list_merged(tx, case.id, MAX_MERGED))
        >= MAX_MERGED - 1
    ):
        raise Invalid("target", case_texts.NOT_MERGEABLE)
    followers = cases.list_merged(tx, case.id, MAX_MERGED)
    cases.move_merged(tx, case.id, target.id)
    message = case_texts.merged(Kind(case.kind), case.code)
    columns = {"merged_into": target.id, "is_open": False, **clock(None)}
    details = {"target": target.id}
    done = apply(tx, official, case, Action.MERGE, now, columns, message=message, details=details)
    if target.status == Status.ANSWERED and (words := case_entries.last_text(tx, target.id, Action.ANSWER)):
        entry_id = case_entries.last_id(tx, target.id, Action.ANSWER)
        enclosed = documents.list_sent_with(tx, entry_id) if entry_id is not None else []
        for follower in (done.case, *followers):
            pass_on(tx, official, follower, Action.ANSWER, words, now, enclosed)
    return done


def move(tx: Tx, official: Official, case_id: int, area_code: str, version: int, now: datetime) -> Done:
    """Give it to another commune. An officer does so with their own; a leader (APPROVE) with any.

    The caller has checked that the area exists. Nobody of the old commune sees it afterwards.
    """
    if not may(official, Permission.APPROVE):
        require(official, Permission.WORK_CASES)
    (case,) = cases.lock(tx, case_id)
    check(official, case, version)
    columns = {
        "area_code": area_code,
        "assignee_id": None,
        "folded": searchable(case.code, area_code, case.text),
    }
    details = {"from": case.area_code, "to": area_code}
    return apply(tx, official, case, Action.MOVE, now, columns, details=details)


def sort(
    tx: Tx,
    official: Official,
    case_id: int,
    kind: Kind,
    category: Category,
    version: int,
    deadlines: Deadlines,
    now: datetime,
) -> Done:
    """Correct kind and category. Another kind's deadline counts from when the case was opened."""
    case = take(tx, official, case_id, version)
    counted = clock(deadlines.opened(kind, case.opened_at)) if kind != case.kind else {}
    named = {"kind": str(kind), "category": str(category)}
    return apply(tx, official, case, Action.SORT, now, named | counted, public=False, details=named)
