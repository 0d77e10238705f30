package wirebook.engine.socket;

import java.io.IOException;
import java.lang.foreign.Arena;

/** A file opened by the system call, as some requests need its descriptor. */
public record OpenFile(int descriptor) implements AutoCloseable {
  private static final int O_CLOEXEC = 0x80000;

  /** For reading. */
  public static OpenFile open(String path) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      Libc.Outcome opened = Libc.call(arena, "open", "ipi", arena.allocateFrom(path), O_CLOEXEC);
      if (opened.result() < 0) {
        throw new IOException(Errno.of(opened.errno()).text());
      }
      return new OpenFile((int) opened.result());
    }
  }

  @Override
  public void close() {
    try (Arena arena = Arena.ofConfined()) {
      Libc.call(arena, "close", "ii", descriptor);
    }
  }
}
