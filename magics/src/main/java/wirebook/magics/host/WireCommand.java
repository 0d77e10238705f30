package wirebook.magics.host;

import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import wirebook.engine.socket.ss.SystemNames;
import wirebook.internet.Internets;
import wirebook.internet.plain.PlainJava;
import wirebook.net.Networks;
import wirebook.net.Wire;
import wirebook.render.WireText;
import wirebook.spi.Magic;
import wirebook.spi.MagicCall;
import wirebook.spi.MagicException;
import wirebook.spi.MagicResult;
import wirebook.spi.MagicSpec;
import wirebook.spi.MagicSpec.Option;
import wirebook.spi.MagicSpec.Values;
import wirebook.spi.Plural;
import wirebook.spi.Span;
import wirebook.spi.Word;
import wirebook.spi.Words;
import wirebook.spi.Words.Complaint;
import wirebook.trace.Capture;
import wirebook.trace.Event;
import wirebook.trace.Packet;
import wirebook.trace.PacketFilter;
import wirebook.trace.Packets;
import wirebook.trace.Pcapng;

/** {@code %wire}: everything that passes on the wire, shown, or saved for Wireshark. */
public final class WireCommand implements Magic {
  private static final long USUAL_MOST = 16L << 20;
  private static final int USUAL_COUNT = 100;

  /** A comparison, or a field of a protocol first. */
  private static final Pattern DISPLAY_FILTER = Pattern.compile("[=!]=|^[a-z0-9]+\\.[a-z]");

  /** How the links of the lab's other hosts begin. */
  private static final String OTHERS = "lab:";

  /** Bytes of a header, as pcap-filter(7) has them: tcp[tcpflags] & tcp-syn != 0. */
  private static final Pattern HEADER_FILTER =
      Pattern.compile("\\b(ip6?|tcp|udp|icmp6?|ether)\\s*\\[");

  private static final MagicSpec SPEC =
      MagicSpec.named("wire", "Shows every packet of this kernel: its magics, servers and Java")
          .synopsis(
              "[on [--keep SIZE] | off | clear | show [option…] [FILTER] | save FILE [-i LINK]"
                  + " [FILTER]]")
          .cellBody("begin", "end")
          .value(Packets.class)
          .option(
              Option.flag("show the bytes in hex and as text, and what they are", "-x", "-X", "-A"))
          .option(Option.flag("addresses and ports as numbers, as they always are", "-n", "-nn"))
          .option(Option.of("COUNT", Values.ANY, "show so many packets (100)", "-c"))
          .option(
              Option.of(
                  "LINK",
                  Values.ANY,
                  "packets of one interface: lo, lab, or a real one; any also shows what the lab's other"
                      + " hosts say to each other",
                  "-i"))
          .option(Option.toggle("draw who says what to whom; %%wire does", "--picture"))
          .option(
              Option.of(
                  "SIZE", Values.ANY, "keep at most so many bytes (16M), the newest", "--keep"))
          .action("command", false, "on", "off", "clear", "show", "save")
          .operand("filter", Values.ANY, false, true)
          .forms(
              "on|off|clear",
              "show tcp|udp|icmp|port|host|src|dst|net",
              "show tcp|udp port|host",
              "save FILE tcp|udp|icmp|port|host|src|dst|net")
          .id(Complaint.COUNT, "WIRE003")
          .id(Complaint.OPTION, "WIRE004")
          .id(Complaint.VALUE, "WIRE005")
          .id(Complaint.SIZE, "WIRE006")
          .example("%%wire\n%dig google.com", "the packets of one cell, and a picture of them")
          .example("%wire on", "from now on everything is written down")
          .example("%wire show tcp port 80 and host example.com", "a filter as tcpdump has it")
          .example("%wire show -x port 53", "DNS, byte by byte, with the names of the fields")
          .example("%wire save lesson.pcapng", "a file for Wireshark; .pcap for older programs")
          .build();

  /** What the session has written down. */
  static final class Recording {
    private @Nullable Capture capture;
    private boolean on;
    private boolean forCell;
    private long cellStart;
  }

  @Override
  public MagicSpec spec() {
    return SPEC;
  }

