"""What people tell, as they type it, and what it is taken for."""

from pathlib import Path

import pytest

from handlers import case_kinds
from handlers.case_kinds import KindsError
from handlers.case_life import Category, Kind

TABLE = case_kinds.load()
R, P, C, D, Q, H, T = (
    Kind.REFLECTION, Kind.PROPOSAL, Kind.COMPLAINT, Kind.DENUNCIATION, Kind.QUESTION, Kind.HUMAN, Kind.THANKS,
)  # fmt: skip
K = Category

SAID = [
    ("Hai tháng nay xã chưa trả tiền trợ cấp xã hội", R, K.ALLOWANCE),
    ("2 thang nay chua nhan dc tien tro cap", R, K.ALLOWANCE),
    ("tien huu tri xa hoi cua me toi cham qua", R, K.ALLOWANCE),
    ("Trợ cấp khuyết tật của con tôi bị cắt mà không báo", R, K.ALLOWANCE),
    ("Mẹ tôi 80 tuổi chưa được lĩnh tiền hưu trí xã hội", R, K.ALLOWANCE),
    ("chua thay tien dien ho ngheo quy 3", R, K.ALLOWANCE),
    ("Tiền mai táng nộp hồ sơ 2 tháng chưa được chi trả, cảm ơn", R, K.ALLOWANCE),
    ("Nhà giàu có xe ô tô vẫn được hộ nghèo, nhà tôi thì không", R, K.POOR_LIST),
    ("binh xet ho ngheo khong cong bang", R, K.POOR_LIST),
    ("Thôn không niêm yết danh sách hộ nghèo", R, K.POOR_LIST),
    ("thôn gạch tên nhà tôi khỏi hộ cận nghèo ko rõ lý do", R, K.POOR_LIST),
    ("ra soat ho ngheo nam nay khong thay ai den nha", R, K.POOR_LIST),
    ("Thẻ bảo hiểm y tế của bà nội hết hạn mà xã chưa đổi", R, K.HEALTH),
    ("the bhyt sai ten sua mai ko xong", R, K.HEALTH),
    ("Trạm y tế xã không có thuốc cho người nghèo", R, K.HEALTH),
    ("di kham benh vien bao the bao hiem khoa", R, K.HEALTH),
    ("Nhà trường thu thêm quỹ lớp của học sinh hộ nghèo", R, K.SCHOOL),
    ("con em đi học chưa dc miễn học phí", R, K.SCHOOL),
    ("truong chua tra tien an trua mau giao", R, K.SCHOOL),
    ("Nhà tôi dột nát mà không được xét xoá nhà tạm", R, K.HOUSING),
    ("nha sap sau bao chua ai xuong xem", R, K.HOUSING),
    ("Làm nhà xong 3 tháng chưa nhận được hỗ trợ làm nhà ở", R, K.HOUSING),
    ("tổ vay vốn không cho nhà tôi vay vốn ngân hàng chính sách", R, K.CREDIT),
    ("vay von ho ngheo nop don mai ko giai ngan", R, K.CREDIT),
    ("Cán bộ xã quát mắng bà con, thái độ rất kém", R, K.CONDUCT),
    ("can bo hach sach doi tien boi duong", R, K.CONDUCT),
    ("Trưởng thôn đòi tiền mới cho vào danh sách", R, K.CONDUCT),
    ("thai do o bo phan mot cua lanh dam", R, K.CONDUCT),
    ("Xã không họp dân, không đối thoại bao giờ", R, K.DIALOGUE),
    ("Loa truyền thanh hỏng nên bà con không biết lịch tập huấn", R, K.DIALOGUE),
    ("Đường vào thôn ngập nước", R, K.OTHER),
    ("cot dien nghieng so do", R, K.OTHER),
    ("Tôi tố cáo ông trưởng thôn nhận tiền của hộ nghèo", D, K.CONDUCT),
    ("to cao can bo an tien cua dan", D, K.CONDUCT),
    ("TÔI MUỐN TỐ CÁO CÁN BỘ XÃ NHẬN HỐI LỘ", D, K.CONDUCT),
    ("em gửi đơn tố cáo hiệu trưởng thu tiền sai", D, K.SCHOOL),
    ("Tố giác cán bộ tham ô tiền hỗ trợ", D, K.CONDUCT),
    ("tôi tố ông Bình nhận phong bì", D, K.CONDUCT),
    ("Tôi khiếu nại quyết định không công nhận hộ nghèo", C, K.POOR_LIST),
    ("khieu nai viec cat tro cap cua me toi", C, K.ALLOWANCE),
    ("Gửi đơn khiếu nại lần 2 về danh sách hộ cận nghèo", C, K.POOR_LIST),
    ("KHIẾU NẠI: trường không miễn học phí", C, K.SCHOOL),
    ("Tôi không đồng ý, tôi khiếu nại", C, K.OTHER),
    ("Tôi khiếu nại chứ không tố cáo ai, trợ cấp bị cắt", C, K.ALLOWANCE),
    ("Đề nghị xã mở lớp dạy nghề cho chị em", P, K.DIALOGUE),
    ("kien nghi lam them nuoc sach cho thon", P, K.HOUSING),
    ("Tôi xin góp ý: nên có ghế ngồi ở trụ sở", P, K.PROPOSAL),
    ("mong uỷ ban tổ chức đối thoại thường xuyên hơn", P, K.DIALOGUE),
    ("de xuat phat loa ca buoi toi", P, K.PROPOSAL),
    ("Đề nghị trả tiền trợ cấp, 2 tháng rồi chưa nhận được", R, K.ALLOWANCE),
    ("đề nghị xem lại vì sao nhà tôi bị gạch tên", R, K.POOR_LIST),
    ("Cảm ơn cô chú cán bộ đã giúp mẹ em làm thẻ", T, K.THANKS),
    ("cam on xa nhieu a", T, K.THANKS),
    ("Khen chị Hoa cán bộ xã rất nhiệt tình", T, K.THANKS),
    ("Biểu dương bác Tư người tốt việc tốt của thôn", T, K.THANKS),
    ("Xin cảm ơn và biết ơn các anh chị", T, K.THANKS),
    ("Giúp tôi với, trợ cấp của tôi bị cắt, cảm ơn", R, K.ALLOWANCE),
    ("Cảm ơn nhưng tôi vẫn chưa nhận được tiền", R, K.ALLOWANCE),
    ("Cho tôi hỏi vay vốn hộ nghèo cần giấy tờ gì", Q, K.CREDIT),
    ("cho hoi lam the bhyt o dau", Q, K.HEALTH),
    ("xin hỏi bao giờ rà soát hộ nghèo", Q, K.POOR_LIST),
    ("Tố cáo là gì, nộp ở đâu", Q, K.OTHER),
    ("khieu nai la gi vay", Q, K.OTHER),
    ("Cho tôi gặp cán bộ", H, K.OTHER),
    ("toi muon noi chuyen voi nguoi that", H, K.OTHER),
    ("Gọi lại cho tôi về chuyện hộ nghèo", H, K.POOR_LIST),
    ("Tôi tới tổ dân phố hỏi mà không ai trả lời về trợ cấp", R, K.ALLOWANCE),
    ("toi phan anh duong hong", R, K.OTHER),
    ("", R, K.OTHER),
    ("😡😡😡", R, K.OTHER),
]


