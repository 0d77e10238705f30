package wirebook.kernel.java.magics;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import wirebook.kernel.java.settings.Globs;
import wirebook.kernel.maven.Coordinates;
import wirebook.kernel.maven.MavenException;
import wirebook.kernel.maven.MavenLookup;
import wirebook.kernel.maven.MavenLookup.Jar;
import wirebook.kernel.maven.MavenLookup.Repository;
import wirebook.net.TemporaryFolder;
import wirebook.spi.MagicSpec;
import wirebook.spi.MagicSpec.Body;
import wirebook.spi.MagicSpec.Option;
import wirebook.spi.MagicSpec.Values;
import wirebook.spi.MimeBundle;
import wirebook.spi.Typos;
import wirebook.spi.Word;

/**
 * The magics that bring libraries: jars and folders, and what Maven repositories have. Names and
 * arguments are those of IJava and JJava, so that their notebooks run here.
 */
public final class LibraryMagics {
  private static final List<String> MAVEN =
      List.of("maven", "addMavenDependencies", "addMavenDependency");
  private static final List<String> REPOSITORY = List.of("mavenRepo", "addMavenRepo");
  private static final String POM = "loadFromPOM";
  private static final List<String> PATHS = List.of("classpath", "jars");

  private static final List<String> SCOPES =
      List.of("compile", "runtime", "provided", "test", "system", "import");

  /** How often progress is shown, and how soon a stop is seen. */
  private static final long PAUSE_MILLIS = 200;

  private static final int MOST_NAMES = 6;

  private static final Pattern URL = Pattern.compile("[a-z][a-z0-9+.-]*:/.*");

  private static final Option OFFLINE =
      Option.flag("use only what was downloaded before", "-o", "--offline");

  static final List<MagicSpec> SPECS =
      Stream.of(
              MAVEN.stream().map(LibraryMagics::maven),
              REPOSITORY.stream().map(LibraryMagics::repository),
              Stream.of(pom(), ForeignMagics.SPEC),
              Stream.of(
                  paths("classpath", "Add jars or folders of classes, for cells and for magics"),
                  paths("jars", "Add jars, named or by a pattern such as lib/*.jar")))
          .flatMap(specs -> specs)
          .toList();

  private LibraryMagics() {}

  private static MagicSpec maven(String name) {
    return MagicSpec.named(name, "Add artifacts of Maven repositories, with all that they need")
        .synopsis("GROUP:ARTIFACT[:TYPE[:CLASSIFIER]]:VERSION… [--from REPOSITORY]")
        .value(List.class)
        .operand("GROUP:ARTIFACT:VERSION", Values.ANY, true, true)
        .option(
            Option.of(
                "REPOSITORY",
                Values.ANY,
                "look there first: a URL, or an id of %mavenRepo",
                "--from"))
        .option(OFFLINE)
        .option(Option.flag("name every jar", "-v", "--verbose"))
        .example("%" + name + " com.google.code.gson:gson:2.13.2", "gson can be imported")
        .example("%" + name + " org.jsoup:jsoup:RELEASE", "the newest version")
        .build();
  }

  private static MagicSpec repository(String name) {
    return MagicSpec.named(name, "Look for artifacts in this repository as well")
        .synopsis("ID URL")
        .operand("ID", Values.ANY, true, false)
        .operand("URL", Values.ANY, true, false)
        .example("%" + name + " jitpack https://jitpack.io", "for %maven in later cells")
        .build();
  }

  private static MagicSpec pom() {
    return MagicSpec.named(POM, "Add the dependencies of a POM, a file's or the one below")
        .synopsis("[FILE] [SCOPE…]")
        .body(Body.OPTIONAL)
        .value(List.class)
        .operand("FILE", Values.FILE, false, false)
        .operand("SCOPE", Values.ANY, false, true)
        .forms("FILE " + String.join("|", SCOPES))
        .option(OFFLINE)
        .option(Option.flag("name every jar", "-v", "--verbose"))
        .example("%loadFromPOM pom.xml", "its compile and runtime dependencies")
        .example("%%loadFromPOM", "with <dependency>… or a whole <project> below it")
        .build();
  }

