package wirebook.engine.ssh.transport;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.sshd.common.NamedFactory;
import org.apache.sshd.common.cipher.BuiltinCiphers;
import org.apache.sshd.common.cipher.Cipher;
import org.apache.sshd.common.compression.BuiltinCompressions;
import org.apache.sshd.common.compression.Compression;
import org.apache.sshd.common.config.keys.OpenSshCertificate;
import org.apache.sshd.common.kex.BuiltinDHFactories;
import org.apache.sshd.common.mac.BuiltinMacs;
import org.apache.sshd.common.mac.Mac;
import org.apache.sshd.common.session.Session;
import org.apache.sshd.common.signature.BuiltinSignatures;
import org.apache.sshd.common.signature.Signature;
import wirebook.engine.ssh.key.Ed25519Support;

/** The algorithms that this client can do, by the names that the protocol has for them. */
public final class Suite {
  static {
    Ed25519Support.register();
  }

  private Suite() {}

  /** The names of a list that this client can do. */
  public static List<String> able(List<String> names, Kind kind) {
    return names.stream()
        .filter(
            name ->
                switch (kind) {
                  case KEX -> dh(name).isPresent();
                  case CIPHER -> cipher(name).isPresent();
                  case MAC -> mac(name).isPresent();
                  case SIGNATURE -> signature(name).isPresent();
                })
        .toList();
  }

  /** What a name is of. */
  public enum Kind {
    KEX,
    CIPHER,
    MAC,
    SIGNATURE
  }

  static Optional<BuiltinDHFactories> dh(String name) {
    return Optional.ofNullable(BuiltinDHFactories.fromFactoryName(name))
        .filter(BuiltinDHFactories::isSupported);
  }

  private static Optional<BuiltinCiphers> cipher(String name) {
    return Optional.ofNullable(BuiltinCiphers.fromFactoryName(name))
        .filter(BuiltinCiphers::isSupported);
  }

  private static Optional<BuiltinMacs> mac(String name) {
    return Optional.ofNullable(BuiltinMacs.fromFactoryName(name)).filter(BuiltinMacs::isSupported);
  }

  /** What signs with an algorithm; none when this client cannot. */
  public static Optional<Signature> signer(String algorithm) {
    return signature(algorithm).map(BuiltinSignatures::create);
  }

  static Optional<BuiltinSignatures> signature(String name) {
    return Optional.ofNullable(BuiltinSignatures.fromFactoryName(name))
        .filter(BuiltinSignatures::isSupported);
  }

  /** Whether its authority signed a certificate. */
  static void checkSignature(Session session, OpenSshCertificate certificate) throws Exception {
    Signature verifier =
        signature(certificate.getSignatureAlgorithm())
            .orElseThrow(() -> new IOException("unknown signature algorithm"))
            .create();
    verifier.initVerifier(session, certificate.getCaPubKey());
    verifier.update(session, certificate.getMessage());
    if (!verifier.verify(session, certificate.getSignature())) {
      throw new IOException("incorrect signature");
    }
  }

  static List<NamedFactory<Signature>> signatures(List<String> names) {
    List<NamedFactory<Signature>> all = new ArrayList<>();
    names.forEach(name -> signature(name).ifPresent(all::add));
    return all;
  }

  static List<NamedFactory<Cipher>> ciphers(List<String> names) {
    List<NamedFactory<Cipher>> all = new ArrayList<>();
    names.forEach(name -> cipher(name).ifPresent(all::add));
    return all;
  }

  static List<NamedFactory<Mac>> macs(List<String> names) {
    List<NamedFactory<Mac>> all = new ArrayList<>();
    names.forEach(name -> mac(name).ifPresent(all::add));
    return all;
  }

  static List<NamedFactory<Compression>> compressions(boolean wanted) {
    List<BuiltinCompressions> order =
        wanted
            ? List.of(
                BuiltinCompressions.delayedZlib, BuiltinCompressions.zlib, BuiltinCompressions.none)
            : List.of(
                BuiltinCompressions.none,
                BuiltinCompressions.delayedZlib,
                BuiltinCompressions.zlib);
    List<NamedFactory<Compression>> all = new ArrayList<>();
    order.stream().filter(BuiltinCompressions::isSupported).forEach(all::add);
    return all;
  }
}
