"""Whoever asks sees in their own chat all that is held of them, and how to put it right or have it erased."""

import pytest

from handlers import cases as case_uses
from handlers import consent_texts, link_texts, my_data_texts, texts
from handlers.case_codes import spoken
from handlers.turn import Guide
from storage import case_entries, identities, people, tables
from storage.cases import Case
from storage.cases import get as get_case
from storage.db import Database, Tx
from storage.identities import Identity
from tests.handlers.casework import DEADLINES, HERE, make_case, make_official, told
from tests.handlers.resident import Resident

NAME, PHONE = "Vũ Thị Ngoan", "0987123456"


@pytest.fixture
async def known(database: Database, small: Guide) -> Resident:
    """Somebody who told who they are, agreed, and filed a case; on each kind of database."""
    resident = Resident(database, small)
    await resident.say("xin chào")
    await resident.send(payload="1:subscribe:give:news")
    await resident.say("thẻ")
    await database.write(_fill, resident)
    return resident


def _fill(tx: Tx, resident: Resident) -> None:
    me = people.meet(tx, "web", resident.address.value, resident.now)
    identities.set_identity(tx, me.resident_id, Identity(NAME, PHONE))
    identities.set_category(tx, me.resident_id, "near_poor")
    people.choose_commune(tx, me.resident_id, HERE)
    make_case(tx, address_id=me.address_id, resident_id=me.resident_id, channel="web")


async def _case(resident: Resident) -> Case:
    (row,) = await resident.rows(tables.cases)
    return await resident.database.read(lambda tx: get_case(tx, row.id))


async def test_all_that_is_held_is_named_with_a_button_for_each_part(known: Resident) -> None:
    said = await known.say("dữ liệu của tôi")
    assert "• Phản ánh đã gửi: 1" in said
    assert "• Nơi ở: phường Hải Dương" in said
    assert known.labels == [
        my_data_texts.BUTTON_WHO,
        my_data_texts.BUTTON_AGREED,
        my_data_texts.BUTTON_SAID,
        my_data_texts.BUTTON_CASES,
        link_texts.BUTTON_LINK,
        my_data_texts.BUTTON_ERASE,
    ]

    who = await known.press(my_data_texts.BUTTON_WHO)
    assert all(words in who for words in (NAME, PHONE, "phường Hải Dương", consent_texts.BUTTON_NEAR_POOR))
    agreed = await known.press(my_data_texts.BUTTON_AGREED)
    assert f"{consent_texts.PURPOSES['news']}: đồng ý ngày 23/11/2026 qua Trang web." in agreed
    kept = await known.press(my_data_texts.BUTTON_SAID)
    assert "1 câu hỏi" in kept
    assert "2 năm" in kept
    listed = await known.press(my_data_texts.BUTTON_CASES)
    assert f"{spoken((await _case(known)).code)}, ngày 23/11/2026: mới" in listed


async def test_name_is_forgotten_by_one_tap(known: Resident) -> None:
    await known.say("dữ liệu của tôi")
    await known.press(my_data_texts.BUTTON_WHO)
    assert await known.press(my_data_texts.BUTTON_FORGET) == my_data_texts.NAME_FORGOTTEN

    assert NAME not in await known.press(my_data_texts.BUTTON_WHO)
    assert my_data_texts.BUTTON_FORGET not in known.labels


async def test_nobody_sees_another_s(known: Resident) -> None:
    other = Resident(known.database, known.guide)
    await other.say("xin chào")

    assert "Phản ánh đã gửi: 0" in await other.say("dữ liệu của tôi")
    assert NAME not in await other.send(payload="1:data:who")


# -- having stopped everything


async def test_answer_to_what_was_told_before_stopping_everything_is_read_by_asking_only(
    known: Resident,
) -> None:
    await known.say("dừng tất cả")
    known.wait(60)
    case = await _case(known)

    def answer(tx: Tx) -> tuple[str, list[str], list[str | None]]:
        officer = make_official(tx)
        done = case_uses.answer(tx, officer, case.id, "Đã chi trả.", case.version, DEADLINES, known.now)
        texts_ = [entry.text for entry in case_entries.list_entries(tx, [case.id], 9)]
        return done.told, [text for text in told(tx) if "Đã chi trả." in text], texts_

    assert await known.database.write(answer) == ("stopped", [], [None, "Đã chi trả."])
    assert "Đã chi trả." in await known.say(spoken(case.code))


async def test_answer_to_what_is_told_after_stopping_everything_comes(known: Resident) -> None:
    await known.say("dừng tất cả")
    known.wait(60)

    def answer(tx: Tx) -> str:
        me = people.meet(tx, "web", known.address.value, known.now)
        case = make_case(tx, address_id=me.address_id, channel="web", now=known.now)
        return case_uses.answer(tx, make_official(tx), case.id, "Đã sửa.", 1, DEADLINES, known.now).told

    assert await known.database.write(answer) == "on_its_way"


async def test_menu_leads_there(known: Resident) -> None:
    await known.say("menu")
    assert (await known.press(my_data_texts.BUTTON_MY_DATA)).startswith("Tôi đang giữ về bà con")
    await known.say("menu")
    assert await known.press(consent_texts.BUTTON_SUBSCRIBE) == consent_texts.asked(["news"])
    assert texts.BUTTON_COMMUNE not in known.labels
