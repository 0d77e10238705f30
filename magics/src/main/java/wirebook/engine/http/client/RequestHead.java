package wirebook.engine.http.client;

import static wirebook.engine.http.ByteText.headerSays;
import static wirebook.engine.http.ByteText.headerValue;
import static wirebook.engine.http.ByteText.startsWithIgnoreCase;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import wirebook.engine.http.ByteText;
import wirebook.engine.http.CurlCode;
import wirebook.engine.http.Http2;
import wirebook.engine.http.HttpDate;
import wirebook.engine.http.HttpFailure;
import wirebook.engine.http.HttpHeader;
import wirebook.engine.http.HttpUrl;
import wirebook.engine.http.client.CallOptions.HttpVersion;
import wirebook.engine.http.client.ExchangeState.Expect;

/**
 * A request's head, line by line in curl's order (RFC 9112, section 3; in frames RFC 9113, section
 * 8.3.1).
 */
final class RequestHead {
  private final CallState t;

  RequestHead(CallState state) {
    t = state;
  }

  private static final int EXPECT_THRESHOLD = 1024 * 1024;

  String method() {
    if (t.config.customRequest != null && !t.ignoreCustom) {
      return t.config.customRequest;
    }
    return t.exchange.noBody ? "HEAD" : t.kind().method();
  }

  void setHost() {
    t.exchange.hostLine = "";
    t.exchange.cookieHost = "";
    Optional<String> custom =
        t.initialOrigin.filter(t.origin::equals).isPresent() ? t.header("Host") : Optional.empty();
    if (custom.isPresent()) {
      String value = headerValue(custom.get().replaceFirst(";", ":"));
      if (value.startsWith("[")) {
        int close = value.indexOf(']');
        t.exchange.cookieHost = close < 0 ? value.substring(1) : value.substring(1, close);
      } else {
        int colon = value.indexOf(':');
        t.exchange.cookieHost = colon < 0 ? value : value.substring(0, colon);
      }
      if (!custom.get().equalsIgnoreCase("Host:")) {
        t.exchange.hostLine = "Host:" + custom.get().substring(5);
      }
      return;
    }
    String host = t.origin.host().indexOf(':') >= 0 ? "[" + t.origin.host() + "]" : t.origin.host();
    boolean usual = t.origin.port() == HttpUrl.defaultPort(t.origin.scheme());
    boolean otherFamily = t.origin.scheme().equals("ftp");
    t.exchange.hostLine = "Host: " + host + (usual && !otherFamily ? "" : ":" + t.origin.port());
  }

  String target(Connection connection) {
    if (t.config.requestTarget != null) {
      return t.config.requestTarget;
    }
    if (!connection.route.forwarded()) {
      return t.target.requestPath() + t.target.query().map(q -> "?" + q).orElse("");
    }
    HttpUrl u = t.target.withoutFragment();
    if (!u.isIpv6() && !u.hostName().equals(t.origin.host())) {
      u = u.withHost(t.origin.host());
    }
    if (t.origin.scheme().equals("http")) {
      u = u.withUser(Optional.empty(), Optional.empty());
    } else if (t.creds.isPresent() && t.creds.get().source() != Creds.Source.URL) {
      u =
          u.withUser(
              Optional.of(HttpUrl.escapeCredential(t.creds.get().user())),
              Optional.of(HttpUrl.escapeCredential(t.creds.get().password())));
    }
    return u.text(true, false);
  }

  boolean mayUse11(Connection connection) {
    return t.receivedMinVersion != 10
        && connection.httpVersionSeen != 10
        && t.config.http != HttpVersion.HTTP_1_0;
  }

