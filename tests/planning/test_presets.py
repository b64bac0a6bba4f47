"""Presets are names for intents; all of them can be delivered."""

from __future__ import annotations

import pytest

from encore.core.errors import PlanError
from encore.encoding.codecs import CODECS, codec_of
from encore.planning.plan import Intent
from encore.planning.presets import PRESETS, codec_for, intent_of, preset


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_is_an_intent(name: str) -> None:
    intent, of = intent_of(name), preset(name)
    assert (intent.preset, intent.height, intent.rate, intent.crop) == (name, of.height, of.rate, of.crop)
    assert codec_for(intent) == of.codec
    assert of.purpose and of.codec.containers


def test_the_default_intent_is_the_concert_preset() -> None:
    assert Intent() == intent_of("concert")


def test_what_is_wanted_wins() -> None:
    intent = intent_of("home", height=480, codec="ffv1")
    assert (intent.height, intent.crop) == (480, True)
    assert codec_for(intent).kind == "ffv1"


@pytest.mark.parametrize("kind", CODECS)
def test_every_codec_name_is_a_codec(kind: str) -> None:
    codec = codec_of(kind)
    assert codec is not None and codec.kind == kind
    assert codec.containers and codec.arguments(300)[0] == "-c:v"
    assert codec.depth in (8, 10) and codec.chroma in ("420", "422")


def test_strangers() -> None:
    assert codec_of("vp9") is None
    with pytest.raises(PlanError, match="no preset"):
        preset("opera")
    with pytest.raises(PlanError, match="no codec"):
        codec_for(Intent(codec="vp9"))
    with pytest.raises(PlanError, match="height"):
        intent_of("concert", height=333)
