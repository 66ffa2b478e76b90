"""One source, four mouths: message, public page, poster and loudspeaker state the same facts, whatever was announced."""

import re
from datetime import UTC, datetime, timedelta
from html import unescape

from hypothesis import given
from hypothesis import strategies as st

from bot import announcement_html
from handlers.announcement_texts import chat
from handlers.loudspeaker import script
from handlers.stated import facts, read
from storage.announcements import Announcement
from storage.events import Event
from tests.handlers import hearing
from tests.handlers.announcing import PUBLIC_URL, ZONE, announcement, event
from tests.handlers.resident import CALM

_DAYS = st.datetimes(datetime(2026, 1, 1), datetime(2031, 12, 31))  # noqa: DTZ001  # a zone is given where it matters
_HOURS = st.integers(0, 23)
_MINUTES = st.sampled_from((0, 5, 15, 30, 45, 59))


@st.composite
def amounts(draw: st.DrawFn) -> str:
    """Write an amount in one of the ways people do."""
    thousands = draw(st.integers(1, 9_999_999))
    grouped = f"{thousands * 1000:,}".replace(",", ".")
    short = f"{draw(st.integers(1, 999))}"
    return draw(
        st.sampled_from(
            (f"{grouped} đồng", f"{grouped}đ", f"{short}k", f"{short} nghìn đồng", f"{short} triệu đồng")
        )
    )


@st.composite
def phones(draw: st.DrawFn) -> str:
    """Write a telephone number in one of the ways people do."""
    digits = draw(st.sampled_from("35789")) + "".join(
        draw(st.lists(st.sampled_from("0123456789"), min_size=8, max_size=8))
    )
    number = f"0{digits}"
    return draw(
        st.sampled_from(
            (
                number,
                f"{number[:4]} {number[4:7]} {number[7:]}",
                f"{number[:4]}.{number[4:7]}.{number[7:]}",
                f"+84 {digits}",
            )
        )
    )


@st.composite
def texts(draw: st.DrawFn) -> str:
    """Write what is announced, with facts of every kind in it."""
    day, hour, minute = draw(_DAYS), draw(_HOURS), draw(_MINUTES)
    date = draw(
        st.sampled_from(
            (f"ngày {day:%d/%m/%Y}", f"{day:%d/%m/%Y}", f"{day.day}/{day.month}", f"{day:%d-%m-%Y}")
        )
    )
    time = draw(st.sampled_from((f"{hour}h{minute:02}", f"{hour:02}:{minute:02}", f"{hour} giờ {minute:02}")))
    sentences = draw(
        st.permutations(
            (
                f"UBND xã mời bà con đến lúc {time}, {date}.",
                f"Mỗi hộ được hỗ trợ {draw(amounts())}.",
                f"Hộ nghèo được {draw(amounts())}/tháng.",
                f"Hỏi chị Lan, điện thoại {draw(phones())}.",
            )
        )
    )
    return "\n".join(sentences[: draw(st.integers(1, 4))])


@st.composite
def announced(draw: st.DrawFn) -> tuple[Announcement, Event | None]:
    """Make an announcement, with its event or without."""
    labels = st.text("abcdefghijklmnopqrstuvwxyz0123456789", min_size=2, max_size=8)
    link = draw(st.none() | st.builds(lambda name, path: f"https://{name}.example.vn/{path}", labels, labels))
    told = announcement(text=draw(texts()), link=link)
    if not draw(st.booleans()):
        return told, None
    starts = draw(_DAYS).replace(tzinfo=UTC, second=0, microsecond=0)
    ends = draw(st.none() | st.integers(1, 3000).map(lambda minutes: starts + timedelta(minutes=minutes)))
    return told, event(starts_at=starts, ends_at=ends, seats=draw(st.none() | st.integers(1, 500)))


def shown(page: str) -> str:
    """Return what stands on a page, without pictures."""
    without = re.sub(r"<svg.*?</svg>", "", page, flags=re.DOTALL)
    return unescape(re.sub(r"<[^>]+>", "\n", without))


@given(announced())
@CALM
def test_all_four_state_the_same(given_: tuple[Announcement, Event | None]) -> None:
    told, held = given_
    message = facts(read(chat(told, held, ZONE, PUBLIC_URL).text))
    page = facts(read(shown(announcement_html.article(told, held, ZONE))))
    poster = facts(read(shown(announcement_html.poster(told, held, ZONE, PUBLIC_URL))))
    heard = hearing.facts(script(told, held, ZONE))

    assert message
    assert page == message
    own_address = {fact for fact in poster if fact[1] == f"haichieu.example.vn/a/{told.code}"}
    assert poster - own_address == message
    assert heard == {(str(kind), key.partition("://")[2] or key) for kind, key in message}
