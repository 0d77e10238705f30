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
    String responseHead = t.exchange.responseHead.toString();
    int last = responseHead.lastIndexOf("\nHTTP/");
    String finalHead = last < 0 ? responseHead : responseHead.substring(last + 1);
    Optional<HttpResponse> response =
        responseHead.isEmpty() && t.exchange.delivered == 0
            ? Optional.empty()
            : Optional.of(
                new HttpResponse(
                    t.exchange.code,
                    ByteText.toText(t.exchange.reason),
                    version(t.exchange.httpVersion),
                    fields(finalHead),
                    Bytes.of(ByteText.bytes(responseHead)),
                    Bytes.of(t.exchange.kept.toByteArray()),
                    t.exchange.delivered));
    return new HttpExchange(
        ByteText.toText(t.target.text()),
        t.current.map(c -> c.channel).orElse(0),
        t.exchange.reused,
        new HttpRequest(
            t.exchange.method,
            ByteText.toText(t.exchange.target),
            version(t.exchange.httpVersionSent),
            fields(t.exchange.head),
            Bytes.of(ByteText.bytes(t.exchange.head)),
            Bytes.of(t.exchange.keptUpload.toByteArray()),
            t.exchange.sentBody),
        response,
        new HttpTiming(
            t.exchange.start,
            since(t.exchange.readyAt, t.exchange.startedAt),
            since(t.exchange.lookupAt, t.exchange.startedAt),
            since(t.exchange.connectAt, t.exchange.startedAt),
            since(t.exchange.tlsAt, t.exchange.startedAt),
            since(t.exchange.sentAt, t.exchange.startedAt),
            since(t.exchange.firstByteAt, t.exchange.startedAt),
            since(t.micros(), t.exchange.startedAt)));
  }

  private static Duration since(long at, long start) {
    return at <= start ? Duration.ZERO : Duration.ofNanos((at - start) * 1000);
  }
}
