package wirebook.magics;

import java.util.List;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Record;
import org.xbill.DNS.Type;
import wirebook.engine.dns.resolver.Resolution;

/** A resolution's result as dig prints a message. */
final class ResolutionText {
  private ResolutionText() {}

  static String of(Resolution resolution, boolean dnssec) {
    StringBuilder out = new StringBuilder();
    out.append(
        String.format(
            ";; ->>HEADER<<- opcode: QUERY, status: %s, id: 0%n"
                + ";; flags: qr rd ra; QUERY: 1, ANSWER: %d, AUTHORITY: %d, ADDITIONAL: %d%n%n",
            resolution.status(),
            resolution.answer().size(),
            resolution.authority().size(),
            dnssec ? 1 : 0));
    if (dnssec) {
      out.append(";; OPT PSEUDOSECTION:\n; EDNS: version: 0, flags: do; udp: 1232\n");
    }
    out.append(";; QUESTION SECTION:\n;")
        .append(resolution.question().name())
        .append("\t\t")
        .append(DClass.string(DClass.IN))
        .append('\t')
        .append(Type.string(resolution.question().type()))
        .append("\n\n");
    section(out, "ANSWER", resolution.answer());
    section(out, "AUTHORITY", resolution.authority());
    out.append(
        String.format(
            ";; Query time: %d msec, %d queries sent%n",
            resolution.took().toMillis(), resolution.queries()));
    return out.toString();
  }

  private static void section(StringBuilder out, String name, List<Record> records) {
    if (records.isEmpty()) {
      return;
    }
    out.append(";; ").append(name).append(" SECTION:\n");
    for (Record record : records) {
      out.append(record.getName())
          .append("\t\t")
          .append(record.getTTL())
          .append('\t')
          .append(DClass.string(record.getDClass()))
          .append('\t')
          .append(Type.string(record.getType()))
          .append('\t')
          .append(record.rdataToString())
          .append('\n');
    }
    out.append('\n');
  }
}
