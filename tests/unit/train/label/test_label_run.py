from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from mien.errors import SessionError, TrainError
from mien.train import label_run
from mien.train.label_config import LabelConfig
from mien.train.label_file import read_about, read_labels
from mien.train.label_parts import is_part, parts_folder, session_key
from mien.train.label_run import Pages, label_sessions

NAMES = ("s0", "s1", "s2")


def paths(stages, names=NAMES):
    return [stages / name for name in names]


@pytest.fixture(scope="module")
def whole(stages, tmp_path_factory):
    """The bytes that one undisturbed run gives."""
    out = tmp_path_factory.mktemp("whole") / "labels.parquet"
    label_sessions(paths(stages), out)
    return out.read_bytes()


@pytest.fixture
def counted(monkeypatch):
    """Names of the sessions that were labelled in this process."""
    names = []

    def label_session(session, *given, **settings):
        names.append(session.path.name)
        return label_session.original(session, *given, **settings)

    label_session.original = label_run.label_session
    monkeypatch.setattr(label_run, "label_session", label_session)
    return names


def test_any_order_and_number_of_workers_give_the_same_bytes(stages, tmp_path, whole):
    label_sessions(paths(stages, ("s2", "s0", "s1")), tmp_path / "x", workers=2)
    assert (tmp_path / "x").read_bytes() == whole
    assert [path.name for path in tmp_path.iterdir()] == ["x"]


def test_it_tells_cameras_and_sessions(stages, tmp_path):
    told = []
    label_sessions(paths(stages), tmp_path / "x", progress=lambda *given: told.append(given))
    assert told[-2:] == [("sessions", 3, 3), ("cameras", 3, 3)]
    assert ("cameras", 1, 3) in told


def test_a_bad_session_is_named_and_the_others_are_labelled(stages, tmp_path, counted):
    bad = tmp_path / "bad"
    shutil.copytree(stages / "s1", bad)
    (bad / "mouth.mkv").write_bytes(b"no video")
    report = label_sessions([stages / "s0", bad, stages / "s2"], tmp_path / "x")
    assert list(report.failed) == ["bad"]
    assert "mouth.mkv" in report.failed["bad"]
    assert [session.session for session in report.sessions] == ["s0", "s2"]
    assert read_labels(tmp_path / "x").sessions == ("s0", "s2")
    # Mended, it alone is labelled: the parts of the others are still there.
    shutil.copy(stages / "s1" / "mouth.mkv", bad)
    counted.clear()
    assert not label_sessions([stages / "s0", bad, stages / "s2"], tmp_path / "x").failed
    assert counted == ["bad"]
    assert not parts_folder(tmp_path / "x").exists()


def test_a_fault_of_ours_in_one_session_does_not_end_the_run(stages, tmp_path, monkeypatch):
    original = label_run.label_session

    def faulty(session, *given, **settings):
        if session.path.name == "s1":
            raise ZeroDivisionError("no such thing")
        return original(session, *given, **settings)

    monkeypatch.setattr(label_run, "label_session", faulty)
    report = label_sessions(paths(stages), tmp_path / "x")
    assert report.failed == {"s1": "expected to label it, got ZeroDivisionError: no such thing"}


def test_no_good_session_at_all_is_an_error(tmp_path):
    with pytest.raises(TrainError, match="none: expected a session folder"):
        label_sessions([tmp_path / "none"], tmp_path / "x")
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize("names", [(), ("s0", "s0")])
def test_sessions_need_different_names(stages, tmp_path, names):
    with pytest.raises(TrainError, match="different names"):
        label_sessions(paths(stages, names), tmp_path / "x")


def run_in_background(stages, out, workers):
    code = (
        "import sys; from pathlib import Path; from mien.train.label_run import label_sessions\n"
        "if __name__ == '__main__':\n"
        f"    label_sessions([Path(p) for p in {[str(p) for p in paths(stages)]}],"
        f" Path({str(out)!r}), workers={workers})\n"
    )
    script = out.with_suffix(".py")
    script.write_text(code)
    return subprocess.Popen([sys.executable, str(script)], stderr=subprocess.DEVNULL)


def wait_for(reached, *, seconds=120):
    end_ns = time.monotonic_ns() + seconds * 10**9
    while not reached():
        assert time.monotonic_ns() < end_ns, "it did not come in time"
        time.sleep(0.01)


