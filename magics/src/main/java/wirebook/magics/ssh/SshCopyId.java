package wirebook.magics.ssh;

import wirebook.engine.ssh.keygen.CopyIdTool;
import wirebook.engine.ssh.keygen.KeyReport;
import wirebook.spi.Magic;
import wirebook.spi.MagicCall;
import wirebook.spi.MagicResult;
import wirebook.spi.MagicSpec;
import wirebook.spi.MagicSpec.Option;
import wirebook.spi.MagicSpec.Values;

/** {@code %ssh-copy-id}: puts a public key where a host looks for those who may log in. */
public final class SshCopyId implements Magic {
  private static final MagicSpec SPEC =
      MagicSpec.named("ssh-copy-id", "Puts your public key on a host, so that it lets you in")
          .synopsis("[-f] [-n] [-i FILE] [-p PORT] [-F FILE] [-o SETTING]… [user@]host")
          .value(KeyReport.class)
          .option(Option.of("FILE", Values.FILE, "the key; the newest otherwise", "-i"))
          .option(Option.of("PORT", Values.PORT, "the host's port, 22 otherwise", "-p"))
          .option(Option.flag("do not try first whether it is there", "-f"))
          .option(Option.flag("only say what would be done", "-n"))
          .option(Option.of("SETTING", Values.ANY, "a line of ssh_config", "-o"))
          .option(Option.of("FILE", Values.FILE, "the configuration to read", "-F"))
          .option(SshHome.PASSWORD)
          .operand("host", Values.HOST, true, false)
          .example("%ssh-copy-id -i key.pub ada@shell.class.example", "asks for ada's password")
          .build();

  @Override
  public MagicSpec spec() {
    return SPEC;
  }

  @Override
  public MagicResult run(MagicCall call) throws InterruptedException {
    KeyReport report = CopyIdTool.run(SshHome.environment(call), SshHome.localWords(call));
    return MagicResult.of(report, report.exitCode());
  }
}
