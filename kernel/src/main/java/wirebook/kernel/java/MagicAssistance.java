package wirebook.kernel.java;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import wirebook.kernel.session.Interpreter.Completion;
import wirebook.kernel.session.Interpreter.Match;
import wirebook.spi.MagicSpec;

/** What can be said about a magic's line that is being written, from the magics' specs. */
final class MagicAssistance {
  /** The names of RFC 1035 and of those after it that people ask for. */
  private static final List<String> RECORD_TYPES =
      List.of(
          "A", "AAAA", "ANY", "AXFR", "CAA", "CNAME", "DNSKEY", "DS", "HTTPS", "IXFR", "MX",
          "NAPTR", "NS", "NSEC", "NSEC3", "PTR", "RRSIG", "SOA", "SRV", "SVCB", "TLSA", "TXT");

  private final List<MagicSpec> specs;
  private final List<String> hosts;

  MagicAssistance(List<MagicSpec> specs, List<String> hosts) {
    this.specs = specs;
    this.hosts = hosts;
  }

  /** The magic's name; {@code start} is where it begins in the cell. */
  Completion name(String typed, int start) {
    List<Match> matches =
        specs.stream()
            .filter(spec -> spec.name().startsWith(typed))
            .map(spec -> new Match(spec.name(), "magic", spec.synopsis()))
            .toList();
    return new Completion(matches, start, start + typed.length());
  }

  /** The word before the cursor, in what stands between the magic's name and the cursor. */
  Completion word(String name, String before, int cursor) {
    int blank =
        Math.max(
            before.lastIndexOf(' '), Math.max(before.lastIndexOf('\t'), before.lastIndexOf('\n')));
    String typed = before.substring(blank + 1);
    int start = cursor - typed.length();
    Optional<MagicSpec> spec = specs.stream().filter(s -> s.name().equals(name)).findFirst();
    if (spec.isEmpty()) {
      return new Completion(List.of(), cursor, cursor);
    }
    String previous = before.substring(0, blank + 1).strip();
    previous =
        previous.substring(Math.max(previous.lastIndexOf(' '), previous.lastIndexOf('\t')) + 1);
    for (MagicSpec.Option option : spec.get().options()) {
      if (option.argument().isPresent() && option.names().contains(previous)) {
        return new Completion(values(option.values(), typed), start, cursor);
      }
    }
    List<Match> matches = new ArrayList<>();
    if (typed.startsWith("-") || typed.startsWith("+")) {
      for (MagicSpec.Option option : spec.get().options()) {
        for (String one : spellings(option)) {
          if (one.startsWith(typed)) {
            matches.add(new Match(one, "option", option.help()));
          }
        }
      }
      return new Completion(matches, start, cursor);
    }
    if (typed.startsWith("@")) {
      for (Match host : values(MagicSpec.Values.HOST, typed.substring(1))) {
        matches.add(new Match("@" + host.text(), host.type(), ""));
      }
      return new Completion(matches, start, cursor);
    }
    spec.get().operands().stream()
        .map(MagicSpec.Operand::values)
        .distinct()
        .forEach(values -> matches.addAll(values(values, typed)));
    return new Completion(matches.stream().distinct().toList(), start, cursor);
  }

  private static List<String> spellings(MagicSpec.Option option) {
    List<String> all = new ArrayList<>(option.names());
    if (option.negatable()) {
      for (String name : option.names()) {
        all.add(
            name.startsWith("--")
                ? "--no-" + name.substring(2)
                : name.charAt(0) + "no" + name.substring(1));
      }
    }
    return all;
  }

  private List<Match> values(MagicSpec.Values values, String typed) {
    return switch (values) {
      case ANY -> List.of();
      case PORT ->
          among(
              OpenPorts.ofThisMachine().stream().map(port -> Integer.toString(port)),
              typed,
              "port");
      case HOST -> among(hosts.stream(), typed, "host");
      case RECORD_TYPE ->
          RECORD_TYPES.stream()
              .filter(type -> type.regionMatches(true, 0, typed, 0, typed.length()))
              .map(type -> new Match(type, "type", ""))
              .toList();
      case NETWORK -> among(Stream.of("lab", "real"), typed, "network");
      case FILE -> files(typed);
    };
  }

  private static List<Match> among(Stream<String> names, String typed, String type) {
    return names
        .filter(name -> name.startsWith(typed))
        .map(name -> new Match(name, type, ""))
        .toList();
  }

  private static List<Match> files(String typed) {
    String folder = typed.substring(0, typed.lastIndexOf('/') + 1);
    String start = typed.substring(folder.length());
    List<Match> matches = new ArrayList<>();
    try (DirectoryStream<Path> entries =
        Files.newDirectoryStream(Path.of(folder.isEmpty() ? "." : folder))) {
      for (Path entry : entries) {
        String name = entry.getFileName().toString();
        if (name.startsWith(start) && (!name.startsWith(".") || start.startsWith("."))) {
          matches.add(new Match(folder + name + (Files.isDirectory(entry) ? "/" : ""), "path", ""));
        }
      }
    } catch (IOException | UncheckedIOException | InvalidPathException e) {
      return List.of();
    }
    matches.sort(java.util.Comparator.comparing(Match::text));
    return matches;
  }
}
