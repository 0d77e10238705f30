// Above 500 lines: one command of eleven modes, which share the words that are read once.
package wirebook.engine.ssh.keygen;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import wirebook.engine.ssh.client.SshEnvironment;
import wirebook.engine.ssh.config.LocalHost;
import wirebook.engine.ssh.config.Options;
import wirebook.engine.ssh.config.SshFatal;
import wirebook.engine.ssh.config.SshLog;
import wirebook.engine.ssh.config.SystemWords;
import wirebook.engine.ssh.key.Fingerprint;
import wirebook.engine.ssh.key.PrivateKeyFile;
import wirebook.engine.ssh.key.PrivateKeyFile.Loaded;
import wirebook.engine.ssh.key.PublicKeyBlob;
import wirebook.engine.ssh.key.PublicKeyFile;
import wirebook.net.ToolExit;
import wirebook.trace.Bytes;

/** The ssh-keygen command; of a private key nothing but its file ever leaves it. */
public final class KeygenTool {
  private static final String LETTERS =
      "ABHKLQUXceghiklopquvyC:D:E:F:I:M:N:O:P:R:V:Y:Z:a:b:f:g:m:n:r:s:t:w:z:";

  /** What OpenSSH's has and this one has not. */
  private static final String ELSEWHERE = "ABDIKLMQUVYhksuwz";

  private static final String USAGE =
      """
      usage: ssh-keygen [-q] [-a rounds] [-b bits] [-C comment] [-f output_keyfile]
                        [-m format] [-N new_passphrase] [-t dsa | ecdsa | ed25519 | rsa]
                        [-Z cipher]
             ssh-keygen -p [-a rounds] [-f keyfile] [-m format] [-N new_passphrase]
                         [-P old_passphrase] [-Z cipher]
             ssh-keygen -i [-f input_keyfile] [-m key_format]
             ssh-keygen -e [-f input_keyfile] [-m key_format]
             ssh-keygen -y [-f input_keyfile]
             ssh-keygen -c [-a rounds] [-C comment] [-f keyfile] [-P passphrase]
             ssh-keygen -l [-v] [-E fingerprint_hash] [-f input_keyfile]
             ssh-keygen -F hostname [-lv] [-f known_hosts_file]
             ssh-keygen -H [-f known_hosts_file]
             ssh-keygen -R hostname [-f known_hosts_file]
             ssh-keygen -r hostname [-g] [-f input_keyfile]
      """;

  /** What the words ask for. */
  private enum Action {
    GENERATE,
    FINGERPRINT,
    PASSPHRASE,
    COMMENT,
    EXPORT,
    IMPORT,
    PUBLIC,
    HOSTS,
    RECORD
  }

  private final KeygenConsole console;
  private final LocalHost local;
  private final List<KeyReport.Key> keys = new ArrayList<>();
  private KeyForm form = KeyForm.USUAL;
  private String conversion = "RFC4716";
  private Optional<String> file = Optional.empty();
  private Optional<String> oldPassphrase = Optional.empty();
  private Optional<String> newPassphrase = Optional.empty();
  private Optional<String> comment = Optional.empty();
  private Optional<String> type = Optional.empty();
  private String hash = "SHA256";
  private int bits;
  private boolean quiet;
  private boolean art;

  private KeygenTool(SshEnvironment environment) {
    this.console = new KeygenConsole(environment);
    this.local = environment.local();
  }

  /** Runs a command's words. */
  public static KeyReport run(SshEnvironment environment, List<String> words)
      throws InterruptedException {
    KeygenTool tool = new KeygenTool(environment);
    int exit;
    try {
      exit = tool.run(words);
    } catch (ToolExit e) {
      exit = e.status();
    } catch (SshFatal e) {
      tool.console.log.say(SshLog.Level.FATAL, e.words());
      exit = 255;
    }
    return new KeyReport(exit, tool.keys);
  }

  private ToolExit usage(String complaint) {
    console.log.error(complaint);
    console.complain(USAGE);
    return new ToolExit(1);
  }

