"""Two questions in one message are both answered, each stored with its own topic."""

import pytest

from handlers.topics import Library
from tests.conftest import NOW

BHYT = "hộ cận nghèo có được thẻ bảo hiểm y tế không"
POWER = "hộ cận nghèo có được hỗ trợ tiền điện không"


@pytest.mark.parametrize("text", [f"{BHYT}? {POWER}?", f"{BHYT}. Với lại {POWER} ạ"])
def test_two_questions_have_two_topics_in_their_order(library: Library, text: str) -> None:
    found = [hit.topic_id for hit in library.several(text, NOW.date())]

    assert found == ["bhyt-ho-can-ngheo", "tien-dien-ho-can-ngheo"]


@pytest.mark.parametrize("text", [BHYT, f"{BHYT}? {BHYT}?", f"{BHYT}? hôm nay trời có mưa không nhỉ?", ""])
def test_one_question_is_one(library: Library, text: str) -> None:
    assert library.several(text, NOW.date()) == ()
