package wirebook.engine.http.client;

import static wirebook.engine.http.ByteText.headerSays;
import static wirebook.engine.http.ByteText.headerValue;

import java.util.Optional;
import wirebook.engine.http.ByteText;
import wirebook.engine.http.CurlCode;
import wirebook.engine.http.HttpDate;
import wirebook.engine.http.HttpFailure;
import wirebook.engine.http.client.CallLog.Kind;
import wirebook.engine.http.client.CallOptions.Follow;
import wirebook.engine.http.client.CallOptions.TimeCondition;
import wirebook.engine.http.client.ExchangeState.Expect;

/** What a response says before its body, and what follows from it for the transfer. */
final class ResponseHead {
  private final CallState t;
  private final AuthRounds rounds;
  private final BodyChain bodyChain;
  private final HeaderLimits limits;

  ResponseHead(CallState state, AuthRounds rounds, BodyChain bodyChain, HeaderLimits limits) {
    t = state;
    this.rounds = rounds;
    this.bodyChain = bodyChain;
    this.limits = limits;
  }

  void noStatus(Connection connection) throws HttpFailure {
    connection.close = true;
    if (t.exchange.httpVersion >= 10 || t.exchange.reused) {
      throw new HttpFailure(CurlCode.WEIRD_SERVER_REPLY, "Invalid status line");
    }
    if (!t.config.http09) {
      throw new HttpFailure(CurlCode.UNSUPPORTED_PROTOCOL, "Received HTTP/0.9 when not allowed");
    }
    t.exchange.inHead = false;
    t.exchange.chain = bodyChain.plain();
  }

  void headLine(Connection connection, String line) throws HttpFailure {
    if (line.charAt(0) == '\n' || line.charAt(0) == '\r') {
      endOfHead(connection, line);
      return;
    }
    if (t.exchange.headerLine++ == 0) {
      statusLine(connection, line);
    }
    HeaderLimits.verify(line, t.exchange.headerLine);
    headerField(connection, line);
    writeHeader(line);
  }

  /**
   * The last line of a head without an end may have waited for a line that it goes on in. One that
   * was cut off is no header: it is only traced.
   */
  void flush() throws HttpFailure {
    String pending = t.exchange.parser.pending();
    if (t.exchange.inHead && !pending.isEmpty()) {
      t.debug(Kind.HEADER_IN, pending);
      if (pending.endsWith("\n")) {
        t.sink.header(pending, t.exchange.code);
        limits.take(t.exchange, pending.length(), false);
      }
    }
  }

  private void writeHeader(String line) throws HttpFailure {
    if (t.exchange.headerLine > 1 && line.charAt(0) > ' ') {
      limits.count();
    }
    t.debug(Kind.HEADER_IN, line);
    pushHeader(line);
    t.exchange.responseHead.append(line);
    t.sink.header(line, t.exchange.code);
    limits.take(t.exchange, line.length(), false);
    t.exchange.deductHeaders =
        t.exchange.code >= 100 && t.exchange.code <= 199 ? t.exchange.headerBytes : 0;
  }

  private void pushHeader(String line) {
    int colon = line.indexOf(':');
    if (colon > 0
        && t.exchange.headerLine > 1
        && t.exchange.code / 100 != 1
        && line.charAt(0) > ' ') {
      String value = line.substring(colon + 1).stripTrailing();
      t.info.responseHeaders.add(
          new TransferInfo.Header(
              line.substring(0, colon),
              value.substring(ByteText.skipBlanks(value, 0)),
              t.requests));
    }
  }

