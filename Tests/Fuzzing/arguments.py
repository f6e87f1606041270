#!/usr/bin/env python3
"""Runs the command-line example with random arguments, and fails where a signal ends it: arguments.py PROGRAM SECONDS

The commands and their options are those that the program lists itself. Values are numbers at and beyond all bounds,
words, and files of many kinds, whole and damaged. A run may take as long as it wants: after some seconds it is stopped
and counts as passed. Prints the arguments of each run that crashed, and the seed, which makes the same runs again.
"""

import json
import os
import random
import resource
import shlex
import shutil
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
LONGEST = 10  # seconds

NUMBERS = ["nan", "-nan", "inf", "-inf", "0", "-0", "1", "2", "-1", "0.5", "0,5", "1e30", "-1e30", "1e-45", "11.9", "12",
           "255", "4096", "4000000000", "99999999999", "-99999999999", "9223372036854775807", "9223372036854775808",
           "-9223372036854775808", "18446744073709551615", "18446744073709551616", "0x10", "1e3", "", " ", "x", "½"]
WORDS = ["smiling", "eyeglasses=-1", "smiling=nan", "smiling=1e9", "=", "=1", "", "a=b=c", "Wearing_Hat", "smiling,blond",
         ",", "a smile and no beard", "clean-shaven", "é\u0301", "\u202e", "x" * 5000, "-", "--", "face", "whole", "square",
         "box", "paint", "keep", "fine,coarse", "coarse"]


def commands(program):
    """The paths of all commands with the names of their options: whether each takes a value."""
    tool = json.loads(subprocess.run([program, "--experimental-dump-help"], capture_output=True, check=True).stdout)
    found = []

    def walk(command, path):
        options = []
        for argument in command.get("arguments", []):
            names = [name for name in argument.get("names", []) if name["kind"] == "long"]
            if argument["kind"] == "positional":
                options.append((None, True))
            elif names and names[0]["name"] not in ("help", "version"):
                options.append(("--" + names[0]["name"], argument["kind"] == "option"))
        children = [child for child in command.get("subcommands", []) if child["commandName"] != "help"]
        if not children:
            found.append((path, options))
        for child in children:
            walk(child, path + [child["commandName"]])

    walk(tool["command"], [])
    return found


def write_files(folder, generator):
    """Files that arguments name: the seeds of the fuzzers, some of them damaged, and what is no file."""
    names = ["none.png", "out.png", "out.jpg", "out.gif", "out.safetensors", "no/out.png", ".", "/dev/null", "/dev/full", "-",
             "/dev/stdin", "/dev/stdout", "/proc/self/mem", ""]
    for kind in sorted(os.listdir(os.path.join(HERE, "Seeds"))):
        seeds = os.path.join(HERE, "Seeds", kind)
        for seed in sorted(os.listdir(seeds))[:3]:
            with open(os.path.join(seeds, seed), "rb") as file:
                data = bytearray(file.read())
            for copy in range(2):
                name = f"{kind}-{seed}-{copy}"
                for _ in range(copy * generator.randint(1, 8) if data else 0):
                    data[generator.randrange(len(data))] = generator.randrange(256)
                with open(os.path.join(folder, name), "wb") as file:
                    file.write(data)
                names.append(name)
    os.makedirs(os.path.join(folder, "photos"))
    for name in names[-6:]:
        shutil.copy(os.path.join(folder, name), os.path.join(folder, "photos", name + ".png"))
    return names + ["photos"]


