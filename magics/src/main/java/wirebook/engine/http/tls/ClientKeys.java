package wirebook.engine.http.tls;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.X509ExtendedKeyManager;
import org.jspecify.annotations.Nullable;
import wirebook.codec.Pem;
import wirebook.codec.PrivateKeys;
import wirebook.engine.http.ByteText;
import wirebook.engine.http.CurlCode;
import wirebook.engine.http.HttpFailure;

/** The certificate that a client shows, and its key. */
final class ClientKeys {
  private final CaCertificates files;
  private final TlsOptions options;
  private Optional<Keys> keys = Optional.empty();

  ClientKeys(CaCertificates files, TlsOptions options) {
    this.files = files;
    this.options = options;
  }

  /** Whether the server asked for a certificate; noted when that is wanted. */
  boolean asked() {
    return keys.map(k -> k.asked).orElse(false);
  }

  /** The platform's key manager, which notes that it was asked for a certificate. */
  private static final class Keys extends X509ExtendedKeyManager {
    private final Optional<X509ExtendedKeyManager> own;
    private boolean asked;

    Keys(Optional<X509ExtendedKeyManager> own) {
      this.own = own;
    }

    @Override
    public @Nullable String chooseClientAlias(
        String[] types, Principal @Nullable [] issuers, Socket socket) {
      asked = true;
      return own.map(k -> k.chooseClientAlias(types, issuers, socket)).orElse(null);
    }

    @Override
    public String @Nullable [] getClientAliases(String type, Principal @Nullable [] issuers) {
      return own.map(k -> k.getClientAliases(type, issuers)).orElse(null);
    }

    @Override
    public String @Nullable [] getServerAliases(String type, Principal @Nullable [] issuers) {
      return null;
    }

    @Override
    public @Nullable String chooseServerAlias(
        String type, Principal @Nullable [] issuers, Socket socket) {
      return null;
    }

    @Override
    public X509Certificate @Nullable [] getCertificateChain(String alias) {
      return own.map(k -> k.getCertificateChain(alias)).orElse(null);
    }

    @Override
    public @Nullable PrivateKey getPrivateKey(String alias) {
      return own.map(k -> k.getPrivateKey(alias)).orElse(null);
    }
  }

  /** None for no certificate. */
  KeyManager @Nullable [] managers(boolean noting) throws HttpFailure, GeneralSecurityException {
    KeyManager @Nullable [] given = keys();
    if (!noting) {
      return given;
    }
    Keys manager =
        new Keys(
            Optional.ofNullable(given)
                .map(k -> k[0])
                .filter(X509ExtendedKeyManager.class::isInstance)
                .map(X509ExtendedKeyManager.class::cast));
    keys = Optional.of(manager);
    return new KeyManager[] {manager};
  }

  private KeyManager @Nullable [] keys() throws HttpFailure, GeneralSecurityException {
    String name = options.cert;
    if (name == null) {
      return null;
    }
    char[] password = ByteText.orEmpty(options.password).toCharArray();
    String unusable =
        "could not load PEM client certificate from "
            + name
            + ", (no key found, wrong passphrase, or wrong file format?)";
    String type = type(options.certType, "certificate");
    String keyType = type(options.keyType, "private key");
    String content = files.file(name, CurlCode.SSL_CERTPROBLEM, unusable);
    KeyStore store = KeyStore.getInstance("PKCS12");
    try {
      boolean pem = content.contains("-----BEGIN");
      if (type.equals("P12") || (type.equals("PEM") && !pem)) {
        store.load(new ByteArrayInputStream(ByteText.bytes(content)), password);
      } else {
        store.load(null, null);
        List<Certificate> chain =
            new ArrayList<>(
                type.equals("DER")
                    ? CertificateFactory.getInstance("X.509")
                        .generateCertificates(new ByteArrayInputStream(ByteText.bytes(content)))
                    : CaCertificates.certificates(content));
        if (chain.isEmpty()) {
          throw new HttpFailure(CurlCode.SSL_CERTPROBLEM, unusable);
        }
        HttpFailure badKey =
            new HttpFailure(
                CurlCode.BAD_FUNCTION_ARGUMENT,
                "unable to set private key file: '"
                    + (options.key == null ? name : options.key)
                    + "' type "
                    + (options.keyType == null ? "PEM" : options.keyType));
        String keyText =
            options.key == null
                ? content
                : files.file(options.key, CurlCode.BAD_FUNCTION_ARGUMENT, badKey.words());
        PrivateKey key = privateKey(keyText, keyType.equals("DER"), badKey);
        if (!PrivateKeys.pair(key, chain.getFirst().getPublicKey())) {
          throw badKey;
        }
        store.setKeyEntry("client", key, password, chain.toArray(new Certificate[0]));
      }
    } catch (IOException | GeneralSecurityException e) {
      throw new HttpFailure(CurlCode.SSL_CERTPROBLEM, unusable);
    }
    KeyManagerFactory factory =
        KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    factory.init(store, password);
    return factory.getKeyManagers();
  }

  /** The kind of file, among those that curl knows. */
  private static String type(@Nullable String given, String of) throws HttpFailure {
    String type = ByteText.orEmpty(given).toUpperCase(Locale.ROOT);
    return switch (type) {
      case "" -> "PEM";
      case "PEM", "DER", "P12" -> type;
      case "ENG", "PROV" ->
          throw new HttpFailure(
              CurlCode.SSL_CERTPROBLEM,
              "crypto "
                  + (type.equals("ENG") ? "engine" : "provider")
                  + " not set, cannot load "
                  + of);
      default ->
          throw new HttpFailure(
              CurlCode.BAD_FUNCTION_ARGUMENT,
              "not supported file type "
                  + (of.equals("certificate") ? "'" + given + "' " : "")
                  + "for "
                  + of);
    };
  }

  private PrivateKey privateKey(String text, boolean der, HttpFailure bad) throws HttpFailure {
    List<String> forms =
        der
            ? Stream.of("PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY")
                .map(name -> new Pem(name, ByteText.bytes(text)).text())
                .toList()
            : List.of(text);
    for (String form : forms) {
      try {
        return PrivateKeys.read(form, ByteText.toText(ByteText.orEmpty(options.password)));
      } catch (IOException | GeneralSecurityException e) {
        // Perhaps it is in the next form.
      }
    }
    throw bad;
  }
}
