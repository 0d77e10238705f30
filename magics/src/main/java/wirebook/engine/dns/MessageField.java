package wirebook.engine.dns;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import wirebook.trace.Bytes;

/**
 * What some bytes of a message are: for showing a message byte by byte.
 *
 * @param from the first byte
 * @param to the byte behind the last
 * @param part where it is: {@code header}, {@code question}, {@code answer 1}, …
 * @param words what it is and what it says
 * @param pointer to which byte it leads, when a name is continued elsewhere (RFC 1035, 4.1.4)
 */
public record MessageField(int from, int to, String part, String words, OptionalInt pointer) {

  /** The fields of a message, in order and without gaps; what cannot be read is one field. */
  public static List<MessageField> of(Bytes wire) {
    Reader reader = new Reader(wire);
    try {
      reader.message();
    } catch (MalformedMessageException e) {
      reader.rest("cannot be read: " + e.reason());
      return List.copyOf(reader.fields);
    }
    reader.rest("behind the message");
    return List.copyOf(reader.fields);
  }

  private static final class Reader {
    private static final List<String> SECTIONS = List.of("answer", "authority", "additional");

    private final Bytes wire;
    private final WireReader in;
    private final List<MessageField> fields = new ArrayList<>();
    private String part = "header";
    private int from;

    Reader(Bytes wire) {
      this.wire = wire;
      this.in = new WireReader(wire);
    }

    private void add(String words) {
      fields.add(new MessageField(from, in.position(), part, words, OptionalInt.empty()));
      from = in.position();
    }

    void rest(String words) {
      in.limit(wire.length());
      in.position(wire.length());
      if (from < in.position()) {
        add(words);
      }
    }

    void message() throws MalformedMessageException {
      add("id " + in.u16());
      int flags = in.u16();
      StringBuilder names = new StringBuilder();
      for (DnsMessage.Flag flag : DnsMessage.Flag.values()) {
        names.append((flags & flag.bit()) == 0 ? "" : " " + flag.name());
      }
      add(
          "flags"
              + names
              + ", opcode "
              + new Opcode((flags >> 11) & 0xf)
              + ", code "
              + new Rcode(flags & 0xf));
      int questions = in.u16();
      add("questions: " + questions);
      int[] counts = new int[SECTIONS.size()];
      for (int i = 0; i < counts.length; i++) {
        counts[i] = in.u16();
        add(SECTIONS.get(i) + " records: " + counts[i]);
      }
      for (int i = 1; i <= questions; i++) {
        part = "question" + (questions == 1 ? "" : " " + i);
        name();
        add("type " + new RecordType(in.u16()));
        add("class " + new RecordClass(in.u16()));
      }
      for (int section = 0; section < counts.length; section++) {
        for (int i = 1; i <= counts[section]; i++) {
          part = SECTIONS.get(section) + " " + i;
          record();
        }
      }
    }

    private void record() throws MalformedMessageException {
      in.limit(wire.length());
      name();
      RecordType type = new RecordType(in.u16());
      add("type " + type);
      boolean opt = type.equals(RecordType.OPT);
      RecordClass recordClass = new RecordClass(in.u16());
      add(opt ? "UDP size " + recordClass.code() : "class " + recordClass);
      long ttl = in.u32();
      add(opt ? "extended code, version, flags" : "TTL " + ttl + " s");
      int length = in.u16();
      add("length " + length);
      if (length == 0) {
        return;
      }
      in.need(length);
      Bytes rdata = RdataReader.read(in, type, recordClass, length);
      add("data: " + RdataText.of(type, recordClass, rdata, RdataStyle.PLAIN));
    }

    private void name() throws MalformedMessageException {
      int start = in.position();
      DnsName name = in.name(true);
      int end = in.position();
      if (!endsInPointer(end - 2)) {
        add("name " + name);
        return;
      }
      int target = (wire.at(end - 2) & 0x3f) << 8 | wire.at(end - 1);
      if (end - 2 > start) {
        in.position(end - 2);
        add("name " + name + ", its first labels");
        in.position(end);
      }
      fields.add(
          new MessageField(
              from,
              end,
              part,
              "name " + name + ", continued at byte " + target,
              OptionalInt.of(target)));
      from = end;
    }

    /** Whether the labels from the name's start on lead to a pointer at {@code at}. */
    private boolean endsInPointer(int at) {
      int label = from;
      while (label < at && wire.at(label) > 0 && wire.at(label) < 64) {
        label += wire.at(label) + 1;
      }
      return label == at && wire.at(at) >= 0xc0;
    }
  }
}
