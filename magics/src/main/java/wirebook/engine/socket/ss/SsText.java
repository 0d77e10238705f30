package wirebook.engine.socket.ss;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;
import wirebook.engine.socket.Numbers;
import wirebook.engine.socket.SocketEntry;
import wirebook.engine.socket.SocketState;
import wirebook.engine.socket.TcpInfo;
import wirebook.net.Visible;
import wirebook.trace.IpText;

/**
 * Sockets as ss of iproute2 6.1 prints them to a file or pipe: columns as narrow as they can be.
 */
final class SsText {
  private static final List<String> HEADERS =
      List.of(
          "Netid",
          "State",
          "Recv-Q",
          "Send-Q",
          "Local Address:",
          "Port",
          "Peer Address:",
          "Port",
          "Process");
  private static final List<String> BEFORE = List.of("", " ", " ", " ", " ", "", " ", "", "");
  private static final int LOCAL = 4;
  private static final int PEER = 6;
  private static final int PROCESS = 8;
  private static final String[] TIMERS = {
    "off", "on", "keepalive", "timewait", "persist", "unknown"
  };

  private final SsQuery query;
  private final Map<Long, List<SystemNames.Owner>> owners;
  private final Map<Integer, String> interfaces = SystemNames.interfaces();
  private final Map<String, String> services;
  private final int[] ephemeral = SystemNames.ephemeralPorts();

  SsText(SsQuery query, Map<Long, List<SystemNames.Owner>> owners) {
    this.query = query;
    this.owners = owners;
    this.services = query.numeric() ? Map.of() : SystemNames.services();
  }

  String render(List<SocketEntry> sockets) {
    List<List<String>> rows = new ArrayList<>();
    if (query.header()) {
      rows.add(HEADERS);
    }
    sockets.forEach(s -> rows.add(row(s)));
    boolean[] shown = new boolean[HEADERS.size()];
    int[] widths = new int[HEADERS.size()];
    boolean first = true;
    for (int c = 0; c < widths.length; c++) {
      shown[c] = (c != 0 || query.kinds() > 1) && (c != 1 || query.onlyState().isEmpty());
      // ss measures a field when the next one begins, so it leaves out the very last one.
      int measured = c == PROCESS ? rows.size() - 1 : rows.size();
      for (int r = 0; r < measured; r++) {
        widths[c] = shown[c] ? Math.max(widths[c], rows.get(r).get(c).length()) : 0;
      }
      if (widths[c] > 0) {
        widths[c] += first ? 0 : BEFORE.get(c).length();
        first = false;
      }
    }
    StringBuilder out = new StringBuilder();
    for (List<String> row : rows) {
      boolean started = false;
      for (int c = 0; c < widths.length; c++) {
        if (shown[c]) {
          String before = started ? BEFORE.get(c) : "";
          started = true;
          int pad = Math.max(0, widths[c] - before.length() - row.get(c).length());
          boolean right = c == LOCAL || c == PEER;
          out.append(before).append(" ".repeat(right ? pad : 0)).append(row.get(c));
          out.append(" ".repeat(right ? 0 : pad));
        }
      }
      out.append('\n');
    }
    return out.toString();
  }

  private List<String> row(SocketEntry s) {
    List<String> row = new ArrayList<>();
    row.add(s.netid());
    row.add(s.state().shown());
    row.add("%-6d".formatted(s.receiveQueue()));
    row.add("%-6d".formatted(s.sendQueue()));
    end(row, s.local(), s);
    end(row, s.peer(), s);
    row.add(process(s));
    return row;
  }

  private void end(List<String> row, SocketEntry.End end, SocketEntry socket) {
    switch (end) {
      case SocketEntry.End.Unix unix -> {
        row.add((unix.name().isEmpty() ? "*" : Visible.text(unix.name())) + " ");
        row.add(Long.toString(unix.number()));
      }
      case SocketEntry.End.Ip ip -> {
        String address = IpText.of(ip.address());
        if (address.equals("::") && socket.v6only().orElse(0) == 0) {
          address = "*";
        } else if (address.contains(":")) {
          address = "[" + address + "]";
        }
        String device =
            ip.interfaceIndex() == 0
                ? ""
                : "%" + interfaces.getOrDefault(ip.interfaceIndex(), "if" + ip.interfaceIndex());
        row.add(address + device + ":");
        row.add(port(ip.port(), socket.netid()));
      }
    }
  }

