package wirebook.engine.dns.server;

import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Instant;
import wirebook.trace.Bytes;

/**
 * Server cookies that any server with the same secret can check (RFC 9018): version 1, three
 * reserved bytes, a timestamp in seconds, and SipHash-2-4 over client cookie, those eight bytes and
 * the client's address.
 *
 * @param secret 16 bytes
 */
public record ServerCookies(Bytes secret) {
  private static final int SECRET_LENGTH = 16;
  static final int CLIENT_LENGTH = 8;
  private static final byte VERSION = 1;

  public ServerCookies {
    if (secret.length() != SECRET_LENGTH) {
      throw new IllegalArgumentException("a cookie secret has 16 bytes, not " + secret.length());
    }
  }

  /** The option's content for a reply: the client's cookie and ours. */
  byte[] cookie(byte[] client, InetAddress address, Instant now) {
    byte[] ip = address.getAddress();
    ByteBuffer input = ByteBuffer.allocate(CLIENT_LENGTH + 8 + ip.length);
    input
        .put(client, 0, CLIENT_LENGTH)
        .put(VERSION)
        .put(new byte[3])
        .putInt((int) now.getEpochSecond());
    long hash = sipHash(input.duplicate().put(ip).array());
    return ByteBuffer.allocate(CLIENT_LENGTH + 16)
        .put(input.array(), 0, CLIENT_LENGTH + 8)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(hash)
        .array();
  }

  /** SipHash-2-4 as in its paper (Aumasson and Bernstein, 2012). */
  long sipHash(byte[] data) {
    ByteBuffer key = ByteBuffer.wrap(secret.toArray()).order(ByteOrder.LITTLE_ENDIAN);
    SipState state = new SipState(key.getLong(), key.getLong());
    ByteBuffer in = ByteBuffer.wrap(data).order(ByteOrder.LITTLE_ENDIAN);
    while (in.remaining() >= 8) {
      state.absorb(in.getLong());
    }
    long last = (long) data.length << 56;
    for (int shift = 0; in.hasRemaining(); shift += 8) {
      last |= (in.get() & 0xffL) << shift;
    }
    state.absorb(last);
    return state.finish();
  }

  private static final class SipState {
    private long v0;
    private long v1;
    private long v2;
    private long v3;

    SipState(long k0, long k1) {
      v0 = k0 ^ 0x736f6d6570736575L;
      v1 = k1 ^ 0x646f72616e646f6dL;
      v2 = k0 ^ 0x6c7967656e657261L;
      v3 = k1 ^ 0x7465646279746573L;
    }

    void absorb(long word) {
      v3 ^= word;
      round();
      round();
      v0 ^= word;
    }

    long finish() {
      v2 ^= 0xff;
      for (int i = 0; i < 4; i++) {
        round();
      }
      return v0 ^ v1 ^ v2 ^ v3;
    }

    private void round() {
      v0 += v1;
      v1 = Long.rotateLeft(v1, 13) ^ v0;
      v0 = Long.rotateLeft(v0, 32);
      v2 += v3;
      v3 = Long.rotateLeft(v3, 16) ^ v2;
      v0 += v3;
      v3 = Long.rotateLeft(v3, 21) ^ v0;
      v2 += v1;
      v1 = Long.rotateLeft(v1, 17) ^ v2;
      v2 = Long.rotateLeft(v2, 32);
    }
  }
}
