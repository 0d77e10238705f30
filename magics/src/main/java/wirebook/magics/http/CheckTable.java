package wirebook.magics.http;

import java.util.List;
import wirebook.engine.http.file.Check;
import wirebook.engine.http.file.HttpRun;
import wirebook.spi.Html;
import wirebook.spi.MagicCall;
import wirebook.spi.MimeBundle;

/** What the responses of {@code %%http} were expected to be, and what they are. */
final class CheckTable {
  private CheckTable() {}

  /** Shows what passed and what did not; returns how many did not. */
  static long show(MagicCall call, List<HttpRun.Step> steps) {
    StringBuilder text = new StringBuilder();
    Html html = new Html().open("table");
    int count = 0;
    long failed = 0;
    for (HttpRun.Step step : steps) {
      String request = step.name().orElse(step.method() + " " + step.url());
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
}
