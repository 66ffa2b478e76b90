"""Find the words that decide: cues, each under the name of what it says.

A cue is one n-gram that hundreds of wordings share, so a verb of violence that no example holds still counts as one.
Pairs of cues near each other say more than both apart: "chồng … đánh", "đánh … năm ngoái".
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from faq.signals.cue_table import CUES, NOTHING
from faq.syllable import toned, unmark
from faq.text import Word, spelt

# What follows another cue within so many words forms a pair with it: "chồng … đánh", "đánh … năm ngoái".
REACH: Final = 10

# A message of more words than this either asks something or tells something.
TOLD: Final = 5
_QUESTION_ENDS: Final = frozenset("khong hong chua ha chu nhi vay gi sao nao ai".split())  # noqa: SIM905  # a list to read
_DENIABLE: Final = (["gi"], ["ai"], ["nao"])
# What politely follows the last word that matters.
_PARTICLES: Final = frozenset("a ad em chau bac chi co anh ban bot mn nhi the vay ha mng".split())  # noqa: SIM905

_Words = tuple[tuple[str, str], ...]


def _phrases() -> dict[tuple[str, ...], list[tuple[_Words, str, bool]]]:
    found: dict[tuple[str, ...], list[tuple[_Words, str, bool]]] = defaultdict(list)
    for name, table in CUES.items():
        for phrase in table.split(","):
            words = tuple((spelt(unmark(word)), toned(word)) for word in phrase.rstrip("!").split())
            found[tuple(plain for plain, _ in words)].append((words, name, phrase.endswith("!")))
    return dict(found)


_PHRASES: Final = _phrases()


def _lengths() -> dict[str, tuple[int, ...]]:
    """For the first word of a cue how many words it may have, the longest first."""
    found: dict[str, set[int]] = defaultdict(set)
    for phrase in _PHRASES:
        found[phrase[0]].add(len(phrase))
    return {start: tuple(sorted(lengths, reverse=True)) for start, lengths in found.items()}


_LENGTHS: Final = _lengths()


@dataclass(frozen=True, slots=True)
class Cues:
    """The cues of a message in order: the place of each one's last word, and the names of what it may say."""

    found: tuple[tuple[int, tuple[str, ...]], ...]
    words: int
    asks: bool
    """Whether the message holds a word of question or ends as questions end."""

    def said(self) -> frozenset[str]:
        """The names of all cues."""
        return frozenset(name for _, names in self.found for name in names)

    def names(self) -> Iterator[tuple[int, str]]:
        """Cues and pairs of cues as n-grams: the place where each ends, and its name."""
        recent: list[tuple[int, str]] = []
        for place, said in self.found:
            recent = [(other, name) for other, name in recent if place - other <= REACH]
            for name in said:
                yield place, f"={name}"
                for other in dict.fromkeys(other for _, other in recent):
                    if other != name:
                        yield place, f"={min(other, name)}+{max(other, name)}"
            recent += [(place, name) for name in said]
        if self.words > TOLD:
            yield self.words - 1, "=asked" if self.asks else "=told"


def cues(words: Sequence[Word]) -> Cues:
    """Find the cues of a message; where several begin at one word, the longest counts."""
    plain = [word.plain for word in words]
    found: list[tuple[int, tuple[str, ...]]] = []
    at = 0
    while at < len(words):
        length = 1
        for tried in _LENGTHS.get(plain[at], ()):
            meant = _PHRASES.get(tuple(plain[at : at + tried])) if at + tried <= len(plain) else None
            said = meant and _agreeing(meant, words, at)
            if said:
                length = tried
                if said != (NOTHING,):
                    found.append((at + length - 1, tuple(name for name in said if name)))
                break
        at += length
    return Cues(tuple(found), len(words), any("ask" in said for _, said in found) or _ends_asking(plain))


def _agreeing(meant: Sequence[tuple[_Words, str, bool]], words: Sequence[Word], at: int) -> tuple[str, ...]:
    return tuple(
        name
        for phrase, name, strict in meant
        if all(
            word.toned == marks or not (word.toned or strict)
            for word, (_, marks) in zip(words[at : at + len(phrase)], phrase, strict=True)
        )
    )


def _ends_asking(plain: Sequence[str]) -> bool:
    at = len(plain) - 1
    while at > 0 and plain[at] in _PARTICLES:
        at -= 1
    # "Không có giấy tờ gì", "không ai nghe" deny, and ask nothing.
    denied = plain[at : at + 1] in _DENIABLE and "khong" in plain[max(at - 5, 0) : max(at, 0)]
    return not denied and not _QUESTION_ENDS.isdisjoint(plain[max(at, 0) :])
