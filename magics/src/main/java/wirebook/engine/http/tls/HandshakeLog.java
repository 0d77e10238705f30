package wirebook.engine.http.tls;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Says of a TLS handshake's messages what they are as they pass, in the words of a curl with
 * OpenSSL. What follows the hellos of TLS 1.3 is encrypted: once the handshake is through, it is
 * what RFC 8446, section 2, has come then.
 */
final class HandshakeLog implements ObservedSocket.Observer {
  private static final int RECORD_HEAD = 5;
  private static final int MESSAGE_HEAD = 4;
  private static final int CHANGE_CIPHER_SPEC = 20;
  private static final int ALERT = 21;
  private static final int HANDSHAKE = 22;

  private static final int CLIENT_HELLO = 1;
  private static final int SERVER_HELLO = 2;
  private static final int ENCRYPTED_EXTENSIONS = 8;
  private static final int CERTIFICATE = 11;
  private static final int SERVER_KEY_EXCHANGE = 12;
  private static final int CERTIFICATE_REQUEST = 13;
  private static final int CERTIFICATE_VERIFY = 15;
  private static final int FINISHED = 20;

  private static final int SUPPORTED_VERSIONS = 43;
  private static final int KEY_SHARE = 51;
  private static final int NAMED_CURVE = 3;
  private static final int RANDOM = 32;

  private static final List<String> VERSIONS = List.of("TLSv1.0", "TLSv1.1", "TLSv1.2", "TLSv1.3");

  private final Consumer<String> say;
  private final List<String> anchors;
  private final Half received = new Half(false);
  private final Half sent = new Half(true);
  private String version;
  private boolean answered;
  private boolean cipherSpecSent;
  private boolean over;
  private String group = "";
  private String signature = "";

  /** One direction. */
  private static final class Half {
    private final boolean out;
    private final ByteArrayOutputStream records = new ByteArrayOutputStream();
    private final ByteArrayOutputStream messages = new ByteArrayOutputStream();
    private boolean encrypted;

    Half(boolean out) {
      this.out = out;
    }
  }

  /**
   * @param highest the highest version that is offered, 1 for TLS 1.0 to 4 for TLS 1.3
   * @param anchors said before what the server sends
   */
  HandshakeLog(int highest, List<String> anchors, Consumer<String> say) {
    version = VERSIONS.get(highest - 1);
    this.anchors = anchors;
    this.say = say;
  }

  /** The key exchange's group, as OpenSSL calls it; empty when there was none. */
  Optional<String> group() {
    return Optional.of(group).filter(g -> !g.isEmpty());
  }

  /** The kind of the server's signature where it can be seen, which is up to TLS 1.2. */
  Optional<String> signature() {
    return Optional.of(signature).filter(s -> !s.isEmpty());
  }

  @Override
  public synchronized void passed(boolean out, byte[] bytes, int offset, int length) {
    if (over) {
      return;
    }
    Half half = out ? sent : received;
    half.records.write(bytes, offset, length);
    ByteBuffer all = ByteBuffer.wrap(half.records.toByteArray());
    while (all.remaining() >= RECORD_HEAD) {
      int size = all.getShort(all.position() + 3) & 0xffff;
      if (all.remaining() < RECORD_HEAD + size) {
        break;
      }
      int type = all.get() & 0xff;
      all.position(all.position() + RECORD_HEAD - 1);
      byte[] content = new byte[size];
      all.get(content);
      record(half, type, content);
    }
    half.records.reset();
    half.records.write(all.array(), all.position(), all.remaining());
  }

  private void record(Half half, int type, byte[] content) {
    if (!half.out && !answered) {
      answered = true;
      anchors.forEach(say);
    }
    switch (type) {
      case CHANGE_CIPHER_SPEC -> {
        if (!isEncryptedEarly()) {
          cipherSpec(half.out);
        } else if (half.out) {
          // It means nothing any more (RFC 8446, appendix D.4), and OpenSSL sends it last.
          cipherSpecSent = true;
        }
        half.encrypted = true;
      }
      case ALERT -> {
        if (!half.encrypted && content.length == 2) {
          TlsAlert.numbered(content[1] & 0xff).ifPresent(alert -> alert(half.out, alert));
        }
      }
      case HANDSHAKE -> {
        if (half.encrypted) {
          message(half.out, FINISHED);
        } else {
          messages(half, content);
        }
      }
      default -> {
        // Encrypted.
      }
    }
  }

  private void messages(Half half, byte[] content) {
    half.messages.writeBytes(content);
    ByteBuffer all = ByteBuffer.wrap(half.messages.toByteArray());
    while (all.remaining() >= MESSAGE_HEAD) {
      int head = all.getInt(all.position());
      int size = head & 0xffffff;
      if (all.remaining() < MESSAGE_HEAD + size) {
        break;
      }
      int type = head >>> 24;
      all.position(all.position() + MESSAGE_HEAD);
      ByteBuffer body = all.slice(all.position(), size);
      all.position(all.position() + size);
      message(half.out, type);
      if (type == SERVER_HELLO) {
        hello(body);
      } else if (type == SERVER_KEY_EXCHANGE) {
        keyExchange(body);
      }
    }
    half.messages.reset();
    half.messages.write(all.array(), all.position(), all.remaining());
  }

