"""Telling the officials something, whole conversations: few taps, nothing lost, nothing sent twice, nobody shown."""

from typing import Any

import pytest

from faq.signals import Urgency
from handlers import (
    case_codes,
    case_texts,
    feedback_texts,
    file_texts,
    human_texts,
    texts,
    tracking,
    urgent_texts,
)
from handlers.case_life import Category, Kind
from handlers.feedback_steps import MOST_A_DAY
from handlers.flows import feedback
from handlers.messages import MAX_TEXT_CHARS, FileKind, IncomingFile
from handlers.turn import Guide
from storage import tables
from storage.db import Database
from tests.handlers.resident import Resident
from tests.samples import kept_photo

STORY = "hai tháng nay nhà tôi chưa nhận được tiền trợ cấp"
ALLOWANCE = case_texts.CATEGORY_NAMES[Category.ALLOWANCE]
SOS = "cứu tôi với"


async def cases(resident: Resident) -> list[Any]:
    """Return the cases there are."""
    return list(await resident.rows(tables.cases))


async def tell(resident: Resident, story: str = STORY, category: str = ALLOWANCE) -> str:
    """Come to the summary, without a commune."""
    await resident.press(feedback_texts.BUTTON_START)
    await resident.say(story)
    await resident.press(category)
    return await resident.press(texts.BUTTON_SKIP)


def code_in(text: str) -> str:
    """Return the code that a reply gives."""
    code = case_codes.parse_code(text.partition("Mã: ")[2][:11])
    assert code is not None, text
    return code


VOICE = IncomingFile(FileKind.VOICE, ref="voice-file-id")


# -- the whole way


async def test_four_taps_from_the_menu_to_the_code(resident: Resident) -> None:
    assert await resident.press(feedback_texts.BUTTON_START) == feedback_texts.ASK
    assert await resident.say(STORY) == feedback_texts.ASK_KIND
    assert resident.labels[0] == ALLOWANCE
    assert await resident.press(ALLOWANCE) == feedback_texts.ASK_COMMUNE
    summary = await resident.press(texts.BUTTON_SKIP)
    assert STORY in summary
    assert await cases(resident) == []

    said = await resident.press(feedback_texts.BUTTON_SEND)
    (case,) = await cases(resident)
    assert code_in(said) == case.code
    assert "08/12/2026" in said, "ten working days, the holiday of 24/11 not among them"
    assert (case.text, case.kind, case.category, case.area_code) == (STORY, "reflection", "allowance", None)
    assert (case.anonymous, case.resident_id, case.channel) == (False, 1, "web")
    assert (await resident.state())["flow"] is None


async def test_whoever_has_chosen_a_commune_is_not_asked_for_it(resident: Resident) -> None:
    await resident.say("Tân Kỳ")
    await resident.press(feedback_texts.BUTTON_START)
    await resident.say(STORY)

    assert "xã Tân Kỳ" in await resident.press(ALLOWANCE)
    await resident.press(feedback_texts.BUTTON_SEND)
    assert (await cases(resident))[0].area_code == "11113"


async def test_story_told_at_once_needs_three_taps(resident: Resident) -> None:
    story = "đường làng hỏng cả tháng nay không ai sửa"
    assert await resident.say(story) == feedback_texts.ASK_KIND
    await resident.press(resident.labels[0])
    await resident.press(texts.BUTTON_SKIP)
    await resident.press(feedback_texts.BUTTON_SEND)

    assert [c.text for c in await cases(resident)] == [story]
    assert await resident.questions() == [], "what may be told anonymously is kept nowhere else"


async def test_everything_can_be_typed(resident: Resident) -> None:
    await resident.say("gửi phản ánh")
    await resident.say(STORY)
    await resident.say(ALLOWANCE.lower())
    assert "xã Tân Kỳ" in await resident.say("o xa tan ky")
    await resident.say("gui")

    (case,) = await cases(resident)
    assert (case.text, case.category, case.area_code) == (STORY, "allowance", "11113")