  private static MagicSpec paths(String name, String summary) {
    return MagicSpec.named(name, summary)
        .synopsis("PATH…")
        // BeakerX's notebooks have lines below it.
        .body(name.equals("classpath") ? Body.OPTIONAL : Body.NONE)
        .value(List.class)
        .operand("PATH", Values.FILE, true, true)
        .example("%" + name + " lib/*.jar", "what matches is on the class path")
        .build();
  }

  /**
   * @param place the magic's name, for complaints that no word is the cause of
   */
  static void run(String name, Word place, List<Word> words, Optional<String> body, Cells cells)
      throws CellFailed {
    if (name.equals(ForeignMagics.DEPENDENCY)) {
      ForeignMagics.dependency(place, words, cells);
    } else if (name.equals("classpath") && ForeignMagics.isBeakerX(words)) {
      ForeignMagics.classPath(place, words, body, cells);
    } else if (PATHS.contains(name)) {
      addPaths(name, place, words, cells);
    } else if (REPOSITORY.contains(name)) {
      addRepository(name, place, words, cells);
    } else if (name.equals(POM)) {
      addPom(place, words, body, cells);
    } else {
      addArtifacts(name, place, words, cells);
    }
  }

  private static void addPaths(String name, Word place, List<Word> words, Cells cells)
      throws CellFailed {
    if (words.isEmpty()) {
      throw cells.wrong(place, "No path is given", "%" + name + " lib/*.jar");
    }
    List<Path> all = new ArrayList<>();
    for (Word word : words) {
      try {
        List<Path> paths = Globs.expand(cells.directory(), word.text());
        if (paths.isEmpty() && !Globs.isPattern(word.text())) {
          throw cells.wrong(word, "Nothing is there", "a path from " + cells.directory());
        }
        if (paths.isEmpty()) {
          // As in IJava, whose notebooks add what may be on one machine and not on another.
          cells.print("Nothing matches " + word.text() + "\n");
        }
        for (Path path : paths) {
          all.add(path);
          if (name.equals("jars") && Files.isDirectory(path)) {
            all.addAll(Globs.expand(path, "*.jar"));
          }
        }
      } catch (IOException | InvalidPathException e) {
        throw cells.wrong(word, "This cannot be read: " + e.getMessage(), "");
      }
    }
    cells.addToClassPath(all);
    give(all, cells);
  }

  private static void give(List<Path> paths, Cells cells) {
    cells.give(paths.stream().map(path -> path.toAbsolutePath().normalize().toString()).toList());
  }

  /** The expression whose value is this list. */
  public static String asJava(List<String> values) {
    return values.stream()
        .map(LibraryMagics::quoted)
        .collect(Collectors.joining(", ", "java.util.List.<String>of(", ")"));
  }

  static String quoted(String text) {
    StringBuilder literal = new StringBuilder("\"");
    text.chars()
        .forEach(
            c -> {
              if (c == '"' || c == '\\') {
                literal.append('\\').append((char) c);
              } else if (c < ' ') {
                literal.append(String.format(Locale.ROOT, "\\%03o", c));
              } else {
                literal.append((char) c);
              }
            });
    return literal.append('"').toString();
  }

  private static void addRepository(String name, Word place, List<Word> words, Cells cells)
      throws CellFailed {
    if (words.size() != 2) {
      throw cells.wrong(
          place, "It takes an id and a URL", "%" + name + " jitpack https://jitpack.io");
    }
    String url = words.get(1).text();
    if (!URL.matcher(url).matches()) {
      throw cells.wrong(words.get(1), "This is no URL", "https://…, or file:/// and a path");
    }
    cells.libraries().addRepository(new Repository(words.get(0).text(), url));
  }

  /** What was asked for: words, without the options that stand among them. */
  private static final class Arguments {
    final List<Word> operands = new ArrayList<>();
    final List<Repository> from = new ArrayList<>();
    boolean verbose;
    boolean offline;

