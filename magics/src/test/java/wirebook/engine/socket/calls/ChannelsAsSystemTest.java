package wirebook.engine.socket.calls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.net.BindException;
import java.net.SocketException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import wirebook.engine.socket.Platform;

/** The same calls, made by the system and over the JDK's channels, are printed the same. */
@Timeout(20)
class ChannelsAsSystemTest {
  private static final Pattern PORT = Pattern.compile("port=htons\\((\\d+)\\)");

  @BeforeEach
  void onlyWhereTheCallsAreKnown() {
    assumeTrue(Platform.CURRENT == Platform.LINUX, "no system to compare with");
  }

  /** The lines, with descriptors, ports and pointers by the order in which they appear. */
  private static List<String> lines(SocketLayer layer, List<String> script) {
    List<String> lines = new ArrayList<>();
    Map<String, String> made = new LinkedHashMap<>();
    Map<String, String> ports = new LinkedHashMap<>();
    try (SystemCalls calls = new SystemCalls(layer)) {
      for (String line : script) {
        String text = line;
        for (Map.Entry<String, String> one : made.entrySet()) {
          text = text.replace("$" + one.getKey(), one.getValue());
        }
        String[] named = text.split(" := ");
        List<String> words = new ArrayList<>(List.of(named[named.length - 1].split(" ")));
        Syscall done = CallParser.parse(calls, words).make().get();
        if (named.length == 2) {
          boolean name = done.name().startsWith("get");
          made.put(named[0], name ? Integer.toString(done.port()) : Integer.toString(done.fd()));
        }
        String shown = done.line().replaceAll(" +=", " =");
        Matcher port = PORT.matcher(shown);
        shown =
            port.replaceAll(
                m -> "port=" + ports.computeIfAbsent(m.group(1), p -> "P" + ports.size()));
        shown = shown.replaceAll("0x[0-9a-f]+(?=[,)])|NULL", "PTR");
        for (Map.Entry<String, String> one : made.entrySet()) {
          if (done.name().equals("socket") || done.name().equals("accept")) {
            shown = shown.replaceAll("= " + one.getValue() + "$", "= " + one.getKey());
          }
          shown = shown.replaceAll("(\\(|fd=)" + one.getValue() + "(?=[,)])", "$1" + one.getKey());
        }
        lines.add(line + " -> " + shown + " # " + done.advice().replaceAll("\\d+", "N"));
      }
    }
    return lines;
  }

  private static void same(String script) {
    List<String> calls = script.lines().toList();
    assertThat(lines(new ChannelLayer(), calls)).isEqualTo(lines(new LibcLayer(), calls));
  }

  @Test
  void a_connection_over_TCP() {
    for (String family : List.of("inet", "inet6")) {
      String here = family.equals("inet") ? "127.0.0.1" : "[::1]";
      same(
          """
          S := socket FAMILY stream
          getsockname $S
          accept $S
          bind $S HERE:0
          bind $S HERE:0
          listen $S 5
          P := getsockname $S
          T := socket FAMILY stream
          bind $T HERE:$P
          poll $S timeout=0
          C := socket FAMILY stream
          getpeername $C
          recv $C 5
          send $C early
          connect $C HERE:$P
          connect $C HERE:$P
          poll $S timeout=5000
          A := accept $S
          send $C hello
          poll $A:POLLIN|POLLOUT timeout=5000
          recv $A 2 MSG_PEEK
          recv $A 2
          recvfrom $A 100
          recv $A 100 MSG_DONTWAIT
          write $A answer
          read $C 100
          sendto $C again HERE:1
          recv $A 5 MSG_WAITALL
          shutdown $C SHUT_WR
          send $C late
          recv $A 10
          write $A still
          recv $C 10
          close $A
          recv $C 10
          listen $C 1
          close $C
          close $S"""
              .replace("FAMILY", family)
              .replace("HERE", here));
    }
  }

