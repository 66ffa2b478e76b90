"""What does a first message want besides an answer?"""

from __future__ import annotations

import json
from collections import Counter

import pytest

from faq.signals import Intent, Signals
from faq.text import fold
from tests.faq.shipped_signals import intents
from tests.faq.signals_figures import FIGURES, Figures

POINT = 0.01


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("hộ cận nghèo được vay bao nhiêu tiền", Intent.QUESTION),
        ("tôi phản ánh trưởng thôn thu tiền hộ nghèo không có giấy tờ gì", Intent.FEEDBACK),
        ("phản ánh tôi gửi hôm trước xử lý đến đâu rồi", Intent.TRACK),
        ("thôi đừng nhắn tin cho tôi nữa nhé", Intent.STOP),
        ("có chính sách vay vốn mới thì nhắn tin báo cho tôi", Intent.SUBSCRIBE),
        ("tuần này có buổi tập huấn nào không, mấy giờ", Intent.EVENTS),
        ("cho tôi nói chuyện với cán bộ, không nói với máy", Intent.HUMAN),
        ("xóa hết thông tin của tôi trong hệ thống đi", Intent.ERASE),
        ("bot làm được gì, hướng dẫn sử dụng", Intent.MENU),
        ("xin chào cán bộ", Intent.SMALLTALK),
    ],
)
def test_an_intent_is_read_with_and_without_marks(signals: Signals, text: str, intent: Intent) -> None:
    """One of each."""
    assert signals.intent(text) is intent
    assert signals.intent(fold(text)) is intent


@pytest.mark.parametrize("text", ["HC-4K7P", "xem giup hc 9d2k", "ma HC-7Q2M den dau"])
def test_a_code_asks_what_became_of_it(signals: Signals, text: str) -> None:
    """A case's code decides, whatever else is said."""
    assert signals.intent(text) is Intent.TRACK


@pytest.mark.parametrize("text", ["", "   ", "???", "👍", "\x00"])
def test_a_message_without_a_word_is_small_talk(signals: Signals, text: str) -> None:
    """No letter and no digit says nothing."""
    assert signals.intent(text) is Intent.SMALLTALK


@pytest.mark.parametrize(
    "text",
    [
        "chậm trả trợ cấp thì hỏi ai",
        "tố cáo cán bộ thì gửi đơn ở đâu",
        "xóa tên khỏi hộ khẩu thế nào",
        "bị dừng trợ cấp thì làm sao để được hưởng lại",
        "đăng ký học nghề cần giấy tờ gì",
        "lich tiep cong dan cua chu tich xa theo luat la ngay nao",
        "muốn rút khỏi danh sách hộ nghèo thì làm đơn gì",
    ],
)
def test_questions_that_sound_like_something_else_stay_questions(signals: Signals, text: str) -> None:
    """A policy question must hardly ever be taken for anything else."""
    assert signals.intent(text) is Intent.QUESTION


def test_the_goals_less_three_points_are_kept(measured: Figures) -> None:
    """A policy question hardly ever taken for another intent, and whoever wants to leave or to be forgotten understood."""
    assert measured["intent: right"] >= 0.93 - 3 * POINT
    assert measured["intent: stop and erase found"] >= 0.95 - 3 * POINT
    assert measured["policy phrasings: taken for another intent"] <= 0.01
    assert measured["policy asked: taken for another intent"] <= 0.01 + 3 * POINT


def test_nothing_drops_by_more_than_a_point_below_the_committed_figures(measured: Figures) -> None:
    """When the figures rise, commit the new ones; when they fall on purpose, say why in the commit."""
    committed = json.loads(FIGURES.read_text(encoding="utf-8"))

    for name in ("intent: right", "intent: stop and erase found"):
        assert measured[name] >= committed[name] - POINT, name
    for name in ("policy phrasings: taken for another intent", "policy asked: taken for another intent"):
        assert measured[name] <= committed[name] + POINT, name


def test_there_are_examples_enough() -> None:
    """Forty for each intent; none twice."""
    examples = intents()

    assert min(Counter(examples.classes).values()) >= 40
    seen = Counter(fold(text) for text in examples.texts if fold(text))
    assert [text for text, times in seen.items() if times > 1] == []
