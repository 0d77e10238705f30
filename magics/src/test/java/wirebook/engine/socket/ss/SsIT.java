package wirebook.engine.socket.ss;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import wirebook.engine.socket.Names;
import wirebook.engine.socket.SocketName;
import wirebook.engine.socket.calls.Descriptor;
import wirebook.engine.socket.calls.SystemCalls;
import wirebook.peer.Peer;
import wirebook.trace.Bytes;

/** What we print is what ss of iproute2 6.1 prints at the same time. */
@Peer(value = "ss", of = "iproute2", version = "iproute2-6.1", asked = "-V")
class SsIT {
  @Test
  void theTableIsThatOfSs() throws Exception {
    try (ServerSocket server = new ServerSocket(0, 7, InetAddress.ofLiteral("127.0.0.1"));
        Socket client = new Socket(server.getInetAddress(), server.getLocalPort());
        Socket accepted = server.accept();
        Socket second = new Socket(server.getInetAddress(), server.getLocalPort());
        DatagramSocket udp = new DatagramSocket(0, InetAddress.ofLiteral("127.0.0.1"))) {
      client.getOutputStream().write("hello".getBytes(StandardCharsets.UTF_8));
      client.setKeepAlive(true);
      second.shutdownOutput();
      server.accept().close();
      accepted.setTcpNoDelay(true);
      String port = ":" + server.getLocalPort();
      String ours = "( sport = " + port + " or dport = " + port + " )";
      for (String words :
          List.of(
              "-tan " + ours,
              "-tanp " + ours,
              "-tane " + ours,
              "-tani " + ours,
              "-taniO " + ours,
              "-tanmo " + ours,
              "-tanoepim " + ours,
              "-ta " + ours,
              "-Htln sport = " + port,
              "-tan state established " + ours,
              "-tan exclude time-wait " + ours,
              "-4tuanp sport = " + port,
              "-uane sport = :" + udp.getLocalPort(),
              "-tuan src 127.0.0.1" + port,
              "-tan not sport = " + port + " dport = " + port)) {
        assertThat(steady(SocketTable.ofMachine(SsQuery.parse(List.of(words.split(" ")))).text()))
            .as(words)
            .isEqualTo(steady(ss(words)));
      }
    }
  }

  @Test
  void theTableOfUnixDomainSocketsIsThatOfSs(@TempDir Path folder) throws Exception {
    String abstractName = "@wirebook-" + ProcessHandle.current().pid();
    try (SystemCalls calls = new SystemCalls()) {
      Descriptor server = open(calls, "SOCK_STREAM", folder + "/s");
      calls.listen(server, 3);
      Descriptor client = open(calls, "SOCK_STREAM", "");
      calls.connect(client, SocketName.parse(folder + "/s"));
      calls.accept(server);
      calls.send(client, Bytes.utf8("hello"), 0);
      Descriptor waits = open(calls, "SOCK_STREAM", "");
      calls.connect(waits, SocketName.parse(folder + "/s"));
      calls.shutdown(waits, 1);
      open(calls, "SOCK_DGRAM", folder + "/d");
      calls.listen(open(calls, "SOCK_SEQPACKET", abstractName), 1);
      String all = "src " + folder + "/*";
      for (String words :
          List.of(
              "-xa " + all,
              "-xl " + all,
              "-xan " + all,
              "-xanp " + all,
              "-xane " + all,
              "-xanm " + all,
              "-xanoepim " + all,
              "-x src " + folder + "/s",
              "-HxOan src " + folder + "/s",
              "-xa state listening " + all,
              "-xa state close " + all,
              "-xa exclude listening " + all,
              "-xa src " + abstractName,
              "-xa dst " + folder + "/s")) {
        String ours = SocketTable.ofMachine(SsQuery.parse(List.of(words.split(" ")))).text();
        assertThat(steady(ours)).as(words).isEqualTo(steady(ss(words)));
      }
      assertThat(ss("-Hxa " + all).lines()).as("what was compared").hasSize(3);
    }
  }

  private static Descriptor open(SystemCalls calls, String type, String at) {
    Descriptor made =
        calls
            .socket(Names.FAMILIES.get("AF_UNIX"), Names.TYPES.get(type), 0)
            .descriptor()
            .orElseThrow();
    if (!at.isEmpty()) {
      assertThat(calls.bind(made, SocketName.parse(at)).ok()).isTrue();
    }
    return made;
  }

  private static String ss(String words) throws IOException {
    List<String> command = new ArrayList<>(List.of("ss"));
    command.addAll(List.of(words.split(" ")));
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
  }

  /**
   * Without the times, which differ from one moment to the next, and the padding that they cause.
   */
  private static String steady(String text) {
    return text.replaceAll("(last\\w+:)\\d+", "$1")
        .replaceAll("timer:\\((\\w+),[^,]*", "timer:($1,")
        .replaceAll("(?m) +$", "");
  }
}
