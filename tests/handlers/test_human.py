"""Talking with a person: asked for in three messages, answered in the chat, and the machine keeps quiet meanwhile."""

from typing import Any

import pytest

from faq.signals import Urgency
from handlers import cases, human_texts, texts, urgent_texts
from handlers.case_life import Status
from handlers.messages import Contact
from storage import tables
from storage.cases import get as get_case
from storage.cases import get_identity
from storage.db import Tx
from tests.handlers.casework import DEADLINES, HERE, make_official
from tests.handlers.resident import Resident, at

WANTS = "cho tôi gặp người thật"
ABOUT = "sổ hộ nghèo của tôi ghi sai tên"


async def meet(resident: Resident, phone: str = human_texts.BUTTON_NO_PHONE) -> Any:
    """Ask for a person; returns the case."""
    await resident.say(WANTS)
    await resident.send(payload=f"1:human:set:{HERE}")
    await resident.say(ABOUT)
    await resident.say(phone)
    return (await resident.rows(tables.cases))[-1]


async def added(resident: Resident) -> list[str]:
    """Return what was added to cases."""
    return [e.text for e in await resident.rows(tables.case_entries) if e.action == "add"]


async def test_commune_matter_phone_and_the_case_is_there(resident: Resident) -> None:
    assert await resident.say(WANTS) == human_texts.ASK_COMMUNE
    assert await resident.say("Tân Kỳ") == human_texts.ASK_ABOUT
    assert await resident.say(ABOUT) == human_texts.ASK_PHONE
    said = await resident.say("số tôi 0912 345 678 ạ")

    (case,) = await resident.rows(tables.cases)
    assert (case.kind, case.text, case.area_code) == ("human", ABOUT, "11113")
    assert human_texts.opened(case.code, None) == said
    assert (await resident.database.read(get_identity, case.id)).phone == "0912345678"
    everything = str([*await resident.rows(tables.messages), await resident.state()])
    assert "345 678" not in everything
    assert "0912345678" not in everything


async def test_without_commune_and_phone(resident: Resident) -> None:
    await resident.say(WANTS)
    await resident.press(texts.BUTTON_SKIP)
    await resident.say(ABOUT)
    await resident.press(human_texts.BUTTON_NO_PHONE)

    (case,) = await resident.rows(tables.cases)
    assert (case.area_code, case.phone_sealed) == (None, None)


async def test_unclear_phone_is_asked_again(resident: Resident) -> None:
    await resident.say(WANTS)
    await resident.press(texts.BUTTON_SKIP)
    await resident.say(ABOUT)

    assert await resident.say("số nhà tôi là 12") == human_texts.PHONE_UNCLEAR
    assert await resident.rows(tables.cases) == []


async def test_outside_working_hours_it_is_said_when_they_are_back(resident: Resident) -> None:
    resident.now = at("2026-11-27 20:00")
    await meet(resident)

    assert "07:30 ngày 30/11" in resident.reply


async def test_machine_keeps_quiet_and_says_so_once(resident: Resident) -> None:
    case = await meet(resident)
    assert await resident.say("thẻ") == human_texts.QUIET
    assert await resident.say("tôi ở nhà cả ngày") == ""
    assert await resident.say("cảm ơn cán bộ") == ""

    assert await added(resident) == ["thẻ", "tôi ở nhà cả ngày", "cảm ơn cán bộ"]
    assert {e.case_id for e in await resident.rows(tables.case_entries)} == {case.id}


async def test_cry_for_help_is_answered_at_once_and_passed_on(resident: Resident) -> None:
    await meet(resident)
    await resident.say("cứu tôi với")

    assert resident.replies[0].text == urgent_texts.CALL[Urgency.DISASTER]
    assert await added(resident) == ["cứu tôi với"]


@pytest.mark.parametrize("word", ["menu", "hỏi máy"])
async def test_word_brings_the_machine_back(resident: Resident, word: str) -> None:
    await meet(resident)
    await resident.say(word)
    assert resident.reply == texts.MENU

    assert "Được mua thẻ" in await resident.say("thẻ")
    assert await added(resident) == []


