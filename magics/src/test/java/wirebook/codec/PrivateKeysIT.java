package wirebook.codec;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.PrivateKey;
import java.security.interfaces.ECPrivateKey;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import wirebook.peer.Peer;

/** OpenSSL makes and writes the keys. */
@Peer("openssl")
class PrivateKeysIT {
  private static final String PASSWORD = "pässwört";

  @TempDir Path directory;

  private String openssl(String words) throws Exception {
    Path out = directory.resolve("out");
    List<String> command =
        Stream.concat(Stream.of("openssl"), Stream.of(words.split(" ")))
            .map(word -> word.equals("OUT") ? out.toString() : word)
            .toList();
    Process process =
        new ProcessBuilder(command).directory(directory.toFile()).redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(said).isZero();
    return Files.readString(out);
  }

  /** A key of an elliptic curve may have its public half with it, or not. */
  private static Object secret(PrivateKey key) {
    return key instanceof ECPrivateKey curve ? curve.getS() : key;
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:1024",
        "genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256",
        "genpkey -algorithm ED25519"
      })
  void aKeyIsTheSameInEachFormOfOpenSsl(String make) throws Exception {
    String plain = openssl(make + " -out OUT");
    Files.writeString(directory.resolve("key"), plain);
    Files.writeString(directory.resolve("password"), PASSWORD);
    Object key = secret(PrivateKeys.read(plain, ""));
    String encrypted = openssl("pkcs8 -topk8 -v2 aes256 -in key -passout file:password -out OUT");
    assertThat(secret(PrivateKeys.read(encrypted, PASSWORD))).isEqualTo(key);
    if (!make.contains("ED25519")) {
      for (String cipher : List.of("aes-256-cbc", "des3")) {
        String old =
            openssl("pkey -in key -traditional -" + cipher + " -passout file:password -out OUT");
        assertThat(old).contains("Proc-Type: 4,ENCRYPTED");
        assertThat(secret(PrivateKeys.read(old, PASSWORD))).as(cipher).isEqualTo(key);
      }
      String open = openssl("pkey -in key -traditional -out OUT");
      assertThat(secret(PrivateKeys.read(open, ""))).isEqualTo(key);
    }
  }
}
