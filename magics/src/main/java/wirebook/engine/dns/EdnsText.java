package wirebook.engine.dns;

import java.util.List;
import java.util.Optional;
import wirebook.engine.dns.DnsMessage.Edns;
import wirebook.trace.Bytes;

/** What a message says in EDNS (RFC 6891), as BIND's tools print it. */
public final class EdnsText {
  /** RFC 8914, 4. */
  private static final List<String> EXTENDED_ERRORS =
      List.of(
          "Other",
          "Unsupported DNSKEY Algorithm",
          "Unsupported DS Digest Type",
          "Stale Answer",
          "Forged Answer",
          "DNSSEC Indeterminate",
          "DNSSEC Bogus",
          "Signature Expired",
          "Signature Not Yet Valid",
          "DNSKEY Missing",
          "RRSIGs Missing",
          "No Zone Key Bit Set",
          "NSEC Missing",
          "Cached Error",
          "Not Ready",
          "Blocked",
          "Censored",
          "Filtered",
          "Prohibited",
          "Stale NXDOMAIN Answer",
          "Not Authoritative",
          "Not Supported",
          "No Reachable Authority",
          "Network Error",
          "Invalid Data");

  /** What became of the cookie in a reply (RFC 7873, 5.3). */
  public enum Cookie {
    UNCHECKED,
    MATCHES,
    DIFFERS
  }

  private final MessageStyle style;
  private final StringBuilder out = new StringBuilder();

  private EdnsText(MessageStyle style) {
    this.style = style;
  }

  /** The EDNS lines; nothing when the message has none. */
  public static String of(DnsMessage message, MessageStyle style, Cookie cookie) {
    EdnsText text = new EdnsText(style);
    Optional<Edns> edns = message.edns();
    if (edns.isPresent()) {
      if (style.yaml()) {
        text.yamlEdns(edns.get(), cookie);
      } else {
        text.edns(edns.get(), cookie);
      }
    }
    return text.out.toString();
  }

  private void edns(Edns edns, Cookie cookie) {
    if (style.comments()) {
      out.append(";; OPT PSEUDOSECTION:\n");
    }
    out.append("; EDNS: version: ").append(edns.version()).append(", flags:").append(flags(edns));
    int unknown = edns.flags() & ~(Edns.DNSSEC_OK | Edns.COMPACT_OK);
    out.append(unknown == 0 ? "; udp: " : String.format("; MBZ: 0x%04x, udp: ", unknown));
    out.append(edns.udpSize()).append('\n');
    for (EdnsOption option : edns.options()) {
      out.append("; ").append(option(option, cookie)).append('\n');
    }
  }

  private static String flags(Edns edns) {
    return ((edns.flags() & Edns.DNSSEC_OK) != 0 ? " do" : "")
        + ((edns.flags() & Edns.COMPACT_OK) != 0 ? " co" : "");
  }

  private static String option(EdnsOption option, Cookie cookie) {
    Bytes data = option.data();
    int length = data.length();
    String name = optionName(option.code());
    switch (option.code()) {
      case EdnsOption.TCP_KEEPALIVE -> {
        name = "TCP KEEPALIVE";
        if (length == 2) {
          return name + ": " + tenths(data) + " secs";
        }
      }
      case EdnsOption.PADDING -> {
        return "PAD:" + (length > 0 ? " (" + length + " bytes)" : "");
      }
      case EdnsOption.EXTENDED_ERROR -> {
        return extendedError(data);
      }
      default -> {
        Optional<String> known = known(option);
        if (known.isPresent()) {
          return name + ":" + known.get();
        }
      }
    }
    if (length == 0) {
      return name + ":";
    }
    return name + ": " + bytes(option, cookie, "(\"", "\")");
  }

  /** The options that have a text of their own, when they are well-formed. */
  private static Optional<String> known(EdnsOption option) {
    Bytes data = option.data();
    int length = data.length();
    return switch (option.code()) {
      case EdnsOption.LLQ -> length == 18 ? Optional.of(longLived(data)) : Optional.empty();
      case EdnsOption.CLIENT_SUBNET -> clientSubnet(data);
      case EdnsOption.EXPIRE ->
          length == 4
              ? Optional.of(" " + number(data, 0, 4) + " (" + Ttl.verbose(number(data, 0, 4)) + ")")
              : Optional.empty();
      case EdnsOption.KEY_TAG -> {
        if (length == 0 || length % 2 != 0) {
          yield Optional.empty();
        }
        StringBuilder tags = new StringBuilder();
        for (int i = 0; i < length; i += 2) {
          tags.append(i == 0 ? " " : ", ").append(number(data, i, 2));
        }
        yield Optional.of(tags.toString());
      }
      case EdnsOption.CLIENT_TAG, EdnsOption.SERVER_TAG ->
          length == 2 ? Optional.of(" " + number(data, 0, 2)) : Optional.empty();
      default -> Optional.empty();
    };
  }

  private static String optionName(int code) {
    return switch (code) {
      case EdnsOption.LLQ -> "LLQ";
      case EdnsOption.NSID -> "NSID";
      case EdnsOption.CLIENT_SUBNET -> "CLIENT-SUBNET";
      case EdnsOption.EXPIRE -> "EXPIRE";
      case EdnsOption.COOKIE -> "COOKIE";
      case EdnsOption.TCP_KEEPALIVE -> "TCP-KEEPALIVE";
      case EdnsOption.PADDING -> "PAD";
      case EdnsOption.KEY_TAG -> "KEY-TAG";
      case EdnsOption.EXTENDED_ERROR -> "EDE";
      case EdnsOption.CLIENT_TAG -> "CLIENT-TAG";
      case EdnsOption.SERVER_TAG -> "SERVER-TAG";
      default -> "OPT=" + code;
    };
  }

