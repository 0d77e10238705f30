package wirebook.kernel.worker.inside;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Which classes of cells are known not to reach the network. */
class HarmlessTest {
  record Pair(String a, int b) {}

  enum Colour {
    RED
  }

  static class Counts {
    long of(List<String> words) {
      Pair pair = new Pair("x" + words.size(), 1);
      System.out.println(pair.getClass().getSimpleName() + Colour.valueOf("RED"));
      return words.stream().filter(w -> !w.isEmpty()).count();
    }
  }

  static class Opens {
    Object now() throws IOException {
      return new java.net.Socket();
    }
  }

  static class OpensByName {
    Object now() throws ReflectiveOperationException {
      return Class.forName("java.net.Socket").getConstructor().newInstance();
    }
  }

  @SuppressWarnings("restricted")
  static class Loads {
    void now() {
      System.loadLibrary("x");
    }
  }

  static class Looks {
    Object now() throws javax.naming.NamingException {
      return new javax.naming.InitialContext();
    }
  }

  private static boolean harmless(Class<?> type) throws IOException {
    try (InputStream in =
        type.getResourceAsStream(
            type.getName().substring(type.getPackageName().length() + 1) + ".class")) {
      // As a cell's class would be called.
      byte[] bytes = in.readAllBytes();
      return Harmless.is(renamed(bytes));
    }
  }

  private static byte[] renamed(byte[] bytes) {
    String from = "wirebook/kernel/worker/inside/HarmlessTest";
    String to = "REPL/" + "x".repeat(from.length() - 5);
    return new String(bytes, java.nio.charset.StandardCharsets.ISO_8859_1)
        .replace(from, to)
        .getBytes(java.nio.charset.StandardCharsets.ISO_8859_1);
  }

  @Test
  void computingAndPrintingIs() throws IOException {
    assertThat(harmless(Pair.class)).isTrue();
    assertThat(harmless(Colour.class)).isTrue();
    assertThat(harmless(Counts.class)).isTrue();
  }

  @Test
  void whatOpensSocketsOrMayFindAWayIsNot() throws IOException {
    assertThat(harmless(Opens.class)).isFalse();
    assertThat(harmless(OpensByName.class)).isFalse();
    assertThat(harmless(Loads.class)).isFalse();
    assertThat(harmless(Looks.class)).isFalse();
  }
}
