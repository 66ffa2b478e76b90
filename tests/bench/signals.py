"""Urgency and intent of first messages: how long learning takes, and reading one message, held out or very long."""

import time
from pathlib import Path

from handlers import topics
from handlers.signals import shipped
from tests.bench.report import Report
from tests.faq.signals_figures import held_out


async def run(report: Report, _folder: Path, size: int) -> None:
    """Ask for both of every message, as the conversation does."""
    known = topics.shipped()
    began = time.process_time()
    signals = shipped(known)
    report.figure("signals: learn", time.process_time() - began, "s of the processor")

    messages = [text for name in ("urgent", "intents") for text, _ in held_out(name)]
    times = []
    for text in messages[:: max(1, len(messages) // size)]:
        began = time.process_time()
        signals.urgency(text)
        signals.intent(text)
        times.append(time.process_time() - began)
    times.sort()
    report.figure("signals: p50", times[len(times) // 2] * 1000, "ms of the processor")
    report.figure("signals: p95", times[len(times) * 95 // 100] * 1000, "ms of the processor")
    began = time.process_time()
    signals.urgency("Tôi hỏi khí không phải, nhà tôi nghèo lắm. " * 2500)
    report.figure("signals: 100,000 characters", (time.process_time() - began) * 1000, "ms of the processor")
