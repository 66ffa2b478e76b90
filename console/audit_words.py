"""What the audit log's actions are called on a screen. Whoever logs a new action names it here."""

from collections.abc import Mapping, Sequence

from storage.audit import JSON

GROUPS = (
    ("official", "Tài khoản cán bộ"),
    ("case", "Ý kiến, phản ánh"),
    ("question", "Câu hỏi"),
    ("topic", "Chủ đề"),
    ("office", "Nơi tiếp dân"),
    ("export", "Xuất dữ liệu"),
    ("person", "Người dân"),
    ("hotline", "Số điện thoại"),
    ("urgent", "Tin khẩn"),
    ("reply", "Mẫu trả lời"),
    ("event", "Tập huấn, đối thoại"),
)
"""The part of an action before its dot, and what it is about."""

ACTIONS = {
    "urgent.take": "nhận tin khẩn",
    "topic.save": "lưu chủ đề",
    "topic.restore": "lấy lại bản có sẵn của chủ đề",
    "case.open": "nhập hộ phản ánh",
    "case.receive": "tiếp nhận",
    "case.start": "bắt đầu xử lý",
    "case.assign": "giao người xử lý",
    "case.note": "ghi chú nội bộ",
    "case.answer": "trả lời",
    "case.refuse": "từ chối",
    "case.forward": "chuyển nơi khác",
    "case.close": "đóng",
    "case.reopen": "mở lại",
    "case.merge": "gộp",
    "case.move": "đổi xã, phường",
    "case.sort": "đổi nhóm việc",
    "export.take": "xuất dữ liệu",
    "person.look_up": "tìm người theo số điện thoại",
    "office.save": "sửa nơi tiếp dân",
    "hotline.add": "thêm số điện thoại",
    "hotline.remove": "bỏ số điện thoại",
    "official.add": "thêm tài khoản",
    "official.change": "sửa tài khoản",
    "official.disable": "khóa tài khoản",
    "official.enable": "mở lại tài khoản",
    "official.invite": "lấy liên kết đặt mật khẩu",
    "official.link_chat": "liên kết chat",
    "official.link_code": "lấy mã liên kết chat",
    "official.lock": "tạm khóa do nhập sai",
    "official.password": "đặt mật khẩu",
    "official.sign_in": "đăng nhập",
    "official.sign_out_everywhere": "đăng xuất mọi nơi",
    "reply.add": "thêm mẫu trả lời",
    "reply.change": "sửa mẫu trả lời",
    "reply.remove": "xoá mẫu trả lời",
    "event.change": "đổi giờ, nơi hoặc số chỗ",
    "event.cancel": "hủy buổi",
    "event.sign_ups": "xem danh sách ghi tên",
    "question_group.answer": "trả lời câu hỏi chung",
    "question_group.drop": "bỏ nhóm câu hỏi",
    "question_group.merge": "gộp nhóm câu hỏi",
    "question_group.split": "tách một câu hỏi",
    "question_group.set_apart": "để riêng câu hỏi của nơi khác",
    "question_group.topic": "tạo thành chủ đề",
}

SUBJECTS = {
    "case": "hồ sơ số",
    "question_group": "nhóm câu hỏi số",
    "topic": "chủ đề",
    "office": "nơi tiếp dân",
    "export": "số liệu",
    "person": "người dân số",
    "event": "buổi số",
    "hotline": "số",
    "message": "tin nhắn số",
    "reply": "mẫu số",
    "official": "tài khoản số",
}
"""What an action was done to; its number or name stands behind."""

_FIELDS = {
    "address_id": "địa chỉ chat số",
    "answered": "đang chờ trả lời",
    "area_code": "xã, phường",
    "areas": "xã, phường",
    "assignee": "người làm số",
    "by": "bằng cách",
    "category": "lĩnh vực",
    "ended": "số phiên",
    "failed": "số lần sai",
    "fields": "mục",
    "from": "từ",
    "kind": "loại",
    "new": "nhóm mới số",
    "other": "nhóm số",
    "people": "số người",
    "personal": "kèm họ tên, số điện thoại",
    "question": "câu hỏi số",
    "questions": "số câu",
    "revision": "bản sửa số",
    "role": "vai trò",
    "target": "gộp vào hồ sơ số",
    "to": "đến",
    "topic": "chủ đề",
    "was": "trước đó",
}


def tell(details: Mapping[str, JSON]) -> str:
    """Put an entry's details into words; what is empty or was not chosen is left out."""
    return "; ".join(
        f"{_FIELDS.get(name, name)}: {_value(value)}"
        for name, value in details.items()
        if value not in (None, False, "", [])
    )


def _value(value: JSON) -> str:
    if value is True:
        return "có"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(_value(each) for each in value)
    return str(value)
