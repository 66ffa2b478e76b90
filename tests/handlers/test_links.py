"""One person, several chats: linked by a code confirmed in both, taken apart again, and nobody else let in."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from handlers import consent_texts, link_texts, links, my_data_texts, official_texts, track_texts
from handlers.case_codes import spoken
from handlers.conversation import Carrier
from handlers.links import LASTS
from handlers.messages import Address
from handlers.turn import Guide
from storage import cases, consents, identities, people, tables
from storage.db import Database, Tx
from storage.links import drop_old
from tests.handlers.audiences import expand, list_deliveries, make_announcement
from tests.handlers.casework import make_case, new_code
from tests.handlers.resident import Resident, fetched


class Chat(Resident):
    """Somebody's chat, in which they also read what comes by itself."""

    async def came(self) -> str:
        """Return the newest message here that was no answer, and let its buttons be pressed."""

        def read(tx: Tx) -> sa.Row[tuple[str, list[list[str | None]] | None]]:
            own = people.find_address(tx, self.address.channel, self.address.value)
            query = sa.select(tables.messages.c.text, tables.messages.c.buttons).where(
                tables.messages.c.address_id == own, tables.messages.c.inbound_id.is_(None)
            )
            return tx.execute(query.order_by(tables.messages.c.id.desc()).limit(1)).one()

        row = await self.database.read(read)
        self.offered = {label: payload for label, payload, _ in row.buttons or []}
        text: str = row.text
        return text

    async def answer(self, label: str) -> str:
        """Press a button of what came by itself."""
        await self.came()
        return await self.send(payload=self.offered[label])

    async def person(self) -> people.Person:
        """Return who is here."""
        return await self.database.write(people.meet, self.address.channel, self.address.value, self.now)


def chat(database: Database, guide: Guide, channel: str) -> Chat:
    carrier = Carrier(fetched, None, channel == "web")
    return Chat(
        database, guide, carrier=carrier, address=Address(channel, f"{channel}-{next(Resident._numbers)}")
    )


@pytest.fixture
async def zalo(sqlite: Database, small: Guide) -> Chat:
    """The chat that somebody has."""
    here = chat(sqlite, small, "zalo")
    await here.say("xin chào")
    return here


@pytest.fixture
async def telegram(sqlite: Database, small: Guide) -> Chat:
    """Their other one."""
    there = chat(sqlite, small, "telegram")
    await there.say("xin chào")
    return there


async def code_of(here: Chat, words: str = "liên kết") -> str:
    said = await here.say(words)
    return said.rpartition("liên kết ")[2].split("\n")[0]


async def link(here: Chat, there: Chat) -> None:
    """Link the two, confirmed in both."""
    await there.say(f"liên kết {await code_of(here)}")
    await there.press(link_texts.BUTTON_JOIN)
    assert (await here.answer(link_texts.BUTTON_YES)).startswith("Xong ạ.")


async def tell_case(here: Chat, *, anonymous: bool = False) -> str:
    """File a case there; returns its code."""
    person = await here.person()

    def write(tx: Tx) -> str:
        return make_case(
            tx,
            address_id=person.address_id,
            resident_id=person.resident_id,
            channel=here.address.channel,
            anonymous=anonymous,
            now=here.now,
        ).code

    return await here.database.write(write)


# -- the way


@pytest.mark.parametrize(
    "words",
    [
        "liên kết",
        "lien ket",
        "lien ket zalo",
        "noi zalo",
        "dùng thêm zalo",
        "Dung them Zalo a",
        "liên kết giúp em với",
        "lieen keets",
    ],
)
async def test_code_is_given_for_many_words(zalo: Chat, words: str) -> None:
    assert len((await code_of(zalo, words)).replace("-", "")) == 9


async def test_chats_are_linked_when_both_confirm(zalo: Chat, telegram: Chat) -> None:
    asked = await telegram.say(f"LIEN KET {(await code_of(zalo)).lower().replace('-', ' ')}")
    assert "Mã này lấy từ cuộc trò chuyện trên Zalo (bắt đầu từ 23/11/2026)." in asked
    assert await telegram.press(link_texts.BUTTON_JOIN) == link_texts.ASKED_THERE
    assert (await zalo.person()).resident_id != (await telegram.person()).resident_id
    assert "Telegram (bắt đầu từ 23/11/2026)" in await zalo.came()

    said = await zalo.answer(link_texts.BUTTON_YES)

    assert "nay nối với cuộc trò chuyện trên Telegram" in said
    assert "nay nối với cuộc trò chuyện trên Zalo" in await telegram.came()
    assert (await zalo.person()).resident_id == (await telegram.person()).resident_id
    assert "Đã nối với cuộc trò chuyện trên Telegram" in await zalo.say("dữ liệu của tôi")
    assert await telegram.say("tiền đi tàu vũ trụ"), "and the talk goes on"


