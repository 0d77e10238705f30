package wirebook.engine.dns;

/** What is asked (RFC 1035, 4.1.2). */
public record DnsQuestion(DnsName name, RecordType type, RecordClass recordClass) {
  /** As {@code www.example.com. IN A}. */
  @Override
  public String toString() {
    return name + " " + recordClass + " " + type;
  }
}
