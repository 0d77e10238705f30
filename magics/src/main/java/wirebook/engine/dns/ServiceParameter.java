package wirebook.engine.dns;

import java.util.ArrayList;
import java.util.List;
import wirebook.trace.Bytes;

/** A parameter of an SVCB or HTTPS record (RFC 9460, 2.1 and 7). */
record ServiceParameter(int key, Bytes value) {
  static final List<String> KEYS =
      List.of("mandatory", "alpn", "no-default-alpn", "port", "ipv4hint", "ech", "ipv6hint");

  boolean isWellFormed() {
    return switch (key) {
      case 0 -> isAscendingKeys();
      case 1 -> isAlpnList();
      case 2 -> value.isEmpty();
      case 3 -> value.length() == 2;
      case 4 -> !value.isEmpty() && value.length() % 4 == 0;
      case 6 -> !value.isEmpty() && value.length() % 16 == 0;
      case 7 ->
          !value.isEmpty()
              && value.at(0) == '/'
              && EdnsOption.isUtf8(value)
              && value.text().contains("dns");
      default -> true;
    };
  }

  private boolean isAscendingKeys() {
    for (int i = 2; i + 1 < value.length(); i += 2) {
      if ((value.at(i) << 8 | value.at(i + 1)) <= (value.at(i - 2) << 8 | value.at(i - 1))) {
        return false;
      }
    }
    return !value.isEmpty() && value.length() % 2 == 0;
  }

  private boolean isAlpnList() {
    int at = 0;
    while (at < value.length()) {
      if (value.at(at) == 0) {
        return false;
      }
      at += value.at(at) + 1;
    }
    return !value.isEmpty() && at == value.length();
  }

  /** As zone files have it. */
  String text() throws MalformedMessageException {
    String name = name(key);
    if (value.isEmpty() || key == 2) {
      return name;
    }
    WireReader in = new WireReader(value);
    List<String> each = new ArrayList<>();
    while (in.remaining() > 0) {
      each.add(
          switch (key) {
            case 0 -> name(in.u16());
            case 1 -> listed(in.bytes(in.u8()));
            case 3 -> Integer.toString(in.u16());
            case 4 -> Inet.text(in.bytes(4));
            case 5 -> RdataText.encode(in.rest());
            case 6 -> Inet.text(in.bytes(16));
            default -> RdataText.quoted(in.rest());
          });
    }
    String quote = key == 1 ? "\"" : "";
    return name + "=" + quote + String.join(",", each) + quote;
  }

  private static String name(int key) {
    return key < KEYS.size() ? KEYS.get(key) : "key" + key;
  }

  /** As an element of a comma-separated list in quotes (RFC 9460, appendix A.1). */
  private static String listed(Bytes string) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < string.length(); i++) {
      int c = string.at(i);
      switch (c) {
        case ',' -> text.append("\\\\,");
        case '\\' -> text.append("\\\\\\\\");
        default -> RdataText.escape(text, c, '!', "\"");
      }
    }
    return text.toString();
  }
}
