"""The sides of a comparison: the library and its peers, each in processes of its own.

Nothing heavy is imported here: a child's peak of memory begins with that of the process that starts it.
"""

import json
import os
import re
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Protocol

from lines import OPENBLAS, PYTORCH, WHOLE_PROCESS, Line
from timing import Sample

PEERS_FOLDER = Path(__file__).resolve().parent
ROOT = PEERS_FOLDER.parents[1]
LATENT_BENCH = ROOT / "Benchmarks/.build/release/latent-bench"
LATENT = ROOT / "bin/latent"
CORE_TYPES = ("", "Haswell", "SkylakeX", "Zen", "Cooperlake")
STARTS = 5


class Side(Protocol):
    """One side of a comparison on one line."""

    name: str
    variant: str

    def measure(self) -> Sample:
        """One round."""

    def close(self) -> None:
        """Ends what was started."""


def run(command: list[Any], environment: dict[str, str] | None = None) -> str:
    """What a command prints; a failing one ends the comparison with what it said."""
    done = subprocess.run(
        [str(part) for part in command], env=os.environ | (environment or {}), text=True, capture_output=True
    )
    if done.returncode:
        raise SystemExit(f"{Path(command[0]).name} failed: {done.stderr.strip()}")
    return done.stdout


def sample_of(record: dict[str, Any]) -> Sample:
    return Sample(record["median_ms"], record["min_ms"], record["iterations"], record["peak_rss_mb"])


class Ours:
    """The library, measured by `latent-bench`."""

    name = "latent"
    variant = ""

    def __init__(self, line: Line, threads: int) -> None:
        self.command = [
            LATENT_BENCH, "--filter", f"^{re.escape(line.name)}$", "--threads", threads, "--json"
        ]  # fmt: skip

    def measure(self) -> Sample:
        return sample_of(json.loads(run(self.command)))

    def close(self) -> None:
        pass


class Worker:
    """A peer that stays warm between rounds."""

    def __init__(self, line: Line, peer: str, threads: int, folder: Path) -> None:
        self.name = peer
        script = PEERS_FOLDER / "worker.py"
        self.process = subprocess.Popen(
            [sys.executable, script, "--line", line.name, "--peer", peer, "--threads", str(threads),
             "--folder", folder],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            env=os.environ | {"OMP_NUM_THREADS": str(threads)},
        )  # fmt: skip
        self.variant = self.answer()["variant"]

    def measure(self) -> Sample:
        assert self.process.stdin
        self.process.stdin.write("round\n")
        self.process.stdin.flush()
        return sample_of(self.answer())

    def close(self) -> None:
        self.process.communicate()

    def answer(self) -> dict[str, Any]:
        assert self.process.stdout
        text = self.process.stdout.readline()
        if not text:
            raise SystemExit(f"{self.name} ended with code {self.process.wait()}.")
        return json.loads(text)


class OpenBLAS:
    """OpenBLAS with the core type that is fastest on this machine."""

    name = OPENBLAS

    def __init__(self, line: Line, threads: int) -> None:
        self.size = line.name.split()[-1]
        self.threads = threads
        tried = {core: self.attempt(core) for core in CORE_TYPES}
        self.core = min(tried, key=lambda core: tried[core]["median_ms"])
        self.variant = tried[self.core]["core"]

    def attempt(self, core: str) -> dict[str, Any]:
        environment = {"OPENBLAS_NUM_THREADS": str(self.threads), "OPENBLAS_CORETYPE": core}
        return json.loads(run([sys.executable, PEERS_FOLDER / "openblas.py", self.size], environment))

    def measure(self) -> Sample:
        return sample_of(self.attempt(self.core))

    def close(self) -> None:
        pass


class WholeProcess:
    """A program from its start to its end, photo to PNG; a round starts it several times."""

    def __init__(self, name: str, command: list[Any]) -> None:
        self.name = name
        self.variant = ""
        self.command = [str(part) for part in command]
        self.start()

    def start(self) -> tuple[float, float]:
        """Seconds and peak megabytes of one start."""
        begin = time.perf_counter()
        process = subprocess.Popen(self.command)
        _, status, usage = os.wait4(process.pid, 0)
        elapsed = time.perf_counter() - begin
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise SystemExit(f"{self.name} ended with code {process.returncode}.")
        return elapsed, usage.ru_maxrss * 1024 / 1e6

    def measure(self) -> Sample:
        seconds, peaks = zip(*(self.start() for _ in range(STARTS)))
        return Sample.of(list(seconds), statistics.median(peaks))

    def close(self) -> None:
        pass


def sides(line: Line, threads: int, folder: Path) -> list[Side]:
    """The library first, then the peers, all ready to be measured."""
    if line.name == WHOLE_PROCESS:
        script = PEERS_FOLDER / "whole_process.py"
        run([sys.executable, script, "prepare", "--folder", folder])
        ours = [LATENT, "edit", folder / "photo.jpg", "--add", "smiling", "--threads", threads, "--out",
                folder / "latent.png"]  # fmt: skip
        theirs = [sys.executable, script, "edit", "--folder", folder, "--threads", threads, "--out",
                  folder / "pytorch.png"]  # fmt: skip
        return [WholeProcess(Ours.name, ours), WholeProcess(PYTORCH, theirs)]
    if OPENBLAS in line.peers:
        return [Ours(line, threads), OpenBLAS(line, threads)]
    if line.exported:
        run([sys.executable, PEERS_FOLDER / "worker.py", "--line", line.name, "--folder", folder])
    return [Ours(line, threads), *(Worker(line, peer, threads, folder) for peer in line.peers)]


def layers(pattern: str, threads: int) -> list[dict[str, Any]]:
    """The library's convolution layers whose names match; they have no peers."""
    command = [LATENT_BENCH, "--filter", f"^(?=layer).*(?:{pattern})", "--threads", str(threads), "--json"]
    done = subprocess.run(command, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if done.returncode and "No line's name matches" not in done.stderr:
        raise SystemExit(f"latent-bench failed: {done.stderr.strip()}")
    return [json.loads(text) for text in done.stdout.splitlines()]
