from __future__ import annotations

import os
import sys

import pytest

from mien.errors import ConfigError, MienError
from mien.jobs import all_cores, finished

WORK = """
import os
import signal

def square(number, step):
    step(f"at {number}")
    return number * number

def threads(_job, _step):
    return os.environ.get("OPENBLAS_NUM_THREADS")

def die(_job, _step):
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def work(tmp_path, monkeypatch):
    """A module that worker processes can import."""
    (tmp_path / "mien_test_work.py").write_text(WORK)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "mien_test_work", raising=False)
    import mien_test_work

    return mien_test_work


@pytest.mark.parametrize("workers", [1, 2])
def test_every_job_is_done_and_tells_its_steps(work, workers):
    told = []
    results = finished(work.square, range(5), workers=workers, on_step=told.append)
    assert sorted(results) == [0, 1, 4, 9, 16]
    assert sorted(told) == [f"at {number}" for number in range(5)]


def test_no_jobs_are_done_at_once(work):
    assert list(finished(work.square, [], workers=2)) == []


def test_worker_processes_compute_on_one_thread_and_this_one_is_left_alone(work):
    before = dict(os.environ)
    assert set(finished(work.threads, range(2), workers=2)) == {"1"}
    assert dict(os.environ) == before


def test_a_worker_that_dies_ends_the_run_with_a_reason(work):
    with pytest.raises(MienError, match="workers: expected each to live"):
        list(finished(work.die, range(3), workers=2))


def test_there_is_a_core():
    assert 1 <= all_cores() <= (os.cpu_count() or 1)


def test_ray_that_is_not_installed_is_named(monkeypatch, work):
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(ConfigError, match=r"pip install 'mien\[ray\]'"):
        list(finished(work.square, [1], workers=1, ray_address="local"))


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_jobs_run_on_ray(work, tmp_path, monkeypatch):
    pytest.importorskip("ray", reason="ray is not installed; pip install 'mien[ray]'")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path), *filter(None, sys.path)]))
    told = []
    found = finished(work.square, range(3), workers=2, ray_address="local", on_step=told.append)
    assert sorted(found) == [0, 1, 4]
    assert set(told) <= {"at 0", "at 1", "at 2"}
    with pytest.raises(MienError, match="workers: expected each to live"):
        list(finished(work.die, [1], workers=2, ray_address="local"))
