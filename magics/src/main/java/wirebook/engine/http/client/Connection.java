package wirebook.engine.http.client;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import wirebook.codec.Quietly;
import wirebook.engine.http.ByteText;
import wirebook.trace.Bytes;
import wirebook.trace.Recorder;

/**
 * An open connection. A virtual thread reads it from the moment it stands, so that a transfer can
 * send and receive at once, and sees when the other side hangs up.
 */
final class Connection implements Http2Connection.Line {
  /** How many bytes of one connection the trace keeps. */
  private static final long MAX_RECORDED = 1L << 20;

  /** How many chunks wait at most when nobody takes them. */
  private static final int MAX_WAITING = 16;

  /** As much as curl takes at once, where somebody sees it. */
  static final int USUAL_CHUNK = 16 * 1024;

  /** As much as the JDK's sockets give at once. */
  static final int LARGE_CHUNK = 128 * 1024;

  final long id;
  final int channel;
  final String key;
  final Route route;
  final InetSocketAddress local;
  final InetSocketAddress remote;
  private final Recorder recorder;
  private final boolean record;
  private final BlockingQueue<Received> reads = new LinkedBlockingQueue<>();
  private final Semaphore room = new Semaphore(MAX_WAITING);

  /** Given when somebody still waits for what is late. */
  private final Semaphore goOn = new Semaphore(0);

  private long recorded;

  /** Whether a body that comes is written to a file, and not recorded beside that. */
  private volatile boolean toFile;

  private Socket socket;
  private InputStream in;
  private OutputStream out;
  private Optional<Thread> reader = Optional.empty();
  private volatile boolean closed;

  /** Whether it must not be used again. */
  volatile boolean close;

  int httpVersionSeen;

  /** Present when HTTP/2 is spoken. */
  Optional<Http2Connection> http2 = Optional.empty();

  boolean secure;

  /** How many transfers use it; more than one only with HTTP/2. */
  int users;

  Connection(
      long id,
      int channel,
      String key,
      Route route,
      Socket socket,
      InetSocketAddress local,
      InetSocketAddress remote,
      Recorder recorder,
      boolean record)
      throws IOException {
    this.id = id;
    this.channel = channel;
    this.key = key;
    this.route = route;
    this.socket = socket;
    this.local = local;
    this.remote = remote;
    this.recorder = recorder;
    this.record = record;
    in = socket.getInputStream();
    out = socket.getOutputStream();
  }

  @Override
  public long id() {
    return id;
  }

  Socket socket() {
    return socket;
  }

  /** Goes on over another socket laid around this one: TLS. */
  void layer(Socket around) throws IOException {
    socket = around;
    in = around.getInputStream();
    out = around.getOutputStream();
  }

  /**
   * It as far as it stands, to the proxy, whose stream is then laid around it. What goes through is
   * recorded once, above.
   */
  Connection toProxy() throws IOException {
    return new Connection(id, channel, key, route, socket, local, remote, recorder, false);
  }

  /** One byte, before {@link #startReading}; -1 at the end. */
  int readByte() throws IOException {
    return in.read();
  }

  private boolean records(boolean sent) {
    return record && (sent || !toFile) && recorded < MAX_RECORDED;
  }

  void record(boolean sent, byte[] bytes, int offset, int length) {
    if (records(sent)) {
      int kept = (int) Math.min(length, MAX_RECORDED - recorded);
      recorded += kept;
      Bytes copy = Bytes.of(bytes, offset, kept);
      if (sent) {
        recorder.sent(channel, remote, copy);
      } else {
        recorder.received(channel, remote, copy);
      }
      if (recorded >= MAX_RECORDED) {
        recorder.note(
            "The rest of connection "
                + channel
                + " is not in the trace: it keeps the first "
                + MAX_RECORDED
                + " bytes.");
      }
    }
  }

  /** What comes from now on until the next request is written to a file. */
  void toFile() {
    if (record && !toFile && recorded < MAX_RECORDED) {
      toFile = true;
      recorder.note("What comes now is in the file, and not in the trace.");
    }
  }

  /**
   * @param chunk how much is taken at once when much comes: what begins a response is recorded
   *     before anybody knows that its body goes to a file
   */
  void startReading(int chunk) {
    if (reader.isPresent()) {
      return;
    }
    InputStream source = in;
    reader =
        Optional.of(
            Thread.ofVirtual()
                .name("curl-read-" + id)
                .start(
                    () -> {
                      byte[] buffer = new byte[chunk];
                      int most = USUAL_CHUNK;
                      try {
                        while (true) {
                          int n;
                          try {
                            n = source.read(buffer, 0, most);
                          } catch (SocketTimeoutException e) {
                            goOn.drainPermits();
                            reads.add(new Received.Late());
                            goOn.acquire();
                            continue;
                          }
                          if (n < 0) {
                            reads.add(new Received.End());
                            return;
                          }
                          most = n < USUAL_CHUNK ? USUAL_CHUNK : chunk;
                          room.acquire();
                          reads.add(new Received.Data(Bytes.of(buffer, 0, n)));
                        }
                      } catch (IOException e) {
                        reads.add(new Received.Broken(e));
                      } catch (InterruptedException e) {
                        reads.add(new Received.End());
                      }
                    }));
  }

  /** The next piece, or empty when none came in time. */
  @Override
  public Optional<Received> read(long millis) throws InterruptedException {
    Optional<Received> read =
        Optional.ofNullable(millis <= 0 ? reads.poll() : reads.poll(millis, TimeUnit.MILLISECONDS));
    read.ifPresent(
        r -> {
          switch (r) {
            case Received.Data data -> {
              room.release();
              if (records(false)) {
                record(false, data.bytes().toArray(), 0, data.bytes().length());
              }
            }
            case Received.End end -> reads.add(end);
            case Received.Broken broken -> reads.add(broken);
            case Received.Late _ -> {
              // Something may come yet.
            }
          }
        });
    return read;
  }

  /**
   * How long what comes next is waited for, in the network's time. When that is over, nothing is
   * read until this is called again.
   *
   * @param millis 0 for as long as it takes
   */
  void patience(long millis) {
    try {
      socket.setSoTimeout(Math.clamp(millis, 0, Integer.MAX_VALUE));
    } catch (SocketException e) {
      // It is closed, which reading tells.
    }
    goOn.release();
  }

  /** Lets the reader go on without a limit, while a request is being sent. */
  void unlimited() {
    room.release(1 << 20);
  }

  @Override
  public void write(byte[] bytes, int offset, int length) throws IOException {
    toFile = false;
    out.write(bytes, offset, length);
    out.flush();
    record(true, bytes, offset, length);
  }

  void write(String byteText) throws IOException {
    byte[] bytes = ByteText.bytes(byteText);
    write(bytes, 0, bytes.length);
  }

  /** From now on HTTP/2 is spoken; {@link Http2Connection#start} is still to come. */
  void speakHttp2() {
    http2 = Optional.of(new Http2Connection(this, recorder::note));
  }

  /** Whether it is still good for another request: open, and nothing unasked for came. */
  boolean alive() {
    return !closed && http2.map(Http2Connection::usable).orElse(reads.isEmpty());
  }

  @Override
  public boolean closed() {
    return closed;
  }

  void closeNow() {
    if (closed) {
      return;
    }
    closed = true;
    boolean byPeer = reads.stream().anyMatch(r -> !(r instanceof Received.Data));
    Quietly.close(socket);
    reader.ifPresent(Thread::interrupt);
    recorder.closed(channel, byPeer);
  }
}
