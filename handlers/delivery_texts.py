"""What an official reads of how a case came, and how an answer travels to the resident."""

from handlers.case_changes import OFFICE
from handlers.case_life import Actor
from handlers.inbox import Line
from storage.cases import Case

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
_GONE = "Không gửi: người dân đã xoá dữ liệu của mình, hoặc đã dừng mọi tin báo. Tra mã vẫn đọc được."
_NO_ADDRESS = "Chưa tới người dân: không có kênh nhắn tin. Hãy báo trực tiếp hoặc in phiếu."


def delivery(case: Case, line: Line) -> str:
    """Say how the message of one step of a case's history travels; empty where there was nothing to send."""
    if line.delivery is not None:
        return _SENTENCES.get(line.delivery.status, _SENTENCES["unknown"])
    told = line.entry.public and line.entry.text is not None and line.entry.actor == Actor.OFFICIAL
    if told or line.entry.message_id is not None:
        return _NO_ADDRESS if case.channel == OFFICE else _GONE
    return ""
