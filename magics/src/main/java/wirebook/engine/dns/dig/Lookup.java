package wirebook.engine.dns.dig;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import wirebook.engine.dns.DnsName;
import wirebook.engine.dns.EdnsOption;
import wirebook.engine.dns.Opcode;
import wirebook.engine.dns.RecordClass;
import wirebook.engine.dns.RecordType;

/**
 * One name to look up, and the options that hold for it. Options accumulate while a command line is
 * read, and a few change while the lookup runs, so this is a plain mutable object with one owner.
 */
final class Lookup implements Cloneable {
  static final int DEFAULT_UDP_SIZE = 1232;
  static final int MOST_OPTIONS = 100;

  /** A prefix of an address for the client-subnet option (RFC 7871). */
  record Subnet(Optional<InetAddress> address, int length) {}

  String text = "";
  String banner = "";
  RecordType type = RecordType.A;
  RecordType askedType = RecordType.A;
  RecordClass recordClass = RecordClass.IN;
  boolean typeSet;
  boolean classSet;
  boolean transfer;
  long serial;
  boolean trace;
  boolean traceRoot;
  boolean identify;
  boolean ignoreTruncation;
  boolean servfailStops = true;
  boolean bestEffort = true;
  boolean dns64Prefix;
  boolean dnssec;
  int ednsFlags;
  Opcode opcode = Opcode.QUERY;
  boolean expire;
  boolean nsid;
  boolean keepalive;
  boolean headerOnly;
  boolean https;
  Optional<String> httpPath = Optional.empty();
  boolean httpGet;
  boolean httpPlain;
  boolean tls;
  boolean tlsCa;
  Optional<String> tlsCaFile = Optional.empty();
  Optional<String> tlsHostName = Optional.empty();
  Optional<String> tlsCertFile = Optional.empty();
  Optional<String> tlsKeyFile = Optional.empty();
  boolean showBadCookie;
  boolean sendCookie;
  boolean seenBadCookie;
  boolean badCookie = true;
  Optional<String> cookie = Optional.empty();
  List<EdnsOption> ednsOptions = new ArrayList<>();
  boolean ednsNegotiation = true;
  int padding;
  boolean multiline;
  boolean noTtl;
  boolean noClass;
  boolean oneSoa;
  boolean microseconds;
  boolean noCrypto;
  boolean ttlUnits;
  boolean expandAaaa;
  boolean showQuery;
  boolean idnIn;
  boolean idnOut;
  int udpSize = -1;
  int edns = -1;
  boolean recurse = true;
  boolean aaFlag;
  boolean adFlag;
  boolean cdFlag;
  boolean coFlag;
  boolean raFlag;
  boolean tcFlag;
  boolean zFlag;
  boolean unknownFormat;
  OptionalInt id = OptionalInt.empty();
  boolean nsSearch;
  boolean tcp;
  boolean tcpSet;
  boolean comments = true;
  boolean stats = true;
  boolean question = true;
  boolean answer = true;
  boolean authority = true;
  boolean additional = true;

  /** The entry of the search list that completes the name. */
  OptionalInt origin = OptionalInt.empty();

  int tries;
  boolean needSearch;
  boolean doneAsIs;

  /** 1 on, -1 off, 0 as the other options have it. */
  int recordComments;

  Optional<Subnet> subnet = Optional.empty();
  Optional<DnsName> zone = Optional.empty();
  List<Server> servers = new ArrayList<>();

  /** Not copied: only the first of a chain of lookups starts the search list. */
  boolean newSearch;

  /** Not copied: the name servers seen for {@code +trace}'s first step. */
  int nameServersFound;

  /** Not copied: whether a name server of {@code +nssearch} answered. */
  boolean nsSearchSuccess;

  Lookup(int tries) {
    this.tries = tries;
  }

  boolean usesTls() {
    return tls || (tlsCa && !https);
  }

  Encryption encryption() {
    return new Encryption(
        tlsCa ? Optional.of(tlsCaFile.orElse("")) : Optional.empty(),
        tlsHostName,
        tlsCertFile,
        tlsKeyFile,
        https ? Optional.of(httpPath.orElse("/dns-query")) : Optional.empty(),
        httpGet,
        httpPlain);
  }

  Lookup copy(boolean withServers) {
    Lookup copy;
    try {
      copy = (Lookup) clone();
    } catch (CloneNotSupportedException e) {
      throw new IllegalStateException(e);
    }
    copy.ednsOptions = new ArrayList<>(ednsOptions);
    copy.servers = withServers ? new ArrayList<>(servers) : new ArrayList<>();
    copy.newSearch = false;
    copy.nameServersFound = 0;
    copy.nsSearchSuccess = false;
    return copy;
  }
}
