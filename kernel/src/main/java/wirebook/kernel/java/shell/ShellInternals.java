package wirebook.kernel.java.shell;

import java.lang.reflect.Constructor;
import java.lang.reflect.Field;
import java.lang.reflect.InaccessibleObjectException;
import java.lang.reflect.Method;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import javax.lang.model.element.Name;
import javax.tools.FileObject;
import jdk.jshell.DeclarationSnippet;
import jdk.jshell.JShell;
import jdk.jshell.Snippet;
import jdk.jshell.SourceCodeAnalysis;
import jdk.jshell.spi.ExecutionControl.ClassBytecodes;

/**
 * What JShell has no methods for. Nearly all of it saves time and nothing else. It needs the
 * package to be open to this one, as the jar's manifest has it; where it is not, or JShell is
 * another one than that of Java 25, things are done as JShell does them.
 */
final class ShellInternals {
  private final JShell shell;
  private final Object maps;
  private final Object fileManager;
  private final Object tasks;

  private ShellInternals(JShell shell) throws ReflectiveOperationException {
    this.shell = shell;
    maps = get(JShell.class, shell, "maps");
    tasks = get(JShell.class, shell, "taskFactory");
    fileManager = get(tasks.getClass(), tasks, "fileManager");
  }

  static Optional<ShellInternals> of(JShell shell) {
    if (!JShell.class.getModule().isOpen("jdk.jshell", ShellInternals.class.getModule())) {
      return Optional.empty();
    }
    try {
      return Optional.of(new ShellInternals(shell));
    } catch (ReflectiveOperationException e) {
      return Optional.empty();
    }
  }

  /**
   * Puts {@code byIndex} in the place of JShell's own list of snippets, by the index of their keys,
   * and {@code all} in that of its set of them. It iterates over the list only for what it imports
   * into each class, and copies the set to find the variables in it, and for {@link
   * JShell#snippets}.
   *
   * @return whether it could be done; it can before the first snippet
   */
  @SuppressWarnings("unchecked")
  boolean keepSnippetsIn(List<Snippet> byIndex, Set<Snippet> all) {
    try {
      Field field = field(maps.getClass(), "keyIndexToSnippet");
      if (((Collection<Snippet>) field.get(maps)).isEmpty()) {
        field.set(maps, byIndex);
        field(maps.getClass(), "snippets").set(maps, all);
        return true;
      }
      return false;
    } catch (ReflectiveOperationException | ClassCastException e) {
      return false;
    }
  }

  /**
   * Puts {@code map} in the place of JShell's own, from their names to the classes it has compiled.
   * Its values are what JShell has javac see in the package of all snippets.
   */
  boolean keepClassesIn(Map<String, FileObject> map) {
    try {
      field(fileManager.getClass(), "classObjects").set(fileManager, map);
      return true;
    } catch (ReflectiveOperationException | IllegalArgumentException e) {
      return false;
    }
  }

  /** Puts {@code map} in the place of JShell's own, from the names of classes to their text. */
  boolean keepTextsIn(Map<String, Object> map) {
    try {
      Object texts = get(JShell.class, shell, "outerMap");
      field(texts.getClass(), "classOuters").set(texts, map);
      return true;
    } catch (ReflectiveOperationException | IllegalArgumentException e) {
      return false;
    }
  }

  /**
   * Has snippets analysed and compiled by one compiler, which reads what it needs of the JDK once.
   * JShell makes one for each list of options, and another pool of them with each class path.
   */
  void shareCompiler() {
    try {
      Object pool = get(tasks.getClass(), tasks, "javacTaskPool");
      field(pool.getClass(), "options2Contexts").set(pool, new Compilers());
    } catch (ReflectiveOperationException | InaccessibleObjectException e) {
      // Then there are two.
    }
  }

  /**
   * The pool's compilers by their options, which it asks for with the list that it uses afterwards.
   * Analysing ends before code is made, whatever the option says, and each kind of task is as well
   * off with the other's option: errors in a part do not keep others from being found, and classes
   * have the names of parameters.
   */
  private static final class Compilers extends HashMap<List<String>, Object> {
    private static final long serialVersionUID = 1L;
    private static final String ANALYSIS = "--should-stop=at=FLOW";
    private static final String COMPILATION = "-parameters";

    @Override
    @SuppressWarnings("unchecked")
    public Object getOrDefault(Object options, Object none) {
      List<String> list = (List<String>) options;
      if (list.removeAll(List.of(ANALYSIS, COMPILATION))) {
        list.add("--should-stop=ifError=FLOW");
        list.add(COMPILATION);
      }
      return super.getOrDefault(list, none);
    }

    @Override
    public Object computeIfAbsent(
        List<String> options, Function<? super List<String>, ?> newQueue) {
      return super.computeIfAbsent(options, list -> new Used());
    }
  }

