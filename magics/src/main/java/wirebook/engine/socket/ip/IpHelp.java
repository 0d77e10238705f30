package wirebook.engine.socket.ip;

import java.util.Map;

/** What this ip knows, in the form of ip's own usage. */
final class IpHelp {
  private static final String USAGE =
      """
      Usage: ip [ OPTIONS ] OBJECT { COMMAND | help }
      where  OBJECT := { address | link | route | rule | neighbour | nexthop | maddress | netns | calc }
             OPTIONS := { -4 | -6 | -0 | -f[amily] { inet | inet6 | link } | -br[ief] | -o[neline] |
                          -s[tatistics] | -d[etails] | -j[son] | -p[retty] | -h[uman-readable] | -iec |
                          -c[olor] | -n[etns] NAME | -N[umeric] | -r[esolve] | -a[ll] | -V[ersion] }
      """;
  private static final Map<String, String> TOPICS =
      Map.of(
          "address",
          """
          Usage: ip address [ show [ dev IFNAME ] [ scope SCOPE ] [ master DEVICE ] [ nomaster ]
                            [ type TYPE ] [ to PREFIX ] [ FLAG ] [ label LABEL ] [ up ] [ vrf NAME ] ]
                 ip address { add | change | replace } PREFIX dev IFNAME [ broadcast ADDR ] [ scope SCOPE ]
                 ip address del PREFIX dev IFNAME
          FLAG := { permanent | dynamic | secondary | primary | [-]tentative | [-]deprecated |
                    [-]dadfailed | temporary | home | nodad | mngtmpaddr | noprefixroute | autojoin }
          """,
          "link",
          """
          Usage: ip link [ show [ DEVICE | group GROUP ] [ up ] [ master DEV ] [ nomaster ] [ vrf NAME ] [ type TYPE ] ]
                 ip link set DEVICE { up | down } [ mtu MTU ]
          """,
          "route",
          """
          Usage: ip route [ { show | list } SELECTOR ]
                 ip route get [ fibmatch ] ADDRESS [ from ADDRESS iif STRING ] [ oif STRING ] [ tos TOS ]
                              [ mark NUMBER ] [ vrf NAME ] [ uid NUMBER ] [ ipproto PROTOCOL ] [ sport N ] [ dport N ]
                 ip route { add | del | change | append | replace } ROUTE
          SELECTOR := [ root PREFIX ] [ match PREFIX ] [ exact PREFIX ] [ table TABLE_ID ] [ vrf NAME ]
                      [ proto RTPROTO ] [ type TYPE ] [ scope SCOPE ] [ dev STRING ] [ via ADDRESS ] [ metric N ]
          ROUTE := [ TYPE ] PREFIX [ via ADDRESS ] [ dev STRING ] [ table TABLE_ID ] [ proto RTPROTO ]
                   [ scope SCOPE ] [ metric METRIC ] [ src ADDRESS ] [ mtu NUMBER ] [ onlink ]
          TYPE := { unicast | blackhole | unreachable | prohibit | throw }
          """,
          "rule",
          """
          Usage: ip rule [ list [ SELECTOR ] ]
                 ip rule { add | del } SELECTOR ACTION
          SELECTOR := [ not ] [ from PREFIX ] [ to PREFIX ] [ tos TOS ] [ fwmark FWMARK[/MASK] ]
                      [ iif STRING ] [ oif STRING ] [ pref NUMBER ]
          ACTION := [ table TABLE_ID ] | blackhole | unreachable | prohibit
          """,
          "neighbour",
          """
          Usage: ip neigh [ show [ proxy ] [ to PREFIX ] [ dev DEV ] [ nud STATE ] [ vrf NAME ] [ nomaster ] ]
                 ip neigh get { ADDR | proxy ADDR } dev DEV
          STATE := { delay | failed | incomplete | noarp | none | permanent | probe | reachable | stale }
          """,
          "nexthop",
          """
          Usage: ip nexthop [ list [ id ID ] [ dev DEV ] [ vrf NAME ] [ groups ] [ fdb ] ]
                 ip nexthop get id ID
          """,
          "maddress",
          "Usage: ip maddr show [ dev STRING ]\n",
          "netns",
          "Usage: ip netns [ list ]\n");

  private IpHelp() {}

  static IpRefusal usage() {
    return new IpRefusal(IpRefusal.WRONG, USAGE.stripTrailing());
  }

  static IpRefusal of(String topic) {
    return new IpRefusal(IpRefusal.WRONG, TOPICS.getOrDefault(topic, USAGE).stripTrailing());
  }

  static String text(String topic) {
    return TOPICS.getOrDefault(topic, USAGE);
  }
}