async def test_stranger_with_the_code_gets_nowhere(zalo: Chat, telegram: Chat) -> None:
    """Read over a shoulder: the person says no, and the code is worth nothing any more."""
    code = await code_of(zalo)
    await telegram.say(f"liên kết {code}")
    await telegram.press(link_texts.BUTTON_JOIN)

    assert await zalo.answer(link_texts.BUTTON_NO) == link_texts.CODE_DROPPED

    assert await telegram.came() == link_texts.REFUSED_THERE
    assert await telegram.press(link_texts.BUTTON_JOIN) == link_texts.OVER
    assert await telegram.say(f"liên kết {code}") == link_texts.WRONG
    assert await zalo.answer(link_texts.BUTTON_YES) == link_texts.OVER
    assert (await zalo.person()).resident_id != (await telegram.person()).resident_id


async def test_nobody_confirms_for_another(
    zalo: Chat, telegram: Chat, sqlite: Database, small: Guide
) -> None:
    await telegram.say(f"liên kết {await code_of(zalo)}")
    await telegram.press(link_texts.BUTTON_JOIN)
    await zalo.came()
    yes = zalo.offered[link_texts.BUTTON_YES]

    for other in (telegram, chat(sqlite, small, "web")):
        assert link_texts.OVER in await other.send(payload=yes)

    assert (await zalo.person()).resident_id != (await telegram.person()).resident_id


async def test_code_says_why_it_links_nothing(
    zalo: Chat, telegram: Chat, sqlite: Database, small: Guide
) -> None:
    third = chat(sqlite, small, "web")
    await third.say("xin chào")
    code = await code_of(zalo)
    assert await zalo.say(f"liên kết {code}") == link_texts.OWN
    await telegram.say(f"liên kết {code}")
    await telegram.press(link_texts.BUTTON_JOIN)
    assert await third.say(f"liên kết {code}") == link_texts.USED
    await zalo.answer(link_texts.BUTTON_YES)
    assert await third.say(f"liên kết {code}") == link_texts.USED
    assert await telegram.say(f"liên kết {await code_of(zalo)}") == link_texts.ALREADY
    code = await code_of(zalo)
    third.wait(LASTS.total_seconds())
    assert await third.say(f"liên kết {code}") == link_texts.EXPIRED
    assert await third.say(f"liên kết {code[:-1]}O") == link_texts.WRONG


async def test_confirming_too_late_links_nothing(zalo: Chat, telegram: Chat) -> None:
    await telegram.say(f"liên kết {await code_of(zalo)}")
    await telegram.press(link_texts.BUTTON_JOIN)
    zalo.wait(LASTS.total_seconds())

    assert await zalo.answer(link_texts.BUTTON_YES) == link_texts.OVER


async def test_codes_are_not_tried_in_a_row(zalo: Chat, telegram: Chat) -> None:
    for _ in range(5):
        assert await telegram.say(f"liên kết {new_code()}") == link_texts.WRONG
    code = await code_of(zalo)
    assert await telegram.say(f"liên kết {code}") == link_texts.TOO_MANY
    telegram.wait(3600)
    zalo.wait(3600)
    assert "Mã này lấy từ" in await telegram.say(f"liên kết {await code_of(zalo)}")


async def test_code_is_nowhere_in_plain_and_goes_after_a_while(zalo: Chat) -> None:
    code = await code_of(zalo)
    (row,) = await zalo.rows(tables.link_codes)
    assert code.replace("-", "").encode() not in row.code_lookup
    assert await zalo.database.write(drop_old, zalo.now, 10) == 0
    assert await zalo.database.write(drop_old, zalo.now + timedelta(hours=1), 10) == 1


async def test_official_s_code_is_another_thing(zalo: Chat) -> None:
    assert await zalo.say("liên kết 2ACD-3EFH") == official_texts.WRONG_CODE
    assert await zalo.say("liên kết 2ACD-3EFHK") == link_texts.WRONG


# -- what follows


async def test_feedback_follows_anonymous_too(zalo: Chat, telegram: Chat) -> None:
    codes = [await tell_case(zalo), await tell_case(telegram, anonymous=True)]
    before = await zalo.rows(tables.cases)
    await link(zalo, telegram)

    for here in (zalo, telegram):
        await here.say("tra cứu")
        for code in codes:
            assert track_texts.BUTTON_WITHDRAW in (await here.say(spoken(code)), *here.labels)
    after = await zalo.rows(tables.cases)
    hidden = {
        code: (row.address_id, row.resident_id) for row in after if row.anonymous for code in [row.code]
    }
    assert hidden == {codes[1]: (None, None)}
    assert [row.reply_sealed for row in after] == [row.reply_sealed for row in before]
    assert [row.address_id for row in after if not row.anonymous] == [(await zalo.person()).address_id]


