"""The keys of an announcement file: what is taken, and how each wrong one is refused."""

from datetime import UTC, date, datetime, timedelta

import pytest
import yaml

from handlers import announcement_file
from handlers.announcement_file import REMIND_BEFORE
from handlers.errors import Invalid
from handlers.named_people import find_name
from tests.conftest import NOW
from tests.handlers.filing import BOOK, COMMUNE, EVENT, NOTICE, draft

EIGHT = datetime(2026, 12, 12, 1, tzinfo=UTC)
STORY = "Chị Hoa thoát nghèo nhờ nuôi gà."


def test_a_whole_file_is_taken_as_it_stands() -> None:
    """The keys are those that people and scripts hold on to."""
    read = draft(
        EVENT,
        link="https://haiphong.gov.vn/tap-huan",
        pictures=["lop-hoc.jpg"],
        audience={
            "areas": [COMMUNE],
            "exclude_areas": [],
            "categories": ["poor", "near_poor"],
            "channels": ["telegram", "zalo", "web"],
            "last_seen_days": 365,
        },
        send_at="2026-12-05T08:00+07:00",
        spread_hours=2,
        late_joiners=True,
    )

    assert (read.kind, read.title, read.link) == (
        "event",
        "Tập huấn chăn nuôi gà",
        "https://haiphong.gov.vn/tap-huan",
    )
    assert (read.pictures, read.spread_hours, read.late_joiners) == (("lop-hoc.jpg",), 2, True)
    assert read.send_at == datetime(2026, 12, 5, 1, tzinfo=UTC)
    assert read.audience == {
        "areas": [COMMUNE],
        "categories": ["poor", "near_poor"],
        "channels": ["telegram", "zalo", "web"],
        "last_seen_days": 365,
    }
    assert read.event is not None
    assert (read.event.starts_at, read.event.seats, read.event.remind_before) == (EIGHT, 60, REMIND_BEFORE)
    assert read.event.area_code == COMMUNE


def test_what_is_left_out_means_everybody_now_and_at_once() -> None:
    read = draft()

    assert (read.audience, read.send_at, read.spread_hours, read.late_joiners) == ({}, None, 0, False)
    assert (read.link, read.pictures, read.event, read.named_consent) == (None, (), None, None)


def test_a_time_with_seconds_that_yaml_reads_by_itself_is_the_same_time() -> None:
    loaded = yaml.safe_load("at: 2026-12-05T08:00:00+07:00")["at"]

    assert draft(send_at=loaded).send_at == draft(send_at="2026-12-05T08:00+07:00").send_at


@pytest.mark.parametrize(("areas", "code"), [([COMMUNE], COMMUNE), ([], None), ([COMMUNE, "11074"], None)])
def test_an_event_belongs_to_the_one_commune_that_is_invited(areas: list[str], code: str | None) -> None:
    event = draft(EVENT, audience={"areas": areas}).event

    assert event is not None
    assert event.area_code == code


@pytest.mark.parametrize(
    ("key", "value", "field", "said"),
    [
        ("kind", "party", "kind", "notice, event, story, emergency"),
        ("kind", None, "kind", "ví dụ"),
        ("titel", "x", "titel", "các khóa có"),
        ("title", " ", "title", "ví dụ"),
        ("title", 12, "title", "ví dụ"),
        ("title", "t" * 121, "title", "nhiều nhất 120"),
        ("text", "", "text", "ví dụ"),
        ("text", "t" * 1801, "text", "nhiều nhất 1800"),
        ("text", "t" * 9000, "text", "nhiều nhất 1800"),
        ("link", "ftp://x.vn", "link", "https://"),
        ("link", "javascript:alert(1)", "link", "https://"),
        ("link", "https://bank.vn@xau.vn", "link", "https://"),
        ("link", "https://[x", "link", "https://"),
        ("link", "https://a b.vn", "link", "https://"),
        ("pictures", "a.jpg", "pictures", "[lop-hoc.jpg]"),
        ("pictures", ["../a.jpg"], "pictures", "[lop-hoc.jpg]"),
        ("pictures", ["a\0.jpg"], "pictures", "[lop-hoc.jpg]"),
        ("send_at", "9999-12-31T23:59-23:59", "send_at", "ngày, giờ và múi giờ"),
        ("pictures", ["a.jpg", "a.jpg"], "pictures", "hai lần"),
        ("pictures", list("abcdef"), "pictures", "nhiều nhất 5"),
        ("event", {"type": "training"}, "event", "kind: event"),
        ("audience", [COMMUNE], "audience", "areas"),
        ("audience", {"area": [COMMUNE]}, "audience.area", "các khóa có"),
        ("audience", {"areas": COMMUNE}, "audience.areas", "danh sách"),
        ("audience", {"areas": ["11021"]}, "audience.areas", "11020"),
        ("audience", {"categories": ["rich"]}, "audience.categories", "near_poor"),
        ("audience", {"channels": ["sms"]}, "audience.channels", "telegram"),
        ("audience", {"last_seen_days": 0}, "audience.last_seen_days", "365"),
        ("audience", {"last_seen_days": True}, "audience.last_seen_days", "365"),
        ("send_at", "tomorrow", "send_at", "2026-12-05T08:00+07:00"),
        ("send_at", "2026-12-05T08:00", "send_at", "múi giờ"),
        ("send_at", date(2026, 12, 5), "send_at", "múi giờ"),
        ("send_at", NOW.isoformat(), "send_at", "đã qua"),
        ("send_at", "2062-12-05T08:00+07:00", "send_at", "năm"),
        ("spread_hours", -1, "spread_hours", "ví dụ"),
        ("spread_hours", "2", "spread_hours", "ví dụ"),
        ("late_joiners", "yes", "late_joiners", "true"),
    ],
)
def test_a_wrong_key_is_refused_by_its_name_with_a_right_one(
    key: str, value: object, field: str, said: str
) -> None:
    with pytest.raises(Invalid) as refused:
        draft({**NOTICE, key: value})

    assert refused.value.field == field
    assert said in refused.value.sentence


