#!/usr/bin/env python3
"""Where the time to a kernel's first result goes: what of it is the JVM, and what is javac and JShell.

    start.py KERNEL PEER [--rounds 10]

Both are names of installed kernelspecs. In turns, each in processes of its own, with the flags of KERNEL's JVM: a JVM that
does nothing; a bare JShell that evaluates `1 + 1` in its own process, with an AOT cache (JEP 514) trained by that; KERNEL
and PEER from their start to the answer about the kernel, and to the value of `1 + 1`. A bare JShell is the least that any
kernel which uses it can need, so what KERNEL needs beyond it is its own: sockets, the worker, the protocol.
Needs jupyter_client, and Linux for the processor time.
"""
import argparse
import os
import pathlib
import resource
import statistics
import subprocess
import tempfile
import time

from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import KernelManager

from speed import processor_ms

HERE = pathlib.Path(__file__).parent


def flags(kernel):
    """The JVM and its flags, without those of the kernel's own cache and class path."""
    argv = KernelSpecManager().get_kernel_spec(kernel).argv
    own = [a for a in argv[:argv.index("-cp")] if "AOTCache" not in a and not a.startswith("-Dwirebook")]
    return own[0], own[1:]


def prepare(java, options, folder):
    """The commands for a JVM that does nothing and for a bare JShell, both with their classes in a cache."""
    jar = folder / "bare.jar"
    tools = pathlib.Path(java).parent
    subprocess.run([tools / "javac", "-d", folder / "classes", HERE / "BareShell.java"], check=True)
    subprocess.run([tools / "jar", "cf", jar, "-C", folder / "classes", "."], check=True)
    cache = folder / "bare.aot"
    start = [java, *options, "-cp", str(jar)]
    subprocess.run([*start[:1], f"-XX:AOTCacheOutput={cache}", *start[1:], "BareShell", "train"], check=True,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return [java, *options, "-version"], [*start[:1], f"-XX:AOTCache={cache}", *start[1:], "BareShell"]


def process(command):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.monotonic()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return 1000 * (time.monotonic() - start), 1000 * (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def kernel_start(kernel):
    """Until the first answer, until the first result, and the processor time until then, in ms."""
    manager = KernelManager(kernel_name=kernel)
    start = time.monotonic()
    manager.start_kernel(stderr=subprocess.DEVNULL)
    client = manager.client()
    client.start_channels(stdin=False, hb=False)
    try:
        client.kernel_info(reply=True, timeout=60)
        info = 1000 * (time.monotonic() - start)
        # The reply is waited for, not the output: that may come before the client has subscribed to it.
        client.execute("1 + 1", reply=True, timeout=60)
        return info, 1000 * (time.monotonic() - start), processor_ms(manager.provisioner.pid)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kernel")
    parser.add_argument("peer")
    parser.add_argument("--rounds", type=int, default=10)
    options = parser.parse_args()
    rows = {}

    def note(row, wall, processor=None):
        rows.setdefault(row, []).append((wall, processor))

    with tempfile.TemporaryDirectory() as folder:
        nothing, shell = prepare(*flags(options.kernel), pathlib.Path(folder))
        for _ in range(options.rounds):
            note("a JVM that does nothing", *process(nothing))
            note("a bare JShell's first value", *process(shell))
            for kernel in (options.kernel, options.peer):
                info, first, processor = kernel_start(kernel)
                note(f"{kernel}: first answer", info)
                note(f"{kernel}: first result", first, processor)
    peer = statistics.median(wall for wall, _ in rows[f"{options.peer}: first result"])
    print(f"{'ms, medians of ' + str(options.rounds) + ' rounds':36}{'wall':>8}{'processor':>11}{'of ' + options.peer:>14}")
    for row, found in rows.items():
        wall = statistics.median(w for w, _ in found)
        processors = [p for _, p in found if p is not None]
        processor = f"{statistics.median(processors):11.0f}" if processors else " " * 11
        print(f"{row:36}{wall:8.0f}{processor}{wall / peer:14.2f}")
    print("load average %.1f on %d processors" % (os.getloadavg()[0], os.cpu_count()))


if __name__ == "__main__":
    main()
