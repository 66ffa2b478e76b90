"""The self-check as a conversation: fixed order, few presses, never in the way of a question, nothing kept at the end."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handlers import texts
from handlers.messages import clean
from handlers.turn import MAX_PAYLOAD_BYTES, Guide
from storage.db import Database
from tests.handlers.checking import ABOVE, BY_INCOME, FIRST, MIDDLE, POOR, answer_all, asked, begin
from tests.handlers.resident import CALM, Resident, SmallLibrary, at


async def test_order_is_place_people_income_home(resident: Resident) -> None:
    assert await resident.press(texts.BUTTON_CHECK) == texts.CHECK_AREA
    assert await resident.press(texts.BUTTON_RURAL) == texts.CHECK_PEOPLE
    assert await resident.press("4") == texts.CHECK_INCOME
    answer = await resident.say("5 triệu")
    assert answer.startswith(texts.CHECK_PER_HEAD.format(amount="1.250.000"))
    assert FIRST in answer


@pytest.mark.parametrize(
    ("lacking", "unknown", "outcome", "presses"),
    [
        (3, 0, "poor", 3),
        (2, 0, "near", 12),
        (0, 0, "near", 10),
        (0, 12, "poor_or_near", 10),
        (2, 1, "poor_or_near", 12),
    ],
)
async def test_three_lacking_indicators_may_be_poor_and_fewer_near_poor(
    resident: Resident, lacking: int, unknown: int, outcome: str, presses: int
) -> None:
    await begin(resident)

    assert await answer_all(resident, lacking=lacking, unknown=unknown) == presses
    assert texts.CHECK_OUTCOMES[outcome] in resident.reply
    assert BY_INCOME in resident.reply  # the column of 2027
    assert texts.CHECK_NO_VERDICT in resident.reply
    assert resident.labels[-2:] == [texts.BUTTON_BENEFITS, texts.BUTTON_CHECK_AGAIN]


async def test_longest_way_is_five_steps_and_twelve_answers(resident: Resident) -> None:
    steps = 0
    for label in (texts.BUTTON_CHECK, texts.BUTTON_URBAN, texts.BUTTON_WAS_COMMUNE, "4"):
        await resident.press(label)
        steps += 1
    await resident.say("5 triệu")

    assert steps + 1 <= 5
    assert await answer_all(resident, lacking=2) <= 12


async def test_nothing_is_kept_when_it_is_over(resident: Resident) -> None:
    await begin(resident)
    assert (await resident.state())["data"]["income"] == 1_250_000
    assert (await resident.state())["data"]["total"] is None
    await answer_all(resident, lacking=3)

    state = await resident.state()
    assert (state["flow"], state["data"]) == (None, {})
    assert await resident.questions() == []


@pytest.mark.parametrize(
    ("figures", "outcome"),
    [
        ("4 người 6 triệu", None),
        ("4 người 6000001", MIDDLE),
        ("4 người 9 triệu", MIDDLE),
        ("4 người 9000001", ABOVE),
    ],
)
async def test_income_above_the_threshold_ends_it_at_once(
    resident: Resident, figures: str, outcome: str | None
) -> None:
    await begin(resident, figures=figures)

    if outcome is None:
        assert FIRST in resident.reply
    else:
        assert outcome in resident.reply
        assert "Mẫu số 01" in resident.reply


@pytest.mark.parametrize(
    ("day", "columns"),
    [
        ("2026-08-31 23:59", ["2026"]),
        ("2026-09-01 00:00", ["2026", "2027"]),
        ("2026-12-31 23:59", ["2026", "2027"]),
        ("2027-01-01 00:00", ["2027"]),
    ],
)
async def test_both_standards_stand_side_by_side_while_the_review_runs(
    resident: Resident, day: str, columns: list[str]
) -> None:
    """And from 2027 on the home is not asked about: those indicators are not settled."""
    resident.now = at(day)
    await begin(resident)
    assert (FIRST in resident.reply) is ("2026" in columns)
    await answer_all(resident, lacking=3)

    assert ("Mức xét đến hết 31/12/2026: nông thôn 1.500.000 đồng" in resident.reply) is ("2026" in columns)
    assert ("Mức xét từ 01/01/2027: nông thôn 2.200.000 đồng" in resident.reply) is ("2027" in columns)
    assert (POOR in resident.reply) is ("2026" in columns)
    assert (BY_INCOME in resident.reply) is ("2027" in columns)


async def test_new_year_in_the_middle_leads_to_the_new_standard(resident: Resident) -> None:
    resident.now = at("2026-12-31 23:59")
    await begin(resident)
    resident.now = at("2027-01-01 00:01")

    assert BY_INCOME in await resident.press(texts.BUTTON_YES)


async def test_day_beyond_all_standards_has_no_check(resident: Resident) -> None:
    resident.now = at("2031-01-01 08:00")
    assert await resident.press(texts.BUTTON_CHECK) == texts.NOT_ON_DAY.format(day="01/01/2031")


# -- answers typed, steps back, questions in between


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("có", "y"), ("có ạ", "y"), ("vâng", "y"), ("Đúng rồi", "y"), ("nhà em có ạ", "y"), ("có 1 đứa", "y"),
        ("không", "n"), ("ko", "n"), ("dạ không ạ", "n"), ("không phải", "n"),
        ("không biết", "u"), ("chịu", "u"), ("tôi không rõ", "u"),
    ],
)  # fmt: skip
async def test_answer_may_be_typed(resident: Resident, typed: str, kept: str) -> None:
    await begin(resident)
    await resident.say(typed)

    assert (await resident.state())["data"]["answers"] == {"viec_lam": kept}


async def test_no_child_is_a_button_only_where_children_are_asked_about(resident: Resident) -> None:
    await begin(resident)
    assert texts.BUTTON_NO_CHILD not in resident.labels
    await resident.press(texts.BUTTON_NO)
    await resident.press(texts.BUTTON_NO)
    assert asked(resident) == "dinh_duong"
    await resident.press(texts.BUTTON_NO_CHILD)
    await resident.press(texts.BUTTON_NO)
    await resident.press(texts.BUTTON_NO)

    assert asked(resident) == "chat_luong_nha"


@pytest.mark.parametrize("back", ["quay lại", ">"])
async def test_back_goes_one_step_back_each_time_and_then_to_the_menu(resident: Resident, back: str) -> None:
    async def go_back() -> str:
        return await (resident.press(texts.BUTTON_BACK) if back == ">" else resident.say(back))

    await resident.press(texts.BUTTON_CHECK)
    await resident.press(texts.BUTTON_RURAL)
    await resident.press("4")
    await resident.say("5 triệu")
    await resident.press(texts.BUTTON_YES)
    assert asked(resident) == "nguoi_phu_thuoc"
    assert FIRST in await go_back()
    assert await go_back() == texts.CHECK_INCOME
    assert await go_back() == texts.CHECK_PEOPLE
    assert await go_back() == texts.CHECK_AREA
    assert texts.MENU in await resident.say("quay lại")
    assert (await resident.state())["flow"] is None


async def test_question_in_the_middle_is_answered_and_ours_is_asked_again(resident: Resident) -> None:
    await begin(resident)
    await resident.press(texts.BUTTON_YES)
    await resident.say("hộ cận nghèo có thẻ bảo hiểm không")

    answer, again = resident.replies
    assert "Được mua thẻ rẻ hơn." in answer.text
    assert texts.CHECK_QUESTIONS["nguoi_phu_thuoc"] in again.text
    assert (await resident.last_question()).topic_id == "bhyt-ho-can-ngheo"
    await resident.press(texts.BUTTON_YES)
    assert POOR in await resident.press(texts.BUTTON_YES)


async def test_short_words_that_answer_nothing_are_asked_about_kindly(resident: Resident) -> None:
    await begin(resident)

    assert (await resident.say("cũng tàm tạm")).startswith(texts.CHECK_YES_OR_NO)
    assert FIRST in resident.reply
    assert asked(resident) == "viec_lam"
    assert await resident.questions() == []


@pytest.mark.parametrize("word", ["dừng", "menu", "chọn xã"])
async def test_stop_menu_and_another_dialogue_leave_it(resident: Resident, word: str) -> None:
    await begin(resident)
    await resident.say(word)

    assert (await resident.state())["flow"] != "check"
    assert "income" not in (await resident.state())["data"]


async def test_thanks_in_the_middle_is_no_answer(resident: Resident) -> None:
    await begin(resident)

    assert await resident.say("cảm ơn") == texts.THANKS
    assert (await resident.state())["data"]["answers"] == {}


async def test_restart_in_the_middle_changes_nothing(database: Database, small: Guide) -> None:
    """On both databases; PostgreSQL may keep an object's keys in another order."""
    resident = Resident(database, small)
    await resident.say("xin chào")
    await begin(resident)
    await resident.press(texts.BUTTON_NO)
    await resident.press(texts.BUTTON_YES)
    resident.guide = replace(small, library=SmallLibrary())

    assert texts.CHECK_QUESTIONS["nguoi_phu_thuoc"] in await resident.say("quay lại")
    assert await answer_all(resident, lacking=3) == 3
    assert POOR in resident.reply