# What options like, so that a run gets beyond them; all others like files.
FITTING = {"--threads": ["1"], "--steps": ["1"], "--epochs": ["1"], "--batch": ["8"], "--size": ["64", "80"],
           "--smallest": ["40", "12"], "--face": ["1", "2"], "--refine": ["1"], "--seed": ["1", "2"], "--count": ["3"],
           "--add": WORDS[:4], "--theta": ["-1,0,1", "2"], "--alpha": ["1,2.0"],
           "--crop": ["whole", "square", "box"], "--rendering": ["paint", "keep", "reconstruct"], "--margin": ["0.2"],
           "--keeping": ["male"], "--text": ["a face"],
           "--rate": ["0.1"], "--sample-every": ["1"], "--checkpoint-every": ["1"], "--width": ["10"], "--layers": ["1"],
           "--table-width": ["5"], "--channels": ["2"], "--beta": ["0", "1"], "--strength": ["-2"], "--truncation": ["0.5"],
           "--identity-weight": ["0"], "--distance-weight": ["0"], "--photos": ["1"], "--refined": ["1"],
           "--levels": ["coarse"], "--fidelity": ["reference"], "--split": ["tuning"], "--network": ["paper"],
           "--neutral": ["face"], "--target": ["a smiling face"], "--images": ["1"], "--samples": ["9"],
           "--channel": ["0_1=3", "2_0=-1"], "--preset": ["joint", "quick"], "--method": ["averaging"], "--alignment": ["square"]}


# What the names of files that options like begin with; what has no name is a photo.
KINDS = {None: "png", "--model": "model", "--scorer": "scorer", "--vectors": "words", "--words": "words", "--generator": "stylegan2",
         "--mapper": "mapper", "--clip": "clip", "--merges": "merges", "--data": "photos", "--direction": "directions",
         "--joint": "joint", "--sentences": "sentence-file", "--texts": "words", "--statistics": "torch", "--code": "directions"}


def random_value(command, name, names, generator):
    """A value that an option likes, mostly, or another."""
    if generator.random() < 0.85:
        if command == "sheet" and name == "--words":
            return "smiling,blond"
        if name == "--out":
            return "out.png" if command in ("edit", "sheet", "words", "sample", "optimize", "map", "direction") else "out"
        kind = "dcgan" if command == "import" and name is None else KINDS.get(name, "")
        return generator.choice(FITTING.get(name) or [file for file in names if file.startswith(kind)])
    return generator.choice(generator.choice([NUMBERS, WORDS, names]))


# What most commands cannot do without.
USUAL = (None, "--out", "--add", "--words", "--data", "--clip", "--mapper", "--text", "--neutral", "--target")


def random_arguments(all_commands, names, generator):
    path, options = generator.choice(all_commands)
    arguments = list(path)
    for name, takes_value in options:
        if generator.random() > (0.95 if name in USUAL else 0.1):
            continue
        if name is not None:
            arguments.append(name)
        if takes_value:
            arguments.append(random_value(path[-1], name, names, generator))
    if "--crop" not in arguments and path[0] in ("edit", "sheet"):
        arguments += ["--crop", "whole"]  # no detector is needed then
    return arguments


def limit():
    """Keeps a run from filling the disk."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 28, 1 << 28))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def main():
    program, seconds = os.path.abspath(sys.argv[1]), float(sys.argv[2])
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else random.randrange(1 << 32)
    generator = random.Random(seed)
    print(f"arguments: seed {seed}")
    all_commands = commands(program)
    environment = dict(os.environ, SWIFT_BACKTRACE="enable=no")
    runs = done = stopped = failures = 0
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with tempfile.TemporaryDirectory() as folder:
            names = write_files(folder, generator)
            for _ in range(50):
                arguments = random_arguments(all_commands, names, generator)
                data = generator.randbytes(generator.randrange(100))
                process = subprocess.Popen(
                    [program] + arguments, cwd=folder, env=environment, preexec_fn=limit, stdin=subprocess.PIPE,
                    stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
                try:
                    errors = process.communicate(data, timeout=LONGEST)[1]
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.communicate()
                    stopped += 1
                    continue
                finally:
                    runs += 1
                done += process.returncode == 0
                if process.returncode < 0:
                    failures += 1
                    print(f"signal {-process.returncode}: latent {shlex.join(arguments)}")
                    print("    " + errors.decode(errors="replace").strip()[-300:])
                if time.monotonic() >= end:
                    break
    print(f"arguments: {runs} runs, {done} of them successful, {stopped} stopped after {LONGEST} s, {failures} ended by a signal")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
