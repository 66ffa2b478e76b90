"""What may be said of a household's standing from the little it tells, and what to ask next. Pure: no sentence, no day.

A table, not a verdict: the commune estimates income by a score sheet of its own, so that nothing here may be said
without "may" and without the way to apply. Sources: Decree 07/2021/NĐ-CP, article 3, extended to 2026-12-31 by Decree
351/2025/NĐ-CP, whose own standard begins on 2027-01-01. Its indicators are not settled yet: income alone is compared.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

DEPRIVED_FROM = 3  # of twelve indicators; 30 points of sheet B2, ten each
REVIEW_FROM = date(2026, 9, 1)
"""The review for the list of 2027 begins: from here both standards are shown, for nobody has said which one it uses."""
YEARLY_REVIEW = ((9, 1), (12, 14))
"""The review of every year, first and last (month, day); Decision 24/2021/QĐ-TTg, article 3. Monthly from the 15th."""


class Area(StrEnum):
    """Which threshold applies. EITHER: nobody has settled it (a phường made of communes), so both are shown."""

    RURAL = "rural"
    URBAN = "urban"
    EITHER = "either"

    @property
    def readings(self) -> tuple["Area", ...]:
        """Return the thresholds to be shown."""
        return (Area.RURAL, Area.URBAN) if self is Area.EITHER else (self,)


class Answer(StrEnum):
    """To a question about the home. NO_CHILD: there is no child of that age, so that nothing can be lacking."""

    YES = "y"
    NO = "n"
    UNKNOWN = "u"
    NO_CHILD = "0"


class Outcome(StrEnum):
    """What may be said under one standard. All of them with "may"."""

    POOR = "poor"
    POOR_OR_NEAR = "poor_or_near"  # the unknown indicators would decide
    NEAR = "near"
    BY_INCOME = "by_income"  # poor or near-poor: income is all that can be compared
    MIDDLE = "middle"
    ABOVE = "above"


@dataclass(frozen=True, slots=True)
class Standard:
    """A poverty standard; thresholds in đồng a head and month, that amount included. Last day included."""

    name: str
    valid_from: date
    valid_to: date
    rural: int
    urban: int
    indicators_settled: bool
    """Whether its indicators can be asked about; without them there is no telling poor from near-poor, nor "middle"."""

    def threshold(self, area: Area) -> int:
        """Return the threshold of a village or of a town."""
        return self.rural if area is Area.RURAL else self.urban


OLD = Standard("2022-2025", date(2022, 1, 1), date(2026, 12, 31), 1_500_000, 2_000_000, True)
NEW = Standard("2027-2030", date(2027, 1, 1), date(2030, 12, 31), 2_200_000, 2_800_000, False)


@dataclass(frozen=True, slots=True)
class Indicator:
    """One of the twelve: the answer by which it is lacking, and whether it is about children."""

    id: str
    lacking_if: Answer
    about_children: bool = False


UNDER_16 = Indicator("dinh_duong", Answer.YES, True)
INDICATORS = (
    Indicator("viec_lam", Answer.YES),
    Indicator("nguoi_phu_thuoc", Answer.YES),
    UNDER_16,
    Indicator("bhyt", Answer.YES),
    Indicator("trinh_do_nguoi_lon", Answer.YES),
    Indicator("tre_em_di_hoc", Answer.NO, True),
    Indicator("chat_luong_nha", Answer.YES),
    Indicator("dien_tich_nha", Answer.YES),
    Indicator("nuoc_sinh_hoat", Answer.NO),
    Indicator("nha_tieu", Answer.NO),
    Indicator("vien_thong", Answer.NO),
    Indicator("phuong_tien_thong_tin", Answer.NO),
)
"""Asked in this order. Thresholds as in the annex of Decree 07/2021; the sentences are `texts.CHECK_QUESTIONS`."""

Answers = Mapping[str, Answer]
"""By the indicator's id; what was not asked is missing."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What may be said under one standard where one threshold applies."""

    standard: Standard
    area: Area
    outcome: Outcome


def standards(day: date) -> tuple[Standard, ...]:
    """Return the standards to be shown on a day, in order; none when no standard covers it."""
    shown = [OLD] if OLD.valid_from <= day <= OLD.valid_to else []
    if REVIEW_FROM <= day <= NEW.valid_to:
        shown.append(NEW)
    return tuple(shown)


def income_per_head(total: int, people: int) -> int:
    """Divide, rounding up to full thousands of đồng, as people speak.

    Up, because a sum that is over a threshold by less is over it; every threshold is in full thousands.
    """
    return -(-total // (people * 1_000)) * 1_000


def assess(day: date, area: Area, income: int, answers: Answers) -> tuple[Finding, ...]:
    """Say what may be said: by standard, then by threshold.

    Args:
        income: đồng a head and month, not negative.
        answers: what was answered so far. What was not asked counts as not lacking, which is right once
            `next_indicator` asks no more.
    """
    return tuple(
        Finding(standard, reading, _outcome(standard, reading, income, answers))
        for standard in standards(day)
        for reading in area.readings
    )


def next_indicator(day: date, area: Area, income: int, answers: Answers) -> Indicator | None:
    """Return the next question about the home, or None as soon as no answer can change what is said."""
    matters = any(
        standard.indicators_settled and income <= standard.threshold(reading)
        for standard in standards(day)
        for reading in area.readings
    )
    open_ = [indicator for indicator in INDICATORS if _given(indicator, answers) is None]
    lacking, unknown = count(answers)
    if not matters or not open_ or lacking >= DEPRIVED_FROM:
        return None
    may_become_poor = lacking + len(open_) >= DEPRIVED_FROM
    may_become_unsure = lacking + unknown < DEPRIVED_FROM <= lacking + unknown + len(open_)
    return open_[0] if may_become_poor or may_become_unsure else None


def count(answers: Answers) -> tuple[int, int]:
    """Return how many indicators are lacking, and how many nobody knows."""
    given = [(indicator, _given(indicator, answers)) for indicator in INDICATORS]
    lacking = sum(answer == indicator.lacking_if for indicator, answer in given)
    return lacking, sum(answer is Answer.UNKNOWN for _, answer in given)


def _given(indicator: Indicator, answers: Answers) -> Answer | None:
    """Return the answer, said or implied: where there is no child under 16 there is none of school age."""
    if indicator.about_children and answers.get(UNDER_16.id) is Answer.NO_CHILD:
        return Answer.NO_CHILD
    return answers.get(indicator.id)


def _outcome(standard: Standard, area: Area, income: int, answers: Answers) -> Outcome:
    threshold = standard.threshold(area)
    if income > threshold:
        # "Mức sống trung bình" reaches to one and a half times the threshold and looks at income alone.
        middle = standard.indicators_settled and 2 * income <= 3 * threshold
        return Outcome.MIDDLE if middle else Outcome.ABOVE
    if not standard.indicators_settled:
        return Outcome.BY_INCOME
    lacking, unknown = count(answers)
    if lacking >= DEPRIVED_FROM:
        return Outcome.POOR
    return Outcome.POOR_OR_NEAR if lacking + unknown >= DEPRIVED_FROM else Outcome.NEAR


def in_yearly_review(day: date) -> bool:
    """Say whether the review of the year is under way."""
    first, last = YEARLY_REVIEW
    return first <= (day.month, day.day) <= last
