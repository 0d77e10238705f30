package wirebook.kernel.run;

import java.util.Iterator;
import java.util.Map;
import wirebook.kernel.session.CellOutput;
import wirebook.spi.Html;
import wirebook.spi.MimeBundle;

/**
 * A notebook and its outputs as one page that needs nothing else: no script, no network, light or
 * dark as the reader's system is. A policy in the page forbids what could be smuggled in by the
 * {@code text/html} of an output.
 */
final class HtmlPage {
  private static final String POLICY =
      "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; base-uri"
          + " 'none'";

  private static final String STYLE =
      """
      :root { color-scheme: light dark; --text: #1b1f24; --dim: #59636e; --page: #fff; --code: #f5f7f9; --line: #d5dbe1;
        --good: #1a7f37; --bad: #b3261e; --red: #b3261e; --green: #1a7f37; --yellow: #8a6100; --blue: #0b5cad;
        --magenta: #8a3ba8; --cyan: #0e7076; }
      @media (prefers-color-scheme: dark) { :root { --text: #e3e7eb; --dim: #9aa4ae; --page: #15181c; --code: #1f242a;
        --line: #3a424b; --good: #5cc878; --bad: #ff8a80; --red: #ff8a80; --green: #5cc878; --yellow: #e3b341;
        --blue: #7ab7ff; --magenta: #d9a0f0; --cyan: #5fd0d8; } }
      body { background: var(--page); color: var(--text); font: 16px/1.55 system-ui, sans-serif; margin: 2rem auto;
        max-width: 60rem; padding: 0 1rem; }
      pre, code { font-family: ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace; font-size: 0.86rem; }
      pre { margin: 0; overflow-x: auto; line-height: 1.4; }
      a { color: var(--blue); }
      table { border-collapse: collapse; } th, td { border: 1px solid var(--line); padding: 0.25rem 0.6rem; }
      img, svg { max-width: 100%; height: auto; }
      .cell { margin: 1.2rem 0; }
      .in { background: var(--code); border: 1px solid var(--line); border-radius: 6px; padding: 0.6rem 0.8rem; }
      .out { padding: 0.5rem 0.8rem 0; overflow-x: auto; }
      .err { border-left: 3px solid var(--yellow); padding-left: 0.6rem; }
      .fail { border-left: 3px solid var(--bad); padding-left: 0.6rem; }
      .end { color: var(--dim); font-size: 0.8rem; margin: 0.2rem 0.8rem; }
      .end.bad { color: var(--bad); font-weight: 600; }
      .markdown code, .markdown pre { background: var(--code); border-radius: 4px; }
      .markdown code { padding: 0.1em 0.3em; } .markdown pre { padding: 0.6rem 0.8rem; } .markdown pre code { padding: 0; }
      .ansi-bold { font-weight: 600; } .ansi-black { color: var(--text); } .ansi-red { color: var(--red); }
      .ansi-green { color: var(--green); } .ansi-yellow { color: var(--yellow); } .ansi-blue { color: var(--blue); }
      .ansi-magenta { color: var(--magenta); } .ansi-cyan { color: var(--cyan); } .ansi-white { color: var(--dim); }
      """;

  private HtmlPage() {}

  static String of(NotebookReport.Ran report) {
    NotebookFile notebook = report.notebook();
    StringBuilder page = new StringBuilder();
    page.append("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n")
        .append("<meta http-equiv=\"Content-Security-Policy\" content=\"")
        .append(POLICY)
        .append("\"/>\n<meta name=\"viewport\" content=\"width=device-width\"/>\n")
        .append("<meta name=\"color-scheme\" content=\"light dark\"/>\n<title>")
        .append(Html.escape(notebook.name()))
        .append("</title>\n<style>\n")
        .append(STYLE)
        .append("</style>\n</head>\n<body>\n");
    Iterator<CellReport> reports = report.cells().iterator();
    for (NotebookCell cell : notebook.cells()) {
      switch (cell) {
        case NotebookCell.Markdown markdown -> {
          page.append("<section class=\"cell markdown\">\n");
          page.append(Markdown.html(markdown, notebook.directory())).append("</section>\n");
        }
        case NotebookCell.Raw raw -> {
          page.append("<section class=\"cell\"><pre>");
          page.append(Html.escape(raw.source())).append("</pre></section>\n");
        }
        case NotebookCell.Code code -> code(page, code, reports.next());
      }
    }
    return page.append("</body>\n</html>\n").toString();
  }

  private static void code(StringBuilder page, NotebookCell.Code cell, CellReport report) {
    page.append("<section class=\"cell\" id=\"cell-").append(cell.number()).append("\">\n");
    page.append("<div class=\"in\"><pre>").append(Html.escape(cell.source()));
    page.append("</pre></div>\n");
    boolean bad = false;
    String end =
        switch (report.end()) {
          case CellReport.End.Passed p -> report.ok(p.raised());
          case CellReport.End.Failed f -> {
            bad = true;
            yield "failed after " + CellReport.seconds(report.took());
          }
          case CellReport.End.TimedOut t -> {
            bad = true;
            yield "stopped after " + CellReport.limit(t.after());
          }
          case CellReport.End.Skipped s -> "skipped: " + s.reason();
          case CellReport.End.NotRun n -> "not run: " + n.reason();
        };
    page.append("<div class=\"end").append(bad ? " bad" : "").append("\">[");
    page.append(cell.number()).append("] ").append(Html.escape(end)).append("</div>\n");
    for (NotebookOutput output : report.outputs()) {
      output(page, output);
    }
    page.append("</section>\n");
  }

  private static void output(StringBuilder page, NotebookOutput output) {
    switch (output) {
      case NotebookOutput.Text text -> {
        page.append("<div class=\"out")
            .append(text.stream() == CellOutput.Stream.STDERR ? " err" : "")
            .append("\"><pre>");
        page.append(Ansi.html(text.text())).append("</pre></div>\n");
      }
      case NotebookOutput.Shown shown -> bundle(page, shown.bundle());
      case NotebookOutput.Result result -> bundle(page, result.bundle());
      case NotebookOutput.Failed error -> {
        page.append("<div class=\"out fail\"><pre>");
        page.append(
            Ansi.html(
                error.traceback().isEmpty()
                    ? error.name() + ": " + error.message()
                    : String.join("\n", error.traceback())));
        page.append("</pre></div>\n");
      }
    }
  }

  /** The richest form that can be shown without scripts. */
  private static void bundle(StringBuilder page, MimeBundle bundle) {
    Map<String, String> data = bundle.data();
    page.append("<div class=\"out\">");
    if (data.containsKey(MimeBundle.HTML)) {
      page.append(data.get(MimeBundle.HTML));
    } else if (data.containsKey(MimeBundle.SVG)) {
      // As a picture, not as markup: so nothing in it can reach the page.
      page.append(
          Markdown.image(MimeBundle.SVG, Markdown.base64(data.get(MimeBundle.SVG)), bundle.text()));
    } else {
      data.entrySet().stream()
          .filter(entry -> entry.getKey().matches("image/(png|jpeg|gif|webp)"))
          .findFirst()
          .ifPresentOrElse(
              image -> page.append(Markdown.image(image.getKey(), image.getValue(), bundle.text())),
              () -> page.append("<pre>").append(Ansi.html(bundle.text())).append("</pre>"));
    }
    page.append("</div>\n");
  }
}
