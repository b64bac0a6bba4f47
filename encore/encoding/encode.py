"""Restored pictures of a chunk into its encoder, each shown as often as the film needs it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from itertools import chain
from pathlib import Path

from encore.core.errors import StageError
from encore.core.video import Clip, Plane
from encore.encoding.codecs import KEY_FRAME_S, Codec
from encore.media.colour import narrowed
from encore.media.write import ChunkWriter

SUFFIX_OF = {"prores": ".mov", "ffv1": ".mkv"}
"""Chunk container by codec kind, where it is not MP4."""


def encode_chunk(
    clips: Iterable[Clip],
    shown: Sequence[int],
    codec: Codec,
    rate: Fraction,
    path: Path,
    watch: Callable[[int], None],
) -> int:
    """Encode one chunk; it appears under `path` when it is whole.

    Args:
        clips: restored pictures in order, in 16-bit codes at the film's size.
        shown: the picture number of every frame of the chunk, never decreasing.
        codec: recipe.
        rate: frames per second.
        path: chunk to write.
        watch: hears the number of frames handed over so far.

    Returns:
        Frames by which decoding order runs ahead of display order.

    Raises:
        StageError: the pictures do not cover `shown`.
        ToolError, OutputError, VerifyError: as `ChunkWriter`.
    """
    coming = iter(clips)
    first = next(coming, None)
    if first is None:
        raise StageError(f"{len(shown)} frames of a chunk had no picture")
    size, done = (first.format.width, first.format.height), 0
    arguments = codec.arguments(round(KEY_FRAME_S * rate))
    with ChunkWriter(path, size, rate, codec.chroma, codec.depth, arguments) as writer:
        for clip in chain((first,), coming):
            for index, number in enumerate(clip.at):
                planes = _codes(clip, index, codec.depth)
                while done < len(shown) and shown[done] == number:
                    writer.write(planes)
                    done += 1
                    watch(done)
        if done != len(shown):
            raise StageError(f"{len(shown) - done} frames of a chunk had no picture")
        return writer.close()


def _codes(clip: Clip, index: int, depth: int) -> tuple[Plane, Plane, Plane]:
    return narrowed(clip.y[index], depth), narrowed(clip.cb[index], depth), narrowed(clip.cr[index], depth)
