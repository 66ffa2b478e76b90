"""Choosing a commune: by name or by buttons, at any time, and never in the way of a question."""

import pytest

from handlers import consents, open_question_texts, places, texts
from tests.handlers.resident import Resident


@pytest.fixture(autouse=True)
def nothing_is_offered(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is offered beneath these replies has its own tests (`test_subscribe`)."""
    monkeypatch.setattr(consents, "with_offer", lambda _turn, reply: reply)


TU_KY, CHI_MINH = "11074", "11131"


def chosen(name: str) -> str:
    """Return the sentence that confirms a choice."""
    return texts.COMMUNE_CHOSEN.format(name=name)


async def test_commune_is_asked_for_on_demand_only(resident: Resident) -> None:
    assert await resident.press(texts.BUTTON_COMMUNE) == texts.COMMUNE_ASK
    assert resident.labels == [texts.BUTTON_BY_DISTRICT, texts.BUTTON_SKIP]
    assert await resident.commune() is None


@pytest.mark.parametrize(
    "typed", ["Tân Kỳ", "tan ky", "xã Tân Kì", "XA TAN KY", "tôi ở xã tân kỳ ạ", "x. tân kỳ"]
)
@pytest.mark.parametrize("asked_for", [True, False])
async def test_name_is_understood_inside_the_dialogue_and_outside(
    resident: Resident, typed: str, asked_for: bool
) -> None:
    if asked_for:
        await resident.say("chọn xã")

    assert await resident.say(typed) == chosen("xã Tân Kỳ")
    assert resident.labels == [texts.BUTTON_COMMUNE_CHANGE]
    assert await resident.commune() == "11113"
    assert (await resident.state())["flow"] is None
    assert await resident.questions() == []


async def test_former_name_is_told_with_what_it_became(resident: Resident) -> None:
    assert await resident.say("thị trấn Tứ Kỳ") == f"Thị trấn Tứ Kỳ nay thuộc xã Tứ Kỳ.\n{chosen('xã Tứ Kỳ')}"


async def test_name_that_only_one_commune_had_and_has_needs_no_history(resident: Resident) -> None:
    assert await resident.say("Lai Khê") == chosen("xã Lai Khê")


async def test_former_commune_with_several_successors_asks_which(resident: Resident) -> None:
    """Xã Cộng Hòa of Nam Sách went to three communes."""
    assert await resident.say("xã Cộng Hoà") == texts.COMMUNE_WHICH
    assert resident.labels[:3] == ["Xã An Phú", "Xã Nam An Phụ", "Xã Lai Khê"]
    assert resident.labels[3:] == [texts.BUTTON_BY_DISTRICT, texts.BUTTON_SKIP]
    assert await resident.commune() is None

    assert await resident.press("Xã Nam An Phụ") == chosen("xã Nam An Phụ")


async def test_name_that_existed_several_times_is_settled_by_the_district(resident: Resident) -> None:
    assert await resident.say("Hồng Phong") == texts.COMMUNE_WHICH
    assert "xã Khúc Thừa Dụ" in await resident.say("Hồng Phong, Ninh Giang")


async def test_marks_decide_between_two_communes(resident: Resident) -> None:
    """Xã Cẩm Giang and xã Cẩm Giàng both exist; without marks one has to ask."""
    assert (await resident.say("cam giang")).startswith(texts.COMMUNE_WHICH)
    assert resident.labels[:2] == ["Xã Cẩm Giang", "Xã Cẩm Giàng"]
    await resident.say("Cẩm Giang")
    assert await resident.commune() == "10888"
    await resident.say("Cẩm Giàng")
    assert await resident.commune() == "10903"


async def test_name_that_is_also_a_district_offers_its_other_communes(resident: Resident) -> None:
    """Who says "Tứ Kỳ" may mean the district they lived in all their life."""
    await resident.say("tu ky")
    assert (
        resident.reply == f"{chosen('xã Tứ Kỳ')}\n{texts.COMMUNE_OR_DISTRICT.format(district='huyện Tứ Kỳ')}"
    )

    await resident.press(texts.BUTTON_OTHER_PLACE)
    assert "Xã Chí Minh" in resident.labels
    assert await resident.press("Xã Chí Minh") == chosen("xã Chí Minh")
    assert await resident.commune() == CHI_MINH


async def test_district_by_name_brings_its_communes(resident: Resident) -> None:
    assert await resident.say("tôi ở huyện Tứ Kỳ") == texts.COMMUNE_OF.format(district="huyện Tứ Kỳ")
    assert resident.labels[:2] == ["Xã Chí Minh", "Xã Đại Sơn"]
    assert await resident.commune() is None


async def test_slip_of_the_finger_is_asked_about_not_taken(resident: Resident) -> None:
    await resident.say("chọn xã")

    assert await resident.say("tứ kíp") == texts.COMMUNE_NEAR
    assert resident.labels[0] == "Xã Tứ Kỳ"
    assert await resident.commune() is None
    await resident.press("Xã Tứ Kỳ")
    assert await resident.commune() == TU_KY


async def test_slip_of_the_finger_outside_the_dialogue_is_a_question(resident: Resident) -> None:
    assert await resident.say("tứ kíp") == open_question_texts.TOO_SHORT


async def test_name_nobody_knows_is_said_and_has_three_ways_on(resident: Resident) -> None:
    await resident.say("chọn xã")

    assert await resident.say("làng Hạ Long Vàng") == texts.COMMUNE_UNKNOWN
    assert resident.labels == [texts.BUTTON_BY_DISTRICT, texts.BUTTON_SKIP, texts.BUTTON_IS_QUESTION]
    assert (await resident.state())["flow"] == "commune"


async def test_question_taken_for_a_name_is_not_lost(resident: Resident) -> None:
    """It is stored at once, and one press brings it to the official."""
    await resident.say("chọn xã")
    await resident.say("mai táng phí")
    question = await resident.last_question()
    assert (question.text, question.verdict, question.for_official) == ("mai táng phí", "unknown", False)

    assert await resident.press(texts.BUTTON_IS_QUESTION) == texts.UNKNOWN
    assert (await resident.last_question()).for_official is True


@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        ("hộ cận nghèo có thẻ bảo hiểm không", "Được mua thẻ"),
        ("hỗ trợ", texts.ASK_BACK),
        ("bao gio co tien", texts.UNKNOWN),
        ("lương hưu của tôi", "Hỏi cơ quan bảo hiểm xã hội."),
        ("tôi muốn hỏi tiền đi tàu vũ trụ thì ai cho", texts.UNKNOWN),
    ],
)
async def test_question_in_the_middle_is_answered_and_the_dialogue_goes_on(
    resident: Resident, typed: str, answer: str
) -> None:
    await resident.say("chọn xã")

    assert answer in await resident.say(typed)
    assert (await resident.last_question()).text == typed
    assert await resident.say("tứ kíp") == texts.COMMUNE_NEAR


async def test_buttons_lead_through_districts_and_pages_to_a_commune(resident: Resident) -> None:
    await resident.say("chọn xã")
    assert await resident.press(texts.BUTTON_BY_DISTRICT) == texts.COMMUNE_DISTRICT
    first = resident.labels
    assert len(first) == places.PAGE + 2
    assert first[-2:] == [texts.BUTTON_NEXT, texts.BUTTON_BACK]

    await resident.press(texts.BUTTON_NEXT)
    assert resident.labels[:4] == ["Huyện Ninh Giang", "Huyện Thanh Hà", "Huyện Thanh Miện", "Huyện Tứ Kỳ"]
    await resident.press(texts.BUTTON_NEXT)
    assert resident.labels == first  # round to the beginning

    await resident.press("Huyện Tứ Kỳ")
    assert texts.BUTTON_NEXT not in resident.labels
    assert await resident.press("Xã Tứ Kỳ") == chosen("xã Tứ Kỳ")


async def test_long_district_has_pages(resident: Resident) -> None:
    book = resident.guide.areas
    district = max(book.districts, key=lambda d: len(book.communes_of(d.code)))
    seen: list[str] = []
    await resident.send(payload=f"1:commune:district:{district.code}:0")
    while not seen or resident.labels[0] != seen[0]:
        seen += [b.label for b in resident.buttons if (b.payload or "").startswith("1:commune:set:")]
        if texts.BUTTON_NEXT not in resident.labels:
            break
        await resident.press(texts.BUTTON_NEXT)

    assert seen == [area.name for area in book.communes_of(district.code)]


@pytest.mark.parametrize("page", ["0", "1", "7", "99999999999", "x", "-1", ""])
async def test_page_that_does_not_exist_is_one_that_does(resident: Resident, page: str) -> None:
    await resident.send(payload=f"1:commune:districts:{page}")

    assert resident.reply == texts.COMMUNE_DISTRICT
    assert resident.labels[0].startswith(("Huyện", "Thành phố", "Thị xã"))


@pytest.mark.parametrize("back", ["quay lại", "quay lai", ">"])
async def test_back_goes_step_by_step_to_the_question(resident: Resident, back: str) -> None:
    """By the word or by the button."""

    async def go_back() -> str:
        return await (resident.press(texts.BUTTON_BACK) if back == ">" else resident.say(back))

    await resident.say("chọn xã")
    await resident.press(texts.BUTTON_BY_DISTRICT)
    await resident.press("Huyện Nam Sách")
    assert await go_back() == texts.COMMUNE_DISTRICT
    assert await go_back() == texts.COMMUNE_ASK
    assert await resident.say("quay lại") == texts.MENU


@pytest.mark.parametrize("way", ["bỏ qua", "Bo qua", "không nhớ", "không", ">"])
async def test_skip_chooses_nothing(resident: Resident, way: str) -> None:
    await resident.say("chọn xã")
    answer = await (resident.press(texts.BUTTON_SKIP) if way == ">" else resident.say(way))

    assert answer == texts.COMMUNE_SKIPPED
    assert await resident.commune() is None
    assert (await resident.state())["flow"] is None


async def test_words_of_a_button_may_be_typed(resident: Resident) -> None:
    await resident.say("chọn xã")

    assert await resident.say("chon theo huyen cu") == texts.COMMUNE_DISTRICT


async def test_skip_outside_the_dialogue_is_no_button(resident: Resident) -> None:
    assert await resident.say("bỏ qua") == open_question_texts.TOO_SHORT


async def test_choice_can_be_changed_and_forgotten(resident: Resident) -> None:
    await resident.say("Tân Kỳ")
    assert await resident.press(texts.BUTTON_COMMUNE_CHANGE) == (
        f"{texts.COMMUNE_NOW.format(name='xã Tân Kỳ')}\n{texts.COMMUNE_ASK}"
    )
    await resident.say("Đại Sơn")
    assert await resident.commune() == "11086"

    await resident.say("đổi xã")
    assert await resident.press(texts.BUTTON_FORGET) == texts.COMMUNE_FORGOTTEN
    assert await resident.commune() is None


async def test_skip_keeps_what_was_chosen_before(resident: Resident) -> None:
    await resident.say("Tân Kỳ")
    await resident.say("đổi xã")
    await resident.press(texts.BUTTON_SKIP)

    assert await resident.commune() == "11113"


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("Vĩnh Bảo", "xã Vĩnh Bảo"),
        ("dac khu cat hai", "đặc khu Cát Hải"),
        ("phuong le chan", "phường Lê Chân"),
    ],
)
async def test_communes_outside_the_old_hai_duong_are_known(
    resident: Resident, typed: str, name: str
) -> None:
    assert await resident.say(typed) == chosen(name)


async def test_first_message_may_be_a_commune(newcomer: Resident) -> None:
    await newcomer.say("xã Tân Kỳ")

    assert newcomer.replies[-1].text == chosen("xã Tân Kỳ")
