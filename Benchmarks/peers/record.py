"""What a run has measured so far, kept in a file at once, from which a stopped run goes on."""

import hashlib
import importlib.metadata
import json
import os
import statistics
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from lines import Line, line_named
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


@dataclass
class Failure:
    """What could not be measured, and why, in one sentence."""

    name: str
    threads: int
    cause: str


@dataclass
class Record:
    """A run: what it measures, on what, and what came of it so far."""

    # What has to agree for a run to be gone on with.
    identity: dict[str, Any]
    machine: dict[str, Any]
    # For each start of the run what else the machine did meanwhile.
    loads: list[dict[str, float]] = field(default_factory=list)
    comparisons: list[Comparison] = field(default_factory=list)
    layers: list[dict[str, Any]] = field(default_factory=list)
    # The rate of the best peer's product, by the number of threads.
    best_gigaflops: dict[int, float] = field(default_factory=dict)
    failures: list[Failure] = field(default_factory=list)
    is_finished: bool = False

    @property
    def is_empty(self) -> bool:
        return not (self.comparisons or self.layers or self.failures)

    def comparison(self, line: Line, threads: int) -> Comparison | None:
        return next((one for one in self.comparisons if (one.line, one.threads) == (line, threads)), None)

    def layers_at(self, threads: int) -> list[dict[str, Any]]:
        return [layer for layer in self.layers if layer["threads"] == threads]

    def write(self, path: Path | None) -> None:
        """Replaces the file as a whole: a reader, or a run that goes on, never sees half of one.

        A run that measured nothing leaves the file of another alone.
        """
        if path is None or self.is_empty:
            return
        beside = path.with_name(path.name + ".part")
        beside.write_text(json.dumps(self.as_json(), indent=2) + "\n")
        os.replace(beside, path)

    def as_json(self) -> dict[str, Any]:
        return {
            "identity": self.identity,
            "machine": self.machine,
            "loads": self.loads,
            "finished": self.is_finished,
            "comparisons": [
                {
                    "name": comparison.line.name,
                    "threads": comparison.threads,
                    "results": [
                        asdict(result) | {"median_ms": result.median_ms, "ratio": comparison.ratio(result)}
                        for result in comparison.results
                    ],
                }
                for comparison in self.comparisons
            ],
            "layers": self.layers,
            "best_sgemm_gflops": self.best_gigaflops,
            "failures": [asdict(failure) for failure in self.failures],
        }

    @classmethod
    def of_json(cls, values: dict[str, Any]) -> "Record":
        """What was measured; failures are left out, since a run that goes on tries those again."""
        return cls(
            values["identity"],
            values["machine"],
            values["loads"],
            [
                Comparison(
                    line_named(one["name"]),
                    one["threads"],
                    [
                        Result(side["side"], side["variant"], [Sample(**sample) for sample in side["rounds"]])
                        for side in one["results"]
                    ],
                )
                for one in values["comparisons"]
            ],
            values["layers"],
            {int(threads): rate for threads, rate in values["best_sgemm_gflops"].items()},
            is_finished=values["finished"],
        )


def opened(path: Path | None, identity: dict[str, Any], machine: dict[str, Any]) -> tuple[Record, str]:
    """The record to go on with, and a sentence about it where there was a file."""
    fresh = Record(identity, machine)
    if path is None or not path.exists():
        return fresh, ""
    try:
        old = Record.of_json(json.loads(path.read_text()))
    except (ValueError, KeyError, TypeError, StopIteration):
        return fresh, f"{path} is no record of a run; begins anew."
    if old.is_finished:
        return fresh, f"The run in {path} is finished; begins anew."
    differing = [name for name in identity if old.identity.get(name) != identity[name]]
    if differing:
        return fresh, f"The run in {path} was of another {' and '.join(differing)}; begins anew."
    taken = [f"{one.line.name}, threads: {one.threads}" for one in old.comparisons]
    return old, (
        f"Goes on with the run in {path} of {old.machine['date']}; takes over {len(old.layers)} layers and "
        f"{len(taken)} lines{': ' if taken else ''}{'; '.join(taken)}."
    )


def versions() -> dict[str, str]:
    """Those of the peers' packages that are installed."""
    found = {}
    for name in PACKAGES:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


def fingerprint(files: Iterable[Path]) -> str:
    """One number for the contents of some files."""
    total = hashlib.sha256()
    for file in sorted(files):
        with file.open("rb") as contents:
            total.update(hashlib.file_digest(contents, "sha256").digest())
    return total.hexdigest()[:16]
