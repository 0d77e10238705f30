package wirebook.engine.dns.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.InputStream;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Flags;
import org.xbill.DNS.GenericEDNSOption;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;
import wirebook.peer.Peer;
import wirebook.peer.PeerIsThere;
import wirebook.peer.PeerPort;
import wirebook.trace.Bytes;

/** The same zone files, the same questions: what BIND's {@code named} says is right. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Peer(value = "named", of = "bind9")
@Peer(value = "dnssec-signzone", of = "bind9-utils")
class BindComparisonIT {
  /** Of each query, since a name may be cut to a pointer at it. */
  private static final int ID = 18;

  private static final List<String> ORIGINS = List.of("test.", "sub2.test.", "nsec.", "nsec3.");

  private static final List<Integer> TYPES =
      List.of(
          Type.A,
          Type.AAAA,
          Type.NS,
          Type.SOA,
          Type.MX,
          Type.TXT,
          Type.CNAME,
          Type.DNAME,
          Type.DS,
          Type.SRV,
          Type.ANY,
          Type.NSEC,
          Type.RRSIG);

  private final ServerCookies cookies = new ServerCookies(Bytes.of(new byte[16]));
  private AuthoritativeServer ours = AuthoritativeServer.of(List.of(), cookies);
  private Optional<Process> named = Optional.empty();
  private int port;

  @BeforeAll
  void start(@TempDir Path folder) throws Exception {
    List<Zone> zones = new ArrayList<>();
    StringBuilder conf = new StringBuilder();
    port = PeerPort.find();
    conf.append(
        """
        options { directory "%s"; pid-file none; session-keyfile none; recursion no; notify no;
          listen-on port %d { 127.0.0.1; }; listen-on-v6 { none; }; minimal-responses no-auth;
          minimal-any no; allow-transfer { any; }; rrset-order { order none; }; answer-cookie no; zero-no-soa-ttl no;
          empty-zones-enable no; dnssec-validation no; };
        controls {};
        """
            .formatted(folder, port));
    for (String origin : ORIGINS) {
      String text = zone(origin);
      Path file = folder.resolve(origin + "zone");
      Files.writeString(file, text);
      if (origin.startsWith("nsec")) {
        file = sign(folder, file, origin, PeerIsThere.path("dnssec-signzone"));
      }
      conf.append("zone \"%s\" { type primary; file \"%s\"; };%n".formatted(origin, file));
      switch (ZoneText.parse(Files.readString(file), Name.fromString(origin))) {
        case ZoneText.Good(Zone zone, _) -> zones.add(zone);
        case ZoneText.Wrong wrong -> throw new AssertionError(wrong);
      }
    }
    Path config = folder.resolve("named.conf");
    Files.writeString(config, conf);
    ours = AuthoritativeServer.of(zones, cookies);
    Process process =
        new ProcessBuilder(PeerIsThere.path("named"), "-g", "-n", "1", "-c", config.toString())
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("log").toFile())
            .start();
    named = Optional.of(process);
    Message probe = query("test.", Type.SOA, false);
    // Until it listens, a question is refused at once.
    await().until(() -> !process.isAlive() || ask(probe.toWire()).isPresent());
    if (process.isAlive()) {
      return;
    }
    throw new AssertionError("named did not start:\n" + Files.readString(folder.resolve("log")));
  }

  @AfterAll
  void stop() {
    named.ifPresent(Process::destroy);
  }

  private static String zone(String origin) throws IOException {
    try (InputStream in = BindComparisonIT.class.getResourceAsStream(origin + "zone")) {
      if (in == null) {
        throw new IOException("no " + origin + "zone");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private static Path sign(Path folder, Path file, String origin, String signer)
      throws IOException, InterruptedException {
    String keygen = signer.replace("signzone", "keygen");
    run(folder, keygen, "-q", "-a", "ECDSAP256SHA256", "-f", "KSK", origin);
    run(folder, keygen, "-q", "-a", "ECDSAP256SHA256", origin);
    Path signed = folder.resolve(origin + "signed");
    List<String> command =
        new ArrayList<>(
            List.of(
                signer,
                "-q",
                "-S",
                "-K",
                folder.toString(),
                "-o",
                origin,
                "-f",
                signed.toString()));
    if (origin.startsWith("nsec3")) {
      command.addAll(List.of("-3", "aabb"));
    }
    command.add(file.toString());
    run(folder, command.toArray(String[]::new));
    return signed;
  }

  private static void run(Path folder, String... command) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(command).directory(folder.toFile()).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (process.waitFor() != 0) {
      throw new IOException(String.join(" ", command) + ": " + output);
    }
  }

  private static Message query(String name, int type, boolean dnssec) throws IOException {
    Message message = Message.newQuery(Record.newRecord(Name.fromString(name), type, DClass.IN));
    message.getHeader().setID(ID);
    message.getHeader().unsetFlag(Flags.RD);
    message.addRecord(new OPTRecord(1232, 0, 0, dnssec ? 0x8000 : 0), Section.ADDITIONAL);
    return message;
  }

  /** What named says; nothing where it says nothing, and answers what is asked behind it. */
  private Optional<byte[]> ask(byte[] query) throws IOException {
    byte[] behind = changed(query("test.", Type.SOA, false).toWire(), 1, ID + 1);
    try (DatagramSocket socket = new DatagramSocket()) {
      socket.setSoTimeout(30_000);
      socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
      socket.send(new DatagramPacket(query, query.length));
      socket.send(new DatagramPacket(behind, behind.length));
      DatagramPacket packet = new DatagramPacket(new byte[65_535], 65_535);
      Optional<byte[]> said = Optional.empty();
      // Both are read, so that the next socket of this port gets neither.
      while (true) {
        socket.receive(packet);
        byte[] reply = java.util.Arrays.copyOf(packet.getData(), packet.getLength());
        if (reply[1] == behind[1]) {
          return said;
        }
        said = Optional.of(reply);
        packet.setLength(65_535);
      }
    } catch (java.net.PortUnreachableException e) {
      return Optional.empty();
    }
  }

  private Optional<Bytes> answer(byte[] query) {
    return ours
        .answer(
            Bytes.of(query),
            AuthoritativeServer.Transport.UDP,
            InetAddress.getLoopbackAddress(),
            Instant.EPOCH)
        .stream()
        .findFirst();
  }

  @Test
  void everyNameAndTypeIsAnsweredAsNamedDoes() throws IOException {
    List<String> differences = new ArrayList<>();
    int compared = 0;
    for (String name : names()) {
      for (int type : TYPES) {
        for (boolean dnssec : List.of(false, true)) {
          byte[] query = query(name, type, dnssec).toWire();
          String theirs = describe(ask(query).orElseThrow());
          String mine = describe(answer(query).orElseThrow().toArray());
          compared++;
          if (!theirs.equals(mine)) {
            differences.add(
                name
                    + " "
                    + Type.string(type)
                    + (dnssec ? " +dnssec" : "")
                    + "\n--- named\n"
                    + theirs
                    + "+++ ours\n"
                    + mine);
          }
        }
      }
    }
    assertThat(compared).isGreaterThan(500);
    assertThat(
            differences.size() + " of " + compared + " differ:\n" + String.join("\n", differences))
        .isEqualTo("0 of " + compared + " differ:\n");
  }

  /** Every owner of every zone, and names beside, below and between them. */
  private static List<String> names() throws IOException {
    TreeSet<String> names = new TreeSet<>();
    for (String origin : ORIGINS) {
      ZoneText parsed = ZoneText.parse(zone(origin), Name.fromString(origin));
      if (!(parsed instanceof ZoneText.Good(Zone zone, _))) {
        throw new AssertionError(parsed);
      }
      for (Record record : zone.records()) {
        String owner = record.getName().toString();
        names.add(owner);
        names.add("nothing." + owner);
        names.add("a.b." + owner);
        if (!record.getName().equals(zone.origin())) {
          names.add(new Name(record.getName(), 1).toString());
        }
      }
    }
    names.add("other.");
    names.add(("x".repeat(60) + ".").repeat(3) + "dname.test.");
    return List.copyOf(names);
  }

  /** Everything but the id and the order of records. */
  private static String describe(byte[] wire) throws IOException {
    return describe(wire, false);
  }

  private static String describe(byte[] wire, boolean edns) throws IOException {
    Message message = new Message(wire);
    StringBuilder out = new StringBuilder();
    out.append(Rcode.string(message.getRcode()));
    for (int flag : List.of(Flags.AA, Flags.TC, Flags.RD, Flags.RA, Flags.AD)) {
      if (message.getHeader().getFlag(flag)) {
        out.append(' ').append(Flags.string(flag));
      }
    }
    out.append('\n');
    OPTRecord opt = message.getOPT();
    if (edns && opt != null) {
      out.append("EDNS ").append(opt.getVersion());
      out.append(' ').append(Integer.toHexString(opt.getFlags()));
      opt.getOptions().forEach(o -> out.append(' ').append(o.getCode()));
      out.append('\n');
    }
    for (int section : List.of(Section.ANSWER, Section.AUTHORITY, Section.ADDITIONAL)) {
      if (message.getHeader().getFlag(Flags.TC)) {
        break;
      }
      TreeSet<String> lines = new TreeSet<>();
      for (Record record : message.getSection(section)) {
        if (record.getType() != Type.OPT) {
          lines.add(section + " " + record);
        }
      }
      lines.forEach(l -> out.append(l).append('\n'));
    }
    return out.toString();
  }

  @Test
  void brokenQueriesGetTheSameRcodeAsFromNamed() throws IOException {
    byte[] plain = query("www.test.", Type.A, false).toWire();
    List<byte[]> broken = new ArrayList<>();
    for (int length = 12; length < plain.length; length++) {
      broken.add(java.util.Arrays.copyOf(plain, length));
    }
    for (int opcode = 1; opcode < 16; opcode++) {
      if (opcode != 4 && opcode != 5) {
        broken.add(changed(plain, 2, opcode << 3));
      }
    }
    broken.add(changed(plain, 5, 0));
    broken.add(changed(plain, 5, 2));
    broken.add(changed(plain, 7, 1));
    // The OPT record's version, from its end: length (2), flags (2), version.
    broken.add(changed(plain, plain.length - 5, 1));
    for (int type :
        List.of(Type.OPT, Type.TSIG, Type.TKEY, Type.MAILA, Type.MAILB, Type.AXFR, Type.IXFR)) {
      broken.add(query("test.", type, false).toWire());
    }
    List<String> differences = new ArrayList<>();
    for (byte[] query : broken) {
      String theirs = ask(query).map(BindComparisonIT::rcode).orElse("silence");
      String mine = answer(query).map(b -> rcode(b.toArray())).orElse("silence");
      if (!theirs.equals(mine)) {
        differences.add(Bytes.of(query).hex() + ": named " + theirs + ", ours " + mine);
      }
    }
    assertThat(differences).isEmpty();
  }

  /** The question itself, and what is said of it in the header and in EDNS. */
  @Test
  void whatDoesNotFitIsCutAndEdnsIsAnsweredAsNamedDoes() throws IOException {
    List<String> differences = new ArrayList<>();
    List<String> names =
        List.of(
            "test.", "www.test.", "nsec.", "nsec3.", "nothing.nsec.", "nothing.nsec3.", "other.");
    int compared = 0;
    for (String name : names) {
      for (int type : List.of(Type.A, Type.TXT, Type.ANY, Type.DNSKEY, Type.SOA, Type.NS)) {
        for (Optional<OPTRecord> edns : edns()) {
          Message query =
              Message.newQuery(Record.newRecord(Name.fromString(name), type, DClass.IN));
          query.getHeader().setID(ID);
          edns.ifPresent(opt -> query.addRecord(opt, Section.ADDITIONAL));
          byte[] wire = query.toWire();
          // Where little fits, named leaves out addresses that would: RFC 2181, 9 allows both.
          boolean small = edns.map(OPTRecord::getPayloadSize).orElse(512) <= 512;
          String theirs = describe(ask(wire).orElseThrow(), true);
          String mine = describe(answer(wire).orElseThrow().toArray(), true);
          if (small) {
            theirs = theirs.replaceAll("(?m)^3 .*\n", "");
            mine = mine.replaceAll("(?m)^3 .*\n", "");
          }
          compared++;
          if (!theirs.equals(mine)) {
            differences.add(
                name
                    + " "
                    + Type.string(type)
                    + " "
                    + edns
                    + "\n--- named\n"
                    + theirs
                    + "+++ ours\n"
                    + mine);
          }
        }
      }
    }
    assertThat(
            differences.size() + " of " + compared + " differ:\n" + String.join("\n", differences))
        .isEqualTo("0 of " + compared + " differ:\n");
  }

  private static List<Optional<OPTRecord>> edns() {
    int dnssecOk = 0x8000;
    List<Optional<OPTRecord>> edns = new ArrayList<>(List.of(Optional.empty()));
    for (int size : List.of(0, 511, 512, 700, 1232, 4096, 65_535)) {
      edns.add(Optional.of(new OPTRecord(size, 0, 0, dnssecOk)));
    }
    edns.add(Optional.of(new OPTRecord(512, 0, 0, 0)));
    edns.add(Optional.of(new OPTRecord(1232, 0, 1, 0)));
    edns.add(Optional.of(new OPTRecord(1232, 0, 255, dnssecOk)));
    // An extended rcode in a query, and flags that nobody has given a meaning.
    edns.add(Optional.of(new OPTRecord(1232, 7, 0, 0)));
    edns.add(Optional.of(new OPTRecord(1232, 0, 0, 0x7fff)));
    List<GenericEDNSOption> options =
        List.of(
            new GenericEDNSOption(65_001, new byte[] {1, 2, 3}),
            new GenericEDNSOption(0, new byte[0]),
            new GenericEDNSOption(3, new byte[0]),
            new GenericEDNSOption(9, new byte[0]),
            new GenericEDNSOption(12, new byte[40]),
            new GenericEDNSOption(15, new byte[] {0, 1}),
            new GenericEDNSOption(11, new byte[0]),
            // A client's subnet, and two that break RFC 7871, 6.
            new GenericEDNSOption(8, new byte[] {0, 1, 24, 0, (byte) 192, 0, 2}),
            new GenericEDNSOption(8, new byte[] {0, 1, 24, 0, (byte) 192}),
            new GenericEDNSOption(8, new byte[] {0, 1, 33, 0, 1, 2, 3, 4, 5}),
            // Cookies too short and too long (RFC 7873, 5.2.2).
            new GenericEDNSOption(10, new byte[7]),
            new GenericEDNSOption(10, new byte[41]));
    for (GenericEDNSOption option : options) {
      edns.add(Optional.of(new OPTRecord(1232, 0, 0, 0, List.of(option))));
    }
    return edns;
  }

  /** Seeded, and so the same each time. */
  @Test
  void bytesChangedAtRandomGetTheSameRcodeAsFromNamed() throws IOException {
    Random random = new Random(20_261_124);
    List<String> differences = new ArrayList<>();
    int compared = 0;
    for (int i = 0; i < 1500; i++) {
      byte[] query =
          query(i % 2 == 0 ? "www.test." : "nothing.nsec3.", Type.A, i % 3 == 0).toWire();
      int changes = 1 + random.nextInt(3);
      for (int c = 0; c < changes; c++) {
        query[2 + random.nextInt(query.length - 2)] = (byte) random.nextInt(256);
      }
      int opcode = query[2] >> 3 & 0xf;
      boolean response = query[2] < 0;
      // NOTIFY and UPDATE are for secondaries; nothing is said to a response (RFC 1035, 7.3).
      if (opcode == 4 || opcode == 5 || response) {
        continue;
      }
      compared++;
      String theirs = ask(query).map(BindComparisonIT::rcode).orElse("silence");
      String mine = answer(query).map(b -> rcode(b.toArray())).orElse("silence");
      if (!theirs.equals(mine)) {
        differences.add(Bytes.of(query).hex() + ": named " + theirs + ", ours " + mine);
      }
    }
    assertThat(compared).isGreaterThan(500);
    assertThat(
            differences.size() + " of " + compared + " differ:\n" + String.join("\n", differences))
        .isEqualTo("0 of " + compared + " differ:\n");
  }

  private static byte[] changed(byte[] query, int offset, int value) {
    byte[] copy = query.clone();
    copy[offset] = (byte) value;
    return copy;
  }

  private static String rcode(byte[] reply) {
    try {
      return Rcode.string(new Message(reply).getRcode());
    } catch (IOException e) {
      return Rcode.string(reply[3] & 0xf) + " unreadable";
    }
  }
}
