package wirebook.kernel.java;

import com.sun.source.tree.ClassTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.tree.Tree;
import com.sun.source.tree.VariableTree;
import com.sun.source.util.TreePath;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import jdk.jshell.Snippet;
import org.jspecify.annotations.Nullable;

/**
 * The comments that students write above what they declare: JShell has documentation of what is in
 * files alone. Each is found by the signature that JShell gives, so that an overload has its own.
 */
final class OwnJavadoc {
  private static final Pattern PACKAGE = Pattern.compile("\\b(?:[a-z]\\w*\\.)+(?=[A-Z])");

  private final SourceTree source;
  private final Signature signature;

  private OwnJavadoc(String source, Signature signature) {
    this.source = SourceTree.of(source);
    this.signature = signature;
  }

  /** The comment without its stars; empty when there is none. */
  static String of(JShellSession jshell, Signature signature) {
    List<String> names = List.of(signature.name().split("\\."));
    return jshell
        .shell
        .snippets()
        .filter(snippet -> jshell.shell.status(snippet).isActive())
        .filter(snippet -> JShellSession.name(snippet).equals(names.getFirst()))
        .map(snippet -> of(snippet, names, signature))
        .filter(text -> !text.isEmpty())
        .findFirst()
        .orElse("");
  }

  private static String of(Snippet snippet, List<String> names, Signature signature) {
    boolean type = snippet.kind() == Snippet.Kind.TYPE_DECL;
    if (!type && names.size() > 1) {
      return "";
    }
    // A method or a variable that is in no class is in an implicit one.
    OwnJavadoc own = new OwnJavadoc(snippet.source() + "\n;", signature);
    List<String> members = type ? names.subList(1, names.size()) : names;
    return own.source.types().stream()
        .map(tree -> own.find(TreePath.getPath(own.source.unit(), tree), members))
        .findFirst()
        .orElse("");
  }

  /** What is said of the member that {@code names} lead to, or of the type when there are none. */
  private String find(TreePath path, List<String> names) {
    ClassTree type = (ClassTree) path.getLeaf();
    if (names.isEmpty()) {
      String constructor =
          signature.isCall() ? comment(path, members(type, "<init>").filter(this::isMeant)) : "";
      return constructor.isEmpty() ? comment(path) : constructor;
    }
    String name = names.getFirst();
    if (names.size() > 1) {
      return members(type, name)
          .filter(member -> member instanceof ClassTree)
          .map(member -> find(new TreePath(path, member), names.subList(1, names.size())))
          .findFirst()
          .orElse("");
    }
    String found = comment(path, members(type, name).filter(this::isMeant));
    return found.isEmpty() && type.getKind() == Tree.Kind.RECORD
        ? component(comment(path), name)
        : found;
  }

  private static Stream<? extends Tree> members(ClassTree type, String name) {
    return type.getMembers().stream()
        .filter(
            member ->
                switch (member) {
                  case MethodTree method -> method.getName().contentEquals(name);
                  case VariableTree field -> field.getName().contentEquals(name);
                  case ClassTree inner -> inner.getSimpleName().contentEquals(name);
                  default -> false;
                });
  }

  /** Whether a member of the right name is the one of the signature. */
  private boolean isMeant(Tree member) {
    return member instanceof MethodTree method
        ? signature.isCall()
            && method.getParameters().stream()
                .map(parameter -> plain(String.valueOf(parameter.getType())))
                .toList()
                .equals(parameterTypes())
        : !signature.isCall();
  }

  private List<String> parameterTypes() {
    String parameters = signature.parameters();
    return parameters.isBlank()
        ? List.of()
        : Arrays.stream(parameters.split(",(?![^<]*>)", -1))
            .map(parameter -> plain(parameter.strip().replaceFirst("\\s+\\w+$", "")))
            .toList();
  }

  private static String plain(String type) {
    return PACKAGE.matcher(type.replaceAll("\\s", "")).replaceAll("");
  }

  private String comment(TreePath parent, Stream<? extends Tree> members) {
    return members
        .map(member -> comment(new TreePath(parent, member)))
        .filter(text -> !text.isEmpty())
        .findFirst()
        .orElse("");
  }

  private String comment(TreePath path) {
    @Nullable String comment = source.docs().getDocComment(path);
    return comment == null ? "" : comment.strip();
  }

  /** What a record's comment says of one of its components. */
  private static String component(String comment, String name) {
    Matcher said =
        Pattern.compile("@param\\s+" + name + "\\s+([^@]*)", Pattern.DOTALL).matcher(comment);
    return said.find() ? said.group(1).strip() : "";
  }
}
