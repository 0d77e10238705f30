package wirebook.magics;

import java.io.PrintStream;
import java.util.List;
import java.util.Optional;
import wirebook.engine.socket.SocketScript;
import wirebook.engine.socket.SocketState;
import wirebook.engine.socket.Syscall;

/** The two columns of {@code %%socket}, printed call by call. */
final class SocketColumns {
  private static final int WIDTH = 58;
  private static final int STATE = 12;

  private final PrintStream out;

  SocketColumns(PrintStream out, List<String> names) {
    this.out = out;
    line(cell(names.get(0), ""), cell(names.get(1), ""));
    out.println("─".repeat(WIDTH) + "┼" + "─".repeat(WIDTH));
  }

  void show(SocketScript.Shown shown) {
    String state = shown.state().map(SocketColumns::name).orElse("");
    String call =
        shown.again()
            ? "  … " + shown.call().replaceFirst("^\\w+ = ", "").replaceFirst(" .*", "")
            : " " + shown.call();
    String text = call + shown.result().map(SocketColumns::result).orElse("  … waits");
    String cell = cell(text, state);
    line(shown.column() == 0 ? cell : cell("", ""), shown.column() == 0 ? "" : cell);
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

  private static String cell(String text, String state) {
    int room = WIDTH - STATE;
    String fitted = text.length() <= room - 1 ? text : text.substring(0, room - 2) + "…";
    return fitted
        + " ".repeat(room - fitted.length())
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
