package wirebook.kernel.session;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import wirebook.codec.Json;
import wirebook.kernel.protocol.ConnectionInfo;
import wirebook.kernel.protocol.Message;
import wirebook.kernel.session.Interpreter.CellRequest;
import wirebook.kernel.session.Interpreter.Completeness;
import wirebook.kernel.session.Interpreter.Completion;
import wirebook.kernel.session.Interpreter.Match;
import wirebook.kernel.session.Interpreter.Outcome;
import wirebook.kernel.session.PublishedOutput.Flusher;
import wirebook.kernel.session.Transport.Channel;
import wirebook.spi.MimeBundle;
import wirebook.trace.Bytes;

/**
 * Does what a kernel does with its requests ("Messaging in Jupyter" 5.5, JEP 91 for subshells).
 * {@link #receive} puts a request into the queue of the shell, subshell or control channel that it
 * is for; each has a thread that answers its requests in their order.
 */
public final class KernelSession {
  /** What the process does besides. */
  public interface Host {
    /** All about it is sent; the process should end. */
    void shutDown(boolean restart);

    /** For the person who looks at the kernel's own output. */
    void log(String line, Optional<Throwable> cause);
  }

  private final ConnectionInfo connection;
  private final Publisher publisher;
  private final CompletableFuture<? extends Interpreter> interpreter;
  private final History history;
  private final Host host;
  private final Flusher flusher = new Flusher();
  private final Stdin stdin;
  private final Comms comms;
  private final AtomicInteger executionCount = new AtomicInteger();

  /** How often a stop was asked for. */
  private final AtomicInteger interrupts = new AtomicInteger();

  private final AtomicLong subshellCount = new AtomicLong();
  private final Queue control = new Queue(Channel.CONTROL);
  private final Queue shell = new Queue(Channel.SHELL);
  private final Map<String, Queue> subshells = new ConcurrentHashMap<>();

  /**
   * Begins to answer.
   *
   * @param interpreter may still be on its way: what needs none is answered before
   */
  public KernelSession(
      ConnectionInfo connection,
      Transport transport,
      CompletableFuture<? extends Interpreter> interpreter,
      History history,
      Host host) {
    this.connection = connection;
    this.interpreter = interpreter;
    this.history = history;
    this.host = host;
    publisher = new Publisher(transport);
    stdin = new Stdin(publisher);
    comms = new Comms(publisher);
    interpreter.thenAccept(
        java -> {
          java.connect(comms);
          java.connect(history);
        });
    control.start("control");
    shell.start("shell");
    publisher.status("starting", Json.Obj.EMPTY);
  }

  /** Takes a request; does not wait for anything. */
  public void receive(Channel channel, Message request) {
    switch (channel) {
      case CONTROL -> control.add(request);
      case STDIN -> {
        if (request.type().equals("input_reply")) {
          stdin.answered(request);
        }
      }
      case SHELL -> {
        String id = request.header().subshell();
        Queue queue = id.isEmpty() ? shell : subshells.get(id);
        if (queue != null) {
          queue.add(request);
        } else {
          unknownSubshell(request, id);
        }
      }
      case IOPUB -> {
        // Front ends only listen there.
      }
    }
  }

  /**
   * The message that greets a new subscriber to iopub (JEP 65).
   *
   * @param topic what it subscribed to, empty for everything
   */
  public Message welcome(Bytes topic) {
    return publisher.to(
        topic.isEmpty() ? List.of() : List.of(topic),
        Json.Obj.EMPTY,
        "iopub_welcome",
        Json.object("subscription", topic.text()));
  }

  /** Stops what runs, as a signal or an {@code interrupt_request} asks. */
  public void interrupt() {
    interrupts.incrementAndGet();
    stdin.cancel();
    if (interpreter.isDone() && !interpreter.isCompletedExceptionally()) {
      interpreter.join().interrupt();
    }
  }

  private void unknownSubshell(Message request, String id) {
    Json.Obj parent = request.header().json();
    publisher.status("busy", parent);
    publisher.reply(
        Channel.SHELL,
        request,
        replyType(request),
        error("UnknownSubshell", "There is no subshell " + id, List.of()));
    publisher.status("idle", parent);
  }

