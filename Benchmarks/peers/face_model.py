"""The library's embedded face model in PyTorch."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from networks import FACES, START_SIZE, Edit
from painting import DIRECTIONS, Painter

# Half of what the recipe has now.
PAINTER_WIDTH = 16


class FaceModel(nn.Module):
    """Encoder, generator and painter, and how an edit of a code becomes coordinates of the painter's directions."""

    def __init__(self) -> None:
        super().__init__()
        self.edit = Edit(FACES)
        self.painter = Painter(PAINTER_WIDTH, DIRECTIONS)
        self.coordinates = nn.Linear(FACES.latent_size, DIRECTIONS, bias=False)


def read_safetensors(path: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    """The tensors in single precision, and the metadata."""
    contents = path.read_bytes()
    start = 8 + int.from_bytes(contents[:8], "little")
    header: dict[str, Any] = json.loads(contents[8:start])
    metadata = header.pop("__metadata__")
    types = {"F16": torch.float16, "F32": torch.float32}
    tensors = {}
    for name, entry in header.items():
        begin, end = (start + offset for offset in entry["data_offsets"])
        values = torch.frombuffer(bytearray(contents[begin:end]), dtype=types[entry["dtype"]])
        tensors[name] = values.reshape(entry["shape"]).float()
    return tensors, metadata


def face_model(path: Path) -> tuple[FaceModel, dict[str, Tensor]]:
    """The model with the file's weights, and the direction of each attribute's word."""
    tensors, metadata = read_safetensors(path)
    model = FaceModel()
    for layer, name in layers(model):
        take(layer, name, tensors)
    model.coordinates.weight.data = dual(tensors["painter.directions"])
    words = json.loads(metadata["texts"])["attributes"]
    return model.eval(), dict(zip(words, tensors["texts.directions"]))


def layers(model: FaceModel) -> Iterator[tuple[nn.Module, str]]:
    """Each layer with weights, and the library's name for it."""
    blocks = [f"block{level}" for level in (1, 2, 3)]
    inner = [name for block in blocks for name in (block, f"{block}.norm")]
    networks = {
        "encoder": (model.edit.encoder, ["input", *inner, "output", "output.norm"]),
        "generator": (model.edit.generator, ["input", "input.norm", *inner, "output"]),
        "painter": (model.painter, painter_names()),
    }
    for network, (module, names) in networks.items():
        weighted = [layer for layer in module.modules() if hasattr(layer, "weight")]
        yield from ((layer, f"{network}.{name}") for layer, name in zip(weighted, names, strict=True))


def painter_names() -> list[str]:
    """In the order in which the painter's layers are made."""
    names = ["down0"]
    for name in [*(f"down{level}" for level in range(1, 5)), *(f"narrow{level}" for level in range(4))]:
        names += [name, f"{name}.norm"]
    names += [f"offset{level}" for level in range(4)]
    for name in [*(f"refine{level}" for level in range(4)), "mask.hidden"]:
        names += [name, f"{name}.norm"]
    return [*names, "mask", "before-last", "before-last.norm", "last.hidden", "last.hidden.norm", "last"]


def take(layer: nn.Module, name: str, tensors: dict[str, Tensor]) -> None:
    """Gives a layer its weights: convolutions are [kernel, kernel, in, out] in the file, transposed ones [.., out, in]."""
    if isinstance(layer, (nn.BatchNorm1d, nn.BatchNorm2d)):
        sources = {"weight": "scale", "bias": "offset", "running_mean": "mean", "running_var": "variance"}
        values = {ours: tensors[f"{name}.{theirs}"] for ours, theirs in sources.items()}
    else:
        weight = tensors[f"{name}.weight"]
        if weight.dim() == 4:
            weight = weight.permute(3, 2, 0, 1)
        elif name == "generator.input":
            weight = weight.reshape(weight.shape[0], START_SIZE, START_SIZE, -1).permute(3, 1, 2, 0).flatten(0, 2)
        elif name == "encoder.output":
            weight = weight.reshape(START_SIZE, START_SIZE, -1, weight.shape[1]).permute(3, 2, 0, 1).flatten(1)
        else:
            weight = weight.T
        values = {"weight": weight.contiguous()}
        if f"{name}.bias" in tensors:
            values["bias"] = tensors[f"{name}.bias"]
    layer.load_state_dict(values, strict=False)


def dual(directions: Tensor) -> Tensor:
    """(WWᵀ)⁻¹W of directions W, by which an edit has coordinates over them."""
    w = directions.double()
    gram = w @ w.T
    small = 1e-6 * gram.trace() / len(w) + 1e-12
    return torch.linalg.solve(gram + small * torch.eye(len(w), dtype=w.dtype), w).float()
