"""Opens a notebook in JupyterLab in Chromium, runs all cells, and looks at text and pictures, in the light and the dark
theme: python jupyterlab_run.py NOTEBOOK SCREENSHOTS"""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

from playwright.sync_api import sync_playwright

source, screenshots = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
screenshots.mkdir(parents=True, exist_ok=True)


def serve(root, theme):
    """A JupyterLab of its own, which keeps everything in root; its process, address and token."""
    settings = root / "settings"
    for name, content in {
        "apputils-extension/themes": {"theme": theme},
        "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
        # All cells are in the page, also those out of sight.
        "notebook-extension/tracker": {"windowingMode": "none"},
    }.items():
        path = settings / "@jupyterlab" / (name + ".jupyterlab-settings")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(content))
    env = dict(
        os.environ,
        JUPYTERLAB_SETTINGS_DIR=str(settings),
        JUPYTERLAB_WORKSPACES_DIR=str(root / "workspaces"),
        JUPYTER_CONFIG_DIR=str(root / "config"),
        JUPYTER_DATA_DIR=str(root / "data"),
        JUPYTER_RUNTIME_DIR=str(root / "runtime"),
        IPYTHONDIR=str(root / "ipython"),
    )
    log = open(root / "jupyter.log", "w")
    process = subprocess.Popen(
        [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--ServerApp.port=0", "--ServerApp.port_retries=0",
         "--ServerApp.ip=127.0.0.1", "--ServerApp.root_dir=" + str(root / "notebooks")],
        env=env, stdout=log, stderr=log, stdin=subprocess.DEVNULL,
    )
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        for path in (root / "runtime").glob("jpserver-*.json"):
            try:
                info = json.loads(path.read_text())
            except ValueError:
                continue
            return process, "http://127.0.0.1:%d" % info["port"], info["token"]
        time.sleep(0.2)
    process.kill()
    sys.exit("JupyterLab did not start:\n" + (root / "jupyter.log").read_text()[-3000:])


def run(browser, theme, name):
    with tempfile.TemporaryDirectory(prefix="wirebook-lab-") as folder:
        root = pathlib.Path(folder)
        (root / "notebooks").mkdir()
        shutil.copy(source, root / "notebooks")
        if (source.parent / "images").is_dir():
            shutil.copytree(source.parent / "images", root / "notebooks" / "images")
        process, address, token = serve(root, theme)
        try:
            page = browser.new_page(viewport={"width": 1280, "height": 1400})
            problems = []
            page.on("pageerror", lambda error: problems.append(str(error)))
            page.goto(f"{address}/lab/tree/{source.name}?token={token}&reset")
            page.wait_for_selector(".jp-Notebook .jp-CodeCell", timeout=60_000)
            # Cells that are run before the kernel is connected are passed over.
            page.get_by_text("Wirebook (Java 25) | Idle").wait_for(timeout=60_000)
            page.get_by_role("menuitem", name="Run", exact=True).click()
            page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
            cells = page.locator(".jp-Notebook .jp-CodeCell").count()
            # A prompt [n] on every code cell, and none that waits.
            page.wait_for_function(
                """() => { const prompts = [...document.querySelectorAll('.jp-Notebook .jp-CodeCell .jp-InputPrompt')]
                     .map(p => p.textContent.trim());
                   return prompts.length > 0 && prompts.every(p => /^\\[\\d+\\]:?$/.test(p)); }""",
                timeout=120_000,
            )
            errors = page.locator('.jp-RenderedText[data-mime-type="application/vnd.jupyter.error"]').all_inner_texts()
            assert not errors, "a cell failed: " + errors[0][:500]
            text = "\n".join(page.locator(".jp-OutputArea-output").all_inner_texts())
            assert "ANSWER SECTION" in text, "no answer of dig in what JupyterLab shows"
            # A picture has loaded and has a size; its colours are looked at in the screenshots.
            page.wait_for_function(
                """() => [...document.querySelectorAll('.jp-OutputArea-output img, .jp-OutputArea-output svg')]
                     .some(p => p.getBoundingClientRect().width > 100 && (p.complete === undefined || p.naturalWidth > 0))""",
                timeout=20_000,
            )
            assert page.locator("body").get_attribute("data-jp-theme-light") == ("true" if name == "light" else "false")
            picture = page.locator(".jp-OutputArea-output img, .jp-OutputArea-output svg").last
            picture.scroll_into_view_if_needed()
            page.screenshot(path=screenshots / f"lab-{name}.png")
            picture.screenshot(path=screenshots / f"picture-{name}.png")
            assert not problems, "JavaScript errors in the page: " + "; ".join(problems)
            print(f"{source.name}: {cells} code cells in JupyterLab, {name}")
            page.close()
        except Exception:
            page.screenshot(path=screenshots / f"failed-{name}.png")
            print("prompts:", page.locator(".jp-Notebook .jp-InputPrompt").all_inner_texts(), "page errors:", problems)
            raise
        finally:
            process.terminate()
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()


with sync_playwright() as playwright:
    browser = playwright.chromium.launch(
        executable_path=shutil.which("chromium") or shutil.which("chromium-browser"),
        # A container has no name spaces for the sandbox and little shared memory.
        args=["--no-sandbox", "--disable-dev-shm-usage"],
    )
    run(browser, "JupyterLab Light", "light")
    run(browser, "JupyterLab Dark", "dark")
    browser.close()
