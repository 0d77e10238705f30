package wirebook.kernel.java.shell;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.tools.FileObject;
import org.jspecify.annotations.Nullable;

/**
 * The classes that JShell has compiled, by their names, as JShell keeps them. Javac is shown those
 * that what it compiles can refer to: the ones of the wanted snippets, and what these name.
 */
final class SnippetClasses extends TreeMap<String, FileObject> {
  private static final long serialVersionUID = 1L;

  /** With fewer it is not worth the search. */
  private static final int MANY = 12;

  /** What JShell wraps snippets in: the indexes of their keys, and letters for later versions. */
  private static final Pattern WRAPPER =
      Pattern.compile("REPL\\.\\$JShell\\$([0-9]+(?:_[0-9]+)*)[A-Z]*");

  /** A name in a class file's constants, which are followed by a byte below that of a blank. */
  private static final Pattern NAMED = Pattern.compile("REPL/[^\\x00-\\x20;<>.:/()\\[]+");

  private final transient Supplier<Optional<Collection<Integer>>> wanted;

  /** The latest wrapper of the snippet with an index. */
  private final transient Map<Integer, String> wrappers = new HashMap<>();

  private final transient Map<FileObject, Set<String>> named = new HashMap<>();

  /**
   * @param wanted the indexes of the snippets that are imported; empty for all
   */
  SnippetClasses(Supplier<Optional<Collection<Integer>>> wanted) {
    this.wanted = wanted;
  }

  @Override
  public @Nullable FileObject put(String name, FileObject file) {
    Matcher m = WRAPPER.matcher(name);
    if (m.matches()) {
      for (String index : m.group(1).split("_")) {
        wrappers.put(Integer.valueOf(index), name);
      }
    }
    FileObject before = super.put(name, file);
    if (before != null) {
      named.remove(before);
    }
    return before;
  }

  @Override
  public Collection<FileObject> values() {
    Optional<Collection<Integer>> indexes = size() < MANY ? Optional.empty() : wanted.get();
    return indexes.map(this::reachable).orElseGet(super::values);
  }

  private Collection<FileObject> reachable(Collection<Integer> indexes) {
    Set<String> seen = new LinkedHashSet<>();
    for (int index : indexes) {
      String wrapper = wrappers.get(index);
      if (wrapper != null) {
        seen.add(wrapper);
      }
    }
    List<FileObject> found = new ArrayList<>();
    Deque<String> left = new ArrayDeque<>(seen);
    while (!left.isEmpty()) {
      FileObject file = get(left.remove());
      if (file != null) {
        found.add(file);
        for (String name : named.computeIfAbsent(file, SnippetClasses::namesIn)) {
          if (seen.add(name)) {
            left.add(name);
          }
        }
      }
    }
    return found;
  }

  private static Set<String> namesIn(FileObject file) {
    try (InputStream in = file.openInputStream()) {
      String bytes = new String(in.readAllBytes(), StandardCharsets.ISO_8859_1);
      Set<String> names = new HashSet<>();
      for (MatchResult match : NAMED.matcher(bytes).results().toList()) {
        byte[] name = match.group().getBytes(StandardCharsets.ISO_8859_1);
        names.add(new String(name, StandardCharsets.UTF_8).replace('/', '.'));
      }
      return Set.copyOf(names);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
