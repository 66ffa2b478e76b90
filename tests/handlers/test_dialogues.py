"""The order of business, outcomes, minutes and attendance: sorted, put right, closed, told once."""

import asyncio
from datetime import timedelta

import pytest
import sqlalchemy as sa

from faq.likeness import Likeness
from handlers import agenda, attendance, dialogues, event_messages, event_questions, rsvps, surveys
from handlers.errors import Invalid, NotAllowed, RuleError, TooLate
from handlers.officials import Official, Role
from handlers.topics import Library
from storage import agenda as rows
from storage import erasure, events, tables
from storage.agenda import ANSWERED, FOLLOW_UP, NOT_REACHED
from storage.db import Database, Tx
from storage.errors import Conflict, NotFound
from storage.people import Person
from tests.conftest import NOW
from tests.handlers.announcing import ZONE
from tests.handlers.casework import ELSEWHERE, HERE, make_official
from tests.handlers.eventful import RULES, STARTS, VOICE, make_event, make_going, told_texts
from tests.handlers.test_event_changes import tell_all
from tests.storage.builders import EMPTIED, on_postgresql, together

database_url, sqlite, emptied_postgres_url, migrated_postgres_url, migrated_sqlite_file = EMPTIED
AFTER = STARTS + timedelta(hours=2)
ROAD, ROAD_TOO = "Bao giờ xã làm lại đường thôn Đông", "bao giờ xã làm lại đường thôn đông ạ"
WATER = "Nước sạch bao giờ về tới thôn Đoài"


@pytest.fixture(scope="module")
def likeness(library: Library) -> Likeness:
    """What compares questions."""
    return library.likeness


def make_dialogue(tx: Tx) -> int:
    """Announce a dialogue of a commune."""
    return make_event(tx, type="dialogue", area_code=HERE, title="Đối thoại").event.id


def hand_in(tx: Tx, event_id: int, *texts: str) -> Person:
    """Let somebody new hand in questions."""
    person = make_going(tx)
    event_questions.hand_in(tx, person, event_id, texts, NOW)
    return person


def sort(tx: Tx, likeness: Likeness) -> None:
    """Sort all that waits."""
    while (seen := agenda.look(tx)) is not None:
        agenda.settle(tx, seen, agenda.plan(seen, likeness))


def titles(tx: Tx, event_id: int) -> list[str]:
    """Return the order of business."""
    return [item.title for item in rows.list_items(tx, event_id)]


# -- the order of business


async def test_like_questions_come_under_one_item(database: Database, likeness: Likeness) -> None:
    def work(tx: Tx) -> None:
        event_id = make_dialogue(tx)
        hand_in(tx, event_id, ROAD, WATER)
        sort(tx, likeness)
        hand_in(tx, event_id, ROAD_TOO)
        sort(tx, likeness)

        sheet = agenda.show(tx, make_official(tx), event_id)
        found = [(b.item.title, b.counts.questions, b.counts.people) for b in sheet.business]
        assert found == [(ROAD, 2, 2), (WATER, 1, 1)]
        assert [b.in_their_words for b in sheet.business] == [True, True]
        assert not sheet.unsorted

    await database.write(work)


async def test_plan_of_what_changed_meanwhile_is_made_again(sqlite: Database, likeness: Likeness) -> None:
    def work(tx: Tx) -> None:
        event_id, official = make_dialogue(tx), make_official(tx)
        hand_in(tx, event_id, ROAD)
        seen = agenda.look(tx)
        assert seen is not None
        agenda.add_item(tx, official, event_id, ROAD, NOW)

        assert not agenda.settle(tx, seen, agenda.plan(seen, likeness))
        sort(tx, likeness)
        assert titles(tx, event_id) == [ROAD]

    await sqlite.write(work)


@on_postgresql
async def test_two_workers_make_an_item_once(database: Database, likeness: Likeness) -> None:
    event_id = await database.write(make_dialogue)
    await database.write(hand_in, event_id, ROAD)
    seen = await database.read(agenda.look)
    assert seen is not None
    placed = agenda.plan(seen, likeness)

    await asyncio.gather(*(database.write(agenda.settle, seen, placed) for _ in range(2)))
    assert await database.read(titles, event_id) == [ROAD]


