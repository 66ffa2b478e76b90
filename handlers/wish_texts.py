"""What is said to whoever wants something else than an answer: what can be done about it today, and nothing beyond."""

EVENTS = (
    "Tôi chưa có lịch họp, lịch tập huấn, và chưa ghi tên dự được.\n"
    "Bà con hỏi trưởng thôn hoặc Uỷ ban nhân dân xã, phường nơi mình ở."
)
SMALLTALK = "Tôi là máy nên chỉ biết chuyện chính sách thôi ạ. Bà con cần hỏi gì, cứ gõ vào đây."
