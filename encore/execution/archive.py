"""Hashes beside an archive: of every frame as it was handed to the encoder, and of the whole file."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

from encore.core.doc import write_atomically, writing
from encore.core.errors import VerifyError
from encore.core.result import ChunkResult
from encore.execution.store import Store, sha256_of

MD5_DIGITS = 32
FRAMES, FILE = ".framemd5", ".sha256"
"""Added to the name of the archive."""
AGAIN = "run again; what is missing will be made anew"


def listing_of(store: Store, key: str) -> Path:
    """Where the hashes of a chunk's frames lie."""
    return store.path / "chunks" / f"{key}.framemd5"


def listed(store: Store, result: ChunkResult) -> bool:
    """Whether a chunk's frames all have a hash."""
    return len(_sums(listing_of(store, result.key))) == len(result.span)


def write_hashes(
    film: Path, chunks: Sequence[ChunkResult], rate: Fraction, size: tuple[int, int], store: Store
) -> tuple[Path, Path]:
    """Write `film.framemd5`, as `ffmpeg -i film -map 0:v -f framemd5` does for times of n / rate, and `film.sha256`.

    Args:
        film: the archive, FFV1 in 10 bits 4:2:2.
        chunks: of it, in order.
        rate: frames per second.
        size: (width, height).
        store: where the hashes of chunks are kept.

    Returns:
        Both files.

    Raises:
        VerifyError: a frame has no hash; OutputError: the disk is full.
    """
    lines = [
        "#format: frame checksums", "#version: 2", "#hash: MD5", f"#tb 0: {rate.denominator}/{rate.numerator}",
        "#media_type 0: video", "#codec_id 0: rawvideo", f"#dimensions 0: {size[0]}x{size[1]}", "#sar 0: 1/1",
        "#stream#, dts,        pts, duration,     size, hash",
    ]  # fmt: skip
    frame_bytes = size[0] * size[1] * 2 * 2  # two bytes a sample, and as much chroma as luma
    number = 0
    for chunk in chunks:
        sums = _sums(listing_of(store, chunk.key))
        if len(sums) != len(chunk.span):
            raise VerifyError(f"{film}: frames {chunk.span.start}:{chunk.span.stop} have no hashes", todo=AGAIN)
        for total in sums:
            lines.append(f"0, {number:10}, {number:10}, {1:8}, {frame_bytes:8}, {total}")
            number += 1
    frames, whole = film.with_name(film.name + FRAMES), film.with_name(film.name + FILE)
    write_atomically(frames, ("\n".join(lines) + "\n").encode())
    with writing(film):
        write_atomically(whole, f"{sha256_of(film)}  {film.name}\n".encode())
    return frames, whole


def _sums(path: Path) -> list[str]:
    if not path.is_file():
        return []
    return [line for line in path.read_text(encoding="ascii").split("\n") if len(line) == MD5_DIGITS]
