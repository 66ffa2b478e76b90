"""What the audit log's actions are called on a screen. Whoever logs a new action names it here."""

GROUPS = (
    ("official", "Tài khoản cán bộ"),
    ("case", "Ý kiến, phản ánh"),
    ("question", "Câu hỏi"),
    ("topic", "Chủ đề"),
    ("office", "Nơi tiếp dân"),
    ("export", "Xuất dữ liệu"),
    ("urgent", "Tin khẩn"),
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
}
