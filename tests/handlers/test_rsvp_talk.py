"""Signing up in the conversation: by one tap or in one's own words, changeable any time; and what is coming."""

from datetime import timedelta
from typing import Any

import pytest

from handlers import announcement_texts, event_messages, event_texts, texts
from handlers.flows import rsvp
from storage import people, tables
from storage.db import Tx
from storage.events import Announced
from tests.handlers import announcing
from tests.handlers.eventful import (
    STARTS,
    announce_to,
    make_event,
    standings,
)
from tests.handlers.resident import Resident

GOING = announcement_texts.BUTTON_GOING
NOT_GOING = announcement_texts.BUTTON_NOT_GOING
WITH = announcement_texts.BUTTON_WITH
WANTED = "tuần này thôn có họp không"


async def announce(resident: Resident, *, told: bool = True, **given: Any) -> Announced:
    """Announce a session, to this resident unless told otherwise."""

    def work(tx: Tx) -> Announced:
        announced = make_event(tx, **given)
        address_id = people.find_address(tx, resident.address.channel, resident.address.value)
        assert address_id is not None
        person = people.meet(tx, resident.address.channel, resident.address.value, resident.now)
        if told:
            announce_to(tx, announced, person.resident_id)
        return announced

    return await resident.database.write(work)


async def tap(resident: Resident, action: str, announced: Announced, *arguments: int) -> str:
    """Press a button under the announcement."""
    return await resident.send(
        payload=":".join(("1", "rsvp", action, *map(str, (announced.event.id, *arguments))))
    )


async def answers(resident: Resident, announced: Announced) -> list[tuple[str, int]]:
    """Return what was answered so far."""
    return await resident.database.read(standings, announced.event.id)


async def test_one_tap_signs_up_and_says_when_and_where(resident: Resident) -> None:
    announced = await announce(resident, map_link="https://maps.example/1")

    said = await tap(resident, "yes", announced)

    assert said.startswith("Tôi đã ghi bà con dự “Tập huấn chăn nuôi gà”.")
    assert "8 giờ sáng" in said
    assert "thứ Bảy, ngày 12/12/2026" in said
    assert "Nhà văn hóa thôn Đông" in said
    assert [(b.label, b.url) for b in resident.buttons if b.url] == [
        (announcement_texts.BUTTON_MAP, "https://maps.example/1"),
        (event_texts.BUTTON_CALENDAR, f"{announcing.PUBLIC_URL}/a/{announced.announcement.code}.ics"),
    ]
    assert await answers(resident, announced) == [("going", 1)]


async def test_mind_is_changed_any_time(resident: Resident) -> None:
    announced = await announce(resident)
    await tap(resident, "yes", announced)

    assert "không dự" in await resident.press(NOT_GOING)
    assert await answers(resident, announced) == [("declined", 1)]
    await resident.press(GOING)
    await resident.press(event_texts.BUTTON_NUMBER)
    assert "tất cả 3 người" in await resident.press("Thêm 2 người")
    assert await answers(resident, announced) == [("going", 3)]


async def test_reminder_is_promised_only_where_there_will_be_one(resident: Resident) -> None:
    announced = await announce(resident, remind_before=[1440])
    assert event_texts.REMIND in await tap(resident, "yes", announced)

    resident.now = STARTS - timedelta(hours=20)
    said = await tap(resident, "yes", announced)
    assert event_texts.REMIND not in said
    assert said.endswith(event_texts.CHANGE_MIND)


async def test_tapping_twice_keeps_the_number(resident: Resident) -> None:
    announced = await announce(resident)
    await tap(resident, "people", announced, 3)
    await tap(resident, "yes", announced)

    assert await answers(resident, announced) == [("going", 4)]


async def test_number_of_those_who_come_along_may_be_typed(resident: Resident) -> None:
    announced = await announce(resident)
    assert await tap(resident, "with", announced) == event_texts.ASK_PEOPLE
    assert resident.labels == [*(f"Thêm {n} người" for n in range(1, 5)), event_texts.BUTTON_ALONE]

    assert "tất cả 7 người" in await resident.say("sáu người ạ")
    assert (await resident.state())["flow"] is None
    assert await answers(resident, announced) == [("going", 7)]


async def test_too_many_companions_are_asked_about_again(resident: Resident) -> None:
    announced = await announce(resident, seats=None)
    await tap(resident, "with", announced)

    assert await resident.say("200") == event_texts.PEOPLE_UNCLEAR
    assert "tất cả 20 người" in await resident.say("19")
    assert await answers(resident, announced) == [("going", 20)]


