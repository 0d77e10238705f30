package wirebook.kernel.java.shell;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import jdk.jshell.Snippet;
import jdk.jshell.SourceCodeAnalysis;
import jdk.jshell.SourceCodeAnalysis.SnippetWrapper;

/** Where in the cells the lines of JShell's wrapper classes come from. */
public final class Places {
  /** Of {@code REPL.$JShell$12B$Inner}, the wrapper and what is within it. */
  private static final Pattern WRAPPED =
      Pattern.compile("(REPL\\.\\$JShell\\$[0-9]+[A-Z]*)(?:\\$(.*))?");

  /** A snippet, and where in which cell it starts. */
  private record Snip(SnippetWrapper wrapper, String cell, int firstLine) {}

  /**
   * A line of a cell, or of a file that a cell runs.
   *
   * @param cell as people are told: {@code In[3]}
   */
  public record Place(String cell, int line) {}

  /** Characters; JShell marks single ones as the snippet's that are its own. */
  private static final int LEAST_COPIED = 3;

  /** What JShell runs, and what it has for the value of a {@code var} besides. */
  public static final String ENTRY = "do_it$";

  public static final String VALUE_OF_VAR = "do_it$Aux";

  private final Map<String, List<Snip>> snips = new HashMap<>();
  private Optional<Snippet> latest = Optional.empty();

  /** The cell whose code runs. */
  private volatile String running = "";

  public void running(String cell) {
    running = cell;
  }

  public String running() {
    return running;
  }

  /**
   * Notes where a snippet is, which starts in line {@code line} of cell {@code cell}; once is
   * enough.
   */
  public synchronized void add(
      SourceCodeAnalysis analysis, Snippet snippet, String cell, int line) {
    if (latest.filter(snippet::equals).isPresent()) {
      return;
    }
    latest = Optional.of(snippet);
    SnippetWrapper wrapper = analysis.wrapper(snippet);
    Snip snip = new Snip(wrapper, cell, line);
    snips.merge(
        wrapper.fullClassName(),
        List.of(snip),
        (old, fresh) -> Stream.concat(fresh.stream(), old.stream()).toList());
  }

  /** Notes that a snippet has another wrapper, since something that it uses was replaced. */
  public synchronized void moved(SourceCodeAnalysis analysis, Snippet snippet) {
    SnippetWrapper wrapper = analysis.wrapper(snippet);
    String name = wrapper.fullClassName();
    String first = name.replaceFirst("[A-Z]+$", "");
    if (!snips.containsKey(name)) {
      snips.entrySet().stream()
          .filter(one -> one.getKey().replaceFirst("[A-Z]+$", "").equals(first))
          .map(one -> one.getValue().getFirst())
          .findFirst()
          .ifPresent(
              before -> snips.put(name, List.of(new Snip(wrapper, before.cell, before.firstLine))));
    }
  }

  public static boolean isCellCode(StackTraceElement frame) {
    return frame.getClassName().startsWith("REPL.$JShell$");
  }

  /** The cell's line that a frame is at. */
  public synchronized Optional<Place> of(StackTraceElement frame) {
    Matcher m = WRAPPED.matcher(frame.getClassName());
    if (!m.matches()) {
      return Optional.empty();
    }
    List<Snip> here = snips.getOrDefault(m.group(1), List.of());
    return here.stream()
        .flatMap(snip -> line(snip, frame.getLineNumber()).stream())
        .findFirst()
        // Behind all that is the student's: the snippet, at least.
        .or(() -> here.stream().findFirst().map(snip -> new Place(snip.cell, snip.firstLine)));
  }

  /**
   * The place of the first character in the wrapper's line that is the snippet's. A line of
   * JShell's alone begins a statement, of which the student's part follows.
   */
  private static Optional<Place> line(Snip snip, int wrappedLine) {
    String wrapped = snip.wrapper.wrapped();
    String source = snip.wrapper.source();
    int at = 0;
    for (int line = 1; line < wrappedLine && at >= 0; line++) {
      at = wrapped.indexOf('\n', at) + 1;
    }
    for (int i = at; i < wrapped.length(); i++) {
      if (Character.isWhitespace(wrapped.charAt(i))) {
        continue;
      }
      int from = snip.wrapper.wrappedToSourcePosition(i);
      if (from >= 0
          && from < source.length()
          && source.charAt(from) == wrapped.charAt(i)
          && (snip.wrapper.sourceToWrappedPosition(from) == i || goesOn(snip, i, from))) {
        int lines = (int) source.substring(0, from).chars().filter(c -> c == '\n').count();
        return Optional.of(new Place(snip.cell, snip.firstLine + lines));
      }
    }
    return Optional.empty();
  }

