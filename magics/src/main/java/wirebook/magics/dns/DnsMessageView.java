package wirebook.magics.dns;

import wirebook.engine.dns.DnsMessage;
import wirebook.render.DnsBytes;
import wirebook.spi.MimeBundle;
import wirebook.spi.Renderer;

/** Shows a message in dig's words, and byte by byte. */
public final class DnsMessageView implements Renderer<DnsMessage> {
  @Override
  public Class<DnsMessage> type() {
    return DnsMessage.class;
  }

  @Override
  public MimeBundle render(DnsMessage value) {
    return DnsBytes.of(value);
  }
}
