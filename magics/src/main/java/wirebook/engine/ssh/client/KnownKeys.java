package wirebook.engine.ssh.client;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import wirebook.engine.ssh.config.Algorithms;
import wirebook.engine.ssh.config.Expansion;
import wirebook.engine.ssh.config.Keyword;
import wirebook.engine.ssh.config.Patterns;
import wirebook.engine.ssh.config.Plan;
import wirebook.engine.ssh.config.Settings;
import wirebook.engine.ssh.config.SshFatal;
import wirebook.engine.ssh.config.SshLog;
import wirebook.engine.ssh.config.SshPlanner;
import wirebook.engine.ssh.config.SystemWords;
import wirebook.engine.ssh.key.Fingerprint;
import wirebook.engine.ssh.key.PublicKeyBlob;
import wirebook.engine.ssh.known.KnownHosts;
import wirebook.engine.ssh.known.KnownHosts.Entry;

/** What is known of hosts' keys: the lines of known hosts files, and of a command. */
final class KnownKeys {
  private static final int MOST_NAMES = 8;

  private final SshEnvironment environment;
  private final Plan plan;
  private final Settings settings;
  private final SshLog log;

  KnownKeys(SshEnvironment environment, Plan plan, SshLog log) {
    this.environment = environment;
    this.plan = plan;
    this.settings = plan.settings();
    this.log = log;
  }

  /** The name under which the host's key is kept. */
  String name() {
    return settings
        .value(Keyword.HOST_KEY_ALIAS)
        .orElseGet(() -> KnownHosts.name(plan.host(), plan.port()));
  }

  /** The usable lines about a name, of all files and of the command. */
  List<Entry> entries(String name, String invocation, Optional<PublicKeyBlob> key) {
    List<Entry> all = new ArrayList<>();
    for (String file : files()) {
      read(file, SshLog.Level.DEBUG1, "load_hostkeys: fopen").stream()
          .filter(e -> e.matches(name))
          .forEach(all::add);
    }
    if (!invocation.isEmpty() && settings.has(Keyword.KNOWN_HOSTS_COMMAND)) {
      all.addAll(ofCommand(name, invocation, key));
    }
    return all;
  }

  List<String> files() {
    List<String> files = new ArrayList<>(userFiles());
    files.addAll(systemFiles());
    return files;
  }

  List<String> userFiles() {
    return settings.list(Keyword.USER_KNOWN_HOSTS_FILE);
  }

  List<String> systemFiles() {
    return settings.list(Keyword.GLOBAL_KNOWN_HOSTS_FILE).stream()
        .map(environment.local()::tilde)
        .toList();
  }

  private List<Entry> read(String file, SshLog.Level level, String failed) {
    try {
      return KnownHosts.read(environment.local().file(file), file);
    } catch (IOException e) {
      log.say(level, failed + " " + file + ": " + SystemWords.of(e));
      return List.of();
    }
  }

  private List<Entry> ofCommand(String name, String invocation, Optional<PublicKeyBlob> key) {
    String template = settings.text(Keyword.KNOWN_HOSTS_COMMAND);
    String tag = "KnownHostsCommand-" + invocation;
    Optional<List<String>> words = SshPlanner.commandWords(template);
    if (words.isEmpty()) {
      log.error(tag + " \"" + template + "\" contains invalid quotes");
      return List.of();
    }
    if (words.get().isEmpty()) {
      log.error(tag + " \"" + template + "\" yielded no arguments");
      return List.of();
    }
    Map<Character, String> tokens = new HashMap<>(plan.tokens());
    tokens.put('H', name);
    tokens.put('I', invocation);
    tokens.put('t', key.map(PublicKeyBlob::type).orElse("NONE"));
    tokens.put(
        'f',
        key.map(k -> Fingerprint.of(k, settings.text(Keyword.FINGERPRINT_HASH))).orElse("NONE"));
    tokens.put('K', key.map(PublicKeyBlob::base64).orElse("NONE"));
    List<String> command = new ArrayList<>();
    for (String word : words.get()) {
      command.add(
          command.isEmpty()
              ? word
              : Expansion.percentDollar(log, word, tokens, environment.local().environment()));
    }
    return KnownHosts.parse(new LocalPrograms(environment).output(command), tag, true).stream()
        .filter(e -> e.matches(name))
        .toList();
  }

