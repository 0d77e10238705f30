package wirebook.magics.dns;

import wirebook.engine.dns.DnsExchange;
import wirebook.render.DnsBytes;
import wirebook.spi.MimeBundle;
import wirebook.spi.Renderer;

/** Shows a query and its replies byte by byte. */
public final class DnsExchangeView implements Renderer<DnsExchange> {
  @Override
  public Class<DnsExchange> type() {
    return DnsExchange.class;
  }

  @Override
  public MimeBundle render(DnsExchange value) {
    return DnsBytes.of(value);
  }
}
