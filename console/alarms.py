"""What stands on top of every page because it needs people now."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from console.parts import Alarm, AlarmSource
from handlers import urgent
from handlers.officials import Official, Permission, may
from storage import zalo_tokens
from storage.db import Tx

_HREF = "/console/urgent"
_ZALO = "/console/zalo"
_ZALO_WARN = timedelta(days=14)
SIGNATURES_FAIL, SILENT = "signatures_fail", "silent"
_WEBHOOK = {
    SIGNATURES_FAIL: "Tin của bà con từ {channel} không vào được: sai chữ ký. "
    "Người quản trị máy kiểm tra lại khóa bí mật của OA (ZALO_OA_SECRET).",
    SILENT: "Đã lâu không có tin nào từ {channel}. Có thể {channel} đã tắt webhook: "
    "quản trị vào trang của nhà phát triển {channel} bật lại.",
}


def urgent_alarms(zone: ZoneInfo) -> AlarmSource:
    """Return the source that tells of urgent messages and cases nobody has taken in hand."""

    def source(tx: Tx, official: Official, now: datetime) -> Sequence[Alarm]:
        waiting = urgent.count(tx, official, now)
        parts = [
            f"{_number(number)} {what}"
            for number, what in ((waiting.messages, "tin nhắn"), (waiting.cases, "hồ sơ"))
            if number
        ]
        if not parts or waiting.last_at is None:
            return []
        last = waiting.last_at.astimezone(zone)
        return [
            Alarm(f"Khẩn cấp: {' và '.join(parts)} chưa ai nhận, mới nhất lúc {last:%H:%M %d/%m}.", _HREF)
        ]

    return source


def zalo_alarms(app_id: str) -> AlarmSource:
    """Return the source that tells that nobody can be reached on Zalo until an admin consents, or soon."""

    def source(tx: Tx, official: Official, now: datetime) -> Sequence[Alarm]:
        kept = zalo_tokens.find(tx, app_id)
        admin = may(official, Permission.MANAGE_SETTINGS)
        if kept is None or kept.refresh is None or kept.state is zalo_tokens.State.NEEDS_CONSENT:
            if admin:
                return [Alarm("Kênh Zalo cần được đồng ý lại: bấm vào đây để làm.", _ZALO)]
            return [Alarm("Kênh Zalo đang chờ quản trị đồng ý lại, tin qua Zalo có thể chưa tới bà con.")]
        if admin and kept.refresh_expires_at and now > kept.refresh_expires_at - _ZALO_WARN:
            return [Alarm(f"Quyền gửi tin qua Zalo sẽ hết ngày {kept.refresh_expires_at:%d/%m}.", _ZALO)]
        return []

    return source


def webhook_alarms(channels: Mapping[str, str], names: Callable[[], Sequence[str]]) -> AlarmSource:
    """Return the source that tells of webhooks that bring nothing any more.

    Args:
        channels: what people call a channel, by its name.
        names: gives what is wrong at the moment, such as "zalo_silent".
    """

    def source(_tx: Tx, _official: Official, _now: datetime) -> Sequence[Alarm]:
        found = []
        for name in names():
            channel, _, wrong = name.partition("_")
            if wrong in _WEBHOOK:
                found.append(Alarm(_WEBHOOK[wrong].format(channel=channels.get(channel, channel))))
        return found

    return source


def _number(number: int) -> str:
    return str(number) if number < urgent.MOST else f"từ {urgent.MOST}"