  String head(
      Connection connection,
      String method,
      RequestKind kind,
      String auth,
      long length,
      boolean version11)
      throws HttpFailure {
    StringBuilder h = new StringBuilder();
    h.append(method).append(' ').append(target(connection));
    boolean http2 = connection.http2.isPresent();
    h.append(" HTTP/").append(http2 ? "2" : version11 ? "1.1" : "1.0").append("\r\n");
    if (!t.exchange.hostLine.isEmpty()) {
      h.append(t.exchange.hostLine).append("\r\n");
    }
    // Proxy-Authorization comes first in what authorize() gave.
    h.append(auth);
    h.append(rangeHeader(kind, length));
    String agent = t.config.agent();
    if (!agent.isEmpty() && t.header("User-Agent").isEmpty()) {
      h.append("User-Agent: ").append(agent).append("\r\n");
    }
    if (t.header("Accept").isEmpty()) {
      h.append("Accept: */*\r\n");
    }
    if (t.config.trEncoding && t.header("TE").isEmpty()) {
      t.exchange.teHeader = true;
      h.append("TE: gzip\r\n");
    }
    if (t.config.compressed && t.header("Accept-Encoding").isEmpty()) {
      h.append("Accept-Encoding: deflate, gzip, br, zstd\r\n");
    }
    if (t.referer.isPresent() && t.header("Referer").isEmpty()) {
      h.append("Referer: ").append(t.referer.get()).append("\r\n");
    }
    if (connection.route.forwarded()
        && t.header("Proxy-Connection").isEmpty()
        && CallState.find(t.config.proxyHeaders, "Proxy-Connection").isEmpty()) {
      h.append("Proxy-Connection: Keep-Alive\r\n");
    }
    Optional<String> te = t.header("Transfer-Encoding");
    if (te.isPresent()) {
      t.exchange.chunkedUpload = headerSays(te.get(), "Transfer-Encoding:", "chunked");
    } else if (length < 0 && !http2) {
      if (!version11) {
        throw new HttpFailure(CurlCode.UPLOAD_FAILED, "Chunky upload is not supported by HTTP 1.0");
      }
      t.exchange.chunkedUpload = true;
      h.append("Transfer-Encoding: chunked\r\n");
    }
    boolean ws = t.origin.scheme().startsWith("ws");
    if (ws) {
      byte[] key = new byte[16];
      Authentication.RANDOM.nextBytes(key);
      appendUnless(h, "Upgrade", "websocket");
      appendUnless(h, "Sec-WebSocket-Version", "13");
      appendUnless(h, "Sec-WebSocket-Key", Base64.getEncoder().encodeToString(key));
      t.exchange.upgradeWs = true;
    }
    boolean h2c =
        t.config.http == HttpVersion.HTTP_2
            && version11
            && !http2
            && t.origin.scheme().equals("http")
            && !connection.route.forwarded();
    if (h2c) {
      h.append("Upgrade: h2c\r\nHTTP2-Settings: ")
          .append(Base64.getUrlEncoder().withoutPadding().encodeToString(Http2.firstSettings()))
          .append("\r\n");
      t.exchange.upgradeHttp2 = true;
    }
    h.append(cookieHeader());
    h.append(timeCondition());
    customHeaders(h, connection);
    boolean expect = false;
    if (kind == RequestKind.PUT || kind == RequestKind.POST || kind == RequestKind.MIME) {
      if (length >= 0
          && !t.exchange.chunkedUpload
          && (t.exchange.negotiating || t.header("Content-Length").isEmpty())) {
        h.append("Content-Length: ").append(length).append("\r\n");
      }
      if (kind == RequestKind.MIME && !t.exchange.negotiating) {
        h.append("Content-Type: ").append(t.formContentType).append("\r\n");
      }
      if (kind == RequestKind.POST && t.header("Content-Type").isEmpty()) {
        h.append("Content-Type: application/x-www-form-urlencoded\r\n");
      }
      Optional<String> custom = t.header("Expect");
      if (custom.isPresent()) {
        expect = headerSays(custom.get(), "Expect:", "100-continue");
      } else if (!t.disableExpect && version11 && !ws && !http2) {
        if (length > EXPECT_THRESHOLD || length < 0) {
          h.append("Expect: 100-continue\r\n");
          expect = true;
        }
      }
    }
    if (expect) {
      t.exchange.expect = Expect.WAITING;
    }
    if (!http2) {
      connectionHeader(h, ws || h2c, h2c);
    }
    return h.append("\r\n").toString();
  }

  private void appendUnless(StringBuilder h, String name, String value) {
    if (t.header(name).isEmpty()) {
      h.append(name).append(": ").append(value).append("\r\n");
    }
  }

  private String rangeHeader(RequestKind kind, long length) {
    if (t.range.isEmpty()) {
      return "";
    }
    String range = t.range.get();
    if ((kind == RequestKind.GET || kind == RequestKind.HEAD) && t.header("Range").isEmpty()) {
      return "Range: bytes=" + range + "\r\n";
    }
    boolean body = kind == RequestKind.POST || kind == RequestKind.PUT;
    if (!body || t.header("Content-Range").isPresent()) {
      return "";
    }
    long total = length;
    if (t.config.resumeFrom < 0) {
      range = "0-" + (length - 1);
    } else if (t.resumeFrom > 0) {
      total = t.exchange.negotiating ? t.upload.length() : t.resumeFrom + length;
      range += total - 1;
    }
    return "Content-Range: bytes " + range + "/" + total + "\r\n";
  }