async def test_button_further_up_changes_that_answer(resident: Resident) -> None:
    await begin(resident)
    first = resident.buttons[0].payload
    await resident.press(texts.BUTTON_NO)
    await resident.send(payload=first)

    assert (await resident.state())["data"]["answers"] == {"viec_lam": "y"}
    assert asked(resident) == "nguoi_phu_thuoc"


async def test_button_of_a_check_that_is_over_says_so(resident: Resident) -> None:
    await begin(resident)
    left = resident.buttons[0].payload
    await resident.say("dừng")

    assert await resident.send(payload=left) == texts.CHECK_OVER
    assert await resident.press(texts.BUTTON_CHECK_AGAIN) == texts.CHECK_AREA


async def test_check_is_offered_under_the_answer_of_its_topic_alone(sqlite: Database, guide: Guide) -> None:
    resident = Resident(sqlite, guide)
    await resident.say("xin chào")
    await resident.send(payload="1:ask:topic:tu-kiem-tra-ho-ngheo")
    assert resident.labels[0] == texts.BUTTON_CHECK_NOW
    assert await resident.press(texts.BUTTON_CHECK_NOW) == texts.CHECK_AREA
    await resident.send(payload="1:ask:topic:chuan-ngheo-2022-2025")
    assert texts.BUTTON_CHECK_NOW not in resident.labels


