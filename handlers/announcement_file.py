"""Read an announcement as it is written down: the keys of an announcement file, or of the console's form. Pure.

Whatever cannot be taken is refused with the key that it stands under (`event.starts_at`) and what a right one looks
like. Where files lie and how a YAML file is read is not known here.
"""

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlsplit

from handlers.areas import AreaBook
from handlers.audience import Audience
from handlers.errors import Invalid
from handlers.messages import clean
from handlers.named_people import find_name

KINDS: Final = ("notice", "event", "story", "emergency")
EVENT_TYPES: Final = ("training", "dialogue")
MAX_TITLE_CHARS, MAX_TEXT_CHARS, MAX_PLACE_CHARS, MAX_LINK_CHARS = 120, 1800, 200, 300
MAX_PICTURES: Final = 5
MAX_SPREAD_HOURS: Final = 72
MAX_SEATS: Final = 10_000
FURTHEST: Final = timedelta(days=366)
REMIND_BEFORE: Final = (1440,)
"""Minutes before the start: the day before, at the same time."""
MAX_REMINDERS, FURTHEST_REMINDER_MIN = 3, 14 * 1440

_KEYS: Final = (
    "kind",
    "title",
    "text",
    "link",
    "pictures",
    "event",
    "audience",
    "send_at",
    "spread_hours",
    "late_joiners",
    "named_consent",
)
_EVENT_KEYS: Final = ("type", "starts_at", "ends_at", "place", "map_link", "seats", "remind_before")
_FOLDER = re.compile(r"[\\/]")


@dataclass(frozen=True, slots=True)
class EventDraft:
    """When and where; see `storage.tables.events`. Times are aware. `area_code`: the one commune that is invited."""

    type: str
    starts_at: datetime
    ends_at: datetime | None
    place: str
    map_link: str | None = None
    seats: int | None = None
    remind_before: Sequence[int] = REMIND_BEFORE
    area_code: str | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """What an announcement shall be; see `storage.tables.announcements`.

    `pictures`: as the file names them, until the edge has put them on our disk; from then on our names of them.
    `send_at` None: as soon as it is approved. `event`: exactly for that kind.
    """

    kind: str
    title: str
    text: str
    link: str | None
    pictures: Sequence[str]
    event: EventDraft | None
    audience: Mapping[str, object]
    send_at: datetime | None
    spread_hours: int
    late_joiners: bool
    named_consent: str | None


def read(given: object, book: AreaBook, now: datetime) -> Draft:
    """Return what a file says, all of it checked. Raises Invalid for the first thing that is wrong.

    Args: given: as YAML or JSON was read: a mapping, else it is refused.
    """
    if not isinstance(given, Mapping):
        raise Invalid("", "Tệp phải gồm các dòng “khóa: giá trị”; ví dụ: title: Tập huấn chăn nuôi gà")
    _check_keys(given, _KEYS, "")
    kind = _one_of(given, "kind", KINDS)
    audience, area_code = _audience(given.get("audience"), book)
    draft = Draft(
        kind,
        _line(given, "title", MAX_TITLE_CHARS, "Tập huấn chăn nuôi gà"),
        _text(given),
        _link(given, "link"),
        _pictures(given.get("pictures")),
        _event(given.get("event"), kind, area_code, now),
        audience,
        _send_at(given.get("send_at"), now),
        _number(given, "spread_hours", 0, MAX_SPREAD_HOURS, "2") or 0,
        _yes(given, "late_joiners", default=False),
        _optional_line(given, "named_consent", 300, "đồng ý qua điện thoại ngày 20/11, chị Hạnh ghi"),
    )
    _check_named(draft)
    _check_order(draft)
    return draft


def _check_keys(given: Mapping[object, object], known: Sequence[str], inside: str) -> None:
    for key in given:
        if key not in known:
            raise Invalid(f"{inside}{key}", f"Không có khóa này; các khóa có: {', '.join(known)}")


def _one_of(given: Mapping[str, object], key: str, choices: Sequence[str], inside: str = "") -> str:
    value = given.get(key)
    if not isinstance(value, str) or value not in choices:
        raise Invalid(f"{inside}{key}", f"Cần là một trong: {', '.join(choices)}; ví dụ: {key}: {choices[0]}")
    return value


