"""A stream plays in a real browser: HLS by hls.js, DASH by dash.js, in both codecs, without an error."""

from __future__ import annotations

from pathlib import Path

import pytest

from encore.core.events import ignore
from encore.execution.laddering import Wanted, streamed
from tests.browser.site import PLAYERS, browser, played, players
from tests.films import lavfi

pytestmark = pytest.mark.slow
SECONDS = 2


@pytest.fixture(scope="session")
def stream(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two sizes in AV1, one in H.264, one sound; three segments."""
    folder = tmp_path_factory.mktemp("stream")
    picture = "testsrc2=size=960x540:rate=30000/1001,setparams=range=tv:color_primaries=bt709:color_trc=bt709"
    sound = ("-f", "lavfi", "-i", "sine=duration=9", "-map", "0", "-map", "1", "-c:a", "aac")
    coded = ("-pix_fmt", "yuv420p", "-colorspace", "bt709", "-c:v", "libx264", "-preset", "ultrafast")
    film = lavfi(folder / "film.mp4", *sound, *coded, picture=f"{picture}:colorspace=bt709", frames=269)
    streamed(film, folder / "stream", folder / "work", "test", Wanted(every_rung=True), ignore)
    return folder / "stream"


@pytest.fixture(scope="session")
def scripts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    if browser() is None:
        pytest.skip("needs Chromium")
    found = players(tmp_path_factory.mktemp("npm"))
    if isinstance(found, str):
        pytest.skip(found)
    return found


@pytest.mark.parametrize("codec", ["av01", "avc1"])
@pytest.mark.parametrize("player", PLAYERS)
def test_plays(stream: Path, scripts: dict[str, Path], player: str, codec: str, tmp_path: Path) -> None:
    facts = played(stream, scripts[player], player, codec, tmp_path, SECONDS)
    assert facts["faults"] == [] and facts["corrupted"] == 0
    assert facts["time"] >= SECONDS and facts["sound"] > 0
    assert abs(facts["duration"] - 269 * 1001 / 30000) < 1001 / 30000
    assert facts["buffered"][0] == 0 and facts["times"][0] == 0
    assert {f"{facts['width']}x{facts['height']}"} <= {"960x540", "640x360"}
    frames = [time * 30000 / 1001 for time in facts["times"]]
    assert all(abs(frame - round(frame)) < 0.01 for frame in frames)


def test_sees_all_rungs(stream: Path, scripts: dict[str, Path], tmp_path: Path) -> None:
    facts = played(stream, scripts["hls"], "hls", "av01", tmp_path, 0.2)
    assert {choice.split(".")[0] for choice in facts["choices"]} == {
        "960x540 av01", "640x360 av01", "960x540 avc1", "640x360 avc1",
    }  # fmt: skip
