"""What a start costs: seconds and memory until the first question of the day is answered, beside bare Python; then
the whole service on a database that is there, until it listens and until it has answered a first message.

Each in a process of its own, several times; the least counts, since noise only ever adds.
"""

import asyncio
import json
import resource
import sys
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from tests.bench.report import Report
from tests.faq.figures import DAY
from tests.process import Process

ROUNDS = 3
GOAL_S, GOAL_MB = 1.0, 100.0
GOAL_LISTENING_S, GOAL_ANSWERED_S = 2.5, 4.0
QUESTION = "hộ nghèo vay được bao nhiêu"
# The peak of this memory map alone: getrusage would hand on the peak of the process that started us.
_TELL = """
import json, os, re
peak_kb = int(re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read())[1])
times = os.times()
print(json.dumps({"cpu_s": times.user + times.system, "peak_mb": peak_kb / 1024}))
"""
_LIBRARY = f"""
from datetime import date
from handlers.topics import Library, shipped
day = date({DAY.year}, {DAY.month}, {DAY.day})
library = Library(shipped())
library.matcher.match({QUESTION!r}, day)
"""


@dataclass(frozen=True)
class _Cost:
    wall_s: float
    cpu_s: float
    peak_mb: float


async def run(report: Report, folder: Path, _size: int) -> None:
    """Start bare Python and the library in turn; goals are printed and not enforced, for machines differ."""
    if not Path("/proc/self/status").exists():
        print("  start: left out, memory is read from /proc", file=sys.stderr)
        return
    bare = await _least(_TELL)
    library = await _least(_LIBRARY + _TELL)
    for name, cost in (("bare Python", bare), ("library read, built, first question answered", library)):
        report.figure(f"start: {name}", cost.wall_s, "s")
        report.figure(f"start: {name}, processor", cost.cpu_s, "s")
        report.figure(f"start: {name}, peak memory", cost.peak_mb, "MB")
    report.figure(f"start: seconds over bare Python (goal {GOAL_S:g})", library.wall_s - bare.wall_s, "s")
    report.figure(f"start: memory over bare Python (goal {GOAL_MB:g})", library.peak_mb - bare.peak_mb, "MB")
    listening, answered, cpu = await _serve(folder)
    report.figure(f"start: seconds until the service listens (goal {GOAL_LISTENING_S:g})", listening, "s")
    report.figure(f"start: seconds until it has answered (goal {GOAL_ANSWERED_S:g})", answered, "s")
    report.figure("start: the same and its end, processor", cpu, "s")


async def _serve(folder: Path) -> tuple[float, float, float]:
    """Return the seconds until the service listens and until a first message is answered, and what all of it takes of
    the processor.
    """
    service = Process(folder, f"sqlite+aiosqlite:///{folder / 'start.db'}")
    loop = asyncio.get_running_loop()
    rounds = []
    try:
        # The first start makes the database, and counts for nothing.
        for _ in range(1 + ROUNDS):
            began, cpu = loop.time(), _children_cpu_s()
            await service.start()
            listening = loop.time() - began
            async with (
                aiohttp.ClientSession(raise_for_status=True) as browser,
                browser.post(f"{service.url}/api/chat/messages", json={"text": QUESTION}),
            ):
                answered = loop.time() - began
            await service.stop()
            rounds.append((listening, answered, _children_cpu_s() - cpu))
    finally:
        await service.clean_up()
    listening, answered, cpu = (min(figures) for figures in zip(*rounds[1:], strict=True))
    return listening, answered, cpu


def _children_cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


async def _least(code: str) -> _Cost:
    costs = [await _once(code) for _ in range(ROUNDS)]
    return _Cost(
        min(cost.wall_s for cost in costs),
        min(cost.cpu_s for cost in costs),
        min(cost.peak_mb for cost in costs),
    )


async def _once(code: str) -> _Cost:
    loop = asyncio.get_running_loop()
    began = loop.time()
    child = await asyncio.create_subprocess_exec(sys.executable, "-c", code, stdout=asyncio.subprocess.PIPE)
    out, _ = await child.communicate()
    wall_s = loop.time() - began
    if child.returncode != 0:
        raise RuntimeError(f"the measured process ended with {child.returncode}")
    told = json.loads(out)
    return _Cost(wall_s, told["cpu_s"], told["peak_mb"])
