"""Our own tapes are what they claim to be: pixels, fields, time, sound, flags."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from encore.core.errors import PlanError
from encore.media.process import Tool
from encore.synthetic.carrier import with_repeat_flags
from encore.synthetic.scenes import BLACKOUT, STROBE_ON, STROBE_PERIOD
from encore.synthetic.signal import BEEP_HZ, BEEP_S, BT601
from encore.synthetic.tape import DEMO, MARK_BOX, TapeRecipe, make_tape

EXACT = {"codec": "ffv1", "chroma": "444", "noise": 0.0, "sound": "none", "marks": False}
"""Changes nothing but the rounding to 8 bits."""
IMPOSSIBLE = (
    ("a.xyz", {}), ("a", {}), ("a.mpg", {"codec": "h264"}), ("a.dv", {}), ("a.mkv", {"codec": "mpeg2", "depth": 10}),
    ("a.mpg", {"chroma": "422"}), ("a.avi", {"codec": "dv", "chroma": "422"}),
    ("a.mpg", {"standard": "pal", "scan": "film"}), ("a.mkv", {"codec": "ffv1", "scan": "soft"}),
    ("a.mp4", {"codec": "h264", "vfr": True}), ("a.mpg", {"subtitles": True}), ("a.mpg", {"offset": 1}),
    ("a.mpg", {"cuts": (4, 8)}), ("a.mpg", {"cuts": (60,)}), ("a.mpg", {"dissolves": (2,)}),
    ("a.mkv", {"codec": "ffv1", "chroma": "411", "depth": 10}), ("a.mpg", {"scenes": ()}), ("a.mpg", {"frames": 1}),
)  # fmt: skip


def luma(path: Path, height: int = 480) -> np.ndarray:
    """All decoded frames' luma codes, (frames, H, 720), decoded by the ffmpeg program."""
    size = 720 * height
    arguments = ["-i", str(path), "-map", "0:v", "-fps_mode", "passthrough", "-vf", "extractplanes=y"]
    with Tool("reading", [*arguments, "-f", "rawvideo", "-pix_fmt", "gray", "pipe:1"], output=True) as tool:
        frames = []
        while len(block := tool.read(size)) == size:
            frames.append(np.frombuffer(block, np.uint8).reshape(height, 720))
    return np.stack(frames)


def true_luma(picture: np.ndarray) -> np.ndarray:
    return 16 + 219 * (picture @ BT601[0])


def audio(path: Path) -> tuple[np.ndarray, float]:
    """Left channel in [-1, 1] at 48 kHz, and when it starts on the tape's clock."""
    with av.open(str(path)) as container:
        stream = container.streams.audio[0]
        assert stream.codec_context.sample_rate == 48000
        frames = list(container.decode(stream))
    resampler = av.AudioResampler(format="fltp", layout="stereo", rate=48000)
    blocks = [part.to_ndarray()[0] for frame in frames for part in resampler.resample(frame)]
    return np.concatenate(blocks), float(frames[0].pts * frames[0].time_base)