async def test_after_a_day_the_machine_answers_again(resident: Resident) -> None:
    await meet(resident)
    resident.wait(24 * 3600 - 1)
    await resident.say("thẻ")
    resident.wait(2)

    assert "Được mua thẻ" in await resident.say("thẻ")


async def test_closing_brings_the_machine_back(resident: Resident) -> None:
    case = await meet(resident)

    def close(tx: Tx) -> None:
        cases.close(tx, make_official(tx), case.id, get_case(tx, case.id).version, resident.now)

    await resident.database.write(close)
    assert "Được mua thẻ" in await resident.say("thẻ")


async def test_words_of_the_officer_arrive_and_the_talk_goes_on(resident: Resident) -> None:
    case = await meet(resident)

    def answer(tx: Tx) -> None:
        version = get_case(tx, case.id).version
        cases.answer(tx, make_official(tx), case.id, "Mai bác ra nhé.", version, DEADLINES, resident.now)

    await resident.database.write(answer)
    assert any("Mai bác ra nhé." in m.text for m in await resident.rows(tables.messages))
    await resident.say("vâng mấy giờ ạ")
    assert (await resident.rows(tables.cases))[0].status == Status.IN_PROGRESS


async def test_buttons_still_work_while_an_official_helps(resident: Resident) -> None:
    await resident.say("thẻ")
    await meet(resident)

    assert "Mua ở xã." in await resident.press(texts.BUTTON_MORE)


async def test_leaving_opens_nothing(resident: Resident) -> None:
    await resident.say(WANTS)
    await resident.press(texts.BUTTON_SKIP)

    assert await resident.press(human_texts.BUTTON_LEAVE) == human_texts.LEFT
    assert await resident.rows(tables.cases) == []


async def test_other_conversations_are_not_paused(resident: Resident) -> None:
    await meet(resident)
    other = Resident(resident.database, resident.guide)
    await other.say("xin chào")

    assert "Được mua thẻ" in await other.say("thẻ")


@pytest.mark.parametrize("step", ["about", "phone", "name", "unheard-of", None])
@pytest.mark.parametrize("data", [{}, {"told": [77], "area": 5}])
async def test_any_state_is_survived(resident: Resident, step: str | None, data: dict[str, object]) -> None:
    for said in ("một hai ba", "0912345678", "quay lại"):
        await resident.leave_state({"version": 1, "flow": "human", "step": step, "data": dict(data)})
        assert await resident.say(said)
    assert await resident.rows(tables.cases) == []


@pytest.mark.parametrize("said", ["bỏ qua", "không", "Thôi không cần"])
async def test_passing_the_matter_over_is_not_the_matter(resident: Resident, said: str) -> None:
    await resident.say(WANTS)
    await resident.send(payload=f"1:human:set:{HERE}")

    assert await resident.say(said) == human_texts.ASK_ABOUT
    assert await resident.say(ABOUT) == human_texts.ASK_PHONE
    await resident.say("bỏ qua")

    (case,) = await resident.rows(tables.cases)
    assert case.text == ABOUT


# -- by a form of the channel's

GIVEN = Contact("Nguyễn Thị Tư", "0912345678")
FORM = "1:human:form"


async def ask_for_number(resident: Resident) -> None:
    await resident.say(WANTS)
    await resident.send(payload=f"1:human:set:{HERE}")
    assert await resident.say(ABOUT) == human_texts.ASK_PHONE


async def stored_of(resident: Resident) -> str:
    """Return what is in the database in plain."""
    tables_ = [await resident.rows(table) for table in tables.metadata.sorted_tables]
    return str(tables_)


