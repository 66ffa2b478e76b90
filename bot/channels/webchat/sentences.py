"""Sentences of the page itself: why a message is not taken, and its labels. What the bot says is in handlers/texts.py.

What only the script says (no connection, sending again) stands in `chat.js`.
"""

# -- why something is not taken

MALFORMED = "Máy chủ không đọc được tin này. Bà con tải lại trang rồi gửi lại giúp tôi nhé."
NOTHING_SAID = "Tin chưa có chữ nào. Bà con gõ điều muốn hỏi giúp tôi nhé."
TOO_LONG = "Tin dài quá. Bà con viết ngắn lại, hoặc chia thành mấy tin giúp tôi nhé."
WRONG_KIND = "Máy chủ không nhận kiểu tin này."
TOO_FAST = "Bà con nhắn nhanh quá. Xin chờ một chút rồi gửi tiếp."
BUSY = "Máy chủ đang bận, chưa nhận được tin. Xin bà con gửi lại sau giây lát."
BROKEN = "Máy chủ có trục trặc. Xin bà con thử lại sau giây lát."
NO_FILE = "Không có tệp này, hoặc tệp không phải của bà con."
FOREIGN = "Tin này không được gửi từ trang của chúng tôi, nên không nhận."
TOO_MANY_PAGES = "Bà con đang mở trang này ở quá nhiều cửa sổ."
BAD_PLACE = "after là số từ 0, limit là số từ 1 đến 100."

# -- labels; chat.js writes the same names

US, THEM = "Hai Chiều", "Bà con"
BEGIN_LABEL = "Xem các mục thường hỏi"
PICTURE = "Ảnh đã gửi"
