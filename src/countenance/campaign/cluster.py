"""Versions made by a Ray cluster. Every node must see the plan's folder under the same path and have a home of the
studio with its keys and grants; nothing of them travels through Ray. Needs the extra `ray`.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from countenance.campaign.version import Outcome, Problem, Version
from countenance.campaign.workers import ATTEMPTS, Maker, Started, make_version
from countenance.errors import LibraryMissing, SetupError

_CARRIED = ("COUNTENANCE_HOME", "COUNTENANCE_MODELS", "COUNTENANCE_ENGINE", "COUNTENANCE_REVOCATION_OFFLINE")
_LOOK_SECONDS = 1.0  # how often Ctrl-C is looked for while nothing ends


class Cluster:
    """Makes versions as Ray tasks, one core each.

    Args:
        address: `ray` for this machine, or `ray://host:port` for a cluster.
        count: how many at once; None: as many as the cluster has cores.
        maker: what makes one; must be importable by name on the nodes.
    """

    def __init__(self, address: str, count: int | None = None, maker: Maker = make_version) -> None:
        self._address, self._count, self._make = address, count, maker

    def run(self, versions: Sequence[Version]) -> Iterator[Started | Outcome]:
        """See workers.Executor. Raises LibraryMissing, SetupError (campaign.cluster)."""
        ray = _ray()
        if not versions:
            return
        _connect(ray, self._address, self._count)
        waiting: deque[tuple[Version, int, datetime | None]] = deque((version, 1, None) for version in versions)
        running: dict[Any, tuple[Version, int, datetime]] = {}
        try:
            task = ray.remote(num_cpus=1, max_retries=0)(_task)
            at_once = self._count or max(1, int(ray.cluster_resources().get("CPU", 1)))
            while waiting or running:
                while waiting and len(running) < at_once:
                    version, attempt, since = waiting.popleft()
                    yield Started(version, attempt)
                    running[task.remote(self._make, version, since)] = (version, attempt, since or datetime.now(UTC))
                ended, _ = ray.wait(list(running), num_returns=1, timeout=_LOOK_SECONDS)
                for one in ended:
                    version, attempt, since = running.pop(one)
                    try:
                        yield ray.get(one)
                    except ray.exceptions.RayError as error:
                        if attempt < ATTEMPTS:
                            waiting.append((version, attempt + 1, since))
                        else:
                            yield Outcome(version.name, {}, _lost(error))
        finally:
            for one in running:
                ray.cancel(one, force=False)  # as at Ctrl-C: the task takes its half-written file away
            if running:
                ray.wait(list(running), num_returns=len(running), timeout=15)
            ray.shutdown()


def _task(maker: Maker, version: Version, since: datetime | None) -> Outcome:
    return maker(version, since)


def _ray() -> Any:
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # nothing is told to anybody
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
    try:
        import ray
    except ImportError as error:
        raise LibraryMissing("--on ray needs the library ray.", "pip install 'countenance[ray]'") from error
    return ray


def _connect(ray: Any, address: str, count: int | None) -> None:
    env = {name: os.environ[name] for name in _CARRIED if name in os.environ}
    env |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    options: dict[str, Any] = {"runtime_env": {"env_vars": env}, "log_to_driver": False, "logging_level": "error"}
    if address == "ray":
        # `local`: one of its own, even where another cluster runs here that RAY_ADDRESS names
        options |= {"address": "local", "num_cpus": count, "include_dashboard": False}
    else:
        options["address"] = address
    try:
        ray.init(**options)
    except Exception as error:  # Ray raises many kinds here
        why = next(iter(str(error).splitlines()), type(error).__name__)
        raise SetupError(
            f"No Ray cluster answers at {address}: {why}.",
            "Check the address (ray://HOST:10001) and, where the cluster asks for one, Ray's own RAY_AUTH_TOKEN; or "
            "use --on ray for this machine.",
            code="campaign.cluster",
        ) from error


def _lost(error: Exception) -> Problem:
    told = type(error).__name__
    return Problem(
        "campaign.worker",
        f"The task that made it was lost {ATTEMPTS} times ({told}).",
        "It may lack memory, or the nodes have another version of this program; look at the cluster's logs.",
    )
