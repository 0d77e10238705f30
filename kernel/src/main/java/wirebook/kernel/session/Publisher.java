package wirebook.kernel.session;

import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import wirebook.codec.Json;
import wirebook.kernel.protocol.Message;
import wirebook.kernel.session.Transport.Channel;
import wirebook.spi.MimeBundle;
import wirebook.trace.Bytes;

/** Makes this kernel's messages and sends them. */
final class Publisher {
  private final Transport transport;
  private final AtomicLong count = new AtomicLong();

  /** Unique, not secret: a secure random number would cost more than the rest of the start. */
  private final String session;

  Publisher(Transport transport) {
    this.transport = transport;
    SplittableRandom random = new SplittableRandom();
    session = Long.toHexString(random.nextLong()) + Long.toHexString(random.nextLong());
  }

  /** Publishes on iopub; {@code parent} is the header of what caused it. */
  void publish(String type, Json.Obj parent, Json.Obj content) {
    publish(type, parent, Json.Obj.EMPTY, content, List.of());
  }

  void publish(
      String type, Json.Obj parent, Json.Obj metadata, Json.Obj content, List<Bytes> buffers) {
    Bytes topic = Bytes.utf8("kernel." + session + "." + type);
    transport.send(
        Channel.IOPUB,
        new Message(List.of(topic), header(type), parent, metadata, content, buffers));
  }

  void status(String state, Json.Obj parent) {
    publish("status", parent, Json.object("execution_state", state));
  }

  /** Answers {@code request} on the channel that it came on. */
  void reply(Channel channel, Message request, String type, Json.Obj content) {
    send(channel, to(request.identities(), request.header().json(), type, content));
  }

  void send(Channel channel, Message message) {
    transport.send(channel, message);
  }

  /** A message of this kernel. */
  Message to(List<Bytes> identities, Json.Obj parent, String type, Json.Obj content) {
    return new Message(identities, header(type), parent, Json.Obj.EMPTY, content, List.of());
  }

  void awaitRoom() throws InterruptedException {
    transport.awaitRoom();
  }

  private Message.Header header(String type) {
    return new Message.Header(
        Json.object(
            "msg_id",
            session + "_" + count.incrementAndGet(),
            "session",
            session,
            "username",
            "wirebook",
            "date",
            now(),
            "msg_type",
            type,
            "version",
            Message.VERSION));
  }

  /** ISO 8601 in UTC, made without the formatters, which take long to load. */
  private static String now() {
    Instant now = Instant.now();
    int micros = now.getNano() / 1000;
    return LocalDateTime.ofEpochSecond(now.getEpochSecond(), micros * 1000, ZoneOffset.UTC) + "Z";
  }

  /** A bundle as the {@code data} of a message: JSON types as JSON, all others as strings. */
  static Json.Obj data(MimeBundle bundle) {
    Map<String, Json> data = new TreeMap<>();
    bundle.data().forEach((type, content) -> data.put(type, content(type, content)));
    return new Json.Obj(data);
  }

  private static Json content(String type, String content) {
    if (type.equals("application/json") || type.endsWith("+json")) {
      try {
        return Json.parse(content);
      } catch (Json.Malformed e) {
        return Json.of(content);
      }
    }
    return Json.of(content);
  }

  static Json.Obj display(MimeBundle bundle, Optional<String> displayId) {
    Json.Obj transients = displayId.map(id -> Json.object("display_id", id)).orElse(Json.Obj.EMPTY);
    return Json.object("data", data(bundle), "metadata", Json.Obj.EMPTY, "transient", transients);
  }
}
