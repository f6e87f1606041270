"""A step that trains a painter, in PyTorch."""

from collections.abc import Callable
from copy import deepcopy

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils import parametrize

from networks import FACES, initialized
from painting import (
    ATTRIBUTES,
    DIRECTIONS,
    PAINTED_SIZE,
    PAINTER_WIDTH,
    Painter,
    PainterDiscriminator,
    painting_initialized,
    shifted,
)

# Of the library's recipe.
ATTRIBUTE_WEIGHT, CHANGED_WEIGHT, MASK_WEIGHT = 6.0, 8.0, 0.05
# What a label weighs that a quarter of the photos have.
RARITY = 3.0
LEARNED_WEIGHT, PAINTED_SHARE, AVERAGE_DECAY = 10.0, 0.5, 0.999


def painter_step(batch: int, layout: torch.memory_format) -> Callable[[], Tensor]:
    encoder, generator = (
        initialized(network).to(memory_format=layout).eval().requires_grad_(False)
        for network in (FACES.encoder(), FACES.generator())
    )
    painter = painting_initialized(Painter(PAINTER_WIDTH, DIRECTIONS)).to(memory_format=layout)
    judge = PainterDiscriminator(PAINTER_WIDTH, ATTRIBUTES).to(memory_format=layout)
    optimizer, judge_optimizer = adam(painter, 3e-4), adam(judge, 6e-4)
    average = deepcopy(painter).requires_grad_(False)
    directions = torch.randn(DIRECTIONS, FACES.latent_size)
    photos = torch.randn(batch, 3, PAINTED_SIZE, PAINTED_SIZE).contiguous(memory_format=layout)
    labels = (torch.rand(batch, ATTRIBUTES) < 0.25).float()
    rarity = 1 + (RARITY - 1) * labels

    def iterate() -> Tensor:
        coordinates, wanted, weights = drawn_edits(labels)
        with torch.no_grad():
            codes = encoder(functional.avg_pool2d(photos, 2))
            drawn = generator(torch.cat([codes, codes + coordinates @ directions]))
        colors, mask = painter(photos, drawn[:batch], drawn[batch:], coordinates)
        painted = torch.lerp(photos, colors, mask)
        # The weights of a phase are normalized once, however often they are used.
        with parametrize.cached():
            judged = judge_loss(judge, photos, painted.detach(), labels, rarity, wanted, weights)
            update(judge_optimizer, judged)
        judge.requires_grad_(False)
        with parametrize.cached():
            features, parts, attributes = judge(shifted(painted))
            pull = -judge.verdict(features, wanted.round()).mean() - parts.mean()
            shown = functional.binary_cross_entropy_with_logits(attributes, wanted, weights)
            update(optimizer, pull + ATTRIBUTE_WEIGHT * shown + MASK_WEIGHT * mask.mean())
        judge.requires_grad_(True)
        follow(average, painter)
        return torch.stack([judged.detach(), pull.detach(), shown.detach()])

    return iterate


def judge_loss(
    judge: PainterDiscriminator,
    photos: Tensor,
    painted: Tensor,
    labels: Tensor,
    rarity: Tensor,
    wanted: Tensor,
    weights: Tensor,
) -> Tensor:
    """Hinge losses on the whole with its attributes and on parts, and the attributes' cross-entropies."""
    of_real, of_painted = judge(shifted(photos)), judge(shifted(painted))
    asked = wanted.round()
    edited = (asked != labels).any(1)
    real = functional.relu(1 - judge.verdict(of_real[0], labels)).mean() + functional.relu(1 - of_real[1]).mean()
    others = functional.relu(1 + judge.verdict(of_painted[0], asked)).mean()
    # Photos with attributes that are not theirs.
    mismatched = functional.relu(1 + judge.verdict(of_real[0][edited], asked[edited])).mean()
    generated = (others + mismatched) / 2 + functional.relu(1 + of_painted[1]).mean()
    learned = functional.binary_cross_entropy_with_logits(of_real[2], labels, rarity)
    deceived = functional.binary_cross_entropy_with_logits(of_painted[2], labels, weights)
    return real + generated + LEARNED_WEIGHT * (learned + PAINTED_SHARE * deceived)


def drawn_edits(labels: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """For each photo one to three attributes against its labels: coordinates, what it is to show, what that weighs.

    The first has a certainty of at least a half, so each photo is to show something that it does not.
    """
    batch = len(labels)
    share = torch.rand(batch, 1)
    count = 1 + (share > 0.65).long() + (share > 0.85).long()
    order = torch.rand(batch, DIRECTIONS).argsort(1)
    changes = torch.zeros(batch, ATTRIBUTES, dtype=torch.bool)
    changes.scatter_(1, order[:, :3], torch.arange(3) < count)
    strength = 0.5 + torch.rand(batch, ATTRIBUTES)
    signs = 1 - 2 * labels
    certainty = torch.sigmoid(4.4 * (strength - 0.5))
    wanted = torch.where(changes, labels + signs * certainty, labels)
    coordinates = torch.where(changes, signs * strength, torch.zeros(()))[:, :DIRECTIONS]
    return coordinates, wanted, 1 + (CHANGED_WEIGHT - 1) * changes.float()


@torch.no_grad()
def follow(average: nn.Module, network: nn.Module) -> None:
    """a ← decay·a + (1 − decay)·w, the normalizations' moments included."""
    ours, theirs = (
        [value for value in module.state_dict().values() if value.is_floating_point()] for module in (average, network)
    )
    torch._foreach_lerp_(ours, theirs, 1 - AVERAGE_DECAY)


def adam(network: nn.Module, rate: float) -> torch.optim.Optimizer:
    return torch.optim.Adam(network.parameters(), lr=rate, betas=(0.5, 0.99), fused=True)


def update(optimizer: torch.optim.Optimizer, loss: Tensor) -> None:
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    optimizer.step()
