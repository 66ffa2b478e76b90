"""What is said to whoever wants something else than an answer: what can be done about it today, and nothing beyond."""

EVENTS = (
    "Tôi chưa có lịch họp, lịch tập huấn, và chưa ghi tên dự được.\n"
    "Bà con hỏi trưởng thôn hoặc Uỷ ban nhân dân xã, phường nơi mình ở."
)
ERASE = (
    "Bà con muốn xem hay xoá những gì tôi đang giữ về mình phải không?\n"
    "Tôi chưa tự làm được. Bà con bấm nút dưới đây thì tôi ghi yêu cầu lại để cán bộ làm."
)
ERASE_NOTED = (
    "Tôi đã ghi yêu cầu của bà con để cán bộ xem.\n"
    "Muốn bỏ ngay xã, phường đã chọn, bà con gõ “chọn xã” rồi bấm “Xoá xã đã chọn”."
)
SMALLTALK = "Tôi là máy nên chỉ biết chuyện chính sách thôi ạ. Bà con cần hỏi gì, cứ gõ vào đây."

BUTTON_ERASE = "Ghi yêu cầu giúp tôi"
