"""What an approved template carries of an announcement: its fields are full, and never longer than the template takes."""

from collections.abc import Mapping
from datetime import UTC, datetime

import pytest

from handlers.announcement_template import TITLE_CHARS, cut, fields, load
from storage.announcements import EMERGENCY
from storage.db import Database, Tx
from tests.handlers.announcing import NOW, PUBLIC_URL, ZONE, announcement, event, store


def test_a_session_has_the_day_on_which_it_begins() -> None:
    assert fields(announcement(kind="event"), event(), ZONE, PUBLIC_URL, NOW) == {
        "title": "Tập huấn chăn nuôi gà",
        "date": "12/12/2026",
        "link": f"{PUBLIC_URL}/a/K7M4XP",
    }


def test_anything_else_has_today_as_it_is_in_viet_nam() -> None:
    late = datetime(2026, 11, 27, 17, 30, tzinfo=UTC)

    assert fields(announcement(), None, ZONE, PUBLIC_URL, late)["date"] == "28/11/2026"


def test_a_title_is_one_line_and_says_what_is_urgent() -> None:
    told = fields(announcement(kind=EMERGENCY, title="Lũ  về\nsông Luộc"), None, ZONE, PUBLIC_URL, NOW)

    assert told["title"] == "TIN KHẨN: Lũ về sông Luộc"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("vừa", "vừa"),
        ("mười hai ký", "mười hai ký"),
        ("mười hai ký tự", "mười hai…"),
        ("mười, hai ký tự", "mười, hai…"),
        ("mười hai, ký tự", "mười hai…"),
        ("mườihaikýtự12", "mườihaikýt…"),
    ],
)
def test_what_is_too_long_ends_with_a_whole_word(text: str, expected: str) -> None:
    assert cut(text, 11) == expected
    assert len(cut(text, 11)) <= 11


def test_the_longest_title_fits() -> None:
    told = fields(announcement(title="khuyến nông " * 40), None, ZONE, PUBLIC_URL, NOW)

    assert len(told["title"]) <= TITLE_CHARS
    assert told["title"].endswith("…")


async def test_they_are_read_from_the_database(database: Database) -> None:
    def ask(tx: Tx) -> Mapping[str, str]:
        store(tx, announcement(kind="event"), event())
        return load(tx, 1, ZONE, PUBLIC_URL, NOW)

    told = fields(announcement(kind="event"), event(), ZONE, PUBLIC_URL, NOW)
    assert await database.write(ask) == told
