package wirebook.engine.dns.dig;

import wirebook.trace.Bytes;

/** A message as dig dumps one that it cannot read. */
final class HexDump {
  private static final int WIDTH = 16;

  private HexDump() {}

  static String of(Bytes bytes) {
    StringBuilder out = new StringBuilder().append(bytes.length()).append(" bytes\n");
    for (int line = 0; line < bytes.length(); line += WIDTH) {
      int end = Math.min(line + WIDTH, bytes.length());
      for (int i = line; i < end; i++) {
        out.append(String.format("%02x ", bytes.at(i)));
      }
      out.append("   ".repeat(line + WIDTH - end)).append("         ");
      for (int i = line; i < end; i++) {
        int c = bytes.at(i);
        out.append(c >= '!' && c <= '}' ? (char) c : '.');
      }
      out.append('\n');
    }
    return out.toString();
  }
}
