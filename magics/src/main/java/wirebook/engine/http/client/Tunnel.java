package wirebook.engine.http.client;

import static wirebook.engine.http.ByteText.headerSays;
import static wirebook.engine.http.ByteText.headerValue;
import static wirebook.engine.http.ByteText.startsWithIgnoreCase;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import wirebook.codec.ChunkedDecoder;
import wirebook.engine.http.ByteText;
import wirebook.engine.http.CurlCode;
import wirebook.engine.http.HttpFailure;
import wirebook.engine.http.HttpHeader;
import wirebook.engine.http.client.CallLog.Kind;
import wirebook.engine.http.client.Http2Connection.Heard;

/** Asks a proxy for a way through to the server: {@code CONNECT} (RFC 9110, section 9.3.6). */
final class Tunnel {
  private final CallState t;
  private final Authentication authentication;
  private final AuthRounds rounds;
  private final HeaderLimits limits;

  Tunnel(CallState state, Authentication authentication, AuthRounds rounds, HeaderLimits limits) {
    t = state;
    this.authentication = authentication;
    this.rounds = rounds;
    this.limits = limits;
  }

  private Optional<String> proxyHeader(String name) {
    return CallState.find(t.config.proxyHeaders, name);
  }

  boolean open(Connection connection, Route route)
      throws HttpFailure, IOException, InterruptedException {
    Route.Proxy proxy = route.proxy().orElseThrow();
    String version = proxy.type().equals("http1.0") ? "1.0" : "1.1";
    while (true) {
      t.exchange.newUrl = Optional.empty();
      Route.Peer target = route.target();
      String authority = target.toString();
      String auth = rounds.authorize("CONNECT", RequestKind.GET, authority, route, true).lines();
      StringBuilder head = new StringBuilder("CONNECT " + authority + " HTTP/" + version + "\r\n");
      if (proxyHeader("Host").isEmpty()) {
        head.append("Host: ").append(authority).append("\r\n");
      }
      head.append(auth);
      head.append(agent());
      if (proxyHeader("Proxy-Connection").isEmpty()) {
        head.append("Proxy-Connection: Keep-Alive\r\n");
      }
      head.append(own()).append("\r\n");
      t.info("Establishing HTTP proxy tunnel to " + authority);
      connection.write(head.toString());
      t.debug(Kind.HEADER_OUT, head.toString());
      t.info.sizeRequest += head.length();
      ConnectResponse response = readConnect(connection, auth);
      if (response.code / 100 != 2) {
        t.exchange.code = response.code;
        rounds.act(connection);
        if (t.exchange.newUrl.isPresent()) {
          t.exchange.newUrl = Optional.empty();
          if (response.close || connection.close) {
            return false;
          }
          continue;
        }
        throw new HttpFailure(
            CurlCode.COULDNT_CONNECT, "CONNECT tunnel failed, response " + response.code);
      }
      t.info("CONNECT phase completed for HTTP proxy");
      t.info("CONNECT tunnel established, response " + response.code);
      through();
      return true;
    }
  }

  /** The way is open: the request itself begins anew. */
  private void through() {
    authentication.proxyDone();
    ExchangeState before = t.exchange;
    t.exchange = new ExchangeState();
    t.exchange.start = before.start;
    t.exchange.startedAt = before.startedAt;
    t.exchange.readyAt = before.readyAt;
    t.exchange.lookupAt = before.lookupAt;
    t.exchange.connectAt = before.connectAt;
  }

