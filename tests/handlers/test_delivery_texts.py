"""What officials read of a copy that did not arrive."""

import pytest

from handlers.delivery_texts import announced, delivery, why
from handlers.inbox import Line
from storage import case_entries
from storage.db import Database, Tx
from storage.deliveries import NOT_REACHED
from storage.documents import NOT_ENCLOSED
from storage.standings import Standing
from tests.conftest import NOW
from tests.handlers.casework import make_case


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


async def test_an_official_reads_that_a_document_did_not_come_with_its_answer(sqlite: Database) -> None:
    """The words arrived: neither "đã tới" alone nor "không gửi được" is true."""

    def read(tx: Tx) -> tuple[str, str]:
        case = make_case(tx)
        (entry,) = case_entries.list_entries(tx, [case.id], 9)
        whole = delivery(case, Line(entry, Standing("sent", None, NOW)))
        return whole, delivery(case, Line(entry, Standing("sent", NOT_ENCLOSED, NOW)))

    whole, lacking = await sqlite.write(read)
    assert whole == "Đã tới người dân."
    assert "tệp gửi kèm có thể chưa tới" in lacking