  private static String replyType(Message request) {
    String type = request.type();
    int end = type.lastIndexOf('_');
    return (end < 0 ? type : type.substring(0, end)) + "_reply";
  }

  private static Json.Obj error(String name, String message, List<String> traceback) {
    return Json.object(
        "status", "error", "ename", name, "evalue", message, "traceback", Json.texts(traceback));
  }

  static Json.Obj ok() {
    return Json.object("status", "ok");
  }

  /** The request lacks something that it must have. */
  private static final class BadRequest extends Exception {
    private static final long serialVersionUID = 1L;

    BadRequest(String message) {
      super(message);
    }
  }

  /** The requests of one channel or subshell, and the thread that answers them. */
  private final class Queue {
    private sealed interface Item {
      record Request(Message message) implements Item {}

      /** All that came before it was queued when a cell failed. */
      record EndOfAborting() implements Item {}

      record Stop() implements Item {}
    }

    private final Channel channel;
    private final BlockingQueue<Item> items = new LinkedBlockingQueue<>();
    private boolean aborting;

    /** When this request's turn came. */
    private int interruptsBefore;

    Queue(Channel channel) {
      this.channel = channel;
    }

    void start(String name) {
      Thread.ofPlatform().daemon().name(name).start(this::run);
    }

    void add(Message request) {
      items.add(new Item.Request(request));
    }

    void stop() {
      items.add(new Item.Stop());
    }

    private void run() {
      try {
        while (true) {
          switch (items.take()) {
            case Item.Request(Message message) -> handled(message);
            case Item.EndOfAborting e -> aborting = false;
            case Item.Stop s -> {
              return;
            }
          }
        }
      } catch (InterruptedException e) {
        // Nobody interrupts this thread but the end of the process.
      }
    }

    /** The next request finds this thread, whatever becomes of this one. */
    private void handled(Message request) {
      try {
        handle(request);
      } catch (RuntimeException | Error e) {
        host.log("cannot end " + request.type(), Optional.of(e));
        publisher.status("idle", request.header().json());
      }
    }

    private void handle(Message request) {
      Json.Obj parent = request.header().json();
      interruptsBefore = interrupts.get();
      publisher.status("busy", parent);
      try {
        if (aborting && request.type().equals("execute_request")) {
          reply(request, Json.object("status", "aborted"));
        } else {
          answer(request);
        }
      } catch (BadRequest e) {
        reply(request, error("BadRequest", String.valueOf(e.getMessage()), List.of()));
      } catch (RuntimeException | Error e) {
        // Whatever it is, the next request must be answered.
        host.log("cannot answer " + request.type(), Optional.of(e));
        reply(request, error(e.getClass().getSimpleName(), String.valueOf(e), List.of()));
      } finally {
        publisher.status("idle", parent);
      }
      if (request.type().equals("shutdown_request")) {
        host.shutDown(restart(request));
      }
    }

    private boolean restart(Message request) {
      return request.content().bool("restart", false);
    }

    private void reply(Message request, Json.Obj content) {
      publisher.reply(channel, request, replyType(request), content);
    }

    private void answer(Message request) throws BadRequest {
      Json.Obj content = request.content();
      switch (request.type()) {
        case "execute_request" -> execute(request);
        case "kernel_info_request" -> reply(request, KernelInfo.reply());
        case "complete_request" -> reply(request, complete(content));
        case "inspect_request" -> reply(request, inspect(content));
        case "is_complete_request" -> reply(request, isComplete(content));
        case "history_request" -> reply(request, history(content));
        case "connect_request" -> reply(request, KernelInfo.ports(connection));
        case "comm_info_request" ->
            reply(request, ok().with("comms", comms.info(content.text("target_name"))));
        case "comm_open" -> comms.openRequested(request);
        case "comm_msg" -> comms.messaged(request);
        case "comm_close" -> comms.closeRequested(request);
        case "shutdown_request" -> {
          Json.Obj bye = ok().with("restart", Json.of(restart(request)));
          reply(request, bye);
          publisher.publish("shutdown_reply", request.header().json(), bye);
        }
        case "interrupt_request" -> {
          interrupt();
          reply(request, ok());
        }
        case "debug_request" -> reply(request, KernelInfo.noDebugger(content));
        case "create_subshell_request" -> reply(request, createSubshell());
        case "delete_subshell_request" -> reply(request, deleteSubshell(content));
        case "list_subshell_request" ->
            reply(request, ok().with("subshell_id", Json.texts(subshells.keySet())));
        default -> host.log("unknown request " + request.type(), Optional.empty());
      }
    }

