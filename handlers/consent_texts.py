"""What is said of being told things by itself: agreeing to it, changing it, stopping it. Consent is asked in these words.

Whoever changes the words of ASK, PURPOSES or TERMS gives `consents.WORDING` another name: a consent is kept with the
words it was given to (Law 91/2025/QH15: clear, voluntary, for each purpose; silence is no consent).
"""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

ASK: Final = (
    "Bà con muốn nhận tin nào? Mỗi tin một nút, đồng ý tin nào thì bấm tin đó.\n"
    "Không chọn cũng không sao: hỏi đáp, gửi phản ánh vẫn như thường."
)
PURPOSES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "events": "Lịch họp, lớp tập huấn ở xã, phường tôi",
        "news": "Tin chính sách mới, gương làm ăn thoát nghèo",
        "surveys": "Hỏi ý kiến vài câu sau buổi họp, lớp tập huấn",
    }
)
TERMS: Final = (
    "Có việc khẩn như bão, lũ, ai đã chọn một tin bất kỳ đều được báo.\n"
    "Muốn thôi lúc nào, bà con gõ “dừng”. Muốn đổi, bà con gõ “đổi đăng ký”."
)


def asked(given: Iterable[str]) -> str:
    """Ask, naming every purpose and whether it is agreed to."""
    held = frozenset(given)
    lines = [f"• {words}{' (đang nhận)' if name in held else ''}" for name, words in PURPOSES.items()]
    return "\n".join((ASK, *lines, TERMS))


def receiving(given: Iterable[str]) -> str:
    """Say what is agreed to now."""
    held = frozenset(given)
    if not held:
        return NOTHING
    names = [f"• {words}" for name, words in PURPOSES.items() if name in held]
    return "\n".join((_NOW, *names, CHANGE))


_NOW = "Tôi đã ghi. Bà con đang nhận:"
CHANGE = "Bà con bấm thêm tin khác, hoặc gõ “dừng” để thôi."
NOTHING = "Tôi đã ghi: bà con không nhận tin nào. Muốn nhận, bà con gõ “đăng ký” lúc nào cũng được."
RESUMED = "Trả lời cho phản ánh, câu hỏi của bà con từ nay tôi lại báo."
ASK_COMMUNE = (
    "Bà con ở xã, phường nào để tôi gửi đúng tin nơi mình ở? Gõ tên giúp tôi, tên mới hay tên cũ đều được. "
    "Không chọn cũng không sao."
)

OFFER = (
    "Bà con có muốn tôi nhắn khi xã có lịch họp, lớp tập huấn, hay có tin chính sách mới không? Tuỳ bà con ạ."
)
OFFER_REFUSED = "Vâng ạ, tôi không gửi. Khi nào muốn nhận, bà con gõ “đăng ký”."

ASK_CATEGORY = (
    "Nhà mình thuộc hộ nào? Cho biết thì tôi gửi tin hợp hơn; không nói cũng không sao.\n"
    "Điều này tôi khoá lại, chỉ để chọn tin gửi cho bà con."
)
CATEGORY_KEPT = "Tôi đã ghi. Muốn đổi hay xoá, bà con gõ “dữ liệu của tôi”."
CATEGORY_FORGOTTEN = "Vâng ạ, tôi không ghi loại hộ của nhà mình."
ASK_CHANNEL = "Bà con muốn nhận tin ở đâu? Mỗi tin tôi chỉ gửi tới một nơi."
CHANNEL_KEPT = "Tôi đã ghi: tin của bà con gửi tới {channel}."

STOP_ASK = (
    "Bà con muốn thôi nhận tin thông báo phải không? Bà con bấm nút dưới đây, hoặc gõ “dừng”.\n"
    "Trả lời cho phản ánh, câu hỏi của bà con thì vẫn báo."
)
STOPPED_NEWS = (
    "Vâng, tôi đã dừng: bà con không nhận tin thông báo nữa.\n"
    "Phản ánh, câu hỏi bà con đã gửi mà có trả lời thì tôi vẫn báo. "
    "Muốn dừng cả những tin đó, bà con gõ “dừng tất cả”.\n"
    "Muốn nhận lại, bà con gõ “đăng ký”."
)
STOPPED_ALL = (
    "Vâng, tôi đã dừng tất cả: thông báo, nhắc lịch, cả tin báo trả lời cho phản ánh, câu hỏi đã gửi.\n"
    "Muốn biết phản ánh tới đâu, bà con gõ “tra cứu” hoặc gõ mã. Nếu gửi phản ánh mới, trả lời cho việc đó tôi vẫn báo.\n"
    "Muốn nhận lại, bà con gõ “đăng ký”."
)
STILL_REMINDED = "Buổi họp, tập huấn bà con đã ghi tên thì tôi vẫn nhắc."
SIGN_UPS_WITHDRAWN = (
    "Tên bà con ở buổi họp, tập huấn sắp tới tôi cũng đã rút. Vẫn muốn đi, bà con bấm tên buổi dưới đây."
)
LEFT = "Vâng, tôi dừng ở đây. Lúc nào cần, bà con cứ gõ câu hỏi."
STILL_TOLD = "Bà con vẫn nhận những tin đã đăng ký. Muốn thôi nhận, bà con gõ “dừng”."
KEPT_AS_IT_IS = "Vâng ạ, tôi để nguyên như cũ."

BUTTON_SUBSCRIBE = "Đăng ký nhận tin"
BUTTON_NOT_NOW = "Không, cảm ơn"
BUTTON_EVENTS = "Nhận lịch họp, tập huấn"
BUTTON_NEWS = "Nhận tin chính sách"
BUTTON_SURVEYS = "Nhận hỏi ý kiến"
BUTTON_NO_EVENTS = "Thôi lịch họp, tập huấn"
BUTTON_NO_NEWS = "Thôi tin chính sách"
BUTTON_NO_SURVEYS = "Thôi hỏi ý kiến"
BUTTON_ALL = "Nhận tất cả"
BUTTON_NONE = "Không nhận tin nào"
BUTTON_CATEGORY = "Cho biết loại hộ"
BUTTON_POOR = "Hộ nghèo"
BUTTON_NEAR_POOR = "Hộ cận nghèo"
BUTTON_NEWLY_ESCAPED = "Hộ mới thoát nghèo"
BUTTON_OTHER = "Hộ khác"
BUTTON_NO_CATEGORY = "Không nói loại hộ"
BUTTON_CHANNEL = "Chọn nơi nhận tin"
BUTTON_LAST_CHANNEL = "Nơi tôi nhắn gần nhất"
BUTTON_STOP = "Đúng, thôi nhận tin"
BUTTON_KEEP = "Không, cứ gửi tiếp"

LABELS: Final = (
    BUTTON_SUBSCRIBE,
    BUTTON_NOT_NOW,
    BUTTON_EVENTS,
    BUTTON_NEWS,
    BUTTON_SURVEYS,
    BUTTON_NO_EVENTS,
    BUTTON_NO_NEWS,
    BUTTON_NO_SURVEYS,
    BUTTON_ALL,
    BUTTON_NONE,
    BUTTON_CATEGORY,
    BUTTON_POOR,
    BUTTON_NEAR_POOR,
    BUTTON_NEWLY_ESCAPED,
    BUTTON_OTHER,
    BUTTON_NO_CATEGORY,
    BUTTON_CHANNEL,
    BUTTON_LAST_CHANNEL,
    BUTTON_STOP,
    BUTTON_KEEP,
)
"""Where buttons do not show, people type them."""
