"""Breaks the kernels on purpose, one slip at a time, and counts the slips that no test notices.

    python3 Tests/Mutation/mutate.py --count 300 --seed 1

A mutant is a kernel with one sign flipped, one term dropped, one limit moved, one index or constant off by one. It is
killed when a test of CKernelsTests fails, crashes or does not end, under one of the processor's instruction sets. All
happens in a copy of the kernels under .build/mutation. Mutants that compile to the same code as the original, and
those at the places of equivalent.tsv, are left out: no test can tell them. Each is reported, one a line, in
.build/mutation/report.tsv.
"""

import argparse
import os
import random
import re
import sys
from pathlib import Path

from operators import Mutant, mutants_of
from workshop import Run, Workshop

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
GOAL = 0.95
# The suites that look at a file first. Any other file is looked at by all suites at once.
FIRST_SUITES = [
    (r"Matrices/", "GemmTests"),
    (r"depthwise", "DepthwiseTests"),
    (r"pooling", "PoolingTests"),
    (r"Convolution/", "ConvolutionTests|StreamingTests"),
    (r"prelu", "PReLUTests"),
    (r"gelu", "TransformerTests"),
    (r"Activation/", "ActivationTests"),
    (r"theta_loss", "ThetaLossTests|StreamingTests"),
    (r"Losses/", "LossTests"),
    (r"batch_norm", "NormalizationTests"),
    (r"length_normalization", "LengthNormalizationTests"),
    (r"layer_norm|Transformer/", "TransformerTests"),
    (r"area_resize", "AreaResizeTests"),
    (r"resize", "ResizeTests"),
    (r"resample", "ResampleTests"),
    (r"warp", "WarpTests"),
    (r"half", "HalfTests"),
    (r"dropout|augmentation", "RegularizationTests"),
    (r"channel_scale", "ChannelScaleTests"),
    (r"elementwise|Optimizers/", "ElementwiseTests"),
    (r"Style/", "StyleTests"),
    (r"memory|scratch", "MemoryTests"),
    (r"parallel", "ParallelTests"),
    (r"instructions", "InstructionsTests"),
    (r"Machine/", "ElementwiseTests|PReLUTests|ActivationTests"),
]
ALL_SUITES = "CKernelsTests"


def first_suites(file: str) -> str:
    return next((suites for pattern, suites in FIRST_SUITES if re.search(pattern, file)), ALL_SUITES)


def instruction_sets() -> list[str]:
    """Those of this processor, the widest first: it is the one that most of the code runs in."""
    processor = Path("/proc/cpuinfo").read_text()
    wide = [("avx512", "avx512vl"), ("avx2", "avx2")]
    return [name for name, flag in wide if re.search(rf"\b{flag}\b", processor)] + ["portable"]


class EquivalentPlaces:
    """The places of equivalent.tsv: a piece of code, or name() for a whole function, and the kinds of change."""

    def __init__(self) -> None:
        rows = (HERE / "equivalent.tsv").read_text().splitlines()[1:]
        self.rows = [(file, code, kinds.split(",")) for file, code, kinds, _ in (row.split("\t") for row in rows)]

    def of(self, file: str, source: str) -> list[tuple[int, int, list[str]]]:
        """Begin, end and kinds of the places in a file."""
        found = []
        for _, code, kinds in (row for row in self.rows if row[0] == file):
            pattern = re.escape(code)
            if code.endswith("()"):
                pattern = rf"^(?:static|CK_INLINE)[^;{{}}]*\b{code[:-2]}\([^;{{}}]*\{{.*?^\}}"
            spans = [m.span() for m in re.finditer(pattern, source, re.MULTILINE | re.DOTALL)]
            if not spans:
                raise SystemExit(f"equivalent.tsv names code that {file} does not have: {code}")
            found += [(begin, end, kinds) for begin, end in spans]
        return found


