package wirebook.magics.host;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import wirebook.engine.socket.SocketState;
import wirebook.engine.socket.calls.SocketScript;
import wirebook.engine.socket.calls.Syscall;
import wirebook.render.Picture;
import wirebook.render.StateLadder;

/** The two columns of {@code %%socket}, printed call by call. */
final class SocketColumns {
  /** Both fit beside JupyterLab's side bar. */
  private static final int WIDTH = 47;

  private static final int STATE = 12;
  private static final int ROOM = WIDTH - STATE;
  private static final String INDENT = "     ";

  private final PrintStream out;
  private final List<String> names;
  private final List<SocketScript.Shown> shown = new ArrayList<>();

  SocketColumns(PrintStream out, List<String> names) {
    this.out = out;
    this.names = names;
    line(cell(names.get(0), ""), cell(names.get(1), ""));
    out.println("─".repeat(WIDTH) + "┼" + "─".repeat(WIDTH));
  }

  /** The states of the connection at both ends; empty when there was none. */
  Optional<Picture> picture() {
    List<StateLadder.Rung> rungs = new ArrayList<>();
    Set<String> states = new LinkedHashSet<>();
    Optional<SocketScript.Shown> before = Optional.empty();
    for (SocketScript.Shown one : shown) {
      if (one.result().isPresent()) {
        Optional<String> left = one.ends().get(0).map(SocketColumns::name);
        Optional<String> right = one.ends().get(1).map(SocketColumns::name);
        left.ifPresent(states::add);
        right.ifPresent(states::add);
        boolean reset = isReset(one, before);
        rungs.add(
            new StateLadder.Rung(
                one.column() == 0,
                one.call(),
                !one.result().get().ok(),
                left,
                right,
                reset ? Optional.of("RST") : wire(one, before),
                reset || !one.result().get().ok()));
      }
      before = Optional.of(one);
    }
    return states.contains("ESTABLISHED")
        ? Optional.of(
            new StateLadder(
                    names.get(0), names.get(1), rungs, "states: " + String.join(", ", states))
                .picture())
        : Optional.empty();
  }

  /** What a call sends, as far as its kind and its result say. */
  private static Optional<String> wire(
      SocketScript.Shown one, Optional<SocketScript.Shown> before) {
    Syscall call = one.result().orElseThrow();
    return switch (call.name()) {
      case "connect" ->
          Optional.of(call.ok() ? "SYN, SYN+ACK, ACK" : "SYN").filter(w -> one.state().isPresent());
      case "sendto", "write" ->
          call.ok() && call.result() > 0
              ? Optional.of(call.result() + (call.result() == 1 ? " byte" : " bytes"))
              : Optional.empty();
      case "shutdown", "close" -> {
        Optional<SocketState> was = before.flatMap(b -> b.ends().get(one.column()));
        boolean open =
            was.filter(s -> s == SocketState.ESTABLISHED || s == SocketState.CLOSE_WAIT)
                .isPresent();
        yield open && !was.equals(one.ends().get(one.column()))
            ? Optional.of("FIN")
            : Optional.empty();
      }
      default -> Optional.empty();
    };
  }

  /** Both ends are gone at once, though neither had said that it was done. */
  private static boolean isReset(SocketScript.Shown one, Optional<SocketScript.Shown> before) {
    return one.result().filter(r -> r.name().equals("close")).isPresent()
        && one.ends().stream().allMatch(e -> e.equals(Optional.of(SocketState.CLOSED)))
        && before
            .filter(
                b ->
                    b.ends().stream().allMatch(e -> e.equals(Optional.of(SocketState.ESTABLISHED))))
            .isPresent();
  }

  void show(SocketScript.Shown shown) {
    this.shown.add(shown);
    String state = shown.state().map(SocketColumns::name).orElse("");
    String call =
        shown.again()
            ? "  … " + shown.call().replaceFirst("^\\w+ = ", "").replaceFirst(" .*", "")
            : " " + shown.call();
    String text = call + shown.result().map(SocketColumns::result).orElse("  … waits");
    List<String> parts = broken(text);
    for (int i = 0; i < parts.size(); i++) {
      String cell = cell(parts.get(i), i == 0 ? state : "");
      line(shown.column() == 0 ? cell : cell("", ""), shown.column() == 0 ? "" : cell);
    }
    shown
        .result()
        .map(Syscall::advice)
        .filter(a -> !a.isEmpty())
        .ifPresent(advice -> out.println("# " + advice));
  }

  /** As RFC 9293 names the state. */
  private static String name(SocketState state) {
    return state.name().replace('_', '-');
  }

  private static String result(Syscall call) {
    String data =
        call.bytes().isEmpty() || !call.name().matches("recvfrom|read")
            ? ""
            : " " + call.line().replaceFirst("^\\w+\\(\\d+, (\".*?\"(\\.\\.\\.)?), .*", "$1");
    return " = "
        + call.error().map(e -> "-1 " + e.name()).orElse(Long.toString(call.result()))
        + data
        + (call.name().startsWith("get") ? call.address().map(a -> " " + a).orElse("") : "");
  }

  /** A call that is longer than its column goes on below, where it can be broken at a blank. */
  private static List<String> broken(String text) {
    List<String> parts = new ArrayList<>();
    String rest = text;
    while (rest.length() >= ROOM) {
      int blank = rest.lastIndexOf(' ', ROOM - 1);
      int end = blank > INDENT.length() ? blank : ROOM - 1;
      parts.add(rest.substring(0, end));
      rest = INDENT + rest.substring(end).stripLeading();
    }
    parts.add(rest);
    return parts;
  }

  private static String cell(String text, String state) {
    String fitted = text.substring(0, Math.min(text.length(), ROOM - 1));
    return fitted
        + " ".repeat(ROOM - fitted.length())
        + state
        + " ".repeat(Math.max(0, STATE - state.length()));
  }

  private void line(String left, String right) {
    out.println((left + "│" + right).stripTrailing());
  }

  void end(String word) {
    Optional.of(word).filter(w -> !w.isEmpty()).ifPresent(w -> out.println("# " + w));
  }
}
