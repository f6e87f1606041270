"""What was measured, as markdown tables and as JSON."""

import datetime
import importlib.metadata
import os
import statistics
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from lines import PEERS, Line
from timing import Sample

PACKAGES = ("torch", "onnxruntime", "openvino")


@dataclass
class Result:
    """The rounds of one side on one line."""

    side: str
    variant: str
    rounds: list[Sample] = field(default_factory=list)

    @property
    def median_ms(self) -> float:
        return statistics.median(sample.median_ms for sample in self.rounds)

    @property
    def peak_rss_mb(self) -> float:
        return max(sample.peak_rss_mb for sample in self.rounds)


@dataclass
class Comparison:
    """One line at one number of threads; the library's result comes first."""

    line: Line
    threads: int
    results: list[Result]

    def result(self, side: str) -> Result | None:
        return next((result for result in self.results if result.side == side), None)

    def ratio(self, result: Result) -> float:
        """How many times as long as the library a peer takes: the median over the rounds."""
        pairs = zip(result.rounds, self.results[0].rounds)
        return statistics.median(theirs.median_ms / ours.median_ms for theirs, ours in pairs)


def machine() -> dict[str, Any]:
    with open("/proc/cpuinfo") as file:
        model = next((text.split(":")[1].strip() for text in file if text.startswith("model name")), "unknown")
    return {
        "date": datetime.date.today().isoformat(),
        "cpu": model,
        "cores": os.cpu_count(),
        "packages": {name: importlib.metadata.version(name) for name in PACKAGES},
    }


def heading() -> str:
    facts = machine()
    versions = ", ".join(f"{name} {version}" for name, version in facts["packages"].items())
    return f"{facts['date']}, {facts['cpu']}, {facts['cores']} cores; {versions}. f32 everywhere."


def comparison_table(comparisons: list[Comparison], threads: int) -> str:
    """Medians in milliseconds; × is a peer's time divided by the library's in the same round."""
    chosen = [comparison for comparison in comparisons if comparison.threads == threads]
    peers = [peer for peer in PEERS if any(comparison.result(peer) for comparison in chosen)]
    rows = [["line", "latent ms", *(cell for peer in peers for cell in (f"{peer} ms", "×"))]]
    for comparison in chosen:
        row = [comparison.line.name, f"{comparison.results[0].median_ms:.2f}"]
        for peer in peers:
            result = comparison.result(peer)
            if result is None:
                row += ["", ""]
                continue
            variant = f" ({result.variant})" if result.variant else ""
            row += [f"{result.median_ms:.2f}{variant}", f"{comparison.ratio(result):.2f}"]
        rows.append(row)
    return table(rows)


def memory_table(comparisons: list[Comparison], threads: int) -> str:
    """The peak of resident memory in megabytes."""
    chosen = [comparison for comparison in comparisons if comparison.threads == threads]
    peers = [peer for peer in PEERS if any(comparison.result(peer) for comparison in chosen)]
    rows = [["line", "latent MB", *(f"{peer} MB" for peer in peers)]]
    for comparison in chosen:
        cells = (comparison.result(peer) for peer in peers)
        rows.append(
            [comparison.line.name, f"{comparison.results[0].peak_rss_mb:.0f}"]
            + [f"{result.peak_rss_mb:.0f}" if result else "" for result in cells]
        )
    return table(rows)


def layer_table(layers: list[dict[str, Any]], best_gigaflops: float) -> str:
    """The layers' rates beside that of the fastest product."""
    rows = [["line", "ms", "GFLOP/s", "of own sgemm 2048", "of best sgemm 2048"]]
    for layer in layers:
        rows.append(
            [
                layer["name"],
                f"{layer['median_ms']:.2f}",
                f"{layer['gflops']:.1f}",
                f"{layer['sgemm_ratio']:.2f}",
                f"{layer['gflops'] / best_gigaflops:.2f}",
            ]
        )
    return table(rows)


def table(rows: list[list[str]]) -> str:
    head, *body = ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join([head, "|---|" + "---:|" * (len(rows[0]) - 1), *body])


def as_json(comparisons: list[Comparison], layers: dict[int, list[dict[str, Any]]]) -> dict[str, Any]:
    return {
        "machine": machine(),
        "comparisons": [
            {
                "name": comparison.line.name,
                "threads": comparison.threads,
                "results": [
                    asdict(result) | {"median_ms": result.median_ms, "ratio": comparison.ratio(result)}
                    for result in comparison.results
                ],
            }
            for comparison in comparisons
        ],
        "layers": [layer for measured in layers.values() for layer in measured],
    }
