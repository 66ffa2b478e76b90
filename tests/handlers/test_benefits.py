"""What a household may be entitled to: each row of part D of the policy facts has its line, and nothing is added up."""

import re
from itertools import combinations

import pytest

from handlers import benefits, texts
from handlers.benefits import BenefitsError, Table
from handlers.topics import Library
from handlers.turn import Guide
from storage.db import Database
from tests.handlers.resident import Resident

ALL = "poor near escaped middle other".split()  # noqa: SIM905  # reads as a list

ALWAYS = {
    "poor": "bhyt-ho-ngheo kham-suc-khoe-dinh-ky-mien-phi vay-von-ho-ngheo ho-tro-tien-dien tro-giup-phap-ly-mien-phi "
    "an-phi-toa-an le-phi-ho-tich-ho-ngheo bhxh-tu-nguyen hoc-nghe-ngan-han ho-tro-san-xuat-sinh-ke "
    "giay-chung-nhan-ho-ngheo",
    "near": "bhyt-ho-can-ngheo bhyt-hai-phong-ho-tro-them kham-suc-khoe-dinh-ky-mien-phi vay-von-ho-can-ngheo "
    "an-phi-toa-an bhxh-tu-nguyen hoc-nghe-ngan-han ho-tro-san-xuat-sinh-ke tien-dien-ho-can-ngheo",
    "escaped": "ho-moi-thoat-ngheo vay-von-ho-moi-thoat-ngheo bhyt-muc-dong-ho-gia-dinh bhxh-tu-nguyen "
    "tai-ngheo-phat-sinh-ngheo",
    "middle": "ho-muc-song-trung-binh bhyt-ho-nong-lam-ngu-diem lao-dong-thu-nhap-thap vay-von-hoc-sinh-sinh-vien",
    "other": "tu-kiem-tra-ho-ngheo nop-don-xin-xet-ho-ngheo bhyt-muc-dong-ho-gia-dinh",
}
N, C, NC, NCM, MTK = (
    ["poor"],
    ["near"],
    ["poor", "near"],
    ["poor", "near", "escaped"],
    ["escaped", "middle", "other"],
)
# (the row in part D, its categories, the tick, its topics); "not" categories get none of the topics from this tick.
ROWS: list[tuple[str, list[str], str, str]] = [
    ("Trẻ < 6 tuổi", ALL, "under3", "bhyt-tre-em-duoi-6"),
    ("Trẻ < 6 tuổi", ALL, "age3to5", "bhyt-tre-em-duoi-6"),
    ("Trẻ < 3 tuổi", NC, "under3", "tro-cap-xa-hoi-hang-thang-doi-tuong"),
    ("Trẻ nhà trẻ bán trú", ALL, "under3", "an-trua-nha-tre"),
    ("Trẻ mẫu giáo", ALL, "age3to5", "an-trua-tre-mau-giao ho-tro-chi-phi-hoc-tap"),
    ("Học sinh công lập", ALL, "pupil", "mien-hoc-phi-cong-lap le-phi-thi-va-khoan-thu-truong-hoc"),
    ("Học sinh công lập, N", N, "pupil", "ho-tro-chi-phi-hoc-tap"),
    ("Học sinh tư thục", ALL, "private", "ho-tro-hoc-phi-ngoai-cong-lap"),
    ("Học sinh bán trú", ALL, "boarding", "hoc-sinh-ban-tru-gao"),
    *[("Học sinh bất kỳ", ALL, tick, "bhyt-hoc-sinh-sinh-vien") for tick in ("pupil", "private", "boarding", "student")],
    ("Sinh viên, học nghề; STEM", ALL, "student", "vay-von-hoc-sinh-sinh-vien"),
    ("Sinh viên khuyết tật, DTTS; hải đảo", NC, "student", "sinh-vien-ho-ngheo-can-ngheo hoc-nghe-noi-tru-hai-dao"),
    ("Khuyết tật đi học", NC, "disabled-school", "nguoi-khuyet-tat-di-hoc hoc-bong-chinh-sach"),
    ("60–69 và từ 75 neo đơn", N, "alone", "nguoi-cao-tuoi-ngheo-khong-ai-phung-duong"),
    ("60 đến 74", ALL, "age60to69", "bhyt-hai-phong-ho-tro-them"),
    ("60 đến 74", ALL, "age70to74", "bhyt-hai-phong-ho-tro-them"),
    ("70 đến dưới 75", NC, "age70to74", "tro-cap-huu-tri-xa-hoi tro-cap-huu-tri-xa-hoi-thu-tuc"),
    ("Từ 75", ALL, "age75", "tro-cap-huu-tri-xa-hoi tro-cap-huu-tri-xa-hoi-thu-tuc bhyt-bao-tro-xa-hoi"),
    ("Khuyết tật nặng", ALL, "disabled", "nguoi-khuyet-tat-nang tro-cap-xa-hoi-he-so bhyt-bao-tro-xa-hoi"),
    ("Khuyết tật, chưa có giấy", ALL, "no-paper", "nguoi-khuyet-tat-nang"),
    ("Đơn thân", NC, "single", "nguoi-don-than-ngheo-nuoi-con"),
    ("Trẻ mồ côi", ALL, "orphan", "tre-em-mo-coi-khong-nguon-nuoi-duong ho-tro-chi-phi-hoc-tap"),
    ("HIV", N, "hiv", "nguoi-nhiem-hiv-ho-ngheo"),
    ("Trẻ bệnh hiểm nghèo", NC, "sick-child", "tro-cap-xa-hoi-hang-thang-doi-tuong kham-chua-benh-nguoi-ngheo-ho-tro-them"),
    ("Mang thai, mới sinh", ALL, "pregnant", "sinh-con-ho-tro bhyt-tre-em-duoi-6"),
    ("Mang thai, N và C", NC, "pregnant", "tam-soat-truoc-sinh-so-sinh dinh-duong-ba-me-tre-em-ngheo"),
    ("Trẻ suy dinh dưỡng", NCM, "malnourished", "dinh-duong-ba-me-tre-em-ngheo"),
    ("Muốn học nghề", ALL, "learn", "hoc-nghe-ngan-han"),
    # By its own definition nobody in a poor or near-poor household is "người lao động có thu nhập thấp".
    ("Muốn học nghề, thu nhập thấp", MTK, "learn", "lao-dong-thu-nhap-thap"),
    ("Muốn vay, N", N, "loan", "vay-von-ho-ngheo"),
    ("Muốn vay, C", C, "loan", "vay-von-ho-can-ngheo"),
    ("Muốn vay, M", ["escaped"], "loan", "vay-von-ho-moi-thoat-ngheo"),
    ("Muốn vay", ALL, "loan", "vay-giai-quyet-viec-lam"),
    ("Đi nước ngoài", ALL, "abroad", "vay-di-lam-viec-nuoc-ngoai ho-tro-di-lam-viec-nuoc-ngoai phi-ly-lich-tu-phap"),
    ("Nông dân", NC, "farmer", "bao-hiem-nong-nghiep ho-tro-san-xuat-sinh-ke vat-nuoi-chet-dich-benh"),
    ("Thiếu nước, nhà tiêu", ALL, "water", "vay-nuoc-sach-ve-sinh nuoc-sach-nha-tieu-thieu-hut"),
    ("Nhà dột nát", NC, "leaking", "xoa-nha-tam-nha-dot-nat quy-vi-nguoi-ngheo-nha-dai-doan-ket"),
    ("Nhà sập, cháy, bão", ALL, "collapsed", "tro-giup-khan-cap-nha-o-thien-tai"),
    ("Thiếu đói", ALL, "hungry", "tro-giup-khan-cap-doi-gao"),
    ("Bị thương nặng", ALL, "injured", "tro-giup-khan-cap-bi-thuong"),
    ("Có người chết", ALL, "death", "ho-tro-mai-tang"),
    ("Ở phường, chưa có nhà", NC, "no-house", "nha-o-xa-hoi-dieu-kien vay-nha-o-xa-hoi"),
    ("Kiện tụng", NC, "court", "tro-giup-phap-ly-mien-phi an-phi-toa-an"),
    ("Đảo, đặc khu", ALL, "island", "bhxh-tu-nguyen bhyt-bao-tro-xa-hoi hoc-nghe-noi-tru-hai-dao"),
    ("Hải Dương cũ", ALL, "hai-duong", "ho-ngheo-sau-sap-nhap-hai-duong xa-phuong-nao-giai-quyet"),
]  # fmt: skip


