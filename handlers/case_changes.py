"""How an official changes a case: seen as it is, allowed, one version on, told, written down. All of it, or nothing."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from handlers import case_texts, notify
from handlers.case_life import OPEN_STATUSES, Action, Actor, Kind, Status, step
from handlers.deadlines import Due
from handlers.errors import Invalid, TooLate
from handlers.messages import Outbound, clean
from handlers.officials import Official, Permission, in_scope, require
from storage import audit, case_entries, cases, documents, people
from storage.cases import Case
from storage.db import Tx
from storage.errors import Conflict, NotFound
from storage.outbox import Lane

MAX_WORDS_UNITS = 3000
"""UTF-16 code units of an answer or a reason; with what is said around it, it fits one message everywhere."""
OFFICE = "office"
"""The channel of a case that an official entered for somebody."""
_HOLE = re.compile(r"\{[^{}\n]{1,60}\}")


class Told(StrEnum):
    """Whether the resident is being told of what was done."""

    NOT_MEANT = "not_meant"
    ON_ITS_WAY = "on_its_way"
    NOBODY = "nobody"
    ERASED = "erased"
    BLOCKED = "blocked"
    STOPPED = "stopped"


UNDELIVERABLE: dict[Told, str] = {
    Told.NOBODY: case_texts.UNDELIVERABLE_NOBODY,
    Told.ERASED: case_texts.UNDELIVERABLE_ERASED,
    Told.BLOCKED: case_texts.UNDELIVERABLE_BLOCKED,
    Told.STOPPED: case_texts.UNDELIVERABLE_STOPPED,
}
"""What the official reads when nobody can be told."""


@dataclass(frozen=True, slots=True)
class Done:
    """A case after a change, and whether its resident hears of it."""

    case: Case
    told: Told


def take(tx: Tx, official: Official, case_id: int, version: int, *, merged_too: bool = False) -> Case:
    """Return a case, locked, that this official may change and saw as it is.

    Raises NotAllowed, NotFound (also outside the area), Conflict, TooLate (merged into another).
    """
    require(official, Permission.WORK_CASES)
    (case,) = cases.lock(tx, case_id)
    check(official, case, version, merged_too=merged_too)
    return case


def check(official: Official, case: Case, version: int, *, merged_too: bool = False) -> None:
    """Raise NotFound outside the area, Conflict when it changed since, TooLate when it was merged into another."""
    if not in_scope(official, case.area_code):
        raise NotFound(f"no case {case.id}")
    if case.version != version:
        raise Conflict(f"case {case.id} is at version {case.version}, not {version}")
    if case.merged_into is not None and not merged_too:
        raise TooLate(case_texts.MERGED)


def apply(
    tx: Tx,
    official: Official,
    case: Case,
    action: Action,
    now: datetime,
    columns: Mapping[str, object] | None = None,
    *,
    text: str | None = None,
    message: str | None = None,
    public: bool = True,
    details: Mapping[str, audit.JSON] | None = None,
    attachment_ids: Sequence[int] = (),
) -> Done:
    """Change a case, tell the resident, write history and audit: all of it, or nothing.

    Args:
        columns: what changes besides the status.
        message: what the resident is told.
        details: for the audit log, no personal text.
        attachment_ids: of the case's files that go with the message.
    """
    status = follow_step(action, case)
    changed = cases.change(
        tx, case, {"status": str(status), "is_open": status in OPEN_STATUSES, **(columns or {})}, now
    )
    told, message_id = tell(tx, case, message, now, attachment_ids) if message else (Told.NOT_MEANT, None)
    entry_id = case_entries.add(
        tx,
        case.id,
        actor=Actor.OFFICIAL,
        official_id=official.id,
        action=action,
        status=status if status != case.status else None,
        text=text,
        public=public,
        message_id=message_id,
        now=now,
    )
    documents.mark_sent_with(tx, attachment_ids, entry_id)
    audit.write(tx, official.id, f"case.{action}", "case", str(case.id), details or {}, now)
    return Done(changed, told)


def follow_step(action: Action, case: Case) -> Status:
    """Return the status that an action leads to. Raises TooLate when it cannot be done any more (or yet)."""
    status = step(action, Status(case.status), Kind(case.kind))
    if status is None:
        raise TooLate(case_texts.NOT_NOW.format(status=case_texts.STATUS_NAMES[Status(case.status)]))
    return status


def tell(
    tx: Tx, case: Case, message: str, now: datetime, attachment_ids: Sequence[int] = ()
) -> tuple[Told, int | None]:
    """Send to whoever told the case, at the address sealed if it is anonymous; returns also the message's id."""
    address_id = cases.open_reply_address(tx, case.id)
    if address_id is None:
        # An address that was erased leaves the case behind: its column was emptied.
        return (Told.NOBODY if case.channel == OFFICE else Told.ERASED), None
    reach = people.find_reach(tx, address_id)
    if reach is None:
        return Told.ERASED, None
    if notify.is_stopped(reach, case.opened_at):
        return Told.STOPPED, None
    said = case_texts.with_files(message, attachment_ids)
    message_id = notify.to_address(tx, address_id, Outbound(said), Lane.NOTICE, now, asked_at=case.opened_at)
    if message_id is not None:
        documents.send_along(tx, message_id, attachment_ids)
    _, reach = notify.find_place(tx, address_id, reach)
    return (
        Told.BLOCKED if reach.blocked and reach.channel not in notify.FETCHED else Told.ON_ITS_WAY
    ), message_id


def clock(due: Due | None) -> dict[str, object]:
    """Return the columns of a clock that starts, or (None) of one that is stopped."""
    return {
        "due_at": due.at if due else None,
        "due_soon_at": due.soon_at if due else None,
        "escalated": 0,
    }


def words_of(text: str, missing: str, *, holes: bool = False) -> str:
    """Return what an official typed as it may be kept and sent; `holes`: unfilled fields are let through.

    Raises Invalid, with the sentence `missing` where there is nothing.
    """
    if len(text.encode("utf-16-le", "replace")) // 2 > MAX_WORDS_UNITS:
        raise Invalid("text", case_texts.TEXT_TOO_LONG.format(limit=MAX_WORDS_UNITS))
    words = clean(text)
    if not words:
        raise Invalid("text", missing)
    if not holes and (hole := _HOLE.search(words)):
        raise Invalid("text", case_texts.HOLE_LEFT.format(hole=hole[0]))
    return words