  private void statusLine(Connection connection, String line) throws HttpFailure {
    StatusLine status = StatusLine.parse(line);
    t.exchange.httpVersion = status.version();
    t.exchange.code = status.code();
    t.exchange.reason = status.reason();
    boolean http2 = t.exchange.httpVersion == 20 && connection.http2.isPresent();
    if (t.exchange.httpVersion == 20 && !http2) {
      throw new HttpFailure(
          CurlCode.WEIRD_SERVER_REPLY, "Version mismatch (from HTTP/1 to HTTP/2)");
    }
    if (t.exchange.httpVersion != 10 && t.exchange.httpVersion != 11 && !http2) {
      throw new HttpFailure(
          CurlCode.UNSUPPORTED_PROTOCOL,
          "Unsupported HTTP version ("
              + t.exchange.httpVersion / 10
              + "."
              + t.exchange.httpVersion % 10
              + ") in response");
    }
    t.info.responseCode = t.exchange.code;
    t.info.httpVersion = t.exchange.httpVersion;
    connection.httpVersionSeen = t.exchange.httpVersion;
    if (t.receivedMinVersion == 0 || t.receivedMinVersion > t.exchange.httpVersion) {
      t.receivedMinVersion = t.exchange.httpVersion;
    }
    if (t.resumeFrom != 0 && t.req == RequestKind.GET && t.exchange.code == 416) {
      t.exchange.ignoreBody = true;
    }
    if (t.exchange.httpVersion == 10) {
      t.info("HTTP 1.0, assume close after body");
      connection.close = true;
    }
    t.exchange.bodyless = t.exchange.code >= 100 && t.exchange.code < 200;
    if (t.exchange.code == 304 || t.exchange.code == 204) {
      if (t.exchange.code == 304 && t.config.timeCondition != TimeCondition.NONE) {
        t.info.conditionUnmet = true;
      }
      t.exchange.size = 0;
      t.exchange.maxDownload = 0;
      t.exchange.bodyless = true;
    }
  }

  private void headerField(Connection connection, String line) throws HttpFailure {
    int colon = line.indexOf(':');
    if (colon < 0) {
      return;
    }
    switch (ByteText.lower(line.substring(0, colon))) {
      case "content-length" -> contentLength(connection, line.substring(colon + 1));
      case "content-encoding" -> {
        if (!t.exchange.bodyless && t.config.compressed && !t.config.raw) {
          bodyChain.encodings(line.substring(colon + 1), false);
        }
      }
      case "content-type" -> {
        String type = headerValue(line);
        if (!type.isEmpty()) {
          t.info.contentType = type;
        }
      }
      case "connection" -> {
        if (headerSays(line, "Connection:", "close")) {
          connection.close = true;
        } else if (t.exchange.httpVersion == 10 && headerSays(line, "Connection:", "keep-alive")) {
          connection.close = false;
          t.info("HTTP/1.0 connection set to keep alive");
        }
      }
      case "proxy-connection" -> {
        if (connection.route.proxy().isPresent()) {
          if (t.exchange.httpVersion == 10 && headerSays(line, "Proxy-Connection:", "keep-alive")) {
            connection.close = false;
            t.info("HTTP/1.0 proxy connection set to keep alive");
          } else if (t.exchange.httpVersion == 11
              && headerSays(line, "Proxy-Connection:", "close")) {
            connection.close = true;
            t.info("HTTP/1.1 proxy connection set close");
          }
        }
      }
      case "content-range" -> {
        if (!t.exchange.bodyless) {
          contentRange(line.substring(colon + 1));
        }
      }
      case "last-modified" -> {
        if (!t.exchange.bodyless
            && (t.config.timeCondition != TimeCondition.NONE
                || t.config.noBody
                || t.config.remoteTime)) {
          t.exchange.timeOfDocument = HttpDate.parse(line.substring(colon + 1).strip());
          if (t.config.noBody || t.config.remoteTime) {
            t.info.fileTime = t.exchange.timeOfDocument.orElse(0);
          }
        }
      }
      case "location" -> location(connection, headerValue(line));
      case "proxy-authenticate" -> {
        if (t.exchange.code == 407) {
          rounds.challenge(true, headerValue(line));
        }
      }
      case "www-authenticate" -> {
        if (t.exchange.code == 401) {
          rounds.challenge(false, headerValue(line));
        }
      }
      case "retry-after" -> {
        long now = t.client.network.clock().instant().getEpochSecond();
        t.info.retryAfter = Math.min(HttpDate.secondsUntil(headerValue(line), now), 21600);
      }
      case "set-cookie" -> {
        if (t.config.cookieEngine) {
          String host = t.exchange.cookieHost.isEmpty() ? t.origin.host() : t.exchange.cookieHost;
          synchronized (t.client.cookies) {
            t.client.cookies.tell(t::info);
            t.client.cookies.set(
                line.substring(colon + 1), host, t.target.requestPath(), t.secureContext(host));
          }
        }
      }
      case "strict-transport-security" -> {
        if (t.config.strictTransport && connection.secure) {
          if (!t.client.hsts.header(t.origin.host(), headerValue(line))) {
            t.info("Illegal STS header skipped");
          }
        }
      }
      case "transfer-encoding" -> {
        if (!t.exchange.bodyless && t.req != RequestKind.HEAD && t.exchange.code != 304) {
          bodyChain.encodings(line.substring(colon + 1), true);
          if (!t.exchange.chunked && t.config.trEncoding) {
            connection.close = true;
            t.exchange.ignoreLength = true;
          }
        }
      }
      default -> {
        // Only shown.
      }
    }
  }

