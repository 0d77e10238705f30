#!/usr/bin/env python3
"""The memory of a kernel's processes over a long session in which much is wrong, and what is given back at rest.

    memory.py KERNEL [--cells 5000] [--variables 600] [--rest 20]

The session first declares variables; then every second cell is wrong (an unknown name, a wrong type, half-typed code), and
each is completed and inspected as well. Drawn is the resident memory of the kernel process, the one that compiles; the last
lines have both processes at the highest, at the end, and after a rest. Anonymous memory is what no other process shares.
Needs jupyter_client, and Linux for the memory.
"""
import argparse
import time

from speed import COLUMNS, CELLS, draw, session, tree

WRONG = {
    "java": ["foo bar{n}", "int a{n} = \"text {n}\";", "nosuch{n}.call({n})", "for (int i = 0; i < {n}; i++) {{ print(i) }}",
             "String s{n} = List.of({n}).get(0);", "if (v{n} > ", "new Nothing{n}()", "x{n} + y{n} * undefined({n})"],
    "python": ["foo bar{n}", "a{n} = 'text' + {n}", "nosuch{n}.call({n})", "for i in range({n}): undefined(i)",
               "[].get({n})", "if v{n} > ", "Nothing{n}()", "x{n} + y{n} * undefined({n})"],
}
COMPLETED = {"java": ["v{n}.", "Stri", "List.of({n}).st", "new Arr"], "python": ["v{n}.", "st", "[{n}].ap", "obj"]}
INSPECTED = {"java": ["\"a\".substring(", "v{n}", "List.of("], "python": ["'a'.replace", "v{n}", "print("]}
DECLARED = {"java": "var v{n} = new ArrayList<String>(List.of(\"a{n}\"));", "python": "v{n} = ['a{n}']"}


def resident(pid):
    """Resident and anonymous memory of a process, in MB."""
    with open(f"/proc/{pid}/smaps_rollup") as f:
        found = {line.split()[0]: int(line.split()[1]) for line in f if line.endswith("kB\n")}
    return found["Rss:"] / 1024, found["Anonymous:"] / 1024


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kernel")
    parser.add_argument("--cells", type=int, default=5000, help=f"at least {COLUMNS}")
    parser.add_argument("--variables", type=int, default=600)
    parser.add_argument("--rest", type=float, default=20, metavar="SECONDS")
    options = parser.parse_args()
    with session(options.kernel) as (client, language, pid, _):
        def ran(code):
            return client.execute_interactive(code, timeout=120, output_hook=lambda message: None)["content"]["status"]

        points = [resident(pid)[0]]
        states = [("first result", [resident(each) for each in tree(pid)])]
        for n in range(options.variables):
            ran(DECLARED[language].format(n=n))
        highest = resident(pid)[0]
        failed = slowest = 0
        start = time.monotonic()
        for n in range(options.cells):
            known = n % max(1, options.variables)
            text = WRONG[language][n // 2 % 8] if n % 2 else CELLS[language][n // 2 % 4]
            before = time.monotonic()
            failed += ran(text.format(n=n)) != "ok"
            code = COMPLETED[language][n % 4].format(n=known)
            client.complete(code, len(code), reply=True, timeout=120)
            code = INSPECTED[language][n % 3].format(n=known)
            client.inspect(code, len(code), reply=True, timeout=120)
            slowest = max(slowest, time.monotonic() - before)
            if n % 20 == 0:
                highest = max(highest, resident(pid)[0])
            if (n + 1) % (options.cells // COLUMNS) == 0:
                points.append(resident(pid)[0])
        took = time.monotonic() - start
        states.append(("end", [resident(each) for each in tree(pid)]))
        time.sleep(options.rest)
        states.append((f"{options.rest:.0f} s later", [resident(each) for each in tree(pid)]))
        draw(options.kernel, options.cells, points)
        print(f"{failed} of {options.cells} cells failed; {1000 * took / options.cells:.0f} ms a cell with completion and "
              f"inspection, {1000 * slowest:.0f} at most; the kernel process had {highest:.0f} MB at the highest")
        for name, processes in states:
            print(f"{name:14}" + "   ".join(f"{rss:6.0f} MB, {anonymous:.0f} anonymous" for rss, anonymous in processes))


if __name__ == "__main__":
    main()
