package wirebook.engine.dns.server;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.xbill.DNS.Name;
import wirebook.engine.dns.DnsName;
import wirebook.engine.dns.RdataWriter;
import wirebook.engine.dns.RecordType;
import wirebook.net.Idn;
import wirebook.spi.Typos;
import wirebook.trace.Bytes;

/**
 * The lines of a zone file: brought into what dnsjava reads ({@code $GENERATE} written out, types
 * that it does not know in the form of RFC 3597), and what to say of one that is wrong.
 */
final class ZoneLines {
  private static final Pattern WORD = Pattern.compile("\"(?:[^\"\\\\]|\\\\.)*\"?|[^\\s\"]+");
  private static final Pattern TTL_OR_CLASS =
      Pattern.compile("(?i)(\\d+[smhdw]?)+|IN|CH|HS|CLASS\\d+");
  private static final Pattern GENERATE =
      Pattern.compile("(?i)\\$GENERATE\\s+(\\d+)-(\\d+)(?:/(\\d+))?\\s+(\\S+)\\s+(.*)");
  private static final Pattern ORIGIN = Pattern.compile("(?i)\\$ORIGIN\\s+(\\S+).*");
  private static final Pattern PLACE =
      Pattern.compile("\\\\.|\\$\\$|\\$(?:\\{(-?\\d+)(?:,(\\d+)(?:,([doxXnN]))?)?\\})?");

  /** Types whose data is text also without quotes. */
  private static final Set<String> TEXTS = Set.of("TXT", "SPF");

  private static final int LONGEST_RECORD = 1_000;

  /** Records of a file larger than this are not read. */
  static final int MOST_RECORDS = 100_000;

  private ZoneLines() {}

  /** As many lines, of which one may now be several. */
  static List<String> readable(List<String> lines, Name origin) {
    List<String> result = new ArrayList<>();
    int depth = 0;
    int records = 0;
    Name now = origin;
    for (String line : lines) {
      String changed = line;
      if (depth == 0 && line.startsWith("$DATE")) {
        // When BIND wrote the file.
        changed = "";
      } else if (depth == 0) {
        Matcher directive = ORIGIN.matcher(line);
        if (directive.matches()) {
          now = absolute(directive.group(1), now).orElse(now);
        }
        Optional<List<String>> generated = generated(line, MOST_RECORDS - records);
        records += generated.map(List::size).orElse(0);
        Name current = now;
        changed =
            generated
                .map(all -> String.join("\n", all.stream().map(l -> typed(l, current)).toList()))
                .orElseGet(() -> typed(line, current));
      }
      depth = Math.max(0, depth + opened(line));
      result.add(ascii(changed));
    }
    return result;
  }

  /** Letters beyond ASCII: in names as they go over the wire (RFC 5891), in texts as UTF-8. */
  private static String ascii(String line) {
    if (line.chars().allMatch(c -> c < 0x80)) {
      return line;
    }
    Matcher word = WORD.matcher(uncommented(line));
    StringBuilder result = new StringBuilder();
    boolean text = false;
    while (word.find()) {
      boolean isText = text || word.group().startsWith("\"");
      word.appendReplacement(
          result, Matcher.quoteReplacement(isText ? octets(word.group()) : ace(word.group())));
      text |= word.start() > 0 && TEXTS.contains(word.group().toUpperCase(Locale.ROOT));
    }
    return word.appendTail(result).toString();
  }

  private static String ace(String name) {
    try {
      return Idn.toAce(name);
    } catch (IllegalArgumentException e) {
      return name;
    }
  }

  /** Each octet that is no ASCII as RFC 1035, 5.1, writes it. */
  private static String octets(String text) {
    StringBuilder result = new StringBuilder();
    for (byte octet : text.getBytes(StandardCharsets.UTF_8)) {
      result.append(
          octet >= 0
              ? String.valueOf((char) octet)
              : String.format(Locale.ROOT, "\\%03d", octet & 0xff));
    }
    return result.toString();
  }

  /** Parentheses that a line opens, less those that it closes. */
  private static int opened(String line) {
    int count = 0;
    for (Matcher m = WORD.matcher(uncommented(line)); m.find(); ) {
      if (!m.group().startsWith("\"")) {
        count += (int) m.group().chars().filter(c -> c == '(').count();
        count -= (int) m.group().chars().filter(c -> c == ')').count();
      }
    }
    return count;
  }

  private static String uncommented(String line) {
    boolean quoted = false;
    for (int i = 0; i < line.length(); i++) {
      char c = line.charAt(i);
      if (c == '\\') {
        i++;
      } else if (c == '"') {
        quoted = !quoted;
      } else if (c == ';' && !quoted) {
        return line.substring(0, i);
      }
    }
    return line;
  }

  /** The first line of a record that lies between two lines, the last one included. */
  static int begin(List<String> lines, int from, int last) {
    for (int i = from; i < last; i++) {
      String content = uncommented(lines.get(i)).strip();
      if (!content.isEmpty() && !content.startsWith("$")) {
        return i;
      }
    }
    return last;
  }