async def test_question_in_the_middle_is_answered_and_the_number_no_longer_waited_for(
    resident: Resident,
) -> None:
    announced = await announce(resident)
    await tap(resident, "with", announced)

    assert "Được mua thẻ rẻ hơn." in await resident.say("thẻ")
    await resident.say("2")
    assert await answers(resident, announced) == []


async def test_going_back_leaves_the_question(resident: Resident) -> None:
    announced = await announce(resident)
    await tap(resident, "with", announced)

    assert await resident.say("quay lại") == texts.MENU
    assert (await resident.state())["flow"] is None


async def test_full_session_has_a_line(resident: Resident) -> None:
    announced = await announce(resident, seats=1)
    other = Resident(resident.database, resident.guide)
    await other.say("xin chào")
    await tap(other, "yes", announced)

    assert "thứ tự: 1" in await tap(resident, "yes", announced)
    await other.press(NOT_GOING)
    assert await answers(resident, announced) == [("declined", 1), ("going", 1)]
    came = [m.text for m in await resident.rows(tables.messages) if m.inbound_id is None]
    assert [text.split("!")[0] for text in came] == ["Có chỗ rồi"]


async def test_fewer_seats_than_people_are_said(resident: Resident) -> None:
    announced = await announce(resident, seats=3)
    other = Resident(resident.database, resident.guide)
    await other.say("xin chào")
    await tap(other, "people", announced, 1)

    assert "chỉ còn 1 chỗ" in await tap(resident, "people", announced, 1)
    await resident.press(event_texts.BUTTON_NUMBER)
    assert "Tôi đã ghi bà con dự" in await resident.press(event_texts.BUTTON_ALONE)
    assert "Không đủ chỗ cho 3 người. Tôi vẫn giữ 2 chỗ" in await tap(other, "people", announced, 2)
    assert "có 3 chỗ, nên tôi chưa ghi được 4 người" in await tap(resident, "people", announced, 3)


# -- in one's own words


async def test_words_answer_the_only_invitation(resident: Resident) -> None:
    announced = await announce(resident)

    await resident.say("Tôi sẽ đi")
    assert await answers(resident, announced) == [("going", 1)]
    await resident.say("tôi đi 3 người")
    assert await answers(resident, announced) == [("going", 3)]
    await resident.say("mai tôi không đi được")
    assert await answers(resident, announced) == [("declined", 3)]


async def test_words_of_two_invitations_are_asked_about(resident: Resident) -> None:
    first = await announce(resident)
    second = await announce(resident, title="Đối thoại về chính sách")

    assert await resident.say("tôi sẽ đi") == event_texts.WHICH
    assert resident.labels == ["12/12 Tập huấn chăn nuôi gà", "12/12 Đối thoại về chính sách"]
    await resident.press("12/12 Đối thoại về chính sách")
    assert (await answers(resident, first), await answers(resident, second)) == ([], [("going", 1)])

    await resident.say("mai tôi không đi được")
    assert await answers(resident, second) == [("declined", 1)], "the only one they signed up for"


async def test_words_without_an_invitation_are_a_question(resident: Resident) -> None:
    await announce(resident, told=False)
    await announce(resident, status="cancelled")

    assert texts.UNKNOWN in await resident.say("mai tôi không đi được")
    assert [q.text for q in await resident.questions()] == ["mai tôi không đi được"]


async def test_words_of_a_session_that_was_only_listed_are_its_button(resident: Resident) -> None:
    announced = await announce(resident, told=False)
    await resident.say(WANTED)

    await resident.say("tôi sẽ đi")
    assert await answers(resident, announced) == [("going", 1)]


# -- too late, or nobody's


async def test_after_the_beginning_nobody_signs_up(resident: Resident) -> None:
    announced = await announce(resident)
    resident.now = STARTS

    for action in ("yes", "no", "with", "show"):
        assert "đã bắt đầu" in await tap(resident, action, announced)
    assert await answers(resident, announced) == []


async def test_cancelled_session_says_so(resident: Resident) -> None:
    announced = await announce(resident, status="cancelled")

    assert "không tổ chức nữa" in await tap(resident, "yes", announced)


@pytest.mark.parametrize(
    "payload",
    [
        "1:rsvp:yes",
        "1:rsvp:yes:x",
        "1:rsvp:yes:999",
        "1:rsvp:explode:{id}",
        "1:rsvp:people:{id}",
        "1:rsvp:people:{id}:99",
    ],
)
async def test_press_of_nobody_s_making_does_nothing(resident: Resident, payload: str) -> None:
    announced = await announce(resident)

    assert texts.OLD_BUTTON in await resident.send(payload=payload.format(id=announced.event.id))
    assert await answers(resident, announced) == []


