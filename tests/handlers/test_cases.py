"""A case's life: opened, taken in, answered, closed; what is refused, and what the resident hears."""

from collections.abc import Callable
from itertools import product

import pytest
import sqlalchemy as sa

from handlers import case_filing, cases, inbox, tracking
from handlers.case_changes import Told
from handlers.case_life import OPEN_STATUSES, STEPS, Action, Category, Kind, Status, step
from handlers.cases import Draft
from handlers.errors import Invalid, NotAllowed, TooLate
from handlers.officials import Official, Role
from storage import audit, identities, people
from storage import cases as rows
from storage.cases import Case
from storage.db import Database, Tx
from storage.errors import Conflict, NotFound
from storage.identities import Identity
from storage.tables import case_entries, metadata, residents
from storage.tables import cases as table
from tests.conftest import NOW
from tests.handlers.casework import (
    DEADLINES,
    ELSEWHERE,
    HERE,
    TEXT,
    deliveries,
    make_address,
    make_case,
    make_case_at,
    make_official,
    new_code,
    told,
)
from tests.storage.builders import later

WORDS = "Tiền trợ cấp tháng 10 và 11 chi trả ngày 28/11 tại nhà văn hoá thôn."


def act(tx: Tx, action: Action, official: Official, case: Case) -> object:
    """Do one thing to a case, whatever it takes."""
    target = make_case(tx) if action is Action.MERGE else None
    address_id = rows.open_reply_address(tx, case.id)
    assert address_id is not None
    ways: dict[Action, Callable[[], object]] = {
        Action.RECEIVE: lambda: cases.receive(tx, official, case.id, case.version, DEADLINES, NOW),
        Action.START: lambda: cases.start(tx, official, case.id, case.version, NOW),
        Action.ASSIGN: lambda: cases.assign(tx, official, case.id, official, case.version, NOW),
        Action.NOTE: lambda: cases.note(tx, official, case.id, "đã gọi", case.version, NOW),
        Action.ANSWER: lambda: cases.answer(tx, official, case.id, WORDS, case.version, DEADLINES, NOW),
        Action.REFUSE: lambda: cases.refuse(tx, official, case.id, WORDS, case.version, NOW),
        Action.FORWARD: lambda: cases.forward(tx, official, case.id, WORDS, case.version, NOW),
        Action.CLOSE: lambda: cases.close(tx, official, case.id, case.version, NOW),
        Action.REOPEN: lambda: cases.reopen(tx, official, case.id, "x", case.version, DEADLINES, NOW),
        Action.MERGE: lambda: case_filing.merge(tx, official, case.id, target.id, case.version, NOW),  # type: ignore[union-attr]
        Action.MOVE: lambda: case_filing.move(tx, official, case.id, ELSEWHERE, case.version, NOW),
        Action.SORT: lambda: case_filing.sort(
            tx, official, case.id, Kind.REFLECTION, Category.OTHER, case.version, DEADLINES, NOW
        ),
        Action.ADD: lambda: tracking.add_words(tx, case.id, address_id, "thêm", (), DEADLINES, NOW),
        Action.WITHDRAW: lambda: tracking.withdraw(tx, case.id, address_id, NOW),
        Action.SOLVED: lambda: tracking.solved(tx, case.id, address_id, True, DEADLINES, NOW),
        Action.NOT_SOLVED: lambda: tracking.solved(tx, case.id, address_id, False, DEADLINES, NOW),
    }
    return ways[action]()


BY_PEOPLE = [a for a in STEPS if a not in (Action.DUE_SOON, Action.LATE, Action.ASK_SOLVED)]


@pytest.mark.parametrize(("action", "status"), list(product(BY_PEOPLE, Status)))
async def test_every_action_leads_where_the_table_says_or_is_refused(
    sqlite: Database, action: Action, status: Status
) -> None:
    def work(tx: Tx) -> None:
        official, case = make_official(tx), make_case_at(tx, status)
        target = step(action, status, Kind.REFLECTION)
        if target is None:
            before = rows.get(tx, case.id)
            with pytest.raises(TooLate):
                act(tx, action, official, case)
            assert rows.get(tx, case.id) == before
            assert deliveries(tx) == []
            return
        act(tx, action, official, case)
        after = rows.get(tx, case.id)
        assert after.status == target
        assert after.version == case.version + 1
        assert after.is_open == (target in OPEN_STATUSES and action is not Action.MERGE)
        history = tx.execute(sa.select(case_entries.c.action).where(case_entries.c.case_id == case.id))
        assert list(history.scalars())[-1] == action

    await sqlite.write(work)


