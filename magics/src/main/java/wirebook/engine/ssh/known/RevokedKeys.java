package wirebook.engine.ssh.known;

import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import wirebook.codec.Digests;
import wirebook.engine.ssh.key.Certificate;
import wirebook.engine.ssh.key.PublicKeyBlob;
import wirebook.trace.Bytes;

/** Keys that count no more: a list of them, or OpenSSH's compact form (PROTOCOL.krl). */
public final class RevokedKeys {
  private static final long MAGIC = 0x5353484b524c0a00L;

  private final Set<Bytes> keys = new HashSet<>();
  private final Set<Bytes> sha1 = new HashSet<>();
  private final Set<Bytes> sha256 = new HashSet<>();
  private final java.util.List<Revocation> certificates = new java.util.ArrayList<>();

  /** Certificates of one authority; without one, of all. */
  private record Revocation(Optional<Bytes> authority, Serials serials, Set<String> ids) {}

  private interface Serials {
    boolean has(long serial);
  }

  private RevokedKeys() {}

  /** Reads a file of either form. */
  public static RevokedKeys read(Path file) throws IOException {
    byte[] content = Files.readAllBytes(file);
    RevokedKeys revoked = new RevokedKeys();
    if (content.length >= 8 && ByteBuffer.wrap(content).getLong() == MAGIC) {
      try {
        revoked.compact(ByteBuffer.wrap(content));
      } catch (BufferUnderflowException | IllegalArgumentException e) {
        throw new IOException("invalid format", e);
      }
    } else {
      for (String line : new String(content, StandardCharsets.ISO_8859_1).split("\n", -1)) {
        String text = line.strip();
        if (!text.isEmpty() && !text.startsWith("#")) {
          revoked.keys.add(
              PublicKeyBlob.ofText(text)
                  .orElseThrow(() -> new IOException("invalid format"))
                  .bytes());
        }
      }
    }
    return revoked;
  }

  private void compact(ByteBuffer in) throws IOException {
    in.getLong();
    in.getInt();
    in.getLong();
    in.getLong();
    in.getLong();
    string(in);
    string(in);
    while (in.hasRemaining()) {
      int section = in.get();
      ByteBuffer body = string(in);
      switch (section) {
        case 1 -> certificates(body);
        case 2 -> all(body, keys);
        case 3 -> all(body, sha1);
        case 5 -> all(body, sha256);
        case 4 -> string(in);
        default -> {
          // What is not known here revokes nothing here.
        }
      }
    }
  }

  private void certificates(ByteBuffer in) {
    ByteBuffer authority = string(in);
    Optional<Bytes> of =
        authority.hasRemaining() ? Optional.of(bytes(authority)) : Optional.empty();
    string(in);
    while (in.hasRemaining()) {
      int section = in.get();
      ByteBuffer body = string(in);
      switch (section) {
        case 0x20 -> {
          Set<Long> serials = new HashSet<>();
          while (body.hasRemaining()) {
            serials.add(body.getLong());
          }
          certificates.add(new Revocation(of, serials::contains, Set.of()));
        }
        case 0x21 -> {
          long low = body.getLong();
          long high = body.getLong();
          certificates.add(
              new Revocation(
                  of,
                  s -> Long.compareUnsigned(s, low) >= 0 && Long.compareUnsigned(s, high) <= 0,
                  Set.of()));
        }
        case 0x22 -> {
          long offset = body.getLong();
          java.math.BigInteger bits = new java.math.BigInteger(1, bytes(string(body)).toArray());
          certificates.add(
              new Revocation(
                  of,
                  s -> {
                    long index = s - offset;
                    return index >= 0 && index <= bits.bitLength() && bits.testBit((int) index);
                  },
                  Set.of()));
        }
        case 0x23 -> {
          Set<String> ids = new HashSet<>();
          while (body.hasRemaining()) {
            ids.add(bytes(string(body)).text());
          }
          certificates.add(new Revocation(of, s -> false, ids));
        }
        default -> {
          // See above.
        }
      }
    }
  }

  private static void all(ByteBuffer in, Set<Bytes> to) {
    while (in.hasRemaining()) {
      to.add(bytes(string(in)));
    }
  }

  private static ByteBuffer string(ByteBuffer in) {
    int length = in.getInt();
    if (length < 0 || length > in.remaining()) {
      throw new BufferUnderflowException();
    }
    ByteBuffer part = in.slice(in.position(), length);
    in.position(in.position() + length);
    return part;
  }

  private static Bytes bytes(ByteBuffer in) {
    byte[] all = new byte[in.remaining()];
    in.get(all);
    return Bytes.of(all);
  }

  /** Whether a key counts no more: by itself, or by the certificate or its authority. */
  public boolean revokes(PublicKeyBlob key, Optional<Certificate> certificate) {
    for (PublicKeyBlob one :
        certificate.map(c -> List.of(c.key(), c.authority(), key)).orElse(List.of(key))) {
      if (keys.contains(one.bytes())
          || sha1.contains(digest("SHA-1", one))
          || sha256.contains(digest("SHA-256", one))) {
        return true;
      }
    }
    return certificate
        .map(
            c ->
                certificates.stream()
                    .filter(r -> r.authority.map(a -> a.equals(c.authority().bytes())).orElse(true))
                    .anyMatch(
                        r ->
                            r.ids.contains(c.id())
                                || (c.serial() != 0 && r.serials.has(c.serial()))))
        .orElse(false);
  }

  private static Bytes digest(String hash, PublicKeyBlob key) {
    return Bytes.of(Digests.of(hash, key.bytes().toArray()));
  }
}