  /** Compilers that have been used and may be used again. */
  private static final class Used extends ArrayDeque<Object> {
    private static final long serialVersionUID = 1L;

    @Override
    public boolean add(Object compiler) {
      try {
        forgetFast(compiler);
      } catch (ReflectiveOperationException | InaccessibleObjectException e) {
        // Then it is as slow as JShell has it.
      }
      return super.add(compiler);
    }

    @SuppressWarnings("unchecked")
    private static void forgetFast(Object compiler) throws ReflectiveOperationException {
      Class<?> type = Class.forName("com.sun.tools.javac.code.Symtab");
      Object symbols =
          type.getMethod("instance", compiler.getClass().getSuperclass()).invoke(null, compiler);
      Object classes = get(type, symbols, "classes");
      if (!(classes instanceof KnownClasses)) {
        field(type, "classes").set(symbols, new KnownClasses((Map<Name, Object>) classes));
      }
    }
  }

  /**
   * The classes that javac knows, by name; each value has those of this name. JShell asks for all
   * values to remove those of snippets, after each of the four tasks of a cell, and nobody else
   * does: it gets the snippets' alone. That saves a small cell an eighth of its time, and more when
   * much of the JDK has been used.
   */
  private static final class KnownClasses extends HashMap<Name, Object> {
    private static final long serialVersionUID = 1L;
    private static final String PACKAGE = "REPL.";

    private final Set<Name> snippets = new HashSet<>();

    KnownClasses(Map<Name, Object> known) {
      super(known);
      keySet().stream().filter(KnownClasses::isSnippets).forEach(snippets::add);
    }

    private static boolean isSnippets(Name name) {
      return name.length() > 0
          && name.charAt(0) == PACKAGE.charAt(0)
          && name.toString().startsWith(PACKAGE);
    }

    @Override
    public Object computeIfAbsent(Name name, Function<? super Name, ?> mappingFunction) {
      if (isSnippets(name)) {
        snippets.add(name);
      }
      return super.computeIfAbsent(name, mappingFunction);
    }

    @Override
    public Collection<Object> values() {
      List<Object> found = snippets.stream().map(this::remove).toList();
      snippets.clear();
      return found;
    }
  }

  /**
   * Has the shell know an import that is right, without compiling it.
   *
   * @return whether that was possible
   */
  boolean install(String declaration) {
    try {
      Object eval = get(JShell.class, shell, "eval");
      Method process =
          eval.getClass().getDeclaredMethod("processImport", String.class, String.class);
      process.setAccessible(true);
      if (!(process.invoke(eval, declaration, declaration) instanceof List<?> made)
          || !(made.getFirst() instanceof Snippet snippet)) {
        return false;
      }
      wrap(snippet);
      Constructor<?> diagnostics = Class.forName("jdk.jshell.DiagList").getDeclaredConstructor();
      diagnostics.setAccessible(true);
      Object none = diagnostics.newInstance();
      Method compiled =
          Snippet.class.getDeclaredMethod(
              "setCompilationStatus", Snippet.Status.class, List.class, none.getClass());
      compiled.setAccessible(true);
      compiled.invoke(snippet, Snippet.Status.VALID, List.of(), none);
      Method install = maps.getClass().getDeclaredMethod("installSnippet", Snippet.class);
      install.setAccessible(true);
      install.invoke(maps, snippet);
      return true;
    } catch (ReflectiveOperationException e) {
      return false;
    }
  }

  /** Gives an import its class, for which a later import of the same asks. */
  private void wrap(Snippet snippet) throws ReflectiveOperationException {
    Method guts = Snippet.class.getDeclaredMethod("guts");
    guts.setAccessible(true);
    Object outerMap = get(JShell.class, shell, "outerMap");
    Method wrap =
        outerMap.getClass().getDeclaredMethod("wrapImport", guts.getReturnType(), Snippet.class);
    wrap.setAccessible(true);
    Object outer = wrap.invoke(outerMap, guts.invoke(snippet), snippet);
    Method set = Snippet.class.getDeclaredMethod("setOuterWrap", wrap.getReturnType());
    set.setAccessible(true);
    set.invoke(snippet, outer);
  }

  /** Has JShell take a class that was loaded for another one than it compiles next. */
  void outdate(String className) {
    loaded(new ClassBytecodes(className, new byte[0]));
  }

  /** Has JShell take this for what is loaded by that name. */
  void loaded(ClassBytecodes loaded) {
    try {
      Object info = classInfo(loaded.name());
      Method set = info.getClass().getDeclaredMethod("setLoadedBytes", byte[].class);
      set.setAccessible(true);
      set.invoke(info, (Object) loaded.bytecodes());
    } catch (ReflectiveOperationException e) {
      // Then it has to be declared with another text.
    }
  }