def test_the_table_of_steps_knows_every_action_but_opening() -> None:
    assert set(STEPS) == set(Action) - {Action.OPEN}


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize("status", sorted(OPEN_STATUSES))
async def test_only_thanks_and_talks_are_closed_without_an_answer(
    sqlite: Database, kind: Kind, status: Status
) -> None:
    def work(tx: Tx) -> None:
        official, case = make_official(tx), make_case_at(tx, status, kind)
        if kind in (Kind.THANKS, Kind.HUMAN):
            assert cases.close(tx, official, case.id, case.version, NOW).case.status == Status.CLOSED
        else:
            with pytest.raises(TooLate):
                cases.close(tx, official, case.id, case.version, NOW)

    await sqlite.write(work)


async def test_a_resident_hears_of_every_step_once_until_it_is_solved(sqlite: Database) -> None:
    def work(tx: Tx) -> None:
        official, case = make_official(tx), make_case(tx)
        address_id = case.address_id
        assert address_id is not None
        assert case.status == Status.NEW
        assert case.due_at is not None
        case = cases.receive(tx, official, case.id, case.version, DEADLINES, NOW).case
        assert "đã tiếp nhận phản ánh" in told(tx)[-1]
        case = cases.start(tx, official, case.id, case.version, NOW).case
        assert case.assignee_id == official.id
        done = cases.answer(tx, official, case.id, WORDS, case.version, DEADLINES, NOW)
        assert done.told is Told.ON_ITS_WAY
        assert WORDS in told(tx)[-1]
        assert len(told(tx, address_id)) == 2
        assert [d.status for d in deliveries(tx)] == ["queued", "queued"]
        assert {d.lane for d in deliveries(tx)} == {1}
        assert done.case.due_at is None
        assert done.case.ask_solved_at is not None
        case = tracking.solved(tx, case.id, address_id, True, DEADLINES, later(days=4))
        assert (case.status, case.solved, case.is_open) == (Status.CLOSED, True, False)
        assert len(told(tx)) == 2

    await sqlite.write(work)


async def test_not_solved_takes_it_up_again_with_a_new_clock(sqlite: Database) -> None:
    def work(tx: Tx) -> None:
        official, case = make_official(tx), make_case(tx)
        assert case.address_id is not None
        cases.answer(tx, official, case.id, WORDS, case.version, DEADLINES, NOW)
        case = tracking.solved(tx, case.id, case.address_id, False, DEADLINES, later(days=4))
        assert (case.status, case.solved, case.is_open) == (Status.IN_PROGRESS, False, True)
        due = DEADLINES.reopened(Kind.REFLECTION, later(days=4))
        assert due is not None
        assert (case.due_at, case.due_soon_at) == (due.at, due.soon_at)
        # A second press of the same button changes nothing.
        assert tracking.solved(tx, case.id, case.address_id or 0, False, DEADLINES, later(days=5)) == case

    await sqlite.write(work)


async def test_acceptance_starts_the_thirty_days_of_a_complaint(sqlite: Database) -> None:
    def work(tx: Tx) -> None:
        official, case = make_official(tx), make_case(tx, kind=Kind.COMPLAINT)
        first = DEADLINES.opened(Kind.COMPLAINT, NOW)
        assert first is not None
        assert case.due_at == first.at
        received = cases.receive(tx, official, case.id, case.version, DEADLINES, later(days=1)).case
        settle = DEADLINES.received(Kind.COMPLAINT, later(days=1))
        assert settle is not None
        assert received.due_at == settle.at > case.due_at

    await sqlite.write(work)


async def test_a_reflection_keeps_its_clock_when_it_is_taken_in(sqlite: Database) -> None:
    def work(tx: Tx) -> None:
        official, case = make_official(tx), make_case(tx)
        received = cases.receive(tx, official, case.id, case.version, DEADLINES, later(days=1)).case
        assert received.due_at == case.due_at

    await sqlite.write(work)


