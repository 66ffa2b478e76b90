"""Every sentence a resident can read, apart from the answers themselves. Short, warm, plain; one home.

Sentences say what happens next. "Bà con" is how a commune speaks to its people.
"""

from datetime import date


def first_contact(province: str, keep_days: int) -> str:
    """Say who this is, what it can do, and what it keeps."""
    return (
        f"Chào bà con! Tôi là Hai Chiều, máy trả lời tự động của Uỷ ban nhân dân {province}, không phải người thật.\n"
        "Tôi trả lời về chính sách cho hộ nghèo, hộ cận nghèo và hộ mới thoát nghèo, có kèm văn bản và ngày áp dụng.\n"
        f"Tôi giữ tin nhắn của bà con {_span(keep_days)} để trả lời cho tốt, và không cần biết bà con là ai."
    )


def _span(days: int) -> str:
    return f"{days // 365} năm" if days % 365 == 0 else f"{days} ngày"


ASK_ME = "Bà con cứ gõ câu hỏi như nói chuyện, có dấu hay không dấu đều được."

MENU = "Bà con muốn hỏi gì? Cứ gõ câu hỏi, hoặc bấm một mục dưới đây."

HELP = (
    "Bà con gõ câu hỏi rồi gửi, tôi trả lời ngay. Ví dụ: “hộ cận nghèo có được thẻ bảo hiểm y tế không”.\n"
    "Gõ “menu” để xem các mục, “quay lại” để trở lại, “dừng” để thôi.\n"
    "Tôi không bao giờ hỏi mã xác nhận (OTP), số thẻ, số tài khoản. Ai hỏi những thứ đó là kẻ gian."
)

STOPPED = (
    "Vâng, tôi dừng ở đây. Tôi không gửi thông báo nào cho bà con, chỉ trả lời điều bà con hỏi.\n"
    "Lúc nào cần, bà con cứ gõ câu hỏi."
)

HELLO = "Chào bà con! Bà con cần hỏi chính sách gì, cứ gõ vào đây."

THANKS = "Vâng ạ. Bà con cần hỏi gì thêm, cứ gõ vào đây."

EMPTY = "Tôi chưa thấy câu hỏi nào. Bà con gõ điều muốn hỏi giúp tôi nhé."

ASK_BACK = "Bà con muốn hỏi điều nào dưới đây?"

UNKNOWN = (
    "Câu này tôi chưa có câu trả lời chắc chắn, nên không dám nói bừa. Tôi đã chuyển cho cán bộ; "
    "cán bộ trả lời thì tôi báo bà con ngay trong cuộc trò chuyện này.\n"
    "Nếu cần gấp, bà con hỏi thẳng Uỷ ban nhân dân xã, phường nơi mình ở, hoặc gõ lại câu hỏi ngắn hơn."
)

NOT_ON_DAY = (
    "Tôi chưa có thông tin về điều này cho ngày {day}. "
    "Bà con hỏi Uỷ ban nhân dân xã, phường nơi mình ở giúp tôi nhé."
)

NOTED_FOR_OFFICIAL = (
    "Tôi đã chuyển câu hỏi này cho cán bộ; cán bộ trả lời thì tôi báo bà con ngay trong cuộc trò chuyện này.\n"
    "Nếu cần gấp, bà con hỏi thẳng Uỷ ban nhân dân xã, phường nơi mình ở."
)

GLAD = "Cảm ơn bà con đã cho biết. Cần hỏi gì thêm, bà con cứ gõ nhé."

SORRY_OTHERS = "Xin lỗi vì chưa đúng ý. Có phải bà con muốn hỏi một trong các điều này?"

SORRY = "Xin lỗi vì chưa đúng ý. Bà con gõ lại rõ hơn giúp tôi, hoặc để tôi chuyển câu hỏi tới cán bộ."

OLD_BUTTON = "Nút này đã cũ, tôi không dùng được nữa."

