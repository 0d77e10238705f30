package wirebook.engine.socket.ip;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import wirebook.engine.socket.Numbers;
import wirebook.engine.socket.ss.Abbreviation;
import wirebook.engine.socket.ss.Netlink;
import wirebook.trace.Bytes;
import wirebook.trace.IpText;

/** One use of ip: its words, its options, the host, what was found and what is written. */
final class IpContext {
  static final int LINK_HEADER = 16;

  final Rtnetlink host;
  final IpOptions options;
  final IpOutput out;
  final StringBuilder errors = new StringBuilder();
  final List<IpObject> objects = new ArrayList<>();
  private final List<String> words;
  private int at;
  private @Nullable Map<Integer, Bytes> links;
  private @Nullable IpNames names;

  IpContext(Rtnetlink host, IpOptions options, List<String> words, int at) {
    this.host = host;
    this.options = options;
    this.out = new IpOutput(options);
    this.words = words;
    this.at = at;
  }

  // Words.

  boolean hasWord() {
    return at < words.size();
  }

  String word() {
    return words.get(at);
  }

  String take() {
    if (!hasWord()) {
      throw new IpRefusal(
          words.size() - 1,
          IpRefusal.WRONG,
          "Command line is not complete. Try option \"help\"",
          "here stands one more word");
    }
    return words.get(at++);
  }

  /** Takes the word when it is this one. */
  boolean take(String exact) {
    if (hasWord() && word().equals(exact)) {
      at++;
      return true;
    }
    return false;
  }

  /** Takes the word when it is the beginning of this one. */
  boolean takeShort(String... names) {
    if (hasWord() && Abbreviation.first(word(), List.of(names)).isPresent()) {
      at++;
      return true;
    }
    return false;
  }

  /** Whether the word that was taken last is this one. */
  boolean isBefore(String word) {
    return words.get(at - 1).equals(word);
  }

  /** The word that was taken last. */
  String before() {
    return words.get(at - 1);
  }

  /** The word before the next is wrong: {@code Error: argument "x" is wrong: why}. */
  IpRefusal wrong(String why) {
    return new IpRefusal(
        at - 1,
        IpRefusal.WRONG,
        "Error: argument \"" + words.get(at - 1) + "\" is wrong: " + why,
        "");
  }

  IpRefusal refused(int status, String text) {
    return new IpRefusal(Math.max(0, at - 1), status, text, "");
  }

  /** Of a sum: about the word that was taken last. */
  IpRefusal calcWrong(String why, String fix) {
    return new IpRefusal(at - 1, 1, why, fix);
  }

  IpRefusal twice(String key) {
    return new IpRefusal(
        at - 1,
        IpRefusal.WRONG,
        "Error: either \""
            + key
            + "\" is duplicate, or \""
            + words.get(at - 1)
            + "\" is a garbage.",
        "");
  }

  /** For standard error. */
  void warn(String text) {
    errors.append(text);
  }

  IpRefusal noDevice(String name) {
    return refused(1, "Cannot find device \"" + name + "\"");
  }

  Prefix prefix(int family) {
    String text = take();
    try {
      return Prefix.parse(text, family);
    } catch (IllegalArgumentException e) {
      throw new IpRefusal(
          at - 1,
          1,
          "Error: " + familyName(family) + " prefix is expected rather than \"" + text + "\".",
          "10.0.0.0/8, 192.168.1.7/24, 2001:db8::/32");
    }
  }

  Prefix address(int family) {
    String text = take();
    try {
      Prefix prefix = Prefix.parse(text, family);
      if (!text.contains("/")) {
        return prefix;
      }
    } catch (IllegalArgumentException e) {
      // Said below.
    }
    throw new IpRefusal(
        at - 1,
        1,
        "Error: " + familyName(family) + " address is expected rather than \"" + text + "\".",
        "8.8.8.8; for a name, look it up first: %dig +short " + text);
  }

