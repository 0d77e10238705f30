package wirebook.render;

import java.util.Locale;

/** Sizes as people read them. */
public final class Sizes {
  private Sizes() {}

  /** {@code 1 byte}, {@code 512 bytes}, {@code 3.7 KiB}. */
  public static String text(long bytes) {
    if (bytes < 1024) {
      return bytes + (bytes == 1 ? " byte" : " bytes");
    }
    double value = bytes;
    int unit = -1;
    while (value >= 1024 && unit < 3) {
      value /= 1024;
      unit++;
    }
    return String.format(Locale.ROOT, "%.1f %ciB", value, "KMGT".charAt(unit));
  }
}
