package wirebook.engine.ssh.config;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** Reads configuration files into {@link Settings}: blocks, conditions and included files. */
final class ConfigReader {
  private static final int DEEPEST = 16;
  private static final String SYSTEM_FOLDER = "/etc/ssh";

  /**
   * How a file is read.
   *
   * @param user it is the user's own, not the system's
   * @param checked its owner and mode must be right
   * @param finalPass the second time, with the host's name as it will be used
   * @param never nothing in it counts; only its syntax is looked at
   */
  record Mode(boolean user, boolean checked, boolean finalPass, boolean never) {}

  private final Settings settings;
  private final SshLog log;
  private final LocalHost local;
  private final CommandRunner runner;
  private final String host;
  private final String original;
  private boolean wantsFinalPass;

  /** Runs the command of {@code Match exec}. */
  interface CommandRunner {
    /** Its exit status. */
    int run(String command);
  }

  ConfigReader(
      Settings settings,
      SshLog log,
      LocalHost local,
      CommandRunner runner,
      String host,
      String original) {
    this.settings = settings;
    this.log = log;
    this.local = local;
    this.runner = runner;
    this.host = host;
    this.original = original;
  }

  /** Whether a {@code Match final} was met. */
  boolean wantsFinalPass() {
    return wantsFinalPass;
  }

  /** Where a block's lines count or not. */
  private static final class Block {
    private boolean active = true;
  }

  /** Reads a file; false when it is not there or cannot be read. */
  boolean read(Path file, Mode mode) {
    return read(file, file.toString(), mode, new Block(), 0);
  }

  private boolean read(Path file, String name, Mode mode, Block block, int depth) {
    if (depth > DEEPEST) {
      throw new SshFatal("Too many recursive configuration includes");
    }
    String text;
    try {
      if (Files.isDirectory(file)) {
        text = "";
      } else {
        text = new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
      }
      if (mode.checked && !trusted(file)) {
        throw new SshFatal("Bad owner or permissions on " + name);
      }
    } catch (IOException e) {
      return false;
    }
    log.debug("Reading configuration data " + name);
    int bad = 0;
    int number = 0;
    for (String line : text.split("\n", -1)) {
      number++;
      if (!line(line, new ConfigPlace(name, number), mode, Optional.of(block), depth)) {
        bad++;
      }
    }
    if (bad > 0) {
      throw new SshFatal(name + ": terminating, " + bad + " bad configuration options");
    }
    return true;
  }

  private boolean trusted(Path file) throws IOException {
    try {
      int mode = (Integer) Files.getAttribute(file, "unix:mode");
      int owner = ((Number) Files.getAttribute(file, "unix:uid")).intValue();
      return (owner == 0 || owner == local.uid()) && (mode & 0022) == 0;
    } catch (UnsupportedOperationException | IllegalArgumentException e) {
      return true;
    }
  }

  /** Takes a line of {@code -o}; false when it is wrong, which was said. */
  boolean option(String line) {
    return line(
        line,
        new ConfigPlace("command-line", 0),
        new Mode(true, false, false, false),
        Optional.empty(),
        0);
  }

  private boolean line(
      String text, ConfigPlace place, Mode mode, Optional<Block> block, int depth) {
    ConfigWords.Line rest = new ConfigWords.Line(stripEnd(text));
    Optional<String> word = rest.next();
    if (word.isPresent() && word.get().isEmpty()) {
      word = rest.next();
    }
    if (word.isEmpty() || word.get().isEmpty() || word.get().startsWith("#")) {
      return true;
    }
    String keyword = ConfigWords.lower(word.get());
    String argument = rest.rest().map(r -> r.substring(ConfigWords.skipWhite(r, 0))).orElse("");
    if (argument.isEmpty()) {
      log.error(place + ": no argument after keyword \"" + keyword + "\"");
      return false;
    }
    Optional<Keyword> known = Keyword.of(keyword);
    if (known.isEmpty()) {
      if (Patterns.listed(
          keyword,
          settings.text(Keyword.IGNORE_UNKNOWN).toLowerCase(java.util.Locale.ROOT),
          true)) {
        log.debug(place + ": Ignored unknown option \"" + keyword + "\"");
        return true;
      }
      log.error(place.file() + ": line " + place.line() + ": Bad configuration option: " + keyword);
      return false;
    }
    Optional<List<String>> words = ConfigWords.words(argument);
    if (words.isEmpty()) {
      log.error(place + ": invalid quotes");
      return false;
    }
    boolean active = block.map(b -> b.active).orElse(true);
    return switch (known.get()) {
      case HOST -> block.map(b -> hostBlock(words.get(), place, mode, b)).orElseGet(this::notHere);
      case MATCH -> block.map(b -> matchBlock(argument, place, mode, b)).orElseGet(this::notHere);
      case INCLUDE ->
          block
              .map(b -> include(words.get(), place, mode, b, depth))
              .orElseGet(
                  () -> {
                    log.error("Include directive not supported as a command-line option");
                    return false;
                  });
      default -> {
        Optional<String> complaint =
            new LineReader(settings, log, local)
                .read(known.get(), keyword, words.get(), argument, place, active);
        complaint.ifPresent(log::error);
        yield complaint.isEmpty();
      }
    };
  }

