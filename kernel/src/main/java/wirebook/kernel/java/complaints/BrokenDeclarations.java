package wirebook.kernel.java.complaints;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import jdk.jshell.DeclarationSnippet;
import jdk.jshell.Diag;
import jdk.jshell.MethodSnippet;
import jdk.jshell.Snippet;
import jdk.jshell.SnippetEvent;
import jdk.jshell.TypeDeclSnippet;
import jdk.jshell.VarSnippet;
import wirebook.kernel.java.shell.JShellSession;
import wirebook.kernel.session.Interpreter.Outcome.Failed;

/** What is declared and cannot be used, or no longer, and why. */
public final class BrokenDeclarations {
  /** What the numbers of types beside it say as well. */
  private static final String LENGTHS_DIFFER = "actual and formal argument lists differ in length";

  /** How the compiler begins the lines below its first. */
  private static final Pattern DETAIL = Pattern.compile("^(\\w+): +");

  private static final Pattern SAME_NAME = Pattern.compile("\\b(\\S+) cannot be converted to \\1$");

  private static final String INCOMPATIBLE = "compiler.err.prob.found.req";

  private BrokenDeclarations() {}

  /**
   * What a declaration that replaces another one has done to those that use it. JShell has an event
   * for a variable that is gone, and none for a method whose body is wrong now.
   *
   * @param unusable what could not be called before either
   */
  public static Stream<String> broken(
      JShellSession jshell, List<SnippetEvent> events, Set<DeclarationSnippet> unusable) {
    Snippet main = events.getFirst().snippet();
    List<VarSnippet> variables =
        events.stream()
            .skip(1)
            .filter(event -> event.status() == Snippet.Status.RECOVERABLE_NOT_DEFINED)
            .map(SnippetEvent::snippet)
            .filter(one -> one instanceof VarSnippet)
            .map(one -> (VarSnippet) one)
            .filter(one -> jshell.shell.status(one) == Snippet.Status.RECOVERABLE_NOT_DEFINED)
            .toList();
    List<String> ofBefore =
        variables.stream()
            .filter(one -> isOf(main, one) && !isWrong(jshell, one))
            .map(VarSnippet::name)
            .toList();
    List<String> told = new ArrayList<>();
    if (!ofBefore.isEmpty()) {
      told.add(
          String.join(", ", ofBefore)
              + (ofBefore.size() == 1 ? " is gone, as it was of the " : " are gone, being of the ")
              + JShellSession.name(main)
              + " before this one: run again what made "
              + (ofBefore.size() == 1 ? "it" : "them"));
    }
    variables.stream()
        .filter(one -> !ofBefore.contains(one.name()))
        .map(
            one ->
                one.name()
                    + " is gone, as "
                    + (isOf(main, one)
                        ? "it was of the "
                            + JShellSession.name(main)
                            + " before this one, and its declaration"
                        : "its declaration")
                    + " is wrong now: "
                    + why(jshell, one))
        .forEach(told::add);
    jshell.unfinished().stream()
        .filter(one -> !one.equals(main) && !unusable.contains(one))
        .map(
            one ->
                one.name()
                    + (one instanceof MethodSnippet
                        ? " cannot be called any more: "
                        : " cannot be used any more: ")
                    + why(jshell, one))
        .forEach(told::add);
    List<String> keepers = keepers(jshell, events.getFirst());
    if (!keepers.isEmpty()) {
      told.add(
          ("%s may still hold what was made of the %s before this one, which is another "
                  + "class: run again what made %s")
              .formatted(
                  String.join(", ", keepers),
                  JShellSession.name(main),
                  keepers.size() == 1 ? "it" : "them"));
    }
    return told.stream();
  }

  /** Variables, collections for the most part, that objects of a type's earlier class may be in. */
  private static List<String> keepers(JShellSession jshell, SnippetEvent main) {
    if (!(main.snippet() instanceof TypeDeclSnippet type) || !main.isSignatureChange()) {
      return List.of();
    }
    Pattern name = Pattern.compile("<.*\\b" + Pattern.quote(type.name()) + "\\b");
    return jshell.variables().stream()
        .filter(one -> name.matcher(one.typeName()).find())
        .map(VarSnippet::name)
        .toList();
  }

  public static String cannotBeCalled(JShellSession jshell, DeclarationSnippet declared) {
    return declared.name() + " cannot be called: " + why(jshell, declared);
  }

  private static boolean isOf(Snippet type, VarSnippet variable) {
    return type instanceof TypeDeclSnippet declared
        && Pattern.compile("\\b" + Pattern.quote(declared.name()) + "\\b")
            .matcher(variable.typeName())
            .find();
  }

  /** Whether more is wrong with a variable than that its value is not of a type as it is now. */
  private static boolean isWrong(JShellSession jshell, VarSnippet variable) {
    return jshell
        .shell
        .diagnostics(variable)
        .filter(Diag::isError)
        .anyMatch(diag -> !String.valueOf(diag.getCode()).startsWith(INCOMPATIBLE));
  }

  private static String why(JShellSession jshell, DeclarationSnippet snippet) {
    List<String> missing = jshell.missing(snippet);
    return missing.isEmpty()
        ? jshell
            .shell
            .diagnostics(snippet)
            .filter(Diag::isError)
            .map(diag -> inOneLine(CompilerMessage.of(diag)))
            .findFirst()
            .orElse("it does not compile")
        : "there is no " + String.join(", no ", missing);
  }

  /** {@code cannot be applied to given types: required int,int; found int}. */
  private static String inOneLine(String message) {
    List<String> lines = message.lines().map(String::strip).toList();
    Stream<String> details =
        lines.stream()
            .skip(1)
            .filter(line -> !line.endsWith(LENGTHS_DIFFER))
            .map(line -> DETAIL.matcher(line).replaceFirst("$1 "));
    String first =
        SAME_NAME
            .matcher(lines.getFirst().replaceFirst(";$", ""))
            .replaceFirst("a $1 of before is no $1 of now");
    return lines.size() == 1 ? first : first + ": " + details.collect(Collectors.joining("; "));
  }

  /** A method was called whose body uses what is not declared. */
  public static Failed unresolved(JShellSession jshell, int id) {
    String message =
        jshell
            .unresolved(id)
            .map(
                s ->
                    jshell.missing(s).isEmpty()
                        ? cannotBeCalled(jshell, s)
                        : s.name()
                            + " cannot run before this is declared: "
                            + String.join(", ", jshell.missing(s)))
            .orElse("a method cannot run before all that it uses is declared");
    return Failures.of("UnresolvedReference", message, List.of());
  }
}
