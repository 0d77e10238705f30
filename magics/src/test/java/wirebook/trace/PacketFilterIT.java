package wirebook.trace;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import wirebook.peer.Peer;
import wirebook.trace.Event.Transport;

/** Filters let through what tcpdump lets through, and what tcpdump refuses they refuse as well. */
@Peer("tcpdump")
class PacketFilterIT {
  private static final List<String> ADDRESSES =
      List.of(
          "192.0.2.10",
          "93.184.215.14",
          "93.184.1.2",
          "8.8.8.8",
          "10.1.2.3",
          "10.200.0.1",
          "192.168.1.7",
          "224.0.0.251",
          "2001:db8::1",
          "2001:db8:1::53",
          "ff02::fb");
  private static final List<Integer> PORTS =
      List.of(20, 21, 22, 25, 53, 80, 123, 443, 8080, 40_000, 5353);
  private static final PacketFilter.Names SERVICES =
      new PacketFilter.Names() {
        @Override
        public List<InetAddress> addresses(String host) {
          return List.of();
        }

        @Override
        public List<PacketFilter.Service> services(String name) {
          return switch (name) {
            case "http" -> List.of(new PacketFilter.Service(80, Transport.TCP));
            case "https" ->
                List.of(
                    new PacketFilter.Service(443, Transport.TCP),
                    new PacketFilter.Service(443, Transport.UDP));
            case "ssh" -> List.of(new PacketFilter.Service(22, Transport.TCP));
            case "domain" ->
                List.of(
                    new PacketFilter.Service(53, Transport.TCP),
                    new PacketFilter.Service(53, Transport.UDP));
            case "ftp" -> List.of(new PacketFilter.Service(21, Transport.TCP));
            case "ftp-data" -> List.of(new PacketFilter.Service(20, Transport.TCP));
            default -> List.of();
          };
        }
      };

  /**
   * Of tutorials and of the manual, and some that are wrong. Not {@code arp} alone, which libpcap
   * refuses for a file without Ethernet headers, and lets nothing through.
   */
  private static final List<String> FILTERS =
      """
      tcp
      udp
      icmp
      icmp6
      ip
      ip6
      port 80
      tcp port 80
      udp port 53
      port http
      tcp port http
      port domain
      port ssh or port domain
      port 80 or 443
      port 80 or port 443
      tcp dst port ftp or ftp-data or domain
      port (80 or 443)
      not port 22
      ! port 22
      src port 1025
      dst port 53
      tcp dst port 80
      tcp src port 80
      src or dst port 53
      src and dst port 53
      dst or src port 53
      host 8.8.8.8
      src 192.0.2.10
      dst 8.8.8.8
      src host 192.0.2.10
      src or dst host 8.8.8.8
      ip host 8.8.8.8
      host 2001:db8::1
      ip6 host 2001:db8::1
      ip6 net 2001:db8::/32
      net 93.184
      net 10
      net 10.0.0.0/8
      net 192.168.1
      net 192.168.1.0/24
      net 192.168.1.0 mask 255.255.255.0
      src net 10.0.0.0/8
      dst net 93.184.0.0/16
      host 93.184
      portrange 21-23
      tcp portrange 20-80
      udp portrange 1-1000
      src portrange 50-60
      portrange 80-20
      less 60
      greater 60
      less 32
      greater 128
      ip proto 17
      ip proto 6
      ip6 proto 17
      proto 17
      ip multicast
      ip6 multicast
      tcp and port 80
      tcp and not port 80
      tcp or udp and port 53
      udp or tcp and port 53 or port 80
      host 8.8.8.8 and port 53
      host 8.8.8.8 and (port 53 or port 80)
      (tcp or udp) and port 53
      not (src net 10 or dst net 10)
      not host 8.8.8.8 and 10.1.2.3
      src 192.0.2.10 and dst port 80
      src 192.0.2.10 or 10.1.2.3
      src net 192.168.1.0/24 and dst net 10.0.0.0/8 or port 53
      icmp or arp
      icmp and host 192.0.2.10
      tcp and (port 21 or 25)
      8.8.8.8
      port 80 53
      tcp host 8.8.8.8
      udp net 10
      tcp udp
      ip port 80
      net 10.0.0.1/8
      net 10.1.2.3 mask 255.0.0.0
      host
      port
      port nosuchservice
      port 65536
      portrange 22
      portrange 1-70000
      host 10.0.0.0/8
      and port 80
      port 80 and
      (tcp
      tcp)
      host 300.1.1.1
      """
          .strip()
          .lines()
          .toList();

