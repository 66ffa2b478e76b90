"""Anything can be typed: it is stored as typed (cleaned), answered, and never breaks a turn."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from handlers import texts
from handlers.commands import Command, read_command
from handlers.messages import MAX_TEXT_CHARS, clean
from handlers.turn import Guide
from storage import tables
from storage.db import Database
from tests.handlers.resident import CALM, Resident

GARBAGE = [
    "\x00thẻ\x00",
    "a\x00b",
    "\ud800 nửa cặp",
    "\u202eđảo ngược\u202c",
    "\u200fthẻ\u200e",
    "a" + "\u0301" * 500,
    "\u0301" * 300,
    "hộ nghèo " * 500,
    "x" * 4096,
    "x" * 100_000,
    "'; DROP TABLE questions; --",
    '" OR ""="',
    "<script>alert(1)</script>",
    "<b>hộ nghèo</b> &amp; &lt;",
    "{name} %s {0} {{",
    "😀" * 2000,
    "👨‍👩‍👧‍👦",
    "\u0000\ufffe\uffff",
    "\n\n\t\t",
    "   ",
    "ｈộ　ｎｇｈèｏ",
    "١٢٣",
    "½ ² Ⅻ ﬁ ẞ İ",
    "1" * 4000,
    "../../etc/passwd",
    "1:ask:more:1",
    "hộ\u0323 nghe\u0300o",
    "quáááááá",
]


async def test_garbage_is_stored_cleaned_and_answered(database: Database, small: Guide) -> None:
    resident = Resident(database, small)
    await resident.say("xin chào")
    for text in GARBAGE:
        await resident.say(text)
        assert resident.reply, text

    asked = [m.text for m in await resident.rows(tables.messages) if m.direction == "in"]
    assert asked[1:] == [clean(text) for text in GARBAGE]
    assert {q.text for q in await resident.questions()} <= set(asked)


async def test_garbage_in_the_middle_of_choosing_a_commune_is_answered(resident: Resident) -> None:
    for text in GARBAGE:
        resident.wait(10)
        await resident.say("chọn xã")
        assert await resident.say(text), text
        assert await resident.commune() is None
    assert "xã Tân Kỳ" in await resident.say("tan ky")


async def test_garbage_is_answered_by_the_real_library(sqlite: Database, guide: Guide) -> None:
    """Found no answer, or a harmless one; but an answer."""
    resident = Resident(sqlite, guide)
    await resident.say("xin chào")

    for text in GARBAGE:
        assert await resident.say(text), text


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("\x00thẻ\x00", "thẻ"),
        ("hộ nghe\u0300o", "hộ nghèo"),
        ("a\tb\nc", "a\tb\nc"),
        ("a\x07b\x9fc", "abc"),
        ("\ud800x", "?x"),
        ("  thẻ  ", "thẻ"),
        ("<b>'--", "<b>'--"),
        ("\u202ex", "\u202ex"),
    ],
)
def test_cleaning_keeps_what_was_typed(typed: str, kept: str) -> None:
    assert clean(typed) == kept


@settings(CALM)
@given(st.text(alphabet=st.characters(), max_size=200))
@example("\u0344" * 4096)
@example("\ufb2c" * 4096)
def test_cleaned_text_can_be_stored_anywhere(text: str) -> None:
    """NFC can make a text longer: the limit holds all the same."""
    cleaned = clean(text)

    assert len(cleaned) <= MAX_TEXT_CHARS
    assert "\x00" not in cleaned
    assert cleaned.encode().decode() == cleaned


@settings(CALM)
@given(st.text(max_size=300))
def test_any_text_can_be_read_as_a_command(text: str) -> None:
    """Or as none; never an error."""
    assert read_command(text) in (None, *Command)


_PIECES = st.sampled_from(
    [
        "xã",
        "huyện",
        "tứ kỳ",
        "tu ky",
        "cẩm giàng",
        "hải dương",
        "tôi ở",
        "thôn",
        "tt",
        "p.",
        "ạ",
        "cũ",
        ",",
        "😀",
        "3",
    ]
)


@settings(CALM)
@given(st.one_of(st.text(max_size=300), st.lists(_PIECES, max_size=12).map(" ".join)))
def test_any_text_can_be_looked_up_as_a_place(small: Guide, text: str) -> None:
    found = small.areas.look_up(text)

    assert not (found.sure and found.near)
    assert len(found.near) <= 3
    assert all(area.current and area.level == "commune" for area in found.sure + found.near)


@settings(CALM, max_examples=60)
@given(
    said=st.lists(
        st.one_of(st.text(max_size=60), _PIECES, st.just("chọn xã"), st.just("quay lại")), max_size=4
    )
)
async def test_any_conversation_goes_on(resident: Resident, said: list[str]) -> None:
    for text in said:
        resident.wait(61)
        assert await resident.say(text)
    resident.wait(61)
    assert "Được mua thẻ" in await resident.say("thẻ")


async def test_long_story_is_stored_whole(resident: Resident) -> None:
    """Of a long message the beginning is understood; all that a channel carries is kept."""
    story = "Tôi kể chuyện nhà tôi. " * 178
    await resident.say(story)

    assert (await resident.last_question()).text == story.strip()
    assert len(story.strip()) > 4000
    assert resident.reply == texts.UNKNOWN
