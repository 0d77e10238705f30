package wirebook.engine.dns;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import wirebook.trace.Bytes;

/** A parameter of an SVCB or HTTPS record (RFC 9460, 2.1 and 7). */
record ServiceParameter(int key, Bytes value) {
  private static final List<String> KEYS =
      List.of("mandatory", "alpn", "no-default-alpn", "port", "ipv4hint", "ech", "ipv6hint");

  // Keys (RFC 9460, 14.3.2; RFC 9461, 5).
  static final int MANDATORY = 0;
  static final int ALPN = 1;
  static final int NO_DEFAULT_ALPN = 2;
  private static final int PORT = 3;
  private static final int IPV4_HINT = 4;
  private static final int ECH = 5;
  private static final int IPV6_HINT = 6;
  private static final int DOH_PATH = 7;

  /**
   * Of its name and value in a zone file, without the escapes of strings.
   *
   * @throws IllegalArgumentException when there is none such
   */
  static ServiceParameter parse(String name, Optional<Bytes> value) {
    int key = key(name);
    ServiceParameter parameter = new ServiceParameter(key, value(name, key, value));
    if (!parameter.isWellFormed()) {
      throw new IllegalArgumentException(name + " is malformed");
    }
    return parameter;
  }

  private static int key(String name) {
    int known = KEYS.indexOf(name);
    if (known >= 0) {
      return known;
    }
    if (name.equals("dohpath")) {
      return DOH_PATH;
    }
    if (!name.matches("key(0|[1-9]\\d{0,4})") || Integer.parseInt(name.substring(3)) > 0xffff) {
      throw new IllegalArgumentException("no parameter of a service is called " + name);
    }
    int key = Integer.parseInt(name.substring(3));
    if (key < DOH_PATH) {
      throw new IllegalArgumentException(name + " is called " + KEYS.get(key) + " in a zone");
    }
    return key;
  }

  private static Bytes value(String name, int key, Optional<Bytes> given) {
    if (key == NO_DEFAULT_ALPN) {
      if (given.isPresent()) {
        throw new IllegalArgumentException(name + " has no value");
      }
      return Bytes.EMPTY;
    }
    Bytes value = given.orElse(Bytes.EMPTY);
    if (value.isEmpty() && key <= DOH_PATH && key != ECH) {
      throw new IllegalArgumentException(name + " wants a value");
    }
    WireWriter wire = new WireWriter();
    switch (key) {
      case MANDATORY -> {
        TreeSet<Integer> keys = new TreeSet<>();
        for (Bytes one : items(value)) {
          if (!keys.add(key(one.text()))) {
            throw new IllegalArgumentException(one.text() + " stands twice in mandatory");
          }
        }
        keys.forEach(wire::u16);
      }
      case ALPN -> {
        for (Bytes one : items(value)) {
          if (one.isEmpty() || one.length() > 255) {
            throw new IllegalArgumentException("a name in alpn has 1 to 255 bytes");
          }
          wire.u8(one.length()).bytes(one);
        }
      }
      case PORT -> {
        int port = Integer.parseInt(value.text());
        if (port < 0 || port > 0xffff) {
          throw new IllegalArgumentException(port + " is no port");
        }
        wire.u16(port);
      }
      case IPV4_HINT, IPV6_HINT -> {
        for (Bytes one : items(value)) {
          byte[] address = InetAddress.ofLiteral(one.text()).getAddress();
          if (address.length != (key == IPV4_HINT ? 4 : 16)) {
            throw new IllegalArgumentException(one.text() + " does not fit " + name);
          }
          wire.bytes(Bytes.of(address));
        }
      }
      case ECH -> wire.bytes(Bytes.of(Base64.getDecoder().decode(value.text())));
      default -> wire.bytes(value);
    }
    return wire.written();
  }

  /**
   * The items of a list with commas; a backslash takes what follows it for itself (appendix A.1).
   */
  private static List<Bytes> items(Bytes value) {
    List<Bytes> items = new ArrayList<>();
    WireWriter item = new WireWriter();
    for (int i = 0; i < value.length(); i++) {
      int octet = value.at(i);
      if (octet == ',') {
        items.add(item.written());
        item = new WireWriter();
      } else {
        item.u8(octet == '\\' && i + 1 < value.length() ? value.at(++i) : octet);
      }
    }
    items.add(item.written());
    return items;
  }

  boolean isWellFormed() {
    return switch (key) {
      case MANDATORY -> isAscendingKeys();
      case ALPN -> isAlpnList();
      case NO_DEFAULT_ALPN -> value.isEmpty();
      case PORT -> value.length() == 2;
      case IPV4_HINT -> !value.isEmpty() && value.length() % 4 == 0;
      case IPV6_HINT -> !value.isEmpty() && value.length() % 16 == 0;
      case DOH_PATH ->
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
    if (value.isEmpty() || key == NO_DEFAULT_ALPN) {
      return name;
    }
    WireReader in = new WireReader(value);
    List<String> each = new ArrayList<>();
    while (in.remaining() > 0) {
      each.add(
          switch (key) {
            case MANDATORY -> name(in.u16());
            case ALPN -> listed(in.bytes(in.u8()));
            case PORT -> Integer.toString(in.u16());
            case IPV4_HINT -> Inet.text(in.bytes(4));
            case ECH -> RdataText.encode(in.rest());
            case IPV6_HINT -> Inet.text(in.bytes(16));
            default -> RdataText.quoted(in.rest());
          });
    }
    String quote = key == ALPN ? "\"" : "";
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
