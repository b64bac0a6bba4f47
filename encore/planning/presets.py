"""Named intents: what people want of a film, in a word."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from pydantic import ValidationError

from encore.core.errors import PlanError
from encore.encoding.codecs import CODECS, AnyCodec, Av1, Avc, Hevc, codec_of
from encore.planning.plan import Intent


@dataclass(frozen=True, slots=True)
class Preset:
    """Defaults that a word stands for; every option on the command line overrides its part."""

    purpose: str
    codec: AnyCodec
    height: int = 2160
    rate: Literal["field", "frame"] = "field"
    crop: bool = False


PRESETS: dict[str, Preset] = {
    "concert": Preset("a live recording: every field a frame, 4K, small and good", Av1(crf=28, speed=8)),
    "film": Preset("shot on film or meant to look so: one frame per tape frame", Av1(crf=26, speed=8), rate="frame"),
    "broadcast": Preset("for programmes: 1080 lines, edges cut, HEVC", Hevc(crf=18), height=1080, crop=True),
    "home": Preset("family tapes: 1080 lines, edges cut, plays on anything", Avc(crf=19), height=1080, crop=True),
}
"""Chosen by what each audience plays its films on; qualities are starting points until every shot finds its own."""


def preset(name: str) -> Preset:
    """A preset by name.

    Raises:
        PlanError: there is none of that name.
    """
    if name not in PRESETS:
        raise PlanError(f"no preset called {name!r}", todo=f"choose from {', '.join(PRESETS)}")
    return PRESETS[name]


def intent_of(name: str, **wanted: Any) -> Intent:  # noqa: ANN401 - any field of Intent; pydantic checks them
    """An intent with the preset's values, and `wanted` fields of `Intent` in their place.

    Raises:
        PlanError: there is no preset of that name, or a value is not possible.
    """
    base = preset(name)
    values: dict[str, Any] = {
        "preset": name,
        "height": base.height,
        "rate": base.rate,
        "crop": base.crop,
        "codec": base.codec.kind,
    }
    try:
        return Intent(**{**values, **wanted})
    except ValidationError as error:
        first = error.errors()[0]
        raise PlanError(f"{'.'.join(map(str, first['loc']))}: {first['msg']}", todo="choose another value") from error


def codec_for(intent: Intent) -> AnyCodec:
    """The preset's recipe for the wanted codec, or the codec's own defaults.

    Raises:
        PlanError: there is no preset or codec of that name.
    """
    of = preset(intent.preset)
    made = of.codec if of.codec.kind == intent.codec else codec_of(intent.codec)
    if made is None:
        raise PlanError(f"no codec called {intent.codec!r}", todo=f"choose from {', '.join(CODECS)}")
    return made
