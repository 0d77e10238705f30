package wirebook.engine.http.client;

import static wirebook.engine.http.ByteText.startsWithIgnoreCase;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import wirebook.engine.http.CurlCode;
import wirebook.engine.http.HttpFailure;
import wirebook.engine.http.HttpUrl;
import wirebook.engine.http.client.CallLog.Kind;

/**
 * What the parts of one call share: what is wanted, what redirects and challenges made of it, where
 * the request of just now stands. It knows none of them. Used by one thread.
 */
final class CallState {
  record Origin(String scheme, String host, int port) {}

  final HttpClient client;
  final CallOptions config;
  final Sink sink;
  final TransferInfo info;
  final int id;

  private final long startNanos;
  Upload upload;
  RequestKind req;
  boolean uploading;
  String url;
  HttpUrl target =
      new HttpUrl(
          "",
          false,
          Optional.empty(),
          Optional.empty(),
          "",
          Optional.empty(),
          java.util.OptionalInt.empty(),
          "",
          Optional.empty(),
          Optional.empty(),
          false);
  Origin origin = new Origin("", "", 0);
  Optional<Origin> initialOrigin = Optional.empty();
  Optional<Creds> creds = Optional.empty();
  int requests;
  Optional<String> referer = Optional.empty();

  final String formContentType;

  boolean isFollow;
  boolean ignoreCustom;
  boolean disableExpect;
  int receivedMinVersion;
  long resumeFrom;
  Optional<String> range = Optional.empty();
  Optional<Connection> current = Optional.empty();

  /** The number that a connection will have once it stands, -1 for none. */
  long dialing = -1;

  ExchangeState exchange = new ExchangeState();
  boolean uploadUsed;

  CallState(
      HttpClient client, CallOptions config, CallRequest request, Sink sink, TransferInfo info) {
    this.client = client;
    this.config = config;
    this.sink = sink;
    this.info = info;
    url = request.url();
    upload = request.body();
    req = request.kind();
    formContentType = request.contentType();
    uploading = req == RequestKind.PUT;
    id = info.transferId;
    startNanos = now();
  }

  long now() {
    return client.network.clock().nanoTime();
  }

  long micros() {
    return (now() - startNanos) / 1000;
  }

  long millis() {
    return micros() / 1000;
  }

  /** A line of {@code -v}. */
  void info(String line) {
    if (client.log.on()) {
      client.log.log(Kind.TEXT, id, current.map(c -> c.id).orElse(dialing), line + "\n");
    }
  }

  /** Says in the log what went wrong, when that has not been said. */
  void tell(HttpFailure failure) {
    failure.tell().ifPresent(this::info);
  }

  void debug(Kind kind, String data) {
    if (client.log.on()) {
      client.log.log(kind, id, current.map(c -> c.id).orElse(dialing), data);
    }
  }

  HttpFailure unsupported(String scheme, String how) {
    return new HttpFailure(
        CurlCode.UNSUPPORTED_PROTOCOL,
        "Protocol \"" + scheme + "\" " + how + (isFollow ? " (in redirect)" : ""));
  }

  boolean authAllowed() {
    return config.trusted || initialOrigin.map(origin::equals).orElse(true);
  }

  Route route() throws HttpFailure {
    return new RouteFinder(
            config, client.surroundings, origin.scheme, origin.host, origin.port, this::info)
        .find();
  }

  static Optional<String> find(List<String> headers, String name) {
    return headers.stream()
        .filter(
            h ->
                startsWithIgnoreCase(h, name)
                    && h.length() > name.length()
                    && ":;".indexOf(h.charAt(name.length())) >= 0)
        .findFirst();
  }

  Optional<String> header(String name) {
    return find(config.headers, name);
  }

  boolean secureContext(String host) {
    boolean tls = origin.scheme.equals("https") || origin.scheme.equals("wss");
    return (tls && !current.map(c -> c.route.forwarded()).orElse(false))
        || host.equalsIgnoreCase("localhost")
        || host.equals("127.0.0.1")
        || host.equals("::1");
  }

  RequestKind kind() {
    if (origin.scheme.startsWith("ws")) {
      return RequestKind.GET;
    }
    return uploading ? RequestKind.PUT : req;
  }

  static String systemWords(IOException e) {
    String message = e.getMessage() == null ? "" : e.getMessage();
    if (message.contains("reset")) {
      return "Connection reset by peer";
    }
    return message.contains("roken pipe") ? "Broken pipe" : message;
  }

  static HttpFailure unsent(IOException e) {
    return new HttpFailure(CurlCode.SEND_ERROR, "Send failure: " + systemWords(e));
  }

  HttpFailure timedOut() {
    String all = exchange.size >= 0 ? " out of " + exchange.size : "";
    return new HttpFailure(
        CurlCode.OPERATION_TIMEDOUT,
        "Operation timed out after %s milliseconds with %s%s bytes received"
            .formatted(millis(), exchange.byteCount, all));
  }
}