async def test_words_that_are_taken_back_are_no_title(sqlite: Database, likeness: Likeness) -> None:
    def work(tx: Tx) -> None:
        event_id = make_dialogue(tx)
        first = hand_in(tx, event_id, ROAD, WATER)
        hand_in(tx, event_id, ROAD_TOO)
        sort(tx, likeness)
        for question in rows.list_own(tx, event_id, first.resident_id):
            event_questions.withdraw(tx, first, question.id, NOW)

        assert titles(tx, event_id) == [ROAD_TOO]

    await sqlite.write(work)


async def test_words_of_who_was_erased_are_no_title(database: Database, likeness: Likeness) -> None:
    """Their items are named by the next question; one that is settled stays, without their words."""

    def work(tx: Tx) -> None:
        official, event_id = make_official(tx), make_dialogue(tx)
        first = hand_in(tx, event_id, ROAD, WATER, "Xin hỏi về thẻ bảo hiểm của cháu nhà tôi")
        hand_in(tx, event_id, ROAD_TOO)
        sort(tx, likeness)
        water = rows.list_items(tx, event_id)[1]
        dialogues.set_outcome(tx, official, water.id, ANSWERED, "Có", water.version, AFTER)
        erasure.erase(tx, first.resident_id, (), "(đã xóa)", AFTER)

        assert titles(tx, event_id) == [ROAD_TOO, "(đã xóa)"]
        finish(tx, official, event_id)
        close(tx, official, event_id)
        tell_all(tx, AFTER)
        assert len(told_texts(tx)) == 1

    await database.write(work)


async def test_official_puts_it_right(sqlite: Database, likeness: Likeness) -> None:
    def work(tx: Tx) -> None:
        official, event_id = make_official(tx), make_dialogue(tx)
        hand_in(tx, event_id, ROAD, WATER)
        hand_in(tx, event_id, ROAD_TOO)
        sort(tx, likeness)
        road, water = rows.list_items(tx, event_id)
        third = agenda.add_item(tx, official, event_id, "  Việc   khác ", NOW)
        agenda.shift(tx, official, third, agenda.UP, 3, NOW)
        agenda.shift(tx, official, third, agenda.UP, 3, NOW)  # pressed twice
        agenda.retitle(tx, official, road.id, "Đường thôn Đông", road.version, NOW)
        assert titles(tx, event_id) == ["Đường thôn Đông", "Việc khác", WATER]

        last = rows.list_under(tx, road.id, 9)[-1]
        apart = agenda.move_question(tx, official, last.id, road.id, None, NOW)
        with pytest.raises(Conflict):
            agenda.move_question(tx, official, last.id, road.id, water.id, NOW)
        agenda.move_question(tx, official, last.id, apart, water.id, NOW)
        agenda.merge(tx, official, water.id, road.id, water.version, NOW)
        with pytest.raises(Invalid, match="không xóa được"):
            agenda.remove_item(tx, official, road.id, road.version + 1, NOW)
        agenda.remove_item(tx, official, apart, 1, NOW)

        sheet = agenda.show(tx, official, event_id)
        assert [(b.item.title, b.counts.questions) for b in sheet.business] == [
            ("Đường thôn Đông", 3),
            ("Việc khác", 0),
        ]
        entries = tx.execute(sa.select(tables.audit.c.details).order_by(tables.audit.c.id)).scalars().all()
        assert ROAD not in "".join(entries)

    await sqlite.write(work)


async def test_second_of_two_who_change_an_item_is_told(sqlite: Database) -> None:
    def work(tx: Tx) -> None:
        official, event_id = make_official(tx), make_dialogue(tx)
        item_id = agenda.add_item(tx, official, event_id, "Đường", NOW)
        agenda.retitle(tx, official, item_id, "Đường làng", 1, NOW)

        with pytest.raises(Conflict):
            agenda.retitle(tx, official, item_id, "Đường xã", 1, NOW)
        with pytest.raises(Conflict):
            dialogues.set_outcome(tx, official, item_id, NOT_REACHED, "", 1, AFTER)
        assert titles(tx, event_id) == ["Đường làng"]

    await sqlite.write(work)