async def test_yes_takes_the_guess_and_sends(resident: Resident) -> None:
    await resident.press(feedback_texts.BUTTON_START)
    await resident.say(STORY)
    await resident.say("vâng")
    await resident.say("bỏ qua")
    await resident.say("đúng rồi")

    assert len(await cases(resident)) == 1


async def test_commune_by_former_district(resident: Resident) -> None:
    await resident.press(feedback_texts.BUTTON_START)
    await resident.say(STORY)
    await resident.press(ALLOWANCE)
    await resident.press(texts.BUTTON_BY_DISTRICT)
    await resident.press(texts.BUTTON_NEXT)
    await resident.press("Huyện Tứ Kỳ")
    await resident.press("Xã Tân Kỳ")
    await resident.press(feedback_texts.BUTTON_SEND)

    assert (await cases(resident))[0].area_code == "11113"
    assert await resident.commune() is None, "said for this case, not to be kept"


async def test_name_of_a_commune_and_of_a_district_asks_which(resident: Resident) -> None:
    await resident.press(feedback_texts.BUTTON_START)
    await resident.say(STORY)
    await resident.press(ALLOWANCE)

    assert await resident.say("tu ky") == texts.COMMUNE_WHICH
    assert "xã Tứ Kỳ" in await resident.press("Xã Tứ Kỳ")


async def test_unknown_commune_is_asked_again(resident: Resident) -> None:
    await resident.press(feedback_texts.BUTTON_START)
    await resident.say(STORY)
    await resident.press(ALLOWANCE)

    assert await resident.say("xã Mặt Trăng") == feedback_texts.COMMUNE_UNKNOWN
    assert "chưa chọn" in await resident.press(texts.BUTTON_SKIP)


# -- what it is about


async def test_other_kinds_are_one_tap_farther(resident: Resident) -> None:
    await resident.press(feedback_texts.BUTTON_START)
    await resident.say("đường làng ngập")
    await resident.press(feedback_texts.BUTTON_OTHER_KIND)
    assert set(case_texts.CATEGORY_NAMES.values()) <= set(resident.labels)

    await resident.press(case_texts.CATEGORY_NAMES[Category.OTHER])
    await resident.press(texts.BUTTON_SKIP)
    await resident.press(feedback_texts.BUTTON_SEND)
    assert (await cases(resident))[0].category == "other"


@pytest.mark.parametrize(
    ("story", "told", "label", "kind"),
    [
        (
            "tôi tố cáo ông trưởng thôn ăn chặn",
            feedback_texts.DENUNCIATION,
            feedback_texts.BUTTON_AS_DENUNCIATION,
            "denunciation",
        ),
        (
            "tôi tố cáo ông trưởng thôn ăn chặn",
            feedback_texts.DENUNCIATION,
            feedback_texts.BUTTON_AS_REFLECTION,
            "reflection",
        ),
        (
            "tôi khiếu nại kết quả xét hộ nghèo",
            feedback_texts.COMPLAINT,
            feedback_texts.BUTTON_AS_COMPLAINT,
            "complaint",
        ),
    ],
)
async def test_law_of_its_own_is_told_and_the_choice_is_theirs(
    resident: Resident, story: str, told: str, label: str, kind: str
) -> None:
    await resident.press(feedback_texts.BUTTON_START)
    assert await resident.say(story) == told
    await resident.press(label)
    await resident.press(texts.BUTTON_SKIP)
    said = await resident.press(feedback_texts.BUTTON_SEND)

    assert (await cases(resident))[0].kind == kind
    assert ("có nhận giải quyết" in said) is (kind != "reflection")


async def test_law_can_be_read_first(sqlite: Database, guide: Guide) -> None:
    resident = Resident(sqlite, guide)
    await resident.say("xin chào")
    await resident.press(feedback_texts.BUTTON_START)
    await resident.say("tôi tố cáo ông trưởng thôn ăn chặn")

    assert "Luật Tố cáo" in await resident.press(feedback_texts.BUTTON_READ_LAW)


# -- anonymous


