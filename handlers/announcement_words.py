"""What officials read of an announcement's life."""

from typing import Final

STATUS_NAMES: Final = {
    "draft": "bản nháp",
    "submitted": "chờ duyệt",
    "approved": "đã duyệt",
    "scheduled": "chờ đến giờ gửi",
    "sending": "đang gửi",
    "paused": "tạm dừng",
    "sent": "đã gửi xong",
    "cancelled": "đã hủy",
}
KIND_NAMES: Final = {
    "notice": "Thông báo",
    "event": "Mời họp, tập huấn",
    "story": "Chuyện người thật",
    "emergency": "Tin khẩn",
}

NOT_NOW: Final = "Tin này {status}, nên không làm được việc đó nữa."
OWN: Final = "Không ai tự duyệt tin của mình; cần một người khác."
NEED_REASON: Final = "Cần ghi lý do, nhiều nhất 300 ký tự; ví dụ: sai giờ, mời viết lại"
NOT_BEGUN: Final = (
    "Tin mời buổi này {status}: giờ, nơi phải đúng như người duyệt đã đọc. "
    "Hãy trả tin về bản nháp, hoặc hủy tin rồi viết lại."
)
BEGUN: Final = "Sự kiện đã bắt đầu hoặc đã qua; hãy sửa giờ hoặc hủy tin."
OVER: Final = "Buổi này đã bắt đầu hoặc đã hủy, nên không đổi được nữa."
NOBODY: Final = "Chưa có ai nhận được tin này; hãy chọn lại nơi nhận."
ELSEWHERE: Final = "Chỉ gửi được cho người dân xã, phường của mình ({area_code})."
FOREIGN_PICTURE: Final = "Ảnh này không phải của tin; hãy tải ảnh lên lại."
TOO_LONG: Final = "Cả tin dài quá {excess} ký tự (nhiều nhất 1.800, kể cả tiêu đề, giờ và nơi); hãy rút gọn."
OUTGROWN: Final = "Nay có hơn {most} người nhận, nhiều hơn lúc gửi duyệt; cần người thứ hai duyệt."
NO_MORE_LATE: Final = "Đã quá 7 ngày từ lúc gửi, nên người đăng ký sau không nhận tin này nữa."
HELD: Final = (
    "Tin này do một người cho gửi, nên chỉ tới nhiều nhất {most} người. Có người đăng ký sau đang chờ nhận: "
    "cần một lãnh đạo khác duyệt."
)
OVERTAKEN: Final = "Sự kiện đã bắt đầu hoặc đã bị hủy khi tin chưa gửi hết."
