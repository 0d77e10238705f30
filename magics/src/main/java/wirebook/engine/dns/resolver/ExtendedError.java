package wirebook.engine.dns.resolver;

import java.util.ArrayList;
import java.util.List;
import org.xbill.DNS.EDNSOption;
import org.xbill.DNS.ExtendedErrorCodeOption;
import org.xbill.DNS.OPTRecord;

/**
 * Why there is no good answer, for a person (RFC 8914). A client decides nothing by it.
 *
 * @param code as in {@link org.xbill.DNS.ExtendedErrorCodeOption}
 * @param text anything more, in words; may be empty
 */
public record ExtendedError(int code, String text) {
  private static final int MOST_ERRORS = 3;

  /** Longer text is cut, for it is no use to a client (RFC 8914, 2). */
  private static final int LONGEST_TEXT = 200;

  /** An OPT record with errors among its options. */
  public static OPTRecord with(OPTRecord edns, List<ExtendedError> errors) {
    if (errors.isEmpty()) {
      return edns;
    }
    List<EDNSOption> options = new ArrayList<>(edns.getOptions());
    errors.stream()
        .limit(MOST_ERRORS)
        .forEach(
            e ->
                options.add(
                    e.text().isEmpty()
                        ? new ExtendedErrorCodeOption(e.code())
                        : new ExtendedErrorCodeOption(
                            e.code(),
                            e.text().substring(0, Math.min(LONGEST_TEXT, e.text().length())))));
    return new OPTRecord(
        edns.getPayloadSize(),
        edns.getExtendedRcode(),
        edns.getVersion(),
        edns.getFlags(),
        options);
  }
}