@pytest.mark.parametrize(
    ("suffix", "recipe", "expected"),
    [
        (".mpg", {}, ("mpeg2video", "yuv420p", Fraction(8, 9), "ac3")),
        (".vob", {"scan": "bff", "sound": "pcm"}, ("mpeg2video", "yuv420p", Fraction(8, 9), "pcm_dvd")),
        (
            ".ts",
            {"scan": "film", "sample_aspect": Fraction(32, 27)},
            ("mpeg2video", "yuv420p", Fraction(32, 27), "mp2"),
        ),
        (
            ".mpg",
            {"scan": "progressive", "standard": "pal", "sound": "mp2"},
            ("mpeg2video", "yuv420p", Fraction(16, 15), "mp2"),
        ),
        (".mpg", {"scan": "psf", "flag": "bff", "sample_aspect": None}, ("mpeg2video", "yuv420p", Fraction(1), "ac3")),
        (".dv", {"codec": "dv", "scan": "bff"}, ("dvvideo", "yuv411p", Fraction(8, 9), "pcm_s16le")),
        (
            ".avi",
            {"codec": "dv", "scan": "bff", "standard": "pal"},
            ("dvvideo", "yuv420p", Fraction(16, 15), "pcm_s16le"),
        ),
        (".mp4", {"codec": "h264", "scan": "bff"}, ("h264", "yuv420p", Fraction(8, 9), "aac")),
        (".mkv", {"codec": "h264", "chroma": "422", "depth": 10}, ("h264", "yuv422p10le", Fraction(8, 9), "pcm_s16le")),
        (".mkv", {"codec": "ffv1", "chroma": "422", "depth": 10}, ("ffv1", "yuv422p10le", Fraction(8, 9), "pcm_s16le")),
        (
            ".mov",
            {"codec": "mpeg2_422", "bit_rate": 30_000_000},
            ("mpeg2video", "yuv422p", Fraction(8, 9), "pcm_s16le"),
        ),
    ],
)
def test_file_is_as_flagged(make, suffix, recipe, expected):
    codec, pixels, aspect, sound = expected
    recipe = {**recipe, "frames": 4, "scenes": ("guest",)}
    path, wanted = make(suffix, **recipe), TapeRecipe(**recipe)
    with av.open(str(path)) as container:
        video = container.streams.video[0]
        context = video.codec_context
        got = (context.name, context.pix_fmt, container.streams.audio[0].codec_context.name)
        assert got == (codec, pixels, sound)
        assert video.sample_aspect_ratio == aspect
        frames = list(container.decode(video))
        assert video.base_rate == wanted.rate
        if codec != "dvvideo":
            assert int(context.colorspace) == (5 if wanted.standard == "pal" else 6)
    assert len(frames) == 4
    assert {frame.interlaced_frame for frame in frames} == {wanted.flagged != "progressive"}


@pytest.mark.parametrize(("scan", "word"), [("tff", "i:T"), ("bff", "i:B"), ("progressive", "i:P")])
def test_field_order_is_flagged(make, scan, word):
    path = make(".mpg", frames=4, scan=scan, scenes=("guest",))
    with Tool("reading", ["-loglevel", "info", "-i", str(path), "-vf", "showinfo", "-f", "null", "-"]) as tool:
        tool.finish()
        assert tool.messages.count(word) == 4


