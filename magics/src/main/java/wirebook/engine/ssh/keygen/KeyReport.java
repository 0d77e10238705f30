package wirebook.engine.ssh.keygen;

import java.util.List;
import java.util.stream.Collectors;
import wirebook.engine.ssh.key.Fingerprint;
import wirebook.engine.ssh.key.PublicKeyBlob;

/**
 * What {@code ssh-keygen}, {@code ssh-keyscan} or {@code ssh-copy-id} gave: the public keys that it
 * made, showed, found or carried.
 *
 * @param exitCode 0 for success
 */
public record KeyReport(int exitCode, List<Key> keys) {
  public KeyReport {
    keys = List.copyOf(keys);
  }

  /**
   * @param name the key's comment, or the host whose key it is
   */
  public record Key(PublicKeyBlob key, String name) {
    /** {@code SHA256:…}, as OpenSSH shows it. */
    public String fingerprint() {
      return Fingerprint.of(key, "SHA256");
    }

    /** The picture of the fingerprint. */
    public String randomart() {
      return Fingerprint.randomart(key, "SHA256", Fingerprint.bits(key));
    }

    /** {@code TYPE BASE64 NAME}: the line of a {@code .pub} file. */
    public String line() {
      return key.type() + " " + key.base64() + (name.isEmpty() ? "" : " " + name);
    }

    @Override
    public String toString() {
      return Fingerprint.line(key, "SHA256", name);
    }
  }

  /** A line a key, as {@code ssh-keygen -l} has it. */
  @Override
  public String toString() {
    return keys.stream().map(Key::toString).collect(Collectors.joining("\n"));
  }
}
