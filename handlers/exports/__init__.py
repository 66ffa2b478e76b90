"""What staff take away as spreadsheets: which rows, which columns, and who may have names with them."""

from handlers.exports.columns import COLUMNS, EXPORT_NAMES, Column, Kind
from handlers.exports.sheets import FORMATS, Sheet, open_sheet
from handlers.exports.taking import Order, Words, allow, page, total

__all__ = [
    "COLUMNS",
    "FORMATS",
    "EXPORT_NAMES",
    "Column",
    "Kind",
    "Order",
    "Sheet",
    "Words",
    "allow",
    "open_sheet",
    "page",
    "total",
]
