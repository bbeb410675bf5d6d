"""What an uploaded file is by its content, and images made anew: smaller, upright, without what cameras write in."""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass

from PIL import Image, ImageOps

from engine.errors import Invalid

MOST_PIXELS = 50_000_000
LONGEST_SIDE = 2400
THUMBNAIL_SIDE = 120
_QUALITY = 88
_END_OF_PDF = 2048
_BROKEN = (OSError, SyntaxError, ValueError, Image.DecompressionBombError, Image.DecompressionBombWarning)


@dataclass(frozen=True)
class Kept:
    """What is stored of an uploaded file; documents have no thumbnail."""

    media_type: str
    content: bytes
    thumbnail: bytes | None = None


def kept(content: bytes) -> Kept:
    """The file as it is stored, whatever its name says. Raises Invalid for what is no JPEG, PNG, WebP or PDF."""
    form = _form(content)
    if form == "PDF":
        if b"%%EOF" not in content[-_END_OF_PDF:]:
            raise Invalid(field="file", reason="the file is damaged or incomplete")
        return Kept("application/pdf", content)
    with warnings.catch_warnings():
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        try:
            return _image(content, form)
        except _BROKEN:
            raise Invalid(field="file", reason="the file is damaged or incomplete") from None


def _form(content: bytes) -> str:
    """By the first bytes, as the formats define them."""
    if content.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if content.startswith(b"RIFF") and content[8:12] == b"WEBP":
        return "WEBP"
    if content.startswith(b"%PDF-"):
        return "PDF"
    raise Invalid(field="file", reason="only JPEG, PNG and WebP images and PDF documents are kept")


def _image(content: bytes, form: str) -> Kept:
    """Decoded whole and written anew as JPEG: nothing but its pixels remains."""
    with Image.open(io.BytesIO(content), formats=[form]) as opened:
        if opened.width * opened.height > MOST_PIXELS:
            raise Invalid(field="file", reason="the image has too many pixels")
        opened.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
        opened.load()
        upright = _opaque(ImageOps.exif_transpose(opened))
    upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    small = upright.copy()
    small.thumbnail((THUMBNAIL_SIDE, THUMBNAIL_SIDE))
    return Kept("image/jpeg", _jpeg(upright), _jpeg(small))


def _opaque(image: Image.Image) -> Image.Image:
    """On white where it was transparent."""
    if not image.has_transparency_data:
        return image.convert("RGB")
    ground = Image.new("RGBA", image.size, "white")
    ground.alpha_composite(image.convert("RGBA"))
    return ground.convert("RGB")


def _jpeg(image: Image.Image) -> bytes:
    written = io.BytesIO()
    bare = Image.new("RGB", image.size)
    bare.paste(image)
    bare.save(written, "JPEG", quality=_QUALITY, optimize=True)
    return written.getvalue()
