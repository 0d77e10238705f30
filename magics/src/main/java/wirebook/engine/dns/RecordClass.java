package wirebook.engine.dns;

import java.util.Locale;
import java.util.Optional;

/**
 * The class of a record or question (RFC 1035, 3.2.4).
 *
 * @param code 0 to 65535
 */
public record RecordClass(int code) {
  public static final RecordClass IN = new RecordClass(1);
  public static final RecordClass CH = new RecordClass(3);
  public static final RecordClass HS = new RecordClass(4);
  public static final RecordClass NONE = new RecordClass(254);
  public static final RecordClass ANY = new RecordClass(255);

  /** Reads a mnemonic in any case, {@code chaos} and {@code hesiod} too, or {@code CLASS4}. */
  public static Optional<RecordClass> parse(String text) {
    String upper = text.toUpperCase(Locale.ROOT);
    return switch (upper) {
      case "IN" -> Optional.of(IN);
      case "CH", "CHAOS" -> Optional.of(CH);
      case "HS", "HESIOD" -> Optional.of(HS);
      case "NONE" -> Optional.of(NONE);
      case "ANY" -> Optional.of(ANY);
      case "RESERVED0" -> Optional.of(new RecordClass(0));
      default -> Numbered.parse(upper, "CLASS").map(RecordClass::new);
    };
  }

  @Override
  public String toString() {
    return switch (code) {
      case 0 -> "RESERVED0";
      case 1 -> "IN";
      case 3 -> "CH";
      case 4 -> "HS";
      case 254 -> "NONE";
      case 255 -> "ANY";
      default -> numbered();
    };
  }

  String numbered() {
    return "CLASS" + code;
  }
}
