package wirebook.engine.dns.dig;

import java.net.Inet6Address;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import wirebook.engine.dns.DnsMessage;
import wirebook.engine.dns.DnsMessage.Edns;
import wirebook.engine.dns.DnsName;
import wirebook.engine.dns.DnsNameSyntaxException;
import wirebook.engine.dns.DnsQuery;
import wirebook.engine.dns.DnsQuestion;
import wirebook.engine.dns.DnsRecord;
import wirebook.engine.dns.EdnsOption;
import wirebook.engine.dns.RecordType;
import wirebook.engine.dns.Tsig;
import wirebook.engine.dns.TsigKey;
import wirebook.net.Idn;
import wirebook.trace.Bytes;

/** Makes the query of a lookup: which name it asks for, with which flags and options. */
record QuerySetUp(Session session, InstantSource clock) {
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final int LARGEST_UDP_QUERY = 512;

  /** Empty when the name and its search domain together are too long for a name. */
  Optional<Running> setUp(Lookup l) {
    if (l.servers.isEmpty()) {
      l.servers.addAll(session.servers);
    }
    Optional<DnsName> name = name(l);
    if (name.isEmpty()) {
      return Optional.empty();
    }
    if ((l.trace || l.nsSearch) && !l.traceRoot) {
      l.recurse = false;
    }
    if (l.trace && l.traceRoot) {
      l.askedType = l.type;
      l.type = RecordType.NS;
    }
    if (l.type.equals(RecordType.AXFR)) {
      l.transfer = true;
      l.tcp = true;
    } else if (l.type.equals(RecordType.IXFR) && l.tcp) {
      l.transfer = true;
    }
    session.debug(
        l.origin.isEmpty()
            ? "using root origin"
            : "trying origin " + session.search.get(l.origin.getAsInt()));
    if (l.recurse) {
      session.debug("recursive query");
    }
    if (l.adFlag) {
      session.debug("AD query");
    }
    session.debug("add_question()");
    session.debug("starting to render the message");
    DnsQuestion question = new DnsQuestion(name.get(), l.type, l.recordClass);
    int flags = flags(l);
    Optional<DnsRecord> serial =
        l.type.equals(RecordType.IXFR) ? Optional.of(serial(l, name.get())) : Optional.empty();
    Optional<Edns> edns = edns(l);
    if ((flags & DnsMessage.Flag.TC.bit()) != 0 && (edns.isPresent() || session.key.isPresent())) {
      serial = Optional.empty();
    }
    DnsQuery query =
        DnsQuery.of(
            l.id.orElseGet(() -> RANDOM.nextInt(0x10000)),
            flags,
            l.headerOnly ? Optional.empty() : Optional.of(question),
            serial,
            edns,
            l.padding,
            session.key.map(QuerySetUp::signatureLength).orElse(0));
    Optional<Tsig> signature = Optional.empty();
    if (session.key.isPresent()) {
      Instant time = session.signingTime.orElseGet(clock::instant);
      Tsig.Signed signed = Tsig.sign(query.wire(), session.key.get(), time);
      query = query.signed(signed);
      signature = Optional.of(signed.check());
    }
    session.debug("done rendering");
    if (query.wire().length() > LARGEST_UDP_QUERY) {
      l.tcp = true;
    }
    return Optional.of(new Running(l, name.get(), query, signature));
  }

  private Optional<DnsName> name(Lookup l) {
    String text = l.idnIn ? toAce(l.text) : l.text;
    if (l.newSearch) {
      long dots = text.chars().filter(c -> c == '.').count();
      if (dots >= session.ndots || !session.useSearch) {
        l.origin = java.util.OptionalInt.empty();
        l.doneAsIs = true;
        l.needSearch = session.useSearch;
      } else if (l.origin.isEmpty()) {
        l.origin =
            session.search.isEmpty() ? java.util.OptionalInt.empty() : java.util.OptionalInt.of(0);
        l.needSearch = false;
      }
    }
    boolean root = l.trace && l.traceRoot;
    if (l.origin.isEmpty()) {
      try {
        return Optional.of(root ? DnsName.ROOT : DnsName.of(text));
      } catch (DnsNameSyntaxException e) {
        throw session.internal("'" + l.text + "' is not a legal name (" + e.getMessage() + ")");
      }
    }
    String origin = session.search.get(l.origin.getAsInt());
    if (l.idnIn) {
      origin = toAce(origin);
    }
    DnsName domain = legal(origin, origin);
    if (root) {
      return Optional.of(DnsName.ROOT);
    }
    legal(text, l.text);
    try {
      return Optional.of(DnsName.of(text, domain));
    } catch (DnsNameSyntaxException e) {
      return Optional.empty();
    }
  }

