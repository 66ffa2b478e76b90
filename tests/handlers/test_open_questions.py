"""Questions nobody could answer: alike ones in one group, one answer to everybody who asked, once, where they asked."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

import pytest
import sqlalchemy as sa

from bot.open_questions import OpenQuestions
from handlers import open_answers, open_question_texts, open_questions, texts
from handlers.conversation import Carrier
from handlers.errors import Invalid, NotAllowed
from handlers.messages import Address
from handlers.officials import Official, Role
from handlers.open_questions import Filter
from handlers.turn import Guide
from storage import messages, people, tables
from storage.db import Database, Tx
from storage.errors import Conflict, NotFound
from tests.conftest import NOW
from tests.handlers.resident import WEB, ZONE, Resident, fetched
from tests.storage.builders import make_official

HERE, ELSEWHERE = "11020", "10525"
SENT = Carrier(fetched, None)
SPELLINGS = (
    "Mua xe máy điện có được nhà nước hỗ trợ không?",
    "mua xe may dien co dc nha nuoc ho tro k",
    "cho hỏi mua xe máy điện có được nhà nước hỗ trợ ko ạ",
)
ANSWER = "Thành phố chưa có chính sách này. Khi có, xã sẽ báo."
T = TypeVar("T")


@dataclass
class House:
    """Residents, officials and the timed work, on one database."""

    database: Database
    guide: Guide
    now: datetime = NOW
    residents: int = 0

    @property
    def chores(self) -> OpenQuestions:
        """Return the timed work of a process that has just begun."""
        return OpenQuestions(self.database, self.guide, lambda: self.now, ZONE)

    async def ask(self, text: str, *, area: str | None = None, channel: str = "web") -> Resident:
        """Let somebody new ask."""
        self.residents += 1
        address = Address(channel, f"asker-{self.residents}")
        carrier = WEB if channel == "web" else SENT
        somebody = Resident(self.database, self.guide, carrier=carrier, address=address, now=self.now)

        def live(tx: Tx) -> None:
            person = people.meet(tx, channel, address.value, self.now)
            people.mark_greeted(tx, person.resident_id, self.now)
            people.choose_commune(tx, person.resident_id, area)

        await self.database.write(live)
        await somebody.say(text)
        return somebody

    async def groups(self) -> Sequence[Any]:
        """Return the groups, oldest first."""
        query = sa.select(tables.question_groups).order_by(tables.question_groups.c.id)
        return await self.database.read(lambda tx: tx.execute(query).all())

    async def sorted(self) -> Sequence[Any]:
        """Sort what waits; returns the groups."""
        await self.chores.sort()
        return await self.groups()

    async def official(self, role: Role = Role.OFFICER, area: str | None = HERE) -> Official:
        """Make an official."""
        new_id = await self.database.write(make_official, role=role, area_code=area)
        return Official(new_id, f"official-{new_id}", "Nguyễn Văn Bình", role, area)

    async def answer(self, official: Official, group_id: int, version: int = 1, text: str = ANSWER) -> int:
        """Answer a group."""
        return await self.database.write(open_questions.answer, official, group_id, text, version, self.now)

    async def told(self, resident: Resident) -> list[messages.Message]:
        """Return what came by itself to a resident."""

        def read(tx: Tx) -> list[messages.Message]:
            address_id = people.find_address(tx, resident.address.channel, resident.address.value)
            assert address_id is not None
            return messages.list_later(tx, address_id, 0, 100, NOW)

        return await self.database.read(read)

    async def rows(self, query: sa.Select[Any]) -> Sequence[Any]:
        """Return what a query finds."""
        return await self.database.read(lambda tx: tx.execute(query).all())

    async def list(self, official: Official, wanted: Filter | None = None) -> Sequence[tuple[str, int]]:
        """Return the texts and counts that an official sees."""
        listed = await self.database.read(open_questions.list_groups, official, wanted or Filter(), None, 50)
        assert listed.number == len(listed.groups)
        return [(counts.text, counts.questions) for _, counts in listed.groups]


@pytest.fixture
def house(database: Database, small: Guide) -> House:
    return House(database, small)


@pytest.fixture
def quick(sqlite: Database, small: Guide) -> House:
    """For what does not depend on the kind of database."""
    return House(sqlite, small)


# Sorting --------------------------------------------------------------------------------------------------------


async def test_three_spellings_on_two_channels_are_one_group_and_each_is_told_once(house: House) -> None:
    """The whole way: asked in three spellings, answered once, and each hears it once where they asked."""
    channels = ("web", "telegram", "web")
    askers = [await house.ask(text, channel=c) for text, c in zip(SPELLINGS, channels, strict=True)]
    assert [asker.reply for asker in askers] == [texts.UNKNOWN] * 3

    (group,) = await house.sorted()
    assert (group.text, group.count, group.status) == (SPELLINGS[0], 3, "open")

    officer = await house.official()
    assert await house.answer(officer, group.id) == 3
    await asyncio.gather(house.chores.tell(), house.chores.tell())
    await house.chores.tell()

    for asker, asked in zip(askers, SPELLINGS, strict=True):
        (told,) = await house.told(asker)
        assert told.text == (
            f"Bà con từng hỏi: “{asked}”\n\nCán bộ trả lời:\n{ANSWER}\n\n"
            "Uỷ ban nhân dân xã Yết Kiêu trả lời ngày 23/11/2026."
        )
        assert [button.label for button in told.buttons] == [texts.BUTTON_HELPED, texts.BUTTON_NOT_HELPED]
    outbox, said = tables.outbox.c, tables.messages.c
    notices = sa.select(outbox.channel, outbox.status, outbox.lane).join(tables.messages)
    notices = notices.where(said.inbound_id.is_(None)).order_by(outbox.channel)
    assert [tuple(row) for row in await house.rows(notices)] == [
        ("telegram", "queued", 1),
        ("web", "waiting", 1),
        ("web", "waiting", 1),
    ]


async def test_what_decides_keeps_groups_apart(quick: House) -> None:
    for household in ("hộ nghèo", "hộ cận nghèo", "hộ mới thoát nghèo"):
        await quick.ask(f"nhà tôi là {household}, tết này có được phát gạo không")

    assert [group.count for group in await quick.sorted()] == [1, 1, 1]


async def test_two_workers_open_one_group(house: House) -> None:
    for text in SPELLINGS * 4:
        await house.ask(text)

    await asyncio.gather(*(house.chores.sort() for _ in range(3)))
    (group,) = await house.sorted()

    assert group.count == 12


async def test_wishes_and_answered_questions_are_in_no_group(quick: House) -> None:
    await quick.ask("tôi không muốn nhận tin của các anh nữa")
    await quick.ask("đường làng hỏng cả tháng nay không ai sửa")
    await quick.ask("tiền điện")

    assert await quick.sorted() == []


# Answering ------------------------------------------------------------------------------------------------------


async def test_answered_twice_at_once_counts_once(house: House) -> None:
    asker = await house.ask(SPELLINGS[0])
    (group,) = await house.sorted()
    officers = [await house.official() for _ in range(2)]

    done = await asyncio.gather(
        *(house.answer(o, group.id, text=f"Trả lời của {o.id}.") for o in officers), return_exceptions=True
    )
    await house.chores.tell()

    assert [type(each) for each in done if each != 1] == [Conflict]
    assert len(await house.told(asker)) == 1


async def test_killed_between_two_batches_nobody_is_told_twice_or_left_out(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    askers = [await house.ask(SPELLINGS[n % 3]) for n in range(7)]
    (group,) = await house.sorted()
    await house.answer(await house.official(), group.id)

    def tell(tx: Tx, *, dies: bool = False) -> bool:
        more = open_answers.tell_next(tx, house.guide, ZONE, house.now, limit=3)
        if dies:
            raise RuntimeError("killed before the commit")
        return more

    assert await house.database.write(tell) is True
    with pytest.raises(RuntimeError):
        await house.database.write(tell, dies=True)
    assert sum([len(await house.told(asker)) for asker in askers]) == 3
    await house.chores.tell()

    assert [len(await house.told(asker)) for asker in askers] == [1] * 7
    assert await house.database.write(tell) is False


async def test_who_asked_thrice_is_told_once(house: House) -> None:
    asker = await house.ask(SPELLINGS[0])
    for text in SPELLINGS[1:]:
        await asker.say(text)
    (group,) = await house.sorted()
    assert group.count == 3

    assert await house.answer(await house.official(), group.id) == 1
    await house.chores.tell()

    assert len(await house.told(asker)) == 1
    answered = sa.select(tables.questions.c.answered_at)
    assert [row.answered_at for row in await house.rows(answered)] == [NOW] * 3


@pytest.mark.parametrize(
    ("label", "reply", "helped"),
    [
        (texts.BUTTON_HELPED, texts.GLAD, True),
        (texts.BUTTON_NOT_HELPED, open_question_texts.ANSWER_NOT_RIGHT, False),
    ],
)
async def test_what_people_say_of_the_answer_is_kept(
    quick: House, label: str, reply: str, helped: bool
) -> None:
    asker = await quick.ask(SPELLINGS[0])
    (group,) = await quick.sorted()
    officer = await quick.official()
    await quick.answer(officer, group.id)
    await quick.chores.tell()
    (told,) = await quick.told(asker)
    (payload,) = [button.payload for button in told.buttons if button.label == label]

    assert await asker.send(payload=payload) == reply

    page = await quick.database.read(open_questions.get_group, officer, group.id)
    assert (page.counts.helped, page.counts.not_helped) == (int(helped), int(not helped))


async def test_nobody_can_judge_an_answer_that_never_came(quick: House) -> None:
    asker = await quick.ask(SPELLINGS[0])
    number = (await asker.last_question()).id

    assert (await asker.send(payload=f"1:ask:told:{number}:y")).startswith(texts.OLD_BUTTON)


@pytest.mark.parametrize("text", ["", "  \n", "dài " * 501])
async def test_an_answer_that_cannot_be_sent_is_refused(quick: House, text: str) -> None:
    await quick.ask(SPELLINGS[0])
    (group,) = await quick.sorted()

    with pytest.raises(Invalid):
        await quick.answer(await quick.official(), group.id, text=text)
    assert (await quick.groups())[0].status == "open"


async def test_every_decision_is_in_the_audit_log_without_a_word_of_anybody(quick: House) -> None:
    await quick.ask(SPELLINGS[0])
    (group,) = await quick.sorted()
    officer = await quick.official()
    await quick.answer(officer, group.id)

    (entry,) = await quick.rows(sa.select(tables.audit))
    assert (entry.official_id, entry.action) == (officer.id, "question_group.answer")
    assert (entry.subject_kind, entry.subject_id, entry.details) == (
        "question_group",
        str(group.id),
        '{"people":1}',
    )


# Asked again ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "area", "days", "told"),
    [
        (SPELLINGS[1], HERE, 29, 1),
        (SPELLINGS[1], HERE, 31, 0),
        (SPELLINGS[1], ELSEWHERE, 1, 0),
        ("mua xe máy điện có được nhà nước cho vay không", HERE, 1, 0),
    ],
)
async def test_the_same_question_gets_the_same_answer_for_a_month_in_the_same_commune(
    quick: House, text: str, area: str, days: int, told: int
) -> None:
    await quick.ask(SPELLINGS[0], area=HERE)
    (group,) = await quick.sorted()
    await quick.answer(await quick.official(), group.id)
    await quick.chores.tell()

    quick.now += timedelta(days=days)
    asker = await quick.ask(text, area=area)
    groups = await quick.sorted()
    await quick.chores.tell()

    came = await quick.told(asker)
    assert len(came) == told
    assert len(groups) == 2 - told
    assert all("trả lời ngày 23/11/2026" in message.text for message in came)


# The area rule ----------------------------------------------------------------------------------------------------


async def test_an_officer_sees_the_questions_of_the_commune_and_of_none(house: House) -> None:
    await house.ask(SPELLINGS[0], area=ELSEWHERE)
    await house.ask(SPELLINGS[1], area=HERE)
    await house.ask(SPELLINGS[2])
    await house.ask("tiền đi tàu vũ trụ thì ai cho", area=ELSEWHERE)
    group, foreign = await house.sorted()
    officer, other = await house.official(), await house.official(area=ELSEWHERE)
    leader = await house.official(Role.LEADER, None)

    assert await house.list(officer) == [(SPELLINGS[1], 2)]
    assert [number for _, number in await house.list(other)] == [1, 2]
    assert [number for _, number in await house.list(leader)] == [1, 3]
    page = await house.database.read(open_questions.get_group, officer, group.id)
    assert [member.text for member in page.members] == [SPELLINGS[1], SPELLINGS[2]]
    with pytest.raises(NotFound):
        await house.database.read(open_questions.get_group, officer, foreign.id)
    with pytest.raises(NotFound):
        await house.answer(officer, foreign.id)
    with pytest.raises(NotAllowed):
        await house.answer(leader, group.id)


async def test_an_answer_stays_in_the_officers_area_and_the_others_wait_in_a_group_of_their_own(
    house: House,
) -> None:
    far = await house.ask(SPELLINGS[0], area=ELSEWHERE)
    near = await house.ask(SPELLINGS[1], area=HERE)
    nowhere = await house.ask(SPELLINGS[2])
    (group,) = await house.sorted()

    assert await house.answer(await house.official(), group.id) == 2
    await house.chores.tell()

    assert [len(await house.told(asker)) for asker in (far, near, nowhere)] == [0, 1, 1]
    answered, waiting = await house.groups()
    assert (answered.text, answered.count, answered.status) == (SPELLINGS[1], 2, "answered")
    assert (waiting.text, waiting.count, waiting.status) == (SPELLINGS[0], 1, "open")
    assert await house.answer(await house.official(area=ELSEWHERE), waiting.id) == 1


# Dropping, merging, splitting ---------------------------------------------------------------------------------------


async def test_search_finds_words_without_marks(house: House) -> None:
    await house.ask(SPELLINGS[0])
    await house.ask("tiền đi tàu vũ trụ thì ai cho")
    await house.sorted()
    leader = await house.official(Role.LEADER, None)

    for said in ("xe may", "XE MÁY", "may xe dien"):
        assert await house.list(leader, Filter(text=said)) == [(SPELLINGS[0], 1)]
    assert await house.list(leader, Filter(text="máy bay")) == []
    assert await house.list(leader, Filter(text="%")) != []


async def test_pages_follow_each_other_without_a_gap(house: House) -> None:
    said = ("tàu vũ trụ đi đâu", "nuôi chim bồ câu", "bán nhà mặt phố", "học đàn ghi ta", "trồng hoa hồng đỏ")
    for text in said:
        house.now += timedelta(minutes=text in said[::2])
        await house.ask(text)
    await house.sorted()
    leader = await house.official(Role.LEADER, None)

    seen, after = [], None
    for _ in range(3):
        listed = await house.database.read(open_questions.list_groups, leader, Filter(), after, 2)
        assert listed.number == 5
        seen += [counts.text for _, counts in listed.groups]
        after = listed.after
    assert after is None
    assert seen == list(said[::-1])


async def test_merged_questions_get_the_answer_too_and_an_outdated_form_is_refused(house: House) -> None:
    one = await house.ask(SPELLINGS[0])
    other = await house.ask("tiền đi tàu vũ trụ thì ai cho")
    first, second = await house.sorted()
    officer = await house.official()

    await house.database.write(open_questions.merge, officer, first.id, second.id, 1, house.now)

    with pytest.raises(Conflict):
        await house.answer(officer, first.id, version=1)
    with pytest.raises(Conflict):
        await house.answer(officer, second.id, version=1)
    page = await house.database.read(open_questions.get_group, officer, second.id)
    assert (page.group.id, page.counts.questions) == (first.id, 2)
    await house.answer(officer, first.id, version=2)
    await house.chores.tell()
    assert [len(await house.told(asker)) for asker in (one, other)] == [1, 1]


async def test_merging_with_nothing_that_waits_here_is_refused(house: House) -> None:
    await house.ask(SPELLINGS[0])
    await house.ask("tiền đi tàu vũ trụ thì ai cho", area=ELSEWHERE)
    group, foreign = await house.sorted()
    officer = await house.official()

    for other in (group.id, foreign.id, 404):
        with pytest.raises(Invalid):
            await house.database.write(open_questions.merge, officer, group.id, other, 1, house.now)
    assert [g.status for g in await house.groups()] == ["open", "open"]


async def test_a_question_taken_out_does_not_get_the_answer(house: House) -> None:
    askers = [await house.ask(text) for text in SPELLINGS[:2]]
    (group,) = await house.sorted()
    officer = await house.official()
    taken = (await askers[0].questions())[0].id

    await house.database.write(open_questions.split, officer, group.id, taken, 1, house.now)
    await house.answer(officer, group.id, version=2)
    await house.chores.tell()

    assert [len(await house.told(asker)) for asker in askers] == [0, 1]
    rest, alone = await house.groups()
    assert (rest.text, rest.count, alone.text, alone.count) == (SPELLINGS[1], 1, SPELLINGS[0], 1)
    with pytest.raises(Invalid):
        await house.database.write(open_questions.split, officer, alone.id, taken, 1, house.now)


async def test_a_dropped_group_needs_a_reason_and_is_told_to_nobody(house: House) -> None:
    asker = await house.ask(SPELLINGS[0])
    (group,) = await house.sorted()
    officer = await house.official()

    with pytest.raises(Invalid):
        await house.database.write(open_questions.drop, officer, group.id, " ", 1, house.now)
    await house.answer(officer, group.id)
    await house.database.write(open_questions.drop, officer, group.id, "Trả lời nhầm", 2, house.now)
    await house.chores.tell()

    assert await house.told(asker) == []
    (dropped,) = await house.groups()
    assert (dropped.status, dropped.reason) == ("dropped", "Trả lời nhầm")


# Topics, and what goes ----------------------------------------------------------------------------------------------


async def test_a_topic_made_of_a_group_is_told_to_everybody_who_still_waits(house: House) -> None:
    askers = [await house.ask(SPELLINGS[0], area=HERE), await house.ask(SPELLINGS[1], area=ELSEWHERE)]
    await askers[0].say(SPELLINGS[0].upper())
    (group,) = await house.sorted()
    editor = await house.official(Role.EDITOR, None)

    draft = open_questions.draft_topic(await house.database.read(open_questions.get_group, editor, group.id))
    await house.database.write(
        open_questions.became_topic, editor, group.id, "xe-may-dien", ANSWER, house.now
    )
    await house.chores.tell()

    assert draft == {"title": SPELLINGS[0], "phrasings": [SPELLINGS[0], SPELLINGS[1]], "answer": ""}
    for asker in askers:
        (told,) = await house.told(asker)
        assert "Uỷ ban nhân dân thành phố Hải Phòng trả lời ngày" in told.text
    assert (await house.groups())[0].topic_id == "xe-may-dien"


async def test_similar_groups_are_offered_for_merging(quick: House) -> None:
    await quick.ask("mua xe máy điện có được hỗ trợ không")
    await quick.ask("hỗ trợ người dân mua xe máy điện bao nhiêu tiền một chiếc")
    await quick.ask("tiền đi tàu vũ trụ thì ai cho")
    first, second, _ = await quick.sorted()
    officer = await quick.official()

    def similar(tx: Tx) -> list[int]:
        page = open_questions.get_group(tx, officer, first.id)
        like = quick.guide.library.likeness
        return [group.id for group, _ in open_questions.list_similar(tx, officer, page, like, 5)]

    assert await quick.database.read(similar) == [second.id]


async def test_words_of_questions_that_are_gone_are_forgotten(house: House) -> None:
    await house.ask(SPELLINGS[0])
    await house.ask(SPELLINGS[1])
    await house.ask("tiền đi tàu vũ trụ thì ai cho")
    await house.sorted()

    def erase(tx: Tx) -> None:
        for text in (SPELLINGS[0], "tiền đi tàu vũ trụ thì ai cho"):
            tx.execute(sa.delete(tables.questions).where(tables.questions.c.text == text))

    await house.database.write(erase)
    await house.chores.tidy()

    (left,) = await house.groups()
    assert (left.text, left.count) == (SPELLINGS[1], 1)
