"""Only what we sent is ours: whatever was changed in a copy is found and named; of the rest we say that we cannot tell."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from faq.syllable import unmark
from handlers.announcement_texts import chat
from handlers.genuine import Judgement, Reason, Sent, Verdict, codes, judge, names_code
from tests.handlers.announcing import PUBLIC_URL, ZONE, announcement, event
from tests.handlers.resident import CALM

TOLD = announcement(
    kind="event",
    link="https://khuyennong.example.vn/ga",
    text="Mời bà con đến dự lớp tập huấn chăn nuôi gà. Mỗi hộ được hỗ trợ 500.000 đồng, hộ nghèo 1.200.000 đồng, "
    "không thu phí. Hỏi chị Lan, số 0912 345 678.",
)
OURS = chat(TOLD, event(), ZONE, PUBLIC_URL).text
SENT = Sent(TOLD.code, OURS, links=(f"{PUBLIC_URL}/a/K7M4XP",), place="Nhà văn hóa thôn Đông")
OTHER = Sent("R4T9VC", "Xã trả trợ cấp tháng 12 tại trụ sở\n\nTừ ngày 05/12/2026.\n\nMã tin: R4T-9VC.")


def judged(text: str) -> Judgement:
    """Judge a text, with another announcement beside."""
    return judge(text, [OTHER, SENT])


def changed(was: str, now: str) -> Judgement:
    """Judge a copy in which something was put in the place of something that is there."""
    assert was in OURS
    return judged(OURS.replace(was, now))


@pytest.mark.parametrize(
    "copy",
    [
        OURS,
        unmark(OURS).lower(),
        OURS.replace("\n", " "),
        OURS.replace("Mời bà con", "MỜI BÀ CON"),
        f"{OURS}\nTôi sẽ đi\nĐi cùng người nhà\nTôi không đi được\nXem thêm",
        f"Bác ơi tin này có phải của xã không: {OURS}",
        OURS.replace("tập huấn chăn nuôi", "tập hấun chăn nuôi"),
        OURS.replace("8 giờ sáng", "8h"),
        OURS.replace("500.000 đồng", "500k"),
        OURS.replace("0912 345 678", "0912.345.678"),
        OURS.replace("https://", ""),
        OURS.replace("nuôi gà", "nuôi\u200b gà"),
        f"{OURS}\n{PUBLIC_URL}/a/K7M4XP",
    ],
)
def test_copy_word_for_word_is_ours_however_it_is_written(copy: str) -> None:
    assert (judged(copy).verdict, judged(copy).reason, judged(copy).sent) == (Verdict.OURS, Reason.SAME, SENT)


@pytest.mark.parametrize(
    ("was", "now", "what"),
    [
        ("500.000", "900.000", "amount"),
        ("500.000", "50.000", "amount"),
        ("1.200.000", "1.200.0000", "number"),
        ("0912 345 678", "0912 345 679", "phone"),
        ("khuyennong.example.vn", "khuyennong-example.vn", "link"),
        ("khuyennong", "khuyenn\u043eng", "link"),
        ("khuyennong", "khuyenn0ng", "link"),
        ("https://khuyennong.example.vn", "https://khuyennong.example.vn@xau.example", "link"),
        ("https://khuyennong", "http://khuyennong", "link"),
        ("/ga", "/ga?ref=1", "link"),
        ("12/12/2026", "13/12/2026", "date"),
        ("12/12/2026", "12/12/2027", "date"),
        ("8 giờ sáng", "8 giờ tối", "time"),
        ("thứ Bảy", "thứ Ba", "word"),
        ("thôn Đông", "thôn Tây", "place"),
        ("thôn Đông", "thôn Đồng", "place"),
        ("thôn Đông", "thôn Đông Hạ", "place"),
        ("Số chỗ: 60", "Số chỗ: 6", "number"),
        ("không thu phí", "thu phí", "word"),
        ("chị Lan", "anh Tuấn", "word"),
        ("500.000 đồng, hộ nghèo 1.200.000 đồng", "1.200.000 đồng, hộ nghèo 500.000 đồng", "amount"),
        ("K7M-4XP", "K7M-4XR", "code"),
    ],
)
def test_copy_with_something_changed_is_not_ours_and_says_what(was: str, now: str, what: str) -> None:
    found = changed(was, now)
    assert (found.verdict, found.reason) == (Verdict.NOT_OURS, Reason.CHANGED)
    assert what in [each.what for each in found.differs]


@pytest.mark.parametrize(
    ("added", "what"),
    [
        ("Chuyển 50.000 đồng phí giữ chỗ", "amount"),
        ("Gọi 0987 654 321", "phone"),
        ("Bấm vào bit.ly/nhan-qua", "link"),
        ("Đăng ký tại nhanqua-xa.top", "link"),
        ("Nhớ đọc mã OTP cho cán bộ", "word"),
        ("Hạn chót ngày 1/12", "date"),
    ],
)
@pytest.mark.parametrize("place", ["before", "behind"])
def test_what_is_put_around_ours_makes_it_not_ours(added: str, what: str, place: str) -> None:
    found = judged(f"{OURS}\n{added}" if place == "behind" else f"{added}\n{OURS}")
    assert found.verdict is Verdict.NOT_OURS
    assert what in [each.what for each in found.differs]


def test_harmless_words_around_ours_are_shown_as_not_ours() -> None:
    found = judged(f"{OURS}\nMai cả nhà mình cùng đi nhé")
    assert (found.verdict, found.reason) == (Verdict.CANNOT_TELL, Reason.ADDED)
    assert found.differs[0].copy == "Mai cả nhà mình cùng đi nhé"


@pytest.mark.parametrize("where", ["khuyen\u200bnong", "khuyen\u00adnong", "khuyen\u2060nong"])
def test_signs_that_do_not_show_in_a_link_are_not_ours(where: str) -> None:
    assert changed("khuyennong", where).reason is Reason.HIDDEN


def test_writing_turned_round_is_not_ours() -> None:
    assert judged(OURS.replace("500.000", "\u202e000.005")).verdict is Verdict.NOT_OURS


def test_part_of_ours_is_ours() -> None:
    found = judged(OURS[: OURS.index("Khi nào")])
    assert (found.verdict, found.reason, found.sent) == (Verdict.OURS, Reason.PART, SENT)


def test_same_in_other_words_cannot_be_told() -> None:
    found = judged(
        "Mời bà con đến dự lớp tập huấn chăn nuôi gà 8h sáng 12/12 tại nhà văn hóa thôn Đông, hỗ trợ 500k"
    )
    assert (found.verdict, found.sent) == (Verdict.CANNOT_TELL, SENT)


def test_same_in_other_words_with_a_link_of_their_own_is_not_ours() -> None:
    text = (
        "Mời bà con đến dự lớp tập huấn chăn nuôi gà, mỗi hộ được hỗ trợ 500k, bấm http://dangky.example.top"
    )
    assert judged(text).verdict is Verdict.NOT_OURS


@pytest.mark.parametrize("text", ["K7M-4XP", "k7m4xp", "Mã tin: K7M 4XP", "mã K7M4XP có phải của xã không"])
def test_code_alone_shows_what_it_stands_for(text: str) -> None:
    assert judged(text) == Judgement(Verdict.OURS, Reason.CODE, SENT)


@pytest.mark.parametrize("text", ["K7M-4XR", "mã tin K7M4XR", "ma: k7m4xr"])
def test_code_that_nobody_has_is_not_ours(text: str) -> None:
    assert judged(text) == Judgement(Verdict.NOT_OURS, Reason.UNKNOWN_CODE)


def test_code_of_ours_under_another_text_is_not_ours() -> None:
    found = judged("K7M-4XP: nhận ngay 2 triệu đồng, bấm bit.ly/abc để đăng ký trước 20 giờ hôm nay")
    assert (found.verdict, found.reason) == (Verdict.NOT_OURS, Reason.BORROWED)


def test_unlike_anything_cannot_be_told() -> None:
    text = "Cán bộ trả lời phản ánh của bà con: tiền trợ cấp tháng này về chậm, mong bà con thông cảm và chờ đến thứ Năm"
    assert judged(text) == Judgement(Verdict.CANNOT_TELL, Reason.NOT_FOUND)


def test_text_as_it_was_sent_is_ours_but_old() -> None:
    moved = Sent(TOLD.code, OURS.replace("12/12/2026", "19/12/2026"), earlier=(OURS,), place=SENT.place)
    assert judge(OURS, [moved]).reason is Reason.EARLIER
    assert judge(OURS, [moved]).verdict is Verdict.OURS
    assert judge(moved.text, [moved]).reason is Reason.SAME
    assert judge(OURS.replace("12/12", "20/12"), [moved]).verdict is Verdict.NOT_OURS


def test_what_was_struck_out_cannot_be_compared() -> None:
    sent = Sent(
        "K7M4XP",
        "Xã trả trợ cấp tháng 12 qua tài khoản cho các hộ đã đăng ký từ trước, bà con kiểm tra lại nhé.",
    )
    assert judge(sent.text.replace("tài khoản", "[số tài khoản đã ẩn]"), [sent]).verdict is not Verdict.OURS


@pytest.mark.parametrize("text", ["mã K7M-4XP-9RT", "K7M-4XP-9RT", "HC-K7M-4XP-9RT"])
def test_code_of_a_case_names_no_announcement(text: str) -> None:
    assert not names_code(text)


@pytest.mark.parametrize(
    "text", ["4 tre em", "3tr4xe", "5tramk", "2ha dat ruong thi duoc ho tro gi", "nhà có 2ha đất"]
)
def test_words_that_look_like_a_code_name_none(text: str) -> None:
    assert not names_code(text)


@given(st.text(max_size=300))
@CALM
def test_anything_can_be_judged(text: str) -> None:
    found = judged(text)
    assert found.verdict is not Verdict.OURS or found.reason is Reason.CODE
    assert isinstance(codes(text), list)


_FIGURES = [place for place, char in enumerate(OURS[: OURS.index("Mã tin")]) if char.isdigit()]


@given(st.sampled_from(_FIGURES), st.sampled_from("0123456789"))
@CALM
def test_one_other_digit_is_never_ours(place: int, digit: str) -> None:
    """Also where the time or the day then is another one altogether."""
    copy = OURS[:place] + digit + OURS[place + 1 :]
    assert (judged(copy).verdict is Verdict.OURS) == (copy == OURS)
