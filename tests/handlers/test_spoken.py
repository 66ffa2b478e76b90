"""What a short typed answer means depends on what was asked; what may mean either is not taken."""

import pytest

from faq.text import fold
from handlers import spoken
from handlers.selfcheck import INDICATORS, Answer, Area, Indicator
from handlers.spoken import WARD

BY_ID = {indicator.id: indicator for indicator in INDICATORS}


@pytest.mark.parametrize(
    ("typed", "asked", "answer"),
    [
        ("có", "viec_lam", Answer.YES),
        ("dạ có ạ", "nha_tieu", Answer.YES),
        ("nhà em không có ạ", "nha_tieu", Answer.NO),
        ("không có ai cả", "viec_lam", Answer.NO),
        ("chưa có", "nha_tieu", Answer.NO),
        (
            "chưa có",
            "bhyt",
            None,
        ),  # "have you anybody without a card?": "not yet" – a card, or such a person?
        ("có rồi", "bhyt", None),
        ("có hết rồi", "bhyt", None),
        ("không có thẻ", "bhyt", None),
        ("có 1 đứa", "dinh_duong", Answer.YES),
        ("có hai người", "bhyt", Answer.YES),
        ("có một đứa cháu", "nguoi_phu_thuoc", None),
        ("không có trẻ", "dinh_duong", Answer.NO_CHILD),
        ("nhà không có trẻ con", "tre_em_di_hoc", Answer.NO_CHILD),
        ("không có trẻ", "bhyt", None),
        ("không có cháu nào", "dinh_duong", Answer.NO),  # none is undernourished
        ("không có cháu nào", "tre_em_di_hoc", Answer.NO_CHILD),  # there is none to go to school
        ("tôi không rõ lắm", "bhyt", None),
        ("tôi không rõ", "bhyt", Answer.UNKNOWN),
        ("chịu", "bhyt", Answer.UNKNOWN),
        ("nước giếng khoan", "nuoc_sinh_hoat", None),
    ],
)
def test_answer_is_taken_only_where_it_is_sure(typed: str, asked: str, answer: Answer | None) -> None:
    assert spoken.read_answer(fold(typed), BY_ID[asked]) == answer


@pytest.mark.parametrize("indicator", INDICATORS, ids=lambda i: i.id)
@pytest.mark.parametrize(("label", "answer"), [("Có", "y"), ("Không", "n"), ("Không biết", "u")])
def test_every_label_may_be_typed_at_every_question(indicator: Indicator, label: str, answer: str) -> None:
    assert spoken.read_answer(fold(label), indicator) == Answer(answer)


@pytest.mark.parametrize(
    ("typed", "area", "former"),
    [
        ("xã", Area.RURAL, Area.EITHER),
        ("phường ạ", WARD, Area.URBAN),
        ("thị trấn", None, Area.URBAN),
        ("đặc khu", Area.EITHER, None),
        ("tôi không rõ", Area.EITHER, Area.EITHER),
        ("bốn", None, None),
    ],
)
def test_place_is_read_by_what_was_asked(typed: str, area: str | None, former: str | None) -> None:
    assert (spoken.read_area(fold(typed)), spoken.read_former(fold(typed))) == (area, former)


@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        ("nhà xây cấp 4", True),
        ("chưa ai học", True),
        ("vay vốn thế nào", False),
        ("hộ nghèo có được thẻ?", False),
        ("chồng tôi mất rồi giờ tôi muốn xin trợ cấp cho con", False),
    ],
)
def test_short_statement_is_rather_an_answer(typed: str, answer: bool) -> None:
    assert spoken.may_be_an_answer(typed) is answer


@pytest.mark.parametrize(
    ("typed", "unsure"), [("không tính được", True), ("tôi không biết ạ", True), ("5 triệu", False)]
)
def test_not_knowing_is_told_from_an_income(typed: str, unsure: bool) -> None:
    assert spoken.is_unsure(fold(typed)) is unsure
