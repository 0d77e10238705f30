package wirebook.engine.dns.resolver;

import java.util.ArrayList;
import java.util.List;
import org.xbill.DNS.Name;
import org.xbill.DNS.RRSIGRecord;
import org.xbill.DNS.Record;
import wirebook.engine.dns.server.Zone;

/**
 * The records of one name and type, which stand and fall together (RFC 2181, 5), and their
 * signatures.
 */
public record RecordSet(Name name, int type, List<Record> records, List<RRSIGRecord> signatures) {
  public RecordSet {
    records = List.copyOf(records);
    signatures = List.copyOf(signatures);
  }

  /** Seconds: the smallest one of the records, for all must be the same. */
  public long ttl() {
    return records.stream().mapToLong(Record::getTTL).min().orElse(0);
  }

  /** This set as it is {@code seconds} before its end. */
  RecordSet withTtl(long seconds) {
    return new RecordSet(
        name,
        type,
        records.stream().map(r -> Zone.withTtl(r, seconds)).toList(),
        signatures.stream().map(s -> (RRSIGRecord) Zone.withTtl(s, seconds)).toList());
  }

  /** All records, signatures too where they are wanted. */
  public List<Record> all(boolean dnssec) {
    List<Record> all = new ArrayList<>(records);
    if (dnssec) {
      all.addAll(signatures);
    }
    return all;
  }

  /** Sorts records into sets, in the order in which they first appear. */
  public static List<RecordSet> group(List<Record> records) {
    record Key(Name name, int type) {}
    java.util.SequencedMap<Key, List<Record>> sets = new java.util.LinkedHashMap<>();
    for (Record record : records) {
      int type = record instanceof RRSIGRecord sig ? sig.getTypeCovered() : record.getType();
      sets.computeIfAbsent(new Key(record.getName(), type), _ -> new ArrayList<>()).add(record);
    }
    List<RecordSet> result = new ArrayList<>();
    sets.forEach(
        (key, all) ->
            result.add(
                new RecordSet(
                    key.name,
                    key.type,
                    all.stream().filter(r -> !(r instanceof RRSIGRecord)).toList(),
                    all.stream()
                        .filter(RRSIGRecord.class::isInstance)
                        .map(RRSIGRecord.class::cast)
                        .toList())));
    return result;
  }
}
