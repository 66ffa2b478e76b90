"""What an official reads in their own chat: linked, given a case, answering it."""

from faq.signals import Urgency
from handlers.case_codes import spoken
from handlers.case_life import Kind
from handlers.case_texts import KIND_NAMES

LINKED = "Đã liên kết tài khoản của {name}. Hồ sơ mới của xã, phường sẽ báo về đây trong giờ làm việc."
WRONG_CODE = "Mã liên kết không đúng hoặc đã hết hạn. Lấy mã mới ở mục Tài khoản trên trang quản lý."
TOO_MANY_TRIES = "Đã thử sai nhiều lần. Xin chờ một giờ rồi thử lại."
DISABLED = "Tài khoản cán bộ này đã bị khoá, nên đã bỏ liên kết với cuộc trò chuyện này."
NOT_ALLOWED = "Tài khoản này không xử lý hồ sơ. Xin mở trang quản lý để xem."
GONE = "Không thấy hồ sơ này trong xã, phường của mình."
NOT_NOW = "Hồ sơ này nay không làm thế được nữa. Xin mở trang quản lý để xem."
TAKEN = "Đã nhận việc. Người dân đã được báo."
ASK_ANSWER = "Gõ nội dung trả lời {case}. Nội dung sẽ hiện lại để xem trước khi gửi."
PREVIEW = "Người dân sẽ nhận được:\n\n{text}\n\nGửi cho {case}?"
CHANGED = "Hồ sơ vừa có thay đổi, chưa gửi gì. Xem lại rồi bấm gửi nếu vẫn đúng."
SENT = "Đã gửi trả lời."
DROPPED = "Chưa gửi gì."
URGENT = "Tin khẩn: {what}, {place}, lúc {at}. Mở trang quản lý để đọc và xác nhận đã xem."
URGENT_NAMES: dict[Urgency, str] = {
    Urgency.CHILD_ABUSE: "trẻ em bị hại",
    Urgency.DOMESTIC_VIOLENCE: "bạo lực gia đình",
    Urgency.SELF_HARM: "có người muốn tự hại mình",
    Urgency.HUNGER: "nhà thiếu ăn",
    Urgency.DISASTER: "cháy, ngập, tai nạn",
    Urgency.MEDICAL: "cấp cứu",
    Urgency.SCAM: "nghi bị lừa đảo",
}
OVER = "Việc này đã gửi hoặc đã bỏ rồi."

BUTTON_TAKE = "Nhận việc"
BUTTON_REPLY = "Trả lời"
BUTTON_SEND = "Gửi trả lời"
BUTTON_DROP = "Không gửi"


def named(kind: Kind, code: str) -> str:
    """Name a case inside a sentence."""
    return f"{KIND_NAMES[kind].lower()} {spoken(code)}"
