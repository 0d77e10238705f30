package wirebook.engine.dns.dig;

import java.math.BigInteger;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.time.Instant;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import wirebook.engine.dns.EdnsOption;
import wirebook.engine.dns.Opcode;
import wirebook.engine.dns.RecordType;
import wirebook.trace.Bytes;

/**
 * What each of dig's plus options does. Complaints are dig's own, and so are the places where it
 * does not complain.
 *
 * @param lookup what it is set for
 * @param forAll whether it stands before the first name, and so holds for all lookups
 * @param batchLine whether it is from a file
 */
record PlusOptions(Session session, Lookup lookup, boolean forAll, boolean batchLine) {
  /** dig's own, when no other is named. */
  private static final Instant FUZZ_TIME = Instant.ofEpochSecond(0x622acce1);

  private static final Set<DigOption> NEVER_OFF =
      EnumSet.of(
          DigOption.BUFSIZE,
          DigOption.DOMAIN,
          DigOption.NDOTS,
          DigOption.RETRY,
          DigOption.TIMEOUT,
          DigOption.TRIES);

  private static final Set<DigOption> VALUED =
      EnumSet.of(
          DigOption.DOMAIN,
          DigOption.NDOTS,
          DigOption.OPCODE,
          DigOption.QID,
          DigOption.RETRY,
          DigOption.SUBNET,
          DigOption.TIMEOUT,
          DigOption.TRIES);

  private static final Map<String, Integer> EDNS_OPTIONS =
      Map.ofEntries(
          Map.entry("LLQ", 1),
          Map.entry("NSID", 3),
          Map.entry("DAU", 5),
          Map.entry("DHU", 6),
          Map.entry("N3U", 7),
          Map.entry("ECS", 8),
          Map.entry("EXPIRE", 9),
          Map.entry("COOKIE", 10),
          Map.entry("KEEPALIVE", 11),
          Map.entry("PADDING", 12),
          Map.entry("PAD", 12),
          Map.entry("CHAIN", 13),
          Map.entry("KEY-TAG", 14),
          Map.entry("EDE", 15),
          Map.entry("CLIENT-TAG", 16),
          Map.entry("SERVER-TAG", 17),
          Map.entry("DEVICEID", 26946));