@pytest.fixture(scope="module")
def table() -> Table:
    """The table that ships."""
    return benefits.shipped()


@pytest.fixture
def visitor(sqlite: Database, guide: Guide) -> Resident:
    """Somebody before the real content."""
    return Resident(sqlite, guide)


def ids(table: Table, category: str, *ticks: str) -> set[str]:
    return {benefit.topic_id for benefit in table.find(category, ticks)}


@pytest.mark.parametrize("category", ALL)
def test_household_without_ticks_sees_what_its_category_has(table: Table, category: str) -> None:
    assert ids(table, category) == set(ALWAYS[category].split())


@pytest.mark.parametrize(("row", "categories", "tick", "topics"), ROWS)
def test_row_leads_to_its_topics_for_its_categories_alone(
    table: Table, row: str, categories: list[str], tick: str, topics: str
) -> None:
    for category in ALL:
        by_tick = ids(table, category, tick) - ids(table, category)
        if category in categories:
            assert set(topics.split()) <= ids(table, category, tick), row
        else:
            assert by_tick.isdisjoint(topics.split()), row


def test_no_tick_leads_where_no_row_of_part_d_does(table: Table) -> None:
    for tick in table.ticks:
        for category in ALL:
            meant = {t for _, cs, of, ts in ROWS if of == tick.id and category in cs for t in ts.split()}
            assert ids(table, category, tick.id) == meant | set(ALWAYS[category].split())


