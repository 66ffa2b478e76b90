"""Communes and provinces, today's and those before 2025-07-01, found by how people type their names.

Codes were reused: the same code can mean one commune before and another after, so an area is its code together
with the day. The data: `areas.csv` and `successors.csv` (the reorganisation by Resolution 1669/NQ-UBTVQH15 of
2025-06-16, in force since 2025-07-01).
"""

import csv
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from rapidfuzz import fuzz, process

from faq.syllable import toned
from faq.text import fold

SHIPPED = Path(__file__).parent / "data"
NEAR_ENOUGH = 82  # of 100, rapidfuzz ratio of folded names: one slip in a name of six letters
LONGEST_NAME_WORDS = 6  # of a commune, with its district's level: "nguyễn lương bằng thành phố"
# As `_key` leaves them.
_COMMUNE_LEVELS = ("xa", "phuong", "thi tran", "dac khu")
_WIDER_LEVELS = ("huien", "thi xa", "thanh pho", "quan", "tinh")
_LEVELS = _COMMUNE_LEVELS + _WIDER_LEVELS
_ABBREVIATED = {"tt": "thi tran", "tx": "thi xa", "tp": "thanh pho", "p": "phuong", "x": "xa", "h": "huien"}
_LEAD = re.compile(
    r"^(?:(?:da|vang|dan|nguoi|toi|em|minh|chau|con|nha|gia dinh|bon|chung|que|bac|co|chu|ong|ba)\s+)*"
    r"(?:(?:dang|hien|song|sinh song|cu tru|thuong tru|tam tru|ngu)\s+)*"
    r"(?:(?:o|tai|la|thuoc|que)\s+)*"
)
_TAIL = re.compile(r"(?:\s+(?:a|nhe|nha|dai|cu|truoc|nai|moi))+$")
# "thôn 3 xã Tứ Kỳ": what is smaller than a commune stands before its level.
_SMALLER = re.compile(
    r"^(?:thon|xom|khu|khu dan cu|kdc|to dan pho|to (?=\d)|doi|lang|ngo|pho|so)\s?.*?\s"
    rf"(?=(?:{'|'.join((*_COMMUNE_LEVELS, 'tt', 'p', 'x'))})\s)"
)
_PROVINCE = re.compile(r"\s+(?:(?:tinh|thanh pho|tp)\s+)?hai (?:duong|phong)$")
_LEVEL_AT_END = re.compile(rf"\s+({'|'.join((*_LEVELS, *_ABBREVIATED))})$")


class AreaError(ValueError):
    """The area files cannot be used; says which file and what in it."""


@dataclass(frozen=True, slots=True)
class Area:
    """One area. `valid_to` None means that it exists today."""

    code: str
    name: str
    level: str
    parent_code: str
    valid_from: date | None
    valid_to: date | None

    @property
    def spoken(self) -> str:
        """Return the name as it stands inside a sentence: "xã Tứ Kỳ"."""
        return self.name[:1].lower() + self.name[1:]

    @property
    def current(self) -> bool:
        """Say whether the area exists since the reorganisation."""
        return self.valid_to is None


@dataclass(frozen=True, slots=True)
class Found:
    """What a typed name may mean.

    `sure`: communes of today that it names or that took over what it names, best first; one means chosen.
    `near`: communes of today whose own or former name is spelled almost so, when nothing matched.
    `former`: the former area's name, when the person typed one.
    `district`: a former district. With nothing in `sure` it is all that is known ("huyện Tứ Kỳ", "xã Gì Đó,
    huyện Tứ Kỳ"); else it may have been meant ("Tứ Kỳ").
    """

    sure: tuple[Area, ...] = ()
    near: tuple[Area, ...] = ()
    former: str | None = None
    district: Area | None = None


