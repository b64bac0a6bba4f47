"""What a player asks before it plays: the name of a codec, profile and level, as RFC 6381 writes them."""

from __future__ import annotations

from encore.core.errors import InputError
from encore.media.boxes import Box


def codec_string(entry: Box) -> str:
    """The `codecs` value of a sample entry, as `av01.0.13M.10` or `avc1.640028`.

    Raises:
        InputError: a codec that streams of ours do not hold, or one that does not describe itself.
    """
    makers = {b"av01": (b"av1C", _av1), b"avc1": (b"avcC", _avc), b"hvc1": (b"hvcC", _hevc), b"mp4a": (b"esds", _aac)}
    kind, make = makers.get(entry.kind, (b"", None))
    config = entry.find(kind) if make else None
    if make is None or config is None:
        raise InputError(f"{entry.kind.decode('latin-1')}: no codec of a stream", todo="encode it as AV1 or H.264")
    return make(config.payload)


def _av1(config: bytes) -> str:
    """Source: AV1 Codec ISO Media File Format Binding 1.2, section 5; defaults are left out."""
    profile, level = config[1] >> 5, config[1] & 31
    high_tier, high_depth, twelve = config[2] >> 7, config[2] >> 6 & 1, config[2] >> 5 & 1
    depth = 12 if twelve else 10 if high_depth else 8
    return f"av01.{profile}.{level:02d}{'H' if high_tier else 'M'}.{depth:02d}"


def _avc(config: bytes) -> str:
    """Source: RFC 6381, 3.3: profile, constraints, level."""
    return f"avc1.{config[1]:02X}{config[2]:02X}{config[3]:02X}"


def _hevc(config: bytes) -> str:
    """Source: ISO/IEC 14496-15, annex E.3: profile, compatibility bits reversed, tier and level, constraints."""
    space = ("", "A", "B", "C")[config[1] >> 6]
    tier, profile = "H" if config[1] >> 5 & 1 else "L", config[1] & 31
    compatible = int(f"{int.from_bytes(config[2:6], 'big'):032b}"[::-1], 2)
    constraints = config[6:12].rstrip(b"\0")
    tail = "".join(f".{byte:X}" for byte in constraints)
    return f"hvc1.{space}{profile}.{compatible:X}.{tier}{config[12]}{tail}"


def _aac(config: bytes) -> str:
    """Source: ISO/IEC 14496-1, 7.2.6: the audio object type is in the decoder's own description (tag 5)."""
    at = 4
    while at + 2 <= len(config):
        tag, at = config[at], at + 1
        length = 0
        while config[at] & 0x80:
            length, at = length << 7 | config[at] & 0x7F, at + 1
        length, at = length << 7 | config[at], at + 1
        if tag == 3:
            at += 3
        elif tag == 4:
            if config[at] != 0x40:
                break
            at += 13
        elif tag == 5 and length:
            return f"mp4a.40.{config[at] >> 3}"
        else:
            at += length
    raise InputError("a sound stream does not describe itself as AAC", todo="make the stream anew")
