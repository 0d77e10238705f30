package wirebook.engine.socket.ip;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import wirebook.engine.socket.Numbers;
import wirebook.engine.socket.ss.Netlink;
import wirebook.trace.Bytes;

/**
 * The attributes of a netlink message (netlink(7)), by their number. A number that is too short for
 * what is read of it counts as zero, so that a strange kernel costs a value, not the command.
 */
public record Attributes(Map<Integer, Bytes> byType) {
  public static final Attributes NONE = new Attributes(Map.of());

  public Attributes {
    byType = Map.copyOf(byType);
  }

  /** Those from {@code at} on; of several with one number the last. */
  public static Attributes of(Bytes message, int at) {
    Map<Integer, Bytes> map = new LinkedHashMap<>();
    Netlink.attributes(message, at).forEach(a -> map.put(a.type(), a.value()));
    return new Attributes(map);
  }

  public boolean has(int type) {
    return byType.containsKey(type);
  }

  public Bytes get(int type) {
    return byType.getOrDefault(type, Bytes.EMPTY);
  }

  public Optional<Bytes> find(int type) {
    return Optional.ofNullable(byType.get(type));
  }

  public Attributes nested(int type) {
    return of(get(type), 0);
  }

  /** In their order, numbers may come twice. */
  public List<Bytes> all(int list, int type) {
    List<Bytes> all = new ArrayList<>();
    for (Netlink.Attribute a : Netlink.attributes(get(list), 0)) {
      if (type < 0 || a.type() == type) {
        all.add(a.value());
      }
    }
    return all;
  }

  public int u8(int type) {
    return get(type).isEmpty() ? 0 : get(type).at(0);
  }

  public int u16(int type) {
    return get(type).length() < 2 ? 0 : Numbers.uint16(get(type), 0);
  }

  /** In the network's byte order. */
  public int be16(int type) {
    return get(type).length() < 2 ? 0 : get(type).at(0) << 8 | get(type).at(1);
  }

  public long u32(int type) {
    return get(type).length() < 4 ? 0 : Numbers.uint32(get(type), 0);
  }

  /** In the network's byte order. */
  public long be32(int type) {
    return get(type).length() < 4 ? 0 : Integer.toUnsignedLong(get(type).buffer().getInt(0));
  }

  public long u64(int type) {
    return get(type).length() < 8 ? 0 : Numbers.int64(get(type), 0);
  }

  public String text(int type) {
    String text = get(type).text();
    int end = text.indexOf('\0');
    return end < 0 ? text : text.substring(0, end);
  }
}