async def test_anonymous_case_shows_nobody_and_its_code_works(resident: Resident) -> None:
    await tell(resident)
    said = await resident.press(feedback_texts.BUTTON_SEND_ANONYMOUS)

    (case,) = await cases(resident)
    assert (case.anonymous, case.address_id, case.resident_id) == (True, None, None)
    state = await resident.state()
    assert (state["flow"], state["data"], state["kept"]) == (None, {}, {})
    followed = await resident.database.read(tracking.follow, code_in(said))
    assert followed is not None
    assert followed.text is None


# -- sent once, changed, dropped


async def test_pressing_send_twice_opens_one_case(resident: Resident) -> None:
    await tell(resident)
    await resident.press(feedback_texts.BUTTON_SEND)

    assert await resident.press(feedback_texts.BUTTON_SEND) == feedback_texts.OVER
    assert len(await cases(resident)) == 1


async def test_redelivered_press_gives_the_same_code(resident: Resident) -> None:
    await tell(resident)
    payload = next(b.payload for b in resident.buttons if b.label == feedback_texts.BUTTON_SEND)
    first = resident.inbound(payload=payload)
    once = (await resident.take(first)).replies
    again = (await resident.take(first)).replies

    assert [m.text for m in again] == [m.text for m in once]
    assert len(await cases(resident)) == 1


async def test_send_under_an_earlier_summary_shows_what_would_be_sent(resident: Resident) -> None:
    await tell(resident)
    old = next(b.payload for b in resident.buttons if b.label == feedback_texts.BUTTON_SEND)
    await resident.say("còn nhà bên cạnh cũng thế")

    assert "nhà bên cạnh" in await resident.send(payload=old)
    assert await cases(resident) == []
    await resident.press(feedback_texts.BUTTON_SEND)
    assert (await cases(resident))[0].text == f"{STORY}\ncòn nhà bên cạnh cũng thế"


async def test_send_of_a_story_dropped_long_ago_sends_nothing(resident: Resident) -> None:
    await tell(resident)
    old = next(b.payload for b in resident.buttons if b.label == feedback_texts.BUTTON_SEND)
    await resident.press(feedback_texts.BUTTON_LEAVE)
    await tell(resident, "chuyện khác hẳn về trợ cấp")

    assert "chuyện khác hẳn" in await resident.send(payload=old)
    assert await cases(resident) == []


async def test_words_can_be_written_anew(resident: Resident) -> None:
    await tell(resident)
    assert await resident.press(feedback_texts.BUTTON_EDIT) == feedback_texts.ASK_WORDS
    await resident.say("ba tháng nay chưa có trợ cấp")
    await resident.press(ALLOWANCE)
    await resident.press(texts.BUTTON_SKIP)
    await resident.press(feedback_texts.BUTTON_SEND)

    assert (await cases(resident))[0].text == "ba tháng nay chưa có trợ cấp"


@pytest.mark.parametrize("leave", ["Thôi", "thôi", "dừng", "không gửi nữa"])
async def test_leaving_sends_nothing_and_says_so(resident: Resident, leave: str) -> None:
    await tell(resident)

    assert await resident.say(leave) == feedback_texts.LEFT
    assert await cases(resident) == []
    assert (await resident.state())["flow"] is None


async def test_back_goes_step_by_step(resident: Resident) -> None:
    await tell(resident)
    assert await resident.say("quay lại") == feedback_texts.ASK_COMMUNE
    assert await resident.say("quay lại") == feedback_texts.ASK_KIND
    assert await resident.say("quay lại") == feedback_texts.ASK_WORDS
    assert await resident.say("quay lại") == texts.MENU


# -- something in the middle


@pytest.mark.parametrize("steps", range(4))
async def test_urgent_message_is_answered_first_and_the_dialogue_goes_on(
    resident: Resident, steps: int
) -> None:
    await resident.press(feedback_texts.BUTTON_START)
    for step in (
        resident.say(STORY) if steps > 0 else None,
        resident.press(ALLOWANCE) if steps > 1 else None,
    ):
        if step is not None:
            await step
    if steps > 2:
        await resident.press(texts.BUTTON_SKIP)
    before = (await resident.state())["step"]
    await resident.say(SOS)

    assert resident.replies[0].text == urgent_texts.CALL[Urgency.DISASTER]
    after = (await resident.state())["step"]
    assert after == (feedback.KIND if steps == 0 else before), "told as the story, it is also the story"


