package wirebook.kernel.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static wirebook.kernel.run.Notebooks.notebook;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import wirebook.kernel.session.CellOutput;
import wirebook.spi.MimeBundle;

class NotebookFileTest {
  private static final Path FILE = Path.of("labs/some.ipynb");

  private static NotebookFile parse(String text) throws NotebookException {
    return NotebookFile.parse(FILE, text);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{                                          | is not valid JSON, at line 1 column 2",
        "                                           | is empty",
        "{} {}                                      | is not valid JSON",
        "{nbformat: 4}                              | is not valid JSON",
        "[]                                         | no notebook",
        "{\"cells\": []}                            | no notebook",
        "{\"nbformat\": 3, \"worksheets\": []}      | nbconvert",
        "{\"nbformat\": 5, \"cells\": []}             | only 4 is read: save it",
        "{\"nbformat\": 4}                          | no list of cells",
        "{\"nbformat\": 4, \"cells\": [1]}          | cell 1 is no JSON object",
        "{\"nbformat\": 4, \"cells\": [{\"cell_type\": \"code\"}]}   | cell 1 has no \"source\"",
        "{\"nbformat\": 4, \"cells\": [{\"cell_type\": \"film\", \"source\": \"\"}]}  | \"film\"",
      })
  void aFileThatIsNoNotebookIsRefusedWithItsNameAndTheReason(String text, String reason) {
    assertThatThrownBy(() -> parse(text == null ? "" : text))
        .isInstanceOf(NotebookException.class)
        .hasMessageStartingWith("labs/some.ipynb: ")
        .hasMessageContaining(reason);
  }

  @Test
  void aNotebookInAnotherLanguageIsRefused() {
    assertThatThrownBy(
            () ->
                parse(
                    """
                    {"nbformat": 4, "nbformat_minor": 5, "cells": [],
                     "metadata": {"kernelspec": {"name": "python3", "language": "python"}}}\
                    """))
        .hasMessage("labs/some.ipynb: is written in python, and this kernel runs java");
  }

  @Test
  void aMissingFileAndAFolderAreRefused(@TempDir Path folder) {
    assertThatThrownBy(() -> NotebookFile.read(folder.resolve("none.ipynb")))
        .hasMessageEndingWith("none.ipynb: there is no such file");
    assertThatThrownBy(() -> NotebookFile.read(folder)).hasMessageContaining("is a folder");
  }

  @Test
  void bytesThatAreNotUtf8AreRefused(@TempDir Path folder) throws IOException {
    Path file = Files.write(folder.resolve("bytes.ipynb"), new byte[] {'"', (byte) 0xc3, '('});
    assertThatThrownBy(() -> NotebookFile.read(file)).hasMessageContaining("not UTF-8");
  }

  @Test
  void aSourceMayBeALineListOrOneString() throws NotebookException {
    NotebookFile notebook =
        parse(
            """
            {"nbformat": 4, "nbformat_minor": 4, "metadata": {}, "cells": [
             {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": null,
              "source": ["int a = 1;\\n", "a"]},
             {"cell_type": "markdown", "metadata": {}, "source": "# Title"}]}\
            """);

    assertThat(notebook.cells())
        .extracting(NotebookCell::source)
        .containsExactly("int a = 1;\na", "# Title");
  }

  @Test
  void cellsWithoutAnIdGetOneOfTheirOwnAndOthersKeepTheirs() throws NotebookException {
    NotebookFile notebook =
        parse(
            """
            {"nbformat": 4, "nbformat_minor": 2, "metadata": {}, "cells": [
             {"cell_type": "code", "metadata": {}, "source": ""},
             {"cell_type": "raw", "metadata": {}, "source": "", "id": "mine"},
             {"cell_type": "raw", "metadata": {}, "source": "", "id": "mine"},
             {"cell_type": "raw", "metadata": {}, "source": "", "id": "no blanks"}]}\
            """);

    JsonObject written = JsonParser.parseString(notebook.withOutputs(List.of())).getAsJsonObject();

    assertThat(written.get("nbformat_minor").getAsInt()).isEqualTo(5);
    List<String> ids =
        written.getAsJsonArray("cells").asList().stream()
            .map(cell -> cell.getAsJsonObject().get("id").getAsString())
            .toList();
    assertThat(ids).doesNotHaveDuplicates().startsWith("cell-0", "mine");
    assertThat(ids).allMatch(id -> id.matches("[a-zA-Z0-9-_]{1,64}"));
  }

