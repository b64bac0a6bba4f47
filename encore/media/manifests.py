"""Manifests: what tells HLS and DASH players which streams there are, how fast they flow, and where segments lie."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import groupby
from xml.etree import ElementTree as Xml

INIT, SEGMENT = "init.mp4", "{:05d}.m4s"
"""Names of files in the folder of a stream."""
PLAYLIST, MASTER, MPD = "index.m3u8", "master.m3u8", "manifest.mpd"
CHANNELS = "urn:mpeg:dash:23003:3:audio_channel_configuration:2011"
PROFILES = "urn:mpeg:dash:profile:isoff-live:2011,urn:mpeg:dash:profile:cmaf:2019"
"""Segments by template, in CMAF (ISO/IEC 23009-1)."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A file of a stream: how long it plays, and how large it is."""

    duration_s: Fraction
    bytes: int


@dataclass(frozen=True, slots=True)
class Flow:
    """What streams of pictures and of sound have in common."""

    name: str
    """Of its folder."""
    codec: str
    """As RFC 6381 names it."""
    timescale: int
    segments: tuple[Segment, ...]

    @property
    def duration_s(self) -> Fraction:
        """Of the whole stream."""
        return sum((segment.duration_s for segment in self.segments), Fraction(0))

    @property
    def average(self) -> int:
        """Bits per second over the whole stream."""
        return _up(8 * sum(segment.bytes for segment in self.segments) / self.duration_s)

    @property
    def target_s(self) -> int:
        """Longest segment, in whole seconds."""
        return max(1, round(max(segment.duration_s for segment in self.segments)))

    @property
    def peak(self) -> int:
        """Most bits per second of neighbours that last 0.5 to 1.5 target durations (RFC 8216, 4.3.4.2)."""
        rates = [
            8 * sum(s.bytes for s in part) / length
            for part, length in self._neighbours()
            if self.target_s / 2 <= length <= self.target_s * Fraction(3, 2)
        ]
        return max(_up(max(rates)), self.average) if rates else self.average

    def _neighbours(self) -> Iterator[tuple[Sequence[Segment], Fraction]]:
        for first in range(len(self.segments)):
            length = Fraction(0)
            for last in range(first, len(self.segments)):
                length += self.segments[last].duration_s
                if length > self.target_s * Fraction(3, 2):
                    break
                yield self.segments[first : last + 1], length


@dataclass(frozen=True, slots=True)
class Pictures(Flow):
    """A rung of the ladder."""

    width: int
    height: int
    rate: Fraction
    sound: str
    """Group of sounds that goes with it; empty: none."""


@dataclass(frozen=True, slots=True)
class Sounds(Flow):
    """One sound stream of the programme, at one bit rate."""

    group: str
    language: str
    """Empty: unknown."""
    title: str
    channels: int


def media_playlist(flow: Flow) -> str:
    """The HLS playlist of one stream."""
    lines = [
        "#EXTM3U", "#EXT-X-VERSION:7", f"#EXT-X-TARGETDURATION:{flow.target_s}", "#EXT-X-MEDIA-SEQUENCE:1",
        "#EXT-X-PLAYLIST-TYPE:VOD", "#EXT-X-INDEPENDENT-SEGMENTS", f'#EXT-X-MAP:URI="{INIT}"',
    ]  # fmt: skip
    for number, segment in enumerate(flow.segments, 1):
        lines += [f"#EXTINF:{float(segment.duration_s):.6f},", SEGMENT.format(number)]
    return "\n".join([*lines, "#EXT-X-ENDLIST", ""])


def master_playlist(pictures: Sequence[Pictures], sounds: Sequence[Sounds]) -> str:
    """The HLS playlist of all streams; the peak of a variant counts the loudest sound of its group."""
    lines = ["#EXTM3U", "#EXT-X-VERSION:7", "#EXT-X-INDEPENDENT-SEGMENTS"]
    for group in dict.fromkeys(sound.group for sound in sounds):
        lines += [
            _media(sound, first=number == 0) for number, sound in enumerate(s for s in sounds if s.group == group)
        ]
    for flow in pictures:
        beside = [sound for sound in sounds if sound.group == flow.sound]
        codecs = ",".join(dict.fromkeys([flow.codec, *(sound.codec for sound in beside)]))
        values = [
            f"BANDWIDTH={flow.peak + max((s.peak for s in beside), default=0)}",
            f"AVERAGE-BANDWIDTH={flow.average + max((s.average for s in beside), default=0)}",
            f'CODECS="{codecs}"', f"RESOLUTION={flow.width}x{flow.height}", f"FRAME-RATE={float(flow.rate):.3f}",
            "VIDEO-RANGE=SDR", *([f'AUDIO="{flow.sound}"'] if beside else []),
        ]  # fmt: skip
        lines += [f"#EXT-X-STREAM-INF:{','.join(values)}", f"{flow.name}/{PLAYLIST}"]
    return "\n".join([*lines, ""])