@pytest.mark.parametrize(
    ("text", "kind", "category"), SAID, ids=[text[:40] or "nothing" for text, _, _ in SAID]
)
def test_what_is_told_is_taken_for_what_it_is(text: str, kind: Kind, category: Category) -> None:
    found = case_kinds.guess(text, TABLE)
    assert (found.kind, found.categories[0]) == (kind, category)


@pytest.mark.parametrize("text", [text for text, kind, _ in SAID if kind is not Kind.DENUNCIATION])
def test_marks_or_not_nothing_without_its_word_is_a_denunciation(text: str) -> None:
    """However bad it sounds: "cán bộ đòi tiền" is told as a reflection until the person says tố cáo."""
    assert case_kinds.guess(text, TABLE).kind is not Kind.DENUNCIATION
    assert case_kinds.guess(text.upper(), TABLE).kind is not Kind.DENUNCIATION


def test_other_is_always_offered_last_and_none_twice() -> None:
    for text, _, _ in SAID:
        categories = case_kinds.guess(text, TABLE).categories
        assert categories[-1] is Category.OTHER
        assert len(set(categories)) == len(categories)


def test_a_long_text_is_read_in_no_time() -> None:
    assert case_kinds.guess("khiếu nại " + "a" * 4000 + " tố cáo " * 400, TABLE).kind is Kind.COMPLAINT


@pytest.mark.parametrize(
    "text", ["[]", "{kinds: {party: {words: []}}, categories: {}}", "{kinds: {}, categories: {}}", "{"]
)
def test_a_table_that_cannot_be_used_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "kinds.yaml").write_text(text)
    with pytest.raises(KindsError):
        case_kinds.load(tmp_path / "kinds.yaml")
