"""Names for codes, as every screen writes them."""

from collections.abc import Callable

from handlers.areas import AreaBook


def area_name(book: AreaBook) -> Callable[[str | None], str]:
    """Return what writes an area's name by its code; None: all of them; a code nobody knows stays."""

    def area(code: str | None) -> str:
        if code is None:
            return "Tất cả xã, phường"
        found = book.find(code)
        return found.name if found else code

    return area
