package wirebook.magics.venv;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import wirebook.internet.Internets;
import wirebook.magics.TestCells;
import wirebook.spi.Diagnostic;

class VenvWordsTest {
  @TempDir Path folder;
  private final Internets internets = new Internets("lab");

  @AfterEach
  void close() throws Exception {
    internets.close();
  }

  private Diagnostic refused(String cell) {
    return new TestCells(internets, folder).complaint(new Venv(), cell).diagnostic();
  }

  @ParameterizedTest
  @CsvSource({
    "run app.py, %venv NAME run FILE",
    "install flask, %venv NAME pip install flask",
    "pip install flask, %venv NAME pip install flask",
    "create shop, %venv NAME",
    "activate shop, %venv NAME run FILE",
    "rm shop, %venv remove NAME",
    "shop install flask, %venv shop pip install flask",
  })
  void whatUsersOfOtherProgramsWriteIsToldInItsOwnWords(String words, String instead) {
    assertThat(refused("%venv " + words).fix()).isEqualTo(instead);
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void ofNamesThatAreMistypedTheOneThatIsMeantIsTold() throws Exception {
    Files.createFile(Files.createDirectory(folder.resolve("shop")).resolve("pyvenv.cfg"));
    Files.createFile(Files.createDirectory(folder.resolve("other")).resolve("pyvenv.cfg"));
    TestCells cells = new TestCells(internets, folder);
    cells.run(new Venv(), "venv show shpo");
    assertThat(cells.errors()).contains("Did you mean shop? %venv shpo makes it.");
  }

  @Test
  void aNameThatIsNoneIsToldAsBefore() {
    assertThat(refused("%venv shop instal flask").fix()).startsWith("pip, run, serve");
  }
}
