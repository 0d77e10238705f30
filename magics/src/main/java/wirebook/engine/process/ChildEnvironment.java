package wirebook.engine.process;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import wirebook.spi.Services;

/**
 * The folder and the environment variables of the programs that a session starts, one object a
 * session. The session's own magics see what the person has set, and not what is given to children
 * alone.
 */
public final class ChildEnvironment {
  private static final String PATH = "PATH";

  private final Map<String, String> inherited;

  /** By the person. */
  private final Map<String, String> exported = new LinkedHashMap<>();

  /** To children alone, such as the way to a proxy. */
  private final Map<String, String> given = new LinkedHashMap<>();

  private Optional<Path> commands = Optional.empty();
  private Path directory;
  private Path before;

  /** The session's, which begins where this process runs. */
  public static ChildEnvironment of(Services services) {
    return services.get(
        ChildEnvironment.class,
        () -> new ChildEnvironment(Path.of("").toAbsolutePath(), System.getenv()));
  }

  /**
   * @param directory where the session began
   * @param inherited what this process was started with
   */
  public ChildEnvironment(Path directory, Map<String, String> inherited) {
    this.directory = directory;
    this.inherited = Map.copyOf(inherited);
    before = directory;
  }

  public synchronized Path directory() {
    return directory;
  }

  /** The one before the last {@link #enter}, for {@code cd -}. */
  public synchronized Path before() {
    return before;
  }

  /** What starts from now on starts there. */
  public synchronized void enter(Path other) {
    before = directory;
    directory = other;
  }

  /** As {@code export NAME=value} does, for all that is started from now on. */
  public synchronized void export(String name, String value) {
    exported.put(name, value);
  }

  /**
   * Gives children, and nobody else, these variables in place of those given before; what the
   * person exports goes before them.
   */
  public synchronized void give(Map<String, String> variables) {
    given.clear();
    given.putAll(variables);
  }

  /** Puts a folder in front of the others in which children look for commands. */
  public synchronized void commands(Path folder) {
    commands = Optional.of(folder);
  }

  /** What the session's own magics see. */
  public synchronized Map<String, String> variables() {
    return with(new TreeMap<>(inherited));
  }

  /** What a child is started with. */
  public synchronized Map<String, String> ofChildren() {
    Map<String, String> all = new TreeMap<>(inherited);
    // Python holds back what it prints into a pipe, and a cell shows output as it comes.
    all.putIfAbsent("PYTHONUNBUFFERED", "1");
    all.putAll(given);
    with(all);
    all.put("PWD", directory.toString());
    commands.ifPresent(
        folder -> all.merge(PATH, folder.toString(), (path, first) -> first + ":" + path));
    return all;
  }

  /** What others must add to their environment to be as a child is, but for {@code PATH}. */
  public synchronized Map<String, String> additions() {
    return with(new TreeMap<>(given));
  }

  /** A child's variables without those that only children are given. */
  public synchronized Map<String, String> without(Map<String, String> ofChild) {
    Map<String, String> all = new TreeMap<>(ofChild);
    given.forEach(all::remove);
    return all;
  }

  private Map<String, String> with(Map<String, String> all) {
    all.putAll(exported);
    return all;
  }
}