    private void execute(Message request) throws BadRequest {
      Json.Obj content = request.content();
      String code = code(content);
      boolean silent = content.bool("silent", false);
      boolean stored = !silent && content.bool("store_history", true);
      PublishedOutput output =
          new PublishedOutput(
              publisher, request, flusher, stdin, content.bool("allow_stdin", false));
      int count = stored ? executionCount.incrementAndGet() : executionCount.get() + 1;
      if (!silent) {
        output.publish("execute_input", Json.object("code", code, "execution_count", count));
      }
      int before = interruptsBefore;
      CellRequest cell =
          new CellRequest(code, count, silent, stored, () -> interrupts.get() != before);
      Outcome outcome = run(cell, output);
      Optional<String> value =
          switch (outcome) {
            case Outcome.Done(var result) -> {
              if (!silent && result.isPresent()) {
                output.result(count, result.get());
              }
              output.flush();
              reply(
                  request,
                  ok().with("execution_count", Json.of(count))
                      .with("payload", Json.of(List.of()))
                      .with(
                          "user_expressions",
                          userExpressions(content.object("user_expressions"), output)));
              yield result.map(MimeBundle::text);
            }
            case Outcome.Failed(var name, var message, var traceback) -> {
              if (!silent && content.bool("stop_on_error", true)) {
                // Before the error is told: what is sent by one who knows of it is not aborted.
                aborting = true;
                items.add(new Item.EndOfAborting());
              }
              Json.Obj error = error(name, message, traceback);
              Map<String, Json> published = new LinkedHashMap<>(error.members());
              published.remove("status");
              output.publish("error", new Json.Obj(published));
              reply(
                  request,
                  error
                      .with("execution_count", Json.of(count))
                      .with("payload", Json.of(List.of()))
                      .with("user_expressions", Json.Obj.EMPTY));
              yield Optional.empty();
            }
          };
      if (stored) {
        history.add(count, code, value);
      }
    }

    private Outcome run(CellRequest cell, PublishedOutput output) {
      try {
        return interpreter.join().execute(cell, output);
      } catch (CompletionException e) {
        return failed("Java cannot start", Optional.ofNullable(e.getCause()).orElse(e));
      } catch (RuntimeException | Error e) {
        return failed("The kernel failed in this cell", e);
      }
    }

    private Outcome failed(String what, Throwable cause) {
      host.log(what, Optional.of(cause));
      return new Outcome.Failed(
          cause.getClass().getSimpleName(),
          what + ": " + cause.getMessage(),
          List.of(what + ": " + cause));
    }

    private Json.Obj userExpressions(Json.Obj expressions, PublishedOutput output) {
      Map<String, Json> values = new LinkedHashMap<>();
      expressions
          .members()
          .forEach(
              (name, expression) ->
                  values.put(
                      name,
                      expression instanceof Json.Text(String code)
                          ? userExpression(code, output)
                          : error("BadRequest", "The expression is no string", List.of())));
      return new Json.Obj(values);
    }

    private Json userExpression(String code, PublishedOutput output) {
      return switch (interpreter.join().evaluate(code, output)) {
        case Outcome.Done(var value) ->
            ok().with("data", value.map(Publisher::data).orElse(Json.Obj.EMPTY))
                .with("metadata", Json.Obj.EMPTY);
        case Outcome.Failed(var name, var message, var traceback) ->
            error(name, message, traceback);
      };
    }
  }

