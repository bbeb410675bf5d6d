"""Files sent for a release: taken under their names, or refused whole with a reason."""

from __future__ import annotations

import io
import stat
import warnings
import zipfile

import pytest

from engine.flow.bundle import FilesRefused, read_files, zipped
from engine.flow.checks import release_files
from engine.flow.safe_xml import MAX_BYTES
from engine.installing import diagrams

FILES = release_files(diagrams())
DMN = FILES["case_tier.dmn"]
FORM = FILES["forms/decide.json"]
BOMB = b'<!DOCTYPE d [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><definitions>&b;</definitions>'


def archive(*entries: tuple[str | zipfile.ZipInfo, bytes], compress: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compress) as opened, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # names that come twice
        for name, content in entries:
            opened.writestr(name, content)
    return buffer.getvalue()


def link(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    return info


def test_a_release_goes_into_an_archive_and_back() -> None:
    packed = zipped(FILES)
    assert packed == zipped(dict(reversed(FILES.items())))
    assert read_files([("release.zip", packed)]) == FILES


def test_forms_go_into_their_folder_and_known_names_stay() -> None:
    assert set(read_files([("decide.json", FORM)])) == {"forms/decide.json"}
    assert set(read_files([("C:\\work\\decide.json", FORM)], ["odd/decide.json"])) == {"odd/decide.json"}


def test_an_archive_of_the_whole_folder_is_taken_without_what_is_no_part() -> None:
    packed = archive(
        ("bpmn/case_tier.dmn", DMN),
        ("bpmn/forms/decide.json", FORM),
        ("bpmn/README.md", b"#"),
        ("bpmn/scenarios/a.yaml", b"a: 1"),
        ("bpmn/package.json", b"{}"),
        ("__MACOSX/bpmn/case_tier.dmn", b"x"),
        ("bpmn/.hidden.dmn", b"x"),
    )
    assert read_files([("flows.zip", packed)]) == {"case_tier.dmn": DMN, "forms/decide.json": FORM}


@pytest.mark.parametrize(
    ("sent", "reason"),
    [
        ([("a.dmn", BOMB)], "DOCTYPE"),
        ([("a.bpmn", BOMB)], "DOCTYPE"),
        ([("a.bpmn", DMN)], "no BPMN file"),
        ([("a.dmn", FILES["collection.bpmn"])], "no DMN file"),
        ([("a.dmn", b"\x00")], ""),
        ([("a.dmn", b"")], ""),
        ([("a.json", b"[1]")], "no form"),
        ([("a.json", b"{}")], "no form"),
        ([("a.json", b'{"components": 1}')], "no form"),
        ([("a.json", b"[" * 200_000)], "no form"),
        ([("a.exe", b"MZ")], "only .bpmn"),
        ([("case_tier.dmn.exe", DMN)], "only .bpmn"),
        ([("noending", DMN)], "only .bpmn"),
        ([("", b"")], "only .bpmn"),
        ([("../.dmn", DMN)], "letters"),
        ([("a b.dmn", DMN)], "letters"),
        ([("a\x00.dmn", DMN)], "letters"),
        ([("a\u202enmd.dmn", DMN)], "letters"),
        ([("a" * 300 + ".dmn", DMN)], "letters"),
        ([("a.dmn", DMN), ("x/a.dmn", DMN)], "twice"),
        ([("a.dmn", b" " * (MAX_BYTES + 1))], "larger"),
        ([(f"a{n}.dmn", DMN) for n in range(201)], "200 files"),
        ([(f"a{n}.json", FORM[:-2] + b" " * 3_900_000 + b"}") for n in range(6)], "together"),
        ([("a.zip", b"PK\x03\x04 and nothing more")], "archive"),
        ([("a.zip", b"no archive")], "archive"),
        ([("a.zip", archive(("README.md", b"x")))], "no diagram"),
        ([("a.zip", archive())], "no diagram"),
        ([("a.zip", archive(("../a.dmn", DMN)))], "leads out"),
        ([("a.zip", archive(("/etc/a.dmn", DMN)))], "leads out"),
        ([("a.zip", archive(("x/../../a.dmn", DMN)))], "leads out"),
        ([("a.zip", archive(("C:/a.dmn", DMN)))], "leads out"),
        ([("a.zip", archive(("..\\a.dmn", DMN)))], "leads out"),
        ([("a.zip", archive((link("a.dmn"), b"/etc/passwd")))], "link"),
        ([("a.zip", archive(("a.dmn", DMN), ("b/a.dmn", DMN)))], "twice"),
        ([("a.zip", archive(*((f"{n}.txt", b"") for n in range(10_000))))], "entries"),
        ([("a.zip", archive(("a.dmn", b" " * 60_000_000)))], "larger"),
        ([("a.dmn", archive(("a.exe", b"")))], "no diagram"),
        ([], "no diagram"),
    ],
)
def test_what_is_no_part_of_a_release_is_refused_with_a_reason(sent: list[tuple[str, bytes]], reason: str) -> None:
    with pytest.raises(FilesRefused) as refused:
        read_files(sent)
    told = refused.value.params["reason"]
    assert reason in told.en  # type: ignore[attr-defined] # a Text
    assert told.zh  # type: ignore[attr-defined]


def test_one_wrong_file_refuses_them_all() -> None:
    with pytest.raises(FilesRefused):
        read_files([("case_tier.dmn", DMN), ("a.zip", archive(("b.dmn", DMN), ("c.bpmn", BOMB)))])


def test_an_archive_that_lies_about_its_sizes_or_is_cut_short_is_refused() -> None:
    packed = archive(("a.dmn", DMN))
    for cut in range(0, len(packed), 97):
        with pytest.raises(FilesRefused):
            read_files([("a.zip", packed[:cut])])
    for at in range(len(packed)):
        broken = packed[:at] + bytes([packed[at] ^ 0xFF]) + packed[at + 1 :]
        try:
            taken = read_files([("a.zip", broken)])
        except FilesRefused:
            continue
        assert list(taken.values()) == [DMN]