  /** False where dig calls the option invalid. */
  boolean set(DigOption option, boolean on, Optional<String> value) {
    if (on ? value.isEmpty() && VALUED.contains(option) : NEVER_OFF.contains(option)) {
      return false;
    }
    switch (option) {
      case AAFLAG -> lookup.aaFlag = on;
      case ADDITIONAL -> lookup.additional = on;
      case ADFLAG -> lookup.adFlag = on;
      case ALL -> {
        lookup.question = on;
        lookup.authority = on;
        lookup.answer = on;
        lookup.additional = on;
        lookup.comments = on;
        lookup.stats = on;
        session.printCommand = on;
      }
      case ANSWER -> lookup.answer = on;
      case AUTHORITY -> lookup.authority = on;
      case BADCOOKIE -> lookup.badCookie = on;
      case BESTEFFORT -> lookup.bestEffort = on;
      // dig keeps it as a signed 16-bit number.
      case BUFSIZE ->
          lookup.udpSize =
              value
                  .map(
                      v ->
                          (int)
                              (short) session.numberOrExit(v, 0xffff, "buffer size", "buffer size"))
                  .orElse(Lookup.DEFAULT_UDP_SIZE);
      case CDFLAG -> lookup.cdFlag = on;
      case CLASS -> lookup.noClass = !on;
      case CMD -> session.printCommand = on;
      case COFLAG -> lookup.coFlag = on;
      case COMMENTS -> {
        lookup.comments = on;
        if (forAll) {
          session.plusComments = on;
        }
      }
      case COOKIE -> {
        needEdns(on);
        lookup.sendCookie = on;
        if (value.filter(v -> v.length() > 80).isPresent()) {
          throw session.internal("COOKIE data too large");
        }
        lookup.cookie = value;
      }
      case CRYPTO -> lookup.noCrypto = !on;
      case DEFNAME, SEARCH -> {
        if (!lookup.trace) {
          session.useSearch = on;
        }
      }
      case DNS64PREFIX -> {
        if (on) {
          dns64Prefix();
        }
      }
      case DNSSEC -> {
        needEdns(on);
        lookup.dnssec = on;
      }
      case DOMAIN -> session.searchDomain = value;
      case DSCP -> session.output.err(";; +dscp option is obsolete and has no effect");
      case EDNS ->
          lookup.edns =
              !on
                  ? -1
                  : value.map(v -> (int) session.numberOrExit(v, 255, "edns", "edns")).orElse(0);
      case EDNSFLAGS -> {
        if (!on || value.isEmpty()) {
          lookup.ednsFlags = 0;
        } else {
          lookup.ednsFlags =
              (int) session.numberOrExit(value.get(), 0xffff, "ednsflags", "ednsflags");
          needEdns(true);
        }
      }
      case EDNSNEGOTIATION -> lookup.ednsNegotiation = on;
      case EDNSOPT -> {
        if (on) {
          ednsOption(value);
        } else {
          lookup.ednsOptions.clear();
        }
      }
      case EXPANDAAAA -> lookup.expandAaaa = on;
      case EXPIRE -> lookup.expire = on;
      case FAIL -> lookup.servfailStops = on;
      case FUZZTIME ->
          session.signingTime =
              !on
                  ? Optional.empty()
                  : Optional.of(
                      value
                          .map(v -> session.numberOrExit(v, Session.MAX_32, "fuzztime", "fuzztime"))
                          .map(Instant::ofEpochSecond)
                          .orElse(FUZZ_TIME));
      case HEADER_ONLY -> lookup.headerOnly = on;
      case HTTP_PLAIN, HTTP_PLAIN_GET, HTTP_PLAIN_POST, HTTPS, HTTPS_GET, HTTPS_POST -> {
        return http(option, on, value);
      }
      case IDENTIFY -> lookup.identify = on;
      case IDNIN -> lookup.idnIn = on;
      case IDNOUT -> lookup.idnOut = on;
      case IGNORE -> lookup.ignoreTruncation = on;
      case KEEPALIVE -> lookup.keepalive = on;
      case KEEPOPEN -> session.keepOpen = on;
      case MAPPED -> deprecated(option);
      case MULTILINE -> lookup.multiline = on;
      case NDOTS ->
          session.ndots = (int) session.numberOrExit(value.get(), 0xffff, "ndots", "ndots");
      case NSID -> {
        needEdns(on);
        lookup.nsid = on;
      }
      case NSSEARCH -> nsSearch(on);
      case ONESOA -> lookup.oneSoa = on;
      case OPCODE -> lookup.opcode = on ? opcode(value.get()) : Opcode.QUERY;
      case PADDING -> {
        needEdns(on);
        if (value.isEmpty()) {
          return false;
        }
        lookup.padding = (int) session.numberOrExit(value.get(), 512, "padding", "padding");
      }
      case QID ->
          lookup.id =
              on
                  ? OptionalInt.of((int) session.numberOrExit(value.get(), 0xffff, "qid", "qid"))
                  : OptionalInt.empty();
      case QR -> lookup.showQuery = on;
      case QUESTION -> {
        lookup.question = on;
        if (forAll) {
          session.plusQuestion = on;
        }
      }
      case RAFLAG -> lookup.raFlag = on;
      case RDFLAG, RECURSE -> lookup.recurse = on;
      case RETRY ->
          lookup.tries =
              tries(
                  session.numberOrExit(value.get(), Session.MAX_32 - 1, "retries", "retries") + 1);
      case RRCOMMENTS -> lookup.recordComments = on ? 1 : -1;
      case SHORT -> shortForm(on);
      case SHOWBADCOOKIE -> lookup.showBadCookie = on;
      case SHOWSEARCH -> {
        if (!lookup.trace) {
          session.showSearch = on;
          session.useSearch = on;
        }
      }
      case SIGCHASE, TOPDOWN, TRUSTED_KEY, UNEXPECTED -> deprecated(option);
      case SPLIT -> {
        return split(on, value);
      }
      case STATS -> lookup.stats = on;
      case SUBNET -> {
        lookup.subnet = on ? Optional.of(subnet(value.get())) : Optional.empty();
        needEdns(on);
      }
      case TCFLAG -> lookup.tcFlag = on;
      case TCP, VC -> {
        if (!batchLine) {
          lookup.tcp = on;
          lookup.tcpSet = true;
        }
      }
      case TIMEOUT ->
          session.timeout =
              Math.max(1, session.numberOrExit(value.get(), 0xffff, "timeout", "timeout"));
      case TLS, TLS_CA, TLS_CERTFILE, TLS_HOSTNAME, TLS_KEYFILE -> {
        return tls(option, on, value);
      }
      case TRACE -> trace(on);
      case TRIES ->
          lookup.tries =
              Math.max(
                  1, tries(session.numberOrExit(value.get(), Session.MAX_32, "tries", "tries")));
      case TTLID -> lookup.noTtl = !on;
      case TTLUNITS -> {
        lookup.noTtl = false;
        lookup.ttlUnits = on;
      }
      case UNKNOWNFORMAT -> lookup.unknownFormat = on;
      case YAML -> {
        session.yaml = on;
        if (on) {
          session.printCommand = false;
          lookup.stats = false;
          lookup.recordComments = -1;
        }
      }
      case ZFLAG -> lookup.zFlag = on;
    }
    return true;
  }

