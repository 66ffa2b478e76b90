"""Syllables, and the leftovers of Telex and VNI."""

from __future__ import annotations

import pytest

from faq.syllable import from_telex, from_vni, is_syllable, toned, unmark

SYLLABLES = "ngheo duoc khong nguoi quyet quoc gi gia giup yeu uy thuyen nghieng oanh a quan"
OTHERS = "ngheof khoong hojc zalo form ngh b dc trc ngheo2 faceb vneid quuu"


@pytest.mark.parametrize("plain", SYLLABLES.split())
def test_these_are_syllables(plain: str) -> None:
    assert is_syllable(plain)


@pytest.mark.parametrize("plain", OTHERS.split())
def test_these_are_none(plain: str) -> None:
    assert not is_syllable(plain)


@pytest.mark.parametrize(
    ("typed", "plain", "with_tone"),
    [
        ("ngheof", "ngheo", "ngheo2"),
        ("nghefo", "ngheo", "ngheo2"),
        ("dduwowcj", "duoc", "đươc5"),
        ("dduowcj", "duoc", "đươc5"),
        ("khoong", "khong", "không"),
        ("hooj", "ho", "hô5"),
        ("truwowngf", "truong", "trương2"),
        ("canaf", "can", "cân2"),
        ("thuees", "thue", "thuê1"),
        ("quyeets", "quyet", "quyêt1"),
        ("nuwowcs", "nuoc", "nươc1"),
        ("vieejc", "viec", "viêc5"),
    ],
)
def test_telex_is_undone(typed: str, plain: str, with_tone: str) -> None:
    assert from_telex(typed) == (plain, with_tone)


@pytest.mark.parametrize("typed", ["form", "xs", "f", "ngx", "trc", "facebook", "lmao"])
def test_what_is_no_telex_stays(typed: str) -> None:
    assert from_telex(typed) is None


@pytest.mark.parametrize(
    ("typed", "plain", "with_tone"),
    [
        ("ngheo2", "ngheo", "ngheo2"),
        ("d9u7o7c5", "duoc", "đươc5"),
        ("d9uoc75", "duoc", "đươc5"),
        ("khong6", "khong", "không"),
        ("ho65", "ho", "hô5"),
        ("o73", "o", "ơ3"),
    ],
)
def test_vni_is_undone(typed: str, plain: str, with_tone: str) -> None:
    assert from_vni(typed) == (plain, with_tone)


@pytest.mark.parametrize("typed", ["a1", "t7", "2tr", "covid19", "mau0", "ngheo", "x1234", "h5n1"])
def test_what_is_no_vni_stays(typed: str) -> None:
    assert from_vni(typed) is None


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("nghèo", "ngheo2"),
        ("hoà", "hoa2"),
        ("hòa", "hoa2"),
        ("cận", "cân5"),
        ("đi", "đi"),
        ("vay", ""),
        ("không", "không"),
    ],
)
def test_the_tone_stands_at_the_end(word: str, expected: str) -> None:
    """Old and new tone placement become one; a word without any mark says nothing about its tone."""
    assert toned(word) == expected


def test_unmark_takes_d_with_stroke_too() -> None:
    assert unmark("Đường về quê") == "Duong ve que"
