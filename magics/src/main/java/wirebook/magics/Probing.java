package wirebook.magics;

import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import wirebook.engine.socket.IpText;
import wirebook.internet.Internets;
import wirebook.internet.Lab;
import wirebook.internet.Topology;
import wirebook.spi.MagicCall;
import wirebook.spi.MagicSpec;
import wirebook.spi.Word;

/** What {@code %ping} and {@code %traceroute} have in common: their words, the host, the lab. */
final class Probing {
  /** What traceroute calls the second word: how long its packets are. */
  static final String LENGTH = "length";

  private final MagicCall call;
  private final Lab lab;
  private final String from;
  private final Map<String, Word> options = new HashMap<>();
  private Word host;
  private String unknown = "Name or service not known";

  private Probing(MagicCall call, Lab lab, String from, Word host) {
    this.call = call;
    this.lab = lab;
    this.from = from;
    this.host = host;
  }

  /**
   * Reads the words.
   *
   * @param valued the letters of the options that have a value
   */
  static Probing of(MagicCall call, MagicSpec spec, String valued) {
    String tool = spec.name();
    String letters =
        spec.options().stream()
            .flatMap(o -> o.names().stream())
            .filter(n -> !n.startsWith("--"))
            .map(n -> n.substring(1))
            .collect(Collectors.joining());
    if (!call.network().name().equals("lab") || !(call.networks() instanceof Internets internets)) {
      throw call.wrong(
          "PING001",
          call.words().isEmpty() ? new Word("", wirebook.spi.Span.NONE) : call.words().getFirst(),
          "%" + tool + " is for the lab: on the real network use the machine's own " + tool,
          "%internet lab");
    }
    List<Word> words = call.words();
    Probing probing =
        new Probing(call, internets.lab(), internets.host(), new Word("", wirebook.spi.Span.NONE));
    boolean found = false;
    for (int i = 0; i < words.size(); i++) {
      Word word = words.get(i);
      String text = shortOf(spec, word.text());
      if (text.startsWith("-") && text.length() > 1) {
        for (int j = 1; j < text.length(); j++) {
          String letter = text.substring(j, j + 1);
          if (!letters.contains(letter)) {
            throw call.wrong(
                "PING002", word, tool + ": invalid option -- '" + letter + "'", "-" + letters);
          }
          if (valued.contains(letter)) {
            boolean joined = j + 1 < text.length();
            if (!joined && i + 1 == words.size()) {
              throw call.wrong(
                  "PING002", word, tool + ": option requires an argument -- '" + letter + "'", "");
            }
            probing.options.put(
                "-" + letter,
                joined ? new Word(text.substring(j + 1), word.span()) : words.get(++i));
            break;
          }
          probing.options.put("-" + letter, word);
        }
      } else if (found && tool.equals("traceroute") && !probing.options.containsKey(LENGTH)) {
        probing.options.put(LENGTH, word);
      } else if (found) {
        throw call.wrong("PING002", word, tool + " takes one host", "");
      } else {
        probing.host = word;
        found = true;
      }
    }
    if (!found) {
      throw call.wrong(
          "PING002",
          words.isEmpty() ? probing.host : words.getLast(),
          tool + ": usage error: Destination address required",
          "%" + tool + " httpbin.org");
    }
    return probing;
  }

  /** The letter that a long option stands for; a value can be joined to it. */
  private static String shortOf(MagicSpec spec, String text) {
    if (!text.startsWith("--")) {
      return text;
    }
    String[] parts = text.split("=", 2);
    return spec.options().stream()
        .filter(o -> o.names().contains(parts[0]))
        .findFirst()
        .map(o -> o.names().getFirst() + (parts.length > 1 ? parts[1] : ""))
        .orElse(text);
  }

  Lab lab() {
    return lab;
  }

  String from() {
    return from;
  }

  String host() {
    return host.text();
  }

  boolean has(String option) {
    return options.containsKey(option);
  }

  Word wordOf(String option) {
    return options.getOrDefault(option, host);
  }

  Optional<String> text(String option) {
    return Optional.ofNullable(options.get(option)).map(Word::text);
  }

  double number(String option, double otherwise) {
    Word word = options.get(option);
    if (word == null) {
      return otherwise;
    }
    try {
      double number = Double.parseDouble(word.text());
      if (number >= 0 && number <= 1_000_000 && (number > 0 || !option.equals("-c"))) {
        return number;
      }
    } catch (NumberFormatException e) {
      // Complained about below.
    }
    throw call.wrong(
        "PING003", word, "invalid argument: '" + word.text() + "'", "a number, such as 3");
  }

  boolean isLiteral() {
    return host().contains(":") || host().matches("[0-9.]+");
  }

  /** The address of the host, of the family that is asked for. */
  Optional<InetAddress> address() {
    try {
      return call.network().lookUp(host()).stream()
          .filter(a -> !has("-4") || !(a instanceof Inet6Address))
          .filter(a -> !has("-6") || a instanceof Inet6Address)
          .findFirst();
    } catch (IOException e) {
      if (e.getCause() != null) {
        unknown = "Temporary failure in name resolution";
      }
      return Optional.empty();
    }
  }

  /** Why there is no {@link #address}, in the words of gai_strerror(3). */
  String unknown() {
    return unknown;
  }

  /** The name of an address and the address, or with {@code -n} the address alone. */
  String name(InetAddress address) {
    Optional<String> name = has("-n") ? Optional.empty() : lab.nameOf(address);
    return name.map(n -> n + " (" + text(address) + ")").orElse(text(address));
  }

  /** An address of the sender. */
  String own(boolean six) {
    return lab.topology().node(from).map(Topology.Node::addresses).orElse(List.of()).stream()
        .filter(a -> a instanceof Inet6Address == six)
        .map(Probing::text)
        .findFirst()
        .orElse("");
  }

  static String text(InetAddress address) {
    return IpText.of(address);
  }
}
