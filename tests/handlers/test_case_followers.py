"""Nobody whose case was merged into another is left without a word, whatever becomes of that other one."""

from handlers import case_filing, cases, inbox, tracking
from handlers.case_life import Action, Status
from handlers.inbox import Filter
from storage import cases as rows
from storage.cases import Case
from storage.db import Database, Tx
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