def _line(given: Mapping[str, object], key: str, most: int, example: str, inside: str = "") -> str:
    line = _optional_line(given, key, most, example, inside)
    if line is None:
        raise Invalid(f"{inside}{key}", f"Còn thiếu; ví dụ: {key}: {example}")
    return line


def _optional_line(
    given: Mapping[str, object], key: str, most: int, example: str, inside: str = ""
) -> str | None:
    value = given.get(key)
    if value is None:
        return None
    if not isinstance(value, str):
        raise Invalid(
            f"{inside}{key}", f"Cần là một dòng chữ, đặt trong ngoặc kép nếu cần; ví dụ: “{example}”"
        )
    line = " ".join(clean(value).split())
    if len(line) > most or len(value) > 2 * most:
        raise Invalid(f"{inside}{key}", f"Dài {len(value)} ký tự, nhiều nhất {most}; ví dụ: {example}")
    return line or None


def _text(given: Mapping[str, object]) -> str:
    value = given.get("text")
    if not isinstance(value, str) or not value.strip():
        raise Invalid("text", "Còn thiếu nội dung; ví dụ: text: Mời bà con đến dự lớp tập huấn.")
    text = "\n".join(line.rstrip() for line in clean(value).splitlines()).strip()
    if len(value.strip()) > MAX_TEXT_CHARS:
        raise Invalid(
            "text",
            f"Dài {len(value.strip())} ký tự, nhiều nhất {MAX_TEXT_CHARS}; "
            "hãy rút gọn, phần chi tiết để ở trang có đường dẫn (link: https://…)",
        )
    return text


def _link(given: Mapping[str, object], key: str, inside: str = "") -> str | None:
    return read_link(given.get(key), f"{inside}{key}")


def read_link(value: object, field: str) -> str | None:
    """Return a link that every channel carries as a button; None for nothing. Raises Invalid, of this field."""
    if value is None or value == "":
        return None
    example = "ví dụ: https://haiphong.gov.vn/thong-bao"
    if not isinstance(value, str) or len(value) > MAX_LINK_CHARS:
        raise Invalid(field, f"Cần là một địa chỉ, nhiều nhất {MAX_LINK_CHARS} ký tự; {example}")
    link = value.strip()
    try:
        parts = urlsplit(link)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and not parts.username
    except ValueError:
        good = False
    if not good or any(letter.isspace() or not letter.isprintable() for letter in link):
        raise Invalid(field, f"“{link[:60]}” không phải địa chỉ http hay https; {example}")
    return link


def _pictures(value: object) -> tuple[str, ...]:
    if value is None:
        return ()
    if not isinstance(value, Sequence) or isinstance(value, str) or len(value) > MAX_PICTURES:
        raise Invalid(
            "pictures", f"Cần là một danh sách, nhiều nhất {MAX_PICTURES} ảnh; ví dụ: [lop-hoc.jpg]"
        )
    for name in value:
        good = isinstance(name, str) and name.isprintable() and not _FOLDER.search(name)
        if not good or not name or name.startswith("."):
            raise Invalid("pictures", "Cần là tên ảnh nằm cùng thư mục với tệp này; ví dụ: [lop-hoc.jpg]")
    if len(set(value)) < len(value):
        raise Invalid("pictures", "Một ảnh được ghi hai lần; ví dụ: [lop-hoc.jpg, ban-do.jpg]")
    return tuple(value)


def _audience(value: object, book: AreaBook) -> tuple[Mapping[str, object], str | None]:
    """Return the keys that say something, as they stand there, and the commune if it is one alone."""
    if value is None:
        return {}, None
    if not isinstance(value, Mapping):
        raise Invalid("audience", 'Cần các khóa bên trong; ví dụ: audience: {areas: ["11020"]}')
    codes = Audience.parse(value, book).area_codes or frozenset()
    kept = {key: said for key, said in value.items() if said not in (None, [], ())}
    return kept, next(iter(codes)) if len(codes) == 1 else None


