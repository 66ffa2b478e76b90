"""A case's life: told, received, answered, closed. What each official may do with it, and what the resident hears.

Every function works in the caller's transaction. Changing ones take the version that the official saw: a stale one
raises Conflict. A case outside the official's area raises NotFound, so that not even its existence is told.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from faq.text import fold
from handlers import case_notices, case_texts
from handlers import documents as sent
from handlers.case_changes import OFFICE, Done, apply, clock, take, tell, words_of
from handlers.case_life import Action, Actor, Category, Kind, Status
from handlers.deadlines import Deadlines, Due
from handlers.errors import Invalid
from handlers.messages import IncomingFile, clean
from handlers.officials import Official, Permission, in_scope, may
from storage import audit, case_entries, cases, people
from storage.cases import Case, NewCase
from storage.db import Tx
from storage.errors import Conflict

MAX_MERGED = 200
HELP_LASTS = timedelta(hours=24)  # how long automatic answers pause at most for who asked for a person
HIDDEN_PLACE_DIGITS = 2
"""Of an anonymous case's degrees: about a kilometre. To the metre, it says at whose house it was told."""
_CODE_TRIES = 5  # of 2 ** 40 codes, two in a row that are taken mean that chance is broken


@dataclass(frozen=True, slots=True)
class Draft:
    """What a resident (or an official for somebody, `assisted_by`) tells, confirmed and ready to be opened.

    `place`: latitude and longitude. Of an anonymous draft name, phone and resident are not kept, the address only
    sealed, and the place only roughly. `urgent`: what help the text seemed to need.
    """

    kind: Kind
    category: Category
    text: str
    area_code: str | None
    channel: str
    address_id: int | None = None
    resident_id: int | None = None
    anonymous: bool = False
    place: tuple[float, float] | None = None
    phone: str | None = None
    name: str | None = None
    attachment_ids: Sequence[int] = ()
    assisted_by: int | None = None
    urgent: str | None = None


@dataclass(frozen=True, slots=True)
class Opened:
    """A case that was opened. `due` is for the resident to hear; None: no deadline."""

    case_id: int
    code: str
    due: Due | None


def open_case(
    tx: Tx, draft: Draft, new_code: Callable[[], str], deadlines: Deadlines, now: datetime
) -> Opened:
    """Open a case under a code of its own, and tell its officers in their chats: at once when urgent, else when open.

    Raises Invalid for a text without a word.
    """
    text = clean(draft.text)
    if not text and not draft.attachment_ids:
        raise Invalid("text", case_texts.TEXT_MISSING)
    due = deadlines.opened(draft.kind, now)
    for _ in range(_CODE_TRIES):
        code = new_code()
        case_id = cases.add(tx, _new(draft, text, code, due), code, now)
        if case_id is not None:
            break
    else:
        raise Conflict("no free code; is chance broken?")
    cases.attach(tx, case_id, draft.attachment_ids)
    assisted = draft.assisted_by is not None
    case_entries.add(
        tx,
        case_id,
        actor=Actor.OFFICIAL if assisted else Actor.RESIDENT,
        official_id=draft.assisted_by,
        action=Action.OPEN,
        status=Status.NEW,
        public=True,
        now=now,
    )
    if assisted:
        audit.write(tx, draft.assisted_by, "case.open", "case", str(case_id), {}, now)
    quiet_until = None if draft.urgent else deadlines.calendar.next_opening(now)
    case_notices.tell(tx, cases.get(tx, case_id), case_texts.NOTICE_NEW, now, not_before=quiet_until)
    if draft.kind is Kind.HUMAN and draft.address_id is not None:
        people.start_help(tx, draft.address_id, case_id, now + HELP_LASTS)
    return Opened(case_id, code, due)


