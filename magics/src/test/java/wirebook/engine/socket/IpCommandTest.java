package wirebook.engine.socket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import wirebook.trace.Bytes;

class IpCommandTest {
  private static final long FOREVER = 0xffffffffL;

  private static IpObject.Route route(String to, String gateway) {
    Cidr range = Cidr.parse(to);
    return new IpObject.Route(
        false,
        range.bits() == 0 ? Bytes.EMPTY : range.network(),
        range.bits(),
        1,
        254,
        gateway.isEmpty() ? 2 : 3,
        gateway.isEmpty() ? 253 : 0,
        0,
        Optional.empty(),
        gateway.isEmpty() ? Optional.empty() : Optional.of(IpText.parse(gateway)),
        OptionalInt.of(2),
        Optional.empty(),
        OptionalLong.empty(),
        OptionalLong.empty(),
        OptionalLong.empty(),
        false,
        OptionalInt.empty(),
        List.of());
  }

  private static final IpSource HOST =
      new IpSource.Described(
          List.of(
              new IpObject.Link(
                  2,
                  "eth0",
                  0x11043,
                  1,
                  1500,
                  "fq_codel",
                  Optional.empty(),
                  "UP",
                  0,
                  0,
                  OptionalLong.of(1000),
                  Bytes.of(new byte[] {2, 0, 0, 0, 0, 1}),
                  Bytes.of(new byte[] {-1, -1, -1, -1, -1, -1}),
                  OptionalInt.empty(),
                  OptionalInt.empty(),
                  Optional.empty())),
          List.of(
              new IpObject.Address(
                  2,
                  IpText.parse("10.0.0.5"),
                  IpText.parse("10.0.0.5"),
                  24,
                  Optional.of(IpText.parse("10.0.0.255")),
                  0,
                  0x80,
                  "eth0",
                  FOREVER,
                  FOREVER)),
          List.of(
              route("0.0.0.0/0", "10.0.0.1"),
              route("10.0.0.0/24", ""),
              route("10.20.0.0/16", "10.0.0.2"),
              route("10.20.30.0/24", "10.0.0.3")),
          List.of());

  private static String ip(String words) throws IOException {
    return IpCommand.run(HOST, List.of(words.split(" ")), true).text();
  }

  @Test
  void anInterfaceIsShownWithItsAddresses() throws IOException {
    assertThat(ip("addr"))
        .isEqualTo(
            """
            2: eth0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc fq_codel state UP group default qlen 1000
                link/ether 02:00:00:00:00:01 brd ff:ff:ff:ff:ff:ff
                inet 10.0.0.5/24 brd 10.0.0.255 scope global eth0
                   valid_lft forever preferred_lft forever
            """);
  }

  @Test
  void theLongestPrefixDecides() throws IOException {
    assertThat(ip("route get 10.20.30.40"))
        .isEqualTo(
            """
            10.20.30.40 via 10.0.0.3 dev eth0 src 10.0.0.5 uid 0\s
                cache\s
            # taken: 10.20.30.0/24, 24 bits, the longest prefix that fits; on through the router 10.0.0.3
            # fits too: 10.20.0.0/16, 16 bits
            # fits too: default, 0 bits
            """);
    assertThat(ip("route get 10.0.0.5")).startsWith("local 10.0.0.5");
  }

  @Test
  void whatWouldChangeTheMachineIsRefused() {
    assertThatThrownBy(() -> ip("route add default via 10.0.0.9"))
        .hasMessageContaining("only shows");
    assertThatThrownBy(() -> ip("tunnel")).hasMessageContaining("is unknown");
    assertThatThrownBy(() -> ip("link show dev wlan7"))
        .hasMessage("Device \"wlan7\" does not exist.");
  }

  @Test
  void aRangeIsDescribed() throws IOException {
    assertThat(ip("calc 10.1.2.3/20"))
        .isEqualTo(
            """
            Address    10.1.2.3
            Network    10.1.0.0/20
            Netmask    255.255.240.0 = 20
            Broadcast  10.1.15.255
            Hosts      10.1.0.1 - 10.1.15.254
            Number     4094
            Kind       private (RFC 1918)
            """);
  }

  @Test
  void rangesSplitMergeAndCover() {
    Cidr range = Cidr.parse("10.0.0.0/24");
    assertThat(range.split(26, 16)).hasSize(4).first().hasToString("10.0.0.0/26");
    assertThat(Cidr.merge(range.split(28, 16))).containsExactly(range);
    assertThat(Cidr.merge(List.of(Cidr.parse("10.0.0.0/8"), Cidr.parse("10.1.0.0/16"))))
        .containsExactly(Cidr.parse("10.0.0.0/8"));
    assertThat(Cidr.cover(List.of(Cidr.parse("10.0.0.1"), Cidr.parse("10.0.3.7"))))
        .hasToString("10.0.0.0/22");
    assertThat(Cidr.parse("0.0.0.0/0").contains("255.255.255.255")).isTrue();
    assertThat(Cidr.parse("2001:db8::/32").contains("2001:db8:1::1")).isTrue();
    assertThat(Cidr.parse("10.0.0.0/31").hosts()).as("RFC 3021").isEqualTo(2);
  }

  @Test
  void rangesThatAreNoneHaveReasons() {
    assertThatThrownBy(() -> Cidr.parse("10.0.0.0/33")).hasMessageContaining("0 to 32");
    assertThatThrownBy(() -> Cidr.parse("10.0.0.0/255.0.255.0")).hasMessageContaining("netmask");
    assertThatThrownBy(() -> Cidr.parse("10.0.0/8x")).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> Cidr.parse("10.0.0.0/8").split(30, 1024)).hasMessageContaining("1024");
    assertThatThrownBy(() -> ip("calc cover 10.0.0.0/8 ::/0")).hasMessageContaining("both");
  }
}
