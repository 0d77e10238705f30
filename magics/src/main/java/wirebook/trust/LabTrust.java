package wirebook.trust;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.InvalidAlgorithmParameterException;
import java.security.KeyManagementException;
import java.security.KeyStore;
import java.security.KeyStoreException;
import java.security.NoSuchAlgorithmException;
import java.security.Provider;
import java.security.SecureRandom;
import java.security.Security;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import javax.net.ssl.KeyManager;
import javax.net.ssl.ManagerFactoryParameters;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLContextSpi;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLServerSocketFactory;
import javax.net.ssl.SSLSessionContext;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.TrustManagerFactorySpi;
import javax.net.ssl.X509ExtendedTrustManager;
import javax.security.auth.x500.X500Principal;
import org.jspecify.annotations.Nullable;
import wirebook.net.NetworkClock;
import wirebook.net.TemporaryFolder;

/**
 * This process's certificate authority, and a security provider that makes whatever asks the JDK
 * whom to trust ({@code HttpClient}, {@code HttpsURLConnection}, a trust manager of the default
 * anchors) trust it beside those whom the machine trusts. Its key is made anew in each process and
 * leaves it never, so nobody else can make use of that trust.
 */
public final class LabTrust {
  /** The authority's name, as certificates show it. */
  public static final X500Principal NAME = new X500Principal("CN=Wirebook lab root, O=Wirebook");

  private static final String JDK = "SunJSSE";
  private static final String ALGORITHM = "PKIX";

  private static @Nullable CertificateAuthority authority;
  private static Optional<Path> file = Optional.empty();

  private LabTrust() {}

  /** Has the JDK ask here; the authority itself is made when it is first needed. */
  public static synchronized void install() {
    if (Security.getProvider(Lab.NAME) == null) {
      Security.insertProviderAt(new Lab(), 1);
    }
  }

  /** The authority, which from now on is trusted. */
  public static synchronized CertificateAuthority authority() {
    CertificateAuthority known = authority;
    if (known == null) {
      // Certificates are judged by the machine's clock, also in the lab.
      known = new CertificateAuthority(NAME, NetworkClock.SYSTEM.instant());
      authority = known;
      install();
      try {
        // A context that was made before would not know the authority.
        SSLContext.setDefault(SSLContext.getInstance("Default", Lab.NAME));
      } catch (GeneralSecurityException e) {
        throw new IllegalStateException("the provider was just installed", e);
      }
    }
    return known;
  }

  /** The authority's certificate, when there has been anything for it to sign. */
  public static synchronized Optional<X509Certificate> certificate() {
    return Optional.ofNullable(authority).map(CertificateAuthority::certificate);
  }

  /** A new certificate for a server with these names or addresses, good from now on. */
  public static ServerIdentity issue(List<String> hosts) {
    return authority().issue(hosts, NetworkClock.SYSTEM.instant());
  }

