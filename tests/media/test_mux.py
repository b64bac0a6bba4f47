"""The joined film: every frame of every chunk, exactly on time, with the tape's sound, words and chapters."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from encore.core.errors import OutputError, ToolError, VerifyError
from encore.core.source import Source
from encore.encoding.codecs import Codec
from encore.encoding.encode import SUFFIX_OF
from encore.media.carry import Window
from encore.media.decode import decoded
from encore.media.inspect import inspect
from encore.media.mux import Chunk, mux
from encore.media.process import run
from encore.media.verify import Promise, checked
from encore.media.write import ChunkWriter
from encore.tape.timeline import make_clock
from tests.films import NTSC_FIELD, frame_hashes, heard, lavfi, moving, picture_packets, raws
from tests.media.test_write import FAST, SIZE

Make = Callable[..., Path]
LENGTHS = (7, 1, 30, 2)
FRAMES = sum(LENGTHS)
PAIRS = [(kind, container) for kind, codec in FAST.items() for container in codec.containers]


def write_chunks(
    folder: Path, kind: str, lengths: tuple[int, ...] = LENGTHS, rate: Fraction = NTSC_FIELD
) -> list[Chunk]:
    codec: Codec = FAST[kind]
    pictures = moving(sum(lengths), SIZE, codec.depth, codec.chroma)
    chunks: list[Chunk] = []
    for number, length in enumerate(lengths):
        path = folder / f"{kind}-{number}{SUFFIX_OF.get(kind, '.mp4')}"
        writer = ChunkWriter(path, SIZE, rate, codec.chroma, codec.depth, codec.arguments(300))
        for _ in range(length):
            writer.write(next(pictures))
        chunks.append(Chunk(path, length, writer.close()))
    return chunks


@pytest.fixture(scope="module")
def shelf_of_chunks(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], list[Chunk]]:
    made: dict[str, list[Chunk]] = {}

    def get(kind: str) -> list[Chunk]:
        if kind not in made:
            made[kind] = write_chunks(tmp_path_factory.mktemp(kind), kind)
        return made[kind]

    return get


@pytest.fixture(scope="module")
def silent(tmp_path_factory: pytest.TempPathFactory) -> Source:
    return inspect(lavfi(tmp_path_factory.mktemp("silent") / "tape.mkv", "-c:v", "ffv1"))


def window_of(source: Source, start_frame: int = 0, frames: int = FRAMES) -> Window:
    video = source.video
    stamps = [stamp for stamp, _ in decoded(source.path, video.index)]
    timeline = make_clock(stamps, video.time_base, video.rate).timeline
    return Window(timeline.start_s + start_frame / timeline.rate, frames / NTSC_FIELD)


@pytest.mark.parametrize(("kind", "container"), PAIRS)
def test_every_frame_of_every_chunk(
    shelf_of_chunks: Callable[[str], list[Chunk]], silent: Source, tmp_path: Path, kind: str, container: str
) -> None:
    chunks, film = shelf_of_chunks(kind), tmp_path / f"film.{container}"
    notes, sounds = mux(chunks, NTSC_FIELD, silent, Window(Fraction(0), FRAMES / NTSC_FIELD), container, film, tmp_path)
    assert (notes, sounds) == ([], [])
    packets = picture_packets(film)
    assert len(packets) == FRAMES
    if container == "mkv":
        assert all(abs(at - n / NTSC_FIELD) <= Fraction(1, 1000) for n, (at, _, _) in enumerate(packets))
    else:
        assert [at for at, _, _ in packets] == [n / NTSC_FIELD for n in range(FRAMES)]
        assert {length for _, length, _ in packets} == {Fraction(1001, 60000)}
    starts = np.cumsum((0, *LENGTHS[:-1]))
    assert all(packets[start][2] for start in starts)
    assert frame_hashes(film) == [digest for chunk in chunks for digest in frame_hashes(chunk.path)]
    with av.open(str(film)) as opened:
        frame = next(opened.decode(video=0))
        assert [int(t) for t in (frame.colorspace, frame.color_primaries, frame.color_trc, frame.color_range)] == [
            1
        ] * 4
        stream = opened.streams.video[0]
        assert (stream.average_rate, stream.start_time) == (NTSC_FIELD, 0) or container == "mkv"
    if FAST[kind].depth == 10:
        assert np.mean(raws(film)[3].planes[0] % 4 != 0) > 0.3
    checks = checked(film, Promise(FRAMES, NTSC_FIELD, *SIZE, ()), lambda _n: None)
    assert all(check.kept for check in checks), checks


@pytest.mark.parametrize("rate", [Fraction(24000, 1001), Fraction(25), Fraction(50), Fraction(30000, 1001)])
def test_every_rate_is_exact(silent: Source, tmp_path: Path, rate: Fraction) -> None:
    film = tmp_path / "film.mp4"
    mux(write_chunks(tmp_path, "avc", (5, 4), rate), rate, silent, Window(Fraction(0), 9 / rate), "mp4", film, tmp_path)
    assert [at for at, _, _ in picture_packets(film)] == [n / rate for n in range(9)]


@pytest.mark.parametrize("start", [0, 4])
@pytest.mark.parametrize(
    ("suffix", "recipe", "container", "how"),
    [
        (".mpg", {}, "mp4", "copied"),
        (".mpg", {}, "mov", "copied"),
        (".mpg", {}, "mkv", "copied"),
        (".vob", {"sound": "pcm", "frames": 25, "scenes": ("wide",)}, "mp4", "converted to flac"),
        (".mkv", {"codec": "ffv1", "frames": 25, "scenes": ("wide",)}, "mp4", "any"),
        (".mkv", {"codec": "ffv1", "frames": 25, "scenes": ("wide",)}, "mov", "copied"),
        (".mkv", {"codec": "ffv1", "frames": 25, "scenes": ("wide",)}, "mkv", "copied"),
        (".ts", {"frames": 25, "scenes": ("wide",)}, "mp4", "copied"),
        (".mp4", {"codec": "h264", "frames": 25, "scenes": ("wide",)}, "mp4", "copied"),
        (".mp4", {"codec": "h264", "frames": 25, "scenes": ("wide",)}, "mkv", "copied"),
        (".dv", {"codec": "dv", "frames": 25, "scenes": ("wide",)}, "mov", "copied"),
    ],
)
def test_sound_stays_where_it_was(
    shelf_of_chunks: Callable[[str], list[Chunk]], make: Make, tmp_path: Path, suffix: str, recipe: dict[str, object],
    container: str, how: str, start: int,
) -> None:  # fmt: skip
    tape = make(suffix, **recipe)
    source, film = inspect(tape), tmp_path / f"film.{container}"
    window = window_of(source, start)
    notes, sounds = mux(shelf_of_chunks("hevc"), NTSC_FIELD, source, window, container, film, tmp_path)
    assert [note.kind for note in notes] == ["audio"]
    assert how in ("any", notes[0].how)
    checks = checked(
        film, Promise(FRAMES, NTSC_FIELD, *SIZE, tuple((s.start_s, s.end_s) for s in sounds)), lambda _n: None
    )
    assert all(check.kept for check in checks), checks
    assert sum(check.promise.startswith("sound") for check in checks) == 1

    before, tape_start = heard(tape)
    after, film_start = heard(film)
    truth = round(window.start_s * 48000) + film_start - tape_start
    part = slice(4000, 20000)
    places = range(truth - 200, truth + 201)
    errors = [float(np.abs(before[p + part.start : p + part.stop] - after[part]).mean()) for p in places]
    best = int(np.argmin(errors))
    exact = container != "mkv" and suffix != ".mkv"  # which round to milliseconds
    assert abs(places[best] - truth) <= (12 if exact else 50)  # a clock of 90 kHz and one of 48 kHz
    assert errors[best] < 0.1 * float(np.abs(after[part]).mean())  # AAC makes its noise anew whenever it is decoded
    packet = 1600 if suffix != ".mkv" else 2100
    assert -12 <= film_start <= (packet if container == "mkv" else 1)
    assert FRAMES / NTSC_FIELD * 48000 - packet <= film_start + len(after) <= FRAMES / NTSC_FIELD * 48000 + packet


@pytest.mark.parametrize(
    ("container", "how"), [("mp4", "converted to mov_text"), ("mov", "converted to mov_text"), ("mkv", "copied")]
)
def test_words_chapters_and_title_come_along(
    shelf_of_chunks: Callable[[str], list[Chunk]], make: Make, tmp_path: Path, container: str, how: str
) -> None:
    tape = make(".mkv", codec="h264", frames=30, chapters=True, subtitles=True, title="Live", noise=0.0)
    source, film = inspect(tape), tmp_path / f"film.{container}"
    notes, _ = mux(shelf_of_chunks("avc"), NTSC_FIELD, source, window_of(source, 5), container, film, tmp_path)
    assert {note.kind: note.how for note in notes}["subtitle"] == how
    with av.open(str(film)) as opened:
        chapters = [
            (c["start"] * c["time_base"], c["end"] * c["time_base"], c["metadata"].get("title"))
            for c in opened.chapters()
        ]
        title = {k.lower(): v for k, v in opened.metadata.items()}.get("title")
        words = [p for p in opened.demux(subtitles=0) if p.size > 2]
        said = [bytes(p).decode(errors="replace") for p in words]
        begin = float(words[0].pts * words[0].time_base)
    offset = Fraction(5 * 1001, 30000)
    cut = source.chapters[1].start_s - offset
    expected = [(Fraction(0), cut, "wide"), (cut, FRAMES / NTSC_FIELD, "close")]
    for (start, end, name), (wanted_start, wanted_end, wanted_name) in zip(chapters, expected, strict=True):
        assert abs(start - wanted_start) <= Fraction(1, 1000) and abs(end - wanted_end) <= Fraction(1, 1000)
        assert name == wanted_name
    assert title == "Live"
    assert any("Good evening" in line for line in said)
    assert begin == 0


def test_streams_that_do_not_fit_are_left_out_with_a_note(
    tmp_path: Path, shelf_of_chunks: Callable[[str], list[Chunk]]
) -> None:
    words, tape = tmp_path / "words.srt", tmp_path / "tape.mkv"
    words.write_text("1\n00:00:00,000 --> 00:00:00,500\nhello\n", encoding="utf-8")
    (tmp_path / "font.ttf").write_bytes(b"not really a font")
    attach = ("-attach", str(tmp_path / "font.ttf"), "-metadata:s:t", "mimetype=application/x-truetype-font")
    inputs = ("-f", "lavfi", "-i", "sine=duration=1", "-i", str(words), "-map", "0", "-map", "1", "-map", "2")
    lavfi(tape, *inputs, "-c:v", "ffv1", "-c:a", "wavpack", "-c:s", "ass", *attach, frames=30)
    source, film = inspect(tape), tmp_path / "film.mp4"
    notes, _ = mux(shelf_of_chunks("avc"), NTSC_FIELD, source, window_of(source), "mp4", film, tmp_path)
    how = {note.kind: note.how for note in notes}
    assert how["attachment"].startswith("left out")
    assert how["audio"] == "converted to flac"
    assert how["subtitle"] == "converted to mov_text"


def test_broken_sound_is_left_out_and_the_film_is_made(
    tmp_path: Path, make: Make, shelf_of_chunks: Callable[[str], list[Chunk]], monkeypatch: pytest.MonkeyPatch
) -> None:
    source = inspect(make(".mkv", codec="ffv1", frames=25, scenes=("wide",)))

    def fail(message: str, _arguments: object) -> str:
        raise ToolError(message, stderr="first\nInvalid data found")

    monkeypatch.setattr("encore.media.carry.run", fail)
    monkeypatch.setattr("encore.media.carry._fits", lambda *_args: False)
    film = tmp_path / "film.mp4"
    notes, sounds = mux(shelf_of_chunks("avc"), NTSC_FIELD, source, window_of(source), "mp4", film, tmp_path)
    assert notes[0].how.startswith("left out") and "\n" not in notes[0].how
    assert sounds == [] and len(picture_packets(film)) == FRAMES


def test_sound_that_ends_before_the_film_begins(tmp_path: Path, shelf_of_chunks: Callable[[str], list[Chunk]]) -> None:
    """Nothing of it is heard, and that is no broken promise."""
    tape = tmp_path / "tape.mkv"
    sounds = (
        "-f",
        "lavfi",
        "-i",
        "sine=duration=0.3",
        "-f",
        "lavfi",
        "-i",
        "sine=duration=3",
        "-map",
        "0",
        "-map",
        "1",
        "-map",
        "2",
    )
    lavfi(tape, *sounds, "-c:v", "ffv1", "-c:a", "aac", frames=60)
    source = inspect(tape)
    for container in ("mp4", "mkv"):
        film = tmp_path / f"film.{container}"
        _, played = mux(shelf_of_chunks("avc"), NTSC_FIELD, source, window_of(source, 30), container, film, tmp_path)
        promise = Promise(FRAMES, NTSC_FIELD, *SIZE, tuple((s.start_s, s.end_s) for s in played))
        checks = checked(film, promise, lambda _n: None)
        assert len(played) == 1
        assert all(check.kept for check in checks), checks


def test_coarse_clocks_are_cut_exactly(tmp_path: Path, shelf_of_chunks: Callable[[str], list[Chunk]]) -> None:
    """In AVI a tick of MP3 is a whole packet."""
    sound = ("-f", "lavfi", "-i", "sine=duration=1", "-map", "0", "-map", "1", "-c:v", "mpeg4", "-c:a", "libmp3lame")
    source, film = inspect(lavfi(tmp_path / "tape.avi", *sound, frames=30)), tmp_path / "film.mp4"
    _, sounds = mux(shelf_of_chunks("avc"), NTSC_FIELD, source, window_of(source), "mp4", film, tmp_path)
    assert sounds[0].end_s == FRAMES / NTSC_FIELD
    checks = checked(film, Promise(FRAMES, NTSC_FIELD, *SIZE, ((Fraction(0), sounds[0].end_s),)), lambda _n: None)
    assert all(check.kept for check in checks), checks


def test_a_chunk_with_too_few_frames_is_refused(tmp_path: Path, silent: Source) -> None:
    chunks = write_chunks(tmp_path, "avc", (4, 3))
    lying = [chunks[0], Chunk(chunks[1].path, 5, chunks[1].delay)]
    with pytest.raises(VerifyError, match="holds 3 frames, not 5"):
        mux(lying, NTSC_FIELD, silent, Window(Fraction(0), 9 / NTSC_FIELD), "mp4", tmp_path / "film.mp4", tmp_path)


def test_a_missing_folder_is_an_error_of_ours(tmp_path: Path, silent: Source) -> None:
    chunks = write_chunks(tmp_path, "avc", (2,))
    with pytest.raises((ToolError, OutputError)):
        mux(
            chunks,
            NTSC_FIELD,
            silent,
            Window(Fraction(0), 2 / NTSC_FIELD),
            "mp4",
            tmp_path / "no" / "film.mp4",
            tmp_path,
        )


def test_closed_gaps_move_chapters_too() -> None:
    window = Window(Fraction(2), Fraction(10), ((Fraction(5), Fraction(100)),))
    assert window.film_s(Fraction(4)) == 2
    assert window.film_s(Fraction(106)) == 4


@pytest.mark.parametrize("suffix", [".mpg", ".ts"])
def test_captures_glued_together_keep_their_sound(
    make: Make, tmp_path: Path, suffix: str, shelf_of_chunks: Callable[[str], list[Chunk]]
) -> None:
    """Two captures in one file, byte after byte: clocks start anew in the middle."""
    part = make(
        suffix, frames=25 if suffix == ".ts" else 30, scenes=("wide",) if suffix == ".ts" else ("wide", "close")
    )
    tape = tmp_path / f"tape{suffix}"
    tape.write_bytes(part.read_bytes() * 2)
    source, film = inspect(tape), tmp_path / "film.mp4"
    stamps = [stamp for stamp, _ in decoded(source.path, source.video.index)]
    found = make_clock(stamps, source.video.time_base, source.video.rate).timeline
    assert len(found.jumps) == 1
    start = Fraction(found.frames // 2) - 10  # the film runs from ten frames before the seam to ten after it
    window = Window(found.start_s + start / found.rate, FRAMES / NTSC_FIELD, found.jumps)
    _, sounds = mux(shelf_of_chunks("avc"), NTSC_FIELD, source, window, "mp4", film, tmp_path)
    promise = Promise(FRAMES, NTSC_FIELD, *SIZE, tuple((s.start_s, s.end_s) for s in sounds))
    checks = checked(film, promise, lambda _n: None)
    assert all(check.kept for check in checks), checks
    before, tape_start = heard(part)
    after, film_start = heard(film)
    head = round((found.start_s + start / found.rate) * 48000) - tape_start + film_start
    assert np.abs(before[head:][3000:12000] - after[3000:12000]).mean() < 0.02
    tail = round(found.start_s * 48000) - tape_start - 16016 + film_start
    assert np.abs(before[tail + 21000 : tail + 28000] - after[21000:28000]).mean() < 0.02


def test_scratch_is_not_needed_for_copies(
    tmp_path: Path, tiny_tape: Path, shelf_of_chunks: Callable[[str], list[Chunk]]
) -> None:
    source = inspect(tiny_tape)
    mux(shelf_of_chunks("avc"), NTSC_FIELD, source, window_of(source), "mp4", tmp_path / "film.mp4", tmp_path)
    assert [p.name for p in tmp_path.iterdir()] == ["film.mp4"]
    run("reading", ("-xerror", "-i", str(tmp_path / "film.mp4"), "-f", "null", "-"))
