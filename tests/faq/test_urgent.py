"""Is help needed now? The rules, and how well messages held out are read."""

from __future__ import annotations

import dataclasses
import json
import time
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from faq import ContentError
from faq.signals import CALM, Signals, Urgency, parse
from faq.signals.reader import STRETCH, WHOLE, stretches
from faq.text import fold
from tests.faq.shipped_signals import intents, urgent
from tests.faq.signals_figures import FIGURES, Figures, held_out

POINT = 0.01
STORY = (
    "Nhà tôi có năm người, ruộng ba sào, năm nay vải được mùa nhưng giá rẻ, con lớn học lớp chín, con bé mẫu giáo. "
    "Cán bộ thôn bảo đầu tháng mười sẽ đi rà soát, tôi muốn biết thu nhập tính thế nào, có phải tính cả tiền con đi làm "
    "công ty gửi về không. "
)
CRIES = [
    ("chồng em đang cầm dao đuổi mẹ con em, cứu với", Urgency.DOMESTIC_VIOLENCE),
    ("bé nhà bên bị bố dượng đánh tím người, khóc thét, gọi ai bây giờ", Urgency.CHILD_ABUSE),
    ("tôi không thiết sống nữa, uống thuốc sâu cho xong", Urgency.SELF_HARM),
    ("nhà hết gạo ba ngày nay, các cháu đói lả", Urgency.HUNGER),
    ("nước lũ tràn vào nhà rồi, bà cụ còn kẹt trên mái", Urgency.DISASTER),
    ("bố em ngất xỉu, khó thở, tím tái, gọi cấp cứu số mấy", Urgency.MEDICAL),
    ("em vừa đọc mã otp cho người lạ, tài khoản bị rút hết tiền", Urgency.SCAM),
]
TEENCODE = str.maketrans({"đ": "d", "Đ": "D"})
SHORT = {
    "không": "k",
    "rồi": "r",
    "người": "ng",
    "em": "e",
    "vợ": "vk",
    "với": "vs",
    "bây giờ": "bh",
    "được": "dc",
}


def teencode(text: str) -> str:
    """As the young type it: short words short, "đ" as "d"."""
    for word, short in SHORT.items():
        text = text.replace(f"{word} ", f"{short} ")
    return text.translate(TEENCODE)


@pytest.mark.parametrize(("text", "kind"), CRIES)
def test_a_cry_for_help_is_heard_in_any_spelling(signals: Signals, text: str, kind: Urgency) -> None:
    """With marks, without, in capitals, in teencode, with two words typed as one, with a question mark."""
    joined = fold(text).replace("em dang", "emdang").replace("ca nha", "canha").replace("bi bo", "bibo")

    assert {
        signals.urgency(spelt)
        for spelt in (text, fold(text), text.upper(), teencode(text), joined, text + "?")
    } == {kind}


def test_marks_and_short_words_decide_nothing(signals: Signals) -> None:
    """Of the messages held out that are heard with marks, 98 in 100 are heard without, and 95 in teencode."""
    heard = [text for text, kind in held_out("urgent") if kind != CALM and signals.urgency(text)]

    assert sum(signals.urgency(fold(text)) is not None for text in heard) / len(heard) >= 0.98
    assert sum(signals.urgency(teencode(text)) is not None for text in heard) / len(heard) >= 0.95


@pytest.mark.parametrize(("text", "_kind"), CRIES)
def test_a_cry_for_help_is_heard_within_a_story(signals: Signals, text: str, _kind: Urgency) -> None:
    """The first 1,500 characters are read, and help is needed wherever among them the cry stands."""
    long = (STORY * 6)[: 1490 - len(text)]

    assert signals.urgency(f"{long} {text}") is not None
    assert signals.urgency(f"{text}. {STORY}") is not None


@pytest.mark.parametrize(
    "text",
    [
        "chồng đánh vợ bị phạt bao nhiêu tiền theo quy định",
        "năm kia chồng tôi ngã gãy chân, giờ học nghề gì cho nhẹ",
        "giấy tờ rườm rà quá, đau hết cả đầu",
        "năm ngoái bố tôi bị tai biến, giờ làm giấy khuyết tật ở đâu",
        "xã tập huấn phòng chống bạo lực gia đình hôm nào",
        "danh gia ho ngheo gom nhung tieu chi nao",
        "hộ nghèo được vay bao nhiêu tiền",
        STORY,
        STORY * 6,
        "",
        "😊",
    ],
)
def test_calm_messages_are_not_urgent(signals: Signals, text: str) -> None:
    """A rule asked about, something long past, a figure of speech, a long story."""
    assert signals.urgency(text) is None