  private int tries(long number) {
    return (int) Math.min(number, Integer.MAX_VALUE);
  }

  private void needEdns(boolean on) {
    if (on && lookup.edns < 0) {
      lookup.edns = 0;
    }
  }

  private void deprecated(DigOption option) {
    session.output.err(";; +" + option.names().getFirst() + " option is deprecated");
  }

  private void shortForm(boolean on) {
    session.shortForm = on;
    if (on) {
      dataAlone();
    }
  }

  private void dataAlone() {
    session.printCommand = false;
    lookup.additional = false;
    lookup.answer = true;
    lookup.authority = false;
    lookup.question = false;
    lookup.comments = false;
    lookup.stats = false;
    lookup.recordComments = -1;
  }

  private void trace(boolean on) {
    lookup.trace = on;
    lookup.traceRoot = on;
    if (on) {
      lookup.recurse = true;
      lookup.identify = true;
      lookup.comments = false;
      lookup.recordComments = 0;
      lookup.stats = false;
      lookup.additional = false;
      lookup.authority = true;
      lookup.question = false;
      lookup.dnssec = true;
      lookup.sendCookie = true;
      session.useSearch = false;
    }
  }

  private void nsSearch(boolean on) {
    lookup.nsSearch = on;
    if (on) {
      lookup.traceRoot = true;
      lookup.recurse = true;
      lookup.identify = true;
      lookup.stats = false;
      lookup.comments = false;
      lookup.additional = false;
      lookup.authority = false;
      lookup.question = false;
      lookup.type = RecordType.NS;
      lookup.typeSet = true;
      session.shortForm = true;
      lookup.recordComments = 0;
    }
  }

  private void dns64Prefix() {
    lookup.dns64Prefix = true;
    lookup.text = "ipv4only.arpa";
    dataAlone();
    lookup.type = RecordType.AAAA;
    lookup.typeSet = true;
    session.queue.add(lookup);
  }

  private Opcode opcode(String value) {
    return Opcode.parse(value)
        .orElseGet(() -> new Opcode((int) session.numberOrExit(value, 15, "opcode", "opcode")));
  }

  private void ednsOption(Optional<String> value) {
    String text = value.map(v -> v.replaceFirst("^:+", "")).orElse("");
    if (text.isEmpty()) {
      throw session.internal("ednsopt no code point specified");
    }
    if (lookup.ednsOptions.size() >= Lookup.MOST_OPTIONS) {
      throw session.fatal("too many ednsopts");
    }
    int colon = text.indexOf(':');
    String code = colon < 0 ? text : text.substring(0, colon);
    String hex = colon < 0 ? "" : text.substring(colon + 1);
    Integer named = EDNS_OPTIONS.get(code.toUpperCase(Locale.ROOT));
    int number;
    if (named != null) {
      number = named;
    } else {
      OptionalLong parsed = session.number(code, 0xffff, "ednsopt", false);
      if (parsed.isEmpty()) {
        throw session.fatal("bad edns code point: " + code);
      }
      number = (int) parsed.getAsLong();
    }
    try {
      Bytes data = Bytes.of(HexFormat.of().parseHex(hex.replaceAll("\\s", "")));
      lookup.ednsOptions.add(new EdnsOption(number, data));
    } catch (IllegalArgumentException e) {
      throw session.fatal("isc_hex_decodestring: bad hex encoding");
    }
  }

