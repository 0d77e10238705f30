package wirebook.spi;

/** A number with its noun: {@code 1 frame}, {@code 2 frames}. */
public final class Plural {
  private Plural() {}

  public static String of(long count, String noun) {
    return count + " " + noun + (count == 1 ? "" : "s");
  }
}
