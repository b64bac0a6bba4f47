from __future__ import annotations

import shutil
import stat
import sys

import pytest

from encore.core.errors import ToolError
from encore.inference.zoo import Zoo
from encore.media import capabilities
from encore.media.process import ffmpeg_path
from encore.reporting import doctor
from encore.reporting.doctor import Health, examine, examine_machine, examine_networks, examine_program
from encore.reporting.machine import Machine, core_quotas, free_disk, measure, memory_limits


@pytest.fixture(scope="module")
def health(tmp_path_factory):
    return examine(tmp_path_factory.mktemp("work") / "not" / "yet")


def _fake_program(path, body):
    path.write_text(f"#!{sys.executable}\nimport sys, os\n{body}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def _by_name(items):
    return {item.name: item for item in items}


def test_this_machine_is_healthy(health):
    items = _by_name(health.items)
    assert health.healthy
    for encoder in ("libsvtav1", "libx265", "libx264", "prores_ks", "ffv1"):
        assert items[f"encoder {encoder}"].state == "ok"
    for name in ("zscale", "libvmaf", "xpsnr", "setparams", "bwdif"):
        assert items[f"filter {name}"].state == "ok"
    for name in ("mpeg2video", "dvvideo", "h264", "mjpeg", "dca", "ac3"):
        assert items[f"decoder {name}"].state == "ok"
    assert items["Python"].state == "ok" and items["numpy"].value and items["temporary files"].state == "ok"
    assert "free at" in items["disk"].value and "free of" in items["memory"].value


def test_networks_are_what_their_cards_say(health, tmp_path):
    items = _by_name(health.items)
    assert items["network sr-balanced"].state == "ok" and items["network sr-balanced"].value.startswith("luma-x4, ")
    zoo = Zoo(tmp_path / "own")
    for part in ("cards", "weights"):
        shutil.copytree(
            zoo.shipped / part, zoo.users / part, ignore=lambda _, names: {n for n in names if "fast" not in n}
        )
    (zoo.users / "weights" / "sr-fast.onnx").write_bytes(b"another")
    (zoo.users / "cards" / "sr-fast.toml").rename(zoo.users / "cards" / "mine.toml")
    card = (zoo.users / "cards" / "mine.toml").read_text()
    (zoo.users / "cards" / "mine.toml").write_text(card.replace('name = "sr-fast"', 'name = "mine"'))
    found = _by_name(examine_networks(zoo))["network mine"]
    assert (found.state, found.needed) == ("missing", False) and "sha256 differs" in found.value and found.costs


def test_every_fault_says_what_it_costs(health):
    broken = examine_program("/nowhere/ffmpeg")
    for item in (*health.items, *broken):
        assert (item.state == "ok") == (item.costs == "")
        assert item.value
    assert len({item.name for item in health.items}) == len(health.items)
    assert Health.model_validate_json(health.to_json()) == health


def test_missing_program_is_reported_not_raised(tmp_path):
    health = examine(tmp_path, program="/nowhere/ffmpeg")
    items = _by_name(health.items)
    assert not health.healthy
    assert items["ffmpeg program"].state == "missing" and "cannot be started" in items["ffmpeg program"].value
    assert items["encoder libsvtav1"].state == "missing" and "the default" in items["encoder libsvtav1"].costs
    assert items["filter zscale"].state == "missing" and items["decoder h264"].state == "ok"


@pytest.mark.skipif(sys.platform == "win32", reason="scripts are no programs there")
def test_encoder_that_is_listed_but_does_not_run(tmp_path):
    body = "if 'libx265' in sys.argv: sys.exit('x265 [error]: wrong processor')\n"
    body += f"os.execv({ffmpeg_path()!r}, sys.argv)"
    items = _by_name(examine_program(_fake_program(tmp_path / "ffmpeg", body)))
    assert items["encoder libx265"].state == "missing" and "wrong processor" in items["encoder libx265"].value
    assert "hevc" in items["encoder libx265"].costs and not items["encoder libx265"].needed
    assert items["encoder libx264"].state == "ok"


def test_ignored_options_count_as_faults():
    fault = capabilities.encoder_fault(
        ffmpeg_path(), "yuv420p10le", ("-c:v", "libsvtav1", "-svtav1-params", "nonsense=1")
    )
    assert fault
    assert capabilities.encoder_fault(ffmpeg_path(), "yuv420p", ("-c:v", "no_such_encoder"))


@pytest.mark.skipif(sys.platform == "win32", reason="scripts are no programs there")
def test_program_that_hangs_is_given_up(tmp_path, monkeypatch):
    monkeypatch.setattr(capabilities, "PATIENCE_S", 0.3)
    slow = _fake_program(tmp_path / "slow", "import time; time.sleep(30)")
    with pytest.raises(ToolError, match="no answer"):
        capabilities.program_version(slow)


def test_unknown_names_of_pyav():
    assert not capabilities.decoder_found("no_such_decoder") and not capabilities.filter_found("no_such_filter")
    assert capabilities.library_version()[0].isdigit()


def test_missing_decoder_and_library_are_told(monkeypatch):
    monkeypatch.setattr(doctor, "decoder_found", lambda name: name not in ("dvvideo", "ac3"))
    monkeypatch.setattr(doctor, "LIBRARIES", ("numpy", "no-such-package-of-ours"))
    items = _by_name(doctor.examine_library())
    assert items["decoder dvvideo"].state == "missing" and items["decoder dvvideo"].needed
    assert items["decoder ac3"].state == "missing" and not items["decoder ac3"].needed
    assert _by_name(doctor._software())["no-such-package-of-ours"].state == "missing"


def test_small_machine_is_low_but_healthy():
    machine = Machine(
        cpu="x",
        cores=8,
        usable_cores=0.5,
        features=(("avx2", None), ("amx", False)),
        memory_bytes=10**9,
        available_bytes=10**8,
    )
    items = _by_name(examine_machine(machine))
    assert items["cores"].state == "low" and items["cores"].value == "0.5 of 8"
    assert items["memory"].state == "low" and items["memory"].value == "100.0 MB free of 1.00 GB"
    assert items["processor: avx2"].value == "unknown" and items["processor: amx"].state == "missing"
    assert Health(items=tuple(items.values())).healthy


def test_low_disk(monkeypatch, tmp_path):
    monkeypatch.setattr(doctor, "LOW_DISK", 1 << 60)
    assert doctor._disk(tmp_path).state == "low"
    assert free_disk(tmp_path / "a" / "b") == pytest.approx(free_disk(tmp_path), rel=0.05)


def _write(root, files):
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)