  @Override
  public MagicResult run(MagicCall call) {
    Recording recording = call.service(Recording.class, Recording::new);
    Words options = SPEC.read(call);
    long keep = keep(call, options);
    List<Word> operands = options.operands();
    if (operands.isEmpty()) {
      return status(call, recording);
    }
    Word command = operands.getFirst();
    List<Word> rest = operands.subList(1, operands.size());
    synchronized (recording) {
      return switch (command.text()) {
        case "on" -> {
          none(call, rest);
          on(call, recording, keep);
          call.out()
              .println(
                  "On: up to %s are kept, the newest. %%wire show, %%wire save FILE, %%wire off"
                      .formatted(size(capture(call, recording).most())));
          yield MagicResult.NOTHING;
        }
        case "off" -> {
          none(call, rest);
          recording.on = false;
          Wire.use(Optional.empty());
          yield status(call, recording);
        }
        case "clear" -> {
          none(call, rest);
          capture(call, recording).clear();
          yield MagicResult.NOTHING;
        }
        case "show" -> {
          Packets all = capture(call, recording).packets();
          if (!recording.on && all.packets().isEmpty()) {
            call.err().println("# nothing was written down: %wire on, or %%wire in a cell");
          }
          yield show(call, all, options, rest, false);
        }
        case "save" -> save(call, recording, options, rest);
        case "begin" -> {
          chosen(call, new Packets(List.of(), 0), options, rest);
          recording.forCell = !recording.on;
          if (recording.forCell) {
            on(call, recording, keep);
          }
          recording.cellStart = capture(call, recording).newest();
          yield MagicResult.NOTHING;
        }
        case "end" -> {
          Packets of = capture(call, recording).packets(recording.cellStart);
          if (recording.forCell) {
            recording.forCell = false;
            recording.on = false;
            Wire.use(Optional.empty());
          }
          yield show(call, of, options, rest, true);
        }
        default ->
            throw call.wrong(
                "WIRE001",
                command,
                "%wire does not know " + command.text(),
                "on, off, show, save, clear");
      };
    }
  }

  private static void none(MagicCall call, List<Word> rest) {
    if (!rest.isEmpty()) {
      throw call.wrong(
          "WIRE002",
          rest.getFirst(),
          "nothing more is needed here",
          "%wire show " + rest.getFirst().text());
    }
  }

  /** How many bytes are kept. */
  private static long keep(MagicCall call, Words words) {
    Optional<Word> word = words.word("--keep");
    if (word.isEmpty()) {
      return USUAL_MOST;
    }
    long size = words.size(word.get());
    long most = Runtime.getRuntime().maxMemory() / 4;
    if (size < 1 << 10 || size > most) {
      throw call.wrong(
          "WIRE006",
          word.get(),
          "no size that can be kept: " + word.get().text(),
          "from 1k to " + most / (1 << 20) + "M, a quarter of this worker's memory");
    }
    return size;
  }

  private static String size(long bytes) {
    return bytes >= 10 << 20
        ? bytes / (1 << 20) + " MiB"
        : bytes >= 10 << 10 ? bytes / (1 << 10) + " KiB" : bytes + " bytes";
  }

  private static Capture capture(MagicCall call, Recording recording) {
    Capture capture = recording.capture;
    if (capture == null) {
      capture = capture(call.networks(), USUAL_MOST);
      recording.capture = capture;
    }
    return capture;
  }

  private static Capture capture(Networks networks, long most) {
    return new Capture(() -> networks.current().clock().instant(), most);
  }

  private static void on(MagicCall call, Recording recording, long keep) {
    if (recording.capture == null || recording.capture.most() != keep) {
      recording.capture = capture(call.networks(), keep);
    }
    PlainJava.prepare()
        .ifPresent(
            why ->
                call.err()
                    .println(
                        "# only the lab and %socket are seen, not Java's own sockets: " + why));
    recording.on = true;
    Wire.use(Optional.of(capture(call, recording)));
  }

  private static MagicResult status(MagicCall call, Recording recording) {
    Packets packets = capture(call, recording).packets();
    // As save writes them without -i.
    Packets own = packets.where(p -> !p.link().startsWith(OTHERS));
    int others = packets.packets().size() - own.packets().size();
    long bytes = packets.packets().stream().mapToLong(p -> p.bytes().length()).sum();
    call.out()
        .println(
            "%s: %d packets%s, %s of at most %s%s"
                .formatted(
                    recording.on ? "On" : "Off",
                    Pcapng.count(own),
                    others > 0 ? ", " + others + " between other hosts of the lab" : "",
                    size(bytes),
                    size(capture(call, recording).most()),
                    dropped(packets)));
    return MagicResult.of(packets);
  }

  private static String dropped(Packets packets) {
    return packets.dropped() > 0
        ? "; " + packets.dropped() + " older ones were given up (--keep SIZE keeps more)"
        : "";
  }

  private static void checkLink(MagicCall call, Packets all, Word name) {
    SortedSet<String> known = new TreeSet<>(List.of("any", "lo"));
    all.packets().forEach(p -> known.add(p.link()));
    boolean lab = Internets.inLab(call).isPresent();
    if (lab) {
      known.add("lab");
    }
    String text = name.text();
    if (!known.contains(text) && (lab ? !text.startsWith(OTHERS) : !Wire.isLink(text))) {
      throw call.wrong(
          "WIRE010",
          name,
          text + ": No such device exists" + (lab ? " here; this host's packets are on lab" : ""),
          String.join(", ", known));
    }
  }

