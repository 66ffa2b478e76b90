"""Anybody can send any payload: a press is harmless whatever is in it, and every button of ours fits every channel."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handlers import places, texts
from handlers.flows import ask, commune, menu, rsvp
from handlers.messages import clean
from handlers.turn import MAX_PAYLOAD_BYTES, Guide, button, parse_press
from storage.db import Database
from tests.handlers.resident import CALM, Resident

QUESTION = "hộ cận nghèo có thẻ bảo hiểm không"
_WORDS = st.sampled_from(
    [
        *("1", "0", "2", "-1", "01", "x", "", " ", "٣", "😀", "1e9", "9" * 17, "9" * 40, "None", "null"),
        *(ask.FLOW, commune.FLOW, menu.FLOW, rsvp.FLOW, "feedback"),
        *("yes", "no", "with", "people"),
        *("topic", "pick", "none", "more", "helped", "official", "y", "n"),
        *("ask", "skip", "forget", "set", "back", "districts", "district", "start", "show", "help"),
        *("10888", "296", "30", "31", "bhyt-ho-can-ngheo", "luong-huu", "da-het", "' OR 1=1 --"),
    ]
)
_OURS_ALMOST = st.builds(":".join, st.lists(_WORDS, max_size=6)).map(lambda text: f"1:{text}")


async def refused(resident: Resident) -> bool:
    """Say whether the last press was answered as one of a button nobody knows, with the menu."""
    return [m.text for m in resident.replies] == [texts.OLD_BUTTON, texts.MENU]


@pytest.mark.parametrize(
    "payload",
    [
        "",
        ":",
        "1",
        "1:ask",
        "0:ask:more:1",
        "2:ask:more:1",
        "1:feedback:open",
        "1:ask:explode:1",
        "1:ask:more",
        "1:ask:more:",
        "1:ask:more:x",
        "1:ask:more:-1",
        "1:ask:more:٣",
        "1:ask:more:99999999999999999",
        "1:ask:more:" + "9" * 180,
        "1:ask:pick:1",
        "1:ask:topic",
        "1:ask:topic:nobody-knows",
        "1:ask:topic:luong-huu",
        "1:commune:set",
        "1:commune:set:99999",
        "1:commune:set:31",
        "1:commune:set:11095",
        "1:commune:district",
        "1:commune:district:30:0",
        "1:menu:explode",
        "x" * 200,
        "😀" * 50,
        "' OR 1=1; DROP TABLE questions; --",
        "<b>1:ask:more:1</b>",
    ],
)
async def test_button_nobody_knows_is_answered_with_a_sentence_and_the_menu(
    resident: Resident, payload: str
) -> None:
    """A press from an older version, of a code that is no commune of today, or made up by somebody."""
    await resident.send(payload=payload)

    assert await refused(resident)
    assert texts.BUTTON_COMMUNE in resident.labels
    assert await resident.questions() == []


@pytest.mark.parametrize(
    "action", ["pick:{}:0", "pick:{}:9", "none:{}", "more:{}", "helped:{}:y", "official:{}"]
)
async def test_question_of_somebody_else_cannot_be_touched(
    sqlite: Database, resident: Resident, action: str
) -> None:
    await resident.say(QUESTION)
    before = await resident.last_question()
    other = Resident(sqlite, resident.guide)
    await other.say("xin chào")

    await other.send(payload="1:ask:" + action.format(before.id))

    assert await refused(other)
    assert await resident.last_question() == before


@pytest.mark.parametrize("arguments", ["", ":x", ":y:y", ":yes"])
async def test_opinion_that_is_neither_yes_nor_no_is_not_kept(resident: Resident, arguments: str) -> None:
    await resident.say(QUESTION)
    question = await resident.last_question()

    await resident.send(payload=f"1:ask:helped:{question.id}{arguments}")

    assert await refused(resident)
    assert (await resident.last_question()).helped is None


@pytest.mark.parametrize("place", ["3", "-1", "", "x", "99999999999999999", "0x1"])
async def test_place_that_was_not_offered_cannot_be_picked(resident: Resident, place: str) -> None:
    await resident.say("hỗ trợ")
    question = await resident.last_question()

    await resident.send(payload=f"1:ask:pick:{question.id}:{place}")

    assert await refused(resident)
    assert (await resident.last_question()).topic_id is None


async def test_same_button_may_be_pressed_again(resident: Resident) -> None:
    await resident.say(QUESTION)

    for label in (texts.BUTTON_HELPED, texts.BUTTON_HELPED, texts.BUTTON_MORE, texts.BUTTON_MORE):
        await resident.press(label)
        assert not await refused(resident)
    assert len(await resident.questions()) == 1


@settings(CALM, max_examples=150)
@given(payload=st.one_of(_OURS_ALMOST, st.text(max_size=200)))
async def test_any_payload_is_answered(resident: Resident, payload: str) -> None:
    """As the channels bring it: cleaned, and at most 200 characters."""
    resident.wait(61)
    await resident.send(payload=clean(payload)[:200])

    assert resident.replies
    assert all(m.text.strip() for m in resident.replies)


@settings(CALM)
@given(payload=st.one_of(_OURS_ALMOST, st.text()))
def test_any_payload_can_be_parsed(payload: str) -> None:
    press = parse_press(payload)

    for place in range(-1 if press is None else len(press.arguments) + 1):
        assert press is not None
        number = press.number(place)
        assert number is None or 0 <= number < 10**17


def test_payload_over_the_limit_is_a_bug() -> None:
    assert len(button("x", "ask", "topic", "t" * 52).payload or "") == MAX_PAYLOAD_BYTES
    with pytest.raises(ValueError, match="over 64 bytes"):
        button("x", "ask", "topic", "t" * 53)


async def test_every_topic_there_is_can_be_pressed(sqlite: Database, guide: Guide) -> None:
    """The real content: every button fits, and a topic with a text for the day is told."""
    resident = Resident(sqlite, guide)
    for name in ("topic", "pick", "more", "official", "none"):
        assert button("x", ask.FLOW, name, 10**17, 2).payload
    for topic in guide.library.topics.values():
        pressed = button(topic.title, ask.FLOW, "topic", topic.id)
        if topic.referral or guide.library.current(topic.id, resident.now.date()) is None:
            continue
        resident.wait(1.1)
        await resident.send(payload=pressed.payload)
        found = guide.library.current(topic.id, resident.now.date())
        assert found is not None
        assert (await resident.last_question()).topic_id == found[0].id
        assert resident.labels[-2:] == [texts.BUTTON_HELPED, texts.BUTTON_NOT_HELPED]
        assert len(topic.title) <= 48, topic.title


async def test_every_commune_of_a_former_district_is_reached_by_buttons(resident: Resident) -> None:
    """All twelve districts, all their pages: each button's payload fits, and leads on."""
    await resident.say("chọn xã")
    reached: set[str] = set()
    for district in resident.guide.areas.districts:
        for page in range(4):
            await resident.send(payload=f"1:commune:district:{district.code}:{page}")
            assert len(resident.buttons) <= places.PAGE + 2
            for each in resident.buttons:
                assert len((each.payload or "").encode()) <= MAX_PAYLOAD_BYTES
                if (each.payload or "").startswith("1:commune:set:"):
                    reached.add((each.payload or "").rsplit(":", 1)[1])
    taken_over = {
        c.code for d in resident.guide.areas.districts for c in resident.guide.areas.communes_of(d.code)
    }
    assert reached == taken_over


def test_every_commune_can_be_a_button(guide: Guide) -> None:
    for area in guide.areas.communes:
        assert len(area.name) <= 24
        assert button(area.name, commune.FLOW, "set", area.code).payload
