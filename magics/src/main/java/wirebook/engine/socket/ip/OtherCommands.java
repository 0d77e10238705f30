package wirebook.engine.socket.ip;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import wirebook.engine.socket.ss.Abbreviation;
import wirebook.trace.Bytes;

/** {@code ip maddress} and {@code ip netns list}. */
final class OtherCommands {
  private record Group(
      int index, String device, int family, Bytes address, int users, boolean fixed) {}

  private OtherCommands() {}

  static void multicast(IpContext ip) {
    Optional<String> device = Optional.empty();
    while (ip.hasWord()) {
      if (!ip.take("dev") && Abbreviation.first(ip.word(), List.of("help")).isPresent()) {
        throw IpHelp.of("maddress");
      }
      String name = ip.take();
      if (device.isPresent()) {
        throw ip.twice("dev");
      }
      device = Optional.of(name);
    }
    if (!ip.host.isThisMachine()) {
      throw ip.refused(1, "the lab's hosts join no groups of multicast");
    }
    int family = ip.options.family();
    List<Group> groups = new ArrayList<>();
    if (family == 0 || family == IpOptions.PACKET) {
      links(groups);
    }
    if (family == 0 || family == IpOptions.INET) {
      four(groups);
    }
    if (family == 0 || family == IpOptions.INET6) {
      six(groups);
    }
    Optional<String> only = device;
    groups.removeIf(g -> only.isPresent() && !only.get().equals(g.device));
    groups.sort(Comparator.comparingInt(Group::index));
    print(ip, groups);
  }

  private static List<String[]> lines(String file) {
    try {
      return Files.readAllLines(Path.of("/proc/net", file)).stream()
          .map(l -> l.strip().split("\\s+"))
          .toList();
    } catch (IOException e) {
      return List.of();
    }
  }

  private static void links(List<Group> groups) {
    for (String[] l : lines("dev_mcast")) {
      groups.add(
          new Group(
              Integer.parseInt(l[0]),
              l[1],
              IpOptions.PACKET,
              hex(l[4]),
              Integer.parseInt(l[2]),
              !l[3].equals("0")));
    }
  }

  private static void four(List<Group> groups) {
    int index = 0;
    String device = "";
    for (String[] l : lines("igmp").stream().skip(1).toList()) {
      if (l.length > 4) {
        index = Integer.parseInt(l[0]);
        device = l[1].replaceFirst(":$", "");
      } else {
        byte[] reversed = HexFormat.of().parseHex(l[0]);
        byte[] address = {reversed[3], reversed[2], reversed[1], reversed[0]};
        groups.add(
            new Group(
                index, device, IpOptions.INET, Bytes.of(address), Integer.parseInt(l[1]), false));
      }
    }
  }

  private static void six(List<Group> groups) {
    for (String[] l : lines("igmp6")) {
      groups.add(
          new Group(
              Integer.parseInt(l[0]),
              l[1],
              IpOptions.INET6,
              hex(l[2]),
              Integer.parseInt(l[3]),
              false));
    }
  }

  private static Bytes hex(String text) {
    return Bytes.of(HexFormat.of().parseHex(text));
  }

  private static void print(IpContext ip, List<Group> groups) {
    IpOutput out = ip.out;
    int current = 0;
    out.openArray("");
    for (Group g : groups) {
      if (g.index != current || ip.options.oneLine()) {
        if (current != 0) {
          out.closeArray().close();
        }
        out.open().put("ifindex", "%s:", g.index);
        out.put(IpOutput.Color.DEVICE, "ifname", "\t%s", g.device).newLine();
        out.openArray("maddr");
        current = g.index;
      }
      out.text("\t").open();
      if (g.family == IpOptions.PACKET) {
        out.text("link  ").put(IpOutput.Color.HARDWARE, "link", "%s", LinkKinds.mac(g.address));
      } else {
        out.put("family", "%-5s ", IpContext.familyName(g.family));
        out.put(IpOutput.Color.of(g.address.length()), "address", "%s", ip.host(g.address));
      }
      if (g.users != 1) {
        out.put("users", " users %s", g.users);
      }
      if (g.fixed) {
        out.put("features", " %s", "static");
      }
      out.text("\n").close();
    }
    if (current != 0) {
      out.closeArray().close();
    }
    out.closeArray();
  }

  static void namespaces(IpContext ip) {
    ip.out.openArray("");
    for (String name : ip.host.isThisMachine() ? Namespaces.all() : List.<String>of()) {
      ip.out.open().put("name", "%s", name);
      int id = Namespaces.id(ip.host, name);
      if (id >= 0) {
        ip.out.put("id", " (id: %s)", id);
      }
      ip.out.text("\n").close();
    }
    ip.out.closeArray();
  }
}
