package wirebook.kernel.session;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import wirebook.codec.Json;
import wirebook.kernel.protocol.Message;
import wirebook.spi.MimeBundle;
import wirebook.trace.Bytes;

/**
 * The output of one cell, with that cell as its parent for ever. Text is collected for {@link
 * #PAUSE}, so that what a cell prints line by line is few messages, and few outputs in a saved
 * notebook (ipykernel collects for 200 ms); all of it goes out before anything else of the cell.
 */
final class PublishedOutput implements CellOutput {
  private static final Duration PAUSE = Duration.ofMillis(100);
  private static final int CHUNK = 512 * 1024;

  /** Characters a cell may print and show; more would only choke the front end and the notebook. */
  static final long CAP = 64L * 1024 * 1024;

  /**
   * Sends what is collected when its pause is over; one thread for all cells, started when needed.
   */
  static final class Flusher {
    private record Due(PublishedOutput streams, long nanoTime) {}

    private final BlockingQueue<Due> due = new LinkedBlockingQueue<>();
    private boolean started;

    private synchronized void add(PublishedOutput streams) {
      if (!started) {
        started = true;
        Thread.ofPlatform().daemon().name("output").start(this::run);
      }
      due.add(new Due(streams, System.nanoTime() + PAUSE.toNanos()));
    }

    private void run() {
      try {
        while (true) {
          Due next = due.take();
          Thread.sleep(Duration.ofNanos(Math.max(0, next.nanoTime - System.nanoTime())));
          pauseIsOver(next.streams);
        }
      } catch (InterruptedException e) {
        // Nobody interrupts this thread but the end of the process.
      }
    }

    private static void pauseIsOver(PublishedOutput streams) {
      try {
        streams.pauseIsOver();
      } catch (OutOfMemoryError e) {
        // It is sent with what comes next, or at the cell's end.
      }
    }
  }

  private final Publisher publisher;
  private final Message request;
  private final Flusher flusher;
  private final Stdin stdin;
  private final boolean stdinAllowed;

  private final StringBuilder text = new StringBuilder();
  private Stream stream = Stream.STDOUT;
  private boolean scheduled;
  private long shown;
  private boolean capped;

  /** Whether it was said that there is no input. */
  private volatile boolean refused;

  PublishedOutput(
      Publisher publisher, Message request, Flusher flusher, Stdin stdin, boolean stdinAllowed) {
    this.publisher = publisher;
    this.request = request.envelope();
    this.flusher = flusher;
    this.stdin = stdin;
    this.stdinAllowed = stdinAllowed;
  }

  @Override
  public void stream(Stream to, String more) {
    awaitRoom();
    synchronized (this) {
      String allowed = within(more);
      if (!allowed.isEmpty()) {
        append(to, allowed);
      }
      if (allowed.length() < more.length()) {
        sayCapped();
      }
    }
  }

  /** As much of {@code more} as the cell may still print. */
  private String within(String more) {
    int room = (int) Math.min(more.length(), CAP - shown);
    shown += room;
    return room == more.length() ? more : more.substring(0, room);
  }

  private void append(Stream to, String more) {
    if (to != stream) {
      flush(true);
      stream = to;
    }
    text.append(more);
    if (text.length() >= CHUNK) {
      flush(false);
    }
    if (!text.isEmpty() && !scheduled) {
      scheduled = true;
      flusher.add(this);
    }
  }

  private void sayCapped() {
    if (!capped) {
      capped = true;
      append(
          Stream.STDERR,
          "\n[This cell has printed "
              + CAP / (1024 * 1024)
              + " MB. What more it prints is not shown; it runs on until it ends or is stopped.]\n");
      flush(true);
    }
  }

  private synchronized void pauseIsOver() {
    scheduled = false;
    flush(false);
    if (!text.isEmpty()) {
      scheduled = true;
      flusher.add(this);
    }
  }

  /** Sends all that was printed so far. */
  @Override
  public synchronized void flush() {
    flush(true);
  }

  /** Half of a surrogate pair waits for its other half, unless {@code all} must go. */
  private void flush(boolean all) {
    int end = text.length();
    if (!all && end > 0 && Character.isHighSurrogate(text.charAt(end - 1))) {
      end--;
    }
    if (end > 0) {
      publish("stream", Json.object("name", name(stream), "text", text.substring(0, end)));
      text.delete(0, end);
    }
  }

  private static String name(Stream stream) {
    return switch (stream) {
      case STDOUT -> "stdout";
      case STDERR -> "stderr";
    };
  }

  @Override
  public void display(MimeBundle bundle, Optional<String> displayId) {
    awaitRoom();
    synchronized (this) {
      MimeBundle sent = ValueCap.within(bundle);
      long size = ValueCap.size(sent);
      if (shown + size > CAP) {
        sayCapped();
        return;
      }
      shown += size;
      flush(true);
      publish("display_data", Publisher.display(sent, displayId));
    }
  }

  /** The value of the cell's last expression; the one result is shown also when much was. */
  synchronized void result(int executionCount, MimeBundle bundle) {
    publish(
        "execute_result",
        Json.object(
            "execution_count",
            executionCount,
            "data",
            Publisher.data(ValueCap.within(bundle)),
            "metadata",
            Json.Obj.EMPTY));
  }

  @Override
  public void updateDisplay(MimeBundle bundle, String displayId) {
    awaitRoom();
    synchronized (this) {
      flush(true);
      publish(
          "update_display_data",
          Publisher.display(ValueCap.within(bundle), Optional.of(displayId)));
    }
  }

  @Override
  public synchronized void clear(boolean wait) {
    flush(true);
    publish("clear_output", Json.object("wait", wait));
  }

  @Override
  public synchronized void comm(
      String type, Json.Obj metadata, Json.Obj content, List<Bytes> buffers) {
    flush(true);
    publisher.publish(type, request.header().json(), metadata, content, buffers);
  }

  @Override
  public Optional<String> ask(String prompt, boolean password) throws InterruptedException {
    flush();
    if (stdinAllowed) {
      return stdin.ask(request, prompt, password);
    }
    if (!refused) {
      refused = true;
      stream(Stream.STDERR, "This front end gives no input: standard input is at its end.\n");
    }
    return Optional.empty();
  }

  /** Publishes anything else of the cell, after what it printed so far. */
  synchronized void publish(String type, Json.Obj content) {
    if (!type.equals("stream")) {
      flush(true);
    }
    publisher.publish(type, request.header().json(), content);
  }

  private void awaitRoom() {
    try {
      publisher.awaitRoom();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
