"""Canned replies: who may keep which, and how their fields are filled in. Nothing is sent with a field left."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import yaml

from faq.text import fold
from handlers.areas import AreaBook
from handlers.case_changes import MAX_WORDS_UNITS
from handlers.case_codes import spoken
from handlers.case_life import Category
from handlers.errors import Invalid, NotAllowed
from handlers.messages import clean
from handlers.officials import Official, Permission, in_scope, may, require, scope
from storage import audit, facts, replies
from storage.cases import Case
from storage.db import Tx
from storage.errors import Conflict, NotFound
from storage.replies import Reply

SHIPPED = Path(__file__).parent / "data" / "canned_replies.yaml"
MAX_TITLE_CHARS = 80
FIELDS: dict[str, str] = {"ma": "mã hồ sơ", "ten_xa": "tên xã, phường", "han": "ngày đến hạn"}
"""What is filled in by itself, and what it stands for. Any other {field} is left for the official."""
_FIELD = re.compile(r"\{([^{}\n]{1,60})\}")
_SEEDED = "canned_replies_shipped"

_TITLE_MISSING = "Chưa có tên mẫu. Ví dụ: Mời tới Uỷ ban nhân dân."
_TITLE_TOO_LONG = f"Tên mẫu dài quá {MAX_TITLE_CHARS} ký tự."
_TEXT_MISSING = "Chưa có nội dung mẫu."
_TEXT_TOO_LONG = f"Nội dung dài quá {MAX_WORDS_UNITS} ký tự. Rút gọn rồi lưu lại."
_WRONG_CATEGORY = "Không có lĩnh vực này."


@dataclass(frozen=True, slots=True)
class Draft:
    """A reply as it was typed; `category` empty: for every case."""

    title: str
    text: str
    category: str = ""


def may_edit(official: Official, reply_area: str | None) -> bool:
    """Say whether replies of an area (None: for every commune) are the official's to keep.

    Officers keep their commune's; those for every commune are kept by whoever manages the settings.
    """
    if reply_area is None:
        return scope(official) is None and may(official, Permission.MANAGE_SETTINGS)
    return may(official, Permission.WORK_CASES) and in_scope(official, reply_area)


def can_add(official: Official) -> bool:
    """Say whether the official keeps any replies."""
    return may_edit(official, scope(official))


def list_seen(tx: Tx, official: Official) -> list[Reply]:
    """Return the replies an official may use or read, by title."""
    require(official, Permission.READ_CASES)
    found = replies.list_replies(tx, scope(official), every_area=scope(official) is None)
    return sorted(found, key=lambda r: fold(r.title))


def list_for_case(tx: Tx, official: Official, case: Case) -> list[Reply]:
    """Return the replies that fit a case, those made for its category first."""
    require(official, Permission.READ_CASES)
    found = [r for r in replies.list_replies(tx, case.area_code) if r.category in (None, case.category)]
    return sorted(found, key=lambda r: (r.category is None, fold(r.title)))


def get(tx: Tx, official: Official, reply_id: int) -> Reply:
    """Return a reply; raises NotFound, also for another commune's."""
    require(official, Permission.READ_CASES)
    reply = replies.get(tx, reply_id)
    if reply.area_code is not None and not in_scope(official, reply.area_code):
        raise NotFound(f"no reply {reply_id}")
    return reply


def add(tx: Tx, official: Official, draft: Draft, now: datetime) -> int:
    """Keep a new reply, of the official's commune or for every one; returns its id. Raises NotAllowed, Invalid."""
    if not can_add(official):
        raise NotAllowed(f"{official.role} keeps no replies")
    title, text, category = _checked(draft)
    new_id = replies.add(tx, title, text, scope(official), category, official.id, now)
    audit.write(tx, official.id, "reply.add", "reply", str(new_id), {}, now)
    return new_id


def change(
    tx: Tx, official: Official, reply_id: int, draft: Draft, seen: datetime | None, now: datetime
) -> None:
    """Change a reply as it was seen (its `changed_at`). Raises NotFound, NotAllowed, Invalid, Conflict."""
    reply = _editable(tx, official, reply_id)
    if reply.changed_at != seen:
        raise Conflict(f"reply {reply_id} was changed since")
    title, text, category = _checked(draft)
    replies.change(tx, reply, {"title": title, "text": text, "category": category}, official.id, now)
    audit.write(tx, official.id, "reply.change", "reply", str(reply_id), {}, now)


def remove(tx: Tx, official: Official, reply_id: int, now: datetime) -> None:
    """Delete a reply. Raises NotFound, NotAllowed."""
    _editable(tx, official, reply_id)
    replies.remove(tx, reply_id)
    audit.write(tx, official.id, "reply.remove", "reply", str(reply_id), {}, now)


def _editable(tx: Tx, official: Official, reply_id: int) -> Reply:
    reply = get(tx, official, reply_id)
    if not may_edit(official, reply.area_code):
        raise NotAllowed(f"reply {reply_id} is not theirs to change")
    return reply


def _checked(draft: Draft) -> tuple[str, str, str | None]:
    title = " ".join(clean(draft.title).split())
    if not title:
        raise Invalid("title", _TITLE_MISSING)
    if len(title) > MAX_TITLE_CHARS:
        raise Invalid("title", _TITLE_TOO_LONG)
    if len(draft.text.encode("utf-16-le", "replace")) // 2 > MAX_WORDS_UNITS:
        raise Invalid("text", _TEXT_TOO_LONG)
    text = clean(draft.text)
    if not text:
        raise Invalid("text", _TEXT_MISSING)
    if draft.category and draft.category not in set(Category):
        raise Invalid("category", _WRONG_CATEGORY)
    return title, text, draft.category or None


def fill(text: str, case: Case, areas: AreaBook, zone: ZoneInfo) -> str:
    """Return a reply's text with the fields that are known of a case filled in; the others stay as they are."""
    known = _known(case, areas, zone)
    return _FIELD.sub(lambda found: known.get(found[1].strip(), found[0]), text)


def _known(case: Case, areas: AreaBook, zone: ZoneInfo) -> Mapping[str, str]:
    known = {"ma": spoken(case.code)}
    if case.area_code is not None and (area := areas.find(case.area_code)) is not None:
        known["ten_xa"] = area.spoken
    if case.due_at is not None:
        known["han"] = f"{case.due_at.astimezone(zone):%d/%m/%Y}"
    return known


def holes(text: str) -> list[str]:
    """Return the fields that are left in a text, in order, each once: "{ngày}"."""
    return list(dict.fromkeys(found[0] for found in _FIELD.finditer(text)))


def load(file: Path = SHIPPED) -> Sequence[Draft]:
    """Read the replies that ship."""
    return [
        Draft(raw["title"], raw["text"], raw.get("category") or "")
        for raw in yaml.safe_load(file.read_text(encoding="utf-8"))
    ]


def seed(tx: Tx, now: datetime) -> None:
    """Store the replies that ship, once in a database's life: what was deleted since does not come back."""
    if facts.find(tx, _SEEDED) is not None:
        return
    facts.put(tx, _SEEDED, now.date().isoformat())
    for draft in load():
        title, text, category = _checked(draft)
        replies.add(tx, title, text, None, category, 0, now)
