"""Codes of cases: said over the phone, copied by hand, never guessed. Pure: chance comes in as an argument."""

from collections.abc import Callable, Sequence

ALPHABET = "23456789ACDEFHKMNPRTVXY"
"""No two look or sound alike: without 0 O Q U, 1 I J L, B (8), G (6), S (5), Z (2), W."""
LENGTH = 9
_DIGITS = frozenset("23456789")
# "MK5…" and "TK9…" say password and account number to whatever hides secrets: such a code could not be typed.
_LOOKS_SECRET = ("MK", "TK")


def make_code(choose: Callable[[Sequence[str]], str]) -> str:
    """Make a code of 9 characters, at least one a digit and one a letter: 40.6 bits if `choose` is fair."""
    while True:
        code = "".join(choose(ALPHABET) for _ in range(LENGTH))
        if 0 < sum(letter in _DIGITS for letter in code) < LENGTH and not any(
            pair in code for pair in _LOOKS_SECRET
        ):
            return code


def spoken(code: str) -> str:
    """Write a code as people read it: K7M-4XP-9RT."""
    return "-".join(code[start : start + 3] for start in range(0, LENGTH, 3))


def parse_code(text: str) -> str | None:
    """Read a code as people type it: small letters, spaces, hyphens, "HC-" in front. None: that is no code."""
    code = _bare(text)
    if len(code) == LENGTH + 2 and code.startswith("HC"):
        code = code[2:]
    digits = sum(letter in _DIGITS for letter in code)
    return code if len(code) == LENGTH and 0 < digits < LENGTH and set(code) <= set(ALPHABET) else None


def almost_code(text: str) -> bool:
    """Say whether somebody meant a code and slipped: as long as one, with a digit, but not readable as one."""
    code = _bare(text).removeprefix("HC")
    return (
        LENGTH - 1 <= len(code) <= LENGTH + 1
        and code.isascii()
        and code.isalnum()
        and any(letter.isdigit() for letter in code)
        and parse_code(text) is None
    )


def parse_prefix(text: str) -> str | None:
    """Read the beginning of a code, for a search: at least 3 characters with a digit among them; else None."""
    code = _bare(text)
    if code.startswith("HC") and "-" in text[:3]:
        code = code[2:]
    readable = 3 <= len(code) <= LENGTH and set(code) <= set(ALPHABET)
    return code if readable and not _DIGITS.isdisjoint(code) else None


def _bare(text: str) -> str:
    return "".join(text.upper().translate({ord(c): None for c in " -–—.\u00a0\t"}).split())
