"""Erased means gone: from the rows, from the search, from the very file; and what was counted stays counted."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from bot.chores import Chores
from bot.files import Shelf
from bot.metrics import Metrics
from bot.transcript import BrowserTranscript
from faq.text import fold
from handlers import cases as case_uses
from handlers import grouping, my_data_texts, overview, texts
from handlers.case_life import Status
from handlers.messages import Address
from handlers.officials import Official, Role
from handlers.turn import Guide
from storage import audit, case_search, consents, erasure, exports, files, identities, outbox, people, tables
from storage.case_search import Wanted
from storage.cases import Case
from storage.db import Database, Tx
from storage.exports import Range
from storage.files import Stored
from storage.identities import Identity
from tests.handlers.casework import DEADLINES, HERE, ZONE, make_case, make_official
from tests.handlers.eventful import make_event
from tests.handlers.resident import Resident
from tests.handlers.test_stop import announce

NAME, PHONE, CHAT = "Vũ Thị Ngoan", "0987123456", "chat-88990011"
CLOSED_WORDS = "Ông trưởng xóm Đoài chiếm mất bờ giậu nhà tôi"
OPEN_WORDS = "Cái giếng khơi sau vườn nhà tôi bị lấp kín"
HIDDEN_WORDS = "Có người nhận quà biếu ở chợ Quýt"
ADDED_WORDS = "Hôm qua lại thêm đống gạch vụn nữa"
QUESTION = "nuôi dế mèn có được vay tiền không"
ANSWER = "Việc này cán bộ địa chính đã xuống xem."
MINE = (NAME, PHONE, CHAT, CLOSED_WORDS, HIDDEN_WORDS, ADDED_WORDS, QUESTION, "giấy của Ngoan.jpg")


class Town:
    """One person with something in every table, the officer, and another person who asks the same."""

    def __init__(self, database: Database, guide: Guide) -> None:
        self.database = database
        self.guide = guide
        self.resident = Resident(database, guide, address=Address("web", CHAT))
        self.officer: Official
        self.closed: Case
        self.open: Case
        self.hidden: Case

    async def fill(self) -> None:
        await self.resident.say("xin chào")
        await self.resident.say("đăng ký")
        await self.resident.send(payload="1:subscribe:give:all")
        await self.resident.say(QUESTION)
        await self.database.write(self._fill)
        await self.sort()
        await self.database.write(announce, self.resident.now, 2)

    async def sort(self) -> None:
        seen = await self.database.read(grouping.look, self.resident.now)
        placed = grouping.plan(seen, self.guide.library.likeness)
        await self.database.write(grouping.settle, seen, placed)

    def _fill(self, tx: Tx) -> None:
        now = self.resident.now
        me = people.meet(tx, "web", CHAT, now)
        identities.set_identity(tx, me.resident_id, Identity(NAME, PHONE))
        identities.set_category(tx, me.resident_id, "poor")
        people.choose_commune(tx, me.resident_id, HERE)
        self.officer = make_official(tx)
        mine: dict[str, Any] = {"address_id": me.address_id, "channel": "web"}
        self.closed = make_case(
            tx,
            text=CLOSED_WORDS,
            name=NAME,
            phone=PHONE,
            resident_id=me.resident_id,
            place=(20.9, 106.3),
            **mine,
        )
        tx.execute(
            sa.insert(tables.case_entries),
            {
                "case_id": self.closed.id,
                "at": now,
                "actor": "resident",
                "action": "add",
                "text": ADDED_WORDS,
                "public": True,
            },
        )
        case_uses.answer(tx, self.officer, self.closed.id, ANSWER, 1, DEADLINES, now)
        case_uses.close(tx, self.officer, self.closed.id, 2, now)
        self.hidden = make_case(tx, text=HIDDEN_WORDS, anonymous=True, **mine)
        self.open = make_case(tx, text=OPEN_WORDS, name=NAME, phone=PHONE, resident_id=me.resident_id, **mine)
        message_id = tx.execute(sa.select(sa.func.max(tables.messages.c.id))).scalar_one()
        stored = Stored("ab" * 16, "image/jpeg", "giấy của Ngoan.jpg", 10)
        files.add_stored(tx, "web", message_id, "photo", stored, now)
        files.add_stored(
            tx,
            "web",
            None,
            "photo",
            Stored("cd" * 16, "image/jpeg", "giấy của Ngoan.jpg", 10),
            now,
            case_id=self.closed.id,
        )
        self._fill_event(tx, me.resident_id, me.address_id)

    def _fill_event(self, tx: Tx, resident_id: int, address_id: int) -> None:
        now = self.resident.now
        announcement_id = tx.execute(
            sa.insert(tables.announcements).returning(tables.announcements.c.id),
            {
                "code": "SK-1",
                "kind": "event",
                "title": "Đối thoại",
                "text": "x",
                "pictures": [],
                "audience": {},
                "spread_hours": 0,
                "late_joiners": False,
                "status": "sent",
                "version": 1,
                "created_by": 1,
                "created_at": now,
                "cursor": 0,
                "late_cursor": 0,
            },
        ).scalar_one()
        event_id = tx.execute(
            sa.insert(tables.events).returning(tables.events.c.id),
            {
                "announcement_id": announcement_id,
                "type": "dialogue",
                "starts_at": now,
                "place": "Nhà văn hoá",
                "taken": 2,
                "status": "planned",
                "details_version": 1,
                "version": 1,
                "remind_before": [],
                "check_in_code": "1",
            },
        ).scalar_one()
        item_id = tx.execute(
            sa.insert(tables.agenda_items).returning(tables.agenda_items.c.id),
            {"event_id": event_id, "position": 1, "title": QUESTION, "version": 1},
        ).scalar_one()
        who = {"event_id": event_id, "resident_id": resident_id, "area_code": HERE}
        tx.execute(
            sa.insert(tables.rsvps),
            who
            | {
                "address_id": address_id,
                "status": "going",
                "people": 2,
                "answered_at": now,
                "queued_at": now,
                "details_version": 1,
                "name_sealed": b"sealed name",
            },
        )
        tx.execute(
            sa.insert(tables.event_questions),
            who | {"address_id": address_id, "text": QUESTION, "at": now, "item_id": item_id},
        )
        tx.execute(sa.insert(tables.survey_answers), who | {"score": 3, "remark": ADDED_WORDS, "at": now})

    async def erase(self, *, keep: Sequence[int] = ()) -> str:
        """Go the whole way by buttons."""
        await self.resident.say("xoá dữ liệu")
        while my_data_texts.BUTTON_WITHDRAW in self.resident.labels:
            asked = next(b.payload for b in self.resident.buttons if b.label == my_data_texts.BUTTON_UNNAME)
            stays = asked is not None and int(asked.split(":")[-1]) in keep
            await self.resident.press(my_data_texts.BUTTON_UNNAME if stays else my_data_texts.BUTTON_WITHDRAW)
        return await self.resident.press(my_data_texts.BUTTON_ERASE_SURE)

    async def everything(self) -> str:
        """Return every row of every table as text."""

        def read(tx: Tx) -> str:
            tables_ = tables.metadata.sorted_tables
            return "\n".join(str(tuple(row)) for table in tables_ for row in tx.execute(sa.select(table)))

        return await self.database.read(read)

    async def rows(self, table: sa.Table) -> Sequence[Any]:
        return await self.resident.rows(table)

    def chores(self, folder: Path) -> Chores:
        now = lambda: self.resident.now  # noqa: E731  # a clock is a word
        shelf = Shelf(folder)
        transcript = BrowserTranscript(self.database, shelf, now)
        keeping = DEADLINES.calendar.zone
        return Chores(
            self.database,
            transcript,
            shelf,
            Metrics(),
            self.guide.library,
            now,
            keeping,
            case_uses.HELP_LASTS * 730,
        )


@pytest.fixture
async def town(database: Database, small: Guide) -> Town:
    town = Town(database, small)
    await town.fill()
    return town


async def test_nothing_of_the_person_is_left_in_any_row(town: Town) -> None:
    before = await town.everything()
    assert all(words in before for words in (CLOSED_WORDS, HIDDEN_WORDS, ADDED_WORDS, QUESTION))

    said = await town.erase(keep=[town.open.id])

    assert said.startswith("Tôi đã xoá")
    after = await town.everything()
    for words in MINE:
        assert words not in after
        assert fold(words) not in after
    for table in (tables.consents, tables.attachments):
        assert await town.rows(table) == []
    assert [e for e in await town.rows(tables.agenda_items) if e.title == QUESTION] == []


async def test_seats_at_coming_sessions_are_given_back_and_that_is_said_before(town: Town) -> None:
    event_id = (await town.database.write(lambda tx: make_event(tx, seats=2))).event.id
    await town.resident.send(payload=f"1:rsvp:people:{event_id}:1")
    await town.resident.say("xoá dữ liệu")
    while my_data_texts.BUTTON_WITHDRAW in town.resident.labels:
        await town.resident.press(my_data_texts.BUTTON_WITHDRAW)
    assert my_data_texts.sure(0, 2, sign_ups=1) == town.resident.reply
    assert "Rút tên bà con khỏi 1 buổi họp" in town.resident.reply
    await town.resident.press(my_data_texts.BUTTON_ERASE_SURE)

    taken = {e.id: e.taken for e in await town.rows(tables.events)}
    assert taken[event_id] == 0
    assert "máy của bà con" not in town.resident.reply, "a browser keeps nothing"


async def test_a_closed_case_keeps_dates_kind_area_and_the_official_s_words(town: Town) -> None:
    await town.erase()

    case = next(c for c in await town.rows(tables.cases) if c.id == town.closed.id)
    assert (case.kind, case.area_code, case.status, case.opened_at) == (
        town.closed.kind,
        HERE,
        Status.CLOSED,
        town.closed.opened_at,
    )
    nothing = ("address_id", "resident_id", "reply_sealed", "reply_lookup", "name_sealed", "phone_sealed")
    assert all(getattr(case, name) is None for name in (*nothing, "latitude", "longitude"))
    assert case.text == ""
    entries = [e for e in await town.rows(tables.case_entries) if e.case_id == case.id]
    assert [(e.action, e.text) for e in entries] == [("open", None), ("answer", ANSWER), ("close", None)]


async def test_an_open_case_is_withdrawn_or_goes_on_without_a_name(town: Town) -> None:
    said = await town.erase(keep=[town.open.id])

    rows = {c.id: c for c in await town.rows(tables.cases)}
    kept, gone = rows[town.open.id], rows[town.hidden.id]
    assert (kept.text, kept.is_open, kept.address_id, kept.name_sealed) == (OPEN_WORDS, True, None, None)
    assert (gone.text, gone.status, gone.reply_sealed) == ("", Status.WITHDRAWN, None)
    assert town.open.code[:3] in said

    def answer(tx: Tx) -> str:
        return case_uses.answer(
            tx, town.officer, kept.id, "Đã khơi lại.", kept.version, DEADLINES, town.resident.now
        ).told

    assert await town.database.write(answer) == "erased"


async def test_search_finds_neither_word_nor_code_of_what_is_gone(town: Town) -> None:
    def found(tx: Tx, words: str) -> list[int]:
        return [c.id for c in case_search.list_newest(tx, Wanted(words=words), None, 9)]

    assert await town.database.read(found, "giau") == [town.closed.id]
    await town.erase()

    assert await town.database.read(found, "giau") == []
    assert await town.database.read(found, town.closed.code.lower()) == [town.closed.id]


async def test_totals_of_the_past_do_not_change(town: Town) -> None:
    def totals(tx: Tx) -> list[object]:
        leader = Official(town.officer.id, "l", "l", Role.ADMIN, None)
        seen = overview.look(tx, leader, ZONE, town.resident.now)
        counted = [exports.count(tx, kind, Range()) for kind in ("feedback", "questions")]
        bulk = sa.select(sa.func.count()).where(tables.outbox.c.announcement_id.is_not(None))
        groups = tx.execute(sa.select(tables.question_groups.c.count)).scalars().all()
        events = [
            tx.execute(sa.select(sa.func.count()).select_from(t)).scalar_one()
            for t in (tables.rsvps, tables.event_questions, tables.survey_answers)
        ]
        return [
            [(w.start, w.cases, w.questions) for w in seen.weeks],
            (seen.cases, seen.questions, seen.not_answerable, seen.said),
            seen.topics,
            counted,
            tx.execute(bulk).scalar_one(),
            groups,
            events,
        ]

    await town.resident.say("thẻ")
    before = await town.database.read(totals)
    await town.erase(keep=[town.open.id])

    assert await town.database.read(totals) == before


async def test_copies_of_announcements_stay_counted_as_nobody_s(town: Town) -> None:
    def begin(tx: Tx) -> None:
        first = tx.execute(
            sa.select(sa.func.min(tables.outbox.c.id)).where(tables.outbox.c.lane == 2)
        ).scalar()
        tx.execute(sa.update(tables.outbox).where(tables.outbox.c.id == first).values(status="sent"))

    await town.database.write(begin)
    await town.erase()

    bulk = [r for r in await town.rows(tables.outbox) if r.announcement_id is not None]
    assert [(r.status, r.reason) for r in bulk] == [("sent", None), ("skipped", "erased")]
    assert {(r.resident_id, r.address_id, r.message_id) for r in bulk} == {(None, None, None)}


async def test_whoever_else_asked_the_same_keeps_the_group_alive(town: Town) -> None:
    other = Resident(town.database, town.guide)
    await other.say("xin chào")
    await other.say("Nuôi dế mèn có được vay tiền không ạ")
    await town.sort()
    (group,) = await town.rows(tables.question_groups)
    assert (group.text, group.count) == (QUESTION, 2)

    await town.erase()

    (group,) = await town.rows(tables.question_groups)
    assert (group.text, group.count) == ("Nuôi dế mèn có được vay tiền không ạ", 2)
    assert "de men" in group.folded


async def test_sorting_and_telling_go_on_without_them(town: Town) -> None:
    await town.erase()
    await town.sort()

    (group,) = await town.rows(tables.question_groups)
    assert (group.text, group.folded, group.count) == ("", "", 1)


async def test_whoever_writes_again_is_a_stranger(town: Town) -> None:
    await town.erase()
    said = await town.resident.say("xin chào")

    assert said.startswith("Chào bà con! Tôi là Hai Chiều")
    (person,) = [r for r in await town.rows(tables.residents) if r.left_at is None]
    assert (person.commune_code, person.name_sealed, person.category_sealed) == (None, None, None)


async def test_audit_holds_no_word_of_theirs(town: Town) -> None:
    await town.erase()

    log = "\n".join(
        f"{e.action} {e.subject_id} {e.details}" for e in await town.database.read(audit.list_entries)
    )
    assert log
    assert not any(words in log for words in (*MINE, OPEN_WORDS))


async def test_nothing_is_changed_before_the_last_tap(town: Town) -> None:
    before = await town.rows(tables.cases)
    await town.resident.say("xoá dữ liệu")
    await town.resident.press(my_data_texts.BUTTON_WITHDRAW)
    await town.resident.press(my_data_texts.BUTTON_UNNAME)
    assert my_data_texts.BUTTON_ERASE_SURE in town.resident.labels
    assert await town.resident.press(my_data_texts.BUTTON_KEEP_ALL) == my_data_texts.NOT_ERASED

    assert await town.rows(tables.cases) == before
    assert texts.OLD_BUTTON in await town.resident.press(my_data_texts.BUTTON_ERASE_SURE)
    assert len(await town.rows(tables.consents)) == 3


async def test_farewell_goes_once_it_was_delivered(town: Town, tmp_path: Path) -> None:
    await town.erase()
    chores = town.chores(tmp_path / "files")
    await chores.forget_erased()
    assert len(await town.rows(tables.addresses)) == 1  # no browser has fetched it yet

    ids = [m.id for m in town.resident.replies]
    await town.database.write(outbox.mark_fetched, ids, town.resident.now)
    await chores.forget_erased()

    assert await town.rows(tables.addresses) == []
    assert await town.rows(tables.residents) == []


async def test_farewell_that_nobody_fetches_goes_too(town: Town, tmp_path: Path) -> None:
    await town.erase()
    town.resident.wait(erasure.FAREWELL_WITHIN.total_seconds() + 1)
    await town.chores(tmp_path / "files").forget_erased()

    assert await town.rows(tables.residents) == []


async def test_whoever_came_back_is_not_taken_for_a_farewell(town: Town, tmp_path: Path) -> None:
    await town.erase()
    await town.resident.say("xin chào")
    town.resident.wait(erasure.FAREWELL_WITHIN.total_seconds() + 1)
    await town.chores(tmp_path / "files").forget_erased()

    assert len(await town.rows(tables.residents)) == 1


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_the_file_itself_holds_nothing_of_them(town: Town, tmp_path: Path) -> None:
    """Read as bytes: free pages, the search index and the log of writes included."""
    file = town.database.file
    assert file is not None
    words = [w.encode() for w in (*MINE, fold(CLOSED_WORDS), "ngoan", "giau", "quyt")]

    def raw() -> bytes:
        parts = (file, file.with_name(file.name + "-wal"))
        return b"".join(part.read_bytes() for part in parts if part.exists())

    assert any(word in raw() for word in words)

    await town.erase()
    await town.database.write(outbox.mark_fetched, [m.id for m in town.resident.replies], town.resident.now)
    await town.chores(tmp_path / "files").forget_erased()

    left = raw()
    assert [word for word in words if word in left] == []
    check = sa.text("INSERT INTO case_search(case_search) VALUES ('integrity-check')")
    await town.database.write(lambda tx: tx.execute(check).close())


async def test_officials_who_read_it_in_their_chat_keep_no_word_of_it(
    database: Database, small: Guide
) -> None:
    town = Town(database, small)
    await town.fill()

    def told(tx: Tx) -> None:
        chat = people.meet(tx, "telegram", "officer", town.resident.now)
        message_id = tx.execute(
            sa.insert(tables.messages).returning(tables.messages.c.id),
            {
                "address_id": chat.address_id,
                "direction": "out",
                "text": CLOSED_WORDS,
                "at": town.resident.now,
            },
        ).scalar_one()
        tx.execute(
            sa.insert(tables.case_notices),
            {"message_id": message_id, "case_id": town.closed.id, "official_id": town.officer.id},
        )

    await database.write(told)
    await town.erase()

    assert CLOSED_WORDS not in await town.everything()


async def test_consents_of_others_are_untouched(town: Town) -> None:
    other = Resident(town.database, town.guide)
    await other.say("đăng ký")
    await other.send(payload="1:subscribe:give:all")
    await town.erase()

    assert await town.database.read(consents.count_given, None) == {"events": 1, "news": 1, "surveys": 1}
