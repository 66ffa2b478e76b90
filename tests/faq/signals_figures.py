"""How well messages held out are read: urgency, intents, and policy questions that must be taken for neither.

`python -m tests.faq.signals_figures` renews `held_out/signals/figures.json`. The messages there were written by somebody
who saw no example; they measure and teach nothing.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from faq import Topic
from faq.signals import CALM, Intent, Signals
from handlers import topics
from handlers.signals import URGENT_TOPICS, shipped

FOLDER = Path(__file__).parent / "held_out"
FIGURES = FOLDER / "signals" / "figures.json"
WEIGHTY = (Intent.STOP, Intent.ERASE)

Figures = dict[str, float]


def figures(signals: Signals, known: Sequence[Topic]) -> Figures:
    """Shares in 0..1: what must be high is named by what is found, what must be low by what goes wrong."""
    return {
        **_urgency(signals, held_out("urgent")),
        **_intents(signals, held_out("intents")),
        **_policy(signals, "phrasings", phrasings(known)),
        **_policy(signals, "asked", asked(known)),
    }


def held_out(name: str) -> list[tuple[str, str]]:
    """Messages held out, and the class of each."""
    key = {"urgent": "urgent", "intents": "intent"}[name]
    rows = map(json.loads, (FOLDER / "signals" / f"{name}.jsonl").read_text(encoding="utf-8").splitlines())
    return [(row["text"], row[key] or CALM) for row in rows]


def phrasings(known: Iterable[Topic]) -> list[str]:
    """How policy is asked about in the content, cries for help and what belongs elsewhere left out."""
    return [
        p for topic in known if topic.id not in URGENT_TOPICS and not topic.referral for p in topic.phrasings
    ]


def asked(known: Iterable[Topic]) -> list[str]:
    """Questions on policy that are in no content."""
    policy = {t.id for t in known if not t.referral} - URGENT_TOPICS
    rows = map(json.loads, (FOLDER / "questions.jsonl").read_text(encoding="utf-8").splitlines())
    return [row["question"] for row in rows if row["topics"] and policy.issuperset(row["topics"])]


def _urgency(signals: Signals, messages: Sequence[tuple[str, str]]) -> Figures:
    of: Counter[str] = Counter()
    found: Counter[str] = Counter()
    named = 0
    for text, kind in messages:
        said = signals.urgency(text)
        of[kind] += 1
        found[kind] += said is not None
        named += said is not None and said == kind
    calm, hit = found.pop(CALM), found.total() - found[CALM]
    shares = {f"urgent: recall, {kind}": found[kind] / of[kind] for kind in sorted(of) if kind != CALM}
    return {
        "urgent: recall": hit / (of.total() - of[CALM]),
        "urgent: precision": hit / (hit + calm),
        "urgent: kind right where found": named / hit,
        **shares,
    }


def _intents(signals: Signals, messages: Sequence[tuple[str, str]]) -> Figures:
    of: Counter[str] = Counter()
    right: Counter[str] = Counter()
    for text, intent in messages:
        of[intent] += 1
        right[intent] += signals.intent(text) == intent
    return {
        "intent: right": right.total() / of.total(),
        "intent: stop and erase found": sum(right[i] for i in WEIGHTY) / sum(of[i] for i in WEIGHTY),
        **{f"intent: right, {intent}": right[intent] / of[intent] for intent in sorted(of)},
    }


def _policy(signals: Signals, name: str, questions: Sequence[str]) -> Figures:
    return {
        f"policy {name}: taken for urgent": sum(signals.urgency(q) is not None for q in questions)
        / len(questions),
        f"policy {name}: taken for another intent": sum(
            signals.intent(q) is not Intent.QUESTION for q in questions
        )
        / len(questions),
    }


def main() -> None:
    """Measure what ships, print it and commit it to the file."""
    known = topics.shipped()
    found = {name: round(share, 4) for name, share in figures(shipped(known), known).items()}
    FIGURES.write_text(json.dumps(found, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    for name, share in found.items():
        print(f"{share:7.1%}  {name}")


if __name__ == "__main__":
    main()
