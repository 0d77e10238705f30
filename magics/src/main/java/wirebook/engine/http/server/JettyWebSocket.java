package wirebook.engine.http.server;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import org.eclipse.jetty.util.BufferUtil;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.Utf8StringBuilder;
import org.eclipse.jetty.websocket.core.CloseStatus;
import org.eclipse.jetty.websocket.core.CoreSession;
import org.eclipse.jetty.websocket.core.Frame;
import org.eclipse.jetty.websocket.core.FrameHandler;
import org.eclipse.jetty.websocket.core.OpCode;
import org.jspecify.annotations.Nullable;
import wirebook.trace.Bytes;

/** Jetty's frames as messages. What is not yet received holds up what comes after it. */
final class JettyWebSocket implements FrameHandler, WebSocket {
  private static final int LONGEST_MESSAGE = 4 << 20;

  /** Messages, and bytes of them, that may wait for the handler; then nothing more is read. */
  private static final int WAITING = 64;

  private static final int WAITING_BYTES = LONGEST_MESSAGE;

  /** What Jetty takes in one. */
  private static final int LONGEST_FRAME = 64 << 10;

  private final ReentrantLock sending = new ReentrantLock();

  private final Request request;
  private final Handler handler;
  private final Set<JettyWebSocket> open;

  /**
   * @param message empty stands for the end
   * @param bytes that it had on the wire, inflated
   */
  private record Received(Optional<Message> message, int bytes) {
    static final Received END = new Received(Optional.empty(), 0);
  }

  private final BlockingQueue<Received> received = new ArrayBlockingQueue<>(WAITING + 1);

  private final ByteArrayOutputStream fragments = new ByteArrayOutputStream();

  /** Made where the request is answered, so that what it prints goes to the same place. */
  private final Thread conversation =
      Thread.ofVirtual().name("serve-websocket").unstarted(this::converse);

  /** The text of a message so far, if it is one; what is no UTF-8 shows as soon as it is here. */
  private Utf8StringBuilder text = new Utf8StringBuilder();

  private boolean isText;
  private int length;
  private final AtomicBoolean told = new AtomicBoolean();

  /** Nothing more is read. */
  private volatile boolean ended;

  private long waitingBytes;
  private boolean demanded;
  private @Nullable CoreSession session;

  /**
   * @param open has it while it is
   */
  JettyWebSocket(Request request, Handler handler, Set<JettyWebSocket> open) {
    this.request = request;
    this.handler = handler;
    this.open = open;
  }

  private CoreSession session() {
    if (session == null) {
      throw new IllegalStateException("it is not open yet");
    }
    return session;
  }

  // ------------------------------------------------------------------------ Jetty's side

  @Override
  public void onOpen(CoreSession opened, Callback callback) {
    session = opened;
    open.add(this);
    callback.succeeded();
    readOn();
    conversation.start();
  }

  private void converse() {
    try {
      handler.handle(this);
      close(CloseStatus.NORMAL, "");
    } catch (InterruptedException e) {
      goAway();
    } catch (Exception e) {
      close(CloseStatus.SERVER_ERROR, shortened("the handler failed: " + e));
    }
  }

  /** Tells the client that the server goes away (RFC 6455 §7.4.1). */
  void goAway() {
    close(CloseStatus.SHUTDOWN, "the server is stopping");
  }

  /** A reason has 123 bytes at most (RFC 6455 §5.5). */
  private static String shortened(String reason) {
    String plain = reason.replaceAll("[^\\x20-\\x7e]", "?");
    return plain.length() > 120 ? plain.substring(0, 117) + "..." : plain;
  }

  @Override
  public void onFrame(Frame frame, Callback callback) {
    synchronized (this) {
      demanded = false;
    }
    switch (frame.getOpCode()) {
      case OpCode.TEXT, OpCode.BINARY, OpCode.CONTINUATION -> data(frame);
      case OpCode.PING ->
          session()
              .sendFrame(
                  new Frame(OpCode.PONG, BufferUtil.copy(frame.getPayload())),
                  Callback.NOOP,
                  false);
      // Jetty answers it; the handler, which would close in its own way, hears of it after that.
      case OpCode.CLOSE -> ended = true;
      default -> {}
    }
    callback.succeeded();
    readOn();
  }

