package wirebook.engine.http.client;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import wirebook.engine.http.ByteText;
import wirebook.engine.http.HttpExchange;
import wirebook.engine.http.HttpHeader;
import wirebook.engine.http.HttpRequest;
import wirebook.engine.http.HttpResponse;
import wirebook.engine.http.HttpTiming;
import wirebook.trace.Bytes;

/** Makes of a request and its response the value that a cell gets. */
final class ExchangeReport {
  private ExchangeReport() {}

  private static List<HttpHeader> fields(String head) {
    List<HttpHeader> fields = new ArrayList<>();
    String[] lines = head.split("\r?\n");
    for (int i = 1; i < lines.length; i++) {
      int colon = lines[i].indexOf(':');
      if (colon > 0) {
        fields.add(
            new HttpHeader(
                ByteText.toText(lines[i].substring(0, colon)),
                ByteText.toText(ByteText.trimBlanks(lines[i].substring(colon + 1)))));
      }
    }
    return fields;
  }

  private static String version(int number) {
    return switch (number) {
      case 10 -> "HTTP/1.0";
      case 11 -> "HTTP/1.1";
      case 20 -> "HTTP/2";
      default -> "HTTP/0.9";
    };
  }

  static HttpExchange of(CallState t) {
    String responseHead = t.k.responseHead.toString();
    int last = responseHead.lastIndexOf("\nHTTP/");
    String finalHead = last < 0 ? responseHead : responseHead.substring(last + 1);
    Optional<HttpResponse> response =
        responseHead.isEmpty() && t.k.delivered == 0
            ? Optional.empty()
            : Optional.of(
                new HttpResponse(
                    t.k.code,
                    ByteText.toText(t.k.reason),
                    version(t.k.httpVersion),
                    fields(finalHead),
                    Bytes.of(ByteText.bytes(responseHead)),
                    Bytes.of(t.k.kept.toByteArray()),
                    t.k.delivered));
    return new HttpExchange(
        ByteText.toText(t.uh.text()),
        t.current.map(c -> c.channel).orElse(0),
        t.k.reused,
        new HttpRequest(
            t.k.method,
            ByteText.toText(t.k.target),
            version(t.k.httpVersionSent),
            fields(t.k.head),
            Bytes.of(ByteText.bytes(t.k.head)),
            Bytes.of(t.k.keptUpload.toByteArray()),
            t.k.sentBody),
        response,
        new HttpTiming(
            t.k.start,
            since(t.k.readyAt, t.k.startedAt),
            since(t.k.lookupAt, t.k.startedAt),
            since(t.k.connectAt, t.k.startedAt),
            since(t.k.tlsAt, t.k.startedAt),
            since(t.k.sentAt, t.k.startedAt),
            since(t.k.firstByteAt, t.k.startedAt),
            since(t.micros(), t.k.startedAt)));
  }

  private static Duration since(long at, long start) {
    return at <= start ? Duration.ZERO : Duration.ofNanos((at - start) * 1000);
  }
}
