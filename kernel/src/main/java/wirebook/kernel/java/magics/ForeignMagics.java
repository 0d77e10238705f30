package wirebook.kernel.java.magics;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import wirebook.spi.MagicSpec;
import wirebook.spi.MagicSpec.Values;
import wirebook.spi.Word;

/**
 * The magics that notebooks of other kernels have: those of BeakerX and rapaio that bring libraries
 * are said in this kernel's own, and of the others it is told what does the same.
 */
public final class ForeignMagics {
  public static final String DEPENDENCY = "dependency";

  static final MagicSpec SPEC =
      MagicSpec.named(DEPENDENCY, "As %maven, in rapaio's words")
          .synopsis("/add GROUP:ARTIFACT:VERSION | /resolve | /add-repo ID URL")
          .operand("GROUP:ARTIFACT:VERSION", Values.ANY, true, true)
          .forms("/add|/resolve|/add-repo")
          .example("%dependency /add com.google.code.gson:gson:2.13.2", "gson can be imported")
          .build();

  private static final Set<String> LANGUAGES =
      Set.of(
          "python",
          "python2",
          "python3",
          "javascript",
          "js",
          "html",
          "svg",
          "latex",
          "markdown",
          "groovy",
          "scala",
          "kotlin",
          "clojure",
          "sql",
          "perl",
          "ruby",
          "R");

  private static final Map<String, String> INSTEAD =
      Map.ofEntries(
          Map.entry("html", "display(\"…\", \"text/html\")"),
          Map.entry("svg", "display(\"…\", \"image/svg+xml\")"),
          Map.entry("latex", "display(\"…\", \"text/latex\")"),
          Map.entry("markdown", "display(\"…\", \"text/markdown\"), or a cell of Markdown"),
          Map.entry("javascript", "display(\"…\", \"application/javascript\")"),
          Map.entry("js", "display(\"…\", \"application/javascript\")"),
          Map.entry("timeit", "%time"),
          Map.entry("lsmagic", "%magics"),
          Map.entry("pom", "%%loadFromPOM"),
          Map.entry("mvn", "%maven"),
          Map.entry("jar", "%jars"),
          Map.entry("ls", "!ls"),
          Map.entry("cat", "!cat"),
          Map.entry("mkdir", "!mkdir"),
          Map.entry("rm", "!rm"),
          Map.entry("cp", "!cp"),
          Map.entry("mv", "!mv"),
          Map.entry("python", "%%script python3"),
          Map.entry("python3", "%%script python3"),
          Map.entry("perl", "%%script perl"),
          Map.entry("ruby", "%%script ruby"),
          Map.entry("set_env", "%env"),
          Map.entry("file", "%%writefile"),
          Map.entry("import", "import …; without the percent sign"));

  private ForeignMagics() {}

  /** What does the work of a magic that only other kernels have; empty for a name nobody has. */
  public static Optional<String> instead(String name) {
    return Optional.ofNullable(
        INSTEAD.getOrDefault(
            name, LANGUAGES.contains(name) ? "a notebook with a kernel of that language" : null));
  }

  public static boolean isLanguage(String name) {
    return LANGUAGES.contains(name);
  }

  /** Whether these are BeakerX's words behind {@code %classpath}, and not paths. */
  static boolean isBeakerX(List<Word> words) {
    return words.size() > 1
        && ((is(words, 0, "add") && (is(words, 1, "mvn") || is(words, 1, "jar")))
            || (is(words, 0, "config") && is(words, 1, "resolver")));
  }

  private static boolean is(List<Word> words, int at, String text) {
    return words.get(at).text().equals(text);
  }

  /** {@code %classpath add mvn GROUP ARTIFACT VERSION}, also with such lines below it. */
  static void classPath(Word place, List<Word> words, Optional<String> body, Cells cells)
      throws CellFailed {
    List<Word> rest = words.subList(2, words.size());
    if (is(words, 0, "config")) {
      addRepository(place, rest, cells);
    } else if (is(words, 1, "jar")) {
      LibraryMagics.run("jars", place, rest, Optional.empty(), cells);
    } else {
      List<Word> artifacts = new ArrayList<>(artifacts(rest));
      for (String line : body.orElse("").lines().filter(one -> !one.isBlank()).toList()) {
        artifacts.addAll(
            artifacts(
                List.of(line.strip().split("\\s+")).stream()
                    .map(text -> new Word(text, place.span()))
                    .toList()));
      }
      LibraryMagics.run("maven", place, artifacts, Optional.empty(), cells);
    }
  }

  /** Those with colons as they are; others are the pieces of one, its type and classifier last. */
  private static List<Word> artifacts(List<Word> words) {
    if (words.size() < 3 || words.stream().anyMatch(word -> word.text().contains(":"))) {
      return words;
    }
    List<String> pieces = words.stream().map(Word::text).collect(Collectors.toList());
    pieces.add(pieces.remove(2));
    return List.of(new Word(String.join(":", pieces), words.getFirst().span()));
  }

  static void dependency(Word place, List<Word> words, Cells cells) throws CellFailed {
    String verb = words.isEmpty() ? "" : words.getFirst().text();
    List<Word> rest = words.isEmpty() ? words : words.subList(1, words.size());
    switch (verb) {
      case "/add" -> LibraryMagics.run("maven", place, rest, Optional.empty(), cells);
      case "/resolve" -> cells.print("What was added is on the class path.\n");
      case "/add-repo" -> addRepository(place, rest, cells);
      default ->
          throw cells.wrong(
              words.isEmpty() ? place : words.getFirst(),
              "%" + DEPENDENCY + " has /add, /resolve and /add-repo",
              "%" + DEPENDENCY + " /add GROUP:ARTIFACT:VERSION, or %maven");
    }
  }

  /** What follows the URL says how often to look for newer ones, which Maven decides here. */
  private static void addRepository(Word place, List<Word> words, Cells cells) throws CellFailed {
    if (words.size() == 1) {
      cells.print(words.getFirst().text() + " is looked at, if it is Maven Central.\n");
    } else {
      LibraryMagics.run(
          "mavenRepo", place, words.subList(0, Math.min(2, words.size())), Optional.empty(), cells);
    }
  }
}
