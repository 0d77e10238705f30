package wirebook.engine.dns.dig;

import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * dig's plus options. A name may be cut short as far as {@code least}; letters up to there are
 * taken in lower case only.
 */
public enum DigOption {
  AAFLAG("aa", "set the AA flag in the query", "aaflag", "aaonly"),
  ADDITIONAL("add", "show the additional section", "additional"),
  ADFLAG("adf", "set the AD flag in the query: the default", "adflag"),
  ALL("al", "show everything, or nothing", "all"),
  ANSWER("an", "show the answer section", "answer"),
  AUTHORITY("au", "show the authority section", "authority"),
  BADCOOKIE("ba", "ask again after a BADCOOKIE reply", "badcookie"),
  BESTEFFORT("be", "show what can be read of a malformed message", "besteffort"),
  BUFSIZE("bu", "the UDP message size that EDNS promises", "bufsize=B"),
  CDFLAG("cdf", "set the CD flag in the query: do not validate", "cdflag"),
  CLASS("cl", "show the class of records", "class", "cl"),
  CMD("cm", "show the command line and version", "cmd"),
  COFLAG("cof", "set the CO flag of EDNS", "coflag"),
  COMMENTS("com", "show the header and the headings", "comments"),
  COOKIE("coo", "send a DNS cookie", "cookie[=HEX]"),
  CRYPTO("cr", "show keys, digests and signatures", "crypto"),
  DEFNAME("de", "complete short names by the search list", "defname"),
  DNS64PREFIX("dns6", "ask for the DNS64 prefix of the network", "dns64prefix"),
  DNSSEC("dnss", "ask for DNSSEC records: the DO flag", "dnssec", "do"),
  DOMAIN("do", "complete short names by this domain", "domain=NAME"),
  DSCP("ds", "obsolete", "dscp"),
  EDNS("edns", "the version of EDNS, or none", "edns[=V]"),
  EDNSFLAGS("ednsf", "set reserved bits of EDNS", "ednsflags=N"),
  EDNSNEGOTIATION("ednsn", "ask again when the version is refused", "ednsnegotiation"),
  EDNSOPT("ednso", "send an EDNS option, as number or name and hex", "ednsopt=CODE[:HEX]"),
  EXPANDAAAA("expa", "show IPv6 addresses with all their zeros", "expandaaaa"),
  EXPIRE("expi", "ask when the zone expires on a secondary", "expire"),
  FAIL("fa", "a SERVFAIL is an answer: do not ask the next server", "fail"),
  FUZZTIME("fu", "sign as of this time", "fuzztime[=T]"),
  HEADER_ONLY("he", "send a query without a question", "header-only"),
  HTTP_PLAIN("http-plain", "DNS over HTTP without TLS", "http-plain[=PATH]"),
  HTTP_PLAIN_GET("http-plain-g", "the same by GET", "http-plain-get[=PATH]"),
  HTTP_PLAIN_POST("http-plain-p", "the same by POST", "http-plain-post[=PATH]"),
  HTTPS("https", "DNS over HTTPS", "https[=PATH]"),
  HTTPS_GET("https-g", "the same by GET", "https-get[=PATH]"),
  HTTPS_POST("https-p", "the same by POST", "https-post[=PATH]"),
  IDENTIFY("ide", "say which server a short answer is from", "identify"),
  IDNIN("idni", "encode letters beyond ASCII in the name asked for", "idnin"),
  IDNOUT("idno", "decode names in the answer", "idnout"),
  IGNORE("i", "keep a truncated answer: do not ask by TCP", "ignore"),
  KEEPALIVE("keepa", "send the EDNS keepalive option", "keepalive"),
  KEEPOPEN("keepo", "use the TCP connection for the next query too", "keepopen"),
  MAPPED("ma", "obsolete", "mapped"),
  MULTILINE("mu", "show long records over several lines, with comments", "multiline"),
  NDOTS("nd", "from how many dots on a name is complete", "ndots=N"),
  NSID("nsi", "ask for the server's identity", "nsid"),
  NSSEARCH("nss", "ask all name servers of the zone for its SOA", "nssearch"),
  ONESOA("on", "show only the first SOA of a zone transfer", "onesoa"),
  OPCODE("op", "the opcode of the query", "opcode=N"),
  PADDING("p", "pad the query to a multiple of so many bytes", "padding=N"),
  QID("qi", "the id of the query", "qid=N"),
  QR("qr", "show the query as it is sent", "qr"),
  QUESTION("qu", "show the question section", "question"),
  RAFLAG("ra", "set the RA flag in the query", "raflag"),
  RDFLAG("rd", "ask for recursion: the default", "rdflag"),
  RECURSE("rec", "ask for recursion: the default", "recurse"),
  RETRY("ret", "how often to ask again", "retry=N", "retries=N"),
  RRCOMMENTS("rr", "explain keys and SOA fields", "rrcomments"),
  SEARCH("se", "complete short names by the search list", "search"),
  SHORT("shor", "show the answers' data and nothing else", "short"),
  SHOWBADCOOKIE("showb", "show the BADCOOKIE message", "showbadcookie"),
  SHOWSEARCH("shows", "search, and show what is found on the way", "showsearch"),
  SIGCHASE("si", "obsolete", "sigchase"),
  SPLIT("sp", "split hex and base64 after so many characters", "split=N"),
  STATS("st", "show time, server and size", "stats"),
  SUBNET("su", "send a client subnet", "subnet=ADDRESS[/LENGTH]"),
  TCFLAG("tcf", "set the TC flag in the query", "tcflag"),
  TCP("tcp", "ask by TCP", "tcp"),
  TIMEOUT("ti", "seconds to wait for an answer", "timeout=T"),
  TLS_CA("tls-ca", "check the server's certificate", "tls-ca[=FILE]"),
  TLS_CERTFILE("tls-ce", "the client's certificate", "tls-certfile=FILE"),
  TLS_HOSTNAME("tls-h", "the name in the server's certificate", "tls-hostname=NAME"),
  TLS_KEYFILE("tls-k", "the client's key", "tls-keyfile=FILE"),
  TLS("tls", "ask by TLS", "tls"),
  TOPDOWN("to", "obsolete", "topdown"),
  TRACE("tra", "walk from the root to the answer", "trace"),
  TRIES("tri", "how often to ask", "tries=N"),
  TRUSTED_KEY("tru", "obsolete", "trusted-key"),
  TTLID("ttli", "show TTLs", "ttlid", "ttl"),
  TTLUNITS("ttlu", "show TTLs in units", "ttlunits"),
  UNEXPECTED("une", "obsolete", "unexpected"),
  UNKNOWNFORMAT("unk", "show all data as of unknown types", "unknownformat"),
  VC("v", "ask by TCP", "vc"),
  YAML("y", "show everything as YAML", "yaml"),
  ZFLAG("z", "set the reserved flag in the query", "zflag");

