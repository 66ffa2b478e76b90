"""What came of a session: an outcome for each item, then the minutes, which can be closed only when every item has one.

Closing is what tells people: every asker what came of their question, everybody who came the minutes; and it puts them
on the public page. Nothing here commits.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from faq.text import fold
from handlers import agenda, dialogue_messages, stated
from handlers.agenda import Sheet
from handlers.errors import Invalid, TooLate
from handlers.event_messages import Voice
from handlers.messages import clean
from handlers.notify import ANY_DAY, to_address
from handlers.officials import Official
from handlers.sending_rules import SendingRules
from storage import agenda as rows
from storage import attendance as presence
from storage import audit, event_notices, events
from storage.agenda import ANSWERED, FOLLOW_UP, NOT_REACHED, OUTCOMES, Item, Question
from storage.db import Tx
from storage.errors import Conflict
from storage.events import HELD, Announced, Event
from storage.outbox import Lane

MAX_OUTCOME_CHARS: Final = 1500
MAX_MINUTES_CHARS: Final = 10_000
MOST_NAMED: Final = 10
OUTCOME_NAMES: Final = {
    ANSWERED: "Đã trả lời",
    FOLLOW_UP: "Giải quyết tiếp",
    NOT_REACHED: "Chưa kịp bàn",
}


# -- outcomes


def set_outcome(
    tx: Tx, official: Official, item_id: int, outcome: str, text: str, version: int, now: datetime
) -> Item:
    """Note what came of an item, first or put right; until the minutes are closed nobody is told.

    Raises NotFound, NotAllowed, TooLate (not begun, or closed), Invalid, Conflict.
    """
    item, event = agenda.lock_item(tx, official, item_id)
    _require_begun(event, now)
    said = _checked_outcome(outcome, text)
    changed = rows.change_item(
        tx,
        item_id,
        version,
        {"outcome": outcome, "outcome_text": said, "outcome_by": official.id, "outcome_at": now},
    )
    details: dict[str, audit.JSON] = {"item": item.id, "outcome": outcome}
    audit.write(tx, official.id, "event.outcome", "event", str(event.id), details, now)
    return changed


def _checked_outcome(outcome: str, text: str) -> str:
    said = clean(text)
    if outcome not in OUTCOMES:
        raise Invalid("outcome", "Chọn kết quả của mục này.")
    if not said and outcome == ANSWERED:
        raise Invalid("text", "Ghi câu trả lời để báo cho người hỏi.")
    if not said and outcome == FOLLOW_UP:
        raise Invalid("text", "Ghi ai giải quyết tiếp, đến khi nào xong.")
    if len(said) > MAX_OUTCOME_CHARS:
        raise Invalid("text", f"Kết quả dài quá {MAX_OUTCOME_CHARS} ký tự.")
    return said


def _require_begun(event: Event, now: datetime) -> None:
    if now < event.starts_at:
        raise TooLate(f"event {event.id} has not begun")


# -- minutes


@dataclass(frozen=True, slots=True)
class Minutes:
    """The order of business with its outcomes, what keeps the minutes from being closed, and how many came."""

    sheet: Sheet
    missing: Sequence[Item]
    attendance: presence.Attendance

    @property
    def to_be_told(self) -> int:
        """Return how many questions' askers hear what came of it."""
        return sum(each.address_id is not None for b in self.sheet.business for each in b.questions)


def show(tx: Tx, official: Official, event_id: int) -> Minutes:
    """Return what the minutes stand on. Raises NotFound, NotAllowed."""
    sheet = agenda.show(tx, official, event_id)
    missing = [each.item for each in sheet.business if each.item.outcome is None]
    return Minutes(sheet, missing, presence.count(tx, event_id))


def save(tx: Tx, official: Official, event_id: int, text: str, version: int, now: datetime) -> Event:
    """Keep the minutes as far as they are written. Raises NotFound, NotAllowed, TooLate, Invalid, Conflict."""
    event = agenda.lock(tx, official, event_id)
    _require_begun(event, now)
    changed = events.change(tx, _as_seen(event, version), {"minutes": _checked_minutes(text)})
    audit.write(tx, official.id, "event.minutes_save", "event", str(event_id), {}, now)
    return changed


def close(
    tx: Tx,
    official: Official,
    event_id: int,
    text: str,
    version: int,
    rules: SendingRules,
    now: datetime,
    *,
    impersonal: bool,
) -> Event:
    """Close the minutes: from here on everybody may read them, and who asked and who came are told.

    Args: impersonal: the official has looked and found no resident's name, address or phone number in what is published.
    Raises NotFound, NotAllowed, TooLate (not begun, or closed already), Conflict, and Invalid: `items` names every item
    without an outcome or with a phone number in its title.
    """
    event = agenda.lock(tx, official, event_id)
    _require_begun(event, now)
    seen = _as_seen(event, version)
    minutes = _checked_minutes(text)
    if not minutes:
        raise Invalid("text", "Biên bản chưa có chữ nào.")
    _require_complete(tx, events.get_announced(tx, event_id))
    if not impersonal:
        raise Invalid(
            "impersonal", "Xem lại để không lộ tên, địa chỉ, số điện thoại của bà con, rồi đánh dấu ô này."
        )
    closed = events.change(
        tx, seen, {"minutes": minutes, "minutes_by": official.id, "minutes_at": now, "status": HELD}
    )
    for kind in (event_notices.OUTCOMES, event_notices.MINUTES):
        event_notices.add(tx, event_id, kind, event.details_version, rules.next_open(now), now)
    audit.write(tx, official.id, "event.minutes", "event", str(event_id), {}, now)
    return closed


