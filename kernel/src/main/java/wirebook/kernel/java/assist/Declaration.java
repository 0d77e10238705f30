package wirebook.kernel.java.assist;

import com.sun.source.tree.ClassTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.tree.Tree;
import com.sun.source.tree.VariableTree;
import com.sun.source.util.SourcePositions;
import com.sun.source.util.TreePath;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import jdk.jshell.Snippet;
import org.jspecify.annotations.Nullable;
import wirebook.kernel.java.shell.JShellSession;
import wirebook.kernel.java.shell.JdkTypes;
import wirebook.kernel.java.shell.Snippets;
import wirebook.kernel.java.shell.SourceTree;

/**
 * What a source declares, found by the signature that JShell gives, so that an overload is told
 * from the others. JShell has documentation of what is in files alone, and the source of nothing.
 *
 * @param text what the tree is of
 * @param places of the declaration, and of the type that declares it by being a record or a class
 * @param member what is asked for in the last of its types; empty for the type
 */
record Declaration(String text, SourceTree tree, List<TreePath> places, String member) {
  private static final Pattern PACKAGE = Pattern.compile("\\b(?:[a-z]\\w*\\.)+(?=[A-Z])");
  private static final String CONSTRUCTOR = "<init>";

  Declaration {
    places = List.copyOf(places);
  }

  /** Those of the students' that are in force. */
  static Stream<Declaration> own(JShellSession jshell, Signature signature) {
    List<String> names = List.of(signature.name().split("\\."));
    return jshell
        .shell
        .snippets()
        .filter(snippet -> jshell.shell.status(snippet).isActive())
        .filter(snippet -> JShellSession.name(snippet).equals(names.getFirst()))
        .flatMap(
            snippet -> {
              boolean type = snippet.kind() == Snippet.Kind.TYPE_DECL;
              // A method or a variable that is in no class is in an implicit one.
              return type || names.size() == 1
                  ? in(
                      snippet.source() + "\n;",
                      type ? names.subList(1, names.size()) : names,
                      signature)
                  : Stream.empty();
            });
  }

  /** In the JDK's sources, where they are installed. */
  static Optional<Declaration> ofJdk(Signature signature) {
    String name = signature.name();
    String ownPackage = name.substring(0, packageEnd(name));
    List<String> names = List.of(name.substring(packageEnd(name)).split("\\."));
    return JdkTypes.named(names.getFirst()).stream()
        .filter(type -> type.startsWith(ownPackage))
        .sorted(Comparator.comparing(type -> !isImported(type)))
        .flatMap(type -> sourceOf(type).stream())
        .flatMap(source -> in(source, names.subList(1, names.size()), signature))
        .findFirst();
  }

  private static int packageEnd(String name) {
    Matcher m = PACKAGE.matcher(name);
    return m.lookingAt() ? m.end() : 0;
  }

  private static boolean isImported(String type) {
    return JShellSession.IMPORTED.contains(type.substring(0, type.lastIndexOf('.')));
  }

  private static Optional<String> sourceOf(String type) {
    try (ZipFile sources = new ZipFile(JdkTypes.SOURCES.toFile())) {
      String module =
          Class.forName(type, false, ClassLoader.getPlatformClassLoader()).getModule().getName();
      @Nullable ZipEntry entry = sources.getEntry(module + "/" + type.replace('.', '/') + ".java");
      return entry == null
          ? Optional.empty()
          : Optional.of(
              new String(sources.getInputStream(entry).readAllBytes(), StandardCharsets.UTF_8));
    } catch (IOException | ClassNotFoundException | LinkageError e) {
      return Optional.empty();
    }
  }

  private static Stream<Declaration> in(String text, List<String> names, Signature signature) {
    SourceTree tree = SourceTree.of(text);
    String member = names.isEmpty() ? "" : names.getLast();
    return tree.types().stream()
        .limit(1)
        .map(type -> places(signature, TreePath.getPath(tree.unit(), type), names))
        .filter(places -> !places.isEmpty())
        .map(places -> new Declaration(text, tree, places, member));
  }

  /** The member that {@code names} lead to, and the type; the type when there are none. */
  private static List<TreePath> places(Signature signature, TreePath path, List<String> names) {
    ClassTree type = (ClassTree) path.getLeaf();
    if (names.isEmpty()) {
      Stream<TreePath> constructors =
          signature.isCall()
              ? members(path, CONSTRUCTOR).filter(one -> isMeant(signature, one))
              : Stream.of();
      return Stream.concat(constructors, Stream.of(path)).toList();
    }
    List<String> rest = names.subList(1, names.size());
    return Stream.concat(
            members(path, names.getFirst())
                .flatMap(
                    one ->
                        one.getLeaf() instanceof ClassTree
                            ? places(signature, one, rest).stream()
                            : Stream.of(one)
                                .filter(it -> rest.isEmpty() && isMeant(signature, it))),
            type.getKind() == Tree.Kind.RECORD && rest.isEmpty() ? Stream.of(path) : Stream.of())
        .toList();
  }

  private static Stream<TreePath> members(TreePath type, String name) {
    return ((ClassTree) type.getLeaf())
        .getMembers().stream()
            .filter(
                member ->
                    switch (member) {
                      case MethodTree method -> method.getName().contentEquals(name);
                      case VariableTree field -> field.getName().contentEquals(name);
                      case ClassTree inner -> inner.getSimpleName().contentEquals(name);
                      default -> false;
                    })
            .map(member -> new TreePath(type, member));
  }

  /** Whether a member of the right name is the one of the signature. */
  private static boolean isMeant(Signature signature, TreePath member) {
    return member.getLeaf() instanceof MethodTree method
        ? signature.isCall()
            && method.getParameters().stream()
                .map(parameter -> plain(String.valueOf(parameter.getType())))
                .toList()
                .equals(parameterTypes(signature))
        : !signature.isCall();
  }

  private static List<String> parameterTypes(Signature signature) {
    return Snippets.arguments(signature.parameters()).stream()
        .map(parameter -> plain(parameter.replaceFirst("\\s+\\w+$", "")))
        .toList();
  }

  private static String plain(String type) {
    return PACKAGE.matcher(type.replaceAll("\\s", "")).replaceAll("");
  }

  /** The comment above it without its stars; empty when there is none. */
  String comment() {
    return places.stream()
        .map(place -> isTypeOfComponent(place) ? component(comment(place), member) : comment(place))
        .filter(text -> !text.isEmpty())
        .findFirst()
        .orElse("");
  }

  private boolean isTypeOfComponent(TreePath place) {
    return place.getLeaf() instanceof ClassTree type
        && !member.isEmpty()
        && !type.getSimpleName().contentEquals(member);
  }

  private String comment(TreePath path) {
    @Nullable String comment = tree.docs().getDocComment(path);
    return comment == null ? "" : comment.strip();
  }

  /** What a record's comment says of one of its components. */
  private static String component(String comment, String name) {
    Matcher said =
        Pattern.compile("@param\\s+" + name + "\\s+([^@]*)", Pattern.DOTALL).matcher(comment);
    return said.find() ? said.group(1).strip() : "";
  }

  /** It as it is written, without the comment above it, from the first column on. */
  String source() {
    SourcePositions positions = tree.docs().getSourcePositions();
    Tree declared = places.getFirst().getLeaf();
    int start = (int) positions.getStartPosition(tree.unit(), declared);
    int line = text.lastIndexOf('\n', start) + 1;
    String before = text.substring(line, start);
    String source = text.substring(start, (int) positions.getEndPosition(tree.unit(), declared));
    return ((before.isBlank() ? before : "") + source).stripIndent();
  }
}
