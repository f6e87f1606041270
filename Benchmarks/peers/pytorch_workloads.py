"""The benchmark's lines in PyTorch: for each the candidates, of which the fastest is the one compared with."""

from collections.abc import Callable, Sequence
from functools import partial

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.mkldnn import to_mkldnn

from inference import GENERATED_SIZE, Inference, inference
from lines import Line
from networks import FAMILIES, Family, initialized, random_pictures
from painter_step import painter_step
from text_networks import CODE_SIZE, MODULATIONS, CLIPImageTower, StyleGAN2, clip_input, code_count

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
    if line.kind == "painter step":
        return {name: partial(painter_step, line.batch, layout) for name, layout in LAYOUTS.items()}
    if line.kind == "text step stylegan2":
        return {
            f"{name}, {modulation}": partial(text_step, modulation, layout)
            for name, layout in LAYOUTS.items()
            for modulation in MODULATIONS
        }
    work = inference(line)
    if work is not None:
        return inference_candidates(work)
    family = FAMILIES[line.family]
    make = {"gan step": gan_step, "encoder step": encoder_step}[line.kind]
    return {name: partial(make, family, line.batch, layout) for name, layout in LAYOUTS.items()}


def inference_candidates(work: Inference) -> Candidates:
    arrangements = {name: partial(infer, layout=layout) for name, layout in LAYOUTS.items()}
    if work.packable:
        arrangements["packed weights"] = partial(infer, layout=torch.contiguous_format, packs=True)
    return {
        f"{name}, {variant}" if variant else name: partial(arranged, make, work.input_shapes)
        for name, arranged in arrangements.items()
        for variant, make in work.variants.items()
    }


def infer(
    make: Callable[[], nn.Module],
    shapes: Sequence[tuple[int, ...]],
    layout: torch.memory_format,
    packs: bool = False,
) -> Iteration:
    network = make().eval().to(memory_format=layout)
    if packs:
        network = to_mkldnn(network)
    inputs = [random_input(shape, layout) for shape in shapes]

    def iterate() -> Tensor:
        with torch.inference_mode():
            return network(*inputs)

    return iterate


def random_input(shape: tuple[int, ...], layout: torch.memory_format) -> Tensor:
    values = torch.randn(shape)
    return values.contiguous(memory_format=layout) if values.dim() == 4 else values


def text_step(modulation: str, layout: torch.memory_format) -> Iteration:
    """A step of StyleCLIP's latent optimisation without its term of identity."""
    generator = StyleGAN2(GENERATED_SIZE, modulation).to(memory_format=layout).requires_grad_(False)
    tower = CLIPImageTower().to(memory_format=layout).requires_grad_(False)
    text = functional.normalize(torch.randn(1, 512))
    start = torch.randn(1, code_count(GENERATED_SIZE), CODE_SIZE)
    codes = start.clone().requires_grad_()
    optimizer = torch.optim.Adam([codes], lr=0.1, fused=True)

    def iterate() -> Tensor:
        features = tower(clip_input(generator(codes)))
        distance = 1 - functional.cosine_similarity(features, text).sum()
        loss = distance + 0.008 * (codes - start).square().sum()
        update(optimizer, loss)
        return loss.detach()

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
