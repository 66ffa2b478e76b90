"""An area named by its code, as on the command line: `11020` today, `11020@2025-06-30` for one that is no more.

Codes were reused by the reorganisation of 2025-07-01, so a code without a day means the area that has it today.
"""

import difflib
from datetime import date

from handlers.areas import Area, AreaBook, AreaError

MOST_NEAR = 5


def read_code(book: AreaBook, text: str) -> Area:
    """Return the area; raises AreaError that lists near ones."""
    code, at, day_text = text.strip().partition("@")
    if not at:
        found = book.find(code)
        if found is None:
            raise AreaError(f"{text!r}: no area of today has this code; {_near(book, code)}")
        return found
    try:
        day = date.fromisoformat(day_text)
    except ValueError:
        raise AreaError(f"{text!r}: {day_text!r} is not a day; example: {code}@2025-06-30") from None
    found = book.find_on(code, day)
    if found is None:
        raise AreaError(f"{text!r}: no area had this code on that day; {_near(book, code)}")
    return found


def commune_of_today(book: AreaBook, text: str) -> Area:
    """Return the commune of today that a code names, or that alone took it over; raises AreaError."""
    area = read_code(book, text)
    heirs = [area] if area.current else book.successors_of(area)
    if area.level != "commune" or not heirs:
        raise AreaError(f"{text!r}: {area.name} is no commune; {_near(book, area.code)}")
    if len(heirs) > 1:
        raise AreaError(f"{text!r}: {area.name} went to several: {_listed(heirs)}; name one of them")
    return heirs[0]


def near_codes(book: AreaBook, code: str) -> list[Area]:
    """Return communes of today whose code, or name, is almost this; nearest first, at most `MOST_NEAR`."""
    if not code.isascii() or not code.isdigit():
        found = book.look_up(code)
        return [*found.sure, *found.near][:MOST_NEAR]
    codes = {area.code: area for area in book.communes}
    likely = difflib.get_close_matches(code, codes, n=MOST_NEAR, cutoff=0.7)
    return sorted((codes[c] for c in likely), key=lambda a: abs(int(a.code) - int(code)))


def _near(book: AreaBook, code: str) -> str:
    near = near_codes(book, code)
    return f"near ones: {_listed(near)}" if near else "codes are in areas.csv; example: 11020"


def _listed(areas: list[Area]) -> str:
    return ", ".join(f"{area.code} {area.name}" for area in areas)
