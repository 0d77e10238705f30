package wirebook.engine.ssh.key;

import java.util.Base64;
import java.util.HexFormat;
import wirebook.codec.Digests;

/** What people compare a key by: a hash of it, as text and as a picture in letters. */
public final class Fingerprint {
  private static final int WIDTH = 17;
  private static final int HEIGHT = 9;
  private static final String MARKS = " .o+=*BOX@%&#/^SE";

  private Fingerprint() {}

  /**
   * {@code SHA256:…} in Base64 without padding, {@code MD5:…} in hex.
   *
   * @param hash {@code MD5}, {@code SHA1}, {@code SHA256}, {@code SHA384}, {@code SHA512}
   */
  public static String of(PublicKeyBlob key, String hash) {
    byte[] digest = digest(key, hash);
    return hash.equals("MD5")
        ? "MD5:" + HexFormat.ofDelimiter(":").formatHex(digest)
        : hash + ":" + Base64.getEncoder().withoutPadding().encodeToString(digest);
  }

  /** {@code BITS HASH:… NAME (TYPE)}, as {@code ssh-keygen -l} has it. */
  public static String line(PublicKeyBlob key, String hash, String name) {
    return bits(key)
        + " "
        + of(key, hash)
        + " "
        + (name.isEmpty() ? "no comment" : name)
        + " ("
        + key.shortName()
        + ")";
  }

  /** What the DNS says of a host's key (RFC 4255, RFC 6594), a record a hash. */
  public static String records(PublicKeyBlob key, String host, boolean generic) {
    int algorithm =
        switch (key.plainType()) {
          case "ssh-rsa" -> 1;
          case "ssh-dss" -> 2;
          case "ssh-ed25519" -> 4;
          default -> 3;
        };
    StringBuilder out = new StringBuilder();
    for (int type = 1; type <= 2; type++) {
      byte[] digest = digest(key, type == 1 ? "SHA1" : "SHA256");
      out.append(host)
          .append(
              generic
                  ? " IN TYPE44 \\# %d %02x %02x ".formatted(digest.length + 2, algorithm, type)
                  : " IN SSHFP " + algorithm + " " + type + " ")
          .append(HexFormat.of().formatHex(digest))
          .append('\n');
    }
    return out.toString();
  }

  private static byte[] digest(PublicKeyBlob key, String hash) {
    return Digests.of(hash.replaceFirst("SHA", "SHA-"), key.bytes().toArray());
  }

  /**
   * The drunken bishop's walk over the hash ({@code ssh-keygen -lv}).
   *
   * @param bits the key's size, as it is written above
   */
  public static String randomart(PublicKeyBlob key, String hash, int bits) {
    int[][] field = new int[WIDTH][HEIGHT];
    int end = MARKS.length() - 1;
    int x = WIDTH / 2;
    int y = HEIGHT / 2;
    for (byte b : digest(key, hash)) {
      int input = b;
      for (int i = 0; i < 4; i++) {
        x = Math.clamp(x + ((input & 1) != 0 ? 1 : -1), 0, WIDTH - 1);
        y = Math.clamp(y + ((input & 2) != 0 ? 1 : -1), 0, HEIGHT - 1);
        if (field[x][y] < end - 2) {
          field[x][y]++;
        }
        input >>= 2;
      }
    }
    field[WIDTH / 2][HEIGHT / 2] = end - 1;
    field[x][y] = end;
    String title = "[" + key.shortName() + " " + bits + "]";
    if (title.length() > WIDTH) {
      title = "[" + key.shortName() + "]";
    }
    StringBuilder out = new StringBuilder(edge(title)).append('\n');
    for (y = 0; y < HEIGHT; y++) {
      out.append('|');
      for (x = 0; x < WIDTH; x++) {
        out.append(MARKS.charAt(Math.min(field[x][y], end)));
      }
      out.append("|\n");
    }
    return out.append(edge("[" + hash + "]")).toString();
  }

  private static String edge(String title) {
    int left = (WIDTH - title.length()) / 2;
    return "+" + "-".repeat(left) + title + "-".repeat(WIDTH - left - title.length()) + "+";
  }

  /** A key's size in bits. */
  public static int bits(PublicKeyBlob key) {
    return switch (key.plainType()) {
      case "ssh-rsa" -> key.rsaBits();
      case "ssh-dss" -> 1024;
      case "ecdsa-sha2-nistp384" -> 384;
      case "ecdsa-sha2-nistp521" -> 521;
      default -> 256;
    };
  }
}