def test_the_goals_less_three_points_are_kept(measured: Figures) -> None:
    """Of those in need 95 in 100 are heard, and 85 in 100 of those heard are in need, among calm messages that sound so."""
    assert measured["urgent: recall"] >= 0.95 - 3 * POINT
    assert measured["urgent: precision"] >= 0.85 - 3 * POINT
    assert measured["policy phrasings: taken for urgent"] <= 0.015
    assert measured["policy asked: taken for urgent"] <= 0.015 + 3 * POINT


def test_nothing_drops_by_more_than_a_point_below_the_committed_figures(measured: Figures) -> None:
    """When the figures rise, commit the new ones; when they fall on purpose, say why in the commit."""
    committed = json.loads(FIGURES.read_text(encoding="utf-8"))

    for name in ("urgent: recall", "urgent: precision", "urgent: kind right where found"):
        assert measured[name] >= committed[name] - POINT, name
    for name in ("policy phrasings: taken for urgent", "policy asked: taken for urgent"):
        assert measured[name] <= committed[name] + POINT, name


def test_there_are_examples_enough() -> None:
    """Sixty for each kind, and 250 that only sound urgent; none twice, and none that is held out."""
    examples = urgent()
    counts = Counter(examples.classes)
    told = [fold(text) for text in examples.texts]

    assert min(counts[kind] for kind in Urgency) >= 60
    assert counts[CALM] >= 250
    assert len(set(told)) == len(told)
    assert {fold(text) for text, kind in held_out("urgent") if kind != CALM} & set(told) == set()


@settings(max_examples=50, deadline=None)
@given(text=st.text(max_size=2000))
def test_any_text_is_read(signals: Signals, text: str) -> None:
    """And the same text always reads the same."""
    assert signals.urgency(text) == signals.urgency(text)
    assert signals.intent(text) == signals.intent(text)


@pytest.mark.parametrize(
    "piece", ["a", "ơ ", "xkcd qwrt ", "1 ", "\u0300", "đói lả ", "🙏", "nhanghoidunhaquado "]
)
def test_endless_garbage_takes_no_longer_than_a_long_story(signals: Signals, piece: str) -> None:
    """Of 100,000 characters the first 1,500 are read: some 20 ms for the worst, a hundred times less than a whole second."""
    signals.urgency(STORY)
    began = time.process_time()
    signals.urgency((piece * 100_000)[:100_000])

    assert time.process_time() - began < 0.25


def test_what_lies_beyond_what_is_read_changes_nothing(signals: Signals) -> None:
    """Beyond 1,500 characters nothing is read, so nothing there can be heard."""
    calm = ("Cho tôi hỏi lãi vay. " * 80)[:1500]

    assert signals.urgency(calm + CRIES[0][0]) == signals.urgency(calm)


def test_learning_is_the_same_every_time() -> None:
    """No chance takes part: two builds agree on every score."""
    some, other = (Signals(urgent(), intents()) for _ in range(2))

    for text, _ in CRIES:
        assert (some._scores(text) == other._scores(text)).all()


@pytest.mark.parametrize("words", [0, 1, WHOLE, WHOLE + 1, 100, 333])
def test_stretches_cover_every_word(words: int) -> None:
    """The whole comes first; a long message is covered by stretches that overlap."""
    starts, ends = stretches(words)

    assert (starts[0], ends[0]) == (0, words)
    if words > WHOLE:
        assert ends[1:].max() == words
        assert (ends[1:] - starts[1:] == STRETCH).all()
        assert (starts[2:] < ends[1:-1]).all()
    else:
        assert len(starts) == 1


def test_a_file_of_examples_says_what_is_wrong_with_it() -> None:
    """Bad YAML, a class too few, a group without lines: file and class are named."""
    right = parse("a:\n  all: |\n    một\n    hai\nb:\n  all: |\n    ba\n", "x.yaml", ["a", "b"])

    assert dataclasses.astuple(right) == (("một", "hai", "ba"), ("a", "a", "b"))
    for text, blamed in (
        ("a: [", "not YAML"),
        ("a:\n  all: |\n    một\n", "classes are"),
        ("- a", "classes are list"),
        ("a: {}\nb:\n  all: |\n    ba\n", "a: no groups"),
        ("a:\n  all: ''\nb:\n  all: |\n    ba\n", "a, all: no messages"),
    ):
        with pytest.raises(ContentError, match=r"x\.yaml.*" + blamed):
            parse(text, "x.yaml", ["a", "b"])
