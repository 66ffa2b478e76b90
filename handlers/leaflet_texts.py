"""What stands on the leaflet that is handed out in a commune. Big letters for old eyes: few words."""

from typing import Final

TITLE: Final = "Hỏi chính sách giảm nghèo"
FREE: Final = "MIỄN PHÍ. Ngày đêm đều hỏi được."
FOR: Final = "Bà con {area}"
SCAN: Final = "Mở máy ảnh điện thoại, đưa vào hình này"
OR_TYPE: Final = "Hoặc gõ: {address}"
ASK: Final = "Bà con hỏi được:"
QUESTIONS: Final = (
    "Nhà tôi có thuộc hộ nghèo, hộ cận nghèo không?",
    "Thẻ bảo hiểm y tế, tiền học cho cháu, tiền điện",
    "Vay vốn làm ăn, sửa nhà, học nghề",
    "Gửi phản ánh tới cán bộ, theo dõi trả lời",
)
HOW: Final = "Cứ gõ như nói chuyện, có dấu hay không dấu đều được. Không phải khai tên."
WARNING: Final = (
    "Hai Chiều KHÔNG BAO GIỜ hỏi mã OTP, mật khẩu, số thẻ, số tài khoản, KHÔNG thu tiền. Ai hỏi là kẻ gian."
)
