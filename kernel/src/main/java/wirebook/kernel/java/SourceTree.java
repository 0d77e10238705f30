package wirebook.kernel.java;

import com.sun.source.tree.ClassTree;
import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.util.DocTrees;
import com.sun.source.util.JavacTask;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.util.List;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;

/**
 * Java as its parser sees it, with what is wrong in it left out.
 *
 * @param docs knows the comments of what is in the unit
 */
record SourceTree(CompilationUnitTree unit, DocTrees docs) {
  /** The class of what is in none (JEP 512) is named after its file. */
  private static final String IMPLICIT = "Implicit$";

  static SourceTree of(String source) {
    JavacTask task =
        (JavacTask)
            ToolProvider.getSystemJavaCompiler()
                .getTask(null, null, diagnostic -> {}, null, null, List.of(new Source(source)));
    try {
      return new SourceTree(task.parse().iterator().next(), DocTrees.instance(task));
    } catch (IOException e) {
      // Text that is in memory can be read.
      throw new UncheckedIOException(e);
    }
  }

  /** Those that are in no other one. */
  List<ClassTree> types() {
    return unit.getTypeDecls().stream()
        .filter(tree -> tree instanceof ClassTree)
        .map(tree -> (ClassTree) tree)
        .toList();
  }

  static boolean isImplicit(ClassTree type) {
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
