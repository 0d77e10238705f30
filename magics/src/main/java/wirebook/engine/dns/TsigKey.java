package wirebook.engine.dns;

import java.util.List;
import java.util.Optional;
import wirebook.trace.Bytes;

/**
 * A secret that two hosts share to sign what they say to each other (RFC 8945).
 *
 * @param digestBits to how many bits signatures are cut; 0 for not at all
 */
public record TsigKey(DnsName name, Algorithm algorithm, Bytes secret, int digestBits) {
  /** RFC 8945, 6. */
  public enum Algorithm {
    HMAC_MD5("hmac-md5.sig-alg.reg.int.", "HmacMD5", 128),
    HMAC_SHA1("hmac-sha1.", "HmacSHA1", 160),
    HMAC_SHA224("hmac-sha224.", "HmacSHA224", 224),
    HMAC_SHA256("hmac-sha256.", "HmacSHA256", 256),
    HMAC_SHA384("hmac-sha384.", "HmacSHA384", 384),
    HMAC_SHA512("hmac-sha512.", "HmacSHA512", 512);

    private final String domain;
    private final String mac;
    private final int bits;

    Algorithm(String domain, String mac, int bits) {
      this.domain = domain;
      this.mac = mac;
      this.bits = bits;
    }

    /** The name that stands for it in a TSIG record. */
    public DnsName domain() {
      return DnsName.of(domain);
    }

    /** The length of its digest. */
    public int bits() {
      return bits;
    }

    String macName() {
      return mac;
    }

    /** {@code hmac-sha256} and its like, in any case. */
    public static Optional<Algorithm> of(String name) {
      return List.of(values()).stream()
          .filter(a -> a.name().replace('_', '-').equalsIgnoreCase(name))
          .findFirst();
    }
  }

  /** Without the secret. */
  @Override
  public String toString() {
    return name
        + " ("
        + algorithm.name().replace('_', '-').toLowerCase(java.util.Locale.ROOT)
        + ")";
  }
}
