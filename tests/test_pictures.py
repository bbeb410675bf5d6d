"""Uploaded files are told by their content; images are made anew without what cameras wrote in; bombs are refused."""

from __future__ import annotations

import io
import struct
import zlib

import pytest
from PIL import Image

from engine import pictures
from engine.errors import Invalid


def image(form: str = "PNG", size: tuple[int, int] = (60, 40), mode: str = "RGB", **more: object) -> bytes:
    written = io.BytesIO()
    Image.new(mode, size, "red").save(written, form, **more)
    return written.getvalue()


def read(content: bytes) -> Image.Image:
    found = Image.open(io.BytesIO(content))
    found.load()
    return found


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_images_become_jpegs(form: str) -> None:
    kept = pictures.kept(image(form))
    assert kept.media_type == "image/jpeg"
    assert read(kept.content).format == "JPEG"
    assert read(kept.content).size == (60, 40)


def test_what_cameras_write_is_dropped_and_the_image_stands_upright() -> None:
    exif = Image.Exif()
    exif[0x010F] = "SecretCamera"
    exif[0x0112] = 6  # turned
    sent = image("JPEG", exif=exif, comment=b"SecretComment")
    assert b"SecretCamera" in sent
    kept = pictures.kept(sent)
    assert b"Secret" not in kept.content
    assert dict(read(kept.content).getexif()) == {}
    assert read(kept.content).size == (40, 60)


def test_what_hides_behind_an_image_is_dropped() -> None:
    assert b"<script>" not in pictures.kept(image() + b"<script>alert(1)</script>").content


def test_large_images_are_made_smaller_and_get_a_picture_too_small_to_read() -> None:
    kept = pictures.kept(image("JPEG", (5000, 2500)))
    assert read(kept.content).size == (2400, 1200)
    assert kept.thumbnail is not None
    assert max(read(kept.thumbnail).size) == pictures.THUMBNAIL_SIDE


def test_transparency_becomes_white() -> None:
    written = io.BytesIO()
    Image.new("RGBA", (20, 20), (0, 0, 0, 0)).save(written, "PNG")
    assert read(pictures.kept(written.getvalue()).content).getpixel((5, 5)) == (255, 255, 255)


def bomb(side: int) -> bytes:
    """A small PNG that says it is huge."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    body = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


@pytest.mark.parametrize("side", [7_100, 10_000, 60_000])
def test_decompression_bombs_are_refused(side: int) -> None:
    with pytest.raises(Invalid):
        pictures.kept(bomb(side))


@pytest.mark.parametrize(
    "content",
    [
        b"<html><script>alert(1)</script></html>",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"MZ\x90\x00",
        b"GIF89a",
        b"PK\x03\x04",
        image()[:60],
        b"\xff\xd8\xff" + b"x" * 500,
        b"RIFF\x00\x00\x00\x00WEBPnothing",
        b"%PDF-1.7 cut off",
    ],
)
def test_everything_else_is_refused(content: bytes) -> None:
    with pytest.raises(Invalid):
        pictures.kept(content)


def test_a_pdf_is_kept_as_it_is() -> None:
    content = b"%PDF-1.7\n1 0 obj\nendobj\n%%EOF\n"
    kept = pictures.kept(content)
    assert (kept.media_type, kept.content, kept.thumbnail) == ("application/pdf", content, None)
