"""An announcement as one message: what, when, where, how to answer, and how to know that it is ours."""

from datetime import UTC, datetime, time, timedelta

import pytest

from handlers.announcement_texts import MAX_CHARS, chat, clock, excess, when
from tests.handlers.announcing import PUBLIC_URL, ZONE, announcement, event


def test_event_says_all_and_asks_who_comes() -> None:
    message = chat(
        announcement(kind="event", link="https://khuyennong.example.vn/ga"),
        event(map_link="https://maps.example.vn/1"),
        ZONE,
        PUBLIC_URL,
    )
    assert message.text == (
        "Tập huấn chăn nuôi gà\n\n"
        "Mời bà con đến dự lớp tập huấn chăn nuôi gà an toàn sinh học.\n\n"
        "Khi nào: từ 8 giờ sáng đến 11 giờ trưa thứ Bảy, ngày 12/12/2026\n"
        "Ở đâu: Nhà văn hóa thôn Đông\n"
        "Số chỗ: 60\n"
        "Đường dẫn: https://khuyennong.example.vn/ga\n\n"
        "Mã tin: K7M-4XP. Nghi tin giả, gõ mã này vào đây."
    )
    assert [(b.label, b.payload or b.url) for b in message.buttons] == [
        ("Tôi sẽ đi", "1:rsvp:yes:7"),
        ("Đi cùng người nhà", "1:rsvp:with:7"),
        ("Tôi không đi được", "1:rsvp:no:7"),
        ("Xem thêm", f"{PUBLIC_URL}/a/K7M4XP"),
        ("Xem bản đồ", "https://maps.example.vn/1"),
    ]


def test_notice_has_no_empty_lines_of_what_it_has_not() -> None:
    message = chat(announcement(text="Xã trả trợ cấp tháng 12."), None, ZONE, PUBLIC_URL)
    assert message.text == (
        "Tập huấn chăn nuôi gà\n\nXã trả trợ cấp tháng 12.\n\nMã tin: K7M-4XP. Nghi tin giả, gõ mã này vào đây."
    )
    assert [b.label for b in message.buttons] == ["Xem thêm"]


def test_emergency_says_that_it_is_one() -> None:
    assert chat(announcement(kind="emergency", title="Bão số 9"), None, ZONE, PUBLIC_URL).text.startswith(
        "TIN KHẨN: Bão số 9\n"
    )


@pytest.mark.parametrize("status", ["cancelled", "held"])
def test_nobody_is_asked_to_come_to_what_is_not_planned(status: str) -> None:
    message = chat(announcement(kind="event"), event(status=status), ZONE, PUBLIC_URL)
    assert [b.label for b in message.buttons] == ["Xem thêm"]


def test_whole_message_counts_towards_the_limit() -> None:
    fixed = len(chat(announcement(text=""), event(), ZONE, PUBLIC_URL).text)
    assert excess(announcement(text="a" * (MAX_CHARS - fixed)), event(), ZONE) == 0
    assert excess(announcement(text="a" * (MAX_CHARS - fixed + 3)), event(), ZONE) == 3


def test_event_over_night_names_both_days() -> None:
    starts = datetime(2026, 12, 12, 13, 30, tzinfo=UTC)
    assert when(event(starts_at=starts, ends_at=starts + timedelta(hours=12)), ZONE) == (
        "từ 8 giờ 30 tối thứ Bảy, ngày 12/12/2026 đến 8 giờ 30 sáng Chủ nhật, ngày 13/12/2026"
    )
    assert when(event(starts_at=starts, ends_at=None), ZONE) == "8 giờ 30 tối thứ Bảy, ngày 12/12/2026"


@pytest.mark.parametrize(
    ("at", "said"),
    [
        (time(0), "0 giờ"),
        (time(0, 5), "0 giờ 05"),
        (time(1), "1 giờ sáng"),
        (time(8, 30), "8 giờ 30 sáng"),
        (time(11), "11 giờ trưa"),
        (time(12, 15), "12 giờ 15 trưa"),
        (time(13, 30), "1 giờ 30 chiều"),
        (time(17, 59), "5 giờ 59 chiều"),
        (time(18), "6 giờ tối"),
        (time(22), "10 giờ đêm"),
        (time(23, 59), "11 giờ 59 đêm"),
    ],
)
def test_time_is_said_as_people_say_it(at: time, said: str) -> None:
    assert clock(at) == said


def test_no_two_times_are_said_alike() -> None:
    times = [time(hour, minute) for hour in range(24) for minute in range(60)]
    assert len({clock(at) for at in times}) == len(times)
