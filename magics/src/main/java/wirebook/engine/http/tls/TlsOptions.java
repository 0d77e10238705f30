package wirebook.engine.http.tls;

import org.jspecify.annotations.Nullable;

/**
 * What is wanted of TLS with one side: the server, or the proxy. File names and secrets are byte
 * text, null when none is given; versions count from TLS 1.0 as 1, 0 for the usual.
 */
public final class TlsOptions {
  public boolean insecure;
  public @Nullable String caCert;
  public @Nullable String caPath;
  public @Nullable String cert;
  public @Nullable String certType;
  public @Nullable String key;
  public @Nullable String keyType;
  public @Nullable String password;
  public @Nullable String ciphers;
  public @Nullable String ciphers13;
  public @Nullable String pinned;
  public @Nullable String crl;
  public @Nullable String curves;
  public @Nullable String sigAlgs;
  public int min;
  public int max;
  public boolean noAlpn;

  /** Whether the server has to say that its certificate still holds. */
  public boolean status;

  /** Connections made with the same are as secure as each other. */
  public String key() {
    return insecure + "|" + caCert + "|" + caPath + "|" + cert + "|" + key + "|" + ciphers + "|"
        + ciphers13 + "|" + crl + "|" + status + "|" + pinned + "|" + curves + "|" + sigAlgs + "|"
        + min + "|" + max;
  }
}
