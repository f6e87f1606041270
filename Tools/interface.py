#!/usr/bin/env python3
"""Keeps Docs/PublicInterface.txt: every public declaration, one a line.

    interface.py write     writes the file from the sources
    interface.py check     compares the file with the sources, and finds what lacks documentation or cannot be named
    interface.py types     counts declarations by type
"""

import collections
import difflib
import os
import sys

import symbols

PATH = os.path.join("Docs", "PublicInterface.txt")
CLIENT = ["LatentArithmetic", "LatentFaces"]
LIMIT = 250

HEAD = """\
Every public declaration, one a line, as the toolchain reports it: `make interface` writes this file from the symbols
of a build, and `make lint` compares it. A type, a case, a property, a method, an initializer, a subscript, an operator,
an alias and an associated type count one each. What the compiler makes by itself does not count, nor what only fulfills
a requirement of a public protocol: there the conformance, which stands beside its type, says all.
"""

# What protocols of the toolchain's own modules require.
REQUIREMENTS = {
    "CaseIterable": ["allCases"],
    "Collection": ["startIndex", "endIndex", "subscript(_:)", "index(after:)", "makeIterator()"],
    "Comparable": ["<(_:_:)"],
    "CustomStringConvertible": ["description"],
    "Decodable": ["init(from:)"],
    "Encodable": ["encode(to:)"],
    "Equatable": ["==(_:_:)"],
    "Hashable": ["hash(into:)"],
    "IteratorProtocol": ["next()"],
    "LocalizedError": ["errorDescription"],
    "RandomNumberGenerator": ["next()"],
    "RawRepresentable": ["init(rawValue:)", "rawValue"],
    "Sequence": ["makeIterator()"],
}

# Conformances that every type has, or that the compiler finds by itself.
IMPLICIT = {"BitwiseCopyable", "Copyable", "Escapable", "SendableMetatype"}

TYPES = {"swift.actor", "swift.class", "swift.enum", "swift.protocol", "swift.struct"}


class Declaration:
    """One line of the interface."""

    def __init__(self, symbol, text):
        self.precise = symbol["identifier"]["precise"]
        self.path = symbol["pathComponents"]
        self.is_type = symbol["kind"]["identifier"] in TYPES
        self.text = text
        self.is_documented = any(line["text"].strip() for line in symbol.get("docComment", {}).get("lines", []))
        self.names = {
            fragment["preciseIdentifier"]: fragment["spelling"]
            for fragment in symbol["declarationFragments"]
            if "preciseIdentifier" in fragment
        }
        location = symbol["location"]
        file = os.path.relpath(location["uri"].removeprefix("file://"), symbols.ROOT)
        self.place = f"{file}:{location['position']['line'] + 1}"

    @property
    def owner(self):
        return ".".join(self.path if self.is_type else self.path[:-1])


