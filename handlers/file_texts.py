"""Every sentence a resident can read about what they send besides words: pictures, voices, papers, a place."""

TOO_LARGE = (
    "Tệp này lớn quá, tôi chỉ nhận được tệp đến 10 MB. Bà con gửi tệp nhỏ hơn, hoặc kể bằng chữ giúp tôi nhé."
)

TOO_MANY = "Mỗi lần tôi nhận được nhiều nhất 5 tệp. Bà con chọn lại những tệp cần nhất rồi gửi giúp tôi nhé."

TOO_MANY_TODAY = (
    "Hôm nay bà con đã gửi nhiều tệp, nên tệp này tôi chưa giữ lại. "
    "Bà con gửi tiếp vào ngày mai, hoặc kể bằng chữ giúp tôi nhé."
)

TOO_MANY_PIXELS = "Ảnh này rộng quá, tôi không mở được. Bà con chụp lại bằng điện thoại rồi gửi giúp tôi nhé."

HEIC = (
    "Ảnh này ở dạng HEIC, tôi chưa mở được. "
    "Bà con chụp màn hình tấm ảnh rồi gửi ảnh chụp đó, hoặc đổi sang ảnh JPEG giúp tôi nhé."
)

UNKNOWN_KIND = (
    "Tôi không nhận loại tệp này. Tôi nhận ảnh, ghi âm, video MP4, tệp PDF, Word (docx) và Excel (xlsx). "
    "Bà con gửi lại giúp tôi nhé."
)

EMPTY_FILE = "Tệp này không có gì bên trong. Bà con chọn lại tệp rồi gửi giúp tôi nhé."

BROKEN = "Tệp này bị hỏng, tôi không mở được. Bà con gửi lại giúp tôi nhé."

NO_ROOM = "Kho giữ tệp đang đầy nên tôi chưa giữ được tệp này. Bà con kể bằng chữ trước giúp tôi nhé."

KEPT = (
    "Tôi đã nhận được tệp bà con gửi. Máy như tôi không tự xem, tự nghe được. "
    "Bà con muốn gửi phản ánh cho cán bộ thì bấm nút dưới đây. Còn muốn hỏi gì, bà con cứ gõ."
)

PLACE = (
    "Tôi thấy bà con gửi vị trí. Ngoài lúc gửi phản ánh, tôi không giữ lại vị trí của bà con. "
    "Bà con muốn hỏi hay kể chuyện gì ở đó, cứ gõ vào đây nhé."
)

OTHER = "Tin này tôi chưa đọc được. Bà con gõ điều muốn hỏi bằng chữ giúp tôi nhé."