@pytest.mark.parametrize(
    ("role", "area_code", "error"),
    [
        (Role.OFFICER, ELSEWHERE, RuleError),
        (Role.LEADER, None, NotAllowed),
        (Role.ADMIN, None, NotAllowed),
        (Role.VIEWER, None, NotAllowed),
    ],
)
async def test_only_officers_of_the_area_and_editors_change_it(
    sqlite: Database, role: Role, area_code: str | None, error: type[Exception]
) -> None:
    def work(tx: Tx) -> None:
        event_id = make_dialogue(tx)
        item_id = agenda.add_item(tx, make_official(tx, None, Role.EDITOR), event_id, "Đường", NOW)
        who = make_official(tx, area_code, role)
        refused = (error, NotFound)
        with pytest.raises(refused):
            agenda.add_item(tx, who, event_id, "Điện", NOW)
        with pytest.raises(refused):
            agenda.retitle(tx, who, item_id, "Điện", 1, NOW)
        with pytest.raises(refused):
            dialogues.set_outcome(tx, who, item_id, NOT_REACHED, "", 1, AFTER)
        with pytest.raises(refused):
            dialogues.close(tx, who, event_id, "Xong", 1, RULES, AFTER, impersonal=True)
        with pytest.raises(refused):
            attendance.add_walk_in(tx, who, event_id, "Nguyễn Thị Lan", 1, ZONE, AFTER)

    await sqlite.write(work)


# -- outcomes and minutes


def finish(tx: Tx, official: Official, event_id: int) -> None:
    """Note an outcome for every item."""
    for item in rows.list_items(tx, event_id):
        dialogues.set_outcome(tx, official, item.id, ANSWERED, f"Về “{item.title}”: có.", item.version, AFTER)


def close(tx: Tx, official: Official, event_id: int, text: str = "Buổi họp có 30 người.") -> None:
    """Close the minutes."""
    version = events.get(tx, event_id).version
    dialogues.close(tx, official, event_id, text, version, RULES, AFTER, impersonal=True)


async def test_minutes_wait_for_every_outcome_and_say_what_is_missing(
    sqlite: Database, likeness: Likeness
) -> None:
    def work(tx: Tx) -> None:
        official, event_id = make_official(tx), make_dialogue(tx)
        hand_in(tx, event_id, ROAD, WATER)
        with pytest.raises(Invalid, match=r"Còn 2 câu hỏi chưa xếp"):
            close(tx, official, event_id)
        sort(tx, likeness)
        first, second = rows.list_items(tx, event_id)
        with pytest.raises(Invalid, match=f"Còn 2 mục chưa ghi kết quả: 1. {ROAD}; 2. {WATER}"):
            close(tx, official, event_id)
        dialogues.set_outcome(tx, official, first.id, FOLLOW_UP, "Xã làm trong tháng 1", 1, AFTER)
        with pytest.raises(Invalid, match=f"Còn 1 mục chưa ghi kết quả: 2. {WATER}"):
            close(tx, official, event_id)
        dialogues.set_outcome(tx, official, second.id, NOT_REACHED, "", 1, AFTER)
        with pytest.raises(Invalid, match="không lộ tên"):
            dialogues.close(tx, official, event_id, "Xong", 1, RULES, AFTER, impersonal=False)
        with pytest.raises(Invalid, match="chưa có chữ"):
            close(tx, official, event_id, " ")
        assert dialogues.public_minutes(tx, events.get(tx, event_id)) is None
        close(tx, official, event_id)

        event = events.get(tx, event_id)
        assert (event.status, event.minutes_by, event.minutes_at) == ("held", official.id, AFTER)
        with pytest.raises(TooLate):
            close(tx, official, event_id)
        with pytest.raises(TooLate):
            agenda.add_item(tx, official, event_id, "Việc khác", AFTER)
        with pytest.raises(TooLate):
            dialogues.set_outcome(tx, official, second.id, ANSWERED, "Có", 2, AFTER)

    await sqlite.write(work)


@pytest.mark.parametrize(("outcome", "text"), [("answered", ""), ("follow_up", " "), ("maybe", "Có")])
async def test_outcome_that_tells_nothing_is_refused(sqlite: Database, outcome: str, text: str) -> None:
    def work(tx: Tx) -> None:
        official, event_id = make_official(tx), make_dialogue(tx)
        item_id = agenda.add_item(tx, official, event_id, "Đường", NOW)
        with pytest.raises(Invalid):
            dialogues.set_outcome(tx, official, item_id, outcome, text, 1, AFTER)
        with pytest.raises(TooLate):
            dialogues.set_outcome(tx, official, item_id, ANSWERED, "Có", 1, NOW)

    await sqlite.write(work)


