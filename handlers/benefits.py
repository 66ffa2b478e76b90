"""Which topics concern a household: its category and what is ticked, each topic with its condition.

Hints, not conclusions: every condition is confirmed by the commune. What one person cannot have twice is never added
up. Pure but for `shipped`, which reads the table that comes with the program.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from itertools import combinations
from typing import Any, cast

import yaml

FILE = "benefits.yaml"


class BenefitsError(ValueError):
    """The table cannot be used; says what in it is wrong."""


@dataclass(frozen=True, slots=True)
class Choice:
    """Something a person may say of the household, in a button's words: a category, or a group of ticks."""

    id: str
    label: str


@dataclass(frozen=True, slots=True)
class Tick:
    """Somebody who lives in the house, or something that is wanted; asked in its group."""

    id: str
    label: str
    group: str


@dataclass(frozen=True, slots=True)
class Row:
    """Topics and conditions, for these categories and where one of these is ticked (none named: for every household)."""

    categories: frozenset[str]
    ticks: frozenset[str]
    topics: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Exclusion:
    """Benefits of which one person has one alone, but for the pairs in `together`; with the sentences that say so."""

    topics: frozenset[str]
    text: str
    together: frozenset[frozenset[str]]
    together_text: str | None

    def excludes(self, one: str, other: str) -> bool:
        """Say whether a person who is entitled to both gets the higher one alone."""
        both = frozenset((one, other))
        return len(both) == 2 and both <= self.topics and both not in self.together

    def sentences(self, topics: Iterable[str]) -> list[str]:
        """Return what must be said where these topics are named together."""
        pairs = [frozenset(pair) for pair in combinations(sorted(self.topics.intersection(topics)), 2)]
        said = [self.text] if any(pair not in self.together for pair in pairs) else []
        also = self.together_text if self.together.intersection(pairs) else None
        return [*said, *([also] if also else [])]


@dataclass(frozen=True, slots=True)
class Benefit:
    """One topic with the conditions under which it concerns the household; at least one."""

    topic_id: str
    conditions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """All of it. Choices in the order in which they are shown."""

    categories: Sequence[Choice]
    groups: Sequence[Choice]
    ticks: Sequence[Tick]
    rows: Sequence[Row]
    exclusive: Sequence[Exclusion]

    def find(self, category: str, ticked: Collection[str]) -> list[Benefit]:
        """Return what concerns a household: what was ticked first, then what every household of its category has."""
        found: dict[str, dict[str, None]] = {}
        for row in self.rows:
            if category in row.categories and (not row.ticks or not row.ticks.isdisjoint(ticked)):
                for topic_id, condition in row.topics.items():
                    found.setdefault(topic_id, {})[condition] = None
        return [Benefit(topic_id, tuple(conditions)) for topic_id, conditions in found.items()]

    def ticks_for(self, category: str, group: str) -> list[Tick]:
        """Return the ticks of a group that lead to anything for this category."""
        leading = {tick for row in self.rows if category in row.categories for tick in row.ticks}
        return [tick for tick in self.ticks if tick.group == group and tick.id in leading]

    def warnings(self, topics: Collection[str]) -> list[str]:
        """Return the sentences on benefits among these that are never added up."""
        return [sentence for exclusion in self.exclusive for sentence in exclusion.sentences(topics)]


@cache
def shipped() -> Table:
    """Read the table that comes with the program, once; raises BenefitsError."""
    return parse(resources.files("handlers").joinpath("data", FILE).read_text(encoding="utf-8"))


def parse(text: str) -> Table:
    """Read a table; raises BenefitsError for one that names what it does not hold."""
    try:
        raw = cast(dict[str, Any], yaml.safe_load(text))
        every = frozenset(category["id"] for category in raw["categories"])
        table = Table(
            tuple(Choice(each["id"], each["label"]) for each in raw["categories"]),
            tuple(Choice(each["id"], each["label"]) for each in raw["groups"]),
            tuple(Tick(each["id"], each["label"], each["group"]) for each in raw["ticks"]),
            tuple(
                Row(frozenset(row.get("for", every)), frozenset(row.get("ticks", ())), dict(row["topics"]))
                for row in raw["rows"]
            ),
            tuple(_exclusion(each) for each in raw["exclusive"]),
        )
    except (yaml.YAMLError, KeyError, TypeError, AttributeError) as exc:
        raise BenefitsError(f"{FILE}: cannot be read: {exc!r}") from exc
    _check(table)
    return table


def _exclusion(raw: Mapping[str, Any]) -> Exclusion:
    return Exclusion(
        frozenset(raw["topics"]),
        raw["text"],
        frozenset(frozenset(pair) for pair in raw.get("together", ())),
        raw.get("together_text"),
    )


def _check(table: Table) -> None:
    known = {
        "category": {category.id for category in table.categories},
        "tick": {tick.id for tick in table.ticks},
        "group": {group.id for group in table.groups},
    }
    named = [("group", tick.group) for tick in table.ticks]
    for row in table.rows:
        named += [("category", category) for category in row.categories]
        named += [("tick", tick) for tick in row.ticks]
    for kind, name in named:
        if name not in known[kind]:
            raise BenefitsError(f"{FILE}: there is no {kind} {name!r}")
