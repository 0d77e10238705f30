package wirebook.engine.dns.dig;

import java.util.ArrayList;
import java.util.List;
import wirebook.net.ToolExit;

/** What dig says of itself. */
final class DigHelp {
  private static final String USAGE =
      """
      Usage:  dig [@global-server] [domain] [q-type] [q-class] {q-opt}
                  {global-d-opt} host [@local-server] {local-d-opt}
                  [ host [@local-server] {local-d-opt} [...]]
      """;

  private DigHelp() {}

  /** Ends with it, as dig does on what it cannot read. */
  static ToolExit usage(Session session) {
    session.output.err(
        USAGE + "\nUse \"dig -h\" (or \"dig -h | more\") for complete list of options\n");
    return new ToolExit(1);
  }

  static String text() {
    StringBuilder text = new StringBuilder(USAGE);
    text.append(
        """
        Where:  domain    is a name in the Domain Name System, by default the root
                q-type    is a, any, mx, ns, soa, txt, axfr, ixfr=SERIAL, … [a]
                q-class   is in, ch or hs [in]
                q-opt     is one of:
                  -4, -6             use IPv4 or IPv6 only
                  -b address[#port]  send from this address
                  -c class, -t type, -q name
                  -f file            read queries from a file, one a line
                  -k file            sign with the TSIG key in a file
                  -y [hmac:]name:key sign with this TSIG key
                  -p port            ask this port [53]
                  -r                 do not read ~/.digrc
                  -u                 show times in microseconds
                  -x address         look up the name of an address
                  -h, -v             show this help, or the version
                d-opt     is +keyword or +keyword=value, many with "no" before it:
        """);
    for (DigOption option : DigOption.values()) {
      if (option.isObsolete()) {
        continue;
      }
      List<String> names = new ArrayList<>();
      option
          .names()
          .forEach(n -> names.add("+" + n + option.argument().map(a -> "=" + a).orElse("")));
      text.append(String.format("          %-28s %s%n", String.join(", ", names), option.help()));
    }
    return text.toString();
  }
}
