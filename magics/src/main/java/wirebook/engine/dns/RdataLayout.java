package wirebook.engine.dns;

import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The types whose data is a plain sequence of fields. A letter stands for a field: {@code B S L}
 * numbers of 1, 2, 4 bytes; {@code N} a name; {@code T} a string, {@code *} one or more of them;
 * {@code 4 6} addresses; {@code X} an identifier of four 16-bit groups; {@code e E} EUI-48 and
 * EUI-64; {@code t} the number of a type, {@code n} of a way to notify; and as the rest {@code M} a
 * bitmap of types, {@code b} Base64, {@code d} Base64 or nothing.
 */
final class RdataLayout {
  private static final Map<String, String> LAYOUTS =
      Map.ofEntries(
          Map.entry("A", "4"),
          Map.entry("AAAA", "6"),
          Map.entry("AFSDB", "SN"),
          Map.entry("AVC", "*"),
          Map.entry("BRID", "b"),
          Map.entry("CNAME", "N"),
          Map.entry("CSYNC", "LSM"),
          Map.entry("DNAME", "N"),
          Map.entry("DOA", "LLBTd"),
          Map.entry("DSYNC", "tnSN"),
          Map.entry("EUI48", "e"),
          Map.entry("EUI64", "E"),
          Map.entry("GPOS", "TTT"),
          Map.entry("HHIT", "b"),
          Map.entry("HINFO", "TT"),
          Map.entry("KX", "SN"),
          Map.entry("L32", "S4"),
          Map.entry("L64", "SX"),
          Map.entry("LP", "SN"),
          Map.entry("MB", "N"),
          Map.entry("MD", "N"),
          Map.entry("MF", "N"),
          Map.entry("MG", "N"),
          Map.entry("MINFO", "NN"),
          Map.entry("MR", "N"),
          Map.entry("MX", "SN"),
          Map.entry("NAPTR", "SSTTTN"),
          Map.entry("NID", "SX"),
          Map.entry("NINFO", "*"),
          Map.entry("NS", "N"),
          Map.entry("NSAP-PTR", "N"),
          Map.entry("PTR", "N"),
          Map.entry("PX", "SNN"),
          Map.entry("RESINFO", "*"),
          Map.entry("RP", "NN"),
          Map.entry("RT", "SN"),
          Map.entry("SPF", "*"),
          Map.entry("SRV", "SSSN"),
          Map.entry("TALINK", "NN"),
          Map.entry("TXT", "*"),
          Map.entry("WALLET", "*"),
          Map.entry("X25", "T"));

  private static final Set<String> INTERNET_ONLY =
      Set.of(
          "A",
          "A6",
          "AAAA",
          "APL",
          "ATMA",
          "DHCID",
          "EID",
          "HTTPS",
          "KX",
          "NIMLOC",
          "NSAP",
          "NSAP-PTR",
          "PX",
          "SRV",
          "SVCB",
          "WKS");

  /** Types whose data has exactly one length. */
  static final Map<String, Integer> EXACT =
      Map.of("EUI48", 6, "EUI64", 8, "L32", 6, "L64", 10, "NID", 10);

  private RdataLayout() {}

  static Optional<String> of(RecordType type) {
    return Optional.ofNullable(LAYOUTS.get(type.toString()));
  }

  /** Whether the type's format is known in this class. */
  static boolean isDefined(RecordType type, RecordClass recordClass) {
    String name = type.toString();
    if (name.equals("TSIG")) {
      return recordClass.equals(RecordClass.ANY);
    }
    return !INTERNET_ONLY.contains(name) || recordClass.equals(RecordClass.IN);
  }
}
