"""What residents read about their cases, and the Vietnamese names of what officials see. One home, beside `texts`."""

from collections.abc import Sequence
from datetime import date

from handlers.case_codes import spoken
from handlers.case_life import Action, Category, Kind, Status

KIND_NAMES: dict[Kind, str] = {
    Kind.REFLECTION: "Phản ánh",
    Kind.PROPOSAL: "Kiến nghị",
    Kind.COMPLAINT: "Khiếu nại",
    Kind.DENUNCIATION: "Tố cáo",
    Kind.QUESTION: "Câu hỏi",
    Kind.HUMAN: "Gặp cán bộ",
    Kind.THANKS: "Cảm ơn",
}
CATEGORY_NAMES: dict[Category, str] = {
    Category.ALLOWANCE: "Trợ cấp chậm, thiếu",
    Category.POOR_LIST: "Danh sách hộ nghèo",
    Category.HEALTH: "Bảo hiểm y tế",
    Category.SCHOOL: "Học hành",
    Category.HOUSING: "Nhà ở",
    Category.CREDIT: "Vay vốn",
    Category.CONDUCT: "Thái độ cán bộ",
    Category.DIALOGUE: "Đối thoại, tập huấn",
    Category.PROPOSAL: "Đề nghị, góp ý",
    Category.THANKS: "Cảm ơn, gương tốt",
    Category.OTHER: "Việc khác",
}
STATUS_NAMES: dict[Status, str] = {
    Status.NEW: "Mới",
    Status.RECEIVED: "Đã tiếp nhận",
    Status.IN_PROGRESS: "Đang xử lý",
    Status.ANSWERED: "Đã trả lời",
    Status.CLOSED: "Đã xong",
    Status.REFUSED: "Không tiếp nhận",
    Status.FORWARDED: "Đã chuyển nơi khác",
    Status.WITHDRAWN: "Người gửi rút lại",
}
ACTION_NAMES: dict[Action, str] = {
    Action.OPEN: "Gửi",
    Action.RECEIVE: "Tiếp nhận",
    Action.START: "Bắt đầu xử lý",
    Action.ASSIGN: "Giao việc",
    Action.NOTE: "Ghi chú nội bộ",
    Action.ANSWER: "Trả lời",
    Action.REFUSE: "Không tiếp nhận",
    Action.FORWARD: "Chuyển nơi khác",
    Action.CLOSE: "Khép lại",
    Action.REOPEN: "Mở lại",
    Action.MERGE: "Gộp",
    Action.MOVE: "Chuyển xã, phường",
    Action.SORT: "Phân loại lại",
    Action.ADD: "Người dân bổ sung",
    Action.WITHDRAW: "Người dân rút lại",
    Action.SOLVED: "Người dân báo đã xong",
    Action.NOT_SOLVED: "Người dân báo chưa xong",
    Action.DUE_SOON: "Sắp đến hạn",
    Action.LATE: "Quá hạn",
    Action.ASK_SOLVED: "Hỏi đã giải quyết xong chưa",
}
_NOUNS: dict[Kind, str] = {
    Kind.REFLECTION: "phản ánh",
    Kind.PROPOSAL: "kiến nghị",
    Kind.COMPLAINT: "khiếu nại",
    Kind.DENUNCIATION: "tố cáo",
    Kind.QUESTION: "câu hỏi",
    Kind.HUMAN: "yêu cầu gặp cán bộ",
    Kind.THANKS: "lời cảm ơn",
}
# What the resident and the public page read of where a case stands.
STATUS_SENTENCES: dict[Status, str] = {
    Status.NEW: "Đã gửi tới cán bộ, đang chờ tiếp nhận.",
    Status.RECEIVED: "Cán bộ đã tiếp nhận.",
    Status.IN_PROGRESS: "Cán bộ đang xử lý.",
    Status.ANSWERED: "Cán bộ đã trả lời.",
    Status.CLOSED: "Việc này đã xong.",
    Status.REFUSED: "Không thuộc việc tiếp nhận ở đây, lý do đã gửi cho người gửi.",
    Status.FORWARDED: "Đã chuyển tới nơi có thẩm quyền giải quyết.",
    Status.WITHDRAWN: "Người gửi đã rút lại.",
}
STEP_SENTENCES: dict[Action, str] = {
    Action.OPEN: "Đã gửi.",
    Action.RECEIVE: "Cán bộ đã tiếp nhận.",
    Action.START: "Cán bộ bắt đầu xử lý.",
    Action.ANSWER: "Cán bộ đã trả lời.",
    Action.REFUSE: "Cán bộ đã báo không tiếp nhận và nêu lý do.",
    Action.FORWARD: "Đã chuyển tới nơi có thẩm quyền.",
    Action.CLOSE: "Đã khép lại.",
    Action.REOPEN: "Đã mở lại để xử lý tiếp.",
    Action.MERGE: "Đã gộp với việc cùng nội dung.",
    Action.MOVE: "Đã chuyển tới đúng xã, phường phụ trách.",
    Action.ADD: "Người gửi đã bổ sung.",
    Action.WITHDRAW: "Người gửi đã rút lại.",
    Action.SOLVED: "Người gửi báo đã giải quyết xong.",
    Action.NOT_SOLVED: "Người gửi báo chưa giải quyết xong.",
    Action.ASK_SOLVED: "Đã hỏi người gửi việc đã xong chưa.",
}


def noun(kind: Kind) -> str:
    """Say what it is, inside a sentence: "khiếu nại"."""
    return _NOUNS[kind]