class Interface:
    """The declarations that count, in sections: those of each public module, and those that it re-exports."""

    def __init__(self):
        modules = symbols.load()
        public = symbols.public_modules()
        self.symbols = {precise: symbol for module in modules.values() for precise, symbol in module.symbols.items()}
        relations = collections.defaultdict(list)
        for module in modules.values():
            for relation in module.relationships:
                relations[relation["kind"]].append(relation)
        self.owners = {relation["source"]: relation["target"] for relation in relations["memberOf"]}
        self.defaults = {relation["source"] for relation in relations["defaultImplementationOf"]}
        self.requirements = collections.defaultdict(set)
        for relation in relations["requirementOf"]:
            self.requirements[relation["target"]].add(self.symbols[relation["source"]]["pathComponents"][-1])
        self.types = {name: module.symbols.keys() for name, module in modules.items()}
        self.protocols = {name: self.conformances(module) for name, module in modules.items()}

        self.sections = {}
        for name in public:
            self.sections[name, name] = self.declarations(name, modules[name].symbols)
            for source, exported in symbols.exported(modules[name], modules).items():
                self.sections[name, source] = self.declarations(source, exported)

    def conformances(self, module):
        """For each type the protocols that a module makes it conform to, their names by precise identifiers."""
        found = collections.defaultdict(dict)
        for relation in module.relationships:
            if relation["kind"] == "conformsTo":
                protocol = self.symbols.get(relation["target"])
                name = protocol["names"]["title"] if protocol else relation["targetFallback"].split(".")[-1]
                found[relation["source"]][relation["target"]] = name
        return found

    def declarations(self, module, found):
        return [
            Declaration(symbol, self.text(module, precise, symbol))
            for precise, symbol in found.items()
            if "location" in symbol and precise not in self.defaults and not self.fulfills(module, precise, symbol)
        ]

    def fulfills(self, module, precise, symbol):
        """Whether a public protocol of the symbol's type requires a declaration of this name."""
        title = symbol["pathComponents"][-1]
        return any(
            title in self.requirements[protocol] or title in REQUIREMENTS.get(name, [])
            for protocol, name in self.protocols[module][self.owners.get(precise)].items()
        )

    def text(self, module, precise, symbol):
        """The declaration, with conformances of a type and conditions of the extension around it."""
        text = " ".join("".join(fragment["spelling"] for fragment in symbol["declarationFragments"]).split())
        protocols = sorted(set(self.protocols[module][precise].values()) - IMPLICIT)
        if protocols and symbol["kind"]["identifier"] != "swift.protocol":
            head, where, conditions = text.partition(" where ")
            text = f"{head}: {', '.join(protocols)}{where}{conditions}"
        owner = self.symbols.get(self.owners.get(precise), {})
        known = owner.get("swiftGenerics", {}).get("constraints", [])
        new = [one for one in symbol.get("swiftExtension", {}).get("constraints", []) if one not in known]
        if new:
            sign = {"sameType": " ==", "conformance": ":", "superclass": ":"}
            text += " where " + ", ".join(f"{one['lhs']}{sign[one['kind']]} {one['rhs']}" for one in new)
        return text

    def client(self):
        """What a program that edits sees, each once."""
        return {
            one.precise: one
            for (module, _), section in self.sections.items()
            if module in CLIENT
            for one in section
        }

    def visible(self, module):
        """What is offered by a module and by the public modules that it imports."""
        modules = {module} | symbols.imports(module)
        return {
            one.precise for (name, _), section in self.sections.items() if name in modules for one in section
        }

    def faults(self):
        """Declarations without documentation, and those of types that a client has to import another module for."""
        for (module, _), section in self.sections.items():
            visible = self.visible(module)
            for one in section:
                if not one.is_documented:
                    yield f"{one.place}: {'.'.join(one.path)} has no documentation"
                for precise, name in one.names.items():
                    if precise in self.symbols and precise not in visible:
                        yield f"{one.place}: {'.'.join(one.path)} names {name}, which does not come with {module}"

    def title(self, key):
        module, source = key
        return module if module == source else f"{source}, re-exported by {module}"

    def added_conformances(self, module):
        """Lines for types of other modules that a module makes conform to further protocols."""
        for precise, names in self.protocols[module].items():
            owner = next((name for name, types in self.types.items() if precise in types), module)
            if owner != module:
                new = {names[protocol] for protocol in names.keys() - self.protocols[owner][precise].keys()} - IMPLICIT
                if new:
                    path = self.symbols[precise]["pathComponents"]
                    yield f"extension {'.'.join(path)}: {', '.join(sorted(new))}"

    def lines(self):
        counts = [(self.title(key), len(section)) for key, section in self.sections.items()]
        counts.append((f"A program that imports {' and '.join(CLIENT)}", len(self.client())))
        width = max(len(title) for title, _ in counts)
        result = HEAD.splitlines() + [""] + [f"{title:{width}}  {count:4}" for title, count in counts]
        for key, section in self.sections.items():
            result += ["", "", f"# {self.title(key)}"]
            by_owner = collections.defaultdict(list)
            for one in section:
                by_owner[one.owner].append(one)
            for line in sorted(self.added_conformances(key[0])) if key[0] == key[1] else []:
                result += ["", line]
            for owner, members in sorted(by_owner.items()):
                types = [one.text.replace(one.path[-1], owner, 1) for one in members if one.is_type]
                result += ["", *(types or [f"extension {owner}" if owner else "At top level"])]
                result += sorted("  " + one.text for one in members if not one.is_type)
        return result


def check(interface):
    with open(os.path.join(symbols.ROOT, PATH), encoding="utf-8") as file:
        written = file.read().splitlines()
    difference = list(difflib.unified_diff(written, interface.lines(), PATH, "the sources", lineterm="", n=1))
    faults = sorted(set(interface.faults()))
    count = len(interface.client())
    for line in difference + faults:
        print(line)
    if difference:
        print(f"The public interface is not what {PATH} says. If it is meant to change, run `make interface`.")
    if count > LIMIT:
        print(f"A program that edits sees {count} public declarations; at most {LIMIT} are allowed.")
    return not difference and not faults and count <= LIMIT


def print_types(interface):
    for key, section in interface.sections.items():
        print(f"\n{interface.title(key)}: {len(section)}")
        counts = collections.Counter(one.path[0] for one in section)
        for name, count in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])):
            print(f"{count:5} {name}")


def main():
    action = sys.argv[1] if len(sys.argv) == 2 else ""
    if action not in {"write", "check", "types"}:
        sys.exit(__doc__)
    interface = Interface()
    if action == "check":
        sys.exit(0 if check(interface) else 1)
    if action == "types":
        print_types(interface)
    if action == "write":
        with open(os.path.join(symbols.ROOT, PATH), "w", encoding="utf-8") as file:
            file.write("\n".join(interface.lines()) + "\n")


if __name__ == "__main__":
    main()
