package wirebook.kernel.java.shell;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.stream.Stream;
import javax.lang.model.SourceVersion;
import jdk.jshell.DeclarationSnippet;
import jdk.jshell.JShell;
import jdk.jshell.MethodSnippet;
import jdk.jshell.Snippet;
import jdk.jshell.SnippetEvent;
import jdk.jshell.TypeDeclSnippet;
import jdk.jshell.VarSnippet;
import jdk.jshell.spi.ExecutionControl.ClassBytecodes;
import jdk.jshell.spi.ExecutionControl.ClassInstallException;
import jdk.jshell.spi.ExecutionControl.EngineTerminationException;
import org.jspecify.annotations.Nullable;

/**
 * Keeps what JShell compiles small. Into each class it writes an import for every variable and
 * method that the session has, and javac then lists all classes of the session and reads those of
 * the imports, several times a snippet: after 500 cells that is three quarters of the time that a
 * small cell takes. Here a snippet gets the imports of those whose names it mentions, and of those
 * that are mentioned by snippets which may have to be compiled again because of it. Types are
 * always imported, because JShell itself writes their names, as the types of {@code var} and of
 * results. What a session begins with is imported from the first cell on that may use it.
 */
final class MentionedImports {
  /** What needs no import, and is in many first cells. */
  private static final Set<String> IN_JAVA_LANG =
      Set.of(
          "System",
          "Thread",
          "Runnable",
          "Math",
          "String",
          "StringBuilder",
          "Object",
          "Integer",
          "Long",
          "Double",
          "Boolean",
          "Character",
          "Exception",
          "RuntimeException",
          "Override");

  private static final SortedMap<Integer, Snippet> NONE = Collections.emptySortedMap();

  private final JShell shell;
  private final ShellInternals internals;

  /** Names that the imports of the beginning bring in, as far as they look like none of a type. */
  private final Set<String> imported;

  /** What is asked for while this thread has JShell evaluate; null for all there is. */
  private static final ThreadLocal<@Nullable Wanted> WANTED = new ThreadLocal<>();

  /** The declarations that may have to be compiled again. */
  private final Map<String, Mentions> declared = new HashMap<>();

  /** Those of them that mention a name. */
  private final Map<String, List<Mentions>> mentioning = new HashMap<>();

  private final SnippetList snippets = new SnippetList();
  private final AllSnippets all = new AllSnippets();
  private final SnippetClasses classes = new SnippetClasses(snippets::wanted);
  private final Texts texts = new Texts();
  private Optional<WorkerControl> control = Optional.empty();

  /** What was loaded of the classes that this evaluation has changed in their place. */
  private final Map<String, ClassBytecodes> changed = new HashMap<>();

  private boolean beginning = true;
  private boolean beginningUsed;

  /** The first that JShell has put into its list in this evaluation. */
  private Optional<Snippet> evaluating = Optional.empty();

  /** The texts that snippets were compiled in, by the names of their classes. */
  private static final class Texts extends HashMap<String, Object> {
    private static final long serialVersionUID = 1L;
    private final transient List<String> fresh = new ArrayList<>();

    @Override
    public Object put(String name, Object text) {
      fresh.add(name);
      return super.put(name, text);
    }
  }

  private record Wanted(Set<String> names, boolean beginning) {}

  /** What is declared, and the names in its source. Each is one of its own: no record. */
  private record Mentions(String name, List<String> names) {}

  private MentionedImports(JShell shell, ShellInternals internals, Set<String> imported) {
    this.shell = shell;
    this.internals = internals;
    this.imported = imported;
  }

  /**
   * Makes a shell that has no snippets yet import no more than it needs, if it can be done.
   *
   * @param beginning the imports that the session begins with
   * @param names what they bring in, types aside
   */
  static Optional<MentionedImports> into(JShell shell, List<String> beginning, Set<String> names) {
    Optional<ShellInternals> internals = ShellInternals.of(shell);
    if (internals.isEmpty()) {
      return Optional.empty();
    }
    MentionedImports imports = new MentionedImports(shell, internals.get(), names);
    if (!internals.get().keepSnippetsIn(imports.snippets, imports.all)) {
      return Optional.empty();
    }
    internals.get().keepClassesIn(imports.classes);
    internals.get().keepTextsIn(imports.texts);
    for (String one : beginning) {
      if (!internals.get().install(one)) {
        shell.eval(one);
      }
    }
    imports.beginning = false;
    return Optional.of(imports);
  }

  /** What has changed in its place by {@code control} can be changed back by it. */
  void changesClassesBy(WorkerControl control) {
    this.control = Optional.of(control);
    control.onChange(
        name -> {
          if (!changed.containsKey(name)) {
            internals.loaded(name).ifPresent(was -> changed.put(name, was));
          }
        });
  }

  /** The snippet that is being evaluated, once it has been compiled. */
  Optional<Snippet> evaluating() {
    return evaluating;
  }

