package wirebook.engine.dns;

import java.util.function.UnaryOperator;

/**
 * How a message is laid out.
 *
 * @param comments whether sections have headings and a blank line behind them
 * @param split after how many characters hex and base64 are split; -1 for where it fits, 0 for
 *     never
 * @param names what to make of a name's text, such as showing the letters that it encodes
 */
public record MessageStyle(
    boolean comments,
    boolean yaml,
    boolean multiline,
    boolean recordComments,
    boolean crypto,
    boolean unknown,
    boolean expandAddresses,
    boolean ttl,
    boolean ttlUnits,
    boolean recordClass,
    int split,
    UnaryOperator<String> names) {
  private static final int LINE_LENGTH = 80;

  /** As dig prints a message when no option says otherwise. */
  public static final MessageStyle DIG =
      new MessageStyle(
          true,
          false,
          false,
          false,
          true,
          false,
          false,
          true,
          false,
          true,
          -1,
          UnaryOperator.identity());

  /** Its style of data, on one line. */
  public MessageStyle line(boolean withComments) {
    return new MessageStyle(
        false,
        false,
        false,
        withComments,
        crypto,
        unknown,
        expandAddresses,
        true,
        false,
        true,
        split,
        names);
  }

  private boolean narrow() {
    return multiline || (!ttl && !recordClass);
  }

  private boolean middle() {
    return !ttl || !recordClass;
  }

  int ttlColumn() {
    return 24;
  }

  int classColumn() {
    return narrow() || middle() ? 24 : 32;
  }

  int typeColumn() {
    return narrow() ? 24 : middle() ? 32 : 40;
  }

  int dataColumn() {
    return narrow() ? 32 : middle() ? 40 : 48;
  }

  RdataStyle rdata() {
    int width = multiline ? LINE_LENGTH - dataColumn() : 60;
    return new RdataStyle(
        multiline,
        recordComments,
        crypto,
        unknown,
        expandAddresses,
        yaml,
        split < 0 ? width : split,
        multiline ? "\n" + "\t".repeat(dataColumn() / 8) : " ");
  }
}
