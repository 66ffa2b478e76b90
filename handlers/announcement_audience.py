"""Read whom an announcement is for, as it is written down. Pure."""

from collections.abc import Mapping, Sequence

from handlers.area_codes import read_code
from handlers.areas import AreaBook, AreaError
from handlers.errors import Invalid

KEYS = ("areas", "exclude_areas", "categories", "channels", "last_seen_days")
CATEGORIES = ("poor", "near_poor", "newly_escaped", "other")
CHANNELS = ("telegram", "zalo", "web")


def read_audience(given: object, book: AreaBook) -> Mapping[str, object]:
    """Return the keys that say something; {}: everybody who agreed. Raises Invalid, for an area with near names."""
    if given is None:
        return {}
    if not isinstance(given, Mapping):
        raise Invalid("audience", 'Cần các khóa bên trong; ví dụ: audience: {areas: ["11020"]}')
    for key in given:
        if key not in KEYS:
            raise Invalid(f"audience.{key}", f"Không có khóa này; các khóa có: {', '.join(KEYS)}")
    read: dict[str, object] = {}
    for key in ("areas", "exclude_areas"):
        if codes := _words(given, key, '["11020"]'):
            for code in codes:
                try:
                    read_code(book, code)
                except AreaError as exc:
                    raise Invalid(f"audience.{key}", str(exc)) from exc
            read[key] = codes
    for key, known in (("categories", CATEGORIES), ("channels", CHANNELS)):
        if words := _words(given, key, f"[{known[0]}]"):
            if wrong := next((word for word in words if word not in known), None):
                raise Invalid(f"audience.{key}", f"“{wrong}” không có; chọn trong: {', '.join(known)}")
            read[key] = words
    days = given.get("last_seen_days")
    if days is not None:
        if type(days) is not int or not 1 <= days <= 3650:
            raise Invalid("audience.last_seen_days", "Cần là số ngày từ 1 đến 3650; ví dụ: 365")
        read["last_seen_days"] = days
    return read


def only_commune(audience: Mapping[str, object], book: AreaBook) -> str | None:
    """Return the code of the commune of today that an audience is bound to; None: there are several, or all."""
    areas = audience.get("areas")
    if not isinstance(areas, list) or len(areas) != 1:
        return None
    area = read_code(book, areas[0])
    heirs = [area] if area.current else book.successors_of(area)
    return heirs[0].code if len(heirs) == 1 and area.level == "commune" else None


def _words(given: Mapping[str, object], key: str, example: str) -> list[str]:
    value = given.get(key)
    if value is None:
        return []
    if (
        not isinstance(value, Sequence)
        or isinstance(value, str)
        or not all(isinstance(v, str) for v in value)
    ):
        raise Invalid(f"audience.{key}", f"Cần là một danh sách; ví dụ: {key}: {example}")
    return list(dict.fromkeys(value))
