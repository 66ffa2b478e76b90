"""Secrets are struck out wherever they stand and however they are typed; what people mean to say is kept."""

import time
import unicodedata

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from handlers.messages import clean
from handlers.secrets import Secret, is_masked, mask, without_masks
from handlers.topics import Library
from tests.handlers.resident import CALM

MANY = settings(CALM, max_examples=300)
LONGEST_CPU_S = 1.0  # measured: below 0.1 s; far below what an endless search would take

# -- what is generated: sentences without a number, and secrets as people type them

_WORDS = st.sampled_from(
    """bà con cháu ơi nhà tôi hộ nghèo cận xã Tân Kỳ phường hỏi được vay vốn không dc vay k a mẹ già ốm nuôi ba đứa
    trâu bò lúa mất mùa xin giúp với trợ cấp tuổi cao thoát chính sách ạ nha khám bệnh viện học phí ngheo""".split()  # noqa: SIM905
)
_SENTENCE = st.lists(_WORDS, max_size=8).map(" ".join)
_BLANKS = st.sampled_from([" ", ".", "-", " - ", "–", "\u00a0", "  ", "\u2009", "·", "\u200b ", "_"])
_UNSEEN = st.sampled_from(["", "\u200b", "\u200d", "\u2060", "\u00ad", "\ufeff"])
_ZEROS = st.sampled_from("0٠०０𝟎")


@st.composite
def _typed(draw: st.DrawFn, digits: str, patterns: list[tuple[int, ...]]) -> str:
    """Write digits in groups, with one blank throughout, in one script, unseen characters inside."""
    blank, unseen, zero = draw(_BLANKS), draw(_UNSEEN), ord(draw(_ZEROS))
    rest = "".join(chr(zero + int(d)) for d in digits)
    groups = []
    for length in draw(st.sampled_from([(len(digits),), *patterns])):
        if not rest:
            break
        groups.append(unseen.join(rest[:length]))
        rest = rest[length:]
    return blank.join([*groups, *([rest] if rest else [])])


def _digits(least: int, most: int) -> st.SearchStrategy[str]:
    return st.text("0123456789", min_size=least, max_size=most)


_CITIZEN_ID = st.builds(
    lambda province, rest: f"{province:03}{rest}", st.integers(1, 96), _digits(9, 9)
)  # 001 to 096
_ID_PATTERNS = [(4, 4, 4), (3, 3, 3, 3), (3, 3, 6), (6, 6), (3, 1, 2, 6), (1,) * 12]


def _with_check_digit(body: str) -> str:
    doubled = [int(d) * (2 - at % 2) for at, d in enumerate(reversed(body))]
    return body + str(-sum(d - 9 * (d > 9) for d in doubled) % 10)


_CARD = st.builds(
    lambda first, rest: _with_check_digit(first + rest), st.sampled_from("34569"), _digits(11, 17)
)
_CARD_PATTERNS = [(4, 4, 4), (4, 6), (4, 4, 4, 4), (6, 6), (1,) * 19]
_IS = st.sampled_from([" ", ": ", " là ", " la ", " của em là ", " cua toi: ", " = ", " laf ", ":\n"])
_ACCOUNT_WORDS = st.sampled_from(
    "stk|STK|số tài khoản|so tai khoan|sotaikhoan|Số TK|tk|tài khoản|taif khoanr|account|Vietcombank|agribank|vcb|BIDV|"  # noqa: SIM905
    "stk ngân hàng Agribank|tai2 khoan3|ｓｔｋ".split("|")
)
_CODE_WORDS = st.sampled_from(
    "otp|OTP|mã OTP|ma otp|mã xác nhận|ma xac nhan|maxacnhan|mã xác thực|maax xacs thuwcj|ma4 xac1 nhan65|mã xn|code|"  # noqa: SIM905
    "mật khẩu|mat khau|o.t.p|mã PIN".split("|")
)
_PASSWORD_WORDS = st.sampled_from(
    "mật khẩu|mat khau|matkhau|maatj khaaur|mk|pass|password|mật khẩu zalo của em|mk zalo".split("|")  # noqa: SIM905
)


def _left(text: str) -> str:
    return "".join(str(unicodedata.digit(char)) for char in text if unicodedata.digit(char, None) is not None)


@st.composite
def _around(draw: st.DrawFn, secret: st.SearchStrategy[str]) -> str:
    return f"{draw(_SENTENCE)} {draw(secret)} {draw(_SENTENCE)}"


@MANY
@given(_around(_CITIZEN_ID.flatmap(lambda digits: _typed(digits, _ID_PATTERNS))))
def test_citizen_id_never_survives(text: str) -> None:
    assert _left(mask(text)) == ""
    assert Secret.ID in mask(clean(text))


@MANY
@given(_around(_CARD.flatmap(lambda digits: _typed(digits, _CARD_PATTERNS))))
def test_card_never_survives(text: str) -> None:
    assert _left(mask(text)) == ""
    assert is_masked(mask(clean(text)))


