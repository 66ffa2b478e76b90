"""An export at size: rows a second and peak memory of `hai-chieu export`, beside the bare spreadsheet writer.

Each in a process of its own, so that the peak is that of the export alone.
"""

import asyncio
import json
import os
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from storage import facts, people, schema
from storage.crypto import Vault
from storage.db import Database, Tx
from storage.tables import messages, questions
from tests.bench.report import Report
from tests.databases import SECRET

ROWS_PER_SIZE = 1000  # 1,000,000 at the size that is usual
AT_ONCE = 10_000
GOAL_MB = 100.0
NOW = datetime(2026, 11, 26, 3, tzinfo=UTC)
_TEXT = "Nhà tôi thuộc hộ cận nghèo, con học lớp 7 thì được hỗ trợ những gì, nộp hồ sơ ở đâu?"
_TELL = """
import json, re, time
status = open("/proc/self/status").read()
print(json.dumps({"wall_s": time.perf_counter() - began, "peak_mb": int(re.search(r"VmHWM:\\s+(\\d+)", status)[1]) / 1024}))
"""
_EXPORT = """
import time
from bot.cli import main
began = time.perf_counter()
assert main(["export", "questions", "--format", "xlsx", "--out", {out!r}]) == 0
"""
# The same cells, written over and over: what the writer alone needs.
_BARE = """
import time
from datetime import datetime
import xlsxwriter
began = time.perf_counter()
book = xlsxwriter.Workbook({out!r}, {{"constant_memory": True}})
sheet, moment = book.add_worksheet(), book.add_format({{"num_format": "dd/mm/yyyy hh:mm"}})
cells = {cells!r}
for number in range({rows}):
    for place, cell in enumerate(cells):
        if isinstance(cell, str):
            sheet.write_string(number, place, cell)
        elif place == 1:
            sheet.write_datetime(number, place, datetime(2026, 11, 26, 10), moment)
        else:
            sheet.write_number(number, place, cell)
book.close()
"""
_CELLS = [1, 0, _TEXT, "Trả lời ngay", "bhyt-ho-ngheo", "Thẻ bảo hiểm y tế của hộ nghèo", 0.97, "Có", "Không", "", "10525",
          "Phường Hải Dương", "Trang web"]  # fmt: skip


async def run(report: Report, folder: Path, size: int) -> None:
    """Fill a database, export it, and write as many rows with the writer alone."""
    if not Path("/proc/self/status").exists():
        print("  exports: left out, memory is read from /proc", file=sys.stderr)
        return
    rows = ROWS_PER_SIZE * size
    url = f"sqlite+aiosqlite:///{folder / 'exports.db'}"
    await _fill(url, rows)
    settings = {"DATABASE_URL": url, "SECRET_KEY": SECRET}
    ours = await _measure(_EXPORT.format(out=str(folder / "ours.xlsx")), settings)
    bare = await _measure(_BARE.format(out=str(folder / "bare.xlsx"), cells=_CELLS, rows=rows), {})
    for name, cost in (("export", ours), ("bare writer", bare)):
        report.figure(f"exports: {rows:,} rows to xlsx, {name}", rows / cost["wall_s"], "rows/s")
        report.figure(f"exports: {rows:,} rows to xlsx, {name}, peak memory", cost["peak_mb"], "MB")
    report.figure(f"exports: peak memory over the goal of {GOAL_MB:g}", ours["peak_mb"] - GOAL_MB, "MB")
    report.ratio(
        "exports / bare writer", bare["wall_s"] / ours["wall_s"], 0.5,
        "rows a second of the whole command, beside the spreadsheet writer fed with ready cells",
    )  # fmt: skip


async def _fill(url: str, rows: int) -> None:
    database = Database(url, Vault(SECRET))
    try:
        await database.write(_prepare)
        for start in range(0, rows, AT_ONCE):
            await database.write(_add, min(AT_ONCE, rows - start), start)
    finally:
        await database.close()


def _prepare(tx: Tx) -> None:
    schema.upgrade(tx)
    facts.claim_key(tx)
    person = people.meet(tx, "web", "bench", NOW)
    tx.execute(
        sa.insert(messages),
        {"id": 1, "address_id": person.address_id, "direction": "in", "text": _TEXT, "at": NOW},
    )


def _add(tx: Tx, count: int, start: int) -> None:
    row = {
        "address_id": 1,
        "message_id": 1,
        "text": _TEXT,
        "verdict": "answer",
        "score": 0.97,
        "topic_id": "bhyt-ho-ngheo",
        "offered": [],
        "helped": True,
        "for_official": False,
        "area_code": "10525",
    }
    tx.execute(
        sa.insert(questions),
        [row | {"at": NOW + timedelta(seconds=number)} for number in range(start, start + count)],
    )


async def _measure(code: str, settings: dict[str, str]) -> dict[str, float]:
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-c", code + _TELL,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL, env={**os.environ, **settings},
    )  # fmt: skip
    out, _ = await child.communicate()
    if child.returncode != 0:
        raise RuntimeError(f"the measured process ended with {child.returncode}")
    told: Any = json.loads(out.splitlines()[-1])
    return {"wall_s": float(told["wall_s"]), "peak_mb": float(told["peak_mb"])}
