package wirebook.magics.shell;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import wirebook.spi.Diagnostic;
import wirebook.spi.Span;
import wirebook.spi.Word;

/** A magic's name and arguments as a shell gives them, each meant as it stands. */
public record ShimWords(String name, List<String> arguments) {
  public ShimWords {
    arguments = List.copyOf(arguments);
  }

  /** Tools that are others with -6. */
  static final Map<String, String> OF_SIX = Map.of("ping6", "ping", "traceroute6", "traceroute");

  static ShimWords of(String name, List<String> arguments) {
    String other = OF_SIX.get(name);
    return other == null
        ? new ShimWords(name, arguments)
        : new ShimWords(other, Stream.concat(Stream.of("-6"), arguments.stream()).toList());
  }

  /** The arguments with their places in the one line that diagnostics show. */
  public List<Word> words() {
    List<Word> words = new ArrayList<>();
    int at = name.length() + 1;
    for (String argument : arguments) {
      words.add(new Word(argument, new Span(at, at + argument.length())));
      at += argument.length() + 1;
    }
    return words;
  }

  /** The diagnostic in plain text, with the place marked below the call. */
  public String complaint(Diagnostic diagnostic) {
    StringBuilder text = new StringBuilder();
    // Some tools say their name themselves.
    text.append(diagnostic.message().startsWith(name + ": ") ? "" : name + ": ");
    text.append(diagnostic.message());
    text.append(" [").append(diagnostic.id()).append("]\n");
    Span span = diagnostic.span();
    String line = name + " " + String.join(" ", arguments);
    if (span.end() > span.start() && span.end() <= line.length() && !line.contains("\n")) {
      text.append("  ").append(line).append("\n  ").repeat(' ', span.start());
      text.repeat('^', span.end() - span.start()).append('\n');
    }
    if (!diagnostic.fix().isEmpty()) {
      text.append("  ").append(diagnostic.fix().replaceFirst("^%(?=" + name + "\\b)", ""));
      text.append('\n');
    }
    return text.toString();
  }
}
