"""The columns of each export, in a fixed order: people's own sheets and formulas hold on to them. They may only grow."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from handlers.announcement_codes import spoken as spoken_announcement
from handlers.areas import AreaBook
from handlers.case_codes import spoken
from handlers.case_texts import CATEGORY_NAMES, KIND_NAMES, STATUS_NAMES
from storage.identities import Identity

Cell = str | int | float | datetime | None
"""Times are local and without a zone, as spreadsheets know them."""


class Kind(StrEnum):
    """What can be exported."""

    FEEDBACK = "feedback"
    QUESTIONS = "questions"
    DELIVERIES = "deliveries"
    RSVPS = "rsvps"
    RESIDENTS = "residents"


EXPORT_NAMES: Mapping[Kind, str] = {
    Kind.FEEDBACK: "Phản ánh, kiến nghị",
    Kind.QUESTIONS: "Câu hỏi",
    Kind.DELIVERIES: "Tin đã gửi",
    Kind.RESIDENTS: "Người dân",
}
"""Those that an official can choose: of the others there is nothing to take yet."""


@dataclass(frozen=True, slots=True)
class Known:
    """What turns codes into words (`titles`: of topics, by id), and what was read beside the rows of a page."""

    areas: AreaBook
    titles: Mapping[str, str]
    zone: ZoneInfo
    last_answers: Mapping[int, str]
    identities: Mapping[int, Identity]

    def area(self, code: str | None) -> str:
        """Return an area's name; the code of one nobody knows any more."""
        area = self.areas.find(code) if code else None
        return area.name if area else code or ""

    def local(self, at: datetime | None) -> datetime | None:
        """Return a time as the clock on the wall showed it."""
        return at.astimezone(self.zone).replace(tzinfo=None) if at else None


@dataclass(frozen=True, slots=True)
class Column:
    """One column. `personal`: only with personal data asked for, by who may, and audited."""

    key: str
    heading: str
    cell: Callable[[Any, Known], Cell]
    personal: bool = False
    width: int = 16


CHANNEL_NAMES = {"web": "Trang web", "telegram": "Telegram", "zalo": "Zalo", "office": "Tại cơ quan"}
_DELIVERY = {
    "queued": "Đang chờ gửi",
    "waiting": "Chờ người nhận mở",
    "closed": "Chờ người nhận nhắn vào",
    "sent": "Đã gửi",
    "failed": "Không gửi được",
    "blocked": "Người nhận đã chặn",
    "skipped": "Bỏ qua",
    "unknown": "Không rõ đã tới chưa",
}
_LANES = {0: "Trả lời ngay", 1: "Tin báo", 2: "Thông báo chung"}
_VERDICTS = {
    "answer": "Trả lời ngay",
    "ask": "Hỏi lại",
    "unknown": "Chưa trả lời được",
    "referral": "Chỉ nơi khác",
}
_ANSWERS = {"going": "Sẽ đi", "waiting": "Sẽ đi", "declined": "Không đi", "walk_in": "Đến không ghi tên"}
HOUSEHOLD_NAMES = {
    "poor": "Hộ nghèo",
    "near_poor": "Hộ cận nghèo",
    "newly_escaped": "Hộ mới thoát nghèo",
    "other": "Khác",
}


def _seat(status: str, outdated: bool) -> str:
    """Say what became of a sign-up; nothing for who did not sign up."""
    if status == "going":
        return "Có chỗ, chưa xác nhận lại" if outdated else "Có chỗ"
    return "Chờ chỗ" if status == "waiting" else ""


def _yes(value: bool | None) -> str:
    return "" if value is None else "Có" if value else "Không"


def _day(at: datetime | None, known: Known) -> str:
    local = known.local(at)
    return local.strftime("%d/%m/%Y") if local else ""


def _state(delivery: Any) -> str:
    """Return the status of a delivery; of one that waits until its person writes, the reason."""
    state: str = delivery.reason if delivery.status == "waiting" and delivery.reason else delivery.status
    return state


def _of(names: Mapping[Any, str], value: Any) -> str:
    return names.get(value, str(value)) if value is not None else ""


_NAME = Column("name", "Họ tên", lambda r, k: k.identities[r.id].name or "", personal=True, width=24)
_PHONE = Column("phone", "Điện thoại", lambda r, k: k.identities[r.id].phone or "", personal=True)

