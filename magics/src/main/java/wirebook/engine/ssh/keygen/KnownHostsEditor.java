package wirebook.engine.ssh.keygen;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import wirebook.engine.ssh.config.SshFatal;
import wirebook.engine.ssh.config.SystemWords;
import wirebook.engine.ssh.key.Fingerprint;
import wirebook.engine.ssh.known.KnownHosts;
import wirebook.trace.Bytes;

/** Finds, deletes and hashes hosts in a known hosts file ({@code do_known_hosts()}). */
final class KnownHostsEditor {
  private final KeygenConsole console;
  private final List<KeyReport.Key> keys;
  private final String hash;
  private final boolean quiet;
  private final boolean art;
  private boolean found;
  private boolean invalid;
  private boolean unhashed;

  KnownHostsEditor(
      KeygenConsole console, List<KeyReport.Key> keys, String hash, boolean quiet, boolean art) {
    this.console = console;
    this.keys = keys;
    this.hash = hash;
    this.quiet = quiet;
    this.art = art;
  }

  /**
   * A line that names hosts.
   *
   * @param marker with its at-sign; empty for none
   * @param key what stands behind the hosts
   */
  private record Line(int number, String text, String marker, String hosts, String key) {
    /** None when there are no hosts, or nothing behind them. */
    static Optional<Line> of(int number, String text) {
      String[] words = text.strip().split("[ \t]+", 2);
      String marker = words[0].startsWith("@") ? words[0] : "";
      if (!marker.isEmpty()) {
        if (words.length < 2 || !(marker.equals("@cert-authority") || marker.equals("@revoked"))) {
          return Optional.empty();
        }
        words = words[1].split("[ \t]+", 2);
      }
      return words.length < 2 || words[1].startsWith("#") || words[1].split("[ \t]+").length < 2
          ? Optional.empty()
          : Optional.of(new Line(number, text, marker, words[0], words[1]));
    }
  }

  int run(String name, String host, boolean find, boolean delete, boolean hashing, boolean list) {
    Path file = console.environment.local().file(name);
    List<String> lines;
    try {
      lines = Files.readString(file, StandardCharsets.ISO_8859_1).lines().toList();
    } catch (IOException e) {
      throw new SshFatal("Cannot stat " + name + ": " + SystemWords.of(e));
    }
    StringBuilder out = new StringBuilder();
    int number = 0;
    for (String text : lines) {
      number++;
      String start = text.strip();
      Optional<Line> line =
          start.isEmpty() || start.startsWith("#") ? Optional.empty() : Line.of(number, text);
      if (line.isEmpty()) {
        if (!find) {
          if (!start.isEmpty() && !start.startsWith("#")) {
            invalid = true;
            console.log.info(name + ":" + number + ": invalid line");
          }
          out.append(text).append('\n');
        }
        continue;
      }
      boolean matches = !host.isEmpty() && KnownHosts.matches(line.get().hosts, host);
      if (find) {
        if (matches) {
          show(line.get(), host, hashing, list, out);
        }
      } else if (delete) {
        delete(line.get(), host, matches, out);
      } else {
        hash(line.get(), name, false, out);
      }
    }
    if (find) {
      console.print(out.toString());
      return found ? 0 : 1;
    }
    return replace(file, name, host, delete, out.toString());
  }

  private void show(Line line, String host, boolean hashing, boolean list, StringBuilder out) {
    found = true;
    Optional<KnownHosts.Entry> entry = KnownHosts.parse(line.text, "", false).stream().findFirst();
    entry.ifPresent(e -> keys.add(new KeyReport.Key(e.key(), host)));
    if (!quiet) {
      out.append(
          "# Host %s found: line %d %s\n"
              .formatted(
                  host,
                  line.number,
                  switch (line.marker) {
                    case "@cert-authority" -> "CA";
                    case "@revoked" -> "REVOKED";
                    default -> "";
                  }));
    }
    if (hashing) {
      hash(line, "", true, out);
    } else if (list && entry.isPresent()) {
      String[] words = line.key.split("[ \t]+", 3);
      out.append(host)
          .append(' ')
          .append(entry.get().key().shortName())
          .append(' ')
          .append(Fingerprint.of(entry.get().key(), hash))
          .append(words.length < 3 ? "" : " " + KeygenConsole.visible(words[2]))
          .append('\n');
      if (art) {
        out.append(
                Fingerprint.randomart(entry.get().key(), hash, Fingerprint.bits(entry.get().key())))
            .append('\n');
      }
    } else if (!list) {
      out.append(line.text).append('\n');
    }
  }

  private void delete(Line line, String host, boolean matches, StringBuilder out) {
    // Authorities and revocations stay.
    if (!matches || !line.marker.isEmpty()) {
      out.append(line.text).append('\n');
      return;
    }
    found = true;
    if (!quiet) {
      console.print("# Host " + host + " found: line " + line.number + "\n");
    }
  }

  private void hash(Line line, String name, boolean finding, StringBuilder out) {
    boolean wild = line.hosts.chars().anyMatch(c -> "*?!".indexOf(c) >= 0);
    if (line.hosts.startsWith("|") || wild || !line.marker.isEmpty()) {
      out.append(line.text).append('\n');
      if (wild && !finding) {
        console.log.info(
            "%s:%s: ignoring host name with wildcard: %s"
                .formatted(
                    name, line.number, line.hosts.substring(0, Math.min(64, line.hosts.length()))));
      }
      return;
    }
    for (String each : line.hosts.split(",", -1)) {
      if (each.isEmpty()) {
        break;
      }
      out.append(KnownHosts.hash(each.toLowerCase(Locale.ROOT)))
          .append(' ')
          .append(line.key)
          .append('\n');
      unhashed = true;
    }
  }

  private int replace(Path file, String name, String host, boolean delete, String text) {
    if (invalid) {
      console.log.error(name + " is not a valid known_hosts file.");
      console.log.error("Not replacing existing known_hosts file because of errors");
      return 1;
    }
    if (delete && !found) {
      console.log.info("Host " + host + " not found in " + name);
      return 0;
    }
    Path old = file.resolveSibling(file.getFileName() + ".old");
    try {
      Set<PosixFilePermission> mode = Files.getPosixFilePermissions(file);
      mode.retainAll(PosixFilePermissions.fromString("rw-r--r--"));
      Files.copy(
          file, old, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.COPY_ATTRIBUTES);
      wirebook.engine.ssh.key.PrivateKeyFile.write(
          file,
          Bytes.of(text.getBytes(StandardCharsets.ISO_8859_1)),
          PosixFilePermissions.toString(mode));
    } catch (IOException e) {
      throw new SshFatal("rename \"" + name + "\": " + SystemWords.of(e));
    }
    console.print(name + " updated.\nOriginal contents retained as " + name + ".old\n");
    if (unhashed) {
      console.log.info("WARNING: " + name + ".old contains unhashed entries");
      console.log.info("Delete this file to ensure privacy of hostnames");
    }
    return 0;
  }
}
