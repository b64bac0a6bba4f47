"""A web site with one page that plays a stream, and a browser that visits it."""

from __future__ import annotations

import functools
import json
import queue
import shutil
import subprocess
import threading
from collections.abc import Generator
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

PLAYERS = {
    "hls": ("hls.js@1.7.4", "hls.js/dist/hls.min.js"),
    "dash": ("dashjs@5.2.1", "dashjs/dist/modern/umd/dash.all.min.js"),
}
"""Package and file of each player."""
PATIENCE_S = 90
"""How long a busy machine may take to play two seconds."""
FLAGS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--mute-audio", "--no-first-run",
    "--autoplay-policy=no-user-gesture-required", "--disable-background-networking", "--disable-sync",
)  # fmt: skip
TYPES = {".m3u8": "application/vnd.apple.mpegurl", ".mpd": "application/dash+xml", ".m4s": "video/iso.segment"}


def browser() -> str | None:
    """The browser program, if there is one."""
    return shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


def players(folder: Path) -> dict[str, Path] | str:
    """The players' scripts from npm, or why they cannot be had."""
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        return "needs node and npm"
    names = [package for package, _ in PLAYERS.values()]
    command = [
        npm,
        "install",
        "--silent",
        "--no-audit",
        "--no-fund",
        "--no-save",
        "--ignore-scripts",
        "--prefix",
        str(folder),
        *names,
    ]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    except subprocess.TimeoutExpired:
        return "npm gives no answer"
    scripts = {player: folder / "node_modules" / file for player, (_, file) in PLAYERS.items()}
    if done.returncode or not all(path.is_file() for path in scripts.values()):
        return f"npm has no players ({(done.stderr.strip().splitlines() or ['no message'])[-1]})"
    return scripts


class _Site(SimpleHTTPRequestHandler):
    def __init__(
        self,
        *args: Any,
        root: Path,
        script: Path,
        told: queue.Queue[dict[str, Any]],
        done: threading.Event,
        **more: Any,
    ) -> None:
        self._done = done
        self._root, self._script, self._told = root, script, told
        super().__init__(*args, **more)

    def translate_path(self, path: str) -> str:
        """Files of the stream, the player, the page."""
        name = path.split("?", maxsplit=1)[0]
        if name.startswith("/stream/"):
            return str(self._root / name.removeprefix("/stream/"))
        return str(self._script if name == "/player.js" else Path(__file__).with_name("page.html"))

    def guess_type(self, path: Any) -> str:
        """As a server for streams answers."""
        return TYPES.get(Path(path).suffix) or super().guess_type(path)

    def do_GET(self) -> None:
        """Files; and an image that comes only when all has been told, so that the page is pictured then."""
        if self.path == "/wait":
            self._done.wait(PATIENCE_S)
            self.send_error(404)
        else:
            super().do_GET()

    def do_POST(self) -> None:
        """The page tells what it saw."""
        self._done.set()
        self._told.put(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(204)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@contextmanager
def site(stream: Path, script: Path) -> Generator[tuple[str, queue.Queue[dict[str, Any]]]]:
    """The page's address, and what it tells."""
    told: queue.Queue[dict[str, Any]] = queue.Queue()
    handler = functools.partial(_Site, root=stream, script=script, told=told, done=threading.Event())
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/page.html", told
        finally:
            server.shutdown()
            thread.join()


def played(
    stream: Path, script: Path, player: str, codec: str, profile: Path, seconds: float = 2, picture: Path | None = None
) -> dict[str, Any]:
    """What the page tells after it has played that many seconds of one codec.

    Args:
        stream: folder with the manifests.
        script: the player.
        player: "hls" or "dash".
        codec: start of the codec string to play, as "av01".
        profile: folder for the browser.
        seconds: to play.
        picture: where to keep a screenshot, if one is wanted.
    """
    program = browser()
    assert program is not None
    with site(stream, script) as (address, told):
        asked = f"player={player}&codec={codec}&seconds={seconds}&patience={PATIENCE_S}"
        url = f"{address}?{asked}{'&wait=1' if picture else ''}"
        shot = (
            ("--window-size=720,800", f"--screenshot={picture}", "--timeout=60000")
            if picture
            else ("--remote-debugging-port=0",)
        )
        command = [program, *FLAGS, f"--user-data-dir={profile}", *shot, url]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as running:
            try:
                facts = told.get(timeout=PATIENCE_S + 30)
                if picture:
                    running.wait(60)
                return facts
            finally:
                running.terminate()