def test_limits_of_containers_version_2(tmp_path):
    _write(tmp_path, {
        "proc/self/cgroup": "0::/slice/job\n",
        "proc/cpuinfo": "model name\t: Test CPU\nflags\t\t: sse2 avx2 avx512f amx_tile\n",
        "sys/fs/cgroup/slice/memory.max": "3000000\n", "sys/fs/cgroup/slice/memory.current": "1000000\n",
        "sys/fs/cgroup/slice/job/memory.max": "max\n", "sys/fs/cgroup/slice/job/cpu.max": "50000 100000\n",
        "sys/fs/cgroup/cpu.max": "max 100000\n",
    })  # fmt: skip
    assert memory_limits(tmp_path) == [(3_000_000, 1_000_000)] and core_quotas(tmp_path) == [0.5]
    machine = measure(tmp_path)
    assert (machine.cpu, machine.usable_cores, machine.memory_bytes, machine.available_bytes) == (
        "Test CPU",
        0.5,
        3_000_000,
        2_000_000,
    )
    assert dict(machine.features) == {"avx2": True, "avx512": True, "avx512_bf16": False, "amx": True}


def test_limits_of_containers_version_1(tmp_path):
    _write(tmp_path, {
        "proc/self/cgroup": "4:memory:/job\n2:cpu,cpuacct:/\n1:name=systemd:/\n",
        "sys/fs/cgroup/memory/job/memory.limit_in_bytes": "5000\n",
        "sys/fs/cgroup/memory/job/memory.usage_in_bytes": "6000\n",
        "sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n",
        "sys/fs/cgroup/cpu/cpu.cfs_quota_us": "150000\n", "sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n",
    })  # fmt: skip
    assert memory_limits(tmp_path) == [(5000, 6000)] and core_quotas(tmp_path) == [1.5]
    assert measure(tmp_path).available_bytes == 0


def test_system_that_tells_nothing(tmp_path):
    machine = measure(tmp_path)
    assert machine.cores >= 1 and machine.usable_cores > 0 and machine.memory_bytes > 0
    assert all(there is None for _, there in machine.features)
