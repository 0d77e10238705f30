package wirebook.codec;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/** A file that comes with the classes. */
public final class Resource {
  private Resource() {}

  /**
   * @param near the class beside which it is
   */
  public static String text(Class<?> near, String name) {
    return new String(bytes(near, name), StandardCharsets.UTF_8);
  }

  public static byte[] bytes(Class<?> near, String name) {
    try (InputStream in = near.getResourceAsStream(name)) {
      if (in == null) {
        throw new IllegalStateException("the jar lacks " + name);
      }
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
