package wirebook.magics.ssh;

import wirebook.engine.ssh.keygen.KeyReport;
import wirebook.engine.ssh.keygen.KeyscanTool;
import wirebook.spi.Magic;
import wirebook.spi.MagicCall;
import wirebook.spi.MagicResult;
import wirebook.spi.MagicSpec;
import wirebook.spi.MagicSpec.Option;
import wirebook.spi.MagicSpec.Values;

/** {@code %ssh-keyscan}: asks hosts for their keys, and prints them as lines of known hosts. */
public final class SshKeyscan implements Magic {
  private static final MagicSpec SPEC =
      MagicSpec.named("ssh-keyscan", "Asks SSH servers for their host keys, without logging in")
          .synopsis("[-46cDH] [-p PORT] [-t TYPE,…] [-T SECONDS] [-f FILE] host…")
          .value(KeyReport.class)
          .option(Option.of("PORT", Values.PORT, "the hosts' port, 22 otherwise", "-p"))
          .option(Option.of("TYPE,…", Values.ANY, "only these: ed25519, ecdsa, rsa", "-t"))
          .option(Option.flag("hash the names", "-H"))
          .option(Option.flag("print what the DNS would say", "-D"))
          .option(Option.flag("ask for certificates", "-c"))
          .option(Option.of("FILE", Values.FILE, "hosts, a line each; - is standard input", "-f"))
          .option(Option.of("SECONDS", Values.ANY, "how long to wait for each", "-T"))
          .option(Option.flag("IPv4 only", "-4"))
          .option(Option.flag("IPv6 only", "-6"))
          .operand("host", Values.HOST, true, true)
          .example("%ssh-keyscan -t ed25519 shell.class.example", "its key, as known_hosts has it")
          .build();

  @Override
  public MagicSpec spec() {
    return SPEC;
  }

  @Override
  public MagicResult run(MagicCall call) throws InterruptedException {
    KeyReport report = KeyscanTool.run(SshHome.environment(call), SshHome.localWords(call));
    return MagicResult.of(report, report.exitCode());
  }
}
