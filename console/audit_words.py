"""What the audit log's actions are called on a screen. Whoever logs a new action names it here."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from console import topic_form
from handlers import announcement_words
from handlers.case_texts import CATEGORY_NAMES, KIND_NAMES
from handlers.dialogues import OUTCOME_NAMES
from handlers.exports import EXPORT_NAMES
from handlers.officials import ROLE_NAMES
from storage.audit import JSON

GROUPS = (
    ("official", "Tài khoản cán bộ"),
    ("case", "Ý kiến, phản ánh"),
    ("question", "Câu hỏi"),
    ("topic", "Chủ đề"),
    ("announcement", "Thông báo"),
    ("office", "Nơi tiếp dân"),
    ("export", "Xuất dữ liệu"),
    ("person", "Người dân"),
    ("hotline", "Số điện thoại"),
    ("urgent", "Tin khẩn"),
    ("reply", "Mẫu trả lời"),
    ("event", "Tập huấn, đối thoại"),
    ("zalo", "Kênh Zalo"),
)
"""The part of an action before its dot, and what it is about."""

ACTIONS = {
    "urgent.take": "nhận tin khẩn",
    "announcement.file": "lập thông báo",
    "announcement.edit": "sửa thông báo",
    "announcement.submit": "trình duyệt thông báo",
    "announcement.approve": "duyệt thông báo",
    "announcement.send_back": "trả lại thông báo",
    "announcement.outgrow": "giữ thông báo lại chờ duyệt vì đông người hơn",
    "announcement.start": "bắt đầu gửi thông báo",
    "announcement.pause": "tạm dừng thông báo",
    "announcement.resume": "gửi tiếp thông báo",
    "announcement.cancel": "hủy thông báo",
    "announcement.again": "gửi lại cho người chưa rõ",
    "announcement.finish": "gửi xong thông báo",
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
    "official.unlink_chat": "gỡ liên kết chat",
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
    "event.agenda": "sửa chương trình đối thoại",
    "event.outcome": "ghi kết quả một mục",
    "event.minutes_save": "lưu nháp biên bản",
    "event.minutes": "khép biên bản và báo cho bà con",
    "event.attendance": "điểm danh",
    "question_group.answer": "trả lời câu hỏi chung",
    "question_group.drop": "bỏ nhóm câu hỏi",
    "question_group.merge": "gộp nhóm câu hỏi",
    "question_group.split": "tách một câu hỏi",
    "question_group.set_apart": "để riêng câu hỏi của nơi khác",
    "question_group.topic": "tạo thành chủ đề",
    "zalo.begin_consent": "lấy đường dẫn đồng ý với Zalo",
    "zalo.consent": "đồng ý cho hệ thống dùng OA",
}

SUBJECTS = {
    "case": "hồ sơ số",
    "question_group": "nhóm câu hỏi số",
    "topic": "chủ đề",
    "announcement": "thông báo số",
    "office": "nơi tiếp dân",
    "export": "số liệu",
    "person": "người dân số",
    "event": "buổi số",
    "hotline": "số",
    "message": "tin nhắn số",
    "reply": "mẫu số",
    "official": "tài khoản số",
    "zalo": "ứng dụng Zalo",
}
"""What an action was done to; its number or name stands behind."""

_FIELDS = {
    "added": "mới thêm",
    "alone": "không qua người thứ hai",
    "address_id": "địa chỉ chat số",
    "answered": "đang chờ trả lời",
    "area_code": "xã, phường",
    "areas": "xã, phường",
    "assignee": "người làm",
    "by": "bằng cách",
    "category": "lĩnh vực",
    "ended": "số phiên",
    "exempt": "không theo",
    "failed": "số lần sai",
    "fields": "mục",
    "item": "mục chương trình số",
    "from": "từ",
    "kind": "loại",
    "named": "có nhắc tên người",
    "new": "nhóm mới số",
    "oa": "OA",
    "other": "nhóm số",
    "outcome": "kết quả",
    "people": "số người",
    "personal": "kèm họ tên, số điện thoại",
    "question": "câu hỏi số",
    "questions": "số câu",
    "revision": "bản sửa số",
    "removed": "đã xóa",
    "role": "vai trò",
    "target": "gộp vào hồ sơ số",
    "to": "đến",
    "to_item": "vào mục số",
    "topic": "chủ đề",
    "was": "trước đó",
}

_FIELDS_OF_FORMS = {
    "address": "địa chỉ",
    "item_title": "tên mục",
    "area_code": "xã, phường",
    "audience": "nơi nhận",
    "hours": "giờ làm việc",
    "kind": "loại",
    "late_joiners": "gửi cả người đăng ký sau",
    "link": "đường dẫn",
    "name": "họ tên",
    "named_consent": "sự đồng ý của người được nhắc",
    "phone": "điện thoại",
    "position": "thứ tự",
    "pictures": "ảnh",
    "role": "vai trò",
    "send_at": "giờ gửi",
    "spread_hours": "gửi rải trong mấy giờ",
    "text": "nội dung",
    "title": "tiêu đề",
    "ends_at": "giờ kết thúc",
    "map_link": "đường dẫn bản đồ",
    "place": "nơi họp",
    "seats": "số chỗ",
    "starts_at": "giờ bắt đầu",
}

_EXPORTS = {str(kind): name for kind, name in EXPORT_NAMES.items()}
_VALUES: Mapping[str, Mapping[str, str]] = {
    "by": {"invite": "liên kết mời"},
    "category": {str(category): name for category, name in CATEGORY_NAMES.items()},
    "outcome": OUTCOME_NAMES,
    "exempt": {"quiet_hours": "giờ nghỉ", "weekly_ceiling": "số tin mỗi tuần"},
    "kind": {str(kind): name for kind, name in KIND_NAMES.items()} | announcement_words.KIND_NAMES,
    "role": {str(role): name for role, name in ROLE_NAMES.items()},
    "was": {"open": "đang chờ trả lời", "answered": "đã trả lời"} | announcement_words.STATUS_NAMES,
}


@dataclass(frozen=True, slots=True)
class Known:
    """What turns an entry's codes into words: an area's name by code, officials by id, topics' titles by id."""

    area: Callable[[str | None], str]
    officials: Mapping[str, str]
    titles: Mapping[str, str]

    def subject(self, kind: str, subject_id: str) -> str:
        """Say what an action was done to."""
        if kind == "official" and subject_id in self.officials:
            return self.officials[subject_id]
        if kind == "export":
            name = _EXPORTS.get(subject_id, subject_id)
        elif kind == "office":
            name = self.area(subject_id)
        elif kind == "topic":
            name = self.titles.get(subject_id, subject_id)
        elif kind == "person" and subject_id == "-":
            return "không có ai cho số này"
        else:
            name = subject_id
        return f"{SUBJECTS.get(kind, kind)} {name}"

    def tell(self, details: Mapping[str, JSON]) -> str:
        """Put an entry's details into words; what is empty or was not chosen is left out."""
        return "; ".join(
            f"{_FIELDS.get(name, name)}: {self._words(name, value)}"
            for name, value in details.items()
            if value not in (None, False, "", [])
        )

    def _words(self, name: str, value: JSON) -> str:
        if value is True:
            return "có"
        if isinstance(value, Sequence) and not isinstance(value, str):
            return ", ".join(self._words(name, each) for each in value)
        text = str(value)
        if name in ("area_code", "areas"):
            return self.area(text)
        if name in ("from", "to"):
            return _day(text) or self.area(text)
        if name == "assignee":
            return self.officials.get(text, f"số {text}")
        if name == "topic":
            return self.titles.get(text, text)
        if name == "fields":
            return _FIELDS_OF_FORMS.get(text) or topic_form.label(text)
        return _VALUES.get(name, {}).get(text, text)


def _day(text: str) -> str | None:
    try:
        return f"{date.fromisoformat(text):%d/%m/%Y}" if "-" in text else None
    except ValueError:
        return None