async def test_draft_is_nobody_s_business(resident: Resident) -> None:
    announced = await announce(resident, announcement="draft", started_at=None)

    assert texts.OLD_BUTTON in await tap(resident, "yes", announced)
    await resident.say(WANTED)
    assert resident.labels == [texts.BUTTON_COMMUNE, event_texts.BUTTON_SUBSCRIBE]


# -- what is coming


async def live_in(resident: Resident, code: str | None) -> None:
    """Choose a commune."""

    def choose(tx: Tx) -> None:
        person = people.meet(tx, resident.address.channel, resident.address.value, resident.now)
        people.choose_commune(tx, person.resident_id, code)

    await resident.database.write(choose)


@pytest.mark.parametrize(
    ("audience", "commune", "shown"),
    [
        ({}, None, True),
        ({}, "10525", True),
        ({"areas": ["10525"]}, "10525", True),
        ({"areas": ["10525"]}, "11020", False),
        ({"areas": ["10525"]}, None, False),
        ({"areas": ["31"]}, "10525", True),
        ({"areas": ["31"], "exclude_areas": ["10525"]}, "10525", False),
        ({"exclude_areas": ["10525"]}, "11020", True),
        ({"categories": ["poor"]}, "10525", False),
    ],
)
async def test_session_is_shown_to_those_it_is_for(
    resident: Resident, audience: dict[str, object], commune: str | None, shown: bool
) -> None:
    announced = await announce(resident, told=False, audience=audience)
    await live_in(resident, commune)

    said = await resident.say(WANTED)

    assert (announced.announcement.title in said) is shown
    assert (texts.BUTTON_COMMUNE in resident.labels) is (commune is None)
    assert (event_texts.BUTTON_SUBSCRIBE in resident.labels) is (not shown)
    if shown:
        assert resident.labels[:3] == [GOING, WITH, NOT_GOING]


async def test_session_one_signed_up_for_is_shown_wherever_one_lives(resident: Resident) -> None:
    announced = await announce(resident, told=False, audience={"areas": ["11020"]})
    await tap(resident, "people", announced, 1)

    said = await resident.say(WANTED)
    assert "Bà con đã ghi tên, tất cả 2 người." in said
    assert NOT_GOING in resident.labels


async def test_several_sessions_are_listed_next_first(resident: Resident) -> None:
    later = await announce(resident, title="Đối thoại", seats=0)
    first = await announce(resident, told=False)
    await resident.database.write(
        lambda tx: tx.execute(
            tables.events.update()
            .where(tables.events.c.id == first.event.id)
            .values(starts_at=STARTS.replace(day=1))
        )
    )
    await announce(resident, status="cancelled", told=False, title="Đã dừng")

    said = await resident.say(WANTED)
    assert said.index("Tập huấn") < said.index("Đối thoại")
    assert "Đã hết chỗ" in said
    assert "Đã dừng" not in said
    assert resident.labels[:2] == ["01/12 Tập huấn chăn nuôi gà", "12/12 Đối thoại"]
    await resident.press("12/12 Đối thoại")
    assert resident.reply.startswith("Đối thoại")
    assert later.event.seats == 0


async def test_a_session_stands_while_only_its_message_was_taken_back(resident: Resident) -> None:
    """Who had the message goes there: whoever cancels it is told “Buổi họp vẫn giữ”."""
    await announce(resident, announcement="cancelled", told=False)

    assert "Tập huấn chăn nuôi gà" in await resident.say(WANTED)


async def test_what_is_over_is_not_listed(resident: Resident) -> None:
    await announce(resident)
    resident.now = STARTS
    assert event_texts.NONE_FOR_ALL in await resident.say(WANTED)


async def test_longest_session_fits_every_channel(resident: Resident) -> None:
    """Titles of 120 characters and places of 200 (the columns' bounds), as many as are listed at once."""
    for _ in range(rsvp.MOST_LISTED):
        await announce(resident, title="Tập huấn " * 13, place="Nhà văn hóa " * 16)

    await resident.say(WANTED)
    assert all(len(m.text) <= 4096 for m in resident.replies)
    assert all(len(label) <= event_messages.LABEL_CHARS for label in resident.labels[: rsvp.MOST_LISTED])
    await resident.press(resident.labels[0])
    await resident.press(GOING)
    assert len(resident.reply) <= announcement_texts.MAX_CHARS
