package wirebook.kernel.java.assist;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import wirebook.kernel.session.Interpreter.Completion;
import wirebook.kernel.session.Interpreter.Match;
import wirebook.spi.MagicSpec;

/**
 * What can be said about a magic's line that is being written, from the magics' specs.
 *
 * @param directory where relative paths start
 */
record MagicAssistance(List<MagicSpec> specs, LabNames lab, Path directory) {
  /** The names of RFC 1035 and of those after it that people ask for. */
  private static final List<String> RECORD_TYPES =
      List.of(
          "A", "AAAA", "ANY", "AXFR", "CAA", "CNAME", "DNSKEY", "DS", "HTTPS", "IXFR", "MX",
          "NAPTR", "NS", "NSEC", "NSEC3", "PTR", "RRSIG", "SOA", "SRV", "SVCB", "TLSA", "TXT");

  /** Those of RFC 9110, section 9, and of RFC 5789. */
  private static final List<String> METHODS =
      List.of("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "CONNECT");

  private static final Pattern PLACEHOLDER = Pattern.compile("[^a-z|]+");

  private static final Pattern URL_START =
      Pattern.compile("(?:https?://)?(?<host>[\\w.-]*)(?::(?<port>\\d*))?");
  private static final List<String> LOOPBACK = List.of("localhost", "127.0.0.1");

  /** Of the lab, what is worth offering: hosts by name, and those of them that are web sites. */
  record LabNames(List<String> hosts, List<String> sites) {
    LabNames {
      hosts = List.copyOf(hosts);
      sites = List.copyOf(sites);
    }
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
        return new Completion(argument(option, typed), start, cursor);
      }
      for (String one : option.names()) {
        if (one.endsWith("=") && typed.startsWith(one)) {
          return new Completion(
              after(one, argument(option, typed.substring(one.length()))), start, cursor);
        }
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
    List<String> words = operandsIn(spec.get(), before.substring(0, blank + 1));
    List<List<String>> forms = formsOf(spec.get(), words);
    if (!forms.isEmpty()) {
      return new Completion(
          forms.stream()
              .filter(form -> form.size() > words.size())
              .flatMap(form -> standingFor(form.get(words.size()), typed).stream())
              .distinct()
              .toList(),
          start,
          cursor);
    }
    List<MagicSpec.Operand> operands = spec.get().operands();
    int done = words.size();
    if (done < operands.size()) {
      matches.addAll(among(operands.get(done).choices().stream(), typed, "action"));
    }
    // What is wanted here comes first, and then what may stand at other places.
    for (int i = 0; i < operands.size(); i++) {
      MagicSpec.Operand operand = operands.get((i + done) % operands.size());
      matches.addAll(values(operand.values(), typed));
    }
    return new Completion(matches.stream().distinct().toList(), start, cursor);
  }

  /** Those of the words that are neither options nor their arguments. */
  private static List<String> operandsIn(MagicSpec spec, String before) {
    List<String> operands = new ArrayList<>();
    boolean argument = false;
    for (String word : before.strip().split("\\s+")) {
      if (!argument && !word.isEmpty() && "-+@".indexOf(word.charAt(0)) < 0) {
        operands.add(word);
      }
      argument =
          spec.options().stream()
              .anyMatch(one -> one.argument().isPresent() && one.names().contains(word));
    }
    return operands;
  }

  /** The forms that begin with these words; a word that stands for itself is no name. */
  private static List<List<String>> formsOf(MagicSpec spec, List<String> words) {
    List<List<String>> forms = spec.forms().stream().map(form -> List.of(form.split(" "))).toList();
    for (int i = 0; i < words.size(); i++) {
      int at = i;
      String word = words.get(at);
      List<List<String>> longer = forms.stream().filter(form -> form.size() > at).toList();
      List<List<String>> exact =
          longer.stream().filter(form -> choices(form.get(at)).contains(word)).toList();
      forms =
          exact.isEmpty()
              ? longer.stream().filter(form -> choices(form.get(at)).isEmpty()).toList()
              : exact;
    }
    return forms;
  }

  /** The words of which one is meant; none of a placeholder. */
  private static List<String> choices(String word) {
    return PLACEHOLDER.matcher(word).matches() ? List.of() : List.of(word.split("\\|"));
  }

  private List<Match> standingFor(String word, String typed) {
    return PLACEHOLDER.matcher(word).matches()
        ? Stream.of(MagicSpec.Values.values())
            .filter(values -> values.name().equals(word))
            .flatMap(values -> values(values, typed).stream())
            .toList()
        : among(choices(word).stream(), typed, "action");
  }

  /** Of an option; {@code name=@} and {@code @} are followed by a file, as curl has it. */
  private List<Match> argument(MagicSpec.Option option, String typed) {
    String placeholder = option.argument().orElse("");
    if (placeholder.contains("|")) {
      return among(choices(placeholder).stream(), typed, "value");
    }
    MagicSpec.Values values = option.values();
    int at = typed.lastIndexOf('@');
    return values == MagicSpec.Values.ANY && at >= 0 && (at == 0 || typed.charAt(at - 1) == '=')
        ? after(typed.substring(0, at + 1), FileNames.of(directory, typed.substring(at + 1)))
        : values(values, typed);
  }

  private static List<Match> after(String start, List<Match> matches) {
    return matches.stream()
        .map(match -> new Match(start + match.text(), match.type(), match.signature()))
        .toList();
  }

  /** A site of the lab, and of this machine the ports on which something listens. */
  private List<Match> urls(String typed) {
    Matcher m = URL_START.matcher(typed);
    if (!m.matches()) {
      return List.of();
    }
    String scheme = typed.substring(0, m.start("host"));
    String host = m.group("host");
    if (m.group("port") == null) {
      return after(
          scheme, among(Stream.concat(Stream.of("localhost"), lab.sites.stream()), host, "host"));
    }
    return LOOPBACK.contains(host)
        ? after(scheme + host + ":", values(MagicSpec.Values.PORT, m.group("port")))
        : List.of();
  }

  static List<String> spellings(MagicSpec.Option option) {
    List<String> all = new ArrayList<>(option.names());
    if (option.negatable()) {
      for (String name : option.names()) {
        if (name.startsWith("--")) {
          all.add("--no-" + name.substring(2));
        } else if (name.startsWith("+")) {
          all.add("+no" + name.substring(1));
        }
      }
    }
    return all;
  }

  private List<Match> values(MagicSpec.Values values, String typed) {
    return switch (values) {
      case ANY -> List.of();
      case PORT -> ports(OpenPorts.ofThisMachine(), typed);
      case OWN_PORT -> ports(OpenPorts.ofThisNotebook(), typed);
      case HOST -> among(lab.hosts.stream(), typed, "host");
      case RECORD_TYPE ->
          RECORD_TYPES.stream()
              .filter(type -> type.regionMatches(true, 0, typed, 0, typed.length()))
              .map(type -> new Match(type, "type", ""))
              .toList();
      case FILE -> FileNames.of(directory, typed);
      case URL -> urls(typed);
      case HTTP_METHOD -> among(METHODS.stream(), typed, "method");
      case VENV ->
          FileNames.of(directory, typed).stream()
              .map(match -> match.text().replaceFirst("/$", ""))
              .filter(name -> Files.isRegularFile(directory.resolve(name).resolve("pyvenv.cfg")))
              .map(name -> new Match(name, "environment", ""))
              .toList();
    };
  }

  private static List<Match> ports(Set<Integer> ports, String typed) {
    return among(ports.stream().map(port -> Integer.toString(port)), typed, "port");
  }

  private static List<Match> among(Stream<String> names, String typed, String type) {
    return names
        .filter(name -> name.startsWith(typed))
        .map(name -> new Match(name, type, ""))
        .toList();
  }
}
