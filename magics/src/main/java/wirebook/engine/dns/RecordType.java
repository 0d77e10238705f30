package wirebook.engine.dns;

import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * The type of a record or question (RFC 1035, 3.2.2 and its successors).
 *
 * @param code 0 to 65535
 */
public record RecordType(int code) {
  private static final Map<Integer, String> NAMES = new HashMap<>();
  private static final Map<String, Integer> CODES = new HashMap<>();

  static {
    String names =
        """
        1 A 2 NS 3 MD 4 MF 5 CNAME 6 SOA 7 MB 8 MG 9 MR 10 NULL 11 WKS 12 PTR 13 HINFO 14 MINFO
        15 MX 16 TXT 17 RP 18 AFSDB 19 X25 20 ISDN 21 RT 22 NSAP 23 NSAP-PTR 24 SIG 25 KEY 26 PX
        27 GPOS 28 AAAA 29 LOC 30 NXT 31 EID 32 NIMLOC 33 SRV 34 ATMA 35 NAPTR 36 KX 37 CERT 38 A6
        39 DNAME 40 SINK 41 OPT 42 APL 43 DS 44 SSHFP 45 IPSECKEY 46 RRSIG 47 NSEC 48 DNSKEY
        49 DHCID 50 NSEC3 51 NSEC3PARAM 52 TLSA 53 SMIMEA 55 HIP 56 NINFO 57 RKEY 58 TALINK 59 CDS
        60 CDNSKEY 61 OPENPGPKEY 62 CSYNC 63 ZONEMD 64 SVCB 65 HTTPS 66 DSYNC 67 HHIT 68 BRID
        99 SPF 100 UINFO 101 UID 102 GID 103 UNSPEC 104 NID 105 L32 106 L64 107 LP 108 EUI48
        109 EUI64 249 TKEY 250 TSIG 251 IXFR 252 AXFR 253 MAILB 254 MAILA 255 ANY 256 URI 257 CAA
        258 AVC 259 DOA 260 AMTRELAY 261 RESINFO 262 WALLET 32768 TA 32769 DLV
        """;
    String[] words = names.strip().split("\\s+");
    for (int i = 0; i < words.length; i += 2) {
      NAMES.put(Integer.valueOf(words[i]), words[i + 1]);
      CODES.put(words[i + 1], Integer.valueOf(words[i]));
    }
  }

  public static final RecordType A = new RecordType(1);
  public static final RecordType NS = new RecordType(2);
  public static final RecordType CNAME = new RecordType(5);
  public static final RecordType SOA = new RecordType(6);
  public static final RecordType PTR = new RecordType(12);
  public static final RecordType MX = new RecordType(15);
  public static final RecordType TXT = new RecordType(16);
  public static final RecordType SIG = new RecordType(24);
  public static final RecordType KEY = new RecordType(25);
  public static final RecordType AAAA = new RecordType(28);
  public static final RecordType SRV = new RecordType(33);
  public static final RecordType DNAME = new RecordType(39);
  public static final RecordType OPT = new RecordType(41);
  public static final RecordType RRSIG = new RecordType(46);
  public static final RecordType NSEC3 = new RecordType(50);
  public static final RecordType TKEY = new RecordType(249);
  public static final RecordType TSIG = new RecordType(250);
  public static final RecordType IXFR = new RecordType(251);
  public static final RecordType AXFR = new RecordType(252);
  public static final RecordType ANY = new RecordType(255);

  public RecordType {
    if (code < 0 || code > 0xffff) {
      throw new IllegalArgumentException("a type is a number from 0 to 65535, not " + code);
    }
  }

  /** Reads a mnemonic in any case, or {@code TYPE123} (RFC 3597, 5). */
  public static Optional<RecordType> parse(String text) {
    String upper = text.toUpperCase(Locale.ROOT);
    Integer code = CODES.get(upper);
    if (code != null) {
      return Optional.of(new RecordType(code));
    }
    return Numbered.parse(upper, "TYPE").map(RecordType::new);
  }

  /** The mnemonics of all known types. */
  public static SortedSet<String> names() {
    return new TreeSet<>(CODES.keySet());
  }

  /** Whether it has a mnemonic. */
  public boolean isKnown() {
    return NAMES.containsKey(code);
  }

  /** The mnemonic, or {@code TYPE123}. */
  @Override
  public String toString() {
    return NAMES.getOrDefault(code, numbered());
  }

  String numbered() {
    return "TYPE" + code;
  }
}