@pytest.mark.parametrize(
    "payload",
    [
        "1:check:explode", "1:check:area:moon", "1:check:area", "1:check:people:0", "1:check:people:31",
        "1:check:people:x", "1:check:is:viec_lam", "1:check:is:viec_lam:z", "1:check:is:mo_hinh:y", "1:check:unsure:1",
    ],
)  # fmt: skip
async def test_payload_of_nobodys_making_is_refused(resident: Resident, payload: str) -> None:
    await begin(resident)
    await resident.send(payload=payload)

    assert resident.replies[0].text == texts.OLD_BUTTON


@pytest.mark.parametrize(
    "data",
    [
        {}, {"area": 7}, {"area": "moon", "people": "x"}, {"area": "rural", "people": -1, "income": None},
        {"area": "ward", "income": 5}, {"area": "rural", "income": 10**30}, {"answers": [1]},
        {"area": "rural", "income": 1, "answers": {"viec_lam": "z", "x": "y"}}, {"area": [], "answers": {"viec_lam": {}}},
        {"area": "rural", "people": True, "income": 1.5},
    ],
)  # fmt: skip
@pytest.mark.parametrize("typed", ["có", "4 người 5 triệu", "quay lại", "xã", "thẻ"])
async def test_state_of_another_version_is_harmless(
    resident: Resident, data: dict[str, object], typed: str
) -> None:
    await resident.leave_state({"version": 1, "flow": "check", "step": "home", "data": data})

    assert await resident.say(typed)
    assert resident.replies


_PAYLOADS = st.builds(
    lambda words: ":".join(["1", "check", *words]),
    st.lists(st.sampled_from(["start", "area", "people", "is", "unsure", "back", "rural", "ward", "either", "4", "99",
                              "viec_lam", "nha_tieu", "y", "n", "u", "0", "", "😀"]), max_size=4),
)  # fmt: skip


@settings(CALM, max_examples=60)
@given(steps=st.lists(st.one_of(_PAYLOADS, st.text(max_size=30)), max_size=6))
async def test_anything_at_any_step_is_answered(resident: Resident, steps: list[str]) -> None:
    resident.wait(61)
    await begin(resident)
    for step in steps:
        payload = clean(step) if step.startswith("1:check:") else None
        await resident.send(text="" if payload else clean(step), payload=payload)
        assert resident.replies
        assert all(m.text.strip() for m in resident.replies)
        assert all(len((b.payload or "").encode()) <= MAX_PAYLOAD_BYTES for b in resident.buttons)
    await resident.say("menu")
