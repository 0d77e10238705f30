package wirebook.engine.ssh.known;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import wirebook.codec.Digests;
import wirebook.engine.ssh.config.Patterns;
import wirebook.engine.ssh.key.Certificate;
import wirebook.engine.ssh.key.PublicKeyBlob;

/** The lines of known hosts files, and what they say about a host and its key. */
public final class KnownHosts {
  private static final String HASHED = "|1|";

  /** What stands in front of a line. */
  public enum Marker {
    NONE,
    CERT_AUTHORITY,
    REVOKED
  }

  /**
   * A line that can be used.
   *
   * @param hosts as written: names, patterns, or a hash
   * @param file its name; for a command's output, the command's
   * @param line its number, from 1
   * @param command whether a command printed it
   */
  public record Entry(
      Marker marker, String hosts, PublicKeyBlob key, String file, int line, boolean command) {
    public boolean matches(String host) {
      return KnownHosts.matches(hosts, host);
    }

    public boolean hashed() {
      return hosts.startsWith(HASHED);
    }
  }

  /** What the files say of a key for a host. */
  public sealed interface Verdict {
    record Known(Entry entry) implements Verdict {}

    record Unknown() implements Verdict {}

    record Changed(Entry entry) implements Verdict {}

    record Revoked(Entry entry) implements Verdict {}
  }

  private KnownHosts() {}

  /** The usable lines of a file; none when it is not there. */
  public static List<Entry> read(Path file, String name) throws IOException {
    if (!Files.isRegularFile(file)) {
      return List.of();
    }
    return parse(Files.readString(file, StandardCharsets.ISO_8859_1), name, false);
  }

  /** The usable lines of a text. */
  public static List<Entry> parse(String text, String name, boolean command) {
    List<Entry> entries = new ArrayList<>();
    int number = 0;
    for (String line : text.split("\n", -1)) {
      number++;
      String[] words = line.strip().split("[ \t]+");
      if (words[0].isEmpty() || words[0].startsWith("#")) {
        continue;
      }
      int at = words[0].startsWith("@") ? 1 : 0;
      Optional<Marker> marker =
          switch (at == 1 ? words[0] : "") {
            case "" -> Optional.of(Marker.NONE);
            case "@cert-authority" -> Optional.of(Marker.CERT_AUTHORITY);
            case "@revoked" -> Optional.of(Marker.REVOKED);
            default -> Optional.empty();
          };
      if (marker.isEmpty() || words.length < at + 3) {
        continue;
      }
      int count = number;
      PublicKeyBlob.ofBase64(words[at + 1], words[at + 2])
          .ifPresent(
              key -> entries.add(new Entry(marker.get(), words[at], key, name, count, command)));
    }
    return entries;
  }

  /** Whether the first field of a line means a host. */
  public static boolean matches(String hosts, String host) {
    String lower = host.toLowerCase(Locale.ROOT);
    if (!hosts.startsWith(HASHED)) {
      return Patterns.host(lower, hosts) == Patterns.Verdict.MATCH;
    }
    String[] parts = hosts.split("\\|", -1);
    try {
      return parts.length == 4
          && Arrays.equals(
              hmac(Base64.getDecoder().decode(parts[2]), lower),
              Base64.getDecoder().decode(parts[3]));
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  private static byte[] hmac(byte[] salt, String host) {
    return Digests.mac("HmacSHA1", salt, host.getBytes(StandardCharsets.UTF_8));
  }

  /** A host's name as a hash with a salt of its own. */
  public static String hash(String host) {
    byte[] salt = new byte[20];
    new SecureRandom().nextBytes(salt);
    Base64.Encoder base64 = Base64.getEncoder();
    return HASHED
        + base64.encodeToString(salt)
        + "|"
        + base64.encodeToString(hmac(salt, host.toLowerCase(Locale.ROOT)));
  }

  /**
   * What the lines about a host say of a key ({@code check_key_in_hostkeys()}): a certificate is
   * looked up by its authority.
   */
  public static Verdict check(List<Entry> ofHost, PublicKeyBlob key) {
    Optional<Certificate> certificate = Certificate.of(key);
    PublicKeyBlob plain = certificate.map(Certificate::key).orElse(key);
    for (Entry entry : ofHost) {
      if (entry.marker == Marker.REVOKED
          && (entry.key.equals(plain)
              || certificate.map(c -> c.authority().equals(entry.key)).orElse(false))) {
        return new Verdict.Revoked(entry);
      }
    }
    Optional<Entry> changed = Optional.empty();
    for (Entry entry : ofHost) {
      if (certificate.isPresent()) {
        if (entry.marker == Marker.CERT_AUTHORITY) {
          if (entry.key.equals(certificate.get().authority())) {
            return new Verdict.Known(entry);
          }
        }
      } else if (entry.marker == Marker.NONE) {
        if (entry.key.equals(key)) {
          return new Verdict.Known(entry);
        }
        changed = Optional.of(entry);
      }
    }
    return changed.<Verdict>map(Verdict.Changed::new).orElseGet(Verdict.Unknown::new);
  }

  /** A host's name as files have it: with the port when that is not 22. */
  public static String name(String host, int port) {
    return port == 22 || port == 0 ? host : "[" + host + "]:" + port;
  }

  /** Adds lines at a file's end. */
  public static void add(Path file, List<String> hosts, PublicKeyBlob key, boolean hash)
      throws IOException {
    StringBuilder text = new StringBuilder();
    if (Files.exists(file) && Files.size(file) > 0) {
      byte[] content = Files.readAllBytes(file);
      if (content[content.length - 1] != '\n') {
        text.append('\n');
      }
    }
    for (String host : hosts) {
      text.append(hash ? hash(host) : host)
          .append(' ')
          .append(key.type())
          .append(' ')
          .append(key.base64())
          .append('\n');
    }
    if (!Files.exists(file)) {
      Files.createFile(
          file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    }
    Files.writeString(file, text, StandardOpenOption.APPEND);
  }
}
