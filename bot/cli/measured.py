"""What `hai-chieu faq eval` prints."""

from collections.abc import Callable

from rich.console import Console
from rich.table import Table
from rich.text import Text

from faq.measure import Figures, Report

WIDTH = 160  # a table that wraps cannot be read; a narrow terminal wraps the line instead
WORST = 12  # confusions shown; --json has all

_COLUMNS: tuple[tuple[str, Callable[[Figures], str]], ...] = (
    ("lines", lambda f: str(f.lines)),
    ("top-1", lambda f: _percent(f.top1, f.in_scope)),
    ("top-3", lambda f: _percent(f.top3, f.in_scope)),
    ("MRR", lambda f: f"{f.mrr:.3f}" if f.in_scope else "-"),
    ("right", lambda f: _percent(f.answered_right, f.in_scope)),
    ("offered", lambda f: _percent(f.offered_right, f.in_scope)),
    ("right or offered", lambda f: _percent(f.right_or_offered, f.in_scope)),
    ("refused", lambda f: _percent(f.false_refusals, f.in_scope)),
    ("wrong", lambda f: _percent(f.wrong, f.lines)),
    ("precision", lambda f: _percent(f.precision, f.answered)),
    ("out of scope answered", lambda f: _percent(f.answered_out_of_scope, f.lines - f.in_scope)),
    ("p50 ms", lambda f: f"{f.p50_ms:.2f}"),
    ("p95 ms", lambda f: f"{f.p95_ms:.2f}"),
)


def show(report: Report) -> None:
    """Print the figures by style, the pairs of traps, the worst confusions and the calibration."""
    console = Console(width=WIDTH, highlight=False)
    console.print(_by_style(report))
    print(f"left out, none of their topics exists: {report.left_out}")
    if report.traps.pairs:
        print(f"pairs of traps with both right: {report.traps.both_right} of {report.traps.pairs}")
    if report.confusions:
        print(f"\nworst confusions ({min(WORST, len(report.confusions))} of {len(report.confusions)})")
        console.print(_confusions(report))
    print(f"\nscores: expected calibration error {report.calibration.error:.3f}")
    console.print(_calibration(report))


def _by_style(report: Report) -> Table:
    table = Table("style", *(name for name, _ in _COLUMNS), box=None)
    for style, figures in [("all", report.overall), *report.by_style.items()]:
        table.add_row(style, *(show(figures) for _, show in _COLUMNS))
    return table


def _confusions(report: Report) -> Table:
    table = Table("asked", "named first", "times", "answered", "example", box=None)
    for one in report.confusions[:WORST]:
        names = (one.asked or "(out of scope)", one.named or "(nothing)")
        example = one.example if len(one.example) <= 60 else f"{one.example[:59]}…"
        table.add_row(*names, str(one.times), str(one.answered), Text(example))
    return table


def _calibration(report: Report) -> Table:
    table = Table("score", "lines", "mean score", "right", box=None)
    for one in report.calibration.bins:
        table.add_row(
            f"{one.low:.1f}–{one.high:.1f}",
            str(one.lines),
            f"{one.mean_score:.2f}" if one.lines else "-",
            _percent(one.right, one.lines),
        )
    return table


def _percent(share: float, of: int) -> str:
    return f"{share:.1%}" if of else "-"
