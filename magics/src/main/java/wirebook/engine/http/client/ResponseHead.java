package wirebook.engine.http.client;

import static wirebook.engine.http.ByteText.headerSays;
import static wirebook.engine.http.ByteText.headerValue;

import java.util.Optional;
import java.util.OptionalLong;
import wirebook.engine.http.ByteText;
import wirebook.engine.http.CurlCode;
import wirebook.engine.http.HttpDate;
import wirebook.engine.http.HttpFailure;
import wirebook.engine.http.client.CallLog.Kind;
import wirebook.engine.http.client.CallOptions.Follow;
import wirebook.engine.http.client.CallOptions.TimeCondition;
import wirebook.engine.http.client.RequestState.Expect;

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
    if (t.k.httpVersion >= 10 || t.k.reused) {
      throw new HttpFailure(CurlCode.WEIRD_SERVER_REPLY, "Invalid status line");
    }
    if (!t.config.http09) {
      throw new HttpFailure(CurlCode.UNSUPPORTED_PROTOCOL, "Received HTTP/0.9 when not allowed");
    }
    t.k.inHead = false;
    t.k.chain = bodyChain.plain();
  }

  void headLine(Connection connection, String line) throws HttpFailure {
    if (line.charAt(0) == '\n' || line.charAt(0) == '\r') {
      endOfHead(connection, line);
      return;
    }
    if (t.k.headerLine++ == 0) {
      statusLine(connection, line);
    }
    HeaderLimits.verify(line, t.k.headerLine);
    headerField(connection, line);
    writeHeader(line);
  }

  /**
   * The last line of a head without an end may have waited for a line that it goes on in. One that
   * was cut off is no header: it is only traced.
   */
  void flush() throws HttpFailure {
    String pending = t.k.parser.pending();
    if (t.k.inHead && !pending.isEmpty()) {
      t.debug(Kind.HEADER_IN, pending);
      if (pending.endsWith("\n")) {
        t.sink.header(pending, t.k.code);
        limits.take(t.k, pending.length(), false);
      }
    }
  }

  private void writeHeader(String line) throws HttpFailure {
    if (t.k.headerLine > 1 && line.charAt(0) > ' ') {
      limits.count();
    }
    t.debug(Kind.HEADER_IN, line);
    pushHeader(line);
    t.k.responseHead.append(line);
    t.sink.header(line, t.k.code);
    limits.take(t.k, line.length(), false);
    t.k.deductHeaders = t.k.code >= 100 && t.k.code <= 199 ? t.k.headerBytes : 0;
  }

  private void pushHeader(String line) {
    int colon = line.indexOf(':');
    if (colon > 0 && t.k.headerLine > 1 && t.k.code / 100 != 1 && line.charAt(0) > ' ') {
      String value = line.substring(colon + 1).stripTrailing();
      t.info.responseHeaders.add(
          new TransferInfo.Header(
              line.substring(0, colon),
              value.substring(ByteText.skipBlanks(value, 0)),
              t.requests));
    }
  }

  private static boolean digits(String s, int at) {
    return at + 2 < s.length()
        && ByteText.isDigit(s.charAt(at))
        && ByteText.isDigit(s.charAt(at + 1))
        && ByteText.isDigit(s.charAt(at + 2));
  }

  private void statusLine(Connection connection, String line) throws HttpFailure {
    t.k.httpVersion = 0;
    boolean fine = false;
    int p = ByteText.skipBlanks(line, 0);
    if (line.startsWith("HTTP/", p)) {
      p += 5;
      char major = p < line.length() ? line.charAt(p) : 0;
      if (major == '1') {
        boolean minor =
            p + 3 < line.length()
                && line.charAt(p + 1) == '.'
                && (line.charAt(p + 2) == '0' || line.charAt(p + 2) == '1')
                && ByteText.isBlank(line.charAt(p + 3));
        if (minor && digits(line, p + 4)) {
          t.k.httpVersion = 10 + line.charAt(p + 2) - '0';
          t.k.code = Integer.parseInt(line.substring(p + 4, p + 7));
          t.k.reason = line.substring(p + 7).strip();
          fine = true;
        }
        if (!fine) {
          throw new HttpFailure(
              CurlCode.UNSUPPORTED_PROTOCOL, "Unsupported HTTP/1 subversion in response");
        }
      } else if (major == '2' || major == '3') {
        if (p + 1 < line.length() && ByteText.isBlank(line.charAt(p + 1)) && digits(line, p + 2)) {
          t.k.httpVersion = (major - '0') * 10;
          t.k.code = Integer.parseInt(line.substring(p + 2, p + 5));
          fine = p + 5 < line.length() && ByteText.isBlank(line.charAt(p + 5));
        }
      } else {
        throw new HttpFailure(
            CurlCode.UNSUPPORTED_PROTOCOL, "Unsupported HTTP version in response");
      }
    }
    if (!fine) {
      t.k.code = 200;
      t.k.httpVersion = 10;
    }
    boolean http2 = t.k.httpVersion == 20 && connection.http2.isPresent();
    if (t.k.httpVersion == 20 && !http2) {
      throw new HttpFailure(
          CurlCode.WEIRD_SERVER_REPLY, "Version mismatch (from HTTP/1 to HTTP/2)");
    }
    if (t.k.httpVersion != 10 && t.k.httpVersion != 11 && !http2) {
      throw new HttpFailure(
          CurlCode.UNSUPPORTED_PROTOCOL,
          "Unsupported HTTP version ("
              + t.k.httpVersion / 10
              + "."
              + t.k.httpVersion % 10
              + ") in response");
    }
    t.info.responseCode = t.k.code;
    t.info.httpVersion = t.k.httpVersion;
    connection.httpVersionSeen = t.k.httpVersion;
    if (t.receivedMinVersion == 0 || t.receivedMinVersion > t.k.httpVersion) {
      t.receivedMinVersion = t.k.httpVersion;
    }
    if (t.resumeFrom != 0 && t.req == RequestKind.GET && t.k.code == 416) {
      t.k.ignoreBody = true;
    }
    if (t.k.httpVersion == 10) {
      t.info("HTTP 1.0, assume close after body");
      connection.close = true;
    }
    t.k.bodyless = t.k.code >= 100 && t.k.code < 200;
    if (t.k.code == 304 || t.k.code == 204) {
      if (t.k.code == 304 && t.config.timeCondition != TimeCondition.NONE) {
        t.info.conditionUnmet = true;
      }
      t.k.size = 0;
      t.k.maxDownload = 0;
      t.k.bodyless = true;
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
        if (!t.k.bodyless && t.config.compressed && !t.config.raw) {
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
        } else if (t.k.httpVersion == 10 && headerSays(line, "Connection:", "keep-alive")) {
          connection.close = false;
          t.info("HTTP/1.0 connection set to keep alive");
        }
      }
      case "proxy-connection" -> {
        if (connection.route.proxy().isPresent()) {
          if (t.k.httpVersion == 10 && headerSays(line, "Proxy-Connection:", "keep-alive")) {
            connection.close = false;
            t.info("HTTP/1.0 proxy connection set to keep alive");
          } else if (t.k.httpVersion == 11 && headerSays(line, "Proxy-Connection:", "close")) {
            connection.close = true;
            t.info("HTTP/1.1 proxy connection set close");
          }
        }
      }
      case "content-range" -> {
        if (!t.k.bodyless) {
          contentRange(line.substring(colon + 1));
        }
      }
      case "last-modified" -> {
        if (!t.k.bodyless
            && (t.config.timeCondition != TimeCondition.NONE
                || t.config.noBody
                || t.config.remoteTime)) {
          t.k.timeOfDocument = HttpDate.parse(line.substring(colon + 1).strip());
          if (t.config.noBody || t.config.remoteTime) {
            t.info.fileTime = t.k.timeOfDocument.orElse(0);
          }
        }
      }
      case "location" -> location(connection, headerValue(line));
      case "proxy-authenticate" -> {
        if (t.k.code == 407) {
          rounds.challenge(true, headerValue(line));
        }
      }
      case "www-authenticate" -> {
        if (t.k.code == 401) {
          rounds.challenge(false, headerValue(line));
        }
      }
      case "retry-after" -> {
        String value = headerValue(line);
        OptionalLong date = HttpDate.parse(value);
        long now = t.session.network.clock().instant().getEpochSecond();
        int end = 0;
        while (end < value.length() && ByteText.isDigit(value.charAt(end))) {
          end++;
        }
        long after =
            date.isPresent()
                ? Math.max(0, date.getAsLong() - now)
                : end == 0 ? 0 : end > 9 ? 21600 : Long.parseLong(value.substring(0, end));
        t.info.retryAfter = Math.min(after, 21600);
      }
      case "set-cookie" -> {
        if (t.config.cookieEngine) {
          String host = t.k.cookieHost.isEmpty() ? t.origin.host() : t.k.cookieHost;
          synchronized (t.session.cookies) {
            t.session.cookies.tell(t::info);
            t.session.cookies.set(
                line.substring(colon + 1), host, t.uh.requestPath(), t.secureContext(host));
          }
        }
      }
      case "strict-transport-security" -> {
        if (t.config.strictTransport && connection.secure) {
          if (!t.session.hsts.header(t.origin.host(), headerValue(line))) {
            t.info("Illegal STS header skipped");
          }
        }
      }
      case "transfer-encoding" -> {
        if (!t.k.bodyless && t.req != RequestKind.HEAD && t.k.code != 304) {
          bodyChain.encodings(line.substring(colon + 1), true);
          if (!t.k.chunked && t.config.trEncoding) {
            connection.close = true;
            t.k.ignoreLength = true;
          }
        }
      }
      default -> {
        // Only shown.
      }
    }
  }

  private void contentLength(Connection connection, String value) throws HttpFailure {
    if (t.k.bodyless || t.config.ignoreLength) {
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
        if (t.k.size == -1 || t.k.size == length) {
          t.k.size = length;
          end = ByteText.skipBlanks(text, end);
          if (end < text.length() && text.charAt(end) == ',') {
            pos = end + 1;
            continue;
          }
          if (end == text.length()) {
            t.k.maxDownload = t.k.size;
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
        t.k.contentRange = true;
      }
    } else if (p < value.length() && t.k.code < 300) {
      t.resumeFrom = 0;
    }
  }

  private void location(Connection connection, String value) throws HttpFailure {
    if (value.isEmpty() || t.k.location.filter(value::equals).isPresent()) {
      return;
    }
    if (t.k.location.isPresent()) {
      throw new HttpFailure(CurlCode.WEIRD_SERVER_REPLY, "Multiple Location headers");
    }
    t.k.location = Optional.of(value);
    if (t.k.code >= 300 && t.k.code < 400 && t.config.follow != Follow.NO) {
      t.k.newUrl = Optional.of(value);
      rounds.perhapsRewind(connection);
      t.isFollow = true;
    }
  }

  private void endOfHead(Connection connection, String line) throws HttpFailure {
    boolean written = false;
    if (t.k.code < 200) {
      writeHeader(line);
      written = true;
    }
    Optional<HttpFailure> failure = Optional.empty();
    try {
      onResponse(connection);
    } catch (HttpFailure e) {
      t.tell(e);
      failure = Optional.of(e);
    }
    if (!written) {
      writeHeader(line);
    }
    if (failure.isPresent()) {
      throw failure.get();
    }
  }

  private void onResponse(Connection connection) throws HttpFailure {
    if (t.k.code < 100) {
      throw new HttpFailure(
          CurlCode.UNSUPPORTED_PROTOCOL, "Unsupported response code in HTTP response");
    }
    if (t.k.code < 200) {
      t.k.headerLine = 0;
      if (t.k.code == 100 && t.k.expect == Expect.WAITING) {
        t.k.expect = Expect.SEND;
      }
      if (t.k.code == 101) {
        if (t.k.httpVersionSent != 11) {
          throw new HttpFailure(
              CurlCode.WEIRD_SERVER_REPLY, "server sent 101 response while not talking HTTP/1.1");
        }
        if (t.k.upgradeHttp2) {
          t.info("Received 101, Switching to HTTP/2");
          connection.speakHttp2();
          return;
        }
        t.k.inHead = false;
        connection.close = true;
        if (t.k.upgradeWs) {
          t.info("Received 101, Switching to WebSocket");
          t.k.chain = bodyChain.webSocket(connection);
        } else {
          bodyChain.build();
        }
      }
      return;
    }
    t.k.inHead = false;
    if (t.k.size == -1
        && !t.k.chunked
        && !connection.close
        && t.k.httpVersion == 11
        && t.req != RequestKind.HEAD) {
      t.info("no chunk, no close, no size. Assume close to signal end");
      connection.close = true;
    }
    if (t.k.upgradeWs) {
      throw new HttpFailure(CurlCode.HTTP_RETURNED_ERROR, "Refused WebSocket upgrade: " + t.k.code);
    }
    if (rounds.shouldFail(t.k.code)) {
      throw rounds.returnedError(t.k.code);
    }
    rounds.act(connection);
    if (t.k.code >= 300) {
      handleSendError(connection);
    }
    if (firstWrite(connection)) {
      return;
    }
    if (t.k.ignoreLength || t.k.chunked) {
      t.k.size = -1;
      t.k.maxDownload = -1;
    } else if (t.k.size != -1) {
      if (t.config.maxFileSize > 0 && !t.k.ignoreBody && t.k.size > t.config.maxFileSize) {
        throw new HttpFailure(CurlCode.FILESIZE_EXCEEDED, "Maximum file size exceeded");
      }
      if (t.k.ignoreBody) {
        t.info("setting size while ignoring");
      }
      t.k.maxDownload = t.k.size;
    }
    if (t.k.noBody || t.k.maxDownload == 0) {
      t.k.downloadDone = true;
    }
    bodyChain.build();
  }

  private void handleSendError(Connection connection) {
    if (!t.k.negotiating && !connection.close && !t.k.willRewind && !t.k.uploadDone) {
      RequestKind kind = t.kind();
      if (kind != RequestKind.GET && kind != RequestKind.HEAD) {
        if (t.k.code == 417 && t.k.expect != Expect.NONE) {
          if (t.k.sentBody == 0 && t.k.expect == Expect.WAITING) {
            t.info("Got HTTP failure 417 while waiting for a 100");
          } else {
            t.info("Got HTTP failure 417 while sending data");
            connection.close = true;
            rounds.perhapsRewind(connection);
          }
          t.disableExpect = true;
          t.k.uploadAborted = true;
          t.k.newUrl = Optional.of(t.url);
        } else {
          t.info("HTTP error before end of send, stop sending");
          connection.close = true;
          t.k.uploadAborted = true;
        }
      }
    }
    if (t.k.willRewind && !t.k.uploadDone && !t.k.uploadAborted) {
      t.info("Keep sending data to get tossed away");
      if (t.k.expect == Expect.WAITING) {
        t.k.expect = Expect.SEND;
      }
      if (connection.close) {
        t.k.uploadAborted = true;
      }
    }
  }

  /** What is decided before the body; true when nothing more is to be read. */
  private boolean firstWrite(Connection connection) throws HttpFailure {
    if (t.k.newUrl.isPresent()) {
      if (connection.close) {
        t.k.done = true;
        t.k.downloadDone = true;
        return true;
      }
      t.k.ignoreBody = true;
      t.info("Ignoring the response-body");
    }
    if (t.resumeFrom != 0 && !t.k.contentRange && t.req == RequestKind.GET && !t.k.ignoreBody) {
      if (t.k.size == t.resumeFrom) {
        t.info("The entire document is already downloaded");
        connection.close = true;
        t.k.done = true;
        t.k.downloadDone = true;
        return true;
      }
      throw new HttpFailure(
          CurlCode.RANGE_ERROR, "HTTP server does not seem to support byte ranges. Cannot resume.");
    }
    if (t.config.timeCondition != TimeCondition.NONE && t.range.isEmpty() && !meetsCondition()) {
      t.k.done = true;
      t.k.downloadDone = true;
      t.info.responseCode = 304;
      t.info("Simulate an HTTP 304 response");
      connection.close = true;
      return true;
    }
    return false;
  }

  private boolean meetsCondition() {
    long document = t.k.timeOfDocument.orElse(0);
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
