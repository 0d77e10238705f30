package wirebook.spi;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TyposTest {
  @ParameterizedTest
  @CsvSource({
    "hots, host",
    "HOST, host",
    "verbos, verbose",
    "vrebsoe, verbose",
    "location, locations",
    "nothing, ''",
    "'', ''"
  })
  void theNearestNameIsOfferedWhenItIsNear(String wanted, String found) {
    assertThat(Typos.nearest(wanted, List.of("host", "verbose", "locations"), 2).orElse(""))
        .isEqualTo(found);
  }
}
