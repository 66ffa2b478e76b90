"""`make bench`: how fast it is, as ratios within one run. Machines are noisy; a ratio says more than a figure."""

import argparse
import asyncio
import gc
import sys
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path

from tests.bench import cases, delivery, expansion, exports, matcher, pipeline, signals, start, turns
from tests.bench.report import Report

PARTS: dict[str, Callable[[Report, Path, int], Awaitable[None]]] = {
    "start": start.run,
    "cases": cases.run,
    "exports": exports.run,
    "matcher": matcher.run,
    "expansion": expansion.run,
    "signals": signals.run,
    "turns": turns.run,
    "pipeline": pipeline.run,
    "delivery": delivery.run,
}


async def main() -> int:
    """Run the parts that were asked for, and print what they mean; 1 if a ratio is below its floor."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"{', '.join(PARTS)}; all by default")
    parser.add_argument("--size", type=int, default=1000, help="turns or updates a part; 1000 by default")
    options = parser.parse_args()
    if unknown := set(options.parts) - set(PARTS):
        parser.error(f"{', '.join(unknown)}: no such part; there are {', '.join(PARTS)}")
    # As `hai-chieu run` does: what is loaded is not looked through again and again.
    gc.collect()
    gc.freeze()
    report = Report()
    with tempfile.TemporaryDirectory(prefix="hai-chieu-bench-") as folder:
        for name, run in PARTS.items():
            if not options.parts or name in options.parts:
                print(f"{name} …", file=sys.stderr, flush=True)
                await run(report, Path(folder), options.size)
    return report.close()


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
