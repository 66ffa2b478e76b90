"""Words that mean the same anywhere, and a dialogue that survives anything."""

from dataclasses import replace

import pytest

from faq.text import fold
from handlers import texts
from handlers.commands import Command, read_command
from handlers.turn import Guide, Step, dump_step, load_step
from storage.db import Database
from tests.handlers.resident import Resident, SmallLibrary

SPOKEN = {
    Command.MENU: ["menu", "MENU", "Menu ạ", "thực đơn", "bắt đầu", "/start", "danh mục"],
    Command.HELP: [
        "giúp",
        "trợ giúp",
        "/help",
        "giúp em với ạ",
        "hướng dẫn giúp tôi với",
        "cách dùng",
        "ko hiểu",
        "cai nay toi khong hieu",
        "tôi không hiểu gì cả ạ",
    ],
    Command.BACK: ["quay lại", "Quay lại nhé", "trở lại", "back", "quay lại giúp bác với"],
    Command.LEAVE: ["thôi", "huỷ", "hủy", "thoát"],
    Command.STOP: ["dừng", "dừng lại", "Stop", "dừng giúp em với ạ"],
    Command.UNSUBSCRIBE: [
        "không nhắn nữa",
        "huỷ đăng ký",
        "không nhận tin nữa",
        "ko nhận tin nữa ạ",
        "tắt thông báo",
    ],
    Command.STOP_ALL: ["dừng tất cả", "Dừng hết nhé"],
    Command.SUBSCRIBE: ["đăng ký", "đổi đăng ký", "Đăng ký nhận tin"],
    Command.MY_DATA: ["dữ liệu của tôi", "xem dữ liệu"],
    Command.ERASE: ["xoá dữ liệu", "xóa dữ liệu của tôi"],
    Command.COMMUNE: ["chọn xã", "đổi xã", "Đổi xã, phường", "Chọn xã, phường", "cho tôi đổi xã với"],
    Command.HELLO: ["xin chào", "chào cháu ạ", "alo", "hello", "Chào cán bộ", "cán bộ ơi", "cô ơi"],
    Command.THANKS: [
        "cảm ơn",
        "Cám ơn cháu nhé",
        "vâng",
        "dạ vâng ạ",
        "ok",
        "đúng rồi",
        "đúng",
        "ừ",
        "👍",
        "🙏🙏",
    ],
}


@pytest.mark.parametrize(("command", "said"), [(c, s) for c, said in SPOKEN.items() for s in said])
def test_command_is_read_with_and_without_marks(command: Command, said: str) -> None:
    assert read_command(said) is command
    assert read_command(f"  {said.upper()} !!! ") is command
    if fold(said) and said != "đúng":
        assert read_command(fold(said)) is command


@pytest.mark.parametrize(
    "said",
    [
        "",
        "?",
        "thời",
        "cháo",
        "dụng",
        "thoát nghèo",
        "thôi việc có trợ cấp không",
        "trợ giúp xã hội",
        "giúp người già",
        "hướng dẫn làm hồ sơ hộ nghèo",
        "xin cấp thẻ bảo hiểm y tế",
        "quay lại làm hộ nghèo được không",
        "dừng trợ cấp",
        "huỷ thẻ",
        "chọn trường",
        "đổi thẻ",
        "xa",
        "tôi",
    ],
)
def test_what_says_more_or_else_is_no_command(said: str) -> None:
    assert read_command(said) is None


def test_marks_that_were_typed_tell_yes_from_stop() -> None:
    """Without marks both are "dung"; stopping is the harmless reading."""
    assert read_command("đúng ạ") is Command.THANKS
    assert read_command("dừng ạ") is Command.STOP
    assert read_command("dung a") is Command.STOP


