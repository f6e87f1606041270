#!/usr/bin/env python3
"""Finds folders of a target that use each other, and targets that import upward.

    arrows.py             checks all Swift targets below Sources
    arrows.py TARGET…     prints which folder uses which names of which other

A folder uses another one when its code mentions a name that the other one declares at top level. Comments and the text
of strings are skipped, and so are names that stand for something else where they are used: members (behind a dot),
names declared in several folders, and names declared again inside the folder that uses them.
"""

import collections
import os
import re
import sys

SOURCES = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "Sources")

# From above to below. A target imports only what stands below it.
LEVELS = [
    {"LatentFaces", "LatentTraining"},
    {"LatentText"},
    {"LatentArithmetic"},
    {"LatentCore"},
]

OPENING = re.compile(r'//[^\n]*|/\*|(#*)("""|")')
COMMENT_EDGE = re.compile(r"/\*|\*/")
DECLARATION = re.compile(
    r"(?<![.\w])(?P<kind>struct|class|enum|protocol|actor|typealias|associatedtype|func|let|var|case)\s+`?(?P<name>\w+)"
)
GENERIC = re.compile(r"(?:struct|class|enum|actor|typealias|func|init|subscript)\b[^(){}=\n<]*<([^(){}]*?)>\s*[({:=\w]")
IMPORT = re.compile(r"^\s*(?:@\w+\s+|\w+\s+)*?import\s+(?:(?:struct|class|enum|protocol|typealias|func|let|var)\s+)?(\w+)",
                    re.MULTILINE)


def code(text):
    """Swift code without its comments and the text of its strings; what strings interpolate stays."""
    result, position = [], 0
    while match := OPENING.search(text, position):
        result.append(text[position:match.start()])
        if match[2]:
            inside, position = string(text, match.end(), match[2], match[1])
            result.append(f'"{inside}"')
        elif match[0] == "/*":
            position = end_of_comment(text, match.end())
        else:
            position = match.end()
    return "".join(result) + text[position:]


def end_of_comment(text, position):
    depth = 1
    while depth and (edge := COMMENT_EDGE.search(text, position)):
        depth += 1 if edge[0] == "/*" else -1
        position = edge.end()
    return position


def string(text, position, quotes, hashes):
    """The code interpolated in a string literal, and where the literal ends."""
    inside = []
    token = re.compile(rf'\\{hashes}\(|\\{hashes}.|{quotes}{hashes}', re.DOTALL)
    while match := token.search(text, position):
        position = match.end()
        if match[0] == quotes + hashes:
            break
        if match[0].endswith("("):
            end = end_of_parenthesis(text, position)
            inside.append(" " + code(text[position:end - 1]) + " ")
            position = end
    return "".join(inside), position


def end_of_parenthesis(text, position):
    depth = 1
    while depth and position < len(text):
        if match := OPENING.match(text, position):
            position = string(text, match.end(), match[2], match[1])[1] if match[2] else match.end()
            continue
        depth += {"(": 1, ")": -1}.get(text[position], 0)
        position += 1
    return position


class File:
    """A Swift file: what it declares at top level, what further inside, and the names that it mentions."""

    def __init__(self, path, target):
        with open(path, encoding="utf-8") as file:
            text = code(file.read())
        text = re.sub(rf"\b{target}\.", "", text)
        self.name = os.path.basename(path)
        self.imports = set(IMPORT.findall(text))
        self.types, self.values, self.inner = set(), set(), set()
        depth, position = 0, 0
        for match in DECLARATION.finditer(text):
            between = text[position:match.start()]
            depth += between.count("{") - between.count("}")
            position = match.start()
            words = between.rsplit("\n", 1)[-1].split()
            if depth or "private" in words or "fileprivate" in words:
                self.inner.add(match["name"])
            elif match["kind"] in {"func", "let", "var"}:
                self.values.add(match["name"])
            else:
                self.types.add(match["name"])
        for parameters in GENERIC.findall(text):
            self.inner |= {part.split(":")[0].strip() for part in parameters.split(",")}
        self.mentions = set(re.findall(r"(?<![.\w`])[A-Za-z_]\w*", text))
        self.calls = set(re.findall(r"(?<![.\w`])(?<!func )([A-Za-z_]\w*)\s*\(", text))


