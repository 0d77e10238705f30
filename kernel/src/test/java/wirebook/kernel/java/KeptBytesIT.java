package wirebook.kernel.java;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A notebook of downloads in the memory that a small pod has. */
class KeptBytesIT {
  private static final String DOWNLOAD =
      """
      get("/big", request -> new byte[8 << 20]);
      get("/small", request -> "small");
      """;

  /** An expression, so that the cell has it in Out. */
  private static final String VALUE =
      """
      Object value() { return lineMagic("curl", List.of("-sS", "-o", "/dev/null", files.url() + "big")); }
      value()
      """;

  private static TestCells cells() {
    TestCells cells = new TestCells(Map.of("JJAVA_JVM_OPTS", "-Xmx256m"));
    cells.out("%%serve 0 --name files -q\n" + DOWNLOAD);
    cells.out("var files = %serve log files");
    return cells;
  }

  @Test
  void fiveHundredDownloadsFitInto256Megabytes(@TempDir Path folder) throws IOException {
    try (TestCells cells = cells()) {
      cells.out("var named = %curl -s -o /dev/null ${files.url()}big");
      cells.value(VALUE);
      int first = cells.last();
      for (int i = 0; i < 166; i++) {
        cells.out("%curl -s -o /dev/null ${files.url()}big");
        cells.out("%curl -s -o " + folder.resolve("big") + " ${files.url()}big");
        cells.value(VALUE);
      }
      assertThat(cells.value("named.body().length()")).contains(String.valueOf(8 << 20));
      assertThat(cells.value("Out[" + first + "].toString()").orElse("")).contains("200");
      assertThat(
              String.join(
                  "\n",
                  cells
                      .failure("((wirebook.engine.http.HttpTransfer) Out[" + first + "]).body()")
                      .traceback()))
          .contains("8,388,608 bytes", "var r = %curl");
      assertThat(Files.size(folder.resolve("big"))).isEqualTo(8 << 20);
    }
  }

  @Test
  void requestsOfHttpCellsGiveTheirBytesUpToo() {
    try (TestCells cells = cells()) {
      for (int i = 0; i < 60; i++) {
        cells.out(
            "%%http\n# @name one"
                + i
                + "\nGET "
                + cells.value("files.url()").orElseThrow()
                + "big");
      }
    }
  }
}
