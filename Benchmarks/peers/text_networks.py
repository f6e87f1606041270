"""The networks of text-driven editing in PyTorch: StyleGAN2's generator, CLIP's image tower and MiniLM.

Weights are drawn with the variance that keeps activations near one, as both networks begin. Constant factors (the
equalised learning rate's, the activation's √2, the noise's strength) are part of the weights, so that no candidate
multiplies by them again and again.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

# How a code acts on a convolution: as published, each sample gets weights of its own and the batch is convolved in
# groups; or the weights stay, and each sample's input and output channels are scaled, which comes to the same.
MODULATED_WEIGHTS, SCALED_CHANNELS = "modulated weights", "scaled channels"
MODULATIONS = (MODULATED_WEIGHTS, SCALED_CHANNELS)

CODE_SIZE = 512
EPSILON = 1e-8


class ModulatedConvolution(nn.Module):
    """A convolution whose input channels a code scales; a demodulated one gives each output channel a fixed norm."""

    def __init__(
        self,
        inputs: int,
        outputs: int,
        kernel: int,
        modulation: str,
        doubles: bool = False,
        gain: float | None = None,
    ) -> None:
        """`gain` is the output channels' norm; None leaves out the demodulation."""
        super().__init__()
        self.modulation, self.doubles, self.gain = modulation, doubles, gain
        self.style = nn.Linear(CODE_SIZE, inputs)
        nn.init.normal_(self.style.weight, 0, CODE_SIZE**-0.5)
        nn.init.ones_(self.style.bias)
        sides = (inputs, outputs) if doubles else (outputs, inputs)
        self.weight = nn.Parameter(torch.randn(*sides, kernel, kernel) * (inputs * kernel * kernel) ** -0.5)
        self.register_buffer("squares", self.weight.detach().square().sum((2, 3)))

    def forward(self, features: Tensor, code: Tensor) -> Tensor:
        style = self.style(code)
        modulated = self.by_weights if self.modulation == MODULATED_WEIGHTS else self.by_channels
        return modulated(features, style)

    def by_weights(self, features: Tensor, style: Tensor) -> Tensor:
        samples, inputs, height, width = features.shape
        outputs_axis = 2 if self.doubles else 1
        weight = self.weight * style[:, :, None, None, None].transpose(1, 3 - outputs_axis)
        if self.gain is not None:
            squares = weight.square().sum((3 - outputs_axis, 3, 4), keepdim=True)
            weight = weight * (self.gain * torch.rsqrt(squares + EPSILON))
        grouped = features.reshape(1, samples * inputs, height, width)
        grouped = self.convolved(grouped, weight.flatten(0, 1), groups=samples)
        return grouped.reshape(samples, -1, *grouped.shape[2:])

    def by_channels(self, features: Tensor, style: Tensor) -> Tensor:
        features = self.convolved(features * style[:, :, None, None], self.weight)
        if self.gain is None:
            return features
        squares = style.square() @ (self.squares if self.doubles else self.squares.T)
        return features * (self.gain * torch.rsqrt(squares + EPSILON))[:, :, None, None]

    def convolved(self, features: Tensor, weight: Tensor, groups: int = 1) -> Tensor:
        if self.doubles:
            return functional.conv_transpose2d(features, weight, stride=2, groups=groups)
        return functional.conv2d(features, weight, padding=weight.shape[-1] // 2, groups=groups)


def code_count(size: int) -> int:
    """How many codes a generator of pictures of this size takes: two for each resolution from 4 on."""
    return 2 * size.bit_length() - 4


def smoothing_filter(channels: int) -> Tensor:
    """The filter [1, 3, 3, 1] ⊗ [1, 3, 3, 1] for each channel; its sum is 4, since doubling puts zeros between."""
    taps = torch.tensor([1.0, 3.0, 3.0, 1.0]) / 4
    return torch.outer(taps, taps).repeat(channels, 1, 1, 1)


class StyledLayer(nn.Module):
    """A modulated 3×3 convolution, fixed noise, bias, leaky ReLU; one that doubles the size smooths the picture."""

    def __init__(self, inputs: int, outputs: int, size: int, modulation: str, doubles: bool) -> None:
        super().__init__()
        self.convolution = ModulatedConvolution(inputs, outputs, 3, modulation, doubles, gain=2**0.5)
        self.noise = nn.Parameter(0.1 * torch.randn(1, 1, size, size))
        self.bias = nn.Parameter(torch.zeros(1, outputs, 1, 1))
        self.register_buffer("filter", smoothing_filter(outputs) if doubles else None)

    def forward(self, features: Tensor, code: Tensor) -> Tensor:
        features = self.convolution(features, code)
        if self.filter is not None:
            features = functional.conv2d(features, self.filter, padding=1, groups=features.shape[1])
        return functional.leaky_relu_((features + self.noise).add_(self.bias), 0.2)


class PictureLayer(nn.Module):
    """The part of a resolution in the picture, added to the doubled picture of the resolution before."""

    def __init__(self, inputs: int, modulation: str) -> None:
        super().__init__()
        self.convolution = ModulatedConvolution(inputs, 3, 1, modulation)
        self.bias = nn.Parameter(torch.zeros(1, 3, 1, 1))
        self.register_buffer("filter", smoothing_filter(3))

    def forward(self, features: Tensor, code: Tensor, picture: Tensor | None) -> Tensor:
        part = self.convolution(features, code) + self.bias
        if picture is None:
            return part
        return part + functional.conv_transpose2d(picture, self.filter, stride=2, padding=1, groups=3)


class StyleGAN2(nn.Module):
    """StyleGAN2's generator with channel multiplier 2: codes [batch, layers, 512] → pictures near −1…1."""

    def __init__(self, size: int, modulation: str) -> None:
        super().__init__()
        sizes = [2**power for power in range(2, size.bit_length())]
        channels = [min(512, 32768 // size) for size in sizes]
        self.start = nn.Parameter(torch.randn(1, channels[0], 4, 4))
        self.layers = nn.ModuleList([StyledLayer(channels[0], channels[0], 4, modulation, doubles=False)])
        for inputs, outputs, larger in zip(channels, channels[1:], sizes[1:]):
            self.layers.append(StyledLayer(inputs, outputs, larger, modulation, doubles=True))
            self.layers.append(StyledLayer(outputs, outputs, larger, modulation, doubles=False))
        self.pictures = nn.ModuleList(PictureLayer(inputs, modulation) for inputs in channels)

    def forward(self, codes: Tensor) -> Tensor:
        features = self.start.expand(codes.shape[0], -1, -1, -1)
        picture: Tensor | None = None
        for index, layer in enumerate(self.layers):
            features = layer(features, codes[:, index])
            if index % 2 == 0:
                picture = self.pictures[index // 2](features, codes[:, index + 1], picture)
        return picture


class AttentionBlock(nn.Module):
    """x + attention(norm(x)), then x + MLP(norm(x)) with x·σ(1.702x)."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.attention_norm, self.mlp_norm = nn.LayerNorm(width), nn.LayerNorm(width)
        self.queries_keys_values = nn.Linear(width, 3 * width)
        self.attention_out = nn.Linear(width, width)
        self.mlp_in, self.mlp_out = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

    def forward(self, tokens: Tensor) -> Tensor:
        tokens = tokens + self.attention(self.attention_norm(tokens))
        hidden = self.mlp_in(self.mlp_norm(tokens))
        return tokens + self.mlp_out(hidden * torch.sigmoid(1.702 * hidden))

    def attention(self, tokens: Tensor) -> Tensor:
        samples, count, width = tokens.shape
        parts = self.queries_keys_values(tokens).view(samples, count, 3, self.heads, width // self.heads)
        queries, keys, values = parts.permute(2, 0, 3, 1, 4).unbind(0)
        mixed = functional.scaled_dot_product_attention(queries, keys, values)
        return self.attention_out(mixed.transpose(1, 2).reshape(samples, count, width))


class SentenceBlock(AttentionBlock):
    """norm(x + attention(x)), then norm(x + MLP(x)) with x·Φ(x)."""

    def forward(self, tokens: Tensor) -> Tensor:
        tokens = self.attention_norm(tokens + self.attention(tokens))
        return self.mlp_norm(tokens + self.mlp_out(functional.gelu(self.mlp_in(tokens))))


class MiniLM(nn.Module):
    """all-MiniLM-L6-v2 behind its tables: embeddings [batch, tokens, 384] → features [batch, 384] of unit length."""

    WIDTH, DEPTH, HEADS = 384, 6, 12

    def __init__(self) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(self.WIDTH)
        self.blocks = nn.Sequential(*(SentenceBlock(self.WIDTH, self.HEADS) for _ in range(self.DEPTH)))

    def forward(self, embeddings: Tensor) -> Tensor:
        return functional.normalize(self.blocks(self.norm(embeddings)).mean(1), dim=1)


class CLIPImageTower(nn.Module):
    """ViT-B/32 of CLIP: pictures [batch, 3, 224, 224] → features [batch, 512]."""

    def __init__(self, width: int = 768, depth: int = 12, heads: int = 12, features: int = 512) -> None:
        super().__init__()
        self.patches = nn.Conv2d(3, width, 32, 32, bias=False)
        self.class_token = nn.Parameter(width**-0.5 * torch.randn(width))
        self.positions = nn.Parameter(width**-0.5 * torch.randn(50, width))
        self.first_norm, self.last_norm = nn.LayerNorm(width), nn.LayerNorm(width)
        self.blocks = nn.Sequential(*(AttentionBlock(width, heads) for _ in range(depth)))
        self.projection = nn.Linear(width, features, bias=False)

    def forward(self, pictures: Tensor) -> Tensor:
        patches = self.patches(pictures).flatten(2).transpose(1, 2)
        token = self.class_token.expand(patches.shape[0], 1, -1)
        tokens = self.first_norm(torch.cat([token, patches], 1) + self.positions)
        return self.projection(self.last_norm(self.blocks(tokens)[:, 0]))


def clip_input(pictures: Tensor) -> Tensor:
    """StyleCLIP's way from 256×256 to 224×224 pixels: nearest ×7, then means of 8×8, as one product for each axis."""
    size = pictures.shape[-1]
    means = torch.eye(size).repeat_interleave(7, 0).view(-1, 8, size).mean(1)
    return means @ pictures @ means.T
