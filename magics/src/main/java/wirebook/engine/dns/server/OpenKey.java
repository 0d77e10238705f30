package wirebook.engine.dns.server;

import java.math.BigInteger;
import java.security.AlgorithmParameters;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.Signature;
import java.security.interfaces.ECPrivateKey;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.ECParameterSpec;
import java.security.spec.ECPrivateKeySpec;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.IntStream;
import org.xbill.DNS.DNSSEC;
import wirebook.codec.Digests;
import wirebook.trace.Bytes;

/**
 * A private key that is no secret, for what it signs is a lab's. So one of RSA may sign in a
 * hundredth of the time that a good one takes, which a young JVM needs most of its first answer
 * for; its signatures are as valid as any. Never sign with it what somebody is to trust.
 */
sealed interface OpenKey {
  /** As a RRSIG record has it. */
  Bytes sign(byte[] data);

  /**
   * @param algorithm 8 or 13
   * @param secret of RSA: of each prime itself, its exponent and its coefficient (RFC 8017, A.1.2),
   *     {@value Rsa#PRIME} bytes each; of ECDSA: the number, as BIND's files have it
   */
  static OpenKey of(int algorithm, Bytes open, Bytes secret) {
    if (algorithm == DNSSEC.Algorithm.ECDSAP256SHA256) {
      return P256.of(number(secret));
    }
    List<BigInteger> numbers =
        IntStream.range(0, secret.length() / Rsa.PRIME)
            .mapToObj(i -> number(secret.slice(i * Rsa.PRIME, (i + 1) * Rsa.PRIME)))
            .toList();
    return new Rsa(
        open.length() - Rsa.EXPONENT,
        IntStream.range(0, numbers.size() / 3)
            .mapToObj(i -> numbers.subList(3 * i, 3 * i + 3))
            .map(n -> new Rsa.Prime(n.get(0), n.get(1), n.get(2)))
            .toList());
  }

  private static BigInteger number(Bytes bytes) {
    return new BigInteger(1, bytes.toArray());
  }

  /** In {@code length} bytes. */
  private static Bytes bytes(BigInteger number, int length) {
    byte[] all = number.toByteArray();
    byte[] result = new byte[length];
    int common = Math.min(length, all.length);
    System.arraycopy(all, all.length - common, result, length - common, common);
    return Bytes.of(result);
  }

  /**
   * RSA/SHA-256 (RFC 5702) with many small primes instead of two (RFC 8017, 3.2): the time goes
   * with the cube of their size.
   *
   * @param length of the modulus, in bytes
   */
  record Rsa(int length, List<Prime> primes) implements OpenKey {
    private static final int PRIME = 16;

    /** What a DNSKEY has before the modulus: how long the exponent is, and 65537. */
    private static final int EXPONENT = 4;

    /** What stands before a SHA-256 digest (RFC 8017, 9.2, note 1). */
    private static final byte[] SHA256 =
        HexFormat.of().parseHex("3031300d060960864801650304020105000420");

    record Prime(BigInteger value, BigInteger exponent, BigInteger coefficient) {}

    @Override
    public Bytes sign(byte[] data) {
      byte[] digest = Digests.of("SHA-256", data);
      byte[] padded = new byte[length];
      int start = length - SHA256.length - digest.length;
      Arrays.fill(padded, 2, start - 1, (byte) 0xff);
      padded[1] = 1;
      System.arraycopy(SHA256, 0, padded, start, SHA256.length);
      System.arraycopy(digest, 0, padded, start + SHA256.length, digest.length);
      BigInteger message = new BigInteger(padded);
      BigInteger signature = BigInteger.ZERO;
      BigInteger product = BigInteger.ONE;
      for (Prime prime : primes) {
        BigInteger part = message.modPow(prime.exponent, prime.value);
        BigInteger more = part.subtract(signature).multiply(prime.coefficient).mod(prime.value);
        signature = signature.add(more.multiply(product));
        product = product.multiply(prime.value);
      }
      return bytes(signature, length);
    }
  }

  /** ECDSA with the curve P-256 (RFC 6605). */
  record P256(ECPrivateKey secret) implements OpenKey {
    static P256 of(BigInteger secret) {
      try {
        AlgorithmParameters curve = AlgorithmParameters.getInstance("EC");
        curve.init(new ECGenParameterSpec("secp256r1"));
        ECParameterSpec parameters = curve.getParameterSpec(ECParameterSpec.class);
        return new P256(
            (ECPrivateKey)
                KeyFactory.getInstance("EC")
                    .generatePrivate(new ECPrivateKeySpec(secret, parameters)));
      } catch (GeneralSecurityException e) {
        throw new IllegalStateException(e);
      }
    }

    @Override
    public Bytes sign(byte[] data) {
      try {
        Signature signature = Signature.getInstance("SHA256withECDSAinP1363Format");
        signature.initSign(secret);
        signature.update(data);
        return Bytes.of(signature.sign());
      } catch (GeneralSecurityException e) {
        throw new IllegalStateException(e);
      }
    }
  }
}
