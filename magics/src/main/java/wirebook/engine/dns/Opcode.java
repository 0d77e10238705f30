package wirebook.engine.dns;

import java.util.List;
import java.util.Optional;

/**
 * What a message asks for (RFC 1035, 4.1.1; 2136; 1996).
 *
 * @param code 0 to 15
 */
public record Opcode(int code) {
  public static final Opcode QUERY = new Opcode(0);
  public static final Opcode NOTIFY = new Opcode(4);
  public static final Opcode UPDATE = new Opcode(5);

  private static final List<String> NAMES =
      List.of("QUERY", "IQUERY", "STATUS", "RESERVED3", "NOTIFY", "UPDATE");

  /** The opcode with this mnemonic, in any case. */
  public static Optional<Opcode> parse(String name) {
    for (int code = 0; code < 16; code++) {
      Opcode opcode = new Opcode(code);
      if (opcode.toString().equalsIgnoreCase(name)) {
        return Optional.of(opcode);
      }
    }
    return Optional.empty();
  }

  @Override
  public String toString() {
    return code < NAMES.size() ? NAMES.get(code) : "RESERVED" + code;
  }
}