class Chooser:
    """Draws mutants in an order that the seed decides, from each file by its share of all of them."""

    def __init__(self, workshop: Workshop, only: str, seed: int) -> None:
        self.random = random.Random(seed)
        equivalent = EquivalentPlaces()
        self.left: dict[str, list[Mutant]] = {}
        for file in workshop.files():
            source = workshop.source(file)
            places = equivalent.of(file, source)
            kept = [
                m for m in mutants_of(file, source)
                if not any(begin <= m.begin and m.end <= end and (m.kind in kinds or kinds == ["any"])
                           for begin, end, kinds in places)
            ]
            self.random.shuffle(kept)
            if kept and re.search(only, file):
                self.left[file] = kept
        self.sizes = {file: len(kept) for file, kept in self.left.items()}
        self.taken = dict.fromkeys(self.left, 0)

    def next(self) -> Mutant | None:
        files = [file for file, kept in self.left.items() if kept]
        if not files:
            return None
        # Square roots, so that the small files are not left out.
        file = min(files, key=lambda file: (self.taken[file] + 0.5) / self.sizes[file] ** 0.5)
        return self.left[file].pop()

    def count(self, mutant: Mutant) -> None:
        self.taken[mutant.file] += 1


class Judge:
    """Runs the tests against what is installed in the workshop."""

    def __init__(self, workshop: Workshop) -> None:
        self.workshop = workshop
        self.most_seconds: dict[str, int] = {}
        # What the unchanged kernels need; and their tests must pass.
        for instructions in instruction_sets():
            run = workshop.run(ALL_SUITES, instructions, 600)
            if run.end != "passed":
                raise SystemExit(f"The tests fail with the unchanged kernels under {instructions}: {run.test}")
            self.most_seconds[instructions] = 5 + int(2 * run.seconds)

    def verdict(self, file: str) -> tuple[str, Run | None]:
        """Under which suites and instructions the mutant was killed, and how; None where it survives."""
        for suites in dict.fromkeys([first_suites(file), ALL_SUITES]):
            for instructions, most_seconds in self.most_seconds.items():
                run = self.workshop.run(suites, instructions, most_seconds)
                if run.end != "passed":
                    return f"{suites} {instructions}", run
        return "", None


def one_line(text: str) -> str:
    return " ".join(text.split())


def row_of(mutant: Mutant, source: str, outcome: str, where: str, run: Run | None) -> str:
    line = one_line(source.split("\n")[mutant.line - 1])
    # Tokens alone hide which of several equal ones was changed; the columns around them show it.
    begin = max(source.rfind("\n", 0, mutant.begin) + 1, mutant.begin - 20)
    before = one_line(source[begin : mutant.end + 20].split("\n")[0])
    changed = source[begin : mutant.begin] + mutant.after + source[mutant.end : mutant.end + 20]
    after = one_line(changed.split("\n")[0])
    by = f"{where}: {run.end} {run.test}".strip() if run else ""
    return "\t".join([mutant.file, str(mutant.line), mutant.kind, before, after, outcome, by, line])


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--count", type=int, default=300, help="how many mutants, those left out not counted")
    parser.add_argument("--seed", type=int, default=1, help="which mutants")
    parser.add_argument("--files", default="", help="a regular expression: mutants of these files only")
    arguments = parser.parse_args()
    folder = ROOT / ".build" / "mutation"
    os.nice(10)
    folder.mkdir(parents=True, exist_ok=True)
    workshop = Workshop(ROOT, folder)
    chooser, judge = Chooser(workshop, arguments.files, arguments.seed), Judge(workshop)
    killed, survivors, same = 0, 0, 0
    with (folder / "report.tsv").open("w") as report:
        print("file\tline\tkind\tbefore\tafter\toutcome\tby\twhole line", file=report)
        while killed + survivors < arguments.count:
            mutant = chooser.next()
            if mutant is None:
                break
            source = workshop.source(mutant.file)
            try:
                built = workshop.install(mutant.file, mutant.applied(source))
                if built != "built":
                    same += built == "same code"
                    print(row_of(mutant, source, built, "", None), file=report)
                    continue
                where, run = judge.verdict(mutant.file)
            finally:
                workshop.restore(mutant.file)
            chooser.count(mutant)
            killed, survivors = killed + (run is not None), survivors + (run is None)
            row = row_of(mutant, source, "killed" if run else "survived", where, run)
            print(row, file=report, flush=True)
            if run is None:
                print(row.replace("\t", "  "), flush=True)
    tried = killed + survivors
    print(f"{killed} of {tried} mutants killed, {survivors} survived; {same} more compile to the original's code.")
    return 0 if tried and killed >= GOAL * tried else 1


if __name__ == "__main__":
    sys.exit(main())
