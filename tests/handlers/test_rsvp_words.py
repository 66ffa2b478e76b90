"""What typed answers to an invitation mean: of oneself, whole and short; everything else is something else."""

import pytest

from handlers.rsvp_words import Said, read_answer, read_companions


@pytest.mark.parametrize(
    "text",
    [
        "Tôi sẽ đi",
        "toi se di",
        "Dạ, em sẽ tham gia ạ",
        "tôi đi được",
        "mai tôi đi",
        "Vâng tôi có đi nhé",
        "Cháu xin tham dự",
        "tôi đăng ký tham gia",
        "tôi muốn đi",
        "nhà tôi sẽ đến",
        "tôi vẫn đi",
        "sẽ đi ạ",
        "tôi sẽ đi học",
    ],
)
def test_yes_is_heard(text: str) -> None:
    assert read_answer(text) == Said(comes=True)


@pytest.mark.parametrize(
    ("text", "people"),
    [
        ("tôi đi 3 người", 3),
        ("nhà tôi đi hai người ạ", 2),
        ("tôi sẽ đi cùng 2 người nữa", 3),
        ("tôi đi với 1 người", 2),
        ("tôi đăng ký tham gia 4 người", 4),
    ],
)
def test_yes_with_a_number_is_heard(text: str, people: int) -> None:
    assert read_answer(text) == Said(comes=True, people=people)


@pytest.mark.parametrize(
    "text",
    [
        "mai tôi không đi được",
        "mai toi ko di duoc",
        "Tôi không đi được",
        "em không tham gia được ạ",
        "tôi bận không đi được",
        "hôm đó cháu ốm nên không đến được",
        "không đi được",
        "ngày mai tôi bận việc không thể đến",
        "thứ bảy tôi k đi được",
    ],
)
def test_no_is_heard(text: str) -> None:
    assert read_answer(text) == Said(comes=False)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "đi",
        "bố tôi không đi được",
        "mẹ tôi liệt không đi được, có trợ cấp không",
        "tôi không đi làm được",
        "tôi sẽ đi khám",
        "tôi đi xã hỏi rồi",
        "tôi có được đi không?",
        "con tôi đi học",
        "tôi muốn đi vay vốn",
        "tôi không đi lại được",
        "không được",
        "tôi không có thẻ",
        "được rồi",
        "tôi đi xa",
    ],
)
def test_anything_else_is_no_answer(text: str) -> None:
    assert read_answer(text) is None


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("2", 2),
        ("hai người", 2),
        ("thêm 3 người nữa ạ", 3),
        ("dạ 1", 1),
        ("một mình tôi", 0),
        ("không ai", 0),
        ("không", 0),
        ("tất cả 4 người", 3),
        ("nhà tôi 3 người", 2),
        ("cả tôi là 2", 1),
        ("0", 0),
        ("150", 150),
    ],
)
def test_number_that_comes_along_is_read(text: str, number: int) -> None:
    assert read_companions(text) == number


@pytest.mark.parametrize(
    "text", ["", "nhiều lắm", "2 hoặc 3", "12/12", "hộ nghèo được gì", "vâng", "2 triệu"]
)
def test_no_sure_number_is_none(text: str) -> None:
    assert read_companions(text) is None
