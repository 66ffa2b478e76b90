"""The rules of the self-check, against a second reading of them written straight from part C1 of the policy facts."""

from collections.abc import Iterator
from datetime import date
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handlers import findings, selfcheck, texts
from handlers.selfcheck import INDICATORS, NEW, OLD, Answer, Area, Finding, Outcome
from tests.handlers.resident import CALM

MILLION = 1_000_000
DAYS = [
    date(2025, 7, 1),
    date(2026, 8, 31),
    date(2026, 9, 1),
    date(2026, 11, 23),
    date(2026, 12, 14),
    date(2026, 12, 15),
    date(2026, 12, 31),
    date(2027, 1, 1),
    date(2030, 12, 31),
]
INCOMES = [
    0,
    1_250_000,
    1_499_999,
    1_500_000,
    1_500_001,
    1_999_999,
    2_000_000,
    2_000_001,
    2_200_000,
    2_200_001,
]
INCOMES += [2_250_000, 2_250_001, 2_800_000, 2_800_001, 3_000_000, 3_000_001, 9 * MILLION]


# -- the second reading: names and numbers of its own


def naive(column: int, urban: bool, income: int, lacking: int, unknown: int) -> str:
    """Say what C1 says for one column of the table: the standard to 2026, or the one from 2027."""
    if column == 2026:
        limit = 2_000_000 if urban else 1_500_000
        if income > limit:
            return "middle" if income <= limit * 1.5 else "above"
        if lacking >= 3:
            return "poor"
        return "poor_or_near" if lacking + unknown >= 3 else "near"
    return "by_income" if income <= (2_800_000 if urban else 2_200_000) else "above"


def naive_columns(day: date) -> list[int]:
    """Both columns from September 2026 to the end of that year."""
    if day.year >= 2027:
        return [2027]
    return [2026, 2027] if (day.year, day.month) >= (2026, 9) else [2026]


def naive_result(day: date, area: str, income: int, lacking: int, unknown: int) -> list[tuple[int, str, str]]:
    """Return (column, area, what) in the order in which they are shown."""
    areas = ["rural", "urban"] if area == "either" else [area]
    return [
        (column, each, naive(column, each == "urban", income, lacking, unknown))
        for column in naive_columns(day)
        for each in areas
    ]


def plain(found: tuple[Finding, ...]) -> list[tuple[int, str, str]]:
    """Write findings in the second reading's words."""
    return [(2026 if f.standard is OLD else 2027, f.area.value, f.outcome.value) for f in found]


def answers_with(lacking: int, unknown: int, first: int = 0) -> dict[str, Answer]:
    """Answer all twelve: so many lacking, so many unknown, the others in order, beginning anywhere."""
    turned = [*INDICATORS[first:], *INDICATORS[:first]]
    fine = {Answer.YES: Answer.NO, Answer.NO: Answer.YES}
    return {
        indicator.id: indicator.lacking_if
        if place < lacking
        else Answer.UNKNOWN
        if place < lacking + unknown
        else fine[indicator.lacking_if]
        for place, indicator in enumerate(turned)
    }


CASES = list(product(DAYS, Area, INCOMES))


def test_table_is_large_and_lies_on_both_sides_of_the_new_year() -> None:
    assert len(CASES) >= 200
    assert {day.year for day, _, _ in CASES} >= {2026, 2027}


@pytest.mark.parametrize("day", DAYS)
def test_every_case_is_as_the_second_reading_has_it(day: date) -> None:
    """With each number of lacking and unknown indicators, wherever among the twelve they stand."""
    answers = {at: answers_with(*at) for at in product(range(5), range(5), (0, 5, 11))}
    wrong = [
        (area, income, *at)
        for area, income, at in product(Area, INCOMES, answers)
        if plain(selfcheck.assess(day, area, income, answers[at]))
        != naive_result(day, area.value, income, *at[:2])
    ]

    assert wrong == []


@pytest.mark.parametrize("day", [date(2021, 12, 31), date(2031, 1, 1)])
def test_day_of_no_standard_has_no_finding(day: date) -> None:
    assert selfcheck.standards(day) == ()
    assert selfcheck.assess(day, Area.EITHER, 0, {}) == ()
    assert selfcheck.next_indicator(day, Area.EITHER, 0, {}) is None


# -- which question comes next


def completions(answers: dict[str, Answer]) -> Iterator[dict[str, Answer]]:
    """Fill in what was not asked, in the ways that reach farthest."""
    for fill in ("lacking", "fine", Answer.UNKNOWN):
        filled = dict(answers)
        for indicator in INDICATORS:
            if selfcheck._given(indicator, answers) is None:
                swap = {Answer.YES: Answer.NO, Answer.NO: Answer.YES}
                filled[indicator.id] = (
                    indicator.lacking_if
                    if fill == "lacking"
                    else swap[indicator.lacking_if]
                    if fill == "fine"
                    else Answer.UNKNOWN
                )
        yield filled


