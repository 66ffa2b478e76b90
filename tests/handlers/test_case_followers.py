"""Nobody whose case was merged into another is left without a word, whatever becomes of that other one."""

import sqlalchemy as sa

from handlers import case_filing, case_texts, cases, inbox, tracking
from handlers.case_life import Action, Status
from handlers.inbox import Filter
from handlers.messages import FileKind, IncomingFile, Kept
from storage import cases as rows
from storage import erasure
from storage.cases import Case
from storage.db import Database, Tx
from storage.tables import addresses, messages, outbox
from tests.conftest import NOW
from tests.handlers.casework import DEADLINES, make_case, make_official, told
from tests.storage.builders import later

REASON = "Việc này do Bảo hiểm xã hội cơ sở giải quyết, số 0220 3123 456."


def _merged(tx: Tx, number: int) -> tuple[Case, list[Case]]:
    """Return a case with as many merged into it."""
    official, target = make_official(tx), make_case(tx)
    followers = [make_case(tx) for _ in range(number)]
    for case in followers:
        case_filing.merge(tx, official, case.id, target.id, case.version, NOW)
    return target, followers


async def test_a_refusal_and_a_handing_on_reach_every_follower(database: Database) -> None:
    def work(tx: Tx) -> None:
        for end in (cases.refuse, cases.forward):
            target, followers = _merged(tx, 2)
            end(tx, make_official(tx), target.id, REASON, target.version, NOW)

            for case in (target, *followers):
                assert sum(REASON in text for text in told(tx, case.address_id)) == 1
            followed = tracking.follow(tx, followers[0].code, followers[0].address_id)
            assert followed is not None
            assert followed.steps[-1].text == REASON

    await database.write(work)


async def test_what_was_merged_into_a_withdrawn_case_is_taken_up_in_its_place(database: Database) -> None:
    """The first of them stands where the withdrawn one stood, with its clock; the others follow that one."""

    def work(tx: Tx) -> None:
        official = make_official(tx)
        target, (first, second) = _merged(tx, 2)
        assert target.address_id is not None
        tracking.withdraw(tx, target.id, target.address_id, later(hours=2))

        heir, other = rows.get(tx, first.id), rows.get(tx, second.id)
        assert (heir.merged_into, heir.is_open, heir.status) == (None, True, Status.NEW)
        assert (heir.due_at, heir.due_soon_at) == (target.due_at, target.due_soon_at)
        assert other.merged_into == first.id
        waiting = inbox.list_inbox(tx, official, Filter(), None, 50, later(hours=2)).cases
        assert [case.id for case in waiting] == [first.id]
        history = inbox.get(tx, official, first.id).lines
        assert (history[-1].entry.action, history[-1].entry.public) == (Action.REOPEN, False)

        cases.answer(tx, official, heir.id, REASON, heir.version, DEADLINES, later(hours=3))
        assert [sum(REASON in t for t in told(tx, c.address_id)) for c in (first, second)] == [1, 1]
        assert not any(REASON in text for text in told(tx, target.address_id))

    await database.write(work)


async def test_a_follower_is_promised_no_document_that_was_erased_with_the_teller(database: Database) -> None:
    """It was sent to the teller, and may name them; what has left already stays as it was read."""

    def work(tx: Tx) -> None:
        official = make_official(tx)
        target, (waits, had) = _merged(tx, 2)
        paper = IncomingFile(FileKind.FILE, "a.pdf", kept=Kept("a" * 32, "application/pdf", 9))
        cases.answer(tx, official, target.id, "Đã chi trả.", target.version, DEADLINES, NOW, [paper])
        left = sa.select(messages.c.id).where(messages.c.address_id == had.address_id)
        tx.execute(sa.update(outbox).where(outbox.c.message_id.in_(left)).values(status="sent"))
        own = sa.select(addresses.c.resident_id).where(addresses.c.id == target.address_id)
        erasure.erase(tx, tx.execute(own).scalar_one(), [], "…", NOW, case_texts.ENCLOSED)

        answers = [told(tx, each.address_id)[-1] for each in (waits, had)]
        assert all("Đã chi trả." in text for text in answers)
        assert ["gửi kèm" in text for text in answers] == [False, True]
        assert answers[0].endswith("Đã chi trả.")

    await database.write(work)