  /** The same over HTTP/2, where a stream becomes the connection (RFC 9113, section 8.5). */
  void openStream(Connection connection, Route route)
      throws HttpFailure, IOException, InterruptedException {
    String authority = route.target().toString();
    Connection toProxy = connection.toProxy();
    Http2Connection proxy = new Http2Connection(toProxy, t.client.recorder::note);
    toProxy.startReading(Connection.USUAL_CHUNK);
    proxy.start();
    while (true) {
      t.exchange.newUrl = Optional.empty();
      List<HttpHeader> fields = new ArrayList<>();
      fields.add(new HttpHeader(":method", "CONNECT"));
      fields.add(new HttpHeader(":authority", authority));
      String head =
          rounds.authorize("CONNECT", RequestKind.GET, authority, route, true).lines()
              + agent()
              + own();
      head.lines()
          .map(line -> line.split(":", 2))
          .forEach(f -> fields.add(new HttpHeader(ByteText.lower(f[0]), f[1].strip())));
      t.info("Establishing HTTP/2 proxy tunnel to " + authority);
      Http2Connection.Exchange stream = proxy.open(fields, false, number -> {});
      Heard.Head answer = answer(stream);
      t.info("CONNECT Response Status " + answer.status());
      t.info("Response Headers (" + answer.fields().size() + " total):");
      answer.fields().forEach(f -> t.info("  " + f.name() + ": " + f.value()));
      if (answer.status() / 100 == 2) {
        t.info("CONNECT tunnel established, response " + answer.status());
        t.info("CONNECT phase completed for HTTP/2 proxy");
        connection.layer(new TunnelSocket(connection.socket(), stream));
        through();
        return;
      }
      stream.leave();
      t.exchange.code = answer.status();
      for (HttpHeader f : answer.fields()) {
        if (answer.status() == 407 && f.name().equals("proxy-authenticate")) {
          authentication.challenge(true, f.value());
        }
      }
      rounds.act(connection);
      if (t.exchange.newUrl.isEmpty()) {
        throw new HttpFailure(
            CurlCode.COULDNT_CONNECT, "CONNECT tunnel failed, response " + answer.status());
      }
    }
  }

  private static Heard.Head answer(Http2Connection.Exchange stream)
      throws HttpFailure, InterruptedException {
    while (true) {
      Optional<Heard> heard = stream.read(1000);
      if (heard.isPresent()) {
        switch (heard.get()) {
          case Heard.Head head -> {
            if (head.status() >= 200) {
              return head;
            }
          }
          case Heard.Failed failed -> throw failed.why();
          case Heard.Closed _, Heard.End _ ->
              throw new HttpFailure(CurlCode.COULDNT_CONNECT, "proxy closed connection");
          case Heard.Data _, Heard.Trailers _, Heard.Room _ -> {
            // An answer begins with its head.
          }
        }
      }
    }
  }

  private String agent() {
    String agent = t.config.agent();
    return proxyHeader("User-Agent").isPresent() || agent.isEmpty()
        ? ""
        : "User-Agent: " + agent + "\r\n";
  }

  /** The headers that are for the proxy alone. */
  private String own() {
    StringBuilder lines = new StringBuilder();
    for (String h : t.config.proxyHeaders) {
      connectHeader(h).ifPresent(line -> lines.append(line).append("\r\n"));
    }
    return lines.toString();
  }

  private static Optional<String> connectHeader(String h) {
    int sep = ByteText.find(h, 0, ";:");
    if (sep == 0 || sep == h.length()) {
      return Optional.empty();
    }
    String name = ByteText.trimBlanks(h.substring(0, sep));
    String value = h.substring(ByteText.skipBlanks(h, sep + 1));
    boolean colon = h.charAt(sep) == ':';
    return colon == value.isEmpty() ? Optional.empty() : Optional.of(name + ": " + value);
  }

  private static final class ConnectResponse {
    int code;
    long length;
    boolean chunked;
    boolean close;
  }

