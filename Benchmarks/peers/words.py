"""Compares how fast word vectors are read, with gensim, on a text file of GloVe's form that is made for it.

Both sides read the text and write the form of their own that opens at once, in a process of their own, by turns:
`latent cache` on one thread and on all, and gensim's `load_word2vec_format` and `save`. It needs `make latent`, and
gensim: `pip install gensim numpy`. Example: python Benchmarks/peers/words.py --rounds 3
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

LATENT = Path(__file__).resolve().parents[2] / "bin/latent"
GENSIM = """
import sys
from gensim.models import KeyedVectors
KeyedVectors.load_word2vec_format(sys.argv[1], no_header=True).save(sys.argv[2])
"""


def write_vectors(path: Path, words: int, dimension: int) -> None:
    """Normal values with five and six decimals, as in GloVe's files."""
    import numpy

    random = numpy.random.default_rng(1)
    form = " ".join("%.6f" if column % 9 == 0 else "%.5f" for column in range(dimension))
    with open(path, "w") as file:
        for index in range(words):
            values = 0.4 * random.standard_normal(dimension)
            file.write(f"w{index * 7919 % 1_000_003} {form % tuple(values.tolist())}\n")


def seconds(command: list[str]) -> float:
    start = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--words", type=int, default=400_000)
    parser.add_argument("--dimension", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--latent", type=Path, default=LATENT, help="the program; bin/latent if left out")
    arguments = parser.parse_args()
    if not arguments.latent.exists():
        raise SystemExit(f"{arguments.latent} is missing; “make latent” builds it.")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        text, out = str(folder / "words.txt"), str(folder / "out")
        write_vectors(folder / "words.txt", arguments.words, arguments.dimension)
        sides = {
            f"latent, threads: {threads}": [
                str(arguments.latent), "cache", text, "--out", out, "--threads", str(threads)
            ]
            for threads in sorted({1, os.cpu_count() or 1})
        }  # fmt: skip
        sides["gensim"] = [sys.executable, "-c", GENSIM, text, out]
        times: dict[str, list[float]] = {side: [] for side in sides}
        for _ in range(arguments.rounds):
            for side, command in sides.items():
                times[side].append(seconds(command))
    print(f"{arguments.words} words of {arguments.dimension} values\n\n| side | s | gensim ÷ side |\n|---|---|---|")
    for side, taken in times.items():
        ratio = statistics.median(peer / own for peer, own in zip(times["gensim"], taken))
        print(f"| {side} | {statistics.median(taken):.2f} | {ratio:.1f} |")


if __name__ == "__main__":
    main()
