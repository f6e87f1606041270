#!/usr/bin/env python3
"""Trains on several ranks of MPI: ranks.py PROGRAM same [STEPS] [PART…], or ranks.py PROGRAM kills [COUNT] [SEED]

“same” makes a few steps of each training on 1, 2 and 4 ranks with 1 and 2 threads, and fails where a file differs by a bit;
it evaluates a model on 1, 2 and 3, and where LATENT_SHARED has photos, cuts faces out of them.
“kills” kills a random rank, or interrupts mpirun, at a random moment, and resumes on another number of ranks: all ranks have
to end within seconds with one sentence, and the end has to be that of a training that nobody stopped. Then it gives one rank
other images than the others, and the first a disk without room.
"""

import hashlib
import os
import random
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time
import zlib

NAMES = ["Smiling", "Male", "No_Beard"]
IMAGES = 48
SIZE = 80
# Of ranks and threads; the first is what the others are compared with.
SETTINGS = [(1, 1), (1, 2), (2, 1), (2, 2), (4, 1), (4, 2)]
LONGEST_END = 15  # seconds


def write_png(path, pixels):
    def chunk(kind, data):
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    rows = b"".join(b"\0" + pixels[row * SIZE * 3:(row + 1) * SIZE * 3] for row in range(SIZE))
    with open(path, "wb") as file:
        file.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", SIZE, SIZE, 8, 2, 0, 0, 0))
                   + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


