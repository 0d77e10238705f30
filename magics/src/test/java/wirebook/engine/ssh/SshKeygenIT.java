package wirebook.engine.ssh;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import wirebook.engine.ssh.client.SshEnvironment;
import wirebook.engine.ssh.config.LocalHost;
import wirebook.engine.ssh.keygen.CopyIdTool;
import wirebook.engine.ssh.keygen.KeyReport;
import wirebook.engine.ssh.keygen.KeygenTool;
import wirebook.engine.ssh.keygen.KeyscanTool;
import wirebook.net.RealNetwork;
import wirebook.peer.Peer;

/** Keys and lists of hosts written by one are read by the other, and both print the same. */
@Peer(value = "ssh-keygen", of = "openssh-client")
class SshKeygenIT {
  @TempDir Path folder;

  /** What a command did. */
  private record Did(int exit, String out, String err) {}

  private interface Tool {
    KeyReport run(SshEnvironment environment, List<String> words) throws InterruptedException;
  }

  private Did ours(Tool tool, String input, String... words) throws InterruptedException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    LocalHost here = LocalHost.here(folder, Map.of("PATH", "/usr/bin:/bin"));
    KeyReport report =
        tool.run(
            new SshEnvironment(
                out,
                err,
                new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)),
                new LocalHost(
                    here.user(), folder, here.uid(), here.hostName(), folder, here.environment()),
                new RealNetwork(),
                false,
                false,
                (prompt, echo) -> Optional.empty(),
                () -> {}),
            List.of(words));
    return new Did(
        report.exitCode(),
        out.toString(StandardCharsets.UTF_8),
        err.toString(StandardCharsets.UTF_8));
  }

  private Did real(String input, String... words) throws Exception {
    Path err = folder.resolve("..err");
    List<String> command = new ArrayList<>(List.of("/usr/bin/" + words[0]));
    command.addAll(List.of(words).subList(1, words.length));
    ProcessBuilder builder =
        new ProcessBuilder(command).directory(folder.toFile()).redirectError(err.toFile());
    builder.environment().put("LC_ALL", "C.UTF-8");
    builder.environment().remove("SSH_AUTH_SOCK");
    Process process = builder.start();
    process.getOutputStream().write(input.getBytes(StandardCharsets.UTF_8));
    process.getOutputStream().close();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return new Did(process.waitFor(), out, Files.readString(err));
  }

  /** Both do the same with the same files. */
  private void same(String... words) throws Exception {
    Map<Path, String> before = texts();
    List<String> all = new ArrayList<>(List.of("ssh-keygen"));
    all.addAll(List.of(words));
    Did real = real("", all.toArray(String[]::new));
    for (Map.Entry<Path, String> file : before.entrySet()) {
      Files.writeString(file.getKey(), file.getValue());
    }
    assertThat(ours(KeygenTool::run, "", words)).as(String.join(" ", words)).isEqualTo(real);
  }

  private Map<Path, String> texts() throws Exception {
    Map<Path, String> all = new java.util.HashMap<>();
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.filter(f -> !f.getFileName().toString().startsWith("..")).toList()) {
        all.put(file, Files.readString(file));
      }
    }
    return all;
  }

  private static final List<List<String>> KINDS =
      List.of(
          List.of("ed25519", "256"),
          List.of("ecdsa", "256"),
          List.of("ecdsa", "384"),
          List.of("ecdsa", "521"),
          List.of("rsa", "2048"));

  @Test
  void openSshReadsOurKeysOfAllKindsAndForms() throws Exception {
    for (List<String> kind : KINDS) {
      for (String form : List.of("RFC4716", "PEM", "PKCS8")) {
        for (String passphrase : List.of("", "open sesame")) {
          String file = String.join("-", kind) + form + passphrase.length();
          String[] words = {
            "-a1",
            "-qt",
            kind.get(0),
            "-b",
            kind.get(1),
            "-m",
            form,
            "-N",
            passphrase,
            "-f",
            file,
            "-Ca b"
          };
          assertThat(ours(KeygenTool::run, "", words)).isEqualTo(new Did(0, "", ""));
          Did read = real("", "ssh-keygen", "-y", "-P", passphrase, "-f", file);
          String open = Files.readString(folder.resolve(file + ".pub"));
          assertThat(open).startsWith(read.out().strip()).endsWith(" a b\n");
          assertThat(read.out().split(" ")).hasSizeGreaterThan(1);
          assertThat(
                  PosixFilePermissions.toString(
                      Files.getPosixFilePermissions(folder.resolve(file))))
              .isEqualTo("rw-------");
          assertThat(real("", "ssh-keygen", "-y", "-P", "wrong", "-f", file).exit())
              .isEqualTo(passphrase.isEmpty() ? 0 : 255);
        }
      }
    }
  }

  @Test
  void whatOpenSshMadeIsShownChangedAndConvertedTheSame() throws Exception {
    for (List<String> kind : KINDS) {
      boolean all = kind.get(1).equals("256") || kind.get(0).equals("rsa");
      for (String form : all ? List.of("RFC4716", "PEM", "PKCS8") : List.of("RFC4716")) {
        String file = String.join("-", kind) + form;
        // One round: what is slow on purpose need not be slow here.
        real(
            "",
            "ssh-keygen",
            "-a1",
            "-qt",
            kind.get(0),
            "-b",
            kind.get(1),
            "-m",
            form,
            "-N",
            "open sesame",
            "-C",
            "a b",
            "-f",
            file);
        same("-y", "-P", "open sesame", "-f", file);
        same("-y", "-P", "wrong", "-f", file);
        same("-lv", "-f", file);
        same("-a1", "-p", "-P", "open sesame", "-N", "other one", "-f", file);
        same("-a1", "-c", "-P", "open sesame", "-C", "c d", "-f", file);
        same("-a1", "-c", "-P", "other one", "-C", "c d", "-f", file);
        for (String to : List.of("RFC4716", "PEM", "PKCS8")) {
          same("-e", "-m", to, "-f", file + ".pub");
          Did exported = real("", "ssh-keygen", "-e", "-m", to, "-f", file + ".pub");
          Files.writeString(folder.resolve("exported"), exported.out());
          same("-i", "-m", to, "-f", "exported");
        }
        same("-lE", "md5", "-f", file + ".pub");
        same("-r", "host.example", "-f", file + ".pub");
      }
    }
  }

  @Test
  void knownHostsAreFoundHashedAndRemovedTheSame() throws Exception {
    RealSshd.keygen(folder, "key", "");
    String key = Files.readString(folder.resolve("key.pub")).strip();
    Path list = folder.resolve("known");
    String text =
        "# mine\n\n"
            + ("alpha,192.0.2.1 " + key + "\n")
            + ("[alpha]:2222 " + key + "\n")
            + ("*.example " + key + "\n")
            + ("@cert-authority alpha " + key + "\n")
            + ("@revoked alpha " + key + "\n")
            + ("Beta " + key + " # why\n");
    for (String host : List.of("alpha", "beta", "BETA", "x.example", "[alpha]:2222", "nobody")) {
      for (List<String> how :
          List.of(
              List.of("-F", host),
              List.of("-lF", host),
              List.of("-lvF", host),
              List.of("-qF", host),
              List.of("-R", host))) {
        Files.writeString(list, text);
        List<String> words = new ArrayList<>(how);
        words.addAll(List.of("-f", "known"));
        same(words.toArray(String[]::new));
      }
    }
    Files.writeString(list, text);
    ours(KeygenTool::run, "", "-H", "-f", "known");
    assertThat(Files.readString(list)).doesNotContain("192.0.2.1").contains("*.example ");
    same("-F", "192.0.2.1", "-f", "known");
    Files.writeString(list, text + "broken\n");
    same("-R", "alpha", "-f", "known");
    same("-H", "-f", "known");
    same("-F", "alpha", "-f", "none");
  }

  @Test
  void wrongUsesAreRefusedTheSame() throws Exception {
    Files.writeString(folder.resolve("text"), "hello\n");
    same("-t", "none", "-f", "x");
    same("-t", "rsa", "-b", "512", "-f", "x");
    same("-t", "ecdsa", "-b", "300", "-f", "x");
    same("-b", "x");
    same("-E", "crc", "-l");
    same("-m", "DOC", "-e");
    same("-l", "-f", "text");
    same("-l", "-f", "nothing");
    same("-y", "-f", "text");
    same("-y", "-f", "nothing");
    same("-i", "-f", "text");
    same("-i", "-m", "PKCS8", "-f", "text");
  }

  @Test
  void aScannedHostIsKnown() throws Exception {
    try (RealSshd server = RealSshd.start(folder)) {
      Did scan = ours(KeyscanTool::run, "", "-p", "" + server.port, "127.0.0.1,localhost");
      assertThat(scan)
          .isEqualTo(real("", "ssh-keyscan", "-p", "" + server.port, "127.0.0.1,localhost"));
      assertThat(scan.exit()).isZero();
      Files.writeString(
          folder.resolve("known_hosts"),
          ours(KeyscanTool::run, "", "-Hp", "" + server.port, "127.0.0.1").out());
      assertThat(Files.readString(folder.resolve("known_hosts"))).startsWith("|1|");
      assertThat(
              server.ssh(List.of(), "", "-i" + folder.resolve("key"), "127.0.0.1", "true").exit())
          .isZero();
    }
  }

  @Test
  void aCopiedKeyLetsTheUserIn() throws Exception {
    try (RealSshd server = RealSshd.start(folder)) {
      RealSshd.keygen(folder, "fresh", "");
      Path home = Files.createDirectory(folder.resolve("far"));
      Path script = folder.resolve("shell");
      Files.writeString(
          script, "#!/bin/sh\nexport HOME=" + home + "\neval \"$SSH_ORIGINAL_COMMAND\"");
      Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwx------"));
      Files.writeString(
          folder.resolve("authorized"),
          "command=\"" + script + "\" " + Files.readString(folder.resolve("key.pub")));
      String[] words = {"-i", "fresh.pub", "-p", "" + server.port, "127.0.0.1"};
      Did refused = ours(CopyIdTool::run, "", with(words, "-F", server.config("locked")));
      assertThat(refused.exit()).isEqualTo(1);
      assertThat(refused.err())
          .contains("/usr/bin/ssh-copy-id: INFO: 1 key(s) remain to be installed")
          .endsWith("Permission denied (publickey).\r\n");
      Did did = ours(CopyIdTool::run, "", with(words, "-f", "-F", server.config("key")));
      assertThat(did.out()).contains("\nNumber of key(s) added: 1\n");
      Path list = home.resolve(".ssh/authorized_keys");
      assertThat(list).hasSameTextualContentAs(folder.resolve("fresh.pub"));
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(list)))
          .isEqualTo("rw-------");
      Files.copy(
          list, folder.resolve("authorized"), java.nio.file.StandardCopyOption.REPLACE_EXISTING);
      Did again = ours(CopyIdTool::run, "", with(words, "-F", server.config("locked")));
      assertThat(again.exit()).isZero();
      assertThat(again.err()).contains("All keys were skipped because they already exist");
    }
  }

  private static String[] with(String[] words, String... before) {
    return Stream.concat(Stream.of(before), Stream.of(words)).toArray(String[]::new);
  }

  @Test
  void theQuestionsAreAnsweredFromAPipe() throws Exception {
    Did first = ours(KeygenTool::run, "\n", "-t", "ed25519", "-N", "");
    String usual = folder.resolve(".ssh/id_ed25519").toString();
    assertThat(first.exit()).isZero();
    assertThat(first.err()).isEqualTo("Created directory '" + folder + "/.ssh'.\r\n");
    assertThat(first.out())
        .startsWith(
            "Generating public/private ed25519 key pair.\nEnter file in which to save the key ("
                + usual
                + "): Your identification has been saved in ");
    String secret = Files.readString(Path.of(usual));
    Did second = ours(KeygenTool::run, "n\n", "-t", "ed25519", "-N", "", "-f", usual);
    assertThat(second.exit()).isEqualTo(1);
    assertThat(second.out()).endsWith(usual + " already exists.\nOverwrite (y/n)? ");
    assertThat(Files.readString(Path.of(usual))).isEqualTo(secret);
    Did third = ours(KeygenTool::run, "y\nsecret\nother\nsecret\nsecret\n", "-f", usual);
    assertThat(third.exit()).isZero();
    assertThat(third.out()).contains("Passphrases do not match.  Try again.");
    Matcher lines =
        Pattern.compile("[A-Za-z0-9+/=]{60,}").matcher(Files.readString(Path.of(usual)));
    while (lines.find()) {
      assertThat(third.out() + third.err()).doesNotContain(lines.group());
    }
  }
}
