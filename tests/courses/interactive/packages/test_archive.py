"""Archives made to harm: each is refused, quickly, and says why."""

import io
import random
import stat
import struct
import time
import unicodedata
import zipfile
import zlib

import pytest

from courses.interactive.packages.archive import Limits, open_archive, size_text
from courses.interactive.packages.faults import LISTED, Fault, RefusedError


def zipped(files, *, compression=zipfile.ZIP_DEFLATED) -> bytes:
    """Return an archive of these files, names being texts or ZipInfo."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        for name, data in files:
            archive.writestr(name, data)
    return buffer.getvalue()


def renamed(data: bytes, old: bytes, new: bytes) -> bytes:
    """Return an archive where a name of the same length stands for another: what `zipfile` would not write."""
    assert len(old) == len(new)
    return data.replace(old, new)


def refused(data: bytes, limits: Limits | None = None) -> list[str]:
    """Return the codes of what an archive is refused for."""
    with pytest.raises(RefusedError) as caught:
        open_archive(io.BytesIO(data), limits)
    assert all(fault.message for fault in caught.value.faults)
    return caught.value.codes


def test_a_sound_archive_gives_its_files_in_order():
    data = zipped([("b/", b""), ("b/é.txt", "été".encode()), ("a.json", b"{}"), ("vide", b"")])
    archive = open_archive(io.BytesIO(data))
    assert archive.names == ["b/é.txt", "a.json", "vide"]
    assert archive.size("a.json") == 2
    assert archive.read("b/é.txt", 100) == "été".encode()
    assert archive.read("vide", 100) == b""
    assert "a.json" in archive
    assert "b/" not in archive


@pytest.mark.parametrize("compression", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_a_file_is_read_in_pieces_and_from_its_start(compression):
    body = random.Random(1).randbytes(1_500_000)
    archive = open_archive(io.BytesIO(zipped([("a.bin", body), ("b.bin", body[::-1])], compression=compression)))
    first, second = archive.open("a.bin"), archive.open("b.bin")
    pieces = [(first.read(100_000), second.read(70_000)) for __ in range(25)]
    assert b"".join(piece[0] for piece in pieces) == body
    assert b"".join(piece[1] for piece in pieces) == body[::-1]
    assert archive.start("a.bin", 3) == body[:3]


def test_names_composed_by_a_mac_are_found_as_manifests_write_them():
    archive = open_archive(io.BytesIO(zipped([(unicodedata.normalize("NFD", "été.txt"), b"x")])))
    assert archive.names == ["été.txt"]
    assert archive.read(unicodedata.normalize("NFD", "été.txt"), 10) == b"x"


def test_names_written_in_the_first_code_page_are_read():
    data = renamed(zipped([("xxx.txt", b"x")]), b"xxx.txt", b"\x82t\x82.txt")
    assert open_archive(io.BytesIO(data)).names == ["été.txt"]


def test_clutter_of_systems_is_ignored():
    clutter = ["__MACOSX/._h5p.json", "a/.DS_Store", "Thumbs.db", "a/desktop.ini", "a/._b.png"]
    data = zipped([(name, b"x") for name in [*clutter, "a/b.png"]])
    assert open_archive(io.BytesIO(data)).names == ["a/b.png"]


def test_a_zip64_archive_is_read():
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive, archive.open("a.txt", "w", force_zip64=True) as stream:
        stream.write(b"x" * 1_000)
    assert open_archive(io.BytesIO(buffer.getvalue())).read("a.txt", 2_000) == b"x" * 1_000


def test_a_streamed_archive_is_read():
    class Pipe(io.RawIOBase):
        """What can't be gone back in: sizes are then written after the bytes."""

        def __init__(self):
            self.data = b""

        def writable(self):
            return True

        def write(self, data):
            self.data += bytes(data)
            return len(data)

    pipe = Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.txt", b"abc" * 100)
        archive.writestr("b.txt", b"def")
    opened = open_archive(io.BytesIO(pipe.data))
    assert [opened.read(name, 1_000) for name in opened.names] == [b"abc" * 100, b"def"]


def test_a_file_may_be_known_by_another_name():
    archive = open_archive(io.BytesIO(zipped([("a", b"1"), ("b", b"2")])))
    archive.rename("a", "c")
    assert archive.names == ["c", "b"]
    assert archive.read("c", 10) == b"1"
    with pytest.raises(ValueError, match="b"):
        archive.rename("c", "b")


@pytest.mark.parametrize("data", [b"", b"TEST", b"<html></html>" * 50, b"PK\x03\x04" + b"\x00" * 500])
def test_what_is_not_a_zip_is_refused(data):
    assert refused(data) == ["not-a-zip"]


def test_an_empty_archive_is_refused():
    assert refused(zipped([])) == ["empty"]


@pytest.mark.parametrize("prefix", [b"<html><script>alert(1)</script>", b"GIF89a", b"#!/bin/sh\n"])
def test_what_stands_before_the_archive_is_refused(prefix):
    assert refused(prefix + zipped([("a.txt", b"x")])) == ["leading-bytes"]


