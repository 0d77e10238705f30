package wirebook.magics.http;

import java.util.List;
import wirebook.engine.http.file.Check;
import wirebook.engine.http.file.HttpRun;
import wirebook.spi.Html;
import wirebook.spi.MagicCall;
import wirebook.spi.MimeBundle;

/** What the responses of {@code %%http} were expected to be, and what they are. */
final class CheckTable {
  /** Failures that a message names; the table has all. */
  private static final int MOST = 10;

  /** Characters of one thing in a message. */
  private static final int LONGEST = 200;

  private CheckTable() {}

  /** Shows what passed and what did not; returns how many did not. */
  static long show(MagicCall call, List<HttpRun.Step> steps) {
    StringBuilder text = new StringBuilder();
    Html html = new Html().open("table");
    int count = 0;
    long failed = 0;
    for (HttpRun.Step step : steps) {
      String request = title(step);
      for (Check check : step.checks()) {
        count++;
        failed += check.passed() ? 0 : 1;
        text.append(check)
            .append(step.checks().size() < count ? "  (" + request + ")" : "")
            .append('\n');
        html.open("tr")
            .element("td", check.passed() ? "✓ passed" : "✗ failed")
            .element("td", request)
            .element("td", check.expected())
            .element("td", check.seen())
            .close("tr");
      }
    }
    if (count > 0) {
      text.append(count - failed).append(" of ").append(count).append(" checks passed\n");
      if (call.inCell()) {
        call.out().flush();
        call.display()
            .show(
                MimeBundle.text(text.toString().stripTrailing())
                    .with(MimeBundle.HTML, html.close("table").toString()));
      } else {
        call.out().print(text);
      }
    }
    return failed;
  }

  /** What came instead, in one line: where no table can be shown, this is all that is seen. */
  static String failures(List<HttpRun.Step> steps) {
    List<String> failed =
        steps.stream()
            .flatMap(
                step ->
                    step.checks().stream()
                        .filter(check -> !check.passed())
                        .map(check -> failure(check) + (steps.size() > 1 ? of(step) : "")))
            .toList();
    int more = failed.size() - MOST;
    return String.join("; ", failed.subList(0, Math.min(MOST, failed.size())))
        + (more > 0 ? "; and " + more + " more" : "");
  }

  private static String failure(Check check) {
    return cut(check.expected()) + (check.seen().isEmpty() ? "" : ": " + cut(check.seen()));
  }

  private static String of(HttpRun.Step step) {
    return " (" + cut(title(step)) + ")";
  }

  private static String cut(String text) {
    String line = text.strip().replaceAll("\\s+", " ");
    if (line.codePointCount(0, line.length()) <= LONGEST) {
      return line;
    }
    return line.substring(0, line.offsetByCodePoints(0, LONGEST)) + " …";
  }

  private static String title(HttpRun.Step step) {
    return step.name().orElse(step.method() + " " + step.url());
  }
}
