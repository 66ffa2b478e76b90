"""What an official reads of how a case came, how an answer travels to the resident, and who an announcement misses."""

from typing import NamedTuple

from handlers.audience import CLOSED
from handlers.case_changes import OFFICE
from handlers.case_life import Actor
from handlers.inbox import Line
from storage.cases import Case
from storage.documents import NOT_ENCLOSED

CHANNEL_NAMES: dict[str, str] = {
    "web": "Trang web",
    "telegram": "Telegram",
    "zalo": "Zalo",
    OFFICE: "Tại cơ quan",
}
_SENTENCES: dict[str, str] = {
    "queued": "Đang gửi.",
    "waiting": "Đang chờ người dân mở lại trang chat.",
    "sent": "Đã tới người dân.",
    "failed": "Không gửi được. Hãy báo người dân cách khác.",
    "blocked": "Không tới được: người dân đã chặn kênh này. Hãy báo người dân cách khác.",
    "skipped": "Không gửi.",
    "unknown": "Không rõ đã tới hay chưa.",
}
STATUS_NAMES: dict[str, str] = {
    "queued": "Đang chờ gửi",
    "waiting": "Tin chờ",
    "sent": "Đã tới",
    "failed": "Không gửi được",
    "blocked": "Đã chặn",
    "skipped": "Không gửi",
    "unknown": "Chưa rõ",
}
"""Of a delivery of an announcement, as a heading."""


class Why(NamedTuple):
    """Why an announcement does not reach somebody, and what can be done."""

    what: str
    next: str


_BY_OTHER_WAYS = "Báo bằng loa, tờ dán hoặc nhờ trưởng thôn."
_WHYS: dict[str, Why] = {
    "no_address": Why(
        "Không có kênh nhắn tin nào trong các kênh đã chọn", "Chọn thêm kênh, hoặc " + _BY_OTHER_WAYS.lower()
    ),
    "blocked": Why("Đã chặn kênh này", f"Gửi lại được khi họ tự nhắn vào. {_BY_OTHER_WAYS}"),
    "ceiling": Why("Tuần này đã nhận đủ số tin", "Gửi vào tuần sau, hoặc gộp vào một tin khác."),
    "closed": Why(
        "Tin chờ: Zalo chưa cho nhắn, đã quá 48 giờ (7 ngày nếu trả phí) họ chưa liên lạc",
        f"Tự tới khi họ nhắn vào. Cần ngay thì: {_BY_OTHER_WAYS[0].lower()}{_BY_OTHER_WAYS[1:]}",
    ),
    "over": Why("Đã hết hạn trước khi họ nhắn vào", "Không cần làm gì: việc đã qua."),
    "stopped": Why("Đã nhắn “dừng” trước khi tin tới", "Không cần làm gì: họ không muốn nhận."),
    "linked": Why("Đã nhận ở cuộc trò chuyện khác của chính họ", "Không cần làm gì: mỗi người một bản."),
    "erased": Why("Đã yêu cầu xóa dữ liệu", "Không cần làm gì."),
    "cancelled": Why("Tin bị hủy trước khi tới lượt", "Muốn gửi tiếp thì viết tin mới."),
}
_FAILED = Why("Kênh không nhận tin", f"{_BY_OTHER_WAYS} Nhiều người bị thì báo quản trị hệ thống.")
_UNKNOWN = Why("Đã gửi nhưng không rõ tới hay chưa", "Gửi lại một lần; có người sẽ nhận hai lần.")
_SKIPPED = Why("Không gửi", _BY_OTHER_WAYS)


def why(status: str, reason: str | None) -> Why:
    """Say why a delivery did not arrive; `reason` of what failed is the platform's own words, and is not shown."""
    if status == "unknown":
        return _UNKNOWN
    if status == "failed":
        return _FAILED
    return _WHYS.get("blocked" if status == "blocked" else reason or "", _SKIPPED)


_WAITS_FOR_THEM = "Tin chờ: Zalo chưa cho nhắn, tự tới khi người dân nhắn vào. Gấp thì hãy báo cách khác."
_NOT_ENCLOSED = "Lời trả lời đã tới người dân, nhưng tệp gửi kèm có thể chưa tới. Hãy hỏi lại, và đưa tệp cách khác nếu cần."
_GONE = "Không gửi: người dân đã xoá dữ liệu của mình, hoặc đã dừng mọi tin báo. Tra mã vẫn đọc được."
_NO_ADDRESS = "Chưa tới người dân: không có kênh nhắn tin. Hãy báo trực tiếp hoặc in phiếu."


def delivery(case: Case, line: Line) -> str:
    """Say how the message of one step of a case's history travels; empty where there was nothing to send."""
    if line.delivery is not None:
        if line.delivery.status == "waiting" and line.delivery.reason == CLOSED:
            return _WAITS_FOR_THEM
        if line.delivery.status == "sent" and line.delivery.reason == NOT_ENCLOSED:
            return _NOT_ENCLOSED
        return _SENTENCES.get(line.delivery.status, _SENTENCES["unknown"])
    told = line.entry.public and line.entry.text is not None and line.entry.actor == Actor.OFFICIAL
    if told or line.entry.message_id is not None:
        return _NO_ADDRESS if case.channel == OFFICE else _GONE
    return ""


# -- announcements: why somebody did not get one, and what can be done

_REASONS: dict[str, tuple[str, str]] = {
    "blocked": (
        "Người dân đã chặn kênh này.",
        "Báo họ cách khác; khi họ nhắn lại, các tin sau sẽ tới.",
    ),
    "ceiling": ("Tuần này đã nhận đủ số tin cho phép.", "Gửi lại sau vài ngày nếu vẫn còn cần."),
    "no_address": ("Không có kênh nhắn tin.", "Báo trực tiếp, qua loa hoặc dán thông báo."),
    "closed": (
        "Zalo chưa cho nhắn: đã quá 48 giờ (7 ngày nếu trả phí) họ chưa liên lạc.",
        "Tin chờ, tự tới khi họ nhắn vào; cần ngay thì báo cách khác.",
    ),
    "over": ("Việc đã qua trước khi người dân nhắn vào.", "Không cần làm gì."),
    "stopped": ("Người dân đã xin dừng nhận tin.", "Không cần làm gì."),
    "linked": ("Người dân đã nhận ở cuộc trò chuyện khác của mình.", "Không cần làm gì."),
    "erased": ("Người dân đã xóa dữ liệu của mình.", "Không cần làm gì."),
    "cancelled": ("Tin đã bị hủy trước khi gửi tới.", "Soạn tin mới nếu vẫn còn cần."),
}
_ENDED: dict[str, tuple[str, str]] = {
    "queued": ("Đang gửi.", ""),
    "waiting": ("Đang chờ người dân mở lại trang chat.", ""),
    "sent": ("Đã tới người dân.", ""),
    "failed": ("Không gửi được.", "Báo người dân cách khác."),
    "blocked": _REASONS["blocked"],
    "skipped": ("Không gửi.", ""),
    "unknown": ("Không rõ đã tới hay chưa.", "Hỏi lại người dân trước khi gửi lần nữa."),
}


def announced(status: str, reason: str | None) -> tuple[str, str]:
    """Say what became of one copy of an announcement, and what to do next; "" where there is nothing to do."""
    by_reason = _REASONS.get(reason or "") if status in ("skipped", "blocked", "waiting") else None
    return by_reason or _ENDED.get(status, _ENDED["unknown"])
