"""What is said to whoever tells something to the officials: asked for, shown once more, sent with a code."""

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from typing import Final

from handlers.case_codes import spoken
from handlers.case_life import Category, Kind
from handlers.case_texts import CATEGORY_NAMES, KIND_NAMES

MOST_SHOWN: Final = 500  # characters of a story in the summary; all of it is sent

ASK = (
    "Bà con kể giúp tôi: chuyện gì, ở đâu, từ bao giờ. Gửi kèm ảnh hay ghi âm cũng được.\n"
    "Đừng ghi số căn cước, số thẻ, mã OTP; tôi sẽ che đi."
)
ASK_WORDS = "Bà con viết lại lời của mình giúp tôi. Ảnh và tệp đã gửi tôi vẫn giữ."
NOTHING_TOLD = "Tôi chưa thấy lời kể nào. Bà con viết vài chữ giúp tôi nhé."
TOO_LONG = "Lời kể đã đủ dài, phần vừa rồi tôi chưa thêm được. Có mã rồi, bà con gửi thêm phần còn lại."
ASK_KIND = "Đây là chuyện gì? Bà con bấm một mục giúp tôi."
ASK_OTHER_KIND = "Bà con chọn mục gần nhất giúp tôi. Không rõ thì bấm mục cuối cùng."
ASK_COMMUNE = "Chuyện này ở xã, phường nào? Bà con gõ tên, tên cũ hay tên mới đều được."
COMMUNE_UNKNOWN = "Tôi chưa tìm thấy nơi này. Bà con gõ lại tên xã, phường, hoặc bấm “Bỏ qua”."
COMPLAINT = (
    "Khiếu nại có luật riêng: gửi người ra quyết định hoặc Uỷ ban nhân dân xã, trong 90 ngày từ khi biết quyết định.\n"
    "Tin ở đây chưa phải đơn chính thức; bà con chọn cách gửi, cán bộ sẽ hướng dẫn."
)
DENUNCIATION = (
    "Tố cáo có luật riêng: đơn ghi họ tên, địa chỉ, gửi Chủ tịch Uỷ ban nhân dân xã, cấp trên hoặc công an.\n"
    "Tin ở đây chưa phải đơn chính thức; bà con chọn cách gửi, cán bộ sẽ hướng dẫn."
)
IS_IT_FOR_OFFICIALS = "Bà con muốn gửi chuyện này cho cán bộ thì bấm “Gửi phản ánh”."
QUESTION_OR_STORY = (
    "Bà con đang kể để gửi cán bộ thì bấm “Đưa vào phản ánh”. Hỏi thế thôi thì bỏ qua nút này."
)
CONFIRM = "Bà con xem lại giúp tôi, đúng rồi thì bấm “Gửi cho cán bộ”."
ANONYMOUS_MEANS = "Gửi ẩn danh: cán bộ không thấy ai gửi, trả lời vẫn về đây."
LEFT = "Vâng, tôi chưa gửi gì cả. Lúc nào muốn gửi, bà con cứ gõ hoặc bấm “Gửi phản ánh”."
OVER = "Lời này đã gửi hoặc đã bỏ rồi. Bà con xem lại ở “Xem phản ánh đã gửi”."

BUTTON_START = "Gửi phản ánh"
BUTTON_SEND = "Gửi cho cán bộ"  # another word than on the chat page's own button
BUTTON_SEND_ANONYMOUS = "Gửi ẩn danh"
BUTTON_EDIT = "Sửa lời"
BUTTON_LEAVE = "Thôi"
BUTTON_OTHER_KIND = "Mục khác nữa"
BUTTON_GO_ON = "Tiếp tục"
BUTTON_USE = "Đưa vào phản ánh"
BUTTON_AS_COMPLAINT = "Gửi là khiếu nại"
BUTTON_AS_DENUNCIATION = "Gửi là tố cáo"
BUTTON_AS_REFLECTION = "Gửi là phản ánh"
BUTTON_READ_LAW = "Cách làm đơn"

_COUNTED: Final[Mapping[str, str]] = MappingProxyType(
    {"photo": "ảnh", "voice": "ghi âm", "video": "video", "file": "tệp", "place": "vị trí"}
)


def enclosed(counts: Mapping[str, int]) -> str:
    """Name what came along: "2 ảnh, 1 ghi âm"; "" for nothing."""
    return ", ".join(f"{counts[kind]} {name}" for kind, name in _COUNTED.items() if counts.get(kind))


def received(counts: Mapping[str, int]) -> str:
    """Say what has come so far besides words."""
    return f"Tôi đã nhận {enclosed(counts)}."


ENOUGH_TODAY: Final = (
    "Hôm nay bà con đã gửi {most} việc, cán bộ đã nhận đủ cả. Việc này chưa gửi; mai bà con gửi tiếp giúp. "
    "Cần gấp thì bấm nút dưới để nói chuyện với cán bộ. Nguy hiểm thì gọi ngay 113, 114 hoặc 115."
)


def summary(kind: Kind, category: Category, place: str | None, story: str, counts: Mapping[str, int]) -> str:
    """Show what is going to be sent."""
    shown = story if len(story) <= MOST_SHOWN else story[:MOST_SHOWN].rstrip() + "…"
    lines = [
        CONFIRM,
        "",
        f"Việc: {_about(kind, category)}",
        f"Nơi: {place or 'chưa chọn'}",
        f"Lời kể: {shown or 'không có'}",
    ]
    if kinds := enclosed(counts):
        lines.append(f"Kèm theo: {kinds}")
    return "\n".join((*lines, "", ANONYMOUS_MEANS))


def _about(kind: Kind, category: Category) -> str:
    if kind in (Kind.COMPLAINT, Kind.DENUNCIATION):
        return f"{KIND_NAMES[kind]} ({CATEGORY_NAMES[category].lower()})"
    return CATEGORY_NAMES[category]


def sent(kind: Kind, code: str, due: date | None, *, anonymous: bool) -> str:
    """Give the code, say until when an answer comes and how to follow."""
    what = KIND_NAMES[kind].lower()
    lines = [f"Đã gửi {what} của bà con tới cán bộ. Mã: {spoken(code)}"]
    if due is not None:
        lines.append(_UNTIL.get(kind, _UNTIL_ANSWERED).format(day=f"{due:%d/%m/%Y}"))
    lines.append("Bà con giữ mã này; gõ mã vào đây bất cứ lúc nào để xem tới đâu rồi.")
    if anonymous:
        lines.append("Cán bộ không thấy ai gửi. Trả lời vẫn về chính cuộc trò chuyện này.")
    return "\n".join(lines)


_UNTIL_ANSWERED: Final = "Chậm nhất hết ngày {day}, cán bộ trả lời tại đây."
_UNTIL: Final[Mapping[Kind, str]] = MappingProxyType(
    dict.fromkeys(
        (Kind.COMPLAINT, Kind.DENUNCIATION),
        "Chậm nhất hết ngày {day}, cán bộ báo có nhận giải quyết hay không.",
    )
)
