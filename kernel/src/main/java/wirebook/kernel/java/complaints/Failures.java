package wirebook.kernel.java.complaints;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import wirebook.kernel.java.settings.PeerSettings;
import wirebook.kernel.java.shell.Places;
import wirebook.kernel.session.Interpreter.Outcome.Failed;
import wirebook.kernel.worker.wire.WorkerMessage.Thrown;
import wirebook.spi.Diagnostic;
import wirebook.spi.Span;

/**
 * Errors as people see them: place, cause, fix. Bold type is only added to what is plain already.
 */
public final class Failures {
  /** No colour: in JupyterLab the ground of errors is red, a dark one in its dark theme. */
  private static final String BOLD = "\u001b[1m";

  private static final String RESET = "\u001b[0m";

  /** Woven into cells, whose code does not call it. */
  private static final String STOP_CHECK = "wirebook.kernel.worker.inside.StopCheck";

  /** Frames of one exception; a recursion's repetitions count as one. */
  private static final int MOST_FRAMES = 30;

  /** So many methods may call each other in turns. */
  private static final int LONGEST_ROUND = 6;

  private static final Pattern UNCHANGEABLE =
      Pattern.compile("\\.(?:ImmutableCollections|Collections\\$Unmodifiable|AbstractList$)");

  private static final Pattern SAME_NAME =
      Pattern.compile("class (\\S+) cannot be cast to class \\1 ");

  /** Of a longer line of a cell the part around the place is shown. */
  private static final int LONGEST_LINE = 200;

  private Failures() {}

  /** Of the compiler, not of the cell's code. */
  public static Failed tooLong() {
    return of(
        "CompilationError",
        "the compiler does not come to an end with this",
        List.of("  divide it into smaller statements, or say the types that it has to find out"));
  }

  public static Failed stopped() {
    return new Failed(
        "Interrupted",
        "the cell was stopped",
        List.of(BOLD + "Interrupted" + RESET + ": the cell was stopped"));
  }

  public static Failed overdue(PeerSettings.Limit limit) {
    return of(
        "Timeout",
        "a statement took longer than %s ms, which %s allows"
            .formatted(limit.time().toMillis(), limit.origin()),
        List.of());
  }

  public static Failed nothing() {
    return of("CompilationError", "there is nothing here that can be compiled", List.of());
  }

  public static Failed of(String name, String message, List<String> details) {
    List<String> lines = new ArrayList<>();
    lines.add(BOLD + name + RESET + ": " + message);
    lines.addAll(details);
    return new Failed(name, message, lines);
  }

  /** An exception that a cell ended in. */
  public static Failed of(Thrown thrown, Places places) {
    List<String> lines = new ArrayList<>();
    describe(thrown, places, "", lines);
    advice(name(thrown), message(thrown), thrown).ifPresent(lines::add);
    return new Failed(name(thrown), message(thrown), lines);
  }

  private static Optional<String> advice(String name, String message, Thrown thrown) {
    List<StackTraceElement> frames = thrown.frames();
    return switch (name) {
      case "java.net.ConnectException" ->
          message.contains("refused") || isRefused(thrown)
              ? Optional.of(
                  "  nothing listens at that address and port: first comes the cell that starts the"
                      + " server")
              : Optional.empty();
      case "java.net.UnknownHostException" ->
          message.matches("[\\w.-]+")
              ? Optional.of("  %dig " + message + " shows what name servers say of it")
              : Optional.empty();
      case "java.net.BindException" ->
          message.contains("in use")
              ? Optional.of("  %ss -tlnp shows who has the port; 0 takes one that is free")
              : Optional.empty();
      case "UnsupportedOperationException" ->
          frames.stream().limit(1).anyMatch(one -> UNCHANGEABLE.matcher(one.getClassName()).find())
              ? Optional.of(
                  "  what List.of(…), toList() and the like give cannot be changed:"
                      + " new ArrayList<>(…) of it can")
              : Optional.empty();
      case "java.util.ConcurrentModificationException" ->
          Optional.of(
              frames.stream().limit(1).anyMatch(one -> one.getMethodName().startsWith("compute"))
                  ? "  what computes a value must not change the map itself: get, compute, and put"
                  : "  a loop over a collection must not change it: removeIf(…), or a copy of it");
      case "NullPointerException" ->
          message.contains("\"<local")
              ? Optional.of("  what stands behind switch or for in (…) is null")
              : Optional.empty();
      case "java.util.InputMismatchException" ->
          Optional.of("  what comes next is of another kind: hasNextInt() and the like tell that");
      case "java.awt.HeadlessException" ->
          Optional.of(
              "  windows need a screen: draw into a BufferedImage, which the cell shows as its"
                  + " value");
      case "java.nio.file.NoSuchFileException", "java.io.FileNotFoundException" ->
          message.startsWith("/")
              ? Optional.empty()
              : Optional.of(
                  "  a relative name starts where Path.of(\"\").toAbsolutePath() says: in"
                      + " JupyterLab at the notebook's folder");
      case "StackOverflowError" ->
          Optional.of(
              "  a method calls itself without an end, or more often than the stack has room");
      case "ClassCastException" -> anotherClass(message);
      case "OutOfMemoryError" -> Optional.of(outOfMemory(message));
      default -> Optional.empty();
    };
  }