  private int run(List<String> words) throws InterruptedException {
    Options options = Options.of(words, LETTERS);
    if (options.complaint().isPresent()) {
      throw usage(options.complaint().get());
    }
    String said = "";
    String host = "";
    for (Options.Option option : options.options()) {
      String value = option.value();
      said += option.name();
      switch (option.name()) {
        case 'b' -> bits = number(value, "Bits has bad value %s (%s)");
        case 'a' -> form = form.rounds(number(value, "Invalid number: %s (%s)"));
        case 'E' -> hash = hash(value);
        case 'F', 'R', 'r' -> host = value;
        case 'm' -> {
          String upper = value.toUpperCase(Locale.ROOT);
          conversion = upper.equals("SSH2") ? "RFC4716" : upper;
          if (!List.of("RFC4716", "PKCS8", "PEM").contains(conversion)) {
            throw new SshFatal("Unsupported conversion format \"" + value + "\"");
          }
          if (!conversion.equals("RFC4716")) {
            form = form.pem(conversion.equals("PKCS8"));
          }
        }
        case 'f' -> file = Optional.of(value);
        case 'P' -> oldPassphrase = Optional.of(value);
        case 'N' -> newPassphrase = Optional.of(value);
        case 'Z' -> form = form.cipher(value);
        case 'C' -> comment = Optional.of(value);
        case 'q' -> quiet = true;
        case 't' -> type = Optional.of(value);
        case 'v' -> art = true;
        default -> {
          if (ELSEWHERE.indexOf(option.name()) >= 0) {
            throw new SshFatal(
                "-"
                    + option.name()
                    + " is not part of this ssh-keygen: certificates, revocation lists,"
                    + " signatures of files and tokens are OpenSSH's own.");
          }
        }
      }
    }
    if (!options.operands().isEmpty()) {
      throw usage("Too many arguments.");
    }
    if (has(said, "p") && has(said, "c")) {
      throw usage("Can only have one of -p and -c.");
    }
    if (has(said, "l") && has(said, "HR")) {
      throw usage("Cannot use -l with -H or -R.");
    }
    return run(said, host);
  }

  private static boolean has(String said, String any) {
    return any.chars().anyMatch(c -> said.indexOf(c) >= 0);
  }

  private int run(String said, String host) throws InterruptedException {
    Action action =
        has(said, "RHF")
            ? Action.HOSTS
            : has(said, "l")
                ? Action.FINGERPRINT
                : has(said, "p")
                    ? Action.PASSPHRASE
                    : has(said, "c")
                        ? Action.COMMENT
                        : has(said, "e")
                            ? Action.EXPORT
                            : has(said, "iX")
                                ? Action.IMPORT
                                : has(said, "y")
                                    ? Action.PUBLIC
                                    : has(said, "r") ? Action.RECORD : Action.GENERATE;
    switch (action) {
      case HOSTS -> {
        return new KnownHostsEditor(console, keys, hash, quiet, art)
            .run(
                file.orElse(local.home() + "/.ssh/known_hosts"),
                host,
                has(said, "F"),
                has(said, "R"),
                has(said, "H"),
                has(said, "l"));
      }
      case FINGERPRINT -> fingerprints();
      case PASSPHRASE -> changePassphrase();
      case COMMENT -> changeComment();
      case EXPORT -> export();
      case IMPORT -> imported();
      case PUBLIC -> printPublic();
      case RECORD -> record(host, has(said, "g"));
      case GENERATE -> generate();
    }
    return 0;
  }

  private static int number(String text, String complaint) {
    try {
      int number = Integer.parseInt(text);
      if (number > 0) {
        return number;
      }
      throw new SshFatal(complaint.formatted(text, "too small"));
    } catch (NumberFormatException e) {
      throw new SshFatal(
          complaint.formatted(text, text.matches("[0-9]+") ? "too large" : "invalid"));
    }
  }

  private static String hash(String name) {
    String upper = name.toUpperCase(Locale.ROOT);
    if (!List.of("MD5", "SHA1", "SHA256", "SHA384", "SHA512").contains(upper)) {
      throw new SshFatal("Invalid hash algorithm \"" + name + "\"");
    }
    return upper;
  }

  // Files.