  /** The algorithms to propose: those of keys that are known come first. */
  List<String> proposal() {
    String configured = settings.text(Keyword.HOST_KEY_ALGORITHMS);
    boolean byKnown =
        configured.isEmpty() || configured.startsWith("-") || configured.startsWith("+");
    List<String> names =
        Patterns.split(
            Algorithms.assemble(Algorithms.Family.KEY, settings.value(Keyword.HOST_KEY_ALGORITHMS))
                .orElseThrow(() -> new SshFatal("kex_assemble_namelist: invalid argument")));
    if (!byKnown) {
      return names;
    }
    List<Entry> known = entries(name(), "ORDER", Optional.empty());
    if (names.isEmpty() || has(known, names.getFirst())) {
      return names;
    }
    boolean authority =
        known.stream().anyMatch(e -> e.marker() == KnownHosts.Marker.CERT_AUTHORITY);
    List<String> ordered =
        new ArrayList<>(
            names.stream()
                .filter(n -> (n.contains("-cert-") && authority) || has(known, n))
                .toList());
    if (!ordered.isEmpty()) {
      log.debug3("order_hostkeyalgs: prefer hostkeyalgs: " + String.join(",", ordered));
    } else {
      log.debug3("order_hostkeyalgs: no algorithms matched; accept original");
    }
    names.stream().filter(n -> !ordered.contains(n)).forEach(ordered::add);
    return ordered;
  }

  private static boolean has(List<Entry> known, String algorithm) {
    String type = plainType(algorithm);
    return known.stream()
        .anyMatch(e -> e.marker() == KnownHosts.Marker.NONE && e.key().type().equals(type));
  }

  private static String plainType(String algorithm) {
    String plain = algorithm.replace("-cert-v01@openssh.com", "");
    return plain.startsWith("rsa-sha2-") ? "ssh-rsa" : plain;
  }

  /** Adds a line to the user's first file; false when it cannot be written. */
  boolean write(List<String> names, PublicKeyBlob key) {
    Path file = environment.local().file(userFiles().getFirst());
    Path own = environment.local().home().resolve(".ssh");
    try {
      // No other folder is made.
      if (file.startsWith(own) && Files.notExists(own)) {
        Files.createDirectory(
            own,
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
      }
    } catch (IOException e) {
      log.error("Could not create directory '" + own + "' (" + SystemWords.of(e) + ").");
    }
    try {
      KnownHosts.add(file, names, key, settings.flag(Keyword.HASH_KNOWN_HOSTS));
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  /** In OpenSSH's words, under which other names a key is known. */
  String otherNames(PublicKeyBlob key, String host) {
    List<String> names =
        files().stream()
            .flatMap(
                file ->
                    read(
                        file,
                        SshLog.Level.ERROR,
                        "hostkeys_find_by_key_hostfile: hostkeys_foreach failed for")
                        .stream())
            .filter(e -> e.marker() == KnownHosts.Marker.NONE)
            .filter(e -> e.key().equals(key) && !e.matches(host))
            .map(
                e ->
                    "    "
                        + untilde(e.file())
                        + ":"
                        + e.line()
                        + ": "
                        + (e.hashed() ? "[hashed name]" : e.hosts()))
            .toList();
    if (names.isEmpty()) {
      return "This key is not known by any other names.";
    }
    return "This host key is known by the following other names/addresses:\n"
        + names.stream().limit(MOST_NAMES).collect(Collectors.joining("\n"))
        + (names.size() > MOST_NAMES
            ? "\n    (" + (names.size() - MOST_NAMES) + " additional names omitted)"
            : "");
  }

  private String untilde(String file) {
    String home = environment.local().environment().getOrDefault("HOME", "");
    return !home.isEmpty() && file.startsWith(home + "/")
        ? "~/" + file.substring(home.length() + 1)
        : file;
  }
}
