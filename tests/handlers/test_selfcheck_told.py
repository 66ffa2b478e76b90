"""Where a household lives and what it lives on, as the self-check is told of it: pressed, typed, or chosen before."""

import pytest

from handlers import texts
from handlers.turn import Guide
from storage.db import Database
from tests.handlers.checking import FIRST, MIDDLE, POOR, answer_all
from tests.handlers.resident import Resident

# -- the place


@pytest.mark.parametrize(
    ("presses", "thresholds"),
    [
        ([texts.BUTTON_RURAL], ["nông thôn 1.500.000"]),
        ([texts.BUTTON_URBAN, texts.BUTTON_WAS_WARD], ["thành thị 2.000.000"]),
        ([texts.BUTTON_URBAN, texts.BUTTON_WAS_TOWN], ["thành thị 2.000.000"]),
        ([texts.BUTTON_URBAN, texts.BUTTON_WAS_COMMUNE], ["nông thôn 1.500.000", "thành thị 2.000.000"]),
        ([texts.BUTTON_ISLAND], ["nông thôn 1.500.000", "thành thị 2.000.000"]),
        ([texts.BUTTON_UNSURE_WHERE], ["nông thôn 1.500.000", "thành thị 2.000.000"]),
    ],
)
async def test_phuong_made_of_a_commune_shows_both_thresholds(
    resident: Resident, presses: list[str], thresholds: list[str]
) -> None:
    for label in (texts.BUTTON_CHECK, *presses):
        await resident.press(label)
    await resident.say("4 người 7 triệu")
    await answer_all(resident, lacking=3)

    both = ["nông thôn 1.500.000", "thành thị 2.000.000"]
    assert [each for each in both if each in resident.reply] == thresholds
    assert (texts.CHECK_EITHER in resident.reply) is (len(thresholds) == 2)
    if len(thresholds) == 2:
        assert POOR in resident.reply
        assert MIDDLE in resident.reply


@pytest.mark.parametrize(
    ("typed", "following"),
    [
        ("xã", texts.CHECK_PEOPLE),
        ("ở quê ạ", texts.CHECK_PEOPLE),
        ("xã Tứ Kỳ", texts.CHECK_PEOPLE),
        ("tôi ở thị trấn Tứ Kỳ", texts.CHECK_PEOPLE),
        ("phường", texts.CHECK_WARD_BEFORE),
        ("phường Thành Đông", texts.CHECK_WARD_BEFORE),
        ("phường Bình Hàn", texts.CHECK_PEOPLE),  # former: it was a phường, and is one
        ("xã An Thượng", texts.CHECK_PEOPLE),  # former: it was a commune, and is part of a phường
        ("đặc khu Cát Hải", texts.CHECK_PEOPLE),
        ("không biết", texts.CHECK_PEOPLE),
        ("chỗ ấy ấy", texts.CHECK_AREA_UNCLEAR),
    ],
)
async def test_place_may_be_typed(resident: Resident, typed: str, following: str) -> None:
    await resident.press(texts.BUTTON_CHECK)

    assert await resident.say(typed) == following
    assert await resident.commune() is None, "only asked about, not chosen"


async def test_former_commune_in_a_phuong_shows_both(resident: Resident) -> None:
    await resident.press(texts.BUTTON_CHECK)
    await resident.say("xã An Thượng")
    assert (await resident.state())["data"]["area"] == "either"


@pytest.mark.parametrize(
    ("commune", "following"),
    [
        ("Tân Kỳ", texts.CHECK_PEOPLE),
        ("phường Thành Đông", texts.CHECK_WARD_BEFORE),
        ("đặc khu Cát Hải", texts.CHECK_PEOPLE),
    ],
)
async def test_chosen_commune_answers_for_the_place(resident: Resident, commune: str, following: str) -> None:
    await resident.say(commune)
    answer = await resident.say("nhà tôi thuộc diện nào")

    assert answer.endswith(following)
    assert answer.startswith("Ta tính thử nhé, theo nơi bà con đã chọn là ")


# -- the figures


