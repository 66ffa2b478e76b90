"""Read the YAML of an announcement file: plain keys and values alone, and where each of them stands.

What YAML can do beyond that is refused, with its line: a key that wins silently over another one, a value that is
written elsewhere in the file, one that grows to gigabytes.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

MAX_FILE_BYTES: Final = 256 * 1024
_LINE: Final = "dòng {line}: {said}"
_TWICE: Final = "khóa “{key}” ghi hai lần; hãy bỏ một chỗ"
_MERGED: Final = "không dùng được “<<”; hãy ghi từng khóa ra"
_ELSEWHERE: Final = (
    "giá trị bắt đầu bằng dấu & hoặc * thì YAML hiểu là lấy từ chỗ khác; hãy đặt cả giá trị trong ngoặc kép"
)
_KEY: Final = "khóa phải là một từ; ví dụ: title: Tập huấn chăn nuôi gà"
_TAB: Final = "có dấu tab; hãy thay bằng dấu cách"
_SIGN: Final = "có ký tự không in ra được; hãy xóa đi rồi gõ lại dòng này"
_TAG: Final = "không dùng được dấu ! ở đầu giá trị; hãy đặt cả giá trị trong ngoặc kép"
_OTHER: Final = (
    "chỗ này không đúng cách viết YAML; mỗi dòng là “khóa: giá trị”, "
    "giá trị có dấu : hay # thì đặt trong ngoặc kép"
)
_LARGE: Final = f"tệp lớn hơn {MAX_FILE_BYTES // 1024} KB; không thông báo nào dài như vậy"
_DEEP: Final = "tệp có quá nhiều lớp lồng nhau; không thông báo nào cần như vậy"
_ENCODING: Final = "tệp không phải chữ UTF-8; hãy mở ra và lưu lại với mã hóa UTF-8"
_UNREADABLE: Final = "không đọc được tệp: {why}"


class BadFile(Exception):
    """It cannot be read as an announcement; one line that says where and why."""


@dataclass(frozen=True, slots=True)
class Source:
    """What a file says. `lines`: where each key stands, from 1: `{"event.starts_at": 7}`."""

    content: object
    lines: dict[str, int]

    def placed(self, field: str, said: str) -> str:
        """Return what is said of a key with the line where it stands; of one that is missing, as it is."""
        while field and field not in self.lines:
            field = field.rpartition(".")[0]
        return _LINE.format(line=self.lines[field], said=said) if field else said


class _Refused(yaml.composer.ComposerError):
    """What we refuse ourselves; `problem` is the sentence."""

    def __init__(self, said: str, mark: Any) -> None:
        super().__init__(None, None, said, mark)


class _Loader(yaml.SafeLoader):
    """Takes no key twice and nothing from elsewhere; times stay as they are written."""

    yaml_implicit_resolvers = {  # noqa: RUF012  # as the class above has it
        first: [(tag, form) for tag, form in known if tag != "tag:yaml.org,2002:timestamp"]
        for first, known in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }

    def compose_node(self, parent: Any, index: Any) -> Any:
        event = self.peek_event()  # type: ignore[no-untyped-call]  # untyped there
        if getattr(event, "anchor", None) is not None:
            raise _Refused(_ELSEWHERE, event.start_mark)
        return super().compose_node(parent, index)

    def compose_mapping_node(self, anchor: Any) -> Any:
        node = super().compose_mapping_node(anchor)
        seen = set()
        for key, _value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise _Refused(_KEY, key.start_mark)
            if key.tag == "tag:yaml.org,2002:merge":
                raise _Refused(_MERGED, key.start_mark)
            if key.value in seen:
                raise _Refused(_TWICE.format(key=key.value), key.start_mark)
            seen.add(key.value)
        return node


def load(file: Path) -> Source:
    """Read a file. Raises BadFile."""
    try:
        if file.stat().st_size > MAX_FILE_BYTES:
            raise BadFile(_LARGE)
        return parse(file.read_text(encoding="utf-8-sig"))
    except OSError as exc:
        raise BadFile(_UNREADABLE.format(why=exc.strerror or exc)) from exc
    except UnicodeDecodeError as exc:
        raise BadFile(_ENCODING) from exc


def parse(text: str) -> Source:
    """Read a text. Raises BadFile."""
    try:
        loader = _Loader(text)
        node = loader.get_single_node()
        lines = dict(_lines(node, ""))
        return Source(None if node is None else loader.construct_document(node), lines)
    except RecursionError as exc:
        raise BadFile(_DEEP) from exc
    except yaml.reader.ReaderError as exc:
        line = text.count("\n", 0, exc.position) + 1
        raise BadFile(_LINE.format(line=line, said=_SIGN)) from exc
    except yaml.MarkedYAMLError as exc:
        mark = exc.problem_mark or exc.context_mark
        line = mark.line if mark else 0
        raise BadFile(_LINE.format(line=line + 1, said=_said(exc, text, line))) from exc
    except ValueError as exc:
        # A value that was given a tag by hand and is no such value.
        raise BadFile(_TAG) from exc


def _lines(node: Any, inside: str) -> Any:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            name = f"{inside}{key.value}"
            yield name, key.start_mark.line + 1
            yield from _lines(value, f"{name}.")


def _said(exc: yaml.MarkedYAMLError, text: str, line: int) -> str:
    if isinstance(exc, _Refused):
        return str(exc.problem)
    if isinstance(exc, yaml.constructor.ConstructorError):
        return _TAG
    lines = text.splitlines()
    if line < len(lines) and "\t" in lines[line]:
        return _TAB
    return _OTHER
