"""How the findings of a self-check are told: what may be, that it is no verdict, where to apply, with what, by when.

Pure: findings and a day in, sentences out.
"""

from collections.abc import Sequence
from datetime import date
from itertools import groupby

from handlers import texts
from handlers.selfcheck import NEW, OLD, REVIEW_FROM, Area, Finding, Standard, in_yearly_review


def tell(findings: Sequence[Finding], income: int, day: date) -> str:
    """Write the whole result.

    Args:
        findings: of one or two standards, by standard; at least one.
        income: đồng a head and month, as it was reckoned with.
    """
    lines = [texts.CHECK_TITLE.format(amount=texts.amount(income))]
    for standard, under in groupby(findings, lambda finding: finding.standard):
        # Where both thresholds lead to the same there is one line less to read.
        for outcome, same in groupby(under, lambda finding: finding.outcome):
            areas = [finding.area for finding in same]
            lines += ["", _under(standard, areas), texts.CHECK_OUTCOMES[outcome]]
    if len({finding.area for finding in findings}) > 1:
        lines += ["", texts.CHECK_EITHER]
    if REVIEW_FROM <= day <= OLD.valid_to:
        lines += ["", texts.CHECK_REVIEW]
    standards = dict.fromkeys(finding.standard.name for finding in findings)
    return "\n".join([*lines, "", *_way(day), _sources([*standards, "review"], day)])


def tell_without_income(day: date) -> str:
    """Write what can be said to whoever cannot tell their income: the way to apply all the same."""
    return "\n".join([texts.CHECK_NO_FIGURES, "", *_way(day), _sources(["review"], day)])


def _under(standard: Standard, areas: Sequence[Area]) -> str:
    thresholds = ", ".join(
        (texts.CHECK_RURAL if area is Area.RURAL else texts.CHECK_URBAN).format(
            amount=texts.amount(standard.threshold(area))
        )
        for area in areas
    )
    if standard is OLD:
        return texts.CHECK_UNDER_OLD.format(day=texts.day(standard.valid_to), thresholds=thresholds)
    return texts.CHECK_UNDER_NEW.format(day=texts.day(standard.valid_from), thresholds=thresholds)


def _way(day: date) -> list[str]:
    # Nobody has seen the forms of the standard to come yet; those of Decision 24/2021 are what there is.
    form = [texts.CHECK_FORM_MAY_CHANGE] if day >= NEW.valid_from else []
    by_when = texts.CHECK_BY_WHEN_REVIEW if in_yearly_review(day) else texts.CHECK_BY_WHEN_MONTHLY
    return [texts.CHECK_NO_VERDICT, "", texts.CHECK_APPLY, *form, "", by_when, ""]


def _sources(names: Sequence[str], day: date) -> str:
    documents = "; ".join(texts.CHECK_SOURCES[name] for name in names)
    return f"{texts.SOURCES.format(sources=documents)}\n{texts.RIGHT_ON.format(day=texts.day(day))}"