class AreaBook:
    """All areas, in memory. Made by `load`."""

    def __init__(self, areas: Iterable[Area], successors: Iterable[tuple[str, str, bool]]) -> None:
        """Args: successors: (old code, new code, whether it is the default one)."""
        areas = list(areas)
        self._current = {a.code: a for a in areas if a.current}
        self._former = {a.code: a for a in areas if not a.current}
        self._successors: dict[str, list[str]] = defaultdict(list)
        for old, new, is_default in successors:
            # The default successor first: most of the old commune's people live there.
            self._successors[old].insert(0, new) if is_default else self._successors[old].append(new)
        self.communes = sorted((a for a in self._current.values() if a.level == "commune"), key=_by_name)
        self._by_name: dict[str, list[Area]] = defaultdict(list)
        for area in areas:
            if area.level == "commune":
                self._by_name[_by_name(area)].append(area)
        self.districts = sorted((a for a in self._former.values() if a.level == "district"), key=_by_name)
        self._provinces = {_by_name(area) for area in areas if area.level == "province"}
        self._districts = {_by_name(district): district for district in self.districts}
        self._communes_of = {district.code: self._within(district.code) for district in self.districts}

    def _within(self, district_code: str) -> list[Area]:
        codes = {
            new
            for area in self._former.values()
            if area.parent_code == district_code
            for new in self._successors[area.code][:1]
        }
        return sorted((self._current[c] for c in codes if c in self._current), key=_by_name)

    def find(self, code: str) -> Area | None:
        """Return the area that has this code today, or None."""
        return self._current.get(code)

    def find_on(self, code: str, day: date) -> Area | None:
        """Return the area that had this code on a day, or None."""
        for area in (self._current.get(code), self._former.get(code)):
            if area and (area.valid_from or day) <= day <= (area.valid_to or day):
                return area
        return None

    def successors_of(self, former: Area) -> list[Area]:
        """Return today's areas that took a former one over, the one where most of its people live first."""
        return [self._current[code] for code in self._successors[former.code] if code in self._current]

    def communes_of(self, district_code: str) -> list[Area]:
        """Return today's communes that lie in a former district, by name."""
        return self._communes_of.get(district_code, [])

    def look_up(self, text: str) -> Found:
        """Find the commune a person means by what they typed: new or old name, with or without marks."""
        name, district = "", None
        for reading in _readings(_key(text)):
            name, level = _bare(reading)
            district = district or self._district_of_unknown(name, level)
            if (
                found := self._whole(name, level, text) or self._inside_district(name, level, text)
            ) is not None:
                return found
        return Found(near=self._near(name) if len(name) >= 4 else (), district=district)

    def _whole(self, name: str, level: str | None, typed: str) -> Found | None:
        district = self._districts.get(name)
        if level in _WIDER_LEVELS:
            # "huyện Tứ Kỳ" is not xã Tứ Kỳ. Of the districts of the old Hải Phòng we know nothing but namesakes.
            namesakes = self._named(name, None, typed)
            return Found(district=district) if district else Found(near=namesakes.sure) if namesakes else None
        found = self._named(name, level, typed)
        return replace(found, district=district) if found and level is None else found

    def _inside_district(self, name: str, level: str | None, typed: str) -> Found | None:
        """Read "Hồng Phong, Ninh Giang" and "xã Hồng Phong huyện Ninh Giang": the district tells which."""
        for district_name, district in self._districts.items():
            if name.endswith(f" {district_name}"):
                head = name.removesuffix(f" {district_name}")
                levelled = _LEVEL_AT_END.search(head)
                # "Nguyễn Trãi, Hải Dương": the province's name alone is not its town.
                if (levelled[1] if levelled else "tinh") == "tinh" and district_name in self._provinces:
                    continue
                head = head[: levelled.start()] if levelled else head
                if (found := self._named(head, level, typed, district.code)) is not None:
                    return found
        return None

    def _district_of_unknown(self, name: str, level: str | None) -> Area | None:
        """Return the district of "xã …, huyện Kim Thành": if nobody knows the commune, its neighbours may help."""
        for district_name, district in self._districts.items():
            head = name.removesuffix(f" {district_name}")
            levelled = _LEVEL_AT_END.search(head) if head != name else None
            if levelled and levelled[1] not in ("tinh", *_COMMUNE_LEVELS) and level in _COMMUNE_LEVELS:
                return district if len(head.split()) <= LONGEST_NAME_WORDS else None
        return None

    def _named(self, name: str, level: str | None, typed: str, district: str | None = None) -> Found | None:
        named = self._by_name.get(name, [])
        if district is not None:
            inside = {a.code for a in self.communes_of(district)}
            named = [a for a in named if a.parent_code == district or (a.current and a.code in inside)]
        if not named:
            return None
        if level is not None:
            # "phường Hải Tân" is not "xã Hải Tân"; but people keep saying "xã" for what is a phường now.
            named = [a for a in named if _key(a.name).startswith(level)] or named
        if marked := _marks_typed(name, typed):
            # Marks decide where they were typed and only some candidates carry them.
            named = [a for a in named if _marks(_words(a.name))[-len(marked) :] == marked] or named
        today = [a for a in named if a.current]
        former = [a for a in named if not a.current]
        # A name that a commune of today carries means that commune, unless an old namesake went elsewhere.
        codes = dict.fromkeys(
            [a.code for a in today] + [code for a in former for code in self._successors[a.code]]
        )
        return Found(
            sure=tuple(self._current[c] for c in codes if c in self._current),
            former=former[0].name if former and not today else None,
        )

    def _near(self, name: str) -> tuple[Area, ...]:
        hits = process.extract(
            name, self._by_name.keys(), scorer=fuzz.ratio, score_cutoff=NEAR_ENOUGH, limit=3
        )
        near: dict[str, Area] = {}
        for hit, _score, _index in hits:
            found = self._named(hit, None, hit)
            for area in found.sure if found else ():
                near.setdefault(area.code, area)
        return tuple(near.values())[:3]


