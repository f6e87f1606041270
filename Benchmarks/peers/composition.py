"""Painting into a photo what was drawn for a crop of it, as the library does at the photo's resolution."""

import torch
from torch import Tensor
from torch.nn import functional

from painting import smoothstep

FEATHER = 0.06


def composed(photo: Tensor, top: int, colors: Tensor, mask: Tensor, crop: Tensor) -> Tensor:
    """A photo [3, height, width] in 0…255 with colors laid over the square of its width that begins at `top`.

    Left and right of that square the photo ends, so only its upper and lower side are faded.
    """
    opening = ((mask - 0.02) / 0.96).clamp(0, 1) * inner_share(mask.shape[-1])
    replaced = replaced_detail(crop, colors)
    patch = torch.cat([127.5 * opening * (colors - crop + replaced * (crop + 1)), opening * replaced])
    size = photo.shape[-1]
    taps = cubic_taps(patch.shape[-1], size)
    value = taps @ patch @ taps.T
    place = (torch.arange(size) + 0.5) / size
    weight = smoothstep(torch.minimum(place, 1 - place) / FEATHER, 0, 1)[:, None]
    old = photo[:, top : top + size]
    result = photo.clone()
    result[:, top : top + size] = (old + weight * (value[:3] - value[3:] * old) + 0.5).floor().clamp(0, 255)
    return result


def inner_share(size: int) -> Tensor:
    """1 but near the corners."""
    place = 2 * (torch.arange(size) + 0.5) / size - 1
    return 1 - smoothstep((place[:, None] ** 2 + place**2).sqrt(), 1.05, 1.4)


def replaced_detail(crop: Tensor, colors: Tensor) -> Tensor:
    """The part of the photo's finer detail that gives way: where the structure is another."""
    weights = torch.tensor([0.299, 0.587, 0.114])[:, None, None]
    old, new = (crop * weights).sum(0), (colors * weights).sum(0)
    change = new - old
    moments = torch.stack([old, old * old, new, new * new, change, change * change, torch.ones_like(old)])
    binomials = torch.tensor([1.0, 4, 6, 4, 1])
    window = (binomials[:, None] * binomials)[None, None]
    sums = functional.conv2d(moments[:, None], window, padding=2)[:, 0]
    means = sums[:6] / sums[6]
    variances = (means[1::2] - means[::2] ** 2).clamp(min=0)
    return smoothstep(variances[2] / (variances[0] + variances[1] + 0.06**2), 0.3, 0.8)


def cubic_taps(inputs: int, outputs: int) -> Tensor:
    """[outputs, inputs]: Catmull-Rom's weights, those beyond a border given to its pixel."""
    place = (torch.arange(outputs, dtype=torch.float64) + 0.5) * inputs / outputs - 0.5
    first = place.floor()
    f = place - first
    weights = torch.stack(
        [
            f * (-0.5 + f * (1 - 0.5 * f)),
            1 + f * f * (-2.5 + 1.5 * f),
            f * (0.5 + f * (2 - 1.5 * f)),
            f * f * (-0.5 + 0.5 * f),
        ],
        1,
    )
    columns = (first[:, None].long() + torch.arange(-1, 3)).clamp(0, inputs - 1)
    return torch.zeros(outputs, inputs, dtype=torch.float64).scatter_add_(1, columns, weights).float()