    Arguments(List<Word> words, boolean takesFrom, Cells cells) throws CellFailed {
      for (int i = 0; i < words.size(); i++) {
        Word word = words.get(i);
        String text = word.text();
        if (text.equals("-v") || text.equals("--verbose")) {
          verbose = true;
        } else if (text.equals("-o") || text.equals("--offline")) {
          offline = true;
        } else if (takesFrom && text.startsWith("--from=")) {
          from.add(repository(new Word(text.substring(7), word.span()), cells));
        } else if (takesFrom && text.equals("--from")) {
          if (++i == words.size()) {
            throw cells.wrong(word, "--from needs a repository", "--from https://jitpack.io");
          }
          from.add(repository(words.get(i), cells));
        } else if (text.startsWith("-")) {
          throw cells.wrong(
              word, "There is no option " + text, takesFrom ? "--from, -o, -v" : "-o, -v");
        } else {
          operands.add(word);
        }
      }
    }

    private static Repository repository(Word word, Cells cells) throws CellFailed {
      if (URL.matcher(word.text()).matches()) {
        String host = URI.create(word.text()).getHost();
        return new Repository("from-" + (host == null ? "file" : host), word.text());
      }
      if (word.text().equals("central")) {
        return new Repository("central", "https://repo.maven.apache.org/maven2/");
      }
      for (Repository known : cells.libraries().repositories()) {
        if (known.id().equalsIgnoreCase(word.text())) {
          return known;
        }
      }
      throw cells.wrong(
          word,
          "There is no repository of this id",
          "a URL, or %mavenRepo " + word.text() + " URL");
    }
  }

  private static void addArtifacts(String name, Word place, List<Word> words, Cells cells)
      throws CellFailed {
    Arguments arguments = new Arguments(words, true, cells);
    if (arguments.operands.isEmpty()) {
      throw cells.wrong(
          place, "No artifact is named", "%" + name + " com.google.code.gson:gson:2.13.2");
    }
    List<Coordinates> wanted = new ArrayList<>();
    for (Word word : arguments.operands) {
      Optional<Coordinates> one = Coordinates.parse(word.text());
      if (one.isEmpty()) {
        throw cells.wrong(
            word,
            "This is not GROUP:ARTIFACT:VERSION",
            word.text().matches("[^:\\s]+:[^:\\s]+")
                ? word.text() + ":RELEASE for the newest version"
                : "com.google.code.gson:gson:2.13.2");
      }
      wanted.add(one.get());
    }
    Word about = arguments.operands.size() == 1 ? arguments.operands.getFirst() : place;
    add(arguments, about, cells, lookup -> lookup.jars(wanted));
  }

  /** Those that are named, or without a name those that a program needs when it runs. */
  private static Set<String> scopes(List<Word> words, Cells cells) throws CellFailed {
    for (Word scope : words) {
      if (!SCOPES.contains(scope.text())) {
        throw cells.wrong(
            scope,
            "There is no scope " + scope.text(),
            Typos.nearest(scope.text(), SCOPES).orElse(String.join(", ", SCOPES)));
      }
    }
    return words.isEmpty()
        ? MavenLookup.RUN_SCOPES
        : words.stream().map(Word::text).collect(Collectors.toSet());
  }

  private static void addPom(Word place, List<Word> words, Optional<String> body, Cells cells)
      throws CellFailed {
    Arguments arguments = new Arguments(words, false, cells);
    List<Word> scopes = arguments.operands;
    Path pom;
    Word about = place;
    try {
      if (body.isPresent()) {
        String text = PomText.complete(body.get());
        pom = Files.writeString(Files.createTempFile(TemporaryFolder.get(), "cell", ".pom"), text);
      } else {
        if (scopes.isEmpty()) {
          throw cells.wrong(
              place, "No POM is named", "%loadFromPOM pom.xml, or %%loadFromPOM with lines below");
        }
        about = scopes.removeFirst();
        pom = cells.directory().resolve(about.text());
        if (!Files.isRegularFile(pom)) {
          throw cells.wrong(about, "There is no such file", "a path from " + cells.directory());
        }
      }
    } catch (PomText.Malformed e) {
      throw cells.wrong(
          place,
          "The lines below are no part of a POM: " + e.getMessage(),
          "<dependency>…</dependency>");
    } catch (IOException | InvalidPathException e) {
      throw cells.wrong(about, "The POM cannot be read: " + e.getMessage(), "");
    }
    try {
      Set<String> wanted = scopes(scopes, cells);
      add(arguments, about, cells, lookup -> lookup.jarsOfPom(pom, wanted));
    } finally {
      if (body.isPresent()) {
        delete(pom);
      }
    }
  }