@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        ("khoảng 6-7 triệu", texts.CHECK_INCOME_SEVERAL),
        ("5", texts.CHECK_INCOME_UNIT),
        ("ngày 200 nghìn", texts.CHECK_INCOME_PERIOD),
        ("cũng tàm tạm", texts.CHECK_INCOME_UNCLEAR),
        ("tôi không tính được", texts.CHECK_NO_FIGURES),
        ("không biết ạ", texts.CHECK_NO_FIGURES),
    ],
)
async def test_unclear_income_is_asked_for_again(resident: Resident, typed: str, answer: str) -> None:
    for label in (texts.BUTTON_CHECK, texts.BUTTON_RURAL, "4"):
        await resident.press(label)

    assert (await resident.say(typed)).startswith(answer)
    assert await resident.questions() == []


async def test_who_cannot_tell_the_income_still_learns_the_way(resident: Resident) -> None:
    for label in (texts.BUTTON_CHECK, texts.BUTTON_RURAL, "4"):
        await resident.press(label)
    await resident.press(texts.BUTTON_INCOME_UNSURE)

    assert "Mẫu số 01" in resident.reply
    assert texts.CHECK_NO_VERDICT in resident.reply
    assert (await resident.state())["flow"] is None


@pytest.mark.parametrize(
    ("typed", "following"),
    [
        ("4", texts.CHECK_INCOME),
        ("bốn", texts.CHECK_INCOME),
        ("nhà tôi 4 người ạ", texts.CHECK_INCOME),
        ("1,4tr/người", FIRST),
        ("5 triệu", texts.CHECK_PEOPLE_UNCLEAR),
        ("hai vợ chồng ba con", texts.CHECK_PEOPLE_UNCLEAR),
        ("4 người, hơn 5 triệu", texts.CHECK_INCOME_SEVERAL),
    ],
)
async def test_people_and_income_come_in_any_form(resident: Resident, typed: str, following: str) -> None:
    await resident.press(texts.BUTTON_CHECK)
    await resident.press(texts.BUTTON_RURAL)

    assert following in await resident.say(typed)


async def test_income_told_before_the_people_is_not_asked_for_again(resident: Resident) -> None:
    await resident.press(texts.BUTTON_CHECK)
    await resident.press(texts.BUTTON_RURAL)
    await resident.say("5 triệu")

    assert "1.250.000" in await resident.say("4")


async def test_other_number_of_people_asks_for_the_income_again(resident: Resident) -> None:
    """The income a head was reckoned with the first number."""
    await resident.press(texts.BUTTON_CHECK)
    await resident.press(texts.BUTTON_RURAL)
    of_five = next(b.payload for b in resident.buttons if b.label == "5")
    await resident.say("4 người 5 triệu")

    assert await resident.send(payload=of_five) == texts.CHECK_INCOME
    assert "1.000.000" in await resident.say("5 triệu")


async def test_figures_told_as_a_question_are_taken_where_they_are_asked_for(
    sqlite: Database, guide: Guide
) -> None:
    """By the real content this is a question to the very topic under which the check is offered."""
    resident = Resident(sqlite, guide)
    await resident.say("Nhà tôi 4 người thu nhập 5 triệu một tháng thì thuộc diện gì?")
    await resident.press(texts.BUTTON_CHECK_NOW)
    await resident.press(texts.BUTTON_RURAL)

    assert "1.250.000" in await resident.say("Nhà tôi 4 người thu nhập 5 triệu một tháng thì thuộc diện gì?")


@pytest.mark.parametrize(
    "typed", ["hộ nghèo vay được 100 triệu không", "hộ nghèo vay vốn được bao nhiêu tiền"]
)
async def test_question_with_a_sum_in_it_is_still_a_question(
    sqlite: Database, guide: Guide, typed: str
) -> None:
    resident = Resident(sqlite, guide)
    await resident.say("xin chào")
    for label in (texts.BUTTON_CHECK, texts.BUTTON_RURAL, "4"):
        await resident.press(label)
    await resident.say(typed)

    assert (await resident.last_question()).text == typed
    assert resident.replies[-1].text == texts.CHECK_INCOME
