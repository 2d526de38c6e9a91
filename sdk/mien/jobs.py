"""Runs many jobs: in this process, in several, or on a Ray cluster.

Every worker computes on one thread: the jobs are what runs side by side.
"""

from __future__ import annotations

import os
import queue
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import get_context, parent_process
from threading import Thread
from typing import Any, Final, TypeAlias, TypeVar

from mien.errors import ConfigError, MienError

_Job = TypeVar("_Job")
_Result = TypeVar("_Result")

Step: TypeAlias = Callable[[str], None]
"""Tells, from within a job, how far it is."""

ONE_THREAD: Final = dict.fromkeys(
    (
        "OMP_NUM_THREADS",
        "OPENBLAS_NUM_THREADS",
        "MKL_NUM_THREADS",
        "OPENCV_FOR_THREADS_NUM",
        "OPENCV_FFMPEG_THREADS",
        "LP_NUM_THREADS",
    ),
    "1",
)
"""What the libraries below us read when they are loaded."""
_LISTEN_S: Final = 0.3
"""How often the steps of running jobs are passed on."""


def all_cores() -> int:
    """Cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def no_step(_text: str) -> None:
    """The `Step` that tells nobody."""


def finished(
    work: Callable[[_Job, Step], _Result],
    jobs: Sequence[_Job],
    *,
    workers: int,
    ray_address: str | None = None,
    on_step: Step = no_step,
) -> Iterator[_Result]:
    """What `work` gives for each job, as they end.

    Args:
        work: A function of a module; it is told the job, and how to tell its steps.
        jobs: Values that can be pickled.
        workers: Processes, at least 1; 1 works in this one.
        ray_address: Work on this Ray cluster instead ("auto": the running one, "local": one
            started here with `workers` workers).
        on_step: Called in this process with each step that a job tells.

    Raises:
        ConfigError: If Ray is asked for and not installed.
        MienError: If a worker dies.
    """
    if not jobs:
        return
    if ray_address is not None:
        yield from _on_ray(work, jobs, address=ray_address, workers=workers, on_step=on_step)
    elif workers <= 1 or len(jobs) == 1:
        for job in jobs:
            yield work(job, on_step)
    else:
        yield from _in_processes(work, jobs, workers=min(workers, len(jobs)), on_step=on_step)


def _in_processes(
    work: Callable[[_Job, Step], _Result], jobs: Sequence[_Job], *, workers: int, on_step: Step
) -> Iterator[_Result]:
    # Spawned, not forked: a forked child may inherit a lock that a thread of this process
    # holds, and a GL context does not survive a fork.
    context = get_context("spawn")
    steps = context.Queue()
    pool = ProcessPoolExecutor(workers, mp_context=context, initializer=_listen, initargs=(steps,))
    try:
        with _environment(ONE_THREAD):
            waiting: set[Future[_Result]] = {pool.submit(_call, work, job) for job in jobs}
        while waiting:
            ready, waiting = wait(waiting, timeout=_LISTEN_S, return_when=FIRST_COMPLETED)
            _pass_on(steps.get_nowait, on_step)
            for future in ready:
                yield future.result()
        pool.shutdown()  # a worker that ends flushes what it told
        _pass_on(steps.get_nowait, on_step)
    except BrokenProcessPool as error:
        raise _death(error) from error
    finally:
        pool.shutdown(cancel_futures=True)


_steps: list[Any] = []
"""Where a worker process tells its steps."""


def _listen(steps: Any) -> None:  # noqa: ANN401 - multiprocessing does not name its type
    _steps.append(steps)
    Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """A worker whose parent was killed would wait for its next job for ever."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _call(work: Callable[[_Job, Step], _Result], job: _Job) -> _Result:
    return work(job, _steps[0].put)


def _pass_on(get: Callable[[], str], on_step: Step) -> None:
    while True:
        try:
            text = get()
        except queue.Empty:
            return
        on_step(text)


@contextmanager
def _environment(changes: dict[str, str]) -> Iterator[None]:
    """Change what processes that are started meanwhile see."""
    before = dict(os.environ)
    os.environ.update(changes)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def _death(error: Exception) -> MienError:
    return MienError(
        f"workers: expected each to live, got one that died ({error}); "
        "ask for fewer if memory was short, and run again: what is finished is kept"
    )


def _on_ray(
    work: Callable[[_Job, Step], _Result],
    jobs: Sequence[_Job],
    *,
    address: str,
    workers: int,
    on_step: Step,
) -> Iterator[_Result]:
    ray = _import_ray()
    is_ours = not ray.is_initialized()
    if is_ours:
        ray.init(
            address=None if address == "local" else address,
            num_cpus=max(workers, 1) if address == "local" else None,
            include_dashboard=False if address == "local" else None,
            log_to_driver=False,
            runtime_env={"env_vars": ONE_THREAD},
        )
    try:
        steps = ray.util.queue.Queue(actor_options={"num_cpus": 0})
        # A job takes minutes, so a worker that dies costs one: its job runs again.
        remote = ray.remote(num_cpus=1, max_retries=3)(_call_on_ray)
        waiting = [remote.remote(work, job, steps) for job in jobs]
        while waiting:
            ready, waiting = ray.wait(waiting, num_returns=1, timeout=_LISTEN_S)
            _pass_on(steps.get_nowait, on_step)
            yield from ray.get(ready)
    except ray.exceptions.WorkerCrashedError as error:
        raise _death(error) from error
    finally:
        if is_ours:
            ray.shutdown()


def _call_on_ray(work: Callable[[_Job, Step], _Result], job: _Job, steps: Any) -> _Result:  # noqa: ANN401
    return work(job, steps.put)


def _import_ray() -> Any:  # noqa: ANN401 - it ships only with its extra
    try:
        import ray
        import ray.util.queue
    except ModuleNotFoundError as exc:
        raise ConfigError(
            "ray: expected Ray for work on a cluster, got none; pip install 'mien[ray]'"
        ) from exc
    return ray
