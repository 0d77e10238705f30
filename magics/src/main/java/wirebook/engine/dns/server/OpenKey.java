package wirebook.engine.dns.server;

import java.math.BigInteger;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.IntStream;
import org.xbill.DNS.DNSSEC;
import wirebook.trace.Bytes;

/**
 * A private key that is no secret, for what it signs is a lab's. So it may sign in a hundredth of
 * the time that a good one takes, which a young JVM needs most of its first answer for; its
 * signatures are as valid as any. Never sign with it what somebody is to trust.
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
      return new P256(number(secret));
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

  private static byte[] digest(byte[] data) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(data);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
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
      byte[] digest = digest(data);
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

  /**
   * ECDSA with the curve P-256 (RFC 6605), and one out of a few numbers that each signature must
   * have one of its own of.
   */
  record P256(BigInteger secret) implements OpenKey {
    private static final int LENGTH = 32;
    private static final BigInteger ORDER =
        new BigInteger("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551", 16);

    /** The inverse of the number, and the x of the point it makes (FIPS 186-5, 6.4.1). */
    private record Once(BigInteger inverse, BigInteger x) {}

    private static final List<Once> NUMBERS =
        """
        5mbCs+OWmEsvSuLqCM5O/Z0lWaT4HMj0fJU0SajYZc8= 5uIA68ju+ZSlfOejdz1faYsmVS7dX5YOmDX36faBOxo=
        U6JUQSGDo7wZS1rzxS2JqhSs++fiMUPgkms7Zw1BBV8= qMfzxm09BMqPT2aR0S8nzMR9FT1xOsmwykGfUaMZ3Bs=
        Xehe8rD5KnZ3yWpNF7HK8+bcxATCJxgWLbjyBfK/v5c= UIcAQhh8ACxXEa2+D5oMmxbdUcZeLoDG2QvxJz+skdw=
        37NscBKfExEgHofROvvWoJorkigJIO9OZcwm7/ZIZ7E= bdtUyvnY2+7iM9U6Bf3IDdpcx0uTtguV3OTjm1os/ik=
        77L25xLHyNLS3TJ8BVHXfu8nvgqjiWYlZajkspzP7Fw= Ey7mAnKmV4M6wySLiHlWG1Dy7g7g9wqv2bPB7mffrqo=
        u0w9czqp0KIDMHUSnbG5QBgcYiPjqCTFI/bZK8HWRlc= /iYOMRbWnrVhL3D/HRLVB2gIb1wmJH5AR7NhGpQCVkA=
        udhIBxJrSBAmkX9qc2pEfo+2M+X8xyRogv2oieIJpik= dk69Ls3y5jUP96tGKNqCmXxpxlQR9QdsYCq9oRorZE4=
        ARe9m/XT4C1EbiO/cNCZQl28jC0Qi158b6Ks21NXb54= y2vNU1XxOxf+Zwk+Ce1GdS19n2nvxUGvkPRrg+4b0pQ=
        pqGKgtwJsHN3jx0mSLnVpSW64wn/jf4yeBaNUMxR5A8= nWrjvqzX0+e1A5vXZcuZNBAEh83rA7kt4AhF1jI/nlo=
        YgprUYteZ0HmHY9aUrUjscp1rSe1cIp3li1j50ucFM0= rZdhZ803ndHQxfdAJ6E7g8hPahZwZqN8n58SX8fVu4Y=
        psiJqe3ucFHq3ou34nCSy8DkdeNc0F7CSbDtxSejkBg= GfdR/nDoi9VQlYcFx1yxpfqV42uZXZ64cn+7a7KAGiA=
        JCjJ+o5wuuy5yaoB4V7twRnB0CnG+7+eyQdiGd8sAGo= do+scQSkhB9gZMnQyj3sYlCn2rspYKCaj4hSuAX/m/g=
        5eFNkecIecfRdxpMItUZwOH6doWAM+I8hxBPykuq0bU= wKXVPqA+ZvZdwbxPatjyhL0k6+EDhyhkFERT+bXxbPU=
        AFJgCT0tRDRrHDNWE3HOBb2/b0+qcaCeut9816pNLj4= 1zl9oWf8Jw0kbMoLHAXNpaeIV+8wjdyr3pISNz60/10=
        KgvdVoxXP6j8y3CI3WVPW/0//IGgfaLMyDcAI15G4es= AzXLp7Mhs63txgg6HBCf+u9PMPJwfsL62xetJ9Ddc+U=
        BFAylwedH7jsmjCjLcU1T6ZXbOcCGM+YBIYLZzt4zI0= 4NRo7yo5NahJMvTzt4dXnx514Bid4BVbP/tKaMskYjU=
        """
            .lines()
            .map(l -> l.split(" "))
            .map(w -> new Once(decoded(w[0]), decoded(w[1])))
            .toList();

    private static BigInteger decoded(String base64) {
      return new BigInteger(1, Base64.getDecoder().decode(base64));
    }

    @Override
    public Bytes sign(byte[] data) {
      byte[] digest = digest(data);
      Once once = NUMBERS.get(Math.floorMod(digest[0], NUMBERS.size()));
      BigInteger s =
          once.x.multiply(secret).add(new BigInteger(1, digest)).multiply(once.inverse).mod(ORDER);
      return bytes(once.x, LENGTH).plus(bytes(s, LENGTH));
    }
  }
}