  /** The last line of a record, which may go on behind the line that shows that it is wrong. */
  static int end(List<String> lines, int begin, int least) {
    int depth = 0;
    for (int i = begin; i < lines.size() && i < begin + LONGEST_RECORD; i++) {
      depth += opened(lines.get(i));
      if (i >= least && depth <= 0) {
        return i;
      }
    }
    return least;
  }

  // $GENERATE, as in BIND's manual.

  private static Optional<List<String>> generated(String line, int most) {
    Matcher m = GENERATE.matcher(uncommented(line).strip());
    if (!m.matches()) {
      return Optional.empty();
    }
    List<String> records = new ArrayList<>();
    try {
      long step = m.group(3) == null ? 1 : Long.parseLong(m.group(3));
      long last = Long.parseLong(m.group(2));
      String rest = m.group(5).strip();
      int data = rest.indexOf('"');
      if (data > 0 && rest.endsWith("\"") && rest.indexOf('"', data + 1) == rest.length() - 1) {
        rest = rest.substring(0, data) + rest.substring(data + 1, rest.length() - 1);
      }
      for (long i = Long.parseLong(m.group(1)); step > 0 && i <= last; i += step) {
        if (records.size() >= most) {
          return Optional.empty();
        }
        records.add(filled(m.group(4), i) + " " + filled(rest, i));
      }
    } catch (NumberFormatException e) {
      return Optional.empty();
    }
    return records.isEmpty() ? Optional.empty() : Optional.of(records);
  }

  private static String filled(String pattern, long value) {
    return PLACE
        .matcher(pattern)
        .replaceAll(
            m ->
                Matcher.quoteReplacement(
                    m.group().equals("$$") || m.group().equals("\\$")
                        ? "$"
                        : m.group().startsWith("\\")
                            ? m.group()
                            : number(
                                value + (m.group(1) == null ? 0 : Long.parseLong(m.group(1))),
                                m.group(2) == null ? 0 : Integer.parseInt(m.group(2)),
                                m.group(3) == null ? 'd' : m.group(3).charAt(0))));
  }

  private static String number(long value, int width, char base) {
    String digits =
        switch (base) {
          case 'o' -> Long.toOctalString(value);
          case 'x', 'n' -> Long.toHexString(value);
          case 'X', 'N' -> Long.toHexString(value).toUpperCase(Locale.ROOT);
          default -> Long.toString(Math.abs(value));
        };
    boolean nibbles = base == 'n' || base == 'N';
    int wanted = Math.min(nibbles ? (width + 1) / 2 : width, 255);
    digits = "0".repeat(Math.max(0, wanted - digits.length())) + digits;
    if (nibbles) {
      return String.join(
          ".", new StringBuilder(digits).reverse().chars().mapToObj(Character::toString).toList());
    }
    return (value < 0 && base == 'd' ? "-" : "") + digits;
  }

  // Types.

  private static String typed(String line, Name origin) {
    String content = uncommented(line);
    List<String> words = new ArrayList<>();
    int typeAt = -1;
    boolean owned = !content.isEmpty() && !Character.isWhitespace(content.charAt(0));
    for (Matcher m = WORD.matcher(content); m.find(); ) {
      String word = m.group();
      if (typeAt >= 0) {
        words.add(word);
      } else if (owned) {
        owned = false;
      } else if (!TTL_OR_CLASS.matcher(word).matches()) {
        typeAt = m.start();
        words.add(word);
      }
    }
    if (typeAt < 0) {
      return line;
    }
    String type = words.getFirst().toUpperCase(Locale.ROOT);
    return content.indexOf('(') >= 0
        ? SERVICES.contains(type) ? line.replace(" dohpath=", " key7=") : line
        : generic(type, words.subList(1, words.size()), origin)
            .map(data -> content.substring(0, typeAt(content, words)) + data)
            .orElse(line);
  }

  /** The types of {@link RdataWriter} that dnsjava does not read, or not as they are meant. */
  private static final Set<String> RARE =
      Set.of(
          "AMTRELAY",
          "AVC",
          "BRID",
          "CSYNC",
          "DOA",
          "DSYNC",
          "EUI48",
          "EUI64",
          "HHIT",
          "HIP",
          "HTTPS",
          "L32",
          "L64",
          "LP",
          "NID",
          "NINFO",
          "RESINFO",
          "SVCB",
          "TALINK",
          "WALLET");

  private static final Set<String> SERVICES = Set.of("SVCB", "HTTPS");
  private static final Pattern SERVICE = Pattern.compile("(?i)\\s(SVCB|HTTPS)\\s+(\\d.*)");

