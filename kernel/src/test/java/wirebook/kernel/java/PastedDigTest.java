package wirebook.kernel.java;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Lines with dig and its kin as tutorials have them, with what a shell would do. */
@Tag("slow")
class PastedDigTest {
  private static final TestCells CELLS = new TestCells(Map.of());

  @AfterAll
  static void close() {
    CELLS.close();
  }

  private static String refused(String cell) {
    return String.join("\n", CELLS.failure(cell).traceback()).replaceAll("\u001b\\[[0-9;]*m", "");
  }

  @Test
  void aPipeDoesWhatItSays() {
    assertThat(CELLS.out("%dig google.com | grep ANSWER: | head -1")).contains("ANSWER: 1");
    assertThat(CELLS.out("%dig google.com NS +short | sort | wc -l").strip()).isEqualTo("4");
    assertThat(CELLS.out("%nslookup google.com | grep Name")).startsWith("Name:\tgoogle.com\n");
    assertThat(CELLS.out("%host google.com | grep mail"))
        .isEqualTo("google.com mail is handled by 10 smtp.google.com.\n");
    assertThat(CELLS.out("%dig google.com +short > /dev/null")).isEmpty();
    assertThat(CELLS.out("%dig google.com +short # its address")).isEqualTo("142.250.185.78\n");
  }

  @Test
  void whatWouldRunAnotherCommandIsRefusedBeforeAnythingIsAsked() {
    assertThat(refused("%dig google.com; echo done")).contains("nothing is sent: the shell's ;");
    assertThat(refused("%dig google.com && echo done")).contains("Write !dig");
    assertThat(refused("%dig $(cat name)")).contains("Another command inside this one");
    assertThat(refused("%resolve google.com | head")).contains("nothing is asked", "r.tree()");
  }

  @Test
  void aBackslashIsPartOfAName() {
    assertThat(CELLS.out("%dig sp\\032ace.class.example +noall +question"))
        .contains(";sp\\032ace.class.example.");
    assertThat(CELLS.out("%dig 'a|b.class.example' +noall +question"))
        .contains(";a|b.class.example.");
  }
}
