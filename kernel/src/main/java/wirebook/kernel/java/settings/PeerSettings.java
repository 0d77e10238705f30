package wirebook.kernel.java.settings;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import wirebook.kernel.cell.WordSplitter;
import wirebook.spi.MagicSpec.Syntax;

/**
 * What IJava and JJava take from their environment, under the names they have there: {@code
 * IJAVA_CLASSPATH} and {@code JJAVA_CLASSPATH} and so on. Where both are set, JJava's counts.
 *
 * @param classPath jars and folders of classes
 * @param compilerOptions for each snippet
 * @param workerOptions for the JVM that runs the cells
 * @param startup code that runs before the first cell, each text with the name of its origin
 * @param timeout for each statement
 * @param complaints about values that cannot be used
 */
public record PeerSettings(
    List<Path> classPath,
    List<String> compilerOptions,
    List<String> workerOptions,
    List<Script> startup,
    Optional<Limit> timeout,
    List<String> complaints) {
  public static final String PREVIEW = "--enable-preview";

  private static final Set<String> SOURCE = Set.of("-source", "--source", "--release");

  private static final Pattern DURATION = Pattern.compile("(-?\\d+)\\s*([A-Za-z]+)?");

  /** Code, and the variable or file it is from. */
  public record Script(String origin, String code) {}

  /** A time, and the variable that sets it. */
  public record Limit(String origin, Duration time) {}

  public PeerSettings {
    classPath = List.copyOf(classPath);
    compilerOptions = List.copyOf(compilerOptions);
    workerOptions = List.copyOf(workerOptions);
    startup = List.copyOf(startup);
    complaints = List.copyOf(complaints);
  }

  /**
   * @param directory where relative paths start
   */
  public static PeerSettings of(Map<String, String> environment, Path directory) {
    List<String> complaints = new ArrayList<>();
    List<Path> classPath = new ArrayList<>();
    value(environment, "CLASSPATH")
        .ifPresent(v -> classPath.addAll(paths(v, directory, complaints)));
    List<Script> startup = new ArrayList<>();
    value(environment, "STARTUP_SCRIPTS_PATH")
        .or(() -> value(environment, "STARTUP_SCRIPTS"))
        .ifPresent(v -> startup.addAll(scripts(v, directory, complaints)));
    value(environment, "STARTUP_SCRIPT").ifPresent(v -> startup.add(new Script(v.name, v.text)));
    return new PeerSettings(
        classPath,
        value(environment, "COMPILER_OPTS")
            .map(v -> withSource(words(v, complaints)))
            .orElse(List.of()),
        value(environment, "JVM_OPTS").map(v -> words(v, complaints)).orElse(List.of()),
        startup,
        value(environment, "TIMEOUT").flatMap(v -> limit(v, complaints)),
        complaints);
  }

  private record Variable(String name, String text) {}

  private static Optional<Variable> value(Map<String, String> environment, String name) {
    return Stream.of("JJAVA_" + name, "IJAVA_" + name)
        .filter(one -> !environment.getOrDefault(one, "").isBlank())
        .findFirst()
        .map(one -> new Variable(one, environment.getOrDefault(one, "")));
  }

  private static List<Path> paths(Variable variable, Path directory, List<String> complaints) {
    List<Path> all = new ArrayList<>();
    for (String pattern : variable.text.split(Pattern.quote(File.pathSeparator), -1)) {
      if (pattern.isBlank()) {
        continue;
      }
      try {
        List<Path> found = Globs.expand(directory, pattern.strip());
        if (found.isEmpty()) {
          complaints.add(variable.name + ": nothing is at " + pattern);
        }
        all.addAll(found);
      } catch (IOException | InvalidPathException e) {
        complaints.add(variable.name + ": " + pattern + " cannot be read: " + e.getMessage());
      }
    }
    return all;
  }

  private static List<Script> scripts(Variable variable, Path directory, List<String> complaints) {
    List<Script> scripts = new ArrayList<>();
    for (Path file : paths(variable, directory, complaints)) {
      try {
        if (Files.isRegularFile(file)) {
          scripts.add(new Script(String.valueOf(file.getFileName()), Files.readString(file)));
        }
      } catch (IOException e) {
        complaints.add(variable.name + ": " + file + " cannot be read: " + e.getMessage());
      }
    }
    return scripts;
  }

  private static List<String> words(Variable variable, List<String> complaints) {
    return switch (WordSplitter.split(variable.text, 0, Syntax.SHELL)) {
      case WordSplitter.Words.Split(var words) ->
          words.stream().map(word -> word.resolve(expression -> expression.code()).text()).toList();
      case WordSplitter.Words.Malformed(var diagnostic) -> {
        complaints.add(variable.name + ": " + diagnostic.message());
        yield List.of();
      }
    };
  }

  /** Javac wants to be told the version of previews, of which it knows one. */
  private static List<String> withSource(List<String> options) {
    boolean told = options.stream().anyMatch(SOURCE::contains);
    return options.contains(PREVIEW) && !told
        ? Stream.concat(
                options.stream(),
                Stream.of("--source", String.valueOf(Runtime.version().feature())))
            .toList()
        : options;
  }

  /** Milliseconds, or a number and a unit of time; none when it is less than one. */
  private static Optional<Limit> limit(Variable variable, List<String> complaints) {
    Matcher m = DURATION.matcher(variable.text.strip());
    try {
      if (m.matches()) {
        TimeUnit unit =
            m.group(2) == null
                ? TimeUnit.MILLISECONDS
                : TimeUnit.valueOf(m.group(2).toUpperCase(Locale.ROOT));
        long count = Long.parseLong(m.group(1));
        return count < 1
            ? Optional.empty()
            : Optional.of(new Limit(variable.name, Duration.of(count, unit.toChronoUnit())));
      }
    } catch (IllegalArgumentException | ArithmeticException e) {
      // As if it had another form.
    }
    complaints.add(
        variable.name + ": " + variable.text + " is no time; 3000 and 3 SECONDS are the same");
    return Optional.empty();
  }
}
