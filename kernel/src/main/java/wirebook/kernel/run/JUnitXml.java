package wirebook.kernel.run;

import java.time.Duration;
import java.util.List;
import java.util.Locale;
import wirebook.kernel.run.HeadlessRunner.NotebookReport;
import wirebook.kernel.session.CellOutput;
import wirebook.spi.Html;

/** The XML that JUnit's Ant task made common: a suite a notebook, a case a cell. */
final class JUnitXml {
  private static final int TITLE = 80;

  private JUnitXml() {}

  static String of(List<NotebookReport> notebooks) {
    StringBuilder xml = new StringBuilder("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    xml.append(open("testsuites", notebooks.stream().flatMap(n -> n.cells().stream()).toList()))
        .append(">\n");
    for (NotebookReport notebook : notebooks) {
      xml.append("  ")
          .append(open("testsuite", notebook.cells()))
          .append(attribute("name", notebook.notebook().name()))
          .append(">\n");
      for (CellReport cell : notebook.cells()) {
        testCase(xml, notebook.notebook(), cell);
      }
      xml.append("  </testsuite>\n");
    }
    return xml.append("</testsuites>\n").toString();
  }

  private static String open(String element, List<CellReport> cells) {
    long failed = cells.stream().filter(CellReport::failed).count();
    long skipped = cells.stream().filter(JUnitXml::isLeftOut).count();
    Duration took = cells.stream().map(CellReport::took).reduce(Duration.ZERO, Duration::plus);
    return "<"
        + element
        + attribute("tests", String.valueOf(cells.size()))
        + attribute("failures", String.valueOf(failed))
        + attribute("errors", "0")
        + attribute("skipped", String.valueOf(skipped))
        + attribute("time", seconds(took));
  }

  private static boolean isLeftOut(CellReport cell) {
    return switch (cell.end()) {
      case CellReport.End.Skipped s -> true;
      case CellReport.End.NotRun n -> true;
      case CellReport.End.Passed p -> false;
      case CellReport.End.Failed f -> false;
      case CellReport.End.TimedOut t -> false;
    };
  }

  private static void testCase(StringBuilder xml, NotebookFile notebook, CellReport report) {
    xml.append("    <testcase")
        .append(attribute("classname", notebook.name()))
        .append(attribute("name", "[" + report.cell().number() + "] " + report.cell().title(TITLE)))
        .append(attribute("time", seconds(report.took())))
        .append(">\n");
    switch (report.end()) {
      case CellReport.End.Passed p -> {}
      case CellReport.End.Failed(NotebookOutput.Failed error) ->
          failure(xml, error.name(), error.message(), String.join("\n", error.traceback()));
      case CellReport.End.TimedOut t ->
          failure(xml, "CellTimeout", "still ran after " + t.after().toSeconds() + " s", "");
      case CellReport.End.Skipped(String reason) -> skipped(xml, reason);
      case CellReport.End.NotRun(String reason) -> skipped(xml, "not run: " + reason);
    }
    element(xml, "system-out", text(report, CellOutput.Stream.STDOUT));
    element(xml, "system-err", text(report, CellOutput.Stream.STDERR));
    xml.append("    </testcase>\n");
  }

  private static void failure(StringBuilder xml, String type, String message, String traceback) {
    xml.append("      <failure")
        .append(attribute("type", type))
        .append(attribute("message", message))
        .append('>')
        .append(escape(traceback))
        .append("</failure>\n");
  }

  private static void skipped(StringBuilder xml, String reason) {
    xml.append("      <skipped").append(attribute("message", reason)).append("/>\n");
  }

  private static void element(StringBuilder xml, String name, String text) {
    if (!text.isEmpty()) {
      xml.append("      <").append(name).append('>');
      xml.append(escape(text)).append("</").append(name).append(">\n");
    }
  }

  private static String text(CellReport report, CellOutput.Stream stream) {
    StringBuilder text = new StringBuilder();
    for (NotebookOutput output : report.outputs()) {
      if (output instanceof NotebookOutput.Text part && part.stream() == stream) {
        text.append(part.text());
      }
    }
    return text.toString();
  }

  private static String attribute(String name, String value) {
    return " " + name + "=\"" + escape(value) + "\"";
  }

  private static String escape(String text) {
    return Html.escape(Ansi.plain(text));
  }

  private static String seconds(Duration took) {
    return String.format(Locale.ROOT, "%.3f", took.toMillis() / 1000.0);
  }
}
