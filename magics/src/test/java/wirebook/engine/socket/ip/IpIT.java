package wirebook.engine.socket.ip;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import wirebook.peer.Peer;

/** What we print of this machine is what ip of iproute2 6.1 prints. */
@Peer(value = "ip", of = "iproute2", version = "iproute2-6.1", asked = "-V")
class IpIT {
  private static final List<String> QUESTIONS =
      """
      link
      addr
      -4 addr
      -6 addr
      -br addr
      -br link
      -o addr
      -o link
      -d link
      -s -s link
      -j link
      -j addr
      -j -p -d link
      -c addr
      link show up
      link show nomaster
      addr show scope global
      addr show to 10.0.0.0/8
      -j addr show type veth
      route
      -6 route
      -d route
      -j route
      route show table all
      -j route show table local
      -N route show table local
      route show root 127.0.0.0/8 table local
      route show match 127.0.0.1 table local
      route show table 4711
      rule
      -j rule
      -d -6 rule
      rule show table main
      neigh
      neigh show nud permanent
      maddr
      addr show dev lo
      link show lo
      route show default
      route get 127.0.0.1
      -j route get 127.0.0.1
      route get ::1
      a
      r g 127.0.0.1
      l sh lo
      addr show dev nosuch
      link show frob
      addr show scope frob
      route get 300.1.1.1
      route get 127.0.0.1 oif nosuch
      route frobnicate
      neigh show nud frob
      rule show pref frob
      nonsense
      addr show dev
      -frob addr
      """
          .lines()
          .toList();

  private static final int LOOKS = 100;

  private record Said(String out, String error, int status) {}

  @Test
  void theTextTheJsonTheComplaintsAndTheStatusAreThoseOfIp() throws Exception {
    for (String words : QUESTIONS) {
      Said before = ip(words);
      Said ours = ours(words);
      Said theirs = ip(words);
      // The machine is not this test's alone: what others change between the looks is not compared.
      for (int i = 0; i < LOOKS && !theirs.equals(before); i++) {
        before = theirs;
        ours = ours(words);
        theirs = ip(words);
      }
      assertThat(ours).as(words).isEqualTo(theirs);
    }
  }

  private static Said ours(String words) {
    try {
      IpResult result =
          IpCommand.run(
              Rtnetlink.system(), _ -> Optional.empty(), List.of(words.split(" ")), false);
      return new Said(counted(result.text()), first(result.error()), result.status());
    } catch (IpRefusal e) {
      return new Said("", first(e.text()), e.status());
    }
  }

  private static Said ip(String words) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of("ip"));
    command.addAll(List.of(words.split(" ")));
    Process process = new ProcessBuilder(command).start();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    String error = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
    return new Said(counted(out), first(error), process.waitFor());
  }

  /** Without counters, timers and lifetimes. */
  private static String counted(String text) {
    return text.replaceAll("(?m)^ +[0-9 ]+$", "N")
        .replaceAll("(timer +|[0-9]+sec|\"(bytes|packets)\":)[0-9.]*", "$1")
        .replaceAll("\\b[0-9]+sec", "Nsec");
  }

  private static String first(String error) {
    return error.lines().findFirst().orElse("");
  }
}
