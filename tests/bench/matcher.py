"""Questions per second of the matcher, and how long the slow ones take."""

import time
from datetime import date
from pathlib import Path

from handlers import topics
from handlers.topics import Library
from tests.bench.report import Report

DAY = date(2026, 11, 23)


async def run(report: Report, _folder: Path, size: int) -> None:
    """Ask phrasings, changed so that none is in the index as it stands."""
    began = time.perf_counter()
    library = Library(topics.shipped())
    library.matcher.match("xin chào", DAY)
    report.figure("matcher: load and build", time.perf_counter() - began, "s")

    phrasings = [p for t in library.topics.values() for p in t.phrasings]
    questions = [f"cho hoi {phrasings[i * 7 % len(phrasings)]} a" for i in range(size)]
    times = []
    for question in questions:
        began = time.perf_counter()
        library.matcher.match(question, DAY)
        times.append(time.perf_counter() - began)
    times.sort()
    report.figure("matcher: questions", len(times) / sum(times), "per second")
    report.figure("matcher: p50", times[len(times) // 2] * 1000, "ms")
    report.figure("matcher: p99", times[len(times) * 99 // 100] * 1000, "ms")
