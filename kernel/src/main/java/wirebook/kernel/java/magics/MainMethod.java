package wirebook.kernel.java.magics;

import com.sun.source.tree.ClassTree;
import com.sun.source.tree.MethodTree;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import javax.lang.model.element.Modifier;
import wirebook.kernel.java.shell.SourceTree;

/** The main method of a file, and how it is called (JEP 512). */
public final class MainMethod {
  private MainMethod() {}

  /** Gives the statement that calls it; empty when there is none. */
  public static Optional<String> call(String source, List<String> arguments) {
    String array =
        arguments.stream()
            .map(LibraryMagics::quoted)
            .collect(Collectors.joining(", ", "new String[] {", "}"));
    return SourceTree.of(source).types().stream()
        .flatMap(type -> of(type).map(main -> call(type, main, array)).stream())
        .findFirst();
  }

  /** The one that takes the arguments goes before the one that does not. */
  private static Optional<MethodTree> of(ClassTree type) {
    List<MethodTree> all =
        type.getMembers().stream()
            .filter(member -> member instanceof MethodTree)
            .map(member -> (MethodTree) member)
            .filter(MainMethod::isMain)
            .toList();
    return all.stream()
        .filter(method -> !method.getParameters().isEmpty())
        .findFirst()
        .or(() -> all.stream().findFirst());
  }

  private static boolean isMain(MethodTree method) {
    return method.getName().contentEquals("main")
        && String.valueOf(method.getReturnType()).equals("void")
        && !method.getModifiers().getFlags().contains(Modifier.PRIVATE)
        && (method.getParameters().isEmpty()
            || (method.getParameters().size() == 1
                && String.valueOf(method.getParameters().getFirst().getType())
                    .matches("String(?:\\[\\]|\\.\\.\\.)")));
  }

  private static String call(ClassTree type, MethodTree main, String arguments) {
    boolean unnamed = SourceTree.isImplicit(type);
    String owner =
        unnamed
            ? ""
            : main.getModifiers().getFlags().contains(Modifier.STATIC)
                ? type.getSimpleName() + "."
                : "new " + type.getSimpleName() + "().";
    return owner + "main(" + (main.getParameters().isEmpty() ? "" : arguments) + ");";
  }
}
