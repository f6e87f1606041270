"""What a comparison does about lines that fail and runs that are stopped, with sides that measure nothing."""

import contextlib
import io
import json
import sys
import tempfile
import unittest
from pathlib import Path
from unittest import mock

import compare
import sides
from lines import line_named
from record import fingerprint, opened
from timing import Sample

PROGRAM = Path(__file__)


class FakeSide:
    """A side that takes as long as it is told, or fails."""

    def __init__(self, name: str, milliseconds: float, error: BaseException | None = None) -> None:
        self.name, self.variant = name, ""
        self.milliseconds, self.error = milliseconds, error
        self.is_closed = False

    def measure(self) -> Sample:
        if self.error:
            raise self.error
        return Sample(self.milliseconds, self.milliseconds, 5, 10)

    def close(self) -> None:
        self.is_closed = True


class ComparisonTests(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.out = Path(folder.name) / "results.json"
        self.errors: dict[str, BaseException] = {}
        self.measured: list[str] = []
        self.made: list[FakeSide] = []
        self.layers = [{"name": "layer a", "threads": 1, "median_ms": 1.0, "gflops": 50.0, "sgemm_ratio": 0.5}]
        self.asked_without: list[list[str]] = []

    def sides(self, line, threads, folder):
        self.measured.append(line.name)
        for name, milliseconds in (("latent", 2), ("PyTorch", 3)):
            error = self.errors.get(line.name) if name == "PyTorch" else None
            self.made.append(FakeSide(name, milliseconds, error))
            yield self.made[-1]

    def fake_layers(self, pattern, threads, without):
        self.asked_without.append(without)
        yield from (layer for layer in self.layers if layer["name"] not in without)

    def run_comparison(self, *arguments: str) -> tuple[int, str, str]:
        """The exit code, standard output and standard error."""
        said, told = io.StringIO(), io.StringIO()
        command = ["compare.py", "--threads", "1", "--out", str(self.out), *arguments]
        with (
            mock.patch.multiple(
                compare, sides=self.sides, layers=self.fake_layers, best_sgemm_gigaflops=lambda _: 100.0,
                LATENT_BENCH=PROGRAM, LATENT=PROGRAM,
            ),
            mock.patch.object(sys, "argv", command), mock.patch("signal.signal"),
            contextlib.redirect_stdout(said), contextlib.redirect_stderr(told),
            self.assertRaises(SystemExit) as end,
        ):  # fmt: skip
            compare.main()
        return end.exception.code, said.getvalue(), told.getvalue()

    def kept(self) -> dict:
        return json.loads(self.out.read_text())

    def test_a_line_that_fails_is_named_and_the_rest_goes_on(self) -> None:
        for error in (RuntimeError("PyTorch ended\nwith code 1."), SystemExit("PyTorch ended with code 1.")):
            self.errors = {"edit paper B64": error}
            code, said, told = self.run_comparison("--filter", "^edit paper|^sgemm 256")
            self.assertEqual(code, 1)
            self.assertIn("edit paper B64, threads: 1, was not measured: PyTorch ended with code 1.", told)
            self.assertIn("| edit paper B64 | 1 | PyTorch ended with code 1. |", said)
            kept = self.kept()
            self.assertEqual([one["name"] for one in kept["comparisons"]], ["edit paper B1", "sgemm 256"])
            self.assertEqual(
                kept["failures"],
                [{"name": "edit paper B64", "threads": 1, "cause": "PyTorch ended with code 1."}],
            )
        self.assertTrue(all(side.is_closed for side in self.made))

    def test_a_run_without_failures_ends_well(self) -> None:
        code, said, _ = self.run_comparison("--filter", "^edit paper B1$")
        self.assertEqual(code, 0)
        self.assertIn("| edit paper B1 | 2.00 | 3.00 | 1.50 |", said)
        self.assertEqual(self.kept()["comparisons"][0]["results"][1]["ratio"], 1.5)
        self.assertTrue(self.kept()["finished"])

    def test_a_line_is_printed_and_kept_before_the_next_one(self) -> None:
        self.errors = {"edit paper B64": KeyboardInterrupt()}
        code, said, told = self.run_comparison("--filter", "^edit paper")
        self.assertEqual(code, 130)
        self.assertIn("| edit paper B1 | 2.00 | 3.00 | 1.50 |", said)
        self.assertIn("goes on", told)
        self.assertEqual([one["name"] for one in self.kept()["comparisons"]], ["edit paper B1"])
        self.assertFalse(self.kept()["finished"])
        self.assertTrue(all(side.is_closed for side in self.made))
        self.assertEqual([path.name for path in self.out.parent.iterdir()], ["results.json"])

    def test_a_stopped_run_goes_on_where_it_was(self) -> None:
        self.errors = {"edit dcgan B1": KeyboardInterrupt(), "edit paper B64": ValueError("no")}
        self.run_comparison("--filter", "^edit")
        self.errors, self.measured = {}, []
        code, said, told = self.run_comparison("--filter", "^edit")
        self.assertEqual(code, 0)
        self.assertIn("takes over 0 layers and 1 lines: edit paper B1, threads: 1.", told)
        self.assertEqual(self.measured, ["edit paper B64", "edit dcgan B1", "edit dcgan B64"])
        self.assertEqual(len(self.kept()["comparisons"]), 4)
        self.assertEqual(len(self.kept()["loads"]), 2)
        self.assertEqual(self.kept()["failures"], [])
        self.assertIn("| edit paper B1 | 2.00 | 3.00 | 1.50 |", said)

    def test_a_finished_run_begins_anew(self) -> None:
        self.run_comparison("--filter", "^edit paper")
        self.measured = []
        _, _, told = self.run_comparison("--filter", "^edit paper")
        self.assertEqual(len(self.measured), 2)
        self.assertIn("is finished; begins anew", told)

    def test_another_run_begins_anew(self) -> None:
        stopped = {"edit dcgan B1": KeyboardInterrupt()}
        for arguments, name in ((["--rounds", "2"], "rounds"), (["--filter", "^edit dcgan|^edit paper"], "filter")):
            self.errors = stopped
            self.run_comparison("--filter", "^edit")
            self.errors, self.measured = {}, []
            _, _, told = self.run_comparison("--filter", "^edit", *arguments)
            self.assertIn(f"of another {name}; begins anew", told)
            self.assertEqual(len(self.measured), 4)

    def test_each_part_of_the_identity_counts(self) -> None:
        self.errors = {"edit dcgan B1": KeyboardInterrupt()}
        self.run_comparison("--filter", "^edit")
        identity = self.kept()["identity"]
        self.assertEqual(len(opened(self.out, identity, {})[0].comparisons), 2)
        for name in identity:
            record, told = opened(self.out, identity | {name: "another"}, {})
            self.assertEqual(record.comparisons, [], name)
            self.assertIn(f"another {name}", told)

    def test_a_broken_file_begins_anew(self) -> None:
        for text in ("", "{", "[]", '{"machine": {}}'):
            self.out.write_text(text)
            code, _, told = self.run_comparison("--filter", "^edit paper B1$")
            self.assertEqual(code, 0)
            self.assertIn("is no record of a run", told)

    def test_layers_are_kept_and_taken_over(self) -> None:
        self.errors = {"edit paper B1": ValueError("none")}
        self.layers.append({"name": "layer b", "failure": "“layer b” computed infinities or no numbers."})
        code, said, told = self.run_comparison("--filter", "^layer|^edit paper B1$")
        self.assertEqual(code, 1)
        self.assertIn("| layer a | 1.00 | 50.0 | 0.50 | 0.50 |", said)
        self.assertIn("layer b, threads: 1, was not measured: “layer b” computed", told)
        self.assertIn("ValueError: none", told)
        kept = self.kept()
        self.assertEqual([layer["name"] for layer in kept["layers"]], ["layer a"])
        self.out.write_text(json.dumps(kept | {"finished": False, "best_sgemm_gflops": {}}))
        self.run_comparison("--filter", "^layer|^edit paper B1$")
        self.assertEqual(self.asked_without, [[], ["layer a"]])
        self.assertEqual(self.kept()["best_sgemm_gflops"], {"1": 100.0})

    def test_nothing_that_matches_leaves_the_file_alone(self) -> None:
        self.layers = []
        self.out.write_text("[]")
        code, _, _ = self.run_comparison("--filter", "no such line")
        self.assertIn("No line's name matches", code)
        self.assertEqual(self.out.read_text(), "[]")

    def test_another_program_has_another_fingerprint(self) -> None:
        program = self.out.with_name("program")
        found = []
        for text in ("a", "b", "a"):
            program.write_text(text)
            found.append(fingerprint([program]))
        self.assertEqual(found[0], found[2])
        self.assertNotEqual(found[0], found[1])


class ProcessTests(unittest.TestCase):
    def test_the_last_thing_said_is_the_cause(self) -> None:
        script = "import sys; print('first', file=sys.stderr); sys.exit('“x” computed no numbers.')"
        with self.assertRaisesRegex(RuntimeError, "ended with code 1: “x” computed no numbers.$"):
            sides.run([sys.executable, "-c", script])

    def test_an_ended_process_takes_its_children_along(self) -> None:
        child = "import subprocess, sys; subprocess.Popen(['sleep', '60']); print('ready', flush=True); sys.stdin.read()"
        process = sides.started(
            [sys.executable, "-c", child], stdin=sides.subprocess.PIPE, stdout=sides.subprocess.PIPE
        )
        self.assertEqual(process.stdout.readline(), "ready\n")
        sides.end(process)
        # The pipe ends when nobody holds it any more, the child's child included.
        self.assertEqual(process.stdout.read(), "")
        process.stdin.close()
        process.stdout.close()

    def test_times_are_finite_and_positive(self) -> None:
        for median in (float("nan"), float("inf"), 0.0, -1.0):
            with self.assertRaises(RuntimeError):
                sides.sample_of({"median_ms": median, "min_ms": median, "iterations": 5, "peak_rss_mb": 1})

    def test_lines_are_found_by_name(self) -> None:
        self.assertEqual(line_named("edit paper B64").batch, 64)


if __name__ == "__main__":
    unittest.main()
