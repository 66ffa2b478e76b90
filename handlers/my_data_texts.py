"""What is said of a person's own data: what is held, how long, how it is put right, how it is erased.

Rights: Law 91/2025/QH15 on the protection of personal data, in force since 01/01/2026.
"""

from collections.abc import Callable, Sequence
from datetime import datetime

from handlers.case_codes import spoken
from handlers.case_life import Status
from handlers.case_texts import STATUS_NAMES
from handlers.consent_texts import PURPOSES
from handlers.delivery_texts import CHANNEL_NAMES
from storage.cases import Case
from storage.consents import Consent
from storage.holdings import Holdings

Day = Callable[[datetime], str]
"""Writes the day of a moment as the clock on the wall showed it."""
_MOST_LISTED = 10


def overview(
    held: Holdings, told: int, told_of_news: bool, commune: str | None, day: Day, linked: Sequence[str] = ()
) -> str:
    """Say in a few lines all that is held. Args: linked: the chats of theirs besides this one."""
    who = "có" if held.named else "chưa có"
    lines = [
        f"Tôi đang giữ về bà con (từ ngày {day(held.since)}):",
        f"• Họ tên, số điện thoại: {who}",
        f"• Nơi ở: {commune or 'chưa chọn'}",
        f"• Loại hộ: {'có' if held.has_category else 'chưa cho biết'}",
        f"• Nhận tin thông báo: {'có' if told_of_news else 'không'}",
        f"• Tin nhắn: {held.messages}, trong đó câu hỏi: {held.questions}",
        f"• Ảnh, tệp đã gửi: {held.files}",
        f"• Phản ánh đã gửi: {told}",
    ]
    lines += [f"• Đã nối với {one}" for one in linked]
    if held.sign_ups or held.event_questions or held.surveys:
        lines.append(f"• Buổi họp, tập huấn đã trả lời: {held.sign_ups}")
    return "\n".join((*lines, HOW))


HOW = (
    "Bấm từng mục dưới đây để xem rõ hoặc sửa. Muốn xoá hết, bà con gõ “xoá dữ liệu”.\n"
    "Chỉ bà con xem được trang này, trong chính cuộc trò chuyện của mình."
)


def who(name: str | None, phone: str | None, commune: str | None, household: str | None) -> str:
    """Say who they told us they are."""
    return "\n".join(
        (
            f"Họ tên: {name or 'bà con chưa cho biết'}",
            f"Số điện thoại: {phone or 'bà con chưa cho biết'}",
            f"Xã, phường: {commune or 'bà con chưa chọn'}",
            f"Loại hộ: {household or 'bà con chưa cho biết'}",
            SEALED,
        )
    )


SEALED = "Họ tên, số điện thoại, loại hộ được khoá lại khi lưu. Sai chỗ nào, bà con bấm nút để sửa hoặc xoá."
NAME_FORGOTTEN = "Tôi đã xoá họ tên, số điện thoại của bà con."


def agreed(history: Sequence[Consent], channels: Sequence[str], stopped: datetime | None, day: Day) -> str:
    """Say what they agreed to, when and where; and what they took back."""
    lines = [_consent(one, day) for one in history[-_MOST_LISTED:]] or ["Bà con chưa đồng ý nhận tin nào."]
    if stopped is not None:
        lines.append(f"Bà con đã dừng mọi tin báo từ ngày {day(stopped)}.")
    where = ", ".join(CHANNEL_NAMES.get(channel, channel) for channel in channels)
    return "\n".join((*lines, f"Nơi liên lạc với bà con: {where}."))


def _consent(one: Consent, day: Day) -> str:
    channel = CHANNEL_NAMES.get(one.channel, one.channel)
    given = f"• {PURPOSES.get(one.purpose, one.purpose)}: đồng ý ngày {day(one.given_at)} qua {channel}"
    return f"{given}, thôi ngày {day(one.withdrawn_at)}." if one.withdrawn_at else f"{given}."


def said(held: Holdings, keep_days: int, day: Day) -> str:
    """Say how much of what was written is kept, and how long."""
    span = f"{keep_days // 365} năm" if keep_days % 365 == 0 else f"{keep_days} ngày"
    oldest = f" Tin cũ nhất ngày {day(held.oldest)}." if held.oldest else ""
    return (
        f"Tôi giữ {held.messages} tin nhắn của bà con và của tôi, {held.questions} câu hỏi, {held.files} ảnh, tệp.{oldest}\n"
        f"Mỗi tin giữ {span} rồi tự xoá. Phản ánh và tệp kèm phản ánh giữ cùng hồ sơ.\n"
        "Muốn xem lại, bà con kéo lên trong chính cuộc trò chuyện này."
    )


