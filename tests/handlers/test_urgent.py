"""A cry for help is heard first, anywhere: whom to call is said at once, and nothing under way is lost."""

import re

import pytest

from faq.signals import Urgency
from handlers import conversation, pace, texts, urgent_texts
from handlers.commands import _WORDS as COMMAND_WORDS
from handlers.commands import Command
from handlers.secrets import Masked
from handlers.turn import Guide, dump_step, load_step
from handlers.understanding import READ_CHARS, read
from storage import messages, tables
from storage.db import Database
from tests.conftest import NOW
from tests.handlers.checking import FIRST, begin
from tests.handlers.resident import KNOWN, URGENT, WEB, ZONE, Resident, sure, unsure
from tests.samples import kept_photo

SOS = "cứu tôi với"
CALL = urgent_texts.CALL[Urgency.DISASTER]


async def _step(resident: Resident) -> dict[str, object]:
    return dump_step(load_step(await resident.state()))


async def _came(resident: Resident) -> list[tuple[str, str | None, str | None]]:
    """Return what came in: text, urgent, intent."""
    rows = await resident.rows(tables.messages)
    return [(m.text, m.urgent, m.intent) for m in rows if m.direction == "in"]


# -- what is said


@pytest.mark.parametrize(("said", "kind"), URGENT.items())
async def test_whom_to_call_is_said_at_once_and_the_message_is_marked(
    resident: Resident, said: str, kind: Urgency
) -> None:
    assert await resident.say(said) == urgent_texts.CALL[kind]

    assert (await _came(resident))[-1] == (said, kind.value, "question")
    waiting = await resident.database.read(messages.list_urgent, 10)
    assert [(u.kind, u.address_id) for u in waiting] == [(kind.value, resident.receipts[-1].address_id)]


NUMBERS = {
    Urgency.CHILD_ABUSE: {"111", "113", "115"},
    Urgency.DOMESTIC_VIOLENCE: {"111", "113", "115"},
    Urgency.SELF_HARM: {"111", "115"},
    Urgency.HUNGER: {"111", "115"},
    Urgency.DISASTER: {"113", "114", "115"},
    Urgency.MEDICAL: {"115"},
    Urgency.SCAM: {"113"},
}
FIRST_NUMBER = {
    Urgency.CHILD_ABUSE: "111",
    Urgency.DOMESTIC_VIOLENCE: "113",
    Urgency.SELF_HARM: "115",
    Urgency.DISASTER: "114",
    Urgency.MEDICAL: "115",
}


@pytest.mark.parametrize("kind", Urgency)
def test_only_numbers_of_the_whole_country_are_named(kind: Urgency) -> None:
    """The right one first; none that could not be verified."""
    named = re.findall(r"\d{3,}", urgent_texts.CALL[kind])

    assert set(named) == NUMBERS[kind]
    assert named[0] == FIRST_NUMBER.get(kind, named[0])


async def test_newcomer_in_danger_reads_whom_to_call_first_and_is_greeted_later(newcomer: Resident) -> None:
    assert await newcomer.say(SOS) == CALL

    assert (await newcomer.say("thẻ")).startswith("Chào bà con! Tôi là Hai Chiều")


async def test_sure_answer_follows(resident: Resident, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resident.guide.library.matcher, "match", lambda *_: sure("vay-von"))
    await resident.say("cứu tôi với vay vốn")

    assert [m.text.splitlines()[0] for m in resident.replies] == [CALL.splitlines()[0], "Vay vốn"]
    assert (await resident.last_question()).topic_id == "vay-von"


async def test_nobody_in_danger_is_told_that_we_do_not_know(resident: Resident) -> None:
    """What is not surely answerable gets whom to call and nothing else."""
    await resident.say(f"{SOS} tiền đi tàu vũ trụ")

    assert resident.reply == CALL
    assert await resident.questions() == []


