// Above 500 lines: one small language: its lines, and the two columns that run them.
package wirebook.engine.socket.calls;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import wirebook.engine.socket.Names;
import wirebook.engine.socket.SocketEntry;
import wirebook.engine.socket.SocketName;
import wirebook.engine.socket.SocketState;
import wirebook.engine.socket.ss.SocketTable;
import wirebook.engine.socket.ss.SsQuery;
import wirebook.net.NetworkClock;

/**
 * System calls of two programs side by side, each in a column: {@code client | server}. A column's
 * calls are made one after the other; a call that blocks stands waiting while the other column goes
 * on. Calls are made in the order of the lines as far as that allows.
 *
 * <p>{@code s = socket} names a descriptor, {@code @s} stands for the address that it is bound to.
 */
public final class SocketScript {
  /** How long both columns may wait before they are stopped. */
  static final Duration PATIENCE = Duration.ofSeconds(5);

  /** How long a call that has nothing to wait for, as far as poll says, may take. */
  private static final long READY_MILLIS = 5000;

  /** How long a call that may block is watched before the other column goes on. */
  private static final long GRACE_MILLIS = 30;

  /** The same for a handshake, which poll cannot foresee. */
  private static final long HANDSHAKE_MILLIS = 300;

  /** How long a FIN and its acknowledgement may take within this machine. */
  private static final Duration UNDERWAY = Duration.ofMillis(300);

  private static final int MOST_LINES = 200;

  private final List<String> names;
  private final List<Step> steps;

  /** One call of a column. {@code line} counts from zero. */
  private record Step(int column, int line, Optional<String> variable, List<String> words) {
    String text() {
      return variable.map(v -> v + " = ").orElse("") + String.join(" ", words);
    }
  }

  /**
   * What happened next.
   *
   * @param column 0 for the left, 1 for the right
   * @param call as written
   * @param result empty when the call was made and waits
   * @param state the state of the connection after it, if it has one
   * @param again whether the call was shown before, as waiting
   * @param ends the states of the first connection's two ends after it, the left one first; before
   *     there is a connection, of the socket that each column has
   */
  public record Shown(
      int column,
      String call,
      Optional<Syscall> result,
      Optional<SocketState> state,
      boolean again,
      List<Optional<SocketState>> ends) {
    public Shown {
      ends = List.copyOf(ends);
    }
  }

  /** A line is no call; {@code line} counts from zero. */
  public static final class Wrong extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int line;
    private final String fix;

    Wrong(int line, String message, String fix) {
      super(message, null, false, false);
      this.line = line;
      this.fix = fix;
    }

    public int line() {
      return line;
    }

