package wirebook.magics;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import wirebook.internet.Internets;
import wirebook.magics.host.Socket;

/** Two programs beside one another, as a cell prints them. */
class SocketColumnsTest {
  private static final int SIDE_BAR_OPEN = 96;

  private final Internets internets = new Internets("real");
  private final TestCells cells = new TestCells(internets, Path.of("").toAbsolutePath());

  @AfterEach
  void close() throws IOException {
    internets.close();
  }

  @Test
  void bothColumnsFitBesideTheSideBarAndNothingIsCutOff() throws Exception {
    cells.run(
        new Socket(),
        """
        %%socket
                           | s = socket
                           | setsockopt s SO_REUSEADDR 1
                           | bind s 127.0.0.1:0
                           | listen s
        c = socket         | a = accept s
        connect c @s       |
        send c "a longer text than the column of one side has room for" | recv a
        recv c             | close a
        close c            |
        """);

    assertThat(cells.printed().lines()).allMatch(l -> l.length() <= SIDE_BAR_OPEN, "fits");
    assertThat(cells.printed().replaceAll("\\s+|│", ""))
        .contains("sendcalongertextthantheESTABLISHEDcolumnofonesidehasroomfor=54");
    assertThat(cells.printed()).contains("ESTABLISHED");
  }
}
