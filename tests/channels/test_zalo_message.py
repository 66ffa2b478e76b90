"""Any message fits Zalo, with nothing lost; and what a press comes back as."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.render import utf16_length
from bot.channels.zalo.message import (
    LONGEST_TITLE_UTF16,
    MORE,
    contact_form,
    content,
    cut,
    from_query,
    shape,
    to_query,
)
from handlers.messages import Button, Outbound
from handlers.turn import button, parse_press
from tests.fakes.zalo_shapes import read_message

# Vietnamese in both spellings, emoji, spaces, and whatever else Unicode has.
letters = st.one_of(st.sampled_from("aăâạộ ộ\n .🙂🏽"), st.characters())
labels = st.text(letters, min_size=1, max_size=150)
buttons = st.builds(
    lambda label, n, link: (
        Button(label, None, f"https://example.org/{n}") if link else Button(label, f"1:ask:topic:{n}", None)
    ),
    labels,
    st.integers(0, 99),
    st.booleans(),
)
texts = st.one_of(st.text(letters, max_size=300), st.text(letters, max_size=40).map(lambda t: t * 150))


def words(text: str) -> str:
    return "".join(unicodedata.normalize("NFC", text).split())


@given(texts, st.lists(buttons, max_size=17))
def test_any_message_fits_and_nothing_is_lost(text: str, pressed: list[Button]) -> None:
    """As the fake server counts: UTF-16 units, five buttons, titles; every button still does what it did."""
    parts = shape(Outbound(text, tuple(pressed)))

    said = "".join(part.text for part in parts if part.text != MORE)
    assert words(said) == words(text)
    assert [b for part in parts for b in part.buttons] == pressed
    for part in parts:
        assert shape(part) == [part]
        if not part.text.strip():
            continue  # refused without a call
        read = read_message(content(part))
        assert [b["payload"] for b in read.buttons] == [
            to_query(b.payload) if b.payload else {"url": b.url} for b in part.buttons
        ]
        assert all(utf16_length(b["title"]) <= LONGEST_TITLE_UTF16 for b in read.buttons)


def test_a_title_is_cut_at_a_word() -> None:
    assert cut("Hộ cận nghèo được hỗ trợ bảo hiểm y tế thế nào?", 35) == "Hộ cận nghèo được hỗ trợ bảo hiểm…"
    assert cut("Có", 35) == "Có"
    assert cut("x" * 40, 35) == "x" * 34 + "…"


def test_questions_that_begin_alike_can_be_told_apart() -> None:
    begin = "Hộ cận nghèo được hỗ trợ bảo hiểm y tế "
    part = Outbound("Chọn", tuple(Button(begin + end, "1:a:b", None) for end in ("bao nhiêu?", "ở đâu?")))

    assert [b["title"] for b in read_message(content(part)).buttons] == [
        begin + "bao nhiêu?",
        begin + "ở đâu?",
    ]


def test_further_buttons_follow_under_a_word() -> None:
    pressed = tuple(Button(str(n), f"1:check:people:{n}", None) for n in range(1, 9))
    parts = shape(Outbound("Nhà bà con có mấy người?", pressed))

    assert [(part.text, len(part.buttons)) for part in parts] == [
        ("Nhà bà con có mấy người?", 5),
        ("Chọn tiếp:", 3),
    ]


def test_pictures_stay_with_the_beginning() -> None:
    parts = shape(Outbound("Mời bà con dự lớp. " * 150, (), ("a", "b")))

    assert [part.pictures for part in parts] == [("a", "b"), ()]


@pytest.mark.parametrize(
    "payload", ["1:menu:start", "1:rsvp:people:7:3", "2:new:thing:x", "1:place:name:Tứ Kỳ"]
)
def test_a_press_comes_back_as_what_it_was(payload: str) -> None:
    assert from_query(to_query(payload)) == payload
    assert from_query(f" {to_query(payload)}\n") == payload


def test_the_longest_payload_comes_back() -> None:
    longest = button("Có", "feedback", "kind", "x" * 48).payload
    assert longest is not None
    assert len(longest) == 64
    assert from_query(to_query(longest)) == longest


@pytest.mark.parametrize(
    "text",
    [
        "",
        "#",
        "##",
        "# 1:a:b",
        "1:menu:start",
        "#hộ nghèo",
        "#1",
        "#1:a",
        "#1:a:",
        "#1:2:3",
        "#x:y:z",
        "#1:a:b\nc",
        "#١:a:b",
    ],
)
def test_what_people_write_is_no_press(text: str) -> None:
    assert from_query(text) is None


@given(st.text(letters, max_size=80))
def test_what_is_taken_for_a_press_is_one_that_handlers_read_or_call_old(text: str) -> None:
    """By hand or by button: the same payload, and so the same harmless thing."""
    payload = from_query("#1:" + text)
    if payload is not None:
        press = parse_press(payload)
        assert press is not None
        assert press.flow


FORM_BUTTON = button("Gửi bằng biểu mẫu", "human", "form")
NO = button("Không cần", "human", "nophone")


def test_the_button_of_a_form_stands_first_where_there_is_a_form() -> None:
    offering = Outbound("Số điện thoại của bà con?", (NO,), form_button=FORM_BUTTON)

    assert [part.buttons for part in shape(offering, forms=True)] == [(FORM_BUTTON, NO)]
    assert shape(offering) == [Outbound(offering.text, (NO,))]


def test_a_form_is_one_part_or_the_text_alone() -> None:
    asking = Outbound("Bà con cho biết họ tên.", contact_request="Để cán bộ gọi lại")

    assert shape(asking, forms=True) == [asking]
    assert shape(asking) == [Outbound(asking.text)]


@given(st.text(letters, min_size=1, max_size=300), texts)
def test_any_form_fits(title: str, text: str) -> None:
    """An element of a form is refused above its limits."""
    (part,) = shape(Outbound(text, contact_request=title), forms=True)
    assert shape(part, forms=True) == [part]
    assert part.contact_request is not None
    if part.text.strip() and part.contact_request.strip():
        read = read_message(contact_form(part.contact_request, part.text, "https://example.org/a.png"))
        assert read.kind == "request_user_info"
