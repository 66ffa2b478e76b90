"""Notice that a text names a person, so that nobody is held up as an example without having agreed. Pure.

It errs towards asking: a street that is called after somebody is no person, and its writer says so in a line.
"""

import re
from itertools import takewhile

_WORD = re.compile(r"\w+")
_TITLES = frozenset(_WORD.findall("ông bà anh chị cô chú bác cụ em hộ"))
# The commonest family names: nearly everybody here has one of them.
_FAMILIES = frozenset(
    _WORD.findall(
        "nguyễn trần lê phạm hoàng huỳnh vũ võ phan trương bùi đặng đỗ ngô hồ dương đinh đoàn lương trịnh đào tạ"
    )
)
_PLACES = frozenset(
    _WORD.findall("xã phường thôn xóm khu phố đường ngõ ngách trường chợ cầu chùa đình huyện tỉnh")
)
_SENTENCE = re.compile(r"[.!?…:;,()\n–“”\"]+")


def find_name(text: str) -> str | None:
    """Return the first words that look like the name of a person, as they stand there; or None."""
    for sentence in _SENTENCE.split(text):
        words = sentence.split()
        for at, word in enumerate(words):
            named = list(takewhile(_is_capital, words[at + 1 :]))
            if named and word.lower() in _TITLES:
                return " ".join([word, *named])
            before = words[at - 1].lower() if at else ""
            if named and word.lower() in _FAMILIES and _is_capital(word) and before not in _PLACES:
                return " ".join([word, *named])
    return None


def _is_capital(word: str) -> bool:
    return word[:1].isupper() and not word.isupper()
