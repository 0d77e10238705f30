#!/usr/bin/env python3
"""%load beside wrk and vegeta, in turns on one server each: medians of ratios, each %load's first.

    load.py KERNEL [--rounds 5] [--seconds 3]

KERNEL is the name of an installed kernelspec. The closed model is judged with 32 connections against nginx, by requests
a second, beside `wrk -t1 -c32`. The open model (-R) is judged at half of what a server can that has eight places and
holds each for 10 ms, by p50 and p99 counted from when a request was due, beside vegeta: a server that waits rather than
computes is about the same for both on a machine that is busy with something else.
Needs jupyter_client, nginx, wrk and vegeta (https://github.com/tsenart/vegeta).
"""
import argparse
import asyncio
import json
import os
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import time

PLACES, HOLD = 8, 0.01
UNITS = {"us": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0}


async def serve(port):
    places = asyncio.Semaphore(PLACES)

    async def answer(reader, writer):
        try:
            while await reader.readuntil(b"\r\n\r\n"):
                async with places:
                    await asyncio.sleep(HOLD)
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nHello\n")
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    await (await asyncio.start_server(answer, "127.0.0.1", port)).serve_forever()


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def nginx(folder, port):
    kinds = ["client_body_temp_path", "proxy_temp_path", "fastcgi_temp_path", "uwsgi_temp_path", "scgi_temp_path"]
    with open(f"{folder}/nginx.conf", "w") as f:
        f.write(f"daemon off; worker_processes 1; pid {folder}/pid; error_log stderr; events {{ }} http {{ access_log off; "
                + " ".join(f"{kind} {folder}/{kind};" for kind in kinds)
                + f" keepalive_requests 100000000; server {{ listen 127.0.0.1:{port};"
                + " location / { return 200 'Hello\\n'; } } }")
    return subprocess.Popen(["nginx", "-c", f"{folder}/nginx.conf", "-p", folder], stderr=subprocess.DEVNULL)


def load(client, words):
    """The text that %load prints."""
    said = []
    hook = lambda m: said.append(m["content"]["text"]) if m["msg_type"] == "stream" else None
    reply = client.execute_interactive("%load " + words + " -q", timeout=120, output_hook=hook)
    text = "".join(said)
    if reply["content"]["status"] != "ok" or "Errors:" in text or "never sent" in text:
        raise RuntimeError(text)
    return text


def percentile(text, percent):
    value, unit = re.search(rf"^ +{percent}% +([0-9.]+)(us|ms|s|m)$", text, re.M).groups()
    return float(value) * UNITS[unit]


def rate(text):
    return float(re.search(r"Requests/sec: +([0-9.]+)", text).group(1))


def closed(client, url, seconds):
    theirs = rate(subprocess.run(["wrk", "-t1", "-c32", f"-d{seconds}s", url], capture_output=True, text=True, check=True).stdout)
    ours = rate(load(client, f"{url} -c 32 -d {seconds}s"))
    print(f"closed: {ours:8.0f}/s, wrk {theirs:8.0f}/s: {ours / theirs:.2f}", flush=True)
    return ours / theirs


def opened(client, url, seconds):
    each = int(PLACES / HOLD / 2)
    attack = subprocess.run(["vegeta", "attack", f"-rate={each}", f"-duration={seconds}s", "-workers=16"],
                            input=f"GET {url}\n".encode(), capture_output=True, check=True).stdout
    report = json.loads(subprocess.run(["vegeta", "report", "-type=json"], input=attack, capture_output=True, check=True).stdout)
    text = load(client, f"{url} -R {each} -c 16 -d {seconds}s")
    ratios = []
    for percent, key in ((50, "50th"), (99, "99th")):
        theirs, ours = report["latencies"][key] / 1e9, percentile(text, percent)
        ratios.append(ours / theirs)
        print(f"open:   p{percent} {ours * 1e3:.2f} ms, vegeta {theirs * 1e3:.2f} ms: {ours / theirs:.2f}", flush=True)
    return ratios


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("kernel")
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--seconds", type=int, default=3)
    given = options.parse_args()
    from speed import session
    fast, slow = free_port(), free_port()
    with tempfile.TemporaryDirectory() as folder, session(given.kernel) as (client, *_):
        servers = [nginx(folder, fast), subprocess.Popen([sys.executable, os.path.abspath(__file__), "--serve", str(slow)])]
        try:
            time.sleep(1)
            load(client, f"http://127.0.0.1:{fast}/ -c 32 -d {2 * given.seconds}s")
            rates = [closed(client, f"http://127.0.0.1:{fast}/", given.seconds) for _ in range(given.rounds)]
            opened(client, f"http://127.0.0.1:{slow}/", 2 * given.seconds)
            times = [opened(client, f"http://127.0.0.1:{slow}/", given.seconds) for _ in range(given.rounds)]
        finally:
            for server in servers:
                server.terminate()
                server.wait()
    p50, p99 = (statistics.median(each) for each in zip(*times))
    print(f"medians: requests a second {statistics.median(rates):.2f} of wrk's, p50 {p50:.2f} and p99 {p99:.2f} of vegeta's")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--serve"]:
        asyncio.run(serve(int(sys.argv[2])))
    else:
        main()
