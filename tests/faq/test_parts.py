"""Taking a message apart where a second question may begin."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from faq.parts import MOST_PARTS, parts


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("hộ nghèo có được thẻ bảo hiểm y tế không", 1),
        ("hộ nghèo có được thẻ bảo hiểm y tế không? vay vốn được bao nhiêu tiền?", 2),
        ("ho ngheo vay duoc bao nhieu. voi lai tien dien co duoc ho tro khong", 2),
        ("ho ngheo vay duoc bao nhieu tien voi lai co duoc ho tro tien dien khong", 2),
        ("nộp đơn ở đâu ạ?\nbao lâu thì có kết quả ạ?", 2),
        # What a story tells first asks nothing.
        ("Nhà em có hai cháu nhỏ. Chồng em mới mất. Em có được trợ cấp gì không ạ?", 1),
        # A figure is no end of a sentence.
        ("thu nhập 1.500.000 đồng một người thì có phải hộ nghèo không", 1),
        ("được không ạ? cảm ơn", 0),
        ("", 0),
        ("??? !!! ...", 0),
    ],
)
def test_pieces_that_each_ask_something(text: str, pieces: int) -> None:
    assert len(parts(text)) == pieces


@given(st.text(max_size=400))
def test_any_text_is_taken_apart_into_few_pieces_of_itself(text: str) -> None:
    found = parts(text)

    assert len(found) <= MOST_PARTS
    assert all(piece in text for piece in found)
