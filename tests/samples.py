"""Small files of every kind, whole and spoilt, as phones and people send them."""

import io
import zipfile
import zlib
from collections.abc import Mapping

from PIL import Image

from bot.channels.base import Pieces
from handlers.messages import FileKind, IncomingFile, Kept

PLACE = "20.9405"


def picture(
    pictured: str = "JPEG", size: tuple[int, int] = (60, 40), mode: str = "RGB", **options: object
) -> bytes:
    """Return a picture of one colour."""
    file = io.BytesIO()
    Image.new(mode, size).save(file, pictured, **options)
    return file.getvalue()


def photo_with_place(turned: int = 6) -> bytes:
    """Return a JPEG as a phone makes it: lying on its side, with the place, a profile and a comment in it."""
    image = Image.new("RGB", (80, 40), "white")
    image.paste("red", (0, 0, 40, 40))
    exif = image.getexif()
    exif[0x0112] = turned
    exif[0x010F] = "A phone"
    exif[0x9286] = PLACE
    exif.get_ifd(0x8825)[1] = "N"
    file = io.BytesIO()
    image.save(file, "JPEG", exif=exif, comment=PLACE.encode(), icc_profile=b"profile" * 20)
    return file.getvalue()


def zipped(members: Mapping[str, bytes] = {"a.txt": b"a"}) -> bytes:  # never changed
    """Return an archive."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return file.getvalue()


def bomb() -> bytes:
    """Return a PNG of some 50 kB that says it has 20,000 × 20,000 points, and has them."""
    row = zlib.compressobj(9)
    data = row.compress(bytes(2501) * 20_000) + row.flush()

    def chunk(kind: bytes, body: bytes) -> bytes:
        return len(body).to_bytes(4) + kind + body + zlib.crc32(kind + body).to_bytes(4)

    header = (20_000).to_bytes(4) * 2 + bytes([1, 0, 0, 0, 0])
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


CONTENT = {"[Content_Types].xml": b"<Types/>"}
DOCX = zipped(CONTENT | {"word/document.xml": b"<w/>"})
XLSX = zipped(CONTENT | {"xl/workbook.xml": b"<w/>", "xl/printerSettings/printerSettings1.bin": b"x"})
MACROS = zipped(CONTENT | {"word/document.xml": b"<w/>", "word/vbaProject.bin": b"x"})
CLIMBING = zipped(CONTENT | {"word/document.xml": b"<w/>", "../../etc/passwd": b"x"})


def old_word(*names: str) -> bytes:
    """Return a compound file with entries of these names in its directory ([MS-CFB] 2.6.1)."""
    entries = b""
    for name in ("Root Entry", *names):
        spelt = name.encode("utf-16-le") + b"\0\0"
        entries += spelt.ljust(64, b"\0") + len(spelt).to_bytes(2, "little") + b"\x02" + bytes(61)
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".ljust(512, b"\0") + entries


DOC = old_word("1Table", "WordDocument")
OLD_EXCEL = old_word("Workbook")
OLD_MACROS = old_word("WordDocument", "Macros", "_VBA_PROJECT")
PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n%%EOF\n"
OPUS = b"OggS\x00\x02" + bytes(22) + b"OpusHead" + bytes(60)
MP3 = b"\xff\xfb\x90\x64" + bytes(400)
MP3_TAGGED = b"ID3\x03\x00" + bytes(400)
M4A = b"\x00\x00\x00\x20ftypM4A \x00\x00\x00\x00" + bytes(40)
WEBM = b"\x1aE\xdf\xa3\x9fB\x86\x81\x01B\x82\x84webm" + bytes(40)
MP4 = b"\x00\x00\x00\x20ftypisom\x00\x00\x02\x00" + bytes(40)
HEIC = b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic" + bytes(40)


async def pieces(content: bytes, size: int = 50_000) -> Pieces:
    """Give bytes as a network does."""
    for start in range(0, len(content), size):
        yield content[start : start + size]


def kept_photo(file: str = "a" * 32, name: str = "mái nhà.jpg") -> IncomingFile:
    """Return a photo as the web chat brings it."""
    return IncomingFile(FileKind.PHOTO, name, 1000, kept=Kept(file, "image/jpeg", 1000, 60, 40))


def wanted_photo(ref: str = "file-1", size: int | None = 1000) -> IncomingFile:
    """Return a photo as Telegram brings it."""
    return IncomingFile(FileKind.PHOTO, "", size, ref)
