package wirebook.engine.dns.resolver;

import org.xbill.DNS.Name;
import org.xbill.DNS.Type;

/** What is asked, in class IN. */
public record Question(Name name, int type) {
  @Override
  public String toString() {
    return name + " " + Type.string(type);
  }
}
