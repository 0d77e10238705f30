package wirebook.engine.http.curl;

/** What this curl is, and whose behaviour it has. */
public final class CurlVersion {
  /** The version of curl whose behaviour is followed. */
  public static final String NUMBER = "8.17.0";

  static final String LIBRARY = "libcurl/" + NUMBER + " JSSE zlib (wirebook)";
  static final String AGENT = "curl/" + NUMBER;

  private CurlVersion() {}

  static String text() {
    return "curl "
        + NUMBER
        + " (wirebook, Java "
        + Runtime.version().feature()
        + ") "
        + LIBRARY
        + "\nRelease-Date: 2025-11-05\nProtocols: "
        + String.join(" ", Arguments.PROTOCOLS)
        + "\nFeatures: alt-svc AsynchDNS HSTS HTTPS-proxy IDN IPv6 Largefile libz SSL threadsafe"
        + " UnixSockets\n";
  }

  static String help(String subject) {
    StringBuilder out = new StringBuilder();
    boolean all = subject.equals("all");
    if (!subject.isEmpty() && !all && subject.startsWith("-")) {
      for (CurlOptions.CurlOption o : CurlOptions.all()) {
        if (subject.equals("-" + o.letter()) || subject.equals("--" + o.name())) {
          out.append(line(o));
        }
      }
      return out.isEmpty()
          ? "curl: Incorrect option name to show help for, see curl -h\n"
          : out.toString();
    }
    out.append("Usage: curl [options...] <url>\n");
    for (CurlOptions.CurlOption o : CurlOptions.all()) {
      if (o.status() == CurlOptions.Status.WORKS && (all || USUAL.contains(" " + o.name() + " "))) {
        out.append(line(o));
      }
    }
    if (!all) {
      out.append(
          """

          This is not the full help; this menu is split into categories.
          Use "--help all" to list all options.
          """);
    }
    return out.toString();
  }

  private static final String USUAL =
      " data fail help include output remote-name show-headers silent upload-file user user-agent"
          + " verbose version ";

  private static String line(CurlOptions.CurlOption o) {
    String names =
        (o.letter().isEmpty() ? "    " : "-" + o.letter() + ", ")
            + "--"
            + o.name()
            + (o.argument().isEmpty() ? "" : " <" + o.argument() + ">");
    String padded = names + " ".repeat(Math.max(1, 34 - names.length()));
    return " " + padded + " " + o.help() + "\n";
  }
}