TROUBLE = (
    "Xin lỗi bà con, vừa rồi máy có trục trặc nên chưa trả lời được. Bà con gửi lại câu hỏi giúp tôi nhé."
)

WAITED = "Trước đây có {number} tin chưa gửi được tới bà con, nay tôi gửi luôn ạ."

TOO_FAST = (
    "Bà con nhắn nhanh quá, tôi chưa kịp trả lời hết. Tôi đã giữ các tin này; xin chờ một phút rồi hỏi tiếp."
)

WHERE = "Nơi đến: {where}"
BRING = "Mang theo: {things}."
CONFIRMED_BY = "Mức cụ thể và kết quả do Uỷ ban nhân dân xã, phường, đặc khu xác nhận."
SOURCES = "Căn cứ: {sources}."
SETTLED_BY = "Nơi xác nhận, căn cứ: {sources}."
RIGHT_ON = "Thông tin đúng cho ngày {day}."

REMINDED = "Nhắc lại: {text}"

COMMUNE_ASK = (
    "Bà con ở xã, phường nào? Gõ tên giúp tôi, tên mới hay tên cũ đều được. Không chọn cũng không sao."
)
COMMUNE_NOW = "Tôi đang ghi: bà con ở {name}."
COMMUNE_CHOSEN = "Tôi đã ghi: bà con ở {name}. Muốn đổi, bà con bấm “Đổi xã, phường”."
COMMUNE_WAS = "{former} nay thuộc {name}."
COMMUNE_WHICH = "Tên này nay có thể là một trong các nơi dưới đây. Bà con ở nơi nào?"
COMMUNE_OR_DISTRICT = "Nếu bà con ở nơi khác thuộc {district} cũ, bấm “Xã, phường khác”."
COMMUNE_NEAR = "Tôi chưa thấy đúng tên đó. Có phải bà con ở một trong các nơi này?"
COMMUNE_UNKNOWN = (
    "Tôi chưa tìm thấy xã, phường nào tên như vậy. Bà con gõ lại tên, hoặc bấm một mục dưới đây."
)
COMMUNE_DISTRICT = (
    "Trước ngày 01/07/2025 bà con ở huyện, thành phố, thị xã nào? "
    "Ở ngoài tỉnh Hải Dương cũ thì bà con gõ tên xã, phường giúp tôi."
)
COMMUNE_OF = "Đây là các xã, phường bây giờ trên đất {district} cũ. Bà con ở nơi nào?"
COMMUNE_SKIPPED = "Không sao ạ. Bà con cứ hỏi bình thường."
COMMUNE_FORGOTTEN = "Tôi đã xoá xã, phường của bà con. Bà con cứ hỏi bình thường."

# Labels of buttons: a few words, so that a narrow phone shows them whole.
SMALLTALK = "Tôi là máy nên chỉ biết chuyện chính sách thôi ạ. Bà con cần hỏi gì, cứ gõ vào đây."
BUTTON_HELPED = "Có ích"
BUTTON_NOT_HELPED = "Chưa đúng ý"
BUTTON_MORE = "Xem thêm"
BUTTON_TELL_OFFICIAL = "Báo việc này cho cán bộ"
BUTTON_NONE_OF_THESE = "Không phải các ý trên"
BUTTON_TO_OFFICIAL = "Chuyển cán bộ xem"
BUTTON_COMMUNE = "Chọn xã, phường"
BUTTON_COMMUNE_CHANGE = "Đổi xã, phường"
BUTTON_BY_DISTRICT = "Chọn theo huyện cũ"
BUTTON_SKIP = "Bỏ qua"
BUTTON_NEXT = "Xem tiếp"
BUTTON_BACK = "Quay lại"
BUTTON_OTHER_PLACE = "Xã, phường khác"
BUTTON_FORGET = "Xoá xã đã chọn"
BUTTON_IS_QUESTION = "Tôi đang hỏi chính sách"
BUTTON_HELP = "Cách dùng"
BUTTON_MENU = "Xem các mục"
BUTTON_MY_CASES = "Xem phản ánh đã gửi"