async def test_minutes_are_kept_while_they_are_written(sqlite: Database) -> None:
    def work(tx: Tx) -> None:
        official, event_id = make_official(tx), make_dialogue(tx)
        saved = dialogues.save(tx, official, event_id, "Dòng một\r\nDòng hai", 1, AFTER)
        assert (saved.minutes, saved.minutes_at, saved.version) == ("Dòng một\nDòng hai", None, 2)
        with pytest.raises(Conflict):
            dialogues.save(tx, official, event_id, "Khác", 1, AFTER)
        assert dialogues.public_minutes(tx, saved) is None

    await sqlite.write(work)


async def test_every_asker_hears_once_and_who_came_gets_the_minutes(
    database: Database, likeness: Likeness
) -> None:
    def work(tx: Tx) -> None:
        official, event_id = make_official(tx), make_dialogue(tx)
        asked_two = hand_in(tx, event_id, ROAD, WATER)
        asked_one = hand_in(tx, event_id, ROAD_TOO)
        came, stayed_away = make_going(tx), make_going(tx)
        rsvps.come(tx, came, event_id, 1, VOICE, NOW)
        rsvps.come(tx, stayed_away, event_id, 1, VOICE, NOW)
        attendance.check_in(tx, came, event_id, None, ZONE, AFTER)
        attendance.check_in(tx, asked_one, event_id, None, ZONE, AFTER)
        sort(tx, likeness)
        finish(tx, official, event_id)
        tell_all(tx, AFTER)
        assert told_texts(tx) == [], "nothing is told before the minutes are closed"
        close(tx, official, event_id)
        for _ in range(3):
            tell_all(tx, AFTER)

        code = event_messages.code_line(events.get_announced(tx, event_id))
        (said,) = told_texts(tx, [asked_two.address_id])
        assert said == (
            "Buổi “Đối thoại” đã họp xong. Kết quả câu hỏi của bà con:\n\n"
            f"Bà con hỏi: “{ROAD}”\nTrả lời: Về “{ROAD}”: có.\n\n"
            f"Bà con hỏi: “{WATER}”\nTrả lời: Về “{WATER}”: có.\n\n{code}"
        )
        minutes = f"Biên bản buổi “Đối thoại” mà bà con đã dự:\n\nBuổi họp có 30 người.\n\n{code}"
        assert told_texts(tx, [came.address_id]) == [minutes]
        assert sorted(told_texts(tx, [asked_one.address_id]))[0] == minutes
        assert len(told_texts(tx, [asked_one.address_id])) == 2
        assert told_texts(tx, [stayed_away.address_id]) == []
        lanes = tx.execute(sa.select(tables.outbox.c.lane).distinct()).scalars().all()
        assert lanes == [1]
        untold = sa.select(sa.func.count()).where(tables.event_questions.c.told_at.is_(None))
        assert tx.execute(untold).scalar_one() == 0

    await database.write(work)


async def test_minutes_are_not_closed_over_a_phone_number_in_a_title(
    sqlite: Database, likeness: Likeness
) -> None:
    """A title is what somebody typed until it is changed, and from here on everybody may read it."""

    def work(tx: Tx) -> None:
        official, event_id = make_official(tx), make_dialogue(tx)
        hand_in(tx, event_id, f"{ROAD} Gọi tôi số 0912.345.678", WATER)
        sort(tx, likeness)
        finish(tx, official, event_id)
        with pytest.raises(Invalid, match="Tên mục 1 có số điện thoại"):
            close(tx, official, event_id)
        item = rows.list_items(tx, event_id)[0]
        agenda.retitle(tx, official, item.id, ROAD, item.version, AFTER)

        close(tx, official, event_id)

    await sqlite.write(work)


