"""How a sentence arrives from a phone that does not write marks: left out, or typed with the input method off.

Made from Unicode's own decomposition and nothing of the product, so that it can catch the product out.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

_TONES = {
    "\u0301": ("s", "1"),
    "\u0300": ("f", "2"),
    "\u0309": ("r", "3"),
    "\u0303": ("x", "4"),
    "\u0323": ("j", "5"),
}
_CIRCUMFLEX, _HORN, _BREVE = "\u0302", "\u031b", "\u0306"


def unmarked(text: str) -> str:
    """Without any mark, đ as d."""
    bare = (char for char in unicodedata.normalize("NFD", text) if not unicodedata.combining(char))
    return "".join(bare).replace("đ", "d").replace("Đ", "D")


def telex(text: str) -> str:
    """Typed for Telex, the tone after the whole word as most do: "được vay" → "dduowcj vay"."""
    return re.sub(r"[^\W\d_]+", lambda word: _telex(word[0], late=True), unicodedata.normalize("NFC", text))


def telex_at_once(text: str) -> str:
    """Typed for Telex, the tone straight after its vowel: "được vay" → "dduowjc vay"."""
    return re.sub(r"[^\W\d_]+", lambda word: _telex(word[0], late=False), unicodedata.normalize("NFC", text))


def vni(text: str) -> str:
    """Typed for VNI, the tone after the whole word: "được vay" → "d9uo7c5 vay"."""
    return re.sub(r"[^\W\d_]+", lambda word: _vni(word[0]), unicodedata.normalize("NFC", text))


KEYBOARDS: dict[str, Callable[[str], str]] = {
    "unmarked": unmarked,
    "telex": telex,
    "telex_at_once": telex_at_once,
    "vni": vni,
}


def _letters(word: str) -> list[tuple[str, str, str]]:
    """(letter, shape mark, tone mark) of each letter."""
    found = []
    for char in word:
        base, *marks = list(unicodedata.normalize("NFD", char))
        tone = next((mark for mark in marks if mark in _TONES), "")
        shape = next((mark for mark in marks if mark not in _TONES), "")
        found.append((base, shape, tone))
    return found


def _half(letters: list[tuple[str, str, str]], at: int) -> bool:
    """Say whether this is the u of ươ: one key gives both their horns."""
    return letters[at][1] == _HORN and at + 1 < len(letters) and letters[at + 1][1] == _HORN


def _telex(word: str, *, late: bool) -> str:
    typed, end = "", ""
    letters = _letters(word)
    for at, (base, shape, tone) in enumerate(letters):
        typed += base
        if base in "đĐ":
            typed = typed[:-1] + ("dd" if base == "đ" else "DD")
        elif shape == _CIRCUMFLEX:
            typed += base.lower()
        elif shape and not _half(letters, at):
            typed += "w"
        if tone:
            key = _TONES[tone][0]
            typed, end = (typed, key) if late else (typed + key, end)
    return typed + end


def _vni(word: str) -> str:
    typed, end = "", ""
    letters = _letters(word)
    for at, (base, shape, tone) in enumerate(letters):
        typed += "d9" if base == "đ" else "D9" if base == "Đ" else base
        if shape and not _half(letters, at):
            typed += {_CIRCUMFLEX: "6", _HORN: "7", _BREVE: "8"}[shape]
        end = _TONES[tone][1] if tone else end
    return typed + end
