package wirebook.render;

import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import wirebook.codec.Http2Frame;
import wirebook.engine.dns.DnsMessage;
import wirebook.engine.dns.DnsMessage.Flag;
import wirebook.engine.dns.DnsRecord;
import wirebook.engine.dns.MessageField;
import wirebook.trace.Bytes;
import wirebook.trace.Event;
import wirebook.trace.IpPacket;
import wirebook.trace.Packet;

/**
 * What the bytes of packets say, field by field: DNS, HTTP/1, TLS records, and SSH until it is
 * encrypted. It is told the packets in their order, as what a packet means may depend on those
 * before it; a field that goes on in a later packet is named again there.
 */
final class Dissection {
  private static final int DNS = 53;
  private static final int SHOWN = 40;

  private static final Pattern REQUEST = Pattern.compile("[A-Z]{1,20} \\S{1,2000} HTTP/1\\.\\d\r?");
  private static final Pattern STATUS = Pattern.compile("HTTP/1\\.\\d (\\d{3})[^\r]*\r?");

  private static final Map<Integer, String> TLS_RECORDS =
      Map.of(
          20,
          "change cipher spec",
          21,
          "alert",
          22,
          "handshake",
          23,
          "application data, encrypted");

  private static final Map<Integer, String> TLS_VERSIONS =
      Map.of(0x0300, "SSL 3.0", 0x0301, "TLS 1.0", 0x0302, "TLS 1.1", 0x0303, "TLS 1.2");

  private static final Map<Integer, String> HANDSHAKES =
      Map.ofEntries(
          Map.entry(1, "ClientHello"),
          Map.entry(2, "ServerHello"),
          Map.entry(4, "NewSessionTicket"),
          Map.entry(8, "EncryptedExtensions"),
          Map.entry(11, "Certificate"),
          Map.entry(12, "ServerKeyExchange"),
          Map.entry(13, "CertificateRequest"),
          Map.entry(14, "ServerHelloDone"),
          Map.entry(15, "CertificateVerify"),
          Map.entry(16, "ClientKeyExchange"),
          Map.entry(20, "Finished"));

  private static final Map<Integer, String> SSH_MESSAGES =
      Map.of(
          1,
          "DISCONNECT",
          2,
          "IGNORE",
          3,
          "UNIMPLEMENTED",
          4,
          "DEBUG",
          20,
          "KEXINIT",
          21,
          "NEWKEYS",
          30,
          "KEX_INIT",
          31,
          "KEX_REPLY",
          5,
          "SERVICE_REQUEST",
          7,
          "EXT_INFO");

  /** Some bytes of a packet, and what they are. */
  record Field(int from, int to, String words) {}

  /** One packet: its protocol, in a word, and what it says in one line. */
  record Read(String protocol, String line, List<Field> fields) {}

  private record Direction(int flow, InetSocketAddress from) {}

  /** What one side of a conversation speaks. */
  private static final class Speech {
    String protocol = "";
    boolean encrypted;
    boolean upgraded;

    /** Bytes of the current TLS record or HTTP header section that are still to come. */
    int left;

    boolean inHead;
  }

  private final Map<Direction, Speech> speeches = new HashMap<>();

  /** The next packet. */
  Read next(Packet packet) {
    Bytes bytes = packet.bytes();
    if (packet.transport() == Event.Transport.IP) {
      IpPacket whole = new IpPacket(bytes);
      int header = whole.header();
      return new Read(
          "",
          IpPacketText.line(whole),
          List.of(
              new Field(0, header, "IP header, ttl " + whole.ttl()),
              new Field(header, header + 8, IpPacketText.line(whole)),
              new Field(header + 8, bytes.length(), "data")));
    }
    boolean dns = packet.from().getPort() == DNS || packet.to().getPort() == DNS;
    if (packet.transport() == Event.Transport.UDP) {
      return dns && !bytes.isEmpty() ? dns(bytes, 0) : data(bytes);
    }
    if (bytes.isEmpty()) {
      return new Read("", "", List.of());
    }
    if (dns && bytes.length() > 2 && bytes.length() == 2 + (bytes.at(0) << 8 | bytes.at(1))) {
      return dns(bytes, 2);
    }
    Speech speech = speech(packet.flow(), packet.from());
    if (speech.upgraded && speech.protocol.equals("HTTP") && !speech.inHead) {
      speech.protocol = "";
    }
    if (speech.protocol.isEmpty()) {
      speech.protocol = speech.upgraded && isFrame(bytes) ? "HTTP/2" : protocol(bytes);
    }
    return switch (speech.protocol) {
      case "HTTP" -> http(packet, speech, bytes);
      case "HTTP/2" -> http2(speech, bytes);
      case "TLS" -> tls(speech, bytes);
      case "SSH" -> ssh(speech, bytes);
      default -> data(bytes);
    };
  }

