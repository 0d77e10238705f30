package wirebook.engine.http;

import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;
import java.util.concurrent.SynchronousQueue;
import org.brotli.dec.BrotliInputStream;
import wirebook.trace.Bytes;

/**
 * A decoder that wants to read its input, used where the input comes piece by piece: it runs on a
 * thread of its own, which stands still whenever it would have to wait for bytes.
 */
public final class StreamDecoder implements ContentDecoder {
  /** Lays a decoder around a stream of coded bytes. */
  public interface Opener {
    InputStream open(InputStream coded) throws IOException;
  }

  private sealed interface Event {
    record Plain(Bytes bytes) implements Event {}

    record Hungry() implements Event {}

    record Ended() implements Event {}

    record Broken() implements Event {}
  }

  private static final int CHUNK = 16 * 1024;

  private final Opener opener;
  private final SynchronousQueue<Bytes> input = new SynchronousQueue<>();
  private final SynchronousQueue<Event> events = new SynchronousQueue<>();
  private Optional<Thread> worker = Optional.empty();
  private boolean ended;

  public StreamDecoder(Opener opener) {
    this.opener = opener;
  }

  /** Brotli (RFC 7932). */
  public static StreamDecoder brotli() {
    return new StreamDecoder(BrotliInputStream::new);
  }

  /** Zstandard (RFC 8878). */
  public static StreamDecoder zstd() {
    return new StreamDecoder(ZstdInputStream::new);
  }

  @Override
  public void feed(byte[] bytes, int offset, int length, Sink sink) throws HttpFailure {
    if (length == 0) {
      return;
    }
    if (ended) {
      throw new HttpFailure(CurlCode.WRITE_ERROR);
    }
    take(Bytes.of(bytes, offset, length), sink);
  }

  @Override
  public void finish(Sink sink) throws HttpFailure {
    if (worker.isPresent() && !ended) {
      take(Bytes.EMPTY, sink);
    }
  }

  /** Hands a piece over, no bytes for the end, and collects what comes of it. */
  private void take(Bytes piece, Sink sink) throws HttpFailure {
    try {
      if (worker.isEmpty()) {
        worker = Optional.of(Thread.ofVirtual().name("decoder").start(this::decode));
        events.take();
      }
      input.put(piece);
      while (true) {
        switch (events.take()) {
          case Event.Plain(Bytes plain) -> sink.data(plain.toArray(), 0, plain.length());
          case Event.Hungry _ -> {
            return;
          }
          case Event.Ended _ -> {
            ended = true;
            return;
          }
          case Event.Broken _ -> {
            ended = true;
            throw new HttpFailure(CurlCode.BAD_CONTENT_ENCODING);
          }
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new HttpFailure(CurlCode.ABORTED_BY_CALLBACK);
    }
  }

  private void decode() {
    try {
      try (InputStream plain = opener.open(new Fed())) {
        byte[] buffer = new byte[CHUNK];
        int n = plain.read(buffer);
        while (n >= 0) {
          events.put(new Event.Plain(Bytes.of(buffer, 0, n)));
          n = plain.read(buffer);
        }
        events.put(new Event.Ended());
      } catch (IOException | RuntimeException e) {
        // Brotli's decoder throws either.
        events.put(new Event.Broken());
      }
    } catch (InterruptedException e) {
      // Nobody wants the rest.
    }
  }

  /** Asks for more whenever all that was fed has been read. */
  private final class Fed extends InputStream {
    private byte[] now = new byte[0];
    private int at;

    private boolean over;

    /** Whether there is something to read; false at the end. */
    private boolean fill() throws IOException {
      try {
        while (at >= now.length && !over) {
          events.put(new Event.Hungry());
          now = input.take().toArray();
          at = 0;
          over = now.length == 0;
        }
        return !over;
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IOException(e);
      }
    }

    @Override
    public int read() throws IOException {
      return fill() ? now[at++] & 0xff : -1;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
      if (length == 0) {
        return 0;
      }
      if (!fill()) {
        return -1;
      }
      int n = Math.min(length, now.length - at);
      System.arraycopy(now, at, into, offset, n);
      at += n;
      return n;
    }
  }

  @Override
  public void close() {
    worker.ifPresent(Thread::interrupt);
  }
}
