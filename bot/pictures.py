"""Draw a picture anew: what leaves is our own JPEG, with nothing in it but what is to be seen."""

import io
import struct
import warnings
from collections.abc import Callable
from pathlib import Path

from PIL import ExifTags, Image

from handlers import file_texts
from handlers.files import MAX_PIXELS, RefusedFile, Why

SIDE_PX = 2048
"""Longest side that is kept: a page of paper is still readable, and a photo has some 500 kB."""
QUALITY = 85
_MOST_PIXELS = {
    "WEBP": 16_000_000
}  # its decoder takes four times the picture: measured, 620 MB for 40 million
_COARSER = (75, 60)
STRIP_ROWS = 64  # of the picture as it is kept

# Exif 2.32, tag 0x0112: how to turn what the camera saw.
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}

# What Pillow raises for a file that is none, in one of its many ways.
_BROKEN = (
    OSError,
    ValueError,
    SyntaxError,
    TypeError,
    KeyError,
    IndexError,
    EOFError,
    struct.error,
    OverflowError,
)


def redraw(source: Path, target: Path, pictured: str, open_new: Callable[[Path], int]) -> tuple[int, int]:
    """Write a picture as JPEG, upright, at most `SIDE_PX` a side; returns its width and height.

    Of moving pictures the first frame stays. EXIF (with the place), colour profiles and comments do not. Takes up to
    some 300 MB for a moment. Raises RefusedFile for what is too large to be decoded, and for what is no picture.

    Args:
        pictured: Pillow's name of the only format that is tried.
        open_new: makes the target and returns its descriptor.
    """
    try:
        with _opened(source, pictured) as image:
            if image.width * image.height > _MOST_PIXELS.get(pictured, MAX_PIXELS):
                raise RefusedFile(Why.LARGE, file_texts.TOO_MANY_PIXELS)
            # A JPEG is decoded at a half, quarter or eighth, so that even a large one takes little.
            image.draft("RGB", (SIDE_PX, SIDE_PX))
            turned = _turned(image)
            drawn = _small(image)
            if turned in _TURNS:
                drawn = drawn.transpose(_TURNS[turned])
            # What a picture carries beside its points would be written too.
            drawn.info.clear()
            with open(open_new(target), "wb") as file:
                drawn.save(file, "JPEG", quality=QUALITY, optimize=True)
            return drawn.size
    except RefusedFile:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as exc:
        raise RefusedFile(Why.LARGE, file_texts.TOO_MANY_PIXELS) from exc
    except _BROKEN as exc:
        if isinstance(exc, OSError) and exc.errno is not None:
            raise  # the disk's trouble, not the picture's
        raise RefusedFile(Why.BROKEN, file_texts.BROKEN) from exc


def shrink(source: Path, most_bytes: int) -> bytes:
    """Return a picture that `redraw` wrote as JPEG of at most so many bytes: coarser first, then smaller.

    Takes some 40 MB for a moment. Raises OSError for what cannot be read.
    """
    content = source.read_bytes()
    if len(content) <= most_bytes:
        return content
    with Image.open(source, formats=["JPEG"]) as image:
        drawn = image.convert("RGB")
    qualities = iter(_COARSER)
    while True:
        written = io.BytesIO()
        quality = next(qualities, _COARSER[-1])
        drawn.save(written, "JPEG", quality=quality, optimize=True)
        if written.tell() <= most_bytes:
            return written.getvalue()
        if quality == _COARSER[-1]:
            drawn = drawn.resize((max(1, drawn.width * 3 // 4), max(1, drawn.height * 3 // 4)))


def _opened(source: Path, pictured: str) -> Image.Image:
    with warnings.catch_warnings():
        # Pillow looks at the size only to warn; the limit is ours, and the picture is not decoded yet.
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        return Image.open(source, formats=[pictured])


def _turned(image: Image.Image) -> int | None:
    """Return how the camera was held; what cannot be read says nothing."""
    try:
        return image.getexif().get(ExifTags.Base.Orientation)
    except _BROKEN:
        return None


def _small(image: Image.Image) -> Image.Image:
    """Return the picture in its size as kept, in plain colours."""
    factor = max(image.size) // SIDE_PX
    if factor < 2:
        small = _flat(image)
    else:
        # Strip by strip: to turn a large picture into plain colours whole would take its memory twice again.
        small = Image.new("RGB", (-(-image.width // factor), -(-image.height // factor)))
        rows = factor * STRIP_ROWS
        for top in range(0, image.height, rows):
            strip = image.crop((0, top, image.width, min(top + rows, image.height)))
            small.paste(_flat(strip).reduce(factor), (0, top // factor))
    small.thumbnail((SIDE_PX, SIDE_PX), Image.Resampling.LANCZOS)
    return small


def _flat(image: Image.Image) -> Image.Image:
    """Return it as plain colours, on white where one could see through."""
    if image.mode.startswith("I"):
        # Sixteen bits a pixel: Pillow would cut them off instead of rounding them.
        image = image.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    if image.mode in ("P", "PA", "LA", "La", "RGBa") or "transparency" in image.info:
        image = image.convert("RGBA")
    if image.mode != "RGBA":
        return image.convert("RGB")
    page = Image.new("RGB", image.size, "white")
    page.paste(image.convert("RGB"), mask=image.getchannel("A"))
    return page
