"""Edits a photo with PyTorch, from the start of the process to the written picture.

`prepare` makes, before any time is taken, what the edit reads: weights of the networks and a word's direction, of the
sizes of the library's own face model (z 128), and a photo.
"""

import argparse
from pathlib import Path

import torch
from PIL import Image
from torch import Tensor

from networks import PICTURE_SIZE, Edit, Family, initialized

FAMILY = Family("dcgan", latent_size=128, width=64)
PHOTO_SIZE = (640, 480)


def prepare(folder: Path) -> None:
    torch.manual_seed(1)
    state = {"networks": initialized(Edit(FAMILY)).state_dict(), "direction": torch.randn(FAMILY.latent_size)}
    torch.save(state, folder / "edit.pt")
    coarse = (torch.rand(12, 16, 3) * 255).to(torch.uint8).numpy()
    Image.fromarray(coarse).resize(PHOTO_SIZE, Image.Resampling.BICUBIC).save(folder / "photo.jpg", quality=95)


def edit(folder: Path, out: Path, threads: int) -> None:
    torch.set_num_threads(threads)
    with torch.inference_mode():
        state = torch.load(folder / "edit.pt", mmap=True, weights_only=True)
        # On the meta device nothing is drawn for weights that the file replaces.
        with torch.device("meta"):
            network = Edit(FAMILY)
        network.load_state_dict(state["networks"], assign=True)
        network.eval()
        picture = network(read_photo(folder / "photo.jpg"), state["direction"][None])
        write_picture(picture[0], out)


def read_photo(path: Path) -> Tensor:
    """The photo's centre square as [1, 3, 80, 80] in −1…1."""
    photo = Image.open(path).convert("RGB")
    side = min(photo.size)
    left, top = (photo.width - side) // 2, (photo.height - side) // 2
    box = (left, top, left + side, top + side)
    small = photo.resize((PICTURE_SIZE, PICTURE_SIZE), Image.Resampling.BILINEAR, box=box)
    pixels = torch.frombuffer(bytearray(small.tobytes()), dtype=torch.uint8)
    return pixels.view(1, PICTURE_SIZE, PICTURE_SIZE, 3).permute(0, 3, 1, 2) / 127.5 - 1


def write_picture(picture: Tensor, path: Path) -> None:
    pixels = ((picture + 1) * 127.5).round().clamp(0, 255).to(torch.uint8).permute(1, 2, 0).contiguous()
    Image.frombytes("RGB", (PICTURE_SIZE, PICTURE_SIZE), bytes(pixels.view(-1).tolist())).save(path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("action", choices=["prepare", "edit"])
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    if arguments.action == "prepare":
        prepare(arguments.folder)
    else:
        edit(arguments.folder, arguments.out, arguments.threads)


if __name__ == "__main__":
    main()