  private static Packets chosen(MagicCall call, Packets all, Words options, List<Word> filter) {
    options.word("-i").ifPresent(name -> checkLink(call, all, name));
    Predicate<Packet> link =
        options
            .text("-i")
            .map(name -> (Predicate<Packet>) p -> name.equals("any") || p.link().equals(name))
            .orElse(p -> !p.link().startsWith(OTHERS));
    try {
      List<String> texts =
          filter.stream()
              .flatMap(
                  w ->
                      java.util.Arrays.stream(
                          w.text().strip().split("\\s+|(?<=[()])|(?<=!)(?!=)|(?=[()])")))
              .filter(w -> !w.isEmpty())
              .toList();
      return all.where(link.and(PacketFilter.of(texts, names(call))));
    } catch (PacketFilter.Wrong e) {
      Word at =
          filter.isEmpty()
              ? new Word("", Span.NONE)
              : filter.get(Math.clamp(e.word(), 0, filter.size() - 1));
      String text = filter.stream().map(Word::text).collect(Collectors.joining(" "));
      boolean header = HEADER_FILTER.matcher(text).find();
      boolean display = !header && DISPLAY_FILTER.matcher(text).find();
      throw call.wrong(
          "WIRE007",
          at,
          header
              ? "what is inside of the headers is no condition here, as they are synthesised"
              : String.valueOf(e.getMessage()),
          header
              ? "%wire save x.pcap, and !tcpdump -nr x.pcap '" + text + "'"
              : (display
                      ? "This is a display filter of Wireshark; here filters are tcpdump's, such as"
                          + " tcp port 8080 and host 10.0.0.1: "
                      : "")
                  + e.fix());
    }
  }

  /** As the host knows them; a service may have a port for one protocol only. */
  private static PacketFilter.Names names(MagicCall call) {
    return new PacketFilter.Names() {
      @Override
      public List<InetAddress> addresses(String host) {
        // As tcpdump, which looks names up before it looks at packets.
        return ScopedValue.where(Wire.HIDING, true)
            .call(
                () -> {
                  try {
                    return call.network().lookUp(host);
                  } catch (UnknownHostException e) {
                    return List.of();
                  }
                });
      }

      @Override
      public List<PacketFilter.Service> services(String name) {
        return SystemNames.ports(name).entrySet().stream()
            .map(
                each ->
                    new PacketFilter.Service(
                        each.getValue(),
                        each.getKey().equals("udp") ? Event.Transport.UDP : Event.Transport.TCP))
            .toList();
      }
    };
  }

  private static MagicResult show(
      MagicCall call, Packets all, Words options, List<Word> filter, boolean cell) {
    Packets packets = chosen(call, all, options, filter);
    call.out()
        .print(
            WireText.lines(
                packets,
                options.flag("-x"),
                options.count("-c", Integer.MAX_VALUE).orElse(USUAL_COUNT),
                ZoneId.systemDefault()));
    long others = all.packets().stream().filter(p -> p.link().startsWith(OTHERS)).count();
    List<String> notes = new ArrayList<>();
    if (packets.packets().isEmpty()) {
      notes.add("no packet passed" + (filter.isEmpty() ? "" : " this filter"));
    }
    if (others > 0 && !options.has("-i")) {
      notes.add(others + " more between other hosts of the lab: -i any");
    }
    if (packets.dropped() > 0) {
      notes.add(dropped(packets).substring(2));
    }
    if (!notes.isEmpty()) {
      call.out().println("# " + String.join("; ", notes));
    }
    if ((options.has("--picture") ? options.flag("--picture") : cell)
        && call.inCell()
        && !packets.packets().isEmpty()) {
      call.display().show(WireText.picture(packets).bundle());
    }
    return MagicResult.of(packets);
  }

  private static MagicResult save(
      MagicCall call, Recording recording, Words options, List<Word> rest) {
    if (rest.isEmpty()) {
      throw call.wrong(
          "WIRE008", options.operands().getLast(), "save needs a file", "%wire save lesson.pcapng");
    }
    Path file = call.directory().resolve(rest.getFirst().text());
    Packets packets =
        chosen(call, capture(call, recording).packets(), options, rest.subList(1, rest.size()));
    try {
      boolean older = file.toString().endsWith(".pcap") || file.toString().endsWith(".cap");
      Files.write(file, (older ? Pcapng.pcap(packets) : Pcapng.of(packets)).toArray());
    } catch (IOException e) {
      throw new MagicException(
          new wirebook.spi.Diagnostic(
              "WIRE009",
              rest.getFirst().span(),
              "cannot write "
                  + file
                  + ": "
                  + (e instanceof NoSuchFileException ? "there is no such folder" : e.getMessage()),
              "another path"));
    }
    long count = Pcapng.count(packets);
    call.out()
        .println(
            "%s in %s%s. %s"
                .formatted(
                    Plural.of(count, "packet") + (count == 1 ? " is" : " are"),
                    rest.getFirst().text(),
                    dropped(packets),
                    rest.getFirst().text().endsWith("cap")
                        ? "Headers are synthesised."
                        : "Headers are synthesised; the file's comment says how."));
    return MagicResult.of(packets);
  }
}
