"""What a browser does with servers of a notebook: WebSockets from one byte to four mebibytes, EventSource, CORS and the
same-origin policy, in Chromium."""

import re
import shutil
import sys

from jupyter_client.manager import start_new_kernel
from playwright.sync_api import sync_playwright

SERVER = """%%serve 0 --name page -q
get("/", request -> "<title>page</title>");
websocket("/ws", socket -> {
  for (var next = socket.receive(); next.isPresent(); next = socket.receive()) {
    switch (next.get()) {
      case wirebook.engine.http.server.WebSocket.Message.Text(var text) -> socket.send(text);
      case wirebook.engine.http.server.WebSocket.Message.Binary(var bytes) -> socket.send(bytes);
    }
  }
});
get("/events", request -> events(events -> { for (int i = 0; i < 3; i++) events.send("number " + i); }));
post("/said", request -> request.text());
get("/json", request -> Map.of("n", 1));
"""
ECHO = """async ([url, lengths]) => {
  const socket = new WebSocket(url);
  socket.binaryType = "arraybuffer";
  await new Promise((good, bad) => { socket.onopen = good; socket.onerror = bad; });
  const wrong = [];
  for (const length of lengths) {
    for (const random of [false, true]) {
      const bytes = new Uint8Array(length);
      if (random) for (let at = 0; at < length; at += 65536) crypto.getRandomValues(bytes.subarray(at, at + 65536));
      const text = Array.from({length: Math.ceil(length / 4096)}, (_, i) => String.fromCharCode(97 + i % 26).repeat(4096)).join("").slice(0, length);
      for (const sent of [bytes, text]) {
        const back = await new Promise(done => {
          socket.onmessage = event => done(event.data);
          socket.onclose = event => done("closed: " + event.code + " " + event.reason);
          socket.send(sent);
        });
        const same = typeof back === "string" ? back === sent
            : back.byteLength === length && new Uint8Array(back).every((b, i) => b === bytes[i]);
        if (!same) wrong.push([length, typeof sent, typeof back === "string" ? back.slice(0, 100) : back.byteLength]);
      }
    }
  }
  return [socket.extensions, wrong];
}"""
LENGTHS = [1, 125, 126, 4095, 8000, 8191, 8192, 8193, 65535, 65536, 65537, 1 << 20, 4 << 20]
FETCH = """async ([url, options]) => { try { const r = await fetch(url, options); return r.status + " " + await r.text(); } catch (e) { return "" + e; } }"""
CLOSED = """url => new Promise(done => { const s = new WebSocket(url); s.onopen = () => done("open"); s.onclose = e => done("" + e.code); })"""


def check(what, seen, wanted):
    if not re.search(wanted, str(seen), re.S):
        sys.exit(f"{what}: {seen!r}, not {wanted!r}")


manager, client = start_new_kernel(kernel_name="wirebook")
try:
    def url(cell):
        printed = []
        reply = client.execute_interactive(cell, timeout=60, output_hook=lambda m: printed.append(m["content"].get("text", "")))
        found = re.search(r"http://127\.0\.0\.1:\d+/", "".join(printed))
        if reply["content"]["status"] != "ok" or not found:
            sys.exit(f"{cell!r}: {reply['content']} {printed}")
        return found.group()

    page_url = url(SERVER)
    closed_url = url(SERVER.replace("--name page", "--name closed"))
    open_url = url(SERVER.replace("--name page", "--name open --cors --gzip"))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium") or shutil.which("chromium-browser"),
            args=["--no-sandbox", "--host-resolver-rules=MAP rebound.example 127.0.0.1"])
        page = browser.new_page()
        page.goto(page_url)
        extensions, wrong = page.evaluate(ECHO, [page_url.replace("http", "ws", 1) + "ws", LENGTHS])
        check("the extension", extensions, "permessage-deflate")
        check("messages", wrong, r"^\[\]$")
        check("too long a message", page.evaluate(
            "url => new Promise(done => { const s = new WebSocket(url); s.onopen = () => s.send('x'.repeat(4194305)); s.onclose = e => done(e.code); })",
            page_url.replace("http", "ws", 1) + "ws"), "^1009$")

        events = """url => new Promise(done => { const got = []; const source = new EventSource(url);
            source.onmessage = e => { got.push(e.data); if (got.length === 3) { source.close(); done(got.join()); } };
            source.onerror = () => { source.close(); done("error after " + got); }; })"""
        check("events", page.evaluate(events, page_url + "events"), "^number 0,number 1,number 2$")
        check("events of another server", page.evaluate(events, closed_url + "events"), "^error")
        check("events with --cors and --gzip", page.evaluate(events, open_url + "events"), "^number 0,number 1,number 2$")

        post = {"method": "POST", "body": "hi"}
        json = {"method": "POST", "body": "hi", "headers": {"Content-Type": "application/json", "Authorization": "x"}}
        check("a post of the page's own", page.evaluate(FETCH, [page_url + "said", post]), "^200 hi$")
        check("a post to another", page.evaluate(FETCH, [closed_url + "said", post]), "TypeError")
        check("a blind post to another", page.evaluate(FETCH, [closed_url + "said", {**post, "mode": "no-cors"}]), "^0 $")
        check("a read of another", page.evaluate(FETCH, [closed_url + "json", {}]), "TypeError")
        check("a socket to another", page.evaluate(CLOSED, closed_url.replace("http", "ws", 1) + "ws"), "^1006$")
        check("a post with --cors", page.evaluate(FETCH, [open_url + "said", post]), "^200 hi$")
        check("a post with a preflight", page.evaluate(FETCH, [open_url + "said", json]), "^200 hi$")
        check("a read with --cors", page.evaluate(FETCH, [open_url + "json", {}]), "^200 .*1")
        check("a socket with --cors", page.evaluate(CLOSED, open_url.replace("http", "ws", 1) + "ws"), "^open$")
        page.goto(page_url.replace("127.0.0.1", "rebound.example"))
        check("a name that points here", page.content(), "this machine")
        page.goto(page_url.replace("127.0.0.1", "localhost"))
        check("localhost", page.title(), "^page$")
        browser.close()
    refused = []
    client.execute_interactive("%serve log closed", timeout=60, output_hook=lambda m: refused.append(m["content"].get("text", "")))
    check("what the log has of the blind post", "".join(refused), r'"POST /said HTTP/1.1" 403 .*\[origin\]')
finally:
    client.stop_channels()
    manager.shutdown_kernel(now=True)
print(len(LENGTHS), "lengths, events, and who may ask: all as browsers have it")
