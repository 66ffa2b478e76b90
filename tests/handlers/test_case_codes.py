"""Codes: made, said, typed back."""

import random

import pytest

from handlers.case_codes import LENGTH, almost_code, make_code, parse_code, parse_prefix, spoken
from handlers.codes import ALPHABET
from tests.handlers.casework import new_code


def test_a_code_has_forty_bits_a_digit_and_a_letter() -> None:
    digits = sum(letter.isdigit() for letter in ALPHABET)
    codes = len(ALPHABET) ** LENGTH - digits**LENGTH - (len(ALPHABET) - digits) ** LENGTH
    assert codes > 2**40
    chance = random.Random(1)
    for _ in range(500):
        code = make_code(lambda letters: chance.choice(letters))
        assert parse_code(code) == code
    assert parse_code(new_code()) is not None


def test_all_digits_and_all_letters_are_drawn_again() -> None:
    drawn = iter("222222222" + "AAAAAAAAA" + "A2AAAAAAA")
    assert make_code(lambda _: next(drawn)) == "A2AAAAAAA"


@pytest.mark.parametrize(
    "typed",
    ["K7M4XP9RT", "k7m-4xp-9rt", " K7M 4XP 9RT ", "HC-K7M4XP9RT", "hc k7m 4xp 9rt", "HCK7M4XP9RT", "k7m.4xp.9rt",
     "K7M–4XP–9RT", "k 7 m 4 x p 9 r t"],
)  # fmt: skip
def test_a_code_is_read_as_people_type_it(typed: str) -> None:
    assert parse_code(typed) == "K7M4XP9RT"


@pytest.mark.parametrize(
    "typed",
    ["", "K7M4XP9R", "K7M4XP9RTT", "O7M4XP9RT", "K1M4XP9RT", "234567892", "xin chào", "K7M4XP9R😀", "0912345678",
     "KKKKKKKKK", "ⅧK7M4XP9"],
)  # fmt: skip
def test_what_is_no_code_is_none(typed: str) -> None:
    assert parse_code(typed) is None


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("O7M-4XP-9RT", True),
        ("K1M4XP9RT", True),
        ("K7M4XP9R", True),
        ("K7M4XP9RT", False),
        ("xin chào", False),
    ],
)
def test_a_slip_in_a_code_is_seen(typed: str, meant: bool) -> None:
    assert almost_code(typed) is meant


@pytest.mark.parametrize(
    ("typed", "prefix"),
    [("k7m", "K7M"), ("HC-K7M", "K7M"), ("k7m-4x", "K7M4X"), ("K7M4XP9RT", "K7M4XP9RT"), ("nha", None), ("k7", None),
     ("0912", None), ("trợ cấp", None)],
)  # fmt: skip
def test_the_beginning_of_a_code_is_told_from_a_word(typed: str, prefix: str | None) -> None:
    assert parse_prefix(typed) == prefix


def test_a_code_is_said_in_threes() -> None:
    assert spoken("K7M4XP9RT") == "K7M-4XP-9RT"