  private boolean split(boolean on, Optional<String> value) {
    if (!on) {
      session.split = 0;
      return value.isEmpty();
    }
    if (value.isEmpty()) {
      return true;
    }
    OptionalLong number = session.number(value.get(), 1023, "split", false);
    long width = number.orElse(session.split & Session.MAX_32);
    if (width % 4 != 0) {
      width = (width + 3) / 4 * 4 & Session.MAX_32;
      session.output.err(";; Warning, split must be a multiple of 4; adjusting to " + width + "\n");
    }
    if (number.isEmpty()) {
      throw session.internal("Couldn't parse split");
    }
    session.split = width == 0 ? 0 : (int) width + 3;
    return true;
  }

  private boolean http(DigOption option, boolean on, Optional<String> value) {
    lookup.httpPath = Optional.empty();
    if (!on) {
      lookup.https = false;
      return true;
    }
    lookup.https = true;
    lookup.httpPlain |= option.name().startsWith("HTTP_PLAIN");
    lookup.httpGet |= option.name().endsWith("GET");
    if (!lookup.tcpSet) {
      lookup.tcp = true;
    }
    if (value.filter(v -> !v.startsWith("/")).isPresent()) {
      session.output.err(
          ";; The given HTTP path \"" + value.get() + "\" is not a valid absolute path\n");
      return false;
    }
    lookup.httpPath = Optional.of(value.orElse("/dns-query"));
    return true;
  }

  private boolean tls(DigOption option, boolean on, Optional<String> value) {
    if (!lookup.tcpSet) {
      lookup.tcp = on;
    }
    if (option == DigOption.TLS) {
      lookup.tls = on;
      return true;
    }
    lookup.tlsCa |= on;
    if (option == DigOption.TLS_CA) {
      lookup.tlsCa = on;
      lookup.tlsCaFile = on ? value : lookup.tlsCaFile;
      return true;
    }
    if (on && value.isEmpty()) {
      session.output.err(
          ";; TLS "
              + (option == DigOption.TLS_HOSTNAME
                  ? "hostname"
                  : option == DigOption.TLS_KEYFILE ? "private key file" : "certificate file")
              + " is not specified\n");
      return false;
    }
    Optional<String> kept = on ? value : Optional.empty();
    if (option == DigOption.TLS_HOSTNAME) {
      lookup.tlsHostName = kept;
    } else if (option == DigOption.TLS_KEYFILE) {
      lookup.tlsKeyFile = kept;
    } else {
      lookup.tlsCertFile = kept;
    }
    return true;
  }

  private Lookup.Subnet subnet(String value) {
    if (value.equals("0")) {
      return new Lookup.Subnet(Optional.empty(), 0);
    }
    int slash = value.indexOf('/');
    String text = slash < 0 ? value : value.substring(0, slash);
    long length = Session.MAX_32;
    if (slash >= 0) {
      Optional<BigInteger> parsed = Session.strtoul(value.substring(slash + 1), false);
      boolean range = parsed.filter(p -> p.bitLength() > 32).isPresent();
      if (parsed.isEmpty() || range) {
        throw session.fatal(
            "invalid prefix length in '"
                + value
                + "': "
                + (range ? "out of range" : "not a valid number")
                + "\n");
      }
      length = parsed.get().longValue();
    }
    Optional<InetAddress> address = Hosts.literal(text);
    for (int i = 0; address.isEmpty() && slash >= 0 && i < 3; i++) {
      text += ".0";
      address = Hosts.literal(text);
    }
    if (address.isEmpty()) {
      throw session.fatal("invalid address '" + value + "'");
    }
    int most = address.get() instanceof Inet6Address ? 128 : 32;
    return new Lookup.Subnet(address, (int) Math.min(length, most));
  }
}
