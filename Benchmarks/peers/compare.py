"""Compares the library with its peers, line by line.

All sides of a line are made ready first, then they take turns: the library, each peer, the library again, for three
rounds. So a machine that slows down slows all of them down.
"""

import argparse
import json
import os
import re
import sys
import tempfile
from pathlib import Path
from typing import Any

from lines import LINES, WHOLE_PROCESS, Line, line_named
from report import Comparison, Result, as_json, comparison_table, heading, layer_table, memory_table
from sides import LATENT, LATENT_BENCH, OpenBLAS, layers, sides

ROUNDS = 3
SGEMM = line_named("sgemm 2048")


def compared(line: Line, threads: int, rounds: int) -> Comparison:
    with tempfile.TemporaryDirectory() as folder:
        ready = sides(line, threads, Path(folder))
        comparison = Comparison(line, threads, [Result(side.name, side.variant) for side in ready])
        for _ in range(rounds):
            for side, result in zip(ready, comparison.results):
                result.rounds.append(side.measure())
        for side in ready:
            side.close()
    return comparison


def best_sgemm_gigaflops(threads: int) -> float:
    return 2 * 2048**3 / OpenBLAS(SGEMM, threads).measure().median_ms / 1e6


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
    parser.add_argument("--out", type=Path, help="a JSON file for the results")
    arguments = parser.parse_args()
    if arguments.rounds < 1:
        parser.error(f"--rounds takes a number above zero, not {arguments.rounds}.")
    if not arguments.threads:
        parser.error("This machine has fewer cores than --threads asks for.")
    return arguments


def main() -> None:
    arguments = parsed()
    chosen = [line for line in LINES if arguments.filter.search(line.name)]
    for program in [LATENT_BENCH] + ([LATENT] if any(line.name == WHOLE_PROCESS for line in chosen) else []):
        if not program.exists():
            raise SystemExit(f"{program} is missing; “make bench” builds it.")
    comparisons: list[Comparison] = []
    measured_layers: dict[int, list[dict[str, Any]]] = {}
    print(heading(), flush=True)
    for threads in arguments.threads:
        for line in chosen:
            print(f"{line.name}, threads: {threads}", file=sys.stderr)
            comparisons.append(compared(line, threads, arguments.rounds))
        measured_layers[threads] = layers(arguments.filter.pattern, threads)
        if not comparisons and not measured_layers[threads]:
            raise SystemExit(f"No line's name matches “{arguments.filter.pattern}”.")
        if chosen:
            print(f"\nThreads: {threads}\n\n{comparison_table(comparisons, threads)}")
            print(f"\nPeak memory, threads: {threads}\n\n{memory_table(comparisons, threads)}")
        if measured_layers[threads]:
            best = best_sgemm_gigaflops(threads)
            print(f"\nLayers, threads: {threads}; best sgemm 2048: {best:.1f} GFLOP/s\n")
            print(layer_table(measured_layers[threads], best), flush=True)
    if arguments.out:
        arguments.out.write_text(json.dumps(as_json(comparisons, measured_layers), indent=2) + "\n")


if __name__ == "__main__":
    main()
