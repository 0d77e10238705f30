package wirebook.engine.dns;

import java.io.ByteArrayOutputStream;
import wirebook.trace.Bytes;

/** Writes the wire format. */
final class WireWriter {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  WireWriter u8(int value) {
    out.write(value);
    return this;
  }

  WireWriter u16(int value) {
    return u8(value >> 8).u8(value);
  }

  WireWriter u32(long value) {
    return u16((int) (value >> 16)).u16((int) value);
  }

  WireWriter bytes(Bytes bytes) {
    out.writeBytes(bytes.toArray());
    return this;
  }

  WireWriter name(DnsName name) {
    return bytes(name.wire());
  }

  int length() {
    return out.size();
  }

  Bytes written() {
    return Bytes.of(out.toByteArray());
  }
}
