package wirebook.kernel.java;

import com.google.gson.JsonElement;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
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
final class CellMagics {
  /** What they may do. */
  interface Cells {
    /** Runs text as if it stood in the cell; the value of its last expression. */
    Optional<MimeBundle> run(String text) throws CellFailed, wirebook.kernel.worker.Worker.Died;

    void print(String text);

    /** Name, type and value of each variable. */
    List<List<String>> variables();

    Map<Integer, String> history();

    List<MagicSpec> magics();

    /** Those of the paths that were not there before. */
    List<Path> addToClassPath(List<Path> paths);

    Libraries libraries();

    /** What an assignment gets. */
    void give(List<String> values);

    /** Shows something, and returns the id to {@link #update} it by. */
    String show(MimeBundle bundle);

    void update(String id, MimeBundle bundle);

    /** How long cells' code has run so far, without the time that compiling it takes. */
    Duration ran();

    /** Whether the person has stopped the cell. */
    boolean stopped();

    /** Does what takes long, while others may use the interpreter. */
    <T, E extends Exception> T outside(Lengthy<T, E> task) throws E;

    /** Starts anew, without anything that cells have declared. */
    void reset();

    Path directory();

    CellFailed wrong(Word word, String message, String fix);
  }

  /** What takes long. */
  interface Lengthy<T, E extends Exception> {
    T run() throws E;
  }

  private static final int LONGEST_VALUE = 60;
  private static final List<String> ENDINGS =
      List.of(".jsh", ".jshell", ".java", ".ijava", ".ipynb");
  private static final Pattern PACKAGE = Pattern.compile("(?m)^package[ \\t]+[\\w.]+[ \\t]*;");

  /** The arguments are Java, taken as they are written. */
  static final String TIME = "time";

  private static final List<MagicSpec> OWN =
      List.of(
          MagicSpec.named("magics", "List the magics").build(),
          MagicSpec.named(TIME, "Run Java and tell how long it took")
              .synopsis("JAVA")
              .syntax(Syntax.LITERAL)
              .body(Body.OPTIONAL)
              .example("%time fibonacci(30)", "the value, and the time it took")
              .build(),
          MagicSpec.named("who", "List the variables with their types and values").build(),
          MagicSpec.named("history", "Show the cells that have run")
              .synopsis("[COUNT]")
              .operand("COUNT", Values.ANY, false, false)
              .build(),
          MagicSpec.named(
                  "reset", "Start anew in a fresh worker, without variables or declarations")
              .synopsis("[-f]")
              .option(MagicSpec.Option.flag("do not ask: it never does here", "-f"))
              .build(),
          file("load", "Run the Java of a file, or the cells of a notebook, as if it stood here"),
          file("run", "As %load, and then call the main method that the file declares"));

  static final List<MagicSpec> SPECS =
      Stream.concat(OWN.stream(), LibraryMagics.SPECS.stream()).toList();

  private CellMagics() {}

  private static MagicSpec file(String name, String summary) {
    return MagicSpec.named(name, summary)
        .synopsis("FILE")
        .operand("FILE", Values.FILE, true, false)
        .build();
  }

  static boolean has(String name) {
    return SPECS.stream().anyMatch(spec -> spec.name().equals(name));
  }