async def test_consent_does_not_follow_by_itself(zalo: Chat, telegram: Chat) -> None:
    await zalo.say("đăng ký")
    await zalo.press(consent_texts.BUTTON_NEWS)
    await link(zalo, telegram)

    person = await telegram.person()
    here = (person.resident_id, person.address_id)
    assert await telegram.database.read(links.agreed_elsewhere, *here) == ["news"]
    assert await telegram.database.read(consents.list_given, *here) == []
    assert "(đang nhận)" not in await telegram.say("đăng ký")
    assert consent_texts.PURPOSES["news"] in await telegram.came()

    await telegram.answer(link_texts.BUTTON_RECEIVE)

    assert [c.purpose for c in await telegram.database.read(consents.list_given, *here)] == ["news"]
    await zalo.say("dừng nhận tin")
    assert await telegram.database.read(consents.list_given, person.resident_id) == []


async def test_copy_leaves_for_the_chat_that_agreed_or_for_none(zalo: Chat, telegram: Chat) -> None:
    """Though they were last heard of in the other one, and though the one that agreed refuses us."""
    await zalo.say("đăng ký")
    await zalo.press(consent_texts.BUTTON_NEWS)
    await link(zalo, telegram)
    await telegram.say("xin chào")
    person = await zalo.person()

    def announce(tx: Tx) -> dict[int | None, tuple[str, str, str | None]]:
        announcement = make_announcement(tx, now=zalo.now)
        expand(tx, announcement, now=zalo.now)
        return list_deliveries(tx, announcement)

    assert await zalo.database.write(announce) == {person.resident_id: ("zalo", "queued", None)}
    await zalo.database.write(people.block_address, person.address_id, zalo.now)
    assert await zalo.database.write(announce) == {person.resident_id: ("zalo", "blocked", "blocked")}


async def test_what_was_stopped_in_one_chat_stays_stopped_there_only(zalo: Chat, telegram: Chat) -> None:
    await zalo.say("dừng tất cả")
    for here in (zalo, telegram):
        here.wait(60)
    await link(zalo, telegram)

    async def stopped(here: Chat) -> bool:
        reach = await here.database.read(people.find_reach, (await here.person()).address_id)
        return reach is not None and reach.stopped_at is not None

    assert (await stopped(zalo), await stopped(telegram)) == (True, False)
    await telegram.say("đăng ký")
    assert (await stopped(zalo), await stopped(telegram)) == (True, False)
    await telegram.say("dừng tất cả")
    assert (await stopped(zalo), await stopped(telegram)) == (True, True)


# -- taking apart


async def test_chat_taken_out_keeps_what_was_told_there(zalo: Chat, telegram: Chat) -> None:
    mine, theirs = await tell_case(zalo), await tell_case(telegram, anonymous=True)
    person = await zalo.person()
    identity = identities.Identity("Phạm Thị Hạnh", "0912345678")
    await zalo.database.write(identities.set_identity, person.resident_id, identity)
    await link(zalo, telegram)
    assert "Phạm Thị Hạnh" in await telegram.send(payload="1:data:who")

    await telegram.say("bỏ liên kết")
    assert await telegram.press(link_texts.BUTTON_LEAVE_SURE) == link_texts.LEFT

    assert "Telegram" in await zalo.came()
    assert "Phạm Thị Hạnh" not in await telegram.send(payload="1:data:who")
    assert "Phạm Thị Hạnh" in await zalo.send(payload="1:data:who")
    for here, own, other in ((zalo, mine, theirs), (telegram, theirs, mine)):
        listed = await here.database.read(cases.list_of_address, (await here.person()).address_id, 9)
        assert [case.code for case in listed] == [own], other
    assert await telegram.say("bo lien ket") == link_texts.NOTHING_TO_LEAVE
    await link(telegram, zalo)


async def test_erasing_says_which_chats_go_and_takes_them(zalo: Chat, telegram: Chat) -> None:
    await link(zalo, telegram)

    said = await telegram.say("xoá dữ liệu")
    assert "Xoá cả cuộc trò chuyện trên Zalo" in said
    assert link_texts.BUTTON_LEAVE in telegram.labels
    await telegram.press(my_data_texts.BUTTON_ERASE_SURE)

    assert await zalo.database.read(people.find_address, "zalo", zalo.address.value) is None
    assert len(await telegram.rows(tables.residents)) == 1