def test_what_stands_before_is_refused_even_when_the_directory_knows_it():
    buffer = io.BytesIO()
    buffer.write(b"GIF89a" + b"\x00" * 20)
    with zipfile.ZipFile(buffer, "a") as archive:
        archive.writestr("a.txt", b"x")
    assert refused(buffer.getvalue()) == ["leading-bytes"]


def test_what_stands_after_the_archive_is_refused():
    assert refused(zipped([("a.txt", b"x")]) + b"<script>alert(1)</script>") == ["trailing-bytes"]


def test_a_truncated_archive_is_refused():
    data = zipped([("a.txt", b"x" * 1_000), ("b.txt", b"y")])
    assert refused(data[:-30]) == ["not-a-zip"]
    assert refused(data[:20] + data[30:]) == ["corrupt"]


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("/etc/passwd", "absolute-path"),
        ("C:/windows/a.txt", "absolute-path"),
        ("C:a.txt", "absolute-path"),
        ("../a.txt", "parent-path"),
        ("a/../../b.txt", "parent-path"),
        ("a/./b.txt", "parent-path"),
        ("a//b.txt", "parent-path"),
        ("a/b\nc.txt", "control-character"),
        ("a/" + "n" * 201, "long-name"),
        ("a/" * 130 + "b", "long-name"),
    ],
)
def test_a_path_that_leads_elsewhere_is_refused(name, code):
    assert refused(zipped([(name, b"x")])) == [code]


def test_backslashes_and_nul_are_refused():
    assert refused(renamed(zipped([("a/b.txt", b"x")]), b"a/b.txt", b"a\\b.txt")) == ["backslash"]
    assert refused(renamed(zipped([("a/b.txt", b"x")]), b"a/b.txt", b"a/b\x00.js")) == ["control-character"]


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR, stat.S_IFSOCK])
def test_links_and_special_files_are_refused(kind):
    link = zipfile.ZipInfo("link")
    link.external_attr = (kind | 0o777) << 16
    assert refused(zipped([(link, b"/etc/passwd")])) == ["special-file"]


@pytest.mark.parametrize(
    "names",
    [
        ["a.txt", "A.txt"],
        ["é.txt", unicodedata.normalize("NFD", "é.txt")],
        ["É.txt", unicodedata.normalize("NFD", "é.txt")],
        ["straße.txt", "STRASSE.txt"],
        ["a", "a/b.txt"],
        ["a/b.txt", "A/c.txt"],
    ],
)
def test_names_that_a_disk_takes_for_one_another_are_refused(names):
    assert set(refused(zipped([(name, b"x") for name in names]))) == {"duplicate"}


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_the_same_name_twice_is_refused():
    assert refused(zipped([("a.txt", b"1"), ("a.txt", b"2")])) == ["duplicate"]


def test_an_encrypted_archive_is_refused():
    data = bytearray(zipped([("a.txt", b"x")]))
    at = data.index(b"PK\x01\x02")
    data[at + 8] |= 1
    assert refused(bytes(data)) == ["encrypted"]


@pytest.mark.parametrize("compression", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_other_compressions_are_refused(compression):
    assert refused(zipped([("a.txt", b"x" * 100)], compression=compression)) == ["compression"]


def test_a_bomb_is_refused_by_its_ratio_before_anything_is_inflated():
    data = zipped([("bomb.txt", b"\x00" * 20_000_000)])
    started = time.perf_counter()
    assert refused(data) == ["ratio"]
    assert time.perf_counter() - started < 1


def test_small_files_may_be_well_compressed():
    archive = open_archive(io.BytesIO(zipped([("a.txt", b"a" * 900_000)])))
    assert archive.size("a.txt") == 900_000


def forged(announced: int, body: bytes) -> bytes:
    """Return an archive whose only file announces another size than it has."""
    data = zipped([("a.txt", body)])
    return data.replace(struct.pack("<L", len(body)), struct.pack("<L", announced))


def test_a_forged_size_stops_the_reading_early():
    body = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = b"".join(body.compress(b"\x00" * 1_000_000) for __ in range(100)) + body.flush()
    name, crc = b"a.txt", zlib.crc32(b"\x00" * 10)
    local = struct.pack("<4s5H3L2H", b"PK\x03\x04", 20, 0, 8, 0, 0, crc, len(packed), 10, len(name), 0) + name + packed
    central = (
        struct.pack("<4s6H3L5H2L", b"PK\x01\x02", 20, 20, 0, 8, 0, 0, crc, len(packed), 10, len(name), *[0] * 6) + name
    )
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 1, 1, len(central), len(local), 0)
    archive = open_archive(io.BytesIO(local + central + end))
    started = time.perf_counter()
    with pytest.raises(RefusedError) as caught:
        archive.read("a.txt", 100)
    assert caught.value.codes == ["not-as-announced"]
    assert time.perf_counter() - started < 1


