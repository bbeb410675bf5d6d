"""Files sent for a release: single ones or zip archives, read without trust, named as releases name them."""

from __future__ import annotations

import io
import re
import stat
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import PurePosixPath

from engine.errors import DunflowError
from engine.flow.differences.forms import FormUnreadable, read_schema
from engine.flow.findings import Text
from engine.flow.safe_xml import MAX_BYTES, XmlRefused, read_xml

MAX_FILES = 200
MAX_ENTRIES = 1_000  # of an archive, what is passed over included
MAX_TOTAL = 20_000_000
LONGEST_SHOWN = 80
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,80}\.(bpmn|dmn|json)")
_ZIP = b"PK\x03\x04"
_ENCRYPTED = 0x1


class FilesRefused(DunflowError):
    """{file} is refused: {reason}. Nothing was stored."""

    status = 422
    remedy = "Choose the files again, mended or under another name."


def read_files(sent: Iterable[tuple[str, bytes]], known: Iterable[str] = ()) -> dict[str, bytes]:
    """What was sent, by its name within a release: `x.bpmn`, `x.dmn`, `forms/x.json`; archives unpacked.

    `known` are the names of the release it goes into: a form keeps the folder it has there. All or nothing: raises
    FilesRefused for the first file that is no diagram, table or form, cannot be read, is too large, or comes twice.
    In archives, files of other kinds (a README, scenarios) are passed over.
    """
    folders = {PurePosixPath(name).name: name for name in known}
    found: dict[str, bytes] = {}
    total = 0
    for name, content in _unpacked(sent):
        plain = _plain(name)
        target = folders.get(plain) or (f"forms/{plain}" if plain.endswith(".json") else plain)
        total += len(content)
        if target in found:
            raise _refused(name, "comes twice", "重复出现")
        if len(found) >= MAX_FILES:
            raise _refused(name, f"more than {MAX_FILES} files at once", f"一次超过 {MAX_FILES} 个文件")
        if total > MAX_TOTAL:
            raise _refused(name, f"more than {MAX_TOTAL:,} bytes together", f"合计超过 {MAX_TOTAL:,} 字节")
        _check(name, plain, content)
        found[target] = content
    if not found:
        raise _refused(
            Text("The upload", "上传内容"), "it holds no diagram, table or form", "其中没有流程图、决策表或表单"
        )
    return found


def zipped(files: Mapping[str, bytes]) -> bytes:
    """The files of a release as one archive, the same bytes for the same files."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(files):
            archive.writestr(zipfile.ZipInfo(name), files[name], zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def _unpacked(sent: Iterable[tuple[str, bytes]]) -> Iterator[tuple[str, bytes]]:
    for name, content in sent:
        if content.startswith(_ZIP) or name.lower().endswith(".zip"):
            yield from _archive(name, content)
        else:
            yield name, content


def _archive(name: str, content: bytes) -> Iterator[tuple[str, bytes]]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = archive.infolist()
            if len(entries) > MAX_ENTRIES:
                raise _refused(name, f"it has more than {MAX_ENTRIES:,} entries", f"条目超过 {MAX_ENTRIES:,} 个")
            for entry in entries:
                _check_path(entry)
            for entry in _wanted(entries):
                yield entry.filename, _entry(archive, entry)
    except (zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError, OSError, EOFError, ValueError) as error:
        raise _refused(name, "the archive cannot be read", "压缩包无法读取") from error
    except Exception as error:  # zlib, lzma and others have errors of their own
        if isinstance(error, DunflowError):
            raise
        raise _refused(name, "the archive cannot be read", "压缩包无法读取") from error


def _check_path(entry: zipfile.ZipInfo) -> None:
    parts = entry.filename.replace("\\", "/").split("/")
    if entry.filename.startswith(("/", "\\")) or ".." in parts or ":" in entry.filename or "\\" in entry.orig_filename:
        raise _refused(entry.filename, "its path leads out of the archive", "路径越出压缩包")
    if stat.S_ISLNK(entry.external_attr >> 16):
        raise _refused(entry.filename, "it is a link", "这是链接")
    if entry.flag_bits & _ENCRYPTED:
        raise _refused(entry.filename, "it is encrypted", "已加密")


def _wanted(entries: Sequence[zipfile.ZipInfo]) -> Iterator[zipfile.ZipInfo]:
    for entry in entries:
        path = PurePosixPath(entry.filename)
        is_hidden = any(part.startswith((".", "__")) for part in path.parts)
        is_form = path.suffix.lower() == ".json" and (len(path.parts) == 1 or "forms" in path.parts[:-1])
        if not entry.is_dir() and not is_hidden and (is_form or path.suffix.lower() in (".bpmn", ".dmn")):
            yield entry


def _entry(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    """Never trusts the size that the archive states."""
    with archive.open(entry) as opened:
        content = opened.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise _too_large(entry.filename)
    return content


def _plain(name: str) -> str:
    plain = PurePosixPath(name.replace("\\", "/")).name
    stem, _, ending = plain.rpartition(".")
    plain = f"{stem}.{ending.lower()}"
    if ending.lower() not in ("bpmn", "dmn", "json"):
        kinds = "only .bpmn, .dmn, forms as .json, and .zip are taken", "只接受 .bpmn、.dmn、.json 表单和 .zip"
        raise _refused(name, *kinds)
    if not _NAME.fullmatch(plain):
        raise _refused(name, "use letters, digits, - and _ in its name", "文件名请用字母、数字、- 和 _")
    return plain


def _check(name: str, plain: str, content: bytes) -> None:
    if len(content) > MAX_BYTES:
        raise _too_large(name)
    if plain.endswith(".json"):
        _check_form(name, content)
        return
    try:
        root = read_xml(content)
    except XmlRefused as error:
        raise _refused(name, error.message.en.rstrip("."), error.message.zh.rstrip("。")) from error
    kind = "bpmn" if plain.endswith(".bpmn") else "dmn"
    space, _, local = str(root.tag).rpartition("}")
    if local != "definitions" or kind not in space.lower():
        raise _refused(name, f"it is no {kind.upper()} file", f"不是 {kind.upper()} 文件")


def _check_form(name: str, content: bytes) -> None:
    try:
        schema = read_schema(content)
    except FormUnreadable as error:
        raise _refused(name, "it is no form (JSON)", "不是表单（JSON）") from error
    if not isinstance(schema.get("components"), list):
        raise _refused(name, "it is no form (JSON)", "不是表单（JSON）")


def _too_large(name: str) -> FilesRefused:
    return _refused(name, f"it is larger than {MAX_BYTES:,} bytes", f"超过 {MAX_BYTES:,} 字节")


def _refused(name: str | Text, en: str, zh: str) -> FilesRefused:
    shown = name if isinstance(name, Text) else Text(_shown(name), _shown(name))
    return FilesRefused(file=shown, reason=Text(en, zh))


def _shown(name: str) -> str:
    plain = "".join(letter if letter.isprintable() else "?" for letter in name)
    return plain if len(plain) <= LONGEST_SHOWN else f"{plain[:LONGEST_SHOWN]}…"
