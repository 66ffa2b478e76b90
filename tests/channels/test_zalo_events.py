"""What each event of Zalo means to us."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from bot.channels.zalo.events import Event, Heard, Ignored, OaWrote, Receipts, message_key, read
from bot.channels.zalo.signature import parse
from handlers.messages import Address, Contact, FileKind, Inbound
from handlers.turn import button
from tests.fakes.zalo_webhooks import OA_ID

NOW = datetime(2025, 11, 24, 16, 0, tzinfo=UTC)
PERSON = "246845883529197922"
P = Address("zalo", PERSON)
MS = str(int(NOW.timestamp() * 1000))


def event(name: object = "user_send_text", oa_id: object = OA_ID, **more: object) -> Event:
    assert oa_id is None or isinstance(oa_id, str)
    content = {
        "app_id": "1",
        "sender": {"id": PERSON},
        "recipient": {"id": OA_ID},
        "event_name": name,
        "timestamp": MS,
        **more,
    }
    return raw(json.dumps(content), oa_id)


def raw(body: str, oa_id: str | None = OA_ID) -> Event:
    content = parse(body.encode())
    assert content is not None
    return read(content, body.encode(), oa_id, NOW)


def said(result: Event) -> Inbound:
    assert isinstance(result, Inbound)
    return result


def attached(kind: str, payload: object, text: str = "") -> Inbound:
    message = {"attachments": [{"type": kind, "payload": payload}], "text": text, "msg_id": "m"}
    return said(event(f"user_send_{kind}", message=message))


def test_a_text() -> None:
    result = said(event(message={"text": "Xin chào", "msg_id": "96d3", "quote_msg_id": "q1"}))

    assert result == Inbound(P, f"{OA_ID}:message:96d3", NOW, "Xin chào", reply_to="q1")


def test_ids_and_times_may_be_numbers() -> None:
    body = (
        f'{{"sender":{{"id":{PERSON}}},"recipient":{{"id":{OA_ID}}},"event_name":"user_send_text",'
        f'"message":{{"text":"a","message_id":77}},"timestamp":{MS}}}'
    )
    assert raw(body) == Inbound(P, f"{OA_ID}:message:77", NOW, "a")


@pytest.mark.parametrize("oa_id", [OA_ID, None])
def test_the_key_is_that_of_the_message_whatever_event_brings_it(oa_id: str | None) -> None:
    text = said(event(oa_id=oa_id, message={"text": "a", "msg_id": "x"}))
    link = said(event("user_send_link", oa_id=oa_id, message={"text": "a", "msg_id": "x"}))

    assert text.external_id == link.external_id == message_key(OA_ID, "x")


def test_without_an_id_the_bytes_are_the_key() -> None:
    first = said(event(message={"text": "a"}))
    again = said(event(message={"text": "a"}))
    other = said(event(message={"text": "b"}))

    assert first.external_id == again.external_id != other.external_id


def test_a_key_fits_its_column() -> None:
    assert len(said(event(message={"text": "a", "msg_id": "x" * 900})).external_id) <= 160


def test_pictures_and_words() -> None:
    one = {"type": "image", "payload": {"url": "https://f.example/1.jpg", "thumbnail": "https://f.example/t"}}
    two = {"type": "image", "payload": {"url": "https://f.example/2.jpg"}}
    result = said(
        event("user_send_image", message={"attachments": [one, two], "text": "đây ạ", "msg_id": "m"})
    )

    assert [(f.kind, f.ref) for f in result.files] == [
        (FileKind.PHOTO, "https://f.example/1.jpg"),
        (FileKind.PHOTO, "https://f.example/2.jpg"),
    ]
    assert result.text == "đây ạ"
    assert not result.other


@pytest.mark.parametrize(
    ("kind", "means"),
    [("audio", FileKind.VOICE), ("video", FileKind.VIDEO), ("file", FileKind.FILE), ("gif", FileKind.PHOTO)],
)
def test_files_of_other_kinds(kind: str, means: FileKind) -> None:
    result = attached(
        kind, {"url": "https://f.example/x", "size": "233947", "name": "đơn.pdf", "type": "pdf"}
    )

    assert [(f.kind, f.name, f.size) for f in result.files] == [(means, "đơn.pdf", 233947)]


@pytest.mark.parametrize("url", ["", "file:///etc/passwd", "ftp://x", None, 5, "https://" + "x" * 3000])
def test_a_file_that_cannot_be_had_is_something_we_have_no_use_for(url: object) -> None:
    result = attached("image", {"url": url})

    assert result.files == ()
    assert result.other


def test_a_place() -> None:
    result = attached("location", {"coordinates": {"latitude": "10.76", "longitude": 106.65}})

    assert result.place == (10.76, 106.65)
    assert not result.other


@pytest.mark.parametrize(("latitude", "longitude"), [("nan", "1"), ("91", "1"), ("1", "x"), (None, "1")])
def test_a_place_nowhere_on_earth_is_none(latitude: object, longitude: object) -> None:
    result = attached("location", {"coordinates": {"latitude": latitude, "longitude": longitude}})

    assert result.place is None
    assert result.other


def test_a_sticker_is_something_we_have_no_use_for() -> None:
    assert attached("sticker", {"id": "1", "url": "https://x.example"}).other


def test_a_link_is_its_words_and_is_never_a_file() -> None:
    result = attached("link", {"url": "https://x.example/a", "description": "Bán đất"}, "https://x.example/a")

    assert result.text == "https://x.example/a\nBán đất"
    assert result.files == ()


def test_what_is_newer_than_this_code_still_waits_for_an_answer() -> None:
    assert attached("hologram", {"url": "https://x.example"}).other
    assert said(event("user_send_hologram")).other


# -- presses


def test_a_press_comes_as_a_text_and_typing_it_is_the_same() -> None:
    payload = button("Menu", "menu", "show").payload
    result = said(event(message={"text": f"#{payload}", "msg_id": "m"}))

    assert (result.payload, result.text) == (payload, "")


@pytest.mark.parametrize("text", ["#", "#faq", "# 1:menu:show", "1:menu:show", "#1:" + "x:y" * 60, "##"])
def test_other_texts_with_a_number_sign_are_texts(text: str) -> None:
    assert said(event(message={"text": text, "msg_id": "m"})).text == text.strip()


# -- everything that is no message


@pytest.mark.parametrize("turned", [False, True])
def test_receipts_are_never_messages_whoever_is_said_to_send_them(turned: bool) -> None:
    oa, person = {"id": OA_ID}, {"id": PERSON}
    sides = {"sender": person, "recipient": oa} if turned else {"sender": oa, "recipient": person}

    assert event("user_received_message", message={"msg_id": "a"}, **sides) == Receipts(("a",), False, NOW)
    seen = event("user_seen_message", message={"msg_ids": ["a", "b", 5]}, **sides)
    assert seen == Receipts(("a", "b", "5"), True, NOW)


def test_what_the_oa_sends_is_an_official_s_only_with_an_admin() -> None:
    sides = {"recipient": {"id": PERSON}, "message": {"text": "x", "msg_id": "o1"}}
    typed = event("oa_send_text", sender={"id": OA_ID, "admin_id": "7"}, **sides)
    ours = event("oa_send_image", sender={"id": OA_ID}, **sides)

    assert typed == OaWrote(P, "o1", True, NOW)
    assert ours == OaWrote(P, "o1", False, NOW)


@pytest.mark.parametrize(("name", "follows"), [("follow", True), ("user_unfollow", False)])
def test_following(name: str, follows: bool) -> None:
    body = {"oa_id": OA_ID, "follower": {"id": PERSON}, "event_name": name, "timestamp": MS}

    assert raw(json.dumps(body)) == Heard(P, NOW, follows)


MORE_THAN_ASKED: list[dict[str, object]] = [
    {
        "user_dob": "01/01/1990",
        "gender": "male",
        "full_address": {"user_city": "Hải Phòng", "user_ward": "xã Tứ Kỳ", "user_address": "thôn Đông"},
    },
    {"address": "thôn Đông", "city": "Hải Phòng", "district": "Tứ Kỳ", "ward": "xã Tứ Kỳ"},
]


@pytest.mark.parametrize("more", MORE_THAN_ASKED, ids=["newer", "older"])
@pytest.mark.parametrize("phone", ["84912345678", 84912345678, "+84 912 345 678", "0912345678"])
def test_a_form_brings_name_and_number_and_nothing_else(more: dict[str, object], phone: object) -> None:
    result = said(event("user_submit_info", info={"name": " Nguyễn  Văn A ", "phone": phone, **more}))

    assert result.contact == Contact("Nguyễn Văn A", "0912345678")
    assert (result.text, result.payload, result.place, result.other) == ("", None, None, False)
    assert "Đông" not in str(result)
    # Neither name nor number is written where a message is logged.
    assert "Nguyễn" not in str(result)
    assert "912345678" not in str(result)


def test_an_empty_form_says_only_that_somebody_is_there() -> None:
    assert said(event("user_submit_info", info={"name": "A", "phone": 0})).contact == Contact("A")
    for info in ({}, {"name": " ", "phone": 0}, None, [1]):
        assert event("user_submit_info", info=info) == Heard(P, NOW)


def test_other_touches_are_heard_and_the_rest_is_passed_over() -> None:
    assert event("user_click_chatnow") == Heard(P, NOW)
    for name in ("user_reacted_message", "anonymous_send_text", "add_user_to_tag", "", "whatever"):
        assert isinstance(event(name), Ignored)


@pytest.mark.parametrize("name", ["user_send_text", "oa_send_text", "follow", "user_seen_message"])
def test_what_is_another_oa_s_is_passed_over(name: str) -> None:
    other = {"id": "999"}
    body = {
        "sender": other,
        "recipient": other,
        "oa_id": "999",
        "follower": {"id": PERSON},
        "event_name": name,
    }

    assert isinstance(raw(json.dumps(body)), Ignored)


def test_the_oa_itself_is_no_person() -> None:
    assert isinstance(event(sender={"id": OA_ID}), Ignored)


@pytest.mark.parametrize(
    "written",
    [
        "",
        "x",
        "0",
        "154390853474",
        "9" * 15,
        str(int((NOW + timedelta(hours=1)).timestamp() * 1000)),
        None,
        "９",
    ],
)
def test_a_time_that_cannot_be_is_now(written: object) -> None:
    assert said(event(timestamp=written, message={"text": "a", "msg_id": "m"})).at == NOW


def test_a_repeat_after_two_hours_keeps_its_time() -> None:
    at = NOW - timedelta(hours=2)
    result = said(event(timestamp=str(int(at.timestamp() * 1000)), message={"text": "a", "msg_id": "m"}))

    assert result.at == at


@pytest.mark.parametrize(
    "junk", [None, [], "x", 5, {"id": None}, {"id": []}, {"id": "a\n"}, {"id": "x" * 100}]
)
@pytest.mark.parametrize("place", ["sender", "recipient", "message", "info", "event_name", "follower"])
def test_no_junk_makes_it_fail(place: str, junk: object) -> None:
    for name in ("user_send_text", "follow", "user_submit_info", "user_seen_message", "oa_send_text"):
        event(**{"name": name, place: junk} if place != "event_name" else {"name": "x", "event_name": junk})


@pytest.mark.parametrize("junk", [5, ["x"], [None], [{"type": 5}], [{"type": "image", "payload": "x"}]])
def test_junk_among_attachments_is_something_we_have_no_use_for(junk: object) -> None:
    assert said(event(message={"attachments": junk, "msg_id": "m"})).other


@pytest.mark.parametrize("odd", ["m\x00", "\ud800", "a\nb"])
def test_ids_with_odd_signs_are_no_ids(odd: str) -> None:
    """No database takes the first two; one such receipt must not take all others with it."""
    message = {"msg_id": odd, "msg_ids": [odd, "fine"], "quote_msg_id": odd, "text": "xin chào"}
    from_oa = {"sender": {"id": OA_ID, "admin_id": "7"}, "recipient": {"id": PERSON}}

    receipt = event("user_seen_message", message=message, **from_oa)
    written = event("oa_send_text", message=message, **from_oa)
    came = said(event(message=message))

    assert isinstance(receipt, Receipts)
    assert receipt.platform_ids == ("fine",)
    assert isinstance(written, OaWrote)
    assert written.message_id == "fine"
    assert came.reply_to is None
    assert came.external_id.isprintable()
    assert came.external_id.startswith(f"{OA_ID}:user_send_text:")
