"""A code is read however people type it, and never taken for a word."""

import random

import pytest

from handlers.announcement_codes import make_code, parse_code, spoken


def test_what_is_made_is_read_again() -> None:
    chance = random.Random(5)  # a test
    for _ in range(500):
        code = make_code(chance.choice)
        assert (
            parse_code(spoken(code))
            == parse_code(code.lower())
            == parse_code(f" {code[:2]} {code[2:]} ")
            == code
        )


@pytest.mark.parametrize("text", ["", "HELLOX", "234567", "K7M4X", "K7M4XPP", "K7M-4XO", "xin chào"])
def test_what_is_no_code_is_not_read(text: str) -> None:
    assert parse_code(text) is None
