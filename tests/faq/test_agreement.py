"""Where two topics state different figures for one thing on one day."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

import pytest

from faq import Topic
from faq.agreement import Statement, disagreements, statements
from faq.lint import lint
from faq.quantities import QUANTITIES
from handlers import topics
from tests.faq.builders import TODAY, make_topic, make_version

BASE = "Ở Hải Phòng, mức chuẩn trợ giúp xã hội là {} đồng một tháng."


def topic(topic_id: str, answer: str, title: str = "Trợ giúp", detail: str | None = None,
          valid_from: date = date(2026, 1, 1), valid_to: date | None = None) -> Topic:  # fmt: skip
    version = make_version(answer=answer, detail=detail, valid_from=valid_from, valid_to=valid_to)
    return make_topic(topic_id, title=title, versions=(version,))


def found(*given: Topic) -> list[str]:
    return [f"{one.one.topic_id} {one}" for one in disagreements(given)]


def test_two_figures_for_one_thing_are_an_error_that_names_both() -> None:
    given = [topic("y-te", BASE.format("540.000")), topic("tro-giup", BASE.format("700.000"))]

    messages = [(f.topic_id, f.message) for f in lint(given, TODAY) if f.level == "error"]

    assert messages == [
        (
            "tro-giup",
            "says 700.000 đồng for «mức chuẩn trợ giúp xã hội ở Hải Phòng», but y-te says 540.000 đồng, "
            "both about the days from 2026-01-01",
        )
    ]


def test_the_odd_one_out_is_named_once() -> None:
    given = [topic("a", BASE.format("540.000")), *(topic(name, BASE.format("700.000")) for name in "bcd")]

    (only,) = found(*given)

    assert only.startswith("a says 540.000 đồng")


def test_a_figure_stated_twice_is_one_finding() -> None:
    """In the answer and again in the detail."""
    wrong = BASE.format("540.000")

    assert len(found(topic("a", BASE.format("700.000")), topic("b", wrong, detail=wrong))) == 1


def test_answer_and_detail_of_one_topic_must_agree_too() -> None:
    assert found(topic("a", BASE.format("700.000"), detail=BASE.format("540.000")))


def test_a_factor_and_a_multiple_are_reckoned_with() -> None:
    """A table of coefficients and a monthly rate state the same quantity in another way."""
    table = topic("bang", "Khuyết tật nặng: 810.000 đồng (1,5); đủ 75 tuổi: 1.080.000 đồng (2,0).")
    rate = topic("vay", "Lãi là 6,24% một năm, tức {}% một tháng.".format("0,52"), title="Hộ nghèo vay vốn")

    assert found(table, rate) == []
    assert "1.080.000 đồng : 1,5 for «mức chuẩn" in found(
        topic("bang", "Đủ 4 tuổi: 810.000 đồng (1,5); đủ 75 tuổi: 1.080.000 đồng (1,5).")
    )[0]  # fmt: skip
    assert "12 × 0,55%" in found(replace(rate, versions=(replace(
        rate.versions[0], answer="Lãi là 6,24% một năm, tức 0,55% một tháng."),)))[0]  # fmt: skip


@pytest.mark.parametrize(
    ("one", "other"),
    [
        # On no day are both told.
        ((date(2026, 1, 1), date(2026, 6, 30)), (date(2026, 7, 1), None)),
        ((date(2027, 1, 1), None), (date(2025, 7, 1), date(2026, 12, 31))),
    ],
)
def test_texts_of_different_days_may_differ(
    one: tuple[date, date | None], other: tuple[date, date | None]
) -> None:
    first = topic("a", BASE.format("540.000"), valid_from=one[0], valid_to=one[1])

    assert found(first, topic("b", BASE.format("700.000"), valid_from=other[0], valid_to=other[1])) == []


@pytest.mark.parametrize("day", [date(2026, 6, 30), date(2028, 1, 1)])
def test_one_common_day_is_enough_whenever_it_is(day: date) -> None:
    """Not only today: the day may be long past, or years ahead."""
    until = topic("a", BASE.format("540.000"), valid_from=date(2025, 7, 1), valid_to=day)

    (only,) = found(until, topic("b", BASE.format("700.000"), valid_from=day))

    assert f"from {day} to {day}" in only


@pytest.mark.parametrize(
    "announced",
    [
        "Từ 01/01/2027, chuẩn nghèo ở nông thôn là {} đồng.",
        "Từ năm 2027 có mức mới. Chuẩn nghèo nông thôn là {} đồng.",
    ],
)
def test_what_is_announced_for_later_is_compared_with_what_is_said_of_then(announced: str) -> None:
    until_then = {"valid_from": date(2026, 1, 1), "valid_to": date(2026, 12, 31)}
    now = topic("nay", "Chuẩn nghèo ở nông thôn là 1.500.000 đồng.", **until_then)  # type: ignore[arg-type]
    other = topic("sau", announced.format("2.200.000"), **until_then)  # type: ignore[arg-type]
    wrong = topic("sai", announced.format("2.000.000"), **until_then)  # type: ignore[arg-type]

    assert found(now, other) == []
    assert [one[:3] for one in found(now, other, wrong)] == ["sai"]
    # A text without an end claims its figure for 2027 as well.
    assert found(replace(now, versions=(replace(now.versions[0], valid_to=None),)), other)


@pytest.mark.parametrize(
    "aside",
    [
        "Trước ngày 01/01/2026, mức chuẩn trợ giúp xã hội là 540.000 đồng.",
        "Đến hết năm 2025, mức chuẩn trợ giúp xã hội là 540.000 đồng.",
        "Trước đây mức chuẩn trợ giúp xã hội là 540.000 đồng.",
        "Ví dụ mức chuẩn trợ giúp xã hội là 540.000 đồng.",
        "Mức hỗ trợ khác là 540.000 đồng.",
        "Mức chuẩn trợ giúp xã hội chung cả nước là 540.000 đồng.",
        "Với người có công, mức chuẩn là 2.789.000 đồng.",
        "Quà là 500.000 đồng (2026).",
    ],
)
def test_the_past_and_examples_and_other_quantities_are_let_be(aside: str) -> None:
    assert found(topic("a", BASE.format("700.000")), topic("b", aside)) == []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Lương cơ sở là 2.530.000 đồng.", "Mức ấy bằng 2 lần lương cơ sở, tức 5.060.000 đồng."),
        ("Lương cơ sở là 2.530.000 đồng.", "Tính theo lương cơ sở thì người thứ nhất đóng 113.850 đồng."),
        (
            "Hộ cận nghèo được Nhà nước hỗ trợ 70% tiền bảo hiểm y tế.",
            "Hộ cận nghèo ở xã nghèo được hỗ trợ 100% tiền bảo hiểm y tế.",
        ),
        ("Vay đến 100.000.000 đồng thì không phải thế chấp.", "Vay trên 200.000.000 đồng thì phải thế chấp."),
        ("Ở nông thôn là từ 1.500.000 đồng trở xuống.", "Ở nông thôn vay đến 25.000.000 đồng."),
    ],
)
def test_neighbouring_figures_raise_no_alarm(one: str, other: str) -> None:
    """Multiples, special groups and other matters stand beside the named quantities in like words."""
    assert found(topic("a", one), topic("b", other)) == []


@pytest.fixture(scope="module")
def shipped() -> list[Topic]:
    return topics.shipped()


def test_what_ships_agrees(shipped: list[Topic]) -> None:
    assert found(*shipped) == []


def test_every_named_quantity_is_stated_in_what_ships(shipped: list[Topic]) -> None:
    """A pattern that no longer meets the words of the content guards nothing: change it along with them."""
    told = {statement.quantity.name for statement in statements(shipped)}

    assert [quantity.name for quantity in QUANTITIES if quantity.name not in told] == []


def test_a_wrong_figure_in_any_text_that_ships_is_found(shipped: list[Topic]) -> None:
    """Each figure in turn that another topic also states at the time is changed in place; each change is seen."""
    told = list(statements(shipped))
    tried = 0
    for one in told:
        if not any(_beside(one, other) for other in told):
            continue
        tried += 1
        # The others state nothing of the kind, and need not be read again.
        near = {other.topic_id for other in told if other.quantity is one.quantity}
        spoilt = [_spoilt(t, one) if t.id == one.topic_id else t for t in shipped if t.id in near]
        assert found(*spoilt), one

    assert tried > 50


def _beside(one: Statement, other: Statement) -> bool:
    """Whether another topic states the same at the same time."""
    told = max(one.version.valid_from, other.version.valid_from)
    told_last = min(one.version.valid_to or date.max, other.version.valid_to or date.max)
    same = one.topic_id != other.topic_id and one.quantity is other.quantity
    return same and told <= told_last and max(one.start, other.start) <= min(one.end, other.end)


def _spoilt(topic: Topic, one: Statement) -> Topic:
    """The topic with that figure changed wherever this version states it."""
    digits = max(re.findall(r"\d[\d.,]*(?= đồng|%)", one.shown), key=len)
    other = ("9" if digits[0] != "9" else "8") + digits[1:]
    version = replace(
        one.version,
        answer=one.version.answer.replace(digits, other),
        detail=one.version.detail and one.version.detail.replace(digits, other),
    )
    return replace(topic, versions=tuple(version if v is one.version else v for v in topic.versions))