def _new(draft: Draft, text: str, code: str, due: Due | None) -> NewCase:
    place = draft.place
    if place is not None and draft.anonymous:
        place = round(place[0], HIDDEN_PLACE_DIGITS), round(place[1], HIDDEN_PLACE_DIGITS)
    return NewCase(
        kind=draft.kind,
        category=draft.category,
        status=Status.NEW,
        area_code=draft.area_code,
        text=text,
        folded=searchable(code, draft.area_code, text),
        channel=draft.channel,
        anonymous=draft.anonymous,
        address_id=draft.address_id,
        resident_id=draft.resident_id,
        name=clean(draft.name) if draft.name else None,
        phone=draft.phone,
        latitude=place[0] if place else None,
        longitude=place[1] if place else None,
        urgent=draft.urgent,
        assisted_by=draft.assisted_by,
        due_at=due.at if due else None,
        due_soon_at=due.soon_at if due else None,
    )


def searchable(code: str, area_code: str | None, text: str) -> str:
    """Return the words under which a case is found; the area is one of them, so that an area's search is fast."""
    return f"{code.lower()} xa{area_code or ''} {fold(text)}"


def receive(
    tx: Tx, official: Official, case_id: int, version: int, deadlines: Deadlines, now: datetime
) -> Done:
    """Take it in, and tell the resident; acceptance starts the second clock of complaints and denunciations."""
    case = take(tx, official, case_id, version)
    due = deadlines.received(Kind(case.kind), now)
    until = due.at if due else case.due_at
    day = until.astimezone(deadlines.calendar.zone).date() if until else None
    message = case_texts.received(Kind(case.kind), case.code, day)
    return apply(tx, official, case, Action.RECEIVE, now, clock(due) if due else {}, message=message)


def start(tx: Tx, official: Official, case_id: int, version: int, now: datetime) -> Done:
    """Begin to work on it; who begins is its assignee unless somebody is."""
    case = take(tx, official, case_id, version)
    return apply(tx, official, case, Action.START, now, {"assignee_id": case.assignee_id or official.id})


def assign(
    tx: Tx, official: Official, case_id: int, assignee: Official | None, version: int, now: datetime
) -> Done:
    """Give it to an official of its area, or to nobody. Raises Invalid for one who cannot work on it."""
    case = take(tx, official, case_id, version)
    if assignee is not None and not (
        may(assignee, Permission.WORK_CASES) and in_scope(assignee, case.area_code)
    ):
        raise Invalid("assignee", case_texts.WRONG_ASSIGNEE)
    changed = {"assignee_id": assignee.id if assignee else None}
    details = {"assignee": changed["assignee_id"]}
    return apply(tx, official, case, Action.ASSIGN, now, changed, public=False, details=details)


def note(tx: Tx, official: Official, case_id: int, text: str, version: int, now: datetime) -> Done:
    """Write something down that only officials read. Raises Invalid."""
    case = take(tx, official, case_id, version, merged_too=True)
    words = words_of(text, case_texts.TEXT_MISSING, holes=True)
    return apply(tx, official, case, Action.NOTE, now, public=False, text=words)


def answer(
    tx: Tx,
    official: Official,
    case_id: int,
    text: str,
    version: int,
    deadlines: Deadlines,
    now: datetime,
    documents: Sequence[IncomingFile] = (),
) -> Done:
    """Answer it: to the case's own address and to those of the cases merged into it, each once. Raises Invalid.

    Of two who answer at once, the second gets Conflict and sends nothing.

    Args: documents: kept, and named by no row yet; they go with the answer.
    """
    case = take(tx, official, case_id, version)
    words = words_of(text, case_texts.TEXT_MISSING)
    enclosed = sent.add_documents(tx, official, case.id, OFFICE, documents, now)
    message = case_texts.answered(Kind(case.kind), case.code, words)
    columns = {
        **clock(None),
        "first_answered_at": case.first_answered_at or now,
        "answered_at": now,
        "ask_solved_at": deadlines.ask_solved_at(now),
        "solved": None,
    }
    done = apply(
        tx,
        official,
        case,
        Action.ANSWER,
        now,
        columns,
        text=words,
        message=message,
        attachment_ids=enclosed,
    )
    _tell_followers(tx, official, case, Action.ANSWER, words, now, enclosed)
    return done


