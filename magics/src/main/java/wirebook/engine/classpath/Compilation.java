package wirebook.engine.classpath;

import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.Diagnostic;
import javax.tools.DiagnosticCollector;
import javax.tools.FileObject;
import javax.tools.ForwardingJavaFileManager;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileManager;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import wirebook.trace.Bytes;

/**
 * What javac makes of one source, in memory.
 *
 * @param classes by binary name; none when there are complaints
 * @param complaints errors in javac's words, with their lines
 */
public record Compilation(Map<String, Bytes> classes, List<String> complaints) {
  public Compilation {
    classes = Map.copyOf(classes);
    complaints = List.copyOf(complaints);
  }

  /**
   * Compiles a source.
   *
   * @param file its name, which is what a class without a name is called
   * @param libraries the class path, in order
   * @param besides more of it, as {@code java.class.path} has it; may be empty
   */
  public static Compilation of(
      String file, String source, List<Library> libraries, String besides) {
    JavaCompiler javac = ToolProvider.getSystemJavaCompiler();
    if (javac == null) {
      return new Compilation(Map.of(), List.of("this Java has no compiler: it takes a JDK"));
    }
    DiagnosticCollector<JavaFileObject> diagnostics = new DiagnosticCollector<>();
    Map<String, Output> outputs = new LinkedHashMap<>();
    String path =
        Stream.concat(libraries.stream().map(l -> l.jar().toString()), Stream.of(besides))
            .filter(part -> !part.isEmpty())
            .collect(Collectors.joining(File.pathSeparator));
    try (StandardJavaFileManager standard =
            javac.getStandardFileManager(diagnostics, Locale.ROOT, null);
        Memory memory = new Memory(standard, outputs)) {
      boolean done =
          javac
              .getTask(
                  null,
                  memory,
                  diagnostics,
                  List.of("-proc:none", "-nowarn", "-g", "-classpath", path.isEmpty() ? "." : path),
                  null,
                  List.of(new Source(file, source)))
              .call();
      if (done) {
        Map<String, Bytes> classes = new LinkedHashMap<>();
        outputs.forEach((name, output) -> classes.put(name, Bytes.of(output.bytes.toByteArray())));
        return new Compilation(classes, List.of());
      }
    } catch (IOException e) {
      return new Compilation(Map.of(), List.of(String.valueOf(e.getMessage())));
    }
    List<String> lines = source.lines().toList();
    List<String> complaints = new ArrayList<>();
    for (Diagnostic<? extends JavaFileObject> each : diagnostics.getDiagnostics()) {
      if (each.getKind() == Diagnostic.Kind.ERROR) {
        int line = (int) each.getLineNumber();
        complaints.add(
            "line "
                + line
                + ": "
                + each.getMessage(Locale.ROOT)
                + (line > 0 && line <= lines.size() ? "\n    " + lines.get(line - 1).strip() : ""));
      }
    }
    return new Compilation(Map.of(), complaints);
  }

  public boolean succeeded() {
    return complaints.isEmpty();
  }

  private static final class Source extends SimpleJavaFileObject {
    private final String text;

    Source(String file, String text) {
      super(URI.create("string:///" + file), Kind.SOURCE);
      this.text = text;
    }

    /** The lines of a cell may have public classes of any name, and several. */
    @Override
    public boolean isNameCompatible(String simpleName, Kind kind) {
      return true;
    }

    @Override
    public CharSequence getCharContent(boolean ignoreEncodingErrors) {
      return text;
    }
  }

  private static final class Output extends SimpleJavaFileObject {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    Output(String name) {
      super(URI.create("mem:///" + name.replace('.', '/') + Kind.CLASS.extension), Kind.CLASS);
    }

    @Override
    public OutputStream openOutputStream() {
      return bytes;
    }
  }

  private static final class Memory extends ForwardingJavaFileManager<JavaFileManager> {
    private final Map<String, Output> outputs;

    Memory(JavaFileManager below, Map<String, Output> outputs) {
      super(below);
      this.outputs = outputs;
    }

    @Override
    public JavaFileObject getJavaFileForOutput(
        Location location, String className, JavaFileObject.Kind kind, FileObject sibling) {
      Output output = new Output(className);
      outputs.put(className, output);
      return output;
    }
  }
}