async def test_a_stale_version_is_a_conflict_and_sends_nothing(sqlite: Database) -> None:
    def work(tx: Tx) -> None:
        official, case = make_official(tx), make_case(tx)
        cases.note(tx, official, case.id, "đã gọi", case.version, NOW)
        with pytest.raises(Conflict):
            cases.answer(tx, official, case.id, WORDS, case.version, DEADLINES, NOW)
        assert told(tx) == []

    await sqlite.write(work)


@pytest.mark.parametrize("action", [a for a in BY_PEOPLE if a not in (
    Action.ADD, Action.WITHDRAW, Action.SOLVED, Action.NOT_SOLVED)])  # fmt: skip
async def test_a_case_of_another_commune_is_not_there(sqlite: Database, action: Action) -> None:
    def work(tx: Tx) -> None:
        stranger = make_official(tx, ELSEWHERE)
        for status in Status:
            case = make_case_at(tx, status)
            with pytest.raises(NotFound):
                act(tx, action, stranger, case)
            with pytest.raises(NotFound):
                inbox.get(tx, stranger, case.id)
        assert told(tx) == []

    await sqlite.write(work)


@pytest.mark.parametrize("role", [r for r in Role if r is not Role.OFFICER])
async def test_only_officers_work_on_cases(sqlite: Database, role: Role) -> None:
    def work(tx: Tx) -> None:
        official, case = make_official(tx, None, role), make_case(tx)
        for action in (Action.RECEIVE, Action.ANSWER, Action.NOTE, Action.MERGE):
            with pytest.raises(NotAllowed):
                act(tx, action, official, case)
        if role in (Role.LEADER, Role.ADMIN):
            assert inbox.get(tx, official, case.id).case == case
        else:
            with pytest.raises(NotAllowed):
                inbox.get(tx, official, case.id)

    await sqlite.write(work)


async def test_every_change_by_an_official_is_audited_without_personal_text(sqlite: Database) -> None:
    def work(tx: Tx) -> None:
        official, case = make_official(tx), make_case(tx)
        for action in (Action.RECEIVE, Action.START, Action.ASSIGN, Action.NOTE, Action.ANSWER, Action.CLOSE):
            act(tx, action, official, rows.get(tx, case.id))
        entries = audit.list_entries(tx, subject_kind="case", subject_id=str(case.id))
        assert [e.action for e in entries][::-1] == [
            "case.receive", "case.start", "case.assign", "case.note", "case.answer", "case.close",
        ]  # fmt: skip
        assert all(e.official_id == official.id for e in entries)
        assert not any(word in str(entries) for word in (WORDS, TEXT, "đã gọi"))
        assert audit.verify(tx).bad_id is None

    await sqlite.write(work)


async def test_an_anonymous_case_keeps_nobody_in_plain_and_is_answered_all_the_same(sqlite: Database) -> None:
    def work(tx: Tx) -> None:
        # Ids that stand out in a dump of the row.
        person = people.meet(tx, "telegram", "chat-77123456", NOW)
        identities.set_identity(tx, person.resident_id, Identity("Phạm Thị Hạnh", "0912345678"))
        draft = Draft(
            Kind.REFLECTION, Category.CONDUCT, TEXT, HERE, "telegram", person.address_id, person.resident_id,
            anonymous=True, phone="0912345678", name="Phạm Thị Hạnh",
        )  # fmt: skip
        opened = cases.open_case(tx, draft, new_code, DEADLINES, NOW)
        row = tx.execute(sa.select(table).where(table.c.id == opened.case_id)).one()
        assert (row.address_id, row.resident_id, row.name_sealed, row.phone_sealed) == (None,) * 4
        assert str(person.address_id).encode() not in (row.reply_sealed, row.reply_lookup)

        official = make_official(tx)
        page = inbox.get(tx, official, opened.case_id)
        assert (page.name, page.phone) == (None, None)
        assert (page.case.address_id, page.case.resident_id) == (None, None)

        done = cases.answer(tx, official, opened.case_id, WORDS, 1, DEADLINES, NOW)
        assert done.told is Told.ON_ITS_WAY
        assert WORDS in told(tx, person.address_id)[-1]
        assert "Hạnh" not in repr(inbox.get(tx, official, opened.case_id))

        stranger = make_address(tx)
        assert [c.id for c in tracking.list_own(tx, person.address_id)] == [opened.case_id]
        assert tracking.list_own(tx, stranger) == []
        tracking.add_words(tx, opened.case_id, person.address_id, "thêm", (), DEADLINES, NOW)
        with pytest.raises(NotFound):
            tracking.add_words(tx, opened.case_id, stranger, "thêm", (), DEADLINES, NOW)
        with pytest.raises(NotFound):
            tracking.withdraw(tx, opened.case_id, stranger, NOW)
        assert tracking.withdraw(tx, opened.case_id, person.address_id, NOW).status == Status.WITHDRAWN

    await sqlite.write(work)


