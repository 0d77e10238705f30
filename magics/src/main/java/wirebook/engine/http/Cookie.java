package wirebook.engine.http;

/**
 * A cookie (RFC 6265); texts are byte text.
 *
 * @param domain without a leading dot; empty when it was read from a header without a known host
 * @param tailMatch whether subdomains get it as well
 * @param expires seconds since the epoch, 0 for the session's end
 * @param live whether it came in this session and not from a file
 * @param created counts up, older is smaller
 */
public record Cookie(
    String name,
    String value,
    String domain,
    boolean tailMatch,
    String path,
    boolean secure,
    boolean httpOnly,
    long expires,
    boolean live,
    int created) {

  /** A line of a Netscape cookie file. */
  public String netscapeLine() {
    return (httpOnly ? "#HttpOnly_" : "")
        + (tailMatch && !domain.isEmpty() && domain.charAt(0) != '.' ? "." : "")
        + (domain.isEmpty() ? "unknown" : domain)
        + "\t"
        + (tailMatch ? "TRUE" : "FALSE")
        + "\t"
        + (path.isEmpty() ? "/" : path)
        + "\t"
        + (secure ? "TRUE" : "FALSE")
        + "\t"
        + expires
        + "\t"
        + name
        + "\t"
        + value;
  }
}