  private Speech speech(int flow, InetSocketAddress from) {
    return speeches.computeIfAbsent(new Direction(flow, from), _ -> new Speech());
  }

  private static String protocol(Bytes bytes) {
    String start = bytes.slice(0, Math.min(2100, bytes.length())).text(StandardCharsets.ISO_8859_1);
    String line = start.lines().findFirst().orElse("");
    if (start.startsWith("SSH-")) {
      return "SSH";
    }
    if (start.startsWith(Http2Frame.PREFACE)) {
      return "HTTP/2";
    }
    if (REQUEST.matcher(line).matches() || STATUS.matcher(line).matches()) {
      return "HTTP";
    }
    boolean record =
        bytes.length() >= 5
            && TLS_RECORDS.containsKey(bytes.at(0))
            && bytes.at(1) == 3
            && bytes.at(2) <= 4;
    return record ? "TLS" : "";
  }

  private static Read data(Bytes bytes) {
    return new Read(
        "",
        bytes.isEmpty() ? "" : quoted(bytes),
        bytes.isEmpty() ? List.of() : List.of(new Field(0, bytes.length(), "data")));
  }

  /** The beginning as text, when it is text. */
  private static String quoted(Bytes bytes) {
    Bytes start = bytes.slice(0, Math.min(SHOWN, bytes.length()));
    StringBuilder out = new StringBuilder("\"");
    for (int i = 0; i < start.length(); i++) {
      int b = start.at(i);
      switch (b) {
        case '\n' -> out.append("\\n");
        case '\r' -> out.append("\\r");
        case '\t' -> out.append("\\t");
        case '"', '\\' -> out.append('\\').append((char) b);
        default -> {
          if (b < 0x20 || b > 0x7e) {
            return "";
          }
          out.append((char) b);
        }
      }
    }
    return out.append(bytes.length() > SHOWN ? "\"..." : "\"").toString();
  }

  // DNS (RFC 1035), in tcpdump's words.

  private static Read dns(Bytes bytes, int prefix) {
    Bytes message = bytes.slice(prefix, bytes.length());
    List<Field> fields = new ArrayList<>();
    if (prefix > 0) {
      fields.add(new Field(0, prefix, "length " + message.length()));
    }
    for (MessageField field : MessageField.of(message)) {
      fields.add(
          new Field(
              field.from() + prefix, field.to() + prefix, field.part() + ": " + field.words()));
    }
    String line =
        switch (DnsMessage.parse(message)) {
          case DnsMessage.Parsed.Read read -> dnsLine(read.message(), message.length());
          case DnsMessage.Parsed.Malformed malformed -> "[malformed: " + malformed.reason() + "]";
        };
    return new Read("DNS", line, fields);
  }

  private static String dnsLine(DnsMessage message, int length) {
    boolean reply = message.has(Flag.QR);
    String asked =
        message.questions().isEmpty()
            ? ""
            : message.questions().getFirst().type() + "? " + message.questions().getFirst().name();
    if (!reply) {
      return message.id() + (message.has(Flag.RD) ? "+" : "") + " " + asked + " (" + length + ")";
    }
    String marks =
        (message.has(Flag.AA) ? "*" : "")
            + (message.has(Flag.RA) ? "" : "-")
            + (message.has(Flag.TC) ? "|" : "");
    String code = message.rcode().toString().equals("NOERROR") ? "" : " " + message.rcode();
    String answers =
        message.answers().stream()
            .limit(3)
            .map(Dissection::answer)
            .collect(Collectors.joining(", "));
    return message.id()
        + marks
        + code
        + (message.questions().isEmpty() ? "" : " q: " + asked)
        + " "
        + message.answers().size()
        + "/"
        + message.authorities().size()
        + "/"
        + message.additionals().size()
        + (answers.isEmpty() ? "" : " " + answers)
        + (message.answers().size() > 3 ? ", ..." : "")
        + " ("
        + length
        + ")";
  }

