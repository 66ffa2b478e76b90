"""Codes of announcements: printed, read out, typed to ask whether a message is ours. Public, and shorter than a case's."""

from collections.abc import Callable, Sequence

from handlers.codes import bare, draw, in_threes, is_code

LENGTH = 6


def make_code(choose: Callable[[Sequence[str]], str]) -> str:
    """Make a code of 6 characters, at least one a digit and one a letter; not to be unique is for the caller to see."""
    return draw(choose, LENGTH)


def spoken(code: str) -> str:
    """Write a code as people read it: K7M-4XP."""
    return in_threes(code)


def parse_code(text: str) -> str | None:
    """Read a code as people type it: small letters, spaces, hyphens. None: that is no code."""
    code = bare(text)
    return code if is_code(code, LENGTH) else None
