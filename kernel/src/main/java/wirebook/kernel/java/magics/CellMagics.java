package wirebook.kernel.java.magics;

import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import wirebook.kernel.worker.handle.Worker;
import wirebook.spi.MagicSpec;
import wirebook.spi.MagicSpec.Body;
import wirebook.spi.MagicSpec.Syntax;
import wirebook.spi.MagicSpec.Values;
import wirebook.spi.MimeBundle;
import wirebook.spi.Word;

/**
 * The magics about cells themselves. Unlike all others they act on the interpreter, so they are not
 * found through the service loader and do not run in the worker.
 */
public final class CellMagics {
  private static final int LONGEST_VALUE = 60;

  /** The arguments are Java, taken as they are written. */
  public static final String TIME = "time";

  private static final List<MagicSpec> OWN =
      List.of(
          MagicSpec.named("magics", "List the magics").build(),
          MagicSpec.named(TIME, "Run Java and tell how long it took")
              .synopsis("JAVA")
              .syntax(Syntax.LITERAL)
              .body(Body.OPTIONAL)
              .example("%time fibonacci(30)", "the value, and the time it took")
              .build(),
          MagicSpec.named("who", "List the variables with their types and values")
              .synopsis("[TYPE…]")
              .operand("TYPE", Values.ANY, false, true)
              .example("%who int String", "those of these types")
              .build(),
          HistoryMagic.SPEC,
          MagicSpec.named(
                  "reset", "Start anew in a fresh worker, without variables or declarations")
              .synopsis("[-f]")
              .option(MagicSpec.Option.flag("do not ask: it never does here", "-f"))
              .build());

  public static final List<MagicSpec> SPECS =
      Stream.of(OWN, FileMagics.SPECS, LibraryMagics.SPECS).flatMap(List::stream).toList();

  private CellMagics() {}

  public static boolean has(String name) {
    return name.equals(FileMagics.LOAD)
        || SPECS.stream().anyMatch(spec -> spec.name().equals(name));
  }

  /**
   * @param place the magic's name, for complaints that no word is the cause of
   */
  public static Optional<MimeBundle> run(
      String name, String raw, Word place, List<Word> words, Optional<String> body, Cells cells)
      throws CellFailed, Worker.Died {
    switch (name) {
      case "magics" -> cells.print(magics(cells.magics()));
      case TIME -> {
        return time(body.map(lines -> raw + "\n" + lines).orElse(raw), cells);
      }
      case "who" -> cells.print(who(words, cells.variables()));
      case HistoryMagic.NAME -> cells.print(HistoryMagic.run(words, cells));
      case "reset" -> {
        for (Word word : words) {
          if (!word.text().equals("-f")) {
            throw cells.wrong(word, "%reset forgets all, and takes -f alone", "%reset");
          }
        }
        cells.reset();
        cells.print("A fresh worker: nothing is declared any more.\n");
      }
      case FileMagics.LOAD, FileMagics.RUN -> {
        return FileMagics.run(name, place, words, cells);
      }
      default -> LibraryMagics.run(name, place, words, body, cells);
    }
    return Optional.empty();
  }

  private static String magics(List<MagicSpec> specs) {
    int width = specs.stream().mapToInt(spec -> sign(spec).length()).max().orElse(0);
    return specs.stream()
            .sorted(java.util.Comparator.comparing(MagicSpec::name))
            .map(spec -> sign(spec) + " ".repeat(width - sign(spec).length() + 2) + spec.summary())
            .collect(Collectors.joining("\n"))
        + "\n%NAME? tells more.\n";
  }

  private static String sign(MagicSpec spec) {
    return switch (spec.body()) {
      case NONE -> "%" + spec.name();
      case OPTIONAL, WORDS -> "%" + spec.name() + ", %%" + spec.name();
      case REQUIRED -> "%%" + spec.name();
    };
  }

  private static Optional<MimeBundle> time(String code, Cells cells)
      throws CellFailed, Worker.Died {
    Duration before = cells.ran();
    Optional<MimeBundle> value = cells.run(code);
    cells.print("Wall time: " + words(cells.ran().minus(before)) + "\n");
    return value;
  }

  private static String words(Duration duration) {
    double millis = duration.toNanos() / 1e6;
    return millis < 1000
        ? String.format(Locale.ROOT, "%.1f ms", millis)
        : String.format(Locale.ROOT, "%.2f s", millis / 1000);
  }

  private static String who(List<Word> types, List<List<String>> all) {
    List<List<String>> variables =
        all.stream().filter(row -> types.isEmpty() || isOneOf(types, row.get(1))).toList();
    if (variables.isEmpty()) {
      return all.isEmpty() ? "No variables yet.\n" : "No variables of such a type.\n";
    }
    int name = variables.stream().mapToInt(row -> row.get(0).length()).max().orElse(0);
    int type = variables.stream().mapToInt(row -> row.get(1).length()).max().orElse(0);
    return variables.stream()
        .map(
            row ->
                row.get(0)
                    + " ".repeat(name - row.get(0).length() + 2)
                    + row.get(1)
                    + " ".repeat(type - row.get(1).length() + 2)
                    + oneLine(row.get(2))
                    + "\n")
        .collect(Collectors.joining());
  }

  /** {@code List} stands for a {@code List<String>} as well. */
  private static boolean isOneOf(List<Word> types, String type) {
    return types.stream()
        .map(Word::text)
        .anyMatch(one -> one.equals(type) || type.startsWith(one + "<"));
  }

  private static String oneLine(String value) {
    String line = value.lines().collect(Collectors.joining("⏎"));
    return line.codePointCount(0, line.length()) <= LONGEST_VALUE
        ? line
        : line.substring(0, line.offsetByCodePoints(0, LONGEST_VALUE)) + "…";
  }
}
