"""Headers of AV1 streams are read to the bit, as ffmpeg reads them."""

from __future__ import annotations

import random
import re
import subprocess
from pathlib import Path

import av
import pytest

from encore.core.errors import ToolError
from encore.media.av1bits import Bits, BitWriter, leb128, leb128_of
from encore.media.av1frame import FrameReader
from encore.media.av1motion import distance, placed_references, skips
from encore.media.av1obu import FRAME, FRAME_HEADER, SEQUENCE_HEADER, obus, sequence_of
from encore.media.process import ffmpeg_path
from tests.films import lavfi

TRACED = re.compile(r"trace_headers @ [^\]]*\] (.*)")
ELEMENT = re.compile(r"(\d+)\s+(\S+)\s+([01]*) = (-?\d+)$")
AFTER = ("tile_start_and_end", "trailing", "zero_bit", "byte_alignment")


def traced(path: Path) -> list[int]:
    """Bit, from the start of its unit, after each sequence and frame header, as ffmpeg reads them."""
    command = (
        ffmpeg_path(),
        "-hide_banner",
        "-i",
        str(path),
        "-c",
        "copy",
        "-bsf:v",
        "trace_headers",
        "-f",
        "null",
        "-",
    )
    words = TRACED.findall(subprocess.run(command, capture_output=True, text=True, check=True).stderr)
    units: list[tuple[int, int]] = []
    inside = False
    for word in words[words.index(next(word for word in words if word.startswith("Packet:"))) :]:
        if word.startswith("OBU header"):
            units.append((0, 0))
            inside = True
        element = ELEMENT.match(word)
        if not element or element[2].startswith(AFTER):
            inside = inside and not element
        elif inside:
            kind = int(element[4]) if element[2] == "obu_type" else units[-1][0]
            units[-1] = kind, max(units[-1][1], int(element[1]) + len(element[3]))
    return [end for kind, end in units if kind in (SEQUENCE_HEADER, FRAME_HEADER, FRAME)]


def ends(path: Path) -> list[int]:
    """The same as we read them."""
    found: list[int] = []
    reader, sequence = FrameReader(), None
    with av.open(str(path)) as container:
        for packet in container.demux(video=0):
            for unit in obus(bytes(packet)):
                before = 8 * (len(unit.data) - len(unit.payload))
                if unit.kind == SEQUENCE_HEADER:
                    sequence = sequence_of(unit.payload)
                    found.append(before + sequence.grain_at + 1)
                elif unit.kind in (FRAME, FRAME_HEADER):
                    assert sequence is not None
                    found.append(before + reader.read(unit.payload, sequence, unit.layers).end)
    return found


def made(path: Path, encoder: str, size: str, pixels: str, *options: str, frames: int = 8) -> Path:
    picture = f"testsrc2=size={size}:rate=30,rotate=t*0.5"
    return lavfi(path, "-pix_fmt", pixels, "-c:v", encoder, *options, picture=picture, frames=frames)


@pytest.mark.parametrize(
    ("encoder", "size", "pixels", "options"),
    [
        ("libsvtav1", "66x50", "yuv420p10le", ("-preset", "10", "-svtav1-params", "aq-mode=1")),
        ("libsvtav1", "64x64", "yuv420p", ("-preset", "10", "-svtav1-params", "superres-mode=1:superres-denom=12")),
        ("libaom-av1", "90x70", "yuv420p10le", ("-cpu-used", "8", "-aom-params", "error-resilient=1")),
        ("libaom-av1", "66x50", "yuv444p", ("-cpu-used", "8", "-crf", "0", "-b:v", "0")),
    ],
)
def test_every_header_ends_where_ffmpeg_says(
    tmp_path: Path, encoder: str, size: str, pixels: str, options: tuple[str, ...]
) -> None:
    path = made(tmp_path / "film.ivf", encoder, size, pixels, *options)
    found = ends(path)
    assert len(found) > 8 and found == traced(path)


