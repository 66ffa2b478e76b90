"""Following what was told: by code or from one's list, for its own person more than for others, and guessed by nobody."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
import sqlalchemy as sa

from faq.signals import Intent, Urgency
from handlers import case_codes, cases, feedback_texts, texts, track_texts, urgent_texts
from handlers.case_codes import spoken
from handlers.case_life import Status
from handlers.flows import track
from storage import tables
from storage.cases import get as get_case
from storage.db import Tx
from tests.handlers.casework import DEADLINES, HERE, make_official
from tests.handlers.resident import Resident

STORY = "hai tháng nay nhà tôi chưa nhận được tiền trợ cấp"


async def tell(resident: Resident, send: str = feedback_texts.BUTTON_SEND) -> Any:
    """Tell something about the officers' commune; returns the case."""
    await resident.press(feedback_texts.BUTTON_START)
    await resident.say(STORY)
    await resident.say("vâng")
    if texts.BUTTON_SKIP in resident.labels:
        await resident.send(payload=f"1:feedback:set:{HERE}")
    await resident.press(send)
    return (await resident.rows(tables.cases))[-1]


async def work(resident: Resident, case_id: int, do: Callable[..., object], *words: str) -> None:
    """Let an official of the commune do something with the case."""

    def write(tx: Tx) -> None:
        official = make_official(tx)
        version = get_case(tx, case_id).version
        needs = (DEADLINES,) if do in (cases.answer, cases.receive) else ()
        do(tx, official, case_id, *words, version, *needs, resident.now)

    await resident.database.write(write)


async def answered(resident: Resident, words: str = "Tiền về thứ Năm.") -> Any:
    """Tell something and have it answered."""
    case = await tell(resident)
    await work(resident, case.id, cases.answer, words)
    return case


@pytest.mark.parametrize("write", [spoken, str.lower, lambda code: f"HC {spoken(code)}"])
async def test_code_shows_where_it_stands_at_any_time(
    resident: Resident, write: Callable[[str], str]
) -> None:
    case = await tell(resident)
    await resident.press(texts.BUTTON_CHECK)
    shown = await resident.say(write(case.code))

    assert spoken(case.code) in shown
    assert "đang chờ tiếp nhận" in shown
    assert "Hạn trả lời: 08/12/2026" in shown
    assert "23/11/2026: Đã gửi." in shown
    assert resident.replies[-1].text == texts.CHECK_AREA, "and the question is put again"


async def test_code_inside_a_sentence(resident: Resident, monkeypatch: pytest.MonkeyPatch) -> None:
    case = await tell(resident)
    await tell(resident)
    monkeypatch.setattr(resident.guide.signals, "intent", lambda _: Intent.TRACK)

    for written in (spoken(case.code), spoken(case.code).replace("-", " ")):
        assert spoken(case.code) in await resident.say(f"mã {written} đến đâu rồi?")


async def test_only_case_is_shown_at_once_and_several_as_a_list(resident: Resident) -> None:
    first = await tell(resident)
    assert STORY not in await resident.say("việc tôi báo đến đâu rồi")
    assert spoken(first.code) in resident.reply

    for _ in range(6):
        resident.wait(60)
        await tell(resident)
    assert await resident.press(texts.BUTTON_MY_CASES) == track_texts.LIST
    assert len(resident.labels) == track.MOST_LISTED
    newest = (await resident.rows(tables.cases))[-1]
    assert resident.labels[0].startswith(spoken(newest.code))
    assert spoken(newest.code) in await resident.press(resident.labels[0])


async def test_whoever_told_nothing_is_asked_for_a_code(resident: Resident) -> None:
    assert await resident.press(texts.BUTTON_MY_CASES) == track_texts.NONE_OWN
    assert await resident.say("K7M-4XP-9R0") == track_texts.ALMOST_CODE
    assert await resident.say("K7M-4XP-9RT") == track_texts.UNKNOWN_CODE


async def test_answer_is_shown_to_its_own_person_only(resident: Resident) -> None:
    case = await answered(resident)
    stranger = Resident(resident.database, resident.guide)
    await stranger.say("xin chào")

    assert "Tiền về thứ Năm." in await resident.say(case.code)
    assert resident.labels == [
        track_texts.BUTTON_SOLVED,
        track_texts.BUTTON_NOT_SOLVED,
        track_texts.BUTTON_ADD,
    ]
    shown = await stranger.say(case.code)
    assert "Cán bộ đã trả lời." in shown
    assert "Tiền về" not in shown
    assert STORY not in shown
    assert stranger.labels == []


async def test_anonymous_case_is_known_again_by_its_own_address(resident: Resident) -> None:
    case = await tell(resident, feedback_texts.BUTTON_SEND_ANONYMOUS)
    await resident.say(case.code)

    assert track_texts.BUTTON_WITHDRAW in resident.labels


