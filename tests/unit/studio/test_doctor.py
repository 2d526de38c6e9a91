"""`mien doctor` tells what works, and is not harmed by what does not."""

from __future__ import annotations

import json

import pytest
from tests.unit.capture.v4l2_tree import add_camera, made_tree

from mien.cli import main
from mien.runtime import known_answers
from mien.studio import doctor, doctor_extras, doctor_machine, finding
from mien.studio.doctor import examine, works_on_headset
from mien.studio.finding import Finding, ask


def test_every_line_says_how_it_is_and_what_to_do(monkeypatch):
    monkeypatch.setattr(
        doctor, "CHECKS", tuple(c for c in doctor.CHECKS if "train" not in c.__name__)
    )
    found = list(examine())
    names = [one.what for one in found]
    assert names[:6] == ["python", "mien", "core", "numpy", "litert", "clock"]
    assert {"opencv", "studio", "renderer", "ray", "disk", "governor", "camera"} <= set(names)
    for one in found:
        assert one.text
        assert one.state == "ok" or one.remedy, one
        assert one.line().startswith({"ok": "OK "}.get(one.state, one.state))


def test_the_core_is_compared_with_its_definition():
    told = doctor.check_core()
    assert told.state == "ok", told.text
    assert "the same bits as scalar" in told.text


@pytest.mark.model
def test_the_shipped_model_gives_its_known_answers():
    assert known_answers.largest_deviation() <= known_answers.TOLERANCE, (
        "has another model been shipped? then run python tools/known_answers.py"
    )


@pytest.mark.model
def test_known_answers_tell_another_network_apart(tmp_path, request):
    tiny = request.path.parents[1] / "runtime" / "tiny_model.tflite"
    ours = known_answers.describe()
    other = known_answers.describe(tiny)
    deviation = max(
        abs(a - b)
        for name in ("eye", "mouth")
        for rows in zip(ours[name], other[name], strict=True)
        for a, b in zip(*rows, strict=True)
    )
    assert deviation > 2 * known_answers.TOLERANCE
    copy = tmp_path / "m.tflite"
    copy.write_bytes(tiny.read_bytes())
    with pytest.raises(known_answers.ModelError, match="expected known answers, got none"):
        known_answers.largest_deviation(copy)
    known_answers.answers_path(copy).write_text(json.dumps(ours), encoding="utf-8")
    with pytest.raises(known_answers.ModelError, match="got those of another"):
        known_answers.largest_deviation(copy)
    known_answers.answers_path(copy).write_text(json.dumps(other), encoding="utf-8")
    assert known_answers.largest_deviation(copy) <= known_answers.TOLERANCE


def test_a_question_that_crashes_its_process_is_an_answer():
    assert ask("import json; print(json.dumps([1, 2]))").said == [1, 2]
    assert ask("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)").failure == (
        "the process was ended by SIGSEGV"
    )
    assert ask("raise RuntimeError('no driver')").failure == "RuntimeError: no driver"
    assert ask("import sys; sys.exit(3)").failure == "exit status 3"
    assert ask("print('hello')").failure == "it said 'hello'"
    assert ask("").failure == "exit status 0"


def test_a_question_that_is_never_answered_ends(monkeypatch):
    monkeypatch.setattr(finding, "ANSWER_S", 0.2)
    assert ask("import time; time.sleep(60)").failure == "no answer within 0.2 s"


@pytest.mark.parametrize(
    ("check", "program"),
    [
        (doctor.check_core, "doctor._KERNELS"),
        (doctor.check_model, "doctor._MODEL"),
        (doctor_extras.check_opencv, "doctor_extras._OPENCV"),
        (doctor_extras.check_renderer, "doctor_extras._RENDERER"),
        (doctor_extras.check_train, "doctor_extras._TRAIN"),
    ],
)
def test_what_crashes_is_broken_and_has_a_remedy(monkeypatch, check, program):
    monkeypatch.setattr(doctor_extras.importlib.util, "find_spec", lambda _name: object())
    monkeypatch.setattr(f"mien.studio.{program}", "import os; os.abort()")
    told = check()
    assert told.state == "broken"
    assert "SIGABRT" in told.text
    assert told.remedy


