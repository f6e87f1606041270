"""The sides of a comparison: the library and its peers, each in processes of its own.

Nothing heavy is imported here: a child's peak of memory begins with that of the process that starts it.
"""

import json
import math
import os
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, Protocol

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


def started(command: list[Any], environment: dict[str, str] | None = None, **streams: Any) -> subprocess.Popen[str]:
    """A process in a group of its own: an interruption reaches us alone, and we end the group."""
    return subprocess.Popen(
        [str(part) for part in command], env=os.environ | (environment or {}), text=True, start_new_session=True,
        **streams,
    )  # fmt: skip


def end(process: subprocess.Popen[str]) -> None:
    """Ends a process that may still run, and all that it started."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def run(command: list[Any], environment: dict[str, str] | None = None) -> str:
    """What a command prints; a failing one is an error with the last thing it said."""
    with tempfile.TemporaryFile("w+") as said:
        process = started(command, environment, stdout=subprocess.PIPE, stderr=said)
        try:
            printed, _ = process.communicate()
        finally:
            end(process)
        if process.returncode:
            raise failure(Path(command[0]).name, process, said)
        return printed


def failure(name: str, process: subprocess.Popen[str], said: IO[str]) -> RuntimeError:
    """An error of a process that ended by itself, with the last line it wrote to standard error."""
    said.seek(0)
    words = [line.strip() for line in said if line.strip()]
    return RuntimeError(f"{name} ended with code {process.wait()}{': ' + words[-1] if words else '.'}")


def sample_of(record: dict[str, Any]) -> Sample:
    if not 0 < record["min_ms"] <= record["median_ms"] < math.inf:
        raise RuntimeError(f"A median of {record['median_ms']} ms is no time.")
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
        self.said = tempfile.TemporaryFile("w+")
        self.process = started(
            [sys.executable, script, "--line", line.name, "--peer", peer, "--threads", threads, "--folder", folder],
            {"OMP_NUM_THREADS": str(threads)},
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.said,
        )  # fmt: skip
        try:
            self.variant = self.answer()["variant"]
        except BaseException:
            self.close()
            raise

    def measure(self) -> Sample:
        assert self.process.stdin
        try:
            self.process.stdin.write("round\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            raise failure(self.name, self.process, self.said) from None
        return sample_of(self.answer())

    def close(self) -> None:
        end(self.process)
        self.said.close()

    def answer(self) -> dict[str, Any]:
        assert self.process.stdout
        text = self.process.stdout.readline()
        if not text:
            raise failure(self.name, self.process, self.said)
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
        self.command = command
        self.start()

    def start(self) -> tuple[float, float]:
        """Seconds and peak megabytes of one start."""
        with tempfile.TemporaryFile("w+") as said:
            begin = time.perf_counter()
            process = started(self.command, stdout=subprocess.DEVNULL, stderr=said)
            try:
                _, status, usage = os.wait4(process.pid, 0)
                elapsed = time.perf_counter() - begin
                process.returncode = os.waitstatus_to_exitcode(status)
            finally:
                end(process)
            if process.returncode:
                raise failure(self.name, process, said)
        return elapsed, usage.ru_maxrss * 1024 / 1e6

    def measure(self) -> Sample:
        seconds, peaks = zip(*(self.start() for _ in range(STARTS)))
        return Sample.of(list(seconds), statistics.median(peaks))

    def close(self) -> None:
        pass


def sides(line: Line, threads: int, folder: Path) -> Iterator[Side]:
    """The library first, then the peers, each ready to be measured."""
    if line.name == WHOLE_PROCESS:
        script = PEERS_FOLDER / "whole_process.py"
        run([sys.executable, script, "prepare", "--folder", folder, "--latent", LATENT])
        ours = [LATENT, "edit", folder / "photo.jpg", "--add", "smiling", "--threads", threads, "--out",
                folder / "latent.png"]  # fmt: skip
        theirs = [sys.executable, script, "edit", "--folder", folder, "--threads", threads, "--out",
                  folder / "pytorch.png"]  # fmt: skip
        yield WholeProcess(Ours.name, ours)
        yield WholeProcess(PYTORCH, theirs)
        return
    if line.exported:
        run([sys.executable, PEERS_FOLDER / "worker.py", "--line", line.name, "--folder", folder])
    yield Ours(line, threads)
    for peer in line.peers:
        yield OpenBLAS(line, threads) if peer == OPENBLAS else Worker(line, peer, threads, folder)


def layers(pattern: str, threads: int, without: list[str]) -> Iterator[dict[str, Any]]:
    """The library's convolution layers whose names match, as they are measured; they have no peers.

    One that fails is a record with its `name` and the `failure`.
    """
    others = f"(?!(?:{'|'.join(re.escape(name) for name in without)})$)" if without else ""
    command = [LATENT_BENCH, "--filter", f"^(?=layer){others}.*(?:{pattern})", "--threads", threads, "--json"]
    with tempfile.TemporaryFile("w+") as said:
        process = started(command, stdout=subprocess.PIPE, stderr=said)
        try:
            assert process.stdout
            is_failing = False
            for text in process.stdout:
                layer = json.loads(text)
                is_failing = is_failing or "failure" in layer
                yield layer
            process.wait()
        finally:
            end(process)
        if process.returncode and not (is_failing and process.returncode == 1):
            error = failure("latent-bench", process, said)
            if "No line's name matches" not in str(error):
                raise error
