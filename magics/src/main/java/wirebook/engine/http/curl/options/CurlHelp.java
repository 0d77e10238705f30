package wirebook.engine.http.curl.options;

import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import wirebook.engine.http.CurlCode;
import wirebook.engine.http.curl.options.CurlOptions.CurlOption;
import wirebook.engine.http.curl.options.CurlOptions.Status;

/** What {@code --help} and {@code --manual} print. */
public final class CurlHelp {
  /** curl's categories; those of protocols that are not here have no options. */
  private static final String CATEGORIES =
      """
      auth Authentication methods
      connection Manage connections
      curl The command line tool itself
      deprecated Legacy
      dns Names and resolving
      file FILE protocol
      ftp FTP protocol
      global Global options
      http HTTP and HTTPS protocol
      imap IMAP protocol
      ldap LDAP protocol
      mqtt MQTT protocol
      output File system output
      pop3 POP3 protocol
      post HTTP POST specific
      proxy Options for proxies
      scp SCP protocol
      sftp SFTP protocol
      smtp SMTP protocol
      ssh SSH protocol
      telnet TELNET protocol
      tftp TFTP protocol
      timeout Timeouts and delays
      tls TLS/SSL related
      upload Upload, sending data
      verbose Tracing, logging etc
      """;

  /** How wide the names are where options stand alone. */
  private static final int ALONE = 34;

  private record Category(String name, String words) {
    static List<Category> all() {
      return CATEGORIES
          .lines()
          .map(line -> line.split(" ", 2))
          .map(parts -> new Category(parts[0], parts[1]))
          .toList();
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
                  .map(c -> c.name() + ": " + c.words() + "\n" + lines(of(c.name()), columns))
                  .orElseGet(
                      () ->
                          "Unknown category provided, here is a list of all categories:\n\n"
                              + categories());
        });
  }

  private static Optional<String> option(String subject) {
    Optional<CurlOption> found =
        subject.startsWith("--no-")
            ? CurlOptions.named(subject.substring(5)).filter(CurlOption::negatable)
            : subject.startsWith("--")
                ? CurlOptions.named(subject.substring(2))
                : subject.length() == 2 ? CurlOptions.letter(subject.charAt(1)) : Optional.empty();
    return found.map(o -> line(o, ALONE));
  }

  private static String usual(int columns) {
    return "Usage: curl [options...] <url>\n"
        + lines(of("important"), columns)
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

  private static List<CurlOption> of(String category) {
    return CurlOptions.all().stream().filter(o -> o.categories().contains(category)).toList();
  }

  /** Lines in two columns that fit the terminal as curl makes them fit. */
  private static String lines(Collection<CurlOption> options, int columns) {
    List<CurlOption> shown =
        options.stream()
            .filter(o -> o.status() == Status.WORKS || o.status() == Status.IDLE)
            .toList();
    int names = shown.stream().mapToInt(o -> names(o).length()).max().orElse(0);
    int words = shown.stream().mapToInt(o -> o.help().length()).max().orElse(0);
    int wide = words > columns ? 0 : Math.min(names, columns - words);
    StringBuilder out = new StringBuilder();
    for (CurlOption o : shown) {
      int length = o.help().length();
      int width =
          wide + length < columns - 2 ? wide : length < columns - 2 ? columns - 3 - length : 0;
      out.append(line(o, width));
    }
    return out.toString();
  }

  private static String names(CurlOption o) {
    return (o.letter().isEmpty() ? "    " : "-" + o.letter() + ", ")
        + "--"
        + o.name()
        + (o.argument().isEmpty() ? "" : " <" + o.argument() + ">");
  }

  private static String line(CurlOption o, int width) {
    String names = names(o);
    String missing =
        switch (o.status()) {
          case WORKS, IDLE -> "";
          case DEPRECATED -> " (deprecated, does nothing)";
          case ELSEWHERE -> " (for other protocols)";
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