  /** The file that was named, or the one that a person names, or the usual one. */
  private String file(String prompt) throws InterruptedException {
    if (file.isPresent()) {
      return file.get();
    }
    String kind = type.map(t -> KeyType.of(t).fileName()).orElse("id_rsa");
    String usual = local.home() + "/.ssh/" + kind;
    Optional<String> answer = console.ask(prompt + " (" + usual + "): ");
    if (answer.isEmpty() && !console.inCell()) {
      throw new ToolExit(1);
    }
    if (answer.isEmpty()) {
      console.print(prompt + " (" + usual + "): \n# Nobody can be asked: that one.\n");
    }
    String name = answer.filter(a -> !a.isEmpty()).orElse(usual);
    file = Optional.of(name);
    return name;
  }

  private String existing() throws InterruptedException {
    String name = file("Enter file in which the key is");
    if (!Files.exists(local.file(name))) {
      throw new SshFatal(name + ": No such file or directory");
    }
    return name;
  }

  // Private keys.

  /** A key that may be locked ({@code load_identity()}). */
  private Loaded.Key load(String name, String failure, String prompt, Optional<String> passphrase)
      throws InterruptedException {
    Path path = local.file(name);
    Loaded loaded = PrivateKeyFile.load(path, local.uid(), "");
    if (loaded instanceof Loaded.WrongPassphrase) {
      String secret = passphrase.isPresent() ? passphrase.get() : console.secret(prompt).orElse("");
      loaded = PrivateKeyFile.load(path, local.uid(), secret);
      used = secret;
    }
    return switch (loaded) {
      case Loaded.Key key -> key;
      case Loaded.WrongPassphrase() ->
          throw new SshFatal(failure + ": incorrect passphrase supplied to decrypt private key");
      case Loaded.Missing() -> throw new SshFatal(failure + ": No such file or directory");
      case Loaded.Unusable(String why) -> throw new SshFatal(failure + ": " + why);
      case Loaded.Exposed exposed -> {
        exposed.warning(name).forEach(console.log::error);
        throw new SshFatal(failure + ": bad permissions");
      }
    };
  }

  /** What opened the key that was loaded last. */
  private String used = "";

  private void save(Loaded.Key key, String name, String passphrase, String note) {
    try {
      PrivateKeyFile.write(local.file(name), form.encode(key, passphrase, note), "rw-------");
    } catch (IOException e) {
      console.log.error("Saving key \"" + name + "\" failed: " + SystemWords.of(e));
      throw new ToolExit(1);
    } catch (GeneralSecurityException e) {
      throw new SshFatal("Saving key \"" + name + "\" failed: error in libcrypto");
    }
  }

  private void savePublic(PublicKeyBlob key, String name, String note) {
    String line = new PublicKeyFile(key, note).line() + "\n";
    try {
      PrivateKeyFile.write(
          local.file(name), Bytes.of(line.getBytes(StandardCharsets.UTF_8)), "rw-r--r--");
    } catch (IOException e) {
      throw new SshFatal("Unable to save public key to " + name + ": " + SystemWords.of(e));
    }
  }

  private void generate() throws InterruptedException {
    KeyType kind = KeyType.of(type.orElse("rsa"));
    int size = kind.bits(bits);
    if (!quiet) {
      console.print("Generating public/private " + type.orElse("rsa") + " key pair.\n");
    }
    Loaded.Key key = PrivateKeyFile.key(kind.generate(size), "");
    String name = file("Enter file in which to save the key");
    makeFolder(name);
    if (Files.exists(local.file(name))) {
      console.print(name + " already exists.\n");
      String answer = console.ask("Overwrite (y/n)? ").orElse("");
      if (!answer.startsWith("y") && !answer.startsWith("Y")) {
        if (console.inCell()) {
          console.print("# It is kept.\n");
          PublicKeyFile.read(local.file(name))
              .ifPresent(p -> keys.add(new KeyReport.Key(p.key(), p.comment())));
        }
        throw new ToolExit(1);
      }
    }
    String passphrase =
        newPassphrase(
            "Enter passphrase (empty for no passphrase): ",
            "Passphrases do not match.  Try again.");
    String note = comment.orElse(local.user() + "@" + local.hostName());
    save(key, name, passphrase, note);
    if (!quiet) {
      console.print("Your identification has been saved in " + name + "\n");
    }
    savePublic(key.blob(), name + ".pub", note);
    keys.add(new KeyReport.Key(key.blob(), note));
    if (!quiet) {
      console.print(
          ("Your public key has been saved in %s.pub\nThe key fingerprint is:\n%s %s\nThe "
                  + "key's randomart image is:\n%s\n")
              .formatted(
                  name,
                  Fingerprint.of(key.blob(), hash),
                  KeygenConsole.visible(note),
                  Fingerprint.randomart(key.blob(), hash, Fingerprint.bits(key.blob()))));
    }
  }

