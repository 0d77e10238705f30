package wirebook.engine.http.client;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import wirebook.engine.http.ByteText;
import wirebook.engine.http.CurlCode;
import wirebook.engine.http.HeadParser;
import wirebook.engine.http.HttpFailure;
import wirebook.engine.http.HttpHeader;
import wirebook.engine.http.client.CallLog.Kind;
import wirebook.trace.Bytes;

/** Takes what the server sends: lines of the head, then the body, out of frames in HTTP/2. */
final class ResponseReader {
  private final CallState t;
  private final ResponseHead responseHead;

  ResponseReader(CallState state, ResponseHead responseHead) {
    t = state;
    this.responseHead = responseHead;
  }

  private void began() {
    if (t.exchange.firstByteAt == 0) {
      t.exchange.firstByteAt = t.micros();
      if (!t.exchange.startedResponse) {
        t.exchange.startedResponse = true;
        t.info.timeStartTransfer = t.exchange.firstByteAt;
      }
    }
  }

  void feed(Connection connection, byte[] bytes, boolean eos) throws HttpFailure {
    int used = 0;
    if (bytes.length > 0) {
      began();
    }
    if (t.exchange.inHead) {
      used =
          t.exchange.parser.feed(
              bytes,
              0,
              bytes.length,
              new HeadParser.Sink() {
                @Override
                public boolean line(String line) throws HttpFailure {
                  responseHead.headLine(connection, line);
                  return t.exchange.inHead && connection.http2.isEmpty();
                }

                @Override
                public void noStatusLine() throws HttpFailure {
                  responseHead.noStatus(connection);
                }
              });
      if (t.exchange.done) {
        return;
      }
      if (connection.http2.isPresent()) {
        upgrade(connection, Arrays.copyOfRange(bytes, used, bytes.length));
        return;
      }
      if (!t.exchange.inHead
          && t.exchange.headerLine == 0
          && !t.exchange.parser.pending().isEmpty()
          && !t.exchange.noBody) {
        byte[] start = ByteText.bytes(t.exchange.parser.pending());
        t.exchange.chain.write(start, 0, start.length, false);
      }
    }
    if (!t.exchange.inHead && (bytes.length > used || eos)) {
      t.exchange.chain.write(bytes, used, bytes.length - used, eos);
    }
    if (eos) {
      t.exchange.downloadDone = true;
    }
  }

  private void upgrade(Connection connection, byte[] rest) throws HttpFailure {
    Http2Connection http2 = connection.http2.orElseThrow();
    try {
      t.exchange.stream = Optional.of(http2.upgraded(rest));
      http2.start();
    } catch (IOException e) {
      throw new HttpFailure(CurlCode.HTTP2, "Send failure: " + CallState.systemWords(e));
    }
  }

  /** Takes what an HTTP/2 stream heard. */
  void hear(Connection connection, Http2Connection.Heard heard) throws HttpFailure {
    switch (heard) {
      case Http2Connection.Heard.Head(int status, List<HttpHeader> fields) -> {
        began();
        responseHead.headLine(connection, "HTTP/2 " + status + " \r\n");
        for (HttpHeader field : fields) {
          responseHead.headLine(connection, field.name() + ": " + field.value() + "\r\n");
        }
        responseHead.headLine(connection, "\r\n");
      }
      case Http2Connection.Heard.Trailers(List<HttpHeader> fields) -> {
        for (HttpHeader field : fields) {
          String line = field.name() + ": " + field.value() + "\r\n";
          t.debug(Kind.HEADER_IN, line);
          t.sink.header(line, t.exchange.code);
        }
      }
      case Http2Connection.Heard.Data(Bytes bytes) -> {
        if (!t.exchange.done) {
          t.exchange.chain.write(bytes.toArray(), 0, bytes.length(), false);
        }
      }
      case Http2Connection.Heard.End _ -> {
        if (!t.exchange.done) {
          t.exchange.chain.write(new byte[0], 0, 0, true);
        }
        t.exchange.downloadDone = true;
      }
      case Http2Connection.Heard.Room _ -> {
        // Whoever sends looks for itself how much there is.
      }
      case Http2Connection.Heard.Failed(HttpFailure why) -> {
        connection.close |= why.code() != CurlCode.HTTP2_STREAM;
        throw new HttpFailure(why.code(), why.words());
      }
      case Http2Connection.Heard.Closed _ -> {
        connection.close = true;
        throw t.exchange.reused && t.exchange.headerBytes == 0
            ? new HttpFailure(CurlCode.RECV_ERROR)
            : Http2Connection.cutOff(t.exchange.stream.orElseThrow());
      }
    }
  }
}
