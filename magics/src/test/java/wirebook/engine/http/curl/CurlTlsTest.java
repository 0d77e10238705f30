package wirebook.engine.http.curl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import wirebook.codec.PrivateKeys;
import wirebook.engine.http.HttpExchange;
import wirebook.engine.http.HttpTransfer;
import wirebook.engine.http.server.HttpServers;
import wirebook.engine.http.server.Response;
import wirebook.net.NetworkClock;
import wirebook.trust.ServerIdentity;

/** TLS options against a server whose certificate OpenSSL made. */
@Tag("slow")
class CurlTlsTest {
  @TempDir Path directory;
  private final HttpServers servers = new HttpServers();
  private String url = "";

  private static Path fixture(String name) {
    try {
      return Path.of(Objects.requireNonNull(CurlTlsTest.class.getResource("tls/" + name)).toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  private static PrivateKey key(String name, String password)
      throws GeneralSecurityException, IOException {
    return PrivateKeys.read(Files.readString(fixture(name)), password);
  }

  private static X509Certificate certificate() throws GeneralSecurityException, IOException {
    try (InputStream in = Files.newInputStream(fixture("server.pem"))) {
      return (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(in);
    }
  }

  @BeforeEach
  void aServer() throws IOException, GeneralSecurityException {
    ServerIdentity identity = new ServerIdentity(List.of(certificate()), key("sec1.key", ""));
    url =
        "https://localhost:"
            + servers
                .start(
                    HttpServers.Plan.on(0, "test", request -> Response.text("hello"))
                        .with(identity),
                    NetworkClock.SYSTEM)
                .server()
                .port()
            + "/";
  }

  @AfterEach
  void closeAll() {
    servers.closeAll();
  }

  private void check(int exit, String out, String err, String... words)
      throws InterruptedException {
    Setting setting = new Setting(directory);
    String[] all = new String[words.length + 5];
    System.arraycopy(
        new String[] {"-q", "-sS", "--cacert", fixture("ca.pem").toString()}, 0, all, 0, 4);
    System.arraycopy(words, 0, all, 4, words.length);
    all[words.length + 4] = url;
    HttpTransfer value = setting.curl(all);
    assertThat(setting.err()).startsWith(err);
    assertThat(setting.out()).isEqualTo(out);
    assertThat(value.exitCode()).isEqualTo(exit);
  }

  @Test
  void aCertificateOfTheAuthorityIsTrusted() throws Exception {
    check(0, "hello", "");
    check(0, "hello", "", "--crlfile", fixture("none.crl").toString());
  }

  private String told(String... words) throws InterruptedException {
    Setting setting = new Setting(directory);
    String[] all = Arrays.copyOf(new String[] {"-q", "-sSv"}, words.length + 3);
    System.arraycopy(words, 0, all, 2, words.length);
    all[words.length + 2] = url;
    setting.curl(all);
    return setting.err();
  }

  @Test
  void theHandshakeIsToldMessageByMessage() throws Exception {
    String ca = fixture("ca.pem").toString();
    assertThat(told("--cacert", ca, "--curves", "P-256"))
        .contains(
            """
            * TLSv1.3 (OUT), TLS handshake, Client hello (1):
            * SSL Trust Anchors:
            *   CAfile: %s
            * TLSv1.3 (IN), TLS handshake, Server hello (2):
            * TLSv1.3 (IN), TLS handshake, Encrypted Extensions (8):
            * TLSv1.3 (IN), TLS handshake, Certificate (11):
            * TLSv1.3 (IN), TLS handshake, CERT verify (15):
            * TLSv1.3 (IN), TLS handshake, Finished (20):
            * TLSv1.3 (OUT), TLS change cipher, Change cipher spec (1):
            * TLSv1.3 (OUT), TLS handshake, Finished (20):
            * SSL connection using TLSv1.3 / TLS_AES_256_GCM_SHA384 / secp256r1 / id-ecPublicKey
            * ALPN: server accepted h2
            * Server certificate:
            """
                .formatted(ca))
        .contains("Public key type EC/prime256v1 (256/128 Bits/secBits), signed using ecdsa-with-");
  }

  @Test
  void anOlderVersionsHandshakeIsToldByItsName() throws Exception {
    assertThat(
            told(
                "--cacert",
                fixture("ca.pem").toString(),
                "--tls-max",
                "1.2",
                "--curves",
                "X25519:P-256"))
        .contains(
            """
            * TLSv1.2 (OUT), TLS handshake, Client hello (1):
            """)
        .contains(
            """
            * TLSv1.2 (IN), TLS handshake, Server hello (2):
            * TLSv1.2 (IN), TLS handshake, Certificate (11):
            * TLSv1.2 (IN), TLS handshake, Server key exchange (12):
            * TLSv1.2 (IN), TLS handshake, Server finished (14):
            * TLSv1.2 (OUT), TLS handshake, Client key exchange (16):
            * TLSv1.2 (OUT), TLS change cipher, Change cipher spec (1):
            * TLSv1.2 (OUT), TLS handshake, Finished (20):
            * TLSv1.2 (IN), TLS handshake, Newsession Ticket (4):
            * TLSv1.2 (IN), TLS change cipher, Change cipher spec (1):
            * TLSv1.2 (IN), TLS handshake, Finished (20):
            * SSL connection using TLSv1.2 / ECDHE-ECDSA-AES256-GCM-SHA384 / x25519 / id-ecPublicKey
            """);
  }

  @Test
  void whyAHandshakeFailedIsToldAsTheAlertThatWasSent() throws Exception {
    assertThat(told("--capath", "nowhere"))
        .contains(
            """
            * TLSv1.3 (IN), TLS handshake, Certificate (11):
            * TLSv1.3 (OUT), TLS alert, certificate unknown (558):
            """)
        .doesNotContain("Finished");
    assertThat(told("-k")).contains("* SSL Trust: peer verification disabled\n");
  }

  @Test
  void aRevokedCertificateIsRefused() throws Exception {
    String list = fixture("revoked.crl").toString();
    check(60, "", "curl: (60) SSL certificate problem: certificate revoked\n", "--crlfile", list);
    check(0, "hello", "", "--crlfile", list, "-k");
  }

  @Test
  void whatIsNoRevocationListIsNoSilentYes() throws Exception {
    String file = fixture("ca.pem").toString();
    check(82, "", "curl: (82) error loading CRL file: " + file + "\n", "--crlfile", file);
  }

  @Test
  void aServerThatStaplesNothingIsRefusedWhenItsStatusIsAsked() throws Exception {
    check(91, "", "curl: (91) No OCSP response received\n", "--cert-status");
  }

  @Test
  void folderOfAuthoritiesThatIsNotThereTrustsNobody() throws Exception {
    Setting setting = new Setting(directory);
    int exit = setting.curl("-q", "-sS", "--capath", "nowhere", url).exitCode();
    assertThat(setting.err()).startsWith("curl: (60) SSL certificate problem: ");
    assertThat(exit).isEqualTo(60);
  }

  @Test
  void anAuthorityInAFolderCountsUnderItsHashAlone() throws Exception {
    Path folder = Files.createDirectory(directory.resolve("authorities"));
    Path named = Files.copy(fixture("ca.pem"), folder.resolve("ca.pem"));
    Setting setting = new Setting(directory);
    assertThat(setting.curl("-q", "-sS", "--capath", "authorities", url).exitCode()).isEqualTo(60);
    Files.move(named, folder.resolve("56c899cd.0"));
    assertThat(setting.curl("-q", "-sS", "--capath", "authorities", url).exitCode()).isZero();
  }

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '"',
      value = {
        "--ciphers, NOPE, failed setting cipher list: NOPE",
        "--sigalgs, NOPE, failed setting signature algorithms: 'NOPE'",
        "--tls13-ciphers, NOPE, failed setting TLS 1.3 cipher suite: NOPE",
        "--curves, nope, failed setting curves list: 'nope'"
      })
  void whatTlsDoesNotHaveIsSaid(String option, String value, String words) throws Exception {
    check(59, "", "curl: (59) " + words + "\n", option, value);
  }

  @Test
  void aConnectionOfOtherCurvesIsNotUsedAgain() throws Exception {
    Setting setting = new Setting(directory);
    String ca = fixture("ca.pem").toString();
    HttpTransfer value =
        setting.curl(
            "-q",
            "-sS",
            "--cacert",
            ca,
            "--curves",
            "P-256",
            url,
            url,
            "--next",
            "-sS",
            "--cacert",
            ca,
            "--curves",
            "X25519",
            url);
    assertThat(value.exchanges())
        .extracting(HttpExchange::reused)
        .containsExactly(false, true, false);
  }

  @Test
  void curvesHaveTheNamesOfOpenSsl() throws Exception {
    check(0, "hello", "", "--curves", "P-256:X25519");
  }

  @ParameterizedTest
  @ValueSource(strings = {"sec1.key", "pkcs8.key", "pkcs8-encrypted.key", "sec1-encrypted.key"})
  void keysAreReadInEveryFormThatOpenSslWrites(String name) throws Exception {
    String password = name.contains("encrypted") ? "sesame" : "";
    assertThat(PrivateKeys.pair(key(name, password), certificate().getPublicKey())).isTrue();
    check(
        0,
        "hello",
        "",
        "-E",
        fixture("server.pem") + ":" + password,
        "--key",
        fixture(name).toString());
  }

  @Test
  void rsaKeysAreReadToo() throws Exception {
    assertThat(key("pkcs1-encrypted.key", "sesame")).isEqualTo(key("pkcs1.key", ""));
    assertThatThrownBy(() -> key("pkcs1-encrypted.key", "wrong"))
        .isInstanceOf(GeneralSecurityException.class);
  }

  @Test
  void aKeyThatDoesNotOpenOrFitIsSaid() throws Exception {
    String cert = fixture("server.pem").toString();
    String locked = fixture("pkcs8-encrypted.key").toString();
    String other = fixture("pkcs1.key").toString();
    String words = "curl: (43) unable to set private key file: '";
    check(43, "", words + locked + "' type PEM\n", "-E", cert + ":wrong", "--key", locked);
    check(43, "", words + other + "' type PEM\n", "-E", cert, "--key", other);
    check(43, "", words + cert + "' type PEM\n", "-E", cert);
  }

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '"',
      value = {
        "--cert-type, XYZ, 43, not supported file type 'XYZ' for certificate",
        "--key-type, XYZ, 43, not supported file type for private key",
        "--cert-type, ENG, 58, \"crypto engine not set, cannot load certificate\"",
        "--key-type, PROV, 58, \"crypto provider not set, cannot load private key\""
      })
  void aKindOfFileThatIsNotKnownIsSaid(String option, String type, int exit, String words)
      throws Exception {
    String cert = fixture("server.pem").toString();
    check(exit, "", "curl: (" + exit + ") " + words + "\n", "-E", cert, option, type);
  }

  @Test
  void certificateAndKeyMayBeInDer() throws Exception {
    Path cert = Files.write(directory.resolve("c.der"), certificate().getEncoded());
    Path key = Files.write(directory.resolve("k.der"), key("sec1.key", "").getEncoded());
    check(
        0,
        "hello",
        "",
        "-E",
        cert.toString(),
        "--cert-type",
        "DER",
        "--key",
        key.toString(),
        "--key-type",
        "der");
  }
}
