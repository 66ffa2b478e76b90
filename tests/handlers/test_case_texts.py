"""What residents read about their cases."""

import pytest

from handlers import case_texts
from handlers.case_codes import spoken
from handlers.case_life import Kind

CODE = "K7M4XP9RT"


@pytest.mark.parametrize("kind", list(Kind))
def test_the_code_is_told_as_it_has_to_be_typed(kind: Kind) -> None:
    for told in (
        case_texts.received(kind, CODE, None),
        case_texts.answered(kind, CODE, "x"),
        case_texts.refused(kind, CODE, "x"),
        case_texts.forwarded(kind, CODE, "x"),
        case_texts.closed(kind, CODE),
        case_texts.reopened(kind, CODE),
        case_texts.merged(kind, CODE),
    ):
        assert spoken(CODE) in told
        assert told[0].isupper()
