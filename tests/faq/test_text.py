"""Folding and repair: every way of typing a thing must read the same."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection

import pytest
from hypothesis import given
from hypothesis import strategies as st

from faq.text import READ_CHARS, clean, fold, read

_KNOWN = "ho ngheo can vay von bao hiem y te hoc phi duoc khong truong nguoi the nuoc"
VOCABULARY = frozenset(_KNOWN.split())


def plain(text: str, vocabulary: Collection[str] = VOCABULARY) -> str:
    return " ".join(word.plain for word in read(text, vocabulary))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Hộ NGHÈO", "ho ngheo"),
        ("Thị xã Chí-Linh,  tỉnh Hải Dương.", "thi xa chi linh tinh hai duong"),
        ("đường Đê", "duong de"),
        (unicodedata.normalize("NFD", "hộ cận nghèo"), "ho can ngheo"),
        ("hộ\u200b nghèo\ufeff", "ho ngheo"),
        ("𝐡𝐨̣̂ nghèo ①", "ho ngheo 1"),
        ("😀 ?!", ""),
        ("", ""),
        ("\x00", ""),
        ("a_b", "a b"),
    ],
)
def test_fold(text: str, expected: str) -> None:
    assert fold(text) == expected


@given(st.text(max_size=80))
def test_fold_is_idempotent_and_never_raises(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(st.text(max_size=80))
def test_fold_does_not_see_case_or_form(text: str) -> None:
    """Composed or not, the same letters fold the same."""
    assert fold(unicodedata.normalize("NFD", text)) == fold(unicodedata.normalize("NFC", text))


@given(st.text(max_size=120))
def test_read_never_raises_and_keeps_no_marks(text: str) -> None:
    for word in read(text, VOCABULARY):
        assert word.plain
        assert word.plain == word.plain.lower()
        assert " " not in word.plain


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ho ngheo co dc vay k", "ho ngheo co duoc vay khong"),
        ("hộ nghèo có đc vay ko", "ho ngheo co duoc vay khong"),
        ("ddc vay hok", "duoc vay khong"),
        ("bhyt", "bao hiem y te"),
        ("bh y tế", "bao hiem y te"),
        ("BH Y Te", "bao hiem y te"),
        ("vay ntn, bn tiền", "vay nhu the nao bao nhieu tien"),
        ("dk ko ạ", "duoc khong a"),
        ("ubnd", "uy ban nhan dan"),
        ("5k", "5000 nghin"),
        ("hs", "hs"),
    ],
)
def test_short_forms_are_written_out(text: str, expected: str) -> None:
    assert plain(text) == expected


@pytest.mark.parametrize("text", ["1,5 triệu", "1.5 triệu", "1tr5", "1tr500", "1 triệu 5", "1,5tr", "1,5 củ"])
def test_amounts_meet(text: str) -> None:
    assert plain(text).split()[0] == "1500000"


@pytest.mark.parametrize(
    ("text", "expected"),
    [("500k", "500000 nghin"), ("360 nghìn", "360000 nghin"), ("2 tỷ", "2000000000 ti"), ("1.500.000 đồng", "1500000 dong"),
     ("1.500.000đ", "1500000 dong"), ("7,488%", "7488"), ("01/01/2027", "01 01 2027"), ("4 người", "4 nguoi")],
)  # fmt: skip
def test_numbers(text: str, expected: str) -> None:
    assert plain(text) == expected


@pytest.mark.parametrize("text", ["kỹ kĩ", "lý lí", "quy qui", "tỷ tỉ"])
def test_y_and_i_after_a_consonant_are_one(text: str) -> None:
    one, two = plain(text).split()
    assert one == two


def test_uy_is_a_rime_of_its_own() -> None:
    assert plain("tuy thuỷ") == "tuy thuy"


@pytest.mark.parametrize(
    "text", ["hộ nghèo", "hooj ngheof", "ho65 ngheo2", "HỘ NGHÈO", "hộ nghèooooo", "honghèo", "ho_ngheo"]
)
def test_every_keyboard_reads_the_same(text: str) -> None:
    assert plain(text) == "ho ngheo"


def test_joined_words_part_only_into_known_ones() -> None:
    assert plain("baohiem") == "bao hiem"
    assert plain("hocphi vayvon") == "hoc phi vay von"
    assert plain("xuantoc") == "xuantoc"


def test_a_slip_moves_to_a_known_word() -> None:
    """Only what is no possible syllable is moved: a real word that is merely unknown stays unknown."""
    assert plain("truonng") == "truong"
    assert plain("ngeheo") == "ngheo"
    assert plain("muong") == "muong"


def test_words_of_today_are_no_telex() -> None:
    assert plain("gas visa web form zalo") == "gas visa web form zalo"


def test_marks_are_kept_beside_the_plain_word() -> None:
    assert [word.toned for word in read("thuê thuế vay")] == ["thuê", "thuê1", ""]


@pytest.mark.parametrize(
    "text", ["abcdefgh" * 2000, "1" * 9000, "1." * 5000, "\ufdfa" * 9000, "e\u0301\u0323" * 5000]
)
def test_endless_words_are_cut(text: str) -> None:
    """Nothing that can be typed keeps the repair busy: these once took a second each."""
    assert all(len(word.plain) <= READ_CHARS for word in read(text, VOCABULARY))
    assert sum(len(word.plain) for word in read(text, VOCABULARY)) <= READ_CHARS


def test_only_the_beginning_is_read() -> None:
    assert len(read("nghèo " * 5000)) <= READ_CHARS // 5


@pytest.mark.parametrize("text", ["", " ", "???", "😀😀", "\x00\x00", "....", "\u200b"])
def test_nothing_to_read(text: str) -> None:
    assert read(text, VOCABULARY) == []


def test_invisible_characters_and_held_keys_go() -> None:
    assert clean("Hộ\u200b ngh\u00adèo quááá 1000000") == "hộ nghèo quá 1000000"


@pytest.mark.parametrize("vocabulary", [("chuong", "truong", "thuong"), ("thuong", "truong", "chuong")])
def test_of_two_words_as_near_the_order_of_the_vocabulary_chooses_none(vocabulary: tuple[str, ...]) -> None:
    """A set comes in another order at every start; the same question must not find another answer then."""
    assert plain("phuongg", ("phuong", *vocabulary)) == "phuong"
    assert plain("tzuong", vocabulary) == "thuong"
    assert plain("zhuong", vocabulary) == "chuong"