  private boolean notHere() {
    log.error("Host directive not supported as a command-line option");
    return false;
  }

  private static String stripEnd(String text) {
    int end = text.length();
    while (end > 1 && (ConfigWords.WHITE + "\f").indexOf(text.charAt(end - 1)) >= 0) {
      end--;
    }
    return text.substring(0, end);
  }

  private boolean hostBlock(List<String> patterns, ConfigPlace place, Mode mode, Block block) {
    block.active = false;
    Optional<String> applied = Optional.empty();
    for (String word : patterns) {
      if (word.isEmpty()) {
        log.error(place + ": keyword host empty argument");
        return false;
      }
      if (mode.never) {
        break;
      }
      boolean negated = word.startsWith("!");
      String pattern = negated ? word.substring(1) : word;
      if (Patterns.matches(host, pattern)) {
        if (negated) {
          log.debug(place + ": Skipping Host block because of negated match for " + pattern);
          block.active = false;
          break;
        }
        applied = applied.or(() -> Optional.of(pattern));
        block.active = true;
      }
    }
    if (block.active) {
      log.debug(place + ": Applying options for " + applied.orElse(""));
    }
    return true;
  }

  private boolean matchBlock(String argument, ConfigPlace place, Mode mode, Block block) {
    ConfigWords.Line rest = new ConfigWords.Line(argument);
    Optional<Boolean> fits = conditions(rest, place, mode.finalPass);
    if (fits.isEmpty()) {
      log.error(place + ": Bad Match condition");
      return false;
    }
    block.active = !mode.never && fits.get();
    if (rest.rest().map(r -> !r.isEmpty()).orElse(false)) {
      log.error(place + ": keyword match extra arguments at end of line");
      return false;
    }
    return true;
  }