  /** The user's folder for keys, when the key goes there ({@code hostfile_create_user_ssh_dir}). */
  private void makeFolder(String name) {
    Path folder = local.home().resolve(".ssh");
    if (!local.file(name).toAbsolutePath().normalize().startsWith(folder) || Files.exists(folder)) {
      return;
    }
    try {
      Files.createDirectory(
          folder,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
      if (!quiet) {
        console.log.info("Created directory '" + folder + "'.");
      }
    } catch (IOException e) {
      console.log.error("Could not create directory '" + folder + "' (" + SystemWords.of(e) + ").");
    }
  }

  private String newPassphrase(String prompt, String mismatch) throws InterruptedException {
    if (oldPassphrase.isPresent() || newPassphrase.isPresent()) {
      return oldPassphrase.or(() -> newPassphrase).get();
    }
    while (true) {
      String first = console.secret(prompt).orElse("");
      if (first.equals(console.secret("Enter same passphrase again: ").orElse(""))) {
        return first;
      }
      console.print(mismatch + "\n");
    }
  }

  private void changePassphrase() throws InterruptedException {
    String name = existing();
    Loaded.Key key =
        load(name, "Failed to load key " + name, "Enter old passphrase: ", oldPassphrase);
    if (!key.comment().isEmpty() || !form.foreign(name, local)) {
      console.print("Key has comment '" + KeygenConsole.visible(key.comment()) + "'\n");
    }
    String passphrase;
    if (newPassphrase.isPresent()) {
      passphrase = newPassphrase.get();
    } else {
      passphrase = console.secret("Enter new passphrase (empty for no passphrase): ").orElse("");
      if (!passphrase.equals(console.secret("Enter same passphrase again: ").orElse(""))) {
        console.print("Pass phrases do not match.  Try again.\n");
        throw new ToolExit(1);
      }
    }
    save(key, name, passphrase, key.comment());
    console.print("Your identification has been saved with the new passphrase.\n");
  }

  private void changeComment() throws InterruptedException {
    String name = existing();
    used = "";
    Loaded.Key key =
        load(
            name,
            "Cannot load private key \"" + name + "\"",
            "Enter passphrase: ",
            oldPassphrase.or(() -> newPassphrase));
    if (!key.blob().type().equals("ssh-ed25519") && form.isPem()) {
      console.log.error("Comments are only supported for keys stored in the new format (-o).");
      throw new ToolExit(1);
    }
    boolean none = key.comment().isEmpty() && form.foreign(name, local);
    console.print(
        none
            ? "No existing comment\n"
            : "Old comment: " + KeygenConsole.visible(key.comment()) + "\n");
    Optional<String> note = comment.isPresent() ? comment : console.ask("New comment: ");
    if (note.isEmpty()) {
      throw new ToolExit(1);
    }
    if (!none && note.get().equals(key.comment())) {
      console.print("No change to comment\n");
      return;
    }
    save(key, name, used, note.get());
    savePublic(key.blob(), name + ".pub", note.get());
    console.print(
        note.get().isEmpty()
            ? "Comment removed\n"
            : "Comment '" + KeygenConsole.visible(note.get()) + "' applied\n");
  }

  // Public keys.

  private void printPublic() throws InterruptedException {
    String name = existing();
    Loaded.Key key = load(name, "Load key \"" + name + "\"", "Enter passphrase: ", oldPassphrase);
    console.print(
        new PublicKeyFile(key.blob(), KeygenConsole.visible(key.comment())).line() + "\n");
    keys.add(new KeyReport.Key(key.blob(), key.comment()));
  }

  private void fingerprints() throws InterruptedException {
    String name = file("Enter file in which the key is");
    boolean stdin = name.equals("-");
    String shown = stdin ? "(stdin)" : name;
    String text = text(name, stdin);
    List<String> lines = text.lines().toList();
    if (!stdin && lines.stream().limit(1).anyMatch(l -> l.contains("PRIVATE KEY"))) {
      fingerprint(ofPrivateFile(name));
      return;
    }
    lines.stream().flatMap(line -> ofLine(line).stream()).forEach(this::fingerprint);
    if (keys.isEmpty()) {
      throw new SshFatal(shown + " is not a public key file.");
    }
  }

  private PublicKeyFile ofPrivateFile(String name) {
    Optional<PublicKeyFile> open = PublicKeyFile.read(local.file(name));
    if (open.isPresent() && !open.get().comment().isEmpty()) {
      return open.get();
    }
    if (PrivateKeyFile.load(local.file(name), local.uid(), "") instanceof Loaded.Key key) {
      return new PublicKeyFile(key.blob(), key.comment());
    }
    return open.orElseThrow(() -> new SshFatal(name + " is not a key file."));
  }

  /** The key of a line that may have a host or options in front. */
  private static Optional<PublicKeyFile> ofLine(String line) {
    String rest = line.strip();
    if (rest.isEmpty() || rest.startsWith("#")) {
      return Optional.empty();
    }
    Optional<PublicKeyFile> bare = PublicKeyFile.ofLine(rest);
    if (bare.isPresent()) {
      return bare;
    }
    int end = 0;
    boolean quoted = false;
    for (; end < rest.length(); end++) {
      char c = rest.charAt(end);
      if (c == '\\' && end + 1 < rest.length() && rest.charAt(end + 1) == '"') {
        end++;
      } else if (c == '"') {
        quoted = !quoted;
      } else if (!quoted && (c == ' ' || c == '\t')) {
        break;
      }
    }
    String front = rest.substring(0, Math.min(end, rest.length()));
    return PublicKeyFile.ofLine(rest.substring(front.length()))
        .map(
            p ->
                p.comment().isEmpty() || p.comment().startsWith("#")
                    ? new PublicKeyFile(p.key(), front)
                    : p);
  }

  private void fingerprint(PublicKeyFile found) {
    console.print(
        Fingerprint.line(found.key(), hash, KeygenConsole.visible(found.comment())) + "\n");
    if (art) {
      console.print(Fingerprint.randomart(found.key(), hash, Fingerprint.bits(found.key())) + "\n");
    }
    keys.add(new KeyReport.Key(found.key(), found.comment()));
  }

  private String text(String name, boolean stdin) {
    try (InputStream in =
        stdin ? console.environment.stdin() : Files.newInputStream(local.file(name))) {
      return new String(in.readNBytes(16 << 20), StandardCharsets.ISO_8859_1);
    } catch (IOException e) {
      throw new SshFatal("ssh-keygen: " + name + ": " + SystemWords.of(e));
    }
  }

  private void record(String host, boolean generic) throws InterruptedException {
    String name = file.orElseThrow(() -> new SshFatal("no keys found."));
    Optional<PublicKeyFile> found = PublicKeyFile.read(local.file(name));
    if (!Files.exists(local.file(name))) {
      throw new SshFatal(name + ": No such file or directory");
    }
    PublicKeyBlob key =
        found
            .orElseThrow(
                () ->
                    new SshFatal(
                        "Failed to read v2 public key from \"" + name + "\": invalid format"))
            .key();
    console.print(Fingerprint.records(key, host, generic));
    keys.add(new KeyReport.Key(key, host));
  }

  // Other programs' forms.

  private void export() throws InterruptedException {
    String name = existing();
    Optional<PublicKeyBlob> open = PublicKeyFile.read(local.file(name)).map(PublicKeyFile::key);
    PublicKeyBlob key =
        open.isPresent()
            ? open.get()
            : load(name, "Load key \"" + name + "\"", "Enter passphrase: ", oldPassphrase).blob();
    keys.add(new KeyReport.Key(key, ""));
    console.print(KeyForm.exported(key, conversion, local.user() + "@" + local.hostName()));
  }

  private void imported() throws InterruptedException {
    String name = existing();
    PublicKeyBlob key = KeyForm.imported(text(name, false), conversion, name);
    keys.add(new KeyReport.Key(key, ""));
    console.print(new PublicKeyFile(key, "").line() + "\n");
  }
}
