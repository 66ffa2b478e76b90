"""Where people are received: kept by each commune's officer. And the few telephone numbers that an admin vouches for."""

import re
from dataclasses import dataclass, replace
from datetime import datetime

from handlers.areas import AreaBook
from handlers.errors import Invalid
from handlers.messages import clean
from handlers.officials import Official, Permission, in_scope, require
from storage import audit, offices
from storage.db import Tx
from storage.errors import NotFound
from storage.offices import Hotline, Office

MAX_ADDRESS, MAX_HOURS, MAX_NAME = 300, 200, 120
LINE = "Nơi tiếp dân {area}: {address}. Điện thoại: {phone}. Giờ làm việc: {hours}."
_PHONE = re.compile(r"\+?[\d .\-()]{3,30}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Draft:
    """What an office shall be, as it was typed. `seen`: when what was shown had been changed; None: nothing was."""

    address: str
    phone: str
    hours: str
    seen: datetime | None


def line(tx: Tx, area_code: str, areas: AreaBook) -> str | None:
    """Return where a commune receives people, in one line for residents; None where nobody has written it down."""
    office, area = offices.find(tx, area_code), areas.find(area_code)
    if office is None or area is None:
        return None
    return LINE.format(
        area=area.spoken,
        address=office.address.rstrip("."),
        phone=office.phone,
        hours=office.hours.rstrip("."),
    )


def get(tx: Tx, official: Official, area_code: str, areas: AreaBook) -> Office | None:
    """Return an office to be changed; None where there is none yet. Raises NotAllowed, NotFound (outside the area)."""
    require(official, Permission.EDIT_OFFICES)
    area = areas.find(area_code)
    if area is None or area.level != "commune" or not in_scope(official, area_code):
        raise NotFound(f"no commune {area_code}")
    return offices.find(tx, area_code)


def save(tx: Tx, official: Official, area_code: str, draft: Draft, areas: AreaBook, now: datetime) -> Office:
    """Write down a commune's office; residents read it from the next answer on.

    Raises NotAllowed, NotFound, Invalid (also when somebody changed it meanwhile).
    """
    before = get(tx, official, area_code, areas)
    if (before.changed_at if before else None) != draft.seen:
        raise Invalid("", "Có người vừa sửa trang này. Mở lại trang để xem bản mới, rồi sửa tiếp.")
    office = Office(
        area_code,
        _text("address", draft.address, MAX_ADDRESS, "Cần địa chỉ, ví dụ: số 12 đường Trần Phú, thôn Đông"),
        _phone("phone", draft.phone),
        _text(
            "hours", draft.hours, MAX_HOURS, "Cần giờ làm việc, ví dụ: thứ Hai đến thứ Sáu, 7 giờ 30 – 17 giờ"
        ),
        now,
        official.id,
    )
    same = replace(before, changed_at=now, changed_by=official.id) == office if before else False
    if before is not None and same:
        return before
    changed = [
        name
        for name in ("address", "phone", "hours")
        if before is None or getattr(before, name) != getattr(office, name)
    ]
    offices.save(tx, office)
    audit.write(tx, official.id, "office.save", "office", area_code, {"fields": changed}, now)
    return office


def add_hotline(tx: Tx, official: Official, number: str, name: str, tried: bool, now: datetime) -> None:
    """List a telephone number that this admin has called. Raises NotAllowed, Invalid."""
    require(official, Permission.MANAGE_SETTINGS)
    number = _phone("number", number)
    name = _text("name", name, MAX_NAME, "Cần tên nơi nghe máy, ví dụ: Tổng đài bảo vệ trẻ em")
    if not tried:
        raise Invalid("tried", "Chỉ thêm số anh/chị đã gọi thử và có người nghe.")
    offices.save_hotline(tx, Hotline(number, name, now, official.id))
    audit.write(tx, official.id, "hotline.add", "hotline", number, {}, now)


def remove_hotline(tx: Tx, official: Official, number: str, now: datetime) -> None:
    """Take a number off the list. Raises NotAllowed, NotFound."""
    require(official, Permission.MANAGE_SETTINGS)
    if not offices.remove_hotline(tx, number):
        raise NotFound("hotline")
    audit.write(tx, official.id, "hotline.remove", "hotline", number, {}, now)


def _text(field: str, text: str, limit: int, missing: str) -> str:
    words = " ".join(clean(text).split())
    if len(words) < 3:
        raise Invalid(field, missing)
    if len(words) > limit:
        raise Invalid(field, f"Dài quá {limit} ký tự.")
    return words


def _phone(field: str, text: str) -> str:
    number = " ".join(text.split())
    digits = sum(letter.isdigit() for letter in number)
    if not _PHONE.fullmatch(number) or not 3 <= digits <= 12 or len(number) > 20:
        raise Invalid(field, "Số điện thoại chưa đúng; ví dụ: 0220 3123 456 hoặc 111")
    return number
