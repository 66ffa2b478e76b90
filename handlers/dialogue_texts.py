"""Sentences that residents read around a session: questions handed in before, who came, what came of it, the survey."""

ASK = (
    "Bà con gõ câu hỏi muốn nêu ở buổi “{title}”. Người chủ trì chỉ thấy câu hỏi, không thấy ai hỏi.\n"
    "Bà con không đến được vẫn gửi được."
)
ASK_AGAIN = "Bà con gõ câu hỏi bằng chữ giúp tôi. Ví dụ: Bao giờ xã làm lại đường thôn Đông?"
ASK_FULL = "Bà con đã gửi {most} câu cho buổi này. Muốn gửi câu khác, bà con rút bớt một câu giúp tôi."
ASK_SHORTER = "Câu hỏi dài quá nên tôi chưa ghi. Bà con gõ ngắn lại, không quá {most} chữ cái, giúp tôi."
LEFT = "Vâng, tôi không ghi câu nào. Lúc nào muốn hỏi, bà con bấm nút dưới đây."
HANDED_IN = "Tôi đã ghi câu hỏi của bà con:\n{questions}"
FROM_HERE = (
    "Câu hỏi sẽ đến tay người chủ trì, không kèm tên. Họp xong tôi báo kết quả cho bà con,"
    " dù bà con có đến được hay không."
)
OWN = "Câu hỏi bà con đã gửi cho buổi “{title}”:\n{questions}"
OWN_NONE = "Bà con chưa gửi câu hỏi nào cho buổi “{title}”."
WITHDRAWN = "Tôi đã rút câu hỏi: “{question}”."
ASK_BEGUN = (
    "Buổi “{title}” đã bắt đầu, nên tôi không nhận câu hỏi trước nữa. Bà con hỏi ngay tại buổi họp nhé."
)

BUTTON_ASK = "Gửi câu hỏi trước"
BUTTON_ANOTHER = "Gửi thêm câu hỏi"
BUTTON_OWN = "Câu hỏi của tôi"
BUTTON_WITHDRAW = "Rút câu {number}"
BUTTON_LEAVE = "Thôi, không hỏi"

CHECKED_IN = "Tôi đã điểm danh bà con ở buổi “{title}”{people}. Cảm ơn bà con đã đến."
CHECKED_IN_BEFORE = "Bà con đã được điểm danh ở buổi “{title}”{people} rồi."
HOW_MANY = "Có người nhà đi cùng, bà con bấm số người giúp tôi."
NOT_YET = "Mã này để điểm danh buổi “{title}”, {when}. Hôm đó bà con gõ mã tại nơi họp giúp tôi."
NO_MORE = "Buổi “{title}” đã qua ngày họp, nên tôi không điểm danh được nữa."

OUTCOMES = "Buổi “{title}” đã họp xong. Kết quả câu hỏi của bà con:"
ASKED = "Bà con hỏi: “{question}”"
ANSWERED = "Trả lời: {text}"
FOLLOW_UP = "Sẽ giải quyết tiếp: {text}"
NOT_REACHED = "Buổi họp chưa kịp bàn câu này."
BUTTON_MINUTES = "Xem biên bản"
MINUTES = "Biên bản buổi “{title}” mà bà con đã dự:"

SURVEY = (
    "Bà con vừa dự buổi “{title}”. Buổi đó có ích cho bà con không? Bà con bấm một nút giúp tôi."
    " Cán bộ chỉ xem số đếm, không xem tên."
)
BUTTON_USEFUL = "Có ích"
BUTTON_FAIR = "Bình thường"
BUTTON_NOT_USEFUL = "Không có ích"
THANKS = "Cảm ơn bà con. Muốn nói thêm điều gì về buổi đó, bà con gõ một câu; không có thì thôi."
BUTTON_NOTHING = "Không có gì thêm"
REMARKED = "Tôi đã ghi lời của bà con, không kèm tên. Cảm ơn bà con."
NO_REMARK = "Vâng, cảm ơn bà con."
SURVEY_OVER = "Lượt hỏi ý kiến về buổi này đã khép lại. Cảm ơn bà con."
