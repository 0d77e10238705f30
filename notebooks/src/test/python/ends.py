#!/usr/bin/env python3
"""A kernel is ended in each way while something of its cells goes on; all of it must be gone in time.

    ends.py [--kernel wirebook]

No process, bound port, temporary file or socket may be left after LIMIT seconds, whether the kernel was asked to shut
down or to restart, terminated, killed, or has lost its launcher. While it lives, no other user may reach its ipc sockets
or its worker's. Linux only; the last needs root.
"""
import argparse
import os
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time

from jupyter_client.manager import KernelManager
from jupyter_client.session import Session

from soak import tree

LIMIT = 2 * float(os.environ.get("HARNESS_TIME_SCALE", "1"))
NOBODY = 65534

PAUSE = """import java.lang.foreign.*;
var linker = Linker.nativeLinker();
var pause = linker.downcallHandle(linker.defaultLookup().find("pause").get(), FunctionDescriptor.of(ValueLayout.JAVA_INT));
"""

# What goes on, and whether its cell ends.
GOING_ON = {
    "nothing": ("1", True),
    "a loop": ('System.out.println("runs"); while (true) { }', False),
    "a flood": ('while (true) System.out.println("runs");', False),
    "a native call": (PAUSE + 'System.out.println("runs"); int never = (int) pause.invokeExact();', False),
    "threads that swallow all": ("for (int i = 0; i < 3; i++) new Thread(() -> { while (true) { try { Thread.sleep(9000); }"
                                 " catch (Throwable e) { } } }).start();", True),
    "a shutdown hook without end": ("Runtime.getRuntime().addShutdownHook(new Thread(() -> { while (true) { } }));", True),
    "a server": ("%serve 0", True),
    "a process": ('new ProcessBuilder("sleep", "600").start();', True),
}


def alive(pid):
    try:
        with open(f"/proc/{pid}/stat") as f:
            return f.read().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


class Kernel:
    def __init__(self, name, **manager):
        self.folder = tempfile.mkdtemp(prefix="ends-")
        self.manager = KernelManager(kernel_name=name, **manager)
        options = "-Djava.io.tmpdir=" + self.folder
        self.manager.start_kernel(env=dict(os.environ, JAVA_TOOL_OPTIONS=options), stderr=subprocess.DEVNULL)
        self.client = self.manager.client(session=Session(key=self.manager.session.key))
        self.client.start_channels()
        self.client.wait_for_ready(timeout=60)
        self.pid = self.manager.provisioner.pid

    def begin(self, code, ends):
        """Runs a cell until it ends, or says that it runs."""
        sent = self.client.execute(code, allow_stdin=False)
        printed = ""
        while True:
            message = self.client.get_iopub_msg(timeout=60)
            if message["parent_header"].get("msg_id") == sent:
                content = message["content"]
                if message["msg_type"] == "error":
                    raise AssertionError(content["traceback"])
                printed += content.get("text", "")
                if content.get("execution_state") == "idle" if ends else "runs" in printed:
                    return printed

    def forget(self):
        self.client.stop_channels()
        self.manager.cleanup_resources()


def listener(port):
    """The number of the socket that listens there: once it is free, somebody else may take the port."""
    lines = [line.split() for family in ("tcp", "tcp6") for line in open(f"/proc/net/{family}").readlines()[1:]]
    return next((line[9] for line in lines if line[3] == "0A" and line[1].endswith(f":{port:04X}")), None)


def ended(what, kernel, processes, port, held, begun):
    left = processes
    # A process that looks dead may still have threads that end.
    while (left or listener(port) == held) and time.monotonic() - begun < LIMIT:
        time.sleep(0.02)
        left = [pid for pid in left if alive(pid)]
    took = time.monotonic() - begun
    if left or listener(port) == held:
        raise AssertionError(f"{what}: after {LIMIT} s left {left or 'the port'}")
    if os.listdir(kernel.folder):
        raise AssertionError(f"{what}: left the files {os.listdir(kernel.folder)}")
    os.rmdir(kernel.folder)
    return took


