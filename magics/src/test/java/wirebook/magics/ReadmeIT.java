package wirebook.magics;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.ServiceLoader;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import wirebook.spi.Magic;
import wirebook.spi.MagicSpec;

/**
 * Keeps the README's table of magics as the specs say; {@code -Dwirebook.accept=true} rewrites it.
 */
class ReadmeIT {
  private static final Path README = Path.of("..", "README.md");
  private static final int LONGEST = 100;
  private static final String BEGIN = "<!-- magics -->\n";
  private static final String END = "<!-- /magics -->\n";

  @Test
  void theTableOfMagicsSaysWhatTheSpecsSay() throws IOException {
    String readme = Files.readString(README);
    int begin = readme.indexOf(BEGIN) + BEGIN.length();
    int end = readme.indexOf(END);
    assertThat(end).isGreaterThanOrEqualTo(begin);
    List<MagicSpec> specs =
        ServiceLoader.load(Magic.class).stream()
            .map(provider -> provider.get().spec())
            .sorted(Comparator.comparing(MagicSpec::name))
            .toList();
    assertThat(specs).isNotEmpty();
    String table = table(specs);
    if (Boolean.getBoolean("wirebook.accept")) {
      Files.writeString(README, readme.substring(0, begin) + table + readme.substring(end));
      return;
    }
    assertThat(readme.substring(begin, end))
        .as(
            "README.md; accept with mvn verify -pl magics -Dit.test=ReadmeIT -Dwirebook.accept=true")
        .isEqualTo(table);
  }

  private static String table(List<MagicSpec> specs) {
    return "| magic | what it does | gives |\n|---|---|---|\n"
        + specs.stream()
            .map(
                spec ->
                    "| `%s` | %s | %s |%n"
                        .formatted(
                            usage(spec).replace("|", "\\|"),
                            sentence(spec.summary()),
                            value(spec.value())))
            .collect(Collectors.joining());
  }

  private static String usage(MagicSpec spec) {
    String call = (spec.body() == MagicSpec.Body.REQUIRED ? "%%" : "%") + spec.name();
    if (spec.synopsis().isEmpty()) {
      return call;
    }
    // A long one is for the help.
    return call + " " + (spec.synopsis().length() > LONGEST ? "…" : spec.synopsis());
  }

  private static String sentence(String text) {
    return text.substring(0, 1).toUpperCase(Locale.ROOT) + text.substring(1).replace("|", "\\|");
  }

  private static String value(Class<?> type) {
    return type == Void.class ? "" : "`" + type.getSimpleName() + "`";
  }
}