  /** RFC 8446, section 4.1.3: which version, and which group. */
  private void hello(ByteBuffer body) {
    if (body.remaining() < 2 + RANDOM + 1) {
      return;
    }
    version(body.getShort() & 0xffff);
    body.position(body.position() + RANDOM);
    int session = body.get() & 0xff;
    if (body.remaining() < session + 5) {
      return;
    }
    // The session, the cipher suite and the compression.
    body.position(body.position() + session + 3);
    body.getShort();
    while (body.remaining() >= 4) {
      int type = body.getShort() & 0xffff;
      int size = body.getShort() & 0xffff;
      if (size > body.remaining()) {
        return;
      }
      if (type == SUPPORTED_VERSIONS && size == 2) {
        version(body.getShort(body.position()) & 0xffff);
      } else if (type == KEY_SHARE && size >= 2) {
        group = group(body.getShort(body.position()) & 0xffff);
      }
      body.position(body.position() + size);
    }
  }

  private void version(int wire) {
    int at = wire - 0x0301;
    if (at >= 0 && at < VERSIONS.size()) {
      version = VERSIONS.get(at);
    }
  }

  /** RFC 8422, section 5.4: a curve, a point on it, and who vouches for it. */
  private void keyExchange(ByteBuffer body) {
    if (body.remaining() < 4 || body.get() != NAMED_CURVE) {
      return;
    }
    group = group(body.getShort() & 0xffff);
    int point = body.get() & 0xff;
    if (version.equals("TLSv1.2") && body.remaining() >= point + 2) {
      body.position(body.position() + point);
      int scheme = body.getShort() & 0xffff;
      signature =
          scheme >> 8 == 8
              ? scheme < 0x0807 ? "RSASSA-PSS" : scheme == 0x0807 ? "ED25519" : "ED448"
              : (scheme & 0xff) == 3 ? "id-ecPublicKey" : "rsaEncryption";
    }
  }

  private static String group(int number) {
    return switch (number) {
      case 0x0017 -> "secp256r1";
      case 0x0018 -> "secp384r1";
      case 0x0019 -> "secp521r1";
      case 0x001d -> "x25519";
      case 0x001e -> "x448";
      case 0x0100 -> "ffdhe2048";
      case 0x0101 -> "ffdhe3072";
      case 0x0102 -> "ffdhe4096";
      case 0x0103 -> "ffdhe6144";
      case 0x0104 -> "ffdhe8192";
      case 0x11ec -> "X25519MLKEM768";
      default -> "";
    };
  }

  private boolean isEncryptedEarly() {
    return version.equals("TLSv1.3");
  }

  /**
   * The handshake is through.
   *
   * @param asked whether the server wanted a certificate
   * @param given whether it got one
   */
  synchronized void succeeded(boolean asked, boolean given) {
    if (isEncryptedEarly()) {
      untilCertificate(asked);
      message(false, CERTIFICATE_VERIFY);
      message(false, FINISHED);
      if (cipherSpecSent) {
        cipherSpec(true);
      }
      if (asked) {
        message(true, CERTIFICATE);
      }
      if (given) {
        message(true, CERTIFICATE_VERIFY);
      }
      message(true, FINISHED);
    }
    over = true;
  }

  private void untilCertificate(boolean asked) {
    message(false, ENCRYPTED_EXTENSIONS);
    if (asked) {
      message(false, CERTIFICATE_REQUEST);
    }
    message(false, CERTIFICATE);
  }

  /**
   * One side gave up; says so unless it was seen.
   *
   * @param out whether it was this side
   * @param judged whether that was for what the server's certificate is
   */
  synchronized void failed(boolean out, TlsAlert alert, boolean asked, boolean judged) {
    if (over) {
      return;
    }
    if (isEncryptedEarly() && judged) {
      untilCertificate(asked);
    }
    alert(out, alert);
  }

  private void line(boolean out, String what) {
    say.accept(version + (out ? " (OUT), " : " (IN), ") + what + ":");
  }

  private void alert(boolean out, TlsAlert alert) {
    line(out, "TLS alert, " + alert.words() + " (" + alert.code() + ")");
    over = true;
  }

  private void cipherSpec(boolean out) {
    line(out, "TLS change cipher, Change cipher spec (1)");
  }

  private void message(boolean out, int type) {
    String name =
        switch (type) {
          case 0 -> "Hello request";
          case CLIENT_HELLO -> "Client hello";
          case SERVER_HELLO -> "Server hello";
          case 4 -> "Newsession Ticket";
          case ENCRYPTED_EXTENSIONS -> "Encrypted Extensions";
          case CERTIFICATE -> "Certificate";
          case SERVER_KEY_EXCHANGE -> "Server key exchange";
          case CERTIFICATE_REQUEST -> "Request CERT";
          case 14 -> "Server finished";
          case CERTIFICATE_VERIFY -> "CERT verify";
          case 16 -> "Client key exchange";
          case FINISHED -> "Finished";
          case 22 -> "Certificate Status";
          case 24 -> "Key update";
          default -> "Unknown";
        };
    line(out, "TLS handshake, " + name + " (" + type + ")");
  }
}
