package wirebook.engine.http.curl;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import wirebook.engine.http.ByteText;
import wirebook.engine.http.CurlCode;
import wirebook.engine.http.HeadParser;
import wirebook.engine.http.HttpFailure;
import wirebook.engine.http.HttpHeader;
import wirebook.engine.http.curl.TraceLog.Kind;

/** Takes what the server sends: lines of the head, then the body, out of frames in HTTP/2. */
final class ResponseReader {
  private final Transfer t;

  ResponseReader(Transfer transfer) {
    t = transfer;
  }

  // ---- the response -------------------------------------------------------------------------

  void feed(Connection connection, byte[] bytes, boolean eos) throws HttpFailure {
    int used = 0;
    if (t.k.firstByteAt == 0 && bytes.length > 0) {
      t.k.firstByteAt = t.micros();
      if (!t.k.startedResponse) {
        t.k.startedResponse = true;
        t.info.timeStartTransfer = t.k.firstByteAt;
      }
    }
    if (connection.http2.isPresent()) {
      feedHttp2(connection, bytes, eos);
      return;
    }
    if (t.k.inHead) {
      used =
          t.k.parser.feed(
              bytes,
              0,
              bytes.length,
              new HeadParser.Sink() {
                @Override
                public boolean line(String line) throws HttpFailure {
                  t.responseHead.headLine(connection, line);
                  return t.k.inHead && connection.http2.isEmpty();
                }

                @Override
                public void noStatusLine() throws HttpFailure {
                  t.responseHead.noStatus(connection);
                }
              });
      if (t.k.done) {
        return;
      }
      if (connection.http2.isPresent()) {
        feedHttp2(connection, Arrays.copyOfRange(bytes, used, bytes.length), eos);
        return;
      }
      if (!t.k.inHead && t.k.headerLine == 0 && !t.k.parser.pending().isEmpty() && !t.k.noBody) {
        byte[] start = ByteText.bytes(t.k.parser.pending());
        t.k.chain.write(start, 0, start.length, false);
      }
    }
    if (!t.k.inHead && (bytes.length > used || eos)) {
      t.k.chain.write(bytes, used, bytes.length - used, eos);
    }
    if (eos) {
      t.k.downloadDone = true;
    }
  }

  private void feedHttp2(Connection connection, byte[] bytes, boolean eos) throws HttpFailure {
    Http2 protocol = connection.http2.orElseThrow();
    ByteArrayOutputStream answer = new ByteArrayOutputStream();
    try {
      protocol.feed(bytes, new Http2Reader(connection), answer);
    } catch (HttpFailure e) {
      connection.close = true;
      throw e;
    } finally {
      if (answer.size() > 0) {
        try {
          connection.write(answer.toByteArray(), 0, answer.size());
        } catch (IOException e) {
          // What the server said first counts; if it is gone, reading tells.
          connection.close = true;
        }
      }
    }
    if (!protocol.usable() && t.k.downloadDone) {
      connection.close = true;
    }
    if (eos && !t.k.downloadDone) {
      throw new HttpFailure(
          CurlCode.HTTP2,
          "HTTP/2 stream "
              + protocol.stream()
              + " was not closed cleanly before end of the underlying connection");
    }
  }

  /** Gives what comes in frames to what reads heads and bodies. */
  private final class Http2Reader implements Http2.Sink {
    private final Connection connection;

    Http2Reader(Connection connection) {
      this.connection = connection;
    }

    @Override
    public void head(int status, List<HttpHeader> fields) throws HttpFailure {
      t.responseHead.headLine(connection, "HTTP/2 " + status + " \r\n");
      for (HttpHeader field : fields) {
        t.responseHead.headLine(connection, field.name() + ": " + field.value() + "\r\n");
      }
      t.responseHead.headLine(connection, "\r\n");
    }

    @Override
    public void trailers(List<HttpHeader> fields) throws HttpFailure {
      for (HttpHeader field : fields) {
        String line = field.name() + ": " + field.value() + "\r\n";
        t.debug(Kind.HEADER_IN, line);
        t.sink.header(line, t.k.code);
      }
    }

    @Override
    public void data(byte[] bytes, int offset, int length) throws HttpFailure {
      if (!t.k.done) {
        t.k.chain.write(bytes, offset, length, false);
      }
    }

    @Override
    public void end() throws HttpFailure {
      if (!t.k.done) {
        t.k.chain.write(new byte[0], 0, 0, true);
      }
      t.k.downloadDone = true;
    }
  }
}
