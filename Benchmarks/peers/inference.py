"""The lines in which networks only infer: PyTorch runs these networks, the other peers run exports of them."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from torch import nn

from lines import Line
from networks import FACES, FAMILIES, PICTURE_SIZE, Edit, initialized
from painting import DIRECTIONS, PAINTED_SIZE, PAINTER_WIDTH, Paint, painting_initialized
from text_networks import CODE_SIZE, MODULATIONS, CLIPImageTower, MiniLM, StyleGAN2, code_count

GENERATED_SIZE = 256
CLIP_SIZE = 224
SENTENCE_TOKENS = 8


@dataclass(frozen=True)
class Inference:
    """The ways to write a line's network down, all of which compute the same, and the shapes of its inputs."""

    variants: dict[str, Callable[[], nn.Module]]
    input_shapes: tuple[tuple[int, ...], ...]
    # Whether PyTorch can lay the network's weights out once for oneDNN; it cannot where the convolutions are inside.
    packable: bool = False


def inference(line: Line) -> Inference | None:
    """None where a line does more than that."""
    if line.kind == "edit":
        family = FAMILIES[line.family]
        shapes = ((line.batch, 3, PICTURE_SIZE, PICTURE_SIZE), (line.batch, family.latent_size))
        return Inference({"": lambda: initialized(Edit(family))}, shapes)
    if line.kind == "paint":
        sizes = (PAINTED_SIZE, PICTURE_SIZE, PICTURE_SIZE)
        shapes = (*((line.batch, 3, size, size) for size in sizes), (line.batch, FACES.latent_size))
        return Inference({"": lambda: painting_initialized(Paint(PAINTER_WIDTH, DIRECTIONS, FACES.latent_size))}, shapes)
    if line.kind == "stylegan2":
        generators = {name: partial(StyleGAN2, GENERATED_SIZE, name) for name in MODULATIONS}
        return Inference(generators, ((line.batch, code_count(GENERATED_SIZE), CODE_SIZE),))
    if line.kind == "clip vit-b32 image":
        return Inference({"": CLIPImageTower}, ((line.batch, 3, CLIP_SIZE, CLIP_SIZE),), packable=True)
    if line.kind == "sentence":
        return Inference({"": MiniLM}, ((line.batch, SENTENCE_TOKENS, MiniLM.WIDTH),), packable=True)
    return None