COLUMNS: Mapping[Kind, tuple[Column, ...]] = {
    Kind.FEEDBACK: (
        Column("code", "Mã", lambda r, k: spoken(r.code)),
        Column("kind", "Loại", lambda r, k: _of(KIND_NAMES, r.kind)),
        Column("category", "Nhóm việc", lambda r, k: _of(CATEGORY_NAMES, r.category), width=24),
        Column("status", "Tình trạng", lambda r, k: _of(STATUS_NAMES, r.status)),
        Column("area_code", "Mã xã", lambda r, k: r.area_code or ""),
        Column("area", "Xã, phường", lambda r, k: k.area(r.area_code), width=22),
        Column("opened_at", "Ngày gửi", lambda r, k: k.local(r.opened_at)),
        Column("due_at", "Hạn trả lời", lambda r, k: k.local(r.due_at)),
        Column("first_answered_at", "Trả lời lần đầu", lambda r, k: k.local(r.first_answered_at)),
        Column("answered_at", "Trả lời gần nhất", lambda r, k: k.local(r.answered_at)),
        Column("closed_at", "Ngày đóng", lambda r, k: k.local(r.closed_at)),
        Column("solved", "Người dân báo đã xong", lambda r, k: _yes(r.solved)),
        Column("urgent", "Khẩn cấp", lambda r, k: _yes(r.urgent is not None)),
        Column("channel", "Kênh", lambda r, k: _of(CHANNEL_NAMES, r.channel)),
        Column("anonymous", "Ẩn danh", lambda r, k: _yes(r.anonymous)),
        Column("assisted", "Cán bộ nhập hộ", lambda r, k: _yes(r.assisted_by is not None)),
        Column("text", "Nội dung", lambda r, k: r.text, width=60),
        Column("answer", "Nội dung trả lời", lambda r, k: k.last_answers.get(r.id, ""), width=60),
        _NAME,
        _PHONE,
    ),
    Kind.QUESTIONS: (
        Column("id", "Số", lambda r, k: r.id),
        Column("at", "Ngày hỏi", lambda r, k: k.local(r.at)),
        Column("text", "Câu hỏi", lambda r, k: r.text, width=60),
        Column("verdict", "Kết quả", lambda r, k: _of(_VERDICTS, r.verdict)),
        Column("topic_id", "Mã chủ đề", lambda r, k: r.topic_id or "", width=24),
        Column("topic", "Chủ đề đã trả lời", lambda r, k: _title(r.topic_id, k), width=40),
        Column("score", "Độ chắc chắn", lambda r, k: round(r.score, 3)),
        Column("helped", "Có ích", lambda r, k: _yes(r.helped)),
        Column("for_official", "Chuyển cán bộ", lambda r, k: _yes(r.for_official)),
        Column("answered_at", "Cán bộ trả lời lúc", lambda r, k: k.local(r.answered_at)),
        Column("area_code", "Mã xã", lambda r, k: r.area_code or ""),
        Column("area", "Xã, phường", lambda r, k: k.area(r.area_code), width=22),
        Column("channel", "Kênh", lambda r, k: _of(CHANNEL_NAMES, r.channel)),
    ),
    Kind.DELIVERIES: (
        Column("id", "Số", lambda r, k: r.id),
        Column("created_at", "Lập lúc", lambda r, k: k.local(r.created_at)),
        Column("channel", "Kênh", lambda r, k: _of(CHANNEL_NAMES, r.channel)),
        Column("lane", "Loại tin", lambda r, k: _of(_LANES, r.lane)),
        Column("status", "Kết quả", lambda r, k: _of(_DELIVERY, _state(r)), width=24),
        Column("finished_at", "Xong lúc", lambda r, k: k.local(r.finished_at)),
        Column("attempts", "Số lần gửi", lambda r, k: r.attempts),
        Column("repeated", "Gửi lại", lambda r, k: _yes(r.repeated)),
        Column("area_code", "Mã xã", lambda r, k: r.commune_code or ""),
        # No names here, ever: an answer's time would tell who is behind an anonymous case.
        Column("area", "Xã, phường", lambda r, k: k.area(r.commune_code), width=22),
        Column("announcement", "Mã tin", lambda r, k: _announcement(r.announcement_code)),
        Column("announcement_title", "Tin", lambda r, k: r.announcement_title or "", width=40),
    ),
    Kind.RSVPS: (
        Column("event", "Sự kiện", lambda r, k: r.title, width=40),
        # The day only, as of residents.
        Column("at", "Ngày trả lời", lambda r, k: _day(r.answered_at, k)),
        Column("answer", "Trả lời", lambda r, k: _of(_ANSWERS, r.status)),
        Column("people", "Số người", lambda r, k: r.people),
        Column("area_code", "Mã xã", lambda r, k: r.area_code or ""),
        Column("area", "Xã, phường", lambda r, k: k.area(r.area_code), width=22),
        Column("starts_at", "Bắt đầu lúc", lambda r, k: k.local(r.starts_at)),
        Column("status", "Chỗ", lambda r, k: _seat(r.status, r.outdated), width=24),
        Column("attended", "Số người đã dự", lambda r, k: r.attended_people),
        _NAME,
        _PHONE,
    ),
    Kind.RESIDENTS: (
        Column("id", "Số", lambda r, k: r.id),
        # The days only: a minute would tell who is behind an anonymous case of that minute.
        Column("created_at", "Biết từ ngày", lambda r, k: _day(r.created_at, k)),
        Column("seen_at", "Nhắn gần nhất", lambda r, k: _day(r.seen_at, k)),
        Column("channel", "Kênh", lambda r, k: _of(CHANNEL_NAMES, r.channel)),
        Column("addresses", "Số địa chỉ liên lạc", lambda r, k: r.addresses),
        Column("area_code", "Mã xã", lambda r, k: r.commune_code or ""),
        Column("area", "Xã, phường", lambda r, k: k.area(r.commune_code), width=22),
        Column(
            "household_category",
            "Loại hộ (tự khai)",
            lambda r, k: _of(HOUSEHOLD_NAMES, k.identities[r.id].category),
            personal=True,
        ),
        _NAME,
        _PHONE,
    ),
}


def _announcement(code: str | None) -> str:
    return spoken_announcement(code) if code else ""


def _title(topic_id: str | None, known: Known) -> str:
    return known.titles.get(topic_id, topic_id) if topic_id else ""
