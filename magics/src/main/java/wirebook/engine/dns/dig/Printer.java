package wirebook.engine.dns.dig;

import java.net.InetSocketAddress;
import wirebook.engine.dns.DnsMessage;
import wirebook.engine.dns.EdnsText.Cookie;

/** What the tools show of a lookup; dig and nslookup differ in nothing else. */
interface Printer {
  /**
   * A message that was sent, or came.
   *
   * @param sent whether it is the query
   * @param size in bytes
   * @param trailing bytes behind the message
   */
  void message(
      Running running,
      Query query,
      DnsMessage message,
      boolean sent,
      int size,
      int trailing,
      Cookie cookie);

  /** The statistics below a message. */
  void received(Running running, Query query, int size, InetSocketAddress from);

  void error(String text);

  void warning(String text);

  /** Said only where a lookup shows comments. */
  void comment(Lookup lookup, String text);
}
