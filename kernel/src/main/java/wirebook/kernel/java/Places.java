package wirebook.kernel.java;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import jdk.jshell.Snippet;
import jdk.jshell.SourceCodeAnalysis;
import jdk.jshell.SourceCodeAnalysis.SnippetWrapper;

/** Where in the cells the lines of JShell's wrapper classes come from. */
final class Places {
  /** Of {@code REPL.$JShell$12B$Inner}, the wrapper and what is within it. */
  private static final Pattern WRAPPED =
      Pattern.compile("(REPL\\.\\$JShell\\$[0-9]+[A-Z]*)(?:\\$(.*))?");

  /** A snippet, and where in which cell it starts. */
  private record Snip(SnippetWrapper wrapper, int cell, int firstLine) {}

  /** A line of a cell. */
  record Place(int cell, int line) {}

  private final Map<String, List<Snip>> snips = new HashMap<>();

  /** Notes where a snippet is, which starts in line {@code line} of cell {@code cell}. */
  synchronized void add(SourceCodeAnalysis analysis, Snippet snippet, int cell, int line) {
    SnippetWrapper wrapper = analysis.wrapper(snippet);
    Snip snip = new Snip(wrapper, cell, line);
    snips.merge(
        wrapper.fullClassName(),
        List.of(snip),
        (old, fresh) -> Stream.concat(fresh.stream(), old.stream()).toList());
  }

  static boolean isCellCode(StackTraceElement frame) {
    return frame.getClassName().startsWith("REPL.$JShell$");
  }

  /** The cell's line that a frame is at. */
  synchronized Optional<Place> of(StackTraceElement frame) {
    Matcher m = WRAPPED.matcher(frame.getClassName());
    if (!m.matches()) {
      return Optional.empty();
    }
    return snips.getOrDefault(m.group(1), List.of()).stream()
        .flatMap(snip -> line(snip, frame.getLineNumber()).stream())
        .findFirst();
  }

  /** The place of the first character in the wrapper's line that is the snippet's. */
  private static Optional<Place> line(Snip snip, int wrappedLine) {
    String wrapped = snip.wrapper.wrapped();
    String source = snip.wrapper.source();
    int at = 0;
    for (int line = 1; line < wrappedLine && at >= 0; line++) {
      at = wrapped.indexOf('\n', at) + 1;
    }
    int end = wrapped.indexOf('\n', at);
    for (int i = at; i < (end < 0 ? wrapped.length() : end); i++) {
      int from = snip.wrapper.wrappedToSourcePosition(i);
      if (from >= 0
          && from < source.length()
          && source.charAt(from) == wrapped.charAt(i)
          && snip.wrapper.sourceToWrappedPosition(from) == i) {
        int lines = (int) source.substring(0, from).chars().filter(c -> c == '\n').count();
        return Optional.of(new Place(snip.cell, snip.firstLine + lines));
      }
    }
    return Optional.empty();
  }

  /** The names that students gave, without those that JShell wraps around them. */
  static String expunge(String text) {
    return text.replaceAll("REPL\\.\\$JShell\\$[0-9]+[A-Z]*[.$]", "");
  }
}
