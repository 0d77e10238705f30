package wirebook.kernel.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static wirebook.kernel.run.Notebooks.notebook;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
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

  private HeadlessRunner.Verdict run(ScriptedInterpreter interpreter, Path... files)
      throws Exception {
    return new HeadlessRunner(
            notebook -> interpreter,
            Duration.ofMinutes(1),
            new Reports(
                Optional.of(folder.resolve("out")),
                Optional.of(folder.resolve("reports/junit.xml")),
                Optional.of(folder.resolve("html"))),
            new PrintWriter(printed, true))
        .run(List.of(files));
  }

  private Element junit() throws Exception {
    byte[] xml = Files.readAllBytes(folder.resolve("reports/junit.xml"));
    return DocumentBuilderFactory.newInstance()
        .newDocumentBuilder()
        .parse(new ByteArrayInputStream(xml))
        .getDocumentElement();
  }

  @Test
  void aLineSaysHowEachCellWent() throws Exception {
    Path file =
        file("lab.ipynb", notebook().markdown("# Lab").code("\none\ntwo").code("fail x").code("y"));

    assertThat(run(new ScriptedInterpreter(), file))
        .isEqualTo(HeadlessRunner.Verdict.A_CELL_FAILED);

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
  void aFileThatIsNoNotebookIsAnErrorOfItsOwnAndTheOthersRun() throws Exception {
    Path bad = Files.writeString(folder.resolve("bad.ipynb"), "{");
    Path good = file("good.ipynb", notebook().code("one"));

    assertThat(run(new ScriptedInterpreter(), bad, good))
        .isEqualTo(HeadlessRunner.Verdict.A_FILE_WAS_NONE);

    assertThat(printed.toString())
        .contains(bad + ": is not valid JSON", "one ", "1 notebook, 1 cell: 1 ok")
        .contains(", 1 file not read");
    Element suites = junit();
    assertThat(suites.getAttribute("tests")).isEqualTo("2");
    assertThat(suites.getAttribute("errors")).isEqualTo("1");
    assertThat(((Element) suites.getElementsByTagName("error").item(0)).getAttribute("message"))
        .contains("is not valid JSON");
  }

  @Test
  void theXmlIsThereBeforeEachNotebookWhateverACellWroteInItsPlace() throws Exception {
    Path report = folder.resolve("reports/junit.xml");
    ScriptedInterpreter interpreter =
        new ScriptedInterpreter(
            Map.of(
                "forge",
                output -> {
                  write(report, "<testsuites/>");
                  return new Outcome.Done(Optional.empty());
                },
                "look",
                output -> {
                  output.stream(Stream.STDOUT, read(report));
                  return new Outcome.Done(Optional.empty());
                }));
    Path first = file("first.ipynb", notebook().code("look").code("forge"));
    Path second = file("second.ipynb", notebook().code("look"));
    Path third = file("third.ipynb", notebook().code("last"));

    run(interpreter, first, second, third);

    assertThat(Files.readString(folder.resolve("out/first.ipynb")))
        .contains("tests=\\\"3\\\"", "errors=\\\"3\\\"", "the run was ended before");
    assertThat(Files.readString(folder.resolve("out/second.ipynb")))
        .contains("tests=\\\"4\\\"", "errors=\\\"2\\\"", "[2] forge");
    assertThat(junit().getAttribute("tests")).isEqualTo("4");
    assertThat(junit().getAttribute("errors")).isEqualTo("0");
    assertThat(folder.resolve("reports")).isDirectoryContaining("glob:**/junit.xml");
    assertThat(folder.resolve("reports").toFile().list()).hasSize(1);
  }

  private static void write(Path file, String text) {
    try {
      Files.writeString(file, text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
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
  void notebooksOfOneNameKeepTheirFolders() throws Exception {
    Files.createDirectories(folder.resolve("class/alice"));
    Files.createDirectories(folder.resolve("class/bob"));
    Path one = file("class/alice/lab.ipynb", notebook().code("one"));
    Path two = file("class/bob/lab.ipynb", notebook().code("two"));

    run(new ScriptedInterpreter(), one, two);

    assertThat(Files.readString(folder.resolve("out/alice/lab.ipynb"))).contains("one");
    assertThat(Files.readString(folder.resolve("html/bob/lab.html"))).contains("two");
    Element suite = (Element) junit().getElementsByTagName("testsuite").item(1);
    assertThat(suite.getAttribute("name")).isEqualTo("bob/lab.ipynb");
  }

  @Test
  void whatATagAllowsIsSaidAndWhatItLeavesOutShowsNoOutputOfBefore() throws Exception {
    Notebooks notebook = notebook().code("fail x", "raises-exception").code("y", "skip-execution");
    Path file =
        Files.writeString(
            folder.resolve("lab.ipynb"),
            notebook
                .text()
                .replace(
                    "\"outputs\":[]",
                    "\"outputs\":[{\"name\":\"stdout\",\"output_type\":\"stream\",\"text\":\"forged\"}]"));

    run(new ScriptedInterpreter(), file);

    assertThat(printed.toString())
        .containsPattern("fail x +ok +\\d.\\d\\d s \\(raised, as tagged\\)");
    assertThat(junit().getElementsByTagName("system-err").item(0).getTextContent())
        .isEqualTo("raised, as tagged: Broken: x");
    assertThat(Files.readString(folder.resolve("html/lab.html")))
        .contains("(raised, as tagged)", "skipped: tagged skip-execution")
        .doesNotContain("forged");
    assertThat(Files.readString(folder.resolve("out/lab.ipynb"))).doesNotContain("forged");
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

    Element suites = junit();
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
  void theXmlHasWhatACellShowsBesideWhatItPrintsInItsOrder() throws Exception {
    ScriptedInterpreter interpreter =
        new ScriptedInterpreter(
            Map.of(
                "look",
                output -> {
                  output.stream(Stream.STDOUT, "before");
                  output.display(
                      MimeBundle.text("a <table>").with(MimeBundle.HTML, "<table/>"),
                      Optional.empty());
                  output.stream(Stream.STDERR, "aside");
                  output.stream(Stream.STDOUT, "after\n");
                  output.display(MimeBundle.text("x".repeat(200_000)), Optional.empty());
                  return new Outcome.Done(Optional.of(MimeBundle.text("{a=1}")));
                }));

    run(interpreter, file("lab.ipynb", notebook().code("look")));

    assertThat(junit().getElementsByTagName("system-out").item(0).getTextContent())
        .isEqualTo(
            "before\na <table>\nafter\n" + "x".repeat(100_000) + " … [200000 characters]\n{a=1}\n");
    assertThat(junit().getElementsByTagName("system-err").item(0).getTextContent())
        .isEqualTo("aside");
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

    assertThat(run(new ScriptedInterpreter(), file)).isEqualTo(HeadlessRunner.Verdict.PASSED);

    assertThat(Files.readString(folder.resolve("out/lab.ipynb")))
        .contains("\"output_type\": \"stream\"", "\"hello\\n\"");
  }
}