    public String fix() {
      return fix;
    }
  }

  private SocketScript(List<String> names, List<Step> steps) {
    this.names = List.copyOf(names);
    this.steps = List.copyOf(steps);
  }

  /** The columns' names. */
  public List<String> names() {
    return names;
  }

  /**
   * Reads a script.
   *
   * @throws Wrong when a line is none
   */
  public static SocketScript parse(String text) {
    List<String> names = new ArrayList<>(List.of("client", "server"));
    List<Step> steps = new ArrayList<>();
    List<String> lines = text.lines().toList();
    if (lines.size() > MOST_LINES) {
      throw new Wrong(MOST_LINES, "a script has at most " + MOST_LINES + " lines", "");
    }
    for (int i = 0; i < lines.size(); i++) {
      List<List<String>> columns = columns(lines.get(i), i);
      if (columns.size() > 2) {
        throw new Wrong(
            i, "a line has two columns, not " + columns.size(), "quote data that has a |");
      }
      boolean header =
          steps.isEmpty()
              && columns.size() == 2
              && columns.stream()
                  .allMatch(c -> c.size() == 1 && !CallParser.CALLS.contains(c.getFirst()));
      for (int c = 0; c < columns.size(); c++) {
        List<String> words = columns.get(c);
        if (header) {
          names.set(c, words.getFirst());
        } else if (!words.isEmpty()) {
          steps.add(step(c, i, words));
        }
      }
    }
    return new SocketScript(names, steps);
  }

  private static Step step(int column, int line, List<String> words) {
    boolean named = words.size() > 2 && words.get(1).equals("=");
    List<String> call = named ? words.subList(2, words.size()) : words;
    if (!CallParser.CALLS.contains(call.getFirst())) {
      throw new Wrong(
          line, "no system call " + call.getFirst(), CallParser.instead(call.getFirst()));
    }
    return new Step(
        column, line, named ? Optional.of(words.getFirst()) : Optional.empty(), List.copyOf(call));
  }

  /**
   * White space separates, quotes group, {@code |} begins the next column, {@code #} ends a line.
   */
  private static List<List<String>> columns(String line, int number) {
    List<List<String>> columns = new ArrayList<>();
    List<String> words = new ArrayList<>();
    StringBuilder word = new StringBuilder();
    boolean inWord = false;
    char quote = 0;
    for (int i = 0; i < line.length(); i++) {
      char c = line.charAt(i);
      if (quote != 0) {
        if (c == quote) {
          quote = 0;
        } else {
          word.append(c);
        }
      } else if (c == '"' || c == '\'') {
        quote = c;
        inWord = true;
      } else if (Character.isWhitespace(c) || c == '|' || (c == '#' && !inWord)) {
        if (inWord) {
          words.add(word.toString());
          word.setLength(0);
          inWord = false;
        }
        if (c == '|') {
          columns.add(words);
          words = new ArrayList<>();
        } else if (c == '#') {
          break;
        }
      } else {
        word.append(c);
        inWord = true;
      }
    }
    if (quote != 0) {
      throw new Wrong(number, "a quote is not closed", String.valueOf(quote));
    }
    if (inWord) {
      words.add(word.toString());
    }
    columns.add(words);
    return columns;
  }

  /**
   * Makes the calls. Descriptors that are still open at the end are closed.
   *
   * @param told of each call as it is made, and of those that waited again when they are done
   * @return the last call's result, and a word on what was stopped, or an empty one
   * @throws InterruptedException when stopped; what blocked is freed
   */
  public Ended run(SystemCalls calls, Consumer<Shown> told) throws InterruptedException {
    return new Run(calls, told).run();
  }

  /** How a script ended. */
  public record Ended(Optional<Syscall> last, String word) {}

  private final class Run {
    private final SystemCalls calls;
    private final Consumer<Shown> told;
    private final Map<String, Descriptor> variables = new HashMap<>();
    private final List<Descriptor> made = new ArrayList<>();
    private final List<Deque<Step>> queues = List.of(new ArrayDeque<>(), new ArrayDeque<>());
    private final @Nullable Waiting[] waiting = new Waiting[2];
    private final @Nullable Descriptor[] own = new Descriptor[2];
    private Optional<Ends> connection = Optional.empty();
    private int connectionColumn;
    private Optional<Syscall> last = Optional.empty();

    private record Waiting(
        Step step, CallParser.Call call, Thread thread, CompletableFuture<Syscall> result) {}

    Run(SystemCalls calls, Consumer<Shown> told) {
      this.calls = calls;
      this.told = told;
      steps.forEach(s -> queues.get(s.column).add(s));
    }

    Ended run() throws InterruptedException {
      try {
        while (true) {
          Optional<Step> next = next();
          if (next.isPresent()) {
            start(next.get());
          } else if (waiting[0] == null && waiting[1] == null) {
            return new Ended(last, "");
          } else if (!settle(PATIENCE.toMillis())) {
            return new Ended(last, stuck());
          }
          settle(0);
        }
      } finally {
        for (Waiting one : waiting) {
          if (one != null) {
            one.thread.interrupt();
          }
        }
        for (Descriptor descriptor : made) {
          if (calls.isOpen(descriptor)) {
            calls.close(descriptor);
          }
        }
      }
    }

    private String stuck() {
      List<String> who = new ArrayList<>();
      for (Waiting one : waiting) {
        if (one != null) {
          who.add(names.get(one.step.column) + " in " + one.step.words.getFirst());
        }
      }
      return "stopped after "
          + PATIENCE.toSeconds()
          + " s: "
          + String.join(", ", who)
          + (who.size() == 2 ? ": both wait for each other" : ": nobody is left to end the wait");
    }

    /** Of the columns that do not wait, the one whose next call stands higher. */
    private Optional<Step> next() {
      Optional<Step> next = Optional.empty();
      for (int c = 0; c < 2; c++) {
        Step head = queues.get(c).peek();
        if (waiting[c] == null && head != null && (next.isEmpty() || head.line < next.get().line)) {
          next = Optional.of(head);
        }
      }
      next.ifPresent(s -> queues.get(s.column).remove());
      return next;
    }

    private void start(Step step) throws InterruptedException {
      CallParser.Call call;
      try {
        call =
            CallParser.parse(
                calls,
                step.words,
                word -> Optional.ofNullable(variables.get(word)),
                word -> Optional.ofNullable(bound(word)));
      } catch (CallParser.Wrong e) {
        throw new Wrong(step.line, String.valueOf(e.getMessage()), e.fix());
      }
      boolean ready = ready(call);
      Optional<Ends> before = before(call);
      CompletableFuture<Syscall> result = new CompletableFuture<>();
      Thread thread =
          Thread.ofVirtual()
              .start(
                  () -> {
                    try {
                      result.complete(call.make().get());
                    } catch (RuntimeException e) {
                      result.completeExceptionally(e);
                    }
                  });
      Waiting one = new Waiting(step, call, thread, result);
      long watched =
          ready ? READY_MILLIS : call.name().equals("connect") ? HANDSHAKE_MILLIS : GRACE_MILLIS;
      if (finished(one, watched)) {
        done(one, false, before);
      } else {
        waiting[step.column] = one;
        told.accept(
            new Shown(step.column, step.text(), Optional.empty(), Optional.empty(), false, ends()));
      }
    }

    private @Nullable SocketName bound(String word) {
      Descriptor of = word.startsWith("@") ? variables.get(word.substring(1)) : null;
      return of == null ? null : calls.getsockname(of).address().orElse(null);
    }

    /** Whether poll says that the call has nothing to wait for. */
    private boolean ready(CallParser.Call call) {
      String events =
          switch (call.name()) {
            case "accept", "recv", "recvfrom", "read" -> "POLLIN";
            case "send", "sendto", "write" -> "POLLOUT";
            default -> "";
          };
      if (events.isEmpty()) {
        return !call.name().equals("connect") && !call.name().equals("poll");
      }
      return calls
              .poll(
                  List.of(
                      new SocketLayer.Interest(call.on().orElseThrow(), Names.POLL.get(events))),
                  0)
              .result()
          > 0;
    }

    /** Shows the waiting calls that are done; false when none is within the time. */
    private boolean settle(long millis) throws InterruptedException {
      long left = millis;
      do {
        boolean some = false;
        for (int c = 0; c < 2; c++) {
          Waiting one = waiting[c];
          if (one != null && finished(one, ready(one.call) ? READY_MILLIS : GRACE_MILLIS)) {
            waiting[c] = null;
            done(one, true, Optional.empty());
            some = true;
          }
        }
        if (some) {
          return true;
        }
        left -= GRACE_MILLIS;
      } while (left > 0);
      return false;
    }

    private boolean finished(Waiting one, long millis) throws InterruptedException {
      try {
        one.result.get(millis, TimeUnit.MILLISECONDS);
        return true;
      } catch (TimeoutException e) {
        return false;
      } catch (ExecutionException e) {
        Throwable cause = e.getCause() == null ? e : e.getCause();
        throw new Wrong(one.step.line, String.valueOf(cause.getMessage()), "");
      }
    }

    private void done(Waiting one, boolean again, Optional<Ends> before)
        throws InterruptedException {
      Syscall result = one.result.join();
      last = Optional.of(result);
      boolean makes = result.name().equals("socket") || result.name().equals("accept");
      if (makes && result.ok()) {
        result.descriptor().ifPresent(made::add);
        if (result.name().equals("socket")) {
          own[one.step.column] = result.descriptor().orElse(null);
        }
        one.step.variable.ifPresent(v -> result.descriptor().ifPresent(d -> variables.put(v, d)));
      }
      if (result.ok() && (result.name().equals("connect") || result.name().equals("accept"))) {
        result.descriptor().ifPresent(d -> connected(one.step.column, d));
      }
      List<Optional<SocketState>> ends = settled();
      told.accept(
          new Shown(
              one.step.column,
              one.step.text(),
              Optional.of(result),
              result.name().equals("close")
                  ? before.flatMap(Run::afterClose)
                  : result.descriptor().flatMap(this::state),
              again,
              ends));
    }

    /**
     * The states that the call leads to. A FIN is on its way for a moment, and a busy machine, or a
     * peer that delays its acknowledgement, makes that moment long: the state of before would be
     * shown, and by the next call the one that should have been.
     */
    private List<Optional<SocketState>> settled() throws InterruptedException {
      List<Optional<SocketState>> ends = ends();
      long start = NetworkClock.SYSTEM.nanoTime();
      while (connection.isPresent()
          && isUnderway(ends)
          && NetworkClock.SYSTEM.nanoTime() - start < UNDERWAY.toNanos()) {
        NetworkClock.SYSTEM.sleep(Duration.ofMillis(1));
        ends = ends();
      }
      return ends;
    }

    /** Whether a FIN or what answers it has not come to the other end yet. */
    private static boolean isUnderway(List<Optional<SocketState>> ends) {
      Set<SocketState> states = ends.stream().flatMap(Optional::stream).collect(Collectors.toSet());
      boolean unanswered =
          !Collections.disjoint(
              states, Set.of(SocketState.FIN_WAIT_1, SocketState.CLOSING, SocketState.LAST_ACK));
      boolean unseen =
          states.contains(SocketState.FIN_WAIT_2) && states.contains(SocketState.ESTABLISHED);
      return unanswered || unseen;
    }

    /** Remembers the first connection, as the column that has {@code on} knows it. */
    private void connected(int column, Descriptor on) {
      if (connection.isEmpty() && on.isInternet() && on.type() == 1) {
        Optional<SocketName> local = calls.getsockname(on).address();
        Optional<SocketName> peer = calls.getpeername(on).address();
        connection = local.flatMap(l -> peer.map(p -> new Ends(l, p)));
        connectionColumn = column;
      }
    }

    private List<Optional<SocketState>> ends() {
      if (connection.isEmpty()) {
        return List.of(
            Optional.ofNullable(own[0]).flatMap(this::state),
            Optional.ofNullable(own[1]).flatMap(this::state));
      }
      Ends here = connection.get();
      Optional<SocketState> one = afterClose(here);
      Optional<SocketState> other = afterClose(here.fromThePeer());
      return connectionColumn == 0 ? List.of(one, other) : List.of(other, one);
    }

    private Optional<SocketState> state(Descriptor descriptor) {
      return calls.state(descriptor);
    }

    /** Both ends of a connection that is about to be closed. */
    private record Ends(SocketName local, SocketName peer) {
      Ends fromThePeer() {
        return new Ends(/* local= */ peer, /* peer= */ local);
      }
    }

    private Optional<Ends> before(CallParser.Call call) {
      if (!call.name().equals("close") || call.on().filter(d -> state(d).isPresent()).isEmpty()) {
        return Optional.empty();
      }
      Descriptor on = call.on().get();
      Optional<SocketName> local = calls.getsockname(on).address();
      Optional<SocketName> peer = calls.getpeername(on).address();
      return local.flatMap(l -> peer.map(p -> new Ends(l, p)));
    }

    /** The state of a connection that no descriptor stands for any more. */
    private static Optional<SocketState> afterClose(Ends names) {
      if (!(names.local instanceof SocketName.Ip local)
          || !(names.peer instanceof SocketName.Ip peer)) {
        return Optional.empty();
      }
      try {
        SocketEntry.End.Ip one = new SocketEntry.End.Ip(local.address(), local.port(), 0);
        SocketEntry.End.Ip other = new SocketEntry.End.Ip(peer.address(), peer.port(), 0);
        return SocketTable.ofMachine(SsQuery.parse(List.of("-tan"))).sockets().stream()
            .filter(s -> s.local().equals(one) && s.peer().equals(other))
            .findFirst()
            .map(SocketEntry::state)
            .or(() -> Optional.of(SocketState.CLOSED));
      } catch (IOException e) {
        return Optional.empty();
      }
    }
  }
}
