// Above 500 lines: one protocol with one state.
package wirebook.engine.http;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.MetaData;
import org.eclipse.jetty.http2.hpack.HpackDecoder;
import org.eclipse.jetty.http2.hpack.HpackEncoder;
import org.eclipse.jetty.http2.hpack.HpackException;
import org.jspecify.annotations.Nullable;
import wirebook.codec.FrameReader;
import wirebook.codec.Http2Frame;
import wirebook.trace.Bytes;

/**
 * The client's side of an HTTP/2 connection (RFC 9113): bytes come in, and what they say and what
 * is to be sent goes out. Header compression (RFC 7541) is Jetty's, whose server is here anyway.
 * For one thread at a time.
 */
public final class Http2 {
  /** Gets what the server says on a stream. */
  public interface Sink {
    /** A response's head; an interim one has a status below 200. */
    default void head(int status, List<HttpHeader> fields) {}

    default void trailers(List<HttpHeader> fields) {}

    void data(Bytes bytes);

    /** The server has said everything. */
    void end();

    /** The server gave the stream up. */
    void failed(HttpFailure why);

    /** There may be more room to send. */
    default void roomier() {}
  }

  /** A request and its response (section 5). */
  public final class Stream {
    private final int number;
    private final Sink sink;
    private boolean headSeen;
    private boolean ended;

    // What may still be sent, and what was taken and not yet given back to the server as room.
    private long streamRoom = initialRoom;
    private int used;
    private int streamWindow = window;

    private Stream(Sink sink) {
      number = nextNumber;
      nextNumber += 2;
      this.sink = sink;
      streams.put(number, this);
    }

    public int number() {
      return number;
    }

    /** How many bytes of body the server has room for. */
    public int room() {
      return Math.clamp(Math.min(connectionRoom, streamRoom), 0, frameLimit);
    }

    /** A piece of body, at most {@link #room} bytes. */
    public byte[] data(byte[] bytes, boolean end) {
      ByteArrayOutputStream out = new ByteArrayOutputStream(bytes.length + Http2Frame.SIZE);
      frame(out, Http2Frame.DATA, end ? Http2Frame.END_STREAM : 0, number, bytes);
      connectionRoom -= bytes.length;
      streamRoom -= bytes.length;
      return out.toByteArray();
    }

    /** Tells the server, when it is time to, that so much of what it sent was taken. */
    public byte[] taken(int length) {
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      used += length;
      if (used >= streamWindow / 2 && !ended) {
        int more = more(streamWindow);
        frame(out, Http2Frame.WINDOW_UPDATE, 0, number, Http2Frame.number(used + more));
        streamWindow += more;
        used = 0;
      }
      return out.toByteArray();
    }

    /** Leaves the stream; says so when the server has not said everything. */
    public byte[] leave() {
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      streams.remove(number);
      if (!ended) {
        ended = true;
        frame(out, Http2Frame.RST_STREAM, 0, number, Http2Frame.number(CANCEL));
      }
      return out.toByteArray();
    }

    private void over() {
      if (!ended) {
        ended = true;
        sink.end();
      }
    }

    private void fail(HttpFailure why) {
      if (!ended) {
        ended = true;
        sink.failed(why);
      }
    }
  }

  /** A stream, and what opens it. */
  public record Opened(Stream stream, Bytes frames) {}

  /** What curl says in its SETTINGS: 100 streams, a window of 64 KiB, no push. */
  private static final byte[] OUR_SETTINGS = {
    0, 3, 0, 0, 0, 100, 0, 4, 0, 1, 0, 0, 0, 2, 0, 0, 0, 0,
  };

  private static final int MAX_FRAME = 16 * 1024;
  private static final int MAX_HEADERS = 300 * 1024;
  private static final int WINDOW = 64 * 1024;

  /**
   * What a window may grow to, from one notice to the next: a server that waits for a notice of
   * every 32 KiB stands still for as long as that takes. curl opens it as wide.
   */
  private static final int MOST_WINDOW = 10 * 1024 * 1024;

  private static final int CANCEL = 8;

  /** How many streams curl has at once on a connection, whatever the server allows. */
  private static final int MAX_STREAMS = 100;

  private static final int DEFAULT_WINDOW = 65_535;

  /** How many frames are described in the trace. */
  private static final int MAX_NOTES = 500;

