"""What the clock does with cases: tell officials of what is due, ask residents whether it was solved, close.

Each function does one bounded batch in the caller's transaction and returns how many cases it took: fewer than `limit`
means that nothing is left for now. Done twice, or by two workers at once, nothing happens twice.
"""

from datetime import datetime, time

from handlers import case_notices, case_texts, notify, track_texts
from handlers.case_life import Action, Actor, Kind, Status
from handlers.cases import end_help
from handlers.deadlines import Deadlines
from handlers.messages import Outbound
from handlers.turn import button
from handlers.worktime import OPENS
from storage import case_chores, case_entries, cases
from storage.cases import Case
from storage.db import Tx
from storage.outbox import Lane

FLOW = "case"
"""The dialogue that the buttons under "was it solved?" come back to: `case:solved:ID:y` and `…:n`."""
QUIET_FROM = time(20, 0)  # nobody is asked anything between then and the opening of offices


def escalate(tx: Tx, deadlines: Deadlines, now: datetime, limit: int) -> int:
    """Tell officials of cases that became late (leaders too) or due soon, once each, while offices are open."""
    if not deadlines.calendar.is_working(now):
        return 0
    late = case_chores.take_late(tx, now, limit)
    soon = case_chores.take_due_soon(tx, now, limit - len(late))
    case_chores.mark_escalated(tx, [case.id for case in late], case_chores.LATE)
    case_chores.mark_escalated(tx, [case.id for case in soon], case_chores.SOON)
    for case in late:
        _note(tx, case, Action.LATE, now)
        case_notices.tell(tx, case, case_texts.NOTICE_LATE, now, leaders=True)
    for case in soon:
        _note(tx, case, Action.DUE_SOON, now)
        case_notices.tell(tx, case, case_texts.NOTICE_DUE_SOON, now)
    return len(late) + len(soon)


def ask_if_solved(tx: Tx, deadlines: Deadlines, now: datetime, limit: int) -> int:
    """Ask residents, once, whether the answer solved it; by day only."""
    if not OPENS <= now.astimezone(deadlines.calendar.zone).time() < QUIET_FROM:
        return 0
    taken = case_chores.take_to_ask(tx, now, limit)
    case_chores.mark_asked(tx, [case.id for case in taken])
    for case in taken:
        address_id = cases.open_reply_address(tx, case.id)
        if address_id is None:
            continue
        question = Outbound(
            case_texts.ask_solved(Kind(case.kind), case.code),
            (
                button(track_texts.BUTTON_SOLVED, FLOW, "solved", case.id, "y"),
                button(track_texts.BUTTON_NOT_SOLVED, FLOW, "solved", case.id, "n"),
            ),
        )
        message_id = notify.to_address(
            tx, address_id, question, Lane.NOTICE, now, asked_at=case.opened_at, by_day_until=notify.ANY_DAY
        )
        _note(tx, case, Action.ASK_SOLVED, now, public=True, message_id=message_id)
    return len(taken)


def close_unanswered(tx: Tx, deadlines: Deadlines, now: datetime, limit: int) -> int:
    """Close cases whose answer nobody has said anything to for long; the resident can still say that it was not."""
    taken = case_chores.take_to_close(tx, deadlines.answered_long_before(now), limit)
    for case in taken:
        columns = {"status": str(Status.CLOSED), "is_open": False, "closed_at": now, "ask_solved_at": None}
        cases.change(tx, case, columns, now)
        end_help(tx, case)
        _note(tx, case, Action.CLOSE, now, status=Status.CLOSED, public=True)
    return len(taken)


def _note(
    tx: Tx,
    case: Case,
    action: Action,
    now: datetime,
    *,
    status: Status | None = None,
    public: bool = False,
    message_id: int | None = None,
) -> None:
    case_entries.add(
        tx,
        case.id,
        actor=Actor.SYSTEM,
        action=action,
        status=status,
        public=public,
        message_id=message_id,
        now=now,
    )