def load(folder: Path = SHIPPED) -> AreaBook:
    """Read `areas.csv` and `successors.csv`; raises AreaError."""
    areas = [
        Area(
            row["code"],
            row["name"],
            row["level"],
            row["parent_code"],
            _day(folder, row, "valid_from"),
            _day(folder, row, "valid_to"),
        )
        for row in _rows(
            folder / "areas.csv", ("code", "name", "level", "parent_code", "valid_from", "valid_to")
        )
    ]
    successors = [
        (row["old_code"], row["new_code"], row["is_default"] == "1")
        for row in _rows(folder / "successors.csv", ("old_code", "new_code", "is_default"))
    ]
    book = AreaBook(areas, successors)
    if not book.communes:
        raise AreaError(f"{folder / 'areas.csv'}: no commune is valid today (rows with an empty valid_to)")
    for _old, new, _default in successors:
        if book.find(new) is None:
            raise AreaError(f"{folder / 'successors.csv'}: new_code {new} is no area of today")
    return book


def _rows(file: Path, columns: tuple[str, ...]) -> list[dict[str, str]]:
    try:
        with file.open(encoding="utf-8-sig", newline="") as lines:
            reader = csv.DictReader(lines)
            missing = set(columns) - set(reader.fieldnames or ())
            if missing:
                raise AreaError(
                    f"{file}: column {sorted(missing)[0]!r} is missing; it has {','.join(columns)}"
                )
            return list(reader)
    except (OSError, UnicodeDecodeError, csv.Error) as exc:
        raise AreaError(f"{file}: cannot be read: {exc}") from exc


def _day(folder: Path, row: dict[str, str], column: str) -> date | None:
    try:
        return date.fromisoformat(row[column]) if row[column] else None
    except ValueError as exc:
        raise AreaError(
            f"{folder / 'areas.csv'}: {column} of code {row['code']}: {row[column]!r} is no day; example: 2025-07-01"
        ) from exc


def _readings(folded: str) -> Iterator[str]:
    """Yield the text as it is, then without more and more of what people put around a name.

    As it is comes first: "minh", "bac" and "cu" are also parts of names.
    """
    seen = set()
    for dropped in (None, _TAIL, _LEAD, _SMALLER):
        folded = dropped.sub("", folded, count=1) if dropped else folded
        for reading in (folded, _PROVINCE.sub("", folded)):
            if reading not in seen:
                seen.add(reading)
                yield reading


def _bare(folded: str) -> tuple[str, str | None]:
    """Split a folded name into the name alone and its level ("xa", "phuong", …), if it was given."""
    words = folded.split(" ")
    if len(words) > 1 and words[0] in _ABBREVIATED:
        folded = " ".join([_ABBREVIATED[words[0]], *words[1:]])
    for level in _LEVELS:
        if folded.startswith(level + " "):
            return folded[len(level) + 1 :].strip(), level
    return folded, None


def _key(text: str) -> str:
    """Fold a name so that its spellings meet: marks off, and y as i ("Tứ Kì", "Tứ Kỳ")."""
    return fold(text).replace("y", "i")


def _marks_typed(name: str, typed: str) -> list[str]:
    """Return the words of a folded name with the marks they were typed with; [] where it was typed without any.

    The word before counts as well: who writes "xã An Thanh" does not mean An Thành.
    """
    words, plain = _words(typed), name.split(" ")
    for at in range(len(words) - len(plain) + 1):
        part = words[at : at + len(plain)]
        if [_key(word) for word in part] == plain:
            before = [word for word in words[max(0, at - 1) : at] if _key(word) in ("xa", "phuong", "tran")]
            return _marks(part) if any(toned(word) for word in before + part) else []
    return []


def _marks(words: list[str]) -> list[str]:
    """Write words so that spellings meet and marks do not: "Hoà" and "Hòa", "Kì" and "Kỳ"."""
    return [toned(word).replace("y", "i") or _key(word) for word in words]


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W_]+", unicodedata.normalize("NFC", text).lower())


def _by_name(area: Area) -> str:
    return _bare(_key(area.name))[0]