  /** Whether all conditions hold; none when they cannot be read. */
  private Optional<Boolean> conditions(
      ConfigWords.Line line, ConfigPlace place, boolean finalPass) {
    String port = settings.value(Keyword.PORT).orElse("22");
    String user = settings.value(Keyword.USER).orElse(local.user());
    String name =
        settings
            .value(Keyword.HOSTNAME)
            .map(h -> finalPass ? h : Expansion.percent(log, h, Map.of('h', host)))
            .orElse(host);
    log.debug2(
        "checking match for '%s' host %s originally %s"
            .formatted(line.rest().orElse(""), name, original));
    boolean result = true;
    int attributes = 0;
    while (true) {
      Optional<String> word = line.next();
      if (word.isEmpty() || word.get().isEmpty()) {
        break;
      }
      if (word.get().startsWith("#")) {
        line.end();
        break;
      }
      boolean negated = word.get().startsWith("!");
      String attribute = ConfigWords.lower(negated ? word.get().substring(1) : word.get());
      if (attribute.equals("all")) {
        Optional<String> more = attributes > 1 ? Optional.empty() : line.next();
        boolean extra = more.isPresent() && !more.get().isEmpty() && !more.get().startsWith("#");
        if (attributes > 1 || extra) {
          log.error(
              place + ": '" + word.get() + "' cannot be combined with other Match attributes");
          return Optional.empty();
        }
        if (more.isPresent() && more.get().startsWith("#")) {
          line.end();
        }
        return Optional.of(result && !negated);
      }
      attributes++;
      if (attribute.equals("canonical") || attribute.equals("final")) {
        wantsFinalPass |= attribute.equals("final");
        boolean fits = finalPass != negated;
        result &= fits;
        log.debug3(place + ": " + (fits ? "" : "not ") + "matched '" + word.get() + "'");
        continue;
      }
      Optional<String> argument = line.next();
      if (argument.isEmpty() || argument.get().isEmpty() || argument.get().startsWith("#")) {
        log.error("Missing Match criteria for " + (negated ? word.get().substring(1) : word.get()));
        return Optional.empty();
      }
      String criteria = argument.get();
      Optional<Boolean> fits =
          switch (attribute) {
            case "host" -> Optional.of(Patterns.host(name, criteria) == Patterns.Verdict.MATCH);
            case "originalhost" ->
                Optional.of(Patterns.host(original, criteria) == Patterns.Verdict.MATCH);
            case "user" -> Optional.of(Patterns.listed(user, criteria, false));
            case "localuser" -> Optional.of(Patterns.listed(local.user(), criteria, false));
            case "exec" -> {
              String alias = settings.value(Keyword.HOST_KEY_ALIAS).orElse(name);
              String command =
                  Expansion.percent(
                      log, criteria, Expansion.tokens(local, name, original, alias, port, user));
              if (!result) {
                log.debug3(place + ": skipped exec \"" + command + "\"");
                yield Optional.of(!negated);
              }
              log.debug("Executing command: '" + command + "'");
              int status = runner.run(command);
              log.debug3("command returned status " + status);
              yield Optional.of(status == 0);
            }
            default -> {
              log.error(
                  "Unsupported Match attribute "
                      + (negated ? word.get().substring(1) : word.get()));
              yield Optional.empty();
            }
          };
      if (fits.isEmpty()) {
        return Optional.empty();
      }
      boolean holds = fits.get() != negated;
      result &= holds;
      log.debug3(
          "%s: %smatched '%s \"%s\"' ".formatted(place, holds ? "" : "not ", word.get(), criteria));
    }
    if (attributes == 0) {
      log.error("One or more attributes required for Match");
      return Optional.empty();
    }
    log.debug2("match " + (result ? "" : "not ") + "found");
    return Optional.of(result);
  }

  private boolean include(
      List<String> paths, ConfigPlace place, Mode mode, Block block, int depth) {
    boolean good = true;
    for (String path : paths) {
      if (path.isEmpty()) {
        log.error(place + ": keyword include empty argument");
        return false;
      }
      if (path.startsWith("~") && !mode.user) {
        log.error(place + ": bad include path " + path + ".");
        return false;
      }
      String anchored =
          path.startsWith("/")
              ? path
              : path.startsWith("~")
                  ? local.tilde(path)
                  : (mode.user ? local.home() + "/.ssh" : SYSTEM_FOLDER) + "/" + path;
      List<String> files = glob(anchored);
      if (files.isEmpty()) {
        log.debug(place + ": include " + anchored + " matched no files");
        continue;
      }
      boolean outer = block.active;
      for (String file : files) {
        log.debug3(
            "%s: Including file %s depth %s%s"
                .formatted(place, file, depth, outer ? "" : " (parse only)"));
        boolean read =
            read(
                Path.of(file),
                file,
                new Mode(mode.user, true, mode.finalPass, mode.never || !outer),
                block,
                depth + 1);
        block.active = outer;
        if (!read && Files.exists(Path.of(file))) {
          log.error("Can't open user config file " + file + ": Permission denied");
          return false;
        }
        good &= read;
      }
    }
    return good;
  }

  /** The files of a path with wildcards, in order; the shell's rules for leading dots. */
  private static List<String> glob(String pattern) {
    List<String> found = List.of("/");
    for (String part : pattern.substring(1).split("/+")) {
      boolean wild = part.chars().anyMatch(c -> "*?[".indexOf(c) >= 0);
      List<String> next = new ArrayList<>();
      for (String folder : found) {
        Path in = Path.of(folder);
        if (!wild) {
          if (Files.exists(in.resolve(part))) {
            next.add(in.resolve(part).toString());
          }
          continue;
        }
        PathMatcher matcher =
            FileSystems.getDefault()
                .getPathMatcher("glob:" + part.replace("{", "\\{").replace("}", "\\}"));
        try (Stream<Path> files = Files.list(in)) {
          files
              .filter(f -> part.startsWith(".") || !f.getFileName().toString().startsWith("."))
              .filter(f -> matcher.matches(f.getFileName()))
              .map(Path::toString)
              .sorted()
              .forEach(next::add);
        } catch (IOException e) {
          // A folder that cannot be read has no files to include.
        }
      }
      found = next;
    }
    return found;
  }
}
