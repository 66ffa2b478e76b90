"""Every sentence a resident can read: short, warm, composed, and with nothing in it that a resident should not read."""

import re
import unicodedata
from collections.abc import Iterator

from handlers import (
    consent_texts,
    event_texts,
    feedback_texts,
    file_texts,
    human_texts,
    link_texts,
    my_data_texts,
    official_texts,
    texts,
    track_texts,
    urgent_texts,
)

SENTENCE_WORDS = 25
FORBIDDEN = ("không đủ điều kiện", "anh/chị", "error", "lỗi hệ thống", "hotline")
_SENTENCE_END = re.compile(r"(?<=[.!?…])\s+|\n+")
_PHONE = re.compile(r"(?<![\d/])(?:\+84|0|1[89]00)(?:[ .-]?\d){6,10}(?![\d/])|1022")


def _constants() -> Iterator[tuple[str, str]]:
    yield "first_contact", texts.first_contact("thành phố Hải Phòng", 730)
    for module in (
        event_texts,
        consent_texts,
        feedback_texts,
        file_texts,
        human_texts,
        link_texts,
        my_data_texts,
        official_texts,
        track_texts,
        texts,
        urgent_texts,
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


def test_text_is_composed_and_trimmed() -> None:
    def is_clean(text: str) -> bool:
        return text == unicodedata.normalize("NFC", text) and text == text.strip() and "  " not in text

    assert [name for name, text in SENTENCES + LABELS if not is_clean(text)] == []


def test_sentence_is_short() -> None:
    sentences = [(name, part) for name, text in SENTENCES for part in _SENTENCE_END.split(text)]

    assert [(name, part) for name, part in sentences if len(part.split()) > SENTENCE_WORDS] == []


def test_sentence_ends_as_one() -> None:
    assert [name for name, text in SENTENCES if not text.endswith((".", "?", "!", "}", ".)"))] == []


def test_text_judges_nobody_and_names_no_number() -> None:
    """Phone numbers change: they belong to topics, with a date, if anywhere."""
    assert [
        name for name, text in SENTENCES + LABELS if any(words in text.lower() for words in FORBIDDEN)
    ] == []
    assert [name for name, text in SENTENCES + LABELS if _PHONE.search(text)] == []


def test_label_fits_a_narrow_phone() -> None:
    assert [label for _, label in LABELS if not 0 < len(label) <= 24 or label.endswith(".")] == []


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