def _event(value: object, kind: str, area_code: str | None, now: datetime) -> EventDraft | None:
    example = "event: {type: training, starts_at: 2026-12-12T08:00+07:00, place: Nhà văn hóa thôn Đông}"
    if kind != "event":
        if value is not None:
            raise Invalid("event", "Chỉ có ở tin mời (kind: event); hãy bỏ khóa này hoặc đổi kind")
        return None
    if not isinstance(value, Mapping):
        raise Invalid("event", f"Tin mời cần ghi khi nào, ở đâu; ví dụ: {example}")
    _check_keys(value, _EVENT_KEYS, "event.")
    type_ = _one_of(value, "type", EVENT_TYPES, "event.")
    starts_at = _time(value.get("starts_at"), "event.starts_at", "2026-12-12T08:00+07:00")
    _check_future(starts_at, "event.starts_at", now)
    ends_at = None
    if value.get("ends_at") is not None:
        ends_at = _time(value["ends_at"], "event.ends_at", "2026-12-12T11:00+07:00")
        if not starts_at < ends_at <= starts_at + timedelta(days=31):
            raise Invalid("event.ends_at", "Phải sau giờ bắt đầu; ví dụ: 2026-12-12T11:00+07:00")
    return EventDraft(
        type_,
        starts_at,
        ends_at,
        _line(value, "place", MAX_PLACE_CHARS, "Nhà văn hóa thôn Đông", "event."),
        _link(value, "map_link", "event."),
        _number(value, "seats", 1, MAX_SEATS, "60", "event."),
        _reminders(value.get("remind_before")),
        area_code,
    )


def _reminders(value: object) -> tuple[int, ...]:
    if value is None:
        return REMIND_BEFORE
    good = (
        isinstance(value, Sequence)
        and len(value) <= MAX_REMINDERS
        and all(type(one) is int and 0 < one <= FURTHEST_REMINDER_MIN for one in value)
    )
    if not good or not isinstance(value, Sequence):
        raise Invalid(
            "event.remind_before",
            f"Cần là số phút trước giờ bắt đầu, nhiều nhất {MAX_REMINDERS} lần nhắc; ví dụ: [1440]",
        )
    return tuple(sorted(set(value), reverse=True))


def _send_at(value: object, now: datetime) -> datetime | None:
    if value is None or value == "now":
        return None
    at = _time(value, "send_at", "now hoặc 2026-12-05T08:00+07:00")
    _check_future(at, "send_at", now)
    return at


def _time(value: object, key: str, example: str) -> datetime:
    at = value
    if isinstance(value, str):
        try:
            at = datetime.fromisoformat(value.strip())
        except ValueError:
            at = None
    try:
        if isinstance(at, datetime) and at.tzinfo is not None:
            return at.astimezone(dt.UTC)
    except OverflowError:  # at the end of all calendars
        pass
    raise Invalid(key, f"Cần ngày, giờ và múi giờ; ví dụ: {example}")


def _check_future(at: datetime, key: str, now: datetime) -> None:
    if at <= now:
        raise Invalid(key, "Giờ này đã qua; hãy ghi một giờ sắp tới")
    if at > now + FURTHEST:
        raise Invalid(key, "Xa hơn một năm; hãy xem lại năm")


def _number(
    given: Mapping[str, object], key: str, least: int, most: int, example: str, inside: str = ""
) -> int | None:
    value = given.get(key)
    if value is None:
        return None
    if type(value) is not int or not least <= value <= most:
        raise Invalid(f"{inside}{key}", f"Cần là số nguyên từ {least} đến {most}; ví dụ: {key}: {example}")
    return value


def _yes(given: Mapping[str, object], key: str, *, default: bool) -> bool:
    value = given.get(key, default)
    if not isinstance(value, bool):
        raise Invalid(key, f"Cần là true (có) hoặc false (không); ví dụ: {key}: true")
    return value


def _check_named(draft: Draft) -> None:
    if draft.kind == "story" and draft.named_consent is None:
        named = find_name(f"{draft.title}\n{draft.text}")
        if named is not None:
            raise Invalid(
                "named_consent",
                f"Câu chuyện nhắc “{named}”. Cần ghi người đó đã đồng ý thế nào; "
                "ví dụ: named_consent: đồng ý qua điện thoại ngày 20/11, chị Hạnh ghi",
            )


def _check_order(draft: Draft) -> None:
    if draft.event is not None and draft.send_at is not None and draft.send_at >= draft.event.starts_at:
        raise Invalid("send_at", "Phải trước giờ bắt đầu của sự kiện; ví dụ: send_at: now")
