#!/usr/bin/env python3
"""Many mixed cells with stops, ends of the worker and restarts at random; nothing may be lost or left.

    soak.py [--kernel wirebook] [--cells 10000] [--seed N]

Each cell's output, result or error must be the expected one, in order; a stopped cell must end within LIMIT seconds and the
variable `kept` must have its value, unless the worker was ended. At the end threads, open files, temporary files and
processes are no more than at the start, and once the kernel is shut down none of its processes is left. Linux only. The
seed is printed, and gives the same cells again.
"""
import argparse
import os
import queue
import random
import shutil
import sys
import tempfile
import time

from jupyter_client.manager import KernelManager
from jupyter_client.session import Session

LIMIT = 5 * float(os.environ.get("HARNESS_TIME_SCALE", "1"))


def tree(pid):
    parents = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                with open(f"/proc/{name}/stat") as f:
                    parents[int(name)] = int(f.read().rsplit(")", 1)[1].split()[1])
            except OSError:
                continue
    found = [pid]
    for parent in found:
        found += [child for child, p in parents.items() if p == parent]
    return found


class Soak:
    def __init__(self, kernel):
        self.manager = KernelManager(kernel_name=kernel)
        self.folder = tempfile.mkdtemp(prefix="soak-")
        # Other kernels of this machine have their files elsewhere.
        self.manager.start_kernel(env=dict(os.environ, JAVA_TOOL_OPTIONS="-Djava.io.tmpdir=" + self.folder))
        self.connect()
        self.kept = None

    def connect(self):
        # With a name of its own: else some of its messages have the same ids as the manager's interrupts.
        self.client = self.manager.client(session=Session(key=self.manager.session.key))
        self.client.start_channels()
        self.client.wait_for_ready(timeout=60)

    def counts(self):
        threads = files = 0
        processes = tree(self.manager.provisioner.pid)
        for pid in processes:
            threads += len(os.listdir(f"/proc/{pid}/task"))
            files += len(os.listdir(f"/proc/{pid}/fd"))
        return {"processes": len(processes), "threads": threads, "open files": files,
                "temporary files": len(os.listdir(self.folder))}

    def megabytes(self):
        total = 0
        for pid in tree(self.manager.provisioner.pid):
            with open(f"/proc/{pid}/smaps_rollup") as f:
                total += next(int(line.split()[1]) for line in f if line.startswith("Pss:"))
        return total / 1024

    def run(self, code, meanwhile=None, limit=60):
        """What the cell printed, its result's text, and the name of its error."""
        sent = self.client.execute(code)
        out, result, error, idle = "", None, None, False
        end = time.monotonic() + limit
        while not idle:
            try:
                message = self.client.get_iopub_msg(timeout=max(0.01, end - time.monotonic()))
            except queue.Empty:
                raise AssertionError(f"no end of {code!r}") from None
            if message["parent_header"].get("msg_id") != sent:
                continue
            kind, content = message["msg_type"], message["content"]
            if kind == "stream" and content["name"] == "stdout":
                out += content["text"]
                if meanwhile and "runs" in out:
                    meanwhile()
                    meanwhile, end = None, time.monotonic() + LIMIT
            elif kind == "execute_result":
                result = content["data"]["text/plain"]
            elif kind == "error":
                error = content["ename"]
            idle = kind == "status" and content["execution_state"] == "idle"
        while self.client.get_shell_msg(timeout=limit)["parent_header"].get("msg_id") != sent:
            pass
        return out, result, error

    def expect(self, code, out="", result=None, error=None, **more):
        got = self.run(code, **more)
        if got != (out, result, error):
            raise AssertionError(f"{code!r} gave {got}, not {(out, result, error)}")


def one(soak, chance, n):
    kind = chance.random()
    if kind < 0.25:
        soak.expect(f"{n} + 1", result=str(n + 1))
    elif kind < 0.40:
        soak.expect(f'System.out.println("line {n}");', out=f"line {n}\n")
    elif kind < 0.50:
        soak.expect(f"int twice{n % 50}(int x) {{ return 2 * x + {n}; }}\ntwice{n % 50}(1)", result=str(2 + n))
    elif kind < 0.60:
        soak.expect(f"class Held {{ int v = {n}; }}\nvar held = new Held(); held.v", result=str(n))
    elif kind < 0.70:
        soak.expect(f"kept = {n};")
        soak.kept = n
    elif kind < 0.78:
        soak.expect(f"kept + 0", result=str(soak.kept))
    elif kind < 0.83:
        soak.expect("int[] a = {1}; a[3]", error="ArrayIndexOutOfBoundsException")
    elif kind < 0.87:
        soak.expect(f"undefined{n} + 1", error="CompilationError")
    elif kind < 0.91:
        soak.expect('for (int i = 0; i < 2000; i++) { System.out.println("line " + i); }',
                    out="".join(f"line {i}\n" for i in range(2000)))
    elif kind < 0.95:
        soak.expect('try (var s = new ServerSocket(0); var c = new Socket("127.0.0.1", s.getLocalPort()); var a = s.accept()) '
                    '{ a.getOutputStream().write(7); System.out.println(c.getInputStream().read()); }', out="7\n")
    elif kind < 0.97:
        soak.expect('var t = Thread.ofVirtual().start(() -> System.out.println("thread")); t.join();', out="thread\n")
    elif kind < 0.99:
        loop = chance.choice(["while (true) { }", "Thread.sleep(100000);", "new ServerSocket(0).accept();"])
        soak.expect(f'System.out.println("runs"); {loop}', out="runs\n", error="Interrupted",
                    meanwhile=soak.manager.interrupt_kernel)
        soak.expect("kept + 0", result=str(soak.kept))
    elif kind < 0.995:
        soak.expect("System.exit(1);", error="WorkerDied")
        begin(soak)
    else:
        soak.client.stop_channels()
        soak.manager.restart_kernel(now=chance.random() < 0.3)
        soak.connect()
        begin(soak)


def begin(soak):
    soak.expect("int kept = 1;")
    soak.kept = 1


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kernel", default="wirebook")
    parser.add_argument("--cells", type=int, default=10000)
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 30))
    options = parser.parse_args()
    print("seed", options.seed, flush=True)
    chance = random.Random(options.seed)
    soak = Soak(options.kernel)
    begin(soak)
    for n in range(20):
        one(soak, random.Random(n), n)
    before = soak.counts()
    for n in range(options.cells):
        try:
            one(soak, chance, n)
        except AssertionError as e:
            sys.exit(f"cell {n}, seed {options.seed}: {e}")
        if (n + 1) % max(1, options.cells // 20) == 0:
            print(n + 1, "cells", "%.0f MB" % soak.megabytes(), soak.counts(), flush=True)
    soak.expect("System.gc();")
    time.sleep(2)
    after = soak.counts()
    processes = tree(soak.manager.provisioner.pid)
    soak.client.stop_channels()
    soak.manager.shutdown_kernel()
    end = time.monotonic() + 2
    while any(os.path.exists(f"/proc/{pid}") for pid in processes) and time.monotonic() < end:
        time.sleep(0.05)
    left = [pid for pid in processes if os.path.exists(f"/proc/{pid}")]
    # Carriers and compiler threads come and go.
    slack = {"processes": 0, "threads": 12, "open files": 12, "temporary files": 0}
    worse = {k: (before[k], after[k]) for k in before if after[k] > before[k] + slack[k]}
    if worse or left:
        sys.exit(f"left behind: {worse}, processes {left}")
    shutil.rmtree(soak.folder)
    print(options.cells, "cells, nothing lost, nothing left:", before, after)


if __name__ == "__main__":
    main()