@MANY
@given(st.data())
def test_account_never_survives_beside_its_words(data: st.DataObject) -> None:
    digits = data.draw(_digits(6, 19))
    # An amount beside "tài khoản" is money in it: see the table of what is kept.
    assume(not (digits.endswith("000") and digits[0] != "0"))
    number = data.draw(_typed(digits, [(4, 4, 4), (3, 3, 3), (1,) * 19]))
    assume(not _is_years(digits))
    text = (
        f"{data.draw(_SENTENCE)} {data.draw(_ACCOUNT_WORDS)}{data.draw(_IS)}{number} {data.draw(_SENTENCE)}"
    )

    assert _left(mask(text).replace("tai2 khoan3", "")) == "", text


def _is_years(digits: str) -> bool:
    """Years side by side may stand beside any word."""
    return len(digits) % 4 == 0 and all(
        digits[at : at + 2] in ("19", "20") for at in range(0, len(digits), 4)
    )


@MANY
@given(st.data())
def test_one_time_code_never_survives_beside_its_words(data: st.DataObject) -> None:
    number = data.draw(_digits(4, 8).flatmap(lambda digits: _typed(digits, [(3, 3), (2, 2, 2), (1,) * 8])))
    words = data.draw(_CODE_WORDS)
    before, after = data.draw(_SENTENCE), data.draw(_SENTENCE)
    text = f"{before} {words}{data.draw(_IS)}{number} {after}"
    behind = f"{before} {number} là {words}"

    assert _left(mask(text).replace(words, "")) == "", text
    assert words[-1].isdigit() or _left(mask(behind).replace(words, "")) == "", behind


@MANY
@given(st.data())
def test_old_id_never_survives_beside_its_words(data: st.DataObject) -> None:
    digits = data.draw(_digits(9, 9))
    number = data.draw(_typed(digits, [(3, 3, 3), (1,) * 9]))
    words = data.draw(
        st.sampled_from(["CMND", "cmt", "số chứng minh", "chung minh nhan dan", "CCCD", "căn cước"])
    )
    text = f"{data.draw(_SENTENCE)} {words}{data.draw(_IS)}{number} {data.draw(_SENTENCE)}"

    assert _left(mask(text)) == "", text


@MANY
@given(st.data())
def test_password_never_survives_after_its_words(data: st.DataObject) -> None:
    value = data.draw(st.text("abcdefgHKLMN0123456789@#!_", min_size=5, max_size=20))
    assume(any(c.isdigit() for c in value) and any(c.isalpha() for c in value) and value[0].isalpha())
    link = data.draw(st.sampled_from([" là ", " la ", ": ", "=", ": “"]))
    text = f"{data.draw(_SENTENCE)} {data.draw(_PASSWORD_WORDS)}{link}{value} {data.draw(_SENTENCE)}"

    assert value not in mask(text), text


# -- what is kept

_AMOUNT = st.integers(1, 999_999).map(lambda n: n * 1000)
_HARMLESS = st.one_of(
    _AMOUNT.map(str),
    _AMOUNT.map(lambda n: f"{n:,}".replace(",", ".") + " đồng"),
    st.integers(1900, 2099).map(str),
    st.dates().map(lambda d: f"{d.day:02}/{d.month:02}/{2000 + d.year % 100}"),
    st.dates().map(lambda d: f"{d.day:02}-{d.month:02}-{2000 + d.year % 100}"),
    st.integers(0, 120).map(lambda n: f"{n} tuổi"),
    st.builds("0{}{}".format, st.sampled_from("35789"), _digits(8, 8)),
    st.builds("0{}{} {} {}".format, st.sampled_from("35789"), _digits(2, 2), _digits(3, 3), _digits(3, 3)),
    st.builds("+84{}{}".format, st.sampled_from("35789"), _digits(8, 8)),
    st.sampled_from(
        ["07/2021/NĐ-CP", "1234/QĐ-TTg", "1tr4", "1,4tr", "5 triệu", "HP-2026-001234", "540000", "6,6%", "2022-2025",
         "000.00.30.H23-241123-0012", "1900 1234", "113"]
    ),
)  # fmt: skip


@MANY
@given(st.lists(st.tuples(_WORDS, _HARMLESS), max_size=6), _WORDS)
def test_what_people_mean_to_say_survives(pieces: list[tuple[str, str]], last: str) -> None:
    text = " ".join([*(f"{word} {thing}" for word, thing in pieces), last])

    assert mask(text) == text


@MANY
@given(st.data())
def test_harmless_numbers_survive_beside_a_secret(data: st.DataObject) -> None:
    thing, secret = data.draw(_HARMLESS), data.draw(_CITIZEN_ID)

    assert mask(f"tôi có {thing} nhé còn đây {secret}") == f"tôi có {thing} nhé còn đây {Secret.ID}"


