package wirebook.magics.dns;

import wirebook.engine.dns.resolver.DnsWalk;

/** A walk's result as dig prints the message that a resolver would give for it. */
final class ResolutionText {
  private ResolutionText() {}

  static String of(DnsWalk walk) {
    String text = walk.message().toString();
    // dig's own blank line below the header stands below its warnings, of which there are none.
    return text.replaceFirst("\n;; (OPT|QUESTION) ", "\n\n;; $1 ")
        + (text.endsWith("\n\n") ? "" : "\n")
        + ";; Query time: "
        + walk.took().toMillis()
        + " msec, "
        + walk.queries()
        + (walk.queries() == 1 ? " query" : " queries")
        + " sent\n";
  }
}