  private static String code(Json.Obj content) throws BadRequest {
    return content.text("code").orElseThrow(() -> new BadRequest("The code is no string"));
  }

  /**
   * The cursor as a UTF-16 offset; the protocol counts code points. Outside the code it is put in.
   */
  private static int cursor(Json.Obj content, String code) {
    int points = code.codePointCount(0, code.length());
    int cursor = Math.clamp(content.integer("cursor_pos").orElse(points), 0, points);
    return code.offsetByCodePoints(0, cursor);
  }

  private Json.Obj complete(Json.Obj content) throws BadRequest {
    String code = code(content);
    Completion completion = interpreter.join().complete(code, cursor(content, code));
    int start = code.codePointCount(0, completion.start());
    int end = code.codePointCount(0, completion.end());
    List<Json> typed = new ArrayList<>();
    for (Match match : completion.matches()) {
      Json.Obj one =
          Json.object("start", start, "end", end, "text", match.text(), "type", match.type());
      typed.add(
          match.signature().isEmpty() ? one : one.with("signature", Json.of(match.signature())));
    }
    return ok().with("matches", Json.texts(completion.matches().stream().map(Match::text).toList()))
        .with("cursor_start", Json.of(start))
        .with("cursor_end", Json.of(end))
        .with("metadata", Json.object("_jupyter_types_experimental", Json.of(typed)));
  }

  private Json.Obj inspect(Json.Obj content) throws BadRequest {
    String code = code(content);
    Optional<MimeBundle> found =
        interpreter
            .join()
            .inspect(code, cursor(content, code), content.integer("detail_level").orElse(0));
    return ok().with("found", Json.of(found.isPresent()))
        .with("data", found.map(Publisher::data).orElse(Json.Obj.EMPTY))
        .with("metadata", Json.Obj.EMPTY);
  }

  private Json.Obj isComplete(Json.Obj content) throws BadRequest {
    return switch (interpreter.join().isComplete(code(content))) {
      case Completeness.Complete c -> Json.object("status", "complete");
      case Completeness.Incomplete(String indent) ->
          Json.object("status", "incomplete", "indent", indent);
      case Completeness.Invalid i -> Json.object("status", "invalid");
      case Completeness.Unknown u -> Json.object("status", "unknown");
    };
  }

  private Json.Obj history(Json.Obj content) throws BadRequest {
    Optional<Integer> n = content.integer("n");
    String access = content.text("hist_access_type").orElse("");
    List<History.Entry> entries =
        switch (access) {
          case "tail" -> history.tail(n.orElse(10));
          case "range" ->
              history.range(
                  content.integer("session").orElse(0),
                  content.integer("start").orElse(0),
                  content.integer("stop"));
          case "search" ->
              history.search(content.text("pattern").orElse("*"), n, content.bool("unique", false));
          default ->
              throw new BadRequest(
                  "The hist_access_type is \"" + access + "\"; tail, range and search are known");
        };
    boolean output = content.bool("output", false);
    return ok().with("history", Json.of(entries.stream().map(e -> entry(e, output)).toList()));
  }

  private static Json entry(History.Entry entry, boolean output) {
    Json input = Json.of(entry.input());
    Json value = entry.output().map(Json::of).orElse(Json.Null.VALUE);
    return Json.of(
        List.of(
            Json.of(entry.session()),
            Json.of(entry.line()),
            output ? Json.of(List.of(input, value)) : input));
  }

  private Json.Obj createSubshell() {
    String id = "subshell-" + subshellCount.incrementAndGet();
    Queue queue = new Queue(Channel.SHELL);
    subshells.put(id, queue);
    queue.start(id);
    return ok().with("subshell_id", Json.of(id));
  }

  private Json.Obj deleteSubshell(Json.Obj content) {
    String id = content.text("subshell_id").orElse("");
    Queue queue = subshells.remove(id);
    if (queue == null) {
      return error("UnknownSubshell", "There is no subshell " + id, List.of());
    }
    queue.stop();
    return ok();
  }
}