def write_data(folder):
    """Discs on grounds, in the layout of CelebA, and vectors of the words for what differs."""
    images = os.path.join(folder, "img_align_celeba")
    os.makedirs(images)
    attributes, splits = [str(IMAGES), " ".join(NAMES)], []
    for index in range(IMAGES):
        flags = [index >> bit & 1 for bit in range(3)]
        pixels = bytearray()
        for place in range(SIZE * SIZE):
            x, y = place % SIZE, place // SIZE
            far = (x - 40 - index % 5) ** 2 + (y - 40 + index % 7) ** 2 >= (30 if flags[0] else 16) ** 2
            ground = (x // 2 + 3 * index % 97, y, 200 if flags[2] else 50 + index % 90)
            pixels += bytes(ground if far else (230, 40 if flags[1] else 180, 60))
        write_png(os.path.join(images, f"{index}.png"), bytes(pixels))
        attributes.append(f"{index}.png " + " ".join(" 1" if flag else "-1" for flag in flags))
        splits.append(f"{index}.png {0 if index < 40 else 1}")
    for name, lines in (("list_attr_celeba.txt", attributes), ("list_eval_partition.txt", splits)):
        with open(os.path.join(folder, name), "w") as file:
            file.write("\n".join(lines) + "\n")
    with open(os.path.join(folder, "words.txt"), "w") as file:
        file.write("smiling 1 0 0 0.5\nmale 0 1 0 -0.5\nbeard 0 0 1 0.25\nsmile 0.9 0.1 0 0.5\n")


def on_ranks(ranks, line):
    if ranks == 1:
        return line
    root = ["--allow-run-as-root"] if os.geteuid() == 0 else []
    return ["mpirun", *root, "--oversubscribe", "-np", str(ranks), *line]


def command(program, ranks, part, data, out, threads, steps, *more):
    return on_ranks(ranks, [
        program, "train", part, "--data", data, "--out", out, "--seed", "3", "--batch", "8", "--steps", str(steps),
        "--threads", str(threads), "--checkpoint-every", "4", *more])


def digest(path):
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


def results(out, part):
    """What a training leaves: its file, its checkpoint, its losses."""
    folder = os.path.join(os.path.splitext(out)[0] + ".training", part)
    names = [os.path.join(folder, name) for name in ("checkpoint.safetensors", "losses.csv")]
    return {os.path.basename(name): digest(name) for name in [out, *names]}


def fail(sentence):
    print(sentence)
    sys.exit(1)


# Each training with what it is added to.
PARTS = {"gan": None, "encoder": "gan", "autoencoder": None, "projector": "autoencoder", "painter": "projector",
         "scorer": None, "joint": None}


def options(part, data):
    return {"projector": ["--words", os.path.join(data, "words.txt")], "painter": ["--width", "4"]}.get(part, [])


def same(program, steps, chosen):
    with tempfile.TemporaryDirectory() as folder:
        data = os.path.join(folder, "data")
        write_data(data)
        models = {}
        for part, foundation in PARTS.items():
            needed = part in chosen or any(PARTS[other] == part or PARTS.get(PARTS[other]) == part for other in chosen)
            if not needed:
                continue
            expected = None
            for ranks, threads in SETTINGS if part in chosen else SETTINGS[:1]:
                own = os.path.join(folder, f"{part}-{ranks}-{threads}")
                os.makedirs(own)
                out = os.path.join(own, "model.safetensors")
                if foundation:
                    shutil.copy(models[foundation], out)
                line = command(program, ranks, part, data, out, threads, steps, *options(part, data))
                run = subprocess.run(line, stderr=subprocess.PIPE, text=True)
                if run.returncode != 0:
                    fail(f"{part} on {ranks} ranks with {threads} threads failed:\n{run.stderr}")
                got = results(out, part)
                expected = expected or got
                if got != expected:
                    differ = [name for name in got if got[name] != expected[name]]
                    fail(f"{part} on {ranks} ranks with {threads} threads made another {', '.join(differ)}.")
                models.setdefault(part, out)
            if part in chosen:
                print(f"{part}: {steps} steps make the same files on "
                      + ", ".join(f"{ranks}×{threads}" for ranks, threads in SETTINGS) + " ranks × threads.", flush=True)
        if "projector" in models:
            same_numbers(program, data, models["projector"])
    if "LATENT_SHARED" in os.environ:
        same_faces(program, os.path.join(os.environ["LATENT_SHARED"], "data", "celeba", "img_align_celeba"))


def same_numbers(program, data, model):
    """Evaluates a model; ranks need not be a power of two."""
    numbers = set()
    for ranks in (1, 2, 3):
        line = [program, "evaluate", "--data", data, "--model", model, "--words", os.path.join(data, "words.txt"), "--json",
                "--refined", "2", "--threads", "1"]
        run = subprocess.run(on_ranks(ranks, line), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        if run.returncode != 0:
            fail(f"The evaluation on {ranks} ranks failed:\n{run.stderr}")
        numbers.add(run.stdout)
    if len(numbers) != 1:
        fail("The evaluation on several ranks gives other numbers.")
    print("evaluate: the same numbers on 1, 2 and 3 ranks.", flush=True)


def same_faces(program, photos):
    """Cuts faces out; once a rank is killed, and another number of ranks goes on."""
    with tempfile.TemporaryDirectory() as folder:
        source = os.path.join(folder, "photos")
        os.makedirs(source)
        for name in sorted(os.listdir(photos))[:24]:
            shutil.copy(os.path.join(photos, name), source)
        made = []
        for ranks, killed in ((1, False), (2, False), (3, True)):
            out = os.path.join(folder, f"faces-{ranks}")
            line = [program, "faces", source, "--out", out, "--threads", "1"]
            process = subprocess.Popen(on_ranks(ranks, line), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
            parts = [os.path.join(out, name) for name in ("faces.1.tsv", "faces.2.tsv")]
            # A line after the first is a photo that is done.
            while killed and process.poll() is None and not all(
                    os.path.exists(part) and open(part, "rb").read().count(b"\n") > 1 for part in parts):
                time.sleep(0.01)
            if killed and process.poll() is None:
                children = subprocess.run(["pgrep", "-P", str(process.pid)], stdout=subprocess.PIPE, text=True)
                os.kill(int(children.stdout.split()[1]), signal.SIGKILL)
            said = process.communicate()[1]
            if killed and process.returncode != 0:
                if len(sentences(said)) != 1:
                    fail(f"Ranks that were stopped said {len(sentences(said))} sentences:\n{said}")
                process = subprocess.run(on_ranks(2, line + ["--resume"]), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                                         text=True)
                said = process.stderr
            if process.returncode != 0:
                fail(f"Cutting faces out on {ranks} ranks failed:\n{said}")
            files = {name: digest(os.path.join(out, name)) for name in os.listdir(out) if name != "faces.tsv"}
            with open(os.path.join(out, "faces.tsv")) as journal:
                made.append((files, sorted(journal)))
        if any(each != made[0] for each in made):
            fail("Faces cut out on several ranks are others.")
        print("faces: the same data set on 1, 2 and 3 ranks, of which one was killed.", flush=True)


def sentences(text):
    """What ranks said for a person, without mpirun's own frames and without progress."""
    return [line for line in text.splitlines() if line.startswith(("Stopped", "Error:"))]


def kills(program, count, seed):
    generator = random.Random(seed)
    part, steps = "scorer", 24
    with tempfile.TemporaryDirectory() as folder:
        data = os.path.join(folder, "data")
        write_data(data)
        whole = os.path.join(folder, "whole.safetensors")
        start = time.time()
        subprocess.run(command(program, 2, part, data, whole, 1, steps), check=True, stderr=subprocess.DEVNULL)
        duration = time.time() - start
        expected = list(results(whole, part).values())
        done, finished, longest, early, late = 0, 0, 0.0, 0, 0
        while done < count or finished == 0:
            out = os.path.join(folder, "broken.safetensors")
            training = os.path.join(folder, "broken.training", part)
            shutil.rmtree(os.path.join(folder, "broken.training"), ignore_errors=True)
            if os.path.exists(out):
                os.remove(out)
            while True:
                resume = ["--resume"] if os.path.exists(os.path.join(training, "checkpoint.safetensors")) else []
                if not resume:
                    shutil.rmtree(training, ignore_errors=True)
                line = command(program, generator.choice([2, 4]), part, data, out, 1, steps, *resume)
                losses = os.path.join(training, "losses.csv")
                with open(os.path.join(folder, "errors"), "w+") as errors:
                    started = time.time()
                    process = subprocess.Popen(line, stderr=errors)
                    if done < count:
                        time.sleep(generator.uniform(0, duration))
                    stopped = 0
                    if done < count and process.poll() is None:
                        # A training opens its losses before its first step.
                        begun = os.path.exists(losses) and os.path.getmtime(losses) > started
                        children = subprocess.run(["pgrep", "-P", str(process.pid)], stdout=subprocess.PIPE, text=True)
                        pids = [int(pid) for pid in children.stdout.split()]
                        interrupts = generator.random() < 0.2 or not pids
                        stopped = time.time()
                        try:
                            os.kill(process.pid if interrupts else generator.choice(pids),
                                    signal.SIGINT if interrupts else signal.SIGKILL)
                        except ProcessLookupError:
                            stopped = 0
                    status = process.wait()
                    errors.seek(0)
                    text = errors.read()
                if status == 0:
                    finished += 1
                    if list(results(out, part).values()) != expected:
                        fail("A training that was stopped made other files than one that was not.")
                    break
                if not stopped:
                    fail(f"A training that nobody stopped failed:\n{text}")
                done += 1
                if done % 10 == 0:
                    print(f"{done} kills", flush=True)
                longest = max(longest, time.time() - stopped)
                if time.time() - stopped > LONGEST_END:
                    fail(f"The ranks took {time.time() - stopped:.0f} s to end.")
                said = sentences(text)
                if not said and "Wrote" in text:
                    late += 1
                elif not said and not begun:
                    early += 1
                elif len(said) != 1:
                    fail(f"Ranks that were stopped said {len(said)} sentences:\n{text}")
        print(f"{done} kills; the ranks ended within {longest:.1f} s, with one sentence but for {early} before the first step "
              f"and {late} after the model was written; {finished} trainings went on to the same files.")


def differences(program):
    """One rank reads other images, and a disk has no room."""
    with tempfile.TemporaryDirectory() as folder:
        data, other = os.path.join(folder, "data"), os.path.join(folder, "other")
        write_data(data)
        shutil.copytree(data, other)
        # A scorer learns from a part of the people, so one image might be none of its.
        for index in range(0, IMAGES, 2):
            shutil.copy(os.path.join(data, "img_align_celeba", "1.png"),
                        os.path.join(other, "img_align_celeba", f"{index}.png"))
        out = os.path.join(folder, "model.safetensors")
        first = command(program, 2, "scorer", data, out, 1, 8)
        place = first.index("-np")
        line = first[:place] + ["-np", "1"] + first[place + 2:] + [":", "-np", "1"] + [
            other if word == data else word for word in first[place + 2:]]
        run = subprocess.run(line, stderr=subprocess.PIPE, text=True, timeout=60)
        said = sentences(run.stderr)
        if run.returncode == 0 or len(said) != 1 or "images other than" not in said[0]:
            fail(f"Ranks with other images were to be refused:\n{run.stderr}")
        print("Other images on one rank:", said[0])
        # Room for the folder's first files, not for a checkpoint.
        small = os.path.join(folder, "small")
        os.makedirs(small)
        if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "none", small], stderr=subprocess.DEVNULL).returncode:
            print("A full disk is left out: no file system can be mounted here.")
            return
        try:
            run = subprocess.run(command(program, 2, "scorer", data, os.path.join(small, "model.safetensors"), 1, 8),
                                 stderr=subprocess.PIPE, text=True, timeout=60)
        finally:
            subprocess.run(["umount", small], check=True)
        said = sentences(run.stderr)
        if run.returncode == 0 or len(said) != 1:
            fail(f"A full disk was to end all ranks:\n{run.stderr}")
        print("A full disk:", said[0])


def main():
    if len(sys.argv) < 3:
        fail(__doc__)
    program = os.path.abspath(sys.argv[1])
    if sys.argv[2] == "same":
        chosen = sys.argv[4:] or list(PARTS)
        same(program, int(sys.argv[3]) if len(sys.argv) > 3 else 8, chosen)
    else:
        kills(program, int(sys.argv[3]) if len(sys.argv) > 3 else 50, int(sys.argv[4]) if len(sys.argv) > 4 else 1)
        differences(program)


main()
