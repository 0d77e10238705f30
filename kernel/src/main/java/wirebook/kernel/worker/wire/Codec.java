// Above 500 lines: one protocol; how a message is written stands beside how it is read.
package wirebook.kernel.worker.wire;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import wirebook.kernel.session.CellOutput.Stream;
import wirebook.kernel.worker.wire.WorkerMessage.Ending;
import wirebook.kernel.worker.wire.WorkerMessage.Thrown;
import wirebook.spi.Diagnostic;
import wirebook.spi.MimeBundle;
import wirebook.spi.Span;
import wirebook.spi.Word;
import wirebook.trace.Bytes;

/**
 * Messages as bytes: a kind, then the record's components in order. Nothing but these records can
 * be made from what comes in; student types never cross as objects.
 */
final class Codec {
  /** Bytes of a message: with more the other process would be short of memory. */
  static final int LONGEST = 64 << 20;

  private Codec() {}

  /** The message without its length. */
  static byte[] encode(WorkerMessage message) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(128);
    try {
      new Writer(bytes).message(message);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    if (bytes.size() > LONGEST) {
      throw new IllegalArgumentException(
          String.format(
              "this is %,d bytes for the kernel, and at once it takes %,d", bytes.size(), LONGEST));
    }
    return bytes.toByteArray();
  }

