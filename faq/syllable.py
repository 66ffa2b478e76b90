"""How a Vietnamese syllable is built, and what a keyboard left behind when its input method was off.

Pure tables and rules. Since no Vietnamese syllable ends in s, f, r, x or j and none holds a digit, a Telex or VNI
leftover ("ngheof", "ngheo2") betrays itself by its shape: no dictionary is needed to find it.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Final

# Tone marks in NFD, with the digit VNI gives them; the digits also serve as the tone in `toned`.
_TONES: Final = {"\u0301": "1", "\u0300": "2", "\u0309": "3", "\u0303": "4", "\u0323": "5"}
_TELEX_TONES: Final = {"s": "1", "f": "2", "r": "3", "x": "4", "j": "5"}
_TELEX_SHAPES: Final = (("dd", "đ"), ("aa", "â"), ("ee", "ê"), ("oo", "ô"), ("uow", "ươ"), ("aw", "ă"), ("ow", "ơ"),
                        ("uw", "ư"))  # fmt: skip
_VNI_SHAPES: Final = {"a6": "â", "e6": "ê", "o6": "ô", "o7": "ơ", "u7": "ư", "a8": "ă", "d9": "đ"}

_ONSET_TABLE: Final = "b c ch d g gh gi h k kh l m n ng ngh nh p ph r s t th tr v x"
# Rimes without marks. -oong and -ooc (xoong, quần soóc) are left out on purpose: with them "khoong", the commonest
# Telex leftover of all, would pass for a syllable and never be repaired.
_RIME_TABLE: Final = """
    a ac ach ai am an ang anh ao ap at au ay e ec ech em en eng enh eo ep et eu
    i ia ich iec iem ien ieng iep iet ieu im in inh ip it iu
    o oa oac oach oai oam oan oang oanh oao oap oat oay oc oe oen oeo oet oi om on ong op ot
    u ua uan uang uat uay uc ue uech uenh ui um un ung uo uoc uoi uom uon uong uop uot uou up ut uu
    uy uya uych uyen uyet uyn uynh uyt uyu y yem yen yet yeu
"""
# After "qu" the u is spoken with the onset, so what follows is a rime of its own.
_RIME_TABLE_AFTER_QU: Final = """
    a ac ach ai am an ang anh ao ap at au ay e ech en enh eo et i it o oc oi y yen yet ynh yt
"""
_ONSETS: Final = tuple(_ONSET_TABLE.split())
_RIMES: Final = frozenset(_RIME_TABLE.split())
_RIMES_AFTER_QU: Final = frozenset(_RIME_TABLE_AFTER_QU.split())
_SYLLABLES: Final = frozenset(
    (
        "gi",
        *_RIMES,
        *(onset + rime for onset in _ONSETS for rime in _RIMES),
        *(f"qu{rime}" for rime in _RIMES_AFTER_QU),
    )
)
_VOWELS: Final = frozenset("aeiouy")


@lru_cache(maxsize=8192)
def unmark(text: str) -> str:
    """The text without tone and shape marks; đ becomes d. (đ is a letter of its own: NFD leaves it whole.)"""
    if text.isascii():
        return text
    kept = (char for char in unicodedata.normalize("NFD", text) if unicodedata.category(char) != "Mn")
    return "".join(kept).replace("đ", "d").replace("Đ", "D")


def is_syllable(plain: str) -> bool:
    """Whether an unmarked, lower-case token could be a syllable of Vietnamese, one with a meaning or not."""
    return plain in _SYLLABLES


def toned(word: str) -> str:
    """The word with its tone as a digit at the end ("nghèo" → "ngheo2"), or "" if it carries no mark at all.

    With the tone moved out of the vowels, old and new spelling (hoà, hòa) become the same word.
    """
    if word.isascii():
        return ""
    tone, letters = "", []
    for char in unicodedata.normalize("NFD", word):
        if char in _TONES:
            tone = _TONES[char]
        else:
            letters.append(char)
    shape = unicodedata.normalize("NFC", "".join(letters))
    return shape + tone if tone or not shape.isascii() else ""


def from_telex(token: str) -> tuple[str, str] | None:
    """(plain, toned) of a Telex leftover such as "nghèo" typed "ngheof"; None if the token is none.

    The token must be lower-case ASCII letters. The tone key may stand anywhere after the first vowel, as it may
    on a real keyboard.
    """
    first = next((i for i, char in enumerate(token) if char in _VOWELS or char == "w"), None)
    if first is None or len(token) < 2:
        return None
    for at in range(len(token) - 1, first, -1):
        if token[at] in _TELEX_TONES:
            found = _shaped(token[:at] + token[at + 1 :], _TELEX_TONES[token[at]])
            if found is not None:
                return found
    return _shaped(token, "")


def _shaped(letters: str, tone: str) -> tuple[str, str] | None:
    shape = letters
    for typed, meant in _TELEX_SHAPES:
        shape = shape.replace(typed, meant)
    # A shape key typed after the whole rime: "duocw" for được, "canaf" for cần, "dod" is too rare.
    if shape.endswith("w"):
        shape = _late_horn(shape[:-1])
    shape = shape.replace("w", "ư")
    late = re.fullmatch(r"(.*?)([aeo])([a-zđ]+)\2", shape)
    if late and not is_syllable(unmark(shape)):
        shape = late[1] + {"a": "â", "e": "ê", "o": "ô"}[late[2]] + late[3]
    if shape.endswith("d") and shape.startswith("d"):
        shape = "đ" + shape[1:-1]
    plain = unmark(shape)
    if (plain == letters and not tone) or not is_syllable(plain):
        return None
    return plain, shape + tone if tone or not shape.isascii() else ""


def _late_horn(shape: str) -> str:
    if "uo" in shape:
        return shape.replace("uo", "ươ", 1)
    for vowel, horned in (("o", "ơ"), ("u", "ư"), ("a", "ă")):
        if vowel in shape:
            return shape.replace(vowel, horned, 1)
    return shape


def from_vni(token: str) -> tuple[str, str] | None:
    """(plain, toned) of a VNI leftover such as "ngheo2" or "d9uoc75"; None if the token is none."""
    if not re.fullmatch(r"[a-z][a-z1-9]*", token) or token.isalpha():
        return None
    shape = token
    for typed, meant in _VNI_SHAPES.items():
        shape = shape.replace(typed, meant)
    digits = "".join(char for char in shape if char.isdigit())
    letters = "".join(char for char in shape if not char.isdigit())
    # A shape digit typed at the end: "duoc75" (được), "can61" (cấn), "do9" is too rare.
    for digit, pairs in (("7", (("uo", "ươ"), ("o", "ơ"), ("u", "ư"))), ("8", (("a", "ă"),)),
                         ("6", (("a", "â"), ("e", "ê"), ("o", "ô"))), ("9", (("d", "đ"),))):  # fmt: skip
        if digit in digits:
            letters = next((letters.replace(a, b, 1) for a, b in pairs if a in letters), letters)
    tones = [digit for digit in digits if digit in "12345"]
    plain = unmark(letters)
    # A lone vowel must show a shape ("o73", ở): "a1" and "e2" are classes and licences.
    bare = len(plain) < 2 and letters.isascii()
    if bare or len(tones) > 1 or len(digits) > 3 or not is_syllable(plain):
        return None
    return plain, letters + (tones[0] if tones else "")
