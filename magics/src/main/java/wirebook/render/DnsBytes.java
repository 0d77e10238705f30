package wirebook.render;

import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import wirebook.engine.dns.DnsExchange;
import wirebook.engine.dns.DnsMessage;
import wirebook.engine.dns.MessageField;
import wirebook.spi.Html;
import wirebook.spi.MimeBundle;
import wirebook.trace.Bytes;

/** DNS messages byte by byte: which byte is what, and where a compressed name goes on. */
public final class DnsBytes {
  /** Bytes in a line. */
  private static final int WIDTH = 12;

  /** Of one message; a zone transfer has more, and nobody reads them. */
  private static final int MOST_FIELDS = 400;

  /** Of one field. */
  private static final int MOST_BYTES = 480;

  private static final int MOST_MESSAGES = 5;
  private static final HexFormat HEX = HexFormat.ofDelimiter(" ");
  private static final String SMALL = "font-family:monospace;white-space:pre;text-align:left";
  private static final String DIM = SMALL + ";opacity:.7";
  private static final String HEAD = "text-align:left;font-weight:600;padding-top:.5em";

  private DnsBytes() {}

  /** The query and the replies to it. */
  public static MimeBundle of(DnsExchange exchange) {
    StringBuilder text = new StringBuilder();
    Html html = new Html();
    add("Query to " + exchange.serverName(), exchange.queryBytes(), text, html);
    List<Bytes> replies = exchange.replyBytes();
    for (int i = 0; i < replies.size(); i++) {
      String title = replies.size() == 1 ? "Reply" : "Reply " + (i + 1);
      if (i == MOST_MESSAGES) {
        String more = "and " + (replies.size() - i) + " more messages";
        text.append(more).append('\n');
        html.element("p", more);
        break;
      }
      add(title, replies.get(i), text, html);
    }
    exchange
        .failures()
        .forEach(
            f -> {
              text.append(f.words()).append('\n');
              html.element("p", f.words());
            });
    return MimeBundle.text(text.toString().stripTrailing()).with(MimeBundle.HTML, html.toString());
  }

  /** What dig prints of a message, and its bytes below. */
  public static MimeBundle of(DnsMessage message) {
    MimeBundle bytes = of(message.bytes());
    String words = message.toString().strip();
    Html html = new Html().element("pre", words);
    return MimeBundle.text(words + "\n\n" + bytes.text())
        .with(MimeBundle.HTML, html.toString() + bytes.data().get(MimeBundle.HTML));
  }

  /** One message. */
  public static MimeBundle of(Bytes wire) {
    StringBuilder text = new StringBuilder();
    Html html = new Html();
    add("Message", wire, text, html);
    return MimeBundle.text(text.toString().stripTrailing()).with(MimeBundle.HTML, html.toString());
  }

  private static void add(String title, Bytes wire, StringBuilder text, Html html) {
    String caption = title + ", " + wire.length() + " bytes";
    // Two messages on one page must not share their anchors.
    String anchor = String.format(Locale.ROOT, "dns-%08x-", (title + wire.hex()).hashCode());
    List<MessageField> fields = MessageField.of(wire);
    List<MessageField> shown = fields.subList(0, Math.min(MOST_FIELDS, fields.size()));
    Map<Integer, Integer> starts = starts(shown);
    text.append(caption).append('\n');
    html.open("table", "style", "border-collapse:collapse")
        .element("caption", caption, "style", "text-align:left;font-weight:600");
    String part = "";
    for (MessageField field : shown) {
      if (!field.part().equals(part)) {
        part = field.part();
        text.append(part).append('\n');
        html.open("tr").element("th", part, "colspan", "3", "style", HEAD).close("tr");
      }
      lines(field, wire, text);
      row(field, wire, anchor, starts, html);
    }
    html.close("table");
    if (shown.size() < fields.size()) {
      String more = "and " + (fields.size() - shown.size()) + " more fields";
      text.append(more).append('\n');
      html.element("p", more);
    }
  }

  /** The field that each byte belongs to, by its first byte. */
  private static Map<Integer, Integer> starts(List<MessageField> fields) {
    Map<Integer, Integer> starts = new HashMap<>();
    for (MessageField field : fields) {
      for (int at = field.from(); at < field.to(); at++) {
        starts.put(at, field.from());
      }
    }
    return starts;
  }

  private static void lines(MessageField field, Bytes wire, StringBuilder text) {
    int end = Math.min(field.to(), field.from() + MOST_BYTES);
    for (int at = field.from(); at < end; at += WIDTH) {
      boolean first = at == field.from();
      text.append(
          String.format(
                  Locale.ROOT,
                  "  %5d  %-35s  %s",
                  at,
                  hex(wire, at, Math.min(end, at + WIDTH)),
                  first ? plain(field.words()) : "")
              .stripTrailing());
      text.append('\n');
    }
    if (end < field.to()) {
      text.append("         … ").append(field.to() - end).append(" more bytes\n");
    }
  }

  private static void row(
      MessageField field, Bytes wire, String anchor, Map<Integer, Integer> starts, Html html) {
    int end = Math.min(field.to(), field.from() + MOST_BYTES);
    StringBuilder bytes = new StringBuilder();
    for (int at = field.from(); at < end; at += WIDTH) {
      bytes.append(at == field.from() ? "" : "\n").append(hex(wire, at, Math.min(end, at + WIDTH)));
    }
    if (end < field.to()) {
      bytes.append("\n… ").append(field.to() - end).append(" more");
    }
    html.open("tr", "id", anchor + field.from())
        .element("td", Integer.toString(field.from()), "style", DIM + ";text-align:right")
        .element("td", bytes.toString(), "style", SMALL)
        .open("td", "style", "text-align:left")
        .text(plain(field.words()));
    if (field.pointer().isPresent()) {
      int to = field.pointer().getAsInt();
      html.text(" ");
      // A pointer may lead into the middle of a name: the link goes to where that name stands.
      html.element("a", "→ byte " + to, "href", "#" + anchor + starts.getOrDefault(to, to));
    }
    html.close("td").close("tr");
  }

  private static String hex(Bytes wire, int from, int to) {
    return HEX.formatHex(wire.slice(from, to).toArray());
  }

  private static String plain(String words) {
    return words.replace('\n', ' ').replace('\t', ' ');
  }
}
