"""Merging, moving and sorting cases: everybody who told the same hears the answer, once."""

from datetime import timedelta

import pytest

from handlers import case_filing, cases, inbox, tracking
from handlers.case_life import Category, Kind, Status
from handlers.errors import Invalid, NotAllowed, TooLate
from handlers.officials import Role
from storage import cases as rows
from storage.db import Database, Tx
from storage.errors import NotFound
from tests.conftest import NOW
from tests.handlers.casework import (
    DEADLINES,
    ELSEWHERE,
    deliveries,
    make_address,
    make_case,
    make_case_at,
    make_official,
    told,
)
from tests.storage.builders import later

WORDS = "Tiền trợ cấp tháng 10 và 11 chi trả ngày 28/11."


def answers(tx: Tx, address_id: int | None) -> int:
    """Count how often an address was given the answer."""
    assert address_id is not None
    return sum(WORDS in text for text in told(tx, address_id))


async def test_an_answer_reaches_every_follower_once(sqlite: Database) -> None:
    def work(tx: Tx) -> None:
        official, twice = make_official(tx), make_address(tx)
        target = make_case(tx)
        first = make_case(tx, address_id=twice)
        second = make_case(tx, address_id=twice)
        hidden = make_case(tx, address_id=make_address(tx, "web"), anonymous=True)
        for case in (first, second, hidden):
            case_filing.merge(tx, official, case.id, target.id, case.version, NOW)
        cases.answer(tx, official, target.id, WORDS, target.version, DEADLINES, NOW)
        hidden_address = rows.open_reply_address(tx, hidden.id)
        assert [answers(tx, a) for a in (target.address_id, twice, hidden_address)] == [1, 1, 1]
        # Three were told of the merge, three of the answer.
        assert len(deliveries(tx)) == 6
        merged = rows.get(tx, first.id)
        assert (merged.merged_into, merged.status, merged.is_open, merged.due_at) == (
            target.id, Status.NEW, False, None,
        )  # fmt: skip
        followed = tracking.follow(tx, first.code, twice)
        assert followed is not None
        assert (followed.status, followed.merged, followed.steps[-1].text) == (Status.ANSWERED, True, WORDS)
        assert [c.id for c in inbox.get(tx, official, target.id).followers] == [
            first.id,
            second.id,
            hidden.id,
        ]

    await sqlite.write(work)


async def test_what_was_merged_before_follows_and_gets_an_answer_that_was_given(sqlite: Database) -> None:
    def work(tx: Tx) -> None:
        official = make_official(tx)
        small, middle, target = make_case(tx), make_case(tx), make_case(tx)
        case_filing.merge(tx, official, small.id, middle.id, small.version, NOW)
        cases.answer(tx, official, target.id, WORDS, target.version, DEADLINES, NOW)
        case_filing.merge(tx, official, middle.id, target.id, rows.get(tx, middle.id).version, NOW)
        assert rows.get(tx, small.id).merged_into == target.id
        assert [answers(tx, c.address_id) for c in (small, middle, target)] == [1, 1, 1]

    await sqlite.write(work)


async def test_what_was_merged_is_not_worked_on_alone(sqlite: Database) -> None:
    def work(tx: Tx) -> None:
        official, case, target = make_official(tx), make_case(tx), make_case(tx)
        merged = case_filing.merge(tx, official, case.id, target.id, case.version, NOW).case
        with pytest.raises(TooLate):
            cases.answer(tx, official, merged.id, WORDS, merged.version, DEADLINES, NOW)
        with pytest.raises(TooLate):
            case_filing.merge(tx, official, target.id, merged.id, target.version, NOW)
        cases.note(tx, official, merged.id, "cùng một thôn", merged.version, NOW)
        assert case.address_id is not None
        with pytest.raises(TooLate):
            tracking.withdraw(tx, merged.id, case.address_id, NOW)

    await sqlite.write(work)


@pytest.mark.parametrize("kind", [Kind.COMPLAINT, Kind.DENUNCIATION, Kind.HUMAN])
async def test_what_has_its_own_law_is_settled_by_itself(sqlite: Database, kind: Kind) -> None:
    def work(tx: Tx) -> None:
        official, own, other = make_official(tx), make_case(tx, kind=kind), make_case(tx)
        for case, target in ((own, other), (other, own)):
            with pytest.raises(Invalid):
                case_filing.merge(tx, official, case.id, target.id, case.version, NOW)

    await sqlite.write(work)


