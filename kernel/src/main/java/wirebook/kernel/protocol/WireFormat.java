package wirebook.kernel.protocol;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.SequencedSet;
import wirebook.codec.Json;
import wirebook.trace.Bytes;

/**
 * Messages as ZeroMQ frames ("Messaging in Jupyter", The Wire Protocol): identities, a delimiter,
 * the signature, header, parent header, metadata, content, buffers. Safe for several threads.
 */
public final class WireFormat {
  private static final Bytes DELIMITER = Bytes.utf8("<IDS|MSG>");
  private static final int PARTS = 4;

  /** Signatures seen, so that a message recorded by another cannot be played again. */
  private static final int REMEMBERED = 4096;

  private final Signer signer;
  private final boolean signed;
  private final SequencedSet<Bytes> seen = new LinkedHashSet<>();

  /** What became of some frames. */
  public sealed interface Decoded {
    record Valid(Message message) implements Decoded {}

    /** Dropped, with the reason for a log. */
    record Refused(String reason) implements Decoded {}
  }

  public WireFormat(ConnectionInfo connection) {
    signer = Signer.of(connection.signatureScheme(), connection.key());
    signed = !connection.key().isEmpty();
  }

  /** The frames of {@code message}. */
  public List<Bytes> encode(Message message) {
    List<Bytes> parts =
        List.of(
            utf8(message.header().json()),
            utf8(message.parent()),
            utf8(message.metadata()),
            utf8(message.content()));
    List<Bytes> frames = new ArrayList<>(message.identities());
    frames.add(DELIMITER);
    frames.add(signer.sign(parts));
    frames.addAll(parts);
    frames.addAll(message.buffers());
    return frames;
  }

  private static Bytes utf8(Json json) {
    return Bytes.utf8(json.write());
  }

  /** The message in {@code frames}, when it is whole, rightly signed and new. */
  public Decoded decode(List<Bytes> frames) {
    int delimiter = frames.indexOf(DELIMITER);
    if (delimiter < 0 || frames.size() < delimiter + 2 + PARTS) {
      return new Decoded.Refused("a message of " + frames.size() + " frames lacks some");
    }
    Bytes signature = frames.get(delimiter + 1);
    int buffers = delimiter + 2 + PARTS;
    List<Bytes> parts = frames.subList(delimiter + 2, buffers);
    if (!signer.verify(parts, signature)) {
      return new Decoded.Refused("a message with a wrong signature");
    }
    if (signed && !isNew(signature)) {
      return new Decoded.Refused("a message that came before");
    }
    try {
      Message.Header header = new Message.Header(object(parts.get(0), "header"));
      if (header.type().isEmpty() || header.id().isEmpty()) {
        return new Decoded.Refused("a header without msg_type or msg_id");
      }
      return new Decoded.Valid(
          new Message(
              frames.subList(0, delimiter),
              header,
              object(parts.get(1), "parent header"),
              object(parts.get(2), "metadata"),
              object(parts.get(3), "content"),
              frames.subList(buffers, frames.size())));
    } catch (Json.Malformed | IllegalArgumentException e) {
      return new Decoded.Refused(String.valueOf(e.getMessage()));
    }
  }

  private synchronized boolean isNew(Bytes signature) {
    if (seen.size() == REMEMBERED) {
      seen.removeFirst();
    }
    return seen.add(signature);
  }

  private static Json.Obj object(Bytes frame, String what) throws Json.Malformed {
    if (frame.isEmpty()) {
      return Json.Obj.EMPTY;
    }
    // Half a surrogate pair is no UTF-8, but some front ends send it; what cannot be read is
    // replaced, as jupyter_client does, because whoever sent it waits for an answer.
    Json json = Json.parse(frame.text());
    return switch (json) {
      case Json.Obj object -> object;
      case Json.Null n -> Json.Obj.EMPTY;
      case Json.Arr _, Json.Text _, Json.Num _, Json.Bool _ ->
          throw new IllegalArgumentException("the " + what + " is no object");
    };
  }
}
