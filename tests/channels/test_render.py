"""Texts are cut where a reader would cut them, and never inside what looks like one letter."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.channels.render import split, utf16_length
from handlers.messages import Button, Outbound


def parts(text: str, limit: int) -> list[str]:
    return [part.text for part in split(Outbound(text), limit)]


def test_length_counts_utf16_units() -> None:
    assert utf16_length("đủ") == 2
    assert utf16_length("à🙂") == 3


def test_text_within_the_limit_stays_whole() -> None:
    assert parts("🙂" * 5, 10) == ["🙂" * 5]


@pytest.mark.parametrize(
    ("text", "limit", "expected"),
    [
        pytest.param(
            "Mở đầu.\n\nĐoạn hai rất dài. Hết.", 26, ["Mở đầu.", "Đoạn hai rất dài. Hết."], id="lines"
        ),
        pytest.param("Câu một ở đây. Câu hai.", 18, ["Câu một ở đây.", "Câu hai."], id="sentences"),
        pytest.param("một hai ba bốn", 12, ["một hai ba", "bốn"], id="words"),
        pytest.param("abcdefgh", 5, ["abcde", "fgh"], id="no break at all"),
        pytest.param("🙂🙂🙂", 3, ["🙂", "🙂", "🙂"], id="surrogate pairs"),
        pytest.param("abcde\u0301f", 5, ["abcd", "e\u0301f"], id="combining mark"),
        pytest.param("ab👍🏽c", 4, ["ab", "👍🏽", "c"], id="skin tone"),
        pytest.param("ab👩‍🌾c", 5, ["ab", "👩‍🌾", "c"], id="joined emoji"),
        pytest.param("🇻🇳🇻🇳", 6, ["🇻🇳", "🇻🇳"], id="flags"),
    ],
)
def test_cut(text: str, limit: int, expected: list[str]) -> None:
    assert expected == parts(text, limit)


def test_buttons_stay_on_the_last_part() -> None:
    button = Button("Xem", "1:x", None)
    cut = split(Outbound("một hai ba bốn", (button,)), 8)

    assert [(), (button,)] == [part.buttons for part in cut]


def test_endless_marks_on_one_letter_do_not_make_a_part_each() -> None:
    """A prank of thousands of combining marks is cut at the limit."""
    assert len(parts("a" + "\u0301" * 11_000, 4000)) == 3


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # of a busy machine
@given(st.text(alphabet="ađ🙂 .\n\u0301\u200d🇻🇳", max_size=80), st.integers(8, 30))
def test_nothing_is_lost_and_no_part_is_too_long(text: str, limit: int) -> None:
    cut = parts(text, limit)

    assert "".join("".join(cut).split()) == "".join(text.split())
    assert all(utf16_length(part) <= limit for part in cut)