  private void contentLength(Connection connection, String value) throws HttpFailure {
    if (t.exchange.bodyless || t.config.ignoreLength) {
      return;
    }
    String text = value.substring(0, ByteText.find(value, 0, "\r\n"));
    int pos = 0;
    while (true) {
      pos = ByteText.skipBlanks(text, pos);
      int end = pos;
      while (end < text.length() && ByteText.isDigit(text.charAt(end))) {
        end++;
      }
      if (end > pos) {
        long length;
        try {
          length = Long.parseLong(text.substring(pos, end));
        } catch (NumberFormatException e) {
          if (t.config.maxFileSize > 0) {
            throw new HttpFailure(CurlCode.FILESIZE_EXCEEDED, "Maximum file size exceeded");
          }
          connection.close = true;
          t.info("Overflow Content-Length: value");
          return;
        }
        if (t.exchange.size == -1 || t.exchange.size == length) {
          t.exchange.size = length;
          end = ByteText.skipBlanks(text, end);
          if (end < text.length() && text.charAt(end) == ',') {
            pos = end + 1;
            continue;
          }
          if (end == text.length()) {
            t.exchange.maxDownload = t.exchange.size;
            return;
          }
        }
      }
      throw new HttpFailure(CurlCode.WEIRD_SERVER_REPLY, "Invalid Content-Length: value");
    }
  }

  private void contentRange(String value) {
    int p = 0;
    while (p < value.length() && !ByteText.isDigit(value.charAt(p)) && value.charAt(p) != '*') {
      p++;
    }
    if (p < value.length() && value.charAt(p) != '*') {
      int end = p;
      while (end < value.length() && end - p < 18 && ByteText.isDigit(value.charAt(end))) {
        end++;
      }
      if (Long.parseLong(value.substring(p, end)) == t.resumeFrom) {
        t.exchange.contentRange = true;
      }
    } else if (p < value.length() && t.exchange.code < 300) {
      t.resumeFrom = 0;
    }
  }

  private void location(Connection connection, String value) throws HttpFailure {
    if (value.isEmpty() || t.exchange.location.filter(value::equals).isPresent()) {
      return;
    }
    if (t.exchange.location.isPresent()) {
      throw new HttpFailure(CurlCode.WEIRD_SERVER_REPLY, "Multiple Location headers");
    }
    t.exchange.location = Optional.of(value);
    if (t.exchange.code >= 300 && t.exchange.code < 400 && t.config.follow != Follow.NO) {
      t.exchange.newUrl = Optional.of(value);
      rounds.perhapsRewind(connection);
      t.isFollow = true;
    }
  }

  private void endOfHead(Connection connection, String line) throws HttpFailure {
    boolean interim = t.exchange.code < 200;
    if (interim) {
      writeHeader(line);
    }
    try {
      onResponse(connection);
    } catch (HttpFailure e) {
      t.tell(e);
      if (!interim) {
        writeHeader(line);
      }
      throw e;
    }
    if (!interim) {
      writeHeader(line);
    }
  }

  private void onResponse(Connection connection) throws HttpFailure {
    if (t.exchange.code < 100) {
      throw new HttpFailure(
          CurlCode.UNSUPPORTED_PROTOCOL, "Unsupported response code in HTTP response");
    }
    if (t.exchange.code < 200) {
      t.exchange.headerLine = 0;
      if (t.exchange.code == 100 && t.exchange.expect == Expect.WAITING) {
        t.exchange.expect = Expect.SEND;
      }
      if (t.exchange.code == 101) {
        if (t.exchange.httpVersionSent != 11) {
          throw new HttpFailure(
              CurlCode.WEIRD_SERVER_REPLY, "server sent 101 response while not talking HTTP/1.1");
        }
        if (t.exchange.upgradeHttp2) {
          t.info("Received 101, Switching to HTTP/2");
          connection.speakHttp2();
          return;
        }
        t.exchange.inHead = false;
        connection.close = true;
        if (t.exchange.upgradeWs) {
          t.info("Received 101, Switching to WebSocket");
          t.exchange.chain = bodyChain.webSocket(connection);
        } else {
          bodyChain.build();
        }
      }
      return;
    }
    t.exchange.inHead = false;
    if (t.exchange.size == -1
        && !t.exchange.chunked
        && !connection.close
        && t.exchange.httpVersion == 11
        && t.req != RequestKind.HEAD) {
      t.info("no chunk, no close, no size. Assume close to signal end");
      connection.close = true;
    }
    if (t.exchange.upgradeWs) {
      throw new HttpFailure(
          CurlCode.HTTP_RETURNED_ERROR, "Refused WebSocket upgrade: " + t.exchange.code);
    }
    if (rounds.shouldFail(t.exchange.code)) {
      throw rounds.returnedError(t.exchange.code);
    }
    rounds.act(connection);
    if (t.exchange.code >= 300) {
      handleSendError(connection);
    }
    if (firstWrite(connection)) {
      return;
    }
    if (t.exchange.ignoreLength || t.exchange.chunked) {
      t.exchange.size = -1;
      t.exchange.maxDownload = -1;
    } else if (t.exchange.size != -1) {
      if (t.config.maxFileSize > 0
          && !t.exchange.ignoreBody
          && t.exchange.size > t.config.maxFileSize) {
        throw new HttpFailure(CurlCode.FILESIZE_EXCEEDED, "Maximum file size exceeded");
      }
      if (t.exchange.ignoreBody) {
        t.info("setting size while ignoring");
      }
      t.exchange.maxDownload = t.exchange.size;
    }
    if (t.exchange.noBody || t.exchange.maxDownload == 0) {
      t.exchange.downloadDone = true;
    }
    bodyChain.build();
  }

