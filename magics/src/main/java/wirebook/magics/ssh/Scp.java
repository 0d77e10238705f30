package wirebook.magics.ssh;

import wirebook.engine.ssh.files.FileTransfers;
import wirebook.engine.ssh.files.ScpTool;
import wirebook.spi.Magic;
import wirebook.spi.MagicCall;
import wirebook.spi.MagicResult;
import wirebook.spi.MagicSpec;
import wirebook.spi.MagicSpec.Option;
import wirebook.spi.MagicSpec.Values;

/** {@code %scp}: copies files to another host, and from it. */
public final class Scp implements Magic {
  private static final MagicSpec SPEC =
      MagicSpec.named("scp", "Copies files to another host, and from it")
          .synopsis("[-pqrv] [-P PORT] [-i FILE] [-J HOST] [-o SETTING] source… target")
          .value(FileTransfers.class)
          .option(Option.flag("folders with all that is in them", "-r"))
          .option(Option.flag("keep times and modes", "-p"))
          .option(Option.flag("no line for each file", "-q"))
          .option(Option.flag("say what happens", "-v"))
          .option(Option.flag("ask nothing", "-B"))
          .option(Option.flag("compress", "-C"))
          .option(Option.of("PORT", Values.PORT, "the host's port, 22 otherwise", "-P"))
          .option(Option.of("FILE", Values.FILE, "a private key to log in with", "-i"))
          .option(Option.of("FILE", Values.FILE, "the configuration to read", "-F"))
          .option(Option.of("SETTING", Values.ANY, "a line of ssh_config", "-o"))
          .option(Option.of("HOST", Values.HOST, "go through another host", "-J"))
          .option(SshHome.PASSWORD)
          .operand("file", Values.FILE, true, true)
          .example("%scp notes.txt student@neighbour:", "into the home folder there")
          .example("%scp -r student@neighbour:notes .", "a folder, from there")
          .build();

  @Override
  public MagicSpec spec() {
    return SPEC;
  }

  @Override
  public MagicResult run(MagicCall call) throws InterruptedException {
    FileTransfers result = ScpTool.run(SshHome.environment(call), SshHome.localWords(call));
    return MagicResult.of(result, result.exitCode());
  }
}