def check(name, way, end):
    times = []
    for going_on, (code, ends) in GOING_ON.items():
        kernel = Kernel(name)
        try:
            port = int(kernel.begin('var held = new ServerSocket(0);\nSystem.out.print(held.getLocalPort());', True))
            kernel.begin(code, ends)
            processes, held = tree(kernel.pid), listener(port)
            assert held, f"{way}, {going_on}: nothing listens at {port}"
            begun = time.monotonic()
            end(kernel)
            times.append(ended(f"{way}, {going_on}", kernel, processes, port, held, begun))
        finally:
            kernel.forget()
    print(f"{way}: gone after {max(times):.2f} s at most")


def launcher_gone(name):
    """A launcher that is killed has no time to end its kernel."""
    code = f"""if True:
        import sys, time; sys.path.insert(0, {os.path.dirname(os.path.abspath(__file__))!r})
        from ends import Kernel, tree
        kernel = Kernel({name!r})
        port = kernel.begin('var held = new ServerSocket(0);\\nSystem.out.print(held.getLocalPort());', True)
        print(kernel.folder, port, *tree(kernel.pid), flush=True)
        time.sleep(600)"""
    launcher = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    folder, port, *processes = launcher.stdout.readline().split()
    held = listener(int(port))
    assert held, f"nothing listens at {port}"
    launcher.kill()
    launcher.wait()
    kernel = type("Gone", (), {"folder": folder})
    # It looks once a second.
    took = ended("launcher gone", kernel, [int(pid) for pid in processes], int(port), held, time.monotonic() + 1)
    print(f"launcher gone: gone after {1 + took:.2f} s")


def reached_by_another(path):
    child = os.fork()
    if child == 0:
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)
        try:
            socket.socket(socket.AF_UNIX).connect(path)
            os._exit(1)
        except PermissionError:
            os._exit(0)
        finally:
            os._exit(2)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) != 0


def others_stay_out(name):
    with tempfile.TemporaryDirectory() as folder:
        # Anybody may look into it: the sockets alone must keep others out.
        os.chmod(folder, 0o755)
        kernel = Kernel(name, transport="ipc", ip=os.path.join(folder, "kernel"))
        try:
            kernel.begin("1", True)
            sockets = [os.path.join(folder, file) for file in os.listdir(folder)]
            assert len(sockets) == 5, sockets
            for path in sockets:
                mode = stat.S_IMODE(os.stat(path).st_mode)
                assert mode == 0o600, f"{path} has mode {mode:o}"
            for path in os.listdir(kernel.folder):
                mode = stat.S_IMODE(os.stat(os.path.join(kernel.folder, path)).st_mode)
                assert mode & 0o077 == 0, f"the worker's {path} has mode {mode:o}"
            if os.geteuid() == 0:
                for path in sockets:
                    assert not reached_by_another(path), f"another user was let in at {path}"
            kernel.client.shutdown()
            begun = time.monotonic()
            while any(os.path.exists(path) for path in sockets):
                assert time.monotonic() - begun < LIMIT, f"left {os.listdir(folder)}"
                time.sleep(0.02)
        finally:
            kernel.manager.shutdown_kernel(now=True)
            kernel.forget()
    print("others stay out")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kernel", default="wirebook")
    name = parser.parse_args().kernel
    others_stay_out(name)
    launcher_gone(name)
    check(name, "shutdown", lambda kernel: kernel.client.shutdown())
    check(name, "restart", lambda kernel: kernel.client.shutdown(restart=True))
    check(name, "SIGTERM", lambda kernel: os.kill(kernel.pid, signal.SIGTERM))
    check(name, "SIGKILL", lambda kernel: os.kill(kernel.pid, signal.SIGKILL))
    print("all is gone")


if __name__ == "__main__":
    main()