  private void handleSendError(Connection connection) {
    if (!t.exchange.negotiating
        && !connection.close
        && !t.exchange.willRewind
        && !t.exchange.uploadDone) {
      RequestKind kind = t.kind();
      if (kind != RequestKind.GET && kind != RequestKind.HEAD) {
        if (t.exchange.code == 417 && t.exchange.expect != Expect.NONE) {
          if (t.exchange.sentBody == 0 && t.exchange.expect == Expect.WAITING) {
            t.info("Got HTTP failure 417 while waiting for a 100");
          } else {
            t.info("Got HTTP failure 417 while sending data");
            connection.close = true;
            rounds.perhapsRewind(connection);
          }
          t.disableExpect = true;
          t.exchange.uploadAborted = true;
          t.exchange.newUrl = Optional.of(t.url);
        } else {
          t.info("HTTP error before end of send, stop sending");
          connection.close = true;
          t.exchange.uploadAborted = true;
        }
      }
    }
    if (t.exchange.willRewind && !t.exchange.uploadDone && !t.exchange.uploadAborted) {
      t.info("Keep sending data to get tossed away");
      if (t.exchange.expect == Expect.WAITING) {
        t.exchange.expect = Expect.SEND;
      }
      if (connection.close) {
        t.exchange.uploadAborted = true;
      }
    }
  }

  /** What is decided before the body; true when nothing more is to be read. */
  private boolean firstWrite(Connection connection) throws HttpFailure {
    if (t.exchange.newUrl.isPresent()) {
      if (connection.close) {
        t.exchange.done = true;
        t.exchange.downloadDone = true;
        return true;
      }
      t.exchange.ignoreBody = true;
      t.info("Ignoring the response-body");
    }
    if (t.resumeFrom != 0
        && !t.exchange.contentRange
        && t.req == RequestKind.GET
        && !t.exchange.ignoreBody) {
      if (t.exchange.size == t.resumeFrom) {
        t.info("The entire document is already downloaded");
        connection.close = true;
        t.exchange.done = true;
        t.exchange.downloadDone = true;
        return true;
      }
      throw new HttpFailure(
          CurlCode.RANGE_ERROR, "HTTP server does not seem to support byte ranges. Cannot resume.");
    }
    if (t.config.timeCondition != TimeCondition.NONE && t.range.isEmpty() && !meetsCondition()) {
      t.exchange.done = true;
      t.exchange.downloadDone = true;
      t.info.responseCode = 304;
      t.info("Simulate an HTTP 304 response");
      connection.close = true;
      return true;
    }
    return false;
  }

  private boolean meetsCondition() {
    long document = t.exchange.timeOfDocument.orElse(0);
    if (document == 0 || t.config.conditionTime == 0) {
      return true;
    }
    if (t.config.timeCondition == TimeCondition.IF_UNMODIFIED) {
      if (document >= t.config.conditionTime) {
        t.info("The requested document is not old enough");
        t.info.conditionUnmet = true;
        return false;
      }
    } else if (document <= t.config.conditionTime) {
      t.info("The requested document is not new enough");
      t.info.conditionUnmet = true;
      return false;
    }
    return true;
  }
}
