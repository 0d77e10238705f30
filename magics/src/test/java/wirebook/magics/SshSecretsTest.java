package wirebook.magics;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import wirebook.internet.Internets;
import wirebook.magics.host.WireCommand;
import wirebook.magics.ssh.Scp;
import wirebook.magics.ssh.Ssh;
import wirebook.magics.ssh.SshCopyId;
import wirebook.magics.ssh.SshKeygen;
import wirebook.spi.Magic;

/** What the magics of SSH print, show and give back has nothing of a private key. */
@Tag("slow")
class SshSecretsTest {
  private static final int SEED = 32;

  private final Internets internets = new Internets("lab");
  private final StringBuilder seen = new StringBuilder();

  @AfterEach
  void close() throws Exception {
    internets.close();
  }

  private void run(TestCells cells, Magic magic, String cell) throws InterruptedException {
    Object value = cells.run(magic, cell);
    seen.append("\n## ").append(cell).append('\n').append(cells.printed()).append(value);
  }

  private static List<String> lines(Path key) throws Exception {
    return Files.readAllLines(key).stream().filter(line -> !line.startsWith("-----")).toList();
  }

  @Test
  void noMagicOfSshPrintsShowsOrGivesBackAnythingOfAPrivateKey(@TempDir Path folder)
      throws Exception {
    TestCells cells = new TestCells(internets, folder);
    run(cells, new WireCommand(), "wire on");
    run(cells, new SshKeygen(), "ssh-keygen -t ed25519 -N  -f key");
    run(cells, new SshKeygen(), "ssh-keygen -t rsa -b 2048 -f locked -N herringbone -C me");
    run(cells, new SshKeygen(), "ssh-keygen -l -v -f key");
    run(cells, new SshKeygen(), "ssh-keygen -y -f key");
    run(cells, new SshKeygen(), "ssh-keygen -y -P herringbone -f locked");
    run(cells, new SshCopyId(), "ssh-copy-id -i key.pub student@neighbour");
    run(cells, new Ssh(), "ssh -vvv -i key -o IdentitiesOnly=yes student@neighbour true");
    run(cells, new Ssh(), "ssh -vvv -o BatchMode=yes -i locked student@neighbour true");
    run(cells, new Scp(), "scp -v -i key key.pub student@neighbour:");
    run(cells, new WireCommand(), "wire show");
    cells.shown().forEach(bundle -> bundle.data().values().forEach(seen::append));

    String text = seen.toString();
    assertThat(text).contains("Authenticated to neighbour", "ssh-ed25519 ");
    byte[] blob = Base64.getDecoder().decode(String.join("", lines(folder.resolve("key"))));
    byte[] open =
        Base64.getDecoder().decode(Files.readString(folder.resolve("key.pub")).split(" ")[1]);
    int half = last(blob, Arrays.copyOfRange(open, open.length - SEED, open.length));
    byte[] seed = Arrays.copyOfRange(blob, half - SEED, half);
    assertThat(text)
        .doesNotContain("herringbone".concat("\n"))
        .doesNotContain(HexFormat.of().formatHex(seed))
        .doesNotContain(HexFormat.ofDelimiter(" ").formatHex(seed))
        .doesNotContain(Base64.getEncoder().withoutPadding().encodeToString(seed))
        .doesNotContain(new String(seed, StandardCharsets.ISO_8859_1));
    // The first lines of each hold its public half.
    assertThat(text).doesNotContain(lines(folder.resolve("key")).subList(2, 4));
    List<String> locked = lines(folder.resolve("locked"));
    assertThat(text).doesNotContain(locked.subList(8, locked.size()));
  }

  private static int last(byte[] all, byte[] part) {
    for (int at = all.length - part.length; at > 0; at--) {
      if (Arrays.equals(all, at, at + part.length, part, 0, part.length)) {
        return at;
      }
    }
    throw new AssertionError("the key file does not hold its public half");
  }
}
