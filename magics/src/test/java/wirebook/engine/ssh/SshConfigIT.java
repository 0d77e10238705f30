package wirebook.engine.ssh;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import wirebook.engine.ssh.RealSshd.Run;
import wirebook.peer.Peer;

/** {@code ssh -G} on generated configurations: ours prints what OpenSSH prints. */
@Peer(value = "ssh", of = "openssh-client", version = "OpenSSH_9.2p1 Debian", asked = "-V")
class SshConfigIT {
  private static final Path SSH = Path.of("/usr/bin/ssh");
  private static final int RUNS = 60;
  private static final List<String> HOSTS =
      List.of("foo", "bar.example.com", "user@foo", "FOO", "127.0.0.1", "ssh://joe@foo:2200");
  private static final List<String> BLOCKS =
      List.of(
          "Host foo",
          "Host foo*",
          "Host *",
          "Host !foo *",
          "Host bar.* foo",
          "Host \"foo\"",
          "Match host foo",
          "Match all",
          "Match user bob",
          "Match originalhost foo,bar*",
          "Match exec \"true\"",
          "Match exec \"test %h = foo\"",
          "Match !host foo",
          "Match final",
          "Match canonical all",
          "Match host",
          "Match bogus x",
          "Match localuser root,!nobody",
          "Match localuser *",
          "Match user alice host foo",
          "Match exec \"false\" user bob",
          "Match exec 'test %n = foo && test %p = 22'",
          "Match exec \"test %u%r%L = x\"",
          "Match final host *.example.com",
          "Match host=foo",
          "match ALL",
          "HOST fo? 127.0.0.*",
          "host=foo",
          "Match tagged x",
          "Match canonical",
          "Match all user bob");
  private static final Map<String, List<String>> LINES = lines();

  @TempDir Path folder;

  private static Map<String, List<String>> lines() {
    Map<String, List<String>> lines = new TreeMap<>();
    for (String flag :
        List.of("BatchMode", "CheckHostIP", "ForwardX11", "GatewayPorts", "IdentitiesOnly")) {
      lines.put(flag, List.of("yes", "no", "true", "Yes", "maybe"));
    }
    lines.put("AddressFamily", List.of("any", "inet", "INET6"));
    lines.put("ControlMaster", List.of("yes", "auto", "autoask"));
    lines.put("StrictHostKeyChecking", List.of("yes", "off", "ask", "accept-new"));
    lines.put("ConnectTimeout", List.of("10", "1h30m", "none", "x"));
    lines.put("HostName", List.of("%h.example.com", "FOO.bar", "10.0.0.1", "::1", "2001:DB8::0:1"));
    lines.put("Port", List.of("22", "0", "99999"));
    lines.put("User", List.of("bob", "alice x", "\"al ice\""));
    lines.put("ProxyJump", List.of("a", "bob@a:22", "a,b@c:2200,d", "none", "[::1]:33"));
    lines.put("ProxyCommand", List.of("nc %h %p", "none"));
    lines.put("Ciphers", List.of("aes128-ctr", "+aes128-cbc", "-chacha*", "bogus"));
    lines.put("HostKeyAlgorithms", List.of("ssh-ed25519", "+ssh-rsa", "-rsa*", "^ssh-rsa"));
    lines.put("IdentityFile", List.of("~/.ssh/id_a", "/tmp/%h", "\"/tmp/a b\""));
    lines.put("UserKnownHostsFile", List.of("~/a /tmp/%h", "none", "a none"));
    lines.put("SendEnv", List.of("A* B*", "-L*", "LANG LC_*"));
    lines.put("SetEnv", List.of("A=1 B=2", "X=\"y z\"", "foo"));
    lines.put("LocalForward", List.of("8080 localhost:80", "[::1]:90 h:80", "/tmp/s /tmp/t", "80"));
    lines.put("RemoteForward", List.of("9000", "0 h:80"));
    lines.put("RekeyLimit", List.of("1G 1h", "default none", "15", "1.5M"));
    lines.put("IPQoS", List.of("af21", "ef cs1", "0x10", "17"));
    lines.put("EscapeChar", List.of("~", "none", "^A", "xx"));
    lines.put("LogLevel", List.of("DEBUG2", "quiet", "bogus"));
    lines.put("AddKeysToAgent", List.of("yes", "confirm 5m", "1h"));
    lines.put("Foo", List.of("bar"));
    lines.put("Include", List.of("part-*", "part-a part-b", "none-*", "\"part-a\"", "part-loop"));
    lines.put(
        "IdentityAgent", List.of("~/a", "none", "$SSH_AUTH_SOCK", "${HOME}/x", "SSH_AUTH_SOCK"));
    lines.put("ControlPath", List.of("~/c/%r@%h:%p", "%C", "/tmp/%%", "none"));
    lines.put("CertificateFile", List.of("~/c %h", "/tmp/%u-%i"));
    lines.put("KnownHostsCommand", List.of("/bin/echo %H %I", "none"));
    lines.put("LocalCommand", List.of("echo %h %% %T", "echo \"a b\""));
    lines.put("RemoteCommand", List.of("ls %d", "none"));
    lines.put("CanonicalizeHostname", List.of("no", "yes", "always"));
    lines.put("CanonicalDomains", List.of("none", "example.invalid"));
    lines.put("CanonicalizePermittedCNAMEs", List.of("none", "*.a:*.b,*.c"));
    lines.put("ServerAliveInterval", List.of("5", "1m"));
    lines.put("NumberOfPasswordPrompts", List.of("1", "0", "two"));
    lines.put("PermitLocalCommand", List.of("yes", "no"));
    lines.put("RequestTTY", List.of("force", "auto", "maybe"));
    lines.put("SessionType", List.of("none", "subsystem", "default"));
    lines.put("StreamLocalBindMask", List.of("0177", "999"));
    lines.put("Tunnel", List.of("yes", "point-to-point", "3"));
    lines.put("TunnelDevice", List.of("any:any", "1:2", "x"));
    lines.put(
        "KexAlgorithms", List.of("+diffie-hellman-group1-sha1", "-sntrup*", "^ecdh-sha2-nistp256"));
    lines.put("MACs", List.of("hmac-sha2-256", "-umac*", ""));
    lines.put("PubkeyAuthentication", List.of("yes", "unbound", "host-bound"));
    lines.put("PermitRemoteOpen", List.of("any", "none", "h:1 [::1]:*"));
    lines.put("DynamicForward", List.of("1080", "*:1081", "[::1]:1082", "x"));
    lines.put("UpdateHostKeys", List.of("ask", "yes", "x"));
    lines.put("RevokedHostKeys", List.of("/tmp/r", "~/%h"));
    lines.put("RequiredRSASize", List.of("2048", "x"));
    lines.put("EnableEscapeCommandline", List.of("yes"));
    lines.put("LogVerbose", List.of("kex.c:*:1000", "none"));
    lines.put("IgnoreUnknown", List.of("Foo,Bar", "F*"));
    lines.put("UseKeychain", List.of("yes"));
    lines.put("Protocol", List.of("2"));
    return lines;
  }