def day(value: date) -> str:
    """Write a day as people read it: 23/11/2026."""
    return value.strftime("%d/%m/%Y")


HIDDEN = (
    "Tôi đã ẩn số hoặc mã riêng trong tin của bà con cho an toàn. "
    "Bà con đừng gửi những thứ đó; kênh này không bao giờ hỏi."
)


def amount(value: int) -> str:
    """Write an amount as people read it: 1.250.000."""
    return f"{value:,}".replace(",", ".")


# The self-check ("nhà tôi thuộc diện nào") and "tôi được hưởng gì". Never a verdict: "có thể", and the way to apply.

CHECK_AREA = "Ta tính thử nhé, chỉ vài câu thôi. Nhà mình bây giờ ở xã hay ở phường?"
CHECK_WHERE = "Ta tính thử nhé, theo nơi bà con đã chọn là {name}."
CHECK_WARD_BEFORE = "Trước ngày 01/07/2025, chỗ nhà mình là phường, là thị trấn hay là xã?"
CHECK_PEOPLE = "Nhà mình có mấy người? Bà con bấm số, hoặc gõ luôn cả thu nhập, ví dụ: 4 người 5 triệu."
CHECK_INCOME = (
    "Mỗi tháng cả nhà thu được khoảng bao nhiêu tiền? Bà con gõ một con số ước chừng, ví dụ: 5 triệu.\n"
    "Tính theo năm hay theo đầu người cũng được: 60 triệu một năm, 1,4 triệu/người."
)
CHECK_AREA_UNCLEAR = "Tôi chưa rõ nơi đó là xã hay phường. Bà con bấm một nút giúp tôi."
CHECK_PEOPLE_UNCLEAR = "Tôi chưa rõ nhà mình có mấy người. Bà con gõ một số giúp tôi, ví dụ: 4."
CHECK_INCOME_UNCLEAR = "Tôi chưa đọc được số tiền. Bà con gõ giúp tôi, ví dụ: 5 triệu, hoặc 1,4 triệu/người."
CHECK_INCOME_SEVERAL = (
    "Bà con ước giúp tôi một con số thôi, cả nhà cộng lại trong một tháng. Ví dụ: 6 triệu rưỡi."
)
CHECK_INCOME_UNIT = "Bà con gõ kèm chữ triệu hay nghìn giúp tôi. Ví dụ: 5 triệu, hoặc 800 nghìn."
CHECK_INCOME_PERIOD = (
    "Bà con tính ra một tháng, hoặc cả năm, giúp tôi. Ví dụ: 5 triệu một tháng, hoặc 60 triệu một năm."
)
CHECK_PER_HEAD = (
    "Vậy mỗi người khoảng {amount} đồng một tháng. Chưa đúng thì bà con bấm “Quay lại”.\n"
    "Tôi hỏi thêm vài câu về nhà mình, bà con bấm nút trả lời."
)
CHECK_NUMBERED = "Câu {number}. {question}"
CHECK_YES_OR_NO = "Bà con bấm một nút giúp tôi nhé: có, không, hay không biết."
CHECK_OVER = "Lần tính này đã xong rồi. Muốn tính lại từ đầu, bà con bấm “Tính lại”."