def test_every_topic_exists_and_can_be_told_on_the_day(table: Table, library: Library, guide: Guide) -> None:
    from tests.conftest import NOW

    for row in table.rows:
        for topic_id in row.topics:
            topic = library.find(topic_id)
            assert topic is not None, topic_id
            assert not topic.referral
            assert library.current(topic_id, NOW.date()) is not None, topic_id
    for exclusion in table.exclusive:
        assert all(library.find(topic_id) for topic_id in exclusion.topics)
        assert all(pair <= exclusion.topics for pair in exclusion.together)


def test_sentences_and_labels_are_short_and_promise_nothing(table: Table) -> None:
    conditions = [condition for row in table.rows for condition in row.topics.values()]
    for text in [
        *conditions,
        *(e.text for e in table.exclusive),
        *(e.together_text or "" for e in table.exclusive),
    ]:
        assert len(text.split()) <= 25, text
        assert not re.search(r"\d{3}|được nhận|chắc chắn|không đủ điều kiện", text), text
    for condition in conditions:
        assert condition == condition.strip(" .")
    for choice in (*table.categories, *table.groups):
        assert len(choice.label) <= 24, choice.label
    for tick in table.ticks:
        assert len(texts.BUTTON_TICKED.format(label=tick.label)) <= 24, tick.label
    labels = [choice.label for choice in (*table.categories, *table.groups)]
    labels += [tick.label for tick in table.ticks]
    assert len(set(labels)) == len(labels), "a label may be typed"
    assert len({tick.id for tick in table.ticks}) == len(table.ticks)


