"""The benchmark's lines in PyTorch: for each the candidates, of which the fastest is the one compared with."""

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional

from lines import Line
from networks import FAMILIES, Edit, Family, initialized, random_pictures

Iteration = Callable[[], Tensor]
Candidates = dict[str, Callable[[], Iteration]]

LAYOUTS = {"contiguous": torch.contiguous_format, "channels last": torch.channels_last}
EPSILON = 1e-8


def candidates(line: Line) -> Candidates:
    """How PyTorch can do a line; each value makes the inputs and returns one iteration."""
    if line.kind == "theta":
        return {
            "masked": lambda: theta_step(line.batch, masked_theta_loss),
            "gathered": lambda: theta_step(line.batch, gathered_theta_loss),
        }
    if line.kind == "projector step":
        return {"": lambda: projector_step(line.batch)}
    family = FAMILIES[line.family]
    make = {"edit": edit, "gan step": gan_step, "encoder step": encoder_step}[line.kind]
    return {
        name: lambda layout=layout: make(family, line.batch, layout) for name, layout in LAYOUTS.items()
    }


def edit(family: Family, batch: int, layout: torch.memory_format) -> Iteration:
    network = initialized(Edit(family)).eval().to(memory_format=layout)
    pictures = random_pictures(batch, layout)
    directions = torch.randn(batch, family.latent_size)

    def iterate() -> Tensor:
        with torch.inference_mode():
            return network(pictures, directions)

    return iterate


def gan_step(family: Family, batch: int, layout: torch.memory_format) -> Iteration:
    generator = initialized(family.generator()).to(memory_format=layout)
    discriminator = initialized(family.discriminator()).to(memory_format=layout)
    generator_optimizer = adam(generator, 2e-4, 0.5)
    discriminator_optimizer = adam(discriminator, 2e-4, 0.5)
    real = random_pictures(batch, layout)
    ones, zeros = torch.ones(batch, 1), torch.zeros(batch, 1)
    loss_of = functional.binary_cross_entropy_with_logits

    def iterate() -> Tensor:
        generated = generator(torch.randn(batch, family.latent_size))
        discriminator_loss = loss_of(discriminator(real), ones) + loss_of(
            discriminator(generated.detach()), zeros
        )
        update(discriminator_optimizer, discriminator_loss)
        # The generator's update reuses the batch; a frozen discriminator saves the gradients nobody needs.
        discriminator.requires_grad_(False)
        generator_loss = loss_of(discriminator(generated), ones)
        update(generator_optimizer, generator_loss)
        discriminator.requires_grad_(True)
        return torch.stack([discriminator_loss.detach(), generator_loss.detach()])

    return iterate


def encoder_step(family: Family, batch: int, layout: torch.memory_format) -> Iteration:
    encoder = initialized(family.encoder()).to(memory_format=layout)
    generator = initialized(family.generator()).to(memory_format=layout).eval().requires_grad_(False)
    optimizer = adam(encoder, 2e-4, 0.5)
    pictures = random_pictures(batch, layout)

    def iterate() -> Tensor:
        loss = functional.mse_loss(generator(encoder(pictures)), pictures)
        update(optimizer, loss)
        return loss.detach()

    return iterate


def masked_theta_loss(w: Tensor, differences: Tensor, active: Tensor) -> Tensor:
    """All words by batched products, θ of the inactive ones masked."""
    projections = torch.bmm(w, differences[:, :, None])[:, :, 0]
    squares = torch.einsum("bnd,bnd->bn", w, w)
    theta = projections / (squares + EPSILON) * active
    error = torch.bmm(theta[:, None, :], w)[:, 0] - differences
    return error.square().mean()


def gathered_theta_loss(w: Tensor, differences: Tensor, active: Tensor) -> Tensor:
    """The active words alone, gathered from all pairs."""
    pairs, words = active.nonzero(as_tuple=True)
    chosen, target = w[pairs, words], differences[pairs]
    theta = (chosen * target).sum(1) / (chosen.square().sum(1) + EPSILON)
    error = (-differences).index_add(0, pairs, theta[:, None] * chosen)
    return error.square().mean()


def theta_step(batch: int, loss_of: Callable[[Tensor, Tensor, Tensor], Tensor]) -> Iteration:
    w = torch.randn(batch, 40, 200, requires_grad=True)
    differences = torch.randn(batch, 200)
    active = (torch.rand(batch, 40) < 0.25).float()

    def iterate() -> Tensor:
        return torch.autograd.grad(loss_of(w, differences, active), w)[0]

    return iterate


def projector_step(batch: int) -> Iteration:
    pictures, words = 10_000, 40
    network = nn.Sequential(nn.Linear(100, 1024), nn.ELU(), nn.Linear(1024, 200))
    optimizer = adam(network, 1e-3, 0.9)
    embeddings = torch.randn(words, 100)
    latents = torch.randn(pictures, 200)
    # A word is active where two pictures differ in it: a quarter of the pairs is 2p(1 − p).
    labels = torch.rand(pictures, words) < (1 - 0.5**0.5) / 2

    def iterate() -> Tensor:
        source = torch.randint(pictures, (batch,))
        target = (source + torch.randint(1, pictures, (batch,))) % pictures
        differences = latents[target] - latents[source]
        active = labels[target] != labels[source]
        w = network(embeddings)
        theta = differences @ w.T / (w.square().sum(1) + EPSILON) * active
        loss = (theta @ w - differences).square().mean()
        update(optimizer, loss)
        return loss.detach()

    return iterate


def adam(network: nn.Module, rate: float, beta1: float) -> torch.optim.Optimizer:
    return torch.optim.Adam(network.parameters(), lr=rate, betas=(beta1, 0.999), fused=True)


def update(optimizer: torch.optim.Optimizer, loss: Tensor) -> None:
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    optimizer.step()
