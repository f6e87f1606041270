"""The stopwatch of the peers: the same rules as `latent-bench`'s."""

import resource
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

ENOUGH_SECONDS = 1.0
FEWEST = 5
SLOW_SECONDS = 2.0


@dataclass
class Sample:
    """What one side of a comparison took in one round."""

    median_ms: float
    min_ms: float
    iterations: int
    peak_rss_mb: float

    @classmethod
    def of(cls, seconds: list[float], peak_rss_mb: float) -> "Sample":
        milliseconds = [1000 * value for value in seconds]
        return cls(statistics.median(milliseconds), min(milliseconds), len(seconds), peak_rss_mb)


def timed(iterate: Callable[[], Any]) -> tuple[float, Any]:
    start = time.perf_counter()
    result = iterate()
    return time.perf_counter() - start, result


def measured(iterate: Callable[[], Any]) -> tuple[Sample, Any]:
    """One round of a warm workload, and its last result; a slow one is run once a round."""
    seconds: list[float] = []
    result: Any = None
    while len(seconds) < FEWEST or sum(seconds) < ENOUGH_SECONDS:
        result = None
        elapsed, result = timed(iterate)
        seconds.append(elapsed)
        if seconds[0] > SLOW_SECONDS:
            break
    return Sample.of(seconds, peak_megabytes()), result


def reset_peak() -> None:
    """Begins a new peak of memory, so that candidates which were rejected do not count."""
    with open("/proc/self/clear_refs", "w") as file:
        file.write("5")


def peak_megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6
