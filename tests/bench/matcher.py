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

# Enough to tell them apart: plain rapidfuzz takes some fifty times as long.
QUESTIONS = 100
Rank = Callable[[str], Sequence[str]]


async def run(report: Report, _folder: Path, size: int) -> None:
    """Ask both the same held-out questions, which are in no index, by turns: noise meets both alike."""
    began = time.perf_counter()
    library = Library(topics.shipped())
    library.warm_up(DAY)
    report.figure("matcher: load and build", time.perf_counter() - began, "s")

    asked = [line for line in lines() if line.topics]
    asked = asked[:: -(-len(asked) // min(QUESTIONS, size))]
    phrasings = {p: t.id for t in library.topics.values() for p in (t.title, *t.phrasings) if not t.referral}
    choices = list(phrasings)

    def ours(question: str) -> Sequence[str]:
        return [hit.topic_id for hit in library.matcher.match(question, DAY).hits]

    def plain(question: str) -> Sequence[str]:
        hits = process.extract(question, choices, scorer=fuzz.WRatio, processor=utils.default_process)
        return [phrasings[hit] for hit, _, _ in hits]

    tallies = {"matcher": _Tally(ours), "plain rapidfuzz": _Tally(plain)}
    for line in asked:
        for tally in tallies.values():
            tally.ask(line)
    report.figure("matcher and plain rapidfuzz: the same questions", len(asked), "questions")
    report.figure("matcher and plain rapidfuzz: over the same phrasings", len(choices), "phrasings")
    for name, tally in tallies.items():
        tally.tell(report, name)
    mine, theirs = tallies.values()
    report.ratio(
        "right at once, the matcher / plain rapidfuzz",
        mine.first / max(theirs.first, 1),
        1.2,
        "how many more questions the topic named first is right for",
    )
    report.ratio(
        "time a question takes, plain rapidfuzz / the matcher",
        sum(theirs.took_s) / sum(mine.took_s),
        1.0,
        "how many questions the matcher answers while plain rapidfuzz answers one",
    )


class _Tally:
    """What one of the two gets right, and how long each question takes it."""

    def __init__(self, rank: Rank) -> None:
        self.rank = rank
        self.took_s: list[float] = []
        self.first = self.among_three = 0

    def ask(self, line: Line) -> None:
        began = time.perf_counter()
        ranked = self.rank(line.question)
        self.took_s.append(time.perf_counter() - began)
        self.first += bool(ranked) and ranked[0] in line.topics
        self.among_three += not set(ranked[:3]).isdisjoint(line.topics)

    def tell(self, report: Report, name: str) -> None:
        times, of = sorted(self.took_s), len(self.took_s)
        report.figure(f"{name}: right at once", 100 * self.first / of, "%")
        report.figure(f"{name}: right among the first three", 100 * self.among_three / of, "%")
        report.figure(f"{name}: questions", of / sum(times), "per second")
        report.figure(f"{name}: p50", times[of // 2] * 1000, "ms")
        report.figure(f"{name}: p99", times[of * 99 // 100] * 1000, "ms")