  @TempDir private static Path folder;
  private static List<Packet> packets;

  @BeforeAll
  static void packetsOfAllKinds() throws IOException {
    Random random = new Random(15);
    packets = new ArrayList<>();
    for (int i = 0; i < 400; i++) {
      boolean six = i % 5 == 0;
      List<String> of = ADDRESSES.stream().filter(a -> a.contains(":") == six).toList();
      Transport transport = i % 2 == 0 ? Transport.TCP : Transport.UDP;
      Packet.Kind kind =
          transport == Transport.TCP
              ? List.of(Packet.Kind.OPEN, Packet.Kind.DATA, Packet.Kind.END, Packet.Kind.REFUSED)
                  .get(i / 2 % 4)
              : i % 7 == 0 ? Packet.Kind.REFUSED : Packet.Kind.DATA;
      Bytes bytes =
          kind == Packet.Kind.DATA ? Bytes.of(new byte[1 + random.nextInt(120)]) : Bytes.EMPTY;
      packets.add(
          new Packet(
              i + 1,
              Instant.EPOCH.plusSeconds(i),
              "lab",
              transport,
              kind,
              i % 3 == 0,
              i,
              end(of, random),
              end(of, random),
              0,
              bytes));
    }
    Files.write(file(), Pcapng.pcap(new Packets(packets, 0)).toArray());
  }

  private static Path file() {
    return folder.resolve("all.pcap");
  }

  private static InetSocketAddress end(List<String> addresses, Random random) {
    return new InetSocketAddress(
        InetAddress.ofLiteral(addresses.get(random.nextInt(addresses.size()))),
        PORTS.get(random.nextInt(PORTS.size())));
  }

  @Test
  void aFilterMeansWhatItMeansToTcpdump() throws Exception {
    List<String> differ = new ArrayList<>();
    for (String filter : FILTERS) {
      String theirs = tcpdump(filter);
      String ours = ours(filter);
      if (!ours.equals(theirs)) {
        differ.add(filter + ": " + ours + "\n  tcpdump: " + theirs);
      }
    }
    assertThat(differ).isEmpty();
  }

  /** libpcap wants all interfaces of a file to be alike. */
  @Test
  void tcpdumpReadsAFileWithPacketsOfSeveralInterfaces() throws Exception {
    List<Packet> two =
        packets.stream()
            .limit(20)
            .map(
                p ->
                    new Packet(
                        p.number(),
                        p.at(),
                        p.number() % 2 == 0 ? "lo" : "lab",
                        p.transport(),
                        p.kind(),
                        p.outgoing(),
                        p.flow(),
                        p.from(),
                        p.to(),
                        p.offset(),
                        p.bytes()))
            .toList();
    Path file = Files.write(folder.resolve("two.pcapng"), Pcapng.of(new Packets(two, 0)).toArray());
    Process process =
        new ProcessBuilder("tcpdump", "-n", "-r", file.toString())
            .redirectErrorStream(true)
            .start();
    String said = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertThat(process.waitFor()).as(said).isZero();
    assertThat(said.lines().filter(line -> line.contains(" > ")))
        .hasSize((int) Pcapng.count(new Packets(two, 0)));
  }

  private static String ours(String filter) {
    try {
      List<String> words =
          List.of(filter.split("\\s+|(?<=[()!])|(?=[()])")).stream()
              .filter(w -> !w.isEmpty())
              .toList();
      return new Packets(packets, 0)
          .where(PacketFilter.of(words, SERVICES)).packets().stream()
              .flatMap(p -> p.parts().stream())
              .map(p -> p.number() - 1)
              .toList()
              .toString();
    } catch (PacketFilter.Wrong e) {
      return "refused";
    }
  }

  /** The numbers of the packets, which are the seconds of their times. */
  private static String tcpdump(String filter) throws IOException, InterruptedException {
    List<String> command =
        new ArrayList<>(List.of("tcpdump", "-n", "-tt", "-r", file().toString()));
    command.addAll(List.of(filter.split(" ")));
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
    List<Long> seen =
        process
            .inputReader()
            .lines()
            .filter(line -> line.matches("\\d+\\.\\d+ .*"))
            .map(line -> Long.parseLong(line.substring(0, line.indexOf('.'))))
            .toList();
    return process.waitFor() == 0 ? seen.toString() : "refused";
  }
}
