"""The public symbols of this package's modules, as the toolchain tells them by symbol graphs."""

import collections
import glob
import json
import os
import re
import subprocess
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
SOURCES = os.path.join(ROOT, "Sources")


class Module:
    """A Swift module: its symbol graphs by file, one for each module that it extends, and what they tell together."""

    def __init__(self, name, graphs):
        self.name = name
        self.graphs = graphs
        self.symbols = {symbol["identifier"]["precise"]: symbol for graph in graphs.values() for symbol in graph["symbols"]}
        self.relationships = [relation for graph in graphs.values() for relation in graph["relationships"]]


def run(*command):
    return subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout


def public_modules():
    """The modules of Sources that the package offers as libraries."""
    package = json.loads(run("swift", "package", "dump-package"))
    targets = [target for product in package["products"] for target in product["targets"]]
    return [target for target in targets if swift_files(target)]


def swift_files(module):
    return sorted(
        os.path.join(folder, file)
        for folder, _, files in os.walk(os.path.join(SOURCES, module))
        for file in files
        if file.endswith(".swift")
    )


def compiler_arguments():
    """Builds the package for debugging and returns what makes a compiler find its modules."""
    subprocess.run(["swift", "build", "--quiet"], cwd=ROOT, check=True)
    binaries = run("swift", "build", "--show-bin-path").strip()
    triple = json.loads(run("swift", "-print-target-info"))["target"]["triple"]
    maps = glob.glob(f"{binaries}/*.build/module.modulemap") + glob.glob(f"{SOURCES}/**/*.modulemap", recursive=True)
    arguments = ["-I", os.path.join(binaries, "Modules"), "-target", triple]
    return arguments + [argument for path in sorted(maps) for argument in ("-Xcc", f"-fmodule-map-file={path}")]


def load(*options):
    """The Swift modules of the package by name; options are for what extracts their symbols."""
    arguments = compiler_arguments()
    modules = {}
    for name in filter(swift_files, sorted(os.listdir(SOURCES))):
        with tempfile.TemporaryDirectory() as output:
            run(
                *("swift-symbolgraph-extract", "-module-name", name, "-output-dir", output, *arguments),
                *("-minimum-access-level", "public", "-skip-synthesized-members", "-skip-inherited-docs"),
                *options,
            )
            graphs = {}
            for file in sorted(os.listdir(output)):
                with open(os.path.join(output, file), encoding="utf-8") as stream:
                    graphs[file] = json.load(stream)
        modules[name] = Module(name, graphs)
    return modules


def imports(module):
    """The modules that a module's files import."""
    found = set()
    for path in swift_files(module):
        with open(path, encoding="utf-8") as file:
            found |= set(re.findall(r"^(?:@?\w+ )*import (?:[a-z]+ )?(\w+)", file.read(), re.MULTILINE))
    return found


def exported(module, modules):
    """The symbols that a module re-exports: by the module that declares them, and by precise identifier."""
    statement = re.compile(r"^@_exported import (?:[a-z]+ )?(\w+)(?:\.(\w+))?", re.MULTILINE)
    found = collections.defaultdict(dict)
    for path in swift_files(module.name):
        with open(path, encoding="utf-8") as file:
            statements = statement.findall(file.read())
        for source, name in statements:
            if source not in modules:
                continue
            for precise, symbol in modules[source].symbols.items():
                if not name or symbol["pathComponents"][0] == name:
                    found[source][precise] = symbol
            if not name:
                for origin, symbols in exported(modules[source], modules).items():
                    found[origin].update(symbols)
    return found
