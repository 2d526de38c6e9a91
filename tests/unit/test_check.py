"""The checks tell what failed and what did not run."""

from __future__ import annotations

import pytest

import check
import cpp_steps
import machine
from tool_call import StepError, StepSkippedError


def outcome_of(error: Exception | None) -> check.Outcome:
    def step() -> None:
        if error is not None:
            raise error

    return check._run("cpp", step, label="[1/1]")


def test_a_step_that_could_not_run_is_skipped_here_and_fails_in_ci(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.delenv("CI", raising=False)
    assert outcome_of(StepSkippedError("expected qemu")).result == "skipped"
    assert "cpp: expected qemu" in capsys.readouterr().out
    monkeypatch.setenv("CI", "true")
    assert outcome_of(StepSkippedError("expected qemu")).result == "FAILED"


def test_the_verdict_names_what_failed_and_what_was_skipped(capsys: pytest.CaptureFixture[str]):
    outcomes = [
        check.Outcome("lint", 1, "ok"),
        check.Outcome("cpp", 1, "skipped"),
        check.Outcome("tests", 1, "FAILED"),
    ]
    assert check._conclude(outcomes, "== 1 failed ==") == 1
    assert "verdict: FAILED: tests; skipped: cpp (3 s)\n== 1 failed ==\n" in capsys.readouterr().out
    assert check._conclude(outcomes[:2], "") == 0


def test_an_error_fails_the_step_with_its_words(capsys: pytest.CaptureFixture[str]):
    assert outcome_of(StepError("$ cmake\nno compiler")).result == "FAILED"
    assert "no compiler" in capsys.readouterr().out
    assert outcome_of(None).result == "ok"


def test_without_a_cross_compiler_the_step_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setattr(machine.shutil, "which", lambda _: None)
    monkeypatch.setattr(cpp_steps.platform, "machine", lambda: "x86_64")
    with pytest.raises(StepSkippedError, match="g\\+\\+-aarch64-linux-gnu and qemu-user-static"):
        cpp_steps.aarch64()
    assert "sudo apt-get install g++-aarch64-linux-gnu" in capsys.readouterr().out