  /** The family that a word names, which is taken; else zero. */
  int family() {
    int family =
        !hasWord()
            ? 0
            : switch (word()) {
              case "inet" -> IpOptions.INET;
              case "inet6" -> IpOptions.INET6;
              case "link" -> IpOptions.PACKET;
              case "bridge" -> IpOptions.BRIDGE;
              case "mpls" -> IpOptions.MPLS;
              default -> 0;
            };
    at += family == 0 ? 0 : 1;
    return family;
  }

  static String familyName(int family) {
    return switch (family) {
      case 0 -> "any valid";
      case IpOptions.INET -> "inet";
      case IpOptions.INET6 -> "inet6";
      case IpOptions.PACKET -> "link";
      case IpOptions.MPLS -> "mpls";
      case IpOptions.BRIDGE -> "bridge";
      default -> "???";
    };
  }

  long number(String complaint) {
    OptionalLong number = IpNames.number(take(), 0);
    if (number.isEmpty() || number.getAsLong() > 0xffffffffL) {
      throw wrong(complaint);
    }
    return number.getAsLong();
  }

  long named(IpNames.Kind kind, String complaint) {
    OptionalLong number = names().number(kind, take());
    return number.orElseThrow(() -> wrong(complaint));
  }

  String name(IpNames.Kind kind, long number) {
    return names().of(kind, number, options.numeric());
  }

  IpNames names() {
    if (names == null) {
      names = host.names();
    }
    return names;
  }

  // Devices.

  private Map<Integer, Bytes> links() {
    if (links == null) {
      links = new LinkedHashMap<>();
      try {
        for (Bytes link : host.dump(Rtnetlink.GET_LINK, linkRequest(0, 0))) {
          links.put(Numbers.int32(link, 4), link);
        }
      } catch (IOException e) {
        // Names are numbers, then.
      }
    }
    return links;
  }

  static Bytes linkRequest(int family, int index) {
    ByteBuffer request = Numbers.room(LINK_HEADER);
    request.put((byte) family).putInt(4, index);
    return Numbers.bytes(request).plus(Netlink.attribute(29, u32(1)));
  }

  static Bytes u32(long value) {
    return Numbers.bytes(Numbers.room(4).putInt((int) value));
  }

  static Bytes text(String value) {
    return Bytes.utf8(value + "\0");
  }

  String device(int index) {
    Bytes link = links().get(index);
    return link == null ? "if" + index : Attributes.of(link, LINK_HEADER).text(3);
  }

  /** The index of a device, by name or by another name; zero when there is none. */
  int device(String name) {
    for (Map.Entry<Integer, Bytes> e : links().entrySet()) {
      Attributes a = Attributes.of(e.getValue(), LINK_HEADER);
      if (a.text(3).equals(name) || a.all(52, 53).stream().anyMatch(n -> n.equals(text(name)))) {
        return e.getKey();
      }
    }
    return name.matches("if[0-9]{1,9}") && links().containsKey(Integer.parseInt(name.substring(2)))
        ? Integer.parseInt(name.substring(2))
        : 0;
  }

  long deviceFlags(int index) {
    Bytes link = links().get(index);
    return link == null ? 0 : Numbers.uint32(link, 8);
  }

  /** The device's hardware type, an ARP number. */
  int deviceType(int index) {
    Bytes link = links().get(index);
    return link == null ? 0 : Numbers.uint16(link, 2);
  }

  Attributes deviceAttributes(int index) {
    Bytes link = links().get(index);
    return link == null ? Attributes.NONE : Attributes.of(link, LINK_HEADER);
  }

  /** A hardware address: the ends of a tunnel are Internet addresses. */
  static String hardware(Bytes address, int type) {
    boolean four = type == 768 || type == 776 || type == 778;
    boolean six = type == 769 || type == 823;
    return (address.length() == 4 && four) || (address.length() == 16 && six)
        ? IpText.of(address)
        : LinkKinds.mac(address);
  }

  String host(Bytes address) {
    return address.length() == 4 || address.length() == 16 ? IpText.of(address) : address.hex();
  }
}
