package wirebook.magics;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import wirebook.internet.Internets;
import wirebook.magics.host.Ss;

class SsTest {
  private String ss(String words) throws Exception {
    try (Internets internets = new Internets("real")) {
      TestCells cells = new TestCells(internets, Path.of("").toAbsolutePath());
      cells.run(new Ss(), "%ss " + words);
      return cells.printed();
    }
  }

  @Test
  void theSummaryStandsAloneOrBeforeWhatElseIsAsked() throws Exception {
    assertThat(ss("-s")).startsWith("Total: ").doesNotContain("Recv-Q");
    assertThat(ss("--machine --summary")).startsWith("Total: ").doesNotContain("Recv-Q");
    assertThat(ss("-stn")).startsWith("Total: ").contains("Recv-Q");
    assertThat(ss("-tn -s")).startsWith("Total: ").contains("Recv-Q");
  }
}
