"""Filing a case for somebody without a phone: an official writes down what they were told, and prints a slip."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from handlers import case_texts, cases, secrets
from handlers.areas import AreaBook
from handlers.case_changes import MAX_WORDS_UNITS, OFFICE
from handlers.case_life import Category, Kind
from handlers.cases import Opened
from handlers.deadlines import Deadlines
from handlers.errors import Invalid
from handlers.messages import clean
from handlers.officials import Official, Permission, require, scope
from storage import cases as rows
from storage import intake
from storage.cases import Case
from storage.db import Tx

MAX_NAME_CHARS = 80
MAX_KEY_CHARS = 64
_PHONE = re.compile(r"(?:\+84|0)\d{8,10}")

_KIND_MISSING = "Chọn loại việc trong danh sách."
_CATEGORY_MISSING = "Chọn lĩnh vực trong danh sách."
_AREA_MISSING = "Chọn xã, phường trong danh sách."
_NAME_TOO_LONG = f"Tên dài quá {MAX_NAME_CHARS} ký tự."
_PHONE_WRONG = "Số điện thoại chưa đúng. Ví dụ: 0912 345 678."


@dataclass(frozen=True, slots=True)
class Told:
    """What was typed. `area_code` counts for officials of no commune; name and phone may be empty."""

    text: str
    kind: str
    category: str
    area_code: str
    name: str
    phone: str
    form_key: str = ""
    """Of one form, drawn once: sent twice, it is filed once. Empty: each time anew."""


def file(
    tx: Tx,
    official: Official,
    told: Told,
    urgent: str | None,
    areas: AreaBook,
    new_code: Callable[[], str],
    deadlines: Deadlines,
    now: datetime,
) -> Opened:
    """Open the case, or return the one that this form opened before. Raises NotAllowed, Invalid.

    Args: urgent: what help the text seems to need, now.
    """
    require(official, Permission.ASSIST)
    if len(told.text.encode("utf-16-le", "replace")) // 2 > MAX_WORDS_UNITS:
        raise Invalid("text", case_texts.TEXT_TOO_LONG.format(limit=MAX_WORDS_UNITS))
    if not clean(told.text):
        raise Invalid("text", "Chưa có nội dung. Ghi lại lời người dân.")
    if told.kind not in set(Kind):
        raise Invalid("kind", _KIND_MISSING)
    if told.category not in set(Category):
        raise Invalid("category", _CATEGORY_MISSING)
    draft = cases.Draft(
        Kind(told.kind),
        Category(told.category),
        # An official may write down a card's number that a resident reads out: it is struck out here as in the chat.
        secrets.mask(clean(told.text)),
        _area(official, told.area_code, areas),
        OFFICE,
        name=_name(told.name),
        phone=_phone(told.phone),
        assisted_by=official.id,
        urgent=urgent,
    )
    if told.form_key and (before := _filed_before(tx, official, told.form_key[:MAX_KEY_CHARS], now)):
        return Opened(before.id, before.code, None)
    return cases.open_case(tx, draft, new_code, deadlines, now)


def _filed_before(tx: Tx, official: Official, form_key: str, now: datetime) -> Case | None:
    # Of two at once the second waits here for the first to end. The case has the very moment of its form's row.
    key = f"{official.id}:{form_key}"
    if intake.take(tx, OFFICE, key, "done", now) is not None:
        return None
    taken_at = intake.find_at(tx, OFFICE, key)
    return rows.find_assisted(tx, official.id, taken_at) if taken_at is not None else None


def _area(official: Official, given: str, areas: AreaBook) -> str:
    bound = scope(official)
    if bound is not None:
        return bound
    area = areas.find(given)
    if area is None or area.level != "commune":
        raise Invalid("area_code", _AREA_MISSING)
    return area.code


def _name(given: str) -> str | None:
    name = " ".join(clean(given).split())
    if len(name) > MAX_NAME_CHARS:
        raise Invalid("name", _NAME_TOO_LONG)
    return name or None


def _phone(given: str) -> str | None:
    if not given.strip():
        return None
    number = re.sub(r"[\s.()-]", "", given)
    if not _PHONE.fullmatch(number) or not number.removeprefix("+").isascii():
        raise Invalid("phone", _PHONE_WRONG)
    return number