@pytest.mark.parametrize(("said", "offers"), [("cả nhà nhịn đói hai hôm nay xin ở đâu", True), (SOS, False)])
async def test_help_that_is_applied_for_is_offered_to_whoever_asks(
    resident: Resident, monkeypatch: pytest.MonkeyPatch, said: str, offers: bool
) -> None:
    monkeypatch.setattr(resident.guide.library.matcher, "match", lambda *_: unsure("vay-von"))
    await resident.say(said)

    assert ("Vay vốn" in resident.labels) is offers


async def test_secret_in_a_cry_for_help_is_hidden(resident: Resident) -> None:
    await resident.say(f"{SOS}, cccd 030199001234")

    assert [m.text for m in resident.replies] == [CALL, texts.HIDDEN]
    assert "030199001234" not in str(await _came(resident))


async def test_cry_beside_a_photo_is_heard(resident: Resident) -> None:
    assert await resident.send(SOS, files=(kept_photo(),)) == CALL


async def test_what_is_read_are_the_first_1500_characters(resident: Resident) -> None:
    told = "a " * (READ_CHARS // 2 - len(SOS))

    assert (await resident.say(f"{told} {SOS}")).startswith(CALL)
    assert CALL not in await resident.say(f"{told * 2} {SOS}")


async def test_redelivered_cry_is_marked_once(resident: Resident) -> None:
    await resident.say(SOS, external_id="again")
    await resident.say(SOS, external_id="again")

    assert len(await resident.database.read(messages.list_urgent, 10)) == 1
    assert resident.reply == CALL


# -- wherever it is said


async def test_in_the_middle_of_choosing_a_commune(resident: Resident) -> None:
    await resident.say("chọn xã")
    before = await _step(resident)

    assert await resident.say(SOS) == CALL
    assert await _step(resident) == before
    assert "xã Tân Kỳ" in await resident.say("tan ky")


async def test_in_the_middle_of_the_self_check(resident: Resident) -> None:
    await resident.press(texts.BUTTON_CHECK)
    for answer in ("xã", "4 người", "5 triệu"):
        before = await _step(resident)
        assert await resident.say(SOS) == CALL
        assert await _step(resident) == before
        await resident.say(answer)

    assert FIRST in resident.reply
    await resident.say(SOS)
    assert "Câu 2." in await resident.say("có")


async def test_figures_in_a_cry_are_not_taken_for_an_answer(resident: Resident) -> None:
    await resident.press(texts.BUTTON_CHECK)
    await resident.press(texts.BUTTON_RURAL)
    before = await _step(resident)

    assert await resident.say("cả nhà nhịn đói hai hôm nay, 4 người") == urgent_texts.HUNGER
    assert await _step(resident) == before


async def test_in_the_middle_of_the_benefits_finder(resident: Resident) -> None:
    await resident.press(texts.BUTTON_BENEFITS)
    await resident.press("Hộ nghèo")
    before = await _step(resident)

    assert await resident.say(SOS) == CALL
    assert await _step(resident) == before
    assert texts.BENEFITS_GROUPS in await resident.say("thẻ")


async def test_after_asking_back_the_choices_still_stand(resident: Resident) -> None:
    await resident.say("hỗ trợ")

    assert await resident.say(SOS) == CALL
    assert (await resident.press("Vay vốn")).startswith("Vay vốn")


async def test_in_the_middle_of_confirming(resident: Resident) -> None:
    await resident.say("xoá hết những gì tôi đã kể")

    assert await resident.say(SOS) == CALL


async def test_word_of_command_does_not_swallow_a_cry(
    resident: Resident, monkeypatch: pytest.MonkeyPatch
) -> None:
    """ "Giúp tôi với" may be both; help in danger comes first."""
    monkeypatch.setattr(resident.guide.signals, "urgency", lambda _: Urgency.DISASTER)

    assert await resident.say("giúp tôi với") == CALL
    assert await resident.say("Kim Thành") == CALL
    assert await resident.commune() is None


# -- over the pace limit, and when a turn fails


async def test_over_the_limit_only_the_ordinary_answer_is_withheld(resident: Resident) -> None:
    for _ in range(pace.LIMIT - 1):
        await resident.say("cảm ơn")

    assert await resident.say(SOS) == f"{CALL}\n\n{texts.TOO_FAST}"
    assert await resident.say(SOS) == CALL
    assert await resident.say("thẻ") == ""
    assert [urgent for _, urgent, _ in await _came(resident)][-3:] == ["disaster", "disaster", None]
    resident.wait(61)
    assert "Được mua thẻ" in await resident.say("thẻ")


async def test_newcomer_over_the_limit_is_not_greeted_by_a_cry(newcomer: Resident) -> None:
    for _ in range(pace.LIMIT + 3):
        assert CALL in await newcomer.say(SOS)


async def test_failed_turn_says_whom_to_call_all_the_same(resident: Resident) -> None:
    masked = Masked(resident.inbound(SOS))
    reading = conversation.read(masked, resident.guide, resident.now, ZONE)

    receipt = await resident.database.write(conversation.apologise, masked, reading, WEB, resident.now)

    assert [m.text for m in receipt.replies] == [CALL, texts.TROUBLE]
    assert len(await resident.database.read(messages.list_urgent, 10)) == 1


@pytest.mark.parametrize("figures", ["4 người 5 triệu", "nhà 3 người 2 triệu rưỡi", "60 triệu một năm", "4"])
async def test_figures_alone_are_no_cry_whatever_examples_teach(
    resident: Resident, monkeypatch: pytest.MonkeyPatch, figures: str
) -> None:
    monkeypatch.setattr(resident.guide.signals, "urgency", lambda _: Urgency.SCAM)
    await resident.press(texts.BUTTON_CHECK)
    await resident.press(texts.BUTTON_RURAL)

    assert urgent_texts.SCAM not in await resident.say(figures)
    assert urgent_texts.SCAM in await resident.say(f"{figures} cứu tôi")


async def test_button_s_words_that_sound_urgent_are_heard_as_well(
    sqlite: Database, guide: Guide, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Typed where buttons do not show."""
    resident = Resident(sqlite, guide)
    monkeypatch.setattr(guide.signals, "urgency", lambda text: Urgency.HUNGER if "đói" in text else None)
    await resident.say("xin chào")
    await resident.press(texts.BUTTON_BENEFITS)
    await resident.press("Hộ nghèo")

    await resident.say("Nhà thiếu đói")

    assert resident.replies[0].text == urgent_texts.HUNGER
    assert "Đã chọn: Nhà thiếu đói." in resident.reply


# -- with what is learned from the examples that ship


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("cứu tôi với", Urgency.DISASTER),
        ("ck e lại đánh e, e sợ lắm", Urgency.DOMESTIC_VIOLENCE),
        ("toi khong muon song nua", Urgency.SELF_HARM),
        ("nha toi dang chay, con ket trong nha", Urgency.DISASTER),
        ("me toi ngat xiu khong tho duoc", Urgency.MEDICAL),
        ("nha het gao, ca nha nhin doi hai hom nay", Urgency.HUNGER),
    ],
)
async def test_as_people_type(sqlite: Database, guide: Guide, said: str, kind: Urgency) -> None:
    """Without marks, in teencode, in the middle of a dialogue."""
    resident = Resident(sqlite, guide)
    await resident.say("xin chào")
    await begin(resident)
    before = await _step(resident)
    await resident.say(said)

    assert resident.replies[0].text == urgent_texts.CALL[kind]
    assert await _step(resident) == before


async def test_calm_question_word_of_command_and_name_of_a_commune_are_not_urgent(
    sqlite: Database, guide: Guide
) -> None:
    resident = Resident(sqlite, guide)
    words = [word for command in Command for word in COMMAND_WORDS[command].split(", ")]
    communes = [commune.name for commune in guide.areas.communes]
    assert [
        text for text in (*words, *communes, "4 người 5 triệu") if read(text, guide, NOW.date()).urgent
    ] == []
    for text in ("thu nhập bao nhiêu thì được coi là hộ nghèo", *KNOWN):
        await resident.say(text)

    assert await sqlite.read(messages.list_urgent, 10) == []