async def test_cases_of_two_communes_or_with_one_that_is_over_are_not_merged(sqlite: Database) -> None:
    def work(tx: Tx) -> None:
        official, case = make_official(tx), make_case(tx)
        with pytest.raises(NotFound):
            case_filing.merge(tx, official, case.id, make_case(tx, area_code=ELSEWHERE).id, case.version, NOW)
        everywhere = make_official(tx, None)
        for target in (make_case(tx, area_code=ELSEWHERE), make_case_at(tx, Status.CLOSED), case):
            with pytest.raises(Invalid):
                case_filing.merge(tx, everywhere, case.id, target.id, case.version, NOW)

    await sqlite.write(work)


async def test_a_case_that_was_moved_is_seen_there_and_no_longer_here(sqlite: Database) -> None:
    def work(tx: Tx) -> None:
        here, there, case = make_official(tx), make_official(tx, ELSEWHERE), make_case(tx)
        case_filing.move(tx, here, case.id, ELSEWHERE, case.version, NOW)
        with pytest.raises(NotFound):
            inbox.get(tx, here, case.id)
        assert inbox.get(tx, there, case.id).case.area_code == ELSEWHERE
        for official, found in ((here, 0), (there, 1)):
            wanted = inbox.Filter(search="trợ cấp")
            assert len(inbox.list_inbox(tx, official, wanted, None, 10, NOW).cases) == found

    await sqlite.write(work)


async def test_a_leader_gives_what_has_no_commune_to_one(sqlite: Database) -> None:
    def work(tx: Tx) -> None:
        case = make_case(tx, area_code=None)
        with pytest.raises(NotFound):
            case_filing.move(tx, make_official(tx), case.id, ELSEWHERE, case.version, NOW)
        with pytest.raises(NotAllowed):
            case_filing.move(tx, make_official(tx, None, Role.ADMIN), case.id, ELSEWHERE, case.version, NOW)
        leader = make_official(tx, None, Role.LEADER)
        moved = case_filing.move(tx, leader, case.id, ELSEWHERE, case.version, NOW).case
        assert moved.area_code == ELSEWHERE

    await sqlite.write(work)


async def test_another_kind_has_its_own_deadline_from_when_it_was_told(sqlite: Database) -> None:
    def work(tx: Tx) -> None:
        official, case = make_official(tx), make_case(tx)
        sorted_ = case_filing.sort(
            tx, official, case.id, Kind.QUESTION, Category.HEALTH, case.version, DEADLINES, later(days=3)
        ).case
        due = DEADLINES.opened(Kind.QUESTION, NOW)
        assert due is not None
        assert (sorted_.kind, sorted_.category, sorted_.due_at) == (Kind.QUESTION, Category.HEALTH, due.at)

    await sqlite.write(work)


async def test_likely_duplicates_are_offered_likest_first_and_no_others(sqlite: Database) -> None:
    def work(tx: Tx) -> None:
        official = make_official(tx)
        case = make_case(tx, text="Đã 2 tháng nay bà con thôn Đông chưa nhận được tiền trợ cấp xã hội")
        like = make_case(tx, text="hai thang nay thon dong chua nhan duoc tien tro cap xa hoi")
        likest = make_case(tx, text="bà con thôn Đông 2 tháng nay chưa nhận được tiền trợ cấp xã hội")
        make_case(tx, text="Đường vào thôn Đông ngập, học sinh không đi học được")
        make_case(tx, text="tiền trợ cấp")
        make_case(tx, text=case.text, area_code=ELSEWHERE)
        make_case(tx, text=case.text, kind=Kind.COMPLAINT)
        over = make_case(tx, text=case.text)
        assert over.address_id is not None
        tracking.withdraw(tx, over.id, over.address_id, NOW)
        old = make_case(tx, text=case.text)
        cases.answer(tx, official, old.id, WORDS, old.version, DEADLINES, NOW)

        assert [c.id for c in inbox.similar(tx, official, case, NOW)] == [old.id, likest.id, like.id]
        much_later = NOW + timedelta(days=61)
        assert [c.id for c in inbox.similar(tx, official, case, much_later)] == [likest.id, like.id]
        assert inbox.similar(tx, make_official(tx, ELSEWHERE), case, NOW) == []

    await sqlite.write(work)


async def test_long_texts_are_compared_by_their_beginnings(sqlite: Database) -> None:
    """Whole, a few hundred of them would hold everybody up whenever one of them is opened."""

    def work(tx: Tx) -> None:
        def tell(begin: str, end: str) -> int:
            words = [*(f"{begin}{n}" for n in range(120)), *(f"{end}{n}" for n in range(500))]
            return make_case(tx, text=" ".join(words)[:4096]).id

        begins_alike, ends_alike = tell("một", "hai"), tell("ba", "bốn")
        opened = rows.get(tx, tell("một", "bốn"))

        found = [case.id for case in inbox.similar(tx, make_official(tx), opened, NOW)]
        assert (begins_alike in found, ends_alike in found) == (True, False)

    await sqlite.write(work)