@pytest.mark.parametrize(
    "text",
    [
        "/start",
        "/start 123456",
        "mk là hộ nghèo có đc vay k",
        "mk 30t nuoi 2 con 5tr/thang",
        "mật khẩu là gì ạ",
        "quen mat khau vneid thi lam sao",
        "tiền về tk 540000 rồi",
        "tài khoản của tôi bị trừ 1.500.000 đồng",
        "nó bảo đọc otp rồi mất 5400000",
        "vay ngân hàng chính sách 50000000",
        "chuẩn nghèo 2022-2025 là 1.500.000 2.000.000",
        "12-05-2026 15-06-2026",
        "2025 2026 2027 2028",
        "sđt 0912 345 678 - 0987 654 321",
        "tôi không có tài khoản. gọi tôi 0912345678",
        "số tài khoản 8 số hay 13 số ạ",
        "code HC-4821",
    ],
)
def test_sentence_without_a_secret_is_left_alone(text: str) -> None:
    assert mask(text) == text


def test_shipped_content_holds_no_secret(library: Library) -> None:
    """Six thousand questions that people ask: none of them may lose a word."""
    for topic in library.topics.values():
        for text in (topic.title, *topic.phrasings, *(v.answer for v in topic.versions)):
            assert mask(text) == text


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("cccd của tôi là 030199001234 nhé", "cccd của tôi là [đã ẩn số căn cước] nhé"),
        ("4111 1111 1111 1111", "[đã ẩn số thẻ]"),
        ("19035678901234\nTechcombank\nNGUYEN VAN A", "[đã ẩn số tài khoản]\nTechcombank\nNGUYEN VAN A"),
        ("stk agribank 2300205123456, sđt 0912345678", "stk agribank [đã ẩn số tài khoản], sđt 0912345678"),
        ("stk 123456789 hoặc 987654321", "stk [đã ẩn số tài khoản] hoặc [đã ẩn số tài khoản]"),
        ("482913 nó gửi mã otp về máy", "[đã ẩn mã xác nhận] nó gửi mã otp về máy"),
        ("Mật khẩu VNeID của bố là Bo@1960.", "Mật khẩu VNeID của bố là [đã ẩn mật khẩu]."),
        ("mật khẩu là hoa hồng", "mật khẩu là [đã ẩn mật khẩu]"),
        ("tôi sinh 1990 030199001234", "tôi sinh 1990 [đã ẩn số căn cước]"),
        ("CMND 012345678 cấp 12/05/2010", "CMND [đã ẩn số căn cước] cấp 12/05/2010"),
        ("otp 1️⃣2️⃣3️⃣4️⃣", "otp [đã ẩn mã xác nhận]"),
        ("stk cua em la 0912345678", "stk cua em la [đã ẩn số tài khoản]"),
    ],
)
def test_masked_sentence_stays_readable(typed: str, read: str) -> None:
    assert mask(typed) == read


# -- anything at all

_PIECES = st.sampled_from(
    ["stk ", "otp ", "mật khẩu ", "pass=", "A1b2@ ", "\n\n\n", "là ", "mk: ",
     "cccd ", "hoặc ", ", ", ". ", "\n", " đồng", "/", "0912345678 ", "1234 ",
     "030199001234", "4111 1111 1111 1111 ", "540000 ", "abc1 ", "tk ", "12/05/2026 ", "\u200b", "-", "+84", *Secret]
)  # fmt: skip


@MANY
@given(st.one_of(st.text(max_size=200), st.lists(_PIECES, max_size=25).map("".join)))
def test_masking_twice_is_masking_once(text: str) -> None:
    masked = mask(text)

    assert mask(masked) == masked
    assert is_masked(masked) or masked == text


@pytest.mark.parametrize(
    "piece",
    ["1", "1 ", "1.", "1 - ", "1\n", "1/", "12 ", "0912 ", "1000 ", "2025 ", "1\u200b", "otp 1234 ", "mk=", "mk ", "a1",
     "stk otp ", "123456789 hoặc ", "mat khau la ", "030199001234 ", "4 1 1 1 ", "1" + "\u200b" * 500,
     "pass=\n\n\n\n\n", "mật khẩu \n", "pass=A1b2@ otp 1234\n", "stk 1 "],
)  # fmt: skip
def test_time_is_bounded(piece: str) -> None:
    text = ("stk " + piece * 4096)[:4096]
    begun = time.thread_time()  # other tests' threads may be ending in this process
    mask(text)

    assert time.thread_time() - begun < LONGEST_CPU_S


def test_what_else_is_said_is_what_is_matched() -> None:
    assert without_masks(mask("030199001234.")) == ""
    assert without_masks("  hỏi vay vốn ") == "  hỏi vay vốn "
    assert without_masks(mask("stk 123456789 hỏi vay vốn")).split() == ["stk", "hỏi", "vay", "vốn"]
