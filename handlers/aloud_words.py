"""How abbreviations, units, letters and signs are said aloud. Data for `read_aloud`."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

LETTERS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "A": "a", "Ă": "á", "Â": "ớ", "B": "bê", "C": "xê", "D": "dê", "Đ": "đê", "E": "e", "Ê": "ê", "F": "ép phờ",
        "G": "giê", "H": "hát", "I": "i", "J": "gi", "K": "ca", "L": "lờ", "M": "mờ", "N": "nờ", "O": "o", "Ô": "ô",
        "Ơ": "ơ", "P": "pê", "Q": "quy", "R": "rờ", "S": "sờ", "T": "tê", "U": "u", "Ư": "ư", "V": "vê",
        "W": "vê kép", "X": "ích xì", "Y": "i dài", "Z": "dét",
    }
)  # fmt: skip
SIGNS: Final[Mapping[str, str]] = MappingProxyType(
    {
        ".": "chấm", "/": "gạch chéo", "-": "gạch ngang", "_": "gạch dưới", "?": "dấu hỏi", "=": "dấu bằng",
        "&": "dấu và", "%": "dấu phần trăm", "#": "dấu thăng", ":": "dấu hai chấm", "+": "dấu cộng", "~": "dấu ngã",
        "@": "a còng", ",": "dấu phẩy", ";": "dấu chấm phẩy", "!": "dấu than", "(": "mở ngoặc", ")": "đóng ngoặc",
    }
)  # fmt: skip
UNITS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "%": "phần trăm", "đ": "đồng", "đồng": "đồng", "vnđ": "đồng", "vnd": "đồng",
        "nghìn": "nghìn", "ngàn": "nghìn", "triệu": "triệu", "tỷ": "tỷ", "tỉ": "tỷ",
        "km": "ki-lô-mét", "m": "mét", "cm": "xen-ti-mét", "mm": "mi-li-mét", "km/h": "ki-lô-mét một giờ",
        "m2": "mét vuông", "km2": "ki-lô-mét vuông", "m3": "mét khối", "ha": "héc-ta",
        "kg": "ki-lô-gam", "g": "gam", "mg": "mi-li-gam", "ml": "mi-li-lít", "l": "lít",
        "kwh": "ki-lô-oát giờ", "kw": "ki-lô-oát", "°c": "độ xê", "ºc": "độ xê",
    }
)  # fmt: skip
"""By what stands behind a number, in small letters."""
ROMAN: Final[Mapping[str, str]] = MappingProxyType(
    dict(zip(
        ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII", "XIII", "XIV", "XV", "XVI"),
        ("một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín", "mười", "mười một", "mười hai", "mười ba",
         "mười bốn", "mười lăm", "mười sáu"), strict=True,
    ))
)  # fmt: skip
AGENCIES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "CP": "của Chính phủ",
        "TTg": "của Thủ tướng Chính phủ",
        "HĐND": "của Hội đồng nhân dân",
        "UBND": "của Uỷ ban nhân dân",
    }
)
"""Whose a document is, by the letters behind its number."""

_NAME: Final = r"\.? ?(?=[A-ZĐÀ-Ỹ][a-zà-ỹđ]|\d)"  # before the name of a place, or its number
_WORDS: Final = {
    "UBND": "Uỷ ban nhân dân",
    "HĐND": "Hội đồng nhân dân",
    "UBMTTQ": "Uỷ ban Mặt trận Tổ quốc",
    "MTTQ": "Mặt trận Tổ quốc",
    "BHYT": "bảo hiểm y tế",
    "BHXH": "bảo hiểm xã hội",
    "BHTN": "bảo hiểm thất nghiệp",
    "NHCSXH": "Ngân hàng Chính sách xã hội",
    "CSXH": "chính sách xã hội",
    "BTXH": "bảo trợ xã hội",
    "TTHC": "thủ tục hành chính",
    "TTPVHCC": "Trung tâm Phục vụ hành chính công",
    "DVC": "dịch vụ công",
    "CCCD": "căn cước công dân",
    "CMND": "chứng minh nhân dân",
    "KCB": "khám chữa bệnh",
    "HTX": "hợp tác xã",
    "KDC": "khu dân cư",
    "TDP": "tổ dân phố",
    "NVH": "nhà văn hoá",
    "NTM": "nông thôn mới",
    "GNBV": "giảm nghèo bền vững",
    "CTMTQG": "chương trình mục tiêu quốc gia",
    "THCS": "trung học cơ sở",
    "THPT": "trung học phổ thông",
    "GDNN": "giáo dục nghề nghiệp",
    "NCT": "người cao tuổi",
    "NKT": "người khuyết tật",
    "CLB": "câu lạc bộ",
    "BCĐ": "Ban Chỉ đạo",
    "CBCC": "cán bộ công chức",
    "HCM": "Hồ Chí Minh",
    "QL": "quốc lộ ",
    "SĐT": "số điện thoại",
    "ĐT": "điện thoại",
    "ATTP": "an toàn thực phẩm",
    "PCCC": "phòng cháy chữa cháy",
    "ATGT": "an toàn giao thông",
    "ANTT": "an ninh trật tự",
    "KHKT": "khoa học kỹ thuật",
    "NN&MT": "Nông nghiệp và Môi trường",
    "LĐTBXH": "Lao động, Thương binh và Xã hội",
    "VNĐ": "đồng",
    "VND": "đồng",
}
ABBREVIATIONS: Final[tuple[tuple[str, str], ...]] = (
    (r"(?<!\w)TP" + _NAME, "thành phố "),
    (r"(?<!\w)TX" + _NAME, "thị xã "),
    (r"(?<!\w)P" + _NAME, "phường "),
    (r"(?<!\w)Q" + _NAME, "quận "),
    (r"(?<!\w)H\. ?(?=[A-ZĐÀ-Ỹ])", "huyện "),
    (r"(?<!\w)X\. ?(?=[A-ZĐÀ-Ỹ])", "xã "),
    (r"(?<!\w)TP\. ?(?=[A-ZĐ])", "thành phố "),
    (r"(?<!\w)TP(?!\w)", "thành phố"),
    (r"(?<!\w)NQ(?= số)", "Nghị quyết"),
    (r"(?<!\w)NĐ(?= số)", "Nghị định"),
    (r"(?<!\w)QĐ(?= số)", "Quyết định"),
    (r"(?<!\w)KH(?= số)", "Kế hoạch"),
    (r"(?<!\w)CV(?= số)", "Công văn"),
    (r"(?<!\w)TT(?= số)", "Thông tư"),
    (r"(?<!\w)[Đđ]/c(?!\w)", "đồng chí"),
    (r"(?<!\w)v/v(?!\w)", "về việc"),
    (r"(?<!\w)LĐ-TB&XH(?!\w)", "Lao động, Thương binh và Xã hội"),
    *(
        (rf"(?<!\w){short}" + (r"(?=\d|\b)" if short == "QL" else r"(?!\w)"), words)
        for short, words in sorted(_WORDS.items(), key=lambda item: -len(item[0]))
    ),
)
"""Pattern and words, in the order in which they are put in."""
