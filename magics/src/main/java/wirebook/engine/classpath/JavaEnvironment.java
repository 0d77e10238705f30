package wirebook.engine.classpath;

import java.io.IOException;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import wirebook.trace.Bytes;

/**
 * Libraries that a program sees, and no others: a class path with a class loader of its own. The
 * first jar that has a class wins, as on any class path.
 */
public final class JavaEnvironment {
  private static final Pattern METHOD =
      Pattern.compile("'(?:[\\w.$\\[\\]]+ )?((?:\\w+\\.)*[\\w$]+)\\.([\\w<>$]+)\\([^)]*\\)'");
  private static final Pattern CLASS = Pattern.compile("((?:\\w+[./])*[\\w$]+)");

  private final String name;
  private final List<Library> libraries;
  private final Loader loader;
  private volatile Optional<String> served = Optional.empty();

  public JavaEnvironment(String name, List<Library> libraries) {
    this.name = name;
    this.libraries = List.copyOf(libraries);
    this.loader = new Loader(name, urls(libraries));
  }

  private static List<URL> urls(List<Library> libraries) {
    List<URL> urls = new ArrayList<>();
    for (Library library : libraries) {
      try {
        urls.add(library.jar().toUri().toURL());
      } catch (MalformedURLException e) {
        throw new IllegalStateException(e);
      }
    }
    return urls;
  }

  public String name() {
    return name;
  }

  /** Its class path, in order. */
  public List<Library> libraries() {
    return libraries;
  }

  /** A program of it is served there from now on. */
  public void serves(String url) {
    served = Optional.of(url);
  }

  /**
   * Where a program of it is served, with a slash at the end.
   *
   * @throws IllegalStateException when none is
   */
  public String url() {
    return served.orElseThrow(
        () ->
            new IllegalStateException(
                "nothing of " + name + " is served: %%javaenv " + name + " serve"));
  }

  /** The class loader of its libraries. */
  public ClassLoader loader() {
    return loader;
  }

  /** Classes that see the libraries; each call has a loader of its own, so names may come again. */
  public Class<?> define(Map<String, Bytes> classes, String wanted) throws ClassNotFoundException {
    return Class.forName(wanted, true, new Program(loader, classes));
  }

  /**
   * Why a class or a method was not there, when a class path is the reason: which jar the class was
   * taken from, and which others have it; empty for other errors.
   */
  public Optional<String> why(LinkageError error) {
    String message = String.valueOf(error.getMessage());
    Matcher method = METHOD.matcher(message);
    boolean ofMethod = method.find();
    Matcher type = CLASS.matcher(message);
    if (!ofMethod && !type.find()) {
      return Optional.empty();
    }
    String className = ofMethod ? method.group(1) : type.group(1).replace('/', '.');
    List<String> lines = new ArrayList<>();
    for (Library library : libraries) {
      try {
        Optional<List<String>> has =
            library.signatures(className, ofMethod ? method.group(2) : "<init>");
        has.ifPresent(
            signatures ->
                lines.add(
                    "  "
                        + (lines.isEmpty() ? "taken from   " : "never asked  ")
                        + library.jar().getFileName()
                        + (ofMethod
                            ? "  has "
                                + (signatures.isEmpty()
                                    ? "no " + method.group(2)
                                    : String.join(", ", signatures))
                            : "")));
      } catch (IOException e) {
        lines.add("  " + library.jar().getFileName() + " cannot be read: " + e.getMessage());
      }
    }
    if (lines.isEmpty()) {
      return Optional.of(className + " is in no jar of " + name + ".");
    }
    return Optional.of(
        (lines.size() == 1
                ? className + " is in one jar of " + name + ":"
                : className
                    + " is in "
                    + lines.size()
                    + " jars of "
                    + name
                    + ", and the first one wins:")
            + "\n"
            + String.join("\n", lines));
  }

  @Override
  public String toString() {
    return name
        + ": "
        + (libraries.isEmpty()
            ? "no libraries"
            : String.join(", ", libraries.stream().map(Library::toString).toList()));
  }

  /** Nothing from above but the JDK, and what a program here may need of Wirebook itself. */
  private static final class Loader extends URLClassLoader {
    static {
      registerAsParallelCapable();
    }

    Loader(String name, List<URL> urls) {
      super(name, urls.toArray(URL[]::new), ClassLoader.getPlatformClassLoader());
    }

    @Override
    protected Class<?> findClass(String className) throws ClassNotFoundException {
      return className.startsWith("wirebook.")
          ? Class.forName(className, false, JavaEnvironment.class.getClassLoader())
          : super.findClass(className);
    }
  }

  private static final class Program extends ClassLoader {
    private final Map<String, Bytes> classes;

    Program(ClassLoader libraries, Map<String, Bytes> classes) {
      super(libraries);
      this.classes = new ConcurrentHashMap<>(classes);
    }

    @Override
    protected Class<?> findClass(String className) throws ClassNotFoundException {
      Bytes bytes = classes.get(className);
      if (bytes == null) {
        throw new ClassNotFoundException(className);
      }
      byte[] plain = bytes.toArray();
      return defineClass(className, plain, 0, plain.length);
    }
  }
}