async def test_a_name_and_phone_that_were_given_are_sealed_and_opened_for_officials(sqlite: Database) -> None:
    def work(tx: Tx) -> None:
        case = make_case(tx, kind=Kind.HUMAN, name="Phạm Thị Hạnh", phone="0912345678")
        page = inbox.get(tx, make_official(tx), case.id)
        assert (page.name, page.phone) == ("Phạm Thị Hạnh", "0912345678")
        row = tx.execute(sa.select(table).where(table.c.id == case.id)).one()
        assert b"0912345678" not in row.phone_sealed

    await sqlite.write(work)


async def test_the_public_sees_where_a_case_stands_and_no_word_of_it(sqlite: Database) -> None:
    def work(tx: Tx) -> None:
        official, case = make_official(tx), make_case(tx)
        assert case.address_id is not None
        cases.note(tx, official, case.id, "nhà có con ốm", case.version, NOW)
        cases.answer(tx, official, case.id, WORDS, case.version + 1, DEADLINES, later(hours=1))
        public = tracking.follow(tx, case.code)
        assert public is not None
        assert public.status == Status.ANSWERED
        assert [s.sentence for s in public.steps] == ["Đã gửi.", "Cán bộ đã trả lời."]
        assert not any(word in repr(public) for word in (TEXT, WORDS, "nhà có con ốm", official.name))
        own = tracking.follow(tx, case.code, case.address_id)
        assert own is not None
        assert (own.text, own.steps[-1].text) == (TEXT, WORDS)
        assert "nhà có con ốm" not in repr(own)
        assert tracking.follow(tx, case.code, make_address(tx)) == public
        assert tracking.follow(tx, "A23456789") is None

    await sqlite.write(work)


@pytest.mark.parametrize(
    "text", ["", "  \n ", "Hẹn bà con ngày {ngày hẹn} tại trụ sở", "x" * 3001, "😀" * 1501, "\x00\x07"]
)
async def test_an_answer_that_cannot_be_sent_as_it_is_is_refused(sqlite: Database, text: str) -> None:
    def work(tx: Tx) -> None:
        official, case = make_official(tx), make_case(tx)
        with pytest.raises(Invalid):
            cases.answer(tx, official, case.id, text, case.version, DEADLINES, NOW)
        assert rows.get(tx, case.id) == case

    await sqlite.write(work)


async def test_a_note_may_hold_what_an_answer_may_not(sqlite: Database) -> None:
    def work(tx: Tx) -> None:
        official, case = make_official(tx), make_case(tx)
        cases.note(tx, official, case.id, "mẫu có {ngày hẹn}", case.version, NOW)
        assert told(tx) == []

    await sqlite.write(work)


async def test_a_web_answer_waits_for_its_browser(sqlite: Database) -> None:
    def work(tx: Tx) -> None:
        official, case = make_official(tx), make_case(tx, channel="web")
        cases.answer(tx, official, case.id, WORDS, case.version, DEADLINES, NOW)
        assert [d.status for d in deliveries(tx)] == ["waiting"]

    await sqlite.write(work)


