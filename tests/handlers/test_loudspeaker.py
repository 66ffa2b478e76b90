"""The loudspeaker says what, when and where, and what matters twice."""

from handlers.loudspeaker import AGAIN, script
from tests.handlers.announcing import ZONE, announcement, event


def test_event_is_read_with_its_facts_twice() -> None:
    assert script(announcement(kind="event", link="https://khuyennong.vn/ga"), event(), ZONE) == (
        "Kính thưa bà con. Xin mời bà con chú ý nghe thông báo.\n"
        "Tập huấn chăn nuôi gà.\n"
        "Mời bà con đến dự lớp tập huấn chăn nuôi gà an toàn sinh học.\n"
        "Thời gian: từ tám giờ sáng đến mười một giờ trưa thứ Bảy, "
        "ngày mười hai tháng mười hai năm hai nghìn không trăm hai mươi sáu.\n"
        "Địa điểm: Nhà văn hóa thôn Đông.\n"
        "Số chỗ: sáu mươi.\n"
        "Địa chỉ trang trên mạng: khuyennong chấm vn gạch chéo ga.\n"
        "Mã của tin này là: ca bảy mờ, bốn ích xì pê.\n"
        "Xin nhắc lại.\n"
        "Tập huấn chăn nuôi gà.\n"
        "Thời gian: từ tám giờ sáng đến mười một giờ trưa thứ Bảy, "
        "ngày mười hai tháng mười hai năm hai nghìn không trăm hai mươi sáu.\n"
        "Địa điểm: Nhà văn hóa thôn Đông.\n"
        "Số chỗ: sáu mươi.\n"
        "Xin cảm ơn bà con đã lắng nghe."
    )


def test_notice_is_read_twice_whole() -> None:
    said = script(announcement(text="Xã trả 500.000 đồng ngày 5/12."), None, ZONE)
    read = "Xã trả năm trăm nghìn đồng ngày mùng năm tháng mười hai."
    assert said.count(read) == 2
    assert said.index(read) < said.index(AGAIN) < said.rindex(read)


def test_emergency_says_so_at_once() -> None:
    assert "thông báo khẩn" in script(announcement(kind="emergency"), None, ZONE).splitlines()[0]
