"""evidence.zip: all files of a report and one a finding, with a manifest of hashes; and whether such a file is whole.

The same report gives the same octets: times within the zip are fixed, and its files are in order. The manifest says
what was changed since; who made it, it cannot say. So note the hash of the zip itself where others cannot change it.
"""

import hashlib
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import msgspec

from emulator.conformance.reports.report import Report

MANIFEST: Final = "manifest.json"
FIXED_TIME: Final = (1980, 1, 1, 0, 0, 0)
MODE: Final = 0o644 << 16
UNIX: Final = 3
CHUNK: Final = 1 << 20
MOST_MANIFEST: Final = 64 << 20
_UNREADABLE: Final = (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, ValueError)


class Entry(msgspec.Struct, frozen=True):
    """A file of the zip."""

    size: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True):
    """What a zip holds, by name."""

    format: int
    version: str
    files: dict[str, Entry]


def finding_files(report: Report) -> Iterator[tuple[str, bytes]]:
    """Give a file for each finding, named by its number, case and family."""
    for number, one in enumerate(report.findings, 1):
        name = re.sub(r"[^A-Za-z0-9.]+", "-", f"{one.case}-at-{one.family}").strip("-.")[:100]
        yield f"findings/{number:05d}-{name}.json", msgspec.json.format(msgspec.json.encode(one), indent=1) + b"\n"


def pack(files: Mapping[str, bytes], version: str) -> Iterator[tuple[str, bytes]]:
    """Give the files in order, the manifest first."""
    entries = {name: Entry(len(files[name]), hashlib.sha256(files[name]).hexdigest()) for name in sorted(files)}
    manifest = msgspec.json.encode(Manifest(1, version, entries))
    yield MANIFEST, msgspec.json.format(manifest, indent=1) + b"\n"
    yield from ((name, files[name]) for name in sorted(files))


def write_zip(path: Path, files: Mapping[str, bytes], version: str) -> str:
    """Write the zip and give its own SHA-256."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as to:
        for name, octets in pack(files, version):
            info = zipfile.ZipInfo(name, FIXED_TIME)
            info.compress_type, info.external_attr, info.create_system = zipfile.ZIP_DEFLATED, MODE, UNIX
            to.writestr(info, octets)
    with path.open("rb") as written:
        return hashlib.file_digest(written, "sha256").hexdigest()


def verify(path: Path) -> list[str]:
    """Say what is wrong with an evidence.zip: nothing if it is as it was written. Raises OSError."""
    try:
        with zipfile.ZipFile(path) as held:
            return list(_problems(held))
    except (zipfile.BadZipFile, zipfile.LargeZipFile) as error:
        return [f"{path.name} is no whole zip: {error}"]


def _problems(held: zipfile.ZipFile) -> Iterator[str]:
    infos = held.infolist()
    names = [info.filename for info in infos]
    yield from (f"{name} is there more than once" for name in dict.fromkeys(names) if names.count(name) > 1)
    of = dict(zip(names, infos, strict=True))
    if MANIFEST not in of:
        yield f"{MANIFEST} is missing"
        return
    if of[MANIFEST].file_size > MOST_MANIFEST:
        yield f"{MANIFEST} is larger than any of ours"
        return
    try:
        manifest = msgspec.json.decode(held.read(MANIFEST), type=Manifest)
    except (msgspec.DecodeError, *_UNREADABLE) as error:
        yield f"{MANIFEST} cannot be read: {error}"
        return
    yield from (f"{name} is not in the manifest" for name in of if name not in manifest.files and name != MANIFEST)
    for name, entry in manifest.files.items():
        if name not in of:
            yield f"{name} is missing"
        elif of[name].file_size != entry.size:
            yield f"{name} has {of[name].file_size} octets, not {entry.size}"
        else:
            yield from _differs(held, of[name], entry)


def _differs(held: zipfile.ZipFile, info: zipfile.ZipInfo, entry: Entry) -> Iterator[str]:
    found, read = hashlib.sha256(), 0
    try:
        with held.open(info) as octets:
            while (chunk := octets.read(CHUNK)) and read <= entry.size:
                found.update(chunk)
                read += len(chunk)
    except _UNREADABLE as error:
        yield f"{info.filename} cannot be read: {error}"
        return
    if found.hexdigest() != entry.sha256:
        yield f"{info.filename} was changed: its SHA-256 is {found.hexdigest()}, not {entry.sha256}"
