package wirebook.internet.plain;

import java.io.IOException;
import java.lang.StackWalker.StackFrame;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * Native code that cells bring, with JNI or with {@code java.lang.foreign}, and that would ask the
 * system for connections itself, past the lab: it is kept out while the lab is in use. What most
 * programs have it for is speed, and they go on with Java's sockets: Netty, and what is built on
 * it. Out of sight is what looks functions up itself, as JNA does.
 */
final class NativeCode {
  /** What sends to an address: the libraries that import none of these cannot reach anybody. */
  private static final Set<String> WAYS_OUT =
      Set.of(
          "connect",
          "sendto",
          "sendmsg",
          "sendmmsg",
          "syscall",
          "dlsym",
          "getaddrinfo",
          "getaddrinfo_a",
          "getnameinfo",
          "gethostbyaddr",
          "gethostbyaddr_r",
          "gethostbyname",
          "gethostbyname_r",
          "gethostbyname2",
          "gethostbyname2_r",
          "res_query",
          "res_nquery",
          "res_search",
          "res_nsearch",
          "res_send",
          "res_nsend");

  private static final Set<String> IMPORTS = Set.of("connect", "sendto", "sendmsg", "sendmmsg");

  /** Where the dynamic linker looks for a library that is named without a folder. */
  private static final List<String> FOLDERS =
      List.of("/lib", "/usr/lib", "/lib64", "/usr/lib64", "/usr/local/lib");

  private static final StackWalker STACK =
      StackWalker.getInstance(StackWalker.Option.RETAIN_CLASS_REFERENCE);
  private static final Path JDK = Path.of(System.getProperty("java.home")).normalize();

  private NativeCode() {}

  /** Why a library is not to be loaded, if so. */
  static Optional<String> library(String name) {
    if (Path.of(name).normalize().startsWith(JDK) || !isAsking(name)) {
      return Optional.empty();
    }
    if (PlainJava.inUse().isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(refusal(name));
  }

  /** Why a function is not to be given out, if so. */
  static Optional<String> function(String name) {
    return WAYS_OUT.contains(name) && PlainJava.inUse().isPresent() && !isOurs()
        ? Optional.of(refusal(name))
        : Optional.empty();
  }

  private static String refusal(String name) {
    return name
        + " is native code that sends past the lab: use Java's own sockets (Netty:"
        + " NioEventLoopGroup), or leave the lab first with %internet real";
  }

  /** Whether it is Wirebook that asks, for a system call that keeps to the lab itself. */
  private static boolean isOurs() {
    ClassLoader own = NativeCode.class.getClassLoader();
    return STACK.walk(
        frames ->
            frames
                .map(StackFrame::getDeclaringClass)
                .filter(type -> type.getModule() != Object.class.getModule())
                .filter(type -> !type.getPackageName().equals(NativeCode.class.getPackageName()))
                .findFirst()
                .filter(type -> Objects.equals(type.getClassLoader(), own))
                .isPresent());
  }

  private static boolean isAsking(String name) {
    for (Path file : candidates(name)) {
      if (Files.isRegularFile(file)) {
        try {
          return importsSockets(file);
        } catch (IOException | RuntimeException e) {
          // What cannot be read is not let in.
          return true;
        }
      }
    }
    return false;
  }

  private static List<Path> candidates(String name) {
    Path path = Path.of(name);
    if (path.getNameCount() > 1 || path.isAbsolute()) {
      return List.of(path);
    }
    List<Path> all = new ArrayList<>();
    for (String folder : FOLDERS) {
      all.add(Path.of(folder, name));
      all.add(
          Path.of(
              folder,
              System.getProperty("os.arch").equals("aarch64")
                  ? "aarch64-linux-gnu"
                  : "x86_64-linux-gnu",
              name));
    }
    return all;
  }

  /** Reads the table of the names that a library links with. */
  static boolean importsSockets(Path file) throws IOException {
    try (FileChannel channel = FileChannel.open(file)) {
      ByteBuffer bytes =
          channel
              .map(FileChannel.MapMode.READ_ONLY, 0, Math.min(channel.size(), Integer.MAX_VALUE))
              .order(ByteOrder.LITTLE_ENDIAN);
      if (bytes.limit() < Elf.HEADER
          || bytes.getInt(0) != Elf.MAGIC
          || bytes.get(4) != Elf.BITS_64) {
        return contains(bytes, "\0_connect\0") || contains(bytes, "WS2_32.dll");
      }
      return Elf.undefined(bytes).stream().anyMatch(IMPORTS::contains);
    }
  }

  private static boolean contains(ByteBuffer bytes, String text) {
    byte[] wanted = text.getBytes(StandardCharsets.ISO_8859_1);
    for (int i = 0; i <= bytes.limit() - wanted.length; i++) {
      if (bytes.get(i) == wanted[0]
          && bytes.slice(i, wanted.length).equals(ByteBuffer.wrap(wanted))) {
        return true;
      }
    }
    return false;
  }

  /** The Executable and Linkable Format, System V ABI, chapters 4 and 5. */
  private static final class Elf {
    static final int MAGIC = 0x464c457f;
    static final byte BITS_64 = 2;
    static final int HEADER = 64;
    private static final int DYNSYM = 11;
    private static final int SECTION = 64;
    private static final int SYMBOL = 24;

    private Elf() {}

    /** The names that its dynamic symbol tables leave to others. */
    static List<String> undefined(ByteBuffer elf) {
      List<String> names = new ArrayList<>();
      int sections = Math.toIntExact(elf.getLong(40));
      int count = Short.toUnsignedInt(elf.getShort(60));
      for (int i = 0; i < count; i++) {
        int section = sections + i * SECTION;
        if (elf.getInt(section + 4) == DYNSYM) {
          int at = Math.toIntExact(elf.getLong(section + 24));
          int end = at + Math.toIntExact(elf.getLong(section + 32));
          int strings =
              Math.toIntExact(elf.getLong(sections + elf.getInt(section + 40) * SECTION + 24));
          for (int symbol = at + SYMBOL; symbol < end; symbol += SYMBOL) {
            if (elf.getShort(symbol + 6) == 0) {
              names.add(text(elf, strings + elf.getInt(symbol)));
            }
          }
        }
      }
      return names;
    }

    private static String text(ByteBuffer elf, int from) {
      int to = from;
      while (elf.get(to) != 0) {
        to++;
      }
      byte[] bytes = new byte[to - from];
      elf.get(from, bytes);
      return new String(bytes, StandardCharsets.ISO_8859_1);
    }
  }
}
