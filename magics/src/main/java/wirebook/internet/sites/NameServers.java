package wirebook.internet.sites;

import java.util.Map;
import java.util.Optional;
import wirebook.engine.dns.server.ServerCookies;
import wirebook.engine.dns.server.ServerQuery;
import wirebook.engine.dns.server.ServerTraits;

/**
 * How the lab's name servers present themselves: like those outside, of which some know no cookies,
 * announce other sizes, or tell which instance of an anycast address answered.
 */
final class NameServers {
  private static final int OLD_SIZE = 512;
  private static final int LARGE_SIZE = 4096;

  /** The instances that are nearest to Frankfurt, or to where the lab has the server. */
  private static final Map<String, String> INSTANCES =
      Map.ofEntries(
          Map.entry("a.root-servers.net", "nnn1-fra6"),
          Map.entry("b.root-servers.net", "b2-sjc"),
          Map.entry("c.root-servers.net", "iad1a.c.root-servers.org"),
          Map.entry("d.root-servers.net", "iad2.droot.maxgigapop.net"),
          Map.entry("e.root-servers.net", "p01.sjco.eroot"),
          Map.entry("f.root-servers.net", "fra1a.f.root-servers.org"),
          Map.entry("g.root-servers.net", "groot-iad-1"),
          Map.entry("h.root-servers.net", "001.iad.h.root-servers.org"),
          Map.entry("i.root-servers.net", "s1.fra"),
          Map.entry("j.root-servers.net", "nnn1-fra7"),
          Map.entry("k.root-servers.net", "ns1.de-fra.k.ripe.net"),
          Map.entry("l.root-servers.net", "aa.us-sjc.l.root"),
          Map.entry("m.root-servers.net", "M-NRT-DIXIE-1"),
          Map.entry("dns.google", "gpdns-fra"),
          Map.entry("one.one.one.one", "FRA"),
          Map.entry("dns.quad9.net", "res110.fra.rrdns.pch.net"));

  private static final Map<String, String> VERSIONS =
      Map.of(
          "c.root-servers.net", "9.18.28",
          "f.root-servers.net", "9.18.28",
          "k.root-servers.net", "NSD 4.10.1",
          "l.root-servers.net", "NSD 4.10.1",
          "dns.quad9.net", "Q9-P-9.16");

  private NameServers() {}

  static ServerTraits traits(String host, ServerCookies cookies) {
    boolean google = host.endsWith("google.com") || host.equals("dns.google");
    boolean verisign =
        host.endsWith(".gtld-servers.net")
            || host.equals("a.root-servers.net")
            || host.equals("j.root-servers.net");
    boolean amazon = host.contains(".awsdns-");
    boolean without = google || verisign || amazon || host.endsWith(".nsone.net");
    return new ServerTraits(
        without ? Optional.empty() : Optional.of(cookies),
        google ? OLD_SIZE : verisign || amazon ? LARGE_SIZE : ServerQuery.UDP_SIZE,
        Optional.ofNullable(INSTANCES.get(host)),
        Optional.ofNullable(VERSIONS.get(host)));
  }
}
