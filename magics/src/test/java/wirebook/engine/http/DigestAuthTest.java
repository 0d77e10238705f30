package wirebook.engine.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Base64;
import org.junit.jupiter.api.Test;

class DigestAuthTest {
  private static final String RFC_NONCE = "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v";
  private static final String RFC_CNONCE = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ";

  private static DigestAuth auth(String cnonce) {
    return new DigestAuth(() -> Base64.getDecoder().decode(cnonce));
  }

  private static String rfc7616(String algorithm) {
    DigestAuth auth = auth(RFC_CNONCE);
    assertThat(
            auth.challenge(
                "Digest realm=\"http-auth@example.org\", qop=\"auth, auth-int\", algorithm="
                    + algorithm
                    + ", nonce=\""
                    + RFC_NONCE
                    + "\", opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\""))
        .isTrue();
    return auth.answer("Mufasa", "Circle of Life", "GET", "/dir/index.html");
  }

  @Test
  void theExamplesOfTheStandardComeOut() {
    assertThat(rfc7616("MD5")).contains("response=\"8ca523f5e9506fed4657c9700eebdbec\"");
    assertThat(rfc7616("SHA-256"))
        .contains("response=\"753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1\"")
        .contains("cnonce=\"" + RFC_CNONCE + "\", nc=00000001, qop=auth, ")
        .contains("algorithm=SHA-256");
  }

  @Test
  void withoutQopTheOldAnswerIsGiven() {
    DigestAuth auth = auth("MDA=");
    auth.challenge("Digest realm=\"testrealm\", nonce=\"1053604145\"");
    assertThat(auth.answer("testuser", "testpass", "GET", "/64"))
        .isEqualTo(
            "Digest username=\"testuser\", realm=\"testrealm\", nonce=\"1053604145\", "
                + "uri=\"/64\", response=\"c55f7f30d83d774a3d2dcacf725abaca\"");
  }

  @Test
  void theCountGrowsWithEveryAnswer() {
    DigestAuth auth = auth("MDA=");
    auth.challenge("Digest realm=r, nonce=n, qop=auth");
    auth.answer("u", "p", "GET", "/");
    assertThat(auth.answer("u", "p", "GET", "/")).contains("nc=00000002");
  }

  @Test
  void aSecondChallengeIsARefusalUnlessItIsStale() {
    DigestAuth auth = auth("MDA=");
    auth.challenge("Digest realm=r, nonce=n");
    auth.answer("u", "p", "GET", "/");
    assertThat(auth.challenge("Digest realm=r, nonce=n2")).isFalse();
    DigestAuth other = auth("MDA=");
    other.challenge("Digest realm=r, nonce=n");
    other.answer("u", "p", "GET", "/");
    assertThat(other.challenge("Digest realm=r, nonce=n2, stale=true")).isTrue();
    assertThat(other.answer("u", "p", "GET", "/")).contains("nonce=\"n2\"");
  }

  @Test
  void anUnknownAlgorithmIsNotAnswered() {
    assertThat(auth("MDA=").challenge("Digest realm=r, nonce=n, algorithm=ROT13")).isFalse();
    assertThat(auth("MDA=").challenge("Digest realm=r")).isFalse();
  }

  @Test
  void quotesInNamesAreEscaped() {
    DigestAuth auth = auth("MDA=");
    auth.challenge("Digest realm=\"a \\\"b\\\"\", nonce=n");
    assertThat(auth.answer("u\"x", "p", "GET", "/"))
        .contains("username=\"u\\\"x\"")
        .contains("realm=\"a \\\"b\\\"\"");
  }
}