def test_every_group_fits_a_phone_and_every_tick_stands_in_one(table: Table) -> None:
    for group in table.groups:
        assert 1 <= len([tick for tick in table.ticks if tick.group == group.id]) <= 8


def test_tick_that_leads_nowhere_is_not_shown(table: Table) -> None:
    assert "leaking" in {t.id for t in table.ticks_for("poor", "home")}
    assert "leaking" not in {t.id for t in table.ticks_for("middle", "home")}
    for category in ALL:
        for group in table.groups:
            for tick in table.ticks_for(category, group.id):
                assert any(category in row.categories and tick.id in row.ticks for row in table.rows)


# -- never added up


def _pairs(which: str) -> list[tuple[str, str]]:
    (exclusion,) = [e for e in benefits.shipped().exclusive if which in e.text]
    return list(combinations(sorted(exclusion.topics), 2))


TOGETHER = {
    frozenset(("nguoi-don-than-ngheo-nuoi-con", other))
    for other in (
        "nguoi-cao-tuoi-ngheo-khong-ai-phung-duong",
        "nguoi-khuyet-tat-nang",
        "nguoi-nhiem-hiv-ho-ngheo",
    )
}
TICK_OF = {
    "tro-cap-huu-tri-xa-hoi": "age75", "nguoi-cao-tuoi-ngheo-khong-ai-phung-duong": "alone",
    "nguoi-khuyet-tat-nang": "disabled", "nguoi-don-than-ngheo-nuoi-con": "single",
    "tre-em-mo-coi-khong-nguon-nuoi-duong": "orphan", "nguoi-nhiem-hiv-ho-ngheo": "hiv",
    "tro-cap-xa-hoi-hang-thang-doi-tuong": "sick-child",
}  # fmt: skip


@pytest.mark.parametrize(("one", "other"), _pairs("trợ cấp hằng tháng"))
async def test_of_two_monthly_benefits_the_higher_one_alone_is_paid(
    visitor: Resident, one: str, other: str
) -> None:
    """But for a single parent who is also old, disabled or ill with HIV: both."""
    await visitor.send(payload="1:benefits:start")
    await visitor.send(payload="1:benefits:category:poor")
    for topic_id in (one, other):
        await visitor.send(payload=f"1:benefits:tick:{TICK_OF[topic_id]}")
    await visitor.press(texts.BUTTON_DONE)

    both = frozenset((one, other)) in TOGETHER
    assert ("chỉ hưởng một mức cao nhất, không cộng lại" in visitor.reply) is not both
    assert ("được hưởng cả hai" in visitor.reply) is both
    shown = {(b.payload or "").rpartition(":")[2] for b in visitor.buttons}
    assert {one, other} <= shown


@pytest.mark.parametrize(("one", "other"), _pairs("bảo hiểm y tế"))
def test_of_two_cards_the_better_one_alone_counts(table: Table, one: str, other: str) -> None:
    (warning,) = table.warnings([one, other])
    assert "không cộng lại" in warning


@pytest.mark.parametrize("topic_id", TICK_OF)
def test_one_benefit_alone_needs_no_warning(table: Table, topic_id: str) -> None:
    assert table.warnings([topic_id, "vay-von-ho-ngheo"]) == []
    assert not any(e.excludes(topic_id, topic_id) for e in table.exclusive)


@pytest.mark.parametrize(
    "text",
    [
        "", "categories: 7", "a: [", "categories: []\ngroups: []\nticks: []\nrows: [{}]\nexclusive: []",
        "categories: []\ngroups: []\nticks: [{id: a, label: A, group: b}]\nrows: []\nexclusive: []",
        "categories: []\ngroups: []\nticks: []\nrows: [{ticks: [a], topics: {b: c}}]\nexclusive: []",
    ],
)  # fmt: skip
def test_table_that_cannot_be_used_says_so(text: str) -> None:
    with pytest.raises(BenefitsError, match=benefits.FILE):
        benefits.parse(text)
