"""Write rows as CSV, as a spreadsheet or as JSON lines; flat in memory, one row after the other.

A cell can never act: spreadsheets take text that begins with = + - @ for a formula (CSV injection, OWASP). In CSV
such text gets an apostrophe before it; in XLSX texts are written as texts.
"""

import csv
import json
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Protocol

from handlers.exports.columns import Cell, Column

_ACTS = ("=", "+", "-", "@", "\t", "\r")
_SHEET_ROWS = 1_000_000  # of the 1,048,576 that a sheet holds; what is more goes on to the next
_CELL_CHARS = 32_767  # what a cell holds
_CSV_TIME = "%Y-%m-%d %H:%M"


class Sheet(Protocol):
    """An open file of rows."""

    def add(self, rows: Sequence[Sequence[Cell]]) -> None:
        """Write rows, each with one cell a column."""

    def close(self) -> None:
        """Finish the file; it is whole afterwards."""


def open_sheet(format_name: str, file: Path, columns: Sequence[Column]) -> Sheet:
    """Begin a file with its headings. Raises KeyError for an unknown format, OSError for an unusable place."""
    return FORMATS[format_name](file, columns)


def inert(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula."""
    return "'" + text if text.startswith(_ACTS) else text


class _Csv:
    """UTF-8 with a byte order mark, without which Excel reads Vietnamese as something else."""

    def __init__(self, file: Path, columns: Sequence[Column]) -> None:
        self._file = file.open("w", encoding="utf-8-sig", newline="")
        self._writer = csv.writer(self._file)
        self._writer.writerow([c.heading for c in columns])

    def add(self, rows: Sequence[Sequence[Cell]]) -> None:
        self._writer.writerows([_plain(cell) for cell in row] for row in rows)

    def close(self) -> None:
        self._file.close()


def _plain(cell: Cell) -> str | int | float:
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return cell.strftime(_CSV_TIME)
    return inert(cell) if isinstance(cell, str) else cell


class _Xlsx:
    def __init__(self, file: Path, columns: Sequence[Column]) -> None:
        # Only who takes a spreadsheet waits for it: a start does not.
        import xlsxwriter  # type: ignore[import-untyped]  # it ships no types

        self._columns = columns
        # constant_memory writes each row out as the next begins; its spool lies beside the file, not in RAM.
        self._book = xlsxwriter.Workbook(
            str(file),
            {"constant_memory": True, "tmpdir": str(file.parent), "default_date_format": "dd/mm/yyyy hh:mm"},
        )
        self._time = self._book.add_format({"num_format": "dd/mm/yyyy hh:mm"})
        self._bold = self._book.add_format({"bold": True, "bottom": 1})
        self._row = _SHEET_ROWS + 1

    def _next_sheet(self) -> None:
        self._sheet = self._book.add_worksheet()
        self._sheet.freeze_panes(1, 0)
        for place, column in enumerate(self._columns):
            self._sheet.set_column(place, place, column.width)
            self._sheet.write_string(0, place, column.heading, self._bold)
        self._row = 1

    def add(self, rows: Sequence[Sequence[Cell]]) -> None:
        for row in rows:
            if self._row > _SHEET_ROWS:
                self._next_sheet()
            for place, cell in enumerate(row):
                if not cell and cell != 0:
                    continue
                if isinstance(cell, str):
                    # Never `write`, which guesses: a text stays a text, with its leading zeros and its signs.
                    self._sheet.write_string(self._row, place, cell[:_CELL_CHARS])
                elif isinstance(cell, datetime):
                    self._sheet.write_datetime(self._row, place, cell, self._time)
                else:
                    self._sheet.write_number(self._row, place, cell)
            self._row += 1

    def close(self) -> None:
        if self._row > _SHEET_ROWS and not self._book.worksheets():
            self._next_sheet()
        self._book.close()


class _Jsonl:
    """One object a line, under the columns' keys; times with nothing cut off."""

    def __init__(self, file: Path, columns: Sequence[Column]) -> None:
        self._keys = [c.key for c in columns]
        self._file = file.open("w", encoding="utf-8")

    def add(self, rows: Sequence[Sequence[Cell]]) -> None:
        for row in rows:
            line = {
                key: cell.isoformat() if isinstance(cell, datetime) else cell
                for key, cell in zip(self._keys, row, strict=True)
            }
            self._file.write(json.dumps(line, ensure_ascii=False) + "\n")

    def close(self) -> None:
        self._file.close()


FORMATS: dict[str, Callable[[Path, Sequence[Column]], Sheet]] = {"csv": _Csv, "xlsx": _Xlsx, "jsonl": _Jsonl}