  /** Type and data of a rare record; empty when its type is not rare, or its words do not fit. */
  private static Optional<String> generic(String type, List<String> words, Name origin) {
    if (!RARE.contains(type)) {
      return Optional.empty();
    }
    RecordType rare = RecordType.parse(type).orElseThrow();
    if (!words.isEmpty() && words.getFirst().equals("\\#")) {
      return Optional.of("TYPE" + rare.code() + " " + String.join(" ", words));
    }
    try {
      Bytes data = RdataWriter.of(rare, words, new DnsName(Bytes.of(origin.toWire())));
      return Optional.of("TYPE" + rare.code() + " \\# " + data.length() + " " + data.hex());
    } catch (IllegalArgumentException e) {
      // The reader complains about the line as it stands; one that it would take it gets without.
      return SERVICES.contains(type) ? Optional.of(type) : Optional.empty();
    }
  }

  /** What is wrong with the data of a SVCB or HTTPS record, which dnsjava takes as it comes. */
  static Optional<String> complaint(String content) {
    Matcher m = SERVICE.matcher(content);
    // In parentheses dnsjava reads it.
    if (content.indexOf('(') >= 0 || !m.find()) {
      return Optional.empty();
    }
    List<String> words = WORD.matcher(m.group(2)).results().map(MatchResult::group).toList();
    try {
      RdataWriter.of(RecordType.parse(m.group(1)).orElseThrow(), words, DnsName.ROOT);
      return Optional.empty();
    } catch (IllegalArgumentException e) {
      return Optional.ofNullable(e.getMessage());
    }
  }

  private static Optional<Name> absolute(String name, Name origin) {
    try {
      return Optional.of(name.equals("@") ? origin : Name.fromString(name, origin));
    } catch (org.xbill.DNS.TextParseException e) {
      return Optional.empty();
    }
  }

  private static int typeAt(String content, List<String> words) {
    Matcher m = Pattern.compile("\\s" + Pattern.quote(words.getFirst()) + "\\s").matcher(content);
    return m.find() ? m.start() + 1 : 0;
  }

  // What to do about a line.

  private static final Map<String, String> FORMS =
      Map.ofEntries(
          Map.entry("A", "www 300 IN A 203.0.113.10"),
          Map.entry("AAAA", "www 300 IN AAAA 2001:db8:113::10"),
          Map.entry("MX", "@ 300 IN MX 10 mail (the number is the preference)"),
          Map.entry("NS", "@ 300 IN NS ns1"),
          Map.entry("CNAME", "blog 300 IN CNAME www"),
          Map.entry("TXT", "@ 300 IN TXT \"v=spf1 mx -all\""),
          Map.entry("PTR", "10 300 IN PTR www.class.example."),
          Map.entry("SOA", "@ 300 IN SOA ns1 hostmaster 1 7200 3600 1209600 300"),
          Map.entry("SRV", "_sip._tcp 300 IN SRV 10 60 5060 sip (priority, weight, port, target)"),
          Map.entry("CAA", "@ 300 IN CAA 0 issue \"letsencrypt.org\""),
          Map.entry("HTTPS", "@ 300 IN HTTPS 1 . alpn=\"h2,h3\""),
          Map.entry("DS", "child 300 IN DS 12345 13 2 0123…ef (tag, algorithm, digest type, hex)"));

  /** A sentence that helps with a mistake. */
  static String fix(String message, String line) {
    List<String> words = new ArrayList<>();
    for (Matcher m = WORD.matcher(line); m.find(); ) {
      words.add(m.group());
    }
    if (message.contains("no SOA record")) {
      return "Add as the first line: " + FORMS.get("SOA");
    }
    if (message.contains("several SOA")) {
      return "A zone has one SOA record: remove the others.";
    }
    if (message.contains("no NS record")) {
      return "Add its name server: " + FORMS.get("NS") + ", and the address of ns1.";
    }
    if (message.contains("CNAME record and other data") || message.contains("several CNAME")) {
      return "An alias stands alone: remove the CNAME, or all else at that name. At the zone's own"
          + " name there can be none.";
    }
    if (message.contains("$INCLUDE") || line.startsWith("$INCLUDE")) {
      return "Write the lines of the file here instead.";
    }
    if (message.contains("TTL")) {
      return "Begin with a line such as $TTL 300, or write the seconds before IN.";
    }
    for (String word : words.subList(Math.min(1, words.size()), words.size())) {
      String form = FORMS.get(word.toUpperCase(Locale.ROOT));
      if (form != null) {
        return "A record of type " + word.toUpperCase(Locale.ROOT) + " reads: " + form;
      }
    }
    if (message.contains("Invalid type") && !words.isEmpty()) {
      String unknown = message.substring(message.lastIndexOf(' ') + 1).toUpperCase(Locale.ROOT);
      return Typos.nearest(unknown, FORMS.keySet(), 2)
          .map(near -> "Did you mean " + near + "? " + near + " reads: " + FORMS.get(near))
          .orElse("A type that has no name here is written TYPE123 \\# 4 cb00710a (RFC 3597).");
    }
    return "A record is: name, TTL, IN, type, data. For example: " + FORMS.get("A");
  }
}
