"""What each kind of update means to us, as a table."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.channels.telegram.updates import Reachability, Unreadable, Update, read
from handlers.messages import Address, FileKind, Inbound, IncomingFile

NOW = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
WHO = Address("telegram", "1001")
CHAT = {"id": 1001, "type": "private", "first_name": "Tư"}
SENDER = {"id": 1001, "is_bot": False, "first_name": "Tư"}


def understand(**kind: object) -> Update:
    return read({"update_id": 77, **kind}, "123456", lambda: NOW)


def message(**content: object) -> dict[str, Any]:
    return {"message_id": 5, "date": 1_795_000_000, "chat": CHAT, "from": SENDER, **content}


def inbound(**content: object) -> Inbound:
    effect = understand(message=message(**content)).effect
    assert isinstance(effect, Inbound)
    return effect


def press(data: object = "1:menu:start", **fields: object) -> dict[str, Any]:
    origin = {"message_id": 5, "date": 1_795_000_000, "chat": CHAT}
    return {"id": "900", "from": SENDER, "message": origin, "data": data, **fields}


def test_text_message() -> None:
    update = understand(message=message(text="  hộ nghèo\x00 có bhyt k "))

    at = datetime.fromtimestamp(1_795_000_000, UTC)
    assert Inbound(WHO, "123456:77", at, "hộ nghèo có bhyt k") == update.effect
    assert (update.person, update.callback_id, update.fault) == ("1001", None, "")


@pytest.mark.parametrize(
    ("answered", "reply_to"),
    [({"message_id": 4711}, "4711"), ({"message_id": "x"}, None), ({}, None), ("x", None), (None, None)],
)
def test_message_that_a_message_answers(answered: object, reply_to: str | None) -> None:
    assert inbound(text="vâng", reply_to_message=answered).reply_to == reply_to


def test_half_a_surrogate_and_decomposed_letters_are_made_whole() -> None:
    raw = json.loads('"\\ud83d ho\\u0302"')
    assert inbound(text=raw).text == "? hô"


@pytest.mark.parametrize(
    ("said", "text", "payload"),
    [
        ("/start", "/start", "1:menu:start"),
        ("/start area_11020", "/start area_11020", "1:menu:start"),
        ("/start a_11020", "/start a_11020", "1:menu:start:11020"),
        ("/start e_7", "/start e_7", "1:rsvp:show:7"),
        ("/Start@hai_chieu_bot x", "/Start@hai_chieu_bot x", "1:menu:start"),
        ("/menu", "menu", None),
        ("/help", "trợ giúp", None),
        ("/stop@hai_chieu_bot", "dừng", None),
        ("/other", "/other", None),
        ("/", "/", None),
        ("start", "start", None),
        ("/starting", "/starting", None),
    ],
)
def test_commands(said: str, text: str, payload: str | None) -> None:
    taken = inbound(text=said)
    assert (text, payload) == (taken.text, taken.payload)


@pytest.mark.parametrize(
    ("content", "file"),
    [
        (
            {
                "photo": [{"file_id": "small"}, {"file_id": "large", "file_size": 90_000}],
                "caption": "mái nhà",
            },
            IncomingFile(FileKind.PHOTO, "", 90_000, "large"),
        ),
        ({"voice": {"file_id": "v", "duration": 3}}, IncomingFile(FileKind.VOICE, "", None, "v")),
        ({"audio": {"file_id": "a"}}, IncomingFile(FileKind.VOICE, "", None, "a")),
        ({"video": {"file_id": "v"}}, IncomingFile(FileKind.VIDEO, "", None, "v")),
        ({"video_note": {"file_id": "v"}}, IncomingFile(FileKind.VIDEO, "", None, "v")),
        (
            {"animation": {"file_id": "g"}, "document": {"file_id": "g"}},
            IncomingFile(FileKind.VIDEO, "", None, "g"),
        ),
        (
            {"document": {"file_id": "d", "file_name": "../đơn\u0000.pdf", "mime_type": "image/jpeg"}},
            IncomingFile(FileKind.FILE, "../đơn.pdf", None, "d"),
        ),
    ],
)
def test_file_is_noted_by_where_telegram_keeps_it(content: dict[str, object], file: IncomingFile) -> None:
    taken = inbound(**content)
    assert (content.get("caption", ""), (file,)) == (taken.text, taken.files)
    assert not taken.other


@pytest.mark.parametrize(
    "content",
    [
        {"contact": {"phone_number": "1"}},
        {"sticker": {"file_id": "s"}},
        {"poll": {}},
        {"something_from_2031": {}},
        {"photo": []},
        {"photo": [7]},
        {"photo": "x"},
        {"voice": {"file_id": 7}},
        {"document": {"file_id": "x" * 513}},
        {"document": []},
        {"location": {"latitude": "20", "longitude": 106.3}},
        {"location": {"latitude": 91, "longitude": 106.3}},
        {"location": {"latitude": float("nan"), "longitude": 106.3}},
        {"location": [20.9, 106.3]},
    ],
)
def test_what_nobody_has_a_use_for_or_can_read_is_said_to_have_come(content: dict[str, object]) -> None:
    taken = inbound(**content)
    assert (taken.files, taken.place, taken.other) == ((), None, True)


@pytest.mark.parametrize("more", [{}, {"venue": {"title": "Nhà văn hoá"}}])
def test_place_is_noted(more: dict[str, object]) -> None:
    taken = inbound(location={"latitude": 20.94, "longitude": 106}, **more)
    assert (taken.place, taken.files, taken.other) == ((20.94, 106.0), (), False)


def test_press() -> None:
    update = understand(callback_query=press("1:ask:yes"))

    assert Inbound(WHO, "123456:77", NOW, payload="1:ask:yes") == update.effect
    assert (update.person, update.callback_id) == ("1001", "900")


def test_press_has_the_address_of_the_same_persons_messages() -> None:
    inaccessible = {"chat": CHAT, "message_id": 5, "date": 0}
    without = {k: v for k, v in press().items() if k != "message"}
    said = understand(message=message(text="x"))

    for query in (press(), press(message=inaccessible), without):
        update = understand(callback_query=query)
        assert isinstance(update.effect, Inbound)
        assert (WHO, said.person) == (update.effect.address, update.person)


def test_forged_callback_data_is_cut_to_what_telegram_allows() -> None:
    effect = understand(callback_query=press("ế" * 60)).effect

    assert isinstance(effect, Inbound)
    assert effect.payload == "ế" * 21


@pytest.mark.parametrize(("status", "reachable"), [("member", True), ("kicked", False), ("left", False)])
def test_block_and_return(status: str, reachable: bool) -> None:
    changed = {"chat": CHAT, "from": SENDER, "date": 1, "new_chat_member": {"status": status}}
    assert Reachability(WHO, reachable) == understand(my_chat_member=changed).effect


@pytest.mark.parametrize(
    "kind",
    [
        pytest.param({"message": message(text="x", chat={"id": -5, "type": "group"})}, id="group"),
        pytest.param({"message": message(text="x", chat={"id": -5, "type": "supergroup"})}, id="supergroup"),
        pytest.param({"channel_post": message(text="x")}, id="channel"),
        pytest.param({"edited_message": message(text="x")}, id="edit"),
        pytest.param({"message": message(pinned_message={})}, id="service message"),
        pytest.param({"message_reaction": {}}, id="kind we did not ask for"),
        pytest.param({"future_kind": 5}, id="kind of the future"),
        pytest.param({}, id="nothing"),
        pytest.param({"callback_query": press(data=None)}, id="game button"),
        pytest.param(
            {"callback_query": press(message=None, inline_message_id="7")}, id="press on an inline message"
        ),
        pytest.param(
            {"callback_query": press(message={"chat": {"id": -5, "type": "group"}})}, id="press in a group"
        ),
        pytest.param(
            {
                "my_chat_member": {
                    "chat": {"id": -5, "type": "group"},
                    "new_chat_member": {"status": "member"},
                }
            },
            id="group took us in",
        ),
    ],
)
def test_nothing_for_us(kind: dict[str, object]) -> None:
    update = understand(**kind)
    assert (update.effect, update.fault) == (None, "")


@pytest.mark.parametrize(
    ("kind", "fault"),
    [
        ({"message": "text"}, "message: message is not an object"),
        ({"message": {"text": "x"}}, "message: chat is not an object"),
        ({"message": message(chat={"id": "1001", "type": "private"})}, "message: id is not a whole number"),
        ({"message": message(chat={"id": True, "type": "private"})}, "message: id is not a whole number"),
        ({"message": message(chat={"id": 1001})}, "message: type is not a text"),
        ({"message": message(text=5)}, "message: text is not a text"),
        ({"message": message(photo=[], caption=["x"])}, "message: caption is not a text"),
        ({"message": message(text="x", date="today")}, "message: date is not a whole number"),
        ({"message": message(text="x", date=10**20)}, "message: date is not a time"),
        ({"callback_query": press(data=5)}, "callback_query: data is not a text"),
        ({"callback_query": press(id=5)}, "callback_query: id is not a text"),
        ({"callback_query": {"id": "1", "data": "x"}}, "callback_query: from is not an object"),
        ({"my_chat_member": {"chat": CHAT}}, "my_chat_member: new_chat_member is not an object"),
    ],
)
def test_known_kind_with_wrong_fields_is_a_fault_without_the_value(
    kind: dict[str, object], fault: str
) -> None:
    update = understand(**kind)
    assert (None, fault) == (update.effect, update.fault)


@pytest.mark.parametrize(
    "raw",
    [None, [], "x", {}, {"update_id": "7"}, {"update_id": True}, {"update_id": -1}, {"update_id": 2**63}],
)
def test_update_without_a_usable_id_is_unreadable(raw: object) -> None:
    with pytest.raises(Unreadable):
        read(raw, "123456", lambda: NOW)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
_FIELDS = [
    "chat",
    "from",
    "id",
    "type",
    "date",
    "text",
    "caption",
    "data",
    "message",
    "new_chat_member",
    "status",
]


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # of a busy machine
@given(
    st.sampled_from(["message", "edited_message", "callback_query", "my_chat_member"]),
    st.dictionaries(st.sampled_from(_FIELDS), _JSON | st.just(CHAT) | st.just(SENDER) | st.just("private")),
)
def test_no_content_makes_an_update_with_an_id_raise(kind: str, body: dict[str, object]) -> None:
    """Whatever is in it, it can be passed over: nothing blocks a batch or a chat."""
    update = understand(**{kind: body})

    assert update.external_id == "123456:77"
    assert update.effect is None or not update.fault
