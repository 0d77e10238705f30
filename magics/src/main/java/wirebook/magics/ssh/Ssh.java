package wirebook.magics.ssh;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import wirebook.engine.ssh.client.SshResult;
import wirebook.engine.ssh.client.SshTool;
import wirebook.spi.Magic;
import wirebook.spi.MagicCall;
import wirebook.spi.MagicResult;
import wirebook.spi.MagicSpec;
import wirebook.spi.MagicSpec.Option;
import wirebook.spi.MagicSpec.Values;

/** {@code %ssh}: a shell or a command on another host, as OpenSSH's client does it. */
public final class Ssh implements Magic {
  private static final MagicSpec SPEC =
      MagicSpec.named("ssh", "Runs a command on another host, and shows the protocol under it")
          .synopsis("[options…] [user@]host [command…]")
          .body(MagicSpec.Body.OPTIONAL)
          .value(SshResult.class)
          .option(Option.flag("say what happens; twice or three times for more", "-v"))
          .option(Option.of("PORT", Values.PORT, "the host's port, 22 otherwise", "-p"))
          .option(Option.of("FILE", Values.FILE, "a private key to log in with", "-i"))
          .option(Option.of("NAME", Values.ANY, "the user to log in as", "-l"))
          .option(Option.of("SETTING", Values.ANY, "a line of ssh_config: -o BatchMode=yes", "-o"))
          .option(Option.of("FILE", Values.FILE, "the configuration to read", "-F"))
          .option(Option.flag("only print the configuration for the host", "-G"))
          .option(Option.of("HOST", Values.HOST, "go through another host", "-J"))
          .option(Option.of("PORT:HOST:PORT", Values.ANY, "forward a port of here to there", "-L"))
          .option(Option.of("PORT:HOST:PORT", Values.ANY, "forward a port of there to here", "-R"))
          .option(Option.of("PORT", Values.PORT, "a SOCKS proxy that leads there", "-D"))
          .option(Option.of("HOST:PORT", Values.ANY, "input and output to a port there", "-W"))
          .option(Option.flag("no command, only forwarding", "-N"))
          .option(SshHome.PASSWORD)
          .operand("host", Values.HOST, true, false)
          .operand("command", Values.ANY, false, true)
          .example("%ssh -v ada@shell.class.example uptime", "each step of logging in")
          .example("%%ssh ada@shell.class.example\nhostname\nuptime\n", "the lines run there")
          .build();

  @Override
  public MagicSpec spec() {
    return SPEC;
  }

  /** Connections of {@code -N} that stand behind their cells, by the words that made them. */
  static final class Standing {
    private final Map<List<String>, SshResult> byWords = new ConcurrentHashMap<>();
  }

  @Override
  public MagicResult run(MagicCall call) throws InterruptedException {
    List<String> words = SshHome.wordsAndCommand(call);
    Standing standing = call.service(Standing.class, Standing::new);
    SshResult former = standing.byWords.remove(words);
    if (former != null) {
      former.close();
    }
    SshResult result = SshTool.run(SshHome.environment(call), words);
    if (result.connection().present()) {
      standing.byWords.put(words, result);
      call.err()
          .println("# The connection stands until this cell runs again, or close() of its value.");
    }
    return MagicResult.of(result, result.exitCode());
  }
}
