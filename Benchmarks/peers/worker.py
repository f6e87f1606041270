"""One peer on one line, in a process of its own.

It warms up, chooses the fastest candidate, says which on standard output, and then measures one round for each line
it reads from standard input. Between rounds it sleeps, so that the other side has the machine to itself.
"""

import argparse
import dataclasses
import json
import math
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from lines import ONNX_RUNTIME, OPENVINO, PYTORCH, Line, line_named
from timing import SLOW_SECONDS, measured, reset_peak, timed

Candidates = dict[str, Callable[[], Callable[[], Any]]]


def pytorch_candidates(line: Line, threads: int, _: Path) -> Candidates:
    import torch

    from pytorch_workloads import candidates

    torch.set_num_threads(threads)
    torch.manual_seed(1)
    return candidates(line)


def edit_inputs(shapes: list[list[int]]) -> list[Any]:
    import numpy

    random = numpy.random.default_rng(1)
    return [random.standard_normal(shape, dtype=numpy.float32) for shape in shapes]


def onnx_runtime_candidates(_: Line, threads: int, folder: Path) -> Candidates:
    import onnxruntime

    def make() -> Callable[[], Any]:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
        session = onnxruntime.InferenceSession(
            folder / "edit.onnx", options, providers=["CPUExecutionProvider"]
        )
        inputs = session.get_inputs()
        values = edit_inputs([list(value.shape) for value in inputs])
        feed = {value.name: array for value, array in zip(inputs, values)}
        return lambda: session.run(None, feed)[0]

    return {"": make}


def openvino_candidates(_: Line, threads: int, folder: Path) -> Candidates:
    import openvino

    def make() -> Callable[[], Any]:
        settings = {
            "INFERENCE_PRECISION_HINT": "f32",
            "INFERENCE_NUM_THREADS": threads,
            "NUM_STREAMS": 1,
            "PERFORMANCE_HINT": "LATENCY",
        }
        compiled = openvino.Core().compile_model(folder / "edit.onnx", "CPU", settings)
        values = edit_inputs([list(value.shape) for value in compiled.inputs])
        request = compiled.create_infer_request()
        return lambda: request.infer(values, share_inputs=True, share_outputs=True)[0]

    return {"": make}


def fastest(candidates: Candidates) -> tuple[str, Callable[[], Any]]:
    """The candidate whose best of two warm iterations is fastest; a slow one gets a single, cold one."""
    best: tuple[float, str, Callable[[], Any]] | None = None
    for name, make in candidates.items():
        iterate = make()
        elapsed = timed(iterate)[0]
        if elapsed < SLOW_SECONDS:
            elapsed = min(timed(iterate)[0] for _ in range(2))
        if best is None or elapsed < best[0]:
            best = (elapsed, name, iterate)
    assert best is not None, "A line has at least one candidate."
    return best[1], best[2]


def export(line: Line, folder: Path) -> None:
    """Writes the edit's networks as ONNX, for the batch of the line."""
    import torch

    from networks import FAMILIES, Edit, initialized, random_pictures

    family = FAMILIES[line.family]
    pictures = random_pictures(line.batch, torch.contiguous_format)
    directions = torch.randn(line.batch, family.latent_size)
    torch.onnx.export(
        initialized(Edit(family)).eval(),
        (pictures, directions),
        folder / "edit.onnx",
        input_names=["pictures", "directions"],
        dynamo=True,
        verbose=False,
    )


def serve(line: Line, peer: str, threads: int, folder: Path) -> None:
    make = {
        PYTORCH: pytorch_candidates,
        ONNX_RUNTIME: onnx_runtime_candidates,
        OPENVINO: openvino_candidates,
    }[peer]
    variant, iterate = fastest(make(line, threads, folder))
    reset_peak()
    print(json.dumps({"variant": variant}), flush=True)
    for _ in sys.stdin:
        sample, result = measured(iterate)
        if not math.isfinite(float(result.sum())):
            sys.exit(f"{peer} computed infinities or no numbers for “{line.name}”.")
        print(json.dumps(dataclasses.asdict(sample)), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--line", required=True)
    parser.add_argument("--peer", choices=[PYTORCH, ONNX_RUNTIME, OPENVINO])
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--folder", type=Path, required=True, help="where the exported networks are")
    arguments = parser.parse_args()
    line = line_named(arguments.line)
    if arguments.peer is None:
        export(line, arguments.folder)
    else:
        serve(line, arguments.peer, arguments.threads, arguments.folder)


if __name__ == "__main__":
    main()