  private static String answer(DnsRecord record) {
    return record.type() + " " + record.text();
  }

  // HTTP/1 (RFC 9112).

  private Read http(Packet packet, Speech speech, Bytes bytes) {
    String text = bytes.text(StandardCharsets.ISO_8859_1);
    List<Field> fields = new ArrayList<>();
    String line = "";
    int at = 0;
    String first = text.substring(0, end(text, 0));
    Matcher status = STATUS.matcher(first.strip());
    boolean starts = REQUEST.matcher(first.strip()).matches() || status.matches();
    if (starts) {
      line = first.strip();
      fields.add(new Field(0, first.length(), status.matches() ? "status line" : "request line"));
      at = first.length();
      speech.inHead = true;
    }
    if (line.contains(" 101 ")) {
      // What comes now is of another protocol, in both directions.
      speech.upgraded = true;
      speech(packet.flow(), packet.to()).upgraded = true;
    }
    while (speech.inHead && at < text.length()) {
      int end = end(text, at);
      String header = text.substring(at, end);
      if (header.isBlank()) {
        fields.add(new Field(at, end, "end of the header section"));
        speech.inHead = false;
        if (speech.upgraded) {
          speech.protocol = "";
        }
      } else {
        int colon = header.indexOf(':');
        fields.add(
            new Field(
                at, end, colon > 0 ? "header " + header.substring(0, colon) : "header, continued"));
      }
      at = end;
    }
    if (at < text.length()) {
      fields.add(new Field(at, text.length(), "content"));
      if (!starts) {
        line = "content, continued";
      }
    }
    return new Read("HTTP", line.isEmpty() ? "headers" : line, fields);
  }

  // HTTP/2 (RFC 9113, 4.1).

  private static boolean isFrame(Bytes bytes) {
    return bytes.length() >= 9 && Http2Frame.isKnown(bytes.at(3));
  }

  private static Read http2(Speech speech, Bytes bytes) {
    List<Field> fields = new ArrayList<>();
    List<String> words = new ArrayList<>();
    int at = Math.min(speech.left, bytes.length());
    if (at > 0) {
      fields.add(new Field(0, at, "frame, continued"));
      speech.left -= at;
    }
    if (at == 0 && bytes.text(StandardCharsets.ISO_8859_1).startsWith(Http2Frame.PREFACE)) {
      at = Http2Frame.PREFACE.length();
      fields.add(new Field(0, at, "connection preface"));
      words.add("preface");
    }
    while (at < bytes.length()) {
      if (bytes.length() - at < Http2Frame.SIZE) {
        fields.add(new Field(at, bytes.length(), "beginning of a frame"));
        break;
      }
      Http2Frame frame = Http2Frame.read(bytes.slice(at, at + Http2Frame.SIZE).toArray(), 0);
      String name = Http2Frame.name(frame.type());
      fields.add(new Field(at, at + 3, "length " + frame.length()));
      fields.add(new Field(at + 3, at + 4, "type " + frame.type() + ": " + name));
      fields.add(new Field(at + 4, at + 5, "flags"));
      fields.add(new Field(at + 5, at + 9, "stream " + frame.stream()));
      int end = Math.min(at + 9 + frame.length(), bytes.length());
      if (end > at + 9) {
        fields.add(new Field(at + 9, end, "payload of " + name));
      }
      words.add(name);
      speech.left = at + 9 + frame.length() - end;
      at = end;
    }
    return new Read(
        "HTTP/2", words.isEmpty() ? "frame, continued" : String.join(", ", words), fields);
  }

  private static int end(String text, int from) {
    int newline = text.indexOf('\n', from);
    return newline < 0 ? text.length() : newline + 1;
  }

  // TLS (RFC 8446, 5.1).

