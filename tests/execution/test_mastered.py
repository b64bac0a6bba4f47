"""A film is encoded only if it is progressive, whole, and on a constant clock."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import pytest

from encore.core.errors import InputError
from encore.core.events import Event, Found
from encore.core.time import Span
from encore.execution.mastered import Master, exact_rate, master_source, mastered
from encore.execution.store import Store
from tests.films import lavfi, small_tape

NTSC = Fraction(30000, 1001)
FFV1 = ("-c:v", "ffv1")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    film = lavfi(tmp_path / "first.mkv", *FFV1, frames=1)
    made = Store(tmp_path / "space", master_source(film), "test")
    yield made
    made.close()


def test_clock_and_cuts(tmp_path: Path, store: Store) -> None:
    half = "size=128x96:rate=30000/1001,trim=end_frame=30"
    picture = f"testsrc2={half}[a];mandelbrot=maxiter=50:{half}[b];[a][b]concat"
    film = lavfi(tmp_path / "film.mp4", "-c:v", "libx264", "-preset", "ultrafast", picture=picture, frames=60)
    events: list[Event] = []
    found = mastered(master_source(film), store, "test", events.append)
    assert (found.master.frames, found.master.rate, found.master.start_s) == (60, NTSC, 0)
    assert found.master.shots == (Span(start=0, stop=30), Span(start=30, stop=60))
    assert len(found.master.motion) == 3 and found.master.duration_s == 60 / NTSC
    assert [event.what for event in events if isinstance(event, Found)] == ["film"]
    again = mastered(master_source(film), store, "test", events.append)
    assert again.master == found.master == Master.model_validate_json(found.master.to_json())


@pytest.mark.parametrize(
    ("shown", "tick", "flagged", "expected"),
    [
        ([0, 33, 67, 100, 133, 167], Fraction(1, 1000), Fraction(30), Fraction(30)),
        ([0, 17, 33, 50, 67, 83, 100], Fraction(1, 1000), Fraction(60000, 1001), Fraction(60000, 1001)),
        ([5, 6, 7], Fraction(1, 17), None, Fraction(17)),
        ([0, 1001, 2002], Fraction(1, 60000), None, Fraction(60000, 1001)),
        ([3], Fraction(1, 25), Fraction(25), Fraction(25)),
    ],
)
def test_exact_rate(shown: list[int], tick: Fraction, flagged: Fraction | None, expected: Fraction) -> None:
    assert exact_rate(shown, tick, flagged, "film") == expected


def test_a_clock_that_is_not_constant() -> None:
    shown = [0, 1001, 2002, 4004, 5005, 6006]
    with pytest.raises(InputError, match=r"frame 2 at 0:00:00\.033 lasts 0\.0334 s where others last 0\.0167 s"):
        exact_rate(shown, Fraction(1, 60000), Fraction(60000, 1001), "film")
    with pytest.raises(InputError, match="no rate is told"):
        exact_rate([0], Fraction(1, 25), None, "film")


def test_a_film_with_a_variable_rate(tmp_path: Path, store: Store) -> None:
    picture = "testsrc2=size=128x96:rate=25,setpts='if(gt(N,5),N+3,N)/25/TB'"
    film = lavfi(tmp_path / "film.mkv", *FFV1, "-fps_mode", "passthrough", picture=picture, frames=9)
    with pytest.raises(InputError, match=r"rate is not constant: frame 5 at 0:00:00\.200"):
        mastered(master_source(film), store, "test", lambda _event: None)


@pytest.mark.parametrize(
    ("picture", "what"),
    [
        ("testsrc=size=127x96", "127x96 cannot be encoded"),
        ("testsrc=size=128x97", "128x97 cannot be encoded"),
        ("testsrc2=size=62x48", "62x48 cannot be encoded"),
        ("testsrc2=size=128x96,setsar=12/11", "12/11 as wide as high"),
    ],
)
def test_films_of_a_shape_that_does_not_fit(tmp_path: Path, picture: str, what: str) -> None:
    film = lavfi(tmp_path / "film.mkv", "-pix_fmt", "yuv444p", *FFV1, picture=picture, frames=1)
    with pytest.raises(InputError, match=what):
        master_source(film)


def test_no_film_at_all(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        master_source(tmp_path / "none.mp4")
    sound = lavfi(tmp_path / "sound.mka", "-f", "lavfi", "-i", "sine=duration=0.1", "-map", "1", frames=1)
    with pytest.raises(InputError, match="no moving picture"):
        master_source(sound)


def test_interlaced_films(tmp_path: Path, store: Store) -> None:
    flagged = small_tape(tmp_path / "tape.mpg", 6)
    with pytest.raises(InputError, match=r"samples are|is interlaced"):
        master_source(flagged)
    woven = "testsrc2=size=128x96:rate=60,rotate=t*2,tinterlace=interleave_top,setfield=prog,setsar=1"
    film = lavfi(tmp_path / "film.mkv", *FFV1, picture=woven, frames=12)
    with pytest.raises(InputError, match=r"is interlaced, as frame \d at 0:00:00\.\d+ shows, though it is flagged"):
        mastered(master_source(film), store, "test", lambda _event: None)