async def test_urgent_story_is_marked(resident: Resident) -> None:
    await resident.press(feedback_texts.BUTTON_START)
    await resident.say("cả nhà nhịn đói hai hôm nay")
    await resident.press(resident.labels[0])
    await resident.press(texts.BUTTON_SKIP)
    await resident.press(feedback_texts.BUTTON_SEND)

    assert (await cases(resident))[0].urgent == "hunger"


async def test_question_in_the_middle_is_answered_and_the_step_asked_again(resident: Resident) -> None:
    await tell(resident)
    await resident.say("thẻ")

    assert "Được mua thẻ" in resident.replies[0].text
    assert STORY in resident.replies[1].text
    await resident.press(feedback_texts.BUTTON_SEND)
    assert (await cases(resident))[0].text == STORY


async def test_question_told_as_the_story_is_made_so_by_one_tap(resident: Resident) -> None:
    await resident.press(feedback_texts.BUTTON_START)
    await resident.say("xin tiền làm nhà")
    assert resident.replies[-1].text == feedback_texts.QUESTION_OR_STORY

    assert await resident.press(feedback_texts.BUTTON_USE) == feedback_texts.ASK_KIND
    await resident.press(resident.labels[0])
    await resident.press(texts.BUTTON_SKIP)
    await resident.press(feedback_texts.BUTTON_SEND)
    assert (await cases(resident))[0].text == "xin tiền làm nhà"


async def test_story_in_the_middle_of_the_self_check_is_only_offered(resident: Resident) -> None:
    story = "đường làng hỏng cả tháng nay không ai sửa"
    await resident.press(texts.BUTTON_CHECK)
    await resident.press(texts.BUTTON_RURAL)
    await resident.say(story)
    assert resident.replies[0].text == feedback_texts.IS_IT_FOR_OFFICIALS
    assert resident.replies[1].text == texts.CHECK_PEOPLE

    await resident.press(feedback_texts.BUTTON_START)
    assert (await resident.state())["flow"] == feedback.FLOW
    assert STORY not in resident.reply


async def test_restart_in_the_middle_loses_nothing(resident: Resident) -> None:
    """Another process takes over: all it has is the database."""
    await tell(resident)
    other = Resident(resident.database, resident.guide, address=resident.address)
    other.receipts = list(resident.receipts)
    await other.press(feedback_texts.BUTTON_SEND)

    assert [c.text for c in await cases(resident)] == [STORY]


async def test_state_is_small_and_holds_no_words(resident: Resident) -> None:
    await tell(resident, STORY + " rất dài" * 200)

    assert len(str(await resident.state())) < 600
    assert "trợ cấp" not in str(await resident.state())


async def test_secrets_in_a_story_are_hidden_in_the_case(resident: Resident) -> None:
    await tell(resident, "trợ cấp của tôi, cccd 030199001234 chưa có")
    await resident.press(feedback_texts.BUTTON_SEND)

    assert "030199001234" not in (await cases(resident))[0].text


async def test_too_long_a_story_keeps_what_fits_and_says_so(resident: Resident) -> None:
    await resident.press(feedback_texts.BUTTON_START)
    await resident.say("trợ cấp " * 400)
    await resident.say("và còn nữa " * 300)

    assert resident.replies[0].text == feedback_texts.TOO_LONG
    await resident.press(ALLOWANCE)
    await resident.press(texts.BUTTON_SKIP)
    await resident.press(feedback_texts.BUTTON_SEND)
    assert len((await cases(resident))[0].text) <= MAX_TEXT_CHARS


# -- what comes besides words


async def test_photos_at_any_moment_are_acknowledged_and_sent_along(resident: Resident) -> None:
    await resident.press(feedback_texts.BUTTON_START)
    assert "đã nhận 1 ảnh" in await resident.send(files=(kept_photo(),))
    await resident.say(STORY)
    assert "1 ảnh, 1 ghi âm" in await resident.send(files=(VOICE,))
    await resident.press(ALLOWANCE)
    assert "2 ảnh" in await resident.send(files=(kept_photo("b" * 32),))
    await resident.press(texts.BUTTON_SKIP)
    assert "Kèm theo: 2 ảnh, 1 ghi âm" in resident.reply
    await resident.press(feedback_texts.BUTTON_SEND)

    (case,) = await cases(resident)
    assert [a.case_id for a in await resident.rows(tables.attachments)] == [case.id] * 3


