package wirebook.kernel.session;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import wirebook.codec.Json;
import wirebook.kernel.protocol.Message;
import wirebook.spi.MimeBundle;
import wirebook.trace.Bytes;

/**
 * Comms ("Messaging in Jupyter", Custom Messages): conversations between an object here and one in
 * the front end, opened by either side. Whoever says something here says it as part of a {@link
 * CellOutput}, whose request becomes the message's parent. Safe for several threads.
 */
public final class Comms {
  /** What answers when a front end opens a comm for a target. */
  @FunctionalInterface
  public interface Target {
    Listener listener(Comm comm);
  }

  /** One end of a comm, told what the other end does. */
  public interface Listener {
    /** The other end has opened it; returns whether it is to stay open. */
    boolean opened(Request request);

    void message(Request request);

    void closed(Request request);
  }

  /** What the other end sent. */
  public final class Request {
    private final Message message;

    private Request(Message message) {
      this.message = message;
    }

    public Json.Obj data() {
      return message.content().object("data");
    }

    public List<Bytes> buffers() {
      return message.buffers();
    }

    /**
     * For what answers it: prints and shows as {@code output} does, and says in comms what has this
     * request as its parent.
     */
    public CellOutput answering(CellOutput output) {
      return new Answer(output, publisher, message.header().json());
    }
  }

  private record Answer(CellOutput output, Publisher publisher, Json.Obj parent)
      implements CellOutput {
    @Override
    public void stream(Stream stream, String text) {
      output.stream(stream, text);
    }

    @Override
    public void display(MimeBundle bundle, Optional<String> displayId) {
      output.display(bundle, displayId);
    }

    @Override
    public void updateDisplay(MimeBundle bundle, String displayId) {
      output.updateDisplay(bundle, displayId);
    }

    @Override
    public void clear(boolean wait) {
      output.clear(wait);
    }

    @Override
    public void comm(String type, Json.Obj metadata, Json.Obj content, List<Bytes> buffers) {
      output.flush();
      publisher.publish(type, parent, metadata, content, buffers);
    }

    @Override
    public Optional<String> ask(String prompt, boolean password) throws InterruptedException {
      return output.ask(prompt, password);
    }
  }

  /** The way to the other end. */
  public record Comm(String id, String target) {
    public void send(CellOutput from, Json.Obj data, List<Bytes> buffers) {
      from.comm("comm_msg", Json.Obj.EMPTY, Json.object("comm_id", id, "data", data), buffers);
    }
  }

  private record Open(Comm comm, Listener listener) {}

  private final Publisher publisher;
  private final Map<String, Target> targets = new ConcurrentHashMap<>();
  private final Map<String, Open> open = new ConcurrentHashMap<>();

  Comms(Publisher publisher) {
    this.publisher = publisher;
  }

  /** From now on {@code target} answers when a front end opens a comm for {@code name}. */
  public void register(String name, Target target) {
    targets.put(name, target);
  }

  /**
   * Opens a comm to the front ends' target; no other comm has its id.
   *
   * @param metadata of the message: widgets look there for the version of what they understand
   */
  public void open(
      CellOutput from,
      Comm comm,
      Json.Obj metadata,
      Json.Obj data,
      List<Bytes> buffers,
      Listener listener) {
    open.put(comm.id, new Open(comm, listener));
    from.comm(
        "comm_open",
        metadata,
        Json.object("comm_id", comm.id, "target_name", comm.target, "data", data),
        buffers);
  }

  /** Ends the comm, when it is open. */
  public void close(CellOutput from, String id) {
    if (open.remove(id) != null) {
      from.comm(
          "comm_close",
          Json.Obj.EMPTY,
          Json.object("comm_id", id, "data", Json.Obj.EMPTY),
          List.of());
    }
  }

  /** Ends all comms and forgets all targets: what answered is gone. */
  public void end(CellOutput from) {
    targets.clear();
    List.copyOf(open.keySet()).forEach(id -> close(from, id));
  }

  void openRequested(Message message) {
    Optional<String> id = message.content().text("comm_id");
    if (id.isEmpty()) {
      return;
    }
    String name = message.content().text("target_name").orElse("");
    Target target = targets.get(name);
    boolean refused = target == null;
    if (target != null) {
      Comm comm = new Comm(id.get(), name);
      Listener listener = target.listener(comm);
      open.put(comm.id, new Open(comm, listener));
      refused = !listener.opened(new Request(message)) && open.remove(comm.id) != null;
    }
    if (refused) {
      publisher.publish(
          "comm_close",
          message.header().json(),
          Json.object("comm_id", id.get(), "data", Json.Obj.EMPTY));
    }
  }

  void messaged(Message message) {
    find(message).ifPresent(found -> found.listener.message(new Request(message)));
  }

  void closeRequested(Message message) {
    find(message)
        .filter(found -> open.remove(found.comm.id, found))
        .ifPresent(found -> found.listener.closed(new Request(message)));
  }

  private Optional<Open> find(Message message) {
    return message.content().text("comm_id").map(open::get);
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