  private String port(int port, String netid) {
    if (port == 0) {
      return "*";
    }
    String number = Integer.toString(port);
    return query.numeric() || (port >= ephemeral[0] && port <= ephemeral[1])
        ? number
        : services.getOrDefault(number + "/" + netid, number);
  }

  private String process(SocketEntry s) {
    boolean unix = s.local() instanceof SocketEntry.End.Unix;
    StringBuilder out = new StringBuilder();
    List<SystemNames.Owner> users = owners.getOrDefault(s.inode(), List.of());
    if (query.processes() && !users.isEmpty()) {
      List<String> shown =
          users.stream()
              .map(
                  o ->
                      "(\"%s\",pid=%d,fd=%d)"
                          .formatted(Visible.text(o.process()), o.pid(), o.descriptor()))
              .toList();
      out.append(" users:(").append(String.join(",", shown)).append(")");
    }
    if (query.options() && s.timer() != 0) {
      out.append(
          " timer:(%s,%s,%d)"
              .formatted(TIMERS[Math.min(5, s.timer())], time(s.timerMillis()), s.retransmits()));
    }
    if (unix && query.memory()) {
      out.append(memory(s));
    }
    if (query.details()) {
      details(out, s, unix);
    }
    if (!unix && (query.memory() || (query.info() && !s.netid().equals("udp")))) {
      out.append(query.oneLine() ? "" : "\n\t").append(memory(s));
      s.tcp().ifPresent(info -> tcp(out, s, info));
    }
    return out.toString();
  }

  private static void details(StringBuilder out, SocketEntry s, boolean unix) {
    if (!unix) {
      out.append(s.user() == 0 ? "" : " uid:" + s.user());
      out.append(" ino:").append(s.inode()).append(" sk:").append(Long.toHexString(s.cookie()));
      out.append(s.mark() == 0 ? "" : " fwmark:0x" + Long.toHexString(s.mark()));
      if (s.cgroup().orElse(0) != 0) {
        long id = s.cgroup().getAsLong();
        out.append(" cgroup:");
        out.append(
            SystemNames.controlGroup(id)
                .map(Visible::text)
                .orElse("unreachable:" + Long.toHexString(id)));
      }
      s.v6only().ifPresent(v -> out.append(" v6only:").append(v));
    }
    OptionalInt shut = s.shutdown();
    if (shut.isPresent()) {
      out.append(' ').append((shut.getAsInt() & 1) != 0 ? '-' : '<').append('-');
      out.append((shut.getAsInt() & 2) != 0 ? '-' : '>');
    }
    s.file()
        .ifPresent(f -> out.append(" ino:%d dev:%d/%d".formatted(f.inode(), f.major(), f.minor())));
    s.pending()
        .ifPresent(
            all -> {
              out.append(" peers:");
              all.forEach(p -> out.append(' ').append(p));
            });
  }

  private static String memory(SocketEntry s) {
    List<Long> m = s.memory();
    if (m.size() < 7) {
      return "";
    }
    StringBuilder out = new StringBuilder();
    out.append(
        " skmem:(r%d,rb%d,t%d,tb%d,f%d,w%d,o%d"
            .formatted(m.get(0), m.get(1), m.get(2), m.get(3), m.get(4), m.get(5), m.get(6)));
    out.append(m.size() > 7 ? ",bl" + m.get(7) : "").append(m.size() > 8 ? ",d" + m.get(8) : "");
    return out.append(")").toString();
  }

