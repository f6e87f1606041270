"""Compares the library with its peers, line by line.

All sides of a line are made ready first, then they take turns: the library, each peer, the library again, for three
rounds. So a machine that slows down slows all of them down.

A line is printed and kept as soon as it is measured. One that fails is named, and the rest goes on. A run that was
stopped goes on where it was.
"""

import argparse
import os
import re
import signal
import sys
import tempfile
from collections.abc import Callable
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

from lines import LINES, WHOLE_PROCESS, Line, line_named
from machine import Load, machine
from record import Comparison, Failure, Record, Result, fingerprint, opened, versions
from report import LAYER_HEAD, comparison_head, comparison_row, layer_row, peers_of, summary, table_head, table_row
from sides import LATENT, LATENT_BENCH, PEERS_FOLDER, OpenBLAS, layers, sides

ROUNDS = 3
SGEMM = line_named("sgemm 2048")


class Run:
    """Measures what a record lacks, and keeps each result at once."""

    def __init__(self, record: Record, out: Path | None) -> None:
        self.record = record
        self.out = out
        self.load = Load()
        record.loads.append(self.load.so_far())

    def measure(self, lines: list[Line], pattern: str) -> None:
        peers = peers_of(lines)
        for threads in self.record.identity["threads"]:
            if lines:
                print(f"\nThreads: {threads}\n\n{table_head(comparison_head(peers))}", flush=True)
            for line in lines:
                done = self.record.comparison(line, threads)
                if done is None:
                    self.attempt(line.name, threads, lambda: self.compare(line, threads))
                    done = self.record.comparison(line, threads)
                if done:
                    print(table_row(comparison_row(done, peers)), flush=True)
            self.attempt("layers", threads, lambda: self.measure_layers(pattern, threads))
        self.record.is_finished = True
        self.keep()

    def compare(self, line: Line, threads: int) -> None:
        rounds = self.record.identity["rounds"]
        self.record.comparisons.append(compared(line, threads, rounds))

    def measure_layers(self, pattern: str, threads: int) -> None:
        def show(layer: dict[str, Any]) -> None:
            print(table_row(layer_row(layer)), flush=True)

        for index, layer in enumerate(done := self.record.layers_at(threads)):
            if index == 0:
                print(f"\nLayers, threads: {threads}\n\n{table_head(LAYER_HEAD)}")
            show(layer)
        begun = bool(done)
        for layer in layers(pattern, threads, without=[layer["name"] for layer in done]):
            if cause := layer.get("failure"):
                self.fail(layer["name"], threads, cause)
                continue
            if not begun:
                print(f"\nLayers, threads: {threads}\n\n{table_head(LAYER_HEAD)}")
                begun = True
            show(layer)
            self.record.layers.append(layer)
            self.keep()
        if begun and threads not in self.record.best_gigaflops:
            self.record.best_gigaflops[threads] = best_sgemm_gigaflops(threads)

    def attempt(self, name: str, threads: int, measure: Callable[[], None]) -> None:
        print(f"{name}, threads: {threads}", file=sys.stderr)
        try:
            measure()
        except (Exception, SystemExit) as error:
            self.fail(name, threads, sentence(error))
        self.keep()

    def fail(self, name: str, threads: int, cause: str) -> None:
        print(f"{name}, threads: {threads}, was not measured: {cause}", file=sys.stderr)
        self.record.failures.append(Failure(name, threads, cause))

    def keep(self) -> None:
        self.record.loads[-1] = self.load.so_far()
        self.record.write(self.out)


def compared(line: Line, threads: int, rounds: int) -> Comparison:
    with ExitStack() as ending:
        folder = Path(ending.enter_context(tempfile.TemporaryDirectory()))
        ready = [ending.enter_context(closing(side)) for side in sides(line, threads, folder)]
        comparison = Comparison(line, threads, [Result(side.name, side.variant) for side in ready])
        for _ in range(rounds):
            for side, result in zip(ready, comparison.results):
                result.rounds.append(side.measure())
    return comparison


def best_sgemm_gigaflops(threads: int) -> float:
    return 2 * 2048**3 / OpenBLAS(SGEMM, threads).measure().median_ms / 1e6


def sentence(error: BaseException) -> str:
    """What went wrong, in one line; errors that are not ours say of what kind they are."""
    text = " ".join(str(error).split())
    return text if type(error) in (RuntimeError, SystemExit) else f"{type(error).__name__}: {text}"


def thread_counts(text: str) -> list[int]:
    """The numbers of a list like `1,2` that the machine has cores for."""
    if not re.fullmatch(r"[1-9]\d*(,[1-9]\d*)*", text):
        raise argparse.ArgumentTypeError(f"numbers above zero are expected, like 1,2, not “{text}”")
    counts = [int(part) for part in text.split(",")]
    return [count for count in counts if count <= (os.cpu_count() or 1)]


def expression(text: str) -> re.Pattern[str]:
    try:
        return re.compile(text)
    except re.error as error:
        raise argparse.ArgumentTypeError(f"“{text}” is no regular expression: {error}") from error


def parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--filter", type=expression, default="", help="only the lines in whose names it is found")
    parser.add_argument("--threads", type=thread_counts, default="1,2", help="numbers of threads, 1,2 if left out")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help=f"rounds, {ROUNDS} if left out")
    parser.add_argument("--out", type=Path, help="a JSON file for the results, from which a stopped run goes on")
    arguments = parser.parse_args()
    if arguments.rounds < 1:
        parser.error(f"--rounds takes a number above zero, not {arguments.rounds}.")
    if not arguments.threads:
        parser.error("This machine has fewer cores than --threads asks for.")
    return arguments


def stop(*_: object) -> None:
    raise KeyboardInterrupt


def main() -> None:
    arguments = parsed()
    signal.signal(signal.SIGTERM, stop)
    chosen = [line for line in LINES if arguments.filter.search(line.name)]
    programs = [LATENT_BENCH] + ([LATENT] if any(line.name == WHOLE_PROCESS for line in chosen) else [])
    for program in programs:
        if not program.exists():
            raise SystemExit(f"{program} is missing; “make bench” builds it.")
    facts = machine()
    identity = {
        "machine": {name: facts[name] for name in ("cpu", "stepping", "caches", "instruction_sets", "cores")},
        "packages": versions(),
        "library": fingerprint(programs),
        "peers": fingerprint(PEERS_FOLDER.glob("*.py")),
        "rounds": arguments.rounds,
        "filter": arguments.filter.pattern,
        "threads": arguments.threads,
    }
    record, news = opened(arguments.out, identity, facts)
    if news:
        print(news, file=sys.stderr)
    try:
        Run(record, arguments.out).measure(chosen, arguments.filter.pattern)
    except KeyboardInterrupt:
        goes_on = "; the same command goes on from here" if arguments.out else ""
        print(f"Stopped{goes_on}.", file=sys.stderr)
        raise SystemExit(130)
    if record.is_empty:
        raise SystemExit(f"No line's name matches “{arguments.filter.pattern}”.")
    print(f"\nAll together:\n\n{summary(record)}", flush=True)
    raise SystemExit(1 if record.failures else 0)


if __name__ == "__main__":
    main()
