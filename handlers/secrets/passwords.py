"""Find what follows "mật khẩu là": a word that somebody chose as a password, not a word of the sentence. Pure."""

import re
from collections.abc import Sequence
from itertools import islice
from typing import Final

from faq.syllable import is_syllable
from handlers.secrets.signs import CUES, LINKS, Cue, Item, folded

_MAX_GAP_WORDS: Final = 5  # between "mật khẩu" and its "là"
_SHORTEST, _SHORTEST_UNSAID = 3, 5  # characters; the second where no "là" or ":" says that it is one
_SHORTEST_MK: Final = 4  # "mk là" is more often "mình là"
_LONGEST_WORD: Final = 64  # characters; what is longer is no word of Vietnamese
_MAX_WORDS: Final = 2  # of a password of plain words; a longer rest is a sentence
_IS: Final = frozenset(("la", "l", "is"))
# "mật khẩu là gì", "pass là j": what follows is no password.
_ASKED: Final = frozenset(
    """gi j ji z v vay sao nao ntn ra bn bao phai bi mat can duoc dc khong ko k ai dau do nhung cac cua mot
    cai the quen quan bat rieng mk minh nguoi ng nhu chua da""".split()  # noqa: SIM905  # reads as a list
)
_VALUE: Final = re.compile(r"[\s:=\"'“‘(]*(\S+)")
_SENTENCE_SIGNS: Final = ".,;?)…\"'”’"
_QUANTITY: Final = re.compile(
    r"[0-9]{1,3}(?:[.,][0-9]{1,3})*(?:t|tr|k|n|c|ng|tuoi|nguoi|con|chau|thang|nam|trieu|kg|ha|m2)?[0-9]{0,3}(?:/\w*)?"
)


def find(text: str, plain: str, items: Sequence[Item], cue_at: int, cue: Cue) -> tuple[int, int] | None:
    """Return (start, end) of the password after the cue that ends at item `cue_at`; None when there is none.

    Args: plain, items: what `signs` made of the text; cue: PASSWORD, or MK, which is "mình" as well.
    """
    at, linked, direct = _value_after(plain, items, cue_at)
    found = _VALUE.match(text, items[at].end)
    if found is None or (found.start(1) == items[at].end and not linked):
        return None
    value = found[1].rstrip(_SENTENCE_SIGNS)
    start, end = found.start(1), found.start(1) + len(value)
    if text.count("\n", items[at].end, start) > 1 or _is_struck_out(items, at, end):
        return None
    if _looks_chosen(value, linked, cue):
        return start, end
    if linked and direct and cue is Cue.PASSWORD and (last := _words_to_end(items, at, start)) is not None:
        return start, last
    return None


def _is_struck_out(items: Sequence[Item], at: int, end: int) -> bool:
    """Say whether there is a mask before `end`: what follows the cue is known already."""
    for item in islice(items, at, None):
        if item.start >= end:
            break
        if item.kind == "mask":
            return True
    return False


def _value_after(plain: str, items: Sequence[Item], cue_at: int) -> tuple[int, bool, bool]:
    """Return the item after which the value stands, whether "là" or ":" leads to it, and whether straight."""
    direct = True
    for k in range(cue_at + 1, min(cue_at + 2 + _MAX_GAP_WORDS, len(items) + 1)):
        gap_end = items[k].start if k < len(items) else len(plain)
        if re.search("[:=]", plain[items[k - 1].end : gap_end]):
            return k - 1, True, direct
        if k == len(items) or items[k].kind != "word":
            break
        if items[k].word in _IS:
            return k, True, direct
        direct &= items[k].word in LINKS
    return cue_at, False, direct


def _looks_chosen(value: str, linked: bool, cue: Cue) -> bool:
    if len(value) > _LONGEST_WORD:
        return linked
    digit, letter = re.search(r"\d", value) is not None, re.search(r"[^\W\d_]", value) is not None
    # "gi2" is a VNI leftover; what is longer and holds digits is taken for what it looks like.
    word = folded(value) if not digit or len(value) < _SHORTEST_UNSAID else value.lower()
    # "mật khẩu/mk là …" names the same thing twice.
    if word in _ASKED or len(value) < _SHORTEST or ("/" in value and word.split("/")[-1] in CUES):
        return False
    if _QUANTITY.fullmatch(word) and (letter or not linked or cue is Cue.MK):
        return False
    if not linked:
        return digit and letter and len(value) >= _SHORTEST_UNSAID
    sign = re.search(r"[^\w,]", value) is not None
    if cue is Cue.MK:
        return len(value) >= _SHORTEST_MK and (digit or sign)
    return digit or sign or not is_syllable(word)


def _words_to_end(items: Sequence[Item], at: int, start: int) -> int | None:
    """Return where a password of plain words ends; None if it is rather a sentence or a question."""
    words: list[Item] = []
    for item in items[at : at + _MAX_WORDS + 2]:
        if item.start < start:
            continue
        if item.kind != "word":
            break
        words.append(item)
    if not 1 <= len(words) <= _MAX_WORDS or any(item.word in _ASKED for item in words):
        return None
    return words[-1].end
