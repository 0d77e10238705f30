package wirebook.engine.http.curl.options;

import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import wirebook.engine.http.CurlCode;

/** What {@code --help} and {@code --manual} print. */
public final class CurlHelp {
  private static final String USUAL =
      "data fail head header help output remote-name show-headers silent upload-file user"
          + " user-agent verbose version";

  /** curl's categories; those of protocols that are not here have no options. */
  private static final String CATEGORIES =
      """
      auth | Authentication methods | anyauth aws-sigv4 basic digest location-trusted netrc \
      netrc-file netrc-optional oauth2-bearer pass proxy-anyauth proxy-basic proxy-pass \
      proxy-tlsv1 proxy-user socks5-basic socks5-gssapi user
      connection | Manage connections | abstract-unix-socket connect-timeout connect-to \
      continue-at happy-eyeballs-timeout-ms interface ip-tos ipv4 ipv6 keepalive \
      keepalive-cnt keepalive-time limit-rate local-port max-filesize max-time mptcp \
      parallel parallel-immediate parallel-max parallel-max-host proto proto-default \
      proto-redir rate request resolve speed-limit speed-time tcp-fastopen tcp-nodelay \
      unix-socket vlan-priority
      curl | The command line tool itself | config disable disallow-username-in-url \
      fail-early globoff help manual next parallel parallel-immediate parallel-max \
      parallel-max-host path-as-is proto proto-default proto-redir retry retry-all-errors \
      retry-connrefused retry-delay retry-max-time show-error skip-existing url variable \
      version
      deprecated | Legacy |
      dns | Names and resolving | connect-to ipv4 ipv6 resolve
      file | FILE protocol |
      ftp | FTP protocol |
      global | Global options | fail-early parallel parallel-immediate parallel-max \
      parallel-max-host progress-bar rate show-error stderr styled-output trace trace-ascii \
      trace-config trace-ids trace-time verbose
      http | HTTP and HTTPS protocol | abstract-unix-socket alpn alt-svc anyauth aws-sigv4 \
      basic compressed cookie cookie-jar data data-ascii data-binary data-raw data-urlencode \
      digest dump-ca-embed dump-header etag-compare etag-save expect100-timeout fail \
      fail-with-body follow form form-escape form-string get haproxy-clientip \
      haproxy-protocol head header hsts http0.9 http1.0 http1.1 http2 http2-prior-knowledge \
      ignore-content-length json junk-session-cookies location location-trusted max-filesize \
      max-redirs oauth2-bearer post301 post302 post303 proxy-header range raw referer \
      remote-header-name request-target show-headers time-cond tr-encoding unix-socket \
      url-query user-agent
      imap | IMAP protocol |
      ldap | LDAP protocol |
      mqtt | MQTT protocol |
      output | File system output | buffer clobber create-dirs fail-with-body out-null \
      output output-dir remote-header-name remote-name remote-name-all remote-time \
      remove-on-error show-headers skip-existing use-ascii xattr
      pop3 | POP3 protocol |
      post | HTTP POST specific | data data-ascii data-binary data-raw data-urlencode form \
      form-escape form-string json post301 post302 post303 url-query
      proxy | Options for proxies | anyauth digest dump-ca-embed haproxy-clientip \
      haproxy-protocol noproxy preproxy proxy proxy-anyauth proxy-basic proxy-cacert \
      proxy-capath proxy-cert proxy-cert-type proxy-ciphers proxy-crlfile proxy-digest \
      proxy-header proxy-insecure proxy-key proxy-key-type proxy-pass proxy-pinnedpubkey \
      proxy-ssl-allow-beast proxy-ssl-auto-client-cert proxy-tls13-ciphers proxy-tlsv1 \
      proxy-user proxy1.0 proxytunnel socks4 socks4a socks5 socks5-basic socks5-gssapi \
      socks5-hostname suppress-connect-headers
      scp | SCP protocol |
      sftp | SFTP protocol |
      smtp | SMTP protocol |
      ssh | SSH protocol |
      telnet | TELNET protocol |
      tftp | TFTP protocol |
      timeout | Timeouts and delays | connect-timeout expect100-timeout \
      happy-eyeballs-timeout-ms keepalive-time max-time retry-delay retry-max-time \
      speed-time
      tls | TLS/SSL related | alpn ca-native cacert capath cert cert-status cert-type \
      ciphers crlfile curves dump-ca-embed insecure key key-type pass pinnedpubkey \
      proxy-ca-native proxy-cacert proxy-capath proxy-cert proxy-cert-type proxy-ciphers \
      proxy-crlfile proxy-digest proxy-insecure proxy-key proxy-key-type proxy-pass \
      proxy-pinnedpubkey proxy-ssl-allow-beast proxy-ssl-auto-client-cert \
      proxy-tls13-ciphers proxy-tlsv1 sessionid sigalgs ssl-allow-beast ssl-auto-client-cert \
      ssl-no-revoke ssl-revoke-best-effort tls-earlydata tls-max tls13-ciphers tlsv1 tlsv1.0 \
      tlsv1.1 tlsv1.2 tlsv1.3
      upload | Upload, sending data | create-file-mode data data-ascii data-binary data-raw \
      data-urlencode form form-escape form-string json upload-file url-query
      verbose | Tracing, logging etc | progress-bar progress-meter show-headers silent \
      stderr styled-output trace trace-ascii trace-config trace-ids trace-time verbose \
      write-out
      """;

  /** How wide the names are where options stand alone. */
  private static final int ALONE = 34;

  private record Category(String name, String words, Set<String> options) {
    static List<Category> all() {
      return CATEGORIES.lines().map(Category::of).toList();
    }

