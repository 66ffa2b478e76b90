"""How people write how many they are and what they live on; what is not clear is not guessed."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from faq.text import fold
from handlers.income import MAX_PEOPLE, MAX_SUM, Doubt, Figures, read_figures
from tests.handlers.resident import CALM

M, K = 1_000_000, 1_000

TOTALS = {
    "5tr": 5 * M, "5 tr": 5 * M, "5 triệu": 5 * M, "5 trieu": 5 * M, "5 triệu đồng": 5 * M, "5 củ": 5 * M,
    "5 trieeuj": 5 * M, "1,5 triệu": 1_500_000, "1.5tr": 1_500_000, "1.450 triệu": 1_450_000, "1tr4": 1_400_000,
    "1tr45": 1_450_000, "1tr450": 1_450_000, "1 triệu 4": 1_400_000, "1 triệu 200": 1_200_000,
    "1 triệu 200 nghìn": 1_200_000, "5000000": 5 * M, "5.000.000": 5 * M, "5.000.000đ": 5 * M, "5,000,000 vnd": 5 * M,
    "800k": 800 * K, "800 nghìn": 800 * K, "800 ngàn": 800 * K, "0": 0, "0 đồng": 0, "nửa triệu": 500 * K,
    "năm triệu": 5 * M, "năm triệu rưỡi": 5_500_000, "triệu rưỡi": 1_500_000, "hai triệu tư": 2_400_000,
    "hai trieu ruoi": 2_500_000, "một triệu hai trăm nghìn": 1_200_000, "tám trăm nghìn": 800 * K, "mười triệu": 10 * M,
    "mười hai triệu": 12 * M, "hai mươi lăm triệu": 25 * M, "tam trieu": 8 * M, "tam 5 trieu": 5 * M,
    "tầm 5 triệu ạ": 5 * M, "khoảng 6 triệu": 6 * M, "chừng độ 6 triệu thôi": 6 * M, "gần 6tr": 6 * M,
    "trên dưới 5 triệu": 5 * M, "cả nhà 6 triệu": 6 * M, "tháng được 5 triệu": 5 * M, "5 triệu/tháng": 5 * M,
    "5tr/th": 5 * M, "5 triệu 1 tháng": 5 * M, "60 triệu một năm": 5 * M, "60tr/năm": 5 * M, "năm 60 triệu": 5 * M,
    "mỗi năm 50 triệu": 4_166_667, "không có thu nhập": 0, "không có đồng nào": 0, "nha khong co thu nhap gi": 0,
    "vợ không có thu nhập, chồng 5 triệu": 5 * M,
}  # fmt: skip
HEADS = {
    "1,4tr/người": 1_400_000, "1,4 triệu/ người": 1_400_000, "1tr4/ng": 1_400_000, "1tr2/ng/tháng": 1_200_000,
    "mỗi người 1,4 triệu": 1_400_000, "moi nguoi 1tr4": 1_400_000, "1,4 triệu một người": 1_400_000,
    "một người 1,4 triệu": 1_400_000, "bình quân 1tr2": 1_200_000, "bình quân đầu người 1,2 triệu": 1_200_000,
    "12 triệu/người/năm": 1 * M, "mỗi đầu người 900 nghìn": 900 * K,
}  # fmt: skip
HOUSES = {
    "4 người 5 triệu": (4, 5 * M), "4 nguoi 5tr": (4, 5 * M), "4ng 5tr5": (4, 5_500_000), "5tr5 4 người": (4, 5_500_000),
    "5 triệu 4 người": (4, 5 * M), "4 người, 5 triệu": (4, 5 * M), "4 người - 5 triệu": (4, 5 * M),
    "4 khẩu 6tr": (4, 6 * M), "4 nhân khẩu 6tr": (4, 6 * M), "nhà bốn người, năm triệu": (4, 5 * M),
    "nha bon nguoi nam trieu": (4, 5 * M), "nam nguoi nam trieu": (5, 5 * M), "4 người 5.000.000": (4, 5 * M),
    "nhà có 5 miệng ăn tháng được bốn triệu rưỡi": (5, 4_500_000), "4 người 60 triệu một năm": (4, 5 * M),
    "nhà 3 người, 1 người đi làm 4tr": (3, 4 * M), "mười người mười triệu": (10, 10 * M),
    "Nhà tôi 4 người thu nhập 5 triệu một tháng thì thuộc diện gì?": (4, 5 * M),
}  # fmt: skip
DOUBTFUL = {
    **dict.fromkeys(
        (
            "khoảng 6-7 triệu", "6 - 7 triệu", "6 đến 7 triệu", "từ 6 đến 7 triệu", "6tr-7tr", "6 triệu hoặc 7 triệu",
            "sáu bảy triệu", "sau bay trieu", "bảy tám trăm nghìn", "hơn 5 triệu", "trên 5 triệu", "dưới 2 triệu",
            "chưa đến 5 triệu", "không quá 5 triệu", "5 triệu trở xuống", "chồng 5 triệu vợ 3 triệu", "4 5 triệu",
        ),
        Doubt.SEVERAL,
    ),
    **dict.fromkeys(("5", "1,5", "500", "5 đồng", "5 nghìn", "0912345678", "9 tỷ", "4 người 500"), Doubt.UNIT),
    **dict.fromkeys(
        ("ngày 200 nghìn", "200k một ngày", "mỗi vụ 10 triệu", "một tuần 1 triệu", "3 tháng 10 triệu",
         "năm nay mỗi tháng 5 triệu"),
        Doubt.PERIOD,
    ),
}  # fmt: skip
PEOPLE = {
    "4 người": 4, "bốn người": 4, "ba người": 3, "4 khẩu": 4, "nhà tôi có 5 miệng ăn": 5, "mười hai người": 12,
    "30 người": 30, "31 người": None, "0 người": None, "nhà 3 người, 4 người": None, "2 vợ chồng 3 con": None,
    "hai bà cháu": None, "bà tôi": None, "ở với ba má": None,
}  # fmt: skip


@pytest.mark.parametrize(("typed", "total"), TOTALS.items())
def test_sum_of_the_household_is_read(typed: str, total: int) -> None:
    read = read_figures(typed)
    assert (read.total, read.per_head, read.doubt) == (total, None, None)


@pytest.mark.parametrize(("typed", "per_head"), HEADS.items())
def test_sum_a_head_is_told_from_one_of_the_household(typed: str, per_head: int) -> None:
    read = read_figures(typed)
    assert (read.total, read.per_head, read.doubt) == (None, per_head, None)


@pytest.mark.parametrize(("typed", "house"), HOUSES.items())
def test_people_and_sum_are_read_together(typed: str, house: tuple[int, int]) -> None:
    read = read_figures(typed)
    assert (read.people, read.total, read.per_head, read.doubt) == (*house, None, None)


@pytest.mark.parametrize(("typed", "doubt"), DOUBTFUL.items())
def test_what_is_not_clear_is_not_guessed(typed: str, doubt: Doubt) -> None:
    read = read_figures(typed)
    assert (read.total, read.per_head, read.doubt) == (None, None, doubt)


@pytest.mark.parametrize(("typed", "people"), PEOPLE.items())
def test_people_are_counted_only_where_somebody_counted_them(typed: str, people: int | None) -> None:
    assert read_figures(typed).people == people


@pytest.mark.parametrize("typed", ["4", "bốn", "4 ạ"])
def test_bare_number_is_left_to_whoever_asked(typed: str) -> None:
    assert read_figures(typed).bare == 4


@pytest.mark.parametrize("typed", ["", "không biết", "triệu", "hộ nghèo là gì", "???", "cám ơn"])
def test_text_without_figures_has_none(typed: str) -> None:
    read = read_figures(typed)
    assert (read.people, read.total, read.per_head, read.bare, read.doubt) == (None,) * 5


@pytest.mark.parametrize(
    ("typed", "strange"),
    [
        ("nhà tôi 4 người, cả nhà được khoảng 5 triệu một tháng ạ", False),
        ("hộ nghèo vay được 100 triệu không", True),
        ("4 người 5 triệu thì thuộc diện gì", True),
    ],
)
def test_words_that_tell_no_figures_are_noticed(typed: str, strange: bool) -> None:
    assert read_figures(typed).strange is strange


@pytest.mark.parametrize("typed", [*TOTALS, *HEADS, *HOUSES])
def test_marks_change_nothing_but_where_they_are_all_there_is(typed: str) -> None:
    """Also in capitals. "/", "-" and "," are no marks."""
    assert read_figures(typed.upper()) == read_figures(typed)
    if all(piece.isalnum() for piece in typed.split()):
        assert read_figures(fold(typed)) == read_figures(typed)


_WORDS = "triệu tr k đ người năm rưỡi tháng mỗi một hai mươi nghìn trăm ng / - ٣ ½ \u200b".split(" ")  # noqa: SIM905  # reads as a list
_PIECES = st.sampled_from([*"0123456789,.-/ ", *_WORDS])


@settings(CALM, max_examples=500)
@given(
    text=st.one_of(
        st.text(), st.lists(_PIECES, max_size=40).map("".join), st.lists(_PIECES, max_size=30).map(" ".join)
    )
)
def test_anything_can_be_read(text: str) -> None:
    """Within its bounds, and in bounded time."""
    read = read_figures(text)

    assert read.people is None or 1 <= read.people <= MAX_PEOPLE
    for amount in (read.total, read.per_head):
        assert amount is None or 0 <= amount <= MAX_SUM
    assert read.total is None or read.per_head is None
    assert isinstance(read, Figures)


@pytest.mark.parametrize(
    "piece", ["9", "9 ", "9.9", "1 nam ", "mỗi người ", "một ", "5 triệu ", "/ ", "@sum "]
)
def test_long_text_is_read_quickly(piece: str) -> None:
    """Nothing in it backtracks for ever: the test would not end."""
    read_figures(piece * 4096)