def test_no_phrasing_of_a_topic_is_a_command(guide: Guide) -> None:
    phrasings = [p for topic in guide.library.topics.values() for p in (topic.title, *topic.phrasings)]

    assert [p for p in phrasings if read_command(p)] == []


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ("menu", texts.MENU),
        ("giup", texts.HELP),
        ("dung lai", texts.STOPPED),
        ("xin chao", texts.HELLO),
        ("cam on", texts.THANKS),
        ("quay lai", texts.MENU),
        ("chon xa", texts.COMMUNE_ASK),
    ],
)
async def test_command_is_obeyed_anywhere(resident: Resident, said: str, answer: str) -> None:
    """Outside any dialogue, and in the middle of choosing a commune."""
    assert await resident.say(said) == answer
    await resident.say("chọn xã")
    await resident.press(texts.BUTTON_BY_DISTRICT)
    if said != "quay lai":
        assert await resident.say(said) == answer
    assert await resident.questions() == []


@pytest.mark.parametrize("word", ["dừng", "menu"])
async def test_stop_and_menu_leave_the_dialogue(resident: Resident, word: str) -> None:
    await resident.say("chọn xã")
    assert (await resident.state())["flow"] == "commune"
    await resident.say(word)

    assert (await resident.state())["flow"] is None


@pytest.mark.parametrize("word", ["giúp", "cảm ơn", "xin chào"])
async def test_help_and_courtesy_leave_the_dialogue_where_it_is(resident: Resident, word: str) -> None:
    await resident.say("chọn xã")
    before = dump_step(load_step(await resident.state()))
    await resident.say(word)

    assert dump_step(load_step(await resident.state())) == before


async def test_stop_does_not_make_us_deaf(resident: Resident) -> None:
    await resident.say("dừng")

    assert "Được mua thẻ" in await resident.say("thẻ")


STRANGE_STATES: list[object] = [
    {},
    {"version": 1},
    {"version": 2, "flow": "commune", "step": "name", "data": {}},
    {"version": "1", "flow": "commune", "step": "name", "data": {}},
    {"version": 1, "flow": "nobody-knows", "step": "photo", "data": {"case": 7}},
    {"version": 1, "flow": "commune", "step": "street", "data": {}},
    {"version": 1, "flow": "commune", "step": None, "data": {"page": "x"}},
    {"version": 1, "flow": 7, "step": 7, "data": 7},
    {"version": 1, "flow": "commune", "step": "name", "data": []},
    {"version": 1, "flow": None, "step": "name", "data": None},
    {"version": 1, "flow": "commune", "step": "name", "data": {}, "pace": None},
    {"version": 1, "flow": "commune", "step": "name", "data": {}, "pace": [1, 2]},
    {"version": 1, "flow": "commune", "step": "name", "data": {}, "pace": {"since": 1}},
]


@pytest.mark.parametrize("state", STRANGE_STATES)
async def test_state_of_another_version_is_harmless(resident: Resident, state: object) -> None:
    await resident.leave_state(state)
    assert await resident.say("quay lại")
    await resident.leave_state(state)
    assert await resident.say("Kim Thành") == texts.COMMUNE_CHOSEN.format(name="xã Kim Thành") + (
        "\n" + texts.COMMUNE_OR_DISTRICT.format(district="huyện Kim Thành")
    )
    await resident.leave_state(state)
    assert "Được mua thẻ" in await resident.say("thẻ")
    assert (await resident.state())["version"] == 1


@pytest.mark.parametrize("step", [Step(), Step("commune", "name"), Step("commune", None, {"a": 1})])
def test_step_survives_being_stored(step: Step) -> None:
    assert load_step(dump_step(step)) == step


async def test_restart_in_the_middle_changes_nothing(database: Database, small: Guide) -> None:
    """Another process, another Guide, the same database: the dialogue goes on."""
    resident = Resident(database, small)
    await resident.say("xin chào")
    await resident.say("hỗ trợ")
    await resident.say("chọn xã")
    await resident.press(texts.BUTTON_BY_DISTRICT)
    resident.guide = replace(small, library=SmallLibrary())

    assert await resident.say("quay lại") == texts.COMMUNE_ASK
    assert (await resident.press("Vay vốn")).startswith("Vay vốn")
    assert "xã Tân Kỳ" in await resident.say("tan ki")
    assert await resident.commune() == "11113"
