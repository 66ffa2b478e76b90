"""Every sentence a resident can read: short, warm, composed, and with nothing in it that a resident should not read."""

import re
import unicodedata
from collections.abc import Iterator

import pytest

from handlers import (
    consent_texts,
    feedback_texts,
    file_texts,
    human_texts,
    my_data_texts,
    official_texts,
    texts,
    track_texts,
    urgent_texts,
    wish_texts,
)

SENTENCE_WORDS = 25
FORBIDDEN = ("không đủ điều kiện", "anh/chị", "error", "lỗi hệ thống", "hotline")
_SENTENCE_END = re.compile(r"(?<=[.!?…])\s+|\n+")
_PHONE = re.compile(r"(?<![\d/])(?:\+84|0|1[89]00)(?:[ .-]?\d){6,10}(?![\d/])|1022")


def _constants() -> Iterator[tuple[str, str]]:
    yield "first_contact", texts.first_contact("thành phố Hải Phòng", 730)
    for module in (
        consent_texts,
        feedback_texts,
        file_texts,
        human_texts,
        my_data_texts,
        official_texts,
        track_texts,
        texts,
        urgent_texts,
        wish_texts,
    ):
        for name, value in vars(module).items():
            if name.isupper() and not name.startswith("_") and isinstance(value, str):
                yield name, value


SENTENCES = [(name, text) for name, text in _constants() if not name.startswith("BUTTON_")]
LABELS = [(name, text) for name, text in _constants() if name.startswith("BUTTON_")]


def test_sentences_and_labels_are_found() -> None:
    """Otherwise the rules below would hold for nothing."""
    assert len(SENTENCES) > 25
    assert len(LABELS) > 12


@pytest.mark.parametrize(("name", "text"), SENTENCES + LABELS)
def test_text_is_composed_and_trimmed(name: str, text: str) -> None:
    assert text == unicodedata.normalize("NFC", text)
    assert text == text.strip()
    assert "  " not in text


@pytest.mark.parametrize(("name", "text"), SENTENCES)
def test_sentence_is_short(name: str, text: str) -> None:
    for sentence in _SENTENCE_END.split(text):
        assert len(sentence.split()) <= SENTENCE_WORDS, sentence


@pytest.mark.parametrize(("name", "text"), SENTENCES)
def test_sentence_ends_as_one(name: str, text: str) -> None:
    assert text.endswith((".", "?", "!", "}", ".)"))


@pytest.mark.parametrize(("name", "text"), SENTENCES + LABELS)
def test_text_judges_nobody_and_names_no_number(name: str, text: str) -> None:
    """Phone numbers change: they belong to topics, with a date, if anywhere."""
    assert not any(words in text.lower() for words in FORBIDDEN)
    assert not _PHONE.search(text)


@pytest.mark.parametrize(("name", "label"), LABELS)
def test_label_fits_a_narrow_phone(name: str, label: str) -> None:
    assert 0 < len(label) <= 24
    assert not label.endswith(".")


def test_labels_differ() -> None:
    """People say "bấm …" to each other, and may type a label where buttons do not show."""
    assert len({label for _, label in LABELS}) == len(LABELS)


def test_buttons_named_in_sentences_exist() -> None:
    labels = {label for _, label in LABELS}
    named = {quoted for _, text in SENTENCES for quoted in re.findall(r"bấm “([^”]+)”", text)}

    assert named
    assert named <= labels


def test_commands_named_in_help_are_obeyed() -> None:
    from handlers.commands import read_command

    named = re.findall(r"“(menu|quay lại|dừng)”", texts.HELP)
    assert len(named) == 3
    assert all(read_command(word) for word in named)
