"""Sentences to officials about files that they send: a document with an answer, the pictures of an announcement."""

from collections.abc import Mapping
from typing import Final

from handlers import file_texts
from handlers.files import RefusedFile, Why

KIND: Final = "Chỉ gửi kèm được tệp PDF hoặc Word (doc, docx), không có macro."
ONE: Final = "Mỗi lần trả lời chỉ gửi kèm được một tệp."
LARGE: Final = "Tệp lớn quá, chỉ gửi kèm được tệp đến 5 MB."
GONE: Final = "Tệp đã quá hạn, hãy chọn lại."
_IN_OFFICE: Final[Mapping[str, str]] = {
    file_texts.EMPTY_FILE: "Tệp trống, không có gì bên trong. Hãy chọn lại tệp.",
    file_texts.BROKEN: "Tệp bị hỏng, không mở được. Hãy kiểm tra rồi chọn lại tệp.",
    file_texts.NO_ROOM: "Máy chủ sắp đầy đĩa nên chưa nhận được tệp. Hãy báo quản trị.",
    file_texts.TOO_LARGE: "Tệp lớn quá, chỉ nhận được tệp đến 10 MB.",
    file_texts.TOO_MANY_PIXELS: "Ảnh rộng quá, không mở được. Hãy thu nhỏ ảnh rồi chọn lại.",
    file_texts.HEIC: "Chưa dùng được ảnh HEIC. Hãy chọn ảnh JPG hoặc PNG.",
}
"""What the shelf says to residents, as officials read it."""


def in_office(refused: RefusedFile, kind: str) -> str:
    """Say to an official why a file was not taken. `kind`: for one that is none of those which the field takes."""
    return _IN_OFFICE.get(refused.sentence) or (kind if refused.why is Why.KIND else refused.sentence)
