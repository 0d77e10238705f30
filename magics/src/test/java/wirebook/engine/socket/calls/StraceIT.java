package wirebook.engine.socket.calls;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import wirebook.peer.Peer;

/** What we print is what strace prints of the same process. */
@Peer("strace")
class StraceIT {
  private static final List<String> SESSION =
      List.of(
          "socket",
          "setsockopt 0 SO_REUSEADDR 1",
          "setsockopt 0 SO_LINGER 3",
          "getsockopt 0 SO_LINGER",
          "setsockopt 0 SO_RCVTIMEO 2.5",
          "getsockopt 0 SO_RCVTIMEO",
          "setsockopt 0 TCP_NODELAY 1",
          "getsockopt 0 TCP_INFO",
          "getsockopt 0 TCP_CONGESTION",
          "getsockopt 0 IPV6_V6ONLY",
          "accept 0",
          "bind 0 127.0.0.1:0",
          "bind 0 127.0.0.1:0",
          "getsockname 0",
          "getpeername 0",
          "listen 0 7",
          "socket inet stream tcp",
          "connect 1 127.0.0.1:1",
          "socket AF_INET SOCK_STREAM|SOCK_NONBLOCK|SOCK_CLOEXEC",
          "connect 2 @0",
          "connect 2 @0",
          "accept 0",
          "send 3 \"hi\\1\\0012\\0\\377\\\"\\\\\\r\\n\"",
          "recv 2 100",
          "recv 2 100",
          "recv 2 5 MSG_PEEK|MSG_DONTWAIT",
          "recvfrom 2 7 MSG_DONTWAIT",
          "send 2 xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx MSG_NOSIGNAL|MSG_MORE",
          "recvfrom 3 10 MSG_WAITALL|MSG_PEEK",
          "shutdown 2 wr",
          "shutdown 1 rd",
          "socket unix dgram",
          "bind 4 DIR/u",
          "socket unix dgram",
          "bind 5 @abs-PID",
          "sendto 5 x DIR/u",
          "recvfrom 4",
          "socket unix dgram",
          "sendto 6 y MSG_DONTWAIT DIR/u",
          "recvfrom 4",
          "getsockname 5",
          "getpeername 6",
          "socket unix",
          "bind 7 DIR/s",
          "bind 7 DIR/missing/s",
          "listen 7",
          "socket unix",
          "connect 8 DIR/s",
          "accept 7",
          "getsockname 9",
          "getpeername 9",
          "socket inet6 dgram udp",
          "bind 10 [::1]:0",
          "sendto 10 z @10",
          "recvfrom 10",
          "getsockopt 10 IPV6_V6ONLY",
          "setsockopt 10 IPV6_UNICAST_HOPS 5",
          "setsockopt 10 TCP_NODELAY 1",
          "send 10 q",
          "socket inet dgram tcp",
          "socket inet dgram 200",
          "sendto 10 q 127.0.0.1:9",
          "write 3 \"as-a-file\\n\"",
          "read 2 4",
          "read 2 100",
          "write 2 gone",
          "poll 2:POLLIN 3:POLLIN|POLLOUT timeout=10",
          "poll 10:POLLIN timeout=1",
          "fcntl 2 F_GETFL",
          "fcntl 3 F_SETFL O_RDWR|O_NONBLOCK",
          "fcntl 3 F_GETFL",
          "fcntl 2 F_GETFD",
          "fcntl 3 F_SETFD FD_CLOEXEC",
          "close 3",
          "read 2 100",
          "close 2",
          "close 0");

  /**
   * Runs in the traced process; descriptors are written as the number of the call that made them.
   */
  static void main(String[] args) {
    SystemCalls calls = new SystemCalls();
    List<Descriptor> made = new ArrayList<>();
    for (String line : SESSION) {
      List<String> words = new ArrayList<>();
      for (String word :
          line.replace("DIR", args[0])
              .replace("PID", Long.toString(ProcessHandle.current().pid()))
              .split(" ")) {
        words.add(word.replaceAll("^\"|\"$", ""));
      }
      Syscall done =
          CallParser.parse(
                  calls,
                  words,
                  word ->
                      word.matches("\\d+") && Integer.parseInt(word) < made.size()
                          ? java.util.Optional.of(made.get(Integer.parseInt(word)))
                          : java.util.Optional.empty(),
                  word ->
                      word.matches("@\\d+")
                          ? calls
                              .getsockname(made.get(Integer.parseInt(word.substring(1))))
                              .address()
                          : java.util.Optional.empty())
              .make()
              .get();
      if (List.of("socket", "accept").contains(done.name()) && done.ok()) {
        made.add(done.descriptor().orElseThrow());
      }
      System.out.println(done.line());
    }
  }

  @Test
  void straceOfThisProcessShowsTheSameLines(@TempDir Path folder) throws Exception {
    Path trace = folder.resolve("trace");
    Process process =
        new ProcessBuilder(
                "strace",
                "-f",
                "-qq",
                "-e",
                "trace=network,read,write,poll,fcntl,close",
                "-e",
                "signal=none",
                "-o",
                trace.toString(),
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                StraceIT.class.getName(),
                folder.toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    List<String> ours =
        new String(process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8)
            .lines()
            .toList();
    assertThat(process.waitFor()).isZero();
    List<String> theirs =
        Files.readAllLines(trace).stream().map(line -> line.replaceFirst("^\\d+ +", "")).toList();
    // The column of the result depends on the width of the process id before it.
    theirs = theirs.stream().map(StraceIT::narrow).toList();
    ours = ours.stream().map(StraceIT::narrow).toList();
    // Addresses written as @0 ask getsockname, which we do not print.
    assertThat(theirs).containsSubsequence(ours);
    assertThat(ours).hasSize(SESSION.size());
  }

  private static String narrow(String line) {
    return line.replaceFirst("\\) += ", ") = ");
  }
}
