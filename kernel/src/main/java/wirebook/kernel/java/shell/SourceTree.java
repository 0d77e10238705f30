package wirebook.kernel.java.shell;

import com.sun.source.tree.ClassTree;
import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.util.DocTrees;
import com.sun.source.util.JavacTask;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.util.List;
import java.util.Locale;
import javax.tools.Diagnostic;
import javax.tools.DiagnosticCollector;
import javax.tools.DiagnosticListener;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import wirebook.kernel.java.complaints.Source;

/**
 * Java as its parser sees it, with what is wrong in it left out.
 *
 * @param docs knows the comments of what is in the unit
 */
public record SourceTree(CompilationUnitTree unit, DocTrees docs) {
  /** The class of what is in none (JEP 512) is named after its file. */
  private static final String IMPLICIT = "Implicit$";

  public static SourceTree of(String source) {
    JavacTask task = task(source, diagnostic -> {});
    try {
      return new SourceTree(task.parse().iterator().next(), DocTrees.instance(task));
    } catch (IOException e) {
      // Text that is in memory can be read.
      throw new UncheckedIOException(e);
    }
  }

  /** What the parser finds wrong, and where. */
  public record Wrong(int start, int end, String message) {}

  /**
   * What is wrong in the form of a text, of a class or of a method: it is taken for the one that it
   * fits better. Empty when it is right as one of them.
   */
  public static List<Wrong> errors(String source) {
    List<Wrong> inClass = errors("", source, "");
    List<Wrong> inMethod = errors("class Method$ { void body$() {", source, "\n}}");
    return inClass.isEmpty() || inMethod.isEmpty()
        ? List.of()
        : inClass.getFirst().start() < inMethod.getFirst().start() ? inMethod : inClass;
  }

  private static List<Wrong> errors(String before, String source, String after) {
    DiagnosticCollector<JavaFileObject> found = new DiagnosticCollector<>();
    JavacTask task = task(before + source + after, found);
    try {
      task.parse();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    int first = before.length();
    return found.getDiagnostics().stream()
        .filter(one -> one.getKind() == Diagnostic.Kind.ERROR)
        .map(
            one ->
                new Wrong(
                    Math.clamp(one.getPosition() - first, 0, source.length()),
                    Math.clamp(one.getEndPosition() - first, 0, source.length()),
                    one.getMessage(Locale.ENGLISH)))
        .toList();
  }

  private static JavacTask task(String source, DiagnosticListener<JavaFileObject> listener) {
    return (JavacTask)
        ToolProvider.getSystemJavaCompiler()
            .getTask(null, null, listener, null, null, List.of(new Source(source)));
  }

  /** Those that are in no other one. */
  public List<ClassTree> types() {
    return unit.getTypeDecls().stream()
        .filter(tree -> tree instanceof ClassTree)
        .map(tree -> (ClassTree) tree)
        .toList();
  }

  public static boolean isImplicit(ClassTree type) {
    return type.getSimpleName().contentEquals(IMPLICIT);
  }

  private static final class Source extends SimpleJavaFileObject {
    private final String text;

    Source(String text) {
      super(URI.create("string:///" + IMPLICIT + ".java"), JavaFileObject.Kind.SOURCE);
      this.text = text;
    }

    @Override
    public CharSequence getCharContent(boolean ignoreEncodingErrors) {
      return text;
    }
  }
}