  private static Read tls(Speech speech, Bytes bytes) {
    List<Field> fields = new ArrayList<>();
    List<String> words = new ArrayList<>();
    int at = Math.min(speech.left, bytes.length());
    if (at > 0) {
      fields.add(new Field(0, at, "record, continued"));
      speech.left -= at;
    }
    while (at < bytes.length()) {
      if (bytes.length() - at < 5 || !TLS_RECORDS.containsKey(bytes.at(at))) {
        fields.add(new Field(at, bytes.length(), "beginning of a record"));
        break;
      }
      int type = bytes.at(at);
      int version = bytes.at(at + 1) << 8 | bytes.at(at + 2);
      int length = bytes.at(at + 3) << 8 | bytes.at(at + 4);
      String name = TLS_RECORDS.getOrDefault(type, "");
      fields.add(new Field(at, at + 1, "record type " + type + ": " + name));
      fields.add(
          new Field(at + 1, at + 3, "version " + TLS_VERSIONS.getOrDefault(version, "unknown")));
      fields.add(new Field(at + 3, at + 5, "length " + length));
      int end = Math.min(at + 5 + length, bytes.length());
      String said = name;
      if (type == 22 && end > at + 5) {
        said = HANDSHAKES.getOrDefault(bytes.at(at + 5), "handshake, encrypted");
        if (speech.encrypted) {
          said = "handshake, encrypted";
        }
        said += type(bytes, at, end, said);
      } else if (type == 20) {
        speech.encrypted = true;
      }
      if (end > at + 5) {
        fields.add(new Field(at + 5, end, said));
      }
      words.add(said);
      speech.left = at + 5 + length - end;
      at = end;
    }
    return new Read(
        "TLS", words.isEmpty() ? "record, continued" : String.join(", ", words), fields);
  }

  /** A ClientHello says in the clear which server it wants (RFC 6066, 3). */
  private static String type(Bytes bytes, int record, int end, String said) {
    if (!said.equals("ClientHello")) {
      return "";
    }
    try {
      int at = record + 5 + 4 + 2 + 32;
      at += 1 + bytes.at(at);
      at += 2 + (bytes.at(at) << 8 | bytes.at(at + 1));
      at += 1 + bytes.at(at);
      at += 2;
      while (at + 4 < end) {
        int extension = bytes.at(at) << 8 | bytes.at(at + 1);
        int length = bytes.at(at + 2) << 8 | bytes.at(at + 3);
        if (extension == 0 && at + 9 < end) {
          int name = bytes.at(at + 7) << 8 | bytes.at(at + 8);
          return " for " + bytes.slice(at + 9, Math.min(end, at + 9 + name)).text();
        }
        at += 4 + length;
      }
      return "";
    } catch (IndexOutOfBoundsException e) {
      return "";
    }
  }

  // SSH (RFC 4253, 4.2 and 6).

  private static Read ssh(Speech speech, Bytes bytes) {
    List<Field> fields = new ArrayList<>();
    List<String> words = new ArrayList<>();
    int at = 0;
    String text = bytes.text(StandardCharsets.ISO_8859_1);
    if (text.startsWith("SSH-")) {
      at = end(text, 0);
      fields.add(new Field(0, at, "version " + text.substring(0, at).strip()));
      words.add(text.substring(0, at).strip());
    }
    while (at < bytes.length()) {
      if (speech.encrypted || bytes.length() - at < 6) {
        fields.add(new Field(at, bytes.length(), "encrypted"));
        words.add("encrypted");
        break;
      }
      int length =
          bytes.at(at) << 24 | bytes.at(at + 1) << 16 | bytes.at(at + 2) << 8 | bytes.at(at + 3);
      int padding = bytes.at(at + 4);
      if (length < 2 || length > bytes.length() - at - 4 || padding + 2 > length) {
        fields.add(new Field(at, bytes.length(), "part of a packet"));
        words.add("part of a packet");
        break;
      }
      int end = at + 4 + length;
      int message = bytes.at(at + 5);
      String name = SSH_MESSAGES.getOrDefault(message, "message " + message);
      fields.add(new Field(at, at + 4, "packet length " + length));
      fields.add(new Field(at + 4, at + 5, "padding length " + padding));
      fields.add(new Field(at + 5, at + 6, "message " + message + ": " + name));
      if (end - padding > at + 6) {
        fields.add(new Field(at + 6, end - padding, "payload of " + name));
      }
      fields.add(new Field(end - padding, end, "padding"));
      words.add(name);
      speech.encrypted = message == 21;
      at = end;
    }
    return new Read("SSH", String.join(", ", words), fields);
  }
}
