"""What a message that tells something probably is: offered on buttons, never decided. Pure but for `load`.

Read from a table of folded words, so that who decides (a denunciation has its own law) can see why.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from faq.text import fold
from faq.text import read as read_words
from handlers.case_life import Category, Kind

SHIPPED = Path(__file__).parent / "data" / "case_kinds.yaml"
READ_CHARS = 1500


class KindsError(ValueError):
    """The table cannot be used; says what in it."""


@dataclass(frozen=True, slots=True)
class Signs:
    """What speaks for a kind (`words`) and what speaks against it. `toned`: only with these marks, if any are typed."""

    words: Sequence[str]
    against: Sequence[str]
    toned: Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Table:
    """The kinds in the order in which they are looked for, and the categories."""

    kinds: Mapping[Kind, Signs]
    categories: Mapping[Category, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Guess:
    """The kind, and categories best first; never empty: the last resort is OTHER."""

    kind: Kind
    categories: tuple[Category, ...]


def guess(text: str, table: Table) -> Guess:
    """Guess from what somebody wrote, with marks or without, with a phone's abbreviations."""
    text = text[:READ_CHARS]
    typed = f" {' '.join(text.lower().split())} "
    spaced = f" {fold(text)} | {' '.join(word.plain for word in read_words(text))} "
    kind = next((k for k, signs in table.kinds.items() if _speaks(signs, spaced, typed)), Kind.REFLECTION)
    scores = {c: _score(words, spaced) for c, words in table.categories.items()}
    if kind is Kind.THANKS:
        scores[Category.THANKS] += 5
    elif kind is Kind.PROPOSAL:
        scores[Category.PROPOSAL] = 1  # what it proposes something about says more
    else:
        # "Cảm ơn" at the end, "đề nghị xem lại": said with everything.
        scores[Category.THANKS] = scores[Category.PROPOSAL] = 0
    if kind is Kind.DENUNCIATION:
        scores[Category.CONDUCT] += 2
    # "Hộ nghèo" is said with everything here: of two that score alike, the other one is meant.
    found = sorted(
        (c for c, score in scores.items() if score), key=lambda c: (-scores[c], c is Category.POOR_LIST)
    )
    return Guess(kind, (*found, Category.OTHER))


def _speaks(signs: Signs, spaced: str, typed: str) -> bool:
    if any(f" {word} " in spaced for word in signs.against):
        return False
    for word in signs.words:
        if f" {word} " in spaced:
            with_marks = signs.toned.get(word)
            # Without a mark the folded word is all there is; "tới tổ" is not "tôi tố".
            if with_marks is None or typed.isascii() or any(marked in typed for marked in with_marks):
                return True
    return False


def _score(words: Sequence[str], spaced: str) -> int:
    """Longer phrases say more: as many points as words."""
    return sum(len(word.split()) for word in words if f" {word} " in spaced)


def load(file: Path = SHIPPED) -> Table:
    """Read the table. Raises KindsError."""
    try:
        raw = yaml.safe_load(file.read_text(encoding="utf-8"))
        kinds = {
            Kind(name): Signs(
                [fold(word) for word in signs["words"]],
                [fold(word) for word in (*signs.get("not", ()), *signs.get("unless", ()))],
                signs.get("toned", {}),
            )
            for name, signs in raw["kinds"].items()
        }
        categories = {
            Category(name): [fold(word) for word in words] for name, words in raw["categories"].items()
        }
    except (OSError, yaml.YAMLError, KeyError, TypeError, ValueError, AttributeError) as exc:
        raise KindsError(f"{file.name}: {exc}") from exc
    if missing := set(Category) - set(categories) - {Category.OTHER}:
        raise KindsError(f"{file.name}: nothing is said of {', '.join(sorted(missing))}")
    return Table(kinds, categories)