def test_another_answer_of_the_network_is_broken(monkeypatch):
    monkeypatch.setattr(doctor, "_MODEL", "print(0.3)")
    monkeypatch.setattr(doctor, "version_of", lambda _name: "2.3")
    assert doctor.check_model().state == "broken"
    monkeypatch.setattr(doctor, "_KERNELS", "print('[\"avx2\"]')")
    assert "other bits than scalar: ['avx2']" in doctor.check_core().text


def test_extras_that_are_absent_name_the_command_that_brings_them(monkeypatch):
    monkeypatch.setattr(doctor_extras.importlib.util, "find_spec", lambda _name: None)
    extras = {
        doctor_extras.check_opencv: "camera",
        doctor_extras.check_studio: "studio",
        doctor_extras.check_renderer: "synth",
        doctor_extras.check_train: "train",
        doctor_extras.check_ray: "ray",
    }
    for check, extra in extras.items():
        told = check()
        assert (told.state, told.remedy) == ("missing", f"pip install 'mien[{extra}]'")
        assert not told.is_vital
        assert "(needed only for" in told.line()


def test_only_what_a_headset_needs_decides():
    good = Finding(what="a", state="ok", text="x")
    extra = Finding(what="b", state="broken", text="x", remedy="y", needed_for="mien synth")
    bad = Finding(what="c", state="missing", text="x", remedy="y")
    assert works_on_headset([good, extra])
    assert not works_on_headset([good, bad])


def test_cameras_disk_and_governor(tmp_path, monkeypatch):
    tree = made_tree(tmp_path)
    (none,) = doctor_machine.camera_findings(tree)
    assert none.state == "missing"
    add_camera(tree, 0, serial="A1", port="1-1")
    (one,) = doctor_machine.camera_findings(tree)
    assert one.state == "ok"
    assert "v4l2:usb-Maker_Eye_A1-video-index0" in one.text
    monkeypatch.setattr("mien.capture.v4l2.os.access", lambda *_: False)
    (one,) = doctor_machine.camera_findings(tree)
    assert one.state == "broken"
    assert "sudo usermod" in one.remedy
    monkeypatch.setattr(doctor_machine, "DISK_MIN_BYTES", 1 << 60)
    assert doctor_machine.check_disk().state == "broken"
    folder = tmp_path / "cpu0" / "cpufreq"
    folder.mkdir(parents=True)
    (folder / "scaling_governor").write_text("powersave\n")
    assert "cpupower" in doctor_machine.check_governor(tmp_path).remedy
    (folder / "scaling_governor").write_text("performance\n")
    assert doctor_machine.check_governor(tmp_path).remedy == ""


def test_the_command_says_it_by_its_status(tmp_path, monkeypatch, capsys):
    good = Finding(what="core", state="ok", text="fine")
    bad = Finding(what="litert", state="missing", text="none", remedy="pip install it")
    report = tmp_path / "d.json"
    monkeypatch.setattr(doctor, "camera_findings", lambda _tree: ())
    monkeypatch.setattr(doctor, "CHECKS", (lambda: good,))
    assert main(["doctor", "--json", str(report)]) == 0
    assert "the headset path works" in capsys.readouterr().out
    monkeypatch.setattr(doctor, "CHECKS", (lambda: good, lambda: bad))
    assert main(["doctor", "--json", str(report)]) == 1
    out = capsys.readouterr().out
    assert "-> pip install it" in out
    assert "does NOT work" in out
    told = json.loads(report.read_text(encoding="utf-8"))
    assert told["headset_path"] is False
    assert [one["state"] for one in told["findings"]] == ["ok", "missing"]


def test_it_loads_none_of_what_it_asks_about():
    program = """
import json, sys
from mien.studio import doctor
heavy = ("cv2", "torch", "rich", "matplotlib", "moderngl", "ai_edge_litert")
print(json.dumps([name for name in heavy if name in sys.modules]))
"""
    assert ask(program).said == []