  private final HpackEncoder encoder = new HpackEncoder();
  private final HpackDecoder decoder = new HpackDecoder(MAX_HEADERS, () -> 0);
  private final Consumer<String> notes;
  private final int window;
  private final int mostWindow;
  private int noted;
  private final Frames frames = new Frames();
  private boolean started;
  private boolean goneAway;
  private int nextNumber = 1;
  private int mostStreams = MAX_STREAMS;
  private final Map<Integer, Stream> streams = new TreeMap<>();

  /** What may still be sent on the connection. */
  private long connectionRoom = DEFAULT_WINDOW;

  private long initialRoom = DEFAULT_WINDOW;
  private int frameLimit = MAX_FRAME;

  /** What was received and not yet given back to the server as room. */
  private int connectionUsed;

  private int connectionWindow = WINDOW;

  private final ByteArrayOutputStream block = new ByteArrayOutputStream();
  private int blockStream;
  private int blockFlags;

  /**
   * @param notes gets a line for every frame, for the trace
   */
  public Http2(Consumer<String> notes) {
    this(notes, WINDOW, MOST_WINDOW);
  }

  /**
   * @param window bytes that the server may send on a stream before they are taken
   * @param mostWindow what that may grow to, and the connection's
   */
  public Http2(Consumer<String> notes, int window, int mostWindow) {
    this.notes = notes;
    this.window = window;
    this.mostWindow = mostWindow;
    // Trailers and lower-case names are checked by nobody else.
    encoder.setValidateEncoding(false);
  }

  /** By how much a window grows that was half used: it doubles. */
  private int more(int now) {
    return Math.clamp(mostWindow - now, 0, now);
  }

  /** The payload of what it says first, as an upgrade's request carries it. */
  public static byte[] firstSettings() {
    return OUR_SETTINGS.clone();
  }

  /** The number of the stream that {@link #open} will open. */
  public int nextStream() {
    return nextNumber;
  }

  /** Whether another stream may be opened. */
  public boolean usable() {
    return !goneAway && streams.size() < mostStreams;
  }

  /** Whether the server takes no more streams. */
  public boolean isGoingAway() {
    return goneAway;
  }

  private void note(boolean sent, Http2Frame frame) {
    if (noted++ >= MAX_NOTES) {
      return;
    }
    StringBuilder text = new StringBuilder("HTTP/2 ");
    text.append(sent ? "sent " : "received ")
        .append(Http2Frame.name(frame.type()))
        .append(frame.stream() == 0 ? " for the connection, " : ", stream " + frame.stream() + ", ")
        .append(frame.length())
        .append(" bytes");
    boolean first = (frame.flags() & Http2Frame.END_STREAM) != 0;
    boolean ended =
        first && (frame.type() == Http2Frame.DATA || frame.type() == Http2Frame.HEADERS);
    boolean acknowledged =
        first && (frame.type() == Http2Frame.SETTINGS || frame.type() == Http2Frame.PING);
    text.append(ended ? ", END_STREAM" : "").append(acknowledged ? ", ACK" : "");
    notes.accept(text.toString());
  }

  private void frame(
      ByteArrayOutputStream out, int type, int flags, int on, byte[] bytes, int offset, int n) {
    Http2Frame head = new Http2Frame(n, type, flags, on);
    head.write(out, bytes, offset);
    note(true, head);
  }

  private void frame(ByteArrayOutputStream out, int type, int flags, int on, byte... payload) {
    frame(out, type, flags, on, payload, 0, payload.length);
  }

  /** What comes first on a connection. */
  private void start(ByteArrayOutputStream out) {
    if (!started) {
      started = true;
      out.writeBytes(ByteText.bytes(Http2Frame.PREFACE));
      byte[] settings = firstSettings();
      System.arraycopy(Http2Frame.number(window), 0, settings, 8, 4);
      frame(out, Http2Frame.SETTINGS, 0, 0, settings);
    }
  }

