"""The screens: which there are, and the menu. Each module is one noun and knows none of the others.

A new screen: a module with `ROUTES`, its name in `MODULES`, and an entry of the menu at its place.
"""

from console.page import Entry
from console.views import (
    account,
    assisted,
    audit,
    cases,
    files,
    first,
    home,
    inbox,
    officials,
    questions,
    replies,
    topic_edits,
    topics,
    urgent,
)
from handlers.officials import Permission

MODULES = (
    home,
    account,
    first,
    urgent,
    inbox,
    assisted,
    cases,
    replies,
    questions,
    topic_edits,
    topics,
    files,
    officials,
    audit,
)

MENU = (
    Entry("Tổng quan", "home", Permission.READ_FIGURES),
    Entry("Khẩn cấp", "urgent", Permission.READ_CASES),
    Entry("Phản ánh", "cases", Permission.READ_CASES),
    Entry("Câu hỏi", "questions", Permission.READ_QUESTIONS),
    Entry("Chủ đề", "topics", Permission.READ_QUESTIONS),
    Entry("Cán bộ", "officials", Permission.MANAGE_OFFICIALS),
    Entry("Nhật ký", "audit", Permission.READ_AUDIT),
)

MACROS = ("field", "table", "badge", "pager", "button", "figure", "columns", "bars")
"""Of `_macros.html`; templates use them without importing."""
