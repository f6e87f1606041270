#!/usr/bin/env python3
"""Builds the documentation of the public modules into .build-docs/site, by the toolchain's docc alone.

Warnings are errors. The Swift code of each article, its blocks put together, has to compile as one program.
"""

import copy
import glob
import json
import os
import re
import shutil
import subprocess
import sys

import symbols

OUTPUT = os.path.join(symbols.ROOT, ".build-docs")


def graphs(module, modules):
    """A module's symbol graphs by file, its own one enlarged by what it re-exports."""
    result = copy.deepcopy(module.graphs)
    own = result[f"{module.name}.symbols.json"]
    for source, exported in symbols.exported(module, modules).items():
        for symbol in copy.deepcopy(list(exported.values())):
            if "docComment" in symbol:
                symbol["docComment"]["module"] = module.name
            own["symbols"].append(symbol)
        own["relationships"] += [one for one in modules[source].relationships if one["source"] in exported]
    return result


def archive(module):
    return os.path.join(OUTPUT, f"{module}.doccarchive")


def convert(module, modules):
    """Converts one module to an archive. Returns whether docc found no fault."""
    folder = os.path.join(OUTPUT, "graphs", module.name)
    os.makedirs(folder)
    for name, graph in graphs(module, modules).items():
        with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
            json.dump(graph, file)
    command = ["docc", "convert", os.path.join(symbols.SOURCES, module.name, f"{module.name}.docc")]
    command += ["--additional-symbol-graph-dir", folder, "--output-path", archive(module.name)]
    command += ["--fallback-default-module-kind", "Library", "--warnings-as-errors"]
    return subprocess.run(command, cwd=symbols.ROOT).returncode == 0


def compiles(article):
    """Whether the blocks of Swift code in an article are a program."""
    with open(article, encoding="utf-8") as file:
        blocks = re.findall(r"^```swift\n(.*?)^```", file.read(), re.MULTILINE | re.DOTALL)
    if not blocks:
        return True
    program = os.path.join(OUTPUT, "programs", os.path.basename(article).removesuffix(".md"), "main.swift")
    os.makedirs(os.path.dirname(program))
    with open(program, "w", encoding="utf-8") as file:
        file.write("\n".join(blocks))
    command = ["swiftc", "-typecheck", "-swift-version", "6", *symbols.compiler_arguments(), program]
    return subprocess.run(command, cwd=symbols.ROOT).returncode == 0


def main():
    shutil.rmtree(OUTPUT, ignore_errors=True)
    modules = symbols.load("-emit-extension-block-symbols")
    public = symbols.public_modules()
    results = [compiles(article) for article in sorted(glob.glob(f"{symbols.SOURCES}/*/*.docc/*.md"))]
    results += [convert(modules[name], modules) for name in public]
    if not all(results):
        sys.exit(1)
    site = os.path.join(OUTPUT, "site")
    symbols.run("docc", "merge", *map(archive, public), "--synthesized-landing-page-name", "LatentArithmetic",
                "--output-path", site)
    print(f"Wrote {os.path.relpath(site, symbols.ROOT)}")


if __name__ == "__main__":
    main()
