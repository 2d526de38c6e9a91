"""Runs one job per wearer: in this process, in several, or on a Ray cluster."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from mien.errors import ConfigError
from mien.synth.recipe import Recipe


class Job(NamedTuple):
    """One session to be rendered."""

    path: Path
    recipe: Recipe
    wearer: int


def finished(
    work: Callable[[Job], str],
    jobs: Sequence[Job],
    *,
    workers: int,
    ray_address: str | None = None,
) -> Iterator[str]:
    """What `work` gives for each job, as they end.

    Raises:
        ConfigError: If Ray is asked for and not installed.
    """
    if not jobs:
        return
    if ray_address is not None:
        yield from _on_ray(work, jobs, address=ray_address, workers=workers)
    elif workers <= 1 or len(jobs) == 1:
        yield from map(work, jobs)
    else:
        # Spawned, not forked: a GL context does not survive a fork.
        with multiprocessing.get_context("spawn").Pool(min(workers, len(jobs))) as pool:
            yield from pool.imap_unordered(work, jobs)


def _on_ray(
    work: Callable[[Job], str], jobs: Sequence[Job], *, address: str, workers: int
) -> Iterator[str]:
    ray = _import_ray()
    is_ours = not ray.is_initialized()
    if is_ours:
        ray.init(
            address=None if address == "local" else address,
            num_cpus=max(workers, 1) if address == "local" else None,
            include_dashboard=False if address == "local" else None,
            log_to_driver=False,
        )
    try:
        # A session takes minutes, so a worker that dies costs one: its job runs again.
        remote = ray.remote(num_cpus=1, max_retries=3)(work)
        waiting = [remote.remote(job) for job in jobs]
        while waiting:
            ready, waiting = ray.wait(waiting, num_returns=1)
            yield from ray.get(ready)
    finally:
        if is_ours:
            ray.shutdown()


def _import_ray() -> Any:  # noqa: ANN401 - it ships only with its extra
    try:
        import ray
    except ModuleNotFoundError as exc:
        raise ConfigError(
            "ray: expected Ray for rendering on a cluster, got none; pip install 'mien[ray]'"
        ) from exc
    return ray
