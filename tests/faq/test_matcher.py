"""Verdicts: answer, ask back, say it is not known; by day; on any text at all."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from faq import Match, Matcher, Verdict
from tests.faq.builders import LIBRARY, TODAY, library, make_topic, make_version


@pytest.fixture(scope="module")
def matcher() -> Matcher:
    return Matcher(library())


def first(match: Match) -> str | None:
    return match.hits[0].topic_id if match.hits else None


@pytest.mark.parametrize(
    ("question", "topic_id"),
    [
        ("con tôi học lớp sáu thì học phí có được miễn không", "hoc-phi"),
        ("mien hoc phi cho con di hoc can giay to gi", "hoc-phi"),
        ("mieenx hojc phis cho con", "hoc-phi"),
        ("the bhyt het han thi lam lai o dau", "the-bao-hiem"),
        ("tháng này tiền điện nhà nước hỗ trợ bao nhiêu", "tien-dien"),
        ("nộp đơn xin xét hộ nghèo cho ai", "nop-don-xet-ngheo"),
        ("hộ cận nghèo vay vốn nuôi gà lãi bao nhiêu", "vay-ho-can-ngheo"),
        ("hộ nghèo vay vốn nuôi gà lãi bao nhiêu", "vay-ho-ngheo"),
    ],
)
def test_a_question_in_other_words_finds_its_topic(matcher: Matcher, question: str, topic_id: str) -> None:
    match = matcher.match(question, TODAY)

    assert first(match) == topic_id
    assert match.verdict is not Verdict.UNKNOWN


@pytest.mark.parametrize(
    "text",
    [
        "hoc phi cap ba nam nay bao nhieu",
        "HỌC PHÍ CẤP BA NĂM NAY BAO NHIÊU?",
        "tieenf ddieenj nhaf nuwowcs cho laays owr ddaau",
    ],
)
def test_what_an_editor_wrote_is_answered_however_it_is_typed(matcher: Matcher, text: str) -> None:
    match = matcher.match(text, TODAY)

    assert match.verdict is Verdict.ANSWER
    assert match.score == 1.0
    assert match.offered == ()


def test_scores_fall_and_stay_within_bounds(matcher: Matcher) -> None:
    match = matcher.match("vay vốn ngân hàng", TODAY)
    scores = [hit.score for hit in match.hits]

    assert scores == sorted(scores, reverse=True)
    assert all(0 <= score <= 1 for score in scores)
    assert match.score == scores[0]
    assert len(scores) <= 5


def test_twins_without_the_deciding_word_are_offered_not_answered(matcher: Matcher) -> None:
    """Poor or near-poor is what the answer turns on, so the resident is asked."""
    match = matcher.match("vay vốn nuôi lợn lãi bao nhiêu phần trăm", TODAY)

    assert match.verdict is Verdict.ASK
    assert {"vay-ho-ngheo", "vay-ho-can-ngheo"} <= set(match.offered)
    assert len(match.offered) <= 3


@pytest.mark.parametrize(
    "text", ["bitcoin hôm qua xyzzy", "the weather tomorrow", "今天天气怎么样", "qwrtpsdfg"]
)
def test_something_else_is_never_answered(matcher: Matcher, text: str) -> None:
    match = matcher.match(text, TODAY)

    assert match.verdict is not Verdict.ANSWER


def test_a_neighbouring_matter_is_referred_and_never_named(matcher: Matcher) -> None:
    match = matcher.match("bằng lái xe máy hết hạn thì đổi ở đâu", TODAY)

    assert match.verdict is Verdict.UNKNOWN
    assert match.referral == "khac-giay-phep-lai-xe"
    assert match.offered == ()
    assert "khac-giay-phep-lai-xe" not in {hit.topic_id for hit in match.hits}


@pytest.mark.parametrize("text", ["vay", "hộ nghèo", "học phí", "bảo hiểm"])
def test_one_or_two_words_are_asked_about(matcher: Matcher, text: str) -> None:
    """They name a matter, not what is wanted of it."""
    match = matcher.match(text, TODAY)

    assert match.verdict is Verdict.ASK
    assert match.offered


def test_one_word_of_a_neighbouring_matter_is_not_referred(matcher: Matcher) -> None:
    assert matcher.match("xe", TODAY).referral is None


@pytest.mark.parametrize("text", ["", " ", "?", "😀😀", "\x00", "\u200b", "....", "12/12"])
def test_nothing_asked_is_unknown(matcher: Matcher, text: str) -> None:
    match = matcher.match(text, TODAY)

    assert match.verdict is Verdict.UNKNOWN
    assert match.referral is None


@settings(max_examples=60, deadline=None)
@given(
    st.text(max_size=200)
    | st.lists(st.sampled_from(["hộ", "nghèo", "k", "1tr5", "vay", "bhyt", "\x00", "😀"])).map(" ".join)
)
def test_any_text_gets_a_whole_match(matcher: Matcher, text: str) -> None:
    match = matcher.match(text, TODAY)

    assert 0 <= match.score <= 1
    assert len(match.hits) <= 5
    assert bool(match.offered) is (match.verdict is Verdict.ASK)
    assert len(match.offered) <= 3
    assert match.verdict is Verdict.UNKNOWN or match.referral is None


def test_ten_thousand_characters_are_read_to_their_bound(matcher: Matcher) -> None:
    """What stands beyond the first 1,500 characters changes nothing."""
    long = "con tôi đi học lớp sáu có được miễn học phí không " * 200

    assert matcher.match(long, TODAY) == matcher.match(long[:1500], TODAY)
    assert first(matcher.match(long, TODAY)) == "hoc-phi"


def test_the_same_question_gets_the_same_answer_from_another_build() -> None:
    one, other = Matcher(library()), Matcher(library())

    assert one.match("xin miễn tiền học", TODAY) == other.match("xin miễn tiền học", TODAY)


def test_no_topics_at_all() -> None:
    assert Matcher([]).match("hộ nghèo vay vốn", TODAY).verdict is Verdict.UNKNOWN


def test_one_topic_alone_answers_only_its_own_words() -> None:
    """From so little nothing can be learned about certainty, so it offers and does not answer."""
    matcher = Matcher([make_topic("hoc-phi", title="Học phí", phrasings=LIBRARY["hoc-phi"][1])])

    assert matcher.match("mien hoc phi can giay to gi", TODAY).verdict is Verdict.ANSWER
    assert matcher.match("vay vốn cho con học phí", TODAY).verdict is not Verdict.ANSWER


def test_a_topic_is_named_only_on_its_days() -> None:
    """Outside its days a topic finds no answer instead of the nearest wrong one."""
    version = make_version(valid_from=date(2026, 3, 1), valid_to=date(2026, 5, 31))
    matcher = Matcher(library(hoc_phi={"versions": (version,)}))
    question = "mien hoc phi can giay to gi"

    inside = matcher.match(question, date(2026, 4, 1))
    before, after = matcher.match(question, date(2026, 2, 28)), matcher.match(question, date(2026, 6, 1))

    assert (inside.verdict, first(inside)) == (Verdict.ANSWER, "hoc-phi")
    for match in (before, after):
        assert match.verdict is not Verdict.ANSWER
        assert "hoc-phi" not in {hit.topic_id for hit in match.hits}


def test_days_on_which_the_same_topics_hold_give_the_same_match(matcher: Matcher) -> None:
    assert matcher.match("xin giảm học phí", date(2026, 5, 1)) == matcher.match(
        "xin giảm học phí", date(2030, 5, 1)
    )


def test_a_successor_answers_what_was_asked_of_its_predecessor() -> None:
    """The old topic's phrasings go over to the new one on the day after its last."""
    old = {"versions": (make_version(valid_to=date(2026, 12, 31)),), "succeeded_by": "hoc-phi-moi"}
    new = make_topic("hoc-phi-moi", title="Học phí từ năm 2027", phrasings=("từ 2027 tiền học tính sao",))
    matcher = Matcher([*library(hoc_phi=old), new])
    question = "mien hoc phi can giay to gi"

    assert first(matcher.match(question, date(2026, 12, 31))) == "hoc-phi"
    later = matcher.match(question, date(2027, 1, 1))
    assert (later.verdict, first(later)) == (Verdict.ANSWER, "hoc-phi-moi")


def test_a_ring_of_successors_ends() -> None:
    """A mistake in the content must not hang the service."""
    over = (make_version(valid_to=date(2026, 2, 1)),)
    matcher = Matcher(
        library(
            hoc_phi={"versions": over, "succeeded_by": "tien-dien"},
            tien_dien={"versions": over, "succeeded_by": "hoc-phi"},
        )
    )

    assert matcher.match("mien hoc phi", TODAY).verdict is not Verdict.ANSWER


def test_before_every_topic_nothing_is_known(matcher: Matcher) -> None:
    match = matcher.match("hộ nghèo vay được bao nhiêu tiền", date(2020, 1, 1))

    assert match == Match(Verdict.UNKNOWN, 0.0, (), None, ())


def test_words_shared_by_two_topics_settle_nothing() -> None:
    shared = "hỏi về học phí và tiền điện"
    changes = {
        name: {"phrasings": (*LIBRARY[name.replace("_", "-")][1], shared)}
        for name in ("hoc_phi", "tien_dien")
    }

    match = Matcher(library(**changes)).match(shared, TODAY)

    assert match.score < 1.0
