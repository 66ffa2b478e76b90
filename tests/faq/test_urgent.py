"""Is help needed now? The rules, and how well examples held out are read."""

from __future__ import annotations

import dataclasses
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from faq import ContentError
from faq.signals import CALM, Signals, Urgency, parse
from faq.signals.cues import cues
from faq.signals.reader import STRETCH, WHOLE, stretches
from faq.text import fold, read
from tests.faq.shipped_signals import intents, part, urgent

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


@pytest.fixture(scope="module")
def signals() -> Signals:
    return Signals(urgent(), intents())


@pytest.mark.parametrize(("text", "kind"), CRIES)
def test_a_cry_for_help_is_heard_in_any_spelling(signals: Signals, text: str, kind: Urgency) -> None:
    """With marks, without, in capitals, with two words typed as one."""
    joined = fold(text).replace("em dang", "emdang").replace("ca nha", "canha").replace("bi bo", "bibo")

    assert {signals.urgency(spelt) for spelt in (text, fold(text), text.upper(), joined)} == {kind}


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
        "muc gao cuu doi cho mot nguoi la bao nhieu can",
        "đọc mẫu đơn mà cười chết mất",
        "năm ngoái bố tôi bị tai biến, giờ làm giấy khuyết tật ở đâu",
        "xã tập huấn phòng chống bạo lực gia đình hôm nào",
        "danh gia ho ngheo gom nhung tieu chi nao",
        "hộ nghèo được vay bao nhiêu tiền",
        "",
        "😊",
    ],
)
def test_calm_messages_are_not_urgent(signals: Signals, text: str) -> None:
    """A rule asked about, something long past, a figure of speech."""
    assert signals.urgency(text) is None


def test_examples_held_out_are_read_as_they_should_be() -> None:
    """Of the urgent at least 92 in 100 are found, and 85 in 100 of those found among hard examples are urgent.

    The goal is 95 in 100; the model here has learned from four fifths of the examples, and from no topic.
    """
    counts: Counter[str] = Counter()
    for number in range(2):
        model = Signals(part(urgent(), number, 5, kept=True), intents())
        held = part(urgent(), number, 5, kept=False)
        for text, kind in zip(held.texts, held.classes, strict=True):
            found = model.urgency(text)
            counts["urgent"] += kind != CALM
            counts["found"] += found is not None
            counts["hit"] += kind != CALM and found is not None

    assert counts["hit"] / counts["urgent"] >= 0.92
    assert counts["hit"] / counts["found"] >= 0.85


def test_there_are_examples_enough() -> None:
    """Sixty for each kind, and 250 that only sound urgent; none twice."""
    examples = urgent()
    counts = Counter(examples.classes)

    assert min(counts[kind] for kind in Urgency) >= 60
    assert counts[CALM] >= 250
    assert len({fold(text) for text in examples.texts}) == len(examples.texts)


@settings(max_examples=50, deadline=None)
@given(text=st.text(max_size=2000))
def test_any_text_is_read(signals: Signals, text: str) -> None:
    """And the same text always reads the same."""
    assert signals.urgency(text) == signals.urgency(text)
    assert signals.intent(text) == signals.intent(text)


def test_learning_is_the_same_every_time(signals: Signals) -> None:
    """No chance takes part: two builds agree on every score."""
    other = Signals(urgent(), intents())

    for text, _ in CRIES:
        assert (signals._scores(text)[0] == other._scores(text)[0]).all()


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


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("chồng tôi đánh con", {"kin", "hit"}),
        ("xã đánh giá hộ nghèo", {"rule", "policy"}),  # a longer phrase hides the blow in it
        ("hoc nghe", {"policy"}),  # "hóc" only with its mark
        ("bị hóc", {"body"}),
        ("danh giay", set()),
        ("", set()),
    ],
)
def test_cues_need_the_right_marks_and_the_longest_phrase(text: str, said: set[str]) -> None:
    """Marks that were typed must agree; "!" cues need them typed."""
    assert cues(read(text)).said() - {"ask", "event"} == said


@pytest.mark.parametrize(
    ("text", "asks"),
    [
        ("hộ nghèo được vay không ạ", True),
        ("nộp ở đâu", True),
        ("tien tro cap chua ve vay ad", True),
        ("loa phường hỏng cả tuần", False),
        ("thu tiền mà không có giấy tờ gì", False),
        ("", False),
    ],
)
def test_a_question_is_told_by_its_words(text: str, asks: bool) -> None:
    """What politely follows the last word does not count."""
    assert cues(read(text)).asks is asks


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
