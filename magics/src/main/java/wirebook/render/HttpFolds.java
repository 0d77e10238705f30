package wirebook.render;

import java.util.List;
import java.util.stream.Collectors;
import wirebook.engine.http.HttpExchange;
import wirebook.engine.http.HttpHeader;
import wirebook.engine.http.HttpRequest;
import wirebook.engine.http.HttpResponse;
import wirebook.engine.http.HttpTransfer;
import wirebook.spi.Html;
import wirebook.spi.MimeBundle;
import wirebook.trace.Bytes;

/**
 * Below the picture of exchanges, folded: the headers of each, and its request to be copied. A
 * notebook is handed in and published, so secrets are left out; the value has them.
 */
public final class HttpFolds {
  private static final int MOST = 10;
  private static final int LONGEST = 8 << 10;
  private static final String SUMMARY = "cursor:pointer;color:var(--jp-content-link-color,#1b5fb4)";
  private static final String PRE =
      "margin:4px 0 8px 18px;white-space:pre-wrap;overflow-wrap:anywhere";

  private HttpFolds() {}

  /** The picture with the folds; its plain text stays the picture's. */
  public static MimeBundle with(Picture picture, List<HttpTransfer> transfers) {
    Html html = new Html();
    transfers.stream().flatMap(t -> t.exchanges().stream()).limit(MOST).forEach(e -> add(html, e));
    MimeBundle bundle = picture.bundle();
    return bundle.with(MimeBundle.HTML, bundle.data().get(MimeBundle.HTML) + html);
  }

  private static void add(Html html, HttpExchange whole) {
    HttpExchange exchange = shown(whole.withoutSecrets());
    HttpRequest request = exchange.request();
    String heads =
        request
            + " "
            + request.version()
            + "\n"
            + lines(request.headers())
            + exchange
                .response()
                .map(r -> "\n" + r.version() + " " + r + "\n" + lines(r.headers()))
                .orElse("");
    html.open("details")
        .element("summary", "Headers of " + fit(exchange.toString(), 120), "style", SUMMARY);
    pre(html, heads);
    fold(html, "as curl", exchange.asCurl());
    fold(html, "as Java", exchange.asJava());
    fold(html, "as .http", exchange.asHttp());
    if (!lines(whole.request().headers()).equals(lines(request.headers()))
        || !whole
            .response()
            .map(HttpResponse::headers)
            .equals(exchange.response().map(HttpResponse::headers))) {
      html.element(
          "div",
          "Logins and cookies are left out here; exchanges(), asCurl(), asJava() and asHttp() of the"
              + " value have them.",
          "style",
          "margin-left:18px");
    }
    html.close("details");
  }

  /** A long body would be in the page three times. */
  private static HttpExchange shown(HttpExchange e) {
    HttpRequest r = e.request();
    return r.body().length() <= LONGEST / 2
        ? e
        : new HttpExchange(
            e.url(),
            e.channel(),
            e.reused(),
            new HttpRequest(
                r.method(),
                r.target(),
                r.version(),
                r.headers(),
                r.head(),
                Bytes.EMPTY,
                r.bodyLength()),
            e.response(),
            e.timing());
  }

  private static void fold(Html html, String title, String text) {
    html.open("details", "style", "margin-left:18px").element("summary", title, "style", SUMMARY);
    pre(html, text);
    html.close("details");
  }

  private static void pre(Html html, String text) {
    html.element("pre", fit(text, LONGEST), "style", PRE);
  }

  private static String fit(String text, int most) {
    return text.length() <= most
        ? text
        : text.substring(0, most) + " … (cut; the value has it all)";
  }

  private static String lines(List<HttpHeader> headers) {
    return headers.stream().map(h -> h + "\n").collect(Collectors.joining());
  }
}
