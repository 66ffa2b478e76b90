"""What is said first to whoever needs help now: whom to call. Short, warm, and true with nobody at our desk.

Numbers: 111 as verified in the facts on children's protection; 113, 114 and 115 are those of the whole country.
No other number is named: none could be verified.
"""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from faq.signals import Urgency

_DO_NOT_WAIT: Final = (
    "Tôi là máy, không gọi thay được, xin đừng chờ ở đây. Tôi đã đánh dấu tin này để cán bộ xem sau."
)

CHILD_ABUSE: Final = (
    "Xin gọi ngay 111, Tổng đài bảo vệ trẻ em: miễn phí, có người nghe cả ngày lẫn đêm.\n"
    "Trẻ đang nguy hiểm thì gọi công an 113; trẻ bị thương thì gọi cấp cứu 115.\n"
    "Nếu cháu đang đọc dòng này: cháu không có lỗi gì cả, cháu gọi 111 nhé.\n" + _DO_NOT_WAIT
)
DOMESTIC_VIOLENCE: Final = (
    "Xin gọi ngay công an 113. Bị thương thì gọi cấp cứu 115; người bị hại là trẻ em thì gọi 111.\n"
    "Đi được thì đến ngay công an xã, trạm y tế, hoặc nhà người mình tin cậy. "
    "Mình không có lỗi, và không phải chịu một mình.\n" + _DO_NOT_WAIT
)
SELF_HARM: Final = (
    "Xin gọi ngay cấp cứu 115, nhất là khi đã uống thuốc hay đã bị thương.\n"
    "Hãy gọi một người mình tin cậy đến ở bên ngay lúc này. Mình không phải chịu một mình đâu.\n"
    "Nếu là cháu nhỏ đang đọc: cháu gọi 111 nhé, có người nghe cả ngày lẫn đêm.\n" + _DO_NOT_WAIT
)
HUNGER: Final = (
    "Nhà đang thiếu ăn thì bà con báo ngay trưởng thôn hoặc Uỷ ban nhân dân xã, phường. "
    "Nhà thiếu đói có thể được hỗ trợ gạo.\n"
    "Có người lả đi, ngất xỉu thì gọi ngay cấp cứu 115; trẻ em bị bỏ đói thì gọi 111.\n" + _DO_NOT_WAIT
)
DISASTER: Final = (
    "Có cháy, nước dâng, có người mắc kẹt hay đuối nước: xin gọi ngay 114.\n"
    "Có người bị thương thì gọi cấp cứu 115; đang bị ai đánh, đe doạ thì gọi công an 113.\n"
    "Đưa người ra chỗ an toàn trước, đừng quay lại lấy đồ.\n" + _DO_NOT_WAIT
)
MEDICAL: Final = (
    "Xin gọi ngay cấp cứu 115, hoặc đưa người bệnh đến trạm y tế, bệnh viện gần nhất.\n" + _DO_NOT_WAIT
)
SCAM: Final = (
    "Bà con dừng lại đã: đừng chuyển tiền, đừng đọc mã OTP hay mật khẩu, đừng bấm đường dẫn lạ. "
    "Chính quyền không bắt ai làm thế để nhận hỗ trợ.\n"
    "Lỡ chuyển tiền hay lỡ đọc mã thì báo ngay công an xã, phường; đang bị đe doạ thì gọi 113.\n"
    + _DO_NOT_WAIT
)

CALL: Final[Mapping[Urgency, str]] = MappingProxyType(
    {
        Urgency.CHILD_ABUSE: CHILD_ABUSE,
        Urgency.DOMESTIC_VIOLENCE: DOMESTIC_VIOLENCE,
        Urgency.SELF_HARM: SELF_HARM,
        Urgency.HUNGER: HUNGER,
        Urgency.DISASTER: DISASTER,
        Urgency.MEDICAL: MEDICAL,
        Urgency.SCAM: SCAM,
    }
)

NAMES: Final[Mapping[Urgency, str]] = MappingProxyType(
    {
        Urgency.CHILD_ABUSE: "Trẻ em bị xâm hại, bạo hành",
        Urgency.DOMESTIC_VIOLENCE: "Bạo lực gia đình",
        Urgency.SELF_HARM: "Có ý tự làm hại mình",
        Urgency.HUNGER: "Thiếu đói",
        Urgency.DISASTER: "Cháy, lụt, tai nạn",
        Urgency.MEDICAL: "Cấp cứu",
        Urgency.SCAM: "Bị lừa đảo",
    }
)
"""What officials read; of what is stored, `name_of`."""
_NUMBER: Final = re.compile(r"\b11\d\b")


def name_of(stored: str) -> str:
    """Name what help is needed for, as it was stored."""
    return NAMES[Urgency(stored)] if stored in NAMES else "Khẩn cấp"


def numbers_given(stored: str) -> list[str]:
    """Return the telephone numbers that the person was told at once, in the order told."""
    return list(dict.fromkeys(_NUMBER.findall(CALL[Urgency(stored)]))) if stored in CALL else []