def read(root):
    """The Swift files of a target by folder."""
    folders = collections.defaultdict(list)
    for folder, _, names in os.walk(root):
        for name in sorted(names):
            if name.endswith(".swift"):
                file = File(os.path.join(folder, name), os.path.basename(root))
                folders[os.path.relpath(folder, root)].append(file)
    return folders


def uses(folders):
    """For each folder and each other one that it uses: the names used, by file."""
    owners = collections.defaultdict(set)
    for folder, files in folders.items():
        for file in files:
            for name in file.types | file.values:
                owners[name].add(folder)
    types = {name for files in folders.values() for file in files for name in file.types}
    result = collections.defaultdict(lambda: collections.defaultdict(dict))
    for folder, files in folders.items():
        own = {name for file in files for name in file.inner}
        for file in files:
            for name in (file.mentions & types | file.calls) - own:
                if len(owners[name]) == 1 and folder not in owners[name]:
                    result[folder][min(owners[name])].setdefault(file.name, set()).add(name)
    return result


def path(arrows, start, end):
    """A shortest way along arrows."""
    ways = collections.deque([[start]])
    seen = {start}
    while ways:
        way = ways.popleft()
        for folder in sorted(arrows.get(way[-1], ())):
            if folder == end:
                return way + [end]
            if folder not in seen:
                seen.add(folder)
                ways.append(way + [folder])
    return None


def circles(arrows):
    """All pairs of folders that use each other, and the shortest circle there would be without these pairs."""
    pairs = [(a, b, a) for a in sorted(arrows) for b in sorted(arrows[a]) if a < b and a in arrows.get(b, {})]
    rest = {a: {b for b in arrows[a] if a not in arrows.get(b, {})} for a in arrows}
    longer = sorted(filter(None, (path(rest, folder, folder) for folder in sorted(rest))), key=len)
    return pairs + longer[:1]


def print_uses(target, arrows, folder, other):
    print(f"  {target}/{folder} uses {target}/{other}")
    for file, names in sorted(arrows[folder][other].items()):
        print(f"    {file}: {', '.join(sorted(names))}")


def upward_imports(target, folders):
    """Imports by a target of modules that do not stand below it: pairs of file and module."""
    level = next((level for level, names in enumerate(LEVELS) if target in names), None)
    if level is None:
        sys.exit(f"{target} has no place among the LEVELS of Tools/arrows.py.")
    above = set().union(*LEVELS[:level + 1]) - {target}
    return [(file.name, module) for files in folders.values() for file in files for module in file.imports & above]


def check(targets):
    is_good = True
    for target, folders in targets.items():
        for file, module in sorted(upward_imports(target, folders)):
            is_good = False
            print(f"{target}: {file} imports {module}, which does not stand below {target}")
        arrows = uses(folders)
        for circle in circles(arrows):
            is_good = False
            print(f"{target}: {' → '.join(circle)}")
            for folder, other in zip(circle, circle[1:]):
                print_uses(target, arrows, folder, other)
    return is_good


def main():
    targets = {target: read(os.path.join(SOURCES, target)) for target in sorted(os.listdir(SOURCES))}
    targets = {target: folders for target, folders in targets.items() if folders}
    if asked := sys.argv[1:]:
        for target in asked:
            arrows = uses(targets[target])
            for folder in sorted(arrows):
                for other in sorted(arrows[folder]):
                    print_uses(target, arrows, folder, other)
    else:
        sys.exit(0 if check(targets) else 1)


if __name__ == "__main__":
    main()
