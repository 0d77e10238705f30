package wirebook.kernel.worker.inside;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.ToNumberPolicy;
import com.google.gson.reflect.TypeToken;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import wirebook.kernel.worker.wire.WorkerMessage;
import wirebook.kernel.worker.wire.WorkerMessage.CommStep;
import wirebook.trace.Bytes;

/**
 * A conversation with an object in the front end, a widget for example ("Messaging in Jupyter",
 * Custom Messages). Data is what JSON can say: maps with strings as keys, lists, strings, numbers,
 * booleans and null. Cells begin one with {@link Notebook#openComm}, and wait for one with {@link
 * Notebook#onComm}.
 *
 * <p>What is opened for {@value #WIDGETS} says that it speaks the widgets' protocol 2.1, unless the
 * cell says otherwise ("Jupyter Widgets Messaging Protocol"): without a version they take nothing.
 */
public final class Comm implements AutoCloseable {
  private static final Gson GSON =
      new GsonBuilder()
          .serializeNulls()
          .setObjectToNumberStrategy(ToNumberPolicy.LONG_OR_DOUBLE)
          .create();

  private static final String WIDGETS = "jupyter.widget";
  private static final Map<String, String> WIDGETS_VERSION = Map.of("version", "2.1.0");

  private static final String ID_START =
      "wirebook-" + Long.toString(System.currentTimeMillis(), 36) + "-comm-";

  private static final AtomicInteger COUNT = new AtomicInteger();
  private static final Map<String, Comm> OPEN = new ConcurrentHashMap<>();
  private static final Map<String, Target> TARGETS = new ConcurrentHashMap<>();

  private final String id;
  private final String target;
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

  private Comm(String id, String target) {
    this.id = id;
    this.target = target;
  }

  static Comm open(String target, Map<String, ?> data) {
    return open(target, data, target.equals(WIDGETS) ? WIDGETS_VERSION : Map.of());
  }

  static Comm open(String target, Map<String, ?> data, Map<String, ?> metadata, byte[]... buffers) {
    Comm comm = new Comm(ID_START + COUNT.incrementAndGet(), target);
    OPEN.put(comm.id, comm);
    comm.tell(CommStep.OPEN, metadata, data, buffers);
    return comm;
  }

  static void on(String name, Target target) {
    TARGETS.put(name, target);
    Cell cell = Cell.current();
    cell.send(
        new WorkerMessage.CommSent(cell.id(), CommStep.TARGET, "", name, "{}", "{}", List.of()));
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
    tell(CommStep.MESSAGE, Map.of(), data, buffers);
  }

  /** Ends the conversation. */
  @Override
  public void close() {
    if (OPEN.remove(id) != null) {
      tell(CommStep.CLOSE, Map.of(), Map.of());
    }
  }

  private void tell(
      CommStep step, Map<String, ?> metadata, Map<String, ?> data, byte[]... buffers) {
    List<Bytes> all = new ArrayList<>();
    for (byte[] buffer : buffers) {
      all.add(Bytes.of(buffer));
    }
    CellStreams.flush();
    Cell cell = Cell.current();
    cell.send(
        new WorkerMessage.CommSent(
            cell.id(), step, id, target, GSON.toJson(metadata), GSON.toJson(data), all));
  }

  /** Tells the listener. */
  static void received(WorkerMessage.CommReceived message) throws Exception {
    Map<String, Object> data =
        GSON.fromJson(message.json(), new TypeToken<Map<String, Object>>() {}.getType());
    switch (message.step()) {
      case OPEN -> {
        Target target = TARGETS.get(message.target());
        if (target != null) {
          Comm comm = new Comm(message.id(), message.target());
          OPEN.put(comm.id, comm);
          try {
            target.opened(comm, data);
          } catch (Throwable e) {
            OPEN.remove(comm.id);
            throw e;
          }
        }
      }
      case MESSAGE -> {
        Comm comm = OPEN.get(message.id());
        if (comm != null) {
          comm.listener.received(data, message.buffers().stream().map(Bytes::toArray).toList());
        }
      }
      case CLOSE -> {
        Comm comm = OPEN.remove(message.id());
        if (comm != null) {
          comm.onClose.run();
        }
      }
      case TARGET -> {
        // Only workers say that.
      }
    }
  }

  @Override
  public String toString() {
    return "comm " + target + (OPEN.containsKey(id) ? "" : ", closed");
  }
}
