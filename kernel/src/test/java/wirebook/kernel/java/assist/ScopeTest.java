package wirebook.kernel.java.assist;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ScopeTest {
  private static String names(String text) {
    return Scope.of(text).names().stream().map(Scope.Name::text).collect(Collectors.joining(" "));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '#',
      value = {
        "int a = 1, b; String[] c; for (#c b a",
        "for (int i = 0; i < 3; i++) { var x = i;#x i",
        "for (int i = 0; i < 3; i++) { } int z;#z",
        "Map<String, List<int[]>> deep = null; if (a < b && c > d) { #deep",
        "f(a < b, c > d); int e;#e",
        "void m(String s, int... rest) throws IOException { #rest s",
        "record P(int x, int y) { int sum() { #sum y x P",
        "try (var in = open(); Reader r = in) { #r in",
        "try { int t = 1; } catch (IOException | RuntimeException bad) { #bad",
        "list.forEach((a, b) -> #b a",
        "list.map(one -> { int two = one; #two one",
        "list.map(one -> one + 1); int after;#after",
        "if (o instanceof P(int x, var y) && #y x",
        "if (!(o instanceof String s)) return; #s",
        "if (o instanceof String s) { s.length(); } #''",
        "switch (o) { case Circle c when c.r() > 0 -> #c",
        "switch (o) { case Circle c -> 1; case Square(var q) -> #q",
        "Runnable r = new Runnable() { int n; public void run() { int m; } }; #r",
        "int[] v = {1, 2}; String w = \"int x; {\"; /* int y; */#w v",
        "return x; yield y; label: foo(); int k = a ? b : c; #k",
        "enum E { A, B; int f; } #E",
        "class A { int f = 1; void g() { int h; } void i() { #i g f A",
        "while (x) { int in; } do { int on; } while (y); #''",
        "List<? extends Number> wild; Outer.Inner<String> inner; final long l = 2; #l inner wild",
      })
  void whatIsDeclaredAndInScopeIsNamedTheNearestFirst(String text, String names) {
    assertThat(names(text)).isEqualTo(names);
  }

  @Test
  void whatFollowsDependsOnIsLeftWhereItWas() {
    assertThat(Scope.of("int a = f(1); g(a);\nvar b = h(); if (b) { g(); } else { a.").text())
        .isEqualTo("int a       ;      \nvar b = h(); if (b) {      } else { a.");
    assertThat(Scope.of("int a = 1; var b = a; int c = 3; var d = b; class E { } b.").text())
        .isEqualTo("int a    ; var b = a;                       class E { } b.");
    assertThat(Scope.of("switch (x) { case 1: f(); break; case 2: g(); int y = 1; y.").text())
        .isEqualTo("switch (x) { case 1: f();        case 2: g(); int y    ; y.");
    assertThat(Scope.of("class A { int b = 2; int c() { return b; } } A a = new A(); a.").text())
        .isEqualTo("class A { int b = 2; int c() {           } } A a          ; a.");
    assertThat(Scope.of("int a = 1, b = 2; a.").text()).isEqualTo("int a = 1, b = 2; a.");
  }

  @Test
  void longLiteralsAndCommentsAreNoDepth() {
    String filler = "x\\\\".repeat(100_000);
    assertThat(names("int a = \"" + filler + "\"; /*" + filler + "*/ int b; //" + filler))
        .isEqualTo("b a");
  }

  @Test
  void anyTextHasAScope() {
    String text =
        "class A<T extends B & C> { @X int[] f(int @Y ... a) -> { ) ] } \" ' /* ::new ((;,= \ud83d";
    for (int end = 0; end <= text.length(); end++) {
      assertThat(Scope.of(text.substring(0, end)).text()).hasSize(end);
    }
  }
}
