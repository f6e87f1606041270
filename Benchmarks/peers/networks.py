"""The networks of the library's two families in PyTorch, layer by layer the same."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

PICTURE_SIZE = 80
START_SIZE = 5


@dataclass(frozen=True)
class Family:
    """A family of networks and its sizes."""

    name: str
    latent_size: int
    width: int
    # Whether the encoder's codes are normalized; such networks are of DCGAN's kind.
    normalizes_codes: bool = False

    def generator(self) -> nn.Sequential:
        """[batch, latent] → [batch, 3, 80, 80] in −1…1."""
        return paper_generator(self) if self.name == "paper" else dcgan_generator(self)

    def encoder(self) -> nn.Sequential:
        """[batch, 3, 80, 80] → [batch, latent]."""
        if self.name == "paper":
            return paper_encoder(self)
        layers = dcgan_pyramid(self, self.latent_size)
        return layers.append(nn.BatchNorm1d(self.latent_size)) if self.normalizes_codes else layers

    def discriminator(self) -> nn.Sequential:
        """[batch, 3, 80, 80] → [batch, 1], a logit."""
        return paper_discriminator(self) if self.name == "paper" else dcgan_pyramid(self, 1)


FAMILIES = {"paper": Family("paper", 200, 128), "dcgan": Family("dcgan", 100, 64)}
# Of the library's own recipe, and of the model that comes with it.
FACES = Family("dcgan", 200, 48, normalizes_codes=True)


class Edit(nn.Module):
    """Encodes a batch, adds a direction to each code, generates."""

    def __init__(self, family: Family) -> None:
        super().__init__()
        self.encoder = family.encoder()
        self.generator = family.generator()

    def forward(self, pictures: Tensor, directions: Tensor) -> Tensor:
        return self.generator(self.encoder(pictures) + directions)


class SameConvolution(nn.Conv2d):
    """A convolution with Keras's `same` padding, whose odd zero goes to the bottom right."""

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int) -> None:
        total = kernel - stride
        self.surplus = total % 2
        super().__init__(inputs, outputs, kernel, stride, padding=0 if self.surplus else total // 2)
        self.sides = (total // 2, total - total // 2) * 2

    def forward(self, pictures: Tensor) -> Tensor:
        return super().forward(functional.pad(pictures, self.sides) if self.surplus else pictures)


def paper_generator(family: Family) -> nn.Sequential:
    width = family.width
    layers: list[nn.Module] = [
        nn.Linear(family.latent_size, START_SIZE * START_SIZE * width),
        nn.LeakyReLU(0.2),
        nn.Unflatten(1, (width, START_SIZE, START_SIZE)),
    ]
    for _ in range(4):
        layers += [nn.ConvTranspose2d(width, width, 4, 2, 1), nn.LeakyReLU(0.2)]
    return nn.Sequential(*layers, SameConvolution(width, 3, 5, 1), nn.Tanh())


def paper_pyramid(family: Family, kernel: int) -> list[nn.Module]:
    width = family.width
    layers: list[nn.Module] = [SameConvolution(3, width, kernel, 1), nn.LeakyReLU(0.2)]
    for _ in range(4):
        layers += [SameConvolution(width, width, kernel, 2), nn.LeakyReLU(0.2)]
    return [*layers, nn.Flatten()]


def paper_encoder(family: Family) -> nn.Sequential:
    start = START_SIZE * START_SIZE * family.width
    return nn.Sequential(*paper_pyramid(family, 4), nn.Linear(start, family.latent_size))


def paper_discriminator(family: Family) -> nn.Sequential:
    start = START_SIZE * START_SIZE * family.width
    return nn.Sequential(*paper_pyramid(family, 5), nn.Dropout(0.4), nn.Linear(start, 1))


def dcgan_generator(family: Family) -> nn.Sequential:
    channels = [8 * family.width, 4 * family.width, 2 * family.width, family.width]
    layers: list[nn.Module] = [
        nn.Linear(family.latent_size, START_SIZE * START_SIZE * channels[0], bias=False),
        nn.Unflatten(1, (channels[0], START_SIZE, START_SIZE)),
        nn.BatchNorm2d(channels[0]),
        nn.ReLU(),
    ]
    for inputs, outputs in zip(channels, channels[1:]):
        layers += [
            nn.ConvTranspose2d(inputs, outputs, 4, 2, 1, bias=False),
            nn.BatchNorm2d(outputs),
            nn.ReLU(),
        ]
    return nn.Sequential(*layers, nn.ConvTranspose2d(channels[-1], 3, 4, 2, 1, bias=False), nn.Tanh())


def dcgan_pyramid(family: Family, outputs: int) -> nn.Sequential:
    channels = [family.width, 2 * family.width, 4 * family.width, 8 * family.width]
    layers: list[nn.Module] = [nn.Conv2d(3, channels[0], 4, 2, 1, bias=False), nn.LeakyReLU(0.2)]
    for inputs, wider in zip(channels, channels[1:]):
        layers += [
            nn.Conv2d(inputs, wider, 4, 2, 1, bias=False),
            nn.BatchNorm2d(wider),
            nn.LeakyReLU(0.2),
        ]
    start = START_SIZE * START_SIZE * channels[-1]
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(start, outputs, bias=False))


def initialized(network: nn.Module) -> nn.Module:
    """Draws weights of the size that training begins with."""
    has_norm = any(isinstance(module, nn.BatchNorm2d) for module in network.modules())
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.normal_(module.weight, 1, 0.02)
        elif isinstance(module, (nn.Linear, nn.Conv2d, nn.ConvTranspose2d)):
            if has_norm:
                nn.init.normal_(module.weight, 0, 0.02)
            else:
                nn.init.xavier_uniform_(module.weight)
                nn.init.zeros_(module.bias)
    return network


def random_pictures(batch: int, layout: torch.memory_format) -> Tensor:
    pictures = torch.randn(batch, 3, PICTURE_SIZE, PICTURE_SIZE)
    return pictures.contiguous(memory_format=layout)