  private DnsName legal(String text, String shown) {
    try {
      return DnsName.of(text);
    } catch (DnsNameSyntaxException e) {
      throw session.fatal("'" + shown + "' is not in legal name syntax (" + e.getMessage() + ")");
    }
  }

  private String toAce(String text) {
    try {
      return Idn.toAce(text);
    } catch (IllegalArgumentException e) {
      throw session.fatal(
          "'" + text + "' is not a legal IDNA2008 name (" + e.getMessage() + "), use +noidnin");
    }
  }

  private static int flags(Lookup l) {
    int flags = l.opcode.code() << 11;
    boolean transfer = l.type.equals(RecordType.AXFR) || l.type.equals(RecordType.IXFR);
    flags |= l.recurse && !transfer ? DnsMessage.Flag.RD.bit() : 0;
    flags |= l.aaFlag ? DnsMessage.Flag.AA.bit() : 0;
    flags |= l.adFlag ? DnsMessage.Flag.AD.bit() : 0;
    flags |= l.cdFlag ? DnsMessage.Flag.CD.bit() : 0;
    flags |= l.raFlag ? DnsMessage.Flag.RA.bit() : 0;
    flags |= l.tcFlag ? DnsMessage.Flag.TC.bit() : 0;
    flags |= l.zFlag ? DnsMessage.MUST_BE_ZERO : 0;
    return flags;
  }

  /** RFC 1995, 3: an SOA whose serial alone matters. */
  private static DnsRecord serial(Lookup l, DnsName name) {
    byte[] rdata = new byte[22];
    for (int i = 0; i < 4; i++) {
      rdata[2 + i] = (byte) (l.serial >> (24 - 8 * i));
    }
    return new DnsRecord(name, RecordType.SOA, l.recordClass, 0, Bytes.of(rdata));
  }

  private static int signatureLength(TsigKey key) {
    return 26
        + key.name().wire().length()
        + key.algorithm().domain().wire().length()
        + key.algorithm().bits() / 8;
  }

  private Optional<Edns> edns(Lookup l) {
    if (l.udpSize < 0 && !l.dnssec && l.edns < 0 && l.subnet.isEmpty()) {
      return Optional.empty();
    }
    if (l.udpSize < 0) {
      l.udpSize = Lookup.DEFAULT_UDP_SIZE;
    }
    if (l.edns < 0) {
      l.edns = 0;
    }
    List<EdnsOption> options = new ArrayList<>();
    if (l.nsid) {
      options.add(new EdnsOption(EdnsOption.NSID, Bytes.EMPTY));
    }
    l.subnet.ifPresent(s -> options.add(new EdnsOption(EdnsOption.CLIENT_SUBNET, subnet(s))));
    if (l.sendCookie) {
      options.add(
          new EdnsOption(
              EdnsOption.COOKIE, l.cookie.map(this::cookie).orElse(session.clientCookie)));
    }
    if (l.expire) {
      options.add(new EdnsOption(EdnsOption.EXPIRE, Bytes.EMPTY));
    }
    if (l.keepalive) {
      options.add(new EdnsOption(EdnsOption.TCP_KEEPALIVE, Bytes.EMPTY));
    }
    options.addAll(l.ednsOptions);
    if (l.padding != 0) {
      options.add(new EdnsOption(EdnsOption.PADDING, Bytes.EMPTY));
    }
    // The first empty padding goes to the end, where it can grow.
    EdnsOption padding = new EdnsOption(EdnsOption.PADDING, Bytes.EMPTY);
    if (options.remove(padding)) {
      options.add(padding);
    }
    int flags = l.ednsFlags & ~(Edns.DNSSEC_OK | Edns.COMPACT_OK);
    flags |= l.dnssec ? Edns.DNSSEC_OK : 0;
    flags |= l.coFlag ? Edns.COMPACT_OK : 0;
    return Optional.of(new Edns(l.udpSize & 0xffff, 0, l.edns, flags, options));
  }

  Bytes cookie(String hex) {
    try {
      return Bytes.of(HexFormat.of().parseHex(hex));
    } catch (IllegalArgumentException e) {
      throw session.fatal("isc_hex_decodestring: bad hex encoding");
    }
  }

  private static Bytes subnet(Lookup.Subnet subnet) {
    int octets = (subnet.length() + 7) / 8;
    boolean six = subnet.address().filter(Inet6Address.class::isInstance).isPresent();
    byte[] data = new byte[4 + octets];
    data[1] = (byte) (six ? 2 : 1);
    data[2] = (byte) subnet.length();
    subnet
        .address()
        .ifPresent(address -> System.arraycopy(address.getAddress(), 0, data, 4, octets));
    if (subnet.length() % 8 != 0) {
      data[3 + octets] &= (byte) (0xff << (8 - subnet.length() % 8));
    }
    return Bytes.of(data);
  }
}