  @Test
  void refusals_and_handshakes_that_go_on() {
    same(
        """
        U := socket
        bind $U 127.0.0.1:0
        P := getsockname $U
        C := socket
        connect $C 127.0.0.1:$P
        connect $C [::1]:80
        listen $U 3
        connect $C 127.0.0.1:$P
        N := socket inet SOCK_STREAM|SOCK_NONBLOCK
        connect $N 127.0.0.1:$P
        poll $N:POLLOUT timeout=5000
        getsockopt $N SO_ERROR
        fcntl $N F_GETFL
        fcntl $N F_SETFL 0
        fcntl $N F_GETFL
        bind $N /tmp/x
        close $U""");
  }

  @Test
  void datagrams() {
    same(
        """
        A := socket inet dgram
        B := socket inet dgram
        bind $A 127.0.0.1:0
        P := getsockname $A
        send $B nowhere
        listen $A 1
        accept $A
        recv $A 10 MSG_DONTWAIT
        sendto $B hello 127.0.0.1:$P
        poll $A timeout=5000
        recvfrom $A 3 MSG_PEEK
        recvfrom $A 3
        connect $B 127.0.0.1:$P
        send $B more
        recv $A 10
        getsockopt $A SO_TYPE
        close $A
        send $B x
        recv $B 10""");
  }

  @Test
  void options() {
    same(
        """
        S := socket
        setsockopt $S SO_REUSEADDR 1
        getsockopt $S SO_REUSEADDR
        setsockopt $S SO_LINGER 0
        getsockopt $S SO_LINGER
        setsockopt $S TCP_NODELAY 1
        getsockopt $S TCP_NODELAY
        setsockopt $S SO_KEEPALIVE 1
        getsockopt $S SO_KEEPALIVE
        getsockopt $S SO_ACCEPTCONN
        getsockopt $S SO_DOMAIN
        getsockopt $S SO_PROTOCOL
        bind $S 127.0.0.1:0
        listen $S 1
        getsockopt $S SO_ACCEPTCONN
        getsockopt $S SO_REUSEADDR""");
  }

  @Test
  void a_reset_instead_of_an_end() {
    same(
        """
        S := socket
        bind $S 127.0.0.1:0
        listen $S 5
        P := getsockname $S
        C := socket
        connect $C 127.0.0.1:$P
        A := accept $S
        setsockopt $A SO_LINGER 0
        close $A
        recv $C 10
        close $C""");
  }

  @Test
  void paths(@TempDir Path folder) {
    String script =
        """
        S := socket unix
        listen $S 1
        bind $S /nowhere/at/all
        bind $S PATH
        T := socket unix
        bind $T PATH
        connect $T PATH2
        listen $S 5
        connect $T PATH
        A := accept $S
        getsockname $S
        getpeername $T
        getsockname $T
        write $T hello
        read $A 10
        close $T
        read $A 10"""
            .replace("PATH", "%s");
    List<List<String>> all = new ArrayList<>();
    for (SocketLayer layer : List.of(new LibcLayer(), new ChannelLayer())) {
      String path = folder.resolve(layer.getClass().getSimpleName().substring(0, 4)).toString();
      all.add(
          lines(layer, script.replace("%s", path).lines().toList()).stream()
              .map(l -> l.replace(path, "PATH"))
              .toList());
    }
    assertThat(all.get(1)).isEqualTo(all.get(0));
  }

  @Test
  void words_of_other_systems_have_their_number() {
    assertThat(ChannelLayer.errno(new BindException("Address already in use: bind")))
        .isEqualTo("EADDRINUSE");
    assertThat(
            ChannelLayer.errno(
                new SocketException(
                    "An existing connection was forcibly closed by the remote host")))
        .isEqualTo("ECONNRESET");
    assertThat(ChannelLayer.errno(new SocketException("never heard of"))).isEqualTo("EIO");
  }

  @Test
  void it_is_said_that_channels_stand_behind() {
    assertThat(new ChannelLayer().note())
        .hasValueSatisfying(n -> assertThat(n).contains("channels"));
    assertThat(new LibcLayer().note()).isEmpty();
  }
}
