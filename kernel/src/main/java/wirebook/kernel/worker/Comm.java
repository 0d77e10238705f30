package wirebook.kernel.worker;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.ToNumberPolicy;
import com.google.gson.reflect.TypeToken;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import wirebook.kernel.worker.Message.CommStep;
import wirebook.kernel.worker.Message.Thrown;
import wirebook.trace.Bytes;

/**
 * A conversation with an object in the front end, a widget for example ("Messaging in Jupyter",
 * Custom Messages). Data is what JSON can say: maps with strings as keys, lists, strings, numbers,
 * booleans and null. Cells begin one with {@link Notebook#openComm}, and wait for one with {@link
 * Notebook#onComm}.
 */
public final class Comm implements AutoCloseable {
  private static final Gson GSON =
      new GsonBuilder()
          .serializeNulls()
          .setObjectToNumberStrategy(ToNumberPolicy.LONG_OR_DOUBLE)
          .create();

  /** What is told to the front end goes on when a listener takes longer. */
  private static final long PATIENCE_SECONDS = 5;

  private static final String ID_START =
      "wirebook-" + Long.toString(System.currentTimeMillis(), 36) + "-comm-";

  private static final AtomicInteger COUNT = new AtomicInteger();
  private static final Map<String, Comm> OPEN = new ConcurrentHashMap<>();
  private static final Map<String, Waiting> TARGETS = new ConcurrentHashMap<>();

  /** Listeners are called one after the other, in the order in which messages came. */
  private static final ExecutorService LISTENERS =
      Executors.newSingleThreadExecutor(Thread.ofPlatform().daemon().name("comms").factory());

  private final String id;
  private final String target;
  private final Cell cell;
  private volatile Listener listener = (data, buffers) -> {};
  private volatile Runnable onClose = () -> {};

  /** Is told what the front end sends. */
  @FunctionalInterface
  public interface Listener {
    void received(Map<String, Object> data, List<byte[]> buffers) throws Exception;
  }

  /** Is told that the front end begins a conversation. */
  @FunctionalInterface
  public interface Target {
    void opened(Comm comm, Map<String, Object> data) throws Exception;
  }

  /** A target, and the cell that listeners print to. */
  private record Waiting(Target target, Cell cell) {}

  private Comm(String id, String target, Cell cell) {
    this.id = id;
    this.target = target;
    this.cell = cell;
  }

  static Comm open(String target, Map<String, ?> data) {
    Comm comm = new Comm(ID_START + COUNT.incrementAndGet(), target, Cell.current());
    OPEN.put(comm.id, comm);
    comm.tell(CommStep.OPEN, data, List.of());
    return comm;
  }

  static void on(String name, Target target) {
    Cell cell = Cell.current();
    TARGETS.put(name, new Waiting(target, cell));
    cell.send(new Message.CommSent(cell.id(), CommStep.TARGET, "", name, "{}", List.of()));
  }

  public String id() {
    return id;
  }

  public String target() {
    return target;
  }

  /** From now on {@code listener} is told what the front end sends. Returns this. */
  public Comm onMessage(Listener newListener) {
    listener = newListener;
    return this;
  }

  /** Runs when the front end ends the conversation. Returns this. */
  public Comm onClose(Runnable action) {
    onClose = action;
    return this;
  }

  /**
   * Sends data, and bytes beside it.
   *
   * @throws IllegalStateException when the conversation is over
   */
  public void send(Map<String, ?> data, byte[]... buffers) {
    if (!OPEN.containsKey(id)) {
      throw new IllegalStateException("the comm " + id + " is closed");
    }
    List<Bytes> all = new ArrayList<>();
    for (byte[] buffer : buffers) {
      all.add(Bytes.of(buffer));
    }
    tell(CommStep.MESSAGE, data, all);
  }

  /** Ends the conversation. */
  @Override
  public void close() {
    if (OPEN.remove(id) != null) {
      tell(CommStep.CLOSE, Map.of(), List.of());
    }
  }

  private void tell(CommStep step, Map<String, ?> data, List<Bytes> buffers) {
    cell.send(new Message.CommSent(cell.id(), step, id, target, GSON.toJson(data), buffers));
  }

  /** Has the listener told, and {@code told} run after it, or after a while. */
  static void received(Message.CommReceived message, Runnable told) {
    Future<?> task = LISTENERS.submit(() -> handle(message));
    Thread.ofVirtual()
        .start(
            () -> {
              try {
                task.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
              } catch (TimeoutException | InterruptedException | ExecutionException e) {
                // The listener goes on, or has told what is wrong.
              }
              told.run();
            });
  }

  private static void handle(Message.CommReceived message) {
    Optional<Comm> known =
        message.step() == CommStep.OPEN
            ? Optional.ofNullable(TARGETS.get(message.target()))
                .map(waiting -> new Comm(message.id(), message.target(), waiting.cell))
            : Optional.ofNullable(OPEN.get(message.id()));
    if (known.isEmpty()) {
      return;
    }
    Comm comm = known.get();
    comm.cell.adopt();
    try {
      Map<String, Object> data =
          GSON.fromJson(message.json(), new TypeToken<Map<String, Object>>() {}.getType());
      switch (message.step()) {
        case OPEN -> {
          OPEN.put(comm.id, comm);
          Waiting waiting = TARGETS.get(message.target());
          if (waiting != null) {
            waiting.target.opened(comm, data);
          }
        }
        case MESSAGE ->
            comm.listener.received(data, message.buffers().stream().map(Bytes::toArray).toList());
        case CLOSE -> {
          OPEN.remove(comm.id);
          comm.onClose.run();
        }
        case TARGET -> {
          // Only workers say that.
        }
      }
    } catch (Throwable e) {
      comm.cell.send(new Message.ThreadFailed(comm.cell.id(), "comm " + comm.target, Thrown.of(e)));
    } finally {
      System.out.flush();
      System.err.flush();
      comm.cell.flush();
    }
  }
}
