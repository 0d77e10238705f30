package wirebook.notebooks;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** The packaged jar as a kernel of Jupyter's own programs. Each waits for most of its time. */
@Execution(ExecutionMode.CONCURRENT)
class JupyterIT {
  @Test
  void thePublishedKernelTestsPass() throws Exception {
    Path python = Peers.python("jupyter_kernel_test");

    String printed = Peers.script(python, "kernel_tests");

    // Only the pager, which is for IPython, has no sample.
    assertThat(printed).contains("OK (skipped=1)");
  }

  @Test
  void nbclientRunsEveryNotebookAndTheRunnersAreValidToo() throws Exception {
    Path python = Peers.python("nbclient", "nbformat");
    Path executed = Path.of("target", "executed").toAbsolutePath();
    List<String> run = new ArrayList<>(List.of("run", "--output", executed.toString()));
    // All cells of all run so in NotebooksTest; here it is about the files that are written.
    List<Path> headless =
        Labs.all().stream().filter(lab -> lab.getFileName().toString().matches("0[13].*")).toList();
    headless.forEach(lab -> run.add(lab.toString()));
    Peers.run("headless", Peers.wirebook(run.toArray(String[]::new)));

    List<String> files = new ArrayList<>();
    Labs.all().forEach(lab -> files.add(lab.toString()));
    files.add("--");
    headless.forEach(lab -> files.add(executed.resolve(lab.getFileName()).toString()));
    String printed = Peers.script(python, "nbclient_run", files.toArray(String[]::new));

    assertThat(printed.lines()).hasSize(Labs.all().size() + headless.size());
  }

  @Test
  void aLongSessionWithStopsAndRestartsLosesAndLeavesNothing() throws Exception {
    Path python = Peers.python("jupyter_client");

    String printed = Peers.script(python, "soak", "--cells", "300", "--seed", "25");

    assertThat(printed).contains("nothing lost, nothing left");
  }

  @Test
  void howeverAKernelEndsNothingOfItIsLeftAndWhileItLivesOthersStayOut() throws Exception {
    Path python = Peers.python("jupyter_client");

    String printed = Peers.script(python, "ends");

    assertThat(printed).contains("all is gone");
  }
}
