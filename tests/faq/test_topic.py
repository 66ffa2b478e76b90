"""Topics: what a file must look like, and which text is right on which day."""

from __future__ import annotations

from datetime import date

import pytest

from faq import Confidence, ContentError, Source, parse
from tests.faq.builders import make_topic, make_version

GOOD = """
theme: Vay vốn
topics:
  - id: vay-ho-ngheo
    title: Vay vốn hộ nghèo
    succeeded_by: vay-moi
    phrasings: [hộ nghèo vay được bao nhiêu]
    versions:
      - valid_from: 2026-01-01
        valid_to: 2026-12-31
        review_by: 2026-12-15
        confidence: partly
        answer: >-
          Hộ nghèo
          có thể vay.
        detail: |-
          - một
          - hai
        where: Uỷ ban nhân dân xã
        bring: [Giấy đề nghị]
        sources:
          - {document: Nghị định 07/2021/NĐ-CP, article: "Điều 3", dates: "đến hết 31/12/2026"}
          - {document: Luật Giá}
  - id: khac-lai-xe
    title: Bằng lái
    referral: true
    phrasings: [bằng lái xe]
    versions: [{valid_from: 2026-01-01, review_by: 2027-01-01, confidence: known, answer: Xin hỏi công an.}]
"""


def test_a_file_becomes_topics_in_its_order() -> None:
    """Every key arrives with its type; optional ones may be missing."""
    loan, licence = parse(GOOD, "vay.yaml")

    assert (loan.id, loan.theme, loan.succeeded_by, loan.referral) == (
        "vay-ho-ngheo",
        "Vay vốn",
        "vay-moi",
        False,
    )
    (version,) = loan.versions
    assert version.confidence is Confidence.PARTLY
    assert version.answer == "Hộ nghèo có thể vay."
    assert version.detail == "- một\n- hai"
    assert version.bring == ("Giấy đề nghị",)
    assert version.sources == (
        Source("Nghị định 07/2021/NĐ-CP", "Điều 3", "đến hết 31/12/2026"),
        Source("Luật Giá", None, None),
    )
    assert licence.referral
    assert licence.versions[0].valid_to is None
    assert licence.versions[0].sources == ()


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        ("id: vay-ho-ngheo", "id: [1]", "number 1: id"),
        ("title: Vay vốn hộ nghèo", "title: ''", "topic vay-ho-ngheo: title: missing or empty"),
        ("succeeded_by: vay-moi", "suceeded_by: vay-moi", "suceeded_by: unknown key"),
        (
            "[hộ nghèo vay được bao nhiêu]",
            "[2027]",
            "phrasings: a list of texts was expected, but it holds 2027",
        ),
        ("[hộ nghèo vay được bao nhiêu]", "hộ nghèo", "phrasings: a list was expected"),
        ("valid_from: 2026-01-01", "valid_from: tháng 1", "valid_from: a day was expected"),
        ("valid_from: 2026-01-01", "valid_from: 2026-01-01T10:00:00", "valid_from: a day was expected"),
        ("valid_to: 2026-12-31", "valid_to: 2025-12-31", "valid_to: 2025-12-31 is before"),
        ("review_by: 2026-12-15", "review_by:", "review_by: missing"),
        ("confidence: partly", "confidence: sure", "confidence: 'sure' is none of verified"),
        ("document: Luật Giá", "article: Luật Giá", "document: missing"),
        ("referral: true", "referral: có", "referral: true or false"),
        ("theme: Vay vốn", "themes: Vay vốn", "vay.yaml: themes: unknown key"),
        ("2026-12-15", "2026-02-30", "not readable as YAML"),
        ("title: Vay vốn hộ nghèo", "title: Vay: vốn: hộ", "not readable as YAML"),
        (GOOD, "[]", "a mapping of keys was expected"),
        (GOOD, "", "a mapping of keys was expected"),
    ],
)
def test_a_mistake_is_named_with_its_place_and_an_example(right: str, wrong: str, said: str) -> None:
    """The editor mends the file from the message alone."""
    with pytest.raises(ContentError) as caught:
        parse(GOOD.replace(right, wrong, 1), "vay.yaml")

    message = str(caught.value)
    assert message.startswith("vay.yaml: ")
    assert said in message
    assert "\n" not in message


def test_the_text_of_a_day_is_the_version_that_covers_it() -> None:
    """Both ends belong to a version; before, between and after there is none."""
    old = make_version(valid_from=date(2026, 1, 1), valid_to=date(2026, 6, 30))
    new = make_version(valid_from=date(2026, 8, 1), valid_to=date(2026, 12, 31))
    topic = make_topic(versions=(old, new))

    assert topic.on(date(2025, 12, 31)) is None
    assert topic.on(date(2026, 1, 1)) is old
    assert topic.on(date(2026, 6, 30)) is old
    assert topic.on(date(2026, 7, 1)) is None
    assert topic.on(date(2026, 12, 31)) is new
    assert topic.on(date(2027, 1, 1)) is None
