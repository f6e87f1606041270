"""What was measured, as markdown that fits into Docs/Performance.md."""

from typing import Any

from lines import PEERS, Line
from record import Comparison, Record


def heading(record: Record) -> str:
    """The machine as a table of two columns, so that those of two machines can stand side by side."""
    facts = record.machine
    clock = f"{facts['ghz']:.2f} GHz as read" if facts["ghz"] else "unknown"
    rows = [
        ["machine", f"{facts['cpu']}, {facts['stepping']}"],
        ["caches of a core", ", ".join(f"{name} {size}" for name, size in facts["caches"].items())],
        ["instruction sets", ", ".join(facts["instruction_sets"])],
        ["clock, cores, memory", f"{clock}, {facts['cores']}, {facts['memory_gib']} GiB"],
        ["guest of", facts["hypervisor"] or "none"],
        ["begun", facts["date"]],
        *(["other load, cores", load_text(load)] for load in record.loads),
        ["peers", ", ".join(f"{name} {version}" for name, version in record.identity["packages"].items())],
        ["rounds", f"{record.identity['rounds']}; f32 everywhere"],
    ]
    return table(rows)


def load_text(load: dict[str, float]) -> str:
    return (
        f"load average {load['average_at_begin']:.2f} at the beginning, {load['others']:.2f} of others meanwhile, "
        f"{load['stolen']:.2f} stolen by other guests"
    )


def peers_of(lines: list[Line]) -> list[str]:
    return [peer for peer in PEERS if any(peer in line.peers for line in lines)]


def comparison_head(peers: list[str]) -> list[str]:
    return ["line", "latent ms", *(cell for peer in peers for cell in (f"{peer} ms", "×"))]


def comparison_row(comparison: Comparison, peers: list[str]) -> list[str]:
    """Medians in milliseconds; × is a peer's time divided by the library's in the same round."""
    row = [comparison.line.name, f"{comparison.results[0].median_ms:.2f}"]
    for peer in peers:
        result = comparison.result(peer)
        if result is None:
            row += ["", ""]
            continue
        variant = f" ({result.variant})" if result.variant else ""
        row += [f"{result.median_ms:.2f}{variant}", f"{comparison.ratio(result):.2f}"]
    return row


def comparison_table(comparisons: list[Comparison], peers: list[str]) -> str:
    return table([comparison_head(peers), *(comparison_row(one, peers) for one in comparisons)])


def memory_table(comparisons: list[Comparison], peers: list[str]) -> str:
    """The peak of resident memory in megabytes."""
    rows = [["line", "latent MB", *(f"{peer} MB" for peer in peers)]]
    for comparison in comparisons:
        cells = (comparison.result(peer) for peer in peers)
        rows.append(
            [comparison.line.name, f"{comparison.results[0].peak_rss_mb:.0f}"]
            + [f"{result.peak_rss_mb:.0f}" if result else "" for result in cells]
        )
    return table(rows)


LAYER_HEAD = ["line", "ms", "GFLOP/s", "of own sgemm 2048"]


def layer_row(layer: dict[str, Any]) -> list[str]:
    return [
        layer["name"], f"{layer['median_ms']:.2f}", f"{layer['gflops']:.1f}", f"{layer['sgemm_ratio']:.2f}",
    ]  # fmt: skip


def layer_table(layers: list[dict[str, Any]], best_gigaflops: float | None) -> str:
    """The layers' rates beside that of the fastest product, where that could be measured."""
    if best_gigaflops is None:
        return table([LAYER_HEAD, *(layer_row(layer) for layer in layers)])
    rows = [[*layer_row(layer), f"{layer['gflops'] / best_gigaflops:.2f}"] for layer in layers]
    return table([[*LAYER_HEAD, "of best sgemm 2048"], *rows])


def summary(record: Record) -> str:
    """Everything that a run measured, by the number of threads."""
    parts = [heading(record)]
    for threads in record.identity["threads"]:
        chosen = [one for one in record.comparisons if one.threads == threads]
        peers = peers_of([one.line for one in chosen])
        if chosen:
            parts.append(f"Threads: {threads}\n\n{comparison_table(chosen, peers)}")
            parts.append(f"Peak memory, threads: {threads}\n\n{memory_table(chosen, peers)}")
        layers = record.layers_at(threads)
        if layers:
            best = record.best_gigaflops.get(threads)
            rate = f"; best sgemm 2048: {best:.1f} GFLOP/s" if best else ""
            parts.append(f"Layers, threads: {threads}{rate}\n\n{layer_table(layers, best)}")
    if record.failures:
        rows = [[one.name, str(one.threads), one.cause.replace("|", "\\|")] for one in record.failures]
        parts.append("Not measured\n\n" + table([["line", "threads", "cause"], *rows]))
    return "\n\n".join(parts)


def table_row(cells: list[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def table_head(cells: list[str]) -> str:
    return table_row(cells) + "\n|---|" + "---:|" * (len(cells) - 1)


def table(rows: list[list[str]]) -> str:
    return "\n".join([table_head(rows[0]), *(table_row(row) for row in rows[1:])])
