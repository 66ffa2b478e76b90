"""What a text is made of, for who looks for secrets in it: numbers, words that say what a number is, sentence ends.

Pure, and knows nothing of what is struck out. Every character keeps its place, so that a finding can be cut out of the
text as it was typed.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from types import MappingProxyType
from typing import Final

from faq.syllable import from_telex, from_vni, is_syllable, unmark


class Secret(StrEnum):
    """A kind of secret; the value is what is read in its place."""

    ID = "[đã ẩn số căn cước]"
    CARD = "[đã ẩn số thẻ]"
    ACCOUNT = "[đã ẩn số tài khoản]"
    CODE = "[đã ẩn mã xác nhận]"
    PASSWORD = "[đã ẩn mật khẩu]"  # noqa: S105  # the words shown in place of one


class Cue(StrEnum):
    """What words say the number beside them is."""

    ID = "id"
    CARD = "card"
    ACCOUNT = "account"
    BANK = "bank"  # as ACCOUNT, but amounts stand beside these words too
    CODE = "code"
    PASSWORD = "password"  # noqa: S105  # the name of a kind
    MK = "mk"  # mật khẩu, or mình
    PHONE = "phone"
    REFERENCE = "reference"


# As they are compared: no marks, no spaces, so that "mã xác nhận", "ma xac nhan" and "maxacnhan" are one.
_CUE_WORDS: Final = {
    Cue.ID: "cccd cancuoc cmnd cmt cmtnd chungminh chungminhthu chungminhnhandan dinhdanh giaytotuythan",
    Cue.CARD: "sothe theatm atm visa mastercard napas jcb thenganhang thetindung thenoidia theghino",
    Cue.ACCOUNT: "stk sotk sotaikhoan staikhoan sotkhoan accountnumber soaccount soacc",
    Cue.BANK: "tk taikhoan tkhoan account acc nganhang bank vietcombank vcb agribank agri bidv vietinbank "
    "vietin techcombank tcb mbbank mb acb sacombank tpbank vpbank hdbank shb vib ocb msb lpbank lienviet "
    "lienvietpostbank seabank eximbank scb pvcombank abbank kienlongbank ncb vietbank namabank bacabank saigonbank "
    "coopbank baovietbank cake timo momo zalopay viettelpay viettelmoney vnptmoney nhcsxh vbsp",
    Cue.CODE: "otp smartotp maxacnhan maxn mxn maxacthuc maxt mxt maxacminh makichhoat mabaomat madangnhap "
    "mapin sopin pincode masms code cvv cvc",
    Cue.PASSWORD: "matkhau mkhau mkau matma pass password passwork pasword passwd passcode pwd pw mkcua "
    "mkfb mkface mkfacebook mkzalo mkvneid mkwifi mkgmail mkemail",
    Cue.MK: "mk",
    Cue.PHONE: "sdt dt dthoai dienthoai phone goi alo call lienhe hotline zalo duongdaynong",
    Cue.REFERENCE: "mahoso sohoso maphananh madon masothue mst maho mahongheo quyetdinh bhxh bhyt "
    "masobhxh sothebhyt thebhyt thebaohiem baohiemyte nghidinh congvan",
}
CUES: Final[Mapping[str, Cue]] = MappingProxyType(
    {word: cue for cue, words in _CUE_WORDS.items() for word in words.split()}
)
MAX_CUE_WORDS: Final = 4
_SPELT_OUT: Final = frozenset(
    ("otp", "stk", "cccd", "cmnd", "cmt", "pass")
)  # also typed letter by letter: "O T P"
_TWO_WORDS: Final = frozenset(("sotk", "maxn", "maxt", "mkfb"))  # short, and yet written apart
_SHORT_CUE: Final = 4  # letters; other words must not become one by chance ("có đê": code)

# Words that may stand between a cue and its number without making it somebody else's.
LINKS: Final = frozenset(
    """la l is cua c toi tui em e chau con minh m mik me bo ong ba anh chi vo chong s so nay ne day do a ah nhe nha
    moi quy khach cu nhu sau dung giup cac bac chu ma thi""".split()  # noqa: SIM905  # reads as a list
)
JOINING: Final = frozenset(("va", "hoac", "voi", "cung", "hay"))

# "-" stands for every dash, " " for every blank, _Z for every character that is not seen, 0–9 for every digit.
_Z: Final = "\u200b"
_GROUP: Final = rf"[0-9](?:{_Z}*[0-9])*{_Z}*"
_BETWEEN: Final = rf"(?: {{1,4}}(?:- {{0,4}})?|- {{0,4}}|[.,_·]){_Z}*"
_TOKEN: Final = re.compile(
    "(?P<mask>" + "|".join(re.escape(label) for label in Secret) + ")"
    rf"|(?P<number>{_GROUP}(?:{_BETWEEN}{_GROUP})*)"
    r"|(?P<vni>[A-Za-z][A-Za-z1-9]{1,9}(?!\w))"
    rf"|(?P<word>[^\W\d_](?:{_Z}*[^\W\d_])*)"
    rf"|(?P<stop>[.!?…]+(?=[\s{_Z}]|$))|(?P<line>\n)"
)
_BELONGS: Final = re.compile(r"[^:=\n]*")  # what may stand between the words of a cue
_GROUPS: Final = re.compile(_GROUP)


@dataclass(frozen=True, slots=True)
class Item:
    """Something a text is made of. `kind`: word, number, mask, stop (of a sentence), line (its end).

    `word` is folded; `groups` of a number are (start, end, digits), in the order written; `masked` is of a mask.
    """

    kind: str
    start: int
    end: int
    word: str = ""
    groups: tuple[tuple[int, int, str], ...] = ()
    masked: Secret | None = None

    @property
    def digits(self) -> str:
        """Return all digits of a number."""
        return "".join(digits for _, _, digits in self.groups)


def plainly(text: str) -> str:
    """Return the text with digits as 0–9, blanks as spaces, and one sign for what is not seen; as long as before."""
    return "".join(map(_shape, text))


@lru_cache(maxsize=4096)
def _shape(char: str) -> str:
    digit = unicodedata.digit(char, None)
    if digit is not None:
        return str(digit)
    category = unicodedata.category(char)
    if category in ("Cf", "Mn", "Me"):
        return _Z
    if char in "\n\r\v\f\x85\u2028\u2029":
        return "\n"
    if category in ("Zs", "Cc"):
        return " "
    if category == "Pd" or char == "\u2212":
        return "-"
    return unicodedata.normalize("NFKC", char) if char in "．，＿：＝／" else char


def items(plain: str) -> list[Item]:
    """Return what a text as `plainly` gives it is made of, in order; other signs are left out."""
    found: list[Item] = []
    at = 0
    while (token := _TOKEN.search(plain, at)) is not None:
        kind, start, at = str(token.lastgroup), token.start(), token.end()
        if kind == "vni":
            kind = "word"
            letters = re.match(r"[A-Za-z]+", token[0])
            if letters and letters[0] != token[0] and from_vni(token[0].lower()) is None:
                at = start + len(letters[0])
        match kind:
            case "number":
                found.append(Item(kind, start, at, groups=_groups(plain, start, at)))
            case "mask":
                found.append(Item(kind, start, at, masked=Secret(token[0])))
            case "word":
                found.append(Item(kind, start, at, folded(plain[start:at])))
            case _:
                found.append(Item(kind, start, at))
    return found


def _groups(plain: str, start: int, end: int) -> tuple[tuple[int, int, str], ...]:
    return tuple(
        (found.start(), found.end(), found[0].replace(_Z, ""))
        for found in _GROUPS.finditer(plain, start, end)
    )


@lru_cache(maxsize=4096)
def folded(word: str) -> str:
    """Return a word without marks, Telex and VNI leftovers; lower case, đ as d."""
    plain = unmark(unicodedata.normalize("NFKC", word.replace(_Z, "")).lower())
    if plain in CUES or is_syllable(plain):
        return plain
    found = from_telex(plain) or from_vni(plain)
    return plain if found is None else found[0]


def cues(found: Sequence[Item], plain: str) -> list[tuple[int, int, Cue]]:
    """Return (first item, last item, what it says) of each cue, in order; of overlapping ones the longest."""
    said: list[tuple[int, int, Cue]] = []
    at = 0
    while at < len(found):
        cue = _cue_at(found, at, plain) if found[at].kind == "word" else None
        if cue is None:
            at += 1
            continue
        said.append((at, cue[0], cue[1]))
        at = cue[0] + 1
    return said


def _cue_at(found: Sequence[Item], at: int, plain: str) -> tuple[int, Cue] | None:
    longest: tuple[int, Cue] | None = None
    word = ""
    for last in range(at, min(at + MAX_CUE_WORDS, len(found))):
        if found[last].kind != "word":
            break
        if last > at and not _BELONGS.fullmatch(plain, found[last - 1].end, found[last].start):
            break
        word += found[last].word
        if (cue := CUES.get(word)) is None:
            continue
        # "mk fb2000" tells the password itself; only with a blank behind does "mk fb" say which one.
        if word.startswith("mk") and last > at and plain[found[last].end : found[last].end + 1].isalnum():
            continue
        spelt_out = word in _SPELT_OUT and last - at + 1 == len(word)
        if last == at or len(word) > _SHORT_CUE or word in _TWO_WORDS or spelt_out:
            longest = last, cue
    return longest
