"""Abbreviations that a reader is left to guess: capitals that no text beside them writes out."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import Final

from faq.syllable import is_syllable, unmark

# Words of every day that nobody writes out, each for its own reason.
EVERYDAY: Final = frozenset(
    {
        "VNeID",  # the name of an app, as it stands on the phone
        "VssID",  # the same
        "HIV",  # known by these letters alone; written out it is known to nobody
        "QR",  # "mã QR" is how the square is called
        "PDF",  # a kind of file, as it stands on the screen
    }
)
# Not in the number of a document (07/2021/NĐ-CP, 10/2022/QH15), nor in an address.
_CAPITALS: Final = re.compile(r"(?<![\w/.@])(?<!\w-)[^\W\d_]{2,}(?![\w/@]|-\w|\.\w)")
_ROMAN: Final = re.compile(r"[IVX]+")
_WORD: Final = re.compile(r"[^\W\d_]+")


def unexplained(text: str, beside: Sequence[str] = ()) -> list[str]:
    """The abbreviations of a text, in its order, that neither it nor a text beside it explains.

    Explained is what stands in brackets behind words ("mã xác nhận (OTP)"), has words in brackets behind it, or whose
    three or more letters begin the words of a run somewhere ("bảo hiểm y tế" for BHYT; two do so by chance).
    """
    texts = (text, *beside)
    found = dict.fromkeys(match[0] for match in _CAPITALS.finditer(text) if _is_abbreviation(match[0]))
    return [short for short in found if not any(_explains(other, short) for other in texts)]


def _is_abbreviation(word: str) -> bool:
    if sum(char.isupper() for char in word) < 2 or word in EVERYDAY or _ROMAN.fullmatch(word):
        return False
    # KHÔNG, PHẢI: a word in capitals is raised in voice, not cut short. (But "TP" and "CT" are no syllables.)
    return not (word.isupper() and is_syllable(unmark(unicodedata.normalize("NFC", word).lower())))


def _explains(text: str, short: str) -> bool:
    if re.search(
        rf"[^\W\d_]\s*\({re.escape(short)}\)|(?<!\w){re.escape(short)}\s*\([^\W\d_]+ [^()]+\)", text
    ):
        return True
    initials = "".join(word[0].lower() for word in _WORD.findall(unicodedata.normalize("NFC", text)))
    return len(short) > 2 and short.lower() in initials
