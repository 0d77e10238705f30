package wirebook.notebooks;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** What the packaged jar's kernel shows and serves, seen in a browser. */
class BrowserIT {
  @Test
  void nothingThatAValueHoldsRunsInThePage() throws Exception {
    Path python = Peers.python("jupyter_client", "playwright");
    Peers.program("chromium", "chromium-browser");

    String printed = Peers.script(python, "hostile");

    assertThat(printed).contains("pages, and nothing ran");
  }

  @Test
  void browsersAndServersOfANotebookUnderstandEachOther() throws Exception {
    Path python = Peers.python("jupyter_client", "playwright");
    Peers.program("chromium", "chromium-browser");

    String printed = Peers.script(python, "browser");

    assertThat(printed).contains("all as browsers have it");
  }

  @Test
  void jupyterLabShowsTextAndPictureInLightAndDark() throws Exception {
    Path python = Peers.python("jupyterlab", "playwright");
    Peers.program("chromium", "chromium-browser");
    Path lab =
        Labs.all().stream()
            .filter(file -> file.endsWith("03-dns.ipynb"))
            .findFirst()
            .orElseThrow(() -> new AssertionError("no 03-dns.ipynb"));

    String printed =
        Peers.script(
            python,
            "jupyterlab_run",
            lab.toString(),
            Path.of("target", "screenshots").toAbsolutePath().toString());

    assertThat(printed).contains("in JupyterLab, light", "in JupyterLab, dark");
  }
}
