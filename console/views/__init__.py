"""The screens: which there are, and the menu. Each module is one noun and knows none of the others.

A new screen: a module with `ROUTES`, its name in `MODULES`, and an entry of the menu at its place.
"""

from console.page import Entry
from console.views import (
    account,
    announcement_edits,
    announcement_results,
    announcement_steps,
    announcements,
    assisted,
    attendance,
    audit,
    cases,
    dialogues,
    events,
    exports,
    files,
    first,
    home,
    inbox,
    offices,
    officials,
    people,
    questions,
    replies,
    settings,
    topic_edits,
    topics,
    urgent,
    zalo,
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
    dialogues,
    attendance,
    topic_edits,
    topics,
    announcement_edits,
    announcement_results,
    announcement_steps,
    announcements,
    events,
    files,
    people,
    offices,
    exports,
    officials,
    audit,
    settings,
    zalo,
)

MENU = (
    Entry("Tổng quan", "home", Permission.READ_FIGURES),
    Entry("Khẩn cấp", "urgent", Permission.READ_CASES),
    Entry("Phản ánh", "cases", Permission.READ_CASES, also="replies"),
    Entry("Câu hỏi", "questions", Permission.READ_QUESTIONS),
    Entry("Chủ đề", "topics", Permission.READ_QUESTIONS),
    Entry("Tin báo", "announcements", Permission.READ_ANNOUNCEMENTS),
    Entry("Lịch họp", "events", Permission.READ_EVENTS),
    Entry("Người dân", "people", Permission.READ_PEOPLE),
    Entry("Cơ quan", "offices", Permission.EDIT_OFFICES),
    Entry("Xuất số liệu", "exports", Permission.EXPORT),
    Entry("Cán bộ", "officials", Permission.MANAGE_OFFICIALS),
    Entry("Nhật ký", "audit", Permission.READ_AUDIT),
    Entry("Cài đặt", "settings", Permission.MANAGE_SETTINGS, also="zalo"),
)

MACROS = ("field", "table", "badge", "pager", "button", "figure", "columns", "bars")
"""Of `_macros.html`; templates use them without importing."""