@pytest.mark.parametrize(
    ("key", "value", "field", "said"),
    [
        ("type", "party", "event.type", "training, dialogue"),
        ("starts_at", None, "event.starts_at", "2026-12-12T08:00+07:00"),
        ("starts_at", (NOW - timedelta(minutes=1)).isoformat(), "event.starts_at", "đã qua"),
        ("ends_at", "2026-12-12T08:00+07:00", "event.ends_at", "sau giờ bắt đầu"),
        ("place", "", "event.place", "Nhà văn hóa"),
        ("map_link", "maps", "event.map_link", "https://"),
        ("seats", 0, "event.seats", "ví dụ"),
        ("seats", 2.5, "event.seats", "ví dụ"),
        ("remind_before", 1440, "event.remind_before", "[1440]"),
        ("remind_before", [-5], "event.remind_before", "[1440]"),
        ("room", "2", "event.room", "các khóa có"),
    ],
)
def test_a_wrong_key_of_the_event_is_refused_by_its_name(
    key: str, value: object, field: str, said: str
) -> None:
    block = EVENT["event"]
    assert isinstance(block, dict)

    with pytest.raises(Invalid) as refused:
        draft(EVENT, event={**block, key: value})

    assert refused.value.field == field
    assert said in refused.value.sentence


@pytest.mark.parametrize("event", [None, "08:00", []])
def test_an_invitation_without_when_and_where_is_refused(event: object) -> None:
    with pytest.raises(Invalid) as refused:
        draft(EVENT, event=event)

    assert refused.value.field == "event"


def test_an_invitation_that_would_leave_after_the_start_is_refused() -> None:
    with pytest.raises(Invalid) as refused:
        draft(EVENT, send_at="2026-12-12T08:00+07:00")

    assert refused.value.field == "send_at"


@pytest.mark.parametrize("given", [None, "text", [1]])
def test_a_file_that_is_no_mapping_is_refused(given: object) -> None:
    with pytest.raises(Invalid):
        announcement_file.read(given, BOOK, NOW)


def test_a_story_that_names_somebody_needs_their_agreement() -> None:
    with pytest.raises(Invalid) as refused:
        draft(kind="story", text=STORY)

    assert refused.value.field == "named_consent"
    assert "Chị Hoa" in refused.value.sentence
    agreed = draft(kind="story", text=STORY, named_consent="đồng ý ngày 20/11, có giấy")
    assert agreed.named_consent == "đồng ý ngày 20/11, có giấy"
    assert draft(kind="story", text="Một hộ ở xã Tứ Kỳ thoát nghèo nhờ nuôi gà.").named_consent is None


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("Gia đình bà Nguyễn Thị Sáu vay vốn", "bà Nguyễn Thị Sáu"),
        ("Lê Văn Tám, thôn Đông, nuôi bò", "Lê Văn Tám"),
        ("hộ Phạm Hạnh", "hộ Phạm Hạnh"),
        ("Bà con ở phường Lê Thanh Nghị", None),
        ("BÀ CON CHÚ Ý", None),
        ("Anh em trong thôn cùng làm. Một người kể", None),
    ],
)
def test_a_name_is_noticed(text: str, named: str | None) -> None:
    assert find_name(text) == named
