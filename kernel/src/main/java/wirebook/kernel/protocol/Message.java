package wirebook.kernel.protocol;

import java.util.List;
import wirebook.codec.Json;
import wirebook.trace.Bytes;

/**
 * A message of the Jupyter protocol (jupyter_client, "Messaging in Jupyter", 5.5).
 *
 * @param identities the routing frames before the delimiter: who asked, or an iopub topic
 * @param parent the header of the request which this answers, empty when it answers none
 * @param buffers frames of raw bytes after the content
 */
public record Message(
    List<Bytes> identities,
    Header header,
    Json.Obj parent,
    Json.Obj metadata,
    Json.Obj content,
    List<Bytes> buffers) {
  /** The protocol spoken here. */
  public static final String VERSION = "5.5";

  public Message {
    identities = List.copyOf(identities);
    buffers = List.copyOf(buffers);
  }

  public String type() {
    return header.type();
  }

  /** Who asked, and the header: all that an answer needs of its request, however long it waits. */
  public Message envelope() {
    return new Message(
        identities, header, Json.Obj.EMPTY, Json.Obj.EMPTY, Json.Obj.EMPTY, List.of());
  }

  /** A header with everything in it, known here or not: a reply carries it back as it came. */
  public record Header(Json.Obj json) {
    public String id() {
      return json.text("msg_id").orElse("");
    }

    public String type() {
      return json.text("msg_type").orElse("");
    }

    /** The subshell that it is for (JEP 91), empty for the main shell. */
    public String subshell() {
      return json.text("subshell_id").orElse("");
    }
  }
}
