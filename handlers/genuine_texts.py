"""What is answered to whoever asks whether a message is ours. Short and plain: yes, no, or that we cannot tell."""

from collections.abc import Iterable
from typing import Final

from handlers.announcement_codes import spoken
from handlers.comparing import Difference
from handlers.genuine import Judgement, Reason, Verdict

ASK: Final = (
    "Bà con dán nguyên tin đó vào đây, hoặc gõ mã tin ở cuối tin (ví dụ K7M-4XP). "
    "Tôi so với tin đã gửi rồi báo ngay."
)
WARNING: Final = (
    "Hai Chiều không bao giờ hỏi mã OTP, mật khẩu, số thẻ, số tài khoản, không thu tiền, không bảo chuyển khoản. "
    "Ai hỏi những thứ đó là kẻ gian. Nghi ngờ thì bà con hỏi Uỷ ban nhân dân hoặc báo công an xã, phường."
)
BUTTON_SEE: Final = "Xem tin này trên trang"
BUTTON_ANOTHER: Final = "Kiểm tra tin khác"

VERDICTS: Final[dict[Verdict, str]] = {
    Verdict.OURS: "ĐÚNG LÀ TIN CỦA HAI CHIỀU",
    Verdict.NOT_OURS: "KHÔNG PHẢI TIN CỦA HAI CHIỀU",
    Verdict.CANNOT_TELL: "CHƯA BIẾT CHẮC",
}
_CODE_ONLY: Final = "CÓ MÃ NÀY"
_REASONS: Final[dict[Reason, str]] = {
    Reason.SAME: "Tin này đúng nguyên văn tin mã {code} đã gửi.",
    Reason.PART: "Phần này có trong tin mã {code} đã gửi. Cả tin viết như sau:",
    Reason.EARLIER: (
        "Hai Chiều đã gửi đúng như vậy trong tin mã {code}, nhưng sau đó đã thay đổi. Bà con theo tin bây giờ:"
    ),
    Reason.NOTICE: "Đây đúng là tin Hai Chiều gửi cho người ghi tên, dự họp hoặc gửi câu hỏi ở buổi trong tin mã {code}.",
    Reason.OWN: "Tin này đúng nguyên văn tin Hai Chiều đã gửi riêng cho bà con ở đây.",
    Reason.CODE: "Mã {code} là của tin dưới đây. Tin bà con nhận được mà viết khác thì không phải của Hai Chiều.",
    Reason.CHANGED: "Tin này giống tin mã {code} nhưng đã bị sửa:",
    Reason.HIDDEN: "Tin này giống tin mã {code} nhưng có ký tự ẩn để đánh lừa. Bà con đừng bấm gì trong đó.",
    Reason.BORROWED: "Tin này mượn mã {code}, nhưng tin thật có mã ấy viết khác hẳn.",
    Reason.UNKNOWN_CODE: (
        "Không có tin nào đã gửi mang mã này. Bà con xem lại từng chữ của mã; nếu đã đúng thì tin đó là giả."
    ),
    Reason.ADDED: "Trong tin có tin mã {code} của Hai Chiều, nhưng có chữ thêm vào không phải của Hai Chiều: {words}.",
    Reason.REWORDED: "Tin này nói giống tin mã {code} nhưng không đúng nguyên văn. Bà con so với tin dưới đây.",
    Reason.NOT_FOUND: (
        "Tôi không thấy tin này trong các thông báo đã gửi. Thông báo của Hai Chiều luôn có mã tin ở cuối. "
        "Còn tin trả lời riêng cho từng người thì ở đây tôi không tra được."
    ),
}
_WHOLE: Final = (Reason.SAME, Reason.NOTICE, Reason.OWN)
_TRUE_TEXT: Final = "Tin thật viết như sau:"
_CANCELLED: Final = "Việc trong tin này nay đã huỷ."
_WHAT: Final[dict[str, str]] = {
    "link": "Đường dẫn",
    "phone": "Số điện thoại",
    "date": "Ngày",
    "time": "Giờ",
    "amount": "Số tiền",
    "number": "Con số",
    "word": "Chữ",
    "place": "Địa điểm",
    "code": "Mã tin",
}
_OTHER: Final = "- {what}: tin này viết “{copy}”, tin thật viết “{ours}”"
_PUT_IN: Final = "- {what}: tin này có “{copy}”, tin thật không có"
_LEFT_OUT: Final = "- {what}: tin thật có “{ours}”, tin này không có"
_LONGEST_QUOTE: Final = 120


def verdict(judged: Judgement) -> str:
    """Return the answer in two or three words."""
    return _CODE_ONLY if judged.reason is Reason.CODE else VERDICTS[judged.verdict]


def reasons(judged: Judgement) -> list[str]:
    """Return what the answer rests on, a line each; what differs among them."""
    code = spoken(judged.sent.code) if judged.sent else ""
    added = judged.reason is Reason.ADDED
    words = ", ".join(_quoted(each.copy) for each in judged.differs) if added else ""
    lines = [_REASONS[judged.reason].format(code=code, words=words)]
    if not added:
        lines += _differences(judged.differs)
    if judged.sent and judged.sent.cancelled:
        lines.append(_CANCELLED)
    return lines


def true_text(judged: Judgement) -> str | None:
    """Return what we sent, where it is to be compared."""
    return judged.sent.text if judged.sent and judged.reason not in _WHOLE else None


def answer(judged: Judgement) -> str:
    """Write the whole answer as one message."""
    parts = ["\n".join([f"{verdict(judged)}.", *reasons(judged)])]
    if (text := true_text(judged)) is not None:
        named = judged.reason in (Reason.CHANGED, Reason.HIDDEN, Reason.BORROWED, Reason.ADDED)
        parts.append(f"{_TRUE_TEXT}\n\n{text}" if named else text)
    return "\n\n".join((*parts, WARNING))


def _differences(differs: Iterable[Difference]) -> Iterable[str]:
    for each in differs:
        form = _OTHER if each.copy and each.ours else _PUT_IN if each.copy else _LEFT_OUT
        if each.what == "code":
            each = Difference(each.what, spoken(each.copy), spoken(each.ours))
        yield form.format(what=_WHAT[each.what], copy=_short(each.copy), ours=_short(each.ours))


def _quoted(text: str) -> str:
    return f"“{_short(text)}”"


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST_QUOTE else f"{text[: _LONGEST_QUOTE - 1]}…"
