"""The painter and the discriminator that it is trained against, in PyTorch, layer by layer the same."""

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils.parametrizations import spectral_norm

PAINTED_SIZE = 160
# Of the library's recipe: channels at 80×80, directions that are painted, and attributes that are told.
PAINTER_WIDTH, DIRECTIONS, ATTRIBUTES = 32, 39, 40


def leaky() -> nn.LeakyReLU:
    return nn.LeakyReLU(0.2)


def convolution(inputs: int, outputs: int) -> list[nn.Module]:
    """3×3, normalized."""
    return [nn.Conv2d(inputs, outputs, 3, 1, 1, bias=False), nn.BatchNorm2d(outputs)]


def resampled(pictures: Tensor, size: int) -> Tensor:
    return functional.interpolate(pictures, size=(size, size), mode="bilinear", align_corners=False)


def smoothstep(values: Tensor, start: float, end: float) -> Tensor:
    share = ((values - start) / (end - start)).clamp(0, 1)
    return share * share * (3 - 2 * share)


class Painter(nn.Module):
    """Colors [batch, 3, 160, 160] and a mask [batch, 1, 160, 160] of a crop, two drawings and coordinates."""

    def __init__(self, width: int, attributes: int) -> None:
        super().__init__()
        widths = [width, 2 * width, 4 * width, 8 * width, 8 * width]
        targets = [8 * width, 4 * width, 2 * width, width]
        self.down = nn.ModuleList(
            nn.Sequential(
                nn.Conv2d(inputs, outputs, 4, 2, 1, bias=level == 0),
                *([nn.BatchNorm2d(outputs)] if level else []),
                leaky(),
            )
            for level, (inputs, outputs) in enumerate(zip([9, *widths], widths))
        )
        self.narrow = nn.ModuleList(
            nn.Sequential(*convolution(inputs, outputs)) for inputs, outputs in zip([8 * width, *targets], targets)
        )
        self.offset = nn.ModuleList(nn.Linear(attributes, outputs, bias=False) for outputs in targets)
        self.refine = nn.ModuleList(nn.Sequential(*convolution(outputs, outputs), leaky()) for outputs in targets)
        self.mask = nn.Sequential(*convolution(width, width), leaky(), nn.Conv2d(width, attributes, 3, 1, 1))
        self.before_last = nn.Sequential(*convolution(width, width // 2), leaky())
        self.last = nn.Sequential(
            *convolution(width // 2, width // 2), leaky(), nn.Conv2d(width // 2, 5, 3, 1, 1), nn.Sigmoid()
        )

    def forward(self, photos: Tensor, before: Tensor, after: Tensor, coordinates: Tensor) -> tuple[Tensor, Tensor]:
        change = resampled(after - before, PAINTED_SIZE)
        x = torch.cat([photos, resampled(before, PAINTED_SIZE), change], 1)
        seen = []
        for layers in self.down:
            x = layers(x)
            seen.append(x)
        for level, refine in enumerate(self.refine):
            offsets = self.offset[level](coordinates)[:, :, None, None]
            narrow = functional.leaky_relu(self.narrow[level](x) + offsets, 0.2)
            x = refine(resampled(narrow, 2 * narrow.shape[-1]) + seen[3 - level])
        strengths = smoothstep(coordinates.abs(), 0.02, 0.25)[:, :, None, None]
        union = 1 - (1 - strengths * self.mask(x).sigmoid()).prod(1, keepdim=True)
        head = self.last(resampled(self.before_last(x), PAINTED_SIZE))
        share = head[:, 3:4]
        colors = share * (photos + change) + (1 - share) * (2 * head[:, :3] - 1)
        return colors, resampled(union, PAINTED_SIZE) * head[:, 4:5]


class Paint(nn.Module):
    """What the library's `paint` does: an edit of a code to coordinates, and those to colors and mask, side by side."""

    def __init__(self, width: int, attributes: int, latent_size: int) -> None:
        super().__init__()
        self.coordinates = nn.Linear(latent_size, attributes, bias=False)
        self.painter = Painter(width, attributes)

    def forward(self, photos: Tensor, before: Tensor, after: Tensor, edits: Tensor) -> Tensor:
        return torch.cat(self.painter(photos, before, after, self.coordinates(edits)), 1)


class PainterDiscriminator(nn.Module):
    """Features of the whole, a verdict on each part, and the attributes' logits."""

    def __init__(self, width: int, attributes: int) -> None:
        super().__init__()
        widths = [width, 2 * width, 4 * width, 8 * width, 8 * width]
        layers: list[nn.Module] = []
        for inputs, outputs in zip([3, *widths], widths):
            layers += [normalized(nn.Conv2d(inputs, outputs, 4, 2, 1)), leaky()]
        size = 25 * 8 * width
        self.to_parts = nn.Sequential(*layers[:8])
        self.to_whole = nn.Sequential(*layers[8:], nn.Flatten())
        self.parts = normalized(nn.Conv2d(8 * width, 1, 3, 1, 1))
        self.whole = normalized(nn.Linear(size, 8 * width))
        self.labels = normalized(nn.Linear(attributes, 8 * width))
        self.last = normalized(nn.Linear(8 * width, 1))
        self.attributes = small(nn.Linear(size, attributes))

    def forward(self, pictures: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        places = self.to_parts(pictures)
        features = self.to_whole(places)
        return features, self.parts(places), self.attributes(features)

    def verdict(self, features: Tensor, attributes: Tensor) -> Tensor:
        both = self.whole(features) + self.labels(2 * attributes - 1)
        return self.last(functional.leaky_relu(both, 0.2))


def painting_initialized(network: nn.Module) -> nn.Module:
    """Draws weights of the size that training begins with; convolutions with and without biases have one."""
    for module in network.modules():
        if isinstance(module, (nn.Linear, nn.Conv2d)):
            small(module)
        elif isinstance(module, nn.BatchNorm2d):
            nn.init.normal_(module.weight, 1, 0.02)
    return network


def small(layer: nn.Module) -> nn.Module:
    nn.init.normal_(layer.weight, 0, 0.02)
    if layer.bias is not None:
        nn.init.zeros_(layer.bias)
    return layer


def normalized(layer: nn.Module) -> nn.Module:
    """Divided by an estimate of its largest singular value, one step of power iteration at a time."""
    return spectral_norm(small(layer))


def shifted(pictures: Tensor) -> Tensor:
    """Each picture moved by up to an eighth of its size, zeros behind it."""
    size = pictures.shape[-1]
    reach = size // 8
    padded = functional.pad(pictures, (reach,) * 4)
    places = torch.randint(2 * reach + 1, (len(pictures), 2)).tolist()
    return torch.stack(
        [picture[:, top : top + size, left : left + size] for picture, (top, left) in zip(padded, places)]
    )
