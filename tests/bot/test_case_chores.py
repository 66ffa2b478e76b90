"""The timed work on cases goes on until nothing is left, each batch committed by itself."""

from datetime import timedelta

import pytest

from bot import case_chores as module
from bot.case_chores import CaseChores
from storage.db import Database, Tx
from tests.conftest import NOW
from tests.handlers.casework import DEADLINES, deliveries, make_case, make_official
from tests.storage.test_case_chores import link


async def test_all_that_is_late_is_told_of_in_batches(
    sqlite: Database, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(module, "BATCH", 3)
    await sqlite.write(lambda tx: link(tx, make_official(tx)))

    def fill(tx: Tx) -> None:
        for _ in range(7):
            make_case(tx)

    await sqlite.write(fill)
    before = len(await sqlite.read(deliveries))
    chores = CaseChores(sqlite, DEADLINES, lambda: NOW + timedelta(days=28))
    with caplog.at_level("INFO"):
        await chores.escalate()
        await chores.escalate()
        await chores.ask_if_solved()
        await chores.close_unanswered()

    assert len(await sqlite.read(deliveries)) == before + 7
    assert [(r.message, r.__dict__["number"]) for r in caplog.records if "cases" in r.message] == [
        ("cases escalated", 7)
    ]
