"""What is said about questions that nobody could answer: to residents, and to officials whose form cannot be taken."""

from datetime import date

_ANSWERED = "Bà con từng hỏi: “{question}”\n\nCán bộ trả lời:\n{answer}\n\n{office} trả lời ngày {day}."
_QUOTED_CHARS = 200  # of the question, so that people know which one it was

TOO_SHORT = (
    "Tôi chưa hiểu bà con muốn hỏi gì. Bà con gõ thành câu giúp tôi, "
    "ví dụ: “hộ cận nghèo có được thẻ bảo hiểm y tế không”."
)
ANSWER_NOT_RIGHT = (
    "Xin lỗi vì câu trả lời chưa đúng ý. Tôi đã ghi lại để cán bộ biết.\n"
    "Bà con gõ lại rõ hơn điều muốn hỏi giúp tôi, hoặc hỏi thẳng Uỷ ban nhân dân xã, phường nơi mình ở."
)

NO_ANSWER = "Câu trả lời còn trống. Viết một hai câu ngắn, dễ hiểu, ví dụ: “Có. Bà con mang căn cước tới xã.”"
ANSWER_TOO_LONG = (
    "Câu trả lời dài {chars} chữ cái, nhiều nhất là {most}. Bà con đọc trên điện thoại, xin viết ngắn lại."
)
NO_REASON = "Ghi lý do bỏ nhóm này, ví dụ: “Không phải câu hỏi”."
REASON_TOO_LONG = "Lý do dài quá, nhiều nhất {most} chữ cái."
MERGE_WITH_ITSELF = "Đây chính là nhóm này. Chọn một nhóm khác để gộp."
MERGE_WITH_WHAT = "Không có nhóm nào đang chờ trả lời mang số này."
SPLIT_THE_ONLY_ONE = "Nhóm chỉ có một câu hỏi nên không tách được."
SPLIT_WHAT = "Câu hỏi này không còn ở trong nhóm."


def answered(question: str, answer: str, office: str, day: date) -> str:
    """Write an official's answer as the person who asked reads it."""
    quoted = " ".join(question.split())
    if len(quoted) > _QUOTED_CHARS:
        quoted = quoted[:_QUOTED_CHARS].rsplit(" ", 1)[0] + "…"
    return _ANSWERED.format(question=quoted, answer=answer.strip(), office=office, day=f"{day:%d/%m/%Y}")


def office(area: str | None, province: str) -> str:
    """Name who answers: the office, never a person. Args: area: as it stands inside a sentence; None: all areas."""
    return f"Uỷ ban nhân dân {area or province}"
