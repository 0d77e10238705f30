package wirebook.trust;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.security.KeyStore;
import java.security.cert.CertPathValidator;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertificateFactory;
import java.security.cert.PKIXParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Date;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;
import javax.security.auth.x500.X500Principal;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CertificateAuthorityTest {
  private static final Instant NOW = Instant.parse("2026-05-06T07:08:09Z");
  private static final X500Principal NAME = new X500Principal("CN=A test's root, O=Wirebook");

  private final CertificateAuthority authority = new CertificateAuthority(NAME, NOW);

  private void validate(ServerIdentity identity, CertificateAuthority trusted, Instant at)
      throws Exception {
    PKIXParameters parameters =
        new PKIXParameters(Set.of(new TrustAnchor(trusted.certificate(), null)));
    parameters.setRevocationEnabled(false);
    parameters.setDate(Date.from(at));
    CertPathValidator.getInstance("PKIX")
        .validate(
            CertificateFactory.getInstance("X.509")
                .generateCertPath(identity.chain().subList(0, 1)),
            parameters);
  }

  @Test
  void aCertificateOfItsOwnLeadsBackToIt() throws Exception {
    ServerIdentity identity = authority.issue(List.of("a.example", "127.0.0.1", "::1"), NOW);
    validate(identity, authority, NOW);
    assertThat(identity.certificate().getSubjectAlternativeNames())
        .containsExactlyInAnyOrder(
            List.of(2, "a.example"), List.of(7, "127.0.0.1"), List.of(7, "0:0:0:0:0:0:0:1"));
    assertThat(identity.certificate().getBasicConstraints()).isEqualTo(-1);
    assertThat(identity).hasToString("CN=a.example, signed by CN=A test's root,O=Wirebook");
  }

  @Test
  void anotherAuthorityOfTheSameNameIsNotIt() {
    CertificateAuthority other = new CertificateAuthority(NAME, NOW);
    assertThatThrownBy(() -> validate(other.issue(List.of("a.example"), NOW), authority, NOW))
        .isInstanceOf(CertPathValidatorException.class);
  }

  @Test
  void aCertificateEndsWithItsTime() {
    ServerIdentity identity = authority.issue(List.of("a.example"), NOW);
    Instant late = NOW.plus(CertificateAuthority.VALIDITY).plus(1, ChronoUnit.HOURS);
    assertThatThrownBy(() -> validate(identity, authority, late))
        .hasMessageContaining("validity check failed");
  }

  @ParameterizedTest
  @ValueSource(strings = {"2049-12-31T23:59:59Z", "2050-01-01T00:00:00Z", "2048-12-01T00:00:00Z"})
  void datesOfBothFormsAreRead(String now) throws Exception {
    Instant at = Instant.parse(now);
    CertificateAuthority then = new CertificateAuthority(NAME, at);
    validate(then.issue(List.of("a.example"), at), then, at);
    assertThat(then.certificate().getNotBefore().toInstant())
        .isEqualTo(at.minus(Duration.ofDays(1)));
    assertThat(then.certificate().getNotAfter().toInstant())
        .isEqualTo(at.plus(CertificateAuthority.VALIDITY));
  }

  @Test
  void manyNamesMakeLongLengths() throws Exception {
    List<String> names = IntStream.range(0, 3000).mapToObj(i -> "host-" + i + ".example").toList();
    ServerIdentity identity = authority.issue(names, NOW);
    validate(identity, authority, NOW);
    assertThat(identity.certificate().getSubjectAlternativeNames()).hasSize(3000);
  }

  @Test
  void theMachinesAnchorsTrustTheLabAndNamedOnesDoNot() throws Exception {
    LabTrust.install();
    ServerIdentity lab = LabTrust.issue(List.of("a.example"));
    X509TrustManager machine = manager(null);
    machine.checkServerTrusted(lab.chain().toArray(new X509Certificate[0]), "UNKNOWN");
    assertThat(machine.getAcceptedIssuers())
        .contains(LabTrust.authority().certificate())
        .hasSizeGreaterThan(10);
    KeyStore named = KeyStore.getInstance("PKCS12");
    named.load(null, null);
    named.setCertificateEntry("other", authority.certificate());
    assertThat(manager(named).getAcceptedIssuers()).containsExactly(authority.certificate());
    assertThatThrownBy(
            () ->
                machine.checkServerTrusted(
                    authority
                        .issue(List.of("a.example"), Instant.now())
                        .chain()
                        .toArray(new X509Certificate[0]),
                    "UNKNOWN"))
        .hasMessageContaining("unable to find valid certification path");
  }

  private static X509TrustManager manager(@Nullable KeyStore anchors) throws Exception {
    TrustManagerFactory factory =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    factory.init(anchors);
    return (X509TrustManager) factory.getTrustManagers()[0];
  }
}