  /**
   * A text that was refused imports all that is declared, and nobody asks for it again: 2500 wrong
   * cells in a session of 600 variables were 136 MB of them.
   */
  private void forgetTexts(List<SnippetEvent> events) {
    if (events.stream().anyMatch(event -> event.status() == Snippet.Status.REJECTED)) {
      Set<Object> used = Collections.newSetFromMap(new IdentityHashMap<>());
      all.forEach(snippet -> internals.text(snippet).ifPresent(used::add));
      texts.fresh.removeIf(name -> used.contains(texts.get(name)));
      texts.fresh.forEach(texts::remove);
    }
    texts.fresh.clear();
  }

  /**
   * A declaration that is refused leaves the one of that name as it was, its value and what uses it
   * as well: a slip of the pen in a method's second version costs nobody the first. JShell forgets
   * it.
   */
  private List<SnippetEvent> evalOrLeave(String source) {
    if (declarations(source).stream().noneMatch(snippets::has)) {
      return shell.eval(source);
    }
    Snippet[] before = snippets.toArray(Snippet[]::new);
    Optional<Runnable> standing =
        internals.standing(Stream.of(before).filter(Objects::nonNull).toList());
    changed.clear();
    List<SnippetEvent> events = shell.eval(source);
    List<SnippetEvent> own = events.stream().filter(e -> e.causeSnippet() == null).toList();
    if (standing.isEmpty() || own.stream().anyMatch(e -> e.status() != Snippet.Status.REJECTED)) {
      return events;
    }
    standing.get().run();
    snippets.restore(before);
    control.ifPresent(this::changeBack);
    return own;
  }

  private void changeBack(WorkerControl control) {
    for (ClassBytecodes one : changed.values().toArray(ClassBytecodes[]::new)) {
      try {
        control.redefine(new ClassBytecodes[] {one});
        internals.loaded(one);
      } catch (ClassInstallException | EngineTerminationException e) {
        // Then what uses it says what it lacks.
      }
    }
  }

  /** Evaluates one snippet. */
  List<SnippetEvent> eval(String source) {
    evaluating = Optional.empty();
    Set<String> names = namesFor(source);
    beginningUsed |= names == null || usesBeginning(names);
    WANTED.set(names == null ? null : new Wanted(names, beginningUsed));
    List<SnippetEvent> events;
    try {
      events = evalOrLeave(source);
    } finally {
      WANTED.remove();
    }
    if (names != null && events.stream().anyMatch(e -> e.status() == Snippet.Status.REJECTED)) {
      // Whatever is wrong with it, it is not that something was left out.
      events.stream()
          .filter(event -> event.status() == Snippet.Status.REJECTED)
          .forEach(event -> internals.empty(event.snippet()));
      beginningUsed = true;
      events = evalOrLeave(source);
    }
    forgetTexts(events);
    events.forEach(event -> made(event.snippet()));
    return events;
  }

  /** Has JShell answer with no more imported than the text mentions. */
  <T> T mentioning(String text, Optional<String> begun, Supplier<T> question) {
    Set<String> names = words(text);
    if (names.contains("import") || text.contains("\\u")) {
      return question.get();
    }
    begun.ifPresent(start -> snippets.names().filter(n -> n.startsWith(start)).forEach(names::add));
    WANTED.set(new Wanted(names, true));
    try {
      return question.get();
    } finally {
      WANTED.remove();
    }
  }

  private boolean usesBeginning(Set<String> names) {
    return names.stream()
        .anyMatch(
            name ->
                imported.contains(name)
                    || (Character.isUpperCase(name.codePointAt(0))
                        && !IN_JAVA_LANG.contains(name)
                        && !snippets.hasType(name)));
  }

  private void made(Snippet snippet) {
    if (snippet instanceof DeclarationSnippet declaration && !isResult(snippet)) {
      String key =
          snippet instanceof MethodSnippet method
              ? method.name() + "(" + method.parameterTypes()
              : snippet.kind() + declaration.name();
      // A session has many of them, of few words.
      List<String> names = words(snippet.source()).stream().map(String::intern).toList();
      Mentions fresh = new Mentions(declaration.name(), names);
      Mentions before = declared.put(key, fresh);
      if (before != null) {
        before.names.forEach(name -> mentioning(name).remove(before));
      }
      names.forEach(name -> mentioning(name).add(fresh));
    }
  }

  private List<Mentions> mentioning(String name) {
    return mentioning.computeIfAbsent(name, n -> new ArrayList<>(1));
  }

  private static boolean isResult(Snippet snippet) {
    return snippet.subKind() == Snippet.SubKind.TEMP_VAR_EXPRESSION_SUBKIND;
  }

  private @Nullable Set<String> namesFor(String source) {
    Set<String> names = words(source);
    if (names.contains("import") || source.contains("\\u")) {
      return null;
    }
    // What mentions something that changes, changes as well, and its names are wanted.
    Deque<String> changed = new ArrayDeque<>(declarations(source));
    Set<Mentions> changing = new HashSet<>();
    while (!changed.isEmpty()) {
      for (Mentions one : mentioning.getOrDefault(changed.remove(), List.of())) {
        if (changing.add(one)) {
          names.addAll(one.names);
          changed.add(one.name);
        }
      }
    }
    return names;
  }

