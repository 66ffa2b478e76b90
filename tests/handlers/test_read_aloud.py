"""What the loudspeaker reads holds no digit, sign or abbreviation, and whoever hears it understands the same."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.numerals import whole
from handlers.read_aloud import code, read_aloud
from tests.handlers import hearing
from tests.handlers.resident import CALM


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("0", "không"),
        ("14", "mười bốn"),
        ("15", "mười lăm"),
        ("21 con", "hai mươi mốt con"),
        ("24", "hai mươi tư"),
        ("55", "năm mươi lăm"),
        ("101 hộ", "một trăm linh một hộ"),
        ("1.005", "một nghìn không trăm linh năm"),
        ("1.234.000.000.000", "một nghìn hai trăm ba mươi tư tỷ"),
        ("1.500.000 đồng", "một triệu năm trăm nghìn đồng"),
        ("1.500.000đ/tháng", "một triệu năm trăm nghìn đồng một tháng"),
        ("2,5 triệu đồng/người/tháng", "hai phẩy năm triệu đồng một người một tháng"),
        ("500k", "năm trăm nghìn đồng"),
        ("1tr5", "một triệu năm trăm nghìn"),
        ("6,6%", "sáu phẩy sáu phần trăm"),
        ("1,05", "một phẩy không năm"),
        ("5-10%", "năm đến mười phần trăm"),
        ("ngày 1/4/2027", "ngày mùng một tháng tư năm hai nghìn không trăm hai mươi bảy"),
        ("12/12", "ngày mười hai tháng mười hai"),
        (
            "12-14/12/2026",
            "ngày mười hai đến ngày mười bốn tháng mười hai năm hai nghìn không trăm hai mươi sáu",
        ),
        ("tháng 4/2027", "tháng tư năm hai nghìn không trăm hai mươi bảy"),
        ("ngày 5 tháng 4", "ngày mùng năm tháng tư"),
        ("quý IV", "quý bốn"),
        ("8h", "tám giờ"),
        ("07:30-11:30", "bảy giờ ba mươi phút đến mười một giờ ba mươi phút"),
        ("1 giờ 30 chiều", "một giờ ba mươi phút chiều"),
        ("gọi 0912345678", "gọi không chín một hai, ba bốn năm, sáu bảy tám"),
        ("0912.345.678", "không chín một hai, ba bốn năm, sáu bảy tám"),
        ("ĐT: 0220 3852 123", "điện thoại: không hai hai không, ba tám năm hai, một hai ba"),
        ("tổng đài 1900 1234", "tổng đài một chín không không, một hai ba bốn"),
        ("gọi 113, 114 hoặc 115", "gọi một một ba, một một bốn hoặc một một năm"),
        ("113 hộ", "một trăm mười ba hộ"),
        ("80 m²", "tám mươi mét vuông"),
        ("cách 3km", "cách ba ki-lô-mét"),
        ("UBND xã, BHYT, NHCSXH", "Uỷ ban nhân dân xã, bảo hiểm y tế, Ngân hàng Chính sách xã hội"),
        ("TP. Hải Dương, P. Tứ Minh, Q.5", "thành phố Hải Dương, phường Tứ Minh, quận năm"),
        ("xã/phường", "xã hoặc phường"),
        ("TẬP HUẤN NUÔI GÀ", "TẬP HUẤN NUÔI GÀ"),
        ("mã OTP", "mã o tê pê"),
        ("NĐ 07/2021/NĐ-CP", "Nghị định số bảy năm hai nghìn không trăm hai mươi mốt của Chính phủ"),
        ("khổ A4, QL5", "khổ a bốn, quốc lộ năm"),
        ("https://hai-chieu.vn/a2", "hai gạch ngang chieu chấm vn gạch chéo a số hai"),
        ("😀 mục • một", "mục một"),
    ],
)
def test_it_is_read_as_people_say_it(written: str, said: str) -> None:
    assert read_aloud(written) == said


def test_code_is_read_sign_by_sign() -> None:
    assert code("K7M-4XP") == "ca bảy mờ, bốn ích xì pê"


@given(st.integers(0, 10**15 - 1) | st.integers(0, 3000))
@CALM
def test_number_is_understood_as_it_was_meant(value: int) -> None:
    assert hearing.number(whole(value)) == value


def test_small_numbers_are_all_said_otherwise() -> None:
    assert len({whole(value) for value in range(20_000)}) == 20_000


@given(st.text(max_size=200) | st.text("0123456789.,/-:%hđktrm ²½①TP", max_size=60))
@CALM
def test_no_digit_and_no_sign_is_left_whatever_was_written(text: str) -> None:
    said = read_aloud(text)
    assert not [char for char in said if char.isdigit() or char in "%/&+=@#°₫"]
