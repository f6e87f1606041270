"""The machine that is measured on, so that tables of two machines can stand side by side."""

import datetime
import os
import re
import shutil
import subprocess
import time
from pathlib import Path
from typing import Any

# Those that kernels of dense arithmetic are written for.
INSTRUCTION_SETS = re.compile(r"avx2|fma|f16c|avx_vnni|avx512\w*|amx_\w+|asimd\w*|sve\w*|i8mm|bf16")
CPU = Path("/sys/devices/system/cpu/cpu0")


def machine() -> dict[str, Any]:
    """What is measured on, and the date."""
    facts = cpu_facts(Path("/proc/cpuinfo").read_text())
    flags = (facts.get("flags") or facts.get("Features") or "").split()
    return {
        "date": datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "cpu": facts.get("model name") or facts.get("CPU part") or "unknown",
        "stepping": " ".join(
            f"{name.split()[-1]} {facts[name]}" for name in ("cpu family", "model", "stepping") if name in facts
        ),
        "caches": caches(),
        "instruction_sets": [flag for flag in flags if INSTRUCTION_SETS.fullmatch(flag)],
        "ghz": frequency(facts),
        "cores": os.cpu_count(),
        "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1),
        "hypervisor": hypervisor(flags),
    }


def cpu_facts(text: str) -> dict[str, str]:
    """The first processor's lines of /proc/cpuinfo."""
    lines = (line.partition(":") for line in text.split("\n\n")[0].splitlines())
    return {name.strip(): value.strip() for name, _, value in lines}


def caches() -> dict[str, str]:
    """The sizes of the first core's caches: {"L1d": "48K", …}."""
    found = {}
    for folder in sorted(CPU.glob("cache/index*")):
        level, kind, size = (read(folder / name) for name in ("level", "type", "size"))
        found[f"L{level}{ {'Data': 'd', 'Instruction': 'i'}.get(kind, '') }"] = size
    return found


def frequency(facts: dict[str, str]) -> float | None:
    """GHz as the system reads them; a virtual machine reads what its hypervisor says."""
    kilohertz = read(CPU / "cpufreq/cpuinfo_max_freq")
    megahertz = float(kilohertz) / 1000 if kilohertz else float(facts.get("cpu MHz", 0))
    return round(megahertz / 1000, 2) or None


def hypervisor(flags: list[str]) -> str:
    """What the machine is a guest of; nothing on bare metal."""
    if "hypervisor" not in flags:
        return ""
    if shutil.which("lscpu") is None:
        return "unnamed"
    text = subprocess.run(["lscpu"], text=True, capture_output=True, env=os.environ | {"LC_ALL": "C"}).stdout
    return cpu_facts(text).get("Hypervisor vendor", "unnamed")


def read(path: Path) -> str:
    try:
        return path.read_text().strip()
    except OSError:
        return ""


class Load:
    """What else the machine does while it is measured, in cores kept busy."""

    def __init__(self) -> None:
        self.begin = round(os.getloadavg()[0], 2)
        self.start = self.now()

    @staticmethod
    def now() -> tuple[float, float, float, float]:
        """Seconds: on the clock, of all work, of our own and our children's, and taken by other guests."""
        ticks = [int(text) / os.sysconf("SC_CLK_TCK") for text in read(Path("/proc/stat")).split()[1:9]]
        user, nice, system, _, _, interrupts, soft_interrupts, stolen = ticks
        busy = user + nice + system + interrupts + soft_interrupts
        return time.monotonic(), busy, sum(os.times()[:4]), stolen

    def so_far(self) -> dict[str, float]:
        """The load average at the beginning, before anything was measured; other work and what other guests took since."""
        elapsed, busy, own, stolen = (now - then for now, then in zip(self.now(), self.start))
        return {
            "average_at_begin": self.begin,
            "others": round(max(0.0, busy - own) / max(elapsed, 1e-9), 2),
            "stolen": round(stolen / max(elapsed, 1e-9), 2),
            "average_at_end": round(os.getloadavg()[0], 2),
        }
