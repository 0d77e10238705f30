package wirebook.engine.ssh.key;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import wirebook.trace.Bytes;

/**
 * What an OpenSSH certificate says (PROTOCOL.certkeys).
 *
 * @param key the key that it is about
 * @param after seconds since 1970 from which it is valid, unsigned
 * @param before seconds since 1970 until which it is valid, unsigned
 * @param authority the key that signed it
 * @param signatureType the algorithm of that signature
 */
public record Certificate(
    PublicKeyBlob key,
    long serial,
    boolean forHost,
    String id,
    List<String> principals,
    long after,
    long before,
    List<String> criticalOptions,
    PublicKeyBlob authority,
    String signatureType) {
  public Certificate {
    principals = List.copyOf(principals);
    criticalOptions = List.copyOf(criticalOptions);
  }

  /** Reads one; none when it is not in order. */
  public static Optional<Certificate> of(PublicKeyBlob blob) {
    if (!blob.certificate()) {
      return Optional.empty();
    }
    try {
      ByteBuffer in = blob.bytes().buffer();
      string(in);
      string(in);
      int start = in.position();
      int parts =
          switch (blob.plainType()) {
            case "ssh-ed25519" -> 1;
            case "ssh-dss" -> 4;
            case "sk-ecdsa-sha2-nistp256@openssh.com" -> 3;
            default -> 2;
          };
      for (int i = 0; i < parts; i++) {
        string(in);
      }
      byte[] type = blob.plainType().getBytes(StandardCharsets.US_ASCII);
      ByteBuffer key = ByteBuffer.allocate(4 + type.length + in.position() - start);
      key.putInt(type.length).put(type);
      key.put(blob.bytes().slice(start, in.position()).toArray());
      final long serial = in.getLong();
      final int kind = in.getInt();
      final String id = text(string(in));
      List<String> principals = new ArrayList<>();
      ByteBuffer names = string(in).buffer();
      while (names.hasRemaining()) {
        principals.add(text(string(names)));
      }
      final long after = in.getLong();
      final long before = in.getLong();
      List<String> critical = new ArrayList<>();
      ByteBuffer options = string(in).buffer();
      while (options.hasRemaining()) {
        critical.add(text(string(options)));
        string(options);
      }
      string(in);
      string(in);
      Optional<PublicKeyBlob> authority = PublicKeyBlob.of(string(in));
      String signature = text(string(string(in).buffer()));
      return authority.map(
          a ->
              new Certificate(
                  new PublicKeyBlob(blob.plainType(), Bytes.of(key.array())),
                  serial,
                  kind == 2,
                  id,
                  principals,
                  after,
                  before,
                  critical,
                  a,
                  signature));
    } catch (BufferUnderflowException e) {
      return Optional.empty();
    }
  }

  private static Bytes string(ByteBuffer in) {
    int length = in.getInt();
    if (length < 0 || length > in.remaining()) {
      throw new BufferUnderflowException();
    }
    byte[] bytes = new byte[length];
    in.get(bytes);
    return Bytes.of(bytes);
  }

  private static String text(Bytes bytes) {
    return bytes.text(StandardCharsets.UTF_8);
  }

  /** As {@code ssh -v} says it: {@code forever}, {@code from … to …}. */
  public String validity() {
    boolean always = after == 0;
    boolean ever = before == -1;
    if (always && ever) {
      return "forever";
    }
    return always
        ? "before " + time(before)
        : ever ? "after " + time(after) : "from " + time(after) + " to " + time(before);
  }

  private static String time(long seconds) {
    return DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss")
        .withZone(ZoneId.systemDefault())
        .format(Instant.ofEpochSecond(Math.clamp(seconds, 0, 253_402_300_799L)));
  }

  /** Why it is not valid for a host now, in OpenSSH's words; none when it is. */
  public Optional<String> hostComplaint(String host, Instant now, List<String> signatures) {
    long seconds = now.getEpochSecond();
    if (!forHost) {
      return Optional.of("Certificate invalid: not a host certificate");
    }
    if (Long.compareUnsigned(seconds, after) < 0) {
      return Optional.of("Certificate invalid: not yet valid");
    }
    if (Long.compareUnsigned(seconds, before) >= 0) {
      return Optional.of("Certificate invalid: expired");
    }
    if (!principals.isEmpty()
        && principals.stream()
            .noneMatch(p -> wirebook.engine.ssh.config.Patterns.matches(host, p))) {
      return Optional.of("Certificate invalid: name is not a listed principal");
    }
    if (!criticalOptions.isEmpty()) {
      return Optional.of("Certificate for " + host + " contains unsupported critical options(s)");
    }
    return signatures.contains(signatureType)
        ? Optional.empty()
        : Optional.of("Certificate signed with disallowed algorithm");
  }
}
