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
from functools import partial
from pathlib import Path
from typing import Any

from lines import ONNX_RUNTIME, OPENVINO, PYTORCH, Line, line_named
from timing import measured, reset_peak, timed

Candidates = dict[str, Callable[[], Callable[[], Any]]]

# A candidate that takes longer than this at first is not tried again; a cold iteration alone says little.
PATIENCE_SECONDS = 10.0


def pytorch_candidates(line: Line, threads: int, _: Path) -> Candidates:
    import torch

    from pytorch_workloads import candidates

    torch.set_num_threads(threads)
    torch.manual_seed(1)
    return candidates(line)


def random_inputs(shapes: list[list[int]]) -> list[Any]:
    import numpy

    random = numpy.random.default_rng(1)
    return [random.standard_normal(shape, dtype=numpy.float32) for shape in shapes]


def exported(folder: Path) -> dict[str, Path]:
    """The exported variants of a line's network; the name of the only one goes without saying."""
    paths = sorted(folder.glob("*.onnx"))
    return {path.stem if len(paths) > 1 else "": path for path in paths}


def onnx_runtime_candidates(_: Line, threads: int, folder: Path) -> Candidates:
    import onnxruntime

    def make(path: Path) -> Callable[[], Any]:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
        session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        inputs = session.get_inputs()
        values = random_inputs([list(value.shape) for value in inputs])
        feed = {value.name: array for value, array in zip(inputs, values)}
        return lambda: session.run(None, feed)[0]

    return {name: partial(make, path) for name, path in exported(folder).items()}


def openvino_candidates(_: Line, threads: int, folder: Path) -> Candidates:
    import openvino

    def make(path: Path) -> Callable[[], Any]:
        settings = {
            "INFERENCE_PRECISION_HINT": "f32",
            "INFERENCE_NUM_THREADS": threads,
            "NUM_STREAMS": 1,
            "PERFORMANCE_HINT": "LATENCY",
        }
        compiled = openvino.Core().compile_model(path, "CPU", settings)
        values = random_inputs([list(value.shape) for value in compiled.inputs])
        request = compiled.create_infer_request()
        return lambda: request.infer(values, share_inputs=True, share_outputs=True)[0]

    return {name: partial(make, path) for name, path in exported(folder).items()}


def fastest(candidates: Candidates) -> tuple[str, Callable[[], Any]]:
    """The candidate whose best of two warm iterations is fastest; a very slow one gets a single, cold one."""
    best: tuple[float, str, Callable[[], Any]] | None = None
    for name, make in candidates.items():
        iterate = make()
        elapsed = timed(iterate)[0]
        if elapsed < PATIENCE_SECONDS:
            elapsed = min(timed(iterate)[0] for _ in range(2))
        if best is None or elapsed < best[0]:
            best = (elapsed, name, iterate)
    assert best is not None, "A line has at least one candidate."
    return best[1], best[2]


def export(line: Line, folder: Path) -> None:
    """Writes each variant of the line's network as ONNX, for the batch of the line."""
    import torch

    from inference import inference

    work = inference(line)
    assert work is not None, "Networks that learn are not exported."
    inputs = tuple(torch.randn(shape) for shape in work.input_shapes)
    for name, make in work.variants.items():
        path = folder / f"{name or line.kind}.onnx"
        torch.onnx.export(make().eval(), inputs, path, dynamo=True, verbose=False)


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
