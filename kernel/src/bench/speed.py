#!/usr/bin/env python3
"""How fast this kernel is beside another one: ratios of medians, below 1 where this one is faster.

    speed.py KERNEL PEER [--rounds 5] [--cells 200]
    speed.py KERNEL [PEER] --curve 5000

Both are names of installed kernelspecs. Rounds of the two alternate, since a machine is not equally busy all the time. A
small cell is one of four kinds: an expression, a new method, a class and a method anew, a printed line. With --curve,
the memory of one session each as it grows with the count of cells, drawn, and how much a cell adds in the second half.
Needs jupyter_client, and Linux for the memory (proportional set size) and the processor time of a kernel's processes.
"""
import argparse
import contextlib
import os
import statistics
import time

from jupyter_client.manager import KernelManager

CELLS = {
    "java": ["{n} + 1", "int m{n}(int x) {{ return x * 2 + 1; }}",
             "class Redef {{ int v() {{ return {n}; }} }}\nint redefd(int x) {{ return x + {n}; }}",
             'System.out.println("p{n}");'],
    "python": ["{n} + 1", "def m{n}(x):\n    return x * 2 + 1",
               "class Redef:\n    def v(self): return {n}\ndef redefd(x): return x + {n}", 'print("p{n}")'],
}
COLUMNS = 40
ROWS = 12
LINES = {"java": 'for (int i = 0; i < 1000; i++) { System.out.println("line " + i); }',
         "python": 'for i in range(1000): print("line", i)'}


def tree(pid):
    """The process and its descendants."""
    parents = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                with open(f"/proc/{name}/stat") as f:
                    parents[int(name)] = int(f.read().rsplit(")", 1)[1].split()[1])
            except OSError:
                continue  # It has ended.
    found = [pid]
    for parent in found:
        found += [child for child, p in parents.items() if p == parent]
    return found


def megabytes(pid):
    total = 0
    for each in tree(pid):
        with open(f"/proc/{each}/smaps_rollup") as f:
            total += next(int(line.split()[1]) for line in f if line.startswith("Pss:"))
    return total / 1024


def processor_ms(pid):
    total = 0
    for each in tree(pid):
        with open(f"/proc/{each}/stat") as f:
            total += sum(map(int, f.read().rsplit(")", 1)[1].split()[11:13]))
    return 1000 * total / os.sysconf("SC_CLK_TCK")


def run(client, code):
    start = time.monotonic()
    reply = client.execute_interactive(code, timeout=60, output_hook=lambda message: None)
    if reply["content"]["status"] != "ok":
        raise RuntimeError(f"{code}: {reply['content']}")
    return 1000 * (time.monotonic() - start)


@contextlib.contextmanager
def session(kernel):
    """A started kernel that has run one cell: its client, its language, its process and the time that took."""
    manager = KernelManager(kernel_name=kernel)
    start = time.monotonic()
    manager.start_kernel()
    client = manager.client()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=60)
        run(client, "1 + 1")
        yield client, manager.kernel_spec.language, manager.provisioner.pid, 1000 * (time.monotonic() - start)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def measure(kernel, cells):
    with session(kernel) as (client, language, pid, first):
        cpu_first = processor_ms(pid)
        times = [run(client, CELLS[language][n % 4].format(n=n)) for n in range(cells)]
        cpu_cells = processor_ms(pid) - cpu_first
        return {"first result, ms": first, "processor time until then, ms": cpu_first,
                "small cell, median, ms": statistics.median(times), "processor time a small cell, ms": cpu_cells / cells,
                "1000 lines, ms": statistics.median(run(client, LINES[language]) for _ in range(5)),
                "memory after the cells, MB": megabytes(pid)}


def curve(kernel, cells):
    """The memory after every fortieth part of the cells."""
    with session(kernel) as (client, language, pid, _):
        points = [megabytes(pid)]
        for n in range(cells):
            run(client, CELLS[language][n % 4].format(n=n))
            if (n + 1) % (cells // COLUMNS) == 0:
                points.append(megabytes(pid))
        return points


def draw(kernel, cells, points):
    top = max(points)
    print(f"{kernel}: MB after up to {cells} cells")
    for row in range(ROWS, 0, -1):
        print(f"{top * row / ROWS:7.0f} |" + "".join("#" if p > top * (row - 0.5) / ROWS else " " for p in points))
    half = len(points) // 2
    added = 1024 * (points[-1] - points[half]) / (cells * (len(points) - 1 - half) / (len(points) - 1))
    print(f"{'':7} +" + "-" * len(points) + f"\n{points[0]:.0f} MB at first, {points[half]:.0f} half way, "
          f"{points[-1]:.0f} at the end: {added:.1f} kB a cell in the second half")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kernel")
    parser.add_argument("peer", nargs="?")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--cells", type=int, default=200)
    parser.add_argument("--curve", type=int, metavar="CELLS", help=f"at least {COLUMNS}")
    options = parser.parse_args()
    if options.curve:
        for kernel in filter(None, (options.kernel, options.peer)):
            draw(kernel, options.curve, curve(kernel, options.curve))
        return
    if not options.peer:
        parser.error("a peer is needed, except for a curve")
    rounds = {options.kernel: [], options.peer: []}
    for _ in range(options.rounds):
        for kernel, found in rounds.items():
            found.append(measure(kernel, options.cells))
    print(f"{'':32}{options.kernel:>12}{options.peer:>12}{'ratio':>8}")
    for row in rounds[options.kernel][0]:
        ours, theirs = (statistics.median(each[row] for each in found) for found in rounds.values())
        print(f"{row:32}{ours:12.1f}{theirs:12.1f}{ours / theirs:8.2f}")
    print("load average %.1f on %d processors" % (os.getloadavg()[0], os.cpu_count()))


if __name__ == "__main__":
    main()
