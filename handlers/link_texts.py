"""What is said of linking chats: the code, whose it is, what becomes of it, how it is undone.

Never a name or a number: of the other chat only the channel and since when it goes on.
"""

from collections.abc import Sequence
from typing import Final

from handlers.consent_texts import PURPOSES
from handlers.delivery_texts import CHANNEL_NAMES


def chat(channel: str, since: str | None) -> str:
    """Name a chat inside a sentence. Args: since: its first day that is known; None: it is as good as new."""
    name = CHANNEL_NAMES.get(channel, channel)
    where = f"cuộc trò chuyện trên {name[:1].lower() + name[1:] if channel == 'web' else name}"
    return f"{where} (bắt đầu từ {since})" if since else where


def code(spoken: str) -> str:
    """Give the code, and say what to do with it."""
    return (
        "Bà con dùng thêm Zalo, Telegram hay trang web? Nối lại thì xem phản ánh ở đâu cũng được.\n"
        f"Mã của bà con: {spoken}\n"
        f"Ở cuộc trò chuyện kia, bà con gõ: liên kết {spoken}\n"
        "Mã dùng một lần, trong 15 phút. Đừng đưa mã này cho ai, kể cả cán bộ."
    )


def ask_here(other: str) -> str:
    """Ask where the code was written, naming the chat it came from."""
    return (
        f"Mã này lấy từ {other}.\n"
        "Bà con muốn nối cuộc trò chuyện này với cuộc đó? Ai dùng cuộc kia sẽ xem được phản ánh gửi từ đây.\n"
        "Chỉ nối khi chính bà con lấy mã. Ai đưa mã bảo gõ để nhận tiền là kẻ gian."
    )


def ask_there(other: str) -> str:
    """Ask where the code was given, naming the chat in which it was written."""
    return (
        f"Có người vừa dùng mã của bà con để nối với {other}.\n"
        "Đúng là bà con không? Nối rồi, bên đó xem được phản ánh bà con gửi từ đây."
    )


def linked(others: Sequence[str]) -> str:
    """Say that it was done, and what it means."""
    return (
        f"Xong ạ. Cuộc trò chuyện này nay nối với {_and(others)}.\n"
        "Phản ánh gửi ở đâu cũng xem được ở đây. Một tin báo chỉ gửi tới một nơi.\n"
        f"{HOW_TO_LEAVE}"
    )


def already(others: Sequence[str]) -> str:
    """Say with what this chat is linked."""
    return f"Cuộc trò chuyện này đang nối với {_and(others)}."


def ask_leave(others: Sequence[str]) -> str:
    """Ask before it is undone."""
    return (
        f"Cuộc trò chuyện này đang nối với {_and(others)}. Bà con muốn bỏ liên kết?\n"
        "Phản ánh, đăng ký làm ở đây thì ở lại đây. Tên, số điện thoại, nơi ở đã cho biết thì ở lại bên kia."
    )


def left_there(gone: str) -> str:
    """Say to the chats that stay together which one left."""
    return f"Bà con vừa bỏ liên kết với {gone}. Ở bên đó không còn xem được phản ánh gửi từ đây."


def receive_here(purposes: Sequence[str]) -> str:
    """Ask whether what is agreed to in another chat is wanted here too."""
    lines = [f"• {PURPOSES[purpose]}" for purpose in purposes]
    return "\n".join(
        (
            "Ở cuộc trò chuyện kia bà con đang nhận:",
            *lines,
            "Ở đây tôi chưa gửi. Bà con muốn nhận cả ở đây không?",
        )
    )


def erases_too(others: Sequence[str]) -> str:
    """Say before erasing that linked chats go with it."""
    return f"Xoá cả {_and(others)}. Muốn giữ bên đó, bà con bỏ liên kết trước."


def _and(names: Sequence[str]) -> str:
    return " và ".join(names)


HOW_TO_LEAVE: Final = "Không phải bà con làm, hay muốn tách ra, bà con gõ “bỏ liên kết”."
ASKED_THERE: Final = (
    "Tôi đã hỏi lại ở cuộc trò chuyện kia. Bà con mở bên đó, bấm “Đúng, nối lại” trong 15 phút là xong."
)
NOT_LINKED: Final = "Vâng ạ, tôi không nối. Mọi thứ vẫn như cũ."
REFUSED_THERE: Final = "Bên kia không đồng ý, nên tôi không nối. Mọi thứ vẫn như cũ."
CODE_DROPPED: Final = (
    "Vâng ạ, tôi không nối, mã cũ đã bỏ. Không ai xem được gì của bà con.\n"
    "Muốn nối, bà con gõ “liên kết” để lấy mã mới."
)
WRONG: Final = (
    "Mã này không đúng. Mã có 9 chữ và số, ví dụ dạng 2AC-3DE-4FH. "
    "Bà con xem lại, hoặc gõ “liên kết” ở cuộc trò chuyện kia để lấy mã mới."
)
EXPIRED: Final = "Mã này hết hạn rồi. Bà con gõ “liên kết” ở cuộc trò chuyện kia để lấy mã mới."
USED: Final = "Mã này có người dùng rồi. Bà con gõ “liên kết” ở cuộc trò chuyện kia để lấy mã mới."
OWN: Final = (
    "Mã này của chính cuộc trò chuyện này. Bà con mở Zalo, Telegram hay trang web kia, rồi gõ mã ở đó."
)
ALREADY: Final = "Hai cuộc trò chuyện này đã nối với nhau rồi ạ."
TOO_MANY: Final = "Nhiều mã sai quá. Bà con chờ một giờ rồi thử lại giúp tôi."
FULL: Final = "Bà con đã nối đủ số cuộc trò chuyện. Muốn nối thêm, bà con bỏ bớt một cuộc bằng cách gõ “bỏ liên kết” ở đó."
OVER: Final = "Lần nối này đã hết hạn. Bà con gõ “liên kết” để lấy mã mới."
LEFT: Final = (
    "Xong ạ, tôi đã bỏ liên kết. Phản ánh, đăng ký làm ở đây vẫn còn.\n"
    "Tên, số điện thoại, nơi ở thì ở đây coi như chưa cho biết."
)
NOTHING_TO_LEAVE: Final = "Cuộc trò chuyện này không nối với cuộc nào. Muốn nối, bà con gõ “liên kết”."
KEPT: Final = "Vâng ạ, tôi để nguyên như cũ."

BUTTON_LINK: Final = "Nối Zalo, Telegram"
BUTTON_JOIN: Final = "Nối hai cuộc"
BUTTON_NOT: Final = "Thôi, không nối"
BUTTON_YES: Final = "Đúng, nối lại"
BUTTON_NO: Final = "Không phải tôi"
BUTTON_LEAVE: Final = "Bỏ liên kết"
BUTTON_LEAVE_SURE: Final = "Bỏ, tách cuộc này ra"
BUTTON_STAY: Final = "Để nguyên"
BUTTON_RECEIVE: Final = "Nhận cả ở đây"
LABELS: Final = (
    BUTTON_LINK,
    BUTTON_JOIN,
    BUTTON_NOT,
    BUTTON_YES,
    BUTTON_NO,
    BUTTON_LEAVE,
    BUTTON_LEAVE_SURE,
    BUTTON_STAY,
    BUTTON_RECEIVE,
)
"""Where buttons do not show, people type them."""