@pytest.mark.parametrize("announced", [999, 1_001])
def test_more_or_fewer_bytes_than_announced_are_refused_when_read(announced):
    archive = open_archive(io.BytesIO(forged(announced, bytes(range(200)) * 5)))
    with pytest.raises(RefusedError) as caught:
        archive.read("a.txt", 10_000)
    assert caught.value.codes == ["not-as-announced"]


def test_changed_bytes_are_refused_when_read():
    data = zipped([("a.txt", b"hello world")], compression=zipfile.ZIP_STORED).replace(b"hello", b"jello")
    archive = open_archive(io.BytesIO(data))
    with pytest.raises(RefusedError) as caught, archive.open("a.txt") as stream:
        stream.read()
    assert caught.value.codes == ["not-as-announced"]


def test_entries_that_share_their_bytes_are_refused():
    data = zipped([("a.txt", b"x" * 50), ("b.txt", b"y" * 50)], compression=zipfile.ZIP_STORED)
    at = data.index(b"PK\x01\x02", data.index(b"PK\x01\x02") + 4)
    shared = bytearray(data)
    shared[at + 42 : at + 46] = struct.pack("<L", 0)
    shared[at + 46 : at + 51] = b"a.txt"
    assert refused(bytes(shared)) == ["overlap", "duplicate"]


def test_headers_that_disagree_are_refused():
    data = zipped([("a.txt", b"x" * 50)])
    assert refused(data.replace(b"a.txt", b"b.txt", 1)) == ["corrupt"]


def test_a_hundred_thousand_entries_are_refused_at_once():
    name = b"f%06d"
    central = b"".join(
        struct.pack("<4s6H3L5H2L", b"PK\x01\x02", 20, 20, 0, 0, 0, 0, 0, 0, 0, 7, *[0] * 6) + name % number
        for number in range(100_000)
    )
    local = struct.pack("<4s5H3L2H", b"PK\x03\x04", 20, 0, 0, 0, 0, 0, 0, 0, 7, 0) + name % 0
    offset = len(local)
    end64 = struct.pack(
        "<4sQ2H2L4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, 100_000, 100_000, len(central), offset
    ) + struct.pack("<4sLQL", b"PK\x06\x07", 0, offset + len(central), 1)
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    honest = local + central + end64 + end
    lying = local + central + struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 10, 10, len(central), offset, 0)
    started = time.perf_counter()
    assert refused(honest) == ["too-many-files"]
    assert refused(lying) == ["corrupt"]
    assert time.perf_counter() - started < 1


def test_each_limit_is_held():
    data = zipped([("a.txt", bytes(range(250)) * 40), ("b.txt", b"y")])
    assert refused(data, Limits(archive=100)) == ["archive-too-big"]
    assert refused(data, Limits(entries=1)) == ["too-many-files"]
    assert refused(data, Limits(unpacked=5_000)) == ["unpacked-too-big"]
    assert refused(data, Limits(file=5_000)) == ["file-too-big"]
    assert refused(data, Limits(name=4, path=4)) == ["long-name", "long-name"]
    assert len(open_archive(io.BytesIO(data)).names) == 2


def test_a_file_bigger_than_asked_for_is_not_read():
    archive = open_archive(io.BytesIO(zipped([("a.json", b"x" * 1_000)])))
    with pytest.raises(RefusedError) as caught:
        archive.read("a.json", 999)
    assert caught.value.codes == ["file-too-big"]
    assert "a.json" in caught.value.faults[0].message


def test_big_files_are_read_in_constant_memory():
    class Counting(io.BytesIO):
        largest = 0

        def read(self, size=-1):
            data = super().read(size)
            self.largest = max(self.largest, len(data))
            return data

    body = bytes(range(256)) * 40_000
    file = Counting(zipped([("a.bin", body)], compression=zipfile.ZIP_STORED))
    archive = open_archive(file)
    with archive.open("a.bin") as stream:
        while stream.read(8_192):
            pass
    assert file.largest < 100_000


def test_every_fault_of_names_is_told_together():
    names = ["../a", "/b", "c\td", "ok.txt"]
    assert refused(zipped([(name, b"x") for name in names])) == ["parent-path", "absolute-path", "control-character"]


def test_no_more_than_fifty_faults_are_named():
    error = RefusedError(Fault("bad", f"Faute {number}", str(number)) for number in range(LISTED + 3))
    assert len(error.faults) == LISTED + 1
    assert error.faults[-1] == Fault("and-others", "Et 3 autres problèmes.")
    assert RefusedError([Fault("bad", "Faute")] * 3).faults == [Fault("bad", "Faute")]


@pytest.mark.parametrize(
    ("size", "text"), [(12, "12 octets"), (1_500, "1,5 Ko"), (250_000_000, "250 Mo"), (2_000_000_000, "2 Go")]
)
def test_sizes_are_told_as_a_person_reads_them(size, text):
    assert size_text(size) == text
