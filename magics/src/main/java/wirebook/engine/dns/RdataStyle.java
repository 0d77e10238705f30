package wirebook.engine.dns;

/**
 * How the data of a record is laid out.
 *
 * @param multiline long data over several lines, in parentheses
 * @param comments what keys and SOA fields mean, behind a semicolon
 * @param crypto whether keys, digests and signatures are shown
 * @param unknown every type as RFC 3597 writes an unknown one
 * @param expandAddresses IPv6 addresses with all their zeros
 * @param yaml inside a YAML string
 * @param width after how many characters hex and base64 are split; 0 for never
 * @param lineBreak what stands where they are split
 */
public record RdataStyle(
    boolean multiline,
    boolean comments,
    boolean crypto,
    boolean unknown,
    boolean expandAddresses,
    boolean yaml,
    int width,
    String lineBreak) {
  /** One line, as {@code dig +noall +answer} shows it. */
  public static final RdataStyle PLAIN =
      new RdataStyle(false, false, true, false, false, false, 60, " ");
}
