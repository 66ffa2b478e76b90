"""The rules of the content, each once broken and once kept."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from faq import Confidence, Source, Topic
from faq.lint import Finding, blocking, lint, strays
from tests.faq.builders import LIBRARY, TODAY, library, make_topic, make_version


def errors(*topics: Topic) -> list[str]:
    return [finding.message for finding in lint(topics, TODAY) if finding.level == "error"]


def said(**changes: Any) -> list[str]:
    """Errors of one topic whose only version differs so."""
    return errors(make_topic(versions=(make_version(**changes),)))


def test_a_good_topic_passes() -> None:
    assert lint([make_topic()], TODAY) == []


@pytest.mark.parametrize(
    "good",
    [
        {"answer": "Mức vay tới 100.000.000 đồng, lãi 0,55% mỗi tháng, tức 6,6% một năm."},
        {"answer": "Gọi 111, gọi ngay 113 hoặc gọi cho 115. Điện thoại 114 khi có cháy."},
        {"answer": "Khoảng 25.000 người, theo Nghị định 351/2025/NĐ-CP, từ 01/01/2027 đến 31/12/2030."},
        {"detail": "Ngân sách là 75.000 tỷ đồng. Lãi 7,488% một năm."},
        {"answer": " ".join(["chữ"] * 25) + ". " + " ".join(["chữ"] * 25) + "."},
        {"answer": "a" * 600},
        {
            "confidence": Confidence.UNCERTAIN,
            "answer": "Việc này chưa có quyết định. Tháng 3/2026 mới có đề xuất.",
        },
        {"sources": (Source("Luật Khiếu nại", None, None),)},
        {"answer": "Mang thẻ bảo hiểm y tế (BHYT).", "detail": "Thẻ BHYT là đủ.", "bring": ("Thẻ BHYT",)},
    ],
)
def test_these_pass(good: dict[str, Any]) -> None:
    assert said(**good) == []


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ({"sources": ()}, "no sources"),
        ({"sources": (Source(" ", None, None),)}, "a source without its document"),
        ({"answer": "a" * 601}, "answer has 601 characters"),
        ({"detail": "chữ. " * 400}, "detail: a message of 2018 characters"),
        ({"bring": ("giấy tờ " * 200,)}, "answer, where, bring and sources: a message of"),
        ({"answer": "Mang thẻ BHYT."}, "answer: 'BHYT' is not explained"),
        ({"detail": "Mang thẻ BHYT."}, "detail: 'BHYT' is not explained"),
        ({"answer": "Mang thẻ BHYT.", "detail": "Thẻ bảo hiểm y tế (BHYT)."}, "answer: 'BHYT'"),
        ({"where": "UBND xã"}, "where: 'UBND' is not explained"),
        ({"answer": " ".join(["chữ"] * 26) + "."}, "a sentence of 26 words"),
        ({"answer": "Được 1,5 triệu."}, "'1,5 triệu' is not written"),
        ({"answer": "Được 1,5 triệu đồng."}, "'1,5 triệu' is not written"),
        ({"answer": "Được 500k."}, "'500k' is not written"),
        ({"answer": "Được 1500000 đồng."}, "'1500000' is not written"),
        ({"answer": "Được 5000 đồng."}, "'5000 đồng' is not written"),
        ({"answer": "Được 1,500,000 đồng."}, "'1,500,000' is not written"),
        ({"answer": "Được 1.500.000đ."}, "'1.500.000đ' is not written"),
        ({"detail": "Được 360 nghìn đồng."}, "detail: '360 nghìn' is not written"),
        ({"where": "Gọi 19001234."}, "where: phone number '19001234'"),
        ({"answer": "Gọi 1022 để hỏi."}, "phone number '1022'"),
        ({"answer": "Gọi 0220 3838 383."}, "phone number '0220 3838 383'"),
        ({"answer": "Số +84 912 345 678."}, "phone number '+84 912 345 678'"),
        ({"answer": "Xin gọi 112."}, "phone number '112'"),
        ({"answer": "Nhà mình Không đủ điều kiện."}, "is a verdict on the person"),
        ({"bring": ("Giấy báo không đủ điều kiện",)}, "bring: "),
        (
            {"confidence": Confidence.UNCERTAIN, "answer": "Có thể được 100.000 đồng."},
            "uncertain, yet it states an amount",
        ),
        ({"valid_from": date(2026, 1, 1), "valid_to": date(2026, 11, 22)}, "expired"),
    ],
)
def test_these_are_errors(bad: dict[str, Any], message: str) -> None:
    found = said(**bad)

    assert [one for one in found if message in one], found


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ({"title": "T" * 49}, "title has 49 characters"),
        ({"phrasings": ("một", "hai", "ba", "bốn", "năm", "sáu", "bảy")}, "7 phrasings, at least 8"),
        ({"referral": True, "phrasings": ("một", "hai")}, "2 phrasings, at least 3"),
        ({"versions": ()}, "no version"),
        ({"succeeded_by": "khong-co"}, "there is no other topic 'khong-co'"),
        ({"succeeded_by": "mot-viec"}, "there is no other topic 'mot-viec'"),
    ],
)
def test_a_topic_with_this_is_an_error(bad: dict[str, Any], message: str) -> None:
    assert [one for one in errors(make_topic(**bad)) if message in one]


def test_a_referral_needs_no_sources_and_three_phrasings() -> None:
    referral = make_topic(referral=True, phrasings=("một", "hai", "ba"), versions=(make_version(sources=()),))

    assert errors(referral) == []


@pytest.mark.parametrize("topic_id", ["Hoc-Phi", "hoc_phi", "học-phí", "a--b", "a" * 49])
def test_an_id_fits_a_button(topic_id: str) -> None:
    assert [one for one in errors(make_topic(topic_id)) if one.startswith("id must be")]


def test_an_id_of_48_bytes_passes() -> None:
    assert errors(make_topic("a" * 48, title="Một việc")) == []


def test_an_id_is_used_once() -> None:
    twice = errors(make_topic(phrasings=tuple("abcdefgh")), make_topic(phrasings=tuple("ijklmnop")))

    assert twice == ["id is used by 2 topics"]


def test_versions_may_touch_but_not_overlap() -> None:
    first = make_version(valid_from=date(2026, 1, 1), valid_to=date(2026, 6, 30))
    touching, overlapping = (
        make_version(valid_from=date(2026, 7, 1)),
        make_version(valid_from=date(2026, 6, 30)),
    )
    open_ended = make_version(valid_from=date(2026, 1, 1))

    assert errors(make_topic(versions=(first, touching))) == []
    assert "overlap" in errors(make_topic(versions=(overlapping, first)))[0]
    assert "overlap" in errors(make_topic(versions=(open_ended, touching)))[0]


def test_an_expired_topic_names_its_successor() -> None:
    over = make_topic("cu", versions=(make_version(valid_to=date(2026, 2, 1)),), succeeded_by="moi")

    assert errors(over, make_topic("moi")) == []


def test_an_expired_topic_leaves_its_phrasings_to_its_successor() -> None:
    """The successor is asked with them anyway; written twice they belong to neither."""
    over = make_version(valid_to=date(2026, 2, 1))
    old = make_topic("cu", versions=(over,), succeeded_by="moi", phrasings=tuple("abcdefgh"))

    assert errors(old, make_topic("moi", phrasings=tuple("hijklmno"))) == ["phrasing is also in cu: 'h'"]


def test_a_phrasing_belongs_to_one_topic() -> None:
    """However it is typed: case, marks and punctuation do not make it another."""
    one = make_topic("mot", phrasings=(*(f"mot {letter}" for letter in "abcdefgh"), "Học phí bao nhiêu?"))
    two = make_topic("hai", phrasings=(*(f"hai {letter}" for letter in "abcdefgh"), "hoc phi bao nhieu"))

    assert errors(one, two) == ["phrasing is also in mot: 'hoc phi bao nhieu'"]


def test_a_review_that_is_due_is_a_warning() -> None:
    due = make_topic(versions=(make_version(review_by=date(2026, 11, 22)),))
    today = make_topic(versions=(make_version(review_by=TODAY),))

    assert lint([due], TODAY) == [Finding("warning", "mot-viec", "review was due on 2026-11-22")]
    assert lint([today], TODAY) == []


def test_a_phrasing_in_the_wrong_topic_is_a_warning() -> None:
    stray = "con tôi học lớp sáu có được miễn học phí không"
    topics = library(tien_dien={"phrasings": (*LIBRARY["tien-dien"][1], stray)})

    assert ("tien-dien", stray, "hoc-phi") in strays(topics)
    assert Finding("warning", "tien-dien", f"phrasing is nearer to hoc-phi: {stray!r}") in lint(topics, TODAY)


def test_errors_come_before_warnings() -> None:
    due = make_topic("mot", versions=(make_version(review_by=date(2026, 1, 1)),))
    topics = [due, make_topic("hai", title="Tên " * 15)]

    assert [finding.level for finding in lint(topics, TODAY)] == ["error", "warning"]


def test_what_blocks_is_the_errors_of_the_whole_lint() -> None:
    """An editor's change waits for the errors alone."""
    topics = [make_topic("mot", title="t" * 60), make_topic("hai", phrasings=("mot cau thu 1",))]

    assert blocking(topics, TODAY) == [finding for finding in lint(topics, TODAY) if finding.level == "error"]
    assert blocking(topics, TODAY)