  /** The authority's certificate in a file, for other programs; it goes with this process. */
  public static synchronized Path file() {
    if (file.isEmpty()) {
      try {
        Path fresh = Files.createTempFile(TemporaryFolder.get(), "wirebook-ca", ".pem");
        Files.writeString(fresh, authority().pem());
        file = Optional.of(fresh);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    return file.get();
  }

  /** Offers what the JDK offers, with one authority more. */
  private static final class Lab extends Provider {
    private static final long serialVersionUID = 1L;
    private static final String NAME = "Wirebook";
    private static final String CONTEXT = "SSLContext";

    Lab() {
      super(NAME, "1", "Trusts the lab's certificate authority");
      putService(new Made(this, "TrustManagerFactory", ALGORITHM, Factory.class));
      putService(new Made(this, CONTEXT, "Default", DefaultContext.class));
    }

    private static final class Made extends Service {
      Made(Provider provider, String type, String algorithm, Class<?> made) {
        super(provider, type, algorithm, made.getName(), null, null);
      }

      @Override
      public Object newInstance(@Nullable Object parameter) throws NoSuchAlgorithmException {
        return getType().equals(CONTEXT) ? new DefaultContext() : new Factory();
      }
    }
  }

  private static X509ExtendedTrustManager managerOf(@Nullable KeyStore anchors) {
    try {
      TrustManagerFactory factory = TrustManagerFactory.getInstance(ALGORITHM, JDK);
      factory.init(anchors);
      return Stream.of(factory.getTrustManagers())
          .filter(X509ExtendedTrustManager.class::isInstance)
          .map(X509ExtendedTrustManager.class::cast)
          .findFirst()
          .orElseThrow(() -> new IllegalStateException("no X.509 trust manager"));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("whom to trust cannot be read: " + e.getMessage(), e);
    }
  }

  private static X509ExtendedTrustManager lab() {
    try {
      KeyStore anchors = KeyStore.getInstance("PKCS12");
      anchors.load(null, null);
      anchors.setCertificateEntry("lab", authority().certificate());
      return managerOf(anchors);
    } catch (GeneralSecurityException | IOException e) {
      throw new IllegalStateException("an empty key store cannot be made", e);
    }
  }

  /** Trust managers; only those of the machine's own anchors know the lab's authority. */
  private static final class Factory extends TrustManagerFactorySpi {
    private Optional<TrustManagerFactory> jdk = Optional.empty();

    private TrustManagerFactory fresh() {
      try {
        TrustManagerFactory factory = TrustManagerFactory.getInstance(ALGORITHM, JDK);
        jdk = Optional.of(factory);
        return factory;
      } catch (GeneralSecurityException e) {
        throw new IllegalStateException("every JDK has it", e);
      }
    }

    @Override
    protected void engineInit(@Nullable KeyStore anchors) throws KeyStoreException {
      if (anchors == null) {
        jdk = Optional.empty();
      } else {
        fresh().init(anchors);
      }
    }

    @Override
    protected void engineInit(ManagerFactoryParameters parameters)
        throws InvalidAlgorithmParameterException {
      fresh().init(parameters);
    }

    @Override
    protected TrustManager[] engineGetTrustManagers() {
      return jdk.map(TrustManagerFactory::getTrustManagers)
          .orElseGet(() -> new TrustManager[] {new Both()});
    }
  }

  /** The lab's authority for certificates that name it, the machine's anchors for all others. */
  private static final class Both extends X509ExtendedTrustManager {
    private @Nullable X509ExtendedTrustManager machine;
    private @Nullable X509ExtendedTrustManager lab;

    private synchronized X509ExtendedTrustManager machine() {
      if (machine == null) {
        machine = managerOf(null);
      }
      return machine;
    }

    private synchronized X509ExtendedTrustManager judge(X509Certificate[] chain) {
      if (chain.length == 0 || !chain[chain.length - 1].getIssuerX500Principal().equals(NAME)) {
        return machine();
      }
      if (lab == null) {
        lab = lab();
      }
      return lab;
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket)
        throws CertificateException {
      judge(chain).checkServerTrusted(chain, type, socket);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine)
        throws CertificateException {
      judge(chain).checkServerTrusted(chain, type, engine);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type)
        throws CertificateException {
      judge(chain).checkServerTrusted(chain, type);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket)
        throws CertificateException {
      machine().checkClientTrusted(chain, type, socket);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine)
        throws CertificateException {
      machine().checkClientTrusted(chain, type, engine);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type)
        throws CertificateException {
      machine().checkClientTrusted(chain, type);
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return Stream.concat(
              Stream.of(machine().getAcceptedIssuers()), Stream.of(authority().certificate()))
          .toArray(X509Certificate[]::new);
    }
  }

  /** What {@code SSLContext.getDefault()} gives. */
  private static final class DefaultContext extends SSLContextSpi {
    private final SSLContext context;

    DefaultContext() throws NoSuchAlgorithmException {
      try {
        if (System.getProperty("javax.net.ssl.keyStore") != null) {
          // Only the JDK's own reads all the properties about a client's keys.
          context = SSLContext.getInstance("Default", JDK);
        } else {
          context = SSLContext.getInstance("TLS", JDK);
          context.init(null, new TrustManager[] {new Both()}, null);
        }
      } catch (GeneralSecurityException e) {
        throw new NoSuchAlgorithmException("no TLS: " + e.getMessage(), e);
      }
    }

    @Override
    protected void engineInit(
        KeyManager @Nullable [] keys,
        TrustManager @Nullable [] trust,
        @Nullable SecureRandom random)
        throws KeyManagementException {
      throw new KeyManagementException("the default context is initialised already");
    }

    @Override
    protected SSLSocketFactory engineGetSocketFactory() {
      return context.getSocketFactory();
    }

    @Override
    protected SSLServerSocketFactory engineGetServerSocketFactory() {
      return context.getServerSocketFactory();
    }

    @Override
    protected SSLEngine engineCreateSSLEngine() {
      return context.createSSLEngine();
    }

    @Override
    protected SSLEngine engineCreateSSLEngine(String host, int port) {
      return context.createSSLEngine(host, port);
    }

    @Override
    protected SSLSessionContext engineGetServerSessionContext() {
      return context.getServerSessionContext();
    }

    @Override
    protected SSLSessionContext engineGetClientSessionContext() {
      return context.getClientSessionContext();
    }

    @Override
    protected SSLParameters engineGetDefaultSSLParameters() {
      return context.getDefaultSSLParameters();
    }

    @Override
    protected SSLParameters engineGetSupportedSSLParameters() {
      return context.getSupportedSSLParameters();
    }
  }
}