async def test_an_answer_nobody_can_get_is_kept_and_the_official_is_told(sqlite: Database) -> None:
    def work(tx: Tx) -> None:
        official = make_official(tx)
        blocked, erased = make_case(tx), make_case(tx)
        assert blocked.address_id is not None
        assert erased.address_id is not None
        people.block_address(tx, blocked.address_id, NOW)
        owner = sa.select(metadata.tables["addresses"].c.resident_id).where(
            metadata.tables["addresses"].c.id == erased.address_id
        )
        tx.execute(sa.delete(residents).where(residents.c.id == owner.scalar_subquery()))
        draft = Draft(Kind.REFLECTION, Category.OTHER, TEXT, HERE, "office", assisted_by=official.id)
        paper = rows.get(tx, cases.open_case(tx, draft, new_code, DEADLINES, NOW).case_id)
        outcomes = {}
        for case in (blocked, erased, paper):
            done = cases.answer(tx, official, case.id, WORDS, case.version, DEADLINES, NOW)
            outcomes[case.id] = done.told
            lines = inbox.get(tx, official, case.id).lines
            assert lines[-1].entry.text == WORDS
        assert list(outcomes.values()) == [Told.BLOCKED, Told.ERASED, Told.NOBODY]
        assert [d.status for d in deliveries(tx)] == ["blocked"]

    await sqlite.write(work)


async def test_a_talk_pauses_answers_until_it_is_closed(sqlite: Database) -> None:
    def work(tx: Tx) -> None:
        person = people.meet(tx, "web", "somebody", NOW)
        official = make_official(tx)
        case = make_case(tx, kind=Kind.HUMAN, address_id=person.address_id)
        helped = sa.select(residents.c.helped_case_id, residents.c.helped_until).where(
            residents.c.id == person.resident_id
        )
        assert tuple(tx.execute(helped).one()) == (case.id, later(hours=24))
        case = cases.answer(tx, official, case.id, WORDS, case.version, DEADLINES, NOW).case
        assert tx.execute(helped).one().helped_case_id == case.id
        cases.close(tx, official, case.id, case.version, NOW)
        assert tuple(tx.execute(helped).one()) == (None, None)

    await sqlite.write(work)


async def test_a_code_that_is_taken_is_drawn_again(sqlite: Database) -> None:
    def work(tx: Tx) -> None:
        draft = Draft(Kind.THANKS, Category.THANKS, "Cảm ơn cô chú", HERE, "web", make_address(tx))
        drawn = iter(["A23456789", "A23456789", "A23456789", "C23456789"])
        first = cases.open_case(tx, draft, lambda: next(drawn), DEADLINES, NOW)
        second = cases.open_case(tx, draft, lambda: next(drawn), DEADLINES, NOW)
        assert (first.code, second.code) == ("A23456789", "C23456789")
        with pytest.raises(Conflict):
            cases.open_case(tx, draft, lambda: "A23456789", DEADLINES, NOW)

    await sqlite.write(work)


async def test_a_case_is_given_only_to_who_can_work_on_it(sqlite: Database) -> None:
    def work(tx: Tx) -> None:
        official, case = make_official(tx), make_case(tx)
        for wrong in (make_official(tx, ELSEWHERE), make_official(tx, None, Role.LEADER)):
            with pytest.raises(Invalid):
                cases.assign(tx, official, case.id, wrong, case.version, NOW)
        colleague = make_official(tx)
        case = cases.assign(tx, official, case.id, colleague, case.version, NOW).case
        assert case.assignee_id == colleague.id
        assert cases.assign(tx, official, case.id, None, case.version, NOW).case.assignee_id is None

    await sqlite.write(work)


async def test_nothing_can_be_added_without_end(sqlite: Database) -> None:
    def work(tx: Tx) -> None:
        case = make_case(tx)
        assert case.address_id is not None
        for _ in range(tracking.MAX_ADDED):
            tracking.add_words(tx, case.id, case.address_id, "thêm", (), DEADLINES, NOW)
        with pytest.raises(Invalid):
            tracking.add_words(tx, case.id, case.address_id, "thêm", (), DEADLINES, NOW)
        with pytest.raises(Invalid):
            tracking.add_words(
                tx, make_case(tx, address_id=case.address_id).id, case.address_id, " ", (), DEADLINES, NOW
            )

    await sqlite.write(work)


async def test_an_anonymous_case_says_only_roughly_where_it_was_told(sqlite: Database) -> None:
    """“Cán bộ không thấy ai gửi” is what the resident reads: a place to the metre is a house."""

    def work(tx: Tx) -> None:
        home = (20.94127, 106.33064)
        hidden, named = (make_case(tx, anonymous=anonymous, place=home) for anonymous in (True, False))

        assert (hidden.latitude, hidden.longitude) == (20.94, 106.33)
        assert (named.latitude, named.longitude) == home

    await sqlite.write(work)
