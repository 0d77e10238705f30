package wirebook.magics.ssh;

import wirebook.engine.ssh.files.FileTransfers;
import wirebook.engine.ssh.files.SftpTool;
import wirebook.spi.Magic;
import wirebook.spi.MagicCall;
import wirebook.spi.MagicResult;
import wirebook.spi.MagicSpec;
import wirebook.spi.MagicSpec.Option;
import wirebook.spi.MagicSpec.Values;

/** {@code %sftp}: files of another host, a command a line. */
public final class Sftp implements Magic {
  private static final MagicSpec SPEC =
      MagicSpec.named("sftp", "Looks at files of another host and copies them, a command a line")
          .synopsis(
              "[-pqrv] [-b FILE] [-P PORT] [-i FILE] [-J HOST] [-o SETTING] [user@]host[:path]")
          .body(MagicSpec.Body.OPTIONAL)
          .value(FileTransfers.class)
          .option(Option.of("FILE", Values.FILE, "commands; the first that fails ends it", "-b"))
          .option(Option.flag("folders with all that is in them", "-r"))
          .option(Option.flag("keep times and modes", "-p"))
          .option(Option.flag("say less", "-q"))
          .option(Option.flag("say what happens", "-v"))
          .option(Option.of("PORT", Values.PORT, "the host's port, 22 otherwise", "-P"))
          .option(Option.of("FILE", Values.FILE, "a private key to log in with", "-i"))
          .option(Option.of("FILE", Values.FILE, "the configuration to read", "-F"))
          .option(Option.of("SETTING", Values.ANY, "a line of ssh_config", "-o"))
          .option(Option.of("HOST", Values.HOST, "go through another host", "-J"))
          .option(SshHome.PASSWORD)
          .operand("host", Values.HOST, true, false)
          .example("%%sftp student@neighbour\nput notes.txt\nls -l\n", "the commands run there")
          .example("%sftp -b commands.txt student@neighbour", "the commands of a file")
          .build();

  @Override
  public MagicSpec spec() {
    return SPEC;
  }

  @Override
  public MagicResult run(MagicCall call) throws InterruptedException {
    FileTransfers result = SftpTool.run(SshHome.environment(call), SshHome.localWords(call));
    return MagicResult.of(result, result.exitCode());
  }
}
