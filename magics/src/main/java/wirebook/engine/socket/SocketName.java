package wirebook.engine.socket;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import wirebook.trace.Bytes;
import wirebook.trace.HostPort;
import wirebook.trace.IpText;

/** What a socket is bound or connected to: a {@code struct sockaddr}, by its family. */
public sealed interface SocketName {

  /** IPv4 or IPv6, by the number of {@code address}'s bytes. */
  record Ip(Bytes address, int port, int scope) implements SocketName {
    public Ip {
      if (port < 0 || port > 65_535) {
        throw new IllegalArgumentException("port " + port + " is not from 0 to 65535");
      }
    }

    @Override
    public String toString() {
      return HostPort.of(IpText.of(address), port);
    }
  }

  /** A path in the file system, or with {@code hidden} a name in Linux's abstract namespace. */
  record Path(String path, boolean hidden) implements SocketName {
    @Override
    public String toString() {
      return (hidden ? "@" : "") + path;
    }
  }

  /** A Unix-domain socket without a name. {@code length} is the number of bytes received. */
  record Unnamed(int length) implements SocketName {
    @Override
    public String toString() {
      return "*";
    }
  }

  /** What the system gave is of no family that we know. */
  record Other(int family) implements SocketName {
    @Override
    public String toString() {
      return "family " + family;
    }
  }

  /** The longest path: {@code sun_path} has 108 bytes, 104 on macOS. */
  int LONGEST_PATH = Platform.CURRENT == Platform.MAC ? 103 : 107;

  /**
   * {@code 127.0.0.1:80}, {@code [::1]:80}, {@code :80} (any IPv4 address), {@code *:80}, a path
   * with a slash, or {@code @name}.
   *
   * @throws IllegalArgumentException with the reason
   */
  static SocketName parse(String text) {
    if (text.startsWith("@") || text.contains("/")) {
      boolean hidden = text.startsWith("@");
      String path = hidden ? text.substring(1) : text;
      int length = path.getBytes(StandardCharsets.UTF_8).length;
      if (length > LONGEST_PATH || path.indexOf('\0') >= 0) {
        throw new IllegalArgumentException(
            "a socket's path has at most " + LONGEST_PATH + " bytes, this one has " + length);
      }
      return new Path(path, hidden);
    }
    int colon = text.lastIndexOf(':');
    if (colon < 0 || text.endsWith("]")) {
      throw new IllegalArgumentException("no port in " + text);
    }
    String host = text.substring(0, colon);
    if (host.contains(":") && !host.startsWith("[")) {
      throw new IllegalArgumentException(
          "an IPv6 address stands in brackets before its port: ["
              + host
              + "]:"
              + text.substring(colon + 1));
    }
    int port;
    try {
      port = Integer.parseInt(text.substring(colon + 1));
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("no port number: " + text.substring(colon + 1), e);
    }
    String literal =
        switch (host) {
          case "", "*" -> "0.0.0.0";
          case "localhost" -> "127.0.0.1";
          default ->
              host.startsWith("[") && host.endsWith("]")
                  ? host.substring(1, host.length() - 1)
                  : host;
        };
    if (!literal.matches("[0-9.]+|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*")) {
      throw new IllegalArgumentException("the system calls take addresses, no names: " + literal);
    }
    try {
      return new Ip(IpText.parse(literal), port, 0);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          port < 0 || port > 65_535
              ? "port " + port + " is not from 0 to 65535"
              : literal + " is no address",
          e);
    }
  }

  /** The structure's bytes, in this system's layout. */
  default Bytes encode() {
    byte[] out =
        switch (this) {
          case Ip ip -> {
            byte[] raw = new byte[ip.address.length() == 16 ? 28 : 16];
            raw[2] = (byte) (ip.port >> 8);
            raw[3] = (byte) ip.port;
            System.arraycopy(
                ip.address.toArray(), 0, raw, raw.length == 28 ? 8 : 4, ip.address.length());
            if (raw.length == 28) {
              littleEndian(raw, 24, ip.scope);
            }
            yield raw;
          }
          case Path path -> {
            byte[] name = path.path.getBytes(StandardCharsets.UTF_8);
            byte[] raw = new byte[2 + name.length + 1];
            System.arraycopy(name, 0, raw, path.hidden ? 3 : 2, name.length);
            yield raw;
          }
          case Unnamed unnamed -> new byte[2];
          case Other other -> new byte[2];
        };
    int family = family();
    if (Platform.CURRENT == Platform.MAC) {
      out[0] = (byte) out.length;
      out[1] = (byte) family;
    } else {
      out[0] = (byte) family;
      out[1] = (byte) (family >> 8);
    }
    return Bytes.of(out);
  }

  default int family() {
    return switch (this) {
      case Ip ip -> Names.FAMILIES.get(ip.address.length() == 16 ? "AF_INET6" : "AF_INET");
      case Path path -> Names.FAMILIES.get("AF_UNIX");
      case Unnamed unnamed -> Names.FAMILIES.get("AF_UNIX");
      case Other other -> other.family;
    };
  }

  /** Reads what the system wrote; total. */
  static SocketName decode(Bytes raw) {
    if (raw.length() < 2) {
      return new Unnamed(raw.length());
    }
    int family = Platform.CURRENT == Platform.MAC ? raw.at(1) : raw.at(0) | raw.at(1) << 8;
    if (family == Names.FAMILIES.get("AF_INET") && raw.length() >= 16) {
      return new Ip(raw.slice(4, 8), raw.at(2) << 8 | raw.at(3), 0);
    }
    if (family == Names.FAMILIES.get("AF_INET6") && raw.length() >= 28) {
      int scope = raw.at(24) | raw.at(25) << 8 | raw.at(26) << 16 | raw.at(27) << 24;
      return new Ip(raw.slice(8, 24), raw.at(2) << 8 | raw.at(3), scope);
    }
    if (family == Names.FAMILIES.get("AF_UNIX")) {
      if (raw.length() == 2) {
        return new Unnamed(2);
      }
      byte[] name = raw.slice(2, raw.length()).toArray();
      boolean hidden = name[0] == 0 && Platform.CURRENT == Platform.LINUX && name.length > 1;
      int end = hidden ? name.length : 0;
      while (end < name.length && name[end] != 0) {
        end++;
      }
      byte[] path = Arrays.copyOfRange(name, hidden ? 1 : 0, end);
      return path.length == 0
          ? new Unnamed(raw.length())
          : new Path(new String(path, StandardCharsets.UTF_8), hidden);
    }
    return new Other(family);
  }

  private static void littleEndian(byte[] raw, int at, int value) {
    for (int i = 0; i < 4; i++) {
      raw[at + i] = (byte) (value >> (8 * i));
    }
  }
}