async def test_nobody_is_told_at_night(sqlite: Database, likeness: Likeness) -> None:
    def work(tx: Tx) -> None:
        official, event_id = make_official(tx), make_dialogue(tx)
        hand_in(tx, event_id, ROAD)
        sort(tx, likeness)
        finish(tx, official, event_id)
        night = STARTS + timedelta(hours=14)
        dialogues.close(tx, official, event_id, "Xong", 1, RULES, night, impersonal=True)

        tell_all(tx, night)
        assert told_texts(tx) == []
        tell_all(tx, STARTS + timedelta(hours=22))
        assert len(told_texts(tx)) == 1

    await sqlite.write(work)


@on_postgresql
async def test_two_workers_tell_each_asker_once(database: Database, likeness: Likeness) -> None:
    def fill(tx: Tx) -> None:
        official, event_id = make_official(tx), make_dialogue(tx)
        for _ in range(250):
            hand_in(tx, event_id, ROAD, WATER)
        sort(tx, likeness)
        finish(tx, official, event_id)
        close(tx, official, event_id)

    await database.write(fill)
    await together(*(database.write(tell_all, AFTER) for _ in range(2)))
    await database.write(tell_all, AFTER)
    assert len(await database.read(told_texts)) == 250


async def test_many_long_outcomes_fit_their_messages(sqlite: Database) -> None:
    def work(tx: Tx) -> None:
        official, event_id = make_official(tx), make_dialogue(tx)
        person = hand_in(tx, event_id, *(f"Câu hỏi về việc thứ {n} thì sao" for n in range(5)))
        for question in rows.list_own(tx, event_id, person.resident_id):
            agenda.move_question(tx, official, question.id, None, None, NOW)
        for item in rows.list_items(tx, event_id):
            dialogues.set_outcome(tx, official, item.id, ANSWERED, "a" * 1500, 1, AFTER)
        close(tx, official, event_id, "b" * 9000)
        tell_all(tx, AFTER)

        said = told_texts(tx)
        assert len(said) == 5
        assert max(map(len, said)) <= 1800

    await sqlite.write(work)


async def test_page_shows_outcomes_and_nobody_s_words(sqlite: Database, likeness: Likeness) -> None:
    def work(tx: Tx) -> None:
        official, event_id = make_official(tx), make_dialogue(tx)
        hand_in(tx, event_id, ROAD)
        sort(tx, likeness)
        (item,) = rows.list_items(tx, event_id)
        agenda.retitle(tx, official, item.id, "Đường thôn Đông", 1, NOW)
        dialogues.set_outcome(tx, official, item.id, FOLLOW_UP, "Làm trong tháng 1", 2, AFTER)
        attendance.add_walk_in(tx, official, event_id, "Nguyễn Thị Lan", 3, ZONE, AFTER)
        close(tx, official, event_id)

        shown = dialogues.public_minutes(tx, events.get(tx, event_id))
        assert shown is not None
        assert (shown.text, shown.people) == ("Buổi họp có 30 người.", 3)
        assert [(i.title, i.outcome, i.text) for i in shown.items] == [
            ("Đường thôn Đông", "Giải quyết tiếp", "Làm trong tháng 1")
        ]
        assert "Lan" not in repr(shown)
        assert ROAD not in repr(shown)

    await sqlite.write(work)


# -- attendance


async def test_official_notes_who_came(database: Database) -> None:
    def work(tx: Tx) -> None:
        official, event_id = make_official(tx), make_dialogue(tx)
        signed_up = make_going(tx)
        answered = rsvps.come(tx, signed_up, event_id, 2, VOICE, NOW).rsvp
        assert answered is not None
        with pytest.raises(TooLate):
            attendance.note(tx, official, event_id, answered.id, 2, ZONE, NOW)
        attendance.note(tx, official, event_id, answered.id, 2, ZONE, AFTER)
        attendance.check_in(tx, signed_up, event_id, None, ZONE, AFTER)
        walk_in = attendance.add_walk_in(tx, official, event_id, " Nguyễn Thị  Lan", 3, ZONE, AFTER)
        with pytest.raises(Invalid, match="đã ghi rồi"):
            attendance.add_walk_in(tx, official, event_id, "nguyễn thị lan", 3, ZONE, AFTER)

        present = attendance.show(tx, official, event_id, AFTER, names=True)
        assert (present.counts.answers, present.counts.people, present.counts.walk_ins) == (2, 5, 1)
        names = {each.rsvp.id: each.identity.name for each in present.sign_ups if each.identity}
        assert names == {answered.id: None, walk_in: "Nguyễn Thị Lan"}
        sealed = tx.execute(
            sa.select(tables.rsvps.c.name_sealed).where(tables.rsvps.c.id == walk_in)
        ).scalar()
        assert sealed is not None
        assert b"Lan" not in sealed

        attendance.note(tx, official, event_id, answered.id, 0, ZONE, AFTER)
        attendance.note(tx, official, event_id, walk_in, 0, ZONE, AFTER)
        present = attendance.show(tx, official, event_id, AFTER, names=True)
        assert (present.counts.people, len(present.sign_ups)) == (0, 1)

    await database.write(work)


