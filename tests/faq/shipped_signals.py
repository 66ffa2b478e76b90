"""The examples that ship, as the tests read them."""

from __future__ import annotations

from pathlib import Path

import faq.signals
from faq.signals import CALM, Examples, Intent, Urgency, parse

FOLDER = Path(faq.signals.__file__).parent


def urgent() -> Examples:
    """Messages that need help now, and calm ones."""
    return parse((FOLDER / "urgent.yaml").read_text(encoding="utf-8"), "urgent.yaml", [*Urgency, CALM])


def intents() -> Examples:
    """Messages by what they want."""
    return parse((FOLDER / "intents.yaml").read_text(encoding="utf-8"), "intents.yaml", list(Intent))