  private ConnectResponse readConnect(Connection connection, String sentAuth)
      throws HttpFailure, IOException {
    ConnectResponse r = new ConnectResponse();
    StringBuilder line = new StringBuilder();
    Optional<String> pending = Optional.empty();
    int lines = 0;
    byte[] one = new byte[1];
    boolean ended = false;
    while (!ended) {
      int b = connection.readByte();
      if (b < 0) {
        if (pending.isPresent()) {
          connectLine(r, pending.get(), ++lines);
        }
        if (authentication.proxyAsks() && !sentAuth.isEmpty()) {
          r.close = true;
          t.info("Proxy CONNECT connection closed");
          return r;
        }
        throw new HttpFailure(CurlCode.RECV_ERROR, "Proxy CONNECT aborted");
      }
      one[0] = (byte) b;
      connection.record(false, one, 0, 1);
      if (pending.isPresent()) {
        if (b == ' ' || b == '\t') {
          line.append(pending.get().stripTrailing()).append(' ');
          pending = Optional.empty();
          continue;
        }
        connectLine(r, pending.get(), ++lines);
        pending = Optional.empty();
      }
      line.append((char) b);
      if (line.length() > 16 * 1024) {
        throw new HttpFailure(CurlCode.RECV_ERROR, "CONNECT response too large");
      }
      if (b == '\n') {
        String text = line.toString();
        line.setLength(0);
        if (text.startsWith("\r") || text.startsWith("\n")) {
          connectLine(r, text, ++lines);
          ended = true;
        } else {
          pending = Optional.of(text);
        }
      }
    }
    if (r.code == 407 && !authentication.problem()) {
      if (r.chunked) {
        t.info("Ignore chunked response-body");
        ChunkedDecoder decoder = new ChunkedDecoder();
        while (!decoder.done()) {
          int b = connection.readByte();
          if (b < 0) {
            throw new HttpFailure(CurlCode.RECV_ERROR, "Proxy CONNECT aborted");
          }
          one[0] = (byte) b;
          decoder.feed(one, 0, 1, ChunkedDecoder.NOTHING);
        }
        t.info("chunk reading DONE");
      } else if (r.length > 0) {
        t.info("Ignore " + r.length + " bytes of response-body");
        for (long i = 0; i < r.length && connection.readByte() >= 0; i++) {
          // Thrown away.
        }
      }
    }
    return r;
  }

  private void connectLine(ConnectResponse r, String line, int number) throws HttpFailure {
    t.debug(Kind.HEADER_IN, line);
    HeaderLimits.verifyBytes(line);
    boolean end = line.startsWith("\r") || line.startsWith("\n");
    if (number > 1 && !end) {
      limits.count();
      if (line.indexOf(':') < 0) {
        throw new HttpFailure(CurlCode.BAD_FUNCTION_ARGUMENT, "Invalid response header");
      }
    }
    if (!t.config.suppressConnectHeaders) {
      t.sink.header(line, r.code);
    }
    limits.take(t.exchange, line.length(), true);
    if ((r.code == 401 && startsWithIgnoreCase(line, "WWW-Authenticate:"))
        || (r.code == 407 && startsWithIgnoreCase(line, "Proxy-authenticate:"))) {
      authentication.challenge(r.code == 407, headerValue(line));
    } else if (startsWithIgnoreCase(line, "Content-Length:")) {
      if (r.code / 100 == 2) {
        t.info("Ignoring Content-Length in CONNECT " + r.code + " response");
      } else {
        try {
          r.length = Long.parseLong(headerValue(line));
        } catch (NumberFormatException e) {
          throw new HttpFailure(CurlCode.WEIRD_SERVER_REPLY, "Unsupported Content-Length value");
        }
      }
    } else if (headerSays(line, "Connection:", "close")
        || headerSays(line, "Proxy-Connection:", "close")) {
      r.close = true;
    } else if (startsWithIgnoreCase(line, "Transfer-Encoding:")) {
      if (r.code / 100 == 2) {
        t.info("Ignoring Transfer-Encoding in CONNECT " + r.code + " response");
      } else if (headerSays(line, "Transfer-Encoding:", "chunked")) {
        t.info("CONNECT responded chunked");
        r.chunked = true;
      }
    } else if (line.matches("(?s)HTTP/1\\.[01] [0-9]{3}([^0-9].*)?")) {
      r.code = Integer.parseInt(line.substring(9, 12));
      t.info.connectCode = r.code;
      t.exchange.code = r.code;
    }
  }
}
