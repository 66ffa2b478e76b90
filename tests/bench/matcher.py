"""The matcher beside plain rapidfuzz (`WRatio` over all phrasings): how often each is right, and how long it takes."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path

from rapidfuzz import fuzz, process, utils

from faq.measure import Line
from handlers import topics
from handlers.topics import Library
from tests.bench.report import Report
from tests.faq.figures import DAY, lines

Rank = Callable[[str], Sequence[str]]


async def run(report: Report, _folder: Path, size: int) -> None:
    """Ask the held-out questions, which are in no index."""
    began = time.perf_counter()
    library = Library(topics.shipped())
    library.warm_up(DAY)
    report.figure("matcher: load and build", time.perf_counter() - began, "s")

    asked = [line for line in lines() if line.topics]
    asked = asked[:: max(1, len(asked) // size)]
    ours = _measure(
        report, "matcher", asked, lambda q: [h.topic_id for h in library.matcher.match(q, DAY).hits]
    )
    phrasings = {p: t.id for t in library.topics.values() for p in (t.title, *t.phrasings) if not t.referral}

    choices = list(phrasings)

    def plain(question: str) -> Sequence[str]:
        hits = process.extract(question, choices, scorer=fuzz.WRatio, processor=utils.default_process)
        return [phrasings[hit] for hit, _, _ in hits]

    # A hundred are enough: it is some fifty times slower.
    theirs = _measure(report, "plain rapidfuzz", asked[:: max(1, len(asked) // 100)], plain)
    report.ratio(
        "right at once, the matcher / plain rapidfuzz",
        ours / theirs,
        1.2,
        "how many more questions the topic named first is right for; the same phrasings, questions in neither",
    )


def _measure(report: Report, name: str, asked: Sequence[Line], rank: Rank) -> float:
    times, right = [], 0
    for line in asked:
        began = time.perf_counter()
        ranked = rank(line.question)
        times.append(time.perf_counter() - began)
        right += bool(ranked) and ranked[0] in line.topics
    times.sort()
    report.figure(f"{name}: right at once", 100 * right / len(asked), "%")
    report.figure(f"{name}: questions", len(times) / sum(times), "per second")
    report.figure(f"{name}: p50", times[len(times) // 2] * 1000, "ms")
    report.figure(f"{name}: p99", times[len(times) * 99 // 100] * 1000, "ms")
    return right / len(asked)
