""" "Tôi được hưởng gì?" as a conversation: a category, a few ticks, then topics as buttons, each with its condition."""

from dataclasses import replace

import pytest

from handlers import benefits, texts
from handlers.benefits import Table
from handlers.turn import MAX_PAYLOAD_BYTES, Guide
from storage.db import Database
from tests.handlers.resident import Resident


@pytest.fixture(scope="module")
def table() -> Table:
    """The table that ships."""
    return benefits.shipped()


@pytest.fixture
def visitor(sqlite: Database, guide: Guide) -> Resident:
    """Somebody before the real content."""
    return Resident(sqlite, guide)


async def choose(resident: Resident, *labels: str) -> str:
    """Press one after the other."""
    for label in labels:
        await resident.press(label)
    return resident.reply


async def test_category_ticks_and_then_the_topics_with_their_conditions(visitor: Resident) -> None:
    await visitor.say("xin chào")
    assert await visitor.press(texts.BUTTON_BENEFITS) == texts.BENEFITS_CATEGORY
    assert await visitor.press("Hộ cận nghèo") == texts.BENEFITS_GROUPS
    await choose(visitor, "Người già, khuyết tật", "Người 70 đến 74 tuổi", texts.BUTTON_DONE)

    assert "Hưu trí xã hội: mấy tuổi, bao nhiêu tiền.\nĐiều kiện: từ đủ 70 đến dưới 75 tuổi" in visitor.reply
    assert texts.BENEFITS_CONFIRMED in visitor.reply
    assert (await visitor.press("Hưu trí xã hội: mấy tuổi, bao nhiêu tiền")).startswith("Hưu trí xã hội")
    assert texts.BUTTON_HELPED in visitor.labels


async def test_tick_pressed_twice_is_off_again(visitor: Resident) -> None:
    await visitor.say("xin chào")
    await choose(visitor, texts.BUTTON_BENEFITS, "Hộ nghèo", "Làm ăn, học nghề", "Muốn học nghề")
    assert "✓ Muốn học nghề" in visitor.labels
    assert "Đã chọn: Muốn học nghề." in visitor.reply
    await visitor.press("✓ Muốn học nghề")
    assert "Muốn học nghề" in visitor.labels
    assert "Đã chọn" not in visitor.reply


async def test_ticks_of_several_groups_are_kept(visitor: Resident) -> None:
    await visitor.say("xin chào")
    await choose(visitor, texts.BUTTON_BENEFITS, "Hộ nghèo", "Làm ăn, học nghề", "Muốn vay làm ăn")
    await choose(visitor, texts.BUTTON_OTHER_GROUP, "Nhà cửa, nơi ở", "Nhà dột nát, hư hỏng")

    assert "Đã chọn: Muốn vay làm ăn; Nhà dột nát, hư hỏng." in visitor.reply


async def test_list_is_paged_to_its_end_and_each_topic_stands_once(visitor: Resident, table: Table) -> None:
    await visitor.say("xin chào")
    await choose(
        visitor,
        texts.BUTTON_BENEFITS,
        "Hộ nghèo",
        "Trẻ em, đi học",
        "Học sinh trường công",
        texts.BUTTON_DONE,
    )
    seen: list[str] = []
    for _page in range(3):
        seen += [
            (b.payload or "")[len("1:ask:topic:") :]
            for b in visitor.buttons
            if "ask:topic" in (b.payload or "")
        ]
        await visitor.press(texts.BUTTON_NEXT)

    assert visitor.reply.startswith(texts.BENEFITS_FOUND), "round to the first"
    assert seen == [benefit.topic_id for benefit in table.find("poor", ["pupil"])]


async def test_what_is_not_settled_is_marked(visitor: Resident) -> None:
    await visitor.say("xin chào")
    await choose(
        visitor,
        texts.BUTTON_BENEFITS,
        "Hộ nghèo",
        "Làm ăn, học nghề",
        "Làm ruộng, chăn nuôi",
        texts.BUTTON_DONE,
    )

    assert f"báo xã trước khi tiêu huỷ.\n{texts.BENEFITS_UNSETTLED}" in visitor.reply
    assert visitor.reply.count(texts.BENEFITS_UNSETTLED) == 1


