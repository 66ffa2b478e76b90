"""Codes that people read out, copy by hand and type: how they are drawn, and read again. Pure: chance is an argument."""

from collections.abc import Callable, Sequence

ALPHABET = "23456789ACDEFHKMNPRTVXY"
"""No two look or sound alike: without 0 O Q U, 1 I J L, B (8), G (6), S (5), Z (2), W."""
DIGITS = frozenset("23456789")
# "MK5…" and "TK9…" say password and account number to whatever hides secrets: such a code could not be typed.
_LOOKS_SECRET = ("MK", "TK")


def draw(choose: Callable[[Sequence[str]], str], length: int) -> str:
    """Draw a code, at least one sign of it a digit and one a letter: 4.5 bits a sign if `choose` is fair."""
    while True:
        code = "".join(choose(ALPHABET) for _ in range(length))
        if is_code(code, length) and not any(pair in code for pair in _LOOKS_SECRET):
            return code


def is_code(code: str, length: int) -> bool:
    """Say whether these signs are a code of this length."""
    digits = sum(letter in DIGITS for letter in code)
    return len(code) == length and 0 < digits < length and set(code) <= set(ALPHABET)


def in_threes(code: str) -> str:
    """Write a code as people read it: K7M-4XP-9RT."""
    return "-".join(code[start : start + 3] for start in range(0, len(code), 3))


def bare(text: str) -> str:
    """Return what was typed in capitals, without what stands between the signs."""
    return "".join(text.upper().translate({ord(c): None for c in " -–—.\u00a0\t"}).split())