SVT = [
    "enable-variance-boost=1", "enable-qm=1", "pred-struct=1", "resize-mode=1:resize-denom=12", "lossless=1",
    "tile-columns=1:tile-rows=1", "scm=1", "fast-decode=1",
]  # fmt: skip
AOM = [
    ("-cpu-used", "4"), ("-cpu-used", "6", "-tiles", "2x2"), ("-cpu-used", "8", "-aq-mode", "1"),
    ("-cpu-used", "8", "-aom-params", "deltaq-mode=1"), ("-cpu-used", "8", "-aom-params", "lossless=1"),
    ("-cpu-used", "6", "-aom-params", "enable-qm=1"), ("-cpu-used", "8", "-usage", "realtime"),
]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize(
    ("encoder", "size", "pixels", "options"),
    [("libsvtav1", size, pixels, ("-preset", preset)) for size in ("16x16", "66x50", "352x288", "1366x766")
     for pixels in ("yuv420p", "yuv420p10le") for preset in ("6", "8", "10")]
    + [("libsvtav1", "352x288", "yuv420p10le", ("-preset", "8", "-svtav1-params", given)) for given in SVT]
    + [("libaom-av1", "352x288", "yuv420p10le", options) for options in AOM]
    + [("libaom-av1", "66x50", pixels, ("-cpu-used", "8")) for pixels in ("yuv422p10le", "yuv420p12le", "gbrp")]
    + [("librav1e", "176x144", "yuv420p", ("-speed", "10"))]
    + [("libsvtav1", "4100x2300", "yuv420p10le", ("-preset", "12"))],
)  # fmt: skip
def test_every_header_of_every_encoder(
    tmp_path: Path, encoder: str, size: str, pixels: str, options: tuple[str, ...]
) -> None:
    path = made(tmp_path / "film.ivf", encoder, size, pixels, *options, frames=3 if size == "4100x2300" else 20)
    assert ends(path) == traced(path)


def test_bits_are_read_as_they_are_written() -> None:
    numbers = random.Random(1)
    values = [(numbers.getrandbits(width), width) for width in (1, 3, 8, 17, 32, 64, 5)]
    out = BitWriter()
    for value, width in values:
        out.put(value, width)
    bits = Bits(out.data)
    assert [bits.number(width) for _, width in values] == [value for value, _ in values]
    again = BitWriter()
    again.copy(out.data, bits.at)
    assert again.data == out.data
    with pytest.raises(ValueError, match="fit"):
        out.put(8, 3)


def test_numbers_of_variable_length() -> None:
    for value in (0, 1, 127, 128, 300, 1 << 40):
        assert leb128(leb128_of(value) + b"\xff", 0) == (value, len(leb128_of(value)))
    with pytest.raises(ToolError, match="no end"):
        leb128(b"\xff" * 9, 0)
    assert [Bits(bytes([code])).below(5) for code in (0x00, 0x40, 0x80, 0xC0, 0xE0)] == [0, 1, 2, 3, 4]
    assert Bits(b"\x80").unary() == 0 and Bits(b"\x28").unary() == 4
    assert Bits(b"\xfe").signed(7) == -1 and Bits(b"\x7e").signed(7) == 63


def test_numbers_near_an_expected_one() -> None:
    """All values that seven and ten bits can tell are different and within the limits, the nearest first."""
    for expected in (-16, -3, 0, 9, 16):
        found = {Bits(bytes((code, 0, 0))).near(-16, 17, expected) for code in range(256)}
        assert found <= set(range(-16, 17)) and len(found) > 20
        assert Bits(b"\x00\x00").near(-16, 17, expected) == expected


def test_references_that_are_not_told() -> None:
    """Slots 0 to 7 hold frames 0, 8, 4, 2, 1, 3, 6, 7 and frame 5 is coded."""
    orders = (0, 8, 4, 2, 1, 3, 6, 7)
    assert placed_references(orders, 5, 5, last=2, golden=0) == (2, 5, 3, 0, 6, 7, 1)
    assert placed_references((0,) * 8, 1, 5, last=0, golden=0) == (0, 7, 6, 0, 5, 4, 3)
    assert distance(1, 31, 5) == 2 and distance(31, 1, 5) == -2
    assert skips((4, 6), 5, 5) and skips((4, 3), 5, 5)
    assert not skips((4, 4), 5, 5) and not skips((6, 7), 5, 5)


def test_what_is_no_av1_is_refused() -> None:
    with pytest.raises(ToolError, match="longer"):
        list(obus(b"\x12\x7fabc"))
    with pytest.raises(ToolError, match="middle"):
        sequence_of(b"\x00")
    sequence = sequence_of(bytes.fromhex("02000005622bf1f1abe701"))
    with pytest.raises(ToolError, match="never coded"):
        FrameReader().read(b"\x80\x00", sequence)
