"""Nothing that a value holds runs in the page: the HTML and SVG that cells give for hostile text, each in a page of its own
in Chromium, where it would set window.hit."""

import json
import shutil
import sys

from jupyter_client.manager import start_new_kernel
from playwright.sync_api import sync_playwright

HOSTILE = "<img src=x onerror=\"window.hit=1\"><script>window.hit=2</script>'\"><svg onload=window.hit=3></svg><a href='javascript:window.hit=4'>x</a>"
TEXT = json.dumps(HOSTILE)
CELLS = [
    "record Held(String name, List<String> more) {}\nString bad = %s;\nnew Held(bad, List.of(bad))" % TEXT,
    "List.of(new Held(bad, List.of()), new Held(\"b\", List.of(bad)))",
    "Map.of(bad, bad)",
    "List.of(Map.of(bad, 1), Map.of(bad, 2))",
    "new String[][] {{bad, bad}, {bad}}",
    "Optional.of(bad)",
    "bad",
    "display(bad); display(new Held(bad, List.of()));",
    "new Object() { public String toString() { return bad; } }",
    "URI.create(\"http://a/?\" + URLEncoder.encode(bad, java.nio.charset.StandardCharsets.UTF_8))",
    "throw new IllegalStateException(bad);",
    "System.out.println(bad);",
    "%dig '" + HOSTILE.replace("'", "") + "'",
    "%curl 'http://nowhere.example/" + HOSTILE.replace("'", "") + "'",
    "var found = %dig '" + HOSTILE.replace("'", "") + "'\nfound",
    "var asked = %curl -A '" + HOSTILE.replace("'", "") + "' http://www.example.com/\nasked",
    "import wirebook.spi.*;\nStream.of(bad, bad)",
    "new Object[] {bad, new Held(bad, List.of(bad)), Map.of(bad, List.of(bad))}",
    # A server that answers with it in the reason, in a field, a cookie, and a JSON document's names and values.
    "var evil = new ServerSocket(0, 9, InetAddress.getLoopbackAddress());\n"
    "void answer(Socket s, String type, String body) throws IOException {\n"
    "  s.getInputStream().read(new byte[9999]);\n"
    "  s.getOutputStream().write((\"HTTP/1.1 200 \" + bad + \"\\r\\nX-\" + bad + \": 1\\r\\nX-Evil: \" + bad + \"\\r\\nSet-Cookie: a=\" + bad\n"
    "    + \"\\r\\nServer: \" + bad + \"\\r\\nContent-Type: \" + type + \"\\r\\nContent-Length: \" + body.length() + \"\\r\\n\\r\\n\" + body).getBytes());\n"
    "  s.close();\n}\n"
    "String json = %s;\n"
    "Thread.startVirtualThread(() -> { try { for (int i = 0; ; i++) answer(evil.accept(), i %% 2 == 0 ? \"application/json\" : \"text/html\", i %% 2 == 0 ? json : bad); } catch (IOException e) { } });"
    % json.dumps(json.dumps({HOSTILE: [HOSTILE, {HOSTILE: HOSTILE}]})),
    "var one = %curl -v http://127.0.0.1:${evil.getLocalPort()}/a\none",
    "var two = %curl -i http://127.0.0.1:${evil.getLocalPort()}/b\ntwo",
    "%%http\nGET http://127.0.0.1:${evil.getLocalPort()}/c\nX-Mine: ${bad}\n",
    "%who\n%magics",
    "Math.max?",
]

manager, client = start_new_kernel(kernel_name="wirebook")
pages = []
try:
    for cell in CELLS:
        def collect(message, cell=cell):
            for mime, content in message["content"].get("data", {}).items():
                if mime in ("text/html", "image/svg+xml", "text/markdown"):
                    pages.append((cell, mime, content))
        client.execute_interactive(cell, timeout=60, output_hook=collect)
finally:
    client.stop_channels()
    manager.shutdown_kernel(now=True)

with sync_playwright() as playwright:
    browser = playwright.chromium.launch(
        executable_path=shutil.which("chromium") or shutil.which("chromium-browser"), args=["--no-sandbox"])
    # The page must be one in which such text does run, or nothing is shown by this.
    page = browser.new_page()
    page.set_content("<body>" + HOSTILE + "</body>")
    page.wait_for_function("window.hit !== undefined")
    for cell, mime, content in pages:
        page = browser.new_page()
        page.set_content("<body>" + content + "</body>", wait_until="load")
        for link in page.query_selector_all("a, button, summary"):
            link.dispatch_event("click")
        page.evaluate("new Promise(done => setTimeout(done, 50))")
        hit = page.evaluate("window.hit")
        scripts = page.locator("script").count()
        if hit is not None or scripts:
            sys.exit(f"script of a value runs: {cell!r} as {mime}: {content[:500]}")
        page.close()
    browser.close()
if len(pages) < 4:
    sys.exit(f"only {len(pages)} pages: the cells show less than they did")
print(len(pages), "pages, and nothing ran")