@pytest.mark.parametrize("scan", ["tff", "bff"])
def test_every_field_is_its_own_moment(make, truth_of, scan):
    path = make(".mkv", frames=4, scan=scan, scenes=("wide",), **EXACT)
    frames, truth = luma(path), truth_of(path)
    for tick in range(8):
        rows = truth.rows(tick)
        assert rows.first == (tick % 2 if scan == "tff" else 1 - tick % 2)
        field = frames[tick // 2, rows.first :: 2]
        other = true_luma(truth.moment(tick ^ 1))[rows.first :: 2]
        assert np.abs(field - true_luma(truth.moment(tick))[rows.first :: 2]).max() < 0.6
        assert np.abs(field - other).mean() > 1


def test_film_repeats_fields_two_three(make, truth_of):
    path = make(".mkv", frames=5, scan="film", scenes=("wide",), **EXACT)
    frames, truth = luma(path), truth_of(path)
    fields = [frames[tick // 2, truth.rows(tick).first :: 2] for tick in range(10)]
    repeated = [tick for tick in range(2, 10) if np.array_equal(fields[tick], fields[tick - 2])]
    assert repeated == [4, 9]
    assert [truth.shown(tick) for tick in range(6)] == [0, 0, Fraction(5, 2), Fraction(5, 2), Fraction(5, 2), 5]
    assert truth.scan.mode == "film"


@pytest.mark.parametrize("offset", [0, 1])
def test_segmented_frames_share_a_moment(make, truth_of, offset):
    path = make(".mkv", frames=3, scan="psf", offset=offset, scenes=("wide",), **EXACT)
    frames, truth = luma(path), truth_of(path)
    assert truth.scan.offset == offset and truth.scan.mode == "progressive"
    assert truth.shown(2 + offset) == truth.shown(3 + offset) == 2 + offset
    whole = true_luma(truth.moment(2 + offset))
    assert np.abs(frames[1, offset::2] - whole[offset::2]).max() < 0.6
    assert np.abs(frames[1 + offset, 1 - offset :: 2] - whole[1 - offset :: 2]).max() < 0.6


def test_chroma_is_subsampled_per_field(make, truth_of):
    truth = truth_of(path := make(".mkv", frames=2, scenes=("close",), **{**EXACT, "chroma": "420"}))
    with av.open(str(path)) as container:
        red = next(container.decode(video=0)).to_ndarray(format="yuv420p")[600:].reshape(240, 360)
    for tick, share in ((0, 0.75), (1, 0.25)):
        field = (128 + 224 * (truth.moment(tick) @ BT601[2]))[tick::2, ::2]
        expected = field[0::2] * share + field[1::2] * (1 - share)
        assert np.abs(red[tick::2] - expected).mean() < 1


def test_cuts_and_dissolves_are_where_truth_says(make, truth_of):
    scenes = ("wide", "close", "medium")
    path = make(".mkv", frames=50, scenes=scenes, cuts=(15, 48), dissolves=(2,), **{**EXACT, "chroma": "420"})
    frames, truth = luma(path), truth_of(path)
    assert truth.cuts == (15,)
    assert [(span.start, span.stop) for span in truth.dissolves] == [(48, 78)]
    fields = [frames[tick // 2, tick % 2 :: 2].astype(float) for tick in range(100)]
    steps = [np.abs(fields[tick] - fields[tick - 2]).mean() for tick in range(2, 100)]
    assert sorted(np.argsort(steps)[-2:] + 2) == [15, 16]  # the first of each parity after the cut
    assert max(steps[44:]) < steps[13] / 2


def test_make_marks_tiny_tape(tiny_tape, truth_of):
    truth, frames = truth_of(tiny_tape), luma(tiny_tape)
    assert truth.cuts == (30,)
    assert len(frames) == 30
    steps = np.abs(np.diff(frames.astype(float), axis=0)).mean(axis=(1, 2))
    assert int(np.argmax(steps)) + 1 == 15


def test_strobe_flashes_and_blackout_is_dark(make, truth_of):
    path = make(".mkv", frames=40, scenes=("strobe", "blackout"), cuts=(20,), **{**EXACT, "chroma": "420"})
    frames, truth = luma(path), truth_of(path)
    assert truth.cuts == (20,)
    assert [(s.start, s.stop) for s in truth.strobes] == [(0, 20)]
    assert [(s.start, s.stop) for s in truth.blackouts] == [(20 + BLACKOUT[0], 20 + BLACKOUT[1])]
    level = [frames[tick // 2, tick % 2 :: 2].mean() for tick in range(80)]
    bright = [tick for tick in range(20) if level[tick] > 50]
    assert bright == [tick for tick in range(20) if tick % STROBE_PERIOD < STROBE_ON]
    assert max(level[36:66]) < 17
    assert level[75] > 30


def test_red_light_clips_red_only(make, truth_of):
    picture = truth_of(make(".mkv", frames=2, scenes=("close",), **EXACT)).moment(0)
    assert picture.dtype == np.float32 and picture.shape == (480, 720, 3)
    clipped = (picture > 0.999).mean(axis=(0, 1))
    assert clipped[0] > 0.08 and clipped[1] < 0.01 and clipped[2] < 0.01
    assert picture[..., 0].mean() > 3 * picture[..., 1].mean()


def test_noise_is_as_strong_as_asked(make, truth_of):
    path = make(".mkv", frames=2, scenes=("guest",), **{**EXACT, "noise": 3.0})
    rest = luma(path)[0, ::2] - true_luma(truth_of(path).moment(0))[::2]
    assert rest.std() == pytest.approx(3.0, rel=0.03)
    assert abs(rest.mean()) < 0.1


@pytest.mark.parametrize(
    ("suffix", "recipe"),
    [
        (".mpg", {}),
        (".ts", {"scan": "bff", "scenes": ("guest",)}),
        (".mp4", {"codec": "h264", "scenes": ("guest",)}),
        (".mkv", {"codec": "h264", "vfr": True, "frames": 24, "scenes": ("guest",)}),
        (".mpg", {"scan": "soft", "scenes": ("guest",)}),
        (".dv", {"codec": "dv", "scan": "bff", "scenes": ("guest",)}),
    ],
)
def test_flash_and_beep_come_together(make, truth_of, suffix, recipe):
    path = make(suffix, **recipe)
    (mark,) = truth_of(path).marks
    box = (slice(MARK_BOX.top + 8, MARK_BOX.bottom - 8), slice(MARK_BOX.left + 8, MARK_BOX.right - 8))
    with av.open(str(path)) as container:
        shown = [
            (float(f.pts * f.time_base), f.to_ndarray(format="gray")[box].mean()) for f in container.decode(video=0)
        ]
    white = [time for time, level in shown if level > 200]
    assert white[0] - shown[0][0] == pytest.approx(float(mark), abs=0.001)
    sound, start = audio(path)
    tone = np.exp(-2j * np.pi * BEEP_HZ * np.arange(96) / 48000)
    level = np.abs(np.convolve(sound, tone, mode="valid")) / 48  # 96 samples: two whole waves
    heard = start + int(np.argmax(level > 0.25)) / 48000 + 0.001  # half a window rings before the level is half
    assert heard == pytest.approx(white[0], abs=0.003)
    assert (level > 0.25).sum() / 48000 == pytest.approx(BEEP_S, abs=0.004)


def test_sound_is_as_long_as_the_picture_and_stereo(make):
    path = make(".mkv", frames=30, codec="h264", scenes=("guest",))
    sound, start = audio(path)
    assert start == 0
    assert len(sound) == 48048
    assert 0.05 < sound.std() < 0.5 and np.abs(sound).max() < 1


def test_soft_telecine_shows_two_and_three_fields(make):
    path = make(".mpg", scan="soft", scenes=("guest",))
    with av.open(str(path)) as container:
        times = [float(frame.pts * frame.time_base) for frame in container.decode(video=0)]
    fields = np.diff(times) * 60000 / 1001
    assert np.allclose(fields, [2, 3] * 14 + [2], atol=0.01)
    assert with_repeat_flags(b"") == b""


def test_extras_are_in_the_file(make):
    path = make(".mkv", frames=12, codec="h264", subtitles=True, chapters=True, title="An evening")
    with av.open(str(path)) as container:
        assert container.metadata["title"] == "An evening"
        assert [chapter["metadata"]["title"] for chapter in container.chapters()] == ["wide", "close"]
        words = container.streams.subtitles[0]
        text = b"".join(bytes(packet) for packet in container.demux(words))
        assert b"Good evening!" in text


def test_vfr_drops_and_delays(make, truth_of):
    path = make(".mkv", frames=24, codec="h264", vfr=True, scenes=("guest",))
    with av.open(str(path)) as container:
        times = [float(frame.pts * frame.time_base) for frame in container.decode(video=0)]
    kept = [n for n in range(24) if n not in truth_of(path).dropped]
    assert truth_of(path).dropped == (3, 9, 15, 21)
    late = [(n + (0.3 if n % 4 == 1 else 0)) * 1001 / 30000 for n in kept]
    assert np.allclose(times, late, atol=0.0011)  # Matroska counts milliseconds


def test_same_recipe_same_bytes_other_seed_other_tape(tmp_path):
    recipe = TapeRecipe(frames=4)
    one, two, three = (tmp_path / name for name in ("1.mpg", "2.mpg", "3.mpg"))
    first, again = make_tape(one, recipe), make_tape(two, recipe)
    other = make_tape(three, recipe.model_copy(update={"seed": 7}))
    assert one.read_bytes() == two.read_bytes() != three.read_bytes()
    assert np.array_equal(first.moment(3), again.moment(3))
    assert not np.array_equal(first.moment(3), other.moment(3))


@pytest.mark.parametrize(("name", "recipe"), IMPOSSIBLE)
def test_impossible_tapes_are_refused(tmp_path, name, recipe):
    with pytest.raises(PlanError, match="cannot be made"):
        make_tape(tmp_path / name, TapeRecipe(**recipe))
    assert not list(tmp_path.iterdir())


def test_truth_ends_with_the_tape(make, truth_of):
    truth = truth_of(make(".mkv", frames=2, scenes=("close",), **EXACT))
    with pytest.raises(IndexError):
        truth.moment(4)


def test_demo_is_an_evening():
    DEMO.check(Path("demo.mpg"))
    assert DEMO.frames / DEMO.rate == pytest.approx(8, abs=0.1)
    assert len(set(DEMO.scenes)) == 7 and len(DEMO.mark_ticks) == 2
    assert TapeRecipe.model_validate_json(DEMO.to_json()) == DEMO
