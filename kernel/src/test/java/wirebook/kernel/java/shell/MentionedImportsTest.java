package wirebook.kernel.java.shell;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Field;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import jdk.jshell.JShell;
import jdk.jshell.Snippet;
import jdk.jshell.SnippetEvent;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("slow")
class MentionedImportsTest {
  private static final List<String> BEGINNING =
      List.of("import java.util.*;", "import java.util.stream.*;");

  private static JShell shell() {
    return JShell.builder().executionEngine("local").fileManager(CompileClassPath::new).build();
  }

  private static MentionedImports into(JShell shell) {
    ShellInternals.of(shell).ifPresent(ShellInternals::shareCompiler);
    Optional<MentionedImports> imports = MentionedImports.into(shell, BEGINNING, Set.of());
    assertThat(imports).as("run with --add-opens=jdk.jshell/jdk.jshell=ALL-UNNAMED").isPresent();
    return imports.get();
  }

  private static String told(SnippetEvent event) {
    return event.snippet().kind()
        + " "
        + event.status()
        + " "
        + (event.value() == null
            ? ""
            : event.value().replaceAll("(?:/0x[0-9a-f]+)?@[0-9a-f]+", "@"));
  }

  /** Snippets of a session, a line each, do the same as in a shell that imports everything. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "int x = 1;\nint y = x + 1;\nx = 5;\nx + y",
        "int f(int a) { return a; }\nint f(String a) { return a.length(); }\nf(1) + f(\"two\")",
        "class P { int v() { return 1; } }\nint g(P p) { return p.v(); }\nvar p = new P();"
            + "\nclass P { int v() { return 2; } int w() { return 3; } }\ng(new P())",
        "record Pair(String a, int b) {}\nvar list = List.of(new Pair(\"q\", 1));"
            + "\nvar first = list.getFirst();\nfirst;\nfirst.a()",
        "var o = new Object() { int n = 7; };\nvar same = o;\nsame;\nsame.n + o.n",
        "int later() { return now() + 1; }\nint now() { return 41; }\nlater()",
        "int a() { return b(); }\nint b() { return c; }\nlong c = 3;\nint c = 4;\na()",
        "int /* a comment */ k = 2; // k\nint // more\n m = k;\nm + k",
        "int \\u0061b = 3;\nab + 1",
        "int i = 1, j = i + 1;\ni + j",
        "Map<String, List<Integer>> m = new HashMap<>();\nm.put(\"k\", List.of(1));\nm",
        "import java.math.BigInteger;\nBigInteger.TWO.pow(70)",
        "\"a b\".lines();\nvar lines = \"a\\nb\".lines();\nlines.count()",
        "enum Colour { RED, BLUE }\nColour of(int n) { return Colour.values()[n]; }\nof(1)",
        "interface Shape { double area(); }\nrecord Square(double side) implements Shape {"
            + " public double area() { return side * side; } }\nnew Square(2).area()",
        "int deep = 1;\nint d1() { return deep; }\nint d2() { return d1(); }\nString deep = \"s\";"
            + "\nd2()",
        "<T extends Comparable<T>> T most(T a, T b) { return a.compareTo(b) > 0 ? a : b; }"
            + "\nmost(3, 9)\nvar big = most(\"x\", \"y\");\nbig",
        "int n = undefined;\nint undefined = 3;\nint n = undefined;\nn",
        "Runnable r = () -> { counter++; };\nint counter = 0;\nRunnable r = () -> { counter++; };"
            + "\nr.run();\ncounter",
        "class Node { Node next; int v; Node(int v) { this.v = v; } }\nvar head = new Node(1);"
            + "\nhead.next = new Node(2);\nhead.next.v;\nvar second = head.next;\nsecond.v",
        "int wrong(int a) { String s = a; return nothing; }\nint wrong(int a) { return a; }"
            + "\nwrong(4)",
        "var both = (Runnable & java.io.Serializable) () -> {};"
            + "\njava.io.Serializable s = both;\nboth.run();\ns == both",
        "int twice(int n) { int n = 2; while (true) { } }\nfinal int fixed;\nfixed = 1;\nfixed",
        "String late() { int unset; return \"\" + unset + missing(); }"
            + "\nString missing() { return \"m\"; }\nlate()",
      })
  void aSessionGoesAsWithAllImports(String session) {
    try (JShell narrow = shell();
        JShell wide = shell()) {
      MentionedImports imports = into(narrow);
      BEGINNING.forEach(wide::eval);
      // So many that classes are left out as well.
      for (int n = 0; n < 14; n++) {
        String filler = "int filler" + n + "(int v) { return v + " + n + "; }";
        imports.eval(filler);
        wide.eval(filler);
      }
      for (String source : snippets(wide, session)) {
        List<String> here = imports.eval(source).stream().map(e -> told(e)).toList();
        List<String> there = wide.eval(source).stream().map(e -> told(e)).toList();
        assertThat(here).as(source).isEqualTo(there);
        assertThat(complaints(narrow, source)).as(source).isEqualTo(complaints(wide, source));
      }
    }
  }

  /** What is wrong with the snippet that has this source and came last. */
  private static List<String> complaints(JShell shell, String source) {
    Snippet last =
        shell.snippets().filter(s -> s.source().equals(source)).reduce((a, b) -> b).orElseThrow();
    return shell
        .diagnostics(last)
        .map(d -> d.getStartPosition() + " " + d.getCode() + " " + d.getMessage(Locale.ENGLISH))
        .toList();
  }

  private static List<String> snippets(JShell shell, String session) {
    List<String> sources = new ArrayList<>();
    String rest = session;
    while (!rest.isBlank()) {
      var info = shell.sourceCodeAnalysis().analyzeCompletion(rest);
      assertThat(info.source()).as(rest).isNotNull();
      assertThat(info.remaining()).as(rest).hasSizeLessThan(rest.length());
      sources.add(info.source());
      rest = info.remaining();
    }
    return sources;
  }

  @Test
  void onlyWhatASnippetMentionsIsImported() {
    try (JShell shell = shell()) {
      MentionedImports imports = into(shell);
      imports.eval("int one = 1;");
      imports.eval("int two() { return 2; }");
      imports.eval("int three = 3;");
      Snippet sum = imports.eval("three + 4").getFirst().snippet();
      assertThat(wrapped(shell, sum)).contains(".three;").doesNotContain(".one;", ".two;");
      assertThat(wrapped(shell, sum)).doesNotContain("java.util.stream");
      Snippet list = imports.eval("List.of(1)").getFirst().snippet();
      assertThat(wrapped(shell, list)).contains("import java.util.*;").doesNotContain(".three;");
    }
  }

  @Test
  void whatWasRefusedKeepsNoTextAndWhatStandsKeepsItsOwn() throws ReflectiveOperationException {
    try (JShell shell = shell()) {
      MentionedImports imports = into(shell);
      Snippet two = imports.eval("int two() { return one; }").getFirst().snippet();
      imports.eval("int one = 1;");
      Map<?, ?> texts = texts(shell);
      Set<?> before = Set.copyOf(texts.keySet());
      for (int n = 0; n < 20; n++) {
        imports.eval("two() + \"" + n + "\" - 1");
        imports.eval("nothing.of(two() + one)");
      }
      assertThat(texts.keySet()).isEqualTo(before);
      assertThat(wrapped(shell, two)).contains("return one;");
      assertThat(imports.eval("two()").getFirst().value()).isEqualTo("1");
    }
  }

  private static Map<?, ?> texts(JShell shell) throws ReflectiveOperationException {
    Field map = JShell.class.getDeclaredField("outerMap");
    map.setAccessible(true);
    Field texts = map.getType().getDeclaredField("classOuters");
    texts.setAccessible(true);
    return (Map<?, ?>) texts.get(map.get(shell));
  }

  private static String wrapped(JShell shell, Snippet snippet) {
    return shell.sourceCodeAnalysis().wrapper(snippet).wrapped();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "int x = 1;",
        "List<String> x = f(y);",
        "int[] x;",
        "int x(int a) { return a; }",
        "class x {}",
        "int /* c */ x;",
        "final java.util.List<? extends Number> x = null;",
        "String s = \"a, b\", x;"
      })
  void findsTheDeclaredName(String source) {
    assertThat(MentionedImports.declarations(source)).contains("x").doesNotContain("a", "b", "y");
  }
}
