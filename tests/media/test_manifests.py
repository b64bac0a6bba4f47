"""Manifests say what is there: bits, times, names, the same for HLS and DASH."""

from __future__ import annotations

import re
from fractions import Fraction
from xml.etree import ElementTree as Xml

from encore.media.manifests import INIT, SEGMENT, Flow, Pictures, Segment, Sounds, master_playlist, media_playlist, mpd

RATE = Fraction(60000, 1001)
LENGTH = Fraction(240 * 1001, 60000)
LAST = Fraction(60 * 1001, 60000)
NAMES = {"m": "urn:mpeg:dash:schema:mpd:2011"}


def segments(*kilobytes: int) -> tuple[Segment, ...]:
    lengths = [LENGTH] * (len(kilobytes) - 1) + [LAST]
    return tuple(Segment(length, 1000 * size) for length, size in zip(lengths, kilobytes, strict=True))


RUNGS = (
    Pictures("av1-2160p", "av01.0.13M.10", 60000, segments(4000, 8000, 4000, 1000), 2880, 2160, RATE, "aac-192"),
    Pictures("av1-360p", "av01.0.04M.10", 60000, segments(400, 400, 400, 100), 480, 360, RATE, "aac-128"),
    Pictures("avc-360p", "avc1.64001F", 60000, segments(800, 800, 800, 100), 480, 360, RATE, "aac-128"),
)
SOUND = (
    Sounds("sound-1-128k", "mp4a.40.2", 48000, segments(64, 64, 64, 16), "aac-128", "eng", "eng", 2),
    Sounds("sound-1-192k", "mp4a.40.2", 48000, segments(96, 96, 96, 24), "aac-192", "eng", "eng", 2),
    Sounds("sound-2-192k", "mp4a.40.2", 48000, segments(99, 96, 96, 24), "aac-192", "", 'The "band"\n', 1),
)


def test_peak_is_that_of_neighbours_near_the_target_duration() -> None:
    flow = RUNGS[0]
    assert flow.target_s == 4
    assert flow.peak == -(-8_000_000 * 8 // LENGTH)
    assert flow.average == -(-17_000_000 * 8 // (3 * LENGTH + LAST))
    # the last segment is a quarter of the target: alone it does not count, with the one before it does
    late = Flow("x", "y", 60000, segments(100, 100, 100, 900))
    assert late.peak == -(-1_000_000 * 8 // (LENGTH + LAST))
    alone = Flow("x", "y", 60000, segments(10))
    assert alone.peak == alone.average == -(-80_000 // LAST)


def test_media_playlist() -> None:
    lines = media_playlist(RUNGS[0]).splitlines()
    assert lines[0] == "#EXTM3U" and lines[-1] == "#EXT-X-ENDLIST"
    for line in (
        "#EXT-X-VERSION:7",
        "#EXT-X-PLAYLIST-TYPE:VOD",
        "#EXT-X-INDEPENDENT-SEGMENTS",
        "#EXT-X-TARGETDURATION:4",
    ):
        assert lines.count(line) == 1
    assert f'#EXT-X-MAP:URI="{INIT}"' in lines
    lengths = [Fraction(line.removeprefix("#EXTINF:").rstrip(",")) for line in lines if line.startswith("#EXTINF")]
    assert abs(sum(lengths) - RUNGS[0].duration_s) < 1 / RATE and max(map(round, lengths)) <= 4
    assert [line for line in lines if not line.startswith("#")] == [SEGMENT.format(n) for n in range(1, 5)]


def attributes(line: str) -> dict[str, str]:
    return {k: v.strip('"') for k, v in re.findall(r'([A-Z-]+)=("[^"]*"|[^,]*)', line.split(":", 1)[1])}


def test_master_playlist() -> None:
    lines = master_playlist(RUNGS, SOUND).splitlines()
    variants = [attributes(line) for line in lines if line.startswith("#EXT-X-STREAM-INF")]
    assert [one["CODECS"] for one in variants] == [f"{flow.codec},mp4a.40.2" for flow in RUNGS]
    assert variants[0]["RESOLUTION"] == "2880x2160" and {v["FRAME-RATE"] for v in variants} == {"59.940"}
    assert {v["VIDEO-RANGE"] for v in variants} == {"SDR"}
    assert int(variants[0]["BANDWIDTH"]) == RUNGS[0].peak + SOUND[2].peak
    assert int(variants[1]["AVERAGE-BANDWIDTH"]) == RUNGS[1].average + SOUND[0].average
    assert [line for line in lines if not line.startswith("#")] == [f"{flow.name}/index.m3u8" for flow in RUNGS]
    sounds = [attributes(line) for line in lines if line.startswith("#EXT-X-MEDIA")]
    assert [(s["GROUP-ID"], s["DEFAULT"], s["CHANNELS"]) for s in sounds] == [
        ("aac-128", "YES", "2"), ("aac-192", "YES", "2"), ("aac-192", "NO", "1"),
    ]  # fmt: skip
    assert sounds[2]["NAME"] == "The 'band'" and "LANGUAGE" not in sounds[2]
    assert {v["AUDIO"] for v in variants} == {s["GROUP-ID"] for s in sounds}


def test_a_silent_film_names_no_sound() -> None:
    text = master_playlist([Pictures("a", "b", 25, segments(1, 1), 64, 64, Fraction(25), "")], [])
    assert "AUDIO" not in text and 'CODECS="b"' in text
    tree = Xml.fromstring(mpd([Pictures("a", "b", 25, (Segment(Fraction(2), 9),), 64, 64, Fraction(25), "")], []))
    assert [one.get("frameRate") for one in tree.iterfind(".//m:Representation", NAMES)] == ["25"]


def test_mpd() -> None:
    tree = Xml.fromstring(mpd(RUNGS, SOUND))
    assert tree.get("type") == "static" and tree.get("mediaPresentationDuration") == "PT13.013000S"
    sets = tree.findall(".//m:AdaptationSet", NAMES)
    assert [one.get("contentType") for one in sets] == ["video", "video", "audio", "audio"]
    assert [len(one.findall("m:Representation", NAMES)) for one in sets] == [2, 1, 2, 1]
    for one, flow in zip(tree.iterfind(".//m:Representation", NAMES), (*RUNGS, *SOUND), strict=True):
        assert (one.get("id"), one.get("codecs"), one.get("bandwidth")) == (flow.name, flow.codec, str(flow.peak))
        if isinstance(flow, Pictures):
            assert one.get("frameRate") == "60000/1001" and one.get("width") == str(flow.width)
        template = one.find("m:SegmentTemplate", NAMES)
        assert template is not None and template.get("timescale") == str(flow.timescale)
        spans = template.findall(".//m:S", NAMES)
        assert spans[0].get("t") == "0"
        total = sum(int(s.get("d", "0")) * (1 + int(s.get("r", "0"))) for s in spans)
        assert Fraction(total, flow.timescale) == flow.duration_s
    assert sets[2].get("lang") == "eng" and sets[3].get("lang") is None
