"""What officials read of a copy that did not arrive."""

import pytest

from handlers.delivery_texts import announced, why
from storage.deliveries import NOT_REACHED


@pytest.mark.parametrize(
    "reason", ["blocked", "ceiling", "no_address", "closed", "over", "stopped", "erased", "cancelled"]
)
def test_every_reason_has_its_sentence_and_a_next_step(reason: str) -> None:
    """Not the one that stands for whatever nobody knows."""
    sentence, step = announced("skipped", reason)

    assert sentence != announced("skipped", None)[0]
    assert step


def test_what_waits_until_its_person_writes_is_not_what_waits_for_a_browser() -> None:
    sentence, step = announced("waiting", "closed")

    assert sentence != announced("waiting", None)[0]
    assert "tự tới khi họ nhắn vào" in step
    assert "tự tới khi họ nhắn vào" in why("waiting", "closed").next.lower()


@pytest.mark.parametrize("status", ["queued", "sent", *NOT_REACHED])
def test_every_status_has_its_sentence(status: str) -> None:
    """A failure's own words are the channel's, in English: they are not shown."""
    assert announced(status, "Bad Request: chat not found")[0] == announced(status, None)[0]
