#!/usr/bin/env python3
"""Builds the documentation of the public modules into .build-docs/site, by the toolchain's docc alone."""

import copy
import json
import os
import shutil
import subprocess
import sys

import symbols

OUTPUT = os.path.join(symbols.ROOT, ".build-docs")


def graphs(module, modules):
    """A module's symbol graphs, its own one enlarged by what it re-exports."""
    own, *extensions = copy.deepcopy(module.graphs)
    for source, exported in symbols.exported(module, modules).items():
        for symbol in copy.deepcopy(list(exported.values())):
            if "docComment" in symbol:
                symbol["docComment"]["module"] = module.name
            own["symbols"].append(symbol)
        own["relationships"] += [one for one in modules[source].relationships if one["source"] in exported]
    return [own, *extensions]


def convert(module, modules, archives):
    """Converts one module to an archive that may link to earlier ones. Returns whether docc found no fault."""
    folder = os.path.join(OUTPUT, "graphs", module.name)
    os.makedirs(folder)
    for index, graph in enumerate(graphs(module, modules)):
        with open(os.path.join(folder, f"{index}.symbols.json"), "w", encoding="utf-8") as file:
            json.dump(graph, file)
    archive = os.path.join(OUTPUT, f"{module.name}.doccarchive")
    command = ["docc", "convert", os.path.join(symbols.SOURCES, module.name, f"{module.name}.docc")]
    command += ["--additional-symbol-graph-dir", folder, "--output-path", archive, "--warnings-as-errors"]
    command += ["--fallback-default-module-kind", "Library", "--enable-experimental-external-link-support"]
    command += [argument for other in archives for argument in ("--dependency", other)]
    if subprocess.run(command, cwd=symbols.ROOT).returncode != 0:
        return False
    archives.append(archive)
    return True


def main():
    shutil.rmtree(OUTPUT, ignore_errors=True)
    modules = symbols.load()
    archives = []
    results = [convert(modules[name], modules, archives) for name in symbols.public_modules()]
    if not all(results):
        sys.exit(1)
    symbols.run("docc", "merge", *archives, "--synthesized-landing-page-name", "LatentArithmetic",
                "--output-path", os.path.join(OUTPUT, "site"))
    print(f"Wrote {os.path.relpath(OUTPUT, symbols.ROOT)}/site")


if __name__ == "__main__":
    main()
