package wirebook.engine.dns.resolver;

import org.xbill.DNS.Name;
import org.xbill.DNS.Type;
import wirebook.engine.dns.DnsName;
import wirebook.engine.dns.DnsQuestion;
import wirebook.engine.dns.RecordClass;
import wirebook.engine.dns.RecordType;
import wirebook.trace.Bytes;

/** What is asked, in class IN, as the resolver has it at hand: in the library's types. */
public record Question(Name name, int type) {
  /** The same in the types of everybody else. */
  public DnsQuestion asked() {
    return new DnsQuestion(dnsName(name), new RecordType(type), RecordClass.IN);
  }

  static DnsName dnsName(Name name) {
    return new DnsName(Bytes.of(name.toWire()));
  }

  @Override
  public String toString() {
    return name + " " + Type.string(type);
  }
}
