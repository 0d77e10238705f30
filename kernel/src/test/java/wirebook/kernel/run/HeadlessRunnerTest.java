package wirebook.kernel.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static wirebook.kernel.run.Notebooks.notebook;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Element;
import wirebook.kernel.session.CellOutput.Stream;
import wirebook.kernel.session.Interpreter.Outcome;
import wirebook.spi.MimeBundle;

class HeadlessRunnerTest {
  @TempDir private Path folder;

  private final StringWriter printed = new StringWriter();

  private Path file(String name, Notebooks notebook) throws IOException {
    return Files.writeString(folder.resolve(name), notebook.text());
  }

  private boolean run(ScriptedInterpreter interpreter, Path... files) throws Exception {
    return new HeadlessRunner(
            notebook -> interpreter,
            Duration.ofMinutes(1),
            new HeadlessRunner.Reports(
                Optional.of(folder.resolve("out")),
                Optional.of(folder.resolve("reports/junit.xml")),
                Optional.of(folder.resolve("html"))),
            new PrintWriter(printed, true))
        .run(List.of(files));
  }

  @Test
  void aLineSaysHowEachCellWent() throws Exception {
    Path file =
        file("lab.ipynb", notebook().markdown("# Lab").code("\none\ntwo").code("fail x").code("y"));

    assertThat(run(new ScriptedInterpreter(), file)).isFalse();

    assertThat(printed.toString().replaceAll("\\d\\.\\d\\d s", "N s").lines())
        .containsExactly(
            file.toString(),
            "    1  one                                                   ok      N s",
            "    2  fail x                                                FAILED  N s",
            "       | Broken: x",
            "    3  y                                                     not run (cell 2 failed)",
            "1 notebook, 3 cells: 1 ok, 1 failed, 1 not run (N s)");
  }

  @Test
  void nothingRunsWhenOneFileIsNoNotebook() throws Exception {
    Path good = file("good.ipynb", notebook().code("one"));
    Path bad = Files.writeString(folder.resolve("bad.ipynb"), "{");

    assertThatThrownBy(() -> run(new ScriptedInterpreter(), good, bad))
        .isInstanceOf(NotebookException.class);
    assertThat(printed.toString()).isEmpty();
  }

  @Test
  void nothingRunsWhenAReportHasNoPlace() throws Exception {
    Path good = file("good.ipynb", notebook().code("one"));
    Files.createDirectories(folder.resolve("reports/junit.xml"));
    assertThatThrownBy(() -> run(new ScriptedInterpreter(), good))
        .isInstanceOf(FileSystemException.class)
        .hasMessageContaining("junit.xml");

    Files.delete(folder.resolve("reports/junit.xml"));
    Files.writeString(folder.resolve("html"), "a file");
    assertThatThrownBy(() -> run(new ScriptedInterpreter(), good))
        .isInstanceOf(FileSystemException.class)
        .hasMessageContaining("html");
    assertThat(printed.toString()).isEmpty();
  }

  @Test
  void twoNotebooksOfOneNameAreNotWrittenOverEachOther() throws Exception {
    Files.createDirectory(folder.resolve("other"));
    Path one = file("same.ipynb", notebook().code("one"));
    Path two = file("other/same.ipynb", notebook().code("two"));

    assertThatThrownBy(() -> run(new ScriptedInterpreter(), one, two))
        .hasMessageContaining("would be written over");
  }

  @Test
  void theXmlHasACaseACellAndIsWellFormedWhateverACellPrints() throws Exception {
    ScriptedInterpreter interpreter =
        new ScriptedInterpreter(
            Map.of(
                "odd",
                output -> {
                  output.stream(Stream.STDOUT, "]]> <&> \u0000 \u001b[31m \ud800 \uffff\n");
                  return new Outcome.Done(Optional.empty());
                }));
    Path file =
        file("lab.ipynb", notebook().code("odd").code("fail \"<&>\"").code("z").code("", "x"));

    run(interpreter, file);

    byte[] xml = Files.readAllBytes(folder.resolve("reports/junit.xml"));
    Element suites =
        DocumentBuilderFactory.newInstance()
            .newDocumentBuilder()
            .parse(new ByteArrayInputStream(xml))
            .getDocumentElement();
    assertThat(suites.getAttribute("tests")).isEqualTo("4");
    assertThat(suites.getAttribute("failures")).isEqualTo("1");
    assertThat(suites.getAttribute("skipped")).isEqualTo("2");
    Element failed = (Element) suites.getElementsByTagName("testcase").item(1);
    assertThat(failed.getAttribute("classname")).isEqualTo("lab.ipynb");
    assertThat(failed.getAttribute("name")).isEqualTo("[2] fail \"<&>\"");
    assertThat(failed.getElementsByTagName("failure").item(0).getTextContent())
        .isEqualTo("Broken: \"<&>\"");
    assertThat(suites.getElementsByTagName("system-out").item(0).getTextContent())
        .startsWith("]]> <&>");
  }

  @Test
  void thePageNeedsNothingElseAndShowsHostileTextAsText() throws Exception {
    String hostile = "<script>alert(1)</script>";
    ScriptedInterpreter interpreter =
        new ScriptedInterpreter(
            Map.of(
                hostile,
                output -> {
                  output.stream(Stream.STDOUT, "\u001b[32m" + hostile + "\u001b[0m");
                  output.display(
                      MimeBundle.text("a picture").with(MimeBundle.SVG, "<svg onload='alert(1)'/>"),
                      Optional.empty());
                  return new Outcome.Done(Optional.of(MimeBundle.text(hostile)));
                }));
    Path file =
        file(
            "lab.ipynb",
            notebook()
                .markdown(
                    "# Title\n" + hostile + "\n\n[x](javascript:alert(1))\n\n|a|b|\n|-|-|\n|1|2|")
                .code(hostile));

    run(interpreter, file);

    String page = Files.readString(folder.resolve("html/lab.html"), StandardCharsets.UTF_8);
    assertThat(page)
        .doesNotContain("<script", "javascript:", "onload", "http://", "https://", "<link")
        .contains("<h1>Title</h1>", "<td>2</td>", "prefers-color-scheme: dark")
        .contains("default-src 'none'")
        .contains("<span class=\"ansi-green\">&lt;script&gt;alert(1)&lt;/script&gt;</span>")
        .contains("<img src=\"data:image/svg+xml;base64,")
        .contains("alt=\"a picture\"");
  }

  @Test
  void aPictureBesideTheNotebookIsPutIntoThePageAndOneElsewhereIsNot() throws Exception {
    Files.write(folder.resolve("dot.png"), new byte[] {1, 2, 3});
    Files.createDirectory(folder.resolve("labs"));
    Files.write(folder.resolve("labs/dot.png"), new byte[] {4, 5, 6});
    Path file = file("labs/lab.ipynb", notebook().markdown("![in](dot.png) ![out](../dot.png)"));

    run(new ScriptedInterpreter(), file);

    assertThat(Files.readString(folder.resolve("html/lab.html")))
        .contains("src=\"data:image/png;base64,BAUG\"")
        .doesNotContain("AQID");
  }

  @Test
  void theExecutedNotebookHasTheOutputs() throws Exception {
    Path file = file("lab.ipynb", notebook().code("hello"));

    assertThat(run(new ScriptedInterpreter(), file)).isTrue();

    NotebookFile executed = NotebookFile.read(folder.resolve("out/lab.ipynb"));
    assertThat(executed.storedOutputs(executed.codeCells().getFirst()))
        .containsExactly(new NotebookOutput.Text(Stream.STDOUT, "hello\n"));
  }
}
