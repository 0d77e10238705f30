package wirebook.engine.http.client;

import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import wirebook.engine.http.ByteText;
import wirebook.engine.http.CurlCode;
import wirebook.engine.http.HttpFailure;
import wirebook.engine.http.HttpUrl;

/** Asks a SOCKS proxy to connect on: SOCKS4, 4a, and 5 (RFC 1928, RFC 1929). */
final class Socks {
  /** Finds the addresses of a name here, for the proxies that cannot. */
  interface Resolver {
    List<InetAddress> resolve(String host) throws HttpFailure;
  }

  private final Connection connection;
  private final Route.Proxy proxy;
  private final boolean basicAllowed;
  private final Resolver resolver;

  Socks(Connection connection, Route.Proxy proxy, boolean basicAllowed, Resolver resolver) {
    this.connection = connection;
    this.proxy = proxy;
    this.basicAllowed = basicAllowed;
    this.resolver = resolver;
  }

  private static HttpFailure bad(String why) {
    return new HttpFailure(CurlCode.PROXY, why);
  }

  void connect(Route.Peer target) throws HttpFailure {
    try {
      if (proxy.type().startsWith("socks4")) {
        version4(target);
      } else {
        version5(target);
      }
    } catch (IOException e) {
      throw bad("Failed to receive SOCKS response: " + CurlCode.RECV_ERROR.words());
    }
  }

  private byte[] read(int count) throws IOException, HttpFailure {
    byte[] bytes = new byte[count];
    for (int i = 0; i < count; i++) {
      int b = connection.readByte();
      if (b < 0) {
        throw bad("Failed to receive SOCKS response, proxy closed connection");
      }
      bytes[i] = (byte) b;
    }
    connection.record(false, bytes, 0, count);
    return bytes;
  }

  private void version4(Route.Peer target) throws IOException, HttpFailure {
    boolean remote = proxy.type().equals("socks4a");
    StringBuilder request = new StringBuilder("\u0004\u0001");
    request.append((char) (target.port() >> 8)).append((char) (target.port() & 255));
    if (remote) {
      request.append("\0\0\0\u0001");
    } else {
      InetAddress address =
          resolver.resolve(target.host()).stream()
              .filter(Inet4Address.class::isInstance)
              .findFirst()
              .orElseThrow(() -> bad("SOCKS4 connection to " + target.host() + " not supported"));
      request.append(ByteText.of(address.getAddress()));
    }
    String user = proxy.credentials().map(Route.Credentials::user).orElse("");
    if (user.length() > 255) {
      throw bad("Too long SOCKS proxy username");
    }
    request.append(user).append('\0');
    if (remote) {
      if (target.host().length() > 255) {
        throw bad("SOCKS4: too long hostname");
      }
      request.append(target.host()).append('\0');
    }
    connection.write(request.toString());
    byte[] reply = read(8);
    if (reply[0] != 0) {
      throw bad("SOCKS4 reply has wrong version, version should be 0.");
    }
    int code = reply[1] & 255;
    if (code != 90) {
      String why =
          switch (code) {
            case 91 -> "request rejected or failed.";
            case 92 ->
                "request rejected because SOCKS server cannot connect to identd on the client.";
            case 93 ->
                "request rejected because the client program and identd report different user-ids.";
            default -> "Unknown.";
          };
      throw bad(
          "[SOCKS] cannot complete SOCKS4 connection to "
              + dotted(reply, 4)
              + ":"
              + ((reply[2] & 255) * 256 + (reply[3] & 255))
              + ". ("
              + code
              + "), "
              + why);
    }
  }

  private static String dotted(byte[] bytes, int at) {
    List<String> parts = new ArrayList<>();
    for (int i = at; i < at + 4; i++) {
      parts.add(String.valueOf(bytes[i] & 255));
    }
    return String.join(".", parts);
  }

  private void version5(Route.Peer target) throws IOException, HttpFailure {
    boolean remote = proxy.type().equals("socks5h");
    if (remote && target.host().length() > 255) {
      throw bad(
          "SOCKS5: the destination hostname is too long to be resolved remotely by the proxy.");
    }
    boolean basic = basicAllowed && proxy.credentials().isPresent();
    connection.write(basic ? "\u0005\u0002\0\u0002" : "\u0005\u0001\0");
    byte[] choice = read(2);
    if (choice[0] != 5) {
      throw bad("Received invalid version in initial SOCKS5 response.");
    }
    switch (choice[1] & 255) {
      case 0 -> {
        // No authentication is wanted.
      }
      case 2 -> {
        if (!basicAllowed) {
          throw bad("BASIC authentication proposed but not enabled.");
        }
        String user = proxy.credentials().map(Route.Credentials::user).orElse("");
        String password = proxy.credentials().map(Route.Credentials::password).orElse("");
        if (user.length() > 255 || password.length() > 255) {
          throw bad(
              "Excessive "
                  + (user.length() > 255 ? "username" : "password")
                  + " length for proxy auth");
        }
        connection.write(
            "\u0001" + (char) user.length() + user + (char) password.length() + password);
        byte[] answer = read(2);
        if (answer[1] != 0) {
          throw bad(
              "User was rejected by the SOCKS5 server (" + answer[0] + " " + answer[1] + ").");
        }
      }
      case 1 -> throw bad("SOCKS5 GSSAPI per-message authentication is not enabled.");
      case 255 -> throw bad("No authentication method was acceptable.");
      default -> throw bad("Unknown SOCKS5 mode attempted to be used by server.");
    }
    StringBuilder request = new StringBuilder("\u0005\u0001\0");
    if (remote && !HttpUrl.isLiteral(target.host())) {
      request.append('\u0003').append((char) target.host().length()).append(target.host());
    } else {
      InetAddress address = resolver.resolve(target.host()).getFirst();
      request
          .append(address instanceof Inet4Address ? '\u0001' : '\u0004')
          .append(ByteText.of(address.getAddress()));
    }
    request.append((char) (target.port() >> 8)).append((char) (target.port() & 255));
    connection.write(request.toString());
    byte[] head = read(4);
    if (head[0] != 5) {
      throw bad("SOCKS5 reply has wrong version, version should be 5.");
    }
    int code = head[1] & 255;
    if (code != 0) {
      throw bad("cannot complete SOCKS5 connection to " + target.host() + ". (" + code + ")");
    }
    int length =
        switch (head[3]) {
          case 1 -> 4;
          case 4 -> 16;
          case 3 -> read(1)[0] & 255;
          default -> throw bad("SOCKS5 reply has wrong address type.");
        };
    read(length + 2);
  }
}
