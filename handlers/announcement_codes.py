"""Codes of announcements: printed, read out, typed to ask whether a message is ours. Public, and shorter than a case's."""

from collections.abc import Callable, Sequence

from handlers.case_codes import ALPHABET

LENGTH = 6
_DIGITS = frozenset("23456789")
# As with codes of cases: what hides secrets would hide these.
_LOOKS_SECRET = ("MK", "TK")


def make_code(choose: Callable[[Sequence[str]], str]) -> str:
    """Make a code of 6 characters, at least one a digit and one a letter; not to be unique is for the caller to see."""
    while True:
        code = "".join(choose(ALPHABET) for _ in range(LENGTH))
        if 0 < sum(letter in _DIGITS for letter in code) < LENGTH and not any(
            pair in code for pair in _LOOKS_SECRET
        ):
            return code


def spoken(code: str) -> str:
    """Write a code as people read it: K7M-4XP."""
    return f"{code[:3]}-{code[3:]}"


def parse_code(text: str) -> str | None:
    """Read a code as people type it: small letters, spaces, hyphens. None: that is no code."""
    code = "".join(letter for letter in text.upper() if not letter.isspace() and letter not in "-–.")
    digits = sum(letter in _DIGITS for letter in code)
    return code if len(code) == LENGTH and 0 < digits < LENGTH and set(code) <= set(ALPHABET) else None