  private static void delete(Path file) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      // The system empties its folder for temporary files.
    }
  }

  private interface Question {
    List<Jar> ask(MavenLookup lookup) throws MavenException;
  }

  private static void add(Arguments arguments, Word about, Cells cells, Question question)
      throws CellFailed {
    List<Repository> places = new ArrayList<>(arguments.from);
    cells.libraries().repositories().stream()
        .filter(one -> !places.contains(one))
        .forEach(places::add);
    Download download = new Download(cells);
    List<Jar> jars;
    try {
      jars =
          cells.outside(
              () ->
                  download.await(
                      () -> question.ask(new MavenLookup(places, arguments.offline, download))));
    } catch (CancellationException e) {
      throw cells.interrupted();
    } catch (MavenException e) {
      throw cells.wrong(about, String.valueOf(e.getMessage()), e.fix());
    }
    List<Path> files = new ArrayList<>();
    StringBuilder others = new StringBuilder();
    for (Jar jar : jars) {
      String had =
          cells.libraries().version(jar.coordinates().artifact(), jar.coordinates().version());
      if (had.equals(jar.coordinates().version()) || !jar.coordinates().classifier().isEmpty()) {
        files.add(jar.file());
      } else {
        others
            .append(jar.coordinates())
            .append(" is left out: version ")
            .append(had)
            .append(" is on the class path already, and stays until %reset\n");
      }
    }
    List<Path> fresh = cells.addToClassPath(files);
    download.end(summary(fresh, files.size(), arguments.verbose) + others);
    give(files, cells);
  }

  private static String summary(List<Path> fresh, int all, boolean verbose) {
    if (fresh.isEmpty()) {
      return all == 0 ? "Nothing to add.\n" : "All of it is on the class path already.\n";
    }
    int shown = verbose ? fresh.size() : Math.min(fresh.size(), MOST_NAMES);
    return (fresh.size() == 1 ? "1 jar" : fresh.size() + " jars")
        + " added: "
        + fresh.stream()
            .limit(shown)
            .map(path -> String.valueOf(path.getFileName()))
            .collect(Collectors.joining(", "))
        + (shown < fresh.size() ? " and " + (fresh.size() - shown) + " more" : "")
        + "\n";
  }

  /** A look-up on a thread of its own, whose progress is shown, and which a stop leaves alone. */
  private static final class Download implements MavenLookup.Progress {
    private final Cells cells;
    private volatile String latest = "";
    private volatile boolean cancelled;
    private Optional<String> shown = Optional.empty();

    Download(Cells cells) {
      this.cells = cells;
    }

    List<Jar> await(Callable<List<Jar>> lookup) throws MavenException {
      FutureTask<List<Jar>> task = new FutureTask<>(lookup);
      Thread.ofPlatform().daemon().name("maven").start(task);
      String told = "";
      while (true) {
        try {
          return task.get(PAUSE_MILLIS, TimeUnit.MILLISECONDS);
        } catch (TimeoutException | InterruptedException e) {
          if (cells.stopped()) {
            cancelled = true;
            show("Stopped.");
            throw new CancellationException();
          }
          if (!latest.equals(told)) {
            told = latest;
            show(told);
          }
        } catch (ExecutionException e) {
          show("Nothing was added.");
          if (e.getCause() instanceof MavenException failed) {
            throw failed;
          }
          throw new IllegalStateException(e.getCause());
        }
      }
    }

    @Override
    public void downloading(String file, int files, long bytes) {
      latest =
          String.format(
              Locale.ROOT, "Downloading: %s (file %d, %.1f MB so far)", file, files, bytes / 1e6);
    }

    @Override
    public boolean cancelled() {
      return cancelled;
    }

    /** One place, written anew each time; nothing is shown there before there is progress. */
    private void show(String text) {
      MimeBundle bundle = MimeBundle.text(text);
      if (shown.isPresent()) {
        cells.update(shown.get(), bundle);
      } else if (!latest.isEmpty()) {
        shown = Optional.of(cells.show(bundle));
      }
    }

    void end(String text) {
      if (shown.isPresent()) {
        show(text.stripTrailing());
      } else {
        cells.print(text);
      }
    }
  }
}
