"""Codes of cases: said over the phone, copied by hand, never guessed. Pure: chance comes in as an argument."""

from collections.abc import Callable, Sequence

from handlers.codes import ALPHABET, DIGITS, bare, draw, in_threes, is_code

LENGTH = 9


def make_code(choose: Callable[[Sequence[str]], str]) -> str:
    """Make a code of 9 characters, at least one a digit and one a letter: 40.6 bits if `choose` is fair."""
    return draw(choose, LENGTH)


def spoken(code: str) -> str:
    """Write a code as people read it: K7M-4XP-9RT."""
    return in_threes(code)


def parse_code(text: str) -> str | None:
    """Read a code as people type it: small letters, spaces, hyphens, "HC-" in front. None: that is no code."""
    code = bare(text)
    if len(code) == LENGTH + 2 and code.startswith("HC"):
        code = code[2:]
    return code if is_code(code, LENGTH) else None


def almost_code(text: str) -> bool:
    """Say whether somebody meant a code and slipped: as long as one, with a digit, but not readable as one."""
    code = bare(text).removeprefix("HC")
    return (
        LENGTH - 1 <= len(code) <= LENGTH + 1
        and code.isascii()
        and code.isalnum()
        and any(letter.isdigit() for letter in code)
        and parse_code(text) is None
    )


def parse_prefix(text: str) -> str | None:
    """Read the beginning of a code, for a search: at least 3 characters with a digit among them; else None."""
    code = bare(text)
    if code.startswith("HC") and "-" in text[:3]:
        code = code[2:]
    readable = 3 <= len(code) <= LENGTH and set(code) <= set(ALPHABET)
    return code if readable and not DIGITS.isdisjoint(code) else None