  /** What comes first on a connection, unless it has been sent. */
  public byte[] preface() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    start(out);
    return out.toByteArray();
  }

  /** The connection preface where the request went before, with an upgrade: stream 1 is open. */
  public Opened upgraded(Sink sink) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    start(out);
    return new Opened(new Stream(sink), Bytes.of(out.toByteArray()));
  }

  /**
   * Opens a stream.
   *
   * @param fields pseudo-header fields first
   * @param end whether there is no body
   */
  public Opened open(List<HttpHeader> fields, boolean end, Sink sink) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    start(out);
    Stream stream = new Stream(sink);
    int most =
        fields.stream().mapToInt(f -> 32 + 4 * (f.name().length() + f.value().length())).sum();
    ByteBuffer buffer = ByteBuffer.allocate(most + 64);
    for (HttpHeader field : fields) {
      encoder.encode(
          buffer,
          new HttpField(
              org.eclipse.jetty.http.HttpHeader.CACHE.get(field.name()),
              field.name(),
              field.value()));
    }
    byte[] bytes = Arrays.copyOf(buffer.array(), buffer.position());
    for (int at = 0; at == 0 || at < bytes.length; at += frameLimit) {
      int n = Math.min(frameLimit, bytes.length - at);
      int flags = at + n == bytes.length ? Http2Frame.END_HEADERS : 0;
      boolean first = at == 0;
      frame(
          out,
          first ? Http2Frame.HEADERS : Http2Frame.CONTINUATION,
          flags | (first && end ? Http2Frame.END_STREAM : 0),
          stream.number,
          bytes,
          at,
          n);
    }
    return new Opened(stream, Bytes.of(out.toByteArray()));
  }

  private static HttpFailure broken(String words) {
    return new HttpFailure(CurlCode.HTTP2, "HTTP/2: " + words);
  }

  /** Takes bytes of the server; returns what is to be sent because of them, in {@code answer}. */
  public void feed(byte[] bytes, ByteArrayOutputStream answer) throws HttpFailure {
    frames.answer = answer;
    frames.take(ByteBuffer.wrap(bytes), 0, bytes.length);
  }

  private final class Frames extends FrameReader<Http2Frame, HttpFailure> {
    private ByteArrayOutputStream answer = new ByteArrayOutputStream();
    private byte[] payload = new byte[0];
    private int have;

    Frames() {
      super((bytes, known) -> Http2Frame.SIZE, bytes -> Http2Frame.read(bytes, 0), 0);
    }

    @Override
    protected long begin(Http2Frame head) throws HttpFailure {
      if (head.length() > MAX_FRAME) {
        throw broken(
            head.length() >> 8 == ('H' << 8 | 'T')
                ? "the server answered in HTTP/1"
                : "a frame of " + head.length() + " bytes, more than was agreed");
      }
      payload = new byte[head.length()];
      have = 0;
      return payload.length;
    }

    @Override
    protected void payload(ByteBuffer bytes, int from, int count) {
      bytes.get(from, payload, have, count);
      have += count;
    }

    @Override
    protected void end(Http2Frame head) throws HttpFailure {
      note(false, head);
      try {
        receive(head.type(), head.flags(), head.stream(), payload, answer);
      } catch (ArrayIndexOutOfBoundsException | IllegalArgumentException e) {
        throw broken("a " + Http2Frame.name(head.type()) + " frame that is too short");
      }
    }
  }

  private void receive(int type, int flags, int on, byte[] payload, ByteArrayOutputStream answer)
      throws HttpFailure {
    Optional<Stream> stream = Optional.ofNullable(streams.get(on));
    if (block.size() > 0 && type != Http2Frame.CONTINUATION) {
      throw broken("a header block that is interrupted");
    }
    switch (type) {
      case Http2Frame.DATA -> {
        connectionUsed += payload.length;
        if (connectionUsed >= connectionWindow / 2) {
          int more = more(connectionWindow);
          frame(answer, Http2Frame.WINDOW_UPDATE, 0, 0, Http2Frame.number(connectionUsed + more));
          connectionWindow += more;
          connectionUsed = 0;
        }
        byte[] content = withoutPadding(payload, flags, 0);
        if (stream.isPresent() && !stream.get().ended) {
          if (content.length > 0) {
            stream.get().sink.data(Bytes.of(content));
          }
          stream.get().used += payload.length - content.length;
          if ((flags & Http2Frame.END_STREAM) != 0) {
            stream.get().over();
          }
        }
      }
      case Http2Frame.HEADERS -> {
        blockStream = on;
        blockFlags = flags;
        block.writeBytes(
            withoutPadding(payload, flags, (flags & Http2Frame.PRIORITY) != 0 ? 5 : 0));
        headers((flags & Http2Frame.END_HEADERS) != 0);
      }
      case Http2Frame.CONTINUATION -> {
        block.writeBytes(payload);
        if (on != blockStream || block.size() > MAX_HEADERS) {
          throw broken("a header block without an end");
        }
        headers((flags & Http2Frame.END_HEADERS) != 0);
      }
      case Http2Frame.RST_STREAM -> {
        int code = Http2Frame.number(payload, 0);
        stream.ifPresent(
            s ->
                s.fail(
                    new HttpFailure(
                        CurlCode.HTTP2_STREAM,
                        "HTTP/2 stream "
                            + on
                            + " was not closed cleanly: "
                            + Http2Frame.error(code)
                            + " (err "
                            + code
                            + ")")));
      }
      case Http2Frame.SETTINGS -> {
        if ((flags & Http2Frame.ACK) == 0) {
          settings(payload);
          frame(answer, Http2Frame.SETTINGS, Http2Frame.ACK, 0);
        }
      }
      case Http2Frame.PUSH_PROMISE -> throw broken("a pushed response, which nobody wants");
      case Http2Frame.PING -> {
        if ((flags & Http2Frame.ACK) == 0) {
          frame(answer, Http2Frame.PING, Http2Frame.ACK, 0, payload);
        }
      }
      case Http2Frame.GOAWAY -> {
        goneAway = true;
        int last = Http2Frame.id(payload, 0);
        int code = Http2Frame.number(payload, 4);
        if (code != 0) {
          throw broken("the server goes away: " + Http2Frame.error(code));
        }
        for (Stream s : List.copyOf(streams.values())) {
          if (s.number > last) {
            s.fail(broken("the server goes away: " + Http2Frame.error(code)));
          }
        }
      }
      case Http2Frame.WINDOW_UPDATE -> {
        long more = Http2Frame.id(payload, 0);
        if (on == 0) {
          connectionRoom += more;
          streams.values().forEach(s -> s.sink.roomier());
        } else {
          stream.ifPresent(
              s -> {
                s.streamRoom += more;
                s.sink.roomier();
              });
        }
      }
      default -> {
        // PRIORITY, and what later documents add, is to be ignored (section 4.1).
      }
    }
  }

  private static byte[] withoutPadding(byte[] payload, int flags, int skip) {
    boolean padded = (flags & Http2Frame.PADDED) != 0;
    int from = skip + (padded ? 1 : 0);
    return Arrays.copyOfRange(payload, from, payload.length - (padded ? payload[0] & 0xff : 0));
  }

  private void settings(byte[] payload) {
    for (int i = 0; i + 6 <= payload.length; i += 6) {
      int value = Http2Frame.number(payload, i + 2);
      switch ((payload[i] & 0xff) << 8 | (payload[i + 1] & 0xff)) {
        case 3 -> mostStreams = Math.clamp(value, 1, MAX_STREAMS);
        case 4 -> {
          for (Stream s : streams.values()) {
            s.streamRoom += value - initialRoom;
            s.sink.roomier();
          }
          initialRoom = value;
        }
        case 5 -> frameLimit = Math.clamp(value, MAX_FRAME, 4 * MAX_FRAME);
        default -> {
          // Nothing that a client which wants no pushes has to heed.
        }
      }
    }
  }

  private void headers(boolean complete) throws HttpFailure {
    if (!complete) {
      return;
    }
    MetaData said;
    try {
      said = decoder.decode(ByteBuffer.wrap(block.toByteArray()));
    } catch (HpackException e) {
      throw broken(e.getMessage() == null ? "a broken header block" : e.getMessage());
    } finally {
      block.reset();
    }
    @Nullable Stream stream = streams.get(blockStream);
    if (stream == null || stream.ended) {
      return;
    }
    List<HttpHeader> fields = new ArrayList<>();
    for (HttpField field : said.getHttpFields()) {
      fields.add(
          new HttpHeader(
              field.getName().toLowerCase(Locale.ROOT),
              field.getValue() == null ? "" : field.getValue()));
    }
    if (stream.headSeen) {
      stream.sink.trailers(fields);
    } else if (said instanceof MetaData.Response response) {
      stream.headSeen = response.getStatus() >= 200;
      stream.sink.head(response.getStatus(), fields);
    } else {
      throw broken("a response without a status");
    }
    if ((blockFlags & Http2Frame.END_STREAM) != 0) {
      stream.over();
    }
  }
}