async def test_name_and_number_by_form_are_in_the_case_and_nowhere_else(resident: Resident) -> None:
    await ask_for_number(resident)
    assert await resident.send(payload=FORM) == human_texts.ASK_BY_FORM
    (form,) = resident.receipts[-1].replies
    assert form.buttons == ()
    said = await resident.send(contact=GIVEN)

    (case,) = await resident.rows(tables.cases)
    assert said == human_texts.opened(case.code, None)
    kept = await resident.database.read(get_identity, case.id)
    assert (kept.name, kept.phone) == (GIVEN.name, GIVEN.phone)
    everything = await stored_of(resident)
    assert GIVEN.name not in everything
    assert GIVEN.phone not in everything
    assert human_texts.PHONE_HIDDEN in everything


async def test_form_that_was_not_asked_for_now_brings_the_number_alone(resident: Resident) -> None:
    """One from an earlier talk still lies in the chat; the question here is for a number."""
    await ask_for_number(resident)
    await resident.send(contact=GIVEN)

    (case,) = await resident.rows(tables.cases)
    kept = await resident.database.read(get_identity, case.id)
    assert (kept.name, kept.phone) == (None, GIVEN.phone)


async def test_after_asking_for_the_form_typing_and_refusing_still_work(resident: Resident) -> None:
    await ask_for_number(resident)
    await resident.send(payload=FORM)
    await resident.say("0912345678")
    await resident.say("menu")
    await ask_for_number(resident)
    await resident.send(payload=FORM)
    await resident.press(human_texts.BUTTON_NO_PHONE)

    typed, refused = await resident.rows(tables.cases)
    assert (await resident.database.read(get_identity, typed.id)).phone == "0912345678"
    assert refused.phone_sealed is refused.name_sealed is None


@pytest.mark.parametrize("contact", [Contact("Tư"), Contact("Tư", "123456789012")])
async def test_form_without_a_number_is_asked_again(resident: Resident, contact: Contact) -> None:
    await ask_for_number(resident)
    await resident.send(payload=FORM)

    assert await resident.send(contact=contact) == human_texts.PHONE_UNCLEAR
    assert await resident.rows(tables.cases) == []
    await resident.send(contact=GIVEN)
    assert len(await resident.rows(tables.cases)) == 1


@pytest.mark.parametrize("said", [(), (WANTS,), (WANTS, "Tân Kỳ"), ("đăng ký",), ("gửi phản ánh",), ("thẻ",)])
async def test_form_nobody_asked_for_is_acknowledged_and_not_kept(
    resident: Resident, said: tuple[str, ...]
) -> None:
    await resident.say("xin chào")
    for words in said:
        await resident.say(words)
    before = {name: value for name, value in (await resident.state()).items() if name != "pace"}

    assert await resident.send(contact=GIVEN) == human_texts.CONTACT_NOT_ASKED
    state = {name: value for name, value in (await resident.state()).items() if name != "pace"}
    assert state == before
    assert await resident.rows(tables.cases) == []
    everything = await stored_of(resident)
    assert GIVEN.name not in everything
    assert GIVEN.phone not in everything


async def test_second_form_after_the_case_was_opened_changes_nothing(resident: Resident) -> None:
    await ask_for_number(resident)
    await resident.send(payload=FORM)
    await resident.send(contact=GIVEN)
    before = await resident.rows(tables.cases)

    assert await resident.send(contact=Contact("Ai khác", "0987654321")) == human_texts.CONTACT_NOT_ASKED
    assert await resident.rows(tables.cases) == before


async def test_numbers_of_papers_in_the_field_for_a_name_are_no_name(resident: Resident) -> None:
    await ask_for_number(resident)
    await resident.send(payload=FORM)
    await resident.send(contact=Contact("Tư cccd 030190001234", GIVEN.phone))

    (case,) = await resident.rows(tables.cases)
    kept = await resident.database.read(get_identity, case.id)
    assert (kept.name, kept.phone) == (None, GIVEN.phone)


async def test_the_press_for_a_form_at_another_time_is_an_old_button(resident: Resident) -> None:
    await resident.say(WANTS)
    await resident.send(payload=FORM)

    assert {m.contact_request for m in await resident.rows(tables.messages)} == {None}