  private String cookieHeader() {
    String extra = "";
    if (!t.config.cookies.isEmpty() && t.header("Cookie").isEmpty() && t.authAllowed()) {
      StringBuilder joined = new StringBuilder();
      for (String c : t.config.cookies) {
        if (!joined.isEmpty()) {
          joined.append(!c.isEmpty() && ByteText.isBlank(c.charAt(0)) ? ";" : "; ");
        }
        joined.append(c);
      }
      extra = joined.toString();
    }
    String host = t.exchange.cookieHost.isEmpty() ? t.origin.host() : t.exchange.cookieHost;
    if (!t.config.cookieEngine) {
      return extra.isEmpty() ? "" : "Cookie: " + extra + "\r\n";
    }
    synchronized (t.client.cookies) {
      t.client.cookies.tell(t::info);
      return t.client
          .cookies
          .header(host, t.target.requestPath(), t.secureContext(host), extra)
          .map(c -> "Cookie: " + c + "\r\n")
          .orElse("");
    }
  }

  private String timeCondition() {
    String name =
        switch (t.config.timeCondition) {
          case NONE -> "";
          case IF_MODIFIED -> "If-Modified-Since";
          case IF_UNMODIFIED -> "If-Unmodified-Since";
          case LAST_MODIFIED -> "Last-Modified";
        };
    return name.isEmpty() || t.header(name).isPresent()
        ? ""
        : name + ": " + HttpDate.format(t.config.conditionTime) + "\r\n";
  }

  private void customHeaders(StringBuilder h, Connection connection) {
    List<String> all = new ArrayList<>(t.config.headers);
    if (connection.route.forwarded()) {
      all.addAll(t.config.proxyHeaders);
    }
    for (String header : all) {
      int semicolon = header.indexOf(';');
      boolean blank = semicolon > 0 && semicolon == header.length() - 1 && header.indexOf(':') < 0;
      String name;
      if (blank) {
        name = header.substring(0, semicolon);
      } else {
        int colon = header.indexOf(':');
        if (colon <= 0
            || ByteText.trimBlanks(
                    header.substring(colon + 1, ByteText.find(header, colon + 1, "\r\n")))
                .isEmpty()) {
          continue;
        }
        name = header.substring(0, colon);
      }
      name = ByteText.trimBlanks(name);
      String lower = ByteText.lower(name);
      boolean skip =
          switch (lower) {
            case "host" -> !t.exchange.hostLine.isEmpty();
            case "content-type" -> t.req == RequestKind.MIME;
            case "content-length" -> t.exchange.negotiating;
            case "connection" -> true;
            case "authorization", "cookie" -> !t.authAllowed();
            default -> false;
          };
      if (!skip) {
        h.append(blank ? name + ":" : header).append("\r\n");
      }
    }
  }

  private void connectionHeader(StringBuilder h, boolean upgrade, boolean h2c) {
    List<String> lines =
        t.config.headers.stream()
            .filter(
                x ->
                    startsWithIgnoreCase(x, "Connection")
                        && x.length() > 10
                        && ":;".indexOf(x.charAt(10)) >= 0
                        && !ByteText.trimBlanks(x.substring(11)).isEmpty())
            .toList();
    List<String> values = new ArrayList<>();
    if (!lines.isEmpty()) {
      values.add(ByteText.trimBlanks(lines.getFirst().substring(11)));
    }
    if (t.exchange.teHeader) {
      values.add("TE");
    }
    if (upgrade) {
      values.add("Upgrade");
    }
    if (h2c) {
      values.add("HTTP2-Settings");
    }
    if (!values.isEmpty()) {
      h.append("Connection: ").append(String.join(", ", values)).append("\r\n");
    }
    for (int i = 1; i < lines.size(); i++) {
      h.append(lines.get(i)).append("\r\n");
    }
  }

  /** The request's head as HTTP/2 has it (RFC 9113, section 8.3.1), in curl's order. */
  static List<HttpHeader> http2Fields(String scheme, String head) {
    List<HttpHeader> fields = new ArrayList<>();
    String[] lines = head.split("\r\n");
    String[] request = lines[0].split(" ", 3);
    String authority = "";
    for (String line : lines) {
      if (startsWithIgnoreCase(line, "Host:")) {
        authority = headerValue(line);
      }
    }
    fields.add(new HttpHeader(":method", request[0]));
    fields.add(new HttpHeader(":scheme", scheme));
    fields.add(new HttpHeader(":authority", authority));
    // A proxy is told the whole URL, which the fields before have already said.
    fields.add(new HttpHeader(":path", request[1].replaceFirst("^http://[^/]*", "")));
    for (String line : Arrays.asList(lines).subList(1, lines.length)) {
      int colon = line.indexOf(':');
      String name = colon < 0 ? "" : ByteText.lower(line.substring(0, colon));
      switch (name) {
        case "",
            "host",
            "connection",
            "upgrade",
            "keep-alive",
            "proxy-connection",
            "transfer-encoding" -> {
          // Not in HTTP/2 (section 8.2.2).
        }
        case "te" -> {
          if (headerSays(line, "TE:", "trailers")) {
            fields.add(new HttpHeader(name, "trailers"));
          }
        }
        default -> fields.add(new HttpHeader(name, headerValue(line)));
      }
    }
    return fields;
  }
}