def _as_seen(event: Event, version: int) -> Event:
    if event.version != version:
        raise Conflict(f"event {event.id} was changed since")
    return event


def _checked_minutes(text: str) -> str:
    minutes = clean_long(text)
    if len(minutes) > MAX_MINUTES_CHARS:
        raise Invalid("text", f"Biên bản dài quá {MAX_MINUTES_CHARS} ký tự.")
    return minutes


def clean_long(text: str) -> str:
    """Return a text of several pages as it may be stored; `clean` cuts at what a message holds."""
    return "\n".join(clean(line) for line in text.replace("\r\n", "\n").split("\n")).strip()


def _require_complete(tx: Tx, announced: Announced) -> None:
    sheet = agenda.read(tx, announced)
    missing = [f"{b.item.position}. {b.item.title}" for b in sheet.business if b.item.outcome is None]
    said = []
    if missing:
        named = "; ".join(missing[:MOST_NAMED])
        more = f"; và {len(missing) - MOST_NAMED} mục nữa" if len(missing) > MOST_NAMED else ""
        said.append(f"Còn {len(missing)} mục chưa ghi kết quả: {named}{more}.")
    if sheet.unsorted:
        said.append(f"Còn {len(sheet.unsorted)} câu hỏi chưa xếp vào mục nào.")
    if phones := [str(b.item.position) for b in sheet.business if _names_a_phone(b.item.title)]:
        said.append(f"Tên mục {', '.join(phones)} có số điện thoại của bà con: đổi tên mục rồi khép.")
    if said:
        raise Invalid("items", " ".join(said))


def _names_a_phone(title: str) -> bool:
    return any(piece.kind is stated.Kind.PHONE for piece in stated.read(title))


@dataclass(frozen=True, slots=True)
class PublicItem:
    """What everybody reads of an item. `outcome`: its name in Vietnamese."""

    title: str
    outcome: str
    text: str


@dataclass(frozen=True, slots=True)
class PublicMinutes:
    """What everybody reads of a session: no name, no number of a phone, nobody's question as it was typed."""

    text: str
    closed_at: datetime
    people: int
    items: Sequence[PublicItem]


def public_minutes(tx: Tx, event: Event) -> PublicMinutes | None:
    """Return what the public page shows of a session; None until its minutes are closed."""
    if event.minutes_at is None or not event.minutes:
        return None
    items = [
        PublicItem(item.title, OUTCOME_NAMES.get(item.outcome or "", ""), item.outcome_text or "")
        for item in rows.list_items(tx, event.id)
    ]
    return PublicMinutes(event.minutes, event.minutes_at, presence.count(tx, event.id).people, items)


# -- telling


def tell_askers(
    tx: Tx, announced: Announced, after: int, voice: Voice, now: datetime, limit: int
) -> list[int]:
    """Tell the next askers what came of their questions; returns whom, by id, in order.

    Each is told once of all their questions: `told_at` is written with the message. Called with the notice locked.
    """
    items = {item.id: item for item in rows.list_items(tx, announced.event.id)}
    askers = rows.list_askers(tx, announced.event.id, after, limit)
    for resident_id in askers:
        asked = [
            each
            for each in rows.list_own(tx, announced.event.id, resident_id)
            if each.told_at is None and each.text and each.item_id in items
        ]
        _tell(tx, announced, items, asked, voice, now)
        rows.mark_told(tx, [each.id for each in asked], now)
    return askers


def _tell(
    tx: Tx,
    announced: Announced,
    items: dict[int, Item],
    asked: Sequence[Question],
    voice: Voice,
    now: datetime,
) -> None:
    found = _by_item(items, asked)
    address_id = next((each.address_id for each in reversed(asked) if each.address_id is not None), None)
    if address_id is None or not found:
        return
    for message in dialogue_messages.outcomes(announced, found, voice):
        asked_at = max(each.at for each in asked)
        to_address(tx, address_id, message, Lane.NOTICE, now, asked_at=asked_at, by_day_until=ANY_DAY)


def _by_item(items: dict[int, Item], asked: Sequence[Question]) -> list[tuple[Item, list[Question]]]:
    under: dict[int, list[Question]] = {}
    for each in asked:
        if each.item_id in items:
            under.setdefault(each.item_id, []).append(each)
    return [(items[item_id], those) for item_id, those in under.items()]


def told_askers(tx: Tx, announced: Announced, text: str, voice: Voice) -> list[str]:
    """Return what was told to whoever asked the questions that a text quotes, for comparing; nothing before the end.

    Args: text: as somebody typed it. A question that nobody handed in leads to nothing.
    """
    if announced.event.minutes_at is None:
        return []
    said = fold(text)
    questions = rows.list_questions(tx, announced.event.id, agenda.MAX_QUESTIONS)
    # Of questions in the same words one is quoted.
    quoted = {line: each for each in questions if (line := fold(dialogue_messages.asked(each))) in said}
    items = {item.id: item for item in rows.list_items(tx, announced.event.id)}
    found = _by_item(items, list(quoted.values()))
    return [each.text for each in dialogue_messages.outcomes(announced, found, voice)] if found else []