def _media(sound: Sounds, *, first: bool) -> str:
    values = [
        "TYPE=AUDIO", f'GROUP-ID="{sound.group}"', f'NAME="{_quotable(sound.title)}"',
        *([f'LANGUAGE="{sound.language}"'] if sound.language else []), f"DEFAULT={'YES' if first else 'NO'}",
        "AUTOSELECT=YES", f'CHANNELS="{sound.channels}"', f'URI="{sound.name}/{PLAYLIST}"',
    ]  # fmt: skip
    return f"#EXT-X-MEDIA:{','.join(values)}"


def _quotable(text: str) -> str:
    """Text that may stand between quotes in a playlist (RFC 8216, 4.2)."""
    return " ".join(text.replace('"', "'").split())


def mpd(pictures: Sequence[Pictures], sounds: Sequence[Sounds]) -> str:
    """The DASH manifest of all streams: a set for each codec of pictures, and for each sound of the programme."""
    longest = max(flow.duration_s for flow in (*pictures, *sounds))
    root = Xml.Element("MPD", {
        "xmlns": "urn:mpeg:dash:schema:mpd:2011", "type": "static", "profiles": PROFILES,
        "mediaPresentationDuration": _duration(longest), "minBufferTime": _duration(Fraction(pictures[0].target_s)),
        "maxSegmentDuration": _duration(max(s.duration_s for flow in (*pictures, *sounds) for s in flow.segments)),
    })  # fmt: skip
    period = Xml.SubElement(root, "Period", {"id": "film", "start": "PT0S"})
    for _, rungs in groupby(pictures, key=lambda flow: flow.codec.split(".")[0]):
        _picture_set(period, list(rungs))
    for title in dict.fromkeys((sound.title, sound.language) for sound in sounds):
        _sound_set(period, [sound for sound in sounds if (sound.title, sound.language) == title])
    Xml.indent(root)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{Xml.tostring(root, encoding="unicode")}\n'


def _picture_set(period: Xml.Element, flows: Sequence[Pictures]) -> None:
    rates = {_ratio(flow.rate) for flow in flows}
    whole = Xml.SubElement(period, "AdaptationSet", {
        "contentType": "video", "mimeType": "video/mp4", "segmentAlignment": "true", "startWithSAP": "1",
        "maxWidth": str(max(flow.width for flow in flows)), "maxHeight": str(max(flow.height for flow in flows)),
        "maxFrameRate": rates.pop(),
    })  # fmt: skip
    for flow in flows:
        one = _representation(whole, flow)
        size = {"width": str(flow.width), "height": str(flow.height), "sar": "1:1", "frameRate": _ratio(flow.rate)}
        one.attrib.update(size)


def _sound_set(period: Xml.Element, flows: Sequence[Sounds]) -> None:
    language = {"lang": flows[0].language} if flows[0].language else {}
    whole = Xml.SubElement(period, "AdaptationSet", {
        "contentType": "audio", "mimeType": "audio/mp4", "segmentAlignment": "true", "startWithSAP": "1", **language,
    })  # fmt: skip
    Xml.SubElement(whole, "Label").text = flows[0].title
    for flow in flows:
        one = _representation(whole, flow)
        one.set("audioSamplingRate", str(flow.timescale))
        told = Xml.Element("AudioChannelConfiguration", {"schemeIdUri": CHANNELS, "value": str(flow.channels)})
        one.insert(0, told)


def _representation(whole: Xml.Element, flow: Flow) -> Xml.Element:
    one = Xml.SubElement(whole, "Representation", {"id": flow.name, "codecs": flow.codec, "bandwidth": str(flow.peak)})
    template = Xml.SubElement(one, "SegmentTemplate", {
        "timescale": str(flow.timescale), "startNumber": "1", "initialization": f"$RepresentationID$/{INIT}",
        "media": "$RepresentationID$/$Number%05d$.m4s",
    })  # fmt: skip
    line = Xml.SubElement(template, "SegmentTimeline")
    units = [round(segment.duration_s * flow.timescale) for segment in flow.segments]
    start = {"t": "0"}
    for length, same in groupby(units):
        more = len(list(same)) - 1
        Xml.SubElement(line, "S", {**start, "d": str(length), **({"r": str(more)} if more else {})})
        start = {}
    return one


def _ratio(rate: Fraction) -> str:
    return str(rate.numerator) if rate.denominator == 1 else f"{rate.numerator}/{rate.denominator}"


def _duration(seconds: Fraction) -> str:
    return f"PT{float(seconds):.6f}S"


def _up(rate: Fraction | float) -> int:
    return -int(-rate // 1)