async def test_voice_alone_is_a_story(resident: Resident) -> None:
    await resident.press(feedback_texts.BUTTON_START)
    await resident.send(files=(VOICE,))
    await resident.press(feedback_texts.BUTTON_GO_ON)
    await resident.press(ALLOWANCE)
    await resident.press(texts.BUTTON_SKIP)
    await resident.press(feedback_texts.BUTTON_SEND)

    assert [c.text for c in await cases(resident)] == [""]


async def test_photos_survive_new_words(resident: Resident) -> None:
    await resident.press(feedback_texts.BUTTON_START)
    await resident.send("ảnh trợ cấp cũ", files=(kept_photo(),))
    await resident.press(ALLOWANCE)
    await resident.press(texts.BUTTON_SKIP)
    await resident.press(feedback_texts.BUTTON_EDIT)
    await resident.say(STORY)
    await resident.press(ALLOWANCE)
    await resident.press(texts.BUTTON_SKIP)
    await resident.press(feedback_texts.BUTTON_SEND)

    assert [c.text for c in await cases(resident)] == [STORY]
    assert [a.case_id for a in await resident.rows(tables.attachments)] == [1]


async def test_album_sent_before_is_a_part_of_it(resident: Resident) -> None:
    await resident.send(files=(kept_photo(),))
    await resident.send(files=(kept_photo("b" * 32),))
    assert "2 ảnh" in await resident.press(feedback_texts.BUTTON_START)
    await resident.say(STORY)
    await resident.press(ALLOWANCE)
    await resident.press(texts.BUTTON_SKIP)
    await resident.press(feedback_texts.BUTTON_SEND)

    assert [a.case_id for a in await resident.rows(tables.attachments)] == [1, 1]


async def test_what_could_not_be_kept_is_not_acknowledged(resident: Resident) -> None:
    await resident.press(feedback_texts.BUTTON_START)

    assert await resident.send(other=True) == file_texts.OTHER


async def test_place_is_kept_with_the_case(resident: Resident) -> None:
    await resident.press(feedback_texts.BUTTON_START)
    assert "1 vị trí" in await resident.send(place=(20.94, 106.33))
    await resident.say(STORY)
    await resident.press(ALLOWANCE)
    await resident.press(texts.BUTTON_SKIP)
    await resident.press(feedback_texts.BUTTON_SEND)

    (case,) = await cases(resident)
    assert (case.latitude, case.longitude) == (20.94, 106.33)
    assert "20.94" not in str(await resident.state())


# -- two people, and nonsense


async def test_two_people_at_once_do_not_mix(resident: Resident) -> None:
    other = Resident(resident.database, resident.guide)
    await other.say("xin chào")
    await tell(resident)
    await tell(other, "thẻ bảo hiểm y tế của mẹ tôi sai tên", case_texts.CATEGORY_NAMES[Category.HEALTH])
    foreign = next(b.payload for b in resident.buttons if b.label == feedback_texts.BUTTON_SEND)
    await other.send(payload=foreign)
    await resident.press(feedback_texts.BUTTON_SEND)

    (case,) = await cases(resident)
    assert case.text == STORY