  /** Java closes what a thread that is interrupted waits on. */
  public static boolean closedByStop(Thrown thrown) {
    return thrown.type().equals("java.nio.channels.ClosedByInterruptException")
        || thrown.message().filter("Closed by interrupt"::equals).isPresent();
  }

  /** As java.net.http says it. */
  private static boolean isRefused(Thrown thrown) {
    return thrown
        .cause()
        .filter(
            cause ->
                cause.type().equals("java.nio.channels.ClosedChannelException") || isRefused(cause))
        .isPresent();
  }

  /** A class that was declared anew is another one of the same name. */
  private static Optional<String> anotherClass(String message) {
    Matcher m = SAME_NAME.matcher(message);
    return m.lookingAt()
        ? Optional.of(
            "  it was made before "
                + m.group(1)
                + " was declared anew, and is of the class that had this name: run again what made"
                + " it")
        : Optional.empty();
  }

  private static String outOfMemory(String message) {
    if (message.contains("native thread")) {
      return "  the threads that cells have started are still there: interrupt them, or %reset;"
          + " there is room for many more that are virtual";
    }
    return message.contains("too large") || message.contains("exceeds VM limit")
        ? "  no array has more than 2^31 - 1 elements, and no text more characters"
        : "  the variables keep what they hold: set to null what is big, or %reset;"
            + " JJAVA_JVM_OPTS=-Xmx… sets how much the cells may use";
  }

  /** An exception that a thread ended in, as plain text for the cell's standard error. */
  public static String ofThread(String thread, Thrown thrown, Places places) {
    List<String> lines = new ArrayList<>();
    describe(thrown, places, "", lines);
    String where = thread.isEmpty() ? "an unnamed thread" : "thread \"" + thread + "\"";
    return "Exception in " + where + ": " + plain(String.join("\n", lines)) + "\n";
  }

  public static String plain(String text) {
    return text.replaceAll("\u001b\\[[0-9;]*m", "");
  }

  /**
   * As the student knows the class: their own without JShell's wrapper, java.lang's without that.
   */
  private static String name(Thrown thrown) {
    String name = Places.expunge(thrown.type()).replace('$', '.');
    return name.startsWith("java.lang.") && name.indexOf('.', 10) < 0 ? name.substring(10) : name;
  }

  /** What came off the network may be in it, so a terminal's escapes are shown and do nothing. */
  private static String message(Thrown thrown) {
    return Places.expunge(thrown.message().orElse(""))
        .codePoints()
        .mapToObj(
            c ->
                Character.isISOControl(c) && c != '\n' && c != '\r' && c != '\t'
                    ? String.format("\\x%02x", c)
                    : Character.toString(c))
        .collect(Collectors.joining());
  }

  private static void describe(Thrown thrown, Places places, String before, List<String> lines) {
    String message = message(thrown);
    lines.add(before + BOLD + name(thrown) + RESET + (message.isEmpty() ? "" : ": " + message));
    lines.addAll(frames(thrown.frames(), places));
    for (Thrown suppressed : thrown.suppressed()) {
      describe(suppressed, places, "  suppressed: ", lines);
    }
    if (thrown.more() > 0) {
      lines.add(String.format("  … (%,d more suppressed)", thrown.more()));
    }
    thrown.cause().ifPresent(cause -> describe(cause, places, "caused by: ", lines));
  }

  /** The student's frames, and the one that they called last. */
  private static List<String> frames(List<StackTraceElement> frames, Places places) {
    List<String> shown = new ArrayList<>();
    for (int i = 0; i < frames.size(); i++) {
      StackTraceElement frame = frames.get(i);
      boolean own = Places.isCellCode(frame);
      boolean calledByOwn =
          !own
              && i + 1 < frames.size()
              && Places.isCellCode(frames.get(i + 1))
              && shown.isEmpty()
              && !frame.getClassName().equals(STOP_CHECK);
      boolean entryOfVar =
          own
              && i > 0
              && frame.getMethodName().equals(Places.ENTRY)
              && frames.get(i - 1).getMethodName().equals(Places.VALUE_OF_VAR);
      if ((!own && !calledByOwn) || entryOfVar) {
        continue;
      }
      shown.add("    at " + (own ? own(frame, places) : library(frame)));
    }
    List<String> folded = folded(shown);
    return folded.size() <= MOST_FRAMES
        ? folded
        : Stream.concat(
                folded.stream().limit(MOST_FRAMES),
                Stream.of("    … and " + (folded.size() - MOST_FRAMES) + " more"))
            .toList();
  }

