package wirebook.engine.whois;

import java.net.InetSocketAddress;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * What servers of WHOIS said about a name, an address or a number.
 *
 * @param replies in the order in which they were asked for
 * @param exitCode that of the tool
 */
public record WhoisLookup(List<Reply> replies, int exitCode) {
  public WhoisLookup {
    replies = List.copyOf(replies);
  }

  /**
   * One question and its answer, a connection of its own (RFC 3912, 2).
   *
   * @param server by the name under which it was asked
   * @param query without the line end that is sent behind it
   * @param shown whether it is what was asked for; else it only told which server to ask
   */
  public record Reply(
      String server, InetSocketAddress address, String query, String text, boolean shown) {
    /** The values of a field, such as {@code Name Server}; letters in any case. */
    public List<String> fields(String name) {
      String start = name.toLowerCase(Locale.ROOT) + ":";
      return text.lines()
          .map(String::strip)
          .filter(l -> l.toLowerCase(Locale.ROOT).startsWith(start))
          .map(l -> l.substring(start.length()).strip())
          .toList();
    }
  }

  /** The first value of a field in the last reply that has it. */
  public Optional<String> field(String name) {
    return replies.reversed().stream()
        .filter(Reply::shown)
        .flatMap(r -> r.fields(name).stream())
        .findFirst();
  }

  @Override
  public String toString() {
    return String.join("\n", replies.stream().filter(Reply::shown).map(Reply::text).toList());
  }
}
