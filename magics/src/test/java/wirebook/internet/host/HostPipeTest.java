package wirebook.internet.host;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import wirebook.engine.ssh.server.SshHost;
import wirebook.net.Network;
import wirebook.net.Networks;
import wirebook.net.RealNetwork;

/** What goes through the pipes of a host's small shell. */
@Tag("slow")
class HostPipeTest {
  private static final HostView HOST =
      new HostView() {
        private final Network network = new RealNetwork();

        @Override
        public String name() {
          return "small.example";
        }

        @Override
        public Network network() {
          return network;
        }

        @Override
        public Networks networks() {
          return () -> network;
        }

        @Override
        public Duration uptime() {
          return Duration.ZERO;
        }

        @Override
        public List<HostSocket> sockets() {
          return List.of();
        }

        @Override
        public List<String> tools() {
          return List.of();
        }
      };

  private record Ran(int exit, String out, String err) {}

  private static Ran run(String command, InputStream in) throws InterruptedException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    InetSocketAddress end = new InetSocketAddress(InetAddress.getLoopbackAddress(), 22);
    int exit =
        new HostUser(HOST, "bob", Optional.empty(), new HostFiles(HOST.name(), "bob"))
            .run(
                new SshHost.Session(
                    Optional.of(command),
                    in,
                    out,
                    err,
                    Map.of(),
                    false,
                    new SshHost.Ends(end, end)));
    return new Ran(
        exit, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
  }

  /** So many bytes, all of them the letter y. */
  private static InputStream letters(long count) {
    return new InputStream() {
      private long left = count;

      @Override
      public int read() {
        return left-- > 0 ? 'y' : -1;
      }

      @Override
      public int read(byte[] bytes, int offset, int length) {
        int n = (int) Math.min(length, left);
        Arrays.fill(bytes, offset, offset + Math.max(0, n), (byte) 'y');
        left -= n;
        return n == 0 && length > 0 ? -1 : n;
      }
    };
  }

  @Test
  void aPipeCarriesMoreThanTheShellHolds() throws Exception {
    assertThat(run("cat | tee one two >/dev/null | cat; wc -c <one", letters(1000)).out)
        .isEqualTo("1000\n");
    assertThat(run("cat | cat | wc -c", letters(40 << 20)).out).isEqualTo("41943040\n");
  }

  @Test
  void whoReadsNoFurtherEndsThePipe() throws Exception {
    assertThat(run("cat | head -c 3 | wc -c", letters(Long.MAX_VALUE)).out).isEqualTo("3\n");
    assertThat(run("cat | false", letters(Long.MAX_VALUE)).exit).isEqualTo(1);
  }

  @Test
  void whatMustBeHeldAtOnceHasALimitThatIsSaid() throws Exception {
    for (String command : List.of("sort", "cat | sort", "bash")) {
      Ran ran = run(command, letters(17 << 20));
      assertThat(ran.exit).isEqualTo(1);
      assertThat(ran.err).endsWith(": Cannot allocate memory: it holds no more than 16 MiB here\n");
    }
    assertThat(run("echo $(cat) | wc -c", letters(17 << 20)).err)
        .isEqualTo("cat: Cannot allocate memory: it holds no more than 16 MiB here\n");
    assertThat(run("cat >file", letters(17 << 20)))
        .isEqualTo(new Ran(1, "", "cat: File too large: a file has at most 15 MiB here\n"));
  }

  @Test
  void aPartOfAPipeChangesNothingOfItsShell() throws Exception {
    assertThat(run("x=1; x=2 | cd / | umask 077; echo $x; pwd; umask", letters(0)).out)
        .isEqualTo("1\n/home/bob\n0022\n");
    assertThat(run("exit 3 | true; echo $?; true | exit 4; echo $?", letters(0)).out)
        .isEqualTo("0\n4\n");
  }

  @Test
  void wcCountsWhatCameInWordsLinesAndCharacters() throws Exception {
    assertThat(run("printf 'a b\\n\\tc  dé\\n' | wc", letters(0)).out)
        .isEqualTo("      2       4      12\n");
    assertThat(run("printf 'é\\n' | wc -m", letters(0)).out).isEqualTo("2\n");
  }
}