  @Test
  void whatIsNotKnownIsKept() throws NotebookException {
    String written =
        parse(
                """
                {"nbformat": 4, "nbformat_minor": 5, "metadata": {"x": {"big": 12345678901234567890}},
                 "cells": [{"cell_type": "raw", "id": "a", "metadata": {"slide": 1}, "source": ""}],
                 "future": [true, null]}\
                """)
            .withOutputs(List.of());

    JsonObject json = JsonParser.parseString(written).getAsJsonObject();
    assertThat(json.get("future").toString()).isEqualTo("[true,null]");
    assertThat(json.get("metadata").toString()).isEqualTo("{\"x\":{\"big\":12345678901234567890}}");
    assertThat(json.getAsJsonArray("cells").get(0).toString()).contains("\"slide\":1");
  }

  @Test
  void everyKindOfOutputIsWrittenInTheFormatsForm() throws NotebookException {
    NotebookFile notebook = notebook().code("x").parsed();
    NotebookOutput.Failed error =
        new NotebookOutput.Failed("Broken", "it", List.of("line 1", "line 2"));
    CellReport report =
        new CellReport(
            notebook.codeCells().getFirst(),
            new CellReport.End.Failed(error),
            Duration.ZERO,
            List.of(
                new NotebookOutput.Text(CellOutput.Stream.STDERR, "a\nb"),
                new NotebookOutput.Shown(
                    MimeBundle.text("plain")
                        .with("image/png", "iVBO")
                        .with("application/json", "{\"k\": [1]}"),
                    Optional.of("display")),
                new NotebookOutput.Result(MimeBundle.text("42"), 1),
                error));

    JsonObject written =
        JsonParser.parseString(notebook.withOutputs(List.of(report))).getAsJsonObject();

    JsonObject cell = written.getAsJsonArray("cells").get(0).getAsJsonObject();
    assertThat(cell.get("execution_count").getAsInt()).isEqualTo(1);
    assertThat(cell.getAsJsonArray("outputs").asList())
        .extracting(Object::toString)
        .containsExactly(
            "{\"output_type\":\"stream\",\"name\":\"stderr\",\"text\":[\"a\\n\",\"b\"]}",
            "{\"output_type\":\"display_data\",\"data\":{\"text/plain\":[\"plain\"],"
                + "\"image/png\":\"iVBO\",\"application/json\":{\"k\":[1]}},\"metadata\":{}}",
            "{\"output_type\":\"execute_result\",\"execution_count\":1,"
                + "\"data\":{\"text/plain\":[\"42\"]},\"metadata\":{}}",
            "{\"output_type\":\"error\",\"ename\":\"Broken\",\"evalue\":\"it\","
                + "\"traceback\":[\"line 1\",\"line 2\"]}");
  }

  @Test
  void whatIsWrittenCanBeReadAgain() throws NotebookException {
    NotebookFile notebook = notebook().code("x").parsed();
    List<NotebookOutput> outputs =
        List.of(
            new NotebookOutput.Text(CellOutput.Stream.STDOUT, "a\nb\n"),
            new NotebookOutput.Result(MimeBundle.text("42").with("text/html", "<b>42</b>"), 1));
    CellReport report =
        new CellReport(
            notebook.codeCells().getFirst(),
            new CellReport.End.Passed(false),
            Duration.ZERO,
            outputs);

    String written = notebook.withOutputs(List.of(report));

    assertThat(parse(written).withOutputs(List.of())).isEqualTo(written).contains("<b>42</b>");
  }
}