  /**
   * @param place the magic's name, for complaints that no word is the cause of
   */
  static Optional<MimeBundle> run(
      String name, String raw, Word place, List<Word> words, Optional<String> body, Cells cells)
      throws CellFailed, wirebook.kernel.worker.Worker.Died {
    switch (name) {
      case "magics" -> cells.print(magics(cells.magics()));
      case TIME -> {
        return time(body.map(lines -> raw + "\n" + lines).orElse(raw), cells);
      }
      case "who" -> cells.print(who(cells.variables()));
      case "history" -> cells.print(history(words, cells));
      case "reset" -> {
        for (Word word : words) {
          if (!word.text().equals("-f")) {
            throw cells.wrong(word, "%reset forgets all, and takes -f alone", "%reset");
          }
        }
        cells.reset();
        cells.print("A fresh worker: nothing is declared any more.\n");
      }
      case "load", "run" -> {
        return load(name, place, words, cells);
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
      case OPTIONAL -> "%" + spec.name() + ", %%" + spec.name();
      case REQUIRED -> "%%" + spec.name();
    };
  }

  private static Optional<MimeBundle> time(String code, Cells cells)
      throws CellFailed, wirebook.kernel.worker.Worker.Died {
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

  private static String who(List<List<String>> variables) {
    if (variables.isEmpty()) {
      return "No variables yet.\n";
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

  private static String oneLine(String value) {
    String line = value.lines().collect(Collectors.joining("⏎"));
    return line.codePointCount(0, line.length()) <= LONGEST_VALUE
        ? line
        : line.substring(0, line.offsetByCodePoints(0, LONGEST_VALUE)) + "…";
  }

  private static String history(List<Word> words, Cells cells) throws CellFailed {
    int count = Integer.MAX_VALUE;
    if (!words.isEmpty()) {
      try {
        count = Integer.parseInt(words.getFirst().text());
      } catch (NumberFormatException e) {
        throw cells.wrong(words.getFirst(), "This is not a number of cells", "%history 10");
      }
    }
    List<Map.Entry<Integer, String>> all = List.copyOf(cells.history().entrySet());
    return all.subList(Math.clamp(all.size() - (long) count, 0, all.size()), all.size()).stream()
        .map(entry -> "In[" + entry.getKey() + "]:\n" + entry.getValue().indent(4))
        .collect(Collectors.joining());
  }

  private static Optional<MimeBundle> load(String name, Word place, List<Word> words, Cells cells)
      throws CellFailed, wirebook.kernel.worker.Worker.Died {
    if (words.size() != 1) {
      throw cells.wrong(place, "%" + name + " takes one file", "%" + name + " FILE");
    }
    Word word = words.getFirst();
    String text;
    try {
      Path file = find(cells.directory(), word.text());
      text = Files.readString(file);
      if (file.toString().endsWith(".ipynb")) {
        Optional<MimeBundle> value = Optional.empty();
        for (String source : sources(text)) {
          value = cells.run(source);
        }
        return value;
      }
    } catch (NoSuchFileException e) {
      throw cells.wrong(word, "There is no such file", "a path from " + cells.directory());
    } catch (IOException | InvalidPathException e) {
      throw cells.wrong(
          word, "The file cannot be read: " + e.getMessage(), "a path from " + cells.directory());
    } catch (JsonParseException | IllegalStateException e) {
      throw cells.wrong(word, "This is not a notebook: " + e.getMessage(), "");
    }
    Optional<MimeBundle> value = cells.run(withoutPackage(text));
    if (name.equals("run")) {
      Optional<String> call = mainCall(text);
      if (call.isPresent()) {
        return cells.run(call.get());
      }
    }
    return value;
  }

  /** The file, of whose name IJava lets one leave the ending out. */
  private static Path find(Path directory, String name) {
    Path file = directory.resolve(name);
    if (Files.exists(file)) {
      return file;
    }
    return ENDINGS.stream()
        .map(ending -> directory.resolve(name + ending))
        .filter(Files::exists)
        .findFirst()
        .orElse(file);
  }

  /** Cells are in no package; the lines keep their numbers. */
  private static String withoutPackage(String text) {
    return PACKAGE.matcher(text).replaceFirst(m -> " ".repeat(m.group().length()));
  }

  private static List<String> sources(String notebook) {
    List<String> sources = new ArrayList<>();
    for (JsonElement cell :
        JsonParser.parseString(notebook).getAsJsonObject().getAsJsonArray("cells")) {
      if (cell.getAsJsonObject().get("cell_type").getAsString().equals("code")) {
        JsonElement source = cell.getAsJsonObject().get("source");
        StringBuilder text = new StringBuilder();
        if (source.isJsonArray()) {
          source.getAsJsonArray().forEach(line -> text.append(line.getAsString()));
        } else {
          text.append(source.getAsString());
        }
        sources.add(text.toString());
      }
    }
    return sources;
  }

  /** How the main method is called, of the first class or, without one, of the file (JEP 512). */
  private static Optional<String> mainCall(String text) {
    Matcher main = Pattern.compile("\\bvoid\\s+main\\s*\\(\\s*(String)?").matcher(text);
    if (!main.find()) {
      return Optional.empty();
    }
    String arguments = main.group(1) == null ? "" : "new String[0]";
    Matcher type =
        Pattern.compile("\\b(?:class|record|enum|interface)\\s+(\\w+)")
            .matcher(text.substring(0, main.start()));
    return Optional.of((type.find() ? type.group(1) + "." : "") + "main(" + arguments + ");");
  }
}
