"""What the person of the scripted conversation does, step by step; on every channel it means the same."""

import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from enum import Enum

from handlers import (
    announcement_texts,
    case_texts,
    consent_texts,
    event_texts,
    feedback_texts,
    my_data_texts,
    texts,
    track_texts,
)
from handlers.case_life import Category
from tests.channels.residents import Resident, Seen
from tests.samples import picture


class Do(Enum):
    """A kind of step."""

    SAY = "say"
    PRESS = "press"
    PHOTO = "photo"
    TOLD = "told"  # an official announces something, and it comes by itself


@dataclass(frozen=True)
class Step:
    """What is done, and how many messages come back. In the words `{code}` is the case's and `{announced}` the event's."""

    do: Do
    words: str = ""
    expect: int = 1


def say(words: str, expect: int = 1) -> Step:
    return Step(Do.SAY, words, expect)


def press(label: str, expect: int = 1) -> Step:
    return Step(Do.PRESS, label, expect)


PHOTO = picture()
STORY = "đường vào thôn Đông hỏng cả tháng nay không ai sửa, xe không đi được"
BHYT = "hộ cận nghèo có được thẻ bảo hiểm y tế không"
POWER = "hộ cận nghèo có được hỗ trợ tiền điện không"

ASKING = (
    say("xin chào"),
    say("thu nhập bao nhiêu thì được coi là hộ nghèo"),
    press(texts.BUTTON_HELPED),
    say("ho can ngheo co duoc cap the bao hiem y te khong"),
    press(texts.BUTTON_NOT_HELPED),
    press(texts.BUTTON_TO_OFFICIAL),
    say("hngheo dc bhyt k"),
    say(f"{BHYT}? {POWER}?", 2),
    say("hỗ trợ tiền"),
    say("menu"),
    press(texts.BUTTON_COMMUNE),
    say("bố tôi 76 tuổi không có lương hưu thì được bao nhiêu tiền một tháng"),
    say("xã Hồng Phong, Ninh Giang"),
    press(texts.BUTTON_COMMUNE_CHANGE),
    press(texts.BUTTON_BY_DISTRICT),
    press("Huyện Cẩm Giàng"),
    say("quay lại"),
    say("quay lai"),
    say("cuu toi voi nha dang chay"),
    say("Tứ Kì"),
    say("xoá hết tin nhắn của tôi đi"),
    press(my_data_texts.BUTTON_KEEP_ALL),
    say("đừng nhắn cho tôi nữa nhé, tôi không cần nhận tin"),
    press(consent_texts.BUTTON_STOP),
    say("trợ giúp"),
    press(texts.BUTTON_MENU),
    say("Nộp đơn xin xét hộ nghèo ở đâu, giấy tờ gì"),
    say("giá vàng hôm nay bao nhiêu"),
    say("mặt trăng cách trái đất bao nhiêu cây số"),
    say("<b>đậm</b> & \"ngoặc\" 'nháy'"),
    say("🙂🙂🙂"),
    say("dung"),
    say("cảm ơn"),
    say("mat giay chung nhan ho ngheo thi xin lai o dau"),
)
CHECKING = (
    say("menu"),
    press(texts.BUTTON_CHECK),
    say("4 người 5 triệu"),
    *(press(texts.BUTTON_NO) for _ in range(4)),
    press(texts.BUTTON_DONT_KNOW),
    press(texts.BUTTON_YES),
    *(press(texts.BUTTON_NO) for _ in range(5)),
    press(texts.BUTTON_BENEFITS),
    press("Hộ cận nghèo"),
    press("Người già, khuyết tật"),
    press("Người 70 đến 74 tuổi"),
    press(texts.BUTTON_DONE),
    press("Hưu trí xã hội: mấy tuổi, bao nhiêu tiền"),
)
TELLING = (
    say("menu"),
    press(feedback_texts.BUTTON_START),
    Step(Do.PHOTO, STORY),
    press(feedback_texts.BUTTON_OTHER_KIND),
    press(case_texts.CATEGORY_NAMES[Category.ALLOWANCE]),
    press(feedback_texts.BUTTON_SEND),
    say("{code}"),
    say("việc tôi báo đến đâu rồi"),
    press(track_texts.BUTTON_ADD),
    say("hôm qua lại có người ngã ở đấy"),
)
BEING_TOLD = (
    say("đăng ký"),
    press(consent_texts.BUTTON_EVENTS),
    Step(Do.TOLD),
    press(announcement_texts.BUTTON_GOING),
    press(event_texts.BUTTON_NUMBER),
    press(event_texts.BUTTON_MORE_PEOPLE.format(number=2)),
    press(announcement_texts.BUTTON_NOT_GOING),
    press(announcement_texts.BUTTON_GOING),
    say("tuần này thôn có họp không"),
    say("tin này có phải của xã không"),
    say("{announced}"),
    say("Dừng lại giúp em với ạ"),
)
LEAVING = (
    say("dữ liệu của tôi"),
    press(my_data_texts.BUTTON_WHO),
    press(my_data_texts.BUTTON_AGREED),
    press(my_data_texts.BUTTON_SAID),
    press(my_data_texts.BUTTON_CASES),
    press(my_data_texts.BUTTON_MEETINGS),
)
ERASING = (
    say("xoá dữ liệu của tôi"),
    press(my_data_texts.BUTTON_UNNAME),
    press(my_data_texts.BUTTON_ERASE_SURE),
    say("menu"),
)
SCRIPT = (*ASKING, *CHECKING, *TELLING, *BEING_TOLD, *LEAVING, *ERASING)
BEFORE_ERASING = len(SCRIPT) - len(ERASING)

_CASE, _ANNOUNCED = re.compile(r"Mã: ([0-9A-Z-]{11})"), re.compile(r"\b([0-9A-Z]{3}-[0-9A-Z]{3})\b")


async def play(
    resident: Resident,
    tell: Callable[[], Awaitable[None]],
    pause: Callable[[], None],
    script: Sequence[Step] = SCRIPT,
) -> list[list[Seen]]:
    """Play a script; returns what was seen after each step.

    Args: tell: lets an official announce the event. pause: lets the time pass that a person takes before each step.
    """
    seen: list[list[Seen]] = []
    known = {"code": "", "announced": ""}
    for step in script:
        pause()
        words = step.words.format(**known) if "{" in step.words else step.words
        match step.do:
            case Do.SAY:
                replies = await resident.say(words, step.expect)
            case Do.PRESS:
                replies = await resident.press(words, step.expect)
            case Do.PHOTO:
                replies = await resident.photo(PHOTO, words, step.expect)
            case Do.TOLD:
                await tell()
                replies = await resident.wait(step.expect)
        text = "\n".join(s.text for s in replies)
        if found := _CASE.search(text):
            known["code"] = found[1]
        if step.do is Do.TOLD and (found := _ANNOUNCED.search(text)):
            known["announced"] = found[1]
        seen.append(replies)
    return seen
