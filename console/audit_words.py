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