  private void tcp(StringBuilder out, SocketEntry s, TcpInfo info) {
    int options = info.uint8(5);
    if (query.options()) {
      out.append((options & 1) != 0 ? " ts" : "").append((options & 2) != 0 ? " sack" : "");
      out.append((options & 8) != 0 ? " ecn" : "").append((options & 16) != 0 ? " ecnseen" : "");
      out.append((options & 32) != 0 ? " fastopen" : "");
    }
    out.append(s.congestion().isEmpty() ? "" : " " + Visible.text(s.congestion()));
    if ((options & 4) != 0) {
      out.append(" wscale:%d,%d".formatted(info.uint8(6) & 15, info.uint8(6) >> 4));
    }
    long rto = info.uint32(8);
    out.append(rto == 0 || rto == 3_000_000 ? "" : " rto:" + general(rto / 1000.0));
    number(out, "backoff", info.uint8(4));
    if (info.uint32(68) != 0) {
      out.append(" rtt:").append(general(info.uint32(68) / 1000.0));
      out.append('/').append(general(info.uint32(72) / 1000.0));
    }
    out.append(info.uint32(12) == 0 ? "" : " ato:" + general(info.uint32(12) / 1000.0));
    number(out, "mss", info.uint32(16));
    number(out, "pmtu", info.uint32(60));
    number(out, "rcvmss", info.uint32(20));
    number(out, "advmss", info.uint32(84));
    number(out, "cwnd", info.uint32(80));
    number(out, "ssthresh", info.uint32(76) < 0xffff ? info.uint32(76) : 0);
    number(out, "bytes_sent", info.uint64(200));
    number(out, "bytes_retrans", info.uint64(208));
    number(out, "bytes_acked", info.uint64(120));
    number(out, "bytes_received", info.uint64(128));
    number(out, "segs_out", info.uint32(136));
    number(out, "segs_in", info.uint32(140));
    number(out, "data_segs_out", info.uint32(156));
    number(out, "data_segs_in", info.uint32(152));
    s.bbr().filter(b -> b.length() >= 20).ifPresent(b -> bbr(out, b));
    if (info.uint32(68) > 0 && info.uint32(16) > 0 && info.uint32(80) > 0) {
      rate(out, "send", (double) info.uint32(80) * info.uint32(16) * 8_000_000.0 / info.uint32(68));
    }
    number(out, "lastsnd", info.uint32(44));
    number(out, "lastrcv", info.uint32(52));
    number(out, "lastack", info.uint32(56));
    if (info.uint64(104) != 0 && info.uint64(104) != -1) {
      rate(out, "pacing_rate", unsigned(info.uint64(104)) * 8);
      if (info.uint64(112) != 0 && info.uint64(112) != -1) {
        out.append('/').append(bandwidth(unsigned(info.uint64(112)) * 8)).append("bps");
      }
    }
    if (info.uint64(160) != 0) {
      rate(out, "delivery_rate", unsigned(info.uint64(160)) * 8);
    }
    number(out, "delivered", info.uint32(192));
    number(out, "delivered_ce", info.uint32(196));
    out.append((info.uint8(7) & 1) != 0 ? " app_limited" : "");
    long busy = info.uint64(168);
    if (busy != 0) {
      out.append(" busy:").append(busy / 1000).append("ms");
      limited(out, "rwnd_limited", info.uint64(176), busy);
      limited(out, "sndbuf_limited", info.uint64(184), busy);
    }
    number(out, "unacked", info.uint32(24));
    if (info.uint32(36) != 0 || info.uint32(100) != 0) {
      out.append(" retrans:%d/%d".formatted(info.uint32(36), info.uint32(100)));
    }
    number(out, "lost", info.uint32(32));
    number(out, "sacked", s.state() == SocketState.LISTEN ? 0 : info.uint32(28));
    number(out, "dsack_dups", info.uint32(216));
    number(out, "fackets", info.uint32(40));
    out.append(info.uint32(88) == 3 ? "" : " reordering:" + info.uint32(88));
    number(out, "reord_seen", info.uint32(220));
    out.append(info.uint32(92) == 0 ? "" : " rcv_rtt:" + general(info.uint32(92) / 1000.0));
    number(out, "rcv_space", info.uint32(96));
    number(out, "rcv_ssthresh", info.uint32(64));
    number(out, "notsent", info.uint32(144));
    long least = info.uint32(148);
    out.append(least == 0 || least == 0xffffffffL ? "" : " minrtt:" + general(least / 1000.0));
    number(out, "rcv_ooopack", info.uint32(224));
    number(out, "snd_wnd", info.uint32(228));
  }

