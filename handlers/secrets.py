"""Strike out what nobody should send to a chat: citizen ids, cards, accounts, one-time codes, passwords.

Pure: text in, text out. A number is struck out for its shape (12 digits; 13 to 19 that pass Luhn's check) or for the
words beside it, and kept when all of it is plainly a date, a year, an amount or a phone number.

When in doubt it strikes out: an official can ask again for a number, but a leaked one cannot be taken back.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from types import MappingProxyType
from typing import Final

from faq.syllable import from_telex, from_vni, is_syllable, unmark


class Secret(StrEnum):
    """What was struck out; the value is what is read in its place."""

    ID = "[đã ẩn số căn cước]"
    CARD = "[đã ẩn số thẻ]"
    ACCOUNT = "[đã ẩn số tài khoản]"
    CODE = "[đã ẩn mã xác nhận]"
    PASSWORD = "[đã ẩn mật khẩu]"  # noqa: S105  # the words shown in place of one


class _Cue(StrEnum):
    """What the words beside a number say it is."""

    ID = "id"
    CARD = "card"
    ACCOUNT = "account"
    BANK = "bank"  # as ACCOUNT, but amounts stand beside these words too
    CODE = "code"
    PASSWORD = "password"  # noqa: S105  # the name of a kind
    MK = "mk"  # password, or "mình"
    PHONE = "phone"  # keeps what looks like a phone number
    REFERENCE = "reference"  # keeps numbers of files


ID_DIGITS: Final = 12  # căn cước; the older chứng minh nhân dân has 9 (Luật Căn cước 26/2023/QH15, Điều 12)
OLD_ID_DIGITS: Final = 9
CARD_DIGITS: Final = (13, 19)  # ISO/IEC 7812-1
MAX_ID_GROUP: Final = 9  # a longer group beside a short one is a phone number beside a house number

# Words as they are compared: no marks, no spaces, so that joined and unmarked spellings meet.
_CUE_WORDS: Final = {
    _Cue.ID: "cccd canc cancuoc thecancuoc socancuoc cmnd cmt cmtnd cm chungminh chungminhthu chungminhnhandan "
    "dinhdanh sodinhdanh giaytotuythan",
    _Cue.CARD: "sothe sothenganhang theatm atm visa mastercard napas jcb thenganhang thetindung thenoidia theghino",
    _Cue.ACCOUNT: "stk sotk sotaikhoan staikhoan accountnumber soaccount soacc sotkhoan",
    _Cue.BANK: "tk taikhoan tkhoan account acc nganhang bank vietcombank vcb agribank agri bidv vietinbank vietin "
    "techcombank tcb mbbank mb acb sacombank tpbank vpbank hdbank shb vib ocb msb lpbank lienvietpostbank lienviet "
    "seabank eximbank scb pvcombank abbank kienlongbank ncb vietbank namabank bacabank baovietbank saigonbank "
    "coopbank cake timo momo zalopay viettelpay viettelmoney vnptmoney nhcsxh vbsp",
    _Cue.CODE: "otp smartotp maotp maxacnhan maxn mxn maxacthuc maxt mxt maxacminh makichhoat mabaomat madangnhap "
    "mapin sopin pincode masms code macode cvv cvc",
    _Cue.PASSWORD: "matkhau mkhau mkau mat_ma pass password passwork pasword passwd passcode pwd pw",
    _Cue.MK: "mk",
    _Cue.PHONE: "sdt dt dthoai dienthoai sodienthoai phone goi alo call lienhe hotline zalo duongdaynong",
    _Cue.REFERENCE: "mahoso sohoso maphananh madon masothue mst maho mahongheo soquyetdinh quyetdinhso bhxh bhyt "
    "masobhxh sothebhyt thebhyt thebaohiem baohiemyte nghidinh nghidinhso congvanso",
}
_CUES: Final[Mapping[str, _Cue]] = MappingProxyType(
    {word.replace("_", ""): cue for cue, words in _CUE_WORDS.items() for word in words.split()}
)
_CUE_SPAN: Final = 4  # words
# How far a cue reaches, in words.
_REACH: Final[Mapping[_Cue, int]] = MappingProxyType(
    {
        _Cue.ID: 8, _Cue.CARD: 8, _Cue.ACCOUNT: 12, _Cue.BANK: 8, _Cue.CODE: 8,
        _Cue.PASSWORD: 6, _Cue.MK: 2, _Cue.PHONE: 5, _Cue.REFERENCE: 4,
    }
)  # fmt: skip
_REACH_BACK: Final = 4
_LONGEST_REACH: Final = max(_REACH.values())
_KINDS: Final[Mapping[_Cue, tuple[Secret, int, int]]] = MappingProxyType(
    {
        _Cue.ID: (Secret.ID, OLD_ID_DIGITS, ID_DIGITS),
        _Cue.CARD: (Secret.CARD, *CARD_DIGITS),
        _Cue.ACCOUNT: (Secret.ACCOUNT, 6, 19),
        _Cue.BANK: (Secret.ACCOUNT, 6, 19),
        _Cue.CODE: (Secret.CODE, 4, 8),
        _Cue.PASSWORD: (Secret.PASSWORD, 4, 19),
        _Cue.MK: (Secret.PASSWORD, 4, 8),
    }
)
_BY_LABEL: Final = {str(secret): secret for secret in Secret}
_CUE_OF: Final[Mapping[Secret, _Cue]] = MappingProxyType(
    {secret: cue for cue, (secret, _, _) in _KINDS.items() if cue not in (_Cue.BANK, _Cue.MK)}
)
# Words that may stand between a cue and its number without making it another's.
_LINKS: Final = frozenset(
    "la l laf is cua c toi tui em e chau con minh m mik me bo ong ba anh chi vo chong so s nay ne day do a ah nhe nha "  # noqa: SIM905
    "cho nh moi quy khach cu nhu sau dung dum giup cac bac co chu nguoi ta ma thi".split()
)
_JOINING: Final = frozenset(("va", "hoac", "voi", "cung", "roi", "n", "hay"))
_YEAR_WORDS: Final = frozenset(("nam", "sn", "sinh", "ngay", "thang"))
_ASKING: Final = frozenset(
    "gi j ji z v sao nao ntn bn baonhieu bao phai bi mat can duoc dc khong k ko ai dau do nhung cac cua mot".split()  # noqa: SIM905
)

_Z: Final = "\u200b"  # stands for every character that is not seen
_GROUP: Final = rf"\d(?:{_Z}*\d)*"
_BETWEEN: Final = rf"{_Z}*(?:[ ]{{1,4}}(?:-[ ]{{0,4}})?|-[ ]{{0,4}}|[.,_·]){_Z}*"
_TOKEN: Final = re.compile(
    "(?P<mask>" + "|".join(re.escape(label) for label in _BY_LABEL) + ")"
    rf"|(?P<number>{_GROUP}(?:{_BETWEEN}{_GROUP})*)"
    rf"|(?P<vni>[A-Za-z][A-Za-z1-9]{{1,9}}(?!\w))"
    rf"|(?P<word>[^\W\d_](?:{_Z}*[^\W\d_])*)"
    r"|(?P<stop>[.!?…]+(?=\s|$))|(?P<line>\n)"
)
_GROUPS: Final = re.compile(_GROUP)
_UNIT: Final = re.compile(
    r" ?(?:(?:đồng|dong)(?! *(?:ch[íi]|b[àa]o|h[ươu]+ng|nghi[ệe]p|th[ờo]i|h[ồo]|[ýy]))|vn[dđ]|ngh[ìi]n|ng[àa]n"
    r"|tri[ệe]u|tr|t[ỷyỉ]|đ|%)(?!\w)|(?:[dktn]|m2)(?!\w)",
    re.IGNORECASE,
)
_PHONE: Final = re.compile(r"(?:0|84|0084)[35789]\d{8}|02\d{9}|1[89]00\d{4,6}")
_MONEY: Final = re.compile(r"[1-9]\d{0,8}000")
_YEAR: Final = re.compile(r"(?:19|20)\d\d")
_QUANTITY: Final = re.compile(r"\d+(?:[.,]\d+)*(?:[a-zđ]{1,2}|tuoi|nguoi|con|thang|nam|trieu)?\d{0,3}")
_AROUND: Final = "\"'“”‘’()[]{}<>«»,;:.!?… "


@dataclass(frozen=True, slots=True)
class _Item:
    """A word, a number, a mask, or the end of a sentence or line."""

    kind: str
    start: int
    end: int
    word: str = ""
    groups: tuple[tuple[int, int, str], ...] = ()

    @property
    def digits(self) -> str:
        return "".join(group[2] for group in self.groups)


@dataclass(frozen=True, slots=True)
class _Said:
    """What the words say of a number: `direct` when nothing but small words lies between."""

    cue: _Cue
    direct: bool
    near: bool  # before the number, in the same sentence


_Span = tuple[int, int, Secret]


def mask(text: str) -> str:
    """Return the text with every secret replaced by words that say what stood there. Idempotent; never raises.

    About 0.1 ms for an ordinary message; 4,096 characters of anything stay below a tenth of a second.
    """
    # What was struck out can change what the next number is beside; every round strikes out more, so this ends.
    while spans := sorted(_Reader(text).spans()):
        text = _struck_out(text, spans)
    return text


def is_masked(text: str) -> bool:
    """Say whether something was struck out."""
    return any(label in text for label in _BY_LABEL)


def without_masks(text: str) -> str:
    """Return what else the text says."""
    for label in _BY_LABEL:
        text = text.replace(label, " ")
    return text.strip(_AROUND + "\n\t") if is_masked(text) else text


def _struck_out(text: str, spans: list[_Span]) -> str:
    parts: list[str] = []
    at, (start, end, secret) = 0, spans[0]
    for next_start, next_end, next_secret in [*spans[1:], (len(text) + 1, 0, secret)]:
        if next_start < end:
            end = max(end, next_end)
            continue
        parts += (text[at:start], secret)
        at, start, end, secret = end, next_start, next_end, next_secret
    return "".join((*parts, text[at:]))
