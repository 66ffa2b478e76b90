"""Cut texts to what a channel can carry. Pure."""

import re
import unicodedata
from dataclasses import replace

from handlers.messages import Outbound

# Best cut first: between paragraphs, lines, sentences, words.
_BREAKS = (re.compile(r"\n\s*\n"), re.compile(r"\n"), re.compile(r"(?<=[.!?…])\s"), re.compile(r"\s"))

_LONGEST_CLUSTER = 64  # what looks like a longer single character is a prank, and may be cut


def utf16_length(text: str) -> int:
    """Return the length as Telegram and Zalo count it: in UTF-16 code units (most emoji are two)."""
    return len(text) + sum(ord(c) > 0xFFFF for c in text)


def split(message: Outbound, limit_utf16: int) -> list[Outbound]:
    """Cut a message into parts of at most `limit_utf16` code units, at paragraphs, sentences or words.

    Never inside a surrogate pair or between a letter and its combining marks. Buttons stay on the last part, pictures on
    the first, documents on the last.
    """
    parts: list[str] = []
    rest = message.text
    while utf16_length(rest) > limit_utf16:
        cut = _cut(rest, limit_utf16)
        parts.append(rest[:cut].rstrip())
        rest = rest[cut:].lstrip()
    parts.append(rest)
    parts = [p for p in parts if p] or [""]
    shaped = [Outbound(p) for p in parts[:-1]] + [Outbound(parts[-1], message.buttons, files=message.files)]
    return [replace(shaped[0], pictures=message.pictures), *shaped[1:]]


def _cut(text: str, limit_utf16: int) -> int:
    """Return where to cut: at most `limit_utf16` units before it, at least one character."""
    units = end = 0
    while end < len(text) and units + (width := 2 if ord(text[end]) > 0xFFFF else 1) <= limit_utf16:
        units += width
        end += 1
    for pattern in _BREAKS:
        # A cut in the first third would leave a stump; a less good kind of break further on reads better.
        places = [m.end() for m in pattern.finditer(text, 0, end) if m.end() > end // 3]
        if places:
            return places[-1]
    for place in range(end, max(end - _LONGEST_CLUSTER, 0), -1):
        if not _joined(text, place):
            return place
    return max(end, 1)


def _joined(text: str, at: int) -> bool:
    """Say whether the character there belongs to the one before it (marks, joiners, variation selectors, flags)."""
    char, before = text[at], text[at - 1]
    if _is_flag_half(char) and _is_flag_half(before):
        run = 0
        while run < at and _is_flag_half(text[at - 1 - run]):
            run += 1
        return run % 2 == 1
    return (
        unicodedata.combining(char) != 0
        or char in "\u200d\ufe0e\ufe0f\u20e3"
        or before == "\u200d"
        or 0x1F3FB <= ord(char) <= 0x1F3FF
    )


def _is_flag_half(char: str) -> bool:
    return 0x1F1E6 <= ord(char) <= 0x1F1FF