  /** Methods that call themselves, or each other in turns, stand there once. */
  private static List<String> folded(List<String> lines) {
    List<String> folded = new ArrayList<>();
    int at = 0;
    while (at < lines.size()) {
      int length = 1;
      int times = times(lines, at, length);
      for (int longer = 2; longer <= LONGEST_ROUND; longer++) {
        int found = times(lines, at, longer);
        if (found > 1 && found * longer > length * times) {
          length = longer;
          times = found;
        }
      }
      folded.addAll(lines.subList(at, at + length));
      if (times > 1) {
        folded.add(
            "    … %s %d more %s"
                .formatted(
                    length == 1 ? "the same" : "these " + length,
                    times - 1,
                    times == 2 ? "time" : "times"));
      }
      at += length * times;
    }
    return folded;
  }

  /** How often so many lines stand there, one time after another. */
  private static int times(List<String> lines, int at, int length) {
    int times = 1;
    while (at + (times + 1) * length <= lines.size()
        && lines
            .subList(at, at + length)
            .equals(lines.subList(at + times * length, at + (times + 1) * length))) {
      times++;
    }
    return times;
  }

  private static String library(StackTraceElement frame) {
    String place =
        frame.getFileName() == null
            ? ""
            : " (" + frame.getFileName() + ":" + frame.getLineNumber() + ")";
    return frame.getClassName() + "." + frame.getMethodName() + place;
  }

  private static String own(StackTraceElement frame, Places places) {
    String at =
        places
            .of(frame)
            .map(place -> BOLD + place.cell() + ":" + place.line() + RESET)
            .orElse(BOLD + places.running() + RESET);
    String method = frame.getMethodName();
    String type = Places.expunge(frame.getClassName());
    // The second is what the lines below a cell magic are compiled into.
    if (method.equals(Places.ENTRY)
        || method.equals(Places.VALUE_OF_VAR)
        || (method.equals("routes") && type.matches("[0-9]+"))) {
      return at;
    }
    if (method.startsWith("lambda$")) {
      return "a lambda, " + at;
    }
    String owner =
        type.startsWith("REPL.")
            ? ""
            : type.contains("JShell$anonymous")
                ? "(an anonymous class)."
                : type.replace('$', '.') + ".";
    return owner + (method.equals("<init>") ? "new" : method) + ", " + at;
  }

  /** A magic called wrongly, or a part of a cell that is none. */
  public static Failed of(Diagnostic diagnostic, String cell, String place) {
    List<String> lines =
        new ArrayList<>(excerpt(cell, place, diagnostic.span(), diagnostic.message()));
    if (!diagnostic.fix().isEmpty()) {
      lines.add("  instead: " + diagnostic.fix());
    }
    return new Failed(diagnostic.id(), diagnostic.message(), lines);
  }

  /** The message, the cell's line it is about, and a caret under the place. */
  static List<String> excerpt(String cell, String place, Span span, String message) {
    int start = Math.min(span.start(), cell.length());
    int lineStart = cell.lastIndexOf('\n', start - 1) + 1;
    int lineEnd = cell.indexOf('\n', start) < 0 ? cell.length() : cell.indexOf('\n', start);
    int end = Math.clamp(span.end(), start, lineEnd);
    String line = cell.substring(lineStart, lineEnd).replace("\t", " ");
    int row = (int) cell.substring(0, lineStart).chars().filter(c -> c == '\n').count() + 1;
    int column = cell.codePointCount(lineStart, start);
    int width = Math.max(1, cell.codePointCount(start, end));
    int points = line.codePointCount(0, line.length());
    if (points > LONGEST_LINE) {
      int from = Math.clamp(column - LONGEST_LINE / 4, 0, points - LONGEST_LINE);
      int until = from + LONGEST_LINE;
      line =
          (from > 0 ? "…" : "")
              + line.substring(line.offsetByCodePoints(0, from), line.offsetByCodePoints(0, until))
              + (until < points ? "…" : "");
      width = Math.min(width, until - column);
      column -= from - (from > 0 ? 1 : 0);
    }
    List<String> lines = new ArrayList<>();
    lines.add(
        BOLD
            + place
            + ":"
            + row
            + RESET
            + ": "
            + BOLD
            + "error"
            + RESET
            + ": "
            + message.lines().findFirst().orElse(""));
    lines.add("    " + line);
    lines.add("    " + " ".repeat(column) + BOLD + "^".repeat(width) + RESET);
    message.lines().skip(1).map(more -> "  " + more.strip()).forEach(lines::add);
    return lines;
  }
}