_PASSED_ON = {
    Action.ANSWER: case_texts.answered,
    Action.REFUSE: case_texts.refused,
    Action.FORWARD: case_texts.forwarded,
}
"""What is said to the resident with an official's words; those of merged cases hear it too."""


def _tell_followers(
    tx: Tx,
    official: Official,
    case: Case,
    action: Action,
    words: str,
    now: datetime,
    attachment_ids: Sequence[int] = (),
) -> None:
    """Give what was said of a case to those of the cases merged into it, each address once."""
    reached = {cases.open_reply_address(tx, case.id)}
    for follower in cases.list_merged(tx, case.id, MAX_MERGED):
        address_id = cases.open_reply_address(tx, follower.id)
        if address_id not in reached:
            reached.add(address_id)
            pass_on(tx, official, follower, action, words, now, attachment_ids)


def pass_on(
    tx: Tx,
    official: Official,
    follower: Case,
    action: Action,
    words: str,
    now: datetime,
    attachment_ids: Sequence[int] = (),
) -> None:
    """Give to a merged case what was said of the one it was merged into, with what went with it."""
    message = _PASSED_ON[action](Kind(follower.kind), follower.code, words)
    _, message_id = tell(tx, follower, message, now, attachment_ids)
    case_entries.add(
        tx,
        follower.id,
        actor=Actor.OFFICIAL,
        official_id=official.id,
        action=action,
        text=words,
        public=True,
        message_id=message_id,
        now=now,
    )


def refuse(tx: Tx, official: Official, case_id: int, reason: str, version: int, now: datetime) -> Done:
    """Do not take it, and tell why. Raises Invalid."""
    case = take(tx, official, case_id, version)
    words = words_of(reason, case_texts.REASON_MISSING)
    message = case_texts.refused(Kind(case.kind), case.code, words)
    done = apply(tx, official, case, Action.REFUSE, now, clock(None), text=words, message=message)
    _tell_followers(tx, official, case, Action.REFUSE, words, now)
    return done


def forward(tx: Tx, official: Official, case_id: int, reason: str, version: int, now: datetime) -> Done:
    """Hand it to whoever it belongs to, and tell where it went and why. Raises Invalid."""
    case = take(tx, official, case_id, version)
    words = words_of(reason, case_texts.REASON_MISSING)
    message = case_texts.forwarded(Kind(case.kind), case.code, words)
    done = apply(tx, official, case, Action.FORWARD, now, clock(None), text=words, message=message)
    _tell_followers(tx, official, case, Action.FORWARD, words, now)
    return done


def close(tx: Tx, official: Official, case_id: int, version: int, now: datetime) -> Done:
    """Close what was answered, refused or forwarded; a talk with a person and thanks also without an answer."""
    case = take(tx, official, case_id, version)
    message = case_texts.closed(Kind(case.kind), case.code)
    columns = {"closed_at": now, "ask_solved_at": None, **clock(None)}
    done = apply(tx, official, case, Action.CLOSE, now, columns, message=message)
    end_help(tx, case)
    return done


def end_help(tx: Tx, case: Case) -> None:
    """Let automatic answers go on for who talked with a person in this case."""
    if case.kind == Kind.HUMAN and (address_id := cases.open_reply_address(tx, case.id)) is not None:
        people.end_help(tx, address_id, case.id)


def reopen(
    tx: Tx, official: Official, case_id: int, reason: str, version: int, deadlines: Deadlines, now: datetime
) -> Done:
    """Take it up again, with a new clock. `reason` is for officials. Raises Invalid."""
    case = take(tx, official, case_id, version)
    words = words_of(reason, case_texts.REASON_MISSING, holes=True)
    message = case_texts.reopened(Kind(case.kind), case.code)
    again = reopening(deadlines, Kind(case.kind), now)
    return apply(tx, official, case, Action.REOPEN, now, again, text=words, message=message)


def reopening(deadlines: Deadlines, kind: Kind, now: datetime) -> dict[str, object]:
    """Return the columns of a case that is taken up again."""
    return {"closed_at": None, "ask_solved_at": None, **clock(deadlines.reopened(kind, now))}