  /** Has Jetty hand over the next frame, where there is room for one and it was not asked yet. */
  private void readOn() {
    synchronized (this) {
      if (demanded || ended || received.remainingCapacity() <= 1 || waitingBytes >= WAITING_BYTES) {
        return;
      }
      demanded = true;
    }
    session().demand();
  }

  private void data(Frame frame) {
    if (ended) {
      return;
    }
    if (frame.getOpCode() != OpCode.CONTINUATION) {
      isText = frame.getOpCode() == OpCode.TEXT;
    }
    ByteBuffer payload = frame.getPayload();
    length += payload.remaining();
    if (length > LONGEST_MESSAGE) {
      refuse(CloseStatus.MESSAGE_TOO_LARGE, "messages have " + LONGEST_MESSAGE + " bytes at most");
      return;
    }
    if (isText) {
      text.append(payload.slice());
      if (text.hasCodingErrors() || (frame.isFin() && !text.isComplete())) {
        refuse(CloseStatus.BAD_PAYLOAD, "text is UTF-8 (RFC 6455 section 8.1), and this is none");
        return;
      }
    } else {
      fragments.writeBytes(BufferUtil.toArray(payload));
    }
    if (frame.isFin()) {
      Message message =
          isText
              ? new Message.Text(text.toCompleteString())
              : new Message.Binary(Bytes.of(fragments.toByteArray()));
      synchronized (this) {
        waitingBytes += length;
      }
      received.add(new Received(Optional.of(message), length));
      text = new Utf8StringBuilder();
      fragments.reset();
      length = 0;
    }
  }

  private void refuse(int code, String reason) {
    close(code, reason);
    end();
  }

  private void end() {
    ended = true;
    if (told.compareAndSet(false, true)) {
      received.add(Received.END);
    }
  }

  @Override
  public void onError(Throwable cause, Callback callback) {
    end();
    callback.succeeded();
  }

  @Override
  public void onClosed(CloseStatus status, Callback callback) {
    open.remove(this);
    end();
    callback.succeeded();
  }

  // ---------------------------------------------------------------------- the handler's side

  @Override
  public Request request() {
    return request;
  }

  @Override
  public Optional<String> protocol() {
    return Optional.ofNullable(session().getNegotiatedSubProtocol());
  }

  @Override
  public Optional<Message> receive() throws InterruptedException {
    Received next = received.take();
    if (next.message().isEmpty()) {
      received.add(next);
    } else {
      synchronized (this) {
        waitingBytes -= next.bytes();
      }
      readOn();
    }
    return next.message();
  }

  @Override
  public void send(String message) throws IOException, InterruptedException {
    send(OpCode.TEXT, message.getBytes(StandardCharsets.UTF_8));
  }

  @Override
  public void send(Bytes bytes) throws IOException, InterruptedException {
    send(OpCode.BINARY, bytes.toArray());
  }

  /** A message goes out in as many frames as it takes, with none of another message between. */
  private void send(byte opCode, byte[] message) throws IOException, InterruptedException {
    sending.lockInterruptibly();
    try {
      int at = 0;
      do {
        int n = Math.min(LONGEST_FRAME, message.length - at);
        send(
            new Frame(at == 0 ? opCode : OpCode.CONTINUATION, ByteBuffer.wrap(message, at, n))
                .setFin(at + n == message.length));
        at += n;
      } while (at < message.length);
    } finally {
      sending.unlock();
    }
  }

  private void send(Frame frame) throws IOException, InterruptedException {
    CompletableFuture<Void> sent = new CompletableFuture<>();
    session()
        .sendFrame(
            frame, Callback.from(() -> sent.complete(null), sent::completeExceptionally), false);
    try {
      sent.get();
    } catch (ExecutionException e) {
      throw new IOException("the other side is gone", e.getCause());
    }
  }

  @Override
  public void close(int code, String reason) {
    session().close(code, reason, Callback.NOOP);
  }
}
