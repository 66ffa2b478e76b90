"""Every sentence a resident can read, apart from the answers themselves. Short, warm, plain; one home.

Sentences say what happens next. "Bà con" is how a commune speaks to its people.
"""

from datetime import date


def first_contact(province: str, keep_days: int) -> str:
    """Say who this is, what it can do, and what it keeps."""
    return (
        f"Chào bà con! Tôi là Hai Chiều, máy trả lời tự động của Uỷ ban nhân dân {province}, không phải người thật.\n"
        "Tôi trả lời về chính sách cho hộ nghèo, hộ cận nghèo và hộ mới thoát nghèo, có kèm văn bản và ngày áp dụng.\n"
        f"Tôi giữ tin nhắn của bà con {_span(keep_days)} để trả lời cho tốt, và không cần biết bà con là ai."
    )


def _span(days: int) -> str:
    return f"{days // 365} năm" if days % 365 == 0 else f"{days} ngày"


ASK_ME = "Bà con cứ gõ câu hỏi như nói chuyện, có dấu hay không dấu đều được."

MENU = "Bà con muốn hỏi gì? Cứ gõ câu hỏi, hoặc bấm một mục dưới đây."

HELP = (
    "Bà con gõ câu hỏi rồi gửi, tôi trả lời ngay. Ví dụ: “hộ cận nghèo có được thẻ bảo hiểm y tế không”.\n"
    "Gõ “menu” để xem các mục, “quay lại” để trở lại, “dừng” để thôi.\n"
    "Tôi không bao giờ hỏi mã OTP, số thẻ, số tài khoản. Ai hỏi những thứ đó là kẻ gian."
)

STOPPED = (
    "Vâng, tôi dừng ở đây. Hiện tôi không gửi thông báo nào cho bà con, chỉ trả lời khi bà con nhắn.\n"
    "Lúc nào cần, bà con cứ gõ câu hỏi."
)

HELLO = "Chào bà con! Bà con cần hỏi chính sách gì, cứ gõ vào đây."

THANKS = "Vâng ạ. Bà con cần hỏi gì thêm, cứ gõ vào đây."

EMPTY = "Tôi chưa thấy câu hỏi nào. Bà con gõ điều muốn hỏi giúp tôi nhé."

ATTACHMENT = (
    "Tôi chưa xem được ảnh, chưa nghe được tiếng và chưa mở được tệp. "
    "Bà con gõ điều muốn hỏi bằng chữ giúp tôi nhé."
)

ASK_BACK = "Bà con muốn hỏi điều nào dưới đây?"

UNKNOWN = (
    "Câu này tôi chưa có câu trả lời chắc chắn, nên không dám nói bừa. Tôi đã ghi lại để cán bộ xem.\n"
    "Bà con có thể hỏi thẳng Uỷ ban nhân dân xã, phường nơi mình ở, hoặc gõ lại câu hỏi ngắn hơn."
)

NOT_ON_DAY = (
    "Tôi chưa có thông tin về điều này cho ngày {day}. "
    "Bà con hỏi Uỷ ban nhân dân xã, phường nơi mình ở giúp tôi nhé."
)

NOTED_FOR_OFFICIAL = (
    "Tôi đã ghi lại câu hỏi này để cán bộ xem. "
    "Nếu cần gấp, bà con hỏi thẳng Uỷ ban nhân dân xã, phường nơi mình ở."
)

GLAD = "Cảm ơn bà con đã cho biết. Cần hỏi gì thêm, bà con cứ gõ nhé."

SORRY_OTHERS = "Xin lỗi vì chưa đúng ý. Có phải bà con muốn hỏi một trong các điều này?"

SORRY = "Xin lỗi vì chưa đúng ý. Bà con gõ lại rõ hơn giúp tôi, hoặc để tôi chuyển câu hỏi tới cán bộ."

OLD_BUTTON = "Nút này đã cũ, tôi không dùng được nữa."

TROUBLE = (
    "Xin lỗi bà con, vừa rồi máy có trục trặc nên chưa trả lời được. Bà con gửi lại câu hỏi giúp tôi nhé."
)

TOO_FAST = (
    "Bà con nhắn nhanh quá, tôi chưa kịp trả lời hết. Tôi đã giữ các tin này; xin chờ một phút rồi hỏi tiếp."
)

WHERE = "Nơi đến: {where}"
BRING = "Mang theo: {things}."
CONFIRMED_BY = "Mức cụ thể và kết quả do Uỷ ban nhân dân xã, phường, đặc khu xác nhận."
SOURCES = "Căn cứ: {sources}."
SETTLED_BY = "Nơi xác nhận, căn cứ: {sources}."
RIGHT_ON = "Thông tin đúng cho ngày {day}."

REMINDED = "Nhắc lại: {text}"

COMMUNE_ASK = (
    "Bà con ở xã, phường nào? Gõ tên giúp tôi, tên mới hay tên cũ đều được. Không chọn cũng không sao."
)
COMMUNE_NOW = "Tôi đang ghi: bà con ở {name}."
COMMUNE_CHOSEN = "Tôi đã ghi: bà con ở {name}. Muốn đổi, bà con bấm “Đổi xã, phường”."
COMMUNE_WAS = "{former} nay thuộc {name}."
COMMUNE_WHICH = "Tên này nay có thể là một trong các nơi dưới đây. Bà con ở nơi nào?"
COMMUNE_OR_DISTRICT = "Nếu bà con ở nơi khác thuộc {district} cũ, bấm “Xã, phường khác”."
COMMUNE_NEAR = "Tôi chưa thấy đúng tên đó. Có phải bà con ở một trong các nơi này?"
COMMUNE_UNKNOWN = (
    "Tôi chưa tìm thấy xã, phường nào tên như vậy. Bà con gõ lại tên, hoặc bấm một mục dưới đây."
)
COMMUNE_DISTRICT = (
    "Trước ngày 01/07/2025 bà con ở huyện, thành phố, thị xã nào? "
    "Ở ngoài tỉnh Hải Dương cũ thì bà con gõ tên xã, phường giúp tôi."
)
COMMUNE_OF = "Đây là các xã, phường bây giờ trên đất {district} cũ. Bà con ở nơi nào?"
COMMUNE_SKIPPED = "Không sao ạ. Bà con cứ hỏi bình thường."
COMMUNE_FORGOTTEN = "Tôi đã xoá xã, phường của bà con. Bà con cứ hỏi bình thường."

# Labels of buttons: a few words, so that a narrow phone shows them whole.
BUTTON_HELPED = "Có ích"
BUTTON_NOT_HELPED = "Chưa đúng ý"
BUTTON_MORE = "Xem thêm"
BUTTON_NONE_OF_THESE = "Không phải các ý trên"
BUTTON_TO_OFFICIAL = "Chuyển cán bộ xem"
BUTTON_COMMUNE = "Chọn xã, phường"
BUTTON_COMMUNE_CHANGE = "Đổi xã, phường"
BUTTON_BY_DISTRICT = "Chọn theo huyện cũ"
BUTTON_SKIP = "Bỏ qua"
BUTTON_NEXT = "Xem tiếp"
BUTTON_BACK = "Quay lại"
BUTTON_OTHER_PLACE = "Xã, phường khác"
BUTTON_FORGET = "Xoá xã đã chọn"
BUTTON_IS_QUESTION = "Tôi đang hỏi chính sách"
BUTTON_HELP = "Cách dùng"
BUTTON_MENU = "Xem các mục"


def day(value: date) -> str:
    """Write a day as people read it: 23/11/2026."""
    return value.strftime("%d/%m/%Y")
