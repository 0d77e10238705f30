package wirebook.guest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.spencerpark.jupyter.kernel.magic.registry.Magics;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceLoader;
import org.dflib.jjava.jupyter.Extension;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import wirebook.engine.dns.DnsLookup;
import wirebook.spi.Magic;

class GuestTest {
  private final List<Map<String, String>> shown = new ArrayList<>();
  private final List<String> evaluated = new ArrayList<>();
  private final Guest guest =
      new Guest(
          new GuestHost() {
            @Override
            public void show(Map<String, String> data, String id) {
              shown.add(data);
            }

            @Override
            public void update(Map<String, String> data, String id) {}

            @Override
            public void evaluate(String java) {
              evaluated.add(java);
            }
          });

  private static Magic magic(String name) {
    return Guest.magics().stream()
        .filter(magic -> magic.spec().name().equals(name))
        .findFirst()
        .orElseThrow();
  }

  private @Nullable Object run(String name, String... arguments) throws Exception {
    return guest.run(magic(name), List.of(arguments), Optional.empty());
  }

  @Test
  void aMagicGivesItsValueAndShowsItsPictureThere() throws Exception {
    assertThat(run("dig", "+trace", "google.com")).isInstanceOf(DnsLookup.class);
    assertThat(shown).singleElement().matches(data -> data.containsKey("text/html"));
  }

  @Test
  void aWrongCallIsAnExceptionWithItsFix() {
    assertThatThrownBy(() -> run("zone"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("%zone needs lines below it: %%zone");
    assertThatThrownBy(
            () ->
                guest.run(magic("zone"), List.of("school.example"), Optional.of("www A 10.1.2.3")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("; instead: ")
        .hasMessageEndingWith("[ZON004]");
  }

  @Test
  void linesOfJavaRunInTheKernelThatIsTheHost() throws Exception {
    Magic serve = magic("serve");
    assertThatThrownBy(() -> guest.run(serve, List.of("--nosuch"), Optional.of("get(\"/\");")))
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(evaluated).singleElement().asString().contains("get(\"/\");");
  }

  @Test
  void jJavaFindsTheExtensionByItself() {
    assertThat(ServiceLoader.load(Extension.class))
        .singleElement()
        .isInstanceOf(JJavaExtension.class);
  }

  @Test
  void iJavasRegistryTakesTheMagics() throws Exception {
    Magics registry = new Magics();
    IJavaMagics.register(registry, guest);
    Object value = registry.applyLineMagic("dig", List.of("+short", "google.com"));
    assertThat(value).isInstanceOf(DnsLookup.class);
  }
}