  private void bbr(StringBuilder out, wirebook.trace.Bytes b) {
    double bandwidth = unsigned(Numbers.uint32(b, 0) | Numbers.uint32(b, 4) << 32) * 8;
    out.append(" bbr:(bw:").append(bandwidth(bandwidth)).append("bps,mrtt:");
    out.append(general(Numbers.uint32(b, 8) / 1000.0));
    if (Numbers.uint32(b, 12) != 0) {
      out.append(",pacing_gain:").append(general(Numbers.uint32(b, 12) / 256.0));
    }
    if (Numbers.uint32(b, 16) != 0) {
      out.append(",cwnd_gain:").append(general(Numbers.uint32(b, 16) / 256.0));
    }
    out.append(")");
  }

  private static void number(StringBuilder out, String name, long value) {
    if (value != 0) {
      out.append(' ').append(name).append(':').append(Long.toUnsignedString(value));
    }
  }

  private void rate(StringBuilder out, String name, double bits) {
    out.append(' ').append(name).append(' ').append(bandwidth(bits)).append("bps");
  }

  private static void limited(StringBuilder out, String name, long time, long busy) {
    if (time != 0) {
      out.append(
          String.format(Locale.ROOT, " %s:%dms(%.1f%%)", name, time / 1000, 100.0 * time / busy));
    }
  }

  private static double unsigned(long number) {
    return number >= 0 ? number : (number >>> 1) * 2.0 + (number & 1);
  }

  private String bandwidth(double bits) {
    if (query.numeric()) {
      return String.format(Locale.ROOT, "%.0f", new java.math.BigDecimal(bits));
    }
    return bits >= 1e12
        ? general(bits / 1e12, 3) + "T"
        : bits >= 1e9
            ? general(bits / 1e9, 3) + "G"
            : bits >= 1e6
                ? general(bits / 1e6, 3) + "M"
                : bits >= 1e3 ? general(bits / 1e3, 3) + "k" : general(bits);
  }

  static String general(double value) {
    return general(value, 6);
  }

  /** C's {@code %.Ng}: N significant digits, without trailing zeros. */
  static String general(double value, int digits) {
    if (value == 0) {
      return "0";
    }
    java.math.BigDecimal rounded =
        new java.math.BigDecimal(value)
            .round(new java.math.MathContext(digits, java.math.RoundingMode.HALF_EVEN));
    int exponent = rounded.precision() - rounded.scale() - 1;
    if (exponent < -4 || exponent >= digits) {
      String mantissa = rounded.movePointLeft(exponent).stripTrailingZeros().toPlainString();
      return mantissa + "e%s%02d".formatted(exponent < 0 ? "-" : "+", Math.abs(exponent));
    }
    return rounded.stripTrailingZeros().toPlainString();
  }

  /** Time as ss abbreviates it: {@code 59sec}, {@code 1.200ms}, {@code 2min3sec}. */
  static String time(long millis) {
    long minutes = millis / 60_000;
    long seconds = millis / 1000 % 60;
    long rest = millis % 1000;
    StringBuilder out = new StringBuilder();
    if (minutes != 0) {
      rest = 0;
      out.append(minutes).append("min");
      seconds = minutes > 9 ? 0 : seconds;
    }
    if (seconds != 0) {
      rest = seconds > 9 ? 0 : rest;
      out.append(seconds).append(rest != 0 ? "." : "sec");
    }
    return out.append(rest != 0 ? "%03dms".formatted(rest) : "").toString();
  }
}
