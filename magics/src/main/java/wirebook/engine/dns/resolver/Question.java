package wirebook.engine.dns.resolver;

import java.io.IOException;
import org.xbill.DNS.Name;
import org.xbill.DNS.Type;
import wirebook.engine.dns.DnsName;
import wirebook.engine.dns.DnsQuestion;
import wirebook.engine.dns.RecordClass;
import wirebook.engine.dns.RecordType;
import wirebook.trace.Bytes;

/** What is asked, in class IN, as the resolver has it at hand: in the library's types. */
public record Question(Name name, int type) {
  public static Question of(DnsName name, RecordType type) {
    return new Question(name(name), type.code());
  }

  public static Name name(DnsName name) {
    try {
      return new Name(name.wire().toArray());
    } catch (IOException e) {
      throw new IllegalStateException("a name that was read is well-formed", e);
    }
  }

  /** The same in the types of everybody else. */
  public DnsQuestion asked() {
    return new DnsQuestion(dnsName(name), new RecordType(type), RecordClass.IN);
  }

  public static DnsName dnsName(Name name) {
    return new DnsName(Bytes.of(name.toWire()));
  }

  @Override
  public String toString() {
    return name + " " + Type.string(type);
  }
}
