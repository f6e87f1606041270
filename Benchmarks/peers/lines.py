"""The benchmark's lines that have peers."""

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Line:
    """A line of `latent-bench`, or the whole process, and the peers that do the same work."""

    name: str
    peers: tuple[str, ...]

    @property
    def kind(self) -> str:
        """What is done: `edit`, `gan step`, …"""
        return re.split(r" (?:paper|dcgan|loss|B?\d)", self.name)[0]

    @property
    def family(self) -> str:
        """`paper`, `dcgan`, or nothing."""
        found = re.search(r"paper|dcgan", self.name)
        return found[0] if found else ""

    @property
    def batch(self) -> int:
        found = re.search(r"B(\d+)", self.name)
        return int(found[1]) if found else 1

    @property
    def exported(self) -> bool:
        """Whether a peer reads the line's network from a file."""
        return not {ONNX_RUNTIME, OPENVINO}.isdisjoint(self.peers)


PYTORCH, ONNX_RUNTIME, OPENVINO, OPENBLAS = "PyTorch", "ONNX Runtime", "OpenVINO", "OpenBLAS"
PEERS = (PYTORCH, ONNX_RUNTIME, OPENVINO, OPENBLAS)
WHOLE_PROCESS = "whole process"

LINES = (
    *(
        Line(f"edit {family} B{batch}", (PYTORCH, ONNX_RUNTIME, OPENVINO))
        for family in ("paper", "dcgan")
        for batch in (1, 64)
    ),
    Line("paint B1", (PYTORCH, ONNX_RUNTIME, OPENVINO)),
    *(Line(f"{kind} {family} B64", (PYTORCH,))
      for kind in ("gan step", "encoder step")
      for family in ("paper", "dcgan")),
    Line("painter step B32", (PYTORCH,)),
    Line("stylegan2 256 B1", (PYTORCH, ONNX_RUNTIME, OPENVINO)),
    Line("clip vit-b32 image B1", (PYTORCH, ONNX_RUNTIME, OPENVINO)),
    Line("text step stylegan2 256", (PYTORCH,)),
    Line("sentence", (PYTORCH, ONNX_RUNTIME, OPENVINO)),
    *(Line(f"theta loss+grad B{batch} n40 d200", (PYTORCH,)) for batch in (128, 1024)),
    Line("projector step B128 n40", (PYTORCH,)),
    *(Line(f"sgemm {size}", (OPENBLAS,)) for size in (256, 2048)),
    Line(WHOLE_PROCESS, (PYTORCH,)),
)


def line_named(name: str) -> Line:
    return next(line for line in LINES if line.name == name)
