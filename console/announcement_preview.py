"""What an official sees of an announcement before it goes out: as it is read, as it is read aloud, and by whom."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo

from handlers import announcement_texts, loudspeaker
from handlers.audience import Tally
from handlers.delivery_texts import CHANNEL_NAMES, Why, why
from handlers.messages import Outbound
from handlers.reach import PAID_COST_VND, ZALO, Window
from handlers.sending_rules import SendingRules
from storage.announcements import EMERGENCY, Announcement
from storage.events import Event

# Bot API: text of a message, 4,096 UTF-16 units, of a caption 1,024; Zalo OA: 2,000 characters and 5 buttons (read
# 2026-11).
_CARRIED: Final[Mapping[str, tuple[str, int | None]]] = {
    "telegram": ("các nút nằm dưới tin", 4096),
    "zalo": ("các nút nằm dưới tin", 2000),
    "web": ("hiện ngay nếu đang mở trang chat, không thì khi mở lại", None),
}
UNPAID: Final = (
    "Zalo: tin trả phí đang tạm ngừng vì tài khoản ZCA chưa liên kết hoặc hết tiền. Ai đã quá 48 giờ chưa liên lạc thành "
    "“tin chờ”: đợi họ nhắn vào, không tự gửi lại. Quản trị nạp tiền rồi thì sau 30 phút các tin mới lại đi được."
)
BY_TEMPLATE: Final = (
    "Zalo: {number} người chỉ nhận được tin theo mẫu (đã lâu chưa liên lạc): tên tin, ngày và đường dẫn tới trang tin. "
    "Mỗi tin tốn tiền theo mẫu đã duyệt; Zalo không cho hỏi trước giá và số tin còn gửi được, hãy xem ở tài khoản ZBS. "
    "Hết tiền hay hết lượt thì ai chưa tới lượt thành “tin chờ”."
)
_CAPTION: Final = 1024
_CAPTIONED: Final = "chữ và các nút nằm ngay dưới ảnh"
_PICTURES_FIRST: Final = "ảnh đi trước, rồi đến chữ và các nút"
_WHOLE: Final = "{channel}: một tin, không bị cắt; {how}."
_CUT: Final = "{channel}: bị cắt thành {parts} tin, nút ở tin cuối; {how}."


@dataclass(frozen=True, slots=True)
class Preview:
    """As residents have it. `carried`: a sentence for each channel."""

    chat: Outbound
    carried: Sequence[str]
    aloud: Sequence[str]

    @property
    def chars(self) -> int:
        """Return how long the chat text is."""
        return len(self.chat.text)


def preview(one: Announcement, event: Event | None, zone: ZoneInfo, public_url: str) -> Preview:
    """Write an announcement as each mouth says it."""
    chat = announcement_texts.chat(one, event, zone, public_url)
    units = len(chat.text.encode("utf-16-le")) // 2
    carried = []
    for channel, (how, most) in _CARRIED.items():
        parts = 1 if most is None else -(-units // most)
        if one.pictures and channel == "telegram":
            how = _CAPTIONED if len(one.pictures) == 1 and units <= _CAPTION else _PICTURES_FIRST
        sentence = _WHOLE if parts == 1 else _CUT
        carried.append(sentence.format(channel=CHANNEL_NAMES[channel], how=how, parts=parts))
    return Preview(chat, carried, loudspeaker.script(one, event, zone).splitlines())


@dataclass(frozen=True, slots=True)
class Missed:
    """So many are missed for the same reason. `why`: what it is and what can be done."""

    number: int
    why: Why


def missed(tally: Tally) -> list[Missed]:
    """Return why people cannot be reached now, the most frequent first."""
    return [Missed(number, why("skipped", reason)) for reason, number in tally.reasons.most_common()]


def windows(tally: Tally) -> list[str]:
    """Say of Zalo's recipients how many can be written to for nothing, and what the others cost."""
    free, paid = tally.by_window[ZALO, Window.FREE], tally.by_window[ZALO, Window.PAID]
    told = [f"Zalo: {free} người nhắn được miễn phí (mới liên lạc trong 48 giờ)."] if free or paid else []
    if paid:
        cost = f"{paid * PAID_COST_VND:,}".replace(",", ".")
        told.append(
            f"Zalo: {paid} người phải trả phí (liên lạc cách đây 2–7 ngày), khoảng {PAID_COST_VND} đồng một tin, "
            f"tất cả khoảng {cost} đồng."
        )
    if tally.unpaid:
        told.append(UNPAID)
    if tally.by_template:
        told.append(BY_TEMPLATE.format(number=tally.by_template))
    return told


def what_next(one: Announcement, recipients: int, rules: SendingRules) -> str:
    """Say what handing in leads to: to be sent at once, or to wait for a second person."""
    if recipients > rules.approval_above:
        return f"Hơn {rules.approval_above} người nhận: sau khi gửi duyệt, tin chờ một lãnh đạo khác duyệt rồi mới đi."
    when = "đi đúng giờ đã hẹn" if one.send_at is not None else "đi ngay"
    return f"Không quá {rules.approval_above} người nhận: bấm “Gửi duyệt” là tin được duyệt luôn và {when}."


def held_back(one: Announcement, rules: SendingRules) -> str:
    """Say which rules hold a sending back."""
    if one.kind == EMERGENCY:
        return "Tin khẩn đi cả ban đêm và không tính vào số tin mỗi tuần. Việc này được ghi vào nhật ký."
    limit = f"Mỗi người nhận nhiều nhất {rules.weekly_ceiling} tin một tuần."
    if rules.quiet is None:
        return limit
    start, end = (f"{at:%H:%M}" for at in rules.quiet)
    return f"Không gửi từ {start} đến {end}; tin tới giờ ấy thì đợi sáng. {limit}"