  private static <T> T any(Random random, List<T> all) {
    return all.get(random.nextInt(all.size()));
  }

  private String configuration(Random random) {
    StringBuilder text = new StringBuilder();
    for (int block = random.nextInt(4); block >= 0; block--) {
      if (random.nextInt(5) > 0) {
        text.append(any(random, BLOCKS)).append('\n');
      }
      for (int line = random.nextInt(5); line >= 0; line--) {
        Map.Entry<String, List<String>> keyword = any(random, List.copyOf(LINES.entrySet()));
        text.append(any(random, List.of("", "  ", "\t")))
            .append(keyword.getKey())
            .append(any(random, List.of(" ", "=", " = ", "\t")))
            .append(any(random, keyword.getValue()).replaceAll("\\bpart-", folder + "/part-"))
            .append(any(random, List.of("", " ", " # comment")))
            .append('\n');
      }
    }
    return text.toString();
  }

  private void isTheSame(List<String> words, String what) throws Exception {
    List<String> command = new ArrayList<>(List.of(SSH.toString()));
    command.addAll(words);
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().keySet().removeIf(name -> !name.equals("PATH"));
    Path err = folder.resolve("err");
    Process process =
        builder
            .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
            .redirectError(err.toFile())
            .start();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    int exit = process.waitFor();
    Run ours = RealSshd.run(folder, List.of(), "", words);
    List<String> theirs = lines(exit, out, plain(Files.readString(err)));
    List<String> own = lines(ours.exit(), ours.out(), ours.err());
    assertThat(own.stream().filter(l -> !theirs.contains(l)))
        .as("%s%nours has not: %s", what, theirs.stream().filter(l -> !own.contains(l)).toList())
        .isEmpty();
    assertThat(own).as(what).isEqualTo(theirs);
  }

  private static List<String> lines(int exit, String out, String err) {
    List<String> all = new ArrayList<>(List.of("exit status " + exit));
    out.lines().forEach(all::add);
    err.lines().map(l -> "error: " + l).forEach(all::add);
    return all;
  }

  @Test
  void generatedConfigurationsComeToTheSame() throws Exception {
    List<String> wrong = new ArrayList<>();
    Path file = folder.resolve("config");
    Files.writeString(folder.resolve("part-a"), "Port 2201\nHost foo\n  User ann\n");
    Files.writeString(
        folder.resolve("part-b"), "Match host foo\n  HostName b.%h\nCompression yes\n");
    Files.writeString(folder.resolve("part-loop"), "Include " + folder + "/part-loop\n");
    for (int seed = 0; seed < RUNS; seed++) {
      Random random = new Random(seed);
      String text = configuration(random);
      Files.writeString(file, text);
      List<String> words = List.of("-G", "-F", file.toString(), any(random, HOSTS));
      try {
        isTheSame(words, "seed " + seed + ": " + words + "\n" + text);
      } catch (AssertionError e) {
        wrong.add(e.getMessage());
      }
    }
    assertThat(wrong).isEmpty();
  }

  @Test
  void namesWithWhatAShellReadsAreRefusedLikeThere() throws Exception {
    List<String> marks =
        List.of(
            ";", "$", "${X}", "`", "'", "\"", "\\", "{", ",", " -", " ", "\u0007", "\u00fc", "-");
    for (String mark : marks) {
      for (String name : List.of("a" + mark + "z", "a" + mark, mark + "z")) {
        for (List<String> words :
            List.of(
                List.of("-l", name, "h"),
                List.of("-oUser=" + name, "h"),
                List.of(name + "@h"),
                List.of("--", name),
                List.of("-J", name + "@b", "h"),
                List.of("-J", "b," + name, "h"))) {
          List<String> all = new ArrayList<>(List.of("-G", "-F", "none"));
          all.addAll(words);
          isTheSame(all, all.toString());
        }
      }
    }
  }

  private static String plain(String err) {
    return err.replace("\r", "").lines().map(l -> l + "\n").collect(Collectors.joining());
  }
}