  /**
   * Whether it is text of the snippet that its wrapper has more than once, and no single letter.
   */
  private static boolean goesOn(Snip snip, int inWrapper, int inSource) {
    if (!snip.wrapper
        .source()
        .regionMatches(inSource, snip.wrapper.wrapped(), inWrapper, LEAST_COPIED)) {
      return false;
    }
    return IntStream.range(0, LEAST_COPIED)
        .allMatch(i -> snip.wrapper.wrappedToSourcePosition(inWrapper + i) == inSource + i);
  }

  /**
   * The frames between a cell's code and this program, which started it; they begin a text when a
   * trace came in two pieces.
   */
  private static final Pattern STARTERS =
      Pattern.compile(
          "(?m)(\\A|^[ \\t]*at [^\\n"
              + "]*\\.do_it\\$\\([^\\n"
              + "]*\\)\\R)(?:[ \\t]*at"
              + " (?:java\\.base/(?:jdk\\.internal\\.reflect|java\\.lang\\.reflect|java\\.lang\\.VirtualThread)|(?:app//)?wirebook\\.kernel\\.worker)\\.[^\\n"
              + "]*\\R)+");

  private static final Pattern FRAME =
      Pattern.compile(
          "(?:cells//)?(REPL\\.\\$JShell\\$[0-9]+[A-Z]*)((?:\\$[\\w$]+)?)\\.([\\w$<>]+)\\(\\$JShell\\$[0-9]+[A-Z]*\\.java:([0-9]+)\\)");

  /** What computes the value of a {@code var}, before what puts it there. */
  private static final Pattern VALUE_OF_VAR_FRAMES =
      Pattern.compile(
          "(?m)^([ \\t]*at [^\\n]*)\\.do_it\\$Aux(\\([^\\n]*\\))(?:\\R[ \\t]*at [^\\n]*\\.do_it\\$\\([^\\n]*\\))?");

  /** How a logger says where it was called: type, blank, method. */
  private static final Pattern CALLER =
      Pattern.compile("REPL\\.\\$JShell\\$[0-9]+[A-Z]* (?:(do_it\\$(?:Aux)?)|(?=[\\w$]+))");

  /** The last is of code that is only looked at. */
  private static final Pattern WRAPPER =
      Pattern.compile("REPL\\.\\$JShell\\$(?:[0-9]+[A-Z]*|DOESNOTMATTER)[.$]");

  /** The names that students gave, without those that JShell wraps around them. */
  public static String expunge(String text) {
    return text.contains("$JShell$") ? WRAPPER.matcher(text).replaceAll("") : text;
  }

  /**
   * Text that a cell has printed, in which stack traces have the places and names that students
   * gave: {@code at Shop.sell(In[3]:7)}.
   */
  public String printed(String text) {
    if (!text.contains("$JShell$") && !text.startsWith("\tat ")) {
      return text;
    }
    String trace = STARTERS.matcher(text).replaceAll("$1");
    trace = VALUE_OF_VAR_FRAMES.matcher(trace).replaceAll("$1.do_it\\$$2");
    trace =
        FRAME
            .matcher(trace)
            .replaceAll(
                m -> {
                  int line = Integer.parseInt(m.group(4));
                  String place =
                      of(new StackTraceElement(m.group(1), m.group(3), "", line))
                          .map(at -> at.cell() + ":" + at.line())
                          .orElse(running);
                  String type = m.group(2).isEmpty() ? "" : m.group(2).substring(1) + ".";
                  return Matcher.quoteReplacement(
                      m.group(3).equals(ENTRY) ? place : type + m.group(3) + "(" + place + ")");
                });
    trace =
        CALLER
            .matcher(trace)
            .replaceAll(m -> m.group(1) == null ? "" : Matcher.quoteReplacement(running));
    return expunge(trace);
  }
}
