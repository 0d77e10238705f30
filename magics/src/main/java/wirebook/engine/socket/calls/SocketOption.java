package wirebook.engine.socket.calls;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import wirebook.engine.socket.Platform;

/**
 * An option of setsockopt(2): where it belongs, its number, and the form of its value.
 *
 * @param strace the name as strace prints it, which for the timeouts has a suffix
 */
public record SocketOption(
    String level, int levelNumber, String name, String strace, int number, Kind kind) {
  public enum Kind {
    INT(4),
    LINGER(8),
    TIMEVAL(16),
    NAME(16),
    TCP_INFO(232);

    final int size;

    Kind(int size) {
      this.size = size;
    }
  }

  public static final List<SocketOption> ALL = all();

  static Optional<SocketOption> named(String name) {
    String upper = name.toUpperCase(Locale.ROOT);
    return ALL.stream().filter(o -> o.name.equals(upper)).findFirst();
  }

  static SocketOption get(String name) {
    return named(name).orElseThrow(() -> new IllegalArgumentException(name));
  }

  private static List<SocketOption> all() {
    boolean mac = Platform.CURRENT == Platform.MAC;
    List<SocketOption> all = new ArrayList<>();
    String table =
        """
        SOL_SOCKET SO_DEBUG 1 1 INT
        SOL_SOCKET SO_REUSEADDR 2 4 INT
        SOL_SOCKET SO_TYPE 3 4104 INT
        SOL_SOCKET SO_ERROR 4 4103 INT
        SOL_SOCKET SO_DONTROUTE 5 16 INT
        SOL_SOCKET SO_BROADCAST 6 32 INT
        SOL_SOCKET SO_SNDBUF 7 4097 INT
        SOL_SOCKET SO_RCVBUF 8 4098 INT
        SOL_SOCKET SO_KEEPALIVE 9 8 INT
        SOL_SOCKET SO_OOBINLINE 10 256 INT
        SOL_SOCKET SO_PRIORITY 12 - INT
        SOL_SOCKET SO_LINGER 13 128 LINGER
        SOL_SOCKET SO_REUSEPORT 15 512 INT
        SOL_SOCKET SO_RCVLOWAT 18 4100 INT
        SOL_SOCKET SO_SNDLOWAT 19 4099 INT
        SOL_SOCKET SO_RCVTIMEO 20 4102 TIMEVAL
        SOL_SOCKET SO_SNDTIMEO 21 4101 TIMEVAL
        SOL_SOCKET SO_ACCEPTCONN 30 2 INT
        SOL_SOCKET SO_PROTOCOL 38 - INT
        SOL_SOCKET SO_DOMAIN 39 - INT
        SOL_IP IP_TOS 1 3 INT
        SOL_IP IP_TTL 2 4 INT
        SOL_IPV6 IPV6_UNICAST_HOPS 16 4 INT
        SOL_IPV6 IPV6_V6ONLY 26 27 INT
        SOL_TCP TCP_NODELAY 1 1 INT
        SOL_TCP TCP_MAXSEG 2 2 INT
        SOL_TCP TCP_CORK 3 - INT
        SOL_TCP TCP_KEEPIDLE 4 - INT
        SOL_TCP TCP_KEEPINTVL 5 257 INT
        SOL_TCP TCP_KEEPCNT 6 258 INT
        SOL_TCP TCP_SYNCNT 7 - INT
        SOL_TCP TCP_LINGER2 8 - INT
        SOL_TCP TCP_DEFER_ACCEPT 9 - INT
        SOL_TCP TCP_INFO 11 - TCP_INFO
        SOL_TCP TCP_QUICKACK 12 - INT
        SOL_TCP TCP_CONGESTION 13 - NAME
        SOL_TCP TCP_USER_TIMEOUT 18 - INT
        """;
    for (String line : table.split("\n")) {
      String[] words = line.split(" ");
      String number = words[mac ? 3 : 2];
      if (!number.equals("-")) {
        int level =
            switch (words[0]) {
              case "SOL_SOCKET" -> mac ? 0xffff : 1;
              case "SOL_IP" -> 0;
              case "SOL_TCP" -> 6;
              case "SOL_IPV6" -> 41;
              default -> throw new IllegalStateException(words[0]);
            };
        Kind kind = Kind.valueOf(words[4]);
        String strace = kind == Kind.TIMEVAL && !mac ? words[1] + "_OLD" : words[1];
        all.add(
            new SocketOption(words[0], level, words[1], strace, Integer.parseInt(number), kind));
      }
    }
    return List.copyOf(all);
  }
}