  private final String least;
  private final String help;
  private final String spellings;

  DigOption(String least, String help, String... spellings) {
    this.least = least;
    this.help = help;
    this.spellings = String.join(" ", spellings);
  }

  /** What it does, in a line. */
  public String help() {
    return help;
  }

  /** Its names without the plus sign. */
  public List<String> names() {
    return List.of(spellings.replaceAll("\\[?=\\S*", "").split(" "));
  }

  /** The placeholder of its value; empty for a flag. */
  public Optional<String> argument() {
    String first = spellings.split(" ")[0];
    int equals = first.indexOf('=');
    return equals < 0
        ? Optional.empty()
        : Optional.of(first.substring(equals + 1).replaceFirst("^([^\\[]*)\\]$", "$1"));
  }

  /** Whether dig forbids {@code no} before it. */
  public boolean isObsolete() {
    return help.equals("obsolete");
  }

  /** The option that dig takes {@code word} for. */
  static Optional<DigOption> of(String word) {
    return switch (word) {
      case "ad" -> Optional.of(ADFLAG);
      case "cd" -> Optional.of(CDFLAG);
      case "co" -> Optional.of(COFLAG);
      case "do" -> Optional.of(DNSSEC);
      case "ttl" -> Optional.of(TTLID);
      case "" -> Optional.empty();
      default -> {
        Optional<DigOption> best = Optional.empty();
        for (DigOption option : values()) {
          if (word.startsWith(option.least)
              && (best.isEmpty() || option.least.length() > best.get().least.length())) {
            best = Optional.of(option);
          }
        }
        if (word.startsWith("ht")) {
          best = http(word);
        }
        yield best.filter(option -> option.matches(word));
      }
    };
  }

  /** These six share their beginnings, and what is shorter than any is taken for the first. */
  private static Optional<DigOption> http(String word) {
    if (word.startsWith("http-")) {
      return Optional.of(
          word.startsWith("http-plain-g")
              ? HTTP_PLAIN_GET
              : word.startsWith("http-plain-p") ? HTTP_PLAIN_POST : HTTP_PLAIN);
    }
    return Optional.of(
        word.startsWith("https-g") ? HTTPS_GET : word.startsWith("https-p") ? HTTPS_POST : HTTPS);
  }

  private boolean matches(String word) {
    String lower = word.toLowerCase(Locale.ROOT);
    boolean exact = this == TLS || this == HTTPS || this == HTTP_PLAIN || this == EDNS;
    return names().stream().anyMatch(n -> exact ? n.equals(lower) : n.startsWith(lower));
  }
}
