"""Builders for the tests of the screens for cases: cases and urgent messages, here and elsewhere."""

from typing import Any

from handlers import cases
from handlers.case_life import Action
from handlers.officials import Official
from storage import case_entries, files, messages, people
from storage.cases import Case
from storage.cases import get as get_case
from storage.db import Tx
from storage.files import Stored
from tests.conftest import NOW
from tests.console.conftest import Console
from tests.console.officials import AREA
from tests.handlers.casework import DEADLINES, make_address
from tests.handlers.casework import make_case as _make_case


async def make_case(console: Console, **given: Any) -> Case:
    """Open a case in `AREA` unless told, as a resident does."""
    given = {"area_code": AREA} | given

    def make(tx: Tx) -> Case:
        return _make_case(tx, **given)

    return await console.database.write(make)


async def read_case(console: Console, case_id: int) -> Case:
    """Return a case as it stands."""
    return await console.database.read(get_case, case_id)


async def last_text(console: Console, case_id: int, action: Action) -> str | None:
    """Return the words of the latest step of this kind."""
    return await console.database.read(case_entries.last_text, case_id, str(action))


async def answer(
    console: Console, official: Official, case: Case, text: str = "Đã chi trả sáng nay."
) -> None:
    """Answer a case behind an open page's back."""
    await console.database.write(cases.answer, official, case.id, text, case.version, DEADLINES, NOW)


async def make_urgent(
    console: Console, text: str = "bố cháu đánh cháu", area_code: str | None = AREA, kind: str = "child_abuse"
) -> int:
    """Receive a message that needs people now, from somebody of this commune; returns its id."""

    def make(tx: Tx) -> int:
        address_id = make_address(tx)
        reader = people.meet(tx, "telegram", f"urgent-{address_id}", NOW)
        people.choose_commune(tx, reader.resident_id, area_code)
        return messages.add_in(tx, reader.address_id, 1, text, None, console.now, urgent=kind)

    return await console.database.write(make)


async def keep_file(
    console: Console,
    case_id: int,
    kind: str = "photo",
    name: str = "nhà bà Tư.jpg",
    media_type: str = "image/jpeg",
) -> int:
    """Keep what came with a case, in the console's folder; returns its id."""
    console.put("a" * 32, b"abc")
    stored = Stored("a" * 32, media_type, name, 3)

    def keep(tx: Tx) -> int:
        return files.add_stored(tx, "web", None, kind, stored, NOW, case_id=case_id)

    return await console.database.write(keep)
