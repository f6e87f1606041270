"""A copy of the kernels with their tests, in which one C file after another is replaced and the tests run."""

import json
import os
import re
import resource
import select
import shutil
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path

# The kernels and their tests alone: no mutant waits for the rest of the library to link.
MANIFEST = """// swift-tools-version: 6.2

import PackageDescription

let package = Package(
  name: "Kernels",
  targets: [
    .target(
      name: "CKernels", cSettings: [.headerSearchPath(".")],
      linkerSettings: [.linkedLibrary("openblas"), .linkedLibrary("lapacke"), .linkedLibrary("m")]),
    .target(name: "CKernelsReference", dependencies: ["CKernels"], path: "Tests/CKernelsReference"),
    .target(name: "TestSupport", path: "Tests/TestSupport"),
    .testTarget(name: "CKernelsTests", dependencies: ["CKernels", "CKernelsReference", "TestSupport"]),
  ],
  swiftLanguageModes: [.v6],
  cLanguageStandard: .c17
)
"""
# What of the tests' support the kernels' tests use.
SUPPORT = [f"Tests/TestSupport/{name}.swift" for name in ("CatmullRom", "Comparison", "RandomShapes")]
FOLDERS = ["Sources/CKernels", "Tests/CKernelsReference", "Tests/CKernelsTests", "Docs/Derivations"]
# A mutant may ask for any amount of memory, and may loop for ever: it is given this much memory, and of processor
# time several times what the unchanged kernels need.
MOST_MEMORY = 16 << 30
FAILURE = "✘"


@dataclass(frozen=True)
class Run:
    """How a run of the tests ended: passed, failed, crashed or hung; and where it failed, the first test that did."""

    end: str
    test: str
    seconds: float  # of processor time