  /**
   * @throws IOException when the bytes are no message
   */
  static WorkerMessage decode(byte[] bytes) throws IOException {
    try {
      return new Reader(new ByteArrayInputStream(bytes)).message();
    } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
      throw new IOException("not a message: " + e.getMessage(), e);
    }
  }

  private interface Part<T> {
    void write(T value) throws IOException;
  }

  private interface Source<T> {
    T read() throws IOException;
  }

  private static final class Writer {
    private final DataOutputStream out;

    Writer(ByteArrayOutputStream bytes) {
      out = new DataOutputStream(bytes);
    }

    void message(WorkerMessage message) throws IOException {
      switch (message) {
        case WorkerMessage.Load(int cell, var classes) -> {
          out.writeByte(1);
          out.writeInt(cell);
          list(classes, this::classFile);
        }
        case WorkerMessage.Redefine(long ticket, var classes) -> {
          head(2, ticket);
          list(classes, this::classFile);
        }
        case WorkerMessage.Invoke(long ticket, int cell, String className, String method) -> {
          head(3, ticket);
          out.writeInt(cell);
          text(className);
          text(method);
        }
        case WorkerMessage.ShowResult(long ticket, int cell, int number, boolean picture) -> {
          head(4, ticket);
          out.writeInt(cell);
          out.writeInt(number);
          out.writeBoolean(picture);
        }
        case WorkerMessage.ReadVariable(
                long ticket,
                int cell,
                String className,
                String variable) -> {
          head(5, ticket);
          out.writeInt(cell);
          text(className);
          text(variable);
        }
        case WorkerMessage.RunMagic(
                long ticket,
                int cell,
                String name,
                var words,
                var body,
                var variables) -> {
          head(6, ticket);
          out.writeInt(cell);
          text(name);
          list(words, this::word);
          optional(body, this::word);
          texts(variables);
        }
        case WorkerMessage.AddToClassPath(String path) -> {
          out.writeByte(7);
          text(path);
        }
        case WorkerMessage.Answer(long ticket, var answer) -> {
          head(8, ticket);
          optional(answer, this::text);
        }
        case WorkerMessage.Stop(int cell) -> {
          out.writeByte(9);
          out.writeInt(cell);
        }
        case WorkerMessage.Quit() -> out.writeByte(10);
        case WorkerMessage.Enter(int cell, int lane) -> {
          out.writeByte(15);
          out.writeInt(cell);
          out.writeInt(lane);
        }
        case WorkerMessage.Remember(int number, String text) -> {
          out.writeByte(11);
          out.writeInt(number);
          text(text);
        }
        case WorkerMessage.Await(long ticket) -> head(12, ticket);
        case WorkerMessage.CommReceived(
                long ticket,
                int cell,
                var step,
                String id,
                String target,
                String json,
                var buffers) -> {
          head(13, ticket);
          out.writeInt(cell);
          comm(step, id, target, json, buffers);
        }
        case WorkerMessage.CommSent(
                int cell,
                var step,
                String id,
                String target,
                String metadata,
                String json,
                var buffers) -> {
          out.writeByte(42);
          out.writeInt(cell);
          text(metadata);
          comm(step, id, target, json, buffers);
        }
        case WorkerMessage.Called(long ticket, var failure, var values) -> {
          head(14, ticket);
          optional(failure, this::text);
          optional(values, all -> list(all, this::text));
        }
        case WorkerMessage.CallMagic(
                long ticket,
                int cell,
                String name,
                var arguments,
                var body) -> {
          head(43, ticket);
          out.writeInt(cell);
          text(name);
          list(arguments, this::text);
          optional(body, this::text);
        }
        case WorkerMessage.Evaluate(long ticket, int cell, String code) -> {
          head(44, ticket);
          out.writeInt(cell);
          text(code);
        }
        case WorkerMessage.Finished(long ticket, Ending ending) -> {
          head(33, ticket);
          ending(ending);
        }
        case WorkerMessage.Output(int cell, Stream stream, Bytes bytes) -> {
          out.writeByte(34);
          out.writeInt(cell);
          out.writeBoolean(stream == Stream.STDERR);
          bytes(bytes);
        }
        case WorkerMessage.Shown(int cell, MimeBundle bundle, String displayId) -> {
          out.writeByte(35);
          out.writeInt(cell);
          bundle(bundle);
          text(displayId);
        }
        case WorkerMessage.Updated(int cell, MimeBundle bundle, String displayId) -> {
          out.writeByte(36);
          out.writeInt(cell);
          bundle(bundle);
          text(displayId);
        }
        case WorkerMessage.Cleared(int cell, boolean atNext) -> {
          out.writeByte(37);
          out.writeInt(cell);
          out.writeBoolean(atNext);
        }
        case WorkerMessage.Ask(long ticket, int cell, String prompt, boolean password) -> {
          head(38, ticket);
          out.writeInt(cell);
          text(prompt);
          out.writeBoolean(password);
        }
        case WorkerMessage.ThreadFailed(int cell, String thread, Thrown thrown) -> {
          out.writeByte(39);
          out.writeInt(cell);
          text(thread);
          thrown(thrown);
        }
        case WorkerMessage.VariablesReset(int cell, var names) -> {
          out.writeByte(40);
          out.writeInt(cell);
          list(names, this::text);
        }
        case WorkerMessage.CellGone(int cell) -> {
          out.writeByte(41);
          out.writeInt(cell);
        }
      }
    }

    private void comm(
        WorkerMessage.CommStep step, String id, String target, String json, List<Bytes> buffers)
        throws IOException {
      text(step.name());
      text(id);
      text(target);
      text(json);
      list(buffers, this::bytes);
    }

    private void ending(Ending ending) throws IOException {
      switch (ending) {
        case Ending.Returned() -> out.writeByte(1);
        case Ending.Rendered(var bundle) -> {
          out.writeByte(2);
          optional(bundle, this::bundle);
        }
        case Ending.MagicDone(Optional<String> type, int exitCode, var lab) -> {
          out.writeByte(3);
          optional(type, this::text);
          out.writeInt(exitCode);
          list(lab, this::text);
        }
        case Ending.MagicWrong(Diagnostic diagnostic) -> {
          out.writeByte(4);
          text(diagnostic.id());
          span(diagnostic.span());
          text(diagnostic.message());
          text(diagnostic.fix());
        }
        case Ending.Threw(Thrown thrown) -> {
          out.writeByte(5);
          thrown(thrown);
        }
        case Ending.Unresolved(int snippet, var frames) -> {
          out.writeByte(6);
          out.writeInt(snippet);
          list(frames, this::frame);
        }
        case Ending.Stopped() -> out.writeByte(7);
        case Ending.Refused(String reason) -> {
          out.writeByte(8);
          text(reason);
        }
      }
    }

    private void thrown(Thrown thrown) throws IOException {
      text(thrown.type());
      optional(thrown.message(), this::text);
      list(thrown.frames(), this::frame);
      optional(thrown.cause(), this::thrown);
      list(thrown.suppressed(), this::thrown);
      out.writeInt(thrown.more());
    }

    private void frame(StackTraceElement frame) throws IOException {
      text(frame.getClassName());
      text(frame.getMethodName());
      optional(Optional.ofNullable(frame.getFileName()), this::text);
      out.writeInt(frame.getLineNumber());
    }

    private void classFile(WorkerMessage.ClassFile file) throws IOException {
      text(file.name());
      bytes(file.bytes());
      out.writeBoolean(file.woven());
    }

    private void bundle(MimeBundle bundle) throws IOException {
      texts(bundle.data());
    }

    private void texts(Map<String, String> texts) throws IOException {
      out.writeInt(texts.size());
      for (Map.Entry<String, String> entry : texts.entrySet()) {
        text(entry.getKey());
        text(entry.getValue());
      }
    }

    private void head(int kind, long ticket) throws IOException {
      out.writeByte(kind);
      out.writeLong(ticket);
    }

    private void word(Word word) throws IOException {
      text(word.text());
      span(word.span());
      out.writeBoolean(word.operator());
    }

    private void span(Span span) throws IOException {
      out.writeInt(span.start());
      out.writeInt(span.end());
    }

    private void text(String text) throws IOException {
      byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
      out.writeInt(utf8.length);
      out.write(utf8);
    }

    private void bytes(Bytes bytes) throws IOException {
      out.writeInt(bytes.length());
      out.write(bytes.toArray());
    }

    private <T> void list(List<T> list, Part<T> part) throws IOException {
      out.writeInt(list.size());
      for (T element : list) {
        part.write(element);
      }
    }

    private <T> void optional(Optional<T> value, Part<T> part) throws IOException {
      out.writeBoolean(value.isPresent());
      if (value.isPresent()) {
        part.write(value.get());
      }
    }
  }

  private static final class Reader {
    private final DataInputStream in;

    Reader(ByteArrayInputStream bytes) {
      in = new DataInputStream(bytes);
    }

    WorkerMessage message() throws IOException {
      int kind = in.readUnsignedByte();
      return switch (kind) {
        case 1 -> new WorkerMessage.Load(in.readInt(), list(this::classFile));
        case 2 -> new WorkerMessage.Redefine(in.readLong(), list(this::classFile));
        case 3 -> new WorkerMessage.Invoke(in.readLong(), in.readInt(), text(), text());
        case 4 ->
            new WorkerMessage.ShowResult(
                in.readLong(), in.readInt(), in.readInt(), in.readBoolean());
        case 5 -> new WorkerMessage.ReadVariable(in.readLong(), in.readInt(), text(), text());
        case 6 ->
            new WorkerMessage.RunMagic(
                in.readLong(),
                in.readInt(),
                text(),
                list(this::word),
                optional(this::word),
                texts());
        case 7 -> new WorkerMessage.AddToClassPath(text());
        case 8 -> new WorkerMessage.Answer(in.readLong(), optional(this::text));
        case 9 -> new WorkerMessage.Stop(in.readInt());
        case 10 -> new WorkerMessage.Quit();
        case 12 -> new WorkerMessage.Await(in.readLong());
        case 15 -> new WorkerMessage.Enter(in.readInt(), in.readInt());
        case 11 -> new WorkerMessage.Remember(in.readInt(), text());
        case 13 ->
            new WorkerMessage.CommReceived(
                in.readLong(), in.readInt(), step(), text(), text(), text(), list(this::bytes));
        case 42 -> commSent(in.readInt(), text());
        case 14 ->
            new WorkerMessage.Called(
                in.readLong(), optional(this::text), optional(() -> list(this::text)));
        case 43 ->
            new WorkerMessage.CallMagic(
                in.readLong(), in.readInt(), text(), list(this::text), optional(this::text));
        case 44 -> new WorkerMessage.Evaluate(in.readLong(), in.readInt(), text());
        case 33 -> new WorkerMessage.Finished(in.readLong(), ending());
        case 34 ->
            new WorkerMessage.Output(
                in.readInt(), in.readBoolean() ? Stream.STDERR : Stream.STDOUT, bytes());
        case 35 -> new WorkerMessage.Shown(in.readInt(), bundle(), text());
        case 36 -> new WorkerMessage.Updated(in.readInt(), bundle(), text());
        case 37 -> new WorkerMessage.Cleared(in.readInt(), in.readBoolean());
        case 38 -> new WorkerMessage.Ask(in.readLong(), in.readInt(), text(), in.readBoolean());
        case 39 -> new WorkerMessage.ThreadFailed(in.readInt(), text(), thrown());
        case 40 -> new WorkerMessage.VariablesReset(in.readInt(), list(this::text));
        case 41 -> new WorkerMessage.CellGone(in.readInt());
        default -> throw new IOException("no message of kind " + kind);
      };
    }

    private WorkerMessage.CommSent commSent(int cell, String metadata) throws IOException {
      return new WorkerMessage.CommSent(
          cell, step(), text(), text(), metadata, text(), list(this::bytes));
    }

    private WorkerMessage.CommStep step() throws IOException {
      String name = text();
      try {
        return WorkerMessage.CommStep.valueOf(name);
      } catch (IllegalArgumentException e) {
        throw new IOException("no step of a comm: " + name, e);
      }
    }

    private Ending ending() throws IOException {
      int kind = in.readUnsignedByte();
      return switch (kind) {
        case 1 -> new Ending.Returned();
        case 2 -> new Ending.Rendered(optional(this::bundle));
        case 3 -> new Ending.MagicDone(optional(this::text), in.readInt(), list(this::text));
        case 4 -> new Ending.MagicWrong(new Diagnostic(text(), span(), text(), text()));
        case 5 -> new Ending.Threw(thrown());
        case 6 -> new Ending.Unresolved(in.readInt(), list(this::frame));
        case 7 -> new Ending.Stopped();
        case 8 -> new Ending.Refused(text());
        default -> throw new IOException("no ending of kind " + kind);
      };
    }

    private Thrown thrown() throws IOException {
      return new Thrown(
          text(),
          optional(this::text),
          list(this::frame),
          optional(this::thrown),
          list(this::thrown),
          in.readInt());
    }

    private StackTraceElement frame() throws IOException {
      return new StackTraceElement(text(), text(), optional(this::text).orElse(null), in.readInt());
    }

    private WorkerMessage.ClassFile classFile() throws IOException {
      return new WorkerMessage.ClassFile(text(), bytes(), in.readBoolean());
    }

    private MimeBundle bundle() throws IOException {
      return new MimeBundle(texts());
    }

    private Map<String, String> texts() throws IOException {
      int size = size();
      Map<String, String> data = new LinkedHashMap<>();
      for (int i = 0; i < size; i++) {
        data.put(text(), text());
      }
      return data;
    }

    private Word word() throws IOException {
      return new Word(text(), span(), in.readBoolean());
    }

    private Span span() throws IOException {
      return new Span(in.readInt(), in.readInt());
    }

    private String text() throws IOException {
      return new String(run(), StandardCharsets.UTF_8);
    }

    private Bytes bytes() throws IOException {
      return Bytes.of(run());
    }

    private byte[] run() throws IOException {
      byte[] bytes = new byte[size()];
      in.readFully(bytes);
      return bytes;
    }

    /** A length or a count; every counted thing takes at least a byte. */
    private int size() throws IOException {
      int size = in.readInt();
      if (size < 0 || size > in.available()) {
        throw new IOException(
            "a length of " + size + " where " + in.available() + " bytes are left");
      }
      return size;
    }

    private <T> List<T> list(Source<T> source) throws IOException {
      int size = size();
      List<T> list = new ArrayList<>(size);
      for (int i = 0; i < size; i++) {
        list.add(source.read());
      }
      return list;
    }

    private <T> Optional<T> optional(Source<T> source) throws IOException {
      return in.readBoolean() ? Optional.of(source.read()) : Optional.empty();
    }
  }
}
