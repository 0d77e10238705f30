package wirebook.engine.ssh.config;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * The values of a configuration while it is read: the first one that a keyword gets stays. Values
 * are kept as {@code ssh -G} prints them, and are typed where they are used.
 */
public final class Settings {
  /** The host that a connection goes through. */
  public record Jump(
      Optional<String> user, String host, OptionalInt port, Optional<String> before) {
    static final Jump NONE =
        new Jump(Optional.empty(), "none", OptionalInt.of(0), Optional.empty());
  }

  private final Map<Keyword, String> values = new EnumMap<>(Keyword.class);
  private final Map<Keyword, List<String>> lists = new EnumMap<>(Keyword.class);
  private final List<Forward> locals = new ArrayList<>();
  private final List<Forward> remotes = new ArrayList<>();
  private Optional<Jump> jump = Optional.empty();
  private Optional<Forward.End.Tcp> standardForward = Optional.empty();

  /** Sets it when it has no value yet. */
  void first(Keyword keyword, String value) {
    values.putIfAbsent(keyword, value);
  }

  /** Sets it, as options of the command line do. */
  void set(Keyword keyword, String value) {
    values.put(keyword, value);
  }

  void clear(Keyword keyword) {
    values.remove(keyword);
  }

  public boolean has(Keyword keyword) {
    return values.containsKey(keyword);
  }

  public Optional<String> value(Keyword keyword) {
    return Optional.ofNullable(values.get(keyword));
  }

  /** Its value, after the defaults were filled in. */
  public String text(Keyword keyword) {
    return value(keyword).orElse("");
  }

  /** Whether it is {@code yes}. */
  public boolean flag(Keyword keyword) {
    String value = text(keyword);
    return value.equals("yes") || value.equals("true");
  }

  /** Its number; 0 when it has none. */
  public int number(Keyword keyword) {
    return value(keyword).map(Integer::parseInt).orElse(0);
  }

  public List<String> list(Keyword keyword) {
    return List.copyOf(lists.getOrDefault(keyword, List.of()));
  }

  boolean listed(Keyword keyword) {
    return !lists.getOrDefault(keyword, List.of()).isEmpty();
  }

  void add(Keyword keyword, String value) {
    lists.computeIfAbsent(keyword, k -> new ArrayList<>()).add(value);
  }

  /** One of {@link Keyword.Kind#FILES}: the same path counts once. */
  void addFile(Keyword keyword, String value) {
    if (!list(keyword).contains(value)) {
      add(keyword, value);
    }
  }

  void replace(Keyword keyword, List<String> all) {
    lists.put(keyword, new ArrayList<>(all));
  }

  /** Takes {@code -L} and {@code -D}. */
  public List<Forward> localForwards() {
    return List.copyOf(locals);
  }

  public List<Forward> remoteForwards() {
    return List.copyOf(remotes);
  }

  void addForward(Forward forward, boolean remote) {
    List<Forward> all = remote ? remotes : locals;
    if (!all.contains(forward)) {
      all.add(forward);
    }
  }

  void replaceForwards(List<Forward> newLocals, List<Forward> newRemotes) {
    locals.clear();
    locals.addAll(newLocals);
    remotes.clear();
    remotes.addAll(newRemotes);
  }

  public Optional<Jump> jump() {
    return jump;
  }

  void jump(Optional<Jump> through) {
    jump = through;
  }

  /** What {@code -W} connects standard input and output to. */
  public Optional<Forward.End.Tcp> standardForward() {
    return standardForward;
  }

  void standardForward(Forward.End.Tcp end) {
    standardForward = Optional.of(end);
  }
}