@settings(CALM, max_examples=400)
@given(
    day=st.sampled_from(DAYS),
    area=st.sampled_from(Area),
    income=st.sampled_from(INCOMES),
    said=st.lists(st.sampled_from(Answer), min_size=12, max_size=12),
)
def test_asks_exactly_as_long_as_an_answer_can_change_what_is_said(
    day: date, area: Area, income: int, said: list[Answer]
) -> None:
    truth = dict(zip((i.id for i in INDICATORS), said, strict=True))
    answers: dict[str, Answer] = {}
    asked: list[str] = []
    while (indicator := selfcheck.next_indicator(day, area, income, answers)) is not None:
        outcomes = {tuple(plain(selfcheck.assess(day, area, income, c))) for c in completions(answers)}
        assert len(outcomes) > 1, "asked although nothing could change"
        # Only questions about children offer "no child"; elsewhere it counts as any "no".
        answer = truth[indicator.id]
        answers[indicator.id] = (
            Answer.NO if answer is Answer.NO_CHILD and not indicator.about_children else answer
        )
        asked.append(indicator.id)
    outcomes = {tuple(plain(selfcheck.assess(day, area, income, c))) for c in completions(answers)}
    assert outcomes == {tuple(plain(selfcheck.assess(day, area, income, answers)))}
    assert asked == [i.id for i in INDICATORS if i.id in asked], "in the fixed order"


@pytest.mark.parametrize(
    ("day", "area", "income", "asks"),
    [
        (date(2026, 11, 23), Area.RURAL, 1_500_000, True),
        (date(2026, 11, 23), Area.RURAL, 1_500_001, False),
        (date(2026, 11, 23), Area.EITHER, 1_900_000, True),
        (date(2026, 12, 31), Area.URBAN, 2_000_000, True),
        (date(2027, 1, 1), Area.URBAN, 2_000_000, False),
        (date(2027, 1, 1), Area.RURAL, 0, False),
    ],
)
def test_home_is_asked_about_only_where_it_decides(day: date, area: Area, income: int, asks: bool) -> None:
    """Not above the threshold, and not under the standard whose indicators are not settled."""
    assert (selfcheck.next_indicator(day, area, income, {}) is not None) is asks


def test_three_lacking_indicators_end_the_questions() -> None:
    answers = {i.id: i.lacking_if for i in INDICATORS[:3]}
    assert selfcheck.next_indicator(DAYS[3], Area.RURAL, MILLION, answers) is None


def test_no_child_under_sixteen_spares_the_question_of_school() -> None:
    answers = {i.id: Answer.NO for i in INDICATORS[:5]} | {"dinh_duong": Answer.NO_CHILD}

    following = selfcheck.next_indicator(DAYS[3], Area.RURAL, MILLION, answers)

    assert following is not None
    assert following.id == "chat_luong_nha"
    assert selfcheck.count(answers) == (0, 0)


def test_no_child_of_school_age_is_nothing_lacking() -> None:
    assert selfcheck.count({"tre_em_di_hoc": Answer.NO_CHILD}) == (0, 0)
    assert selfcheck.count({"tre_em_di_hoc": Answer.NO}) == (1, 0)


@pytest.mark.parametrize(
    ("total", "people", "income"),
    [
        (5_000_000, 4, 1_250_000),
        (6_000_000, 4, 1_500_000),
        (6_000_001, 4, 1_501_000),
        (0, 3, 0),
        (7_000_000, 3, 2_334_000),
    ],
)
def test_income_a_head_is_never_rounded_below_a_threshold(total: int, people: int, income: int) -> None:
    assert selfcheck.income_per_head(total, people) == income


# -- what is told


def test_twelve_indicators_each_have_a_question_and_each_outcome_a_sentence() -> None:
    assert len(INDICATORS) == 12
    assert list(texts.CHECK_QUESTIONS) == [i.id for i in INDICATORS]
    assert set(texts.CHECK_OUTCOMES) == {outcome.value for outcome in Outcome}
    assert set(texts.CHECK_SOURCES) == {OLD.name, NEW.name, "review"}


@pytest.mark.parametrize("day", DAYS)
def test_result_is_no_verdict_and_shows_the_way(day: date) -> None:
    for area, income in product(Area, INCOMES):
        _check_told(day, area, income)


def _check_told(day: date, area: Area, income: int) -> None:
    told = findings.tell(selfcheck.assess(day, area, income, {}), income, day)

    assert texts.CHECK_NO_VERDICT in told
    assert "Mẫu số 01" in told
    assert "Uỷ ban nhân dân xã, phường nơi cư trú" in told
    assert ("đến hết ngày 14/12, bà con nên nộp sớm" in told) is ((9, 1) <= (day.month, day.day) <= (12, 14))
    assert "bắt đầu từ ngày 15" in told
    assert "không đủ điều kiện" not in told
    said = [line for line in told.splitlines() if line in texts.CHECK_OUTCOMES.values()]
    assert said
    assert all("có thể" in line or "nhiều khả năng" in line for line in said)
    assert ("Nghị định 07/2021" in told) is (day <= OLD.valid_to)
    assert ("Nghị định 351/2025" in told) is (day >= selfcheck.REVIEW_FROM)
    assert (texts.CHECK_REVIEW in told) is (selfcheck.REVIEW_FROM <= day <= OLD.valid_to)
    assert (texts.CHECK_FORM_MAY_CHANGE in told) is (day.year >= 2027)
    assert (texts.CHECK_EITHER in told) is (area is Area.EITHER)


def test_standard_of_2027_never_tells_poor_from_near() -> None:
    """Its indicators are not settled."""
    for income in INCOMES:
        (found,) = selfcheck.assess(date(2027, 1, 1), Area.RURAL, income, answers_with(12, 0))
        assert found.outcome in (Outcome.BY_INCOME, Outcome.ABOVE)


def test_sentences_are_short() -> None:
    every = [*texts.CHECK_QUESTIONS.values(), *texts.CHECK_OUTCOMES.values()]
    sentences = [
        s
        for text in every
        for line in text.split("\n")
        for s in line.replace("? ", "?\n").replace(". ", ".\n").split("\n")
    ]
    assert [s for s in sentences if len(s.split()) > 25] == []
