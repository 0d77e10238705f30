package wirebook.engine.socket.ip;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import wirebook.engine.socket.Cidr;

class IpCalcTest {
  private static IpResult calc(String words) {
    return IpCommand.run(
        Rtnetlink.system(), _ -> Optional.empty(), List.of(("calc " + words).split(" ")), false);
  }

  @Test
  void aRangeIsDescribedWithItsBitsAndItsBorder() {
    assertThat(calc("10.1.2.3/20").text())
        .isEqualTo(
            """
            Address    10.1.2.3
            Network    10.1.0.0/20
            Netmask    255.255.240.0 = 20
            Broadcast  10.1.15.255
            Hosts      10.1.0.1 - 10.1.15.254
            Number     4094
            Kind       private (RFC 1918)
            PTR name   3.2.1.10.in-addr.arpa
            Zone       0.1.10.in-addr.arpa to 15.1.10.in-addr.arpa, 16 zones

                       network, 20 bits      | host, 12 bits
            Address    00001010.00000001.0000|0010.00000011
            Mask       11111111.11111111.1111|0000.00000000
            """);
  }

  @Test
  void theBorderOfIpv6StandsBetweenItsDigits() {
    assertThat(calc("2001:db8::5/48").text())
        .contains("Address    2001:0db8:0000:|0000:0000:0000:0000:0005")
        .contains("Zone       0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa\n");
  }

  @Test
  void aPlanGivesTheLargestSubnetFirstAndSaysWhatIsLeft() {
    IpResult plan = calc("10.0.0.0/24 plan 20 100 50");
    assertThat(plan.ranges())
        .extracting(Cidr::toString)
        .containsExactly("10.0.0.0/25", "10.0.0.128/26", "10.0.0.192/27");
    assertThat(plan.text()).contains("subnet 2          100").endsWith("left: 10.0.0.224/27\n");
  }

  @Test
  void theTwoHostsOfAPointToPointLinkHaveRoomInIt() {
    assertThat(calc("10.0.0.0/31 plan 2").ranges())
        .extracting(Cidr::toString)
        .containsExactly("10.0.0.0/31");
    assertThat(calc("10.0.0.0/24 plan 2").ranges())
        .extracting(Cidr::toString)
        .containsExactly("10.0.0.0/30");
  }

  @Test
  void aRangeIsNotSplitIntoNoParts() {
    assertThatThrownBy(() -> calc("10.0.0.0/24 split 0")).hasMessageContaining("no parts");
  }

  @Test
  void whatLeadsToIpv4IsNotPublic() {
    assertThat(calc("::ffff:10.0.0.1").text()).contains("Kind       IPv4 within IPv6");
    assertThat(calc("2002:c000:204::1").text()).contains("Kind       6to4");
    assertThat(calc("4000::1").text()).contains("Kind       reserved");
    assertThat(calc("2606:4700::1").text()).contains("Kind       public");
    assertThat(calc("::/0").text()).contains("Kind       mixed");
  }

  @Test
  void aPlanThatDoesNotFitSaysWhichSubnetAndWhatWasLeft() {
    assertThatThrownBy(() -> calc("10.0.0.0/24 plan a=100 b=100 c=10"))
        .hasMessageContaining("no room for 10 hosts, a /28")
        .hasMessageContaining("is left nothing");
  }

  @Test
  void twoHostsHaveRoomInASlash30AndOneInASlash32() {
    assertThat(calc("10.0.0.0/24 plan 2 1").ranges())
        .extracting(Cidr::toString)
        .containsExactly("10.0.0.0/30", "10.0.0.4/32");
  }

  @Test
  void whatIsLeftWithoutARangeIsGivenInTheFewestRanges() {
    assertThat(calc("10.0.0.0/24 exclude 10.0.0.64/26").ranges())
        .extracting(Cidr::toString)
        .containsExactly("10.0.0.0/26", "10.0.0.128/25");
    assertThat(calc("10.0.0.0/24 exclude 10.0.0.0/8").text()).isEqualTo("nothing is left\n");
  }

  @Test
  void overlapNamesTheTwoAndWhatBothHave() {
    assertThat(calc("overlap 10.0.0.0/24 10.0.1.0/24 10.0.1.128/25").text())
        .isEqualTo("10.0.1.0/24 and 10.0.1.128/25 overlap: both have 10.0.1.128 - 10.0.1.255\n");
    assertThat(calc("overlap 10.0.0.0/24 10.0.1.0/24").text()).isEqualTo("none of them overlap\n");
  }

  @Test
  void aPartOfASlash24HasTheZoneNameOfRfc2317() {
    assertThat(Cidr.parse("192.0.2.64/26").reverseZones())
        .isEqualTo("64/26.2.0.192.in-addr.arpa (RFC 2317)");
    assertThat(Cidr.parse("192.0.2.0/24").reverseZones()).isEqualTo("2.0.192.in-addr.arpa");
  }

  @Test
  void aMaskThatIsNoneIsRefusedWithTheReason() {
    assertThatThrownBy(() -> calc("10.0.0.0/255.0.255.0")).hasMessageContaining("no netmask");
    assertThatThrownBy(() -> calc("10.0.0.0/33")).hasMessageContaining("from 0 to 32");
    assertThatThrownBy(() -> calc("10.0.0.0/24 frob")).hasMessageContaining("no calculation: frob");
  }

  @Test
  void aMaskInAWordOfItsOwnAndANumberThatIsTooLargeAreToldApart() {
    for (String mask : List.of("255.255.255.0", "/24")) {
      assertThatThrownBy(() -> calc("192.168.1.0 " + mask))
          .hasMessage("a range is one word, and " + mask + " stands behind it");
    }
    assertThatThrownBy(() -> calc("192.168.1.300/24"))
        .hasMessageContaining("four numbers from 0 to 255");
  }

  @Test
  void whatIsReadInTwoWaysElsewhereIsNoAddressHere() {
    for (String text :
        List.of("10.1/16", "010.0.0.0/8", "1.2.3.4.5/8", "300.1.1.1/24", "0x7f000001/8", "/24")) {
      assertThatThrownBy(() -> Cidr.parse(text)).as(text).hasMessageMatching("(an|Inv).*address.*");
    }
    assertThatThrownBy(() -> Cidr.parse("fe80::1%eth0/64"))
        .hasMessage("a range has no zone: without %eth0");
    assertThatThrownBy(() -> Cidr.parse("10.0.0.0/")).hasMessage("nothing stands behind the /");
    assertThatThrownBy(() -> Cidr.parse("10.0.0.0/+8")).hasMessage("+8 is no prefix length");
  }
}
