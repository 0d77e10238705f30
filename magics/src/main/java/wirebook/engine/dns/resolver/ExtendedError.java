package wirebook.engine.dns.resolver;

/**
 * Why there is no good answer, for a person (RFC 8914). A client decides nothing by it.
 *
 * @param code as in {@link org.xbill.DNS.ExtendedErrorCodeOption}
 * @param text anything more, in words; may be empty
 */
public record ExtendedError(int code, String text) {}