def children_of(pid):
    stats = (entry / "stat" for entry in Path("/proc").iterdir() if entry.name.isdigit())
    found = []
    for stat in stats:
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == pid:
            found.append(int(stat.parent.name))
    return found


@pytest.mark.skipif(sys.platform != "linux", reason="sends SIGKILL and reads /proc")
@pytest.mark.parametrize("workers", [1, 2])
def test_a_killed_run_goes_on_where_it_was(stages, tmp_path, whole, counted, workers):
    out = tmp_path / "x"
    running = run_in_background(stages, out, workers)
    parts = parts_folder(out)
    wait_for(lambda: any(map(is_part, parts.glob("*.parquet"))))
    workers_pids = children_of(running.pid)
    running.kill()
    running.wait()
    wait_for(lambda: not any(Path(f"/proc/{pid}").exists() for pid in workers_pids))
    finished = {path.name.split("-")[0] for path in parts.glob("*.parquet")}
    assert finished
    assert not out.exists()
    label_sessions(paths(stages), out)
    assert set(counted) == set(NAMES) - finished
    assert out.read_bytes() == whole
    assert not parts.exists()


def test_a_torn_part_is_labelled_again(stages, tmp_path, counted):
    config = LabelConfig()
    parts = parts_folder(tmp_path / "x")
    parts.mkdir()
    torn = parts / f"s0-{session_key(stages / 's0', config)}.parquet"
    torn.write_bytes(b"PAR1")
    label_sessions([stages / "s0"], tmp_path / "x")
    assert counted == ["s0"]


def test_the_key_changes_with_images_cues_and_settings_but_not_with_the_truth(stages, tmp_path):
    copy = tmp_path / "s0"
    shutil.copytree(stages / "s0", copy)
    before = session_key(copy, LabelConfig())
    assert before == session_key(stages / "s0", LabelConfig())
    (copy / "truth.csv").write_text("anything")
    assert session_key(copy, LabelConfig()) == before
    assert session_key(copy, LabelConfig(settle_s=0.31)) != before
    for name in ("cues.csv", "mouth.mkv", "rig.toml"):
        original = (copy / name).read_bytes()
        (copy / name).write_bytes(original + b"\n")
        assert session_key(copy, LabelConfig()) != before
        (copy / name).write_bytes(original)
    with pytest.raises(SessionError):
        session_key(tmp_path, LabelConfig())


def test_a_missing_page_is_drawn_and_a_page_that_fits_is_kept(stages, tmp_path, counted):
    def draw(session, labelled, path, *, key):
        assert labelled.report.session == session.path.name
        path.write_text(f"<meta name=key content={key}>")

    bad = tmp_path / "bad"
    pages = Pages(tmp_path / "pages", draw)
    label_sessions([stages / "s0", bad], tmp_path / "x", pages=pages)
    label_sessions([stages / "s0", bad], tmp_path / "x", pages=pages)
    assert counted == ["s0"]
    pages.path("s0").write_text("of another run")
    label_sessions([stages / "s0", bad], tmp_path / "x", pages=pages)
    assert counted == ["s0", "s0"]


def test_the_report_survives_the_part(stages, tmp_path):
    report = label_sessions([stages / "s0", tmp_path / "bad"], tmp_path / "x")
    again = label_sessions([stages / "s0", tmp_path / "bad"], tmp_path / "x")
    assert again.as_json() == report.as_json()
    assert report.sessions[0].frames == 102
    assert read_about(tmp_path / "x")["settings"]


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_ray_gives_the_same_bytes(stages, tmp_path, whole, monkeypatch):
    pytest.importorskip("ray", reason="ray is not installed; pip install 'mien[ray]'")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, sys.path)))
    label_sessions(paths(stages), tmp_path / "x", workers=2, ray_address="local")
    assert (tmp_path / "x").read_bytes() == whole


def test_audio_and_depth_are_reported_as_present_and_unused(stages, tmp_path, whole):
    named = tmp_path / "s0"
    shutil.copytree(stages / "s0", named)
    meta = named / "session.toml"
    meta.write_text(meta.read_text() + '\n[streams]\naudio = "a.flac"\ndepth = "d.bin"\n')
    report = label_sessions([named, stages / "s1", stages / "s2"], tmp_path / "x")
    assert report.sessions[0].unused == ("audio", "depth")
    assert report.unused() == {"audio": 1, "depth": 1}
    assert report.as_json()["unused"] == {"audio": 1, "depth": 1}
    assert (tmp_path / "x").read_bytes() == whole