  /** All that could be names, those in comments and strings as well. */
  static Set<String> words(String source) {
    Set<String> words = new HashSet<>();
    int at = 0;
    while (at < source.length()) {
      int end = endOfWord(source, at);
      if (end > at) {
        String word = source.substring(at, end);
        if (word.equals("import") || !SourceVersion.isKeyword(word)) {
          words.add(word);
        }
        at = end;
      } else {
        at += Character.charCount(source.codePointAt(at));
      }
    }
    return words;
  }

  private static int endOfWord(String source, int from) {
    int at = from;
    while (at < source.length() && Character.isJavaIdentifierPart(source.codePointAt(at))) {
      at += Character.charCount(source.codePointAt(at));
    }
    return at;
  }

  /**
   * What the source may declare: the names outside of brackets that follow upon a name, a type's
   * last bracket or a comma. Some of them are none, which does no harm.
   */
  static Set<String> declarations(String source) {
    Set<String> names = new HashSet<>();
    int depth = 0;
    char before = 0;
    int at = 0;
    while (at < source.length()) {
      char c = source.charAt(at);
      int end = endOfWord(source, at);
      if (end > at) {
        if (depth == 0 && (before == ',' || before == '>' || before == ']' || before == 'a')) {
          names.add(source.substring(at, end));
        }
        before = 'a';
        at = end;
      } else if (Snippets.isComment(source, at)) {
        at = Snippets.afterToken(source, at);
      } else {
        depth += "{([".indexOf(c) >= 0 ? 1 : "})]".indexOf(c) >= 0 ? -1 : 0;
        if (!Character.isWhitespace(c)) {
          before = c;
        }
        at = Snippets.afterToken(source, at);
      }
    }
    return names;
  }

  /**
   * The snippets that there have been. While a cell is evaluated, JShell wants to know in each task
   * which of them are variables, to give those their types that it has imported.
   */
  private final class AllSnippets extends LinkedHashSet<Snippet> {
    private static final long serialVersionUID = 1L;

    @Override
    public Object[] toArray() {
      Wanted what = WANTED.get();
      return what == null ? super.toArray() : snippets.of(what).values().toArray();
    }
  }

  /** The snippet of each key by the key's index, as JShell keeps them. */
  private final class SnippetList extends ArrayList<Snippet> {
    private static final long serialVersionUID = 1L;

    private final transient SortedMap<Integer, Snippet> initial = new TreeMap<>();
    private final transient SortedMap<Integer, Snippet> always = new TreeMap<>();
    private final transient Map<String, SortedMap<Integer, Snippet>> byName = new HashMap<>();

    @Override
    public Snippet set(int index, Snippet snippet) {
      Snippet before = super.set(index, snippet);
      if (evaluating.isEmpty()) {
        evaluating = Optional.of(snippet);
      }
      if (before != null) {
        initial.remove(index);
        imported(before).remove(index);
      }
      (beginning ? initial : imported(snippet)).put(index, snippet);
      return before;
    }

    private SortedMap<Integer, Snippet> imported(Snippet snippet) {
      return switch (snippet.kind()) {
        case IMPORT, TYPE_DECL -> always;
        // One with anonymous classes comes with their types.
        case VAR -> snippet.source().contains("{") ? always : named(((VarSnippet) snippet).name());
        case METHOD -> named(((MethodSnippet) snippet).name());
        case EXPRESSION, STATEMENT, ERRONEOUS -> new TreeMap<>();
      };
    }

    private SortedMap<Integer, Snippet> named(String name) {
      return byName.computeIfAbsent(name, n -> new TreeMap<>());
    }

    void restore(Snippet[] before) {
      for (int i = 0; i < before.length; i++) {
        if (!Objects.equals(before[i], get(i))) {
          set(i, before[i]);
        }
      }
    }

    boolean has(String name) {
      return byName.containsKey(name) || hasType(name);
    }

    /** Of the variables and methods that there have been. */
    Stream<String> names() {
      return byName.keySet().stream();
    }

    boolean hasType(String name) {
      return always.values().stream()
          .anyMatch(one -> one instanceof TypeDeclSnippet type && type.name().equals(name));
    }

    private SortedMap<Integer, Snippet> of(Wanted what) {
      SortedMap<Integer, Snippet> found = new TreeMap<>(always);
      if (what.beginning) {
        found.putAll(initial);
      }
      for (String name : what.names) {
        found.putAll(byName.getOrDefault(name, NONE));
      }
      return found;
    }

    @Override
    public Iterator<Snippet> iterator() {
      Wanted what = WANTED.get();
      return what == null ? super.iterator() : of(what).values().iterator();
    }

    /** The indexes of the snippets that are imported now; empty when all are. */
    Optional<Collection<Integer>> wanted() {
      return Optional.ofNullable(WANTED.get()).map(what -> of(what).keySet());
    }
  }
}
