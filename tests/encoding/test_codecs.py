"""Every codec is a document, and its arguments are ones that the encoder really takes."""

from __future__ import annotations

import pytest
from pydantic import TypeAdapter, ValidationError

from encore.encoding.codecs import CODECS, KEY_FRAME_S, AnyCodec, Av1, Avc, Codec, Hevc, codec_of
from encore.encoding.encode import SUFFIX_OF
from encore.media.capabilities import encoder_fault
from encore.media.process import ffmpeg_path

ANY: TypeAdapter[Codec] = TypeAdapter(AnyCodec)


def codec(kind: str) -> Codec:
    made = codec_of(kind)
    assert made is not None
    return made


@pytest.mark.parametrize("kind", CODECS)
def test_json_round_trip(kind: str) -> None:
    made = codec(kind)
    assert ANY.validate_json(made.model_dump_json()) == made


@pytest.mark.parametrize("kind", CODECS)
def test_ffmpeg_takes_every_argument(kind: str) -> None:
    made = codec(kind)
    pixel_format = f"yuv{made.chroma}p" + ("10le" if made.depth == 10 else "")
    assert encoder_fault(ffmpeg_path(), pixel_format, made.arguments(KEY_FRAME_S * 60)) == ""


@pytest.mark.parametrize("kind", CODECS)
def test_chunks_have_a_container_of_their_own(kind: str) -> None:
    assert SUFFIX_OF.get(kind, ".mp4").lstrip(".") in codec(kind).containers
    assert codec(kind).chroma in ("420", "422")


def test_no_tricks_for_metrics() -> None:
    """SVT-AV1's tune 5 sharpens to please a metric; it stays banned."""
    assert "tune=5" not in " ".join(Av1().arguments(300))
    assert "scenecut=0" in " ".join(Avc().arguments(300)) and "scenecut=0" in " ".join(Hevc().arguments(300))


@pytest.mark.parametrize(
    "wrong",
    [{"kind": "av1", "crf": 0}, {"kind": "av1", "speed": 14}, {"kind": "avc", "speed": "slowest"}, {"kind": "x"}],
)
def test_impossible_recipes_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        ANY.validate_python(wrong)
