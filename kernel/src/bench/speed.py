#!/usr/bin/env python3
"""How fast this kernel is beside another one: ratios of medians, below 1 where this one is faster.

    speed.py KERNEL PEER [--rounds 5] [--cells 200]
    speed.py KERNEL [PEER] --curve 5000
    speed.py KERNEL [PEER] --completion 20

Both are names of installed kernelspecs. Rounds of the two alternate, since a machine is not equally busy all the time. A
small cell is one of four kinds: an expression, a new method, a class and a method anew, a printed line. With --curve,
the memory of one session each as it grows with the count of cells, drawn, and how much a cell adds in the second half.
With --completion, how long the answer to TAB takes of a warm kernel in a session of 200 variables: the median (p50) and
what 95 of 100 are within (p95), for each kind of thing to complete, and of them all. The peer's kinds are what its
language has in their place.
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

VARIABLES = 200
SESSION = {
    "java": ["int count{n} = {n};", "var names{n} = new ArrayList<String>(List.of(\"a{n}\"));",
             "record Point{n}(int x, int y) {{ }}\nvar point{n} = new Point{n}({n}, 0);",
             "String describe{n}(int value) {{ return \"v\" + value; }}\nvar text{n} = describe{n}({n});"],
    "python": ["count{n} = {n}", "names{n} = ['a{n}']",
               "class Point{n}:\n    def __init__(self, x, y): self.x, self.y = x, y\npoint{n} = Point{n}({n}, 0)",
               "def describe{n}(value): return f'v{{value}}'\ntext{n} = describe{n}({n})"],
}
UNFINISHED = {
    "java": "void work(List<String> given) {\n" + "".join(
        f"  var local{n} = new ArrayList<String>();\n  for (String each : given) {{ local{n}.add(each + {n}); }}\n"
        for n in range(40)),
    "python": "def work(given):\n" + "".join(
        f"    local{n} = []\n    for each in given: local{n}.append(each + '{n}')\n" for n in range(40)),
}
COMPLETED = {
    "java": {
        "members of a value": ["names1.", "\"text\".sub", "point2.", "text3.toUpperCase().", "List.of(1, 2).stream().ma"],
        "static members": ["Math.", "Integer.par", "Collectors.to", "LocalDate.n"],
        "packages": ["java.", "java.util.", "java.util.concurrent.", "jav"],
        "imports": ["import java.util.", "import java.nio.file.Fi", "import java.time.format.", "import static java.lang.Math."],
        "session variables": ["cou", "names", "point1", "descr", ""],
        "names in 80 unfinished lines": [UNFINISHED["java"] + end for end in ("  loc", "  local7.", "  giv", "  each")],
        "constructors and types": ["new ArrayL", "new HashM", "Map<String, Integ", "Optio"],
        "lambdas and method references": ["names1.stream().map(s -> s.", "names1.stream().filter(String::is",
                                          "names1.forEach(each -> eac"],
        "magics": ["%", "%cu", "%%se"],
        "options of magics": ["%curl --re", "%dig +", "%curl -X P", "%dig google.com "],
        "types to import": ["BufferedIma", "JFra", "SecureRan"],
        "file names": ["Path.of(\"/us", "new File(\"/etc/ho"],
    },
    "python": {
        "members of a value": ["names1.", "'text'.spl", "point2.", "text3.upper().", "[1, 2].ap"],
        "static members": ["math.", "int.fr", "collections.de", "datetime.date.to"],
        "packages": ["os.", "os.path.", "concurrent.futures.", "jso"],
        "imports": ["import os.", "from pathlib import Pa", "import concurrent.futures.", "from math import "],
        "session variables": ["cou", "names", "point1", "descr", ""],
        "names in 80 unfinished lines": [UNFINISHED["python"] + end for end in ("    loc", "    local7.", "    giv", "    each")],
        "constructors and types": ["collections.Ord", "dic", "Exce", "Poin"],
        "lambdas and method references": ["list(map(lambda s: s.", "list(filter(str.is", "[eac"],
        "magics": ["%", "%ti", "%%ba"],
        "options of magics": ["%timeit -", "%run -", "%history -", "%load "],
        "types to import": ["OrderedDi", "BytesI", "Fract"],
        "file names": ["open('/us", "open('/etc/ho"],
    },
}


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


def completion(kernel, rounds):
    """By kind, how long answers took, in ms; the first round only warms the kernel up."""
    with session(kernel) as (client, language, _, _):
        if language == "python":
            run(client, "import os, math, collections, datetime, concurrent.futures")
        for n in range(VARIABLES):
            run(client, SESSION[language][n % 4].format(n=n))
        found = {}
        for n in range(1 + rounds):
            for kind, texts in COMPLETED[language].items():
                for text in texts:
                    start = time.monotonic()
                    client.complete(text, len(text), reply=True, timeout=60)
                    if n > 0:
                        found.setdefault(kind, []).append(1000 * (time.monotonic() - start))
        return found


def within(times, percent):
    """What so many of a hundred times are within."""
    return sorted(times)[min(len(times) - 1, len(times) * percent // 100)]


def table_of_completion(found):
    print(f"{'completion, ms':32}" + "".join(f"{kernel:>20}" for kernel in found) + ("   ratio" if len(found) == 2 else ""))
    print(f"{'':32}" + f"{'p50':>10}{'p95':>10}" * len(found) + ("     p95" if len(found) == 2 else ""))
    everything = {kernel: {**kinds, "all": sum(kinds.values(), [])} for kernel, kinds in found.items()}
    for kind in next(iter(everything.values())):
        rows = [[within(kinds[kind], percent) for percent in (50, 95)] for kinds in everything.values()]
        ratio = f"{rows[0][1] / rows[1][1]:8.2f}" if len(rows) == 2 else ""
        print(f"{kind:32}" + "".join(f"{p50:10.1f}{p95:10.1f}" for p50, p95 in rows) + ratio)


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
    parser.add_argument("--completion", type=int, metavar="ROUNDS")
    options = parser.parse_args()
    if options.completion:
        table_of_completion({kernel: completion(kernel, options.completion)
                             for kernel in filter(None, (options.kernel, options.peer))})
        print("load average %.1f on %d processors" % (os.getloadavg()[0], os.cpu_count()))
        return
    if options.curve:
        for kernel in filter(None, (options.kernel, options.peer)):
            draw(kernel, options.curve, curve(kernel, options.curve))
        return
    if not options.peer:
        parser.error("a peer is needed, except for a curve and for completion")
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