async def test_codes_are_not_tried_in_a_row(resident: Resident) -> None:
    case = await tell(resident)
    for _ in range(track.TRIES_AN_HOUR):
        assert await resident.say("K7M-4XP-9RT") == track_texts.UNKNOWN_CODE
    assert await resident.say("K7M-4XP-9RT") == track_texts.TOO_MANY_CODES
    assert await resident.say(case.code) == track_texts.TOO_MANY_CODES, "a right guess is not told either"

    resident.wait(3601)
    assert spoken(case.code) in await resident.say(case.code)


async def test_words_are_added(resident: Resident) -> None:
    case = await answered(resident)
    await resident.say(case.code)
    assert await resident.press(track_texts.BUTTON_ADD) == track_texts.ASK_MORE
    assert await resident.say("vẫn chưa thấy tiền") == track_texts.ADDED

    (row,) = await resident.rows(tables.cases)
    assert (row.status, row.is_open) == (Status.IN_PROGRESS, True)
    added = [e.text for e in await resident.rows(tables.case_entries) if e.action == "add"]
    assert added == ["vẫn chưa thấy tiền"]
    assert (await resident.state())["flow"] is None


async def test_urgent_message_while_adding_is_answered_first(resident: Resident) -> None:
    case = await answered(resident)
    await resident.say(case.code)
    await resident.press(track_texts.BUTTON_ADD)

    assert await resident.say("cứu tôi với") == urgent_texts.CALL[Urgency.DISASTER]
    assert await resident.say("vẫn chưa thấy tiền") == track_texts.ADDED


async def test_withdrawing_is_confirmed_and_done_once(resident: Resident) -> None:
    case = await tell(resident)
    await resident.say(case.code)
    assert await resident.press(track_texts.BUTTON_WITHDRAW) == track_texts.ASK_WITHDRAW
    assert await resident.press(track_texts.BUTTON_KEEP) == track_texts.KEPT
    assert await resident.press(track_texts.BUTTON_WITHDRAW_SURE) == track_texts.WITHDRAWN
    assert track_texts.TOO_LATE in await resident.press(track_texts.BUTTON_WITHDRAW_SURE)

    assert [c.status for c in await resident.rows(tables.cases)] == [Status.WITHDRAWN]


@pytest.mark.parametrize("yes", [True, False])
async def test_whether_it_was_solved(resident: Resident, yes: bool) -> None:
    case = await answered(resident)
    payload = f"1:case:solved:{case.id}:{'y' if yes else 'n'}"
    said = await resident.send(payload=payload)
    await resident.send(payload=payload)
    (row,) = await resident.rows(tables.cases)

    if yes:
        assert said == track_texts.SOLVED
        assert row.status == Status.CLOSED
    else:
        assert said == track_texts.NOT_SOLVED
        assert await resident.say("còn thiếu một tháng") == track_texts.ADDED
        assert row.status == Status.IN_PROGRESS


@pytest.mark.parametrize(
    "action", ["show", "add", "withdraw", "withdrawn", "keep", "solved:{}:y", "solved:{}:x", "solved"]
)
async def test_nobody_acts_on_another_s_case(resident: Resident, action: str) -> None:
    case = await answered(resident)
    stranger = Resident(resident.database, resident.guide)
    await stranger.say("xin chào")
    path = action if "{}" in action else action + ":{}"

    assert texts.OLD_BUTTON in await stranger.send(payload=f"1:case:{path.format(case.id)}")
    assert (await resident.rows(tables.cases))[0].status == Status.ANSWERED


@pytest.mark.parametrize("data", [{}, {"case": 99}, {"case": "x"}, {"case": None}])
@pytest.mark.parametrize("step", ["code", "add", "unheard-of", None])
async def test_any_state_is_survived(resident: Resident, step: str | None, data: dict[str, object]) -> None:
    await resident.leave_state(
        {"version": 1, "flow": "case", "step": step, "data": data, "kept": {"codes": 7}}
    )

    assert await resident.say("một hai ba")
    assert await resident.say("K7M-4XP-9RT")
    assert await resident.say("quay lại")


async def test_erased_case_is_an_unknown_code(resident: Resident) -> None:
    case = await tell(resident)
    await resident.database.write(lambda tx: tx.execute(sa.delete(tables.cases)))

    assert await resident.say(case.code) == track_texts.UNKNOWN_CODE


def test_no_code_says_what_is_hidden_as_a_secret() -> None:
    """ "MK5…" would be taken for a password, and the code could not be typed."""
    wanted = iter("MK5474DCF" + "TK9854222" + "K7M4XP9RT")

    assert case_codes.make_code(lambda _: next(wanted)) == "K7M4XP9RT"


def test_label_fits_a_narrow_phone() -> None:
    label = track_texts.label(
        "K7M4XP9RT", datetime(2026, 11, 23, tzinfo=DEADLINES.calendar.zone), DEADLINES.calendar.zone
    )

    assert label == "K7M-4XP-9RT (23/11)"
