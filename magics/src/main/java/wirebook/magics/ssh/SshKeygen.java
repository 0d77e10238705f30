package wirebook.magics.ssh;

import wirebook.engine.ssh.keygen.KeyReport;
import wirebook.engine.ssh.keygen.KeygenTool;
import wirebook.spi.Magic;
import wirebook.spi.MagicCall;
import wirebook.spi.MagicResult;
import wirebook.spi.MagicSpec;
import wirebook.spi.MagicSpec.Option;
import wirebook.spi.MagicSpec.Values;

/** {@code %ssh-keygen}: makes keys, shows them, and keeps the list of known hosts. */
public final class SshKeygen implements Magic {
  private static final MagicSpec SPEC =
      MagicSpec.named("ssh-keygen", "Makes and shows SSH keys, and edits the list of known hosts")
          .synopsis(
              "[-t TYPE] [-b BITS] [-f FILE] [-N PASSPHRASE] [-C COMMENT]"
                  + " | -l [-v] | -y | -p | -c | -e | -i | -F HOST | -R HOST | -H | -r HOST")
          .value(KeyReport.class)
          .option(Option.of("ed25519|ecdsa|rsa", Values.ANY, "which kind", "-t"))
          .option(Option.of("BITS", Values.ANY, "its size, where there is a choice", "-b"))
          .option(Option.of("FILE", Values.FILE, "the key's file, or that of known hosts", "-f"))
          .option(Option.of("PASSPHRASE", Values.ANY, "what the file is locked with", "-N"))
          .option(Option.of("PASSPHRASE", Values.ANY, "what it was locked with", "-P"))
          .option(Option.of("COMMENT", Values.ANY, "whose key it is", "-C"))
          .option(Option.flag("print fingerprints", "-l"))
          .option(Option.flag("draw them, too", "-v"))
          .option(Option.of("HASH", Values.ANY, "of the fingerprint: sha256 or md5", "-E"))
          .option(Option.flag("print the public half of a private key", "-y"))
          .option(Option.flag("change the passphrase", "-p"))
          .option(Option.flag("change the comment", "-c"))
          .option(Option.flag("print the key as other programs want it", "-e"))
          .option(Option.flag("read a key as other programs have it", "-i"))
          .option(Option.of("FORM", Values.ANY, "RFC4716, PKCS8 or PEM", "-m"))
          .option(Option.of("HOST", Values.HOST, "find a host among the known ones", "-F"))
          .option(Option.of("HOST", Values.HOST, "remove a host from the known ones", "-R"))
          .option(Option.flag("hash the names of the known hosts", "-H"))
          .option(Option.of("HOST", Values.HOST, "print what the DNS would say of a key", "-r"))
          .option(Option.flag("say nothing", "-q"))
          .example("%ssh-keygen -t ed25519 -f key -N ''", "a new pair, without a passphrase")
          .example("%ssh-keygen -lv -f key.pub", "its fingerprint, and the picture of it")
          .example("%ssh-keygen -R shell.class.example", "forget the key of a host")
          .build();

  @Override
  public MagicSpec spec() {
    return SPEC;
  }

  @Override
  public MagicResult run(MagicCall call) throws InterruptedException {
    KeyReport report = KeygenTool.run(SshHome.environment(call), SshHome.localWords(call));
    return MagicResult.of(report, report.exitCode());
  }
}
