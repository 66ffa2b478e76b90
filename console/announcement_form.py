"""The form of an announcement: what stands in it, and the keys of an announcement file that it comes to."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from console.forms import Form
from handlers import announcement_file
from handlers.announcement_file import Draft
from handlers.announcement_words import KIND_NAMES
from handlers.areas import AreaBook
from handlers.audience import CATEGORIES, CHANNELS, Audience
from handlers.delivery_texts import CHANNEL_NAMES
from handlers.errors import Invalid
from handlers.exports.columns import HOUSEHOLD_NAMES
from storage.announcements import Announcement
from storage.events import Event

KINDS: Final = list(KIND_NAMES.items())
EVENT_NAMES: Final = {"training": "Tập huấn", "dialogue": "Đối thoại"}
HOUSEHOLD_CHOICES: Final = [(one, HOUSEHOLD_NAMES[one]) for one in CATEGORIES]
CHANNEL_CHOICES: Final = [(one, CHANNEL_NAMES[one]) for one in CHANNELS]
LOCAL: Final = "%Y-%m-%dT%H:%M"
"""How a browser writes a moment: on the clock of the wall, which is ours."""
FIELDS: Final = (
    "kind",
    "title",
    "text",
    "link",
    "pictures",
    "event.type",
    "event.starts_at",
    "event.ends_at",
    "event.place",
    "event.map_link",
    "event.seats",
    "audience.areas",
    "audience.exclude_areas",
    "audience.categories",
    "audience.channels",
    "audience.last_seen_days",
    "send_at",
    "spread_hours",
    "named_consent",
)
"""What an error is shown beside."""
_NEEDED: Final = {
    "title": "Còn thiếu tiêu đề; ví dụ: Tập huấn chăn nuôi gà",
    "text": "Còn thiếu nội dung; ví dụ: Mời bà con đến dự lớp tập huấn.",
}
_NEEDED_OF_EVENTS: Final = {
    "event.starts_at": "Còn thiếu ngày, giờ bắt đầu.",
    "event.place": "Còn thiếu nơi họp; ví dụ: Nhà văn hóa thôn Đông",
}


def blank() -> Form:
    """Return the form of a new one."""
    return Form({"kind": "notice", "event.type": "training", "spread_hours": "0"})


def fill(one: Announcement, event: Event | None, book: AreaBook, zone: ZoneInfo) -> Form:
    """Return the form of a draft as it stands; areas as the communes of today that they mean."""
    audience = Audience.parse(one.audience, book)
    values = {
        "kind": one.kind,
        "title": one.title,
        "text": one.text,
        "link": one.link or "",
        "send_at": local(one.send_at, zone),
        "spread_hours": str(one.spread_hours),
        "late_joiners": "1" if one.late_joiners else "",
        "named_consent": one.named_consent or "",
        "audience.last_seen_days": str(audience.last_seen_days or ""),
        "event.type": "training",
        "version": str(one.version),
    }
    if event is not None:
        values |= {
            "event.type": event.type,
            "event.starts_at": local(event.starts_at, zone),
            "event.ends_at": local(event.ends_at, zone),
            "event.place": event.place,
            "event.map_link": event.map_link or "",
            "event.seats": str(event.seats or ""),
        }
    lists = {
        "audience.areas": sorted(audience.area_codes or ()),
        "audience.exclude_areas": sorted(audience.excluded_codes),
        "audience.categories": sorted(audience.categories or ()),
        "audience.channels": sorted(audience.channels or ()),
    }
    return Form(values, lists)


def local(at: datetime | None, zone: ZoneInfo) -> str:
    """Write a moment for a field of a browser; nothing for None."""
    return at.astimezone(zone).strftime(LOCAL) if at else ""


def read(
    form: Form,
    pictures: Sequence[str],
    remind_before: Sequence[int] | None,
    book: AreaBook,
    zone: ZoneInfo,
    now: datetime,
) -> Draft | None:
    """Return what the form says; None when something is wrong, which the form then says.

    Args:
        pictures: our names of them.
        remind_before: as it was set elsewhere; None: as usual.
    """
    is_event = form.text("kind") == "event"
    for name, sentence in (_NEEDED | (_NEEDED_OF_EVENTS if is_event else {})).items():
        if not form.text(name):
            form.refuse(Invalid(name, sentence))
    try:
        draft = announcement_file.read(_keys(form, pictures, remind_before, zone), book, now)
    except Invalid as exc:
        form.refuse(exc)
        return None
    return None if form.errors else draft


def _keys(
    form: Form, pictures: Sequence[str], remind_before: Sequence[int] | None, zone: ZoneInfo
) -> Mapping[str, object]:
    keys: dict[str, object] = {
        "kind": form.text("kind"),
        "title": form.text("title"),
        "text": form.raw("text").replace("\r\n", "\n"),
        "link": form.text("link"),
        "pictures": list(pictures),
        "audience": {
            "areas": form.chosen("audience.areas"),
            "exclude_areas": form.chosen("audience.exclude_areas"),
            "categories": form.chosen("audience.categories"),
            "channels": form.chosen("audience.channels"),
            "last_seen_days": _number(form, "audience.last_seen_days"),
        },
        "send_at": _moment(form, "send_at", zone),
        "spread_hours": _number(form, "spread_hours"),
        "late_joiners": bool(form.text("late_joiners")),
        "named_consent": form.text("named_consent"),
    }
    if form.text("kind") == "event":
        keys["event"] = {
            "type": form.text("event.type"),
            "starts_at": _moment(form, "event.starts_at", zone),
            "ends_at": _moment(form, "event.ends_at", zone),
            "place": form.text("event.place"),
            "map_link": form.text("event.map_link"),
            "seats": _number(form, "event.seats"),
        } | ({} if remind_before is None else {"remind_before": list(remind_before)})
    return keys


def _number(form: Form, name: str) -> object:
    """Return a field as a number; as it stands when it is none, to be refused beside its field."""
    number = form.number(name)
    return number if number is not None else form.text(name) or None


def _moment(form: Form, name: str, zone: ZoneInfo) -> object:
    return moment(form.text(name), zone) or form.text(name) or None


def moment(text: str, zone: ZoneInfo) -> datetime | None:
    """Return a moment as a browser writes it; None when it is none, or of a year that no clock knows."""
    try:
        at = datetime.fromisoformat(text)
        return (at.replace(tzinfo=zone) if at.tzinfo is None else at).astimezone(zone)
    except (ValueError, OverflowError):
        return None
