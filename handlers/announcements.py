"""Announcements as officials write them: filed as a draft, changed while it is one, read. Never commits.

What becomes of a draft is in `handlers.announcement_life`; how it leaves in `handlers.announcement_sending`.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from handlers import announcement_texts
from handlers import announcement_words as words
from handlers.announcement_codes import make_code
from handlers.announcement_file import Draft
from handlers.errors import Invalid, NotAllowed, TooLate
from handlers.messages import Kept
from handlers.officials import Official, Permission, require, scope
from storage import announcements, audit, deliveries, events, files
from storage.announcements import Announcement, Content
from storage.db import Tx
from storage.deliveries import Count
from storage.errors import Conflict, NotFound
from storage.events import Details, Event
from storage.files import Stored

SHELF: Final = files.ANNOUNCED
PREVIEW_CODE: Final = "K7M4XP"
"""Stands where the code will; as long as every code."""
STATUSES: Final = ("queued", "waiting", "sent", "failed", "blocked", "skipped", "unknown")
"""Of a delivery, in the order in which they are told."""
Choose = Callable[[Sequence[str]], str]
"""Picks one at random; the only chance there is, and given by the edge."""


@dataclass(frozen=True, slots=True)
class Shown:
    """An announcement with its session, if it has one, and what became of its deliveries."""

    announcement: Announcement
    event: Event | None
    deliveries: Sequence[Count]

    @property
    def counts(self) -> dict[str, int]:
        """Return how many deliveries there are by status, each status there."""
        found = dict.fromkeys(STATUSES, 0)
        for one in self.deliveries:
            found[one.status] += one.number
        return found


def preview(draft: Draft, now: datetime) -> tuple[Announcement, Event | None]:
    """Return a draft as it will be, before anything is stored: to be shown, and to be measured."""
    row: dict[str, Any] = dict.fromkeys(Announcement.__slots__) | asdict(_as_content(draft))
    row |= {
        "id": 0,
        "code": PREVIEW_CODE,
        "status": "draft",
        "version": 1,
        "created_by": 0,
        "created_at": now,
    }
    row |= {"cursor": 0, "late_cursor": 0}
    if draft.event is None:
        return Announcement(**row), None
    event: dict[str, Any] = dict.fromkeys(Event.__slots__) | asdict(draft.event)
    event |= {
        "id": 0,
        "announcement_id": 0,
        "taken": 0,
        "status": "planned",
        "details_version": 1,
        "version": 1,
    }
    return Announcement(**row), Event(**(event | {"check_in_code": PREVIEW_CODE}))


def check(draft: Draft, zone: ZoneInfo, now: datetime) -> None:
    """Raise Invalid when the whole message that people would read is too long."""
    excess = announcement_texts.excess(*preview(draft, now), zone)
    if excess:
        raise Invalid("text", words.TOO_LONG.format(excess=excess))


def file(
    tx: Tx,
    by: Official,
    draft: Draft,
    pictures: Sequence[Kept],
    choose: Choose,
    zone: ZoneInfo,
    now: datetime,
) -> Announcement:
    """Store a draft under a new code; audited. Raises NotAllowed, Invalid.

    Args: pictures: what was put on our disk for it; `draft.pictures` are their names there.
    """
    content = _content(by, draft)
    check(draft, zone, now)
    _check_pictures(draft, {one.file for one in pictures})
    announcement_id = None
    while announcement_id is None:
        announcement_id = announcements.add(tx, content, make_code(choose), by.id, now)
    _add_pictures(tx, by, pictures, now)
    if draft.event is not None:
        events.add(tx, announcement_id, _details(by, draft), make_code(choose))
    details: dict[str, audit.JSON] = {"kind": draft.kind, "named": draft.named_consent is not None}
    log(tx, by, "file", announcement_id, now, details)
    return announcements.get(tx, announcement_id)


def edit(
    tx: Tx,
    by: Official,
    announcement_id: int,
    version: int,
    draft: Draft,
    pictures: Sequence[Kept],
    choose: Choose,
    zone: ZoneInfo,
    now: datetime,
) -> Announcement:
    """Change a draft; what was submitted has to be sent back first, what was approved stays as it is.

    Args: pictures: what is new among `draft.pictures`; the others are those it has.

    Raises NotAllowed, NotFound, Conflict (somebody changed it since), TooLate (it is no draft any more), Invalid.
    """
    seen = announcements.lock(tx, announcement_id)
    content = _content(by, draft)
    _check_mine(by, seen)
    if seen.version != version:
        raise Conflict(f"announcement {announcement_id} is at version {seen.version}, not {version}")
    if seen.status != "draft":
        raise TooLate(words.NOT_NOW.format(status=words.STATUS_NAMES[seen.status]))
    check(draft, zone, now)
    _check_pictures(draft, {one.file for one in pictures} | set(seen.pictures))
    changed = announcements.rewrite(tx, seen, content)
    _add_pictures(tx, by, pictures, now)
    files.drop_announced(tx, set(seen.pictures) - set(draft.pictures))
    former = events.find_by_announcement(tx, announcement_id)
    if draft.event is None:
        events.remove(tx, announcement_id)
    elif former is None:
        events.add(tx, announcement_id, _details(by, draft), make_code(choose))
    else:
        events.rewrite(tx, announcement_id, _details(by, draft))
    log(tx, by, "edit", announcement_id, now, {"fields": _changed(seen, changed)})
    return changed


def get(tx: Tx, by: Official, announcement_id: int) -> Shown:
    """Return an announcement with all that belongs to it. Raises NotAllowed, NotFound."""
    check_seen(tx, by, announcement_id)
    return show(tx, announcement_id)


def check_seen(tx: Tx, by: Official, announcement_id: int) -> None:
    """Raise NotAllowed for who sees no announcements, NotFound for one to people elsewhere: existence is not told."""
    require(by, Permission.READ_ANNOUNCEMENTS)
    if not in_reach(by, announcements.get(tx, announcement_id).audience):
        raise NotFound(f"no announcement {announcement_id}")


def show(tx: Tx, announcement_id: int) -> Shown:
    """Return the same for the command line, whose user holds the database anyway. Raises NotFound."""
    announcement = announcements.get(tx, announcement_id)
    event = events.find_by_announcement(tx, announcement_id)
    return Shown(announcement, event, deliveries.count(tx, announcement_id))


def list_page(
    tx: Tx, by: Official, *, statuses: Collection[str] = (), before_id: int | None = None, limit: int = 50
) -> list[Announcement]:
    """Return announcements that an official sees, of these statuses, or of any, newest first.

    Args: before_id: for the next page.
    """
    require(by, Permission.READ_ANNOUNCEMENTS)
    return announcements.list_page(
        tx, statuses=statuses, area_code=scope(by), before_id=before_id, limit=limit
    )


def narrow(by: Official, draft: Draft) -> Draft:
    """Return a draft as this official may file it: who is bound to a commune and names none means that one.

    Raises NotAllowed, Invalid when it is for people elsewhere.
    """
    require(by, Permission.WRITE_ANNOUNCEMENTS)
    bound = scope(by)
    if bound is None:
        return draft
    narrowed = replace(draft, audience={"areas": [bound]} | dict(draft.audience))
    if not in_reach(by, narrowed.audience):
        raise Invalid("audience.areas", words.ELSEWHERE.format(area_code=bound))
    return narrowed


def in_reach(by: Official, audience: Mapping[str, object]) -> bool:
    """Say whether an official may write to this audience: who is bound to a commune, to that commune alone."""
    bound = scope(by)
    return bound is None or audience.get("areas") == [bound]


def log(
    tx: Tx,
    by: Official | None,
    action: str,
    announcement_id: int,
    now: datetime,
    details: Mapping[str, audit.JSON] | None = None,
) -> None:
    """Write into the audit log what was done; `by` None: the clock."""
    audit.write(
        tx,
        by.id if by else None,
        f"announcement.{action}",
        "announcement",
        str(announcement_id),
        details or {},
        now,
    )


def _content(by: Official, draft: Draft) -> Content:
    return _as_content(narrow(by, draft))


def _as_content(draft: Draft) -> Content:
    return Content(
        draft.kind,
        draft.title,
        draft.text,
        draft.link,
        draft.pictures,
        draft.audience,
        draft.send_at,
        draft.spread_hours,
        draft.late_joiners,
        draft.named_consent,
    )


def _check_mine(by: Official, seen: Announcement) -> None:
    if not in_reach(by, seen.audience):
        raise NotAllowed("this announcement goes to people beyond this official's commune")


def _check_pictures(draft: Draft, known: set[str]) -> None:
    """Refuse a name that the edge did not just keep: it could be anybody's photo."""
    if not set(draft.pictures) <= known:
        raise Invalid("pictures", words.FOREIGN_PICTURE)


def _add_pictures(tx: Tx, by: Official, pictures: Sequence[Kept], now: datetime) -> None:
    for one in pictures:
        stored = Stored(one.file, one.media_type, "", one.size, one.width, one.height)
        files.add_stored(tx, SHELF, None, "photo", stored, now, uploaded_by=by.id)


def _details(by: Official, draft: Draft) -> Details:
    # The officers of one commune run it; what several are invited to is the province's.
    event, bound = draft.event, scope(by)
    if event is None:
        raise Invalid("event", "Tin mời cần ghi khi nào, ở đâu.")
    return Details(
        event.type,
        event.starts_at,
        event.ends_at,
        event.place,
        event.map_link,
        event.seats,
        event.remind_before,
        event.area_code or bound,
    )


def _changed(before: Announcement, after: Announcement) -> list[str]:
    names = Content.__slots__
    return [name for name in names if getattr(before, name) != getattr(after, name)]