def told(cases: Sequence[Case], day: Day) -> str:
    """List their cases, the newest first."""
    lines = [
        f"• {spoken(case.code)}, ngày {day(case.opened_at)}: {STATUS_NAMES[Status(case.status)].lower()}"
        for case in cases[:_MOST_LISTED]
    ]
    more = len(cases) - _MOST_LISTED
    return "\n".join(
        (f"Bà con đã gửi {len(cases)} phản ánh:", *lines, *([f"Và {more} việc cũ hơn."] if more > 0 else []))
    )


def meetings(held: Holdings) -> str:
    """Say what they answered and asked of sessions."""
    return (
        f"Buổi họp, lớp tập huấn bà con đã trả lời: {held.sign_ups}.\n"
        f"Câu hỏi gửi trước buổi đối thoại: {held.event_questions}. Phiếu hỏi ý kiến: {held.surveys}."
    )


OPEN_CASE = (
    "Bà con có phản ánh {code} gửi ngày {day}, cán bộ chưa làm xong.\n"
    "Trước khi xoá, bà con muốn rút, hay để cán bộ làm tiếp mà bỏ tên?"
)
NOT_ERASED = "Vâng ạ, tôi không xoá gì cả."


def sure(kept: int, gone: int, sign_ups: int = 0) -> str:
    """Ask for the last time, saying what goes and what stays.

    Args: sign_ups: for sessions that are to come.
    """
    lines = ["Tôi sẽ xoá hết: tên, số điện thoại, nơi ở, tin nhắn, câu hỏi, ảnh, tệp, đăng ký nhận tin."]
    if gone:
        lines.append(f"Rút {gone} phản ánh đang làm.")
    if kept:
        lines.append(
            f"{kept} phản ánh đang làm vẫn được giải quyết, không còn tên; trả lời không tự báo về đây nữa."
        )
    if sign_ups:
        lines.append(f"Rút tên bà con khỏi {sign_ups} buổi họp, tập huấn sắp tới.")
    lines.append(
        "Phản ánh đã xong chỉ còn ngày, loại việc, nơi và lời cán bộ. Các con số tổng cũ giữ nguyên."
    )
    lines.append("Xoá rồi không lấy lại được.")
    return "\n".join(lines)


def erased(codes: Sequence[str], *, delivered: bool) -> str:
    """Say that it was done, and what is true of copies.

    Args: delivered: something was sent to where only they can erase it.
    """
    lines = ["Tôi đã xoá những gì giữ về bà con. Ảnh, tệp trên máy sẽ hết trong vài giờ."]
    if codes:
        lines.append(f"Bà con ghi lại mã để tra phản ánh còn làm: {', '.join(codes)}.")
    lines.append(
        "Bản sao lưu làm trước lúc này còn giữ cho tới khi cơ quan xoá theo lịch. Nó chỉ dùng khi máy hỏng."
    )
    if delivered:
        lines.append("Tin đã gửi vẫn còn trên máy của bà con; bà con tự xoá ở đó.")
    lines.append("Nhắn lại thì tôi coi là người mới.")
    return "\n".join(lines)


BUTTON_WHO = "Tên, nơi ở, loại hộ"
BUTTON_AGREED = "Tin đang nhận"
BUTTON_SAID = "Tin nhắn, câu hỏi, tệp"
BUTTON_CASES = "Phản ánh của tôi"
BUTTON_MEETINGS = "Buổi họp đã trả lời"
BUTTON_FORGET = "Xoá tên, số điện thoại"
BUTTON_ERASE = "Xoá dữ liệu"
BUTTON_WITHDRAW = "Rút phản ánh"
BUTTON_UNNAME = "Giữ, bỏ tên"
BUTTON_ERASE_SURE = "Xoá hết"
BUTTON_KEEP_ALL = "Thôi, không xoá"
BUTTON_MY_DATA = "Dữ liệu của tôi"
LABELS = (
    BUTTON_WHO,
    BUTTON_AGREED,
    BUTTON_SAID,
    BUTTON_CASES,
    BUTTON_MEETINGS,
    BUTTON_FORGET,
    BUTTON_ERASE,
    BUTTON_WITHDRAW,
    BUTTON_UNNAME,
    BUTTON_ERASE_SURE,
    BUTTON_KEEP_ALL,
    BUTTON_MY_DATA,
)
"""Where buttons do not show, people type them."""
