package wirebook.engine.http.tls;

import static org.assertj.core.api.Assertions.assertThat;

import javax.security.auth.x500.X500Principal;
import org.junit.jupiter.api.Test;

class TlsReportTest {
  @Test
  void namesAreWrittenFromTheirBeginningAndQuotedWhereTheyHaveTo() {
    assertThat(TlsReport.name(new X500Principal("CN=\"Test, CA\", O=\"Test; Org\", C=CH")))
        .isEqualTo("C=CH; O=\"Test; Org\"; CN=\"Test, CA\"");
    assertThat(TlsReport.suite("TLS_RSA_WITH_AES_128_CBC_SHA")).isEqualTo("AES128-SHA");
    assertThat(TlsReport.suite("TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256"))
        .isEqualTo("ECDHE-RSA-CHACHA20-POLY1305");
  }
}