CHECK_QUESTIONS = {
    "viec_lam": "Nhà mình có ai tuổi lao động muốn làm mà không có việc, "
    "hoặc làm thuê lĩnh lương mà không ký hợp đồng không?",
    "nguoi_phu_thuoc": "Cộng trẻ dưới 16 tuổi với người già, khuyết tật nhận trợ cấp xã hội hằng tháng, "
    "có quá nửa số người trong nhà không?",
    "dinh_duong": "Có cháu nào dưới 16 tuổi được cán bộ y tế nói là suy dinh dưỡng (thấp còi, nhẹ cân) không?",
    "bhyt": "Có ai từ đủ 6 tuổi trở lên mà chưa có thẻ bảo hiểm y tế không?",
    "trinh_do_nguoi_lon": "Có ai từ 16 đến 30 tuổi không đi học, mà cũng chưa có bằng hay chứng chỉ hợp tuổi không?\n"
    "Ví dụ: 17 tuổi chưa xong cấp hai; 20 tuổi chưa xong cấp ba và chưa học nghề.",
    "tre_em_di_hoc": "Các cháu từ 3 đến dưới 16 tuổi có đi học đúng lớp tuổi của mình cả không?",
    "chat_luong_nha": "Tường, cột, mái nhà: có từ hai thứ trở lên làm bằng vật liệu tạm như lá, tre, đất không?",
    "dien_tich_nha": "Lấy diện tích nhà chia cho số người, mỗi người có dưới 8 mét vuông không?\n"
    "Ví dụ nhà 4 người thì dưới 32 mét vuông.",
    "nuoc_sinh_hoat": "Nước ăn uống của nhà mình có phải nước máy, giếng khoan, nước mưa, nước bình, "
    "hay giếng đào, khe, mó có che chắn không?",
    "nha_tieu": "Nhà mình có nhà vệ sinh tự hoại, dội nước hay hai ngăn hợp vệ sinh không?",
    "vien_thong": "Trong nhà có ai dùng mạng Internet không, kể cả dùng trên điện thoại?",
    "phuong_tien_thong_tin": "Nhà mình có tivi, đài, máy tính hay điện thoại nào không?",
}
"""By `selfcheck.INDICATORS`; thresholds as in the annex of Decree 07/2021/NĐ-CP."""

CHECK_TITLE = "Kết quả này chỉ để bà con tham khảo. Tôi tính theo khoảng {amount} đồng một người một tháng."
CHECK_UNDER_OLD = "Mức xét đến hết {day}: {thresholds} đồng một người một tháng."
CHECK_UNDER_NEW = "Mức xét từ {day}: {thresholds} đồng một người một tháng."
CHECK_RURAL, CHECK_URBAN = "nông thôn {amount}", "thành thị {amount}"
CHECK_OUTCOMES = {
    "poor": "Nhà mình có thể thuộc hộ nghèo.",
    "poor_or_near": "Nhà mình có thể thuộc hộ cận nghèo hoặc hộ nghèo, tuỳ những điều bà con chưa biết.",
    "near": "Nhà mình có thể thuộc hộ cận nghèo.",
    "by_income": "Xét riêng thu nhập, nhà mình có thể thuộc hộ nghèo hoặc hộ cận nghèo.",
    "middle": "Thu nhập cao hơn mức này một chút: nhà mình có thể thuộc hộ có mức sống trung bình.",
    "above": "Thu nhập bà con khai cao hơn mức này, nhiều khả năng nhà mình không thuộc hộ nghèo, hộ cận nghèo. "
    "Nhà khó khăn thì vẫn nộp giấy được, xã sẽ xem.",
}
CHECK_EITHER = "Nơi mình tính theo mức nông thôn hay thành thị, bà con hỏi Uỷ ban nhân dân xã, phường."
CHECK_REVIEW = "Danh sách năm 2027 xét theo mức nào, xã sẽ cho bà con biết."
CHECK_NO_FIGURES = (
    "Không tính được thu nhập cũng không sao. Xã chấm điểm theo phiếu riêng, bà con không phải tự tính."
)
CHECK_NO_VERDICT = "Đây không phải kết luận. Xã chấm điểm theo phiếu riêng, không dùng con số bà con tự khai."
CHECK_APPLY = (
    "Muốn được xét, bà con nộp Giấy đề nghị rà soát (Mẫu số 01) cho Uỷ ban nhân dân xã, phường nơi cư trú.\n"
    "Nộp ở Trung tâm Phục vụ hành chính công, gửi bưu điện, hoặc nộp trên Cổng Dịch vụ công. "
    "Nhà đang có tên trong danh sách thì không phải nộp lại."
)
CHECK_FORM_MAY_CHANGE = "Mẫu giấy năm nay có thể đổi; bà con hỏi xã trước khi viết."
CHECK_BY_WHEN_REVIEW = (
    "Đợt xét năm nay đến hết ngày 14/12, bà con nên nộp sớm.\n"
    "Lỡ đợt này thì mỗi tháng xã xét một lần, bắt đầu từ ngày 15."
)
CHECK_BY_WHEN_MONTHLY = (
    "Tháng nào xã cũng xét một lần, bắt đầu từ ngày 15.\nĐợt chính trong năm từ ngày 01/9 đến hết ngày 14/12."
)
CHECK_SOURCES = {
    "2022-2025": "Nghị định 07/2021/NĐ-CP, Điều 3 (đến hết 31/12/2026)",
    "2027-2030": "Nghị định 351/2025/NĐ-CP (từ 01/01/2027)",
    "review": "Quyết định 24/2021/QĐ-TTg",
}

