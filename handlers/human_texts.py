"""What is said to whoever wants to talk with a person."""

from datetime import datetime

from handlers.case_codes import spoken

ASK_COMMUNE = "Bà con cần gặp cán bộ xã, phường nào? Gõ tên giúp tôi, tên cũ hay tên mới đều được."
ASK_ABOUT = "Bà con cần gặp cán bộ về việc gì? Viết một tin giúp tôi, cán bộ đọc trước rồi trả lời."
ASK_PHONE = (
    "Bà con để lại số điện thoại thì cán bộ gọi được. Chỉ cán bộ phụ trách thấy số này.\n"
    "Không muốn thì bấm “Không cần”."
)
FORM_TITLE = "Để cán bộ gọi lại cho bà con."
ASK_BY_FORM = (
    "Bà con cho biết họ tên, số điện thoại. Chỉ cán bộ phụ trách thấy.\n"
    "Không muốn thì bấm “Không cần”, hoặc gõ số điện thoại vào đây cũng được."
)
CONTACT_NOT_ASKED = (
    "Cảm ơn bà con. Lúc này tôi chưa cần họ tên, số điện thoại nên không lưu lại. "
    "Muốn cán bộ gọi lại, bà con gõ “gặp cán bộ”."
)
PHONE_HIDDEN = "(Số điện thoại, chỉ cán bộ phụ trách thấy.)"
PHONE_UNCLEAR = "Tôi chưa đọc được số điện thoại. Bà con gõ lại giúp tôi, hoặc bấm “Không cần”."
OFFER = "Bà con muốn gặp cán bộ thì bấm “Gặp cán bộ”."
LEFT = "Vâng, tôi chưa gửi gì cho cán bộ. Lúc nào cần, bà con cứ nhắn."
QUIET = "Tôi đã chuyển lời này cho cán bộ. Muốn hỏi máy như trước, bà con gõ “menu”."
QUIET_ELSEWHERE = "Cán bộ đang trả lời bà con tại đây nên máy tạm im. Muốn hỏi máy, bà con gõ “menu”."

BUTTON_START = "Gặp cán bộ"
BUTTON_NO_PHONE = "Không cần"
BUTTON_FORM = "Gửi bằng biểu mẫu"
BUTTON_LEAVE = "Thôi, không gặp nữa"


def opened(code: str, opens: datetime | None) -> str:
    """Say that it is with the officials, from when they are there, and what happens meanwhile.

    Args: opens: when offices open next, in local time; None: they are open.
    """
    lines = [f"Tôi đã báo cán bộ. Mã: {spoken(code)}"]
    if opens is not None:
        lines.append(f"Cán bộ làm việc trở lại lúc {opens:%H:%M} ngày {opens:%d/%m}.")
    lines.append("Cán bộ trả lời ngay tại đây. Bà con viết thêm gì, tôi chuyển hết cho cán bộ.")
    lines.append("Muốn hỏi máy như trước, bà con gõ “menu”.")
    return "\n".join(lines)