async def test_every_category_and_tick_can_be_pressed_and_every_line_is_short(
    visitor: Resident, table: Table
) -> None:
    for category in table.categories:
        for group in table.groups:
            visitor.wait(61)
            await visitor.send(payload="1:benefits:start")
            await visitor.send(payload=f"1:benefits:category:{category.id}")
            for tick in table.ticks_for(category.id, group.id):
                await visitor.send(payload=f"1:benefits:tick:{tick.id}")
            await visitor.press(texts.BUTTON_DONE)
            while True:
                assert all(len((b.payload or "").encode()) <= MAX_PAYLOAD_BYTES for b in visitor.buttons)
                assert all(len(line.split()) <= 25 for line in visitor.reply.splitlines())
                assert len(visitor.reply) <= 2000
                following = [b for b in visitor.buttons if b.label == texts.BUTTON_NEXT]
                if not following or (following[0].payload or "").endswith(":0"):
                    break
                await visitor.press(texts.BUTTON_NEXT)


@pytest.mark.parametrize("back", ["quay lại", "quay lai"])
async def test_back_goes_step_by_step_to_the_menu(visitor: Resident, back: str) -> None:
    await visitor.say("xin chào")
    await choose(
        visitor, texts.BUTTON_BENEFITS, "Hộ nghèo", "Làm ăn, học nghề", "Muốn vay làm ăn", texts.BUTTON_DONE
    )

    assert (await visitor.say(back)).startswith(texts.BENEFITS_GROUPS)
    assert await visitor.say(back) == texts.BENEFITS_CATEGORY
    assert await visitor.say(back) == texts.MENU
    assert (await visitor.state())["flow"] is None


async def test_labels_may_be_typed_and_a_question_in_the_middle_is_answered(visitor: Resident) -> None:
    await visitor.say("xin chào")
    assert await visitor.say("tôi được hưởng gì") == texts.BENEFITS_CATEGORY
    assert await visitor.say("cận nghèo") == texts.BENEFITS_GROUPS
    await visitor.say("nguoi gia, khuyet tat")
    await visitor.say("người từ 75 tuổi")
    await visitor.say("hộ cận nghèo vay vốn lãi bao nhiêu")
    assert visitor.replies[0].text.startswith("Hộ cận nghèo vay vốn")
    assert "Đã chọn: Người từ 75 tuổi." in visitor.replies[-1].text
    assert "từ đủ 75 tuổi" in await visitor.say("xong")
    assert (await visitor.say("xem tiếp")).startswith(texts.BENEFITS_MORE_FOUND)


async def test_restart_in_the_middle_changes_nothing(database: Database, guide: Guide) -> None:
    resident = Resident(database, guide)
    await resident.say("xin chào")
    await choose(resident, texts.BUTTON_BENEFITS, "Hộ nghèo", "Nhà cửa, nơi ở", "Ở Hải Dương cũ")
    benefits.shipped.cache_clear()
    resident.guide = replace(guide)

    assert "nhà trên đất Hải Dương cũ" in await resident.press(texts.BUTTON_DONE)


async def test_button_of_a_list_that_is_over_says_so(visitor: Resident) -> None:
    await visitor.say("xin chào")
    await choose(visitor, texts.BUTTON_BENEFITS, "Hộ nghèo")
    await visitor.say("dừng")

    assert await visitor.press("Làm ăn, học nghề") == texts.BENEFITS_OVER
    assert await visitor.press(texts.BUTTON_BENEFITS_AGAIN) == texts.BENEFITS_CATEGORY


@pytest.mark.parametrize("argument", ["", ":x", ":poor:near", ":😀", ":" + "9" * 40])
@pytest.mark.parametrize("action", ["category", "group", "tick", "list", "groups", "explode"])
async def test_any_payload_is_answered(visitor: Resident, action: str, argument: str) -> None:
    await visitor.send(payload="1:benefits:category:poor")
    await visitor.send(payload=f"1:benefits:{action}{argument}")

    assert visitor.replies
    assert all(m.text for m in visitor.replies)


@pytest.mark.parametrize(
    "data",
    [
        {}, {"category": 7}, {"category": "rich", "ticked": ["x"]}, {"category": "poor", "ticked": "loan", "group": []},
        {"category": "poor", "page": -1}, {"category": "poor", "page": 10**9}, {"category": ["poor"], "page": "x"},
    ],
)  # fmt: skip
@pytest.mark.parametrize("typed", ["xong", "xem tiếp", "quay lại", "hộ nghèo", "Làm ăn, học nghề"])
async def test_state_of_another_version_is_harmless(
    visitor: Resident, data: dict[str, object], typed: str
) -> None:
    await visitor.say("xin chào")
    await visitor.leave_state({"version": 1, "flow": "benefits", "step": None, "data": data})

    assert await visitor.say(typed)
