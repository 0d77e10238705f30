package wirebook.kernel.session;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import wirebook.kernel.protocol.Json;
import wirebook.kernel.protocol.Message;
import wirebook.trace.Bytes;

/**
 * Comms ("Messaging in Jupyter", Custom Messages): conversations between an object here and one in
 * the front end, opened by either side. Safe for several threads.
 */
public final class Comms {
  /** What answers when a front end opens a comm for a target. */
  @FunctionalInterface
  public interface Target {
    /** Returns what listens to the new comm. */
    Listener opened(Comm comm, Json.Obj data, List<Bytes> buffers);
  }

  /** One end of a comm, told what the other end does. */
  public interface Listener {
    void message(Json.Obj data, List<Bytes> buffers);

    default void closed(Json.Obj data) {}
  }

  /** The way to the other end. */
  public final class Comm {
    private final String id;
    private final String target;

    private Comm(String id, String target) {
      this.id = id;
      this.target = target;
    }

    public String id() {
      return id;
    }

    public void send(Json.Obj data, List<Bytes> buffers) {
      publish("comm_msg", Json.object("comm_id", id, "data", data), buffers);
    }

    public void close(Json.Obj data) {
      if (open.remove(id) != null) {
        publish("comm_close", Json.object("comm_id", id, "data", data), List.of());
      }
    }
  }

  private record Open(Comm comm, Listener listener) {}

  private final Publisher publisher;
  private final Map<String, Target> targets = new ConcurrentHashMap<>();
  private final Map<String, Open> open = new ConcurrentHashMap<>();
  private final AtomicLong count = new AtomicLong();

  /** What is answered just now, also by other threads than the one that has received it. */
  private volatile Json.Obj answered = Json.Obj.EMPTY;

  private final ThreadLocal<Json.Obj> parent = ThreadLocal.withInitial(() -> Json.Obj.EMPTY);

  Comms(Publisher publisher) {
    this.publisher = publisher;
  }

  /** From now on {@code target} answers when a front end opens a comm for {@code name}. */
  public void register(String name, Target target) {
    targets.put(name, target);
  }

  /** Opens a comm to the front ends' {@code target}. */
  public Comm open(String target, Json.Obj data, Listener listener) {
    return open("wirebook-" + count.incrementAndGet(), target, data, listener);
  }

  /** As the other, with an id that no other comm has. */
  public Comm open(String id, String target, Json.Obj data, Listener listener) {
    Comm comm = new Comm(id, target);
    open.put(comm.id, new Open(comm, listener));
    publish(
        "comm_open",
        Json.object("comm_id", comm.id, "target_name", target, "data", data),
        List.of());
    return comm;
  }

  void openRequested(Message request) {
    Optional<String> id = request.content().text("comm_id");
    if (id.isEmpty()) {
      return;
    }
    String name = request.content().text("target_name").orElse("");
    Target target = targets.get(name);
    if (target == null) {
      publisher.publish(
          "comm_close",
          request.header().json(),
          Json.object("comm_id", id.get(), "data", Json.Obj.EMPTY));
      return;
    }
    answering(
        request,
        () -> {
          Comm comm = new Comm(id.get(), name);
          Listener listener =
              target.opened(comm, request.content().object("data"), request.buffers());
          open.put(comm.id, new Open(comm, listener));
        });
  }

  void messaged(Message request) {
    find(request)
        .ifPresent(
            found ->
                answering(
                    request,
                    () ->
                        found.listener.message(
                            request.content().object("data"), request.buffers())));
  }

  void closeRequested(Message request) {
    find(request)
        .ifPresent(
            found -> {
              open.remove(found.comm.id);
              answering(request, () -> found.listener.closed(request.content().object("data")));
            });
  }

  private Optional<Open> find(Message request) {
    return request.content().text("comm_id").map(open::get);
  }

  /** What is sent while a message is answered has that message as its parent. */
  private void answering(Message request, Runnable action) {
    parent.set(request.header().json());
    answered = request.header().json();
    try {
      action.run();
    } finally {
      parent.remove();
      answered = Json.Obj.EMPTY;
    }
  }

  private void publish(String type, Json.Obj content, List<Bytes> buffers) {
    Json.Obj own = parent.get();
    publisher.publish(
        type, own.equals(Json.Obj.EMPTY) ? answered : own, Json.Obj.EMPTY, content, buffers);
  }

  /** The open comms by id, of one target or of all. */
  Json.Obj info(Optional<String> target) {
    Map<String, Json> comms = new LinkedHashMap<>();
    open.values().stream()
        .map(Open::comm)
        .filter(comm -> target.isEmpty() || target.get().equals(comm.target))
        .forEach(comm -> comms.put(comm.id, Json.object("target_name", comm.target)));
    return new Json.Obj(comms);
  }
}
