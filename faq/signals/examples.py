"""Read the files of examples: messages by class, one a line. Knows no file; the caller hands over text and name.

A file is a mapping of class → group → lines. Groups are for those who write (which trap a line sets); only the class
counts.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final

import yaml

from faq.document import ContentError

_LOADER: Final[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True)
class Examples:
    """Messages with the class each belongs to, in the order of the file."""

    texts: tuple[str, ...]
    classes: tuple[str, ...]


def parse(text: str, name: str, classes: Collection[str]) -> Examples:
    """Read one file.

    Args:
        text: YAML, `class: {group: "one message a line"}`.
        name: of the file, to blame.
        classes: those that must be there; no other may be.

    Raises:
        ContentError: bad YAML, a class that is missing or unknown, a group without messages.
    """
    try:
        loaded = yaml.load(text, Loader=_LOADER)  # noqa: S506  # a safe loader, the faster of two
    except yaml.YAMLError as error:
        raise ContentError(f"{name}: not YAML: {error}") from error
    if not isinstance(loaded, Mapping) or set(loaded) != set(classes):
        found = sorted(map(str, loaded)) if isinstance(loaded, Mapping) else type(loaded).__name__
        raise ContentError(f"{name}: classes are {found}; right: {sorted(classes)}")
    texts: list[str] = []
    labels: list[str] = []
    for label, groups in loaded.items():
        if not isinstance(groups, Mapping) or not groups:
            raise ContentError(f"{name}, {label}: no groups; example: {label}: {{all: |…}}")
        for group, lines in groups.items():
            messages = [line.strip() for line in lines.splitlines()] if isinstance(lines, str) else []
            if not any(messages):
                raise ContentError(
                    f"{name}, {label}, {group}: no messages; example: {group}: |, then one a line"
                )
            texts += filter(None, messages)
            labels += [str(label)] * sum(map(bool, messages))
    return Examples(tuple(texts), tuple(labels))
