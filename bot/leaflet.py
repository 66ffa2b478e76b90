"""The leaflet as a PDF of one A5 sheet: black on white, readable after the tenth copy."""

from importlib import resources
from typing import Final

import segno
from fpdf import FPDF

from handlers import leaflet_texts as texts

_FONT: Final = "DejaVu"
_MARGIN: Final = 10.0  # mm, as are all measures here
_WIDTH, _HEIGHT = 148.0, 210.0
_QR: Final = 68.0
_QUIET: Final = 4  # modules of white around a QR (ISO/IEC 18004)


def draw(area_name: str, address: str) -> bytes:
    """Return the leaflet of a commune as a PDF with its font inside.

    Args:
        area_name: as it stands inside a sentence: "xã Tứ Kỳ".
        address: what the QR leads to.
    """
    pdf = FPDF(format=(_WIDTH, _HEIGHT), unit="mm")
    pdf.set_margin(_MARGIN)
    pdf.set_auto_page_break(False)
    pdf.set_lang("vi")
    pdf.set_title(f"{texts.TITLE}: {area_name}")
    fonts = resources.files("bot.fonts")
    for style, name in (("", "DejaVuSans.ttf"), ("B", "DejaVuSans-Bold.ttf")):
        with resources.as_file(fonts.joinpath(name)) as file:
            pdf.add_font(_FONT, style, file)
    pdf.add_page()
    _write(pdf, texts.TITLE, 22.5, bold=True, after=1)
    _write(pdf, texts.FOR.format(area=area_name), 17, after=1)
    _write(pdf, texts.FREE, 17, bold=True)
    _draw_qr(pdf, address)
    _write(pdf, texts.SCAN, 14, bold=True)
    _write(pdf, texts.OR_TYPE.format(address=address.partition("://")[2]), 11, after=4)
    _write(pdf, texts.ASK, 15, bold=True, align="L", after=1)
    for question in texts.QUESTIONS:
        _write(pdf, f"• {question}", 13.5, align="L")
    _write(pdf, texts.HOW, 12.5, align="L", before=2, after=3)
    pdf.set_line_width(0.6)
    top = pdf.get_y()
    pdf.set_y(top + 2)
    pdf.set_x(_MARGIN + 3)
    pdf.set_font(_FONT, "B", 12)
    pdf.multi_cell(_WIDTH - 2 * _MARGIN - 6, 5.8, texts.WARNING, align="L", new_x="LMARGIN", new_y="NEXT")
    pdf.rect(_MARGIN, top, _WIDTH - 2 * _MARGIN, pdf.get_y() + 2 - top)
    if pdf.get_y() + 2 > _HEIGHT - _MARGIN / 2:
        raise ValueError(f"the leaflet does not fit on its sheet: {area_name}, {address}")
    return bytes(pdf.output())


def _write(
    pdf: FPDF,
    text: str,
    size: float,
    *,
    bold: bool = False,
    align: str = "C",
    before: float = 0,
    after: float = 0,
) -> None:
    """Write lines of `size` points over the width of the sheet."""
    pdf.set_y(pdf.get_y() + before)
    pdf.set_font(_FONT, "B" if bold else "", size)
    pdf.multi_cell(0, size * 0.46, text, align=align, new_x="LMARGIN", new_y="NEXT")
    pdf.set_y(pdf.get_y() + after)


def _draw_qr(pdf: FPDF, address: str) -> None:
    """Draw the code as squares: sharp at any size. A quarter of it may be covered or creased."""
    code = segno.make(address, error="q", micro=False)
    modules = [bytes(line) for line in code.matrix_iter(border=_QUIET)]
    side = _QR / len(modules)
    left, top = (_WIDTH - _QR) / 2, pdf.get_y()
    pdf.set_fill_color(0)
    for row, line in enumerate(modules):
        start = 0
        while start < len(line):
            end = start
            while end < len(line) and line[end]:
                end += 1
            if end > start:
                # Runs, each a little taller than its row: no hairlines between them on a screen.
                pdf.rect(left + start * side, top + row * side, (end - start) * side, side * 1.02, style="F")
            start = end + 1
    pdf.set_y(top + _QR)