  /** What JShell has loaded by that name. */
  Optional<ClassBytecodes> loaded(String className) {
    try {
      Object info = classInfo(className);
      return Optional.ofNullable((byte[]) field(info.getClass(), "loadedBytes").get(info))
          .map(bytes -> new ClassBytecodes(className, bytes));
    } catch (ReflectiveOperationException e) {
      return Optional.empty();
    }
  }

  private Object classInfo(String className) throws ReflectiveOperationException {
    Object tracker = get(JShell.class, shell, "classTracker");
    Method find = tracker.getClass().getDeclaredMethod("get", String.class);
    find.setAccessible(true);
    return find.invoke(tracker, className);
  }

  /** Looks for documentation in these files of sources as well. */
  void documentFrom(SourceCodeAnalysis analysis, List<Path> sources) {
    try {
      Method find = analysis.getClass().getDeclaredMethod("findSources");
      find.setAccessible(true);
      List<Object> all = new ArrayList<>((Collection<?>) find.invoke(analysis));
      all.addAll(sources);
      field(analysis.getClass(), "availableSources").set(analysis, all);
    } catch (ReflectiveOperationException | ClassCastException e) {
      // Then there is none of them.
    }
  }

  /**
   * Has the next snippet compiled by a javac that has compiled nothing. One that was given a
   * constant too long for a class file keeps it, and fails at whatever it compiles afterwards.
   */
  void freshCompilers() {
    try {
      Object tasks = get(JShell.class, shell, "taskFactory");
      Method init = tasks.getClass().getDeclaredMethod("initTaskPool");
      init.setAccessible(true);
      init.invoke(tasks);
    } catch (ReflectiveOperationException e) {
      // Then only %reset helps.
    }
  }

  /**
   * Lets go of what was said of a snippet that stands no more, which holds on to the compiler that
   * said it, and of what it was wrapped in, which has all imports.
   */
  void empty(Snippet snippet) {
    try {
      Constructor<?> none = Class.forName("jdk.jshell.DiagList").getDeclaredConstructor();
      none.setAccessible(true);
      field(Snippet.class, "diagnostics").set(snippet, none.newInstance());
      field(Snippet.class, "outer").set(snippet, null);
    } catch (ReflectiveOperationException e) {
      // Then it takes memory.
    }
  }

  /** The declaration whose code was called and cannot run: it throws this number. */
  Optional<DeclarationSnippet> unresolved(int index) {
    try {
      Object maps = get(JShell.class, shell, "maps");
      Method find = maps.getClass().getDeclaredMethod("getSnippetDeadOrAlive", int.class);
      find.setAccessible(true);
      return Optional.ofNullable((DeclarationSnippet) find.invoke(maps, index));
    } catch (ReflectiveOperationException | ClassCastException e) {
      return Optional.empty();
    }
  }

  /**
   * What a snippet is wrapped in, with the imports of all that it could use; none when it failed.
   */
  Optional<Object> text(Snippet snippet) {
    try {
      return Optional.ofNullable(field(Snippet.class, "outer").get(snippet));
    } catch (ReflectiveOperationException e) {
      return Optional.empty();
    }
  }

  /** How these snippets stand: running it has them stand so again, with the classes they had. */
  Optional<Runnable> standing(Collection<Snippet> snippets) {
    try {
      Map<Snippet, Map<Field, Object>> before = new HashMap<>();
      for (String name : List.of("status", "outer", "unresolved", "diagnostics")) {
        Field field = field(Snippet.class, name);
        for (Snippet snippet : snippets) {
          before.computeIfAbsent(snippet, s -> new HashMap<>()).put(field, field.get(snippet));
        }
      }
      return Optional.of(() -> before.forEach(ShellInternals::restore));
    } catch (ReflectiveOperationException e) {
      return Optional.empty();
    }
  }

  private static void restore(Snippet snippet, Map<Field, Object> values) {
    values.forEach(
        (field, value) -> {
          try {
            field.set(snippet, value);
          } catch (IllegalAccessException e) {
            throw new IllegalStateException(e);
          }
        });
  }

  /** Lets the search for the names of all classes wait, or go on. */
  void indexing(SourceCodeAnalysis analysis, boolean on) {
    try {
      Method method =
          analysis.getClass().getDeclaredMethod(on ? "resumeIndexing" : "suspendIndexing");
      method.setAccessible(true);
      method.invoke(analysis);
    } catch (ReflectiveOperationException e) {
      // Then it goes on.
    }
  }

  private static Object get(Class<?> type, Object object, String name)
      throws ReflectiveOperationException {
    Object value = field(type, name).get(object);
    if (value == null) {
      throw new NoSuchFieldException(name);
    }
    return value;
  }

  private static Field field(Class<?> type, String name) throws NoSuchFieldException {
    Field field = type.getDeclaredField(name);
    field.setAccessible(true);
    return field;
  }
}