BENEFITS_CATEGORY = "Theo giấy chứng nhận của năm nay, nhà mình là hộ nào dưới đây?"
BENEFITS_GROUPS = (
    "Trong nhà có ai, có việc gì dưới đây? Bà con bấm một mục để chọn; chọn đủ rồi thì bấm “Xong”."
)
BENEFITS_TICKS = "{group}: bà con bấm những điều đúng với nhà mình. Bấm lần nữa là bỏ."
BENEFITS_TICKED = "Đã chọn: {ticks}."
BENEFITS_FOUND = "Nhà mình có thể xem các mục dưới đây. Bà con bấm mục nào thì đọc mục đó."
BENEFITS_MORE_FOUND = "Các mục tiếp theo của nhà mình."
BENEFITS_LINE = "{number}. {title}.\nĐiều kiện: {condition}."
BENEFITS_OR = "Hoặc: {condition}."
BENEFITS_UNSETTLED = "Mục này chưa có quy định chắc chắn, bà con hỏi xã."
BENEFITS_CONFIRMED = (
    "Đây là gợi ý, chưa phải kết luận. Được hay không, được bao nhiêu, do xã, phường xác nhận."
)
BENEFITS_OVER = "Lần xem này đã xong rồi. Muốn xem lại từ đầu, bà con bấm “Chọn lại từ đầu”."

BUTTON_CHECK = "Nhà tôi thuộc diện nào?"
BUTTON_CHECK_NOW = "Tính thử ngay"
BUTTON_CHECK_AGAIN = "Tính lại"
BUTTON_RURAL = "Xã"
BUTTON_URBAN = "Phường"
BUTTON_ISLAND = "Đặc khu"
BUTTON_UNSURE_WHERE = "Tôi không rõ"
BUTTON_WAS_WARD = "Trước cũng là phường"
BUTTON_WAS_TOWN = "Trước là thị trấn"
BUTTON_WAS_COMMUNE = "Trước là xã"
BUTTON_INCOME_UNSURE = "Tôi không tính được"
BUTTON_YES = "Có"
BUTTON_NO = "Không"
BUTTON_DONT_KNOW = "Không biết"
BUTTON_NO_CHILD = "Không có trẻ tuổi đó"
BUTTON_APPLY = "Cách nộp giấy đề nghị"
BUTTON_BENEFITS = "Tôi được hưởng gì?"
BUTTON_BENEFITS_AGAIN = "Chọn lại từ đầu"
BUTTON_DONE = "Xong"
BUTTON_OTHER_GROUP = "Mục khác"
BUTTON_TICKED = "✓ {label}"