  /** Hex, and for all but cookies and subnets the printable characters. */
  private static String bytes(EdnsOption option, Cookie cookie, String open, String close) {
    Bytes data = option.data();
    if (option.code() == EdnsOption.COOKIE) {
      return data.hex()
          + switch (cookie) {
            case UNCHECKED -> "";
            case MATCHES -> data.length() >= 16 ? " (good)" : " (echoed)";
            case DIFFERS -> " (bad)";
          };
    }
    String hex = spaced(data);
    return option.code() == EdnsOption.CLIENT_SUBNET ? hex : hex + open + printable(data) + close;
  }

  private static String spaced(Bytes data) {
    return data.hex().replaceAll("(..)", "$1 ");
  }

  private static String printable(Bytes data) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < data.length(); i++) {
      int c = data.at(i);
      text.append(c >= 0x20 && c < 0x7f ? (char) c : '.');
    }
    return text.toString();
  }

  private static String extendedError(Bytes data) {
    if (data.isEmpty()) {
      return "EDE:";
    }
    if (data.length() == 1) {
      return "EDE: " + data.hex() + " (\"" + printable(data) + "\")";
    }
    Bytes extra = data.slice(2, data.length());
    return "EDE: "
        + extendedErrorCode(data)
        + (extra.isEmpty() ? "" : ": " + (EdnsOption.isUtf8(extra) ? "" : spaced(extra)))
        + (extra.isEmpty() ? "" : "(" + extraText(extra) + ")");
  }

  private static String extendedErrorCode(Bytes data) {
    int code = (int) number(data, 0, 2);
    return code + (code < EXTENDED_ERRORS.size() ? " (" + EXTENDED_ERRORS.get(code) + ")" : "");
  }

  /** Of text that claims to be UTF-8: no control characters, none that turn the line around. */
  private static String extraText(Bytes extra) {
    if (!EdnsOption.isUtf8(extra)) {
      return printable(extra);
    }
    StringBuilder text = new StringBuilder();
    extra
        .text()
        .codePoints()
        .map(c -> Character.isISOControl(c) || Character.getType(c) == Character.FORMAT ? '.' : c)
        .forEach(text::appendCodePoint);
    return text.toString();
  }

  private static String longLived(Bytes data) {
    return " Version: "
        + number(data, 0, 2)
        + ", Opcode: "
        + number(data, 2, 2)
        + ", Error: "
        + number(data, 4, 2)
        + ", Identifier: "
        + Long.toUnsignedString(number(data, 6, 4) << 32 | number(data, 10, 4))
        + ", Lifetime: "
        + number(data, 14, 4);
  }

  private static Optional<String> clientSubnet(Bytes data) {
    if (data.length() < 4) {
      return Optional.empty();
    }
    int family = (int) number(data, 0, 2);
    int source = data.at(2);
    int scope = data.at(3);
    int octets = (source + 7) / 8;
    int longest = family == 0 ? 0 : family == 1 ? 32 : family == 2 ? 128 : -1;
    if (source > longest || scope > longest || data.length() < 4 + octets) {
      return Optional.empty();
    }
    byte[] address = new byte[family == 2 ? 16 : 4];
    System.arraycopy(data.toArray(), 4, address, 0, octets);
    String text = family == 0 ? "0" : Inet.text(Bytes.of(address));
    return Optional.of(" " + text + "/" + source + "/" + scope);
  }

  private static String tenths(Bytes data) {
    long tenths = number(data, 0, 2);
    return tenths / 10 + "." + tenths % 10;
  }

  private static long number(Bytes data, int from, int length) {
    long number = 0;
    for (int i = from; i < from + length; i++) {
      number = number << 8 | data.at(i);
    }
    return number;
  }

  private void yamlEdns(Edns edns, Cookie cookie) {
    String indent = MessageText.YAML_INDENT + "    ";
    out.append(MessageText.YAML_INDENT).append("OPT_PSEUDOSECTION:\n");
    out.append(MessageText.YAML_INDENT).append("  EDNS:\n");
    out.append(indent).append("version: ").append(edns.version()).append('\n');
    out.append(indent).append("flags:").append(flags(edns)).append('\n');
    int unknown = edns.flags() & ~(Edns.DNSSEC_OK | Edns.COMPACT_OK);
    if (unknown != 0) {
      out.append(indent).append(String.format("MBZ: 0x%04x%n", unknown));
    }
    out.append(indent).append("udp: ").append(edns.udpSize()).append('\n');
    for (EdnsOption option : edns.options()) {
      out.append(indent).append(yamlOption(option, cookie, indent)).append('\n');
    }
  }

  private static String yamlOption(EdnsOption option, Cookie cookie, String indent) {
    Bytes data = option.data();
    String name = optionName(option.code()) + ":";
    if (option.code() == EdnsOption.TCP_KEEPALIVE && data.length() == 2) {
      return name + " " + tenths(data) + " secs";
    }
    if (option.code() == EdnsOption.EXTENDED_ERROR && data.length() >= 2) {
      Bytes extra = data.slice(2, data.length());
      return name
          + "\n"
          + indent
          + "  INFO-CODE: "
          + extendedErrorCode(data)
          + (extra.isEmpty()
              ? ""
              : "\n"
                  + indent
                  + "  EXTRA-TEXT: "
                  + (EdnsOption.isUtf8(extra) ? "" : spaced(extra))
                  + "\""
                  + extraText(extra)
                  + "\"");
    }
    Optional<String> known = known(option);
    if (known.isPresent()) {
      return name + known.get();
    }
    if (option.code() == EdnsOption.CLIENT_SUBNET) {
      name += "\n";
    }
    return data.isEmpty() ? name : name + " " + bytes(option, cookie, "(\"", "\")");
  }
}