def named(kind: Kind, code: str) -> str:
    """Name one case inside a sentence: "phản ánh mã K7M-4XP-9RT"."""
    return f"{_NOUNS[kind]} mã {spoken(code)}"


def _beginning(words: str) -> str:
    # Not `capitalize`, which writes the rest, the code with it, in small letters.
    return words[:1].upper() + words[1:]


def received(kind: Kind, code: str, due: date | None) -> str:
    """Tell that an official has taken it in."""
    until = f" Hạn giải quyết: ngày {due:%d/%m/%Y}." if due else ""
    return f"Cán bộ đã tiếp nhận {named(kind, code)} của bà con.{until}"


ENCLOSED = "\n\nTệp của cán bộ gửi kèm ngay đây."
"""Stands behind what is said of a case where a document goes with it."""


def with_files(message: str, files: Sequence[object]) -> str:
    """Return what a resident reads where these files go with a message."""
    return f"{message}{ENCLOSED}" if files else message


def answered(kind: Kind, code: str, text: str) -> str:
    """Give an official's answer."""
    return f"Cán bộ trả lời {named(kind, code)} của bà con:\n\n{text}"


def refused(kind: Kind, code: str, reason: str) -> str:
    """Tell that it is not taken, and why."""
    return (
        f"Rất tiếc, cán bộ không tiếp nhận được {named(kind, code)} của bà con. Lý do:\n\n{reason}\n\n"
        "Bà con thấy chưa đúng thì nhắn lại, hoặc tới Uỷ ban nhân dân xã, phường để được hướng dẫn."
    )


def forwarded(kind: Kind, code: str, reason: str) -> str:
    """Tell where it went."""
    return f"{_beginning(named(kind, code))} của bà con đã được chuyển tới nơi có thẩm quyền:\n\n{reason}"


def closed(kind: Kind, code: str) -> str:
    """Tell that it was closed."""
    return f"Cán bộ đã khép lại {named(kind, code)}. Còn vướng gì, bà con cứ nhắn, tôi chuyển tiếp."


def reopened(kind: Kind, code: str) -> str:
    """Tell that it goes on."""
    return f"Cán bộ đã mở lại {named(kind, code)} để xử lý tiếp. Có kết quả, tôi báo bà con ngay."


def merged(kind: Kind, code: str) -> str:
    """Tell that it goes on together with others like it."""
    return (
        f"{_beginning(named(kind, code))} của bà con cùng nội dung với việc khác đang được xử lý, "
        "nên cán bộ giải quyết chung. Có trả lời, bà con nhận được ngay tại đây."
    )


def ask_solved(kind: Kind, code: str) -> str:
    """Ask whether the answer solved it."""
    return f"Việc bà con gửi ({named(kind, code)}) cán bộ đã trả lời. Đã giải quyết xong chưa ạ?"


def notice(headline: str, kind: Kind, code: str, text: str, *, can_reply: bool) -> str:
    """Tell an official of a case in their own chat."""
    what = f"\n\n{text}" if text else ""
    how = "Trả lời chính tin này để gửi trả lời cho người dân, hoặc mở trang quản lý."
    return (
        f"{headline}: {KIND_NAMES[kind]} {spoken(code)}.{what}\n\n"
        f"{how if can_reply else 'Mở trang quản lý để xem và xử lý.'}"
    )


NOTICE_NEW = "Hồ sơ mới"
NOTICE_DUE_SOON = "Sắp đến hạn"
NOTICE_LATE = "Đã quá hạn"

# What a resident reads when something cannot be taken.
ADD_MISSING = "Bà con chưa gõ gì. Gõ điều muốn bổ sung, hoặc gửi ảnh giúp tôi."
ADD_TOO_OFTEN = "Việc này bà con đã bổ sung nhiều lần rồi. Xin chờ cán bộ trả lời, hoặc gửi một việc mới."

# What an official reads when something cannot be done.
NOT_NOW = "Không làm được việc này khi hồ sơ đang ở trạng thái “{status}”."
MERGED = "Hồ sơ này đã gộp vào hồ sơ khác. Bà con nhận trả lời từ hồ sơ đó."
TAKES_ITS_PLACE = "Người gửi {code} đã rút lại; hồ sơ này đã gộp vào đó, nay thay vào để giải quyết tiếp."
TEXT_MISSING = "Chưa có nội dung. Gõ nội dung gửi cho người dân."
REASON_MISSING = "Chưa có lý do. Ghi rõ lý do để người dân hiểu."
TEXT_TOO_LONG = "Nội dung dài quá {limit} ký tự. Rút gọn rồi gửi lại."
HOLE_LEFT = "Còn chỗ chưa điền: {hole}. Điền hoặc bỏ đi rồi gửi."
WRONG_ASSIGNEE = "Người này không phụ trách xã, phường của hồ sơ."
NOT_MERGEABLE = (
    "Hai hồ sơ này không gộp được: khác xã, phường, hoặc là khiếu nại, tố cáo phải giải quyết riêng."
)
WORDS_ERASED = "(Người gửi đã xoá lời kể của mình.)"
UNDELIVERABLE_NOBODY = "Người dân không có địa chỉ nhắn tin. Hãy báo trực tiếp hoặc in phiếu trả lời."
UNDELIVERABLE_ERASED = (
    "Địa chỉ của người dân đã bị xoá theo yêu cầu, tin không gửi được. Nội dung vẫn được lưu."
)
UNDELIVERABLE_STOPPED = "Người dân đã dừng mọi tin báo. Nội dung vẫn được lưu; họ đọc được khi tra mã."
UNDELIVERABLE_BLOCKED = "Người dân đã chặn kênh này, tin không gửi được. Nội dung vẫn được lưu."
