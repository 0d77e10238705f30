package wirebook.engine.socket;

import java.util.HashMap;
import java.util.Map;

/**
 * An error number of the system, by its name (errno(3)) and in the system's words (strerror(3)).
 *
 * @param number as this system numbers it
 * @param name {@code EACCES}
 * @param text {@code Permission denied}
 */
public record Errno(int number, String name, String text) {
  private static final Map<Integer, Errno> KNOWN = table(Platform.CURRENT);

  public static Errno of(int number) {
    Errno known = KNOWN.get(number);
    return known != null ? known : new Errno(number, "ERRNO_" + number, "Unknown error " + number);
  }

  public static Errno named(String name) {
    return KNOWN.values().stream()
        .filter(e -> e.name.equals(name))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException(name));
  }

  public boolean is(String other) {
    return name.equals(other);
  }

  /** The numbers of Linux's generic architectures, and of macOS. */
  private static Map<Integer, Errno> table(Platform platform) {
    String lines =
        """
        EPERM 1 1 Operation not permitted
        ENOENT 2 2 No such file or directory
        ESRCH 3 3 No such process
        EINTR 4 4 Interrupted system call
        EIO 5 5 Input/output error
        ENXIO 6 6 No such device or address
        EBADF 9 9 Bad file descriptor
        EAGAIN 11 35 Resource temporarily unavailable
        ENOMEM 12 12 Cannot allocate memory
        EACCES 13 13 Permission denied
        EFAULT 14 14 Bad address
        EBUSY 16 16 Device or resource busy
        EEXIST 17 17 File exists
        ENODEV 19 19 No such device
        ENOTDIR 20 20 Not a directory
        EISDIR 21 21 Is a directory
        EINVAL 22 22 Invalid argument
        ENFILE 23 23 Too many open files in system
        EMFILE 24 24 Too many open files
        EFBIG 27 27 File too large
        ENOSPC 28 28 No space left on device
        EROFS 30 30 Read-only file system
        EPIPE 32 32 Broken pipe
        EDOM 33 33 Numerical argument out of domain
        ENAMETOOLONG 36 63 File name too long
        ENOSYS 38 78 Function not implemented
        ELOOP 40 62 Too many levels of symbolic links
        EPROTO 71 100 Protocol error
        EOVERFLOW 75 84 Value too large for defined data type
        ENOTSOCK 88 38 Socket operation on non-socket
        EDESTADDRREQ 89 39 Destination address required
        EMSGSIZE 90 40 Message too long
        EPROTOTYPE 91 41 Protocol wrong type for socket
        ENOPROTOOPT 92 42 Protocol not available
        EPROTONOSUPPORT 93 43 Protocol not supported
        ESOCKTNOSUPPORT 94 44 Socket type not supported
        EOPNOTSUPP 95 102 Operation not supported
        EPFNOSUPPORT 96 46 Protocol family not supported
        EAFNOSUPPORT 97 47 Address family not supported by protocol
        EADDRINUSE 98 48 Address already in use
        EADDRNOTAVAIL 99 49 Cannot assign requested address
        ENETDOWN 100 50 Network is down
        ENETUNREACH 101 51 Network is unreachable
        ENETRESET 102 52 Network dropped connection on reset
        ECONNABORTED 103 53 Software caused connection abort
        ECONNRESET 104 54 Connection reset by peer
        ENOBUFS 105 55 No buffer space available
        EISCONN 106 56 Transport endpoint is already connected
        ENOTCONN 107 57 Transport endpoint is not connected
        ESHUTDOWN 108 58 Cannot send after transport endpoint shutdown
        ETOOMANYREFS 109 59 Too many references: cannot splice
        ETIMEDOUT 110 60 Connection timed out
        ECONNREFUSED 111 61 Connection refused
        EHOSTDOWN 112 64 Host is down
        EHOSTUNREACH 113 65 No route to host
        EALREADY 114 37 Operation already in progress
        EINPROGRESS 115 36 Operation now in progress
        """;
    Map<Integer, Errno> table = new HashMap<>();
    for (String line : lines.split("\n")) {
      String[] words = line.split(" ", 4);
      int number = Integer.parseInt(words[platform == Platform.MAC ? 2 : 1]);
      table.put(number, new Errno(number, words[0], words[3]));
    }
    return Map.copyOf(table);
  }
}
