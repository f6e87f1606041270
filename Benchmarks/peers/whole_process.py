"""Edits a face in a photo with PyTorch as `latent edit` does, from the start of the process to the written picture.

`prepare` makes, before any time is taken, what the edit reads: the weights of the library's embedded model and a word's
direction in PyTorch's own format, and a photo of a face that the library drew. It checks that both programs make the
same picture of it.
"""

import argparse
import subprocess
import sys
from pathlib import Path

import torch
from PIL import Image
from torch import Tensor

from composition import composed
from face_model import FaceModel, face_model
from networks import PICTURE_SIZE
from painting import PAINTED_SIZE

MODEL = Path(__file__).resolve().parents[2] / "Sources/LatentFaces/Resources/faces.safetensors"
WORD = "smiling"
# CelebA's aligned photos, and where the model sees the face in them: a square as wide as the photo.
PHOTO_SIZE = (178, 218)
TOP = 20
SEED = "3"
# Of 255: the mean difference between the pictures of both programs. The edit itself changes many times as much.
SAME = 0.1
LEAST_CHANGE = 1.0


def prepare(folder: Path, latent: Path) -> None:
    model, directions = face_model(MODEL)
    torch.save({"networks": model.state_dict(), "direction": directions[WORD]}, folder / "edit.pt")
    photo, ours, theirs = folder / "photo.jpg", folder / "latent.png", folder / "pytorch.png"
    command = [latent, "sample", "1", "--seed", SEED, "--out", folder / "face.png"]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    write_photo(Image.open(folder / "face.png"), photo)
    command = [latent, "edit", photo, "--add", WORD, "--out", ours]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    edit(folder, theirs, threads=1)
    difference, change = mean_difference(ours, theirs), mean_difference(ours, photo)
    if difference > SAME:
        sys.exit(f"The library and PyTorch make different pictures, by {difference:.3f} of 255 on average.")
    if change < LEAST_CHANGE:
        sys.exit(f"The edit changes the photo by {change:.3f} of 255 on average, which is no edit.")


def write_photo(face: Image.Image, path: Path) -> None:
    """The face where CelebA's aligned photos have it, its upper and lower rows continued above and below it."""
    width, height = PHOTO_SIZE
    face = face.convert("RGB").resize((width, width), Image.Resampling.BICUBIC)
    photo = Image.new("RGB", PHOTO_SIZE)
    bottom = TOP + width
    photo.paste(face.crop((0, 0, width, 1)).resize((width, TOP)), (0, 0))
    photo.paste(face, (0, TOP))
    photo.paste(face.crop((0, width - 1, width, width)).resize((width, height - bottom)), (0, bottom))
    photo.save(path, quality=95)


def edit(folder: Path, out: Path, threads: int) -> None:
    torch.set_num_threads(threads)
    with torch.inference_mode():
        state = torch.load(folder / "edit.pt", mmap=True, weights_only=True)
        # On the meta device nothing is drawn for weights that the file replaces.
        with torch.device("meta"):
            model = FaceModel()
        model.load_state_dict(state["networks"], assign=True)
        model.eval()
        photo = Image.open(folder / "photo.jpg").convert("RGB")
        crop = batch(cropped(photo, PAINTED_SIZE))
        code = model.edit.encoder(batch(cropped(photo, PICTURE_SIZE)))
        edited = code + state["direction"]
        # The library draws pictures of bytes, and so the painter sees them.
        before, after = (drawing(model.edit.generator(z)) for z in (code, edited))
        colors, mask = model.painter(crop, before, after, model.coordinates(edited - code))
        result = composed(pixels(photo), TOP, colors[0], mask[0], crop[0])
        if not bool(torch.isfinite(result).all() & torch.isfinite(colors).all()):
            sys.exit("PyTorch computed infinities or no numbers for the edit.")
        write_picture(result, out)


def cropped(photo: Image.Image, size: int) -> Image.Image:
    box = (0, TOP, photo.width, TOP + photo.width)
    return photo.resize((size, size), Image.Resampling.BILINEAR, box=box)


def pixels(picture: Image.Image) -> Tensor:
    """[3, height, width] in 0…255."""
    values = torch.frombuffer(bytearray(picture.tobytes()), dtype=torch.uint8)
    return values.view(picture.height, picture.width, 3).permute(2, 0, 1).float()


def batch(picture: Image.Image) -> Tensor:
    """[1, 3, height, width] in −1…1."""
    return pixels(picture)[None] / 127.5 - 1


def drawing(pictures: Tensor) -> Tensor:
    return ((pictures + 1) * 127.5).round().clamp(0, 255) / 127.5 - 1


def write_picture(picture: Tensor, path: Path) -> None:
    values = picture.to(torch.uint8).permute(1, 2, 0).contiguous()
    Image.frombytes("RGB", (picture.shape[2], picture.shape[1]), values.numpy().tobytes()).save(path)


def mean_difference(first: Path, second: Path) -> float:
    a, b = (pixels(Image.open(path).convert("RGB")) for path in (first, second))
    return float((a - b).abs().mean())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("action", choices=["prepare", "edit"])
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--latent", type=Path, help="the library's program, for prepare")
    parser.add_argument("--out", type=Path)
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    if arguments.action == "prepare":
        prepare(arguments.folder, arguments.latent)
    else:
        edit(arguments.folder, arguments.out, arguments.threads)


if __name__ == "__main__":
    main()
