"""What is said to whoever follows what they told: where it stands, added to, taken back, solved or not."""

from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from handlers.case_codes import spoken
from handlers.case_life import Status
from handlers.case_texts import CATEGORY_NAMES, KIND_NAMES
from handlers.tracking import Followed

MOST_STEPS: Final = 8
MOST_ANSWER: Final = 1500  # characters of the last answer shown again; the whole came when it was given

ASK_CODE = "Bà con gõ mã của phản ánh giúp tôi, ví dụ: K7M-4XP-9RT."
NONE_OWN = (
    "Ở đây tôi chưa thấy phản ánh nào của bà con. Gửi từ nơi khác thì bà con gõ mã vào đây, "
    "ví dụ: K7M-4XP-9RT."
)
LIST = "Bà con muốn xem việc nào? Bấm một việc, hoặc gõ mã khác."
UNKNOWN_CODE = "Tôi không tìm thấy mã này. Bà con xem lại từng chữ giúp tôi."
ALMOST_CODE = "Mã này chưa đúng. Mã có 9 ký tự, cả chữ và số, không có số 0, số 1, chữ O, chữ I."
TOO_MANY_CODES = "Bà con đã thử nhiều mã chưa đúng. Xin chờ một giờ rồi gõ lại giúp tôi."
ASK_MORE = "Bà con viết điều muốn nói thêm, hoặc gửi ảnh. Cán bộ sẽ thấy ngay trong hồ sơ."
ASK_WITHDRAW = "Bà con chắc chắn muốn rút lại chứ? Rút rồi thì cán bộ không xử lý nữa."
WITHDRAWN = "Tôi đã rút lại giúp bà con. Lúc nào cần, bà con cứ gửi việc mới."
ADDED = "Tôi đã thêm lời của bà con vào hồ sơ để cán bộ xem."
KEPT = "Vâng, tôi giữ nguyên."
TOO_LATE = "Việc này nay không làm thế được nữa. Bà con xem lại việc đang ở đâu giúp tôi."
SOLVED = "Cảm ơn bà con đã cho biết. Tôi khép việc này lại."
NOT_SOLVED = "Tôi đã mở lại để cán bộ xử lý tiếp. Còn thiếu điều gì, bà con viết một câu giúp tôi."

BUTTON_ADD = "Thêm lời"
BUTTON_WITHDRAW = "Rút lại"
BUTTON_WITHDRAW_SURE = "Đúng, rút lại"
BUTTON_KEEP = "Không, giữ nguyên"
BUTTON_SOLVED = "Đã giải quyết xong"
BUTTON_NOT_SOLVED = "Chưa xong"


def status(followed: Followed, zone: ZoneInfo) -> str:
    """Tell where a case stands: to its own person with what was answered, to others without."""
    lines = [
        f"{KIND_NAMES[followed.kind]} mã {spoken(followed.code)}",
        f"Việc: {CATEGORY_NAMES[followed.category]}",
        f"Hiện nay: {followed.sentence}",
    ]
    if followed.due_at is not None and followed.status in (Status.NEW, Status.RECEIVED, Status.IN_PROGRESS):
        lines.append(f"Hạn trả lời: {_day(followed.due_at, zone)}.")
    lines += ["", *(f"{_day(step.at, zone)}: {step.sentence}" for step in followed.steps[-MOST_STEPS:])]
    answers = [step.text for step in followed.steps if step.text]
    if answers:
        last = answers[-1]
        shown = last if len(last) <= MOST_ANSWER else last[:MOST_ANSWER].rstrip() + "…"
        lines += ["", f"Lời gần nhất: {shown}"]
    return "\n".join(lines)


def label(code: str, opened_at: datetime, zone: ZoneInfo) -> str:
    """Name a case on a button: its code and day."""
    return f"{spoken(code)} ({opened_at.astimezone(zone):%d/%m})"


def _day(at: datetime, zone: ZoneInfo) -> str:
    return f"{at.astimezone(zone):%d/%m/%Y}"
