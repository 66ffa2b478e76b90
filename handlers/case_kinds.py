"""What a story seems to be: its kind in law, and what it is about. A guess to be confirmed by a button. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from faq.text import fold
from handlers.case_life import Category, Kind

OFFERED: Final = 3
_C = Category
# Folded words by what they speak for; a longer one says more than a short one.
_WORDS: Final[Mapping[Category, str]] = {
    _C.ALLOWANCE: "tro cap, tien tro cap, bao tro, huu tri, luong gia, cham tien, chua nhan duoc tien, chua co tien, "
    "chua linh, chua duoc linh, chi tra, linh tien, tien dien, tien ho tro, cap tien, thieu tien, chua thay tien",
    _C.POOR_LIST: "ho ngheo, can ngheo, ho can ngheo, danh sach, ra soat, binh xet, so ho ngheo, thoat ngheo, xet ngheo, "
    "cham diem, bi loai, gach ten, khong co ten, giay chung nhan ho",
    _C.HEALTH: "bao hiem y te, bhyt, the bao hiem, kham benh, vien phi, benh vien, tram y te, thuoc, the y te",
    _C.SCHOOL: "hoc phi, truong, di hoc, hoc sinh, sinh vien, an trua, co giao, thay giao, sach vo, nha truong, lop",
    _C.HOUSING: "nha o, sua nha, lam nha, nha dot, nha tam, xay nha, mai nha, nuoc sach, nha ve sinh, xoa nha tam",
    _C.CREDIT: "vay, vay von, ngan hang, lai suat, to tiet kiem, ngan hang chinh sach, tra no, giai ngan",
    _C.CONDUCT: "can bo, thai do, hach sach, vong vo, nhung nhieu, hoi lo, phong bi, quat, quat mang, doi tien, "
    "truong thon, chu tich xa, gay kho, lam kho, vo trach nhiem, khong tiep, bat di lai, doi boi duong",
    _C.DIALOGUE: "doi thoai, tap huan, hop thon, buoi hop, hop dan, lop day nghe, giay moi, khong moi",
    _C.PROPOSAL: "de nghi, kien nghi, gop y, de xuat, mong muon, xin y kien, mong xa, nen lam",
    _C.THANKS: "cam on, biet on, guong, guong tot, tuyen duong, khen, nguoi tot viec tot, nhiet tinh, chu dao",
}
_FOUND: Final = {
    category: re.compile(rf"\b(?:{'|'.join(sorted(words.split(', '), key=len, reverse=True))})\b")
    for category, words in _WORDS.items()
}
_DENOUNCES: Final = re.compile(
    r"\b(?:to cao|tham nhung|tham o|nhan hoi lo|doi hoi lo|an chan|an bot|cat xen|bien thu|lam quyen)\b"
)
_COMPLAINS: Final = re.compile(
    r"\b(?:khieu nai|(?:khong|ko) dong y voi (?:quyet dinh|ket qua)|quyet dinh (?:sai|trai))\b"
)
# Offered where nothing was recognised: what is told most.
_COMMON: Final = (_C.ALLOWANCE, _C.POOR_LIST, _C.CONDUCT)


@dataclass(frozen=True, slots=True)
class Guess:
    """`kind`: what its words claim; `categories`: three of them, the likeliest first."""

    kind: Kind
    categories: tuple[Category, ...]


def guess(text: str) -> Guess:
    """Guess what a story is and is about."""
    folded = fold(text)
    weights = {category: _weigh(words, folded) for category, words in _FOUND.items()}
    found = sorted((c for c, weight in weights.items() if weight), key=lambda c: -weights[c])
    categories = tuple(dict.fromkeys((*found, *_COMMON)))[:OFFERED]
    if _DENOUNCES.search(folded):
        kind = Kind.DENUNCIATION
    elif _COMPLAINS.search(folded):
        kind = Kind.COMPLAINT
    else:
        kind = kind_of(categories[0]) if found else Kind.REFLECTION
    return Guess(kind, categories)


def kind_of(category: Category) -> Kind:
    """Return the kind of what is told about this and claims to be nothing else."""
    return _KINDS.get(category, Kind.REFLECTION)


_KINDS: Final = {Category.PROPOSAL: Kind.PROPOSAL, Category.THANKS: Kind.THANKS}


def _weigh(words: re.Pattern[str], folded: str) -> int:
    return sum(len(found.split()) for found in set(words.findall(folded)))
