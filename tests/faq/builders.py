"""Small topics for the tests of the question library, with sane defaults; none of them ships."""

from __future__ import annotations

from datetime import date
from typing import Any

from faq import Confidence, Source, Topic, Version

TODAY = date(2026, 11, 23)

LIBRARY: dict[str, tuple[str, tuple[str, ...]]] = {
    "vay-ho-ngheo": (
        "Vay vốn dành cho hộ nghèo",
        (
            "hộ nghèo vay được bao nhiêu tiền",
            "nhà tôi hộ nghèo muốn vay vốn nuôi bò",
            "lãi suất cho hộ nghèo vay là mấy phần trăm",
            "ho ngheo vay ngan hang chinh sach lai bao nhieu",
            "hộ nghèo muốn vay tiền làm ăn thì lãi thế nào",
            "vay vốn hộ nghèo có cần thế chấp không",
            "nhà nghèo muốn mượn vốn ngân hàng chăn nuôi",
            "hộ nghèo được vay tối đa bao lâu phải trả",
            "ho ngheo vay von trong rau",
        ),
    ),
    "vay-ho-can-ngheo": (
        "Vay vốn dành cho hộ cận nghèo",
        (
            "hộ cận nghèo vay được bao nhiêu tiền",
            "nhà tôi cận nghèo muốn vay vốn nuôi lợn",
            "lãi suất cho hộ cận nghèo vay là mấy phần trăm",
            "ho can ngheo vay ngan hang chinh sach lai bao nhieu",
            "hộ cận nghèo muốn vay tiền buôn bán thì lãi thế nào",
            "vay vốn hộ cận nghèo có cần thế chấp không",
            "nhà cận nghèo muốn mượn vốn ngân hàng mở quán",
            "cận nghèo được vay tối đa bao lâu phải trả",
            "ho can ngheo vay von nuoi ca",
        ),
    ),
    "the-bao-hiem": (
        "Thẻ bảo hiểm y tế của hộ nghèo",
        (
            "hộ nghèo có được cấp thẻ bảo hiểm y tế không",
            "mất thẻ bhyt thì xin lại ở đâu",
            "the bao hiem y te kham benh duoc giam bao nhieu",
            "đi viện dùng thẻ bảo hiểm được hưởng mấy phần trăm",
            "bao giờ nhận được thẻ bảo hiểm y tế",
            "thẻ bảo hiểm của cụ nhà tôi hết hạn rồi",
            "khám bệnh trái tuyến thẻ bảo hiểm có trả không",
            "con tôi chưa có thẻ bhyt đi khám thì sao",
            "bhyt ho ngheo",
        ),
    ),
    "tien-dien": (
        "Tiền điện hỗ trợ hằng tháng",
        (
            "hộ nghèo được hỗ trợ bao nhiêu tiền điện một tháng",
            "tiền điện nhà nước cho lấy ở đâu",
            "sao tháng này chưa thấy tiền hỗ trợ điện",
            "tien dien cho nguoi ngheo bao nhieu",
            "dùng ba mươi số điện có được hỗ trợ không",
            "nhà tôi xài điện ít có được cho tiền điện không",
            "mấy tháng thì trả tiền điện một lần",
            "ho tro tien dien quy nay bao gio co",
        ),
    ),
    "hoc-phi": (
        "Miễn học phí cho con đi học",
        (
            "con hộ nghèo đi học có phải đóng học phí không",
            "cháu học lớp sáu có được miễn học phí không",
            "học mẫu giáo đóng học phí thế nào",
            "mien hoc phi can giay to gi",
            "trường thu học phí của con tôi có đúng không",
            "nhà khó khăn xin giảm học phí cho con ở đâu",
            "hoc phi cap ba nam nay bao nhieu",
            "xin miễn tiền học cho hai đứa con",
        ),
    ),
    "nop-don-xet-ngheo": (
        "Nộp đơn xin xét hộ nghèo",
        (
            "muốn xin xét hộ nghèo thì nộp đơn ở đâu",
            "mẫu đơn đề nghị xét hộ nghèo lấy ở đâu",
            "làm đơn xin vào hộ nghèo cần giấy tờ gì",
            "nop don xin ho ngheo cho ai",
            "nhà tôi khó quá muốn làm đơn xét nghèo",
            "giấy đề nghị công nhận hộ nghèo viết thế nào",
            "trưởng thôn bảo lên xã nộp đơn xét hộ nghèo",
            "don xin xet ngheo nop thang nao",
        ),
    ),
}

REFERRALS: dict[str, tuple[str, tuple[str, ...]]] = {
    "khac-giay-phep-lai-xe": (
        "Bằng lái xe",
        (
            "đổi bằng lái xe máy ở đâu",
            "bằng lái ô tô hết hạn",
            "thi bang lai xe A1",
            "mất giấy phép lái xe làm lại",
        ),
    ),
}


def make_version(**changes: Any) -> Version:
    values: dict[str, Any] = {
        "valid_from": date(2026, 1, 1),
        "valid_to": None,
        "review_by": date(2027, 6, 30),
        "confidence": Confidence.VERIFIED,
        "answer": "Bà con tới xã để hỏi. Cán bộ xã sẽ giúp.",
        "detail": None,
        "where": None,
        "bring": (),
        "sources": (Source("Nghị định 07/2021/NĐ-CP", "Điều 3", "đến hết 31/12/2026"),),
    }
    return Version(**(values | changes))


def make_topic(topic_id: str = "mot-viec", **changes: Any) -> Topic:
    values: dict[str, Any] = {
        "title": f"Tên của {topic_id}",
        "theme": "Thử",
        "phrasings": tuple(f"{topic_id} câu thứ {number}" for number in range(1, 9)),
        "versions": (make_version(),),
    }
    return Topic(id=topic_id, **(values | changes))


def library(**changes: Any) -> list[Topic]:
    """Six topics and a referral; `changes` maps an id (with underscores) to what differs in that topic."""
    wanted = {topic_id.replace("_", "-"): different for topic_id, different in changes.items()}
    topics = [
        make_topic(topic_id, **({"title": title, "phrasings": phrasings} | wanted.get(topic_id, {})))
        for topic_id, (title, phrasings) in LIBRARY.items()
    ]
    return topics + [
        make_topic(topic_id, title=title, phrasings=phrasings, referral=True)
        for topic_id, (title, phrasings) in REFERRALS.items()
    ]
