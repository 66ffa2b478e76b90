"""What the held-out questions measure of the content that ships; `python -m tests.faq.figures` commits it to a file.

`held_out/figures.json` holds shares 0..1. Only sets of a hundred lines and more are in it: a single line must not be
more than the point by which a figure may fall.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path

from faq.measure import Line, Report, measure
from handlers import topics
from handlers.messages import clean
from handlers.topics import Library
from tests.faq.keyboards import KEYBOARDS

FOLDER = Path(__file__).parent / "held_out"
FILE = FOLDER / "figures.json"
DAY = date(2026, 11, 23)
RENEW = ".venv/bin/python -m tests.faq.figures"
LESS_IS_BETTER = frozenset({"wrong", "out_of_scope_answered", "calibration_error"})


def lines() -> list[Line]:
    """Read the held-out questions and the messages nothing answers."""
    return [
        Line(clean(line["question"]), tuple(line["topics"]), line["style"])
        for file in sorted(FOLDER.glob("*.jsonl"))
        for line in map(json.loads, file.read_text(encoding="utf-8").splitlines())
    ]


def asked(library: Library, questions: list[Line]) -> Report:
    """Ask them on the day for which they were written."""
    known = {topic.id for topic in library.topics.values() if not topic.referral}
    return measure(library.matcher, questions, known, DAY, lambda: 0.0)


def typed(library: Library, keyboard: Callable[[str], str]) -> float:
    """Return top-1 of the clean questions as they come from that keyboard."""
    questions = [
        Line(clean(keyboard(line.question)), line.topics, line.style)
        for line in lines()
        if line.style == "clean"
    ]
    return asked(library, questions).overall.top1


def figures(report: Report, by_keyboard: dict[str, float]) -> dict[str, float]:
    """Return what is committed."""
    overall, marked = report.overall, report.by_style["clean"]
    outside = [line for line in lines() if not line.topics]
    answered = sum(f.answered for f in report.by_style.values() if not f.in_scope)
    return {
        "top1": overall.top1,
        "top3": overall.top3,
        "mrr": overall.mrr,
        "answered_right": overall.answered_right,
        "right_or_offered": overall.right_or_offered,
        "wrong": overall.wrong,
        "precision": overall.precision,
        "calibration_error": report.calibration.error,
        "out_of_scope_answered": answered / len(outside),
        "clean_top1": marked.top1,
        "clean_right_or_offered": marked.right_or_offered,
        **{f"clean_typed_{name}_top1": share for name, share in by_keyboard.items()},
    }


def committed() -> dict[str, float]:
    """Read the committed figures."""
    read: dict[str, float] = json.loads(FILE.read_text(encoding="utf-8"))
    return read


def renew() -> None:
    """Measure, write the file and print what changed."""
    library = Library(topics.shipped())
    before = committed() if FILE.exists() else {}
    by_keyboard = {name: typed(library, keyboard) for name, keyboard in KEYBOARDS.items()}
    now = {name: round(share, 4) for name, share in figures(asked(library, lines()), by_keyboard).items()}
    FILE.write_text(json.dumps(now, indent=1) + "\n", encoding="utf-8")
    for name, share in now.items():
        print(f"{name:<32} {before.get(name, float('nan')):>8.4f} → {share:.4f}")


if __name__ == "__main__":
    renew()