    private static Category of(String line) {
      String[] parts = line.split("\\|", -1);
      return new Category(
          parts[0].strip(),
          parts[1].strip(),
          Set.copyOf(Arrays.asList(parts[2].strip().split(" +"))));
    }
  }

  private CurlHelp() {}

  /**
   * The help on a subject.
   *
   * @param subject an option, a category, {@code all}, {@code category}, or empty for the usual
   * @param columns how wide the terminal is
   * @return empty when the subject looks like an option and is none
   */
  public static Optional<String> help(String subject, int columns) {
    String wanted = subject.toLowerCase(Locale.ROOT);
    if (wanted.startsWith("-")) {
      return option(subject);
    }
    return Optional.of(
        switch (wanted) {
          case "" -> usual(columns);
          case "all" -> lines(CurlOptions.all(), columns);
          case "category" -> categories();
          default ->
              Category.all().stream()
                  .filter(c -> c.name().equals(wanted))
                  .findFirst()
                  .map(c -> c.name() + ": " + c.words() + "\n" + lines(of(c.options()), columns))
                  .orElseGet(
                      () ->
                          "Unknown category provided, here is a list of all categories:\n\n"
                              + categories());
        });
  }

  private static Optional<String> option(String subject) {
    Optional<CurlOptions.CurlOption> found =
        subject.startsWith("--no-")
            ? CurlOptions.named(subject.substring(5)).filter(CurlHelp::isFlag)
            : subject.startsWith("--")
                ? CurlOptions.named(subject.substring(2))
                : subject.length() == 2 ? CurlOptions.letter(subject.charAt(1)) : Optional.empty();
    return found.map(o -> line(o, ALONE));
  }

  private static boolean isFlag(CurlOptions.CurlOption option) {
    return option.kind() == CurlOptions.Kind.FLAG || option.kind() == CurlOptions.Kind.REVERSED;
  }

  private static String usual(int columns) {
    return "Usage: curl [options...] <url>\n"
        + lines(of(Set.copyOf(Arrays.asList(USUAL.split(" ")))), columns)
        + """

        This is not the full help; this menu is split into categories.
        Use "--help category" to get an overview of all categories, which are:
        %s
        Use "--help all" to list all options
        Use "--help [option]" to view documentation for a given option
        """
            .formatted(names(columns));
  }

  /** The names of the categories, with commas. */
  private static String names(int columns) {
    StringBuilder out = new StringBuilder();
    int column = 0;
    List<Category> all = Category.all();
    for (Category c : all) {
      boolean last = c.equals(all.getLast());
      int length = c.name().length() + (last ? 1 : 2);
      if (column + length >= columns) {
        out.append('\n');
        column = 0;
      }
      column += length;
      out.append(c.name()).append(last ? "." : ", ");
    }
    return out.toString();
  }

  private static String categories() {
    StringBuilder out = new StringBuilder();
    for (Category c : Category.all()) {
      out.append(String.format(Locale.ROOT, " %-11s %s\n", c.name(), c.words()));
    }
    return out.toString();
  }

  private static List<CurlOptions.CurlOption> of(Set<String> names) {
    return CurlOptions.all().stream().filter(o -> names.contains(o.name())).toList();
  }

  /** Lines in two columns that fit the terminal as curl makes them fit. */
  private static String lines(Collection<CurlOptions.CurlOption> options, int columns) {
    List<CurlOptions.CurlOption> shown =
        options.stream().filter(o -> o.status() == CurlOptions.Status.WORKS).toList();
    int names = shown.stream().mapToInt(o -> names(o).length()).max().orElse(0);
    int words = shown.stream().mapToInt(o -> o.help().length()).max().orElse(0);
    int wide = words > columns ? 0 : Math.min(names, columns - words);
    StringBuilder out = new StringBuilder();
    for (CurlOptions.CurlOption o : shown) {
      int length = o.help().length();
      int width =
          wide + length < columns - 2 ? wide : length < columns - 2 ? columns - 3 - length : 0;
      out.append(line(o, width));
    }
    return out.toString();
  }

  private static String names(CurlOptions.CurlOption o) {
    return (o.letter().isEmpty() ? "    " : "-" + o.letter() + ", ")
        + "--"
        + o.name()
        + (o.argument().isEmpty() ? "" : " <" + o.argument() + ">");
  }

  private static String line(CurlOptions.CurlOption o, int width) {
    String names = names(o);
    String missing =
        switch (o.status()) {
          case WORKS -> "";
          case DEPRECATED -> " (deprecated, does nothing)";
          case REFUSED -> " (not in this build)";
        };
    return " "
        + names
        + " ".repeat(Math.max(0, width - names.length()))
        + "  "
        + o.help()
        + missing
        + "\n";
  }

  public static String manual() {
    StringBuilder out = new StringBuilder();
    out.append(
        """
        NAME
            curl - transfer a URL

        SYNOPSIS
            curl [options / URLs]

        DESCRIPTION
            Transfers data from or to a server over HTTP, HTTPS, WS and WSS, as curl %s does.
            Requests, messages, traces and exit codes are those of curl; what belongs to other
            protocols is refused by name. In a notebook the value of the line holds every
            exchange with its timing, and every byte of its connections.

        OPTIONS
        """
            .formatted(CurlVersion.NUMBER));
    CurlOptions.all().forEach(o -> out.append("   ").append(line(o, ALONE)));
    out.append("\nEXIT CODES\n");
    for (CurlCode code : CurlCode.values()) {
      out.append(String.format(Locale.ROOT, "    %-4d%s\n", code.number(), code.words()));
    }
    return out.append(
            """

            AUTHORS
                The command and its manual are Daniel Stenberg's and his contributors': see
                https://curl.se/docs/manpage.html. This implementation of it is Wirebook's.
            """)
        .toString();
  }
}
