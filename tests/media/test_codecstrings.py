"""Names of codecs against known values of the standards and of public streams."""

from __future__ import annotations

from pathlib import Path

import pytest

from encore.core.errors import InputError
from encore.media.boxes import Box, box, full_box, sample_entry
from encore.media.codecstrings import codec_string
from tests.films import lavfi


def entry(kind: bytes, config: bytes, payload: bytes) -> Box:
    fixed = 28 if kind == b"mp4a" else 78
    return Box(kind, bytes(fixed) + box(config, payload))


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        ("81004d00", "av01.0.00M.10"),
        ("81080c00", "av01.0.08M.08"),
        ("810d4c00", "av01.0.13M.10"),
        ("812dcc00", "av01.1.13H.10"),
        ("81506c00", "av01.2.16M.12"),
    ],
)
def test_av1(config: str, expected: str) -> None:
    """AV1 in ISOBMFF, section 5: the 2160p59.94 stream of ten bits is 5.1, which is 13."""
    assert codec_string(entry(b"av01", b"av1C", bytes.fromhex(config))) == expected


@pytest.mark.parametrize(
    ("config", "expected"),
    [("01640028ff", "avc1.640028"), ("0142c01eff", "avc1.42C01E"), ("014d401fff", "avc1.4D401F")],
)
def test_avc(config: str, expected: str) -> None:
    """RFC 6381, and the high, constrained baseline and main profiles that every table lists."""
    assert codec_string(entry(b"avc1", b"avcC", bytes.fromhex(config))) == expected


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        ("01" "02" "20000000" "900000000000" "96", "hvc1.2.4.L150.90"),
        ("01" "01" "60000000" "b00000000000" "5d", "hvc1.1.6.L93.B0"),
        ("01" "22" "20000000" "b00000000000" "99", "hvc1.2.4.H153.B0"),
        ("01" "41" "60000000" "000000000000" "5a", "hvc1.A1.6.L90"),
    ],
)  # fmt: skip
def test_hevc(config: str, expected: str) -> None:
    """ISO/IEC 14496-15, annex E; hvc1.1.6.L93.B0 is its own example."""
    assert codec_string(entry(b"hvc1", b"hvcC", bytes.fromhex(config))) == expected


@pytest.mark.parametrize(("object_type", "expected"), [(0x12, "mp4a.40.2"), (0x2A, "mp4a.40.5")])
@pytest.mark.parametrize("long", [False, True])
def test_aac(object_type: int, expected: str, long: bool) -> None:
    """Lengths of descriptors have one byte or, as ffmpeg writes them, four."""

    def descriptor(tag: int, payload: bytes) -> bytes:
        head = b"\x80\x80\x80" if long else b""
        return bytes([tag]) + head + bytes([len(payload)]) + payload

    told = descriptor(5, bytes([object_type, 0x10]))
    payload = descriptor(3, bytes(3) + descriptor(4, b"\x40" + bytes(12) + told) + descriptor(6, b"\x02"))
    assert codec_string(entry(b"mp4a", b"esds", bytes(4) + payload)) == expected


def test_what_streams_do_not_hold() -> None:
    for wrong in (Box(b"fLaC", b""), Box(b"avc1", bytes(78)), entry(b"mp4a", b"esds", bytes(4) + b"\x04\x01\x69")):
        with pytest.raises(InputError):
            codec_string(wrong)


def test_what_encoders_write(tmp_path: Path) -> None:
    sound = ("-f", "lavfi", "-i", "sine=duration=0.1", "-map", "1", "-c:a", "aac")
    avc = ("-c:v", "libx264", "-pix_fmt", "yuv420p", "-preset", "veryfast", "-level", "1.1")
    hevc = ("-c:v", "libx265", "-pix_fmt", "yuv420p10le", "-tag:v", "hvc1", "-x265-params", "log-level=error")
    av1 = ("-c:v", "libsvtav1", "-preset", "13", "-pix_fmt", "yuv420p10le")
    kinds = {"avc1.64000B": avc, "hvc1.2.4.L30.90": hevc, "av01.0.00M.10": av1, "mp4a.40.2": sound}
    for number, (expected, arguments) in enumerate(kinds.items()):
        path = lavfi(tmp_path / f"{number}.mp4", *arguments, picture="testsrc2=size=128x96:rate=10", frames=2)
        assert codec_string(sample_entry(path)) == expected


def test_full_boxes_are_not_entries() -> None:
    assert Box(b"esds", full_box(b"x   ", 0, 0)).find(b"x   ") is None