async def test_editor_and_leader_see_numbers_and_no_names(sqlite: Database) -> None:
    def work(tx: Tx) -> None:
        event_id = make_dialogue(tx)
        attendance.add_walk_in(tx, make_official(tx), event_id, "Nguyễn Thị Lan", 1, ZONE, AFTER)
        for role in (Role.EDITOR, Role.LEADER):
            who = make_official(tx, None, role)
            with pytest.raises(NotAllowed):
                attendance.show(tx, who, event_id, AFTER, names=True)
            present = attendance.show(tx, who, event_id, AFTER, names=False)
            assert [each.identity for each in present.sign_ups] == [None]

    await sqlite.write(work)


@on_postgresql
async def test_one_who_checks_in_twice_at_once_is_one(database: Database) -> None:
    event_id = await database.write(make_dialogue)
    person = await database.write(make_going)

    def work(tx: Tx) -> None:
        attendance.check_in(tx, person, event_id, None, ZONE, AFTER)

    await together(*(database.write(work) for _ in range(3)))
    found = await database.read(lambda tx: tx.execute(sa.select(tables.rsvps)).all())
    assert [(row.status, row.attended_people) for row in found] == [("walk_in", 1)]


# -- the survey


def agree(tx: Tx, person: Person, purpose: str = "surveys") -> None:
    """Agree to be asked."""
    row = {"resident_id": person.resident_id, "purpose": purpose, "wording": "1", "channel": "web"}
    tx.execute(sa.insert(tables.consents).values(**row, given_at=NOW))


async def test_only_who_came_and_agreed_is_asked_the_day_after(database: Database) -> None:
    def work(tx: Tx) -> None:
        event_id = make_dialogue(tx)
        came, came_only, agreed_only = (make_going(tx) for _ in range(3))
        agree(tx, came)
        agree(tx, came_only, "events")
        agree(tx, agreed_only)
        rsvps.come(tx, agreed_only, event_id, 1, VOICE, NOW)
        assert surveys.plan(tx, RULES, AFTER, 10) == 0, "nobody came yet"
        for person in (came, came_only):
            attendance.check_in(tx, person, event_id, None, ZONE, AFTER)
        assert surveys.plan(tx, RULES, STARTS - timedelta(hours=1), 10) == 0
        assert surveys.plan(tx, RULES, AFTER, 10) == 1
        assert surveys.plan(tx, RULES, AFTER, 10) == 0

        morning = STARTS + timedelta(days=1, hours=1)
        tell_all(tx, morning - timedelta(minutes=1))
        assert told_texts(tx) == []
        tell_all(tx, morning)
        tell_all(tx, morning + timedelta(hours=5))
        (said,) = told_texts(tx)
        assert told_texts(tx, [came.address_id]) == [said]
        assert "có ích cho bà con không" in said

        assert surveys.rate(tx, came, event_id, 3, morning)
        assert surveys.remark(tx, came, event_id, "Dễ hiểu")
        results = surveys.results(tx, make_official(tx), event_id)
        assert (results.scores, results.remarks, results.answers) == ({3: 1, 2: 0, 1: 0}, ["Dễ hiểu"], 1)

    await database.write(work)


async def test_late_survey_is_not_asked(sqlite: Database) -> None:
    def work(tx: Tx) -> None:
        event_id = make_dialogue(tx)
        came = make_going(tx)
        agree(tx, came)
        attendance.check_in(tx, came, event_id, None, ZONE, AFTER)
        assert surveys.plan(tx, RULES, AFTER, 10) == 1
        tell_all(tx, STARTS + timedelta(days=8))
        assert told_texts(tx) == []

    await sqlite.write(work)