class Workshop:
    def __init__(self, root: Path, folder: Path) -> None:
        self.folder = folder.resolve()
        self.kernels = self.folder / "mutant" / "CKernels"
        self.objects = self.folder / "mutant" / "objects"
        self.program = self.folder / "mutant" / "tests"
        self._copy(root)
        self._build()
        self.environment = dict(os.environ, SWIFT_BACKTRACE="enable=no")

    def _copy(self, root: Path) -> None:
        paths = [root / name for name in SUPPORT]
        paths += [path for name in FOLDERS for path in (root / name).rglob("*") if path.is_file()]
        # An unchanged file keeps its date, so that it is not compiled again.
        for path in paths:
            target = self.folder / path.relative_to(root)
            if not (target.exists() and target.read_bytes() == path.read_bytes()):
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, target)
        for name in [*FOLDERS, "Tests/TestSupport"]:
            for target in (self.folder / name).rglob("*"):
                if target.is_file() and root / target.relative_to(self.folder) not in paths:
                    target.unlink()
        manifest = self.folder / "Package.swift"
        if not manifest.exists() or manifest.read_text() != MANIFEST:
            manifest.write_text(MANIFEST)

    def _build(self) -> None:
        subprocess.run(["swift", "build", "-q", "-c", "release", "--build-tests"], cwd=self.folder, check=True)
        shutil.rmtree(self.folder / "mutant", ignore_errors=True)
        self.objects.mkdir(parents=True)
        original = self.folder / "Sources" / "CKernels"
        shutil.copytree(original, self.kernels)
        plan = (self.folder / ".build" / "release.yaml").read_text()
        commands = [json.loads(line) for line in re.findall(r"^ +args: (\[.*\])$", plan, re.MULTILINE)]
        self.compile: dict[str, list[str]] = {}
        self.link: list[str] = []
        for command in commands:
            if "-c" in command and "/CKernels/" in command[command.index("-c") + 1]:
                name = str(Path(command[command.index("-c") + 1]).relative_to(original))
                # Without debug information, so that equal code is equal bytes.
                kept = [a.replace(str(original), str(self.kernels)) for a in command if a != "-g"]
                self.compile[name] = self._with_outputs(kept, name)
            elif "-emit-executable" in command and any("PackageTests" in a for a in command):
                self.link = command
        if not self.compile or not self.link:
            raise SystemExit("The build's plan names no command that compiles CKernels or links its tests.")
        self.readers: dict[str, set[str]] = {}
        for name in self.compile:
            self._compile(name)
            rule = self._object(name).with_suffix(".d").read_text()
            for read in re.findall(re.escape(str(self.kernels)) + r"/(\S+)", rule):
                self.readers.setdefault(read, set()).add(name)
        self.originals = {name: self._object(name).read_bytes() for name in self.compile}
        self._link()

    def _object(self, name: str) -> Path:
        return self.objects / (name.replace("/", "-") + ".o")

    def _with_outputs(self, command: list[str], name: str) -> list[str]:
        command = list(command)
        command[command.index("-o") + 1] = str(self._object(name))
        command[command.index("-MF") + 1] = str(self._object(name).with_suffix(".d"))
        return command

    def _compile(self, name: str) -> bool:
        return subprocess.run(self.compile[name], capture_output=True, check=False).returncode == 0

    def _link(self) -> None:
        command = list(self.link)
        place = next(i for i, a in enumerate(command) if a.startswith("@"))
        listed = Path(command[place][1:]).read_text().split()
        swift = [path for path in listed if "/CKernels.build/" not in path]
        objects = self.folder / "mutant" / "objects.txt"
        objects.write_text("\n".join(swift + [str(self._object(name)) for name in self.compile]))
        command[place] = f"@{objects}"
        command[command.index("-o") + 1] = str(self.program)
        subprocess.run([*command, "-use-ld=lld"], check=True, capture_output=True)

    def source(self, file: str) -> str:
        return (self.folder / "Sources" / "CKernels" / file).read_text()

    def files(self) -> list[str]:
        """The kernels' own files, not the headers of the interface."""
        return sorted(file for file in self.readers if not file.startswith("include/"))

    def install(self, file: str, text: str) -> str:
        """Puts a text in a file's place; returns built, no code where it does not compile, or same code."""
        (self.kernels / file).write_text(text)
        readers = sorted(self.readers[file])
        if not all(self._compile(name) for name in readers):
            return "no code"
        if all(self._object(name).read_bytes() == self.originals[name] for name in readers):
            return "same code"
        self._link()
        return "built"

    def restore(self, file: str) -> None:
        (self.kernels / file).write_text(self.source(file))
        for name in self.readers[file]:
            self._object(name).write_bytes(self.originals[name])

    def run(self, suites: str, instructions: str, most_seconds: int) -> Run:
        """Runs the tests whose name matches; ends at the first that fails."""

        def limit() -> None:
            resource.setrlimit(resource.RLIMIT_CPU, (most_seconds, most_seconds + 1))
            resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))

        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        process = subprocess.Popen(
            [str(self.program), "--testing-library", "swift-testing", "--filter", suites],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, preexec_fn=limit,
            env=dict(self.environment, CK_ISA=instructions), cwd=self.folder, start_new_session=True)
        # A deadlock takes no processor time.
        alarm = subprocess.Popen(["sleep", str(4 * most_seconds)], start_new_session=True)
        end, test = self._followed(process, alarm)
        for child in (process, alarm):
            try:
                os.killpg(child.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            child.wait()
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return Run(end, test, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)

    def _followed(self, process: subprocess.Popen[bytes], alarm: subprocess.Popen[bytes]) -> tuple[str, str]:
        assert process.stdout is not None
        output, seen = process.stdout.fileno(), b""
        while alarm.poll() is None:
            if not select.select([output], [], [], 0.1)[0]:
                continue
            piece = os.read(output, 1 << 16)
            seen += piece
            failed = re.search(FAILURE.encode() + rb".*?Test (\S+)", seen)
            if failed:
                return "failed", failed.group(1).decode(errors="replace")
            if piece:
                continue
            code = process.wait()
            if code == 0:
                return "passed", ""
            if code in (-signal.SIGXCPU, -signal.SIGKILL):
                return "hung", ""
            return ("failed" if code > 0 else "crashed"), ""
        return "hung", ""