async def test_nobody_uses_the_words_of_another(resident: Resident) -> None:
    await resident.say(STORY)
    message_id = resident.receipts[-1].message_id
    other = Resident(resident.database, resident.guide)
    await other.say("xin chào")

    assert texts.OLD_BUTTON in await other.send(payload=f"1:feedback:use:{message_id}")


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"told": "x", "came": 3, "category": 5, "kind": [], "area": 9},
        {"told": [None, "1", True, 999999], "category": "nothing", "placed": True, "shown": "x"},
    ],
)
@pytest.mark.parametrize("step", ["tell", "kind", "name", "district", "confirm", "unheard-of", None])
async def test_any_state_is_survived(resident: Resident, step: str | None, data: dict[str, object]) -> None:
    for act in (
        "say",
        "send",
        "hidden",
        "go",
        "kinds",
        "kind:allowance",
        "law:complaint",
        "skip",
        "back",
        "edit",
    ):
        await resident.leave_state({"version": 1, "flow": "feedback", "step": step, "data": dict(data)})
        if act == "say":
            assert await resident.say("một hai ba")
        else:
            assert await resident.send(payload=f"1:feedback:{act}")
    assert await cases(resident) == []


@pytest.mark.parametrize("text", ["…", "😀", "a\x00b", "<b>", "1:feedback:send", "x" * 4096, "không", "có"])
async def test_garbage_at_every_step_is_answered(resident: Resident, text: str) -> None:
    await resident.press(feedback_texts.BUTTON_START)
    assert await resident.say(text)
    await resident.say(STORY)
    assert await resident.say(text)
    await resident.press(ALLOWANCE)
    assert await resident.say(text)
    await resident.press(texts.BUTTON_SKIP) if texts.BUTTON_SKIP in resident.labels else None
    assert await resident.say(text)


def test_what_has_no_deadline_promises_none() -> None:
    assert "Chậm nhất" not in feedback_texts.sent(Kind.THANKS, "K7M4XP9RT", None, anonymous=False)


@pytest.mark.parametrize(
    "said",
    [
        "Tôi tố cáo trưởng thôn nhận tiền của năm hộ",
        "em xin to cao can bo thon an chan tien",
        "Cháu muốn tố cáo bà S",
    ],
)
async def test_whoever_denounces_is_told_of_its_own_law_whatever_it_sounds_like(
    resident: Resident, said: str
) -> None:
    """The small signals know none of these: what is said in so many words hangs on no example."""
    assert feedback_texts.DENUNCIATION in await resident.say(said)
    assert feedback_texts.BUTTON_AS_DENUNCIATION in resident.labels


async def test_whoever_asks_how_to_denounce_has_told_nothing(resident: Resident) -> None:
    assert feedback_texts.DENUNCIATION not in await resident.say("tôi muốn tố cáo thì gửi đơn ở đâu")


# -- how many in a day


async def tell_many(resident: Resident, number: int) -> None:
    """Send so many."""
    await resident.say("xin chào")
    for n in range(number):
        await tell(resident, f"{STORY}, nhà thứ {n}")
        await resident.press(feedback_texts.BUTTON_SEND)
        resident.wait(60)


async def test_after_ten_in_a_day_the_next_waits_for_tomorrow_and_is_not_lost(resident: Resident) -> None:
    await tell_many(resident, MOST_A_DAY - 1)
    await tell(resident)
    await resident.press(feedback_texts.BUTTON_SEND_ANONYMOUS)  # counts, too
    assert len(await cases(resident)) == MOST_A_DAY

    await tell(resident, "đèn đường thôn tôi hỏng")
    said = await resident.press(feedback_texts.BUTTON_SEND)

    assert said == feedback_texts.ENOUGH_TODAY.format(most=MOST_A_DAY)
    assert human_texts.BUTTON_START in resident.labels
    assert len(await cases(resident)) == MOST_A_DAY
    resident.wait(86_400)
    await resident.press(feedback_texts.BUTTON_SEND)
    assert (await cases(resident))[-1].text == "đèn đường thôn tôi hỏng"


async def test_what_is_urgent_and_talking_to_a_person_know_no_such_limit(resident: Resident) -> None:
    await tell_many(resident, MOST_A_DAY)

    await tell(resident, f"chồng đánh tôi, {SOS}")
    await resident.press(feedback_texts.BUTTON_SEND)
    await resident.say("cho tôi gặp người thật")
    await resident.press(texts.BUTTON_SKIP)
    await resident.say("sổ hộ nghèo ghi sai tên")
    await resident.press(human_texts.BUTTON_NO_PHONE)

    assert [case.kind for case in (await cases(resident))[MOST_A_DAY:]] == ["reflection", "human"]
