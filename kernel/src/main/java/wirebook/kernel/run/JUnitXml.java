package wirebook.kernel.run;

import java.time.Duration;
import java.util.List;
import java.util.Locale;
import wirebook.kernel.session.CellOutput;
import wirebook.spi.Html;
import wirebook.spi.MimeBundle;

/** The XML that JUnit's Ant task made common: a suite a notebook, a case a cell. */
final class JUnitXml {
  private static final int TITLE = 80;

  /** Characters of one thing that a cell shows. */
  private static final int MOST_SHOWN = 100_000;

  private JUnitXml() {}

  static String of(List<NotebookReport> notebooks) {
    StringBuilder xml = new StringBuilder("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    xml.append(open("testsuites", notebooks)).append(">\n");
    for (NotebookReport notebook : notebooks) {
      xml.append("  ")
          .append(open("testsuite", List.of(notebook)))
          .append(attribute("name", notebook.name()))
          .append(">\n");
      switch (notebook) {
        case NotebookReport.Ran ran -> ran.cells().forEach(cell -> testCase(xml, ran.name(), cell));
        case NotebookReport.Untouched(String name, String reason) -> {
          open(xml, name, "the notebook", Duration.ZERO);
          problem(xml, "error", "NotRun", reason, "");
          xml.append("    </testcase>\n");
        }
      }
      xml.append("  </testsuite>\n");
    }
    return xml.append("</testsuites>\n").toString();
  }

  private static String open(String element, List<NotebookReport> notebooks) {
    List<CellReport> cells = notebooks.stream().flatMap(n -> n.cells().stream()).toList();
    long errors = notebooks.stream().filter(NotebookReport.Untouched.class::isInstance).count();
    long failed = cells.stream().filter(CellReport::failed).count();
    long skipped = cells.stream().filter(JUnitXml::isLeftOut).count();
    Duration took = cells.stream().map(CellReport::took).reduce(Duration.ZERO, Duration::plus);
    return "<"
        + element
        + attribute("tests", String.valueOf(cells.size() + errors))
        + attribute("failures", String.valueOf(failed))
        + attribute("errors", String.valueOf(errors))
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

  private static void open(StringBuilder xml, String notebook, String name, Duration took) {
    xml.append("    <testcase")
        .append(attribute("classname", notebook))
        .append(attribute("name", name))
        .append(attribute("time", seconds(took)))
        .append(">\n");
  }

  private static void testCase(StringBuilder xml, String notebook, CellReport report) {
    NotebookCell.Code code = report.cell();
    open(xml, notebook, "[" + code.number() + "] " + code.title(TITLE), report.took());
    switch (report.end()) {
      case CellReport.End.Passed p -> {}
      case CellReport.End.Failed(NotebookOutput.Failed error) ->
          problem(
              xml, "failure", error.name(), error.message(), String.join("\n", error.traceback()));
      case CellReport.End.TimedOut t ->
          problem(
              xml, "failure", "CellTimeout", "still ran after " + CellReport.limit(t.after()), "");
      case CellReport.End.Skipped(String reason) -> skipped(xml, reason);
      case CellReport.End.NotRun(String reason) -> skipped(xml, "not run: " + reason);
    }
    element(xml, "system-out", text(report, CellOutput.Stream.STDOUT));
    element(xml, "system-err", text(report, CellOutput.Stream.STDERR));
    xml.append("    </testcase>\n");
  }

  private static void problem(
      StringBuilder xml, String element, String type, String message, String traceback) {
    xml.append("      <" + element)
        .append(attribute("type", type))
        .append(attribute("message", message))
        .append('>')
        .append(escape(traceback))
        .append("</" + element + ">\n");
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

  /**
   * What a cell shows is of standard output, as in a terminal: what it printed, and in its order.
   */
  private static String text(CellReport report, CellOutput.Stream stream) {
    boolean out = stream == CellOutput.Stream.STDOUT;
    StringBuilder text = new StringBuilder();
    for (NotebookOutput output : report.outputs()) {
      switch (output) {
        case NotebookOutput.Text(CellOutput.Stream of, String part) -> {
          if (of == stream) {
            text.append(part);
          }
        }
        case NotebookOutput.Shown(MimeBundle bundle, var _) -> {
          if (out) {
            shown(text, bundle);
          }
        }
        case NotebookOutput.Result(MimeBundle bundle, int _) -> {
          if (out) {
            shown(text, bundle);
          }
        }
        case NotebookOutput.Failed error -> {
          if (!out && report.end() instanceof CellReport.End.Passed(boolean raised) && raised) {
            text.append("raised, as tagged: ").append(String.join("\n", error.traceback()));
          }
        }
      }
    }
    return text.toString();
  }

  private static void shown(StringBuilder text, MimeBundle bundle) {
    String plain = bundle.text();
    if (plain.isEmpty()) {
      return;
    }
    if (!text.isEmpty() && text.charAt(text.length() - 1) != '\n') {
      text.append('\n');
    }
    int end = Math.min(plain.length(), MOST_SHOWN);
    if (end < plain.length() && Character.isHighSurrogate(plain.charAt(end - 1))) {
      end--;
    }
    text.append(plain, 0, end)
        .append(end < plain.length() ? " … [" + plain.length() + " characters]\n" : "\n");
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
