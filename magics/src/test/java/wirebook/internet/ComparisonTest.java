package wirebook.internet;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("slow")
class ComparisonTest {
  @Test
  void oneServerGetsAllTheLoadAndItsOutageIsEverybodys() throws Exception {
    Comparison comparison = Comparison.measure(90);
    assertThat(comparison.worlds())
        .extracting(Comparison.World::name)
        .containsExactly("one server", "the tree, no caches", "the tree and caches");
    Comparison.World one = comparison.worlds().getFirst();
    assertThat(one.well().answered()).isEqualTo(90);
    assertThat(one.well().queries()).containsExactly(java.util.Map.entry("one.example", 90));
    assertThat(one.down().answered()).isZero();
    for (Comparison.World tree : List.copyOf(comparison.worlds().subList(1, 3))) {
      assertThat(tree.well().answered()).isEqualTo(90);
      assertThat(tree.down().answered()).isEqualTo(90);
      assertThat(tree.well().queries()).hasSizeGreaterThan(12);
    }
    Comparison.World cached = comparison.worlds().getLast();
    assertThat(cached.well().load()).isLessThan(comparison.worlds().get(1).well().load());
    assertThat(cached.well().mean()).isLessThan(comparison.worlds().get(1).well().mean());
  }
}
